/* SPDX-License-Identifier: MIT */
/* fcntl and fcntl64: most commands take an int; locks and owners are structures, flags differ on ARM. */
#define _GNU_SOURCE
#include <asm/unistd.h>
#include <errno.h>
#include <string.h>

#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/abi.h"
#include "syscalls/files.h"
#include "syscalls/fs.h"
#include "syscalls/strace.h"

#define G_O_LARGEFILE 0100000
/* The guests' numbers of the 64-bit lock commands; a 64-bit host has only the short names. */
enum { G_GETLK = 5, G_SETLK, G_SETLKW, G_GETLK64 = 12, G_SETLK64, G_SETLKW64 };

/* From here the host's own values: equal on all architectures wanted here. */
#ifndef F_SET_RW_HINT
#define F_GET_RW_HINT 1035
#define F_SET_RW_HINT 1036
#define F_GET_FILE_RW_HINT 1037
#define F_SET_FILE_RW_HINT 1038
#endif
#define G_F_GETOWNER_UIDS 17

static gret get_flock32(struct flock *l, gaddr from)
{
	struct g_flock g;

	TRY(guest_get(&g, from));
	*l = (struct flock){.l_type = g.type, .l_whence = g.whence, .l_start = g.start, .l_len = g.len, .l_pid = g.pid};
	return 0;
}

/* What F_GETLK found: start beyond 31 bits is an overflow, a length beyond is "to the end". */
static gret put_flock32(gaddr to, const struct flock *l)
{
	struct g_flock g = {l->l_type, l->l_whence, (int32_t)l->l_start, (int32_t)l->l_len, l->l_pid};

	if (l->l_start > INT32_MAX)
		return -EOVERFLOW;
	if (l->l_len > INT32_MAX)
		g.len = INT32_MAX;
	return guest_put(to, &g);
}

static gret get_flock64(struct cpu *cpu, struct flock *l, gaddr from)
{
	const struct guest_abi *abi = abi_of(cpu);
	char g[32];

	TRY(guest_read(g, from, abi->flock64_size));
	memset(l, 0, sizeof *l);
	memcpy(&l->l_type, g, 2);
	memcpy(&l->l_whence, g + 2, 2);
	memcpy(&l->l_start, g + abi->flock64_start, 8);
	memcpy(&l->l_len, g + abi->flock64_len, 8);
	memcpy(&l->l_pid, g + abi->flock64_pid, 4);
	return 0;
}

static gret put_flock64(struct cpu *cpu, gaddr to, const struct flock *l)
{
	const struct guest_abi *abi = abi_of(cpu);
	char g[32] = {0};

	memcpy(g, &l->l_type, 2);
	memcpy(g + 2, &l->l_whence, 2);
	memcpy(g + abi->flock64_start, &l->l_start, 8);
	memcpy(g + abi->flock64_len, &l->l_len, 8);
	memcpy(g + abi->flock64_pid, &l->l_pid, 4);
	return guest_write(to, g, abi->flock64_size);
}

static gret lock_call(struct cpu *cpu, int fd, int host_cmd, gaddr arg, bool wide)
{
	struct flock l;
	gret r;

	/* A bad descriptor (or one of O_PATH) is told before a bad pointer. */
	r = wide ? get_flock64(cpu, &l, arg) : get_flock32(&l, arg);
	if (r < 0) {
		gret bad = sys_raw(__NR_fcntl, fd, F_GETLK, NULL);

		return bad < 0 ? bad : r;
	}
	r = sys_safe(cpu, __NR_fcntl, fd, host_cmd, &l);
	if (r < 0 || (host_cmd != F_GETLK && host_cmd != F_OFD_GETLK))
		return r;
	return wide ? put_flock64(cpu, arg, &l) : put_flock32(arg, &l);
}

static gret getfl(struct cpu *cpu, int fd)
{
	gret r = sys_raw(__NR_fcntl, fd, F_GETFL);

	if (r < 0)
		return r;
	if (files_small(cpu, fd))
		r &= ~G_O_LARGEFILE;
	return oflags_out(cpu, (int)r);
}

static gret dup_fd(struct cpu *cpu, int fd, int cmd, uint32_t least)
{
	gret r = sys_raw(__NR_fcntl, fd, cmd, least);
	if (r >= 0)
		files_duped(cpu, fd, (int)r);
	return r;
}

/* The seals, pipe size and other commands take an int or nothing. */
static gret do_fcntl(struct cpu *cpu, const uint32_t a[6], bool wide)
{
	int fd = (int)a[0], cmd = (int)a[1];
	gaddr arg = ga(a[2]);

	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return dup_fd(cpu, fd, cmd, a[2]);
	case F_GETFL:
		return getfl(cpu, fd);
	case F_SETFL:
		return sys_raw(__NR_fcntl, fd, cmd, oflags_in(cpu, a[2]));
	case G_GETLK:
	case G_SETLK:
	case G_SETLKW:
		return lock_call(cpu, fd, cmd, arg, false);
	case G_GETLK64:
	case G_SETLK64:
	case G_SETLKW64:
		return wide ? lock_call(cpu, fd, cmd - G_GETLK64 + F_GETLK, arg, true) : -EINVAL;
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return wide ? lock_call(cpu, fd, cmd, arg, true) : -EINVAL;
	case F_GETOWN_EX:
	case G_F_GETOWNER_UIDS:
	case F_GET_RW_HINT:
	case F_GET_FILE_RW_HINT:
		return sys_raw(__NR_fcntl, fd, cmd, guest_out(arg, 8));
	case F_SETOWN_EX:
	case F_SET_RW_HINT:
	case F_SET_FILE_RW_HINT:
		return sys_raw(__NR_fcntl, fd, cmd, guest_ptr(arg));
	case F_SETOWN:
		return sys_raw(__NR_fcntl, fd, cmd, (int)a[2]);
	default:
		return sys_raw(__NR_fcntl, fd, cmd, a[2]);
	}
}

SYS(fcntl)
{
	return do_fcntl(cpu, a, false);
}

SYS(fcntl64)
{
	return do_fcntl(cpu, a, true);
}

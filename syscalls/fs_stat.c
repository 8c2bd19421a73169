/* SPDX-License-Identifier: MIT */
/* What a file or a file system is: stat and statfs in all their ages; setting file times. */
#include <asm/unistd.h>
#include <errno.h>
#include <sys/statfs.h>

#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"
#include "syscalls/path.h"

gret stat_path(struct cpu *cpu, int dirfd, gaddr path, int flags, struct stat *st)
{
	char buf[PATH_MAX];

	return sys_raw(__NR_newfstatat, dirfd, path_in(cpu, path, buf, flags), st, flags);
}

gret stat_fd(struct cpu *cpu, int fd, struct stat *st)
{
	(void)cpu;
	return sys_raw(__NR_fstat, fd, st);
}

static gret put_stat(struct cpu *cpu, gaddr to, const struct stat *st)
{
	struct g_stat s;

	TRY(abi_of(cpu)->stat(&s, st));
	return guest_put(to, &s);
}

static gret put_stat64(struct cpu *cpu, gaddr to, const struct stat *st)
{
	char s[STAT64_MAX];
	size_t n = abi_of(cpu)->stat64(s, st);

	return guest_write(to, s, n);
}

SYS(stat)
{
	struct stat st;

	TRY(stat_path(cpu, AT_FDCWD, ga(a[0]), 0, &st));
	return put_stat(cpu, ga(a[1]), &st);
}

SYS(lstat)
{
	struct stat st;

	TRY(stat_path(cpu, AT_FDCWD, ga(a[0]), AT_SYMLINK_NOFOLLOW, &st));
	return put_stat(cpu, ga(a[1]), &st);
}

SYS(fstat)
{
	struct stat st;

	TRY(stat_fd(cpu, (int)a[0], &st));
	return put_stat(cpu, ga(a[1]), &st);
}

SYS(stat64)
{
	struct stat st;

	TRY(stat_path(cpu, AT_FDCWD, ga(a[0]), 0, &st));
	return put_stat64(cpu, ga(a[1]), &st);
}

SYS(lstat64)
{
	struct stat st;

	TRY(stat_path(cpu, AT_FDCWD, ga(a[0]), AT_SYMLINK_NOFOLLOW, &st));
	return put_stat64(cpu, ga(a[1]), &st);
}

SYS(fstat64)
{
	struct stat st;

	TRY(stat_fd(cpu, (int)a[0], &st));
	return put_stat64(cpu, ga(a[1]), &st);
}

SYS(fstatat64)
{
	struct stat st;

	TRY(stat_path(cpu, (int)a[0], ga(a[1]), (int)a[3], &st));
	return put_stat64(cpu, ga(a[2]), &st);
}

/* ---- file systems ---- */

/* EOVERFLOW and its exception, files and ffree of -1, as the kernel's put_compat_statfs. */
static gret put_statfs(gaddr to, const struct statfs *s)
{
	struct g_statfs g = {
		.type = (uint32_t)s->f_type,
		.bsize = (uint32_t)s->f_bsize,
		.blocks = (uint32_t)s->f_blocks,
		.bfree = (uint32_t)s->f_bfree,
		.bavail = (uint32_t)s->f_bavail,
		.files = (uint32_t)s->f_files,
		.ffree = (uint32_t)s->f_ffree,
		.fsid = {{s->f_fsid.__val[0], s->f_fsid.__val[1]}},
		.namelen = (uint32_t)s->f_namelen,
		.frsize = (uint32_t)s->f_frsize,
		.flags = (uint32_t)s->f_flags,
	};

	if ((s->f_blocks | s->f_bfree | s->f_bavail | (uint64_t)s->f_bsize | (uint64_t)s->f_frsize) >> 32)
		return -EOVERFLOW;
	if ((s->f_files != ~0ull && s->f_files >> 32) || (s->f_ffree != ~0ull && s->f_ffree >> 32))
		return -EOVERFLOW;
	return guest_put(to, &g);
}

static gret put_statfs64(gaddr to, const struct statfs *s)
{
	struct g_statfs64 g = {
		.type = (uint32_t)s->f_type,
		.bsize = (uint32_t)s->f_bsize,
		.blocks = s->f_blocks,
		.bfree = s->f_bfree,
		.bavail = s->f_bavail,
		.files = s->f_files,
		.ffree = s->f_ffree,
		.fsid = {{s->f_fsid.__val[0], s->f_fsid.__val[1]}},
		.namelen = (uint32_t)s->f_namelen,
		.frsize = (uint32_t)s->f_frsize,
		.flags = (uint32_t)s->f_flags,
	};

	if (((uint64_t)s->f_bsize | (uint64_t)s->f_frsize) >> 32)
		return -EOVERFLOW;
	return guest_put(to, &g);
}

static gret statfs_path(struct cpu *cpu, gaddr path, struct statfs *s)
{
	char buf[PATH_MAX];

	return sys_raw(__NR_statfs, path_in(cpu, path, buf, 0), s);
}

SYS(statfs)
{
	struct statfs s;

	TRY(statfs_path(cpu, ga(a[0]), &s));
	return put_statfs(ga(a[1]), &s);
}

SYS(fstatfs)
{
	struct statfs s;

	TRY(sys_raw(__NR_fstatfs, (int)a[0], &s));
	return put_statfs(ga(a[1]), &s);
}

/* 88: what ARM programs with the old unpacked structure pass; the kernel takes both there. */
static bool statfs64_size_ok(struct cpu *cpu, uint32_t size)
{
	return size == sizeof(struct g_statfs64) || (size == 88 && cpu->guest->personality_pairs_even);
}

SYS(statfs64)
{
	struct statfs s;

	if (!statfs64_size_ok(cpu, a[1]))
		return -EINVAL;
	TRY(statfs_path(cpu, ga(a[0]), &s));
	return put_statfs64(ga(a[2]), &s);
}

SYS(fstatfs64)
{
	struct statfs s;

	if (!statfs64_size_ok(cpu, a[1]))
		return -EINVAL;
	TRY(sys_raw(__NR_fstatfs, (int)a[0], &s));
	return put_statfs64(ga(a[2]), &s);
}

SYS(ustat)
{
	struct { /* host's */
		int32_t tfree;
		uint64_t tinode;
		char fname[6], fpack[6];
	} h;
	struct { /* 20 bytes on every 32-bit guest */
		int32_t tfree;
		uint32_t tinode;
		char pad[12];
	} g = {0};

	TRY(sys_raw(__NR_ustat, a[0], &h));
	g.tfree = h.tfree;
	g.tinode = (uint32_t)h.tinode;
	return guest_put(ga(a[1]), &g);
}

/* Layouts are the same; mnt_id_req holds no pointer. The result is a structure with offsets into itself. */
SYS(statmount)
{
	return sys_raw(457, guest_ptr(ga(a[0])), guest_out(ga(a[1]), a[2]), a[2], a[3]);
}

SYS(listmount)
{
	uint64_t bytes = (uint64_t)a[2] * 8;

	return sys_raw(458, guest_ptr(ga(a[0])), guest_out(ga(a[1]), bytes > 1 << 20 ? 1 << 20 : bytes), a[2], a[3]);
}

SYS(sysfs)
{
	switch (a[0]) {
	case 1:
		return sys_raw(__NR_sysfs, 1, guest_ptr(ga(a[1])));
	case 2:
		return sys_raw(__NR_sysfs, 2, a[1], guest_out(ga(a[2]), 256));
	default:
		return sys_raw(__NR_sysfs, (int)a[0]);
	}
}

/* ---- times ---- */

static gret set_times(struct cpu *cpu, int dirfd, gaddr path, const struct timespec *ts, int flags)
{
	char buf[PATH_MAX];

	return sys_raw(__NR_utimensat, dirfd, path_in(cpu, path, buf, flags), ts, flags);
}

SYS(utime)
{
	struct timespec ts[2] = {0};
	int32_t t[2];

	if (!a[1])
		return set_times(cpu, AT_FDCWD, ga(a[0]), NULL, 0);
	TRY(guest_get(&t, ga(a[1])));
	ts[0].tv_sec = t[0];
	ts[1].tv_sec = t[1];
	return set_times(cpu, AT_FDCWD, ga(a[0]), ts, 0);
}

static gret utimes_at(struct cpu *cpu, int dirfd, gaddr path, gaddr times)
{
	struct timespec ts[2];
	int32_t tv[2][2];

	if (!times.v)
		return set_times(cpu, dirfd, path, NULL, 0);
	TRY(guest_get(&tv, times));
	for (int i = 0; i < 2; i++) {
		if (tv[i][1] < 0 || tv[i][1] >= 1000000)
			return -EINVAL;
		ts[i] = (struct timespec){tv[i][0], tv[i][1] * 1000l};
	}
	return set_times(cpu, dirfd, path, ts, 0);
}

SYS(utimes)
{
	return utimes_at(cpu, AT_FDCWD, ga(a[0]), ga(a[1]));
}

SYS(futimesat)
{
	return utimes_at(cpu, (int)a[0], ga(a[1]), ga(a[2]));
}

SYS(utimensat)
{
	struct g_timespec g[2];
	struct timespec ts[2];

	if (!a[2])
		return set_times(cpu, (int)a[0], ga(a[1]), NULL, (int)a[3]);
	TRY(guest_get(&g, ga(a[2])));
	for (int i = 0; i < 2; i++)
		ts[i] = (struct timespec){g[i].sec, g[i].nsec};
	return set_times(cpu, (int)a[0], ga(a[1]), ts, (int)a[3]);
}

/* The upper half of tv_nsec is padding for a 32-bit task. */
SYS(utimensat_time64)
{
	struct g_timespec64 g[2];
	struct timespec ts[2];

	if (!a[2])
		return set_times(cpu, (int)a[0], ga(a[1]), NULL, (int)a[3]);
	TRY(guest_get(&g, ga(a[2])));
	for (int i = 0; i < 2; i++)
		ts[i] = (struct timespec){g[i].sec, (uint32_t)g[i].nsec};
	return set_times(cpu, (int)a[0], ga(a[1]), ts, (int)a[3]);
}

/* SPDX-License-Identifier: MIT */
/*
 * ioctl: a command that the tables describe for this kind of file goes to the host's kernel, its argument converted as they
 * say. Nothing else does: ENOTTY, said once for each command, and counted.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <sys/ioctl.h>

#include "emu/hot.h"
#include "ioctl-tables/marshal.h"
#include "syscalls/abi.h"
#include "syscalls/files.h"
#include "syscalls/fs.h"
#include "syscalls/ioctl_class.h"
#include "syscalls/ioctl_report.h"

static __attribute__((noinline)) HOT_CONVERT gret convert(struct cpu *cpu, int fd, const struct ioctl_row *row, uint32_t cmd, gaddr arg)
{
	struct ioctl_call c;
	long r;

	c.fd = fd;
	r = ioctl_in(&c, abi_of(cpu)->ioctls, row, cmd, arg);
	if (r == 0)
		r = ioctl_out(&c, sys_safe3(cpu, __NR_ioctl, fd, c.host_cmd, (long)c.host_arg));
	ioctl_end(&c);
	return r;
}

/* What an unlisted command's number says of its argument: the host's own kind of number, for those it is true of. */
static gret encoded(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg)
{
	uint64_t host_arg = arg.v;

	if (_IOC_DIR(cmd) & _IOC_READ)
		host_arg = (uint64_t)guest_out(arg, _IOC_SIZE(cmd));
	else if (_IOC_DIR(cmd) & _IOC_WRITE)
		host_arg = (uint64_t)guest_ptr(arg);
	return sys_safe3(cpu, __NR_ioctl, fd, cmd, (long)host_arg);
}

/*
 * No row of this number is for this file. Where there are such rows it is as when isatty() asks a file, what any kernel answers
 * ENOTTY to: nothing to tell. Only a device may be one whose class a list has wrong; and a policy is to be seen at work.
 */
static __attribute__((noinline)) gret other(struct cpu *cpu, int fd, const struct ioctl_row *row, uint32_t cmd, gaddr arg,
					    const struct ioctl_kind *kind)
{
	const struct ioctl_table *t = abi_of(cpu)->ioctls;
	const struct ioctl_row *e;

	for (unsigned k = 0; (e = ioctl_find_extensible(t, cmd, k)) != NULL; k++)
		if (ioctl_of_class(kind->bits, e->class))
			return convert(cpu, fd, e, cmd, arg);
	if (kind->encoded)
		return encoded(cpu, fd, cmd, arg);
	if (kind->could)
		return ioctl_refuse(fd, cmd, IOCTL_UNLISTED);
	if (!row)
		return ioctl_refuse(fd, cmd, IOCTL_UNKNOWN);
	for (; row; row = ioctl_find_next(t, row))
		if (ioctl_of_class(kind->denied, row->class))
			return ioctl_refuse(fd, cmd, IOCTL_POLICY);
	if (kind->device && _IOC_TYPE(cmd) != 'T')
		return ioctl_refuse(fd, cmd, IOCTL_ELSEWHERE);
	return -ENOTTY;
}

static HOT_TOO gret small_back(struct cpu *cpu, gret r)
{
	return ioctl_small_out(&cpu->ioctl->small, &cpu->ioctl_data, cpu->ioctl_arg, r);
}

static __attribute__((noinline)) HOT_TOO gret convert_small(struct cpu *cpu, const struct ioctl_known *k, gaddr arg)
{
	uint64_t host_arg = ioctl_small_in(&k->small, &cpu->ioctl_data, arg);
	bool back = k->small.out && host_arg == (uint64_t)cpu->ioctl_data.h;

	cpu->ioctl = k;
	cpu->ioctl_arg = arg;
	return call_later(cpu, __NR_ioctl, k->fd, k->host_cmd, (long)host_arg, back ? small_back : NULL);
}

/* To the host, or what is to be called later. */
static gret go(struct cpu *cpu, const struct ioctl_known *k, gaddr arg)
{
	uint64_t host_arg = arg.v;

	if (k->way == IOCTL_CONVERT)
		return k->small.gsize ? convert_small(cpu, k, arg) : convert(cpu, k->fd, k->row, k->cmd, arg);
	if (k->way == IOCTL_WRITTEN)
		host_arg = (uint64_t)guest_out(arg, k->size);
	else if (k->way == IOCTL_READ)
		host_arg = (uint64_t)guest_ptr(arg);
	return call_later(cpu, __NR_ioctl, k->fd, k->host_cmd, (long)host_arg, NULL);
}

/* Find the row and keep it in k. */
static __attribute__((noinline)) gret first_time(struct cpu *cpu, struct ioctl_known *k, int fd, uint32_t cmd, gaddr arg)
{
	uint32_t when = atomic_load(&files_changes); /* before the class is asked for: it may change meanwhile */
	const struct ioctl_table *t = abi_of(cpu)->ioctls;
	const struct ioctl_row *first = ioctl_find(t, cmd), *row = first;
	const struct ioctl_kind *kind = ioctl_kind(cpu, fd);
	size_t size;

	if (!kind)
		return -EBADF;
	while (row && !ioctl_of_class(kind->bits, row->class))
		row = ioctl_find_next(t, row);
	if (!row)
		return other(cpu, fd, first, cmd, arg, kind);
	*k = (struct ioctl_known){.fd = fd, .cmd = cmd, .host_cmd = ioctl_host_command(t, row, cmd), .when = files_shared ? 0 : when, .row = row};
	k->way = ioctl_way(t, row, cmd, &size);
	k->size = size < GUEST_SPAN ? (uint32_t)size : ~0u;
	if (k->way == IOCTL_CONVERT && !ioctl_small(t, row, cmd, &k->small))
		k->small.gsize = 0;
	return go(cpu, k, arg);
}

static inline gret look_up_and_go(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg)
{
	struct ioctl_known *k = &cpu->ioctl_known[(cmd + (uint32_t)fd) % IOCTLS_KNOWN];

	if (k->fd != fd || k->cmd != cmd || k->when != atomic_load_explicit(&files_changes, memory_order_relaxed))
		return first_time(cpu, k, fd, cmd, arg);
	return go(cpu, k, arg);
}

gret ioctl_guest(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg)
{
	gret r = look_up_and_go(cpu, fd, cmd, arg);

	return r == CALL_LATER ? call_now(cpu) : r;
}

HOT SYS(ioctl)
{
	return look_up_and_go(cpu, (int)a[0], a[1], ga(a[2]));
}

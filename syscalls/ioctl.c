/* SPDX-License-Identifier: MIT */
/*
 * ioctl: a command that the tables describe for this kind of file goes to the host's kernel, its argument converted as they
 * say. Nothing else does: ENOTTY, said once for each command, and counted.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <sys/ioctl.h>

#include "ioctl-tables/marshal.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"
#include "syscalls/ioctl_class.h"
#include "syscalls/ioctl_report.h"

static __attribute__((noinline)) gret convert(struct cpu *cpu, int fd, const struct ioctl_row *row, uint32_t cmd, gaddr arg)
{
	struct ioctl_call c;
	long r;

	c.fd = fd;
	r = ioctl_in(&c, abi_of(cpu)->ioctls, row, cmd, arg);
	if (r == 0)
		r = ioctl_out(&c, sys_safe(cpu, __NR_ioctl, fd, c.host_cmd, c.host_arg));
	ioctl_end(&c);
	return r;
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
	if (!row)
		return ioctl_refuse(fd, cmd, IOCTL_UNKNOWN);
	for (; row; row = ioctl_find_next(t, row))
		if (ioctl_of_class(kind->denied, row->class))
			return ioctl_refuse(fd, cmd, IOCTL_POLICY);
	if (kind->device && _IOC_TYPE(cmd) != 'T')
		return ioctl_refuse(fd, cmd, IOCTL_ELSEWHERE);
	return -ENOTTY;
}

gret ioctl_guest(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg)
{
	const struct ioctl_table *t = abi_of(cpu)->ioctls;
	const struct ioctl_row *first = ioctl_find(t, cmd), *row = first;
	const struct ioctl_kind *kind = ioctl_kind(cpu, fd);
	uint64_t host_arg;

	if (!kind)
		return -EBADF;
	while (row && !ioctl_of_class(kind->bits, row->class))
		row = ioctl_find_next(t, row);
	if (!row)
		return other(cpu, fd, first, cmd, arg, kind);
	if (ioctl_straight(t, row, cmd, arg, &host_arg))
		return sys_safe(cpu, __NR_ioctl, fd, ioctl_host_command(t, row, cmd), host_arg);
	return convert(cpu, fd, row, cmd, arg);
}

SYS(ioctl)
{
	return ioctl_guest(cpu, (int)a[0], a[1], ga(a[2]));
}

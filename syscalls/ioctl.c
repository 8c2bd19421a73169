/* SPDX-License-Identifier: MIT */
/*
 * ioctl: a command that the tables describe goes to the host's kernel, its argument converted as they say. Nothing else
 * does: ENOTTY, said once for each command, and counted.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "ioctl-tables/marshal.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"
#include "syscalls/text.h"

static void say_file(struct text *t, int fd)
{
	struct text name;
	char path[256];
	long n;

	text_init(&name);
	text_str(&name, "/proc/self/fd/");
	text_num(&name, fd);
	n = sys_raw(__NR_readlink, text_end(&name), path, sizeof path - 1);
	text_num(t, fd);
	if (n > 0) {
		path[n] = 0;
		text_str(t, " <");
		text_str(t, path);
		text_str(t, ">");
	}
}

static gret refuse(int fd, uint32_t cmd)
{
	static const char *const dirs[] = {"none", "write", "read", "read and write"};
	struct text t;
	gret r = sys_raw(__NR_fcntl, fd, F_GETFD);

	if (r < 0)
		return r;
	atomic_fetch_add(&ioctls_unknown, 1);
	text_init(&t);
	text_str(&t, "ioctl ");
	text_hex(&t, cmd);
	text_str(&t, " on ");
	say_file(&t, fd);
	text_str(&t, " (");
	text_str(&t, dirs[_IOC_DIR(cmd)]);
	text_str(&t, ", type ");
	text_hex(&t, _IOC_TYPE(cmd));
	text_str(&t, ", number ");
	text_num(&t, _IOC_NR(cmd));
	text_str(&t, ", size ");
	text_num(&t, _IOC_SIZE(cmd));
	text_str(&t, "): not in the list, the guest gets ENOTTY");
	report_once(cmd ^ 0x80000000u, text_end(&t));
	return -ENOTTY;
}

static __attribute__((noinline)) gret convert(struct cpu *cpu, int fd, const struct ioctl_row *row, uint32_t cmd, gaddr arg)
{
	struct ioctl_call c;
	long r = ioctl_in(&c, abi_of(cpu)->ioctls, row, cmd, arg);

	if (r == 0)
		r = ioctl_out(&c, sys_safe(cpu, __NR_ioctl, fd, c.host_cmd, c.host_arg));
	ioctl_end(&c);
	return r;
}

gret ioctl_guest(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg)
{
	const struct ioctl_table *t = abi_of(cpu)->ioctls;
	const struct ioctl_row *row = ioctl_find(t, cmd);
	uint64_t host_arg;

	if (!row)
		return refuse(fd, cmd);
	if (ioctl_straight(t, row, cmd, arg, &host_arg))
		return sys_safe(cpu, __NR_ioctl, fd, ioctl_host_command(t, row, cmd), host_arg);
	return convert(cpu, fd, row, cmd, arg);
}

SYS(ioctl)
{
	return ioctl_guest(cpu, (int)a[0], a[1], ga(a[2]));
}

/* SPDX-License-Identifier: MIT */
/* Descriptors that are the emulator's: parked where programs do not look, and hidden from the guest's calls. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "emu/hot.h"
#include "loader/loader.h"
#include "syscalls/files.h"
#include "syscalls/proc.h"
#include "syscalls/row.h"
#include "syscalls/thread.h"

extern const char __executable_start[] __attribute__((weak)); /* the linker's */

int self_fd = -1;
HOT_DATA int own_fds_from = INT_MAX;

static int own(int fd)
{
	if (fd >= 0 && fd < own_fds_from)
		own_fds_from = fd;
	return fd;
}

/* Just below the soft limit, but not so high that the kernel's table is large: every fork and exec copies it. */
#define PARK_MAX 1024

int own_fd_park(int fd)
{
	struct rlimit rl = {.rlim_cur = 1024};
	long to;

	sys_raw(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &rl);
	to = rl.rlim_cur > PARK_MAX ? PARK_MAX : rl.rlim_cur;
	to = sys_raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, to > 16 ? to - 8 : 3);
	if (to < 0)
		return own(fd);
	sys_raw(SYS_close, fd);
	return own((int)to);
}

/* The name we were started with, if what is there begins as we do, build identifier and all: /proc takes ten times as long. */
static int open_by_name(void)
{
	char head[1024];
	int fd;

	if (!__executable_start || kernel_execs || getauxval(AT_SECURE))
		return -1;
	fd = sys_raw(SYS_open, getauxval(AT_EXECFN), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	if (fd >= 0 && (sys_raw(SYS_pread64, fd, head, sizeof head, 0) != sizeof head || memcmp(head, __executable_start, sizeof head) != 0)) {
		sys_raw(SYS_close, fd);
		fd = -1;
	}
	return fd;
}

/* Our own executable, for exec: by its name or by /proc. The name is the program's if the kernel starts us for it: then it also does
 * so for the next. */
void own_fds_init(int inherited_self)
{
	int fd = inherited_self;

	if (fd >= 0) {
		sys_raw(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
		self_fd = own(fd);
		return;
	}
	fd = open_by_name();
	if (fd < 0)
		fd = sys_raw(SYS_open, "/proc/self/exe", O_PATH | O_CLOEXEC, 0);
	if (fd < 0 && !kernel_execs)
		fd = sys_raw(SYS_open, getauxval(AT_EXECFN), O_PATH | O_CLOEXEC, 0);
	if (fd >= 0)
		self_fd = own_fd_park(fd);
}

bool fd_is_ours(int fd)
{
	return fd >= 0 && (fd == self_fd || fd == proc_self.exe_fd || fd == guardian_fd || fd == prefix_fd);
}

int fd_next_ours(unsigned from)
{
	int ours[] = {self_fd, proc_self.exe_fd, guardian_fd, prefix_fd}, next = -1;

	for (int i = 0; i < 4; i++)
		if (ours[i] >= 0 && (unsigned)ours[i] >= from && (next < 0 || ours[i] < next))
			next = ours[i];
	return next;
}

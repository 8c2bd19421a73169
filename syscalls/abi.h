/* SPDX-License-Identifier: MIT */
/* Where guests differ in the layout of structures: data and functions per guest, found through struct guest. */
#ifndef STRAIT_SYSCALLS_ABI_H
#define STRAIT_SYSCALLS_ABI_H

#include <stddef.h>
#include <sys/stat.h>

#include "emu/cpu.h"
#include "emu/guest.h"

#define STAT64_MAX 104

struct ioctl_table;

struct guest_abi {
	const struct ioctl_table *ioctls;
	/* struct stat64: no overflow is possible. Returns its size. */
	size_t (*stat64)(void *to, const struct stat *st);
	/* struct stat: 0 or -EOVERFLOW. 64 bytes on all guests. */
	int (*stat)(void *to, const struct stat *st);
	/* struct flock64: where start, len and pid stand, and its size. type is at 0, whence at 2. */
	unsigned char flock64_start, flock64_len, flock64_pid, flock64_size;
	/* struct epoll_event: where data stands, and its size. events is at 0. */
	unsigned char epoll_data, epoll_size;
	/* O_* bits whose value is not the host's: pairs of guest, host; ends with 0, 0. NULL: all equal. */
	const unsigned (*oflags)[2];
};

extern const struct guest_abi guest_abi_i386, guest_abi_arm;

static inline const struct guest_abi *abi_of(const struct cpu *cpu)
{
	return cpu->guest->abi;
}

#endif

/* SPDX-License-Identifier: MIT */
/* Writing the structures of the 32-bit ARM EABI. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "ioctl-tables/syscall-layouts.h"
#include "ioctl-tables/table.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"

_Static_assert(sizeof(struct arm_stat64) <= STAT64_MAX, "room for it");

static size_t put_stat64(void *to, const struct stat *st)
{
	struct arm_stat64 s = {
		.dev = st->st_dev,
		.__st_ino = (uint32_t)st->st_ino,
		.mode = st->st_mode,
		.nlink = (uint32_t)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.rdev = st->st_rdev,
		.size = st->st_size,
		.blksize = (uint32_t)st->st_blksize,
		.blocks = st->st_blocks,
		.atime = (uint32_t)st->st_atim.tv_sec,
		.atime_nsec = (uint32_t)st->st_atim.tv_nsec,
		.mtime = (uint32_t)st->st_mtim.tv_sec,
		.mtime_nsec = (uint32_t)st->st_mtim.tv_nsec,
		.ctime = (uint32_t)st->st_ctim.tv_sec,
		.ctime_nsec = (uint32_t)st->st_ctim.tv_nsec,
		.ino = st->st_ino,
	};

	memcpy(to, &s, sizeof s);
	return sizeof s;
}

/* Devices have 32 bits here, so only inode, link count and size can be too large. */
static int put_stat(void *to, const struct stat *st)
{
	struct g_stat s = {
		.dev = (uint32_t)st->st_dev,
		.ino = (uint32_t)st->st_ino,
		.mode = (uint16_t)st->st_mode,
		.nlink = (uint16_t)st->st_nlink,
		.uid = id_to16(st->st_uid),
		.gid = id_to16(st->st_gid),
		.rdev = (uint32_t)st->st_rdev,
		.size = (uint32_t)st->st_size,
		.blksize = (uint32_t)st->st_blksize,
		.blocks = (uint32_t)st->st_blocks,
		.atime = (uint32_t)st->st_atim.tv_sec,
		.atime_nsec = (uint32_t)st->st_atim.tv_nsec,
		.mtime = (uint32_t)st->st_mtim.tv_sec,
		.mtime_nsec = (uint32_t)st->st_mtim.tv_nsec,
		.ctime = (uint32_t)st->st_ctim.tv_sec,
		.ctime_nsec = (uint32_t)st->st_ctim.tv_nsec,
	};

	if (s.ino != st->st_ino || s.nlink != st->st_nlink || (uint64_t)st->st_size > INT32_MAX)
		return -EOVERFLOW;
	memcpy(to, &s, sizeof s);
	return 0;
}

static const unsigned oflags[][2] = {
	{040000, O_DIRECTORY},
	{0100000, O_NOFOLLOW},
	{0200000, O_DIRECT},
	{0400000, 0100000 /* O_LARGEFILE */},
	{0, 0},
};

const struct guest_abi guest_abi_arm = {
	.ioctls = &ioctl_table_arm,
	.stat64 = put_stat64,
	.stat = put_stat,
	.flock64_start = offsetof(struct arm_flock64, start),
	.flock64_len = offsetof(struct arm_flock64, len),
	.flock64_pid = offsetof(struct arm_flock64, pid),
	.flock64_size = sizeof(struct arm_flock64),
	.epoll_data = offsetof(struct arm_epoll_event, data),
	.epoll_size = sizeof(struct arm_epoll_event),
	.oflags = oflags,
};

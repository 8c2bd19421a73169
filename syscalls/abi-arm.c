/* SPDX-License-Identifier: MIT */
/* Writing the structures of the 32-bit ARM EABI. Offsets as its cross compiler lays out the UAPI headers. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "ioctl-tables/table.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"

struct g_arm_stat {
	uint32_t dev, ino;
	uint16_t mode, nlink, uid, gid;
	uint32_t rdev, size, blksize, blocks;
	uint32_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	uint32_t unused[2];
};
_Static_assert(sizeof(struct g_arm_stat) == 64, "ARM struct stat");

struct g_arm_stat64 {
	uint64_t dev;
	uint32_t pad0, ino32, mode, nlink, uid, gid;
	uint64_t rdev;
	uint32_t pad3[2];
	int64_t size;
	uint32_t blksize, pad4;
	int64_t blocks;
	uint32_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	uint64_t ino;
};
_Static_assert(sizeof(struct g_arm_stat64) == STAT64_MAX, "ARM struct stat64");

static size_t put_stat64(void *to, const struct stat *st)
{
	struct g_arm_stat64 s = {
		.dev = st->st_dev,
		.ino32 = (uint32_t)st->st_ino,
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
	struct g_arm_stat s = {
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
	.flock64_start = 8,
	.flock64_len = 16,
	.flock64_pid = 24,
	.flock64_size = 32,
	.epoll_data = 8,
	.epoll_size = 16,
	.oflags = oflags,
};

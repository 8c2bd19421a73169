/* SPDX-License-Identifier: MIT */
/* Writing the structures of the i386 kernel ABI. */
#include <errno.h>
#include <string.h>

#include "ioctl-tables/syscall-layouts.h"
#include "ioctl-tables/table.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"

static size_t put_stat64(void *to, const struct stat *st)
{
	struct i386_stat64 s = {
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

/* Major and minor below 256: what 16 bits hold. The host's encoding keeps them in bits 8..19 and 0..7, 20..31. */
static bool dev_fits(uint64_t dev)
{
	return dev < 0x10000;
}

/* Order and kinds of overflow: the kernel's cp_compat_stat (6.18). */
static int put_stat(void *to, const struct stat *st)
{
	struct g_stat s = {
		.dev = (uint16_t)st->st_dev,
		.ino = (uint32_t)st->st_ino,
		.mode = (uint16_t)st->st_mode,
		.nlink = (uint16_t)st->st_nlink,
		.uid = id_to16(st->st_uid),
		.gid = id_to16(st->st_gid),
		.rdev = (uint16_t)st->st_rdev,
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

	if (!dev_fits(st->st_dev) || !dev_fits(st->st_rdev) || s.ino != st->st_ino || s.nlink != st->st_nlink ||
	    (uint64_t)st->st_size > INT32_MAX)
		return -EOVERFLOW;
	memcpy(to, &s, sizeof s);
	return 0;
}

const struct guest_abi guest_abi_i386 = {
	.ioctls = &ioctl_table_i386,
	.stat64 = put_stat64,
	.stat = put_stat,
	.flock64_start = offsetof(struct i386_flock64, start),
	.flock64_len = offsetof(struct i386_flock64, len),
	.flock64_pid = offsetof(struct i386_flock64, pid),
	.flock64_size = sizeof(struct i386_flock64),
	.epoll_data = offsetof(struct i386_epoll_event, data),
	.epoll_size = sizeof(struct i386_epoll_event),
};

/* oldstat and its kind: i386 only. On a 64-bit kernel the size is cut silently. */
static gret put_oldstat(gaddr to, const struct stat *st)
{
	struct g_oldstat s = {
		.dev = (uint16_t)st->st_dev,
		.ino = (uint16_t)st->st_ino,
		.mode = (uint16_t)st->st_mode,
		.nlink = (uint16_t)st->st_nlink,
		.uid = id_to16(st->st_uid),
		.gid = id_to16(st->st_gid),
		.rdev = (uint16_t)st->st_rdev,
		.size = (uint32_t)st->st_size,
		.atime = (uint32_t)st->st_atim.tv_sec,
		.mtime = (uint32_t)st->st_mtim.tv_sec,
		.ctime = (uint32_t)st->st_ctim.tv_sec,
	};

	if (s.ino != st->st_ino || s.nlink != st->st_nlink)
		return -EOVERFLOW;
	return guest_put(to, &s);
}

SYS(oldstat)
{
	struct stat st;

	TRY(stat_path(cpu, AT_FDCWD, ga(a[0]), 0, &st));
	return put_oldstat(ga(a[1]), &st);
}

SYS(oldlstat)
{
	struct stat st;

	TRY(stat_path(cpu, AT_FDCWD, ga(a[0]), AT_SYMLINK_NOFOLLOW, &st));
	return put_oldstat(ga(a[1]), &st);
}

SYS(oldfstat)
{
	struct stat st;

	TRY(stat_fd(cpu, (int)a[0], &st));
	return put_oldstat(ga(a[1]), &st);
}

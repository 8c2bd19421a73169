/* SPDX-License-Identifier: MIT */
/* Structures as the i386 kernel ABI lays them out. Sizes as in its UAPI headers. */
#ifndef STRAIT_SYSCALLS_ABI_I386_H
#define STRAIT_SYSCALLS_ABI_I386_H

#include <stdint.h>

typedef uint64_t g_i386_u64 __attribute__((aligned(4)));
typedef int64_t g_i386_s64 __attribute__((aligned(4)));

struct g_i386_oldstat {
	uint16_t dev, ino, mode, nlink, uid, gid, rdev, pad;
	uint32_t size, atime, mtime, ctime;
};
_Static_assert(sizeof(struct g_i386_oldstat) == 32, "i386 struct __old_kernel_stat");

struct g_i386_stat {
	uint16_t dev, pad1;
	uint32_t ino;
	uint16_t mode, nlink, uid, gid, rdev, pad2;
	uint32_t size, blksize, blocks;
	uint32_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	uint32_t unused[2];
};
_Static_assert(sizeof(struct g_i386_stat) == 64, "i386 struct stat");

struct g_i386_stat64 {
	g_i386_u64 dev;
	uint32_t pad0, ino32, mode, nlink, uid, gid;
	g_i386_u64 rdev;
	uint32_t pad3;
	g_i386_s64 size;
	uint32_t blksize;
	g_i386_s64 blocks;
	uint32_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	g_i386_u64 ino;
};
_Static_assert(sizeof(struct g_i386_stat64) == 96, "i386 struct stat64");

/* The rest is the same on ARM. */
struct g_statfs {
	int32_t type, bsize, blocks, bfree, bavail, files, ffree, fsid[2], namelen, frsize, flags, spare[4];
};
_Static_assert(sizeof(struct g_statfs) == 64, "struct statfs, 32 bits");

struct g_statfs64 {
	uint32_t type, bsize;
	g_i386_u64 blocks, bfree, bavail, files, ffree;
	int32_t fsid[2];
	uint32_t namelen, frsize, flags, spare[4];
};
_Static_assert(sizeof(struct g_statfs64) == 84, "struct statfs64: packed on i386 and on ARM");

struct g_flock {
	int16_t type, whence;
	int32_t start, len, pid;
};
_Static_assert(sizeof(struct g_flock) == 16, "struct flock, 32 bits");

struct g_timespec {
	int32_t sec, nsec;
};

struct g_timespec64 {
	int64_t sec, nsec;
};

#endif

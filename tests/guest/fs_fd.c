/* SPDX-License-Identifier: MIT */
/* Descriptors: vectors, positions, locks, owners, leases, duplicates, ranges, pipes, ioctls; errors in the kernel's order. */
// guests: i386
#include "fs_util.h"

#include <signal.h>
#include <sys/uio.h>

static void vectors(void)
{
	int fd = open("v", O_RDWR | O_CREAT | O_LARGEFILE, 0600), ro = open("v", O_RDONLY), wo = open("v", O_WRONLY);
	struct iovec v[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}}, r[2], *end = tail(16), neg = {"x", (size_t)-1};
	char a[4], b[8];
	long long off;

	SHOW("writev", 146, fd, v, 3);
	SHOW("writev ro", 146, ro, v, 3);
	SHOW("writev ro bad", 146, ro, NULL, 3);
	SHOW("writev bad fd", 146, 999, NULL, 3);
	SHOW("writev EFAULT", 146, fd, NULL, 3);
	SHOW("writev half EFAULT", 146, fd, end, 3);
	SHOW("writev many", 146, fd, v, 1025);
	SHOW("writev -1", 146, fd, v, -1);
	SHOW("writev neg", 146, fd, &neg, 1);
	SHOW("writev 0", 146, fd, NULL, 0);
	r[0] = (struct iovec){a, 4};
	r[1] = (struct iovec){b, 8};
	memset(a, 0, sizeof a);
	memset(b, 0, sizeof b);
	SHOW("preadv", 333, fd, r, 2, 1, 0);
	printf("%.4s %.8s\n", a, b);
	SHOW("preadv wo", 333, wo, r, 2, 1, 0);
	SHOW("preadv all bad", 333, -1, -1, -1, -1, -1);
	SHOW("preadv neg", 333, fd, r, 2, 0, 0x80000000);
	SHOW("pwritev", 334, fd, v, 3, 2, 1);
	off = lseek64(fd, 0, SEEK_END);
	printf("size %lld\n", off);
	SHOW("preadv2 -1", 378, fd, r, 2, -1, -1, 0);
	SHOW("preadv2 flags", 378, fd, r, 2, 0, 0, 0x4000);
	SHOW("pwritev2 append", 379, fd, v, 1, 0, 0, 0x10);
	SHOW("pread64", 180, fd, a, 4, 2, 1);
	printf("%.4s\n", a);
	SHOW("pwrite64", 181, fd, "zz", 2, 3, 0);
	SHOW("pread64 EFAULT", 180, fd, NULL, 4, 0, 0);
	SHOW("pread64 neg", 180, fd, a, 4, 0, -1);
	SHOW("lseek end", 19, fd, 0, SEEK_END);
	SHOW("lseek hole", 19, fd, 0, SEEK_HOLE);
	SHOW("_llseek", 140, fd, 1, 5, &off, SEEK_SET);
	printf("%llx\n", off);
	SHOW("lseek cur", 19, fd, 0, SEEK_CUR);
	SHOW("read bad", 3, 999, NULL, 4);
	SHOW("read EFAULT", 3, ro, NULL, 4);
	SHOW("read tail", 3, ro, tail(3), 8);
	SHOW("fallocate", 324, fd, 0, 0, 0, 100, 0);
	SHOW("fallocate bad", 324, fd, 0, -1, -1, 100, 0);
	SHOW("fadvise64", 250, fd, 0, 0, 100, 3);
	SHOW("fadvise64 bad", 250, fd, 0, 0, 100, 77);
	SHOW("fadvise64_64", 272, fd, 0, 0, 100, 0, 3);
	SHOW("sync_file_range", 314, fd, 0, 0, 100, 0, 7);
	SHOW("sync_file_range bad", 314, fd, 0, 0, 100, 0, 77);
	SHOW("readahead", 225, fd, 0, 0, 100);
	SHOW("fsync", 118, fd);
	SHOW("fdatasync bad", 148, 999);
	close(fd);
	close(ro);
	close(wo);
}

static void locks(void)
{
	int fd = open("l", O_RDWR | O_CREAT | O_LARGEFILE, 0600), st;
	struct {
		short type, whence;
		int start, len, pid;
	} l = {F_WRLCK, 0, 10, 20, 0}, *lt = tail(16);
	struct {
		short type, whence;
		long long start, len;
		int pid;
	} __attribute__((packed, aligned(4))) l64 = {F_WRLCK, 0, 0x100000000ll, 5, 0}, *lt64 = tail(24);
	int owner[2] = {1, getpid()}, *bad = tail(4);
	unsigned long long hint = 2;

	SHOW("F_SETLK", 55, fd, F_SETLK, &l);
	SHOW("F_SETLK64 by fcntl", 55, fd, 13, &l64);
	SHOW("F_SETLK64", 221, fd, 13, &l64);
	SHOW("F_SETLK NULL", 221, fd, 6, NULL);
	SHOW("F_SETLK bad fd", 221, 999, 6, NULL);
	SHOW("F_GETLK64 EFAULT", 221, fd, 12, bad);
	l.type = 99;
	SHOW("F_SETLK type", 221, fd, 6, &l);
	l = (typeof(l)){F_WRLCK, 0, -5, 2, 0};
	SHOW("F_SETLK start", 221, fd, 6, &l);
	fflush(stdout);
	if (fork() == 0) {
		*lt = (typeof(l)){F_WRLCK, 0, 0, 0, 0};
		SHOW("child F_GETLK", 55, fd, 5, lt);
		printf("%d %d %d %d %d\n", lt->type, lt->whence, lt->start, lt->len, lt->pid == getppid());
		*lt = (typeof(l)){F_WRLCK, 0, 100, 0, 0};
		SHOW("child F_GETLK overflow", 55, fd, 5, lt);
		*lt64 = (typeof(l64)){F_RDLCK, 0, 100, 0, 0};
		SHOW("child F_GETLK64", 221, fd, 12, lt64);
		printf("%d %d %lld %lld %d\n", lt64->type, lt64->whence, lt64->start, lt64->len, lt64->pid == getppid());
		SHOW("child F_SETLK64", 221, fd, 13, lt64);
		SHOW("child F_OFD_SETLK pid", 221, fd, 37, lt64);
		l64.pid = 0;
		SHOW("child F_OFD_SETLK", 221, fd, 37, &l64);
		SHOW("child F_OFD by fcntl", 55, fd, 37, &l64);
		SHOW("child F_OFD_GETLK", 221, fd, 36, &l64);
		fflush(stdout);
		_exit(0);
	}
	wait(&st);
	SHOW("F_SETOWN_EX", 221, fd, 15, owner);
	owner[1] = 0;
	SHOW("F_GETOWN_EX", 221, fd, 16, owner);
	printf("%d\n", owner[1] == getpid());
	SHOW("F_GETOWN_EX EFAULT", 221, fd, 16, bad);
	SHOW("F_SETOWN", 221, fd, F_SETOWN, 0);
	SHOW("F_GETOWN", 221, fd, F_GETOWN);
	SHOW("F_SETSIG", 221, fd, 10, SIGUSR1);
	SHOW("F_GETSIG", 221, fd, 11);
	SHOW("F_GETOWNER_UIDS", 221, fd, 17, tail(8));
	SHOW("F_SETLEASE", 221, fd, 1024, F_WRLCK);
	SHOW("F_GETLEASE", 221, fd, 1025);
	SHOW("F_SETLEASE", 221, fd, 1024, F_UNLCK);
	SHOW("F_SET_RW_HINT", 221, fd, 1036, &hint);
	SHOW("F_GET_RW_HINT", 221, fd, 1035, &hint);
	SHOW("F_GET_SEALS", 221, fd, 1034);
	SHOW("nonsense", 221, fd, 4711, 0);
	SHOW("nonsense bad fd", 221, 999, 4711, 0);
	SHOW("flock", 143, fd, 2 | 4);
	SHOW("flock bad", 143, fd, 77);
	close(fd);
}

static void flags(void)
{
	int small = RAW(5, "l", O_RDWR, 0), large = RAW(5, "l", O_RDWR | 0100000 | O_APPEND, 0), p[2], d;

	printf("F_GETFL small %lo large %lo\n", RAW(55, small, F_GETFL), RAW(221, large, F_GETFL));
	d = dup(small);
	printf("dup %lo\n", RAW(55, d, F_GETFL));
	SHOW("F_SETFL", 221, large, F_SETFL, O_NONBLOCK);
	printf("F_GETFL %lo\n", RAW(221, large, F_GETFL));
	SHOW("F_GETFD", 221, large, F_GETFD);
	SHOW("F_SETFD", 221, large, F_SETFD, 1);
	SHOW("F_GETFD", 221, large, F_GETFD);
	SHOW("F_DUPFD", 221, large, F_DUPFD, 100);
	SHOW("F_DUPFD_CLOEXEC", 221, large, 1030, 100);
	SHOW("F_DUPFD huge", 221, large, F_DUPFD, -1);
	SHOW("dup2 same", 63, large, large);
	SHOW("dup2 same bad", 63, 999, 999);
	SHOW("dup3 same", 330, large, large, 0);
	SHOW("dup3 flags", 330, large, 50, 1);
	SHOW("dup3", 330, large, 50, O_CLOEXEC);
	SHOW("dup2 huge", 63, large, 1 << 30);
	SHOW("close_range", 436, 50, 200, 0);
	SHOW("close closed", 6, 100);
	SHOW("close_range bad", 436, 50, 20, 0);
	SHOW("close_range flags", 436, 50, 60, 8);
	SHOW("close_range all", 436, 300, ~0u, 0);
	SHOW("pipe2", 331, p, O_NONBLOCK | O_CLOEXEC);
	printf("F_GETFL %lo %lo\n", RAW(55, p[0], F_GETFL), RAW(55, p[1], F_GETFL));
	SHOW("F_GETPIPE_SZ", 221, p[0], 1032);
	SHOW("F_SETPIPE_SZ", 221, p[0], 1031, 8192);
	SHOW("pipe EFAULT", 42, NULL);
	SHOW("read empty", 3, p[0], p, 1);
	SHOW("pipe2 flags", 331, p, 1);
	SHOW("openat2", 437, AT_FDCWD, "l", ((unsigned long long[]){O_RDONLY | O_CLOEXEC, 0, 0}), 24);
	SHOW("openat2 size", 437, AT_FDCWD, "l", ((unsigned long long[]){0, 0, 0}), 23);
	SHOW("openat2 more", 437, AT_FDCWD, "l", ((unsigned long long[]){0, 0, 0, 0}), 32);
	SHOW("openat2 E2BIG", 437, AT_FDCWD, "l", ((unsigned long long[]){0, 0, 0, 1}), 32);
	SHOW("openat2 huge", 437, AT_FDCWD, "l", ((unsigned long long[]){0, 0, 0}), 5000);
	SHOW("openat2 EFAULT", 437, AT_FDCWD, "l", NULL, 24);
	SHOW("openat2 beneath", 437, AT_FDCWD, "/etc", ((unsigned long long[]){0, 0, 8}), 24);
	SHOW("open NULL", 5, NULL, 0, 0);
	SHOW("open empty", 5, "", 0, 0);
	SHOW("open missing", 5, "missing", 0, 0);
	SHOW("creat dir", 8, "/tmp", 0600);
	SHOW("memfd_create", 356, "m", 2);
	SHOW("memfd_create flags", 356, "m", 0x8000);
	SHOW("eventfd2", 328, 1, 0);
	SHOW("userfaultfd flags", 374, 0x7777);
	SHOW("inotify_init1", 332, O_NONBLOCK);
	SHOW("inotify_add_watch", 292, 999, "/", 0xfff);
	SHOW("sync", 36);
}

static void moving(void)
{
	int in = open("in", O_RDWR | O_CREAT, 0600), out = open("out", O_RDWR | O_CREAT, 0600), p[2];
	int off = 2, *end = tail(4);
	long long off64 = 3, zero = 0;
	struct iovec v[2] = {{"12", 2}, {"345", 3}};

	SHOW("write", 4, in, "0123456789", 10);
	SHOW("sendfile", 187, out, in, &off, 4);
	printf("off %d\n", off);
	SHOW("sendfile64", 239, out, in, &off64, 100);
	printf("off %lld\n", off64);
	off = -1;
	SHOW("sendfile neg", 187, out, in, &off, 4);
	SHOW("sendfile EFAULT", 187, out, in, NULL + 1, 4);
	off = 0x7ffffffe;
	SHOW("sendfile far", 187, out, in, &off, 4);
	printf("off %d\n", off);
	off = 0x7fffffff;
	SHOW("sendfile overflow", 187, out, in, &off, 4);
	SHOW("sendfile bad", 187, 999, in, &off, 4);
	SHOW("sendfile wo", 187, out, 999, &off, 4);
	*end = 1;
	SHOW("sendfile at end", 187, out, in, end, 2);
	lseek(in, 0, SEEK_SET);
	SHOW("copy_file_range", 377, in, &zero, out, NULL, 5, 0);
	printf("%lld\n", zero);
	SHOW("copy_file_range flags", 377, in, NULL, out, NULL, 5, 7);
	pipe(p);
	SHOW("vmsplice", 316, p[1], v, 2, 0);
	SHOW("vmsplice bad", 316, 999, NULL, 2, 0);
	SHOW("tee", 315, p[0], p[1], 10, 2);
	SHOW("splice", 313, p[0], NULL, out, NULL, 5, 0);
	off64 = 1;
	SHOW("splice in", 313, in, &off64, p[1], NULL, 3, 0);
	printf("%lld\n", off64);
	lseek(out, 0, SEEK_END);
	SHOW("lseek", 19, out, 0, SEEK_CUR);
	SHOW("name_to_handle_at", 341, AT_FDCWD, "in", ((int[]){0, 0}), &off, 0);
	SHOW("xattr", 226, "in", "user.x", "val", 3, 0);
	SHOW("getxattr", 229, "in", "user.x", tail(3), 3);
	SHOW("getxattr small", 229, "in", "user.x", tail(2), 2);
	SHOW("fgetxattr none", 231, in, "user.y", NULL, 0);
	SHOW("listxattr", 232, "in", NULL, 0);
	SHOW("removexattr", 235, "in", "user.x");
	SHOW("getcwd small", 183, tail(2), 2);
	SHOW("getcwd", 183, tail(100), 100);
	symlink("a/b/c", "sym");
	SHOW("readlink", 85, "sym", tail(3), 3);
	SHOW("readlink zero", 85, "sym", tail(3), 0);
	SHOW("readlink not", 85, "in", tail(3), 3);
	SHOW("readlinkat", 305, AT_FDCWD, "sym", tail(64), 64);
	SHOW("access", 33, "in", 4);
	SHOW("faccessat2", 439, AT_FDCWD, "in", 4, 0x200);
	SHOW("rename", 38, "in", "in2");
	SHOW("renameat2 exist", 353, AT_FDCWD, "in2", AT_FDCWD, "out", 1);
	SHOW("link", 9, "in2", "in3");
	SHOW("unlink", 10, "in3");
	SHOW("rmdir", 40, "in2");
	SHOW("mknod", 14, "fifo", S_IFIFO | 0600, 0);
	SHOW("umount", 22, "missing");
	SHOW("mount", 21, "none", "missing", "tmpfs", 0, NULL);
	SHOW("quotactl", 131, 0x80000700, "missing", 0, NULL);
	SHOW("ustat", 62, -1, tail(20));
	printf("sysfs %d\n", (int)RAW(135, 3) > 5);
	SHOW("sysfs bad", 135, 9);
	SHOW("nosys", 17);
}

static void ioctls(void)
{
	int p[2], m, n = 0, fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	unsigned char *t = tail(36);

	pipe(p);
	write(p[1], "abc", 3);
	SHOW("FIONREAD", 54, p[0], 0x541b, &n);
	printf("%d\n", n);
	SHOW("FIONREAD EFAULT", 54, p[0], 0x541b, NULL);
	SHOW("FIONBIO", 54, p[0], 0x5421, &n);
	SHOW("FIOCLEX", 54, p[0], 0x5451, 0);
	SHOW("TCGETS pipe", 54, p[0], 0x5401, t);
	SHOW("bad fd", 54, 999, 0x5401, t);
	SHOW("bad fd unknown", 54, 999, 0x12345678, t);
	if (fd >= 0) {
		SHOW("TCGETS", 54, fd, 0x5401, t);
		show_bytes("", t, 36);
		SHOW("TCSETS", 54, fd, 0x5402, t);
		SHOW("TIOCGWINSZ", 54, fd, 0x5413, tail(8));
		n = 0;
		SHOW("TIOCSPTLCK", 54, fd, 0x40045431, &n);
		SHOW("TIOCGPTN", 54, fd, 0x80045430, tail(4));
		SHOW("TIOCGPGRP", 54, fd, 0x540f, tail(4));
	}
	m = open("in2", O_RDONLY);
	SHOW("FS_IOC_GETFLAGS", 54, m, 0x80046601, tail(4));
	SHOW("FIGETBSZ", 54, m, 2, tail(4));
	SHOW("FIONREAD file", 54, m, 0x541b, tail(4));
}

int main(void)
{
	umask(022);
	enter();
	vectors();
	locks();
	flags();
	moving();
	ioctls();
	leave();
	return 0;
}

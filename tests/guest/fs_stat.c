/* SPDX-License-Identifier: MIT */
/* The stat family on files of every kind, at the end of a page, with bad pointers and values that do not fit. */
// guests: i386
#include "fs_util.h"

#include <sys/sysmacros.h>
#include <time.h>

/* Hide what changes from run to run: device and inode numbers, times; and padding, which kernels leave as it was. */
static void show_stat(const char *name, const unsigned char *b, size_t n, const int *skip)
{
	unsigned char c[256];

	memcpy(c, b, n);
	for (; skip[1]; skip += 2)
		memset(c + skip[0], 0, (size_t)skip[1]);
	show_bytes(name, c, n);
}

static const int skip_old[] = {0, 4, 20, 12, 0, 0}, skip_stat[] = {0, 8, 32, 24, 0, 0},
		 skip_stat64[] = {0, 16, 40, 4, 64, 24, 0, 0};
static const int skip_old_dir[] = {0, 4, 16, 16, 0, 0}, skip_stat_dir[] = {0, 8, 20, 36, 0, 0},
		 skip_stat64_dir[] = {0, 16, 40, 48, 0, 0};

static void all(const char *path, int dir)
{
	unsigned char *o = tail(32), *s = tail(64), *s64 = tail(96);

	printf("--- %s\n", path);
	SHOW("oldstat", 18, path, o);
	show_stat("", o, 32, dir ? skip_old_dir : skip_old);
	SHOW("oldlstat", 84, path, o);
	SHOW("stat", 106, path, s);
	show_stat("", s, 64, dir ? skip_stat_dir : skip_stat);
	SHOW("lstat", 107, path, s);
	show_stat("", s, 64, dir ? skip_stat_dir : skip_stat);
	SHOW("stat64", 195, path, s64);
	show_stat("", s64, 88, dir ? skip_stat64_dir : skip_stat64);
	SHOW("lstat64", 196, path, s64);
	show_stat("", s64, 88, dir ? skip_stat64_dir : skip_stat64);
	SHOW("fstatat64", 300, AT_FDCWD, path, s64, 0);
	SHOW("fstatat64 flags", 300, AT_FDCWD, path, s64, 0x8000);
	SHOW("stat EFAULT", 106, path, s + 4);
	SHOW("stat64 EFAULT", 195, path, s64 + 4);
	SHOW("stat NULL", 106, path, NULL);
}

static void times(const char *path)
{
	int t32[4] = {1000, 999999999, 2000, 5};
	int tv[4] = {1000, 999999, 2000, 5};
	long long t64[4] = {1000, 1, 2000, 0x123400000000ll + 7};
	unsigned char *s64 = tail(96);
	int *bad = tail(4);
#define TIMES()                                                                                                        \
	do {                                                                                                           \
		RAW(195, path, s64);                                                                                   \
		show_bytes("  atime mtime", s64 + 64, 16);                                                             \
	} while (0)

	SHOW("utime", 30, path, t32);
	TIMES();
	SHOW("utimes", 271, path, tv);
	TIMES();
	tv[1] = 1000000;
	SHOW("utimes usec", 271, path, tv);
	tv[1] = -1;
	SHOW("utimes usec", 271, path, tv);
	tv[1] = 7;
	SHOW("futimesat", 299, AT_FDCWD, path, tv);
	TIMES();
	SHOW("utimensat", 320, AT_FDCWD, path, t32, 0);
	TIMES();
	t32[1] = -1;
	SHOW("utimensat bad nsec", 320, AT_FDCWD, path, t32, 0);
	t32[1] = (1 << 30) - 2; /* UTIME_OMIT */
	SHOW("utimensat omit", 320, AT_FDCWD, path, t32, 0);
	TIMES();
	SHOW("utimensat_time64", 412, AT_FDCWD, path, t64, 0);
	TIMES();
	t64[0] = 0x180000000ll;
	SHOW("utimensat_time64", 412, AT_FDCWD, path, t64, 0);
	TIMES();
	SHOW("utime EFAULT", 30, path, bad);
	SHOW("utimes EFAULT", 271, path, bad);
	SHOW("utimensat EFAULT", 320, AT_FDCWD, path, bad, 0);
	SHOW("utimensat_time64 EFAULT", 412, AT_FDCWD, path, bad, 0);
	SHOW("utimensat missing", 320, AT_FDCWD, "missing", NULL, 0);
	SHOW("utimensat NULL path", 320, AT_FDCWD, NULL, NULL, 0);
	SHOW("futimesat fd", 299, 0x7777, NULL, NULL);
}

int main(void)
{
	int fd;

	umask(022);
	enter();
	fd = open("file", O_RDWR | O_CREAT, 0640);
	if (write(fd, "hello", 5) != 5)
		return 1;
	mkdir("dir", 0755);
	symlink("file", "link");
	mkfifo("fifo", 0600);
	link("file", "hard");
	all("file", 0);
	all("dir", 1);
	all("link", 0);
	all("fifo", 0);
	all("missing", 0);
	all("/dev/null", 1);
	SHOW("fstat", 108, fd, tail(64));
	SHOW("fstat64", 197, fd, tail(96));
	SHOW("oldfstat", 28, fd, tail(32));
	SHOW("fstat bad", 108, 999, NULL);
	SHOW("fstat64 EFAULT", 197, fd, NULL);
	SHOW("fstatat64 empty", 300, fd, "", tail(96), 0x1000);
	SHOW("fstatat64 empty", 300, fd, "", tail(96), 0);
	SHOW("ftruncate64 small", 194, fd, 0x80000000u, 0);
	SHOW("ftruncate64", 194, open("file", O_RDWR | 0100000), 0x80000000u, 0);
	SHOW("stat large", 106, "file", tail(64));
	SHOW("stat64 large", 195, "file", tail(96));
	SHOW("oldstat large", 18, "file", tail(32));
	SHOW("open large", 5, "file", O_RDWR, 0);
	SHOW("open large trunc", 5, "file", O_RDWR | O_TRUNC, 0);
	SHOW("open large O_LARGEFILE", 5, "file", O_RDWR | 0100000, 0);
	SHOW("open large O_PATH", 5, "file", O_PATH, 0);
	SHOW("truncate", 92, "file", 100);
	SHOW("truncate neg", 92, "file", -1);
	SHOW("truncate64", 193, "file", 5, 1);
	SHOW("ftruncate64 neg", 194, fd, 0, -1);
	times("file");
	SHOW("statx", 383, AT_FDCWD, "file", 0, 0x7ff, tail(256));
	SHOW("statx EFAULT", 383, AT_FDCWD, "file", 0, 0x7ff, tail(128));
	SHOW("chown", 182, "file", 0xffff, 0xffff);
	SHOW("chown32", 212, "file", -1, -1);
	SHOW("lchown", 16, "missing", 1, 1);
	SHOW("fchown", 95, 999, 1, 1);
	SHOW("statfs", 99, "/proc", tail(64));
	SHOW("statfs64", 268, "/proc", 84, tail(84));
	SHOW("statfs64 size", 268, "/proc", 88, tail(88));
	SHOW("fstatfs", 100, fd, tail(64));
	SHOW("fstatfs64", 269, fd, 84, tail(84));
	SHOW("statfs EFAULT", 99, "/proc", tail(60));
	{
		unsigned char *s = tail(64), *s64 = tail(84);

		RAW(99, "/proc", s);
		show_bytes("statfs", s, 28);
		show_bytes("", s + 36, 28);
		RAW(268, "/proc", 84, s64);
		show_bytes("statfs64", s64, 48);
		show_bytes("", s64 + 56, 28);
	}
	leave();
	return 0;
}

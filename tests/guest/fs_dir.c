/* SPDX-License-Identifier: MIT */
/* Reading directories in three forms, without large-file support: every name once, telldir and seekdir come back. */
// guests: i386
#include "fs_util.h"

#include <dirent.h>

#define N 500

static int seen[N];

static void fill(void)
{
	char name[64];

	mkdir("d", 0755);
	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof name, "d/%0*d", 1 + i % 40, i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
}

static void note(const char *name)
{
	if (name[0] != '.')
		seen[atoi(name)]++;
}

static void verdict(const char *what)
{
	int good = 0;

	for (int i = 0; i < N; i++)
		good += seen[i] == 1;
	printf("%s: %d of %d\n", what, good, N);
	memset(seen, 0, sizeof seen);
}

static void raw(const char *what, int nr, size_t size, int name_at, int reclen_at)
{
	int fd = open("d", O_RDONLY | O_DIRECTORY);
	unsigned char *b = tail(size);
	int high = 0, type = 0;
	long n;

	while ((n = RAW(nr, fd, b, size)) > 0)
		for (long at = 0; at < n;) {
			unsigned short len;
			long long off = 0;

			memcpy(&len, b + at + reclen_at, 2);
			memcpy(&off, b + at + (nr == 220 ? 8 : 4), nr == 220 ? 8 : 4);
			high |= off < 0 || off > 0x7fffffff;
			note((char *)b + at + name_at);
			if (b[at + name_at] != '.')
				type += nr == 220 ? b[at + 18] == DT_REG : b[at + len - 1] == DT_REG;
			at += len;
		}
	printf("end %ld, positions above 31 bits: %d, regular %d\n", n, high, type);
	verdict(what);
	close(fd);
}

static void seek(void)
{
	DIR *d = opendir("d");
	struct dirent *e;
	static char name[N + 2][64];
	static long pos[N + 2];
	int n = 0, good = 0, back = 0;

	for (pos[0] = telldir(d); (e = readdir(d)); pos[n] = telldir(d))
		strcpy(name[n++], e->d_name);
	printf("telldir: %d entries\n", n);
	for (int i = n - 1; i >= 0; i -= 7) {
		seekdir(d, pos[i]);
		e = readdir(d);
		good += e && !strcmp(e->d_name, name[i]);
		back++;
	}
	printf("seekdir: all came back: %d\n", good == back);
	rewinddir(d);
	e = readdir(d);
	printf("rewinddir: %d\n", e && !strcmp(e->d_name, name[0]));
	/* A forked child has its own copy of what is known. */
	fflush(stdout);
	if (fork() == 0) {
		seekdir(d, pos[n / 2]);
		e = readdir(d);
		printf("child: %d\n", e && !strcmp(e->d_name, name[n / 2]));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	closedir(d);
}

static void lseeks(void)
{
	int fd = open("d", O_RDONLY), fd2;
	unsigned char *b = tail(4096);
	long n = RAW(220, fd, b, 4096), off, again;
	long long res;

	printf("some: %d\n", n > 0);
	off = RAW(19, fd, 0, SEEK_CUR);
	memcpy(&res, b + 8, 8);
	fd2 = dup(fd);
	printf("lseek to the second: %d\n", RAW(19, fd2, (long)res, SEEK_SET) == (long)res);
	printf("same through dup: %d\n", RAW(19, fd, 0, SEEK_CUR) == (long)res);
	again = RAW(19, fd, off, SEEK_SET);
	printf("back: %d\n", again == off);
	SHOW("_llseek", 140, fd, 0, 0, &res, SEEK_SET);
	printf("%lld\n", res);
	SHOW("_llseek EFAULT", 140, fd, 0, 0, tail(4), SEEK_SET);
	SHOW("_llseek whence", 140, fd, 0, 0, &res, 9);
	SHOW("_llseek fd", 140, 999, 0, 0, &res, 9);
	SHOW("lseek whence", 19, fd, 0, 9);
	SHOW("getdents tiny", 141, fd, b, 4);
	SHOW("getdents 16", 141, fd, tail(16), 16);
	SHOW("getdents64 tiny", 220, fd, b, 4);
	SHOW("getdents64 24", 220, fd, tail(24), 24);
	SHOW("getdents EFAULT", 141, fd, NULL, 4096);
	SHOW("getdents64 EFAULT", 220, fd, NULL, 4096);
	SHOW("getdents on a file", 141, 999, b, 4096);
	close(fd);
	close(fd2);
	fd = open("d/0", O_RDONLY);
	SHOW("getdents ENOTDIR", 141, fd, b, 4096);
	SHOW("getdents64 ENOTDIR", 220, fd, b, 4096);
	SHOW("readdir ENOTDIR", 89, fd, b, 1);
	close(fd);
	fd = open("d", O_RDONLY);
	while ((n = RAW(89, fd, b, 1)) == 1)
		note((char *)b + 10);
	printf("end %ld\n", n);
	verdict("readdir");
	close(fd);
}

int main(void)
{
	enter();
	fill();
	raw("getdents", 141, 32768, 10, 8);
	raw("getdents small", 141, 100, 10, 8);
	raw("getdents64", 220, 32768, 19, 16);
	raw("getdents64 small", 220, 100, 19, 16);
	lseeks();
	seek();
	leave();
	return 0;
}

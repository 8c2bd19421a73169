/* SPDX-License-Identifier: MIT */
/* For guest programs that print what system calls answer: raw calls by number, buffers that end at an unmapped page. */
#ifndef STRAIT_TESTS_FS_UTIL_H
#define STRAIT_TESTS_FS_UTIL_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* n bytes flush against an unmapped page. */
static void *tail(size_t n)
{
	size_t span = (n + 4095) / 4096 * 4096 + 4096;
	char *p = mmap(NULL, span + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + span, 4096);
	memset(p, 0xa5, span);
	return p + span - n;
}

/* The raw result, and its printing: name = value or -errno. */
#define RAW(...) raw_result(syscall(__VA_ARGS__))
#define SHOW(name, ...) show(name, RAW(__VA_ARGS__))

static inline long raw_result(long r)
{
	return r == -1 ? -errno : r;
}

static inline long show(const char *name, long r)
{
	printf("%s = %ld\n", name, r);
	return r;
}

static inline void show_bytes(const char *name, const void *p, size_t n)
{
	const unsigned char *b = p;

	printf("%s:", name);
	for (size_t i = 0; i < n; i++)
		printf("%s%02x", i % 4 ? "" : " ", b[i]);
	printf("\n");
}

/* A fresh directory, entered; removed by leave(). */
static char test_dir[64];

static inline void enter(void)
{
	strcpy(test_dir, "/tmp/strait-fs-XXXXXX");
	if (!mkdtemp(test_dir) || chdir(test_dir) < 0) {
		perror("mkdtemp");
		exit(99);
	}
}

static inline void leave(void)
{
	fflush(stdout);
	if (chdir("/") == 0 && fork() == 0) {
		execl("/bin/rm", "rm", "-rf", test_dir, (char *)NULL);
		_exit(1);
	}
	wait(NULL);
}

#endif

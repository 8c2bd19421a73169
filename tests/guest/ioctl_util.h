/* SPDX-License-Identifier: MIT */
/* For ioctl tests: a result and its errno on a line, and memory with nothing mapped behind it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define TRY(fd, cmd, arg) try_ioctl(#cmd, fd, cmd, (unsigned long)(arg))

static inline int try_ioctl(const char *name, int fd, unsigned long cmd, unsigned long arg)
{
	int r;

	errno = 0;
	r = ioctl(fd, cmd, arg);
	printf("%s = %d, errno %d\n", name, r, r < 0 ? errno : 0);
	return r;
}

/* n bytes that end at an unmapped page. */
static inline void *edge(size_t n)
{
	char *p = mmap(NULL, 3 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + 65536, 65536);
	memset(p, 0xa5, 65536);
	return p + 65536 - n;
}

static inline void bytes(const char *what, const void *p, size_t n)
{
	printf("%s:", what);
	for (size_t i = 0; i < n; i++)
		printf(" %02x", ((const unsigned char *)p)[i]);
	printf("\n");
}

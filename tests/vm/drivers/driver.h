/* SPDX-License-Identifier: MIT */
/* For programs that ask a driver: a result, its errno and every byte of the argument, on a line; what time or chance makes is hidden. */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../guest/ioctl_util.h"

/* A zeroed one that ends where nothing is; a DIRTY one shows what the kernel leaves alone. */
#define NEW(type) ((type *)memset(edge(sizeof(type)), 0, sizeof(type)))
#define DIRTY(type) ((type *)edge(sizeof(type)))

/* Hide what no two runs show alike, and show whether it is 0. */
#define HIDE(field) hide(&(field), sizeof(field))

/* The call, and the argument after it. */
#define SHOW(fd, cmd, p) show(#cmd, fd, cmd, p, sizeof *(p), (size_t[4]){0})
/* The same with one field, or two, hidden. */
#define SHOW_BUT(fd, cmd, p, a) show(#cmd, fd, cmd, p, sizeof *(p), (size_t[4]){FIELD_OF(p, a)})
#define SHOW_BUT2(fd, cmd, p, a, b) show(#cmd, fd, cmd, p, sizeof *(p), (size_t[4]){FIELD_OF(p, a), FIELD_OF(p, b)})
#define FIELD_OF(p, field) (size_t)((char *)&(p)->field - (char *)(p)), sizeof (p)->field
/* With an argument that is not there, and one of a single byte. */
#define FAULT(fd, cmd, type) (try_ioctl(#cmd, fd, cmd, 16), try_ioctl(#cmd, fd, cmd, (unsigned long)edge(sizeof(type)) + sizeof(type) - 1))

static inline void hide(void *p, size_t n)
{
	bool zero = true;

	for (size_t i = 0; i < n; i++)
		zero &= ((unsigned char *)p)[i] == 0;
	if (!zero)
		memset(p, 0xee, n);
}

/* Bytes, runs of the same one in short. */
static inline void dump(const void *from, size_t n)
{
	const unsigned char *p = from;

	for (size_t i = 0, k; i < n; i += k) {
		for (k = 1; i + k < n && p[i + k] == p[i]; k++)
			;
		if (k < 4)
			k = 1;
		printf(k > 1 ? " %02x*%zu" : " %02x", p[i], k);
	}
	printf("\n");
}

static inline void show_bytes(const char *what, const void *p, size_t n)
{
	printf("%s:", what);
	dump(p, n);
}

static inline int show(const char *name, int fd, unsigned long cmd, void *arg, size_t n, const size_t hidden[4])
{
	char copy[n];
	int r;

	errno = 0;
	r = ioctl(fd, cmd, arg);
	printf("%s = %d, errno %d:", name, r, r < 0 ? errno : 0);
	memcpy(copy, arg, n);
	hide(copy + hidden[0], hidden[1]);
	hide(copy + hidden[2], hidden[3]);
	dump(copy, n);
	return r;
}

/* A call whose result is all there is. */
static inline long result(const char *what, long r)
{
	printf("%s = %ld, errno %d\n", what, r, r < 0 ? errno : 0);
	return r;
}

static inline int need(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

/* Wait until fd is ready; the events. */
static inline int ready(int fd, int events)
{
	struct pollfd p = {fd, (short)events, 0};

	return poll(&p, 1, 5000) == 1 ? p.revents : 0;
}

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		printf("%s: errno %d\n", path, errno);
	close(fd);
}

/* SPDX-License-Identifier: MIT */
/* For guest programs about memory: raw calls, and addresses told as distances, for they are random. */
#ifndef STRAIT_TESTS_MM_UTIL_H
#define STRAIT_TESTS_MM_UTIL_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define PG 4096u
#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* The register as it comes back: errors are the last 4095 values, everything else is an address. */
#define RAW6(nr, a, b, c, d, e, f, ...)                                                                                \
	raw6(nr, (uint32_t)(a), (uint32_t)(b), (uint32_t)(c), (uint32_t)(d), (uint32_t)(e), (uint32_t)(f))
#define RAW(...) RAW6(__VA_ARGS__, 0, 0, 0, 0, 0, 0)

static inline int is_err(uint32_t r)
{
	return r > -4096u;
}

static inline const char *err_name(uint32_t r)
{
	const char *n = strerrorname_np(-(int)r);

	return n ? n : "?";
}

/* NAME = the error, or the distance from base in pages. */
static inline uint32_t show_at(const char *name, uint32_t r, uint32_t base)
{
	if (is_err(r))
		printf("%s: -%s\n", name, err_name(r));
	else if (r & (PG - 1))
		printf("%s: %d bytes\n", name, (int)(r - base));
	else
		printf("%s: %d pages\n", name, (int)(r - base) / (int)PG);
	return r;
}

/* NAME = the error, or the value. */
static inline uint32_t show(const char *name, uint32_t r)
{
	if (is_err(r))
		printf("%s: -%s\n", name, err_name(r));
	else
		printf("%s: %u\n", name, r);
	return r;
}

/* NAME = the error, or ok. */
static inline uint32_t ok(const char *name, uint32_t r)
{
	printf("%s: %s%s\n", name, is_err(r) ? "-" : "", is_err(r) ? err_name(r) : "ok");
	return r;
}

static inline uint32_t map(uint32_t addr, uint32_t len, int prot, int flags, int fd, uint32_t page)
{
	return RAW(SYS_mmap2, addr, len, prot, flags, fd, page);
}

static inline uint32_t unmap(uint32_t addr, uint32_t len)
{
	return RAW(SYS_munmap, addr, len);
}

/* Room of our own to place things in: n pages, free. */
static inline uint32_t arena(unsigned n)
{
	uint32_t a = map(0, n * PG, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

	unmap(a, n * PG);
	return a;
}

/* ---- touching, with the signal told ---- */

static sigjmp_buf touch_out;
static volatile int touch_sig, touch_code;
static volatile uint32_t touch_addr;

static void touch_handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	touch_sig = sig;
	touch_code = info->si_code;
	touch_addr = (uint32_t)info->si_addr;
	siglongjmp(touch_out, 1);
}

static inline void touch_init(void)
{
	static char stack[65536];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction sa = {.sa_sigaction = touch_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigaltstack(&ss, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* A letter: r readable, w written, M mapping error, A access error, B bus error. */
static inline char try_read(uint32_t a)
{
	if (sigsetjmp(touch_out, 1))
		return touch_sig == SIGBUS ? 'B' : touch_code == SEGV_MAPERR ? 'M' : 'A';
	(void)*(volatile char *)a;
	return 'r';
}

static inline char try_write(uint32_t a)
{
	if (sigsetjmp(touch_out, 1))
		return touch_sig == SIGBUS ? 'B' : touch_code == SEGV_MAPERR ? 'M' : 'A';
	*(volatile char *)a = *(volatile char *)a;
	return 'w';
}

/* What n pages from a are: two letters each. */
static inline void show_pages(const char *name, uint32_t a, unsigned n)
{
	printf("%s:", name);
	for (unsigned i = 0; i < n; i++)
		printf(" %c%c", try_read(a + i * PG), try_write(a + i * PG));
	printf("\n");
}

/* The lines of /proc/self/maps between a and a + n pages, distances in pages. */
static inline void show_maps(const char *name, uint32_t a, unsigned n)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], prot[8];
	unsigned s, e;

	printf("%s:", name);
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%x-%x %7s", &s, &e, prot) == 3 && e > a && s < a + n * PG)
			printf(" %d-%d %s", (int)(s - a) / (int)PG, (int)(e - a) / (int)PG, prot);
	printf("\n");
	if (f)
		fclose(f);
}

/* A file of n pages, its k-th byte of page p is p + 1; and its descriptor. */
static inline int pages_file(unsigned n, int flags)
{
	char path[] = "/tmp/strait-mm-XXXXXX", buf[PG];
	int fd = mkstemp(path), r;

	for (unsigned i = 0; i < n; i++) {
		memset(buf, (int)i + 1, sizeof buf);
		if (write(fd, buf, sizeof buf) != sizeof buf)
			exit(99);
	}
	r = open(path, flags);
	close(fd);
	unlink(path);
	return r;
}

#define SECTION(name) printf("-- %s\n", name), fflush(stdout)

#endif

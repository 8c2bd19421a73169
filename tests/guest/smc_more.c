/* SPDX-License-Identifier: MIT */
/* Code that changes under way: while it runs, behind a file, across a fork, and data that lives beside it. */
// guests: i386
// cflags: -static -O1 -pthread -fno-strict-aliasing
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

typedef uint32_t (*fn)(void);

/* mov eax, imm32; ret */
static void put(uint8_t *p, uint32_t v)
{
	p[0] = 0xB8;
	memcpy(p + 1, &v, 4);
	p[5] = 0xC3;
}

static uint32_t call(void *p)
{
	return ((fn)p)();
}

static uint8_t *map(size_t n, int prot, int flags, int fd)
{
	uint8_t *p = mmap(NULL, n, prot, flags, fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

/* ---- another thread's store, while this one is inside the code and never leaves it ---- */

static uint8_t *loop_w;

static void *stop_loop(void *arg)
{
	(void)arg;
	usleep(20000);
	__atomic_store_n((uint16_t *)loop_w, 0x9090, __ATOMIC_SEQ_CST);
	return NULL;
}

static const uint8_t endless[] = {
	0xEB, 0xFE,                   /* 1: jmp 1b; becomes nop; nop */
	0xB8, 7, 0, 0, 0, 0xC3,       /* mov eax, 7; ret */
};
static const uint8_t counting[] = {
	0x31, 0xC0,                   /* xor eax, eax */
	0x40, 0x90, 0x85, 0xC0,       /* 1: inc eax; nop; test eax, eax */
	0xEB, 0xFA,                   /* jmp 1b; becomes nop; nop */
	0x31, 0xD2, 0x89, 0xD0, 0xC3, /* xor edx, edx; mov eax, edx; ret */
};

static void while_inside(const char *name, uint8_t *w, uint8_t *x, const uint8_t *code, size_t n, size_t patch)
{
	pthread_t t;

	memcpy(w, code, n);
	loop_w = w + patch;
	pthread_create(&t, NULL, stop_loop, NULL);
	printf("%s: %u\n", name, call(x));
	pthread_join(t, NULL);
}

static void loops(void)
{
	int fd = memfd_create("loop", 0);
	uint8_t *p = map(4096, RWX, ANON, -1), *w, *x;

	if (ftruncate(fd, 4096))
		return;
	w = map(4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	x = map(4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd);
	while_inside("endless", p, p, endless, sizeof endless, 0);
	while_inside("counting", p + 64, p + 64, counting, sizeof counting, 6);
	while_inside("endless, other mapping", w, x, endless, sizeof endless, 0);
	while_inside("counting, other mapping", w + 64, x + 64, counting, sizeof counting, 6);
	memcpy(w + 128, endless, sizeof endless);
	if (fork() == 0) {
		usleep(20000);
		__atomic_store_n((uint16_t *)(w + 128), 0x9090, __ATOMIC_SEQ_CST);
		_exit(0);
	}
	printf("endless, other process: %u\n", call(x + 128));
	wait(NULL);
	close(fd);
}

/* ---- the file behind a mapping ---- */

static void files(void)
{
	char name[] = "/tmp/strait-smc-XXXXXX";
	int fd = mkstemp(name);
	uint8_t buf[4096] = {0}, *x;

	unlink(name);
	put(buf, 1);
	if (write(fd, buf, sizeof buf) != sizeof buf)
		return;
	x = map(4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
	printf("private file: %u", call(x));
	put(buf, 2);
	if (pwrite(fd, buf, 6, 0) == 6)
		printf(" %u", call(x));
	mprotect(x, 4096, RWX);
	put(x, 3); /* from here on a copy */
	printf(" %u", call(x));
	if (pwrite(fd, buf, 6, 0) == 6)
		printf(" %u", call(x));
	madvise(x, 4096, MADV_DONTNEED); /* and again the file's */
	printf(" %u\n", call(x));
	close(fd);
}

static void dropped(void)
{
	uint8_t *p = map(4096, RWX, ANON, -1), *q;

	put(p, 1);
	printf("dropped: %u", call(p));
	madvise(p, 4096, MADV_DONTNEED);
	printf(" %u", p[0]);
	put(p, 2);
	printf(" %u", call(p));
	q = mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, map(4096, PROT_NONE, ANON, -1));
	printf(" %u", call(q));
	mmap(p, 4096, RWX, ANON | MAP_FIXED, -1, 0);
	put(p, 3);
	printf(" %u %u\n", call(p), call(q));
}

/* ---- gone while it runs: the fetch faults ---- */

static sigjmp_buf out;
static volatile uint32_t fault_at;

static void on_segv(int sig, siginfo_t *info, void *uc)
{
	(void)sig, (void)uc;
	fault_at = (uint32_t)(uintptr_t)info->si_addr;
	siglongjmp(out, info->si_code);
}

static uint8_t *victim;

static void *take_away(void *how)
{
	usleep(20000);
	if (how)
		munmap(victim, 4096);
	else
		mprotect(victim, 4096, PROT_READ | PROT_WRITE);
	return NULL;
}

static void gone(const char *name, void *how)
{
	struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
	pthread_t t;
	int code;

	sigaction(SIGSEGV, &sa, NULL);
	victim = map(4096, RWX, ANON, -1);
	memcpy(victim, endless, sizeof endless);
	pthread_create(&t, NULL, take_away, how);
	code = sigsetjmp(out, 1);
	if (!code)
		call(victim);
	printf("%s: code %d at +%u\n", name, code, fault_at - (uint32_t)(uintptr_t)victim);
	pthread_join(t, NULL);
	signal(SIGSEGV, SIG_DFL);
}

/* ---- a fork has its own code ---- */

static void forked(void)
{
	uint8_t *p = map(4096, RWX, ANON, -1);
	int status;

	put(p, 10);
	call(p);
	if (fork() == 0) {
		put(p, 20);
		_exit((int)call(p));
	}
	wait(&status);
	printf("forked: child %d, parent %u\n", WEXITSTATUS(status), call(p));
}

/* ---- instructions of every length changed in the middle of a run, each seen by the next ---- */

static void stream(void)
{
	uint8_t *p = map(8192, RWX, ANON, -1) + 4096 - 200; /* across a page */
	uint32_t sum = 0;

	/* mov ecx, imm; then 40 times: mov byte [ecx + k], k; add al, 1 (changed to add al, k) ; ret */
	for (int round = 1; round < 4; round++) {
		uint8_t *q = p;
		uint8_t *at[40];

		*q++ = 0x31, *q++ = 0xC0; /* xor eax, eax */
		for (int k = 0; k < 40; k++) {
			uint32_t to = (uint32_t)(uintptr_t)(q + 7 + 1);

			*q++ = 0xC6, *q++ = 0x05; /* mov byte [to], k + round */
			memcpy(q, &to, 4);
			q += 4;
			*q++ = (uint8_t)(k + round);
			at[k] = q;
			*q++ = 0x04, *q++ = 0x01; /* add al, 1 */
		}
		*q++ = 0xC3;
		sum = call(p) & 255;
		printf("stream %d: %u %u\n", round, sum, at[39][1]);
	}
}

/* ---- data beside code: no faults for ever ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void beside(void)
{
	uint8_t *p = map(4096, RWX, ANON, -1);
	volatile uint32_t *data = (volatile uint32_t *)(p + 2048);
	double t = now();

	put(p, 1);
	for (uint32_t i = 0; i < 2000000; i++) {
		data[i & 255] += call(p);
		if (i % 1000 == 0)
			put(p, 1);
	}
	t = now() - t;
	printf("beside: %u, %s\n", data[0], t < 10 ? "in time" : "slowly");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	loops();
	files();
	dropped();
	gone("unmapped", (void *)1);
	gone("protected", NULL);
	forked();
	stream();
	beside();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Code that runs once, twice, ... : at each count it may be changed, left by longjmp or by a signal, called, returned to, or forked in. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTS 24
#define PAGE 4096

typedef uint32_t function(uint32_t);

/* At p: x -> x + n. Returns what is behind it. */
static uint8_t *write_add(uint8_t *p, uint8_t n)
{
#ifdef __arm__
	const uint32_t code[] = {0xe2800000 | n /* add r0, r0, n */, 0xe12fff1e /* bx lr */};
#else
	const uint8_t code[] = {0x8b, 0x44, 0x24, 4 /* mov eax, [esp + 4] */, 0x83, 0xc0, n /* add eax, n */, 0xc3};
#endif
	memcpy(p, code, sizeof code);
	__builtin___clear_cache((char *)p, (char *)p + sizeof code);
	return p + sizeof code;
}

static uint8_t *code_pages(unsigned n)
{
	return mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Run it so many times, then change it: every change is seen at once. */
static void changed(void)
{
	uint8_t *p = code_pages(1);
	uint32_t sum = 0;

	for (unsigned count = 1; count <= COUNTS; count++) {
		write_add(p, count);
		for (unsigned i = 0; i < count; i++)
			sum = sum * 3 + ((function *)(void *)p)(i);
	}
	printf("changed: %08x\n", sum);
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	munmap(p, PAGE);
}

static jmp_buf out;

static __attribute__((noinline)) uint32_t deep(uint32_t n, uint32_t turn)
{
	if (n == 0) {
		if (turn % 3 == 0)
			longjmp(out, turn + 1);
		return turn;
	}
	return n ^ deep(n - 1, turn) * 5;
}

static __attribute__((noinline)) uint32_t tree(uint32_t n)
{
	return n < 2 ? n + 1 : tree(n - 1) * 2 + tree(n - 2);
}

/* Calls that return, and some that do not. */
static void left(void)
{
	uint32_t sum = 0;

	for (volatile uint32_t turn = 0; turn < COUNTS; turn++) {
		int way = setjmp(out);

		sum = sum * 7 + (way ? (uint32_t)way : deep(turn * 3, turn)) + tree(turn % 9);
	}
	printf("left: %08x\n", sum);
}

static sigjmp_buf from_fault;
static volatile sig_atomic_t hits;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	hits += info->si_addr == (void *)16;
	siglongjmp(from_fault, 1);
}

static void on_signal(int sig)
{
	(void)sig;
	hits += 100;
}

static __attribute__((noinline)) uint32_t fault_at(volatile uint32_t *p, uint32_t turn)
{
	uint32_t before = turn * turn + 1;

	return before + (turn % 2 ? *p : 1);
}

static void interrupted(void)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &sa, NULL);
	signal(SIGUSR1, on_signal);
	for (volatile uint32_t turn = 0; turn < COUNTS; turn++) {
		if (sigsetjmp(from_fault, 1) == 0)
			hits += fault_at((uint32_t *)16, turn) & 7;
		if (turn % 4 == 0)
			raise(SIGUSR1);
	}
	printf("interrupted: %d\n", (int)hits);
}

static uint8_t *shared_code;

/* All run the same code, each from its first time on. */
static void *runner(void *arg)
{
	uint32_t sum = (uint32_t)(uintptr_t)arg;

	for (unsigned k = 0; k < COUNTS; k++)
		for (unsigned i = 0; i <= k; i++)
			sum = ((function *)(void *)(shared_code + k * PAGE))(sum);
	return (void *)(uintptr_t)sum;
}

static void together(void)
{
	pthread_t t[4];
	void *sum;

	shared_code = code_pages(COUNTS);
	for (unsigned k = 0; k < COUNTS; k++)
		write_add(shared_code + k * PAGE, k);
	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, runner, (void *)i);
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(t[i], &sum);
		printf("thread %u: %u\n", i, (unsigned)(uintptr_t)sum);
	}
}

/* A child goes on where its parent is, at any count. */
static void forked(void)
{
	uint32_t sum = 0;
	int status;

	fflush(stdout);
	for (unsigned turn = 0; turn < COUNTS; turn++) {
		pid_t p = fork();

		sum += tree(turn % 7);
		if (p == 0)
			_exit(sum & 0x7f);
		waitpid(p, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != (int)(sum & 0x7f))
			printf("child %u: status %x, not %x\n", turn, status, sum & 0x7f);
	}
	printf("forked: %08x\n", sum);
}

/* So much code that the program is no small one any more: from somewhere in the middle on all is translated at once. */
static void much(void)
{
	unsigned n = 600;
	uint8_t *code = code_pages(n);
	uint32_t sum = 1;

	for (unsigned k = 0; k < n; k++)
		write_add(code + k * PAGE, k & 0x7f);
	for (unsigned turn = 0; turn < 12; turn++)
		for (unsigned k = 0; k < n; k++)
			sum = ((function *)(void *)(code + k * PAGE))(sum) ^ turn;
	printf("much: %08x\n", sum);
}

static uint32_t rises(uint32_t n);
static uint32_t (*volatile rise)(uint32_t) = rises;

static __attribute__((noinline)) uint32_t rises(uint32_t n)
{
	return n ? rise(n - 1) * 3 + 1 : 1;
}

/* A thread that begins when the program is a large one, and calls deeper than any stack of predicted returns, on what an early one left. */
static void *deep_runner(void *arg)
{
	return (void *)(uintptr_t)rises((uint32_t)(uintptr_t)arg);
}

static void later(void)
{
	pthread_attr_t a;
	pthread_t t;
	void *sum;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 16 << 20);
	for (unsigned i = 0; i < 8; i++) {
		pthread_create(&t, &a, deep_runner, (void *)(uintptr_t)(40000 + i));
		pthread_join(t, &sum);
		printf("later: %08x\n", (unsigned)(uintptr_t)sum);
	}
}

int main(void)
{
	changed();
	left();
	interrupted();
	together();
	forked();
	much();
	later();
	changed();
	left();
	return 0;
}

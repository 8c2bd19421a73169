/* SPDX-License-Identifier: MIT */
/* Calls and jumps through pointers whose targets change: A32 and T32, in several threads at once, to code that is made anew. */
// cflags: -static -O1 -marm -pthread
// guests: arm
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { FUNCTIONS = 64, THREADS = 4 };
typedef uint32_t function(uint32_t);

static uint8_t *code;
static function *volatile word;
static int failed;

/* The k-th: r0 += 2 * n, and back. Odd ones are T32. */
static function *make(unsigned k, unsigned n)
{
	uint32_t a32[] = {0xe2800000 | n, 0xe2800000 | n, 0xe12fff1e};
	uint16_t t32[] = {0x3000 | n, 0x3000 | n, 0x4770};
	uint8_t *p = code + 64 * k;

	memcpy(p, k & 1 ? (void *)t32 : (void *)a32, k & 1 ? sizeof t32 : sizeof a32);
	__builtin___clear_cache((char *)p, (char *)p + 16);
	return (function *)((uintptr_t)p | (k & 1));
}

static function *at(unsigned k)
{
	return (function *)((uintptr_t)code + 64 * k + (k & 1));
}

static __attribute__((noinline)) uint32_t by_call(function *f, uint32_t x)
{
	__asm__ volatile("mov r0, %0\n\tblx %1\n\tmov %0, r0" : "+r"(x) : "r"(f) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
	return x;
}

/* Through a word, as a table of the dynamic linker; only if x is not 1. */
static __attribute__((naked, noinline)) uint32_t by_word(uint32_t x, function *volatile *p)
{
	__asm__ volatile("cmp r0, #1\n\tldrne pc, [r1]\n\tbx lr");
}

static void check(uint32_t is, uint32_t want)
{
	if (is != want && __atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED) < 5)
		printf("%u, not %u\n", is, want);
}

static void *thread(void *arg)
{
	uint32_t x = (uintptr_t)arg;
	function *volatile mine;

	for (int i = 0; i < 20000; i++) {
		unsigned k;

		x = x * 1664525 + 1013904223;
		k = i & 1024 ? x >> 26 : i >> 11;
		mine = at(k);
		check(by_call(mine, 1000), 1000 + 2 * k);
		check(by_word(i % 3 + 1, &mine), i % 3 ? i % 3 + 1 + 2 * k : 1);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned k = 0; k < FUNCTIONS; k++)
		make(k, k);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, thread, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (unsigned i = 0; i < 200; i++) { /* the remembered one becomes another */
		word = make(i % 2, i);
		check(by_call(word, 5), 5 + 2 * i);
		check(by_word(7, &word), 7 + 2 * i);
	}
	printf(failed ? "failed\n" : "ok\n");
	return failed != 0;
}

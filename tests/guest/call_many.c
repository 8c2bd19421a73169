/* SPDX-License-Identifier: MIT */
/* One indirect call or jump, many targets: taken first by several threads at once, its targets unmapped and made anew. */
// cflags: -static -O1 -pthread -fno-strict-aliasing
// guests: i386
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)
enum { SITES = 256, SITE_SIZE = 64, THREADS = 4, TARGETS = 3 };

static uint8_t *sites, *targets;
static pthread_barrier_t barrier;

/* mov eax, imm32; ret */
static void put_target(uint8_t *p, uint32_t v)
{
	p[0] = 0xb8;
	memcpy(p + 1, &v, 4);
	p[5] = 0xc3;
}

/*
 * fn(word *where): 0: call *edx, edx = *where; 1: call *(eax), eax = where; 2: jmp *(eax); 3: jmp *edx. Flags and ecx are looked at:
 * CF set and ecx = 0x1234 before, and what is returned gains 1000 if both survived.
 */
static void put_site(uint8_t *p, int kind)
{
	static const uint8_t head[] = {0x8b, 0x44, 0x24, 0x04, 0x8b, 0x10, 0xb9, 0x34, 0x12, 0, 0, 0xf9};
	static const uint8_t go[][2] = {{0xff, 0xd2}, {0xff, 0x10}, {0xff, 0x20}, {0xff, 0xe2}};
	/* jnc +13; cmp ecx, 0x1234; jne +5; add eax, 1000; ret */
	static const uint8_t tail[] = {0x73, 13, 0x81, 0xf9, 0x34, 0x12, 0, 0, 0x75, 5, 0x05, 0xe8, 3, 0, 0, 0xc3};

	memcpy(p, head, sizeof head);
	memcpy(p + sizeof head, go[kind], 2);
	if (kind < 2)
		memcpy(p + sizeof head + 2, tail, sizeof tail);
}

static uint32_t call(uint8_t *site, uint8_t *target)
{
	uint32_t word = (uint32_t)(uintptr_t)target;

	return ((uint32_t(*)(const volatile uint32_t *))site)(&word);
}

static uint32_t expected(int kind, uint32_t value)
{
	return value + (kind < 2 ? 1000 : 0);
}

static void *race(void *arg)
{
	long me = (long)arg, wrong = 0;

	for (int s = 0; s < SITES; s++) {
		pthread_barrier_wait(&barrier);
		for (long i = 0; i < 8; i++) {
			uint32_t t = (me + i * (s & 1)) % TARGETS;

			wrong += call(sites + s * SITE_SIZE, targets + t * 16) != expected(s & 3, t + 1);
		}
	}
	return (void *)wrong;
}

static void racing(void)
{
	pthread_t t[THREADS];
	long wrong = 0;

	for (int s = 0; s < SITES; s++)
		put_site(sites + s * SITE_SIZE, s & 3);
	for (int i = 0; i < TARGETS; i++)
		put_target(targets + i * 16, i + 1);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (long i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, race, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		void *r;

		pthread_join(t[i], &r);
		wrong += (long)r;
	}
	printf("racing: %ld wrong\n", wrong);
}

/* The target remembered goes, and something else comes to its address. */
static void replaced(void)
{
	uint8_t *p = mmap(NULL, 4096, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int kind = 0; kind < 4; kind++) {
		uint8_t *site = sites + kind * SITE_SIZE;
		uint32_t sum = 0;

		put_site(site, kind);
		for (uint32_t round = 0; round < 6; round++) {
			if (round & 1) {
				munmap(p, 4096);
				mmap(p, 4096, RWX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			}
			put_target(p, 100 * round + kind);
			sum += call(site, p);
			sum += call(site, targets) - call(site, targets + 16);
		}
		printf("replaced %d: %u\n", kind, sum);
	}
}

int main(void)
{
	sites = mmap(NULL, SITES * SITE_SIZE, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	targets = mmap(NULL, 4096, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	racing();
	replaced();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Code that changes: the new instruction runs, whoever wrote it and by whatever way. */
// cflags: -static -O1 -pthread -fno-strict-aliasing
// guests: i386
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

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

static uint8_t *page(int prot, int flags, int fd)
{
	return mmap(NULL, 4096, prot, flags, fd, 0);
}

#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)

static void by_store(void)
{
	uint8_t *p = page(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint32_t sum = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		put(p + (i & 63) * 8, i);
		sum += call(p + (i & 63) * 8);
		if (i >= 64)
			sum += call(p + ((i + 1) & 63) * 8);
	}
	printf("store %u\n", sum);
}

/* The store changes the instruction right behind it, in the same block. */
static void next_instruction(void)
{
	static const uint8_t code[] = {
		0xE8, 0, 0, 0, 0,             /* call +0 */
		0x59,                         /* pop ecx */
		0x31, 0xC0,                   /* xor eax, eax */
		0xC6, 0x41, 0x08, 0x2A,       /* mov byte [ecx + 8], 42: the immediate below */
		0xB0, 0x01,                   /* mov al, 1 */
		0xC3,
	};
	uint8_t *p = page(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	for (int i = 0; i < 3; i++) {
		memcpy(p, code, sizeof code);
		printf("next %u\n", call(p));
	}
}

static void by_second_mapping(void)
{
	int fd = memfd_create("code", 0);
	uint8_t *w, *x;

	if (ftruncate(fd, 4096))
		return;
	w = page(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	x = page(PROT_READ | PROT_EXEC, MAP_SHARED, fd);
	for (uint32_t i = 1; i < 4; i++) {
		put(w, i);
		printf("second mapping %u\n", call(x));
	}
	for (uint32_t i = 4; i < 6; i++) {
		uint8_t buf[6];

		put(buf, i);
		if (pwrite(fd, buf, 6, 0) == 6)
			printf("pwrite %u\n", call(x));
	}
	if (fork() == 0) {
		put(w, 6);
		_exit(0);
	}
	wait(NULL);
	printf("another process %u\n", call(x));
	close(fd);
}

static void by_kernel(void)
{
	uint8_t *p = page(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1), buf[6];
	struct iovec l = {buf, 6}, r = {p, 6};
	int fd[2];

	put(p, 1);
	printf("kernel %u\n", call(p));
	put(buf, 2);
	if (pipe(fd) || write(fd[1], buf, 6) != 6 || read(fd[0], p, 6) != 6)
		return;
	printf("read %u\n", call(p));
	put(buf, 3);
	if (process_vm_writev(getpid(), &l, 1, &r, 1, 0) == 6)
		printf("process_vm_writev %u\n", call(p));
}

static void by_mapping(void)
{
	uint8_t *p = page(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	put(p, 1);
	printf("mapping %u\n", call(p));
	munmap(p, 4096);
	mmap(p, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	put(p, 2);
	mprotect(p, 4096, PROT_READ | PROT_EXEC);
	printf("remapped %u\n", call(p));
	mprotect(p, 4096, PROT_READ | PROT_WRITE);
	put(p, 3);
	mprotect(p, 4096, PROT_READ | PROT_EXEC);
	printf("reprotected %u\n", call(p));
}

static uint8_t *shared;
static volatile int stage;

static void *writer(void *arg)
{
	put(shared, 77);
	stage = 1;
	return arg;
}

static void by_thread(void)
{
	pthread_t t;

	shared = page(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	put(shared, 76);
	printf("thread %u", call(shared));
	pthread_create(&t, NULL, writer, NULL);
	while (!stage)
		;
	printf(" %u\n", call(shared));
	pthread_join(t, NULL);
}

static void across_pages(void)
{
	uint8_t *p = mmap(NULL, 8192, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (uint32_t i = 1; i < 5; i++) {
		put(p + 4096 - 3, i * 0x01010101);
		printf("across %08x\n", call(p + 4096 - 3));
	}
}

static void data_beside_code(void)
{
	uint8_t *p = page(RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint32_t sum = 0;

	put(p, 5);
	for (uint32_t i = 0; i < 20000; i++) {
		(*(volatile uint32_t *)(p + 1024))++;
		sum += call(p);
	}
	printf("beside %u %u\n", sum, *(uint32_t *)(p + 1024));
}

/* A caller on one page asks a function on another for its own address; then that function becomes another one, by each way. */
static void own_address(void)
{
	static const uint8_t caller[] = {0x53, 0xE8, 0, 0, 0, 0, 0x89, 0xD8, 0x5B, 0xC3}; /* push ebx; call there; mov eax, ebx; pop ebx; ret */
	static const uint8_t thunk[] = {0x8B, 0x1C, 0x24, 0xC3};                         /* mov ebx, [esp]; ret */
	static const uint8_t other[] = {0x8B, 0x1C, 0x24, 0x43, 0xC3};                   /* mov ebx, [esp]; inc ebx; ret */
	static const uint8_t third[] = {0xBB, 7, 0, 0, 0, 0xC3};                         /* mov ebx, 7; ret */
	uint8_t *p = mmap(NULL, 8192, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q = p + 4096 + 64;
	uint32_t rel = q - (p + 6), here = (uintptr_t)p + 6;
	int same = 0;

	memcpy(p, caller, sizeof caller);
	memcpy(p + 2, &rel, 4);
	memcpy(q, thunk, sizeof thunk);
	for (int i = 0; i < 100; i++)
		same += call(p) == here;
	printf("own address %d", same);
	memcpy(q, other, sizeof other);
	printf(" %d", (int)(call(p) - here));
	memcpy(q, thunk, sizeof thunk);
	printf(" %d", (int)(call(p) - here));
	mmap(p + 4096, 4096, RWX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memcpy(q, third, sizeof third);
	printf(" %u", call(p));
	for (int i = 0; i < 20; i++) {
		memcpy(q, i & 1 ? other : thunk, sizeof other);
		printf(" %d", (int)(call(p) - here));
	}
	printf("\n");
}

int main(void)
{
	by_store();
	next_instruction();
	by_second_mapping();
	by_kernel();
	by_mapping();
	by_thread();
	own_address();
	across_pages();
	data_beside_code();
	return 0;
}

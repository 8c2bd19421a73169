/* SPDX-License-Identifier: MIT */
/* Threads that write to one page of code and data at the same moment, by stores and through the kernel: none may see a fault. */
// guests: i386
// cflags: -static -O1 -pthread -fno-strict-aliasing
// timeout: 120
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define PAGES 1500
#define ROUNDS 4 /* on each page */
#define PAGE 4096

typedef uint32_t (*fn)(void);

static uint8_t *pages;
static pthread_barrier_t together;
static unsigned refused;

/* mov eax, imm32; ret */
static void put(uint8_t *p, uint32_t v)
{
	p[0] = 0xB8;
	memcpy(p + 1, &v, 4);
	p[5] = 0xC3;
}

static uint8_t *page(unsigned n)
{
	return pages + n * PAGE;
}

static void new_pages(void)
{
	pages = mmap(pages, PAGES * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | (pages ? MAP_FIXED : 0), -1, 0);
	if (pages == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	for (unsigned n = 0; n < PAGES; n++)
		put(page(n), n);
}

/* Each thread's words are its own; the last of the page is everybody's. */
static void store(uint8_t *p, unsigned who, uint32_t v)
{
	((volatile uint32_t *)(p + 64))[who] = v;
	__atomic_add_fetch((uint32_t *)(p + PAGE - 4), 1, __ATOMIC_SEQ_CST);
}

static void count(long r)
{
	if (r < 0)
		__atomic_add_fetch(&refused, 1, __ATOMIC_SEQ_CST);
}

/* What the kernel writes itself, and what comes to it through a structure of another shape. */
static void ask(uint8_t *p, unsigned who, uint32_t v)
{
	struct iovec to = {.iov_base = p + 1024 + 256 * who, .iov_len = 16};
	int zero = v & 0xff;

	count(syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, p + 64 + 8 * who, 8));
	count(syscall(SYS_clock_gettime, CLOCK_REALTIME, p + 128 + 16 * who));
	count(syscall(SYS_getresuid32, p + 256 + 4 * who, p + 272 + 4 * who, p + 288 + 4 * who));
	count(syscall(SYS_process_vm_readv, getpid(), &(struct iovec){&zero, 4}, 1, &to, 0, 0));
	__atomic_add_fetch((uint32_t *)(p + PAGE - 4), 1, __ATOMIC_SEQ_CST);
}

static void (*writer)(uint8_t *p, unsigned who, uint32_t v);

/* The first calls the code, so that the page is one of code again; then all write. */
static void *writes(void *arg)
{
	unsigned who = (uintptr_t)arg;
	uintptr_t wrong = 0;

	for (unsigned n = 0; n < PAGES; n++)
		for (unsigned k = 0; k < ROUNDS; k++) {
			if (who == 0)
				wrong += ((fn)page(n))() != n;
			pthread_barrier_wait(&together);
			writer(page(n), who, k);
		}
	return (void *)wrong;
}

static void *writes_at_once(void *arg)
{
	unsigned who = (uintptr_t)arg;
	uintptr_t wrong = 0;

	for (unsigned n = 0; n < PAGES; n++)
		for (unsigned k = 0; k < ROUNDS; k++) {
			wrong += ((fn)page(n))() != n;
			writer(page(n), who, k);
		}
	return (void *)wrong;
}

static void all(const char *name, void *(*body)(void *), void (*how)(uint8_t *, unsigned, uint32_t))
{
	pthread_t t[THREADS];
	uintptr_t wrong = 0;
	unsigned sum = 0;

	new_pages();
	writer = how;
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, body, (void *)i);
	for (unsigned i = 0; i < THREADS; i++) {
		void *r;

		pthread_join(t[i], &r);
		wrong += (uintptr_t)r;
	}
	for (unsigned n = 0; n < PAGES; n++)
		sum += *(uint32_t *)(page(n) + PAGE - 4);
	printf("%s: %u writes, %u wrong calls, %u refused\n", name, sum, (unsigned)wrong, refused);
}

/* A page becomes one of code while a call waits that will write there. */
static int fds[2];

static void *waits(void *to)
{
	return (void *)(uintptr_t)(read(fds[0], to, 8) == 8 && !memcmp(to, "written", 8));
}

static void waiting(void)
{
	unsigned right = 0;

	new_pages();
	if (pipe(fds))
		exit(1);
	for (unsigned n = 0; n < 5; n++) {
		pthread_t t;
		void *r;

		pthread_create(&t, NULL, waits, page(n) + 2048);
		usleep(50000);
		right += ((fn)page(n))() == n;
		right += write(fds[1], "written", 8) == 8;
		pthread_join(t, &r);
		right += (uintptr_t)r;
		put(page(n), n + 100);
		right += ((fn)page(n))() == n + 100;
	}
	printf("waiting calls: %u\n", right);
}

int main(void)
{
	waiting();
	pthread_barrier_init(&together, NULL, THREADS);
	all("stores, together", writes, store);
	all("stores, each when it likes", writes_at_once, store);
	all("system calls, together", writes, ask);
	all("system calls, each when it likes", writes_at_once, ask);
	return 0;
}

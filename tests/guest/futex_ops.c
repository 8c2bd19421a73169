/* SPDX-License-Identifier: MIT */
/* Futexes in every form: values, times in both widths, bitsets, requeueing, operations, priority inheritance, vectors. */
#define _GNU_SOURCE
#include "fs_util.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#define BAD ((void *)8)

static int word[4];

struct waiter {
	pthread_t thread;
	int op, value, *at;
	unsigned bits;
	void *timeout;
	volatile long result;
	volatile int tid;
};

static void *wait_on(void *arg)
{
	struct waiter *w = arg;

	w->tid = syscall(SYS_gettid);
	w->result = RAW(SYS_futex, w->at, w->op, w->value, w->timeout, NULL, w->bits);
	return NULL;
}

/* Start n waiters and wait until they wait. */
static void start(struct waiter *w, int n, int op, int *at, unsigned bits)
{
	for (int i = 0; i < n; i++) {
		w[i] = (struct waiter){.op = op, .value = *at, .at = at, .bits = bits, .result = 99};
		pthread_create(&w[i].thread, NULL, wait_on, &w[i]);
	}
	usleep(50000);
}

static void join(struct waiter *w, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		printf("  waiter: %ld\n", w[i].result);
	}
}

static void simple(void)
{
	struct waiter w[4];
	int ts[2] = {0, 20000000}, bad[2] = {0, -1};
	long long ts64[2] = {0, 20000000};

	show("wrong value", RAW(SYS_futex, word, FUTEX_WAIT, 1, NULL, NULL, 0));
	show("timeout", RAW(SYS_futex, word, FUTEX_WAIT, 0, ts, NULL, 0));
	show("timeout private", RAW(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, ts, NULL, 0));
	show("timeout 64", RAW(SYS_futex_time64, word, FUTEX_WAIT, 0, ts64, NULL, 0));
	show("absolute past", RAW(SYS_futex, word, FUTEX_WAIT_BITSET, 0, ts, NULL, ~0u));
	show("absolute past realtime", RAW(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, ts, NULL, ~0u));
	show("bitset 0", RAW(SYS_futex, word, FUTEX_WAIT_BITSET, 0, ts, NULL, 0));
	show("bad time", RAW(SYS_futex, word, FUTEX_WAIT, 0, bad, NULL, 0));
	show("bad time pointer", RAW(SYS_futex, word, FUTEX_WAIT, 0, BAD, NULL, 0));
	show("bad word", RAW(SYS_futex, BAD, FUTEX_WAIT, 0, NULL, NULL, 0));
	show("unaligned", RAW(SYS_futex, (char *)word + 1, FUTEX_WAIT, 0, NULL, NULL, 0));
	show("unknown", RAW(SYS_futex, word, 77, 0, NULL, NULL, 0));
	show("realtime wait", RAW(SYS_futex, word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 1, ts, NULL, 0));
	show("wake none", RAW(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0));
	start(w, 4, FUTEX_WAIT, word, 0);
	show("wake 3", RAW(SYS_futex, word, FUTEX_WAKE, 3, NULL, NULL, 0));
	usleep(20000);
	show("wake rest", RAW(SYS_futex_time64, word, FUTEX_WAKE, 100, NULL, NULL, 0));
	join(w, 4);
	start(w, 2, FUTEX_WAIT_BITSET, word, 2);
	show("other bit", RAW(SYS_futex, word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 1));
	show("that bit", RAW(SYS_futex, word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 3));
	join(w, 2);
}

static void moving(void)
{
	struct waiter w[4];

	start(w, 4, FUTEX_WAIT, word, 0);
	show("cmp wrong", RAW(SYS_futex, word, FUTEX_CMP_REQUEUE, 1, 2, &word[1], 5));
	show("cmp requeue", RAW(SYS_futex, word, FUTEX_CMP_REQUEUE, 1, 2, &word[1], 0));
	show("requeue", RAW(SYS_futex, word, FUTEX_REQUEUE, 0, 9, &word[1], 0));
	show("wake second", RAW(SYS_futex, &word[1], FUTEX_WAKE, 9, NULL, NULL, 0));
	join(w, 4);
	start(w, 2, FUTEX_WAIT, word, 0);
	word[2] = 5;
	show("wake op", RAW(SYS_futex, word, FUTEX_WAKE_OP, 9, 9, &word[2], FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 4)));
	printf("word %d\n", word[2]);
	join(w, 2);
	word[2] = 0;
}

static volatile int hits;

static void on(int sig)
{
	(void)sig;
	hits++;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

/* What a handler with and without SA_RESTART does to a wait with and without a timeout. */
static void interrupted(void)
{
	for (int k = 0; k < 4; k++) {
		struct sigaction sa = {.sa_handler = on, .sa_flags = k & 1 ? SA_RESTART : 0};
		int ts[2] = {2, 0};
		struct waiter w;
		long long t = now_ms();

		hits = 0;
		sigaction(SIGUSR1, &sa, NULL);
		w = (struct waiter){.op = FUTEX_WAIT, .at = word, .result = 99, .timeout = k & 2 ? ts : NULL};
		pthread_create(&w.thread, NULL, wait_on, &w);
		usleep(50000);
		pthread_kill(w.thread, SIGUSR1);
		usleep(50000);
		printf("restart %d, timeout %d: hit %d, result %ld", k & 1, k >> 1, hits, w.result);
		do { /* on a busy machine it may only be on its way to wait again */
			RAW(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
			usleep(1000);
		} while (w.result == 99);
		pthread_join(w.thread, NULL);
		printf(" then %ld, soon %d\n", w.result, now_ms() - t < 1900);
	}
}

static void *take_pi(void *arg)
{
	struct waiter *w = arg;

	w->result = RAW(SYS_futex, word, FUTEX_LOCK_PI, 0, w->timeout, NULL, 0);
	if (w->result == 0)
		RAW(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
	return NULL;
}

static void inheriting(void)
{
	struct waiter w = {.result = 99};
	int me = syscall(SYS_gettid), past[2] = {1, 0};

	word[0] = 0;
	show("lock", RAW(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	printf("mine %d\n", word[0] == me);
	show("again", RAW(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	show("try", RAW(SYS_futex, word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
	pthread_create(&w.thread, NULL, take_pi, &w);
	usleep(50000);
	printf("waiters bit %d\n", word[0] < 0);
	show("unlock", RAW(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	pthread_join(w.thread, NULL);
	printf("other got it %ld, free %d\n", w.result, word[0]);
	show("unlock not mine", RAW(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	show("lock", RAW(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	w = (struct waiter){.result = 99, .timeout = past};
	pthread_create(&w.thread, NULL, take_pi, &w);
	pthread_join(w.thread, NULL);
	printf("timed out %ld\n", w.result);
	show("unlock", RAW(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	word[0] = 0x3ffffff;
	show("owner gone", RAW(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	word[0] = 0;
}

struct vector {
	unsigned long long value, address;
	unsigned flags, reserved;
};

static void *vector_waker(void *arg)
{
	usleep(50000);
	RAW(SYS_futex, arg, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return NULL;
}

static void vectors(void)
{
	struct vector v[3];
	long long past[2] = {1, 0};
	pthread_t t;

	for (int i = 0; i < 3; i++)
		v[i] = (struct vector){0, (unsigned)&word[i], 2 | 128, 0};
	word[0] = word[1] = word[2] = 0;
	show("past", RAW(449, v, 3, 0, past, CLOCK_MONOTONIC));
	show("none", RAW(449, v, 0, 0, NULL, 0));
	show("many", RAW(449, v, 129, 0, NULL, 0));
	show("flags", RAW(449, v, 1, 1, NULL, 0));
	show("clock", RAW(449, v, 1, 0, past, 77));
	show("bad pointer", RAW(449, BAD, 1, 0, NULL, 0));
	v[1].value = 5;
	show("wrong value", RAW(449, v, 3, 0, NULL, 0));
	v[1].value = 0;
	v[2].address |= 1ull << 40;
	show("high address", RAW(449, v, 3, 0, NULL, 0));
	v[2].address = (unsigned)&word[2];
	v[2].flags = 0;
	show("size", RAW(449, v, 3, 0, NULL, 0));
	v[2].flags = 2 | 128;
	pthread_create(&t, NULL, vector_waker, &word[1]);
	show("woken", RAW(449, v, 3, 0, NULL, 0));
	pthread_join(t, NULL);
	if (RAW(454, word, ~0u, 1, 2) == -ENOSYS)
		return;
	show("wake2", RAW(454, word, ~0u, 1, 2));
	show("wait2 value", RAW(455, word, 1, ~0u, 2, NULL, 0));
	show("wait2 past", RAW(455, word, 0, ~0u, 2, past, CLOCK_MONOTONIC));
	show("requeue2", RAW(456, v, 0, 1, 1));
}

static void lists(void)
{
	unsigned head[3] = {(unsigned)head, 0, 0}, got, len;

	show("robust size", RAW(SYS_set_robust_list, head, 24));
	show("robust", RAW(SYS_set_robust_list, head, 12));
	show("get", RAW(SYS_get_robust_list, 0, &got, &len));
	printf("%d %u\n", got == (unsigned)head, len);
	show("get bad", RAW(SYS_get_robust_list, 0, BAD, &len));
	show("get nobody", RAW(SYS_get_robust_list, 0x3fffffff, &got, &len));
}

int main(void)
{
	simple();
	moving();
	interrupted();
	inheriting();
	vectors();
	lists();
	return 0;
}

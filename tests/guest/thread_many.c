/* SPDX-License-Identifier: MIT */
/* A thousand threads alive at once: each has its own stack, TLS and signals; all are there, all hear, all end. */
// timeout: 120
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 1000
#define STACK (32 << 10)

static pthread_barrier_t alive, counted;
static sem_t heard;
static pthread_t thread[THREADS];
static int tid[THREADS];
static unsigned signals[THREADS], in_wrong_thread;
static __thread unsigned me;

static void on_signal(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	if (info->si_value.sival_int != (int)me)
		__atomic_add_fetch(&in_wrong_thread, 1, __ATOMIC_SEQ_CST);
	signals[me]++;
	sem_post(&heard);
}

/* Some stack, so that no two can be the same. */
static unsigned deep(unsigned n, unsigned depth)
{
	volatile unsigned here[64];

	for (int i = 0; i < 64; i++)
		here[i] = n + depth;
	return depth ? deep(n, depth - 1) + here[depth] : here[0];
}

static void *body(void *arg)
{
	unsigned n = (uintptr_t)arg, want = deep(n, 20), got;

	me = n;
	tid[n] = (int)syscall(SYS_gettid);
	pthread_barrier_wait(&alive);
	got = deep(n, 20);
	pthread_barrier_wait(&counted);
	return (void *)(uintptr_t)(got == want && me == n ? n : ~0u);
}

static int tasks(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int different(void)
{
	static int sorted[THREADS];
	int n = 1;

	memcpy(sorted, tid, sizeof sorted);
	qsort(sorted, THREADS, sizeof *sorted, compare);
	for (int i = 1; i < THREADS; i++)
		n += sorted[i] != sorted[i - 1];
	return n;
}

static void once(void)
{
	pthread_attr_t a;
	unsigned right = 0, heard_all = 0;

	memset(signals, 0, sizeof signals);
	pthread_barrier_init(&alive, NULL, THREADS + 1);
	pthread_barrier_init(&counted, NULL, THREADS + 1);
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, STACK);
	for (uintptr_t i = 0; i < THREADS; i++) {
		int e = pthread_create(&thread[i], &a, body, (void *)i);

		if (e) {
			printf("thread %d: %s\n", (int)i, strerror(e));
			exit(1);
		}
	}
	pthread_barrier_wait(&alive);
	printf("alive: %d tasks, %d ids\n", tasks(), different());
	for (int i = 0; i < THREADS; i++)
		pthread_sigqueue(thread[i], SIGRTMIN, (union sigval){.sival_int = i});
	for (int i = 0; i < THREADS; i++)
		while (sem_wait(&heard) < 0 && errno == EINTR)
			;
	for (int i = 0; i < THREADS; i++)
		heard_all += signals[i] == 1;
	printf("signals: %u, in another thread %u\n", heard_all, in_wrong_thread);
	pthread_barrier_wait(&counted);
	for (uintptr_t i = 0; i < THREADS; i++) {
		void *r;

		pthread_join(thread[i], &r);
		right += r == (void *)i;
	}
	printf("ended: %u\n", right);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGRTMIN, &sa, NULL);
	sem_init(&heard, 0, 0);
	once();
	once();
	while (tasks() != 1) /* joined is before gone */
		usleep(1000);
	printf("alone\n");
	return 0;
}

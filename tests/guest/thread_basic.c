/* SPDX-License-Identifier: MIT */
/* Threads: many at once, many in turn, their own TLS, robust and other mutexes, exit of the first one, exit_group. */
#define _GNU_SOURCE
#include "fs_util.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static __thread int own = 5;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long counter;
static int waiting;

static void *count(void *arg)
{
	own += (long)arg;
	for (int i = 0; i < 10000; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
		__atomic_add_fetch(&counter, 0, __ATOMIC_SEQ_CST);
	}
	return (void *)(long)own;
}

static void counting(void)
{
	pthread_t t[8];
	long sum = 0;

	for (long i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, count, (void *)i);
	for (int i = 0; i < 8; i++) {
		void *r;

		pthread_join(t[i], &r);
		sum += (long)r;
	}
	printf("counter %ld, TLS sum %ld, mine %d\n", counter, sum, own);
}

static void *wait_all(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	waiting++;
	pthread_cond_broadcast(&cond);
	while (waiting >= 0)
		pthread_cond_wait(&cond, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void at_once(int n)
{
	pthread_t *t = calloc(n, sizeof *t);
	pthread_attr_t a;
	int made = 0;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	waiting = 0;
	while (made < n && pthread_create(&t[made], &a, wait_all, NULL) == 0)
		made++;
	pthread_mutex_lock(&lock);
	while (waiting < made)
		pthread_cond_wait(&cond, &lock);
	waiting = -1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < made; i++)
		pthread_join(t[i], NULL);
	printf("at once: %d\n", made);
	free(t);
}

static void *nothing(void *arg)
{
	return arg;
}

static void in_turn(int n)
{
	int good = 0;

	for (int i = 0; i < n; i++) {
		pthread_t t;
		void *r;

		pthread_create(&t, NULL, nothing, (void *)(long)i);
		pthread_join(t, &r);
		good += (long)r == i;
	}
	printf("in turn: %d\n", good);
}

static pthread_mutex_t robust;

static void *die_holding(void *arg)
{
	pthread_mutex_lock(&robust);
	return arg;
}

static void robust_lock(const char *name, pthread_mutex_t *m)
{
	int r = pthread_mutex_lock(m);

	printf("%s: lock %d", name, r);
	if (r == EOWNERDEAD)
		printf(" consistent %d", pthread_mutex_consistent(m));
	printf(" unlock %d\n", pthread_mutex_unlock(m));
}

static void robust_threads(int protocol)
{
	pthread_mutexattr_t a;
	pthread_t t;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setprotocol(&a, protocol);
	pthread_mutex_init(&robust, &a);
	pthread_create(&t, NULL, die_holding, NULL);
	pthread_join(t, NULL);
	robust_lock("thread died", &robust);
}

/* The owner is another process, which is killed or execs. */
static void robust_processes(int how)
{
	pthread_mutex_t *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t a;
	pid_t p;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &a);
	fflush(stdout);
	p = fork();
	if (p == 0) {
		pthread_mutex_lock(m);
		if (how == 0)
			raise(SIGKILL);
		else if (how == 1)
			_exit(0);
		else if (how == 2)
			execl("/bin/true", "true", (char *)NULL);
		else
			*(volatile int *)8 = 1;
		_exit(1);
	}
	waitpid(p, NULL, 0);
	robust_lock("process died", m);
}

static void *cancelled(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void cancel(void)
{
	pthread_t t;
	void *r;

	pthread_create(&t, NULL, cancelled, NULL);
	usleep(10000);
	pthread_cancel(t);
	pthread_join(t, &r);
	printf("cancelled %d\n", r == PTHREAD_CANCELED);
}

static void *spin(void *arg)
{
	(void)arg;
	for (;;)
		__asm__ volatile("" ::: "memory");
}

static void *group_exit(void *arg)
{
	(void)arg;
	usleep(20000);
	_exit(17);
}

/* exit_group takes threads along that spin, sleep, or wait for it. */
static void group(void)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		pthread_t t;

		pthread_create(&t, NULL, spin, NULL);
		pthread_create(&t, NULL, cancelled, NULL);
		pthread_create(&t, NULL, group_exit, NULL);
		pthread_join(t, NULL);
		for (;;)
			pause();
	}
	wait(&status);
	printf("exit_group from a thread: status %x\n", status);
}

static void *last(void *arg)
{
	(void)arg;
	usleep(50000);
	printf("the first thread is gone, tid is pid %d\n", getpid() == syscall(SYS_gettid));
	fflush(stdout);
	_exit(19);
}

static void first_exits(void)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		pthread_t t;

		pthread_create(&t, NULL, last, NULL);
		syscall(SYS_exit, 4);
	}
	wait(&status);
	printf("first thread left: status %x\n", status);
	if (fork() == 0) {
		pthread_t t;

		pthread_create(&t, NULL, nothing, NULL);
		pthread_join(t, NULL);
		syscall(SYS_exit, 4);
	}
	wait(&status);
	printf("only thread left: status %x\n", status);
}

static volatile int handled[3], ready[3];

static void on_usr1(int sig)
{
	(void)sig;
	handled[own]++;
}

static void *get_signals(void *arg)
{
	own = (long)arg;
	ready[own] = 1;
	while (handled[own] < 3)
		usleep(1000);
	return NULL;
}

static void signals(void)
{
	pthread_t t[2];

	signal(SIGUSR1, on_usr1);
	pthread_create(&t[0], NULL, get_signals, (void *)1);
	pthread_create(&t[1], NULL, get_signals, (void *)2);
	while (!ready[1] || !ready[2])
		usleep(1000);
	for (int i = 0; i < 3; i++) {
		pthread_kill(t[0], SIGUSR1);
		pthread_kill(t[1], SIGUSR1);
		while (handled[1] <= i || handled[2] <= i) /* the next one would merge with one not yet taken */
			usleep(1000);
	}
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	printf("signals %d %d, TLS %d\n", handled[1], handled[2], own);
}

int main(void)
{
	counting();
	at_once(200);
	in_turn(500);
	robust_threads(PTHREAD_PRIO_NONE);
	robust_threads(PTHREAD_PRIO_INHERIT);
	for (int how = 0; how < 4; how++)
		robust_processes(how);
	cancel();
	group();
	first_exits();
	signals();
	return 0;
}

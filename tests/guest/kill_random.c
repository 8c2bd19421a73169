/* SPDX-License-Identifier: MIT */
/* Processes full of threads, forks, timers, changing code and locks are killed at moments nobody chose: the others go on. */
// guests: i386
// cflags: -static -O1 -pthread -fno-strict-aliasing
// timeout: 240
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 42

static struct shared {
	pthread_mutex_t lock;
	int inside; /* who holds it */
	int good, orphans;
} *sh;

static const char *self;

static unsigned rnd(unsigned *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	return *s ^= *s << 5;
}

static int take(void)
{
	int r = pthread_mutex_lock(&sh->lock);

	if (r == EOWNERDEAD) {
		sh->orphans++;
		pthread_mutex_consistent(&sh->lock);
	} else if (r) {
		printf("lock: %d\n", r);
		exit(1);
	}
	return r;
}

static void *locks(void *arg)
{
	for (;;) {
		take();
		sh->inside = getpid();
		for (volatile int i = 0; i < 200; i++)
			;
		sh->good += sh->inside == getpid();
		pthread_mutex_unlock(&sh->lock);
	}
	return arg;
}

static void *maps(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)&arg | 1;

	for (;;) {
		size_t n = (rnd(&seed) % 16 + 1) * 4096;
		uint8_t *p = mmap(NULL, n, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			continue;
		for (uint32_t i = 0; i < 8; i++) { /* mov eax, i; ret */
			p[0] = 0xB8;
			memcpy(p + 1, &i, 4);
			p[5] = 0xC3;
			if (((uint32_t(*)(void))(void *)p)() != i)
				_exit(9);
		}
		mprotect(p, 4096, PROT_READ);
		munmap(p, n);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

static void *children(void *arg)
{
	char *argv[] = {"kill_random", "leaf", NULL}, *none[] = {NULL};

	for (unsigned n = 0;; n++) {
		pthread_t t;
		pid_t p = -1;

		if (n % 3 == 0 && posix_spawn(&p, self, NULL, NULL, argv, none))
			p = -1;
		if (n % 3 == 1 && (p = fork()) == 0)
			_exit(0);
		if (n % 3 == 2 && pthread_create(&t, NULL, nothing, NULL) == 0)
			pthread_join(t, NULL);
		if (p > 0)
			waitpid(p, NULL, 0);
	}
	return arg;
}

static void on_tick(int sig)
{
	(void)sig;
}

static void victim(unsigned how)
{
	static void *(*const work[])(void *) = {locks, maps, children, locks};
	struct itimerval it = {{0, 1000}, {0, 1000}};
	pthread_t t;

	signal(SIGALRM, on_tick);
	setitimer(ITIMER_REAL, &it, NULL);
	for (unsigned i = 0; i < 3; i++)
		pthread_create(&t, NULL, work[(how + i) % 4], NULL);
	work[(how + 3) % 4](NULL);
}

static void msleep(unsigned us)
{
	struct timespec t = {0, us * 1000};

	nanosleep(&t, NULL);
}

/* A vfork child dies while its parent waits for it to exec. */
static int vfork_killed(unsigned us)
{
	int status = -1;
	pid_t p = fork();

	if (p == 0) {
		pid_t parent = getpid(), killer = fork(), c;

		if (killer == 0) { /* kills the vfork child, which it knows by its parent */
			char name[64], text[64] = "";
			FILE *f;

			snprintf(name, sizeof name, "/proc/%d/task/%d/children", parent, parent);
			for (int i = 0; i < 50; i++) {
				int a, b;

				msleep(us);
				f = fopen(name, "r");
				if (f && fgets(text, sizeof text, f) && sscanf(text, "%d %d", &a, &b) == 2)
					kill(a == getpid() ? b : a, SIGKILL);
				if (f)
					fclose(f);
			}
			_exit(0);
		}
		for (int i = 0; i < 40; i++) {
			c = vfork();
			if (c == 0) {
				execl(self, "kill_random", "leaf", (char *)NULL);
				_exit(5);
			}
			waitpid(c, NULL, 0);
		}
		kill(killer, SIGKILL);
		waitpid(killer, NULL, 0);
		_exit(7);
	}
	waitpid(p, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

int main(int argc, char **argv)
{
	static const int by[] = {SIGKILL, SIGTERM, SIGKILL, SIGSEGV, SIGKILL, SIGINT};
	pthread_mutexattr_t a;
	unsigned seed = (unsigned)time(NULL) | 1;
	int died = 0, wrong = 0, ok = 0;

	if (argc > 1)
		return 0;
	self = "/proc/self/exe";
	sh = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&sh->lock, &a);
	for (unsigned i = 0; i < ROUNDS; i++) {
		int sig = by[i % 6], status;
		pid_t p = fork();

		if (p == 0)
			victim(i);
		msleep(rnd(&seed) % 60000);
		kill(p, sig);
		waitpid(p, &status, 0);
		died += WIFSIGNALED(status) && WTERMSIG(status) == sig;
		wrong += WIFEXITED(status);
		take(); /* whoever held it */
		pthread_mutex_unlock(&sh->lock);
	}
	printf("killed %d of %d, %d ended otherwise\n", died, ROUNDS, wrong);
	for (unsigned us = 100; us < 3000; us += 400)
		ok += vfork_killed(us);
	printf("vfork parents that went on: %d\n", ok);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Forks in a process whose threads hold every lock there is, libc's and the emulator's: the child lives, alone, and can do it all. */
// cflags: -static -O1 -pthread
// timeout: 180
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS 40

static volatile int stop;
static pthread_mutex_t ours = PTHREAD_MUTEX_INITIALIZER;
static int prepared, in_parent, in_child;

static void *allocates(void *arg)
{
	while (!stop) {
		void *p[20];

		for (int i = 0; i < 20; i++)
			p[i] = malloc(16u << i % 12);
		for (int i = 0; i < 20; i++)
			free(p[i]);
	}
	return arg;
}

static void *maps(void *arg)
{
	while (!stop) {
		char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		p[4096] = 1;
		mprotect(p, 4096, PROT_READ | PROT_EXEC);
		munmap(p, 65536);
	}
	return arg;
}

static void *opens(void *arg)
{
	while (!stop) {
		int fd = open("/dev/null", O_RDWR), other = dup(fd);

		close(fd);
		close(other);
	}
	return arg;
}

static void *prints(void *arg)
{
	FILE *f = fopen("/dev/null", "w");

	while (!stop)
		fprintf(f, "%d %s\n", 1, "text");
	fclose(f);
	return arg;
}

static void *nothing(void *arg)
{
	return arg;
}

static void *threads(void *arg)
{
	while (!stop) {
		pthread_t t;

		if (pthread_create(&t, NULL, nothing, NULL) == 0)
			pthread_join(t, NULL);
	}
	return arg;
}

static void *locks(void *arg)
{
	while (!stop) {
		pthread_mutex_lock(&ours);
		pthread_mutex_unlock(&ours);
		sched_yield(); /* or nobody else would ever have it */
	}
	return arg;
}

static void *acts(void *arg)
{
	while (!stop) {
		struct sigaction sa = {.sa_handler = SIG_IGN};

		sigaction(SIGUSR2, &sa, NULL);
		sa.sa_handler = SIG_DFL;
		sigaction(SIGUSR2, &sa, NULL);
	}
	return arg;
}

static void *(*const busy[])(void *) = {allocates, maps, opens, prints, threads, locks, acts};

#define N (sizeof busy / sizeof *busy)

static void before(void)
{
	pthread_mutex_lock(&ours);
	prepared++;
}

static void after_here(void)
{
	in_parent++;
	pthread_mutex_unlock(&ours);
}

static void after_there(void)
{
	in_child++;
	pthread_mutex_unlock(&ours);
}

/* All that the threads do, once; and a thread, and a child, of its own. */
static int child(int n)
{
	pthread_t t;
	char *p;
	void *r;
	int status;
	FILE *f;

	alarm(60);
	stop = 1;
	for (unsigned i = 0; i < N; i++)
		busy[i](NULL);
	pthread_mutex_lock(&ours);
	pthread_mutex_unlock(&ours);
	p = malloc(100000);
	memset(p, n, 100000);
	f = fopen("/dev/null", "w");
	fprintf(f, "%d", n);
	fclose(f);
	if (pthread_create(&t, NULL, nothing, p) || pthread_join(t, &r) || r != p)
		return 1;
	free(p);
	if (in_child != 1 || prepared != n + 1)
		return 2;
	if (fork() == 0)
		_exit(n & 63);
	wait(&status);
	return WEXITSTATUS(status) == (n & 63) ? 0 : 3;
}

static void tick(int sig)
{
	(void)sig;
}

int main(void)
{
	struct itimerval every = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
	struct sigaction sa = {.sa_handler = tick, .sa_flags = SA_RESTART};
	pthread_t t[N];
	int good = 0;

	setvbuf(stdout, NULL, _IONBF, 0);
	pthread_atfork(before, after_here, after_there);
	sigaction(SIGALRM, &sa, NULL);
	for (unsigned i = 0; i < N; i++)
		pthread_create(&t[i], NULL, busy[i], NULL);
	for (int n = 0; n < FORKS; n++) {
		pid_t p;
		int status;

		if (n == FORKS / 2) /* signals in between, too */
			setitimer(ITIMER_REAL, &every, NULL);
		p = fork();
		if (p == 0) {
			setitimer(ITIMER_REAL, &never, NULL);
			signal(SIGALRM, SIG_DFL);
			_exit(child(n));
		}
		if (p < 0 || waitpid(p, &status, 0) != p || status)
			printf("fork %d: %s, status %x\n", n, p < 0 ? strerror(errno) : "child", status);
		else
			good++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	stop = 1;
	for (unsigned i = 0; i < N; i++)
		pthread_join(t[i], NULL);
	printf("%d forks, %d good, handlers %d %d %d\n", FORKS, good, prepared, in_parent, in_child);
	return 0;
}

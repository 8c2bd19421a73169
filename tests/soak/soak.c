/* SPDX-License-Identifier: MIT */
/*
 * soak SECONDS: forks, execs, threads, timers, signals, mappings and changing code, mixed at random, in one process that lives
 * all the while and in children. What must come out right is checked; who started it watches memory and descriptors.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static unsigned seed;
static volatile int alarms, queued;

static void fail(const char *what)
{
	printf("failed: %s: errno %d\n", what, errno);
	fflush(stdout);
	abort();
}

#define CHECK(x) ((x) ? (void)0 : fail(#x))

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void on_queued(int sig, siginfo_t *info, void *uc)
{
	(void)sig, (void)uc;
	if (info->si_code == SI_QUEUE)
		queued += info->si_value.sival_int;
}

static pid_t reap(pid_t p, int *status)
{
	pid_t r;

	do
		r = waitpid(p, status, 0);
	while (r < 0 && errno == EINTR);
	return r;
}

/* ---- the pieces; each leaves everything as it was ---- */

static void forks(void)
{
	int n = 1 + (int)rnd(4), status;
	pid_t p[4];

	for (int i = 0; i < n; i++) {
		p[i] = fork();
		CHECK(p[i] >= 0);
		if (p[i] == 0)
			_exit(i + 10);
	}
	for (int i = 0; i < n; i++) {
		CHECK(reap(p[i], &status) == p[i]);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i + 10);
	}
}

static void execs(void)
{
	char *argv[] = {"soak", "leaf", NULL};
	pid_t p;
	int status;

	CHECK(posix_spawn(&p, "/proc/self/exe", NULL, NULL, argv, environ) == 0);
	CHECK(reap(p, &status) == p);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	p = vfork();
	if (p == 0) {
		execv("/does/not/exist", argv);
		_exit(4);
	}
	CHECK(p > 0 && reap(p, &status) == p);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;

static void *count(void *arg)
{
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

static void threads(void)
{
	pthread_t t[8];
	int n = 1 + (int)rnd(8), before = counter;

	for (int i = 0; i < n; i++)
		CHECK(pthread_create(&t[i], NULL, count, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < n; i++) {
		void *r;

		CHECK(pthread_join(t[i], &r) == 0 && r == (void *)(intptr_t)i);
	}
	CHECK(counter == before + 100 * n);
}

static void timers(void)
{
	struct itimerspec its = {{0, 300000}, {0, 300000}};
	int fd = timerfd_create(CLOCK_MONOTONIC, 0), before = alarms;
	uint64_t n;
	timer_t t;

	CHECK(timer_create(CLOCK_MONOTONIC, NULL, &t) == 0); /* SIGALRM */
	CHECK(timer_settime(t, 0, &its, NULL) == 0);
	CHECK(timerfd_settime(fd, 0, &its, NULL) == 0);
	while (alarms < before + 3)
		pause();
	CHECK(timer_delete(t) == 0);
	while (read(fd, &n, sizeof n) != sizeof n)
		CHECK(errno == EINTR);
	close(fd);
}

static void signals(void)
{
	int before = queued, sum = 0;
	struct signalfd_siginfo si;
	sigset_t s;
	int fd;

	for (int i = 0; i < 10; i++) {
		sum += i;
		CHECK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i}) == 0);
	}
	CHECK(queued == before + sum);
	sigemptyset(&s);
	sigaddset(&s, SIGRTMIN + 2);
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	fd = signalfd(-1, &s, 0);
	for (int i = 0; i < 5; i++) {
		CHECK(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i}) == 0);
		while (read(fd, &si, sizeof si) != sizeof si)
			CHECK(errno == EINTR);
		CHECK(si.ssi_int == i);
	}
	close(fd);
	pthread_sigmask(SIG_UNBLOCK, &s, NULL);
}

static void mappings(void)
{
	size_t n = (1 + rnd(64)) * 4096;
	uint8_t *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

	CHECK(p != MAP_FAILED);
	memset(p, 0x5a, n);
	CHECK(mprotect(p, 4096, PROT_READ) == 0);
	q = mremap(p, n, 2 * n, MREMAP_MAYMOVE); /* two mappings: refused */
	CHECK(n == 4096 ? q != MAP_FAILED : q == MAP_FAILED);
	CHECK(munmap(q == MAP_FAILED ? p : q, q == MAP_FAILED ? n : 2 * n) == 0);
	free(malloc(1 + rnd(300000)));
}

/* A function that returns i. */
static void write_code(uint8_t *p, uint32_t i)
{
#ifdef __arm__
#define CHANGES 20 /* each takes room in the code cache until that is emptied */
	const uint32_t code[] = {0xe3000000 | (i << 4 & 0xf0000) | (i & 0xfff) /* movw r0, i */, 0xe12fff1e /* bx lr */};

	memcpy(p, code, sizeof code);
	__builtin___clear_cache((char *)p, (char *)p + sizeof code);
#else
#define CHANGES 200
	p[0] = 0xB8; /* mov eax, i; ret */
	memcpy(p + 1, &i, 4);
	p[5] = 0xC3;
#endif
}

static void code(void)
{
	uint8_t *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned at = rnd(2000) * 4;

	CHECK(p != MAP_FAILED);
	for (uint32_t i = 0; i < CHANGES; i++) {
		write_code(p + at, i);
		CHECK(((uint32_t(*)(void))(void *)(p + at))() == i);
	}
	munmap(p, 8192);
}

static void descriptors(void)
{
	int sv[2], e = epoll_create1(EPOLL_CLOEXEC), ev = eventfd(0, 0);
	struct epoll_event event = {.events = EPOLLIN}, got;
	uint64_t one = 1;
	char c;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0);
	CHECK(epoll_ctl(e, EPOLL_CTL_ADD, ev, &event) == 0);
	CHECK(write(ev, &one, 8) == 8 && epoll_wait(e, &got, 1, -1) == 1);
	CHECK(write(sv[0], "x", 1) == 1 && read(sv[1], &c, 1) == 1 && c == 'x');
	close(sv[0]), close(sv[1]), close(e), close(ev);
}

static void *busy(void *arg)
{
	volatile double x = 1;

	for (;;)
		x = x * 1.000001 + 1;
	return arg;
}

/* A child full of threads is killed while they run. */
static void killed(void)
{
	int sig = rnd(2) ? SIGKILL : SIGTERM, status;
	pid_t p = fork();

	CHECK(p >= 0);
	if (p == 0) {
		struct itimerval it = {{0, 500}, {0, 500}};
		pthread_t t;

		setitimer(ITIMER_REAL, &it, NULL);
		pthread_create(&t, NULL, busy, NULL);
		pthread_create(&t, NULL, count, NULL);
		for (;;)
			forks();
	}
	usleep(rnd(20000));
	CHECK(kill(p, sig) == 0 && reap(p, &status) == p);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == sig);
}

/* A fork out of several threads, with one of them in the middle of things. */
static void forks_among_threads(void)
{
	pthread_t t;

	CHECK(pthread_create(&t, NULL, count, NULL) == 0);
	forks();
	CHECK(pthread_join(t, NULL) == 0);
}

int main(int argc, char **argv)
{
	static void (*const pieces[])(void) = {forks, execs, threads, timers, signals, mappings, code, descriptors, killed, forks_among_threads};
	struct sigaction sa = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART};
	double end;

	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "leaf"))
		return 3;
	signal(SIGALRM, on_alarm);
	sigaction(SIGRTMIN + 1, &sa, NULL);
	seed = (unsigned)getpid() * 2654435761u | 1;
	end = now() + atof(argv[1]);
	while (now() < end)
		pieces[rnd(sizeof pieces / sizeof *pieces)]();
	puts("done");
	return 0;
}

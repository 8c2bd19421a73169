/* SPDX-License-Identifier: MIT */
/* Process groups: all their members are killed, stopped or told, whatever they are at; nobody else is. */
// timeout: 120
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMBERS 7
#define ROUNDS 8

static struct shared {
	volatile int ready, told;
	volatile unsigned beats; /* of the one outside */
} *sh;

static void *spin(void *arg)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return arg;
}

static void spins(void)
{
	spin(NULL);
}

static void many(void)
{
	pthread_t t;

	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, spin, NULL);
	for (;;)
		pause();
}

static void blocks_all(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}

static void forks(void)
{
	for (;;) {
		pid_t p = fork();

		if (p == 0)
			_exit(0);
		if (p > 0)
			waitpid(p, NULL, 0);
	}
}

static void vforks(void)
{
	pid_t p = vfork();

	if (p == 0)
		for (;;) /* the parent waits for it, in no way to be woken */
			pause();
	_exit(p < 0);
}

static void execs(void)
{
	for (;;) {
		pid_t p = vfork();

		if (p == 0) {
			execl("/proc/self/exe", "kill_groups", "end", (char *)NULL);
			_exit(1);
		}
		if (p > 0)
			waitpid(p, NULL, 0);
	}
}

static void reads(void)
{
	int fd[2];
	char c;

	if (pipe(fd) == 0)
		while (read(fd[0], &c, 1) < 0)
			;
}

static void (*const what[MEMBERS])(void) = {spins, many, blocks_all, forks, reads, vforks, execs};

#define STOPPABLE 5 /* whoever waits for a vfork child does not stop */

static void member(int i, pid_t group)
{
	setpgid(0, group);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	__atomic_add_fetch(&sh->ready, 1, __ATOMIC_SEQ_CST);
	what[i]();
	_exit(99);
}

static pid_t start(pid_t pids[MEMBERS], int n)
{
	sh->ready = 0;
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			member(i, i ? pids[0] : 0);
		setpgid(pids[i], pids[0]);
	}
	while (sh->ready < n)
		usleep(1000);
	usleep(20000);
	return pids[0];
}

static void end_of_all(const char *name, const pid_t pids[MEMBERS], int n)
{
	int status, as[65] = {0};

	for (int i = 0; i < n; i++) {
		waitpid(pids[i], &status, 0);
		as[WIFSIGNALED(status) ? WTERMSIG(status) : 0]++;
	}
	printf("%s:", name);
	for (int i = 0; i < 65; i++)
		if (as[i])
			printf(" %d by %d", as[i], i);
	printf("\n");
}

/* Children that members left behind are ours now: all of the group are gone when this says so. */
static void nobody_left(pid_t group)
{
	while (waitpid(-group, NULL, 0) > 0 || errno == EINTR)
		;
	printf("group: %s\n", kill(-group, 0) < 0 ? strerror(errno) : "there");
}

static void killed(void)
{
	pid_t pids[MEMBERS], group;

	for (int n = 0; n < ROUNDS; n++) {
		group = start(pids, MEMBERS);
		kill(-group, SIGKILL);
		end_of_all("SIGKILL", pids, MEMBERS);
		nobody_left(group);
	}
}

static void stopped(void)
{
	pid_t pids[MEMBERS], group = start(pids, STOPPABLE);
	int status, n = 0;

	kill(-group, SIGSTOP);
	for (int i = 0; i < STOPPABLE; i++)
		n += waitpid(pids[i], &status, WUNTRACED) == pids[i] && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
	printf("stopped %d\n", n);
	kill(-group, SIGCONT);
	for (n = 0; n < STOPPABLE && waitpid(pids[n], &status, WCONTINUED) == pids[n] && WIFCONTINUED(status); n++)
		;
	printf("gone on %d\n", n);
	kill(-group, SIGSTOP);
	usleep(20000);
	kill(-group, SIGKILL);
	end_of_all("stopped, SIGKILL", pids, STOPPABLE);
	nobody_left(group);
}

static void told(int sig)
{
	(void)sig;
	__atomic_add_fetch(&sh->told, 1, __ATOMIC_SEQ_CST);
}

/* kill(0): the sender hears it too. */
static void own_group(void)
{
	pid_t p = fork();
	int status;

	if (p == 0) {
		setpgid(0, 0);
		signal(SIGUSR1, told);
		sh->ready = sh->told = 0;
		for (int i = 0; i < 5; i++)
			if (fork() == 0) {
				__atomic_add_fetch(&sh->ready, 1, __ATOMIC_SEQ_CST);
				for (;;)
					pause();
			}
		while (sh->ready < 5)
			usleep(1000);
		kill(0, SIGUSR1);
		while (sh->told < 6)
			usleep(1000);
		printf("kill(0): %d told\n", sh->told);
		fflush(stdout);
		kill(0, SIGTERM);
		pause();
	}
	waitpid(p, &status, 0);
	printf("kill(0, SIGTERM): %d\n", WTERMSIG(status));
	nobody_left(p);
}

/* kill(-1) where it means us alone: in process numbers of our own, and not the first of them. */
static void everybody(void)
{
	struct { uint64_t flags, rest[7]; } args = {CLONE_NEWPID | CLONE_NEWUSER, {0, 0, 0, SIGCHLD}};
	pid_t p = (pid_t)syscall(SYS_clone3, &args, 64), pids[MEMBERS];
	int status;

	if (p < 0) {
		printf("everybody: not possible here\n");
		return;
	}
	if (p == 0) {
		start(pids, MEMBERS);
		kill(-1, SIGKILL);
		end_of_all("kill(-1)", pids, MEMBERS);
		fflush(stdout);
		start(pids, MEMBERS);
		_exit(12); /* their init: all die with it */
	}
	waitpid(p, &status, 0);
	printf("init: exit %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	pid_t outside;
	unsigned before;

	if (argc > 1 && !strcmp(argv[1], "end"))
		return 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	outside = fork();
	if (outside == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			sh->beats++;
			usleep(500);
		}
	}
	killed();
	stopped();
	own_group();
	fflush(stdout);
	everybody();
	before = sh->beats;
	usleep(100000);
	printf("the one outside lives: %d\n", sh->beats != before && waitpid(outside, NULL, WNOHANG) == 0);
	kill(outside, SIGKILL);
	return 0;
}

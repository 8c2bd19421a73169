/* SPDX-License-Identifier: MIT */
/* clone, clone3, vfork: what is shared and what is not for each mix of flags, exit signals, ids in memory, pidfds. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#define BAD ((void *)8)

static volatile int memory, where = -1;
static volatile int handler_ran;
static char stack[65536] __attribute__((aligned(16)));

static void one(int sig)
{
	handler_ran = sig;
}

static void two(int sig)
{
	handler_ran = 100 + sig;
}

/* The child of each mix: changes one of everything. */
static int body(void *arg)
{
	struct sigaction sa = {.sa_handler = two};

	(void)arg;
	memory++;
	sigaction(SIGUSR1, &sa, NULL);
	close(where);
	if (chdir("/proc") < 0)
		return 99;
	return 21;
}

static void mix(const char *name, int flags)
{
	struct sigaction sa = {.sa_handler = one};
	char cwd[64] = "";
	int status = 0, before = memory;
	pid_t p;

	sigaction(SIGUSR1, &sa, NULL);
	where = open("/dev/null", O_RDONLY);
	if (chdir("/") < 0)
		return;
	fflush(stdout);
	p = clone(body, stack + sizeof stack, flags | SIGCHLD, NULL);
	if (p < 0) {
		printf("%s: errno %d\n", name, errno);
		return;
	}
	waitpid(p, &status, 0);
	raise(SIGUSR1);
	getcwd(cwd, sizeof cwd);
	printf("%s: status %x memory %d handlers %d files %d directory %s\n", name, status, memory - before,
	       handler_ran > 100, fcntl(where, F_GETFD) < 0, cwd);
	if (chdir("/") == 0)
		close(where);
}

static int vfork_child(void *arg)
{
	int status;
	pid_t p;

	memory = 1;
	p = fork(); /* a fork out of a child that shares memory */
	if (p == 0) {
		memory = 55;
		_exit(memory - 50);
	}
	waitpid(p, &status, 0);
	memory += WEXITSTATUS(status);
	usleep(30000);
	memory += 10;
	return *(int *)arg;
}

static void vforks(void)
{
	int code = 33, status;
	pid_t p = clone(vfork_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &code);

	printf("vfork: memory %d", memory); /* the parent waited */
	waitpid(p, &status, 0);
	printf(" status %x\n", status);
	memory = 0;
	p = vfork();
	if (p == 0) {
		memory = 7;
		_exit(1);
	}
	waitpid(p, &status, 0);
	printf("vfork: memory %d status %x\n", memory, status);
	for (int i = 0; i < 20; i++) {
		p = vfork();
		if (p == 0) {
			memory = execl("/nonexistent", "x", (char *)NULL) < 0 ? errno : 0;
			_exit(127);
		}
		waitpid(p, &status, 0);
	}
	printf("exec failed in the child: errno %d status %x\n", memory, status);
	fflush(stdout);
	p = vfork();
	if (p == 0) {
		execl("/bin/sh", "sh", "-c", "exit 9", (char *)NULL);
		_exit(127);
	}
	waitpid(p, &status, 0);
	printf("exec: status %x\n", status);
	p = vfork();
	if (p == 0) {
		raise(SIGKILL);
		_exit(1);
	}
	waitpid(p, &status, 0);
	printf("killed: status %x\n", status);
}

static int quick(void *arg)
{
	return (long)arg;
}

static volatile int usr2;

static void on_usr2(int sig)
{
	(void)sig;
	usr2++;
}

static void ids(void)
{
	int parent_tid = 0, child_tid = 5, pidfd = -1, status;
	pid_t p;

	fflush(stdout);
	p = clone(quick, stack + sizeof stack, CLONE_PARENT_SETTID | SIGCHLD, (void *)3, &parent_tid);
	waitpid(p, &status, 0);
	printf("parent tid %d\n", parent_tid == p);
	p = clone(quick, stack + sizeof stack, CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, (void *)3, NULL,
		  NULL, &child_tid);
	waitpid(p, &status, 0);
	printf("child tid cleared %d status %x\n", child_tid, status);
	p = clone(quick, stack + sizeof stack, CLONE_PIDFD | SIGCHLD, (void *)4, &pidfd);
	printf("pidfd %d", pidfd >= 0);
	printf(" bad flags %ld", RAW(SYS_pidfd_send_signal, pidfd, 0, NULL, 77));
	printf(" signal 0 %ld\n", RAW(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	waitpid(p, &status, 0);
	close(pidfd);
	signal(SIGUSR2, on_usr2);
	p = clone(quick, stack + sizeof stack, SIGUSR2, (void *)4);
	while (!usr2)
		usleep(1000);
	printf("without __WALL %d", waitpid(p, &status, 0) == -1 ? errno : 0);
	printf(" with %d status %x\n", waitpid(p, &status, __WALL) == p, status);
}

static void refused(void)
{
	unsigned long long a[12] = {0};
	int status;
	long p;

	show("THREAD alone", RAW(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
	show("SIGHAND alone", RAW(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
	show("NEWNS and FS", RAW(SYS_clone, CLONE_NEWNS | CLONE_FS, 0, 0, 0, 0));
	show("PIDFD and SETTID", RAW(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID, 0, 0, 0, 0));
	show("SETTLS bad", RAW(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, BAD, 0));
	show("VM SETTLS bad", RAW(SYS_clone, CLONE_VM | CLONE_SETTLS | SIGCHLD, stack + 4096, 0, BAD, 0));
	show("clone3 small", RAW(SYS_clone3, a, 63));
	show("clone3 large", RAW(SYS_clone3, a, 5000));
	show("clone3 bad", RAW(SYS_clone3, BAD, 64));
	a[11] = 1;
	show("clone3 newer", RAW(SYS_clone3, a, 96));
	a[11] = 0;
	a[4] = 200;
	show("clone3 exit signal", RAW(SYS_clone3, a, 64));
	a[4] = SIGCHLD;
	a[5] = 4096;
	show("clone3 stack without size", RAW(SYS_clone3, a, 64));
	a[5] = 0;
	a[6] = 4096;
	show("clone3 size without stack", RAW(SYS_clone3, a, 64));
	a[6] = 0;
	a[0] = 1ull << 50;
	show("clone3 flags", RAW(SYS_clone3, a, 64));
	a[0] = SIGCHLD;
	show("clone3 signal in flags", RAW(SYS_clone3, a, 64));
	a[0] = 0;
	fflush(stdout);
	p = RAW(SYS_clone3, a, 96);
	if (p == 0)
		_exit(8);
	printf("clone3 %d", waitpid(p, &status, 0) == p);
	printf(" status %x\n", status);
	a[0] = 0x100000000ull; /* CLONE_CLEAR_SIGHAND */
	signal(SIGUSR1, one);
	signal(SIGUSR2, SIG_IGN);
	fflush(stdout);
	p = RAW(SYS_clone3, a, 64);
	if (p == 0) {
		struct sigaction sa, sb;

		sigaction(SIGUSR1, NULL, &sa);
		sigaction(SIGUSR2, NULL, &sb);
		_exit((sa.sa_handler == SIG_DFL) + 2 * (sb.sa_handler == SIG_IGN));
	}
	waitpid(p, &status, 0);
	printf("cleared handlers: status %x\n", status);
}

static void *forker(void *arg)
{
	int status;
	pid_t p;

	(void)arg;
	for (int i = 0; i < 30; i++) {
		p = fork();
		if (p == 0) {
			char *m = malloc(1000); /* libc's locks must be whole */

			free(m);
			_exit(5);
		}
		waitpid(p, &status, 0);
		if (WEXITSTATUS(status) != 5)
			return (void *)1;
	}
	return NULL;
}

/* fork while other threads run and fork too. */
static void threaded(void)
{
	pthread_t t[4];
	int bad = 0;

	fflush(stdout);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, forker, NULL);
	for (int i = 0; i < 4; i++) {
		void *r;

		pthread_join(t[i], &r);
		bad += r != NULL;
	}
	printf("forks in threads: %d bad\n", bad);
}

int main(void)
{
	mix("nothing", 0);
	mix("VM", CLONE_VM);
	mix("FILES", CLONE_FILES);
	mix("FS", CLONE_FS);
	mix("VM SIGHAND", CLONE_VM | CLONE_SIGHAND);
	mix("VM FILES", CLONE_VM | CLONE_FILES);
	mix("VM FS FILES SIGHAND", CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND);
	mix("FS FILES SYSVSEM IO", CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_IO);
	mix("NEWUTS NEWIPC", CLONE_NEWUTS | CLONE_NEWIPC);
	mix("NEWPID", CLONE_NEWPID);
	vforks();
	ids();
	refused();
	threaded();
	return 0;
}

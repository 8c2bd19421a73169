/* SPDX-License-Identifier: MIT */
/* clone3 with chosen ids, namespaces, cgroups and pidfds; CLONE_PARENT; locked instructions across processes. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

struct args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static void reap(const char *name, pid_t p, int options)
{
	int status = -1, r = waitpid(p, &status, options);

	printf("%s: reaped %d status %x\n", name, r == p, status);
	fflush(stdout);
}

static long clone3(struct args *a)
{
	fflush(stdout);
	return RAW(SYS_clone3, a, sizeof *a);
}

static void chosen(void)
{
	int32_t ids[2] = {1, 0}, none[1] = {0}, many[40] = {0};
	struct args a = {.flags = CLONE_NEWPID | CLONE_NEWUSER, .exit_signal = SIGCHLD, .set_tid = (uintptr_t)ids, .set_tid_size = 1};
	long p = clone3(&a);

	if (p == 0)
		_exit(getpid() + 10);
	reap("pid 1 chosen", (pid_t)p, 0);
	ids[0] = 5;
	show("another first pid", clone3(&a));
	a.set_tid = (uintptr_t)none;
	show("pid 0", clone3(&a));
	a.set_tid = (uintptr_t)many, a.set_tid_size = 40;
	show("too many", clone3(&a));
	a.set_tid = 0, a.set_tid_size = 1;
	show("size without array", clone3(&a));
	a.set_tid = (uintptr_t)ids, a.set_tid_size = 0;
	show("array without size", clone3(&a));
	a.set_tid = 8, a.set_tid_size = 1;
	show("bad array", clone3(&a));
	a.set_tid = 1ull << 40;
	show("array out of reach", clone3(&a));
}

static void spaces(void)
{
	struct args a = {.flags = CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS, .exit_signal = SIGCHLD};
	char name[64] = "";
	long p = clone3(&a);

	if (p == 0) {
		if (sethostname("guest", 5))
			_exit(1);
		gethostname(name, sizeof name);
		_exit(strcmp(name, "guest") || getuid() != 65534 ? 2 : 40);
	}
	reap("spaces", (pid_t)p, 0);
	gethostname(name, sizeof name);
	printf("name kept %d\n", strcmp(name, "guest") != 0);
	fflush(stdout);
	p = fork();
	if (p == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 && getuid() == 65534 ? 41 : 3);
	reap("unshare", (pid_t)p, 0);
}

static void groups(void)
{
	struct args a = {.flags = 0x200000000ull, .exit_signal = SIGCHLD, .cgroup = 999};

	show("cgroup: no descriptor", clone3(&a));
	a.cgroup = (uint64_t)open("/tmp", O_RDONLY | O_DIRECTORY);
	show("cgroup: another directory", clone3(&a));
	a.cgroup = 1ull << 40;
	show("cgroup: too large", clone3(&a));
}

static void descriptors(void)
{
	int fd = -1, status = 0;
	struct args a = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd, .exit_signal = SIGCHLD};
	struct pollfd pfd = {.events = POLLIN};
	siginfo_t si = {0};
	long p = clone3(&a);

	if (p == 0) {
		pause();
		_exit(1);
	}
	pfd.fd = fd;
	printf("pidfd: close-on-exec %d, before %d", fcntl(fd, F_GETFD), poll(&pfd, 1, 0));
	RAW(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0);
	printf(", after %d", poll(&pfd, 1, -1));
	printf(", waitid %d", waitid((idtype_t)3 /* P_PIDFD */, (id_t)fd, &si, WEXITED));
	printf(" code %d status %d same %d\n", si.si_code, si.si_status, si.si_pid == p);
	close(fd);
	a.pidfd = 8;
	show("pidfd to nowhere", clone3(&a));
	printf("children left %d\n", waitpid(-1, &status, WNOHANG));
}

static int exit_9(void *arg)
{
	(void)arg;
	_exit(9);
}

static volatile int got;

static void on(int sig)
{
	got = sig;
}

static void signals_of_exit(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	const int sigs[] = {0, SIGUSR1, SIGRTMIN + 3};
	pid_t p;

	for (int i = 0; i < 3; i++) {
		got = 0;
		if (sigs[i])
			signal(sigs[i], on);
		p = clone(exit_9, stack + sizeof stack, CLONE_VM | sigs[i], NULL);
		reap("exit signal", p, __WCLONE);
		printf("signal %d\n", got == sigs[i]);
	}
	fflush(stdout);
	p = fork();
	if (p == 0) {
		pid_t parent = getppid(), c = (pid_t)RAW(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

		if (c == 0)
			_exit(getppid() == parent ? 50 : 51);
		_exit(waitpid(c, NULL, 0) < 0 && errno == ECHILD ? 52 : 53);
	}
	reap("CLONE_PARENT, the one between", p, 0);
	p = wait((int *)&got);
	printf("CLONE_PARENT, the sibling: status %x\n", got);
}

/* ---- other processes at the same words ---- */

#define TIMES 20000

static void locked(void)
{
	uint8_t *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile uint32_t *plain = (volatile uint32_t *)m, *line = (volatile uint32_t *)(m + 62), *page = (volatile uint32_t *)(m + 4094);
	volatile uint64_t *wide = (volatile uint64_t *)(m + 256);
	pid_t p[3];

	fflush(stdout);
	for (int k = 0; k < 3; k++) {
		p[k] = fork();
		if (p[k])
			continue;
		for (int i = 0; i < TIMES; i++) {
			__asm__ volatile("lock incl %0" : "+m"(*plain));
			if (i % 10 == 0) /* not each time: some processors have the kernel told of every one across lines */
				__asm__ volatile("lock xaddl %1, %0" : "+m"(*line) : "r"(1));
			if (i % 20 == 0)
				__asm__ volatile("lock addl $1, %0" : "+m"(*page));
			for (;;) { /* cmpxchg8b */
				uint64_t old = *wide, now = old + 0x100000001ull;
				uint8_t done;

				__asm__ volatile("lock cmpxchg8b %1; sete %0" : "=q"(done), "+m"(*wide), "+A"(old)
						 : "b"((uint32_t)now), "c"((uint32_t)(now >> 32)));
				if (done)
					break;
			}
		}
		_exit(0);
	}
	for (int k = 0; k < 3; k++)
		waitpid(p[k], NULL, 0);
	printf("locked: %u %u %u %llx\n", *plain, *line, *page, (unsigned long long)*wide);
}

int main(void)
{
	chosen();
	spaces();
	groups();
	descriptors();
	signals_of_exit();
	locked();
	return 0;
}

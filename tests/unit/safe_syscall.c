/* SPDX-License-Identifier: MIT */
/* A host system call and a signal: before it has begun, while it waits, and at every instruction in between. */
#define _GNU_SOURCE
#include <asm/unistd.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "syscalls/row.h"

static struct cpu cpu;
static volatile int signals, rewound, trace;

/* What the engine's handler does, with SA_RESTART. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

	(void)info;
	if (sig == SIGTRAP && --trace > 0)
		return;
	uc->uc_mcontext.gregs[REG_EFL] &= ~0x100;
	signals++;
	atomic_store(&cpu.attention, 1);
	if (safe_syscall_rewind(&pc)) {
		uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
		rewound++;
	}
}

static void start(int sig)
{
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};

	memset(&cpu, 0, sizeof cpu);
	signals = rewound = 0;
	sigaction(sig, &sa, NULL);
}

static void soon(void)
{
	struct itimerval it = {.it_value.tv_usec = 20000};

	start(SIGALRM);
	setitimer(ITIMER_REAL, &it, NULL);
}

Test(safe_syscall, not_begun)
{
	char c = 'x';
	int p[2];

	start(SIGALRM);
	cr_assert(pipe(p) == 0);
	atomic_store(&cpu.attention, 1);
	cr_assert_eq(sys_safe(&cpu, __NR_write, p[1], &c, 1), -ERESTARTSYS);
	atomic_store(&cpu.attention, 0);
	cr_assert_eq(sys_safe(&cpu, __NR_write, p[1], &c, 1), 1);
	cr_assert_eq(sys_safe(&cpu, __NR_read, p[0], &c, 1), 1);
}

Test(safe_syscall, restartable)
{
	char c;
	int p[2];

	cr_assert(pipe(p) == 0);
	soon();
	cr_assert_eq(sys_safe(&cpu, __NR_read, p[0], &c, 1), -ERESTARTSYS);
	cr_assert_eq(rewound, 1);
}

Test(safe_syscall, never_restarted)
{
	soon();
	cr_assert_eq(sys_safe(&cpu, __NR_poll, NULL, 0, 5000), -EINTR);
	cr_assert_eq(signals, 1);
	cr_assert_eq(rewound, 0);
}

static long far_away(int fd, char *c)
{
	return sys_safe(&cpu, __NR_write, fd, c, 1);
}

static long in_place(int fd, char *c)
{
	return sys_safe3(&cpu, __NR_write, fd, c, 1);
}

static long in_place_of_six(int fd, char *c)
{
	return host_call_safe(&cpu.attention, __NR_write, (long[6]){fd, (long)c, 1});
}

/* A trap after each single instruction of the call: either it was not made, or its result stands. Never both, never neither. */
static void every_instruction(long (*call)(int fd, char *c), int at_least)
{
	int made = 0, not_made = 0;

	for (int n = 1; n < 60; n++) {
		char c = 'x';
		int p[2], ready = 0;
		long r;

		cr_assert(pipe(p) == 0);
		start(SIGTRAP);
		trace = n;
		__asm__ volatile("pushf; orl $0x100, (%%rsp); popf" ::: "memory", "cc");
		r = call(p[1], &c);
		__asm__ volatile("pushf; andl $~0x100, (%%rsp); popf" ::: "memory", "cc");
		ready = poll(&(struct pollfd){p[0], POLLIN, 0}, 1, 0);
		if (r == 1) {
			cr_assert_eq(ready, 1);
			made++;
		} else {
			cr_assert_eq(r, -ERESTARTSYS);
			cr_assert_eq(ready, 0);
			not_made++;
		}
		close(p[0]);
		close(p[1]);
	}
	cr_assert_gt(made, 0);
	cr_assert_gt(not_made, at_least);
}

Test(safe_syscall, every_instruction)
{
	every_instruction(far_away, 10);
	every_instruction(in_place, 5);
	every_instruction(in_place_of_six, 5);
}

Test(safe_syscall, arguments)
{
	/* Six arguments, negative ones sign-extended: an mmap of one page at the end of the list. */
	long p = sys_raw(__NR_mmap, 0, 4096, 3, 0x22, -1, 0);

	cr_assert_gt(p, 0);
	cr_assert_eq(sys_safe(&cpu, __NR_mmap, p, 4096, 3, 0x32, -1, 0), p);
	cr_assert_eq(sys_raw(__NR_munmap, p, 4096), 0);
	cr_assert_eq(sys_raw(__NR_close, -1), -EBADF);
}

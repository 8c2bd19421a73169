/* SPDX-License-Identifier: MIT */
/* Signals without libc in between: what the kernel is told and what it shows. */
#ifndef SIG_UTIL_H
#define SIG_UTIL_H

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "raw.h"

struct kact {
	void *handler;
	uint32_t flags;
	void *restorer;
	uint64_t mask;
} __attribute__((packed));

#define K_RESTORER 0x04000000u

static inline long raw(long nr, long a, long b, long c, long d)
{
	return (int32_t)raw6(nr, a, b, c, d, 0, 0);
}

#define RAW4(nr, a, b, c, d, ...) raw(nr, (long)(a), (long)(b), (long)(c), (long)(d))
#define RAW(...) RAW4(__VA_ARGS__, 0, 0, 0, 0)

static inline long ksigaction(int sig, void *handler, uint32_t flags, uint64_t mask)
{
	struct kact a = {handler, flags, 0, mask};

	return RAW(SYS_rt_sigaction, sig, &a, 0, 8);
}

static inline long kmask(int how, uint64_t set)
{
	return RAW(SYS_rt_sigprocmask, how, &set, 0, 8);
}

static inline uint64_t kmask_now(void)
{
	uint64_t now = 0;

	RAW(SYS_rt_sigprocmask, SIG_BLOCK, 0, &now, 8);
	return now;
}

#define BIT(sig) (1ull << ((sig) - 1))
#define UC(p) ((ucontext_t *)(p))
#define REG(p, r) (((ucontext_t *)(p))->uc_mcontext.gregs[r])

#endif

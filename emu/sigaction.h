/* SPDX-License-Identifier: MIT */
/* A guest's signal action and signal stack: what delivery (syscalls/) and the guests' frames (emu/guest/) share. */
#ifndef STRAIT_SIGACTION_H
#define STRAIT_SIGACTION_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu.h"

/* Every 32-bit guest has these values. */
enum {
	GSA_NOCLDSTOP = 1,
	GSA_NOCLDWAIT = 2,
	GSA_SIGINFO = 4,
	GSA_EXPOSE_TAGBITS = 0x800,
	GSA_THIRTYTWO = 0x02000000, /* ARM */
	GSA_RESTORER = 0x04000000,
	GSA_ONSTACK = 0x08000000,
	GSA_RESTART = 0x10000000,
	GSA_NODEFER = 0x40000000,
};
#define GSA_RESETHAND 0x80000000u

struct ksigaction {
	uint32_t handler, flags, restorer;
	uint64_t mask;
};

#define SIGBIT(sig) (1ull << ((sig) - 1))

/* ---- the signal stack: kernel/signal.c ---- */
#define GSS_ONSTACK 1u
#define GSS_DISABLE 2u
#define GSS_AUTODISARM 0x80000000u
#define GUEST_MINSIGSTKSZ 2048u

static inline bool altstack_holds(const struct cpu *cpu, uint32_t sp)
{
	return sp > cpu->altstack_sp && sp - cpu->altstack_sp <= cpu->altstack_size;
}

static inline bool altstack_on(const struct cpu *cpu, uint32_t sp)
{
	return !(cpu->altstack_flags & GSS_AUTODISARM) && altstack_holds(cpu, sp);
}

/* What sigaltstack shows as ss_flags: SS_DISABLE, SS_ONSTACK, or 0 when a handler would enter it. */
static inline uint32_t altstack_state(const struct cpu *cpu, uint32_t sp)
{
	if (!cpu->altstack_size)
		return GSS_DISABLE;
	return altstack_on(cpu, sp) ? GSS_ONSTACK : 0;
}

static inline void altstack_reset(struct cpu *cpu)
{
	cpu->altstack_sp = cpu->altstack_size = 0;
	cpu->altstack_flags = GSS_DISABLE;
}

/* sp: where the guest's stack is now. 0, -EPERM, -EINVAL, -ENOMEM. */
static inline int altstack_set(struct cpu *cpu, uint32_t ss_sp, uint32_t flags, uint32_t size, uint32_t sp)
{
	uint32_t mode = flags & ~GSS_AUTODISARM;

	if (altstack_on(cpu, sp))
		return -EPERM;
	if (mode != GSS_DISABLE && mode != GSS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == GSS_DISABLE) {
		ss_sp = size = 0;
	} else if (size < GUEST_MINSIGSTKSZ && !(ss_sp == cpu->altstack_sp && size == cpu->altstack_size && flags == cpu->altstack_flags)) {
		return -ENOMEM;
	}
	cpu->altstack_sp = ss_sp;
	cpu->altstack_size = size;
	cpu->altstack_flags = flags;
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/* Host signals as the engine sees them. */
#ifndef STRAIT_HOST_SIGNAL_H
#define STRAIT_HOST_SIGNAL_H

#include "emu/cpu.h"

/* Bits of cpu->attention. */
enum {
	ATTENTION_SIGNAL = 1, /* cpu->captured is set */
	ATTENTION_FLUSH = 2,  /* the code cache is being emptied: stay out */
	ATTENTION_KICK = 4,   /* somebody wanted this thread out of translated code */
};

/* Bring a thread out of translated code. */
void host_kick(struct cpu *cpu);

/* Signals that the emulator needs itself, never blocked on the host: SEGV, BUS, FPE, ILL, TRAP. */
#define HOST_SYNC_SIGNALS ((1ull << (SIGSEGV - 1)) | (1ull << (SIGBUS - 1)) | (1ull << (SIGFPE - 1)) | \
			   (1ull << (SIGILL - 1)) | (1ull << (SIGTRAP - 1)))

/* Which slot of cpu->held a synchronous signal that somebody sent has; -1: not one of them. */
static inline int host_sync_slot(int sig)
{
	static const int8_t slots[32] = {[SIGSEGV] = 1, [SIGBUS] = 2, [SIGFPE] = 3, [SIGILL] = 4, [SIGTRAP] = 5};

	return sig < 32 ? slots[sig] - 1 : -1;
}

/* It waits there until the guest does not block it; a second one is lost, as ordinary signals are. */
static inline void host_hold(struct cpu *cpu, int sig, const siginfo_t *info)
{
	uint64_t bit = 1ull << (sig - 1);

	if (atomic_load(&cpu->held.set) & bit)
		return;
	cpu->held.info[host_sync_slot(sig)] = *info;
	atomic_fetch_or(&cpu->held.set, bit);
}

#endif

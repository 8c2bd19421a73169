/* SPDX-License-Identifier: MIT */
/*
 * Guest signals. The host kernel keeps pending sets, queues and order: a signal with a guest handler has the engine's host
 * handler, all others have their disposition on the host too. The host's mask is the guest's, less the synchronous five.
 * What the host handler captured, or translated code raised, becomes a frame here, in ordinary C between two guest instructions.
 */
#ifndef STRAIT_SYSCALLS_SIGNAL_H
#define STRAIT_SYSCALLS_SIGNAL_H

#include <stdint.h>

#include "emu/cpu.h"
#include "emu/sigaction.h"

/* Signal actions of a process, or of what shares them (CLONE_SIGHAND). */
struct sighand {
	atomic_uint refs;
	uint64_t unasked; /* those of which the host has not been asked yet what exec left */
	struct ksigaction act[64];
};

/* The first thread of a process image: ignored signals and mask are what exec left on the host. */
void signal_init(struct cpu *cpu);

/* From STOP_SIGNAL: all captured and held signals that are not blocked get their frames or default actions. */
void signal_deliver(struct cpu *cpu);
/* From STOP_FAULT: cpu->fault becomes a signal. */
void signal_fault(struct cpu *cpu);
/* A forced signal of the kernel's own, at the guest's current pc. */
void signal_force(struct cpu *cpu, int sig, int code, uint32_t addr);

/* The guest's mask becomes mask, on the host too. 0, or -ERESTARTNOINTR: a signal came first, make the call again after it. */
gret signal_set_mask(struct cpu *cpu, uint64_t mask);
/* After a wait ended with EINTR: is it a signal of the guest's? Held ones then are as good as captured. */
bool signal_woke(struct cpu *cpu);
/* One of the held signals in set, removed; 0: none. */
int signal_take_held(struct cpu *cpu, uint64_t set, siginfo_t *ret_info);

/* A signal action as the guest set it, or NULL; the old one to ret_old. 0 or -EINVAL. */
int signal_action(struct cpu *cpu, int sig, const struct ksigaction *act, struct ksigaction *ret_old);

/* In the child of a fork: nothing is pending; clear: CLONE_CLEAR_SIGHAND. */
void signal_fork_child(struct cpu *cpu, bool clear);
/* In a new thread whose handlers the host cleared (CLONE_CLEAR_SIGHAND): those the engine needs. */
void signal_handlers_again(void);
/* Around execve, made with sys_safe: ignored and blocked signals are the host's in full. 0 or -ERESTARTNOINTR. */
gret signal_exec(struct cpu *cpu);
void signal_exec_failed(struct cpu *cpu);

#endif

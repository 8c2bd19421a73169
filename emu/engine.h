/* SPDX-License-Identifier: MIT */
/* The engine: runs guest code until something is to be done about it. */
#ifndef STRAIT_ENGINE_H
#define STRAIT_ENGINE_H

#include <signal.h>

#include "emu/cpu.h"

/* How guest code is run: interpreted a few times and then translated, if the guest has an interpreter; translated at once; interpreted. */
enum engine_kind { ENGINE_BOTH, ENGINE_JIT, ENGINE_INTERP };

/* Once a process, before the first guest instruction, after window_init(). 0 or -errno. Where memory cannot be made executable, it is
 * interpreted, if the guest has an interpreter. */
int engine_init(const struct guest *g, enum engine_kind kind);
/* What a thread needs of stacks: cpu->stacks. It ends in the return stack, below which a page is a guard. */
size_t engine_stacks_size(void);
/* This host thread is to run cpu: its signal stack, its place in the list of threads. And the end of it. */
void engine_thread_start(struct cpu *cpu);
void engine_thread_end(struct cpu *cpu);

/* Run guest code from the cpu's state until a reason for the caller; never STOP_NONE, STOP_HELPER, STOP_LINK, STOP_ON, STOP_CALLED. */
enum stop engine_run(struct cpu *cpu);

/* A system call or call of the host (cpu->stop) on the way out of translated code: done there at once. NULL: engine_run() returns such stops. */
typedef bool engine_again(struct cpu *cpu, const uint8_t *host); /* a stub: into translated code at host; does not come back */
extern bool (*engine_service)(struct cpu *cpu, engine_again *again);
/* From the stubs. Comes back, with false, only if there is a stop for engine_run(). */
bool engine_serve(struct cpu *cpu, engine_again *again);
/* The end of engine_service: it is done, on with the guest if nothing stands against it. */
bool engine_served(struct cpu *cpu, engine_again *again);

/* Helper of self-checking blocks: the guest bytes of the block at pc are no longer those translated. */
bool engine_stale(struct cpu *cpu, uint32_t pc);

/* Handler for every host signal the guest or the engine wants; installed with SA_SIGINFO|SA_ONSTACK, all signals masked. */
void engine_signal_handler(int sig, siginfo_t *info, void *uc);

/*
 * A write faulted at guest addr: true if the page was only watched for code; it is writable now, its translations gone. Also
 * if another thread has seen to that since, by_protection: the page was there and did not allow it.
 */
bool engine_write_fault(uint32_t addr, bool by_protection);
/* A front-end (its locks held) takes code on addr's page for what it is now: true if a change would be seen, and undo that. */
bool engine_relies_on(uint32_t addr);
/* Guest code in [start, end) changed: translations go. Needs no lock held but the window's. */
void engine_code_changed(uint32_t start, uint64_t end);
/* Guest pc of the instruction that host address belongs to, 0 if none: for x87 instruction pointers. */
uint32_t engine_guest_pc(uintptr_t host);

/* Around fork, so that the child finds a consistent cache; the child has one thread. */
void engine_fork_prepare(void);
void engine_fork_parent(void);
void engine_fork_child(struct cpu *cpu);

/* For logs: called with each new block, block_lock held. NULL: nobody listens. */
struct block;
extern void (*engine_translated)(const struct block *b);

#define INTERP_SIZE (16 << 20)
#define INTERP_COLD_SIZE (32 << 10) /* of code that is run a few times there, and then translated */
#define ALTSTACK_SIZE (64 << 10)
/* The return stack begins in struct cpu's page, and C code that serves a call runs on the rest of it while there is C_STACK_SIZE left. */
#define RET_STACK_SIZE ((256 << 10) + 0x600)

#endif

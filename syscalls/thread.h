/* SPDX-License-Identifier: MIT */
/* Threads and processes: how a guest's clone, in all its forms, becomes the host's. */
#ifndef STRAIT_SYSCALLS_THREAD_H
#define STRAIT_SYSCALLS_THREAD_H

#include "emu/engine.h"
#include "emu/lock.h"

gret sys_fork(struct cpu *cpu, const uint32_t a[6]);
gret sys_vfork(struct cpu *cpu, const uint32_t a[6]);
gret sys_clone(struct cpu *cpu, const uint32_t a[6]);
gret sys_clone3(struct cpu *cpu, const uint32_t a[6]);
gret sys_exit(struct cpu *cpu, const uint32_t a[6]);
gret sys_exit_group(struct cpu *cpu, const uint32_t a[6]);
gret sys_set_tid_address(struct cpu *cpu, const uint32_t a[6]);
gret sys_set_robust_list(struct cpu *cpu, const uint32_t a[6]);
gret sys_get_robust_list(struct cpu *cpu, const uint32_t a[6]);
gret sys_rseq(struct cpu *cpu, const uint32_t a[6]);
gret sys_unshare(struct cpu *cpu, const uint32_t a[6]);
gret sys_setns(struct cpu *cpu, const uint32_t a[6]);

/*
 * What hangs on a thread besides its registers and descriptors: signal handlers.
 * clone: the child shares memory with its parent; give child what its clone flags say (it starts as a copy of the
 * parent's pointers). end: the thread goes away. Either may be NULL. At most 8, registered before the first thread.
 */
struct thread_part {
	void (*clone)(struct cpu *child, const struct cpu *parent, uint64_t flags);
	void (*end)(struct cpu *cpu);
};
void thread_part(const struct thread_part *part);

/* A lock to be held around fork, so that the child finds what it guards consistent. At most 16; outer ones first. */
void fork_lock(struct lock *l);

/* The process is about to end in an orderly way (exit_group, or exit of its first thread): statistics, logs. */
extern void (*process_exit_hook)(struct cpu *cpu, int status);

/* Runs a guest thread for ever; from main. */
_Noreturn void cpu_loop(struct cpu *cpu);
/* What cpu stopped for, in the midst of translated code: engine_service. */
bool cpu_serve(struct cpu *cpu, engine_again *again);

/* The robust list of a thread that exits, where the kernel does not walk it by itself. */
void robust_release(struct cpu *cpu);
/* Those of a process that exits or execs. */
void robust_end(struct cpu *cpu, bool exec);
/* The kernel learns of the thread's list, if it walks such. Nobody misses that as long as no memory is shared. */
void robust_tell(struct cpu *cpu);
/* The guardian that walks the lists of a process killed: there must be one if the thread's list is one we walk and
 * memory is shared; it must go before a wait that would see it; it is not a forked child's. */
void robust_guard(struct cpu *cpu);
void robust_dismiss(struct cpu *cpu);
void robust_fork_child(void);
extern int guardian_fd; /* an eventfd by which it is dismissed; -1 */

#endif

/* SPDX-License-Identifier: MIT */
/* The host memory of one guest thread: struct cpu, C stack and libc's thread block, in one mapping. */
#ifndef STRAIT_THREAD_H
#define STRAIT_THREAD_H

#include "emu/cpu.h"

#define C_STACK_SIZE (128u << 10)

/* A cpu in a block of its own, registers and all else copied from parent (NULL: zero). NULL: no memory. */
struct cpu *cpu_new(const struct cpu *parent);
/* Gives the block back; not for the thread that runs on it. */
void cpu_free(struct cpu *cpu);
/* Ends the thread that runs on the block, with all host signals blocked. */
_Noreturn void cpu_exit(struct cpu *cpu, int status);

/* For clone: top of the C stack, and the thread pointer. */
void *cpu_stack_top(struct cpu *cpu);
void *cpu_tls(struct cpu *cpu);

/* fn for every thread's cpu, with the list locked. */
void cpu_each(void (*fn)(struct cpu *cpu, void *arg), void *arg);
/* Same when the threads are dead, and their locks nobody's. */
void cpu_each_dead(void (*fn)(struct cpu *cpu, void *arg), void *arg);

/* Around fork; in the child the blocks of all threads but cpu's are given back. */
void cpu_fork_prepare(void);
void cpu_fork_parent(void);
void cpu_fork_child(struct cpu *cpu);

#endif

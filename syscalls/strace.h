/* SPDX-License-Identifier: MIT */
/* -strace: the text of a system call, from its row. Also the lines strait itself says while a guest runs. */
#ifndef STRAIT_SYSCALLS_STRACE_H
#define STRAIT_SYSCALLS_STRACE_H

#include "syscalls/row.h"
#include "syscalls/text.h"

extern bool strace_on;
extern int strace_fd; /* where trace and reports go: stderr, or the file of -D */

void strace_enter(struct cpu *cpu, const struct syscall_row *row, uint32_t nr, const uint32_t a[6]);
void strace_exit(struct cpu *cpu, const struct syscall_row *row, uint32_t nr, gret r);

/* Guest open flags to the host's and back: they differ on ARM. */
int oflags_in(struct cpu *cpu, uint32_t guest);
uint32_t oflags_out(struct cpu *cpu, int host);

#endif

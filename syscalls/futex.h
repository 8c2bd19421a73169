/* SPDX-License-Identifier: MIT */
/* Futexes: the handlers of futex.c. */
#ifndef STRAIT_SYSCALLS_FUTEX_H
#define STRAIT_SYSCALLS_FUTEX_H

#include "emu/cpu.h"

gret sys_futex(struct cpu *cpu, const uint32_t a[6]);
gret sys_futex_time64(struct cpu *cpu, const uint32_t a[6]);
gret sys_futex_waitv(struct cpu *cpu, const uint32_t a[6]);
gret sys_futex_wake(struct cpu *cpu, const uint32_t a[6]);
gret sys_futex_wait(struct cpu *cpu, const uint32_t a[6]);
gret sys_futex_requeue(struct cpu *cpu, const uint32_t a[6]);

#endif

/* SPDX-License-Identifier: MIT */
/* Signal contexts of this host: see struct backend. */
#ifndef STRAIT_X86_64_CONTEXT_H
#define STRAIT_X86_64_CONTEXT_H

#include "emu/backend.h"

enum place x86_place(uintptr_t pc);
uintptr_t x86_get_pc(const void *uc);
void x86_set_pc(void *uc, uintptr_t pc);
bool x86_is_boundary(const void *uc);
void x86_abandon_enter(void *uc);
void x86_leave(struct cpu *cpu, void *uc, uint32_t guest_pc);
void x86_step(void *uc, bool on);
void x86_fault_info(struct cpu *cpu, const siginfo_t *info, const void *uc, uint32_t guest_pc);
uint32_t x86_landing_pc(void *uc);
bool x86_ret_stack_overflow(struct cpu *cpu, void *uc, uintptr_t addr);
void x86_push_return(struct cpu *cpu);
void x86_pop_return(struct cpu *cpu, uint32_t pc);
void x86_reset_ret_stack(struct cpu *cpu, void *top);

#endif

/* SPDX-License-Identifier: MIT */
/* Signal frames of ARM guests: functions for struct guest. */
#ifndef STRAIT_ARM_FRAME_H
#define STRAIT_ARM_FRAME_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu.h"

struct ksigaction;

int arm_push_frame(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask);
int arm_frame_mask(struct cpu *cpu, bool rt, uint64_t *ret_mask);
int arm_pop_frame(struct cpu *cpu, bool rt);
unsigned arm_core_regs(const struct cpu *cpu, uint32_t out[20]);
unsigned arm_core_note(const struct cpu *cpu, unsigned k, uint8_t out[1024], uint32_t *ret_type);

/* kuser.c: the kernel's own pages in every program: helpers at 0xffff0000, signal trampolines. 0 or -errno. */
int arm_map_pages(void);
/* Address of the trampoline for sigreturn or rt_sigreturn, with its Thumb bit; its two words. */
uint32_t arm_trampoline(bool rt, bool thumb, uint32_t words[2]);

#endif

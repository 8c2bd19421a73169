/* SPDX-License-Identifier: MIT */
/* Signal frames of i386 guests: functions for struct guest. */
#ifndef STRAIT_I386_FRAME_H
#define STRAIT_I386_FRAME_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu.h"

struct ksigaction;

int i386_push_frame(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask);
int i386_frame_mask(struct cpu *cpu, bool rt, uint64_t *ret_mask);
int i386_pop_frame(struct cpu *cpu, bool rt);
unsigned i386_core_regs(const struct cpu *cpu, uint32_t out[20]);
unsigned i386_core_note(const struct cpu *cpu, unsigned k, uint8_t out[1024], uint32_t *ret_type);
/* Bytes of stack the largest frame takes, alignment included: AT_MINSIGSTKSZ. */
uint32_t i386_frame_size_max(void);

#endif

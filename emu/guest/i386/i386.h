/* SPDX-License-Identifier: MIT */
/* What the i386 guest's files know of each other. */
#ifndef STRAIT_I386_H
#define STRAIT_I386_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu.h"
#include "emu/guest/i386/decode.h"

struct unit;

/* A program loaded DS, ES, SS or CS with a base that is not 0: from then on operands add segment bases. */
extern bool i386_segments_used;

/* Guest bytes -> uops (front.c). */
void i386_decode_unit(struct unit *u, struct cpu *cpu, uint32_t pc);

/* Helpers (UOP_HELPER): all state is in cpu, eip is the instruction's; they set eip, or cpu->fault and return false. */
typedef bool i386_helper(struct cpu *cpu, uint32_t arg);

i386_helper i386_raise;    /* arg: enum i386_trap */
i386_helper i386_execute;  /* the instruction at eip, whatever it is: helpers.c has a table by kind */

/* CPU exceptions an instruction can raise by itself. Low byte: vector; above: error code. */
enum i386_trap {
	TRAP_UD = 6,
	TRAP_GP = 13,
	TRAP_DB = 1,
	TRAP_BP = 3,
	TRAP_OF = 4,
	TRAP_BR = 5,
	TRAP_DE = 0,
	TRAP_PF = 14,
	TRAP_AC = 17,
};
/* In a page fault's error code. */
#define PF_WRITE 2u
#define PF_FETCH 16u
#define TRAP(vector, error) ((vector) | (uint32_t)(error) << 8)

/* x87 and SIMD state images, written and read through the host's unit (host back-end). All fault like the instruction. */
bool i386_fp_image(struct cpu *cpu, const struct i386_insn *i, uint32_t addr);
/* MASKMOVQ and (V)MASKMOVDQU to an address that the host's own cannot form. */
bool i386_maskmov(struct cpu *cpu, const struct i386_insn *i, uint32_t addr);

/* Guest address of a memory operand with its segment base. */
uint32_t i386_address(const struct cpu *cpu, const struct i386_insn *i);
/* cpu->fault for an access of n bytes that failed; returns false. */
bool i386_access_fault(struct cpu *cpu, uint32_t addr, unsigned n, bool write);
bool i386_trap(struct cpu *cpu, uint32_t trap);
/* A fault of an access through FS or GS is #GP when that holds no segment, or one that may not be written. (An access that
 * meets memory goes through.) */
void i386_refine_fault(struct cpu *cpu);

/* CPUID as the guest sees it. */
void i386_cpuid_init(void);
void i386_cpuid(uint32_t leaf, uint32_t sub, uint32_t out[4]);
uint64_t i386_xcr0(void);
/* Does a fault in the middle of REP CMPS or SCAS show the flags of the last comparison? SDM 2, REP: those from before the instruction;
 * AMD's manual says nothing, and its processors (Zen 4) leave the last comparison's. */
bool i386_faults_keep_flags(void);

#endif

/* SPDX-License-Identifier: MIT */
/* What the ARM guest's files, and back-ends that emit for it, know of each other. */
#ifndef STRAIT_ARM_H
#define STRAIT_ARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu.h"
#include "emu/guest/arm/uop.h"

struct unit;

/*
 * A division step by step: CMP n, d LSL k; ADC q, q, q; SUBCS n, n, d LSL k, for k = first .. 0, each of `step` bytes (0: none is
 * known), from key pc to key end. Three different registers.
 */
struct arm_division {
	uint8_t n, d, q, first, step;
	uint8_t uop; /* of the unit: the first CMP, or a jump into it from just before it */
	uint32_t pc, end;
};

#define ARM_UNIT_INSNS 64

/* unit->decoded */
struct arm_decoded {
	struct arm_uop uop[ARM_UNIT_INSNS];
	struct arm_division division;
};

/* Guest bytes -> uops (front.c); pc is a key. The unit's end is behind all code that was looked at: a division may be longer. */
void arm_decode_unit(struct unit *u, struct cpu *cpu, uint32_t pc);

/* Is there one at key pc? Behind pc and nothing else, where the bytes are p? May u, a decoded instruction, be its first? */
bool arm_division_at(struct arm_division *v, uint32_t pc);
bool arm_division_behind(struct arm_division *v, const uint8_t *p, unsigned avail, uint32_t pc);

static inline bool arm_may_divide(const struct arm_uop *u)
{
	return u->op == ARM_CMP && u->form == ARM_LSL && !(u->attr & UA_IT);
}

/*
 * One instruction, given in its 32 bits (T32: first halfword high; 16-bit instructions in the low half with len 2).
 * pc is its key, it the IT state (ITSTATE, 0 outside). Never fails: what is undefined becomes ARM_UDF.
 */
void arm_decode(struct arm_uop *u, uint32_t insn, unsigned len, uint32_t pc, uint8_t it, uint8_t *ret_fl_in, uint8_t *ret_fl_out);

/* Flags that u reads and writes, added to what is there already. */
void arm_flags_of(const struct arm_uop *u, uint8_t *in, uint8_t *out);

static inline bool arm_is_data_processing(const struct arm_uop *u)
{
	return u->op <= ARM_ORN;
}

/* At most `most` bytes (less than a page) of guest code from addr, as far as it is executable: how many. */
unsigned arm_fetch(uint8_t *buf, uint32_t addr, unsigned most);
#define ARM_UNIT_BYTES (4 * (ARM_UNIT_INSNS + 4)) /* and what is looked at behind a unit */
/* Length of the instruction at p and its bits, as arm_decode() wants them; 0: more than avail bytes are needed. */
unsigned arm_fetch_insn(const uint8_t *p, unsigned avail, bool thumb, uint32_t *ret_insn);
/* IT itself: cond and mask. */
bool arm_is_it(uint32_t insn, unsigned len);
/* ITSTATE behind one instruction; to and from its place in CPSR. */
uint8_t arm_it_next(uint8_t it);
uint32_t arm_it_to_cpsr(uint8_t it);
uint8_t arm_it_from_cpsr(uint32_t cpsr);

/* CPSR's IT bits for the instruction at key pc in a unit that begins at key start. */
uint32_t arm_it_at(uint32_t start, uint32_t pc);

/* For struct guest: live_at, fault_inside. */
unsigned arm_live_at(const struct unit *u, uint32_t pc);
void arm_fault_inside(struct cpu *cpu, uint32_t start);

/* The instruction at r[15], whatever it is, with all state in cpu (a UOP_HELPER, arg unused). False: cpu->fault is set. */
bool arm_execute(struct cpu *cpu, uint32_t arg);
/* Do one uop that is not a jump; its condition holds. As above. For back-ends: what they do not emit themselves. */
bool arm_execute_uop(struct cpu *cpu, const struct arm_uop *u);

/* For struct guest: run in the interpreter until a reason for the caller; bring a cpu that is inside an IT block to its end. */
enum stop arm_interpret(struct cpu *cpu);
enum stop arm_interpret_cold(struct cpu *cpu);
enum stop arm_settle(struct cpu *cpu);
/* Code in [start, end) changed. */
void arm_forget(uint32_t start, uint64_t end);

/* cpu->fault as the kernel's: UDF, BKPT (UOP_HELPER, arg is enum arm_op); a bad access. They return false. */
bool arm_raise(struct cpu *cpu, uint32_t op);
bool arm_access_fault(struct cpu *cpu, uint32_t addr, bool write);

/* Which instructions there are: --cpu. Bits of arm_features. */
enum {
	ARM_HAS_V6 = 1,
	ARM_HAS_V7 = 2,
	ARM_HAS_DIV = 4,
	ARM_HAS_V8 = 8,
	ARM_HAS_VFP = 16,
	ARM_HAS_NEON = 32,
};
extern unsigned arm_features;

#endif

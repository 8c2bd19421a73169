/* SPDX-License-Identifier: MIT */
/* Executing uops in C. */
#ifndef STRAIT_ARM_INTERP_H
#define STRAIT_ARM_INTERP_H

#include "emu/cpu.h"
#include "emu/guest/arm/uop.h"

/* Does cond hold for the flags in cpsr? */
static inline bool arm_holds(unsigned cond, uint32_t cpsr)
{
	/* bit NZCV of table[cond] */
	static const uint16_t table[15] = {
		0xf0f0, 0x0f0f, 0xcccc, 0x3333, 0xff00, 0x00ff, 0xaaaa, 0x5555,
		0x0c0c, 0xf3f3, 0xaa55, 0x55aa, 0x0a05, 0xf5fa, 0xffff,
	};

	return table[cond] >> (cpsr >> 28) & 1;
}

/* op2 where its carry-out does not matter. */
uint32_t arm_operand(const uint32_t *r, const struct arm_uop *u);

/* Multiplies, saturating and parallel arithmetic, bit fields, CRC: everything in registers alone that is not data processing. */
void arm_exec_media(struct cpu *cpu, const struct arm_uop *u);
/* Exclusives, swaps, acquire and release. */
void arm_exec_sync(struct cpu *cpu, const struct arm_uop *u);

/* GET_CNT: nanoseconds since an arbitrary point, 1 GHz as CNTFRQ says. */
uint64_t arm_counter(void);

#endif

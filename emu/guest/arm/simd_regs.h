/* SPDX-License-Identifier: MIT */
/* The extension registers as elements, for the files that execute on them. Hosts are little-endian. */
#ifndef STRAIT_ARM_SIMD_REGS_H
#define STRAIT_ARM_SIMD_REGS_H

#include <string.h>

#include "emu/cpu.h"
#include "emu/guest/arm/simd.h"

/* A D or Q register. */
union vec {
	uint64_t d[2];
	uint8_t u8[16];
	int8_t s8[16];
	uint16_t u16[8];
	int16_t s16[8];
	uint32_t u32[4];
	int32_t s32[4];
	uint64_t u64[2];
	int64_t s64[2];
};

static inline uint32_t *simd_s(struct cpu *cpu, unsigned reg)
{
	return (uint32_t *)cpu->arm.d + reg;
}

static inline const uint32_t *simd_s_const(const struct cpu *cpu, unsigned reg)
{
	return (const uint32_t *)cpu->arm.d + reg;
}

/* `regs` D registers from reg on. */
static inline union vec simd_get(const struct cpu *cpu, unsigned reg, unsigned regs)
{
	return (union vec){{cpu->arm.d[reg], regs > 1 ? cpu->arm.d[reg + 1] : 0}};
}

static inline void simd_put(struct cpu *cpu, unsigned reg, unsigned regs, union vec v)
{
	cpu->arm.d[reg] = v.d[0];
	if (regs > 1)
		cpu->arm.d[reg + 1] = v.d[1];
}

/* Element e of what begins at p: e may lie in the registers behind. */
static inline void simd_set(uint64_t *p, enum arm_lane lane, unsigned e, uint64_t v)
{
	memcpy((uint8_t *)p + (e << lane), &v, 1u << lane);
}

static inline uint64_t simd_element(const uint64_t *p, enum arm_lane lane, unsigned e)
{
	uint64_t v = 0;

	memcpy(&v, (const uint8_t *)p + (e << lane), 1u << lane);
	return v;
}

/* v in every element of a D register. */
static inline uint64_t simd_spread(enum arm_lane lane, uint64_t v)
{
	static const uint64_t ones[4] = {0x0101010101010101, 0x0001000100010001, 0x0000000100000001, 1};
	uint64_t mask = lane == LANE_64 ? ~0ull : (1ull << (8 << lane)) - 1;

	return (v & mask) * ones[lane];
}

/* The m operand, whole or one element of it for all. */
static inline union vec simd_get_m(const struct cpu *cpu, const struct arm_uop *u)
{
	uint64_t all;

	if (!(u->carry & V_SCALAR))
		return simd_get(cpu, u->m, u->size);
	all = simd_spread(u->form, simd_element(&cpu->arm.d[u->m], u->form, u->amount));
	return (union vec){{all, all}};
}

#endif

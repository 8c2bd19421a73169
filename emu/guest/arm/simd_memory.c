/* SPDX-License-Identifier: MIT */
/* Loads and stores of extension registers. An access may not come back (memory.h): registers change behind the last one. */
#include "emu/guest/arm/interp.h"
#include "emu/guest/arm/memory.h"
#include "emu/guest/arm/simd_regs.h"

static uint32_t base(const struct cpu *cpu, const struct arm_uop *u)
{
	if (u->n == ARM_NONE)
		return 0;
	return u->n == ARM_PC ? arm_r15(u) : cpu->arm.r[u->n];
}

/* ---- VLDR, VSTR, VLDM, VSTM ---- */

static uint32_t word_address(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t addr = base(cpu, u) + u->imm;

	if (addr & 3)
		arm_misaligned(cpu, addr);
	return addr;
}

static void load_words(struct cpu *cpu, const struct arm_uop *u, unsigned words)
{
	uint32_t v[64], addr = word_address(cpu, u);

	for (unsigned k = 0; k < words; k++)
		v[k] = arm_load32(addr + 4 * k);
	memcpy(u->form == LANE_64 ? (void *)&cpu->arm.d[u->d] : (void *)simd_s(cpu, u->d), v, 4 * words);
}

static void store_words(struct cpu *cpu, const struct arm_uop *u, unsigned words)
{
	const uint32_t *v = u->form == LANE_64 ? (const uint32_t *)&cpu->arm.d[u->d] : simd_s(cpu, u->d);
	uint32_t addr = word_address(cpu, u);

	for (unsigned k = 0; k < words; k++)
		arm_store32(addr + 4 * k, v[k]);
}

static unsigned words_each(const struct arm_uop *u)
{
	return u->form == LANE_64 ? 2 : 1;
}

static void write_back_words(struct cpu *cpu, const struct arm_uop *u)
{
	if (u->attr & UA_WB)
		cpu->arm.r[u->n] += u->imm2;
}

void arm_F_LDR(struct cpu *cpu, const struct arm_uop *u)
{
	load_words(cpu, u, words_each(u));
}

void arm_F_STR(struct cpu *cpu, const struct arm_uop *u)
{
	store_words(cpu, u, words_each(u));
}

void arm_F_LDM(struct cpu *cpu, const struct arm_uop *u)
{
	load_words(cpu, u, words_each(u) * u->size);
	write_back_words(cpu, u);
}

void arm_F_STM(struct cpu *cpu, const struct arm_uop *u)
{
	store_words(cpu, u, words_each(u) * u->size);
	write_back_words(cpu, u);
}

/* ---- elements and structures ---- */

static uint32_t structure_address(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t addr = cpu->arm.r[u->n];

	if (u->imm && addr & (u->imm - 1))
		arm_misaligned(cpu, addr);
	return addr;
}

static void write_back(struct cpu *cpu, const struct arm_uop *u)
{
	if (u->attr & UA_WB)
		cpu->arm.r[u->n] += u->m == ARM_NONE ? u->imm2 : cpu->arm.r[u->m];
}

static uint64_t load(uint32_t addr, unsigned lane)
{
	switch (lane) {
	case LANE_8:
		return arm_load8(addr);
	case LANE_16:
		return arm_load16(addr);
	case LANE_32:
		return arm_load32(addr);
	default:
		return arm_load64(addr);
	}
}

static void store(uint32_t addr, unsigned lane, uint64_t v)
{
	switch (lane) {
	case LANE_8:
		arm_store8(addr, v);
		break;
	case LANE_16:
		arm_store16(addr, v);
		break;
	case LANE_32:
		arm_store32(addr, v);
		break;
	default:
		arm_store64(addr, v);
		break;
	}
}

void arm_V_LD(struct cpu *cpu, const struct arm_uop *u)
{
	uint64_t d[32];
	uint32_t addr = structure_address(cpu, u);

	memcpy(d, cpu->arm.d, sizeof d);
	for (unsigned r = 0; r < u->size; r++)
		for (unsigned e = 0; e < 8u >> u->form; e++)
			for (unsigned k = 0; k < u->list; k++, addr += 1u << u->form)
				simd_set(&d[u->d + k * u->amount + r], u->form, e, load(addr, u->form));
	memcpy(cpu->arm.d, d, sizeof d);
	write_back(cpu, u);
}

void arm_V_ST(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t addr = structure_address(cpu, u);

	for (unsigned r = 0; r < u->size; r++)
		for (unsigned e = 0; e < 8u >> u->form; e++)
			for (unsigned k = 0; k < u->list; k++, addr += 1u << u->form)
				store(addr, u->form, simd_element(&cpu->arm.d[u->d + k * u->amount + r], u->form, e));
	write_back(cpu, u);
}

/* One element for each member, from consecutive addresses. */
static void load_members(struct cpu *cpu, const struct arm_uop *u, uint64_t v[4])
{
	uint32_t addr = structure_address(cpu, u);

	for (unsigned k = 0; k < u->list; k++)
		v[k] = load(addr + (k << u->form), u->form);
	write_back(cpu, u);
}

void arm_V_LDL(struct cpu *cpu, const struct arm_uop *u)
{
	uint64_t v[4];

	load_members(cpu, u, v);
	for (unsigned k = 0; k < u->list; k++)
		simd_set(&cpu->arm.d[u->d + k * u->size], u->form, u->amount, v[k]);
}

void arm_V_STL(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t addr = structure_address(cpu, u);

	for (unsigned k = 0; k < u->list; k++)
		store(addr + (k << u->form), u->form, simd_element(&cpu->arm.d[u->d + k * u->size], u->form, u->amount));
	write_back(cpu, u);
}

void arm_V_LDD(struct cpu *cpu, const struct arm_uop *u)
{
	uint64_t v[4];

	load_members(cpu, u, v);
	for (unsigned k = 0; k < u->list; k++)
		for (unsigned r = 0; r < u->size; r++)
			cpu->arm.d[u->d + k * u->amount + r] = simd_spread(u->form, v[k]);
}

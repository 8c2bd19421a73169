/* SPDX-License-Identifier: MIT */
/* Advanced SIMD that only moves or combines bits: logic, immediates, permutations, table look-up. */
#include "emu/guest/arm/simd_regs.h"

/* Every D register of d = result, of d, n, m. */
#define OP(name, result) \
	void arm_V_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		uint64_t imm = (uint64_t)u->imm2 << 32 | u->imm; \
\
		(void)imm; \
		for (unsigned k = 0; k < u->size; k++) { \
			uint64_t d = cpu->arm.d[u->d + k], n = cpu->arm.d[u->n + k], m = cpu->arm.d[u->m + k]; \
\
			(void)d, (void)n, (void)m; \
			cpu->arm.d[u->d + k] = result; \
		} \
	}

OP(AND, n & m)
OP(BIC, n & ~m)
OP(ORR, n | m)
OP(ORN, n | ~m)
OP(EOR, n ^ m)
OP(BSL, (n & d) | (m & ~d))
OP(BIT, (n & m) | (d & ~m))
OP(BIF, (d & m) | (n & ~m))
OP(MVN, ~m)
OP(MOVI, imm)
OP(ORRI, d | imm)
OP(BICI, d & ~imm)

void arm_V_DUP(struct cpu *cpu, const struct arm_uop *u)
{
	uint64_t all = simd_spread(u->form, simd_element(&cpu->arm.d[u->m], u->form, u->amount));

	simd_put(cpu, u->d, u->size, (union vec){{all, all}});
}

void arm_V_EXT(struct cpu *cpu, const struct arm_uop *u)
{
	uint8_t bytes[32];
	union vec d, n = simd_get(cpu, u->n, u->size), m = simd_get(cpu, u->m, u->size);

	memcpy(bytes, &n, 8 * u->size);
	memcpy(bytes + 8 * u->size, &m, 8 * u->size);
	memcpy(&d, bytes + u->amount, 8 * u->size);
	simd_put(cpu, u->d, u->size, d);
}

void arm_V_REV(struct cpu *cpu, const struct arm_uop *u)
{
	union vec d = {{0}}, m = simd_get(cpu, u->m, u->size);
	unsigned last = (1u << (u->amount - u->form)) - 1; /* of the elements in a group */

	for (unsigned e = 0; e < u->size * 8u >> u->form; e++)
		simd_set(d.d, u->form, e ^ last, simd_element(m.d, u->form, e));
	simd_put(cpu, u->d, u->size, d);
}

/* Both registers at once: element e of the result comes from element from(e) of d:m (m in the upper half). */
static void permute(struct cpu *cpu, const struct arm_uop *u, unsigned (*from)(unsigned e, unsigned half))
{
	uint64_t old[4] = {0}, new[4] = {0};
	unsigned half = u->size * 8 >> u->form, bytes = 8 * u->size;

	memcpy(old, &cpu->arm.d[u->d], bytes);
	memcpy((uint8_t *)old + bytes, &cpu->arm.d[u->m], bytes);
	for (unsigned e = 0; e < 2 * half; e++)
		simd_set(new, u->form, e, simd_element(old, u->form, from(e, half)));
	memcpy(&cpu->arm.d[u->d], new, bytes);
	memcpy(&cpu->arm.d[u->m], (uint8_t *)new + bytes, bytes);
}

static unsigned swapped(unsigned e, unsigned half)
{
	return e ^ half;
}

/* d's odd elements and m's even ones change places. */
static unsigned transposed(unsigned e, unsigned half)
{
	return (e & 1) != (e >= half) ? e ^ half ^ 1 : e;
}

static unsigned unzipped(unsigned e, unsigned half)
{
	return e < half ? 2 * e : 2 * (e - half) + 1;
}

static unsigned zipped(unsigned e, unsigned half)
{
	return e >> 1 | (e & 1 ? half : 0);
}

void arm_V_SWP(struct cpu *cpu, const struct arm_uop *u)
{
	permute(cpu, u, swapped);
}

void arm_V_TRN(struct cpu *cpu, const struct arm_uop *u)
{
	permute(cpu, u, transposed);
}

void arm_V_UZP(struct cpu *cpu, const struct arm_uop *u)
{
	permute(cpu, u, unzipped);
}

void arm_V_ZIP(struct cpu *cpu, const struct arm_uop *u)
{
	permute(cpu, u, zipped);
}

static void look_up(struct cpu *cpu, const struct arm_uop *u, union vec d)
{
	union vec m = simd_get(cpu, u->m, 1);
	const uint8_t *table = (const uint8_t *)&cpu->arm.d[u->n];

	for (unsigned e = 0; e < 8; e++)
		if (m.u8[e] < 8 * u->size)
			d.u8[e] = table[m.u8[e]];
	simd_put(cpu, u->d, 1, d);
}

void arm_V_TBL(struct cpu *cpu, const struct arm_uop *u)
{
	look_up(cpu, u, (union vec){{0}});
}

void arm_V_TBX(struct cpu *cpu, const struct arm_uop *u)
{
	look_up(cpu, u, simd_get(cpu, u->d, 1));
}

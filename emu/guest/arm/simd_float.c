/* SPDX-License-Identifier: MIT */
/* Advanced SIMD on single-precision lanes, under the standard FPSCR (A2.7.4): round to nearest, flush to zero, default NaN. */
#include "emu/guest/arm/fp.h"
#include "emu/guest/arm/simd_regs.h"

static const struct fp standard = {.control = FPSCR_DN | FPSCR_FZ, .rounding = ARM_RN, .format = FP_SINGLE};

/* Every lane of d = result, of d, n, m under f. */
#define OP(name, result) \
	void arm_V_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		union vec D = simd_get(cpu, u->d, u->size), N = simd_get(cpu, u->n, u->size), M = simd_get_m(cpu, u); \
		struct fp fp = standard, *f = &fp; \
\
		for (unsigned e = 0; e < 2u * u->size; e++) { \
			uint32_t d = D.u32[e], n = N.u32[e], m = M.u32[e]; \
\
			(void)d, (void)n, (void)m; \
			D.u32[e] = result; \
		} \
		simd_put(cpu, u->d, u->size, D); \
		cpu->arm.fpscr |= fp.raised; \
	}

/* Elements of n:m by twos, to one D register. */
#define PAIRS(name, result) \
	void arm_V_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		union vec D = {{0}}, P = {{cpu->arm.d[u->n], cpu->arm.d[u->m]}}; \
		struct fp fp = standard, *f = &fp; \
\
		for (unsigned e = 0; e < 2; e++) { \
			uint32_t n = P.u32[2 * e], m = P.u32[2 * e + 1]; \
\
			D.u32[e] = result; \
		} \
		simd_put(cpu, u->d, 1, D); \
		cpu->arm.fpscr |= fp.raised; \
	}

static uint32_t equal(struct fp *f, uint32_t a, uint32_t b)
{
	return -(uint32_t)(fp_compare(f, a, b, true) == 6);
}

static uint32_t greater_equal(struct fp *f, uint32_t a, uint32_t b)
{
	unsigned nzcv = fp_compare(f, a, b, false);

	return -(uint32_t)(nzcv == 6 || nzcv == 2);
}

static uint32_t greater(struct fp *f, uint32_t a, uint32_t b)
{
	return -(uint32_t)(fp_compare(f, a, b, false) == 2);
}

static struct fp *rounding(struct fp *f, const struct arm_uop *u)
{
	f->rounding = u->imm;
	return f;
}

OP(FADD, fp_add(f, n, m))
OP(FSUB, fp_sub(f, n, m))
OP(FMUL, fp_mul(f, n, m))
OP(FMLA, fp_add(f, d, fp_mul(f, n, m)))
OP(FMLS, fp_add(f, d, fp_neg(f, fp_mul(f, n, m))))
OP(FFMA, fp_mul_add(f, d, n, m))
OP(FFMS, fp_mul_add(f, d, fp_neg(f, n), m))
OP(FABD, fp_abs(f, fp_sub(f, n, m)))
OP(FCEQ, equal(f, n, m))
OP(FCGE, greater_equal(f, n, m))
OP(FCGT, greater(f, n, m))
OP(FACGE, greater_equal(f, fp_abs(f, n), fp_abs(f, m)))
OP(FACGT, greater(f, fp_abs(f, n), fp_abs(f, m)))
OP(FMAX, fp_max(f, n, m))
OP(FMIN, fp_min(f, n, m))
OP(FMAXNM, fp_max_num(f, n, m))
OP(FMINNM, fp_min_num(f, n, m))
OP(FRECPS, fp_recip_step(f, n, m))
OP(FRSQRTS, fp_rsqrt_step(f, n, m))
PAIRS(FPADD, fp_add(f, n, m))
PAIRS(FPMAX, fp_max(f, n, m))
PAIRS(FPMIN, fp_min(f, n, m))
OP(FABS, fp_abs(f, m))
OP(FNEG, fp_neg(f, m))
OP(FCGTZ, greater(f, m, 0))
OP(FCGEZ, greater_equal(f, m, 0))
OP(FCEQZ, equal(f, m, 0))
OP(FCLEZ, greater_equal(f, 0, m))
OP(FCLTZ, greater(f, 0, m))
OP(FRECPE, fp_recip_estimate(f, m))
OP(FRSQRTE, fp_rsqrt_estimate(f, m))
OP(FRINT, fp_round_int(rounding(f, u), m, u->amount))
OP(FTO_INT, fp_to_fixed(rounding(f, u), m, 32, u->amount, u->carry & V_U))
OP(FFROM_INT, fp_from_fixed(f, u->carry & V_U ? (int64_t)m : (int32_t)m, u->amount))

static enum fp_format half_of(const struct cpu *cpu)
{
	return cpu->arm.fpscr & FPSCR_AHP ? FP_HALF_ALT : FP_HALF;
}

void arm_V_FFROM_HALF(struct cpu *cpu, const struct arm_uop *u)
{
	union vec D, M = simd_get(cpu, u->m, 1);
	struct fp f = standard;

	f.format = half_of(cpu);
	for (unsigned e = 0; e < 4; e++)
		D.u32[e] = fp_convert(&f, M.u16[e], FP_SINGLE);
	simd_put(cpu, u->d, 2, D);
	cpu->arm.fpscr |= f.raised;
}

void arm_V_FTO_HALF(struct cpu *cpu, const struct arm_uop *u)
{
	union vec D = {{0}}, M = simd_get(cpu, u->m, 2);
	struct fp f = standard;

	for (unsigned e = 0; e < 4; e++)
		D.u16[e] = fp_convert(&f, M.u32[e], half_of(cpu));
	simd_put(cpu, u->d, 1, D);
	cpu->arm.fpscr |= f.raised;
}

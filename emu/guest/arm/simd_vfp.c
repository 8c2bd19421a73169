/* SPDX-License-Identifier: MIT */
/* VFP: arithmetic on one element, conversions, and moves between core and extension registers. */
#include "emu/guest/arm/fp.h"
#include "emu/guest/arm/interp.h"
#include "emu/guest/arm/simd_regs.h"

static enum fp_format format_of(const struct arm_uop *u)
{
	return u->form == LANE_64 ? FP_DOUBLE : FP_SINGLE;
}

static enum fp_format half_of(const struct cpu *cpu)
{
	return cpu->arm.fpscr & FPSCR_AHP ? FP_HALF_ALT : FP_HALF;
}

/* By FPSCR; or with rounding as the uop says. */
static struct fp by_fpscr(const struct cpu *cpu, enum fp_format format)
{
	return (struct fp){.control = cpu->arm.fpscr & (FPSCR_DN | FPSCR_FZ), .rounding = cpu->arm.fpscr >> FPSCR_RMODE_SHIFT & 3,
			   .format = format};
}

static struct fp by_uop(const struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, format_of(u));

	if (u->imm != ARM_RMODE)
		f.rounding = u->imm;
	return f;
}

static void settle(struct cpu *cpu, const struct fp *f)
{
	cpu->arm.fpscr |= f->raised;
}

static uint64_t get(const struct cpu *cpu, const struct arm_uop *u, unsigned reg)
{
	return u->form == LANE_64 ? cpu->arm.d[reg] : *simd_s_const(cpu, reg);
}

static void put(struct cpu *cpu, const struct arm_uop *u, unsigned reg, uint64_t v)
{
	if (u->form == LANE_64)
		cpu->arm.d[reg] = v;
	else
		*simd_s(cpu, reg) = (uint32_t)v;
}

/* ---- arithmetic ---- */

/* d = result, of d, n, m under f. */
#define OP(name, result) \
	void arm_F_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		struct fp fp = by_fpscr(cpu, format_of(u)), *f = &fp; \
		uint64_t d = get(cpu, u, u->d), n = get(cpu, u, u->n), m = get(cpu, u, u->m); \
\
		(void)d, (void)n, (void)m; \
		put(cpu, u, u->d, result); \
		settle(cpu, f); \
	}

OP(ADD, fp_add(f, n, m))
OP(SUB, fp_sub(f, n, m))
OP(MUL, fp_mul(f, n, m))
OP(NMUL, fp_neg(f, fp_mul(f, n, m)))
OP(DIV, fp_div(f, n, m))
OP(MLA, fp_add(f, d, fp_mul(f, n, m)))
OP(MLS, fp_add(f, d, fp_neg(f, fp_mul(f, n, m))))
OP(NMLA, fp_add(f, fp_neg(f, d), fp_neg(f, fp_mul(f, n, m))))
OP(NMLS, fp_add(f, fp_neg(f, d), fp_mul(f, n, m)))
OP(FMA, fp_mul_add(f, d, n, m))
OP(FMS, fp_mul_add(f, d, fp_neg(f, n), m))
OP(FNMA, fp_mul_add(f, fp_neg(f, d), fp_neg(f, n), m))
OP(FNMS, fp_mul_add(f, fp_neg(f, d), n, m))
OP(MAXNM, fp_max_num(f, n, m))
OP(MINNM, fp_min_num(f, n, m))
OP(ABS, fp_abs(f, m))
OP(NEG, fp_neg(f, m))
OP(SQRT, fp_sqrt(f, m))
OP(MOV, m)
OP(MOVI, (uint64_t)u->imm2 << 32 | u->imm)
OP(SEL, arm_holds(u->imm, cpu->arm.cpsr) ? n : m)

static void compare(struct cpu *cpu, const struct arm_uop *u, uint64_t with, bool quiet)
{
	struct fp f = by_fpscr(cpu, format_of(u));
	uint32_t nzcv = fp_compare(&f, get(cpu, u, u->d), with, quiet);

	cpu->arm.fpscr = (cpu->arm.fpscr & ~CPSR_NZCV) | nzcv << 28;
	settle(cpu, &f);
}

void arm_F_CMP(struct cpu *cpu, const struct arm_uop *u)
{
	compare(cpu, u, get(cpu, u, u->m), true);
}

void arm_F_CMPE(struct cpu *cpu, const struct arm_uop *u)
{
	compare(cpu, u, get(cpu, u, u->m), false);
}

void arm_F_CMPZ(struct cpu *cpu, const struct arm_uop *u)
{
	compare(cpu, u, 0, true);
}

void arm_F_CMPEZ(struct cpu *cpu, const struct arm_uop *u)
{
	compare(cpu, u, 0, false);
}

/* ---- conversions ---- */

void arm_F_WIDEN(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, FP_SINGLE);

	cpu->arm.d[u->d] = fp_convert(&f, *simd_s(cpu, u->m), FP_DOUBLE);
	settle(cpu, &f);
}

void arm_F_NARROW(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, FP_DOUBLE);

	*simd_s(cpu, u->d) = fp_convert(&f, cpu->arm.d[u->m], FP_SINGLE);
	settle(cpu, &f);
}

void arm_F_FROM_HALF(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, half_of(cpu));

	put(cpu, u, u->d, fp_convert(&f, *simd_s(cpu, u->m) >> 16 * u->amount & 0xffff, format_of(u)));
	settle(cpu, &f);
}

void arm_F_TO_HALF(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, format_of(u));
	uint32_t *d = simd_s(cpu, u->d), half = fp_convert(&f, get(cpu, u, u->m), half_of(cpu));
	unsigned at = 16 * u->amount;

	*d = (*d & ~(0xffffu << at)) | half << at;
	settle(cpu, &f);
}

void arm_F_TO_INT(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_uop(cpu, u);

	*simd_s(cpu, u->d) = fp_to_fixed(&f, get(cpu, u, u->m), 32, 0, u->carry & V_U);
	settle(cpu, &f);
}

static int64_t extend(uint64_t v, unsigned bits, bool is_unsigned)
{
	return is_unsigned ? (int64_t)(v << (64 - bits) >> (64 - bits)) : (int64_t)(v << (64 - bits)) >> (64 - bits);
}

void arm_F_FROM_INT(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, format_of(u));

	put(cpu, u, u->d, fp_from_fixed(&f, extend(*simd_s(cpu, u->m), 32, u->carry & V_U), 0));
	settle(cpu, &f);
}

void arm_F_TO_FIXED(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, format_of(u));
	uint64_t v;

	f.rounding = ARM_RZ;
	v = fp_to_fixed(&f, get(cpu, u, u->d), u->imm, u->amount, u->carry & V_U);
	put(cpu, u, u->d, extend(v, u->imm, u->carry & V_U));
	settle(cpu, &f);
}

void arm_F_FROM_FIXED(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_fpscr(cpu, format_of(u));

	f.rounding = ARM_RN;
	put(cpu, u, u->d, fp_from_fixed(&f, extend(get(cpu, u, u->d), u->imm, u->carry & V_U), u->amount));
	settle(cpu, &f);
}

void arm_F_RINT(struct cpu *cpu, const struct arm_uop *u)
{
	struct fp f = by_uop(cpu, u);

	put(cpu, u, u->d, fp_round_int(&f, get(cpu, u, u->m), u->amount));
	settle(cpu, &f);
}

/* ---- moves ---- */

void arm_MOV_RS(struct cpu *cpu, const struct arm_uop *u)
{
	cpu->arm.r[u->d] = *simd_s(cpu, u->m);
}

void arm_MOV_SR(struct cpu *cpu, const struct arm_uop *u)
{
	*simd_s(cpu, u->d) = cpu->arm.r[u->m];
}

void arm_MOV_RRD(struct cpu *cpu, const struct arm_uop *u)
{
	cpu->arm.r[u->d] = (uint32_t)cpu->arm.d[u->m];
	cpu->arm.r[u->a] = cpu->arm.d[u->m] >> 32;
}

void arm_MOV_DRR(struct cpu *cpu, const struct arm_uop *u)
{
	cpu->arm.d[u->d] = (uint64_t)cpu->arm.r[u->a] << 32 | cpu->arm.r[u->m];
}

void arm_MOV_RRSS(struct cpu *cpu, const struct arm_uop *u)
{
	cpu->arm.r[u->d] = *simd_s(cpu, u->m);
	cpu->arm.r[u->a] = *simd_s(cpu, u->m + 1);
}

void arm_MOV_SSRR(struct cpu *cpu, const struct arm_uop *u)
{
	*simd_s(cpu, u->d) = cpu->arm.r[u->m];
	*simd_s(cpu, u->d + 1) = cpu->arm.r[u->a];
}

void arm_V_GET(struct cpu *cpu, const struct arm_uop *u)
{
	unsigned bits = 8 << u->form;

	cpu->arm.r[u->d] = (uint32_t)extend(cpu->arm.d[u->m] >> bits * u->amount, bits, u->carry & V_U);
}

void arm_V_PUT(struct cpu *cpu, const struct arm_uop *u)
{
	simd_set(&cpu->arm.d[u->d], u->form, u->amount, cpu->arm.r[u->m]);
}

void arm_V_DUPR(struct cpu *cpu, const struct arm_uop *u)
{
	for (unsigned k = 0; k < u->size; k++)
		cpu->arm.d[u->d + k] = simd_spread(u->form, cpu->arm.r[u->m]);
}

void arm_VMRS(struct cpu *cpu, const struct arm_uop *u)
{
	if (u->d == ARM_PC)
		cpu->arm.cpsr = (cpu->arm.cpsr & ~CPSR_NZCV) | (cpu->arm.fpscr & CPSR_NZCV);
	else
		cpu->arm.r[u->d] = cpu->arm.fpscr;
}

void arm_VMSR(struct cpu *cpu, const struct arm_uop *u)
{
	cpu->arm.fpscr = cpu->arm.r[u->m] & ARM_FPSCR_MASK;
}

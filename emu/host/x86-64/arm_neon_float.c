/* SPDX-License-Identifier: MIT */
/* Advanced SIMD on four single-precision lanes, under the standard FPSCR. What gives a NaN is done again in C. */
#include "emu/host/x86-64/arm_simd.h"

#define CC_NE 5

enum { CMP_EQ = 0, CMP_LE_SIGNALS = 2, CMP_LT_SIGNALS = 1, CMP_UNORDERED = 3 };

static const _Alignas(16) uint32_t sign[4] = {1u << 31, 1u << 31, 1u << 31, 1u << 31};
static const _Alignas(16) uint32_t rest[4] = {~0u >> 1, ~0u >> 1, ~0u >> 1, ~0u >> 1};
static const _Alignas(16) uint32_t lowest[4] = {1u << 31, 1u << 31, 1u << 31, 1u << 31};

static const struct {
	uint32_t rest[4], smallest[4];
} limits = {{~0u >> 1, ~0u >> 1, ~0u >> 1, ~0u >> 1}, {1u << 23, 1u << 23, 1u << 23, 1u << 23}};

static struct op ps(uint8_t code)
{
	return VEX(1, 0, code);
}

static void begin(struct emit *e)
{
	flags_clobber(e, 0);
	fp_mode(e, FP_MODE_STANDARD);
}

static void load_n(struct emit *e, const struct arm_uop *u)
{
	load_clean(e, 0, u->n, u->size);
}

/* Lanes beyond a D register are 0: anything else, 0 times infinity say, would raise flags. */
static void load_m(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	if (!(u->carry & V_SCALAR)) {
		load_clean(e, x, u->m, u->size);
		return;
	}
	asm_rm(&e->c, VEX(2, 0x66, 0x18), x, mem_base(R_CPU, CPU_D + 8 * u->m + 4 * u->amount)); /* vbroadcastss */
	if (u->size == 1)
		asm_rr(&e->c, VEX(1, 0xf3, 0x7e), x, x); /* vmovq */
}

static void compare(struct emit *e, uint8_t to, uint8_t a, uint8_t b, unsigned how)
{
	v_rr(e, ps(0xc2), to, a, b);
	e1(&e->c, how);
}

/* Any bit of x: to C. */
static void redo_if_any(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	asm_rr(&e->c, VEX(2, 0x66, 0x17), x, x); /* vptest */
	redo_in_c(e, CC_NE, u);
}

/* Of a product: to C if a lane is the smallest normal number, to which a tiny result may have been rounded up, or sum is NaN. Uses 3, 4. */
static void check_product(struct emit *e, const struct arm_uop *u, uint8_t x, uint8_t sum)
{
	v_rm(e, ps(0x54), 3, x, constant(limits.rest));
	v_rm(e, VEX(1, 0x66, 0x76), 3, 3, constant(limits.smallest)); /* vpcmpeqd */
	compare(e, 4, sum, sum, CMP_UNORDERED);
	v_rr(e, ps(0x56), 3, 3, 4);
	redo_if_any(e, u, 3);
}

static bool store_d(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	store_vec(e, u->d, u->size, x);
	redo_ends(e);
	return true;
}

static bool finish(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	compare(e, 1, x, x, CMP_UNORDERED);
	redo_if_any(e, u, 1);
	return store_d(e, u, x);
}

/* A Q register where it is held, else all of it or a D register in x. */
static uint8_t clean_in(struct emit *e, uint8_t x, unsigned reg, unsigned size)
{
	if (size == 2)
		return vec_in(e, x, reg, size);
	load_clean(e, x, reg, size);
	return x;
}

static uint8_t clean_m(struct emit *e, const struct arm_uop *u)
{
	if (!(u->carry & V_SCALAR))
		return clean_in(e, 1, u->m, u->size);
	load_m(e, u, 1);
	return 1;
}

static bool emit_arithmetic(struct emit *e, const struct arm_uop *u)
{
	uint8_t n, m, to;

	begin(e);
	n = clean_in(e, 0, u->n, u->size);
	m = clean_m(e, u);
	to = vec_place(e, u->d, u->size);
	v_rr(e, ps(u->op == ARM_V_FADD ? 0x58 : u->op == ARM_V_FMUL ? 0x59 : 0x5c), to, n, m);
	if (u->op == ARM_V_FMUL) {
		check_product(e, u, to, to);
		return store_d(e, u, to);
	}
	if (u->op == ARM_V_FABD) {
		compare(e, 1, to, to, CMP_UNORDERED);
		redo_if_any(e, u, 1);
		v_rm(e, ps(0x54), to, to, constant(rest));
		return store_d(e, u, to);
	}
	return finish(e, u, to);
}

static bool emit_mla(struct emit *e, const struct arm_uop *u)
{
	uint8_t n, m, d, to;

	begin(e);
	n = clean_in(e, 0, u->n, u->size);
	m = clean_m(e, u);
	v_rr(e, ps(0x59), 1, n, m);
	d = clean_in(e, 2, u->d, u->size);
	to = vec_place(e, u->d, u->size);
	v_rr(e, ps(u->op == ARM_V_FMLA ? 0x58 : 0x5c), to, d, 1);
	check_product(e, u, 1, to);
	return store_d(e, u, to);
}

static bool emit_fma(struct emit *e, const struct arm_uop *u)
{
	uint8_t n, m;

	begin(e);
	n = clean_in(e, 0, u->n, u->size);
	m = clean_m(e, u);
	load_clean(e, 2, u->d, u->size);
	v_rr(e, VEX(2, 0x66, u->op == ARM_V_FFMA ? 0xb8 : 0xbc), 2, n, m);
	check_product(e, u, 2, 2);
	return store_d(e, u, 2);
}

/* Host's order of operands: n >= m is m <= n. A NaN hides that the other operand is denormal. */
static bool emit_compare(struct emit *e, const struct arm_uop *u)
{
	bool absolute = u->op == ARM_V_FACGE || u->op == ARM_V_FACGT;

	begin(e);
	load_n(e, u);
	load_m(e, u, 1);
	if (absolute) {
		asm_rm(&e->c, ps(0x10), 2, constant(rest));
		v_rr(e, ps(0x54), 0, 0, 2);
		v_rr(e, ps(0x54), 1, 1, 2);
	}
	compare(e, 2, 0, 1, CMP_UNORDERED);
	redo_if_any(e, u, 2);
	if (u->op == ARM_V_FCEQ)
		compare(e, 0, 0, 1, CMP_EQ);
	else
		compare(e, 0, 1, 0, u->op == ARM_V_FCGE || u->op == ARM_V_FACGE ? CMP_LE_SIGNALS : CMP_LT_SIGNALS);
	store_vec(e, u->d, u->size, 0);
	redo_ends(e);
	return true;
}

static bool emit_compare_zero(struct emit *e, const struct arm_uop *u)
{
	bool swap = u->op == ARM_V_FCGTZ || u->op == ARM_V_FCGEZ;

	begin(e);
	load_m(e, u, 0);
	v_rr(e, ps(0x57), 1, 1, 1);
	if (u->op == ARM_V_FCEQZ)
		compare(e, 0, 0, 1, CMP_EQ);
	else
		compare(e, 0, swap ? 1 : 0, swap ? 0 : 1, u->op == ARM_V_FCGEZ || u->op == ARM_V_FCLEZ ? CMP_LE_SIGNALS : CMP_LT_SIGNALS);
	store_vec(e, u->d, u->size, 0);
	return true;
}

/* Of two equal operands the host takes the second: zeros of both signs are put together. */
static bool emit_extreme(struct emit *e, const struct arm_uop *u)
{
	uint8_t code = u->op == ARM_V_FMAX ? 0x5f : 0x5d;

	begin(e);
	load_n(e, u);
	load_m(e, u, 1);
	compare(e, 2, 0, 1, CMP_UNORDERED);
	redo_if_any(e, u, 2);
	v_rr(e, ps(code), 2, 0, 1);
	v_rr(e, ps(code), 3, 1, 0);
	v_rr(e, ps(u->op == ARM_V_FMAX ? 0x54 : 0x56), 0, 2, 3);
	store_vec(e, u->d, u->size, 0);
	redo_ends(e);
	return true;
}

static bool emit_sign(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	if (u->op == ARM_V_FABS)
		v_rm(e, ps(0x54), 0, 0, constant(rest));
	else
		v_rm(e, ps(0x57), 0, 0, constant(sign));
	store_vec(e, u->d, u->size, 0);
	return true;
}

/* vhaddps adds neighbours. */
static bool emit_pairs(struct emit *e, const struct arm_uop *u)
{
	begin(e);
	load_vec(e, 0, u->n, 1);
	v_rm(e, ps(0x16), 0, 0, home_d(u->m));
	v_rr(e, VEX(1, 0xf2, 0x7c), 0, 0, 0);
	return finish(e, u, 0);
}

static bool emit_from_int(struct emit *e, const struct arm_uop *u)
{
	if (u->carry & V_U || u->amount)
		return false;
	begin(e);
	load_m(e, u, 0);
	asm_rr(&e->c, ps(0x5b), 0, 0);
	store_vec(e, u->d, u->size, 0);
	return true;
}

/* What does not fit the host makes 80000000. The comparison traps on denormals, as the conversion does not. */
static bool emit_to_int(struct emit *e, const struct arm_uop *u)
{
	if (u->carry & V_U || u->amount || u->imm != ARM_RZ)
		return false;
	begin(e);
	load_m(e, u, 0);
	compare(e, 1, 0, 0, CMP_EQ);
	asm_rr(&e->c, VEX(1, 0xf3, 0x5b), 0, 0);
	v_rm(e, VEX(1, 0x66, 0x76), 1, 0, constant(lowest));
	redo_if_any(e, u, 1);
	store_vec(e, u->d, u->size, 0);
	redo_ends(e);
	return true;
}

arm_emitter *arm_neon_float_emitter(unsigned op)
{
	static arm_emitter *const emitters[] = {
		[ARM_V_FADD - ARM_V_FADD] = emit_arithmetic, [ARM_V_FSUB - ARM_V_FADD] = emit_arithmetic,
		[ARM_V_FMUL - ARM_V_FADD] = emit_arithmetic, [ARM_V_FABD - ARM_V_FADD] = emit_arithmetic,
		[ARM_V_FMLA - ARM_V_FADD] = emit_mla, [ARM_V_FMLS - ARM_V_FADD] = emit_mla, [ARM_V_FFMA - ARM_V_FADD] = emit_fma,
		[ARM_V_FFMS - ARM_V_FADD] = emit_fma, [ARM_V_FCEQ - ARM_V_FADD] = emit_compare, [ARM_V_FCGE - ARM_V_FADD] = emit_compare,
		[ARM_V_FCGT - ARM_V_FADD] = emit_compare, [ARM_V_FACGE - ARM_V_FADD] = emit_compare,
		[ARM_V_FACGT - ARM_V_FADD] = emit_compare, [ARM_V_FMAX - ARM_V_FADD] = emit_extreme, [ARM_V_FMIN - ARM_V_FADD] = emit_extreme,
		[ARM_V_FPADD - ARM_V_FADD] = emit_pairs, [ARM_V_FABS - ARM_V_FADD] = emit_sign, [ARM_V_FNEG - ARM_V_FADD] = emit_sign,
		[ARM_V_FCGTZ - ARM_V_FADD] = emit_compare_zero, [ARM_V_FCGEZ - ARM_V_FADD] = emit_compare_zero,
		[ARM_V_FCEQZ - ARM_V_FADD] = emit_compare_zero, [ARM_V_FCLEZ - ARM_V_FADD] = emit_compare_zero,
		[ARM_V_FCLTZ - ARM_V_FADD] = emit_compare_zero, [ARM_V_FFROM_INT - ARM_V_FADD] = emit_from_int,
		[ARM_V_FTO_INT - ARM_V_FADD] = emit_to_int,
	};

	return op < ARM_V_FADD || op - ARM_V_FADD >= sizeof emitters / sizeof *emitters ? NULL : emitters[op - ARM_V_FADD];
}

/* SPDX-License-Identifier: MIT */
/* VFP on scalar AVX: arithmetic, comparison, conversions, moves, loads and stores of extension registers. */
#include "emu/host/x86-64/arm_simd.h"

#define CC_AE 3
#define CC_E 4
#define CC_NE 5
#define CC_BE 6
#define CC_P 10

static const _Alignas(16) uint64_t sign_64[2] = {1ull << 63, 1ull << 63}, rest_64[2] = {~0ull >> 1, ~0ull >> 1};
static const _Alignas(16) uint32_t sign_32[4] = {1u << 31, 1u << 31, 1u << 31, 1u << 31};
static const _Alignas(16) uint32_t rest_32[4] = {~0u >> 1, ~0u >> 1, ~0u >> 1, ~0u >> 1};

static bool wide(const struct arm_uop *u)
{
	return u->form == LANE_64;
}

/* ss or sd form of a scalar instruction; ps or pd of a comparison. */
static struct op scalar(const struct arm_uop *u, uint8_t code)
{
	return wide(u) ? VEX(1, 0xf2, code) : VEX(1, 0xf3, code);
}

static struct mem home_f(const struct arm_uop *u, unsigned reg)
{
	return wide(u) ? home_d(reg) : home_s(reg);
}

static unsigned words(const struct arm_uop *u)
{
	return wide(u) ? 2 : 1;
}

static unsigned first_word(const struct arm_uop *u, unsigned reg)
{
	return reg * words(u);
}

/* to = op(a, extension register) */
static void v_rf(struct emit *e, const struct arm_uop *u, struct op op, uint8_t to, uint8_t a, unsigned reg)
{
	uint8_t held = held_find(e, first_word(u, reg), words(u));

	if (held != NOREG)
		v_rr(e, op, to, a, held);
	else
		v_rm(e, op, to, a, home_f(u, reg));
}

/* An extension register in a host register: where it is held, or x. */
static uint8_t in_xmm(struct emit *e, const struct arm_uop *u, uint8_t x, unsigned reg)
{
	uint8_t held = held_find(e, first_word(u, reg), words(u));

	if (held != NOREG)
		return held;
	asm_rm(&e->c, scalar(u, 0x10), x, home_f(u, reg));
	return x;
}

static void load_f(struct emit *e, const struct arm_uop *u, uint8_t x, unsigned reg)
{
	uint8_t held = in_xmm(e, u, x, reg);

	if (held != x)
		asm_rr(&e->c, VEX(1, 0, 0x29), held, x); /* vmovaps */
}

/* Where the value of an extension register is to be made; operands are to be looked for before. */
static uint8_t place_f(struct emit *e, const struct arm_uop *u, unsigned reg)
{
	return held_place(e, first_word(u, reg), words(u));
}

/* What will be d = op(a, extension register): its place. */
static uint8_t combine(struct emit *e, const struct arm_uop *u, struct op op, uint8_t a, unsigned reg)
{
	uint8_t held = held_find(e, first_word(u, reg), words(u)), to = place_f(e, u, u->d);

	if (held != NOREG)
		v_rr(e, op, to, a, held);
	else
		v_rm(e, op, to, a, home_f(u, reg));
	return to;
}

static void store_f(struct emit *e, const struct arm_uop *u, unsigned reg, uint8_t x)
{
	asm_rm(&e->c, scalar(u, 0x11), x, home_f(u, reg));
	held_set(e, first_word(u, reg), words(u), false, x);
}

/* The same for results of another width than u's. */
static void store_double(struct emit *e, unsigned reg, uint8_t x)
{
	asm_rm(&e->c, VEX(1, 0xf2, 0x11), x, home_d(reg));
	held_set(e, 2 * reg, 2, false, x);
}

static void load_single(struct emit *e, uint8_t x, unsigned reg)
{
	uint8_t held = held_find(e, reg, 1);

	if (held != NOREG)
		asm_rr(&e->c, VEX(1, 0, 0x29), held, x);
	else
		asm_rm(&e->c, VEX(1, 0xf3, 0x10), x, home_s(reg));
}

static void store_single(struct emit *e, unsigned reg, uint8_t x)
{
	asm_rm(&e->c, VEX(1, 0xf3, 0x11), x, home_s(reg));
	held_set(e, reg, 1, false, x);
}

static struct mem sign_of(const struct arm_uop *u)
{
	return constant(wide(u) ? (const void *)sign_64 : sign_32);
}

static void negate(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	v_rm(e, VEX(1, 0, 0x57), x, x, sign_of(u));
}

/* A NaN in x is left to C, unless all that would differ has trapped. */
static void no_nan(struct emit *e, const struct arm_uop *u, bool is_double, uint8_t x)
{
	if (!e->careful)
		return;
	asm_rr(&e->c, is_double ? VEX(1, 0x66, 0x2e) : VEX(1, 0, 0x2e), x, x);
	redo_in_c(e, CC_P, u);
}

static const struct limits_64 {
	uint64_t rest[2], smallest;
} limits_64 = {{~0ull >> 1, ~0ull >> 1}, 1ull << 52};
static const struct limits_32 {
	uint32_t rest[4], smallest;
} limits_32 = {{~0u >> 1, ~0u >> 1, ~0u >> 1, ~0u >> 1}, 1u << 23};

/*
 * Nor the smallest normal number, to which a result may have been rounded up that ARM calls tiny, for it looks before rounding.
 * Comparing says equal of NaN too. Uses xmm7.
 */
static void no_nan_or_smallest(struct emit *e, const struct arm_uop *u, bool is_double, uint8_t x)
{
	v_rm(e, VEX(1, 0, 0x54), 7, x, constant(is_double ? (const void *)limits_64.rest : limits_32.rest));
	asm_rm(&e->c, is_double ? VEX(1, 0x66, 0x2e) : VEX(1, 0, 0x2e), 7,
	       constant(is_double ? (const void *)&limits_64.smallest : &limits_32.smallest));
	redo_in_c(e, CC_E, u);
}

static const uint64_t but_smallest_64[2] = {~(1ull << 63 | 1ull << 52)};
static const uint32_t but_smallest_32[4] = {~(1u << 31 | 1u << 23)};

/* The same without NaNs, by its bits; zero has them too. */
static void not_smallest(struct emit *e, const struct arm_uop *u, bool is_double, uint8_t x)
{
	asm_rm(&e->c, VEX(2, 0x66, 0x17), x, constant(is_double ? (const void *)but_smallest_64 : but_smallest_32)); /* vptest */
	redo_unless_zero(e, CC_E, x, is_double, u);
}

/* Of what may be rounded up to it. */
static void check_result(struct emit *e, const struct arm_uop *u, bool is_double, uint8_t x)
{
	if (e->careful)
		no_nan_or_smallest(e, u, is_double, x);
	else
		not_smallest(e, u, is_double, x);
}

static unsigned vfp_mode(const struct emit *e)
{
	return e->careful ? FP_MODE_CAREFUL : FP_MODE_VFP;
}

static void begin(struct emit *e)
{
	flags_clobber(e, 0);
	fp_mode(e, vfp_mode(e));
}

/* The same for what changes EFLAGS only to look for NaNs. */
static void begin_quietly(struct emit *e)
{
	if (e->careful || e->fp_mode != vfp_mode(e))
		begin(e);
}

static void finish(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	no_nan(e, u, wide(u), x);
	store_f(e, u, u->d, x);
	redo_ends(e);
}

/* ---- arithmetic ---- */

static bool emit_arithmetic(struct emit *e, const struct arm_uop *u)
{
	static const uint8_t codes[] = {
		[ARM_F_ADD - ARM_F_ADD] = 0x58, [ARM_F_SUB - ARM_F_ADD] = 0x5c, [ARM_F_MUL - ARM_F_ADD] = 0x59,
		[ARM_F_NMUL - ARM_F_ADD] = 0x59, [ARM_F_DIV - ARM_F_ADD] = 0x5e,
	};

	bool sum = u->op == ARM_F_ADD || u->op == ARM_F_SUB;
	uint8_t to;

	if (sum)
		begin_quietly(e);
	else
		begin(e);
	to = combine(e, u, scalar(u, codes[u->op - ARM_F_ADD]), in_xmm(e, u, 0, u->n), u->m);
	if (u->op == ARM_F_NMUL)
		negate(e, u, to);
	if (!sum)
		check_result(e, u, wide(u), to);
	else
		no_nan(e, u, wide(u), to);
	store_f(e, u, u->d, to);
	redo_ends(e);
	return true;
}

/* Rounded twice. */
static bool emit_mla(struct emit *e, const struct arm_uop *u)
{
	struct op add = scalar(u, 0x58);
	bool minus_product = u->op == ARM_F_MLS || u->op == ARM_F_NMLA, minus_d = u->op == ARM_F_NMLA || u->op == ARM_F_NMLS;
	uint8_t d, to;

	begin(e);
	v_rf(e, u, scalar(u, 0x59), 0, in_xmm(e, u, 0, u->n), u->m);
	not_smallest(e, u, wide(u), 0);
	if (minus_product)
		negate(e, u, 0);
	d = in_xmm(e, u, 1, u->d);
	if (minus_d) {
		v_rm(e, VEX(1, 0, 0x57), 1, d, sign_of(u));
		d = 1;
	}
	to = place_f(e, u, u->d);
	v_rr(e, add, to, d, 0); /* of two NaNs d's, its sign changed or not */
	finish(e, u, to);
	return true;
}

static bool emit_fma(struct emit *e, const struct arm_uop *u)
{
	static const uint8_t codes[] = {
		[ARM_F_FMA - ARM_F_FMA] = 0xb9, [ARM_F_FMS - ARM_F_FMA] = 0xbd, [ARM_F_FNMA - ARM_F_FMA] = 0xbf,
		[ARM_F_FNMS - ARM_F_FMA] = 0xbb,
	};
	struct op op = VEX(2, 0x66, codes[u->op - ARM_F_FMA]);

	op.w = wide(u);
	begin(e);
	load_f(e, u, 0, u->d);
	load_f(e, u, 1, u->n);
	v_rf(e, u, op, 0, 1, u->m);
	no_nan_or_smallest(e, u, wide(u), 0);
	store_f(e, u, u->d, 0);
	redo_ends(e);
	return true;
}

static bool emit_sqrt(struct emit *e, const struct arm_uop *u)
{
	uint8_t x, to;

	begin(e);
	x = in_xmm(e, u, 0, u->m);
	to = place_f(e, u, u->d);
	asm_rr(&e->c, wide(u) ? VEX(1, 0x66, 0x2e) : VEX(1, 0, 0x2e), x, x); /* traps on denormals, before they are negative */
	v_rr(e, scalar(u, 0x51), to, x, x);
	finish(e, u, to);
	return true;
}

/* Of the sign only: no flags, whatever it is. */
static bool emit_sign(struct emit *e, const struct arm_uop *u)
{
	uint8_t x = held_find(e, first_word(u, u->m), words(u)), to = place_f(e, u, u->d);

	if (x == NOREG) {
		asm_rm(&e->c, scalar(u, 0x10), to, home_f(u, u->m));
		x = to;
	}

	if (u->op == ARM_F_NEG)
		v_rm(e, VEX(1, 0, 0x57), to, x, constant(wide(u) ? (const void *)sign_64 : sign_32));
	else if (u->op == ARM_F_ABS)
		v_rm(e, VEX(1, 0, 0x54), to, x, constant(wide(u) ? (const void *)rest_64 : rest_32));
	else if (x != to)
		asm_rr(&e->c, VEX(1, 0, 0x28), to, x);
	store_f(e, u, u->d, to);
	return true;
}

/* A double is stored as a whole: one made of two stores would have to wait for them when it is loaded. */
static bool emit_constant(struct emit *e, const struct arm_uop *u)
{
	struct op left = VEX(1, 0x66, 0x73); /* vpsllq */
	uint8_t to;

	if (!wide(u) || u->imm) {
		held_drop(e, first_word(u, u->d), words(u));
		mov_store_imm(&e->c, home_f(u, u->d), u->imm);
		if (wide(u))
			mov_store_imm(&e->c, mem_base(R_CPU, CPU_D + 8 * u->d + 4), u->imm2);
		return true;
	}
	left.vex_v = to = place_f(e, u, u->d);
	mov_imm(&e->c, RAX, u->imm2);
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), to, RAX);
	asm_rr(&e->c, left, 6, to);
	e1(&e->c, 32);
	store_f(e, u, u->d, to);
	return true;
}

/* ---- comparison ---- */

#define GIVEN_4(n) (n) << 4, ((n) + 1) << 4, ((n) + 2) << 4, ((n) + 3) << 4
const uint8_t arm_fp_nzcv[2 + 2 * FP_NZCV_GIVEN] = {
	0x80, 0x60, 0x20, [1 + FP_NZCV_GIVEN] = GIVEN_4(0), GIVEN_4(4), GIVEN_4(8), GIVEN_4(12),
};
/* AX for "add al, 7f; sahf" by NZCV: AL & 1 becomes OF, AH SF ZF CF, CF being NOT C. */
#define EFLAGS(n, z, c, v) ((n) << 15 | (z) << 14 | (!(c)) << 8 | (v))
static const uint16_t eflags_of[2 + 2 * FP_NZCV_GIVEN] = {
	EFLAGS(1, 0, 0, 0), EFLAGS(0, 1, 1, 0), EFLAGS(0, 0, 1, 0), [1 + FP_NZCV_GIVEN] =
	EFLAGS(0, 0, 0, 0), EFLAGS(0, 0, 0, 1), EFLAGS(0, 0, 1, 0), EFLAGS(0, 0, 1, 1), EFLAGS(0, 1, 0, 0), EFLAGS(0, 1, 0, 1),
	EFLAGS(0, 1, 1, 0), EFLAGS(0, 1, 1, 1), EFLAGS(1, 0, 0, 0), EFLAGS(1, 0, 0, 1), EFLAGS(1, 0, 1, 0), EFLAGS(1, 0, 1, 1),
	EFLAGS(1, 1, 0, 0), EFLAGS(1, 1, 0, 1), EFLAGS(1, 1, 1, 0), EFLAGS(1, 1, 1, 1),
};

extern const uint8_t arm_fp_get[], arm_fp_set[]; /* arm_stubs.S */

static void lea_constant(struct emit *e, uint8_t to, const void *at)
{
	asm_rm(&e->c, OP64(0x8d), to, constant(at));
}

static bool emit_compare(struct emit *e, const struct arm_uop *u)
{
	bool zero = u->op == ARM_F_CMPZ || u->op == ARM_F_CMPEZ, quiet = u->op == ARM_F_CMP || u->op == ARM_F_CMPZ;
	struct op op = wide(u) ? VEX(1, 0x66, quiet ? 0x2e : 0x2f) : VEX(1, 0, quiet ? 0x2e : 0x2f);
	uint8_t x;

	begin(e);
	x = in_xmm(e, u, 0, u->d);
	if (zero) {
		v_rr(e, VEX(1, 0, 0x57), 1, 1, 1);
		asm_rr(&e->c, op, x, 1);
	} else {
		v_rf(e, u, op, x, 0, u->m);
	}
	redo_in_c(e, CC_P, u);
	ebytes(&e->c, "\x0f\x97\xc0\x1c\x00", 5); /* seta al; sbb al, 0: and EFLAGS are as if two integers had been compared */
	asm_rm(&e->c, OP(0x88), RAX, mem_base(R_CPU, CPU_FP_NZCV));
	redo_ends(e);
	e->compared = e->c.p;
	return true;
}

void fp_flags(struct emit *e)
{
	asm_rm(&e->c, (struct op){.map = 1, .code = 0xbe, .w = 1}, RAX, mem_base(R_CPU, CPU_FP_NZCV)); /* movsx */
	asm_rm(&e->c, OP64(0x8d), RCX, constant(eflags_of)); /* lea */
	asm_rm(&e->c, OP0F(0xb7), RAX, (struct mem){.base = RCX, .index = RAX, .scale = 1, .disp = sizeof *eflags_of});
	ebytes(&e->c, "\x04\x7f\x9e", 3); /* add al, 7f; sahf */
}

static void call_stub(struct emit *e, const void *stub)
{
	e1(&e->c, 0xe8);
	e4(&e->c, rel32(e->c.p, stub));
}

static bool emit_vmrs(struct emit *e, const struct arm_uop *u)
{
	if (u->d != ARM_PC) {
		flags_clobber(e, 0);
		call_stub(e, arm_fp_get);
		put(e, u->d, RAX);
		return true;
	}
	if (e->compared != e->c.p) {
		flags_clobber(e, FL_NZCV);
		if (!e->fp_mode)
			fp_mode(e, vfp_mode(e));
		fp_flags(e);
	}
	flags_void(e);
	flags_made(e, FL_NZCV, true);
	return true;
}

static bool emit_vmsr(struct emit *e, const struct arm_uop *u)
{
	flags_clobber(e, 0);
	move(e, RAX, source(u, u->m));
	if (!e->careful) {
		asm_rr(&e->c, OP(0xf7), 0, RAX); /* test */
		e4(&e->c, FP_CAREFUL_BITS);
		redo_in_c(e, CC_NE, u);
	}
	call_stub(e, arm_fp_set);
	redo_ends(e);
	return true;
}

/* ---- conversions ---- */

static bool emit_widen(struct emit *e, const struct arm_uop *u)
{
	begin(e);
	load_single(e, 0, u->m);
	v_rr(e, VEX(1, 0xf3, 0x5a), 0, 0, 0);
	no_nan(e, u, true, 0);
	store_double(e, u->d, 0);
	redo_ends(e);
	return true;
}

static bool emit_narrow(struct emit *e, const struct arm_uop *u)
{
	begin(e);
	load_vec(e, 0, u->m, 1);
	v_rr(e, VEX(1, 0xf2, 0x5a), 0, 0, 0);
	check_result(e, u, false, 0);
	store_single(e, u->d, 0);
	redo_ends(e);
	return true;
}

static bool emit_from_int(struct emit *e, const struct arm_uop *u)
{
	struct op op = scalar(u, 0x2a);

	if (!wide(u))
		begin(e); /* a double holds any of them */
	v_rr(e, VEX(1, 0, 0x57), 0, 0, 0);
	if (u->carry & V_U) {
		mov_load(&e->c, RAX, home_s(u->m));
		op.w = 1;
		v_rr(e, op, 0, 0, RAX);
	} else {
		v_rm(e, op, 0, 0, home_s(u->m));
	}
	store_f(e, u, u->d, 0);
	return true;
}

static const double double_limits[2] = {4294967296.0, -1.0};
static const float single_limits[2] = {4294967296.0f, -1.0f};

/* What does not fit is left to C: signed, the host says 80000000; unsigned, it is looked at before, for it is not inexact. */
static bool emit_to_int(struct emit *e, const struct arm_uop *u)
{
	struct op ucomis = wide(u) ? VEX(1, 0x66, 0x2e) : VEX(1, 0, 0x2e), op = scalar(u, u->imm == ARM_RZ ? 0x2c : 0x2d);

	if ((u->imm != ARM_RZ && u->imm != ARM_RMODE) || (u->imm == ARM_RMODE && u->carry & V_U))
		return false;
	begin(e);
	load_f(e, u, 0, u->m);
	asm_rr(&e->c, ucomis, 0, 0); /* a conversion does not trap on denormals, a comparison does */
	if (u->carry & V_U) {
		lea_constant(e, RAX, wide(u) ? (const void *)double_limits : single_limits);
		asm_rm(&e->c, ucomis, 0, mem_base(RAX, 0));
		redo_in_c(e, CC_AE, u);
		asm_rm(&e->c, ucomis, 0, mem_base(RAX, wide(u) ? 8 : 4));
		redo_in_c(e, CC_BE, u);
		op.w = 1;
		asm_rr(&e->c, op, RAX, 0);
	} else {
		asm_rr(&e->c, op, RAX, 0);
		alu(e, ALU_CMP, RAX, val_imm(0x80000000));
		redo_in_c(e, CC_E, u);
	}
	held_drop(e, u->d, 1);
	mov_store(&e->c, home_s(u->d), RAX);
	redo_ends(e);
	return true;
}

/* ---- moves ---- */

static bool emit_from_single(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	mov_load(&e->c, to, home_s(u->m));
	put(e, u->d, to);
	return true;
}

static bool emit_to_single(struct emit *e, const struct arm_uop *u)
{
	held_drop(e, u->d, 1);
	mov_store(&e->c, home_s(u->d), in_reg(e, source(u, u->m), RAX));
	return true;
}

/* Two core registers and a D register, or two S registers side by side. */
static bool emit_from_pair(struct emit *e, const struct arm_uop *u)
{
	int32_t at = u->op == ARM_MOV_RRD ? CPU_D + 8 * u->m : CPU_D + 4 * u->m;
	uint8_t low = target_reg(u->d, RAX), high = target_reg(u->a, RCX);

	mov_load(&e->c, low, mem_base(R_CPU, at));
	mov_load(&e->c, high, mem_base(R_CPU, at + 4));
	put(e, u->d, low);
	put(e, u->a, high);
	return true;
}

static bool emit_to_pair(struct emit *e, const struct arm_uop *u)
{
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), 0, in_reg(e, source(u, u->m), RAX));
	v_rr(e, VEX(3, 0x66, 0x22), 0, 0, in_reg(e, source(u, u->a), RAX));
	e1(&e->c, 1);
	if (u->op == ARM_MOV_DRR) {
		store_vec(e, u->d, 1, 0);
	} else {
		held_drop(e, u->d, 2);
		asm_rm(&e->c, VEX(1, 0x66, 0xd6), 0, home_s(u->d));
	}
	return true;
}

/* ---- loads and stores ---- */

static struct op move_op(const struct arm_uop *u, uint8_t code)
{
	return (struct op){.code = code, .w = wide(u)};
}

/* Where the access goes: a known address, or a register that is multiple of 4 with what is added. */
static struct mem place(struct emit *e, const struct arm_uop *u, uint8_t *base)
{
	struct val n = source(u, u->n);

	if (n.kind == V_IMM) {
		*base = NOREG;
		return guest_at(e, NOREG, n.imm + u->imm);
	}
	*base = in_reg(e, n, RCX);
	if (u->imm & 3 || !(e->aligned >> u->n & 1))
		check_aligned(e, *base, u->imm, 4, u);
	if (!(u->imm & 3))
		e->aligned |= 1u << u->n;
	return guest_at(e, *base, u->imm);
}

static struct mem plus(struct mem m, int32_t disp)
{
	m.disp += disp;
	m.a32 = m.base == NOREG ? m.disp < 0 : m.disp != 0;
	return m;
}

static bool emit_ldr(struct emit *e, const struct arm_uop *u)
{
	uint8_t base, to;
	struct mem at = place(e, u, &base);

	if (wide(u) && (was_word_stored(e, u->n, u->imm) || was_word_stored(e, u->n, u->imm + 4))) {
		owed_pay(e);
		to = place_f(e, u, u->d);
		asm_rm(&e->c, VEX(1, 0xf3, 0x10), to, at);
		v_rm(e, VEX(3, 0x66, 0x21), to, to, plus(at, 4)); /* vinsertps */
		e1(&e->c, 0x10);
	} else {
		to = place_f(e, u, u->d);
		asm_rm(&e->c, scalar(u, 0x10), to, at);
	}
	if (owed_may_be(e, u)) {
		held_set(e, first_word(u, u->d), words(u), false, to);
		owed_begin(e, to);
	} else {
		store_f(e, u, u->d, to);
	}
	return true;
}

static bool emit_str(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;
	struct mem at = place(e, u, &base);

	asm_rm(&e->c, scalar(u, 0x11), in_xmm(e, u, 0, u->d), at);
	if (!wide(u))
		word_stored(e, u->n, u->imm);
	return true;
}

static void back(struct emit *e, const struct arm_uop *u, uint8_t base)
{
	uint8_t to = target_reg(u->n, RDX);

	if (!(u->attr & UA_WB))
		return;
	lea(&e->c, to, mem_base(base, u->imm2));
	put(e, u->n, to);
}

/* Behind the first, the last word is touched before a register changes: they span all pages there are. */
static bool emit_ldm(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;
	unsigned bytes = wide(u) ? 8 : 4;
	struct mem at = place(e, u, &base);

	for (unsigned k = 0; k < u->size; k++) {
		uint8_t to = u->size <= 2 ? place_f(e, u, u->d + k) : NOREG;

		if (u->size <= 2)
			asm_rm(&e->c, scalar(u, 0x10), to, plus(at, k * bytes));
		else
			asm_rm(&e->c, move_op(u, 0x8b), RAX, plus(at, k * bytes));
		if (k == 0 && u->size > 1)
			mov_load(&e->c, RDX, plus(at, u->size * bytes - 4));
		if (u->size <= 2)
			store_f(e, u, u->d + k, to);
		else
			asm_rm(&e->c, move_op(u, 0x89), RAX, home_f(u, u->d + k));
	}
	if (u->size > 2)
		held_drop(e, first_word(u, u->d), u->size * words(u));
	back(e, u, base);
	return true;
}

static bool emit_stm(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;
	unsigned bytes = wide(u) ? 8 : 4;
	struct mem at = place(e, u, &base);

	for (unsigned k = 0; k < u->size; k++) {
		if (u->size <= 2) {
			asm_rm(&e->c, scalar(u, 0x11), in_xmm(e, u, 0, u->d + k), plus(at, k * bytes));
			continue;
		}
		asm_rm(&e->c, move_op(u, 0x8b), RAX, home_f(u, u->d + k));
		asm_rm(&e->c, move_op(u, 0x89), RAX, plus(at, k * bytes));
	}
	back(e, u, base);
	return true;
}

arm_emitter *arm_vfp_emitter(unsigned op)
{
	static arm_emitter *const emitters[] = {
		[ARM_F_ADD - ARM_SIMD] = emit_arithmetic, [ARM_F_SUB - ARM_SIMD] = emit_arithmetic, [ARM_F_MUL - ARM_SIMD] = emit_arithmetic,
		[ARM_F_NMUL - ARM_SIMD] = emit_arithmetic, [ARM_F_DIV - ARM_SIMD] = emit_arithmetic,
		[ARM_F_MLA - ARM_SIMD] = emit_mla, [ARM_F_MLS - ARM_SIMD] = emit_mla, [ARM_F_NMLA - ARM_SIMD] = emit_mla,
		[ARM_F_NMLS - ARM_SIMD] = emit_mla,
		[ARM_F_FMA - ARM_SIMD] = emit_fma, [ARM_F_FMS - ARM_SIMD] = emit_fma, [ARM_F_FNMA - ARM_SIMD] = emit_fma,
		[ARM_F_FNMS - ARM_SIMD] = emit_fma,
		[ARM_F_ABS - ARM_SIMD] = emit_sign, [ARM_F_NEG - ARM_SIMD] = emit_sign, [ARM_F_MOV - ARM_SIMD] = emit_sign,
		[ARM_F_SQRT - ARM_SIMD] = emit_sqrt, [ARM_F_MOVI - ARM_SIMD] = emit_constant,
		[ARM_F_CMP - ARM_SIMD] = emit_compare, [ARM_F_CMPE - ARM_SIMD] = emit_compare, [ARM_F_CMPZ - ARM_SIMD] = emit_compare,
		[ARM_F_CMPEZ - ARM_SIMD] = emit_compare, [ARM_VMRS - ARM_SIMD] = emit_vmrs, [ARM_VMSR - ARM_SIMD] = emit_vmsr,
		[ARM_F_WIDEN - ARM_SIMD] = emit_widen, [ARM_F_NARROW - ARM_SIMD] = emit_narrow,
		[ARM_F_FROM_INT - ARM_SIMD] = emit_from_int, [ARM_F_TO_INT - ARM_SIMD] = emit_to_int,
		[ARM_MOV_RS - ARM_SIMD] = emit_from_single, [ARM_MOV_SR - ARM_SIMD] = emit_to_single,
		[ARM_MOV_RRD - ARM_SIMD] = emit_from_pair, [ARM_MOV_RRSS - ARM_SIMD] = emit_from_pair,
		[ARM_MOV_DRR - ARM_SIMD] = emit_to_pair, [ARM_MOV_SSRR - ARM_SIMD] = emit_to_pair,
		[ARM_F_LDR - ARM_SIMD] = emit_ldr, [ARM_F_STR - ARM_SIMD] = emit_str, [ARM_F_LDM - ARM_SIMD] = emit_ldm,
		[ARM_F_STM - ARM_SIMD] = emit_stm,
	};

	op -= ARM_SIMD;
	return op < sizeof emitters / sizeof *emitters ? emitters[op] : NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Advanced SIMD on AVX2: integers, lane by lane. n is loaded to xmm0, m to xmm1, and the result is made in xmm0; a D register's
 * operation is done on all 128 bits, the upper ones being 0 or unused.
 */
#include "emu/host/x86-64/arm_simd.h"

/* Opcode of a packed instruction with prefix 66 for each width, its map in the upper byte; 0: there is none. */
typedef const uint16_t lanes[4];
#define M1(code) (0x100 | (code))
#define M2(code) (0x200 | (code))
#define M3(code) (0x300 | (code))

static lanes add = {M1(0xfc), M1(0xfd), M1(0xfe), M1(0xd4)}, sub = {M1(0xf8), M1(0xf9), M1(0xfa), M1(0xfb)};
static lanes equal = {M1(0x74), M1(0x75), M1(0x76), M2(0x29)}, greater = {M1(0x64), M1(0x65), M1(0x66), M2(0x37)};
static lanes mul = {0, M1(0xd5), M2(0x40), 0}, average = {M1(0xe0), M1(0xe3), 0, 0}, absolute = {M2(0x1c), M2(0x1d), M2(0x1e), 0};
static lanes max_s = {M2(0x3c), M1(0xee), M2(0x3d), 0}, max_u = {M1(0xde), M2(0x3e), M2(0x3f), 0};
static lanes min_s = {M2(0x38), M1(0xea), M2(0x39), 0}, min_u = {M1(0xda), M2(0x3a), M2(0x3b), 0};
static lanes qadd_s = {M1(0xec), M1(0xed), 0, 0}, qadd_u = {M1(0xdc), M1(0xdd), 0, 0};
static lanes qsub_s = {M1(0xe8), M1(0xe9), 0, 0}, qsub_u = {M1(0xd8), M1(0xd9), 0, 0};
static lanes extend_s = {M2(0x20), M2(0x23), M2(0x25), 0}, extend_u = {M2(0x30), M2(0x33), M2(0x35), 0};
static lanes broadcast = {M2(0x78), M2(0x79), M2(0x58), M2(0x59)};
static lanes unpack_low = {M1(0x60), M1(0x61), M1(0x62), M1(0x6c)}, unpack_high = {M1(0x68), M1(0x69), M1(0x6a), M1(0x6d)};
static lanes hadd = {0, M2(0x01), M2(0x02), 0};
enum { PAND = M1(0xdb), PANDN = M1(0xdf), POR = M1(0xeb), PXOR = M1(0xef), PSHUFB = M2(0x00), PTEST = M2(0x17) };

static struct op packed(uint16_t code)
{
	return VEX(code >> 8, 0x66, code & 0xff);
}

static void p_rr(struct emit *e, uint16_t code, uint8_t to, uint8_t a, uint8_t b)
{
	v_rr(e, packed(code), to, a, b);
}

static void p_rm(struct emit *e, uint16_t code, uint8_t to, uint8_t a, struct mem b)
{
	v_rm(e, packed(code), to, a, b);
}

static bool is_unsigned(const struct arm_uop *u)
{
	return u->carry & V_U;
}

static unsigned bits(const struct arm_uop *u)
{
	return 8 << u->form;
}

/* ---- operands ---- */

static void load_n(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 0, u->n, u->size);
}

static void load_m(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	if (u->carry & V_SCALAR)
		asm_rm(&e->c, packed(broadcast[u->form]), x, mem_base(R_CPU, CPU_D + 8 * u->m + (u->amount << u->form)));
	else
		load_vec(e, x, u->m, u->size);
}

static bool done(struct emit *e, const struct arm_uop *u)
{
	store_vec(e, u->d, u->size, 0);
	return true;
}

static void ones(struct emit *e, uint8_t x)
{
	p_rr(e, equal[LANE_32], x, x, x);
}

static void zero(struct emit *e, uint8_t x)
{
	p_rr(e, PXOR, x, x, x);
}

static void invert(struct emit *e, uint8_t x)
{
	ones(e, 7);
	p_rr(e, PXOR, x, x, 7);
}

/* ---- two operands, one instruction ---- */

static const uint16_t *simple_op(const struct arm_uop *u)
{
	switch (u->op) {
	case ARM_V_ADD:
		return add;
	case ARM_V_SUB:
		return sub;
	case ARM_V_CEQ:
		return equal;
	case ARM_V_CGT:
		return is_unsigned(u) ? NULL : greater;
	case ARM_V_MUL:
		return mul;
	case ARM_V_MAX:
		return is_unsigned(u) ? max_u : max_s;
	case ARM_V_MIN:
		return is_unsigned(u) ? min_u : min_s;
	case ARM_V_RHADD:
		return is_unsigned(u) ? average : NULL;
	default:
		return NULL;
	}
}

static bool emit_simple(struct emit *e, const struct arm_uop *u)
{
	const uint16_t *op = simple_op(u);

	if (!op || !op[u->form])
		return false;
	load_n(e, u);
	load_m(e, u, 1);
	p_rr(e, op[u->form], 0, 0, 1);
	return done(e, u);
}

static bool emit_logic(struct emit *e, const struct arm_uop *u)
{
	load_n(e, u);
	load_m(e, u, 1);
	switch (u->op) {
	case ARM_V_AND:
		p_rr(e, PAND, 0, 0, 1);
		break;
	case ARM_V_BIC:
		p_rr(e, PANDN, 0, 1, 0);
		break;
	case ARM_V_ORR:
		if (u->n != u->m)
			p_rr(e, POR, 0, 0, 1);
		break;
	case ARM_V_ORN:
		invert(e, 1);
		p_rr(e, POR, 0, 0, 1);
		break;
	default:
		p_rr(e, PXOR, 0, 0, 1);
		break;
	}
	return done(e, u);
}

/* b ^ ((a ^ b) & mask): a where the mask is, else b. */
static bool emit_select(struct emit *e, const struct arm_uop *u)
{
	uint8_t a = u->op == ARM_V_BIF ? 2 : 0, mask = u->op == ARM_V_BSL ? 2 : 1, b = u->op == ARM_V_BSL ? 1 : u->op == ARM_V_BIT ? 2 : 0;

	load_n(e, u);
	load_m(e, u, 1);
	load_vec(e, 2, u->d, u->size);
	p_rr(e, PXOR, 3, a, b);
	p_rr(e, PAND, 3, 3, mask);
	p_rr(e, PXOR, 0, 3, b);
	return done(e, u);
}

static bool emit_not(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	invert(e, 0);
	return done(e, u);
}

static bool emit_immediate(struct emit *e, const struct arm_uop *u)
{
	static const uint16_t ops[] = {[ARM_V_MOVI - ARM_V_MOVI] = 0, [ARM_V_ORRI - ARM_V_MOVI] = POR, [ARM_V_BICI - ARM_V_MOVI] = PANDN};
	uint16_t op = ops[u->op - ARM_V_MOVI];

	if (!op && !u->imm && !u->imm2) {
		zero(e, 0);
		return done(e, u);
	}
	mov_imm(&e->c, RAX, u->imm);
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), 0, RAX);
	if (u->imm == u->imm2) {
		asm_rr(&e->c, packed(broadcast[LANE_32]), 0, 0);
	} else {
		mov_imm(&e->c, RAX, u->imm2);
		v_rr(e, VEX(3, 0x66, 0x22), 0, 0, RAX);
		e1(&e->c, 1);
		asm_rr(&e->c, packed(broadcast[LANE_64]), 0, 0);
	}
	if (op) {
		load_vec(e, 1, u->d, u->size);
		p_rr(e, op, 0, 0, 1);
	}
	return done(e, u);
}

/* Unsigned: n >= m where the larger one is n. */
static bool emit_compare(struct emit *e, const struct arm_uop *u)
{
	if (u->form == LANE_64)
		return false;
	load_n(e, u);
	load_m(e, u, 1);
	if (u->op == ARM_V_TST) {
		p_rr(e, PAND, 0, 0, 1);
		zero(e, 1);
		p_rr(e, equal[u->form], 0, 0, 1);
		invert(e, 0);
	} else if (!is_unsigned(u)) { /* CGE */
		p_rr(e, greater[u->form], 0, 1, 0);
		invert(e, 0);
	} else if (u->op == ARM_V_CGE) {
		p_rr(e, max_u[u->form], 1, 0, 1);
		p_rr(e, equal[u->form], 0, 0, 1);
	} else {
		p_rr(e, max_u[u->form], 0, 0, 1);
		p_rr(e, equal[u->form], 0, 0, 1);
		invert(e, 0);
	}
	return done(e, u);
}

static bool emit_compare_any(struct emit *e, const struct arm_uop *u)
{
	return emit_simple(e, u) || emit_compare(e, u);
}

static bool emit_compare_zero(struct emit *e, const struct arm_uop *u)
{
	bool swap = u->op == ARM_V_CLTZ || u->op == ARM_V_CGEZ;

	load_m(e, u, 0);
	zero(e, 1);
	if (u->op == ARM_V_CEQZ)
		p_rr(e, equal[u->form], 0, 0, 1);
	else
		p_rr(e, greater[u->form], 0, swap ? 1 : 0, swap ? 0 : 1);
	if (u->op == ARM_V_CGEZ || u->op == ARM_V_CLEZ)
		invert(e, 0);
	return done(e, u);
}

static bool emit_mla(struct emit *e, const struct arm_uop *u)
{
	if (!mul[u->form])
		return false;
	load_n(e, u);
	load_m(e, u, 1);
	load_vec(e, 2, u->d, u->size);
	p_rr(e, mul[u->form], 1, 0, 1);
	p_rr(e, (u->op == ARM_V_MLA ? add : sub)[u->form], 0, 2, 1);
	return done(e, u);
}

/* x = |x - 1| by the larger less the smaller. */
static void difference(struct emit *e, const struct arm_uop *u, unsigned form)
{
	p_rr(e, (is_unsigned(u) ? max_u : max_s)[form], 2, 0, 1);
	p_rr(e, (is_unsigned(u) ? min_u : min_s)[form], 0, 0, 1);
	p_rr(e, sub[form], 0, 2, 0);
}

static bool emit_abd(struct emit *e, const struct arm_uop *u)
{
	load_n(e, u);
	load_m(e, u, 1);
	difference(e, u, u->form);
	if (u->op == ARM_V_ABA) {
		load_vec(e, 1, u->d, u->size);
		p_rr(e, add[u->form], 0, 0, 1);
	}
	return done(e, u);
}

static bool emit_abs(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	if (u->op == ARM_V_ABS) {
		asm_rr(&e->c, packed(absolute[u->form]), 0, 0);
	} else {
		zero(e, 1);
		p_rr(e, sub[u->form], 0, 1, 0);
	}
	return done(e, u);
}

/* QC if registers a and b differ; a is spoilt. */
static void saturated_if_differ(struct emit *e, uint8_t a, uint8_t b)
{
	uint8_t *no;

	p_rr(e, PXOR, a, a, b);
	asm_rr(&e->c, packed(PTEST), a, a);
	no = jump_short(e, 0x74);
	asm_rm(&e->c, OP(0x81), ALU_OR, mem_base(R_CPU, CPU_FPSCR));
	e4(&e->c, FPSCR_QC);
	here_short(e, no);
}

static bool emit_qadd(struct emit *e, const struct arm_uop *u)
{
	bool plus = u->op == ARM_V_QADD;
	const uint16_t *op = plus ? (is_unsigned(u) ? qadd_u : qadd_s) : (is_unsigned(u) ? qsub_u : qsub_s);

	if (!op[u->form])
		return false;
	flags_clobber(e, 0);
	load_n(e, u);
	load_m(e, u, 1);
	p_rr(e, (plus ? add : sub)[u->form], 2, 0, 1);
	p_rr(e, op[u->form], 0, 0, 1);
	saturated_if_differ(e, 2, 0);
	return done(e, u);
}

/* ---- shifts by a constant ---- */

enum { SHIFT_RIGHT = 2, SHIFT_SIGN = 4, SHIFT_LEFT = 6 };

/* to = from shifted within lanes of 16, 32 or 64 bits. */
static void shift_lanes(struct emit *e, unsigned how, unsigned form, uint8_t to, uint8_t from, unsigned n)
{
	struct op op = packed(M1(0x70 + form));

	op.vex_v = to;
	asm_rr(&e->c, op, how, from);
	e1(&e->c, n);
}

/* Bytes, bits or signs: n copies. */
static void spread_byte(struct emit *e, uint8_t x, uint8_t v)
{
	mov_imm(&e->c, RAX, v * 0x01010101u);
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), x, RAX);
	asm_rr(&e->c, packed(broadcast[LANE_32]), x, x);
}

/* Arithmetic shift by logical: (v ^ sign) - sign, sign being where it came to lie. */
static void shift_signed_quad(struct emit *e, uint8_t to, uint8_t from, unsigned n)
{
	if (n > 63)
		n = 63;
	ones(e, 7);
	shift_lanes(e, SHIFT_LEFT, LANE_64, 7, 7, 63);
	shift_lanes(e, SHIFT_RIGHT, LANE_64, 7, 7, n);
	shift_lanes(e, SHIFT_RIGHT, LANE_64, to, from, n);
	p_rr(e, PXOR, to, to, 7);
	p_rr(e, sub[LANE_64], to, to, 7);
}

static void shift_bytes(struct emit *e, bool left, bool with_sign, uint8_t to, uint8_t from, unsigned n)
{
	if (with_sign && n > 7)
		n = 7;
	shift_lanes(e, left ? SHIFT_LEFT : SHIFT_RIGHT, LANE_16, to, from, n);
	spread_byte(e, 7, left ? 0xff << n : 0xff >> n);
	p_rr(e, PAND, to, to, 7);
	if (with_sign) {
		spread_byte(e, 7, 0x80 >> n);
		p_rr(e, PXOR, to, to, 7);
		p_rr(e, sub[LANE_8], to, to, 7);
	}
}

/* to = from >> n; uses xmm7 */
static void shift_right(struct emit *e, unsigned form, bool with_sign, uint8_t to, uint8_t from, unsigned n)
{
	if (form == LANE_8)
		shift_bytes(e, false, with_sign, to, from, n);
	else if (with_sign && form == LANE_64)
		shift_signed_quad(e, to, from, n);
	else
		shift_lanes(e, with_sign ? SHIFT_SIGN : SHIFT_RIGHT, form, to, from, n);
}

/* x = (x >> n) + the last bit shifted out; not for bytes. Uses xmm6 and 7. */
static void shift_rounding(struct emit *e, unsigned form, bool with_sign, uint8_t x, unsigned n)
{
	unsigned width = 8 << form;

	shift_lanes(e, SHIFT_LEFT, form, 6, x, width - n);
	shift_lanes(e, SHIFT_RIGHT, form, 6, 6, width - 1);
	shift_right(e, form, with_sign, x, x, n);
	p_rr(e, add[form], x, x, 6);
}

static bool emit_shift_left(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	if (u->form == LANE_8)
		shift_bytes(e, true, false, 0, 0, u->amount);
	else
		shift_lanes(e, SHIFT_LEFT, u->form, 0, 0, u->amount);
	return done(e, u);
}

static bool emit_shift_right(struct emit *e, const struct arm_uop *u)
{
	bool rounding = u->op == ARM_V_RSHRI || u->op == ARM_V_RSRA;

	if (rounding && u->form == LANE_8)
		return false;
	load_m(e, u, 0);
	if (rounding)
		shift_rounding(e, u->form, !is_unsigned(u), 0, u->amount);
	else
		shift_right(e, u->form, !is_unsigned(u), 0, 0, u->amount);
	if (u->op == ARM_V_SRA || u->op == ARM_V_RSRA) {
		load_vec(e, 1, u->d, u->size);
		p_rr(e, add[u->form], 0, 0, 1);
	}
	return done(e, u);
}

/* What stays of d is shifted out of it and in again. */
static bool emit_insert(struct emit *e, const struct arm_uop *u)
{
	bool left = u->op == ARM_V_SLI;
	unsigned out = left ? SHIFT_LEFT : SHIFT_RIGHT, in = left ? SHIFT_RIGHT : SHIFT_LEFT, rest = bits(u) - u->amount;

	if (u->form == LANE_8)
		return false;
	load_m(e, u, 0);
	load_vec(e, 1, u->d, u->size);
	shift_lanes(e, out, u->form, 0, 0, u->amount);
	shift_lanes(e, out, u->form, 1, 1, rest);
	shift_lanes(e, in, u->form, 1, 1, rest);
	p_rr(e, POR, 0, 0, 1);
	return done(e, u);
}

/* ---- to half the width ---- */

/* The lower halves of xmm0's elements, to the lower 64 bits. */
static void lower_halves(struct emit *e, unsigned form)
{
	static const _Alignas(16) uint8_t picks[3][16] = {
		{0, 2, 4, 6, 8, 10, 12, 14, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
		{0, 1, 4, 5, 8, 9, 12, 13, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
		{0, 1, 2, 3, 8, 9, 10, 11, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
	};

	p_rm(e, PSHUFB, 0, 0, constant(e, picks[form]));
}

/* d = lower halves of m >> amount. */
static bool emit_narrow(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 0, u->m, 2);
	if (u->op == ARM_V_RSHRN)
		shift_rounding(e, u->form + 1, false, 0, u->amount);
	else if (u->amount)
		shift_lanes(e, SHIFT_RIGHT, u->form + 1, 0, 0, u->amount);
	lower_halves(e, u->form);
	store_vec(e, u->d, 1, 0);
	return true;
}

/* Saturated by a pack instruction; QC if widening it again gives something else. */
static bool emit_narrow_saturating(struct emit *e, const struct arm_uop *u)
{
	static lanes pack_s = {M1(0x63), M1(0x6b), 0, 0}, pack_u = {M1(0x67), M2(0x2b), 0, 0};
	bool to_unsigned = u->op == ARM_V_QSHRUN || u->op == ARM_V_QRSHRUN;
	bool rounding = u->op == ARM_V_QRSHRN || u->op == ARM_V_QRSHRUN;
	const uint16_t *pack = to_unsigned || is_unsigned(u) ? pack_u : pack_s;

	if (!pack[u->form])
		return false;
	flags_clobber(e, 0);
	load_vec(e, 0, u->m, 2);
	if (rounding)
		shift_rounding(e, u->form + 1, !is_unsigned(u), 0, u->amount);
	else if (u->amount)
		shift_right(e, u->form + 1, !is_unsigned(u), 0, 0, u->amount);
	p_rr(e, POR, 2, 0, 0);
	if (is_unsigned(u)) { /* pack takes its operand as signed */
		ones(e, 1);
		shift_lanes(e, SHIFT_RIGHT, u->form + 1, 1, 1, bits(u));
		p_rr(e, min_u[u->form + 1], 0, 0, 1);
	}
	p_rr(e, pack[u->form], 0, 0, 0);
	asm_rr(&e->c, packed((to_unsigned || is_unsigned(u) ? extend_u : extend_s)[u->form]), 1, 0);
	saturated_if_differ(e, 2, 1);
	store_vec(e, u->d, 1, 0);
	return true;
}

static bool emit_high_half(struct emit *e, const struct arm_uop *u)
{
	bool minus = u->op == ARM_V_SUBHN || u->op == ARM_V_RSUBHN, rounding = u->op == ARM_V_RADDHN || u->op == ARM_V_RSUBHN;

	load_vec(e, 0, u->n, 2);
	load_vec(e, 1, u->m, 2);
	p_rr(e, (minus ? sub : add)[u->form + 1], 0, 0, 1);
	if (rounding) { /* half of what is cut off */
		ones(e, 1);
		shift_lanes(e, SHIFT_RIGHT, u->form + 1, 1, 1, 2 * bits(u) - 1);
		shift_lanes(e, SHIFT_LEFT, u->form + 1, 1, 1, bits(u) - 1);
		p_rr(e, add[u->form + 1], 0, 0, 1);
	}
	shift_lanes(e, SHIFT_RIGHT, u->form + 1, 0, 0, bits(u));
	lower_halves(e, u->form);
	store_vec(e, u->d, 1, 0);
	return true;
}

/* ---- to twice the width ---- */

static void widen(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	asm_rr(&e->c, packed((is_unsigned(u) ? extend_u : extend_s)[u->form]), x, x);
}

static bool emit_shift_long(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	widen(e, u, 0);
	if (u->amount)
		shift_lanes(e, SHIFT_LEFT, u->form + 1, 0, 0, u->amount);
	store_vec(e, u->d, 2, 0);
	return true;
}

static bool emit_long(struct emit *e, const struct arm_uop *u)
{
	bool wide_n = u->op == ARM_V_ADDW || u->op == ARM_V_SUBW, minus = u->op == ARM_V_SUBL || u->op == ARM_V_SUBW;

	load_vec(e, 0, u->n, wide_n ? 2 : 1);
	load_m(e, u, 1);
	if (!wide_n)
		widen(e, u, 0);
	widen(e, u, 1);
	p_rr(e, (minus ? sub : add)[u->form + 1], 0, 0, 1);
	store_vec(e, u->d, 2, 0);
	return true;
}

/* The difference of single width is right as an unsigned number. */
static bool emit_abdl(struct emit *e, const struct arm_uop *u)
{
	load_n(e, u);
	load_m(e, u, 1);
	difference(e, u, u->form);
	asm_rr(&e->c, packed(extend_u[u->form]), 0, 0);
	if (u->op == ARM_V_ABAL) {
		load_vec(e, 1, u->d, 2);
		p_rr(e, add[u->form + 1], 0, 0, 1);
	}
	store_vec(e, u->d, 2, 0);
	return true;
}

static bool emit_mull(struct emit *e, const struct arm_uop *u)
{
	load_n(e, u);
	load_m(e, u, 1);
	if (u->form == LANE_16) { /* low and high halves of the products */
		p_rr(e, mul[LANE_16], 2, 0, 1);
		p_rr(e, is_unsigned(u) ? M1(0xe4) : M1(0xe5), 1, 0, 1);
		p_rr(e, unpack_low[LANE_16], 0, 2, 1);
	} else {
		widen(e, u, 0);
		widen(e, u, 1);
	}
	if (u->form == LANE_32)
		p_rr(e, is_unsigned(u) ? M1(0xf4) : M2(0x28), 0, 0, 1);
	else if (u->form == LANE_8)
		p_rr(e, mul[LANE_16], 0, 0, 1);
	if (u->op != ARM_V_MULL) {
		load_vec(e, 1, u->d, 2);
		p_rr(e, (u->op == ARM_V_MLAL ? add : sub)[u->form + 1], 0, 1, 0);
	}
	store_vec(e, u->d, 2, 0);
	return true;
}

/* Neighbours, each extended: within a lane of twice the width. */
static bool emit_pairs_long(struct emit *e, const struct arm_uop *u)
{
	unsigned form = u->form + 1;

	load_m(e, u, 0);
	shift_lanes(e, SHIFT_LEFT, form, 1, 0, bits(u));
	shift_right(e, form, !is_unsigned(u), 1, 1, bits(u));
	shift_right(e, form, !is_unsigned(u), 0, 0, bits(u));
	p_rr(e, add[form], 0, 0, 1);
	if (u->op == ARM_V_PADAL) {
		load_vec(e, 1, u->d, u->size);
		p_rr(e, add[form], 0, 0, 1);
	}
	return done(e, u);
}

/* xmm0 = the D registers n:m (m in the upper half). */
static void join(struct emit *e, unsigned n, unsigned m)
{
	load_vec(e, 0, n, 1);
	v_rm(e, VEX(1, 0, 0x16), 0, 0, home_d(m)); /* vmovhps */
}

static bool emit_pairs(struct emit *e, const struct arm_uop *u)
{
	if (!hadd[u->form])
		return false;
	join(e, u->n, u->m);
	p_rr(e, hadd[u->form], 0, 0, 0);
	return done(e, u);
}

/* ---- permutations ---- */

static bool emit_dup(struct emit *e, const struct arm_uop *u)
{
	asm_rm(&e->c, packed(broadcast[u->form]), 0, mem_base(R_CPU, CPU_D + 8 * u->m + (u->amount << u->form)));
	return done(e, u);
}

static bool emit_dup_core(struct emit *e, const struct arm_uop *u)
{
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), 0, in_reg(e, source(u, u->m), RAX));
	asm_rr(&e->c, packed(broadcast[u->form]), 0, 0);
	return done(e, u);
}

static bool emit_ext(struct emit *e, const struct arm_uop *u)
{
	if (u->size == 1) {
		join(e, u->n, u->m);
		if (u->amount) { /* psrldq */
			asm_rr(&e->c, packed(M1(0x73)), 3, 0);
			e1(&e->c, u->amount);
		}
	} else {
		load_n(e, u);
		load_m(e, u, 1);
		p_rr(e, M3(0x0f), 0, 1, 0); /* palignr */
		e1(&e->c, u->amount);
	}
	return done(e, u);
}

/* Element e of a group is element e ^ last. */
#define REV_BYTE(i, x) ((i) ^ (x))
#define REV(x) \
	{REV_BYTE(0, x), REV_BYTE(1, x), REV_BYTE(2, x), REV_BYTE(3, x), REV_BYTE(4, x), REV_BYTE(5, x), REV_BYTE(6, x), REV_BYTE(7, x), \
	 REV_BYTE(8, x), REV_BYTE(9, x), REV_BYTE(10, x), REV_BYTE(11, x), REV_BYTE(12, x), REV_BYTE(13, x), REV_BYTE(14, x), REV_BYTE(15, x)}

static bool emit_rev(struct emit *e, const struct arm_uop *u)
{
	/* by the bits that change: bytes of 2, 4, 8; halfwords of 4, 8; words of 8 */
	static const _Alignas(16) uint8_t picks[8][16] = {[1] = REV(1), [2] = REV(2), [3] = REV(3), [4] = REV(4), [6] = REV(6), [7] = REV(7)};

	load_m(e, u, 0);
	p_rm(e, PSHUFB, 0, 0, constant(e, picks[(1 << u->amount) - (1 << u->form)]));
	return done(e, u);
}

/* xmm0 to d, xmm1 to m; for D registers both are in xmm0. */
static bool done_both(struct emit *e, const struct arm_uop *u)
{
	store_vec(e, u->d, u->size, 0);
	if (u->size == 2)
		store_vec(e, u->m, 2, 1);
	else {
		held_drop(e, 2 * u->m, 2);
		asm_rm(&e->c, VEX(1, 0, 0x17), 0, home_d(u->m)); /* vmovhps */
	}
	return true;
}

static bool emit_swap(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	load_vec(e, 1, u->d, u->size);
	store_vec(e, u->d, u->size, 0);
	store_vec(e, u->m, u->size, 1);
	return true;
}

static bool emit_zip(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 2, u->d, u->size);
	load_vec(e, 3, u->m, u->size);
	p_rr(e, unpack_low[u->form], 0, 2, 3);
	if (u->size == 2)
		p_rr(e, unpack_high[u->form], 1, 2, 3);
	return done_both(e, u);
}

/* Even elements to the lower half, odd ones to the upper; then halves of both registers together. */
static bool emit_uzp(struct emit *e, const struct arm_uop *u)
{
	static const _Alignas(16) uint8_t picks[3][16] = {
		{0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
		{0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15},
		{0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15},
	};

	if (u->size == 1) {
		join(e, u->d, u->m);
		p_rm(e, PSHUFB, 0, 0, constant(e, picks[u->form]));
		return done_both(e, u);
	}
	asm_rm(&e->c, VEX(1, 0, 0x10), 4, constant(e, picks[u->form]));
	load_vec(e, 2, u->d, 2);
	load_vec(e, 3, u->m, 2);
	p_rr(e, PSHUFB, 2, 2, 4);
	p_rr(e, PSHUFB, 3, 3, 4);
	p_rr(e, unpack_low[LANE_64], 0, 2, 3);
	p_rr(e, unpack_high[LANE_64], 1, 2, 3);
	return done_both(e, u);
}

static bool emit_trn(struct emit *e, const struct arm_uop *u)
{
	unsigned form = u->form + 1, n = bits(u);

	load_vec(e, 2, u->d, u->size);
	load_m(e, u, 3);
	shift_lanes(e, SHIFT_LEFT, form, 0, 2, n);
	shift_lanes(e, SHIFT_RIGHT, form, 0, 0, n);
	shift_lanes(e, SHIFT_LEFT, form, 4, 3, n);
	p_rr(e, POR, 0, 0, 4); /* even ones */
	shift_lanes(e, SHIFT_RIGHT, form, 1, 3, n);
	shift_lanes(e, SHIFT_LEFT, form, 1, 1, n);
	shift_lanes(e, SHIFT_RIGHT, form, 4, 2, n);
	p_rr(e, POR, 1, 1, 4); /* odd ones */
	store_vec(e, u->d, u->size, 0);
	store_vec(e, u->m, u->size, 1);
	return true;
}

/* An index whose bit 7 is set gives 0: adding 70, saturated, sets it for those beyond 16 bytes. */
static bool emit_tbl(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 1, u->m, 1);
	spread_byte(e, 2, u->size == 1 ? 0x78 : 0x70);
	p_rr(e, qadd_u[LANE_8], 3, 1, 2);
	if (u->size == 1)
		asm_rm(&e->c, VEX(1, 0xf2, 0x12), 0, home_d(u->n)); /* vmovddup: 78 leaves bit 3 set */
	else
		join(e, u->n, u->n + 1);
	p_rr(e, PSHUFB, 5, 0, 3);
	if (u->size > 2) {
		spread_byte(e, 3, 16);
		p_rr(e, sub[LANE_8], 1, 1, 3);
		p_rr(e, qadd_u[LANE_8], 1, 1, 2);
		load_vec(e, 0, u->n + 2, 1);
		if (u->size == 4)
			v_rm(e, VEX(1, 0, 0x16), 0, 0, home_d(u->n + 3));
		p_rr(e, PSHUFB, 0, 0, 1);
		p_rr(e, POR, 5, 5, 0);
	}
	store_vec(e, u->d, 1, 5);
	return true;
}

/* ---- elements and core registers ---- */

static struct mem element(unsigned reg, const struct arm_uop *u)
{
	return mem_base(R_CPU, CPU_D + 8 * reg + (u->amount << u->form));
}

static bool emit_get(struct emit *e, const struct arm_uop *u)
{
	static const uint8_t codes[2][2] = {{0xbe, 0xbf}, {0xb6, 0xb7}};
	uint8_t to = target_reg(u->d, RAX);

	asm_rm(&e->c, u->form == LANE_32 ? OP(0x8b) : OP0F(codes[is_unsigned(u)][u->form]), to, element(u->m, u));
	put(e, u->d, to);
	return true;
}

static bool emit_put(struct emit *e, const struct arm_uop *u)
{
	struct op op = {.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16, .rex = 1};

	held_drop(e, 2 * u->d, 2);
	asm_rm(&e->c, op, in_reg(e, source(u, u->m), RAX), element(u->d, u));
	return true;
}

/* ---- loads and stores ---- */

static void structure_back(struct emit *e, const struct arm_uop *u, uint8_t base)
{
	uint8_t to = target_reg(u->n, RDX);
	struct mem sum = mem_base(base, 0);

	if (!(u->attr & UA_WB))
		return;
	if (u->m == ARM_NONE)
		sum.disp = u->imm2;
	else
		sum.index = in_reg(e, source(u, u->m), RAX);
	lea(&e->c, to, sum);
	put(e, u->n, to);
}

static uint8_t structure_base(struct emit *e, const struct arm_uop *u)
{
	uint8_t base = in_reg(e, source(u, u->n), RCX);

	if (u->imm > 1)
		check_aligned(e, base, 0, u->imm, u);
	return base;
}

/* Whole registers: what is loaded goes to registers behind the last access. */
static bool emit_ld(struct emit *e, const struct arm_uop *u)
{
	uint8_t base, x = 0;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	for (unsigned k = 0; k < u->size; k += u->size - k > 1 ? 2 : 1)
		asm_rm(&e->c, u->size - k > 1 ? VEX(1, 0, 0x10) : VEX(1, 0xf3, 0x7e), x++, guest_at(e, base, 8 * k));
	x = 0;
	for (unsigned k = 0; k < u->size; k += u->size - k > 1 ? 2 : 1)
		store_vec(e, u->d + k, u->size - k > 1 ? 2 : 1, x++);
	structure_back(e, u, base);
	return true;
}

static bool emit_st(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	for (unsigned k = 0; k < u->size; k += u->size - k > 1 ? 2 : 1) {
		unsigned two = u->size - k > 1 ? 2 : 1;

		load_vec(e, 0, u->d + k, two);
		asm_rm(&e->c, two == 2 ? VEX(1, 0, 0x11) : VEX(1, 0x66, 0xd6), 0, guest_at(e, base, 8 * k));
	}
	structure_back(e, u, base);
	return true;
}

static bool emit_ld_lane(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	asm_rm(&e->c, u->form == LANE_32 ? OP(0x8b) : OP0F(u->form == LANE_8 ? 0xb6 : 0xb7), RAX, guest_at(e, base, 0));
	held_drop(e, 2 * u->d, 2);
	asm_rm(&e->c, (struct op){.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16}, RAX, element(u->d, u));
	structure_back(e, u, base);
	return true;
}

static bool emit_st_lane(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	asm_rm(&e->c, u->form == LANE_32 ? OP(0x8b) : OP0F(u->form == LANE_8 ? 0xb6 : 0xb7), RAX, element(u->d, u));
	asm_rm(&e->c, (struct op){.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16}, RAX, guest_at(e, base, 0));
	structure_back(e, u, base);
	return true;
}

static bool emit_ld_all(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	asm_rm(&e->c, packed(broadcast[u->form]), 0, guest_at(e, base, 0));
	for (unsigned k = 0; k < u->size; k++)
		store_vec(e, u->d + k, 1, 0);
	structure_back(e, u, base);
	return true;
}

arm_emitter *arm_neon_emitter(unsigned op)
{
	static arm_emitter *const emitters[] = {
		[ARM_V_GET - ARM_SIMD] = emit_get, [ARM_V_PUT - ARM_SIMD] = emit_put, [ARM_V_DUPR - ARM_SIMD] = emit_dup_core,
		[ARM_V_LD - ARM_SIMD] = emit_ld, [ARM_V_ST - ARM_SIMD] = emit_st, [ARM_V_LDL - ARM_SIMD] = emit_ld_lane,
		[ARM_V_STL - ARM_SIMD] = emit_st_lane, [ARM_V_LDD - ARM_SIMD] = emit_ld_all,
		[ARM_V_AND - ARM_SIMD] = emit_logic, [ARM_V_BIC - ARM_SIMD] = emit_logic, [ARM_V_ORR - ARM_SIMD] = emit_logic,
		[ARM_V_ORN - ARM_SIMD] = emit_logic, [ARM_V_EOR - ARM_SIMD] = emit_logic, [ARM_V_BSL - ARM_SIMD] = emit_select,
		[ARM_V_BIT - ARM_SIMD] = emit_select, [ARM_V_BIF - ARM_SIMD] = emit_select, [ARM_V_MVN - ARM_SIMD] = emit_not,
		[ARM_V_MOVI - ARM_SIMD] = emit_immediate, [ARM_V_ORRI - ARM_SIMD] = emit_immediate, [ARM_V_BICI - ARM_SIMD] = emit_immediate,
		[ARM_V_ADD - ARM_SIMD] = emit_simple, [ARM_V_SUB - ARM_SIMD] = emit_simple, [ARM_V_RHADD - ARM_SIMD] = emit_simple,
		[ARM_V_QADD - ARM_SIMD] = emit_qadd, [ARM_V_QSUB - ARM_SIMD] = emit_qadd, [ARM_V_CGT - ARM_SIMD] = emit_compare_any,
		[ARM_V_CGE - ARM_SIMD] = emit_compare, [ARM_V_CEQ - ARM_SIMD] = emit_simple, [ARM_V_TST - ARM_SIMD] = emit_compare,
		[ARM_V_MAX - ARM_SIMD] = emit_simple, [ARM_V_MIN - ARM_SIMD] = emit_simple, [ARM_V_ABD - ARM_SIMD] = emit_abd,
		[ARM_V_ABA - ARM_SIMD] = emit_abd, [ARM_V_MUL - ARM_SIMD] = emit_simple, [ARM_V_MLA - ARM_SIMD] = emit_mla,
		[ARM_V_MLS - ARM_SIMD] = emit_mla, [ARM_V_PADD - ARM_SIMD] = emit_pairs, [ARM_V_CGTZ - ARM_SIMD] = emit_compare_zero,
		[ARM_V_CGEZ - ARM_SIMD] = emit_compare_zero, [ARM_V_CEQZ - ARM_SIMD] = emit_compare_zero,
		[ARM_V_CLEZ - ARM_SIMD] = emit_compare_zero, [ARM_V_CLTZ - ARM_SIMD] = emit_compare_zero, [ARM_V_ABS - ARM_SIMD] = emit_abs,
		[ARM_V_NEG - ARM_SIMD] = emit_abs, [ARM_V_PADDL - ARM_SIMD] = emit_pairs_long, [ARM_V_PADAL - ARM_SIMD] = emit_pairs_long,
		[ARM_V_SHLI - ARM_SIMD] = emit_shift_left, [ARM_V_SHRI - ARM_SIMD] = emit_shift_right,
		[ARM_V_RSHRI - ARM_SIMD] = emit_shift_right, [ARM_V_SRA - ARM_SIMD] = emit_shift_right,
		[ARM_V_RSRA - ARM_SIMD] = emit_shift_right, [ARM_V_SLI - ARM_SIMD] = emit_insert, [ARM_V_SRI - ARM_SIMD] = emit_insert,
		[ARM_V_SHRN - ARM_SIMD] = emit_narrow, [ARM_V_RSHRN - ARM_SIMD] = emit_narrow,
		[ARM_V_QSHRN - ARM_SIMD] = emit_narrow_saturating, [ARM_V_QRSHRN - ARM_SIMD] = emit_narrow_saturating,
		[ARM_V_QSHRUN - ARM_SIMD] = emit_narrow_saturating, [ARM_V_QRSHRUN - ARM_SIMD] = emit_narrow_saturating,
		[ARM_V_ADDHN - ARM_SIMD] = emit_high_half, [ARM_V_RADDHN - ARM_SIMD] = emit_high_half,
		[ARM_V_SUBHN - ARM_SIMD] = emit_high_half, [ARM_V_RSUBHN - ARM_SIMD] = emit_high_half,
		[ARM_V_SHLL - ARM_SIMD] = emit_shift_long, [ARM_V_ADDL - ARM_SIMD] = emit_long, [ARM_V_SUBL - ARM_SIMD] = emit_long,
		[ARM_V_ADDW - ARM_SIMD] = emit_long, [ARM_V_SUBW - ARM_SIMD] = emit_long, [ARM_V_ABDL - ARM_SIMD] = emit_abdl,
		[ARM_V_ABAL - ARM_SIMD] = emit_abdl, [ARM_V_MULL - ARM_SIMD] = emit_mull, [ARM_V_MLAL - ARM_SIMD] = emit_mull,
		[ARM_V_MLSL - ARM_SIMD] = emit_mull, [ARM_V_EXT - ARM_SIMD] = emit_ext, [ARM_V_REV - ARM_SIMD] = emit_rev,
		[ARM_V_DUP - ARM_SIMD] = emit_dup, [ARM_V_SWP - ARM_SIMD] = emit_swap, [ARM_V_TRN - ARM_SIMD] = emit_trn,
		[ARM_V_UZP - ARM_SIMD] = emit_uzp, [ARM_V_ZIP - ARM_SIMD] = emit_zip, [ARM_V_TBL - ARM_SIMD] = emit_tbl,
	};

	op -= ARM_SIMD;
	return op < sizeof emitters / sizeof *emitters ? emitters[op] : NULL;
}

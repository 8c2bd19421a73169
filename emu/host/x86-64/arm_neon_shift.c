/* SPDX-License-Identifier: MIT */
/* Advanced SIMD on AVX2: shifts, and results of half the width. */
#include "emu/host/x86-64/arm_lanes.h"

const uint8_t lower_half_picks[3][16] = {
	{0, 2, 4, 6, 8, 10, 12, 14, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
	{0, 1, 4, 5, 8, 9, 12, 13, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
	{0, 1, 2, 3, 8, 9, 10, 11, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
};

/* ---- shifts by a constant ---- */

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

void shift_right(struct emit *e, unsigned form, bool with_sign, uint8_t to, uint8_t from, unsigned n)
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

bool neon_shift_left(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	if (u->form == LANE_8)
		shift_bytes(e, true, false, 0, 0, u->amount);
	else
		shift_lanes(e, SHIFT_LEFT, u->form, 0, 0, u->amount);
	return done(e, u);
}

bool neon_shift_right(struct emit *e, const struct arm_uop *u)
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
bool neon_insert(struct emit *e, const struct arm_uop *u)
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

/* d = lower halves of m >> amount. */
bool neon_narrow(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 0, u->m, 2);
	if (u->op == ARM_V_RSHRN)
		shift_rounding(e, u->form + 1, false, 0, u->amount);
	else if (u->amount)
		shift_lanes(e, SHIFT_RIGHT, u->form + 1, 0, 0, u->amount);
	p_rm(e, PSHUFB, 0, 0, constant(lower_half_picks[u->form]));
	store_vec(e, u->d, 1, 0);
	return true;
}

/* Saturated by a pack instruction; QC if widening it again gives something else. */
bool neon_narrow_saturating(struct emit *e, const struct arm_uop *u)
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

bool neon_high_half(struct emit *e, const struct arm_uop *u)
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
	p_rm(e, PSHUFB, 0, 0, constant(lower_half_picks[u->form]));
	store_vec(e, u->d, 1, 0);
	return true;
}

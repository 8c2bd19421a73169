/* SPDX-License-Identifier: MIT */
/* Advanced SIMD on AVX2: results of twice the width, and sums of neighbours. */
#include "emu/host/x86-64/arm_lanes.h"

static void widen(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	asm_rr(&e->c, packed((is_unsigned(u) ? extend_u : extend_s)[u->form]), x, x);
}

bool neon_shift_long(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	widen(e, u, 0);
	if (u->amount)
		shift_lanes(e, SHIFT_LEFT, u->form + 1, 0, 0, u->amount);
	store_vec(e, u->d, 2, 0);
	return true;
}

bool neon_long(struct emit *e, const struct arm_uop *u)
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
bool neon_abdl(struct emit *e, const struct arm_uop *u)
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

bool neon_mull(struct emit *e, const struct arm_uop *u)
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
bool neon_pairs_long(struct emit *e, const struct arm_uop *u)
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
void join(struct emit *e, unsigned n, unsigned m)
{
	load_vec(e, 0, n, 1);
	v_rm(e, VEX(1, 0, 0x16), 0, 0, home_d(m)); /* vmovhps */
}

bool neon_pairs(struct emit *e, const struct arm_uop *u)
{
	if (!hadd[u->form])
		return false;
	join(e, u->n, u->m);
	p_rr(e, hadd[u->form], 0, 0, 0);
	return done(e, u);
}

/* SPDX-License-Identifier: MIT */
/* Advanced SIMD on AVX2: permutations, elements and core registers. */
#include "emu/host/x86-64/arm_lanes.h"

/* ---- permutations ---- */

bool neon_dup(struct emit *e, const struct arm_uop *u)
{
	asm_rm(&e->c, packed(broadcast[u->form]), 0, mem_base(R_CPU, CPU_D + 8 * u->m + (u->amount << u->form)));
	return done(e, u);
}

bool neon_dup_core(struct emit *e, const struct arm_uop *u)
{
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), 0, in_reg(e, source(u, u->m), RAX));
	asm_rr(&e->c, packed(broadcast[u->form]), 0, 0);
	return done(e, u);
}

bool neon_ext(struct emit *e, const struct arm_uop *u)
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

bool neon_rev(struct emit *e, const struct arm_uop *u)
{
	/* by the bits that change: bytes of 2, 4, 8; halfwords of 4, 8; words of 8 */
	static const _Alignas(16) uint8_t picks[8][16] = {[1] = REV(1), [2] = REV(2), [3] = REV(3), [4] = REV(4), [6] = REV(6), [7] = REV(7)};

	load_m(e, u, 0);
	p_rm(e, PSHUFB, 0, 0, constant(picks[(1 << u->amount) - (1 << u->form)]));
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

bool neon_swap(struct emit *e, const struct arm_uop *u)
{
	load_m(e, u, 0);
	load_vec(e, 1, u->d, u->size);
	store_vec(e, u->d, u->size, 0);
	store_vec(e, u->m, u->size, 1);
	return true;
}

bool neon_zip(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 2, u->d, u->size);
	load_vec(e, 3, u->m, u->size);
	p_rr(e, unpack_low[u->form], 0, 2, 3);
	if (u->size == 2)
		p_rr(e, unpack_high[u->form], 1, 2, 3);
	return done_both(e, u);
}

/* Even elements to the lower half, odd ones to the upper; then halves of both registers together. */
bool neon_uzp(struct emit *e, const struct arm_uop *u)
{
	static const _Alignas(16) uint8_t picks[3][16] = {
		{0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15},
		{0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15},
		{0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15},
	};

	if (u->size == 1) {
		join(e, u->d, u->m);
		p_rm(e, PSHUFB, 0, 0, constant(picks[u->form]));
		return done_both(e, u);
	}
	asm_rm(&e->c, VEX(1, 0, 0x10), 4, constant(picks[u->form]));
	load_vec(e, 2, u->d, 2);
	load_vec(e, 3, u->m, 2);
	p_rr(e, PSHUFB, 2, 2, 4);
	p_rr(e, PSHUFB, 3, 3, 4);
	p_rr(e, unpack_low[LANE_64], 0, 2, 3);
	p_rr(e, unpack_high[LANE_64], 1, 2, 3);
	return done_both(e, u);
}

bool neon_trn(struct emit *e, const struct arm_uop *u)
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
bool neon_tbl(struct emit *e, const struct arm_uop *u)
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
		load_clean(e, 0, u->n + 2, 1); /* of three the fourth gives 0 */
		if (u->size == 4)
			v_rm(e, VEX(1, 0, 0x16), 0, 0, home_d(u->n + 3));
		p_rr(e, PSHUFB, 0, 0, 1);
		p_rr(e, POR, 5, 5, 0);
	}
	store_vec(e, u->d, 1, 5);
	return true;
}

/* ---- elements and core registers ---- */

bool neon_get(struct emit *e, const struct arm_uop *u)
{
	static const uint8_t codes[2][2] = {{0xbe, 0xbf}, {0xb6, 0xb7}};
	uint8_t to = target_reg(u->d, RAX);

	asm_rm(&e->c, u->form == LANE_32 ? OP(0x8b) : OP0F(codes[is_unsigned(u)][u->form]), to, element(u->m, u));
	put(e, u->d, to);
	return true;
}

bool neon_put(struct emit *e, const struct arm_uop *u)
{
	struct op op = {.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16, .rex = 1};

	held_drop(e, 2 * u->d, 2);
	asm_rm(&e->c, op, in_reg(e, source(u, u->m), RAX), element(u->d, u));
	return true;
}

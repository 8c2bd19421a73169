/* SPDX-License-Identifier: MIT */
/*
 * Advanced SIMD on AVX2: integers, lane by lane. n is loaded to xmm0, m to xmm1, and the result is made in xmm0; a D register's
 * operation is done on all 128 bits, the upper ones being 0 or unused.
 */
#include "emu/host/x86-64/arm_lanes.h"

/* ---- operands ---- */

void load_n(struct emit *e, const struct arm_uop *u)
{
	load_vec(e, 0, u->n, u->size);
}

void load_m(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	if (u->carry & V_SCALAR)
		asm_rm(&e->c, packed(broadcast[u->form]), x, mem_base(R_CPU, CPU_D + 8 * u->m + (u->amount << u->form)));
	else
		load_vec(e, x, u->m, u->size);
}

uint8_t n_in(struct emit *e, const struct arm_uop *u)
{
	return vec_in(e, 0, u->n, u->size);
}

uint8_t m_in(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	if (!(u->carry & V_SCALAR))
		return vec_in(e, x, u->m, u->size);
	load_m(e, u, x);
	return x;
}

uint8_t d_place(struct emit *e, const struct arm_uop *u)
{
	return vec_place(e, u->d, u->size);
}

bool done_at(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	store_vec(e, u->d, u->size, x);
	return true;
}

bool done(struct emit *e, const struct arm_uop *u)
{
	return done_at(e, u, 0);
}

void spread_byte(struct emit *e, uint8_t x, uint8_t v)
{
	mov_imm(&e->c, RAX, v * 0x01010101u);
	asm_rr(&e->c, VEX(1, 0x66, 0x6e), x, RAX);
	asm_rr(&e->c, packed(broadcast[LANE_32]), x, x);
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

	uint8_t n, m, to;

	if (!op || !op[u->form])
		return false;
	n = n_in(e, u);
	m = m_in(e, u, 1);
	to = d_place(e, u);
	p_rr(e, op[u->form], to, n, m);
	return done_at(e, u, to);
}

static bool emit_logic(struct emit *e, const struct arm_uop *u)
{
	uint8_t n = n_in(e, u), m, to;

	if (u->op == ARM_V_ORN) {
		load_m(e, u, 1);
		invert(e, 1);
		m = 1;
	} else {
		m = m_in(e, u, 1);
	}
	to = d_place(e, u);
	switch (u->op) {
	case ARM_V_AND:
		p_rr(e, PAND, to, n, m);
		break;
	case ARM_V_BIC:
		p_rr(e, PANDN, to, m, n);
		break;
	case ARM_V_ORR:
	case ARM_V_ORN:
		p_rr(e, POR, to, n, m);
		break;
	default:
		p_rr(e, PXOR, to, n, m);
		break;
	}
	return done_at(e, u, to);
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
	uint8_t n, d, to;

	if (!mul[u->form])
		return false;
	n = n_in(e, u);
	p_rr(e, mul[u->form], 1, n, m_in(e, u, 1));
	d = vec_in(e, 2, u->d, u->size);
	to = d_place(e, u);
	p_rr(e, (u->op == ARM_V_MLA ? add : sub)[u->form], to, d, 1);
	return done_at(e, u, to);
}

/* x = |x - 1| by the larger less the smaller. */
void difference(struct emit *e, const struct arm_uop *u, unsigned form)
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
void saturated_if_differ(struct emit *e, uint8_t a, uint8_t b)
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
	load_clean(e, 0, u->n, u->size); /* nothing above 64 bits that may saturate */
	load_clean(e, 1, u->m, u->size);
	p_rr(e, (plus ? add : sub)[u->form], 2, 0, 1);
	p_rr(e, op[u->form], 0, 0, 1);
	saturated_if_differ(e, 2, 0);
	return done(e, u);
}

arm_emitter *arm_neon_emitter(unsigned op)
{
	static arm_emitter *const emitters[] = {
		[ARM_V_GET - ARM_SIMD] = neon_get, [ARM_V_PUT - ARM_SIMD] = neon_put, [ARM_V_DUPR - ARM_SIMD] = neon_dup_core,
		[ARM_V_LD - ARM_SIMD] = neon_ld, [ARM_V_ST - ARM_SIMD] = neon_st, [ARM_V_LDL - ARM_SIMD] = neon_ld_lane,
		[ARM_V_STL - ARM_SIMD] = neon_st_lane, [ARM_V_LDD - ARM_SIMD] = neon_ld_all,
		[ARM_V_AND - ARM_SIMD] = emit_logic, [ARM_V_BIC - ARM_SIMD] = emit_logic, [ARM_V_ORR - ARM_SIMD] = emit_logic,
		[ARM_V_ORN - ARM_SIMD] = emit_logic, [ARM_V_EOR - ARM_SIMD] = emit_logic, [ARM_V_BSL - ARM_SIMD] = emit_select,
		[ARM_V_BIT - ARM_SIMD] = emit_select, [ARM_V_BIF - ARM_SIMD] = emit_select, [ARM_V_MVN - ARM_SIMD] = emit_not,
		[ARM_V_MOVI - ARM_SIMD] = emit_immediate, [ARM_V_ORRI - ARM_SIMD] = emit_immediate, [ARM_V_BICI - ARM_SIMD] = emit_immediate,
		[ARM_V_ADD - ARM_SIMD] = emit_simple, [ARM_V_SUB - ARM_SIMD] = emit_simple, [ARM_V_RHADD - ARM_SIMD] = emit_simple,
		[ARM_V_QADD - ARM_SIMD] = emit_qadd, [ARM_V_QSUB - ARM_SIMD] = emit_qadd, [ARM_V_CGT - ARM_SIMD] = emit_compare_any,
		[ARM_V_CGE - ARM_SIMD] = emit_compare, [ARM_V_CEQ - ARM_SIMD] = emit_simple, [ARM_V_TST - ARM_SIMD] = emit_compare,
		[ARM_V_MAX - ARM_SIMD] = emit_simple, [ARM_V_MIN - ARM_SIMD] = emit_simple, [ARM_V_ABD - ARM_SIMD] = emit_abd,
		[ARM_V_ABA - ARM_SIMD] = emit_abd, [ARM_V_MUL - ARM_SIMD] = emit_simple, [ARM_V_MLA - ARM_SIMD] = emit_mla,
		[ARM_V_MLS - ARM_SIMD] = emit_mla, [ARM_V_PADD - ARM_SIMD] = neon_pairs, [ARM_V_CGTZ - ARM_SIMD] = emit_compare_zero,
		[ARM_V_CGEZ - ARM_SIMD] = emit_compare_zero, [ARM_V_CEQZ - ARM_SIMD] = emit_compare_zero,
		[ARM_V_CLEZ - ARM_SIMD] = emit_compare_zero, [ARM_V_CLTZ - ARM_SIMD] = emit_compare_zero, [ARM_V_ABS - ARM_SIMD] = emit_abs,
		[ARM_V_NEG - ARM_SIMD] = emit_abs, [ARM_V_PADDL - ARM_SIMD] = neon_pairs_long, [ARM_V_PADAL - ARM_SIMD] = neon_pairs_long,
		[ARM_V_SHLI - ARM_SIMD] = neon_shift_left, [ARM_V_SHRI - ARM_SIMD] = neon_shift_right,
		[ARM_V_RSHRI - ARM_SIMD] = neon_shift_right, [ARM_V_SRA - ARM_SIMD] = neon_shift_right,
		[ARM_V_RSRA - ARM_SIMD] = neon_shift_right, [ARM_V_SLI - ARM_SIMD] = neon_insert, [ARM_V_SRI - ARM_SIMD] = neon_insert,
		[ARM_V_SHRN - ARM_SIMD] = neon_narrow, [ARM_V_RSHRN - ARM_SIMD] = neon_narrow,
		[ARM_V_QSHRN - ARM_SIMD] = neon_narrow_saturating, [ARM_V_QRSHRN - ARM_SIMD] = neon_narrow_saturating,
		[ARM_V_QSHRUN - ARM_SIMD] = neon_narrow_saturating, [ARM_V_QRSHRUN - ARM_SIMD] = neon_narrow_saturating,
		[ARM_V_ADDHN - ARM_SIMD] = neon_high_half, [ARM_V_RADDHN - ARM_SIMD] = neon_high_half,
		[ARM_V_SUBHN - ARM_SIMD] = neon_high_half, [ARM_V_RSUBHN - ARM_SIMD] = neon_high_half,
		[ARM_V_SHLL - ARM_SIMD] = neon_shift_long, [ARM_V_ADDL - ARM_SIMD] = neon_long, [ARM_V_SUBL - ARM_SIMD] = neon_long,
		[ARM_V_ADDW - ARM_SIMD] = neon_long, [ARM_V_SUBW - ARM_SIMD] = neon_long, [ARM_V_ABDL - ARM_SIMD] = neon_abdl,
		[ARM_V_ABAL - ARM_SIMD] = neon_abdl, [ARM_V_MULL - ARM_SIMD] = neon_mull, [ARM_V_MLAL - ARM_SIMD] = neon_mull,
		[ARM_V_MLSL - ARM_SIMD] = neon_mull, [ARM_V_EXT - ARM_SIMD] = neon_ext, [ARM_V_REV - ARM_SIMD] = neon_rev,
		[ARM_V_DUP - ARM_SIMD] = neon_dup, [ARM_V_SWP - ARM_SIMD] = neon_swap, [ARM_V_TRN - ARM_SIMD] = neon_trn,
		[ARM_V_UZP - ARM_SIMD] = neon_uzp, [ARM_V_ZIP - ARM_SIMD] = neon_zip, [ARM_V_TBL - ARM_SIMD] = neon_tbl,
	};

	op -= ARM_SIMD;
	return op < sizeof emitters / sizeof *emitters ? emitters[op] : NULL;
}

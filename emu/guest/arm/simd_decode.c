/* SPDX-License-Identifier: MIT */
/*
 * VFP and Advanced SIMD instructions -> uops. The encodings stand in simd.list; gen-simd makes tables of them. Here is how a row
 * is found, and the shapes: small functions that make operands of an instruction's fields.
 */
#include "emu/guest/arm/arm.h"
#include "emu/guest/arm/simd.h"
#include "emu/uop.h"

enum { /* flags of a row */
	F_U = 1,        /* bit 24: V_U */
	F_ALWAYS_U = 2,
	F_Q = 4,        /* bit 6: Q registers */
	F_R = 8,        /* bit 24: Q registers */
	F_Q0 = 16,      /* only with Q = 0, 1 */
	F_Q1 = 32,
	F_s = 64,       /* has a size; where it is: s_at */
};

/* Architecture versions: with VFPv3 came 32 registers. */
enum {
	NEED_V3 = ARM_HAS_V7,
	NEED_V4 = ARM_HAS_V7 | ARM_HAS_DIV,
	NEED_V8 = ARM_HAS_V8,
};

struct row;
/* What stands in every uop before: op, form, size, carry, amount, imm as the row says. False: undefined or unpredictable. */
typedef bool shape(struct arm_uop *u, uint32_t i);

struct row {
	uint32_t mask, value;
	uint16_t op;
	shape *make;
	uint8_t flags;
	uint8_t s_at, s_min, s_max;
	uint8_t lane;   /* 0xff: the size field */
	uint8_t amount, imm;
	uint8_t need;   /* ARM_HAS_* */
};

#include "simd-table.c.h"

static unsigned bits(uint32_t i, unsigned lsb, unsigned n)
{
	return i >> lsb & ((1u << n) - 1);
}

/* D registers by the five bits of a field. */
static unsigned dd(uint32_t i)
{
	return bits(i, 22, 1) << 4 | bits(i, 12, 4);
}

static unsigned dn(uint32_t i)
{
	return bits(i, 7, 1) << 4 | bits(i, 16, 4);
}

static unsigned dm(uint32_t i)
{
	return bits(i, 5, 1) << 4 | bits(i, 0, 4);
}

/* S registers: the fifth bit is the lowest. */
static unsigned sd(uint32_t i)
{
	return bits(i, 12, 4) << 1 | bits(i, 22, 1);
}

static unsigned sn(uint32_t i)
{
	return bits(i, 16, 4) << 1 | bits(i, 7, 1);
}

static unsigned sm(uint32_t i)
{
	return bits(i, 0, 4) << 1 | bits(i, 5, 1);
}

static bool even(unsigned r)
{
	return !(r & 1);
}

/* A Q register must be named by an even number. */
static bool fits(const struct arm_uop *u, unsigned r)
{
	return u->size == 1 || even(r);
}

/* ---- three registers ---- */

static bool shape_same(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->n = dn(i);
	u->m = dm(i);
	return fits(u, u->d) && fits(u, u->n) && fits(u, u->m);
}

/* Register-controlled shifts have the shifted operand second. */
static bool shape_swapped(struct arm_uop *u, uint32_t i)
{
	bool ok = shape_same(u, i);

	u->n = dm(i);
	u->m = dn(i);
	return ok;
}

static bool shape_long(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->n = dn(i);
	u->m = dm(i);
	return even(u->d);
}

static bool shape_wide(struct arm_uop *u, uint32_t i)
{
	return shape_long(u, i) && even(u->n);
}

static bool shape_narrow(struct arm_uop *u, uint32_t i)
{
	shape_long(u, i);
	return even(u->n) && even(u->m);
}

/* The scalar: D0..7 in four elements, D0..15 in two. */
static bool pick_scalar(struct arm_uop *u, uint32_t i)
{
	u->carry |= V_SCALAR;
	u->form = bits(i, 20, 2);
	u->m = u->form == LANE_16 ? bits(i, 0, 3) : bits(i, 0, 4);
	u->amount = u->form == LANE_16 ? bits(i, 5, 1) << 1 | bits(i, 3, 1) : bits(i, 5, 1);
	return u->form == LANE_16 || u->form == LANE_32;
}

static bool shape_scalar(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->n = dn(i);
	return pick_scalar(u, i) && fits(u, u->d) && fits(u, u->n);
}

static bool shape_scalar_long(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->n = dn(i);
	return pick_scalar(u, i) && even(u->d);
}

static bool shape_extract(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_8;
	u->amount = bits(i, 8, 4);
	return shape_same(u, i) && u->amount < 8 * u->size;
}

static bool shape_table(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_8;
	u->d = dd(i);
	u->n = dn(i);
	u->m = dm(i);
	u->size = bits(i, 8, 2) + 1;
	return u->n + u->size <= 32;
}

/* ---- two registers ---- */

static bool shape_two(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->m = dm(i);
	if (u->op == ARM_V_TRN && u->d == u->m)
		return false;
	return fits(u, u->d) && fits(u, u->m);
}

/* Bit 7 says unsigned. */
static bool shape_two_op(struct arm_uop *u, uint32_t i)
{
	u->carry |= bits(i, 7, 1) ? V_U : 0;
	return shape_two(u, i);
}

static bool shape_quad(struct arm_uop *u, uint32_t i)
{
	u->size = 2;
	return shape_two(u, i);
}

/* Two elements cannot be zipped: that is VTRN. */
static bool shape_zip(struct arm_uop *u, uint32_t i)
{
	return shape_two(u, i) && u->d != u->m && (u->size == 2 || u->form < LANE_32);
}

/* VMOVN and VQMOVN are narrowing shifts by 0. */
static bool shape_move_narrow(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->m = dm(i);
	return even(u->m);
}

static bool shape_narrow1(struct arm_uop *u, uint32_t i)
{
	return shape_move_narrow(u, i);
}

static bool shape_long1(struct arm_uop *u, uint32_t i)
{
	u->d = dd(i);
	u->m = dm(i);
	return even(u->d);
}

static bool shape_shll_max(struct arm_uop *u, uint32_t i)
{
	u->amount = 8 << u->form;
	return shape_long1(u, i);
}

/* Width and element number in one: the lowest bit set says the width. */
static bool shape_dup(struct arm_uop *u, uint32_t i)
{
	unsigned imm4 = bits(i, 16, 4);

	u->form = __builtin_ctz(imm4 | 8);
	u->amount = imm4 >> (u->form + 1);
	u->d = dd(i);
	u->m = dm(i);
	return (imm4 & 7) && fits(u, u->d);
}

/* ---- shifts by an immediate, modified immediates ---- */

/* L:imm6: the highest bit set says the width, those below how much. */
static unsigned shift_field(struct arm_uop *u, uint32_t i)
{
	unsigned field = bits(i, 7, 1) << 6 | bits(i, 16, 6);

	if (field < 8)
		return 0;
	u->form = 31 - __builtin_clz(field) - 3;
	return field;
}

static bool shape_shift_right(struct arm_uop *u, uint32_t i)
{
	unsigned field = shift_field(u, i);

	u->amount = (16 << u->form) - field;
	return field && shape_two(u, i);
}

static bool shape_shift_left(struct arm_uop *u, uint32_t i)
{
	unsigned field = shift_field(u, i);

	u->amount = field - (8 << u->form);
	return field && shape_two(u, i);
}

static bool shape_shift_narrow(struct arm_uop *u, uint32_t i)
{
	return shape_shift_right(u, i) && even(u->m);
}

static bool shape_shift_long(struct arm_uop *u, uint32_t i)
{
	return shape_shift_left(u, i) && even(u->d);
}

static bool shape_fixed_lanes(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_32;
	u->amount = 64 - bits(i, 16, 6);
	return shape_two(u, i);
}

/* AdvSIMDExpandImm(), A7.4.6. */
static uint64_t expand(unsigned op, unsigned cmode, uint64_t imm8)
{
	uint64_t v = 0;

	switch (cmode >> 1) {
	case 0: case 1: case 2: case 3: /* a byte of each word */
		return (imm8 << 8 * (cmode >> 1)) * 0x100000001;
	case 4: case 5: /* of each halfword */
		return (imm8 << 8 * (cmode >> 1 & 1)) * 0x1000100010001;
	case 6: /* with ones below */
		return (cmode & 1 ? imm8 << 16 | 0xffff : imm8 << 8 | 0xff) * 0x100000001;
	default:
		break;
	}
	if (cmode == 14 && !op)
		return imm8 * 0x0101010101010101;
	if (cmode == 14) {
		for (unsigned k = 0; k < 8; k++)
			v |= imm8 >> k & 1 ? 0xffull << 8 * k : 0;
		return v;
	}
	/* single precision: aBbbbbbc defgh000 0... */
	v = (imm8 & 0x80) << 24 | (imm8 & 0x40 ? 0x3e000000 : 0x40000000) | (imm8 & 0x3f) << 19;
	return v * 0x100000001;
}

static void immediate(struct arm_uop *u, uint64_t v)
{
	u->imm = v;
	u->imm2 = v >> 32;
}

static bool shape_modified(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_64;
	u->d = dd(i);
	immediate(u, expand(bits(i, 5, 1), bits(i, 8, 4), bits(i, 24, 1) << 7 | bits(i, 16, 3) << 4 | bits(i, 0, 4)));
	return fits(u, u->d);
}

static bool shape_modified_not(struct arm_uop *u, uint32_t i)
{
	bool ok = shape_modified(u, i);

	u->imm = ~u->imm;
	u->imm2 = ~u->imm2;
	return ok;
}

/* ---- element and structure loads and stores ---- */

/* Base and write-back: m = 15 none, 13 by what was transferred. */
static bool structure(struct arm_uop *u, uint32_t i, unsigned bytes, unsigned align, unsigned last)
{
	unsigned m = bits(i, 0, 4);

	u->d = dd(i);
	u->n = bits(i, 16, 4);
	u->m = ARM_NONE;
	u->imm = align;
	if (m != 15) {
		u->attr |= UA_WB;
		u->imm2 = bytes;
		if (m != 13)
			u->m = m;
	}
	return u->n != ARM_PC && u->d + last < 32;
}

static bool shape_structures(struct arm_uop *u, uint32_t i)
{
	/* by bits 11..8: members, registers for each, their distance, largest align field */
	static const struct { uint8_t members, regs, apart, align; } types[16] = {
		[0] = {4, 1, 1, 3}, [1] = {4, 1, 2, 3}, [2] = {1, 4, 1, 3}, [3] = {2, 2, 2, 3}, [4] = {3, 1, 1, 1}, [5] = {3, 1, 2, 1},
		[6] = {1, 3, 1, 1}, [7] = {1, 1, 1, 1}, [8] = {2, 1, 1, 2}, [9] = {2, 1, 2, 2}, [10] = {1, 2, 1, 2},
	};
	unsigned type = bits(i, 8, 4), align = bits(i, 4, 2);

	u->form = bits(i, 6, 2);
	u->list = types[type].members;
	u->size = types[type].regs;
	u->amount = types[type].apart;
	if (!u->list || align > types[type].align || (u->list > 1 && u->form == LANE_64))
		return false;
	return structure(u, i, 8 * u->list * u->size, align ? 4 << align : 0, (u->list - 1) * u->amount + u->size - 1);
}

/* index_align, bits 7..4: the element's number on top; below it distance and alignment, by width and members. */
static bool shape_one_lane(struct arm_uop *u, uint32_t i)
{
	unsigned ia = bits(i, 4, 4), align = 0;

	u->form = bits(i, 10, 2);
	if (u->form == LANE_64)
		return false;
	u->list = bits(i, 8, 2) + 1;
	u->amount = ia >> (u->form + 1);
	u->size = 1;
	ia &= (2u << u->form) - 1;
	if (u->list > 1 && u->form != LANE_8 && ia >> u->form & 1) {
		u->size = 2;
		ia &= ~(1u << u->form);
	}
	switch (u->list) {
	case 1: /* 0 or all bits below the element's number that exist: 16 bits have one, 32 two */
		if (ia && ia != (1u << u->form) - 1)
			return false;
		align = ia ? 1 << u->form : 0;
		break;
	case 2:
		if (ia > 1)
			return false;
		align = ia ? 2 << u->form : 0;
		break;
	case 3:
		if (ia)
			return false;
		break;
	case 4: /* 32 bits: 8 or 16 bytes */
		if (ia > (u->form == LANE_32 ? 2 : 1))
			return false;
		align = ia ? (u->form == LANE_32 ? 4 << ia : 4 << u->form) : 0;
		break;
	}
	return structure(u, i, u->list << u->form, align, (u->list - 1) * u->size);
}

static bool shape_to_all_lanes(struct arm_uop *u, uint32_t i)
{
	unsigned two = bits(i, 5, 1), a = bits(i, 4, 1), align = 0;

	u->form = bits(i, 6, 2);
	u->list = bits(i, 8, 2) + 1;
	u->size = u->list == 1 ? two + 1 : 1;
	u->amount = two + 1;
	if (u->list == 4 && u->form == LANE_64 && a) { /* 32 bits, aligned to all four */
		u->form = LANE_32;
		align = 16;
	} else if (u->form == LANE_64) {
		return false;
	} else if (a) {
		if (u->list == 3 || (u->list == 1 && u->form == LANE_8))
			return false;
		align = u->list == 4 && u->form == LANE_32 ? 8 : u->list << u->form;
	}
	return structure(u, i, u->list << u->form, align, u->list == 1 ? two : (u->list - 1u) * u->amount);
}

/* ---- VFP ---- */

static bool is_double(uint32_t i)
{
	return bits(i, 8, 1);
}

/* v8's encodings without condition cannot be in an IT block. */
static bool precision(struct arm_uop *u, uint32_t i)
{
	u->form = is_double(i) ? LANE_64 : LANE_32;
	return i >> 28 != 15 || !(u->attr & UA_IT);
}

static bool shape_three(struct arm_uop *u, uint32_t i)
{
	u->d = is_double(i) ? dd(i) : sd(i);
	u->n = is_double(i) ? dn(i) : sn(i);
	u->m = is_double(i) ? dm(i) : sm(i);
	return precision(u, i);
}

static bool shape_monadic(struct arm_uop *u, uint32_t i)
{
	shape_three(u, i);
	u->n = 0;
	if (u->op == ARM_F_CMPZ || u->op == ARM_F_CMPEZ)
		u->m = 0;
	return precision(u, i);
}

static bool shape_select(struct arm_uop *u, uint32_t i)
{
	static const uint8_t conds[4] = {ARM_EQ, ARM_VS, ARM_GE, ARM_GT};

	u->imm = conds[bits(i, 20, 2)];
	return shape_three(u, i);
}

/* VFPExpandImm(), A7.5.1. */
static bool shape_constant(struct arm_uop *u, uint32_t i)
{
	uint64_t imm8 = bits(i, 16, 4) << 4 | bits(i, 0, 4), exp = imm8 & 0x40 ? 0x3fc : 0x400;

	shape_three(u, i);
	u->n = u->m = 0;
	if (is_double(i))
		immediate(u, (imm8 & 0x80) << 56 | exp << 52 | (imm8 & 0x3f) << 48);
	else
		immediate(u, expand(0, 15, imm8) & 0xffffffff);
	return true;
}

/* d has the precision, m is an S register; and the other way round. */
static bool shape_from_single(struct arm_uop *u, uint32_t i)
{
	bool widen = u->op == ARM_F_WIDEN;

	u->d = is_double(i) || widen ? dd(i) : sd(i);
	u->m = sm(i);
	if (widen)
		return true;
	return precision(u, i);
}

static bool shape_to_single(struct arm_uop *u, uint32_t i)
{
	u->d = sd(i);
	u->m = is_double(i) ? dm(i) : sm(i);
	return precision(u, i);
}

static bool shape_from_half(struct arm_uop *u, uint32_t i)
{
	u->amount = bits(i, 7, 1);
	return shape_from_single(u, i);
}

static bool shape_to_half(struct arm_uop *u, uint32_t i)
{
	u->amount = bits(i, 7, 1);
	return shape_to_single(u, i);
}

static bool shape_fixed(struct arm_uop *u, uint32_t i)
{
	unsigned scale = bits(i, 0, 4) << 1 | bits(i, 5, 1);

	u->d = is_double(i) ? dd(i) : sd(i);
	u->carry |= bits(i, 16, 1) ? V_U : 0;
	u->imm = bits(i, 7, 1) ? 32 : 16;
	u->amount = u->imm - scale;
	return scale <= u->imm && precision(u, i);
}

/* ---- between core and extension registers ---- */

/* r15 is unpredictable, in T32 r13 too. */
static bool core(const struct arm_uop *u, unsigned t)
{
	return t != ARM_PC && !(u->pc & 1 && t == ARM_SP);
}

static bool shape_core_to_single(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_32;
	u->d = sn(i);
	u->m = bits(i, 12, 4);
	return core(u, u->m);
}

static bool shape_single_to_core(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_32;
	u->d = bits(i, 12, 4);
	u->m = sn(i);
	return core(u, u->d);
}

static bool shape_to_fpscr(struct arm_uop *u, uint32_t i)
{
	u->m = bits(i, 12, 4);
	return core(u, u->m);
}

/* To r15 means the flags. */
static bool shape_from_fpscr(struct arm_uop *u, uint32_t i)
{
	u->d = bits(i, 12, 4);
	return u->d == ARM_PC || core(u, u->d);
}

/* opc1:opc2: 1xxx a byte, 0xx1 a halfword, 0x00 a word. */
static bool lane_number(struct arm_uop *u, uint32_t i)
{
	unsigned opc = bits(i, 21, 2) << 2 | bits(i, 5, 2), low = (opc & 7);

	if (opc & 8) {
		u->form = LANE_8;
		u->amount = low;
	} else if (opc & 1) {
		u->form = LANE_16;
		u->amount = low >> 1;
	} else {
		u->form = LANE_32;
		u->amount = low >> 2;
		if (opc & 2)
			return false;
	}
	return true;
}

static bool shape_core_to_lane(struct arm_uop *u, uint32_t i)
{
	u->d = dn(i);
	u->m = bits(i, 12, 4);
	return lane_number(u, i) && core(u, u->m) && (u->form == LANE_32 || arm_features & ARM_HAS_NEON);
}

static bool shape_lane_to_core(struct arm_uop *u, uint32_t i)
{
	u->d = bits(i, 12, 4);
	u->m = dn(i);
	u->carry |= bits(i, 23, 1) ? V_U : 0;
	if (!lane_number(u, i) || !core(u, u->d))
		return false;
	return u->form == LANE_32 ? !(u->carry & V_U) : arm_features & ARM_HAS_NEON;
}

static bool shape_core_to_all(struct arm_uop *u, uint32_t i)
{
	unsigned be = bits(i, 22, 1) << 1 | bits(i, 5, 1);

	u->form = LANE_32 - be;
	u->size = bits(i, 21, 1) + 1;
	u->d = dn(i);
	u->m = bits(i, 12, 4);
	return be < 3 && fits(u, u->d) && core(u, u->m) && arm_features & ARM_HAS_NEON;
}

static bool core_pair(struct arm_uop *u, uint32_t i, uint8_t *low)
{
	*low = bits(i, 12, 4);
	u->a = bits(i, 16, 4);
	return core(u, *low) && core(u, u->a);
}

static bool shape_core_to_pair(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_32;
	u->d = sm(i);
	return core_pair(u, i, &u->m) && u->d != 31;
}

static bool shape_pair_to_core(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_32;
	u->m = sm(i);
	return core_pair(u, i, &u->d) && u->m != 31 && u->d != u->a;
}

static bool shape_core_to_double(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_64;
	u->d = dm(i);
	return core_pair(u, i, &u->m);
}

static bool shape_double_to_core(struct arm_uop *u, uint32_t i)
{
	u->form = LANE_64;
	u->m = dm(i);
	return core_pair(u, i, &u->d) && u->d != u->a;
}

/* ---- extension register loads and stores ---- */

/* r15 as base is a literal; T32 stores cannot have it, nor can write-back. */
static bool base(struct arm_uop *u, uint32_t i)
{
	u->n = bits(i, 16, 4);
	u->d = is_double(i) ? dd(i) : sd(i);
	u->form = is_double(i) ? LANE_64 : LANE_32;
	if (u->n != ARM_PC)
		return true;
	if (u->attr & UA_WB || (u->pc & 1 && u->op != ARM_F_LDR))
		return false;
	u->n = ARM_NONE;
	u->imm += arm_r15(u) & ~3u;
	return true;
}

static bool shape_offset(struct arm_uop *u, uint32_t i)
{
	u->imm = bits(i, 23, 1) ? bits(i, 0, 8) * 4 : -(bits(i, 0, 8) * 4);
	return base(u, i);
}

static bool multiple(struct arm_uop *u, uint32_t i, bool up)
{
	unsigned words = bits(i, 0, 8);

	u->size = is_double(i) ? words / 2 : words;
	u->attr |= bits(i, 21, 1) ? UA_WB : 0;
	u->imm = up ? 0 : -(words * 4);
	u->imm2 = up ? words * 4 : -(words * 4);
	if (!base(u, i))
		return false;
	return u->size && u->d + u->size <= 32 && (!is_double(i) || u->size <= 16);
}

static bool shape_multiple_up(struct arm_uop *u, uint32_t i)
{
	return multiple(u, i, true);
}

static bool shape_multiple_down(struct arm_uop *u, uint32_t i)
{
	return multiple(u, i, false);
}

/* ---- the decoder ---- */

static const struct row *find(uint32_t insn)
{
	const uint16_t *list;

	if (insn >> 25 == 0x79)
		list = data_rows(insn);
	else if (insn >> 24 == 0xf4)
		list = structure_rows(insn);
	else if (insn >> 24 == 0xfe)
		list = vfp8_rows(insn);
	else if (insn >> 28 != 15)
		list = vfp_rows(insn);
	else
		return NULL;
	for (; *list != 0xffff; list++)
		if ((insn & rows[*list].mask) == rows[*list].value)
			return &rows[*list];
	return NULL;
}

/* Does it name a D register beyond the sixteen there were before VFPv3 (and Advanced SIMD)? */
static bool beyond_16(const struct arm_uop *u)
{
	switch (u->op) {
	case ARM_V_PUT:
		return u->d > 15;
	case ARM_V_GET:
		return u->m > 15;
	default:
		break;
	}
	if (u->form != LANE_64)
		return false;
	switch (u->op) {
	case ARM_F_WIDEN: case ARM_F_FROM_INT: case ARM_MOV_DRR: case ARM_F_LDR: case ARM_F_STR:
		return u->d > 15;
	case ARM_F_NARROW: case ARM_F_TO_INT: case ARM_MOV_RRD:
		return u->m > 15;
	case ARM_F_LDM: case ARM_F_STM:
		return u->d + u->size > 16;
	default:
		return u->d > 15 || u->n > 15 || u->m > 15;
	}
}

static unsigned needs(uint32_t insn, const struct row *r)
{
	bool advanced = insn >> 28 == 15 && insn >> 24 != 0xfe;

	return r->need | (advanced ? ARM_HAS_NEON : ARM_HAS_VFP);
}

bool arm_simd_decode(struct arm_uop *u, uint32_t insn, uint8_t *ret_fl_in, uint8_t *ret_fl_out)
{
	const struct row *r = find(insn);
	unsigned s, q;

	if (!r || needs(insn, r) & ~arm_features)
		return false;
	s = bits(insn, r->s_at, 2);
	q = bits(insn, r->flags & F_R ? 24 : 6, 1);
	if (r->flags & F_s && (s < r->s_min || s > r->s_max))
		return false;
	if (r->flags & (q ? F_Q0 : F_Q1))
		return false;
	u->op = r->op;
	u->form = r->lane == 0xff ? s : r->lane;
	u->size = r->flags & (F_Q | F_R) && q ? 2 : 1;
	u->carry = r->flags & F_ALWAYS_U || (r->flags & F_U && bits(insn, 24, 1)) ? V_U : 0;
	u->amount = r->amount;
	u->imm = r->imm;
	if (!r->make(u, insn))
		return false;
	if (u->op == ARM_VMRS && u->d == ARM_PC)
		*ret_fl_out = FL_S | FL_Z | FL_C | FL_O;
	if (u->op == ARM_F_SEL)
		*ret_fl_in = FL_S | FL_Z | FL_O;
	return arm_features & ARM_HAS_V7 || !beyond_16(u);
}

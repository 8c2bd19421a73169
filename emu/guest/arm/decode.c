/* SPDX-License-Identifier: MIT */
/*
 * One A32 or T32 instruction -> one uop. The encodings stand in a32.list, t32.list and t16.list; gen-decode makes tables of
 * them. Here is how a row is found, and the shapes: small functions that make operands of a row's fields.
 */
#include <string.h>

#include "emu/guest/arm/arm.h"
#include "emu/guest/arm/simd.h"
#include "emu/uop.h"

unsigned arm_features = ARM_HAS_V6 | ARM_HAS_V7 | ARM_HAS_DIV | ARM_HAS_V8 | ARM_HAS_VFP | ARM_HAS_NEON;

enum field { F_d, F_n, F_m, F_a, F_s, F_t, F_i, F_c, F_x, F_l, F_o, F_S, F_P, F_U, F_W, F_COUNT };

struct row {
	uint32_t mask, value;
	uint16_t op, first_move;
	uint8_t n_moves, shape;
	uint8_t present, nopc, badreg; /* bit 0..4: d n m a s; 5, 6: P U, else 1 */
	uint8_t need;                  /* ARM_HAS_* */
	uint8_t scale;                 /* of the immediate */
	uint8_t flags;                 /* sets flags outside an IT block */
};

/* Bits of the instruction from lsb on -> bits of the field from `to` on; or, with no mask, a constant. */
struct move {
	uint8_t field, lsb, to;
	uint32_t mask, value;
};

/* What a shape works on. */
struct shaping {
	uint32_t f[F_COUNT];
	uint32_t insn;
	uint8_t fl_in, fl_out; /* SIMD's own */
};

/* False: undefined or unpredictable. */
typedef bool shape(struct arm_uop *u, struct shaping *s);

#include "decode-table.c.h"

static int32_t sign_extend(uint32_t v, unsigned bits)
{
	return (int32_t)(v << (32 - bits)) >> (32 - bits);
}

static bool thumb(const struct arm_uop *u)
{
	return u->pc & 1;
}

static uint32_t rotate(uint32_t v, unsigned n)
{
	return n ? v >> n | v << (32 - n) : v;
}

static void immediate(struct arm_uop *u, uint32_t v, unsigned carry)
{
	u->form = ARM_IMM;
	u->imm = v;
	u->carry = carry;
}

/* ---- operands ---- */

static bool shape_plain(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	return true;
}

/* Without a condition: another than AL is unpredictable in A32, and one of an IT block does not count. */
static bool shape_always(struct arm_uop *u, struct shaping *s)
{
	bool always = thumb(u) || u->cond == ARM_AL;

	u->cond = ARM_AL;
	u->imm = s->f[F_i];
	return always;
}

static bool shape_imm(struct arm_uop *u, struct shaping *s)
{
	immediate(u, s->f[F_i], CARRY_KEEP);
	return true;
}

/* T32: SP is an operand only beside SP; A8.8.4 and its kind. */
static bool sp_rules(const struct arm_uop *u)
{
	return u->d != ARM_PC && u->n != ARM_PC && (u->d != ARM_SP || u->n == ARM_SP);
}

static bool shape_imm_sp(struct arm_uop *u, struct shaping *s)
{
	return shape_imm(u, s) && sp_rules(u);
}

static bool shape_reg(struct arm_uop *u, struct shaping *s)
{
	u->form = ARM_REG;
	u->list = s->f[F_l]; /* MSR */
	return true;
}

/* DecodeImmShift(), A8.4.3. */
static bool shape_shift(struct arm_uop *u, struct shaping *s)
{
	unsigned n = s->f[F_i], type = s->f[F_t];

	if (!n) {
		u->form = type == 0 ? ARM_REG : type == 3 ? ARM_RRX : ARM_LSL + type;
		u->amount = type == 1 || type == 2 ? 32 : 0;
	} else {
		u->form = ARM_LSL + type;
		u->amount = n;
	}
	return true;
}

static bool shape_shift_move(struct arm_uop *u, struct shaping *s)
{
	return shape_shift(u, s);
}

static bool shape_move_t32(struct arm_uop *u, struct shaping *s)
{
	(void)s;
	u->form = ARM_REG;
	return u->d != ARM_SP || u->m != ARM_SP;
}

static bool shape_shift_sp(struct arm_uop *u, struct shaping *s)
{
	shape_shift(u, s);
	if (u->d == ARM_SP && (u->form > ARM_LSL || u->amount > 3))
		return false;
	return sp_rules(u) && u->m != ARM_SP && u->m != ARM_PC;
}

static bool shape_regshift(struct arm_uop *u, struct shaping *s)
{
	u->form = ARM_LSL_REG + s->f[F_t];
	u->a = s->f[F_s];
	return true;
}

/* A32ExpandImm_C(), A5.2.4. */
static bool shape_rotated(struct arm_uop *u, struct shaping *s)
{
	unsigned rot = s->f[F_i] >> 8 << 1;
	uint32_t v = rotate(s->f[F_i] & 0xff, rot);

	immediate(u, v, !rot ? CARRY_KEEP : v >> 31 ? CARRY_1 : CARRY_0);
	u->list = s->f[F_l]; /* MSR */
	return true;
}

/* ThumbExpandImm_C(), A6.3.2. */
static bool shape_expand(struct arm_uop *u, struct shaping *s)
{
	uint32_t i = s->f[F_i], b = i & 0xff;

	if (i >> 10) {
		uint32_t v = rotate(0x80 | (i & 0x7f), i >> 7);

		immediate(u, v, v >> 31 ? CARRY_1 : CARRY_0);
		return true;
	}
	immediate(u, (uint32_t[]){b, b << 16 | b, b << 24 | b << 8, b * 0x01010101u}[i >> 8], CARRY_KEEP);
	return !(i >> 8) || b;
}

static bool shape_expand_sp(struct arm_uop *u, struct shaping *s)
{
	return shape_expand(u, s) && sp_rules(u);
}

/* The field is i:imm4:imm3:imm8, the number imm4:i:imm3:imm8 (A8.8.102). */
static bool shape_movw(struct arm_uop *u, struct shaping *s)
{
	immediate(u, (s->f[F_i] & 0x7ff) | (s->f[F_i] >> 15) << 11 | (s->f[F_i] >> 11 & 15) << 12, CARRY_KEEP);
	return true;
}

static bool shape_adr(struct arm_uop *u, struct shaping *s)
{
	immediate(u, (arm_r15(u) & ~3u) + s->f[F_i], CARRY_KEEP);
	return true;
}

static bool shape_adr_down(struct arm_uop *u, struct shaping *s)
{
	immediate(u, (arm_r15(u) & ~3u) - s->f[F_i], CARRY_KEEP);
	return true;
}

/* ---- multiplies, media ---- */

static bool shape_long(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	return u->d != u->a;
}

/* A32 has y x where T32 has N M. */
static bool shape_halves(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x] >> 1 | (s->f[F_x] & 1) << 1;
	return true;
}

static bool shape_long_halves(struct arm_uop *u, struct shaping *s)
{
	return shape_halves(u, s) && u->d != u->a;
}

static bool shape_none_is_15(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	if (u->a == ARM_PC)
		u->a = ARM_NONE;
	return true;
}

static bool shape_none_is_15_t32(struct arm_uop *u, struct shaping *s)
{
	return shape_none_is_15(u, s) && u->a != ARM_SP;
}

static bool shape_parallel(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	u->imm = s->f[F_i];
	return (u->amount & 3) != 0 && u->imm != 5 && u->imm != 6;
}

static bool shape_parallel_t32(struct arm_uop *u, struct shaping *s)
{
	static const uint8_t lanes[8] = {
		ARM_PAR_ADD8, ARM_PAR_ADD16, ARM_PAR_ASX, 5, ARM_PAR_SUB8, ARM_PAR_SUB16, ARM_PAR_SAX, 5,
	};

	s->f[F_i] = lanes[s->f[F_i]];
	if ((s->f[F_x] & 3) == 3)
		return false;
	s->f[F_x]++;
	return shape_parallel(u, s);
}

static bool shape_pkhbt(struct arm_uop *u, struct shaping *s)
{
	s->f[F_t] = 0;
	return shape_shift(u, s);
}

static bool shape_pkhtb(struct arm_uop *u, struct shaping *s)
{
	s->f[F_t] = 2;
	return shape_shift(u, s);
}

static bool shape_saturate(struct arm_uop *u, struct shaping *s)
{
	if (thumb(u) && s->f[F_t] && !s->f[F_i]) /* SSAT16 and USAT16's place */
		return false;
	s->f[F_t] *= 2; /* LSL or ASR */
	shape_shift(u, s);
	u->imm = s->f[F_x] + (u->op == ARM_SSAT);
	return true;
}

static bool shape_saturate16(struct arm_uop *u, struct shaping *s)
{
	u->imm = s->f[F_i] + (u->op == ARM_SSAT16);
	return true;
}

static bool shape_extend(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x] * 8;
	if (u->n == ARM_PC)
		u->n = ARM_NONE;
	return true;
}

static bool shape_extend_t32(struct arm_uop *u, struct shaping *s)
{
	return shape_extend(u, s) && u->n != ARM_SP;
}

static bool shape_extract(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	u->imm = s->f[F_i] + 1;
	return u->amount + u->imm <= 32;
}

static bool shape_insert(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	u->imm = s->f[F_i] - s->f[F_x] + 1;
	if (u->n == ARM_PC)
		u->n = ARM_NONE;
	return s->f[F_i] >= s->f[F_x] && (!thumb(u) || u->n != ARM_SP);
}

static bool shape_crc(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	return u->amount < 3 && u->cond == ARM_AL;
}

static bool shape_same_nm(struct arm_uop *u, struct shaping *s)
{
	(void)s;
	return u->n == u->m;
}

/* ---- memory ---- */

/* Indexing by P and W; write-back to r15, or to what is loaded, is unpredictable. */
static bool indexed(struct arm_uop *u, const struct shaping *s)
{
	if (s->f[F_P] && !s->f[F_W])
		return true;
	u->attr |= UA_WB | (s->f[F_P] ? 0 : UA_POST);
	if (u->n == ARM_PC || (u->n == u->d && u->op <= ARM_LDRD && u->op >= ARM_LDR))
		return false;
	return true;
}

/* A literal's address is known now. */
static void fold_literal(struct arm_uop *u)
{
	if (u->n != ARM_PC || u->attr & UA_WB)
		return;
	u->n = ARM_NONE;
	u->imm += arm_r15(u) & ~3u;
}

static bool shape_mem_imm(struct arm_uop *u, struct shaping *s)
{
	immediate(u, s->f[F_U] ? s->f[F_i] : -s->f[F_i], 0);
	if (!indexed(u, s))
		return false;
	fold_literal(u);
	return true;
}

static bool shape_literal(struct arm_uop *u, struct shaping *s)
{
	u->n = ARM_PC;
	return shape_mem_imm(u, s);
}

static bool shape_mem_imm_t32(struct arm_uop *u, struct shaping *s)
{
	return shape_mem_imm(u, s);
}

/* P U W of T32's 8-bit offsets: 110 is the unprivileged form, which is the same to user code. */
static bool shape_mem_index(struct arm_uop *u, struct shaping *s)
{
	if (!s->f[F_P] && !s->f[F_W])
		return false;
	if (s->f[F_P] && s->f[F_U] && !s->f[F_W] && (u->d == ARM_PC || (u->d == ARM_SP && u->op == ARM_LDR)))
		return false;
	return shape_mem_imm(u, s);
}

static bool shape_mem_reg(struct arm_uop *u, struct shaping *s)
{
	u->form = ARM_REG;
	if (!s->f[F_U])
		u->attr |= UA_SUB;
	return indexed(u, s);
}

static bool shape_mem_shift(struct arm_uop *u, struct shaping *s)
{
	shape_mem_reg(u, s);
	shape_shift(u, s);
	return u->attr & UA_WB ? indexed(u, s) : true;
}

static bool shape_mem_lsl(struct arm_uop *u, struct shaping *s)
{
	s->f[F_t] = 0;
	return shape_shift(u, s);
}

/* A8.8.72: even first register, not r14; write-back to neither. */
static bool dual_rules(struct arm_uop *u, const struct shaping *s, bool wb)
{
	u->a = u->d + 1;
	if (u->d & 1 || u->d == ARM_LR || (!s->f[F_P] && s->f[F_W]))
		return false;
	return !wb || (u->n != ARM_PC && u->n != u->d && u->n != u->a);
}

static bool shape_dual_imm(struct arm_uop *u, struct shaping *s)
{
	return dual_rules(u, s, !s->f[F_P] || s->f[F_W]) && shape_mem_imm(u, s);
}

static bool shape_dual_reg(struct arm_uop *u, struct shaping *s)
{
	if (!dual_rules(u, s, !s->f[F_P] || s->f[F_W]) || (u->op == ARM_LDRD && (u->m == u->d || u->m == u->a)))
		return false;
	return shape_mem_reg(u, s);
}

static bool shape_dual_t32(struct arm_uop *u, struct shaping *s)
{
	if (u->op == ARM_LDRD && u->d == u->a)
		return false;
	if (s->f[F_W] && (u->n == u->d || u->n == u->a || u->n == ARM_PC))
		return false;
	return (u->n != ARM_PC || u->op == ARM_LDRD) && shape_mem_imm(u, s);
}

static bool multiple(struct arm_uop *u, bool before, bool up, bool wb)
{
	int bytes = 4 * __builtin_popcount(u->list);

	u->imm = up ? (before ? 4 : 0) : -bytes + (before ? 0 : 4);
	u->imm2 = up ? bytes : -bytes;
	if (wb)
		u->attr |= UA_WB;
	return u->list != 0;
}

static bool shape_multiple(struct arm_uop *u, struct shaping *s)
{
	u->list = s->f[F_l];
	return multiple(u, s->f[F_P], s->f[F_U], s->f[F_W]);
}

/* The list is P M 0 and 13 bits; one register is unpredictable, PC and LR together too. */
static bool shape_multiple_t32(struct arm_uop *u, struct shaping *s)
{
	u->list = s->f[F_l] >> 13 << 14 | (s->f[F_l] & 0x1fff);
	if (__builtin_popcount(u->list) < 2 || u->list >> 14 == 3 || (s->f[F_W] && u->list >> u->n & 1))
		return false;
	return multiple(u, s->f[F_P], s->f[F_U], s->f[F_W]);
}

static bool shape_multiple16(struct arm_uop *u, struct shaping *s)
{
	u->list = s->f[F_l];
	return multiple(u, false, true, u->op == ARM_STM || !(u->list >> u->n & 1));
}

static bool shape_push(struct arm_uop *u, struct shaping *s)
{
	u->n = ARM_SP;
	u->list = (s->f[F_l] & 0xff) | s->f[F_l] >> 8 << ARM_LR;
	return multiple(u, true, false, true);
}

static bool shape_pop(struct arm_uop *u, struct shaping *s)
{
	u->n = ARM_SP;
	u->list = (s->f[F_l] & 0xff) | s->f[F_l] >> 8 << ARM_PC;
	return multiple(u, false, true, true);
}

static bool shape_swap(struct arm_uop *u, struct shaping *s)
{
	(void)s;
	return u->n != u->d && u->n != u->m;
}

/* Size by bits 22..21: word, doubleword, byte, halfword. */
static bool exclusive(struct arm_uop *u, const struct shaping *s, bool ordered)
{
	uint8_t *first = u->op == ARM_STREX ? &u->m : &u->d;

	u->amount = s->f[F_x] ^ 2;
	if (ordered)
		u->attr |= UA_ORDERED;
	if (u->amount == 3) {
		u->a = *first + 1;
		if (*first & 1 || *first == ARM_LR)
			return false;
	}
	return true;
}

/* The status register is none of the others. */
static bool status_apart(const struct arm_uop *u)
{
	return u->d != u->n && u->d != u->m && (u->amount != 3 || u->d != u->a);
}

static bool shape_strex(struct arm_uop *u, struct shaping *s)
{
	return exclusive(u, s, false) && status_apart(u);
}

static bool shape_stlex(struct arm_uop *u, struct shaping *s)
{
	return exclusive(u, s, true) && status_apart(u);
}

static bool shape_ldrex(struct arm_uop *u, struct shaping *s)
{
	return exclusive(u, s, false);
}

static bool shape_ldaex(struct arm_uop *u, struct shaping *s)
{
	return exclusive(u, s, true);
}

static bool shape_lda(struct arm_uop *u, struct shaping *s)
{
	return exclusive(u, s, true) && u->amount != 3;
}

static bool shape_strex_t32(struct arm_uop *u, struct shaping *s)
{
	u->amount = 2;
	u->imm = s->f[F_i];
	return status_apart(u);
}

static bool shape_ldrex_t32(struct arm_uop *u, struct shaping *s)
{
	u->amount = 2;
	u->imm = s->f[F_i];
	return true;
}

static bool shape_strex_size(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	return status_apart(u);
}

static bool shape_stlex_size(struct arm_uop *u, struct shaping *s)
{
	u->attr |= UA_ORDERED;
	return shape_strex_size(u, s);
}

static bool shape_ldrex_size(struct arm_uop *u, struct shaping *s)
{
	u->amount = s->f[F_x];
	return u->amount != 3 || u->d != u->a;
}

static bool shape_ldaex_size(struct arm_uop *u, struct shaping *s)
{
	u->attr |= UA_ORDERED;
	return shape_ldrex_size(u, s);
}

static bool shape_table(struct arm_uop *u, struct shaping *s)
{
	(void)s;
	u->attr |= UA_JUMP;
	return u->n != ARM_SP;
}

/* ---- branches ---- */

static bool branch(struct arm_uop *u, int32_t offset)
{
	u->imm = ((arm_r15(u) + offset) & ~1u) | (u->pc & 1);
	return true;
}

static bool shape_branch(struct arm_uop *u, struct shaping *s)
{
	return branch(u, sign_extend(s->f[F_i], 24) * 4);
}

static bool shape_branch_exchange(struct arm_uop *u, struct shaping *s)
{
	u->imm = (arm_r15(u) + sign_extend(s->f[F_i], 24) * 4 + 2 * s->f[F_x]) | 1;
	return true;
}

static bool shape_branch16(struct arm_uop *u, struct shaping *s)
{
	return branch(u, sign_extend(s->f[F_i], 11) * 2);
}

static bool shape_branch16_cond(struct arm_uop *u, struct shaping *s)
{
	u->cond = s->f[F_c];
	return !(u->attr & UA_IT) && branch(u, sign_extend(s->f[F_i], 8) * 2);
}

/* S:J2:J1:imm6:imm11; the condition's encoding has no 111x. */
static bool shape_branch32_cond(struct arm_uop *u, struct shaping *s)
{
	uint32_t i = s->insn;
	uint32_t off = (i >> 26 & 1) << 19 | (i >> 11 & 1) << 18 | (i >> 13 & 1) << 17 | (i >> 16 & 0x3f) << 11 | (i & 0x7ff);

	u->cond = i >> 22 & 15;
	return u->cond < ARM_AL && !(u->attr & UA_IT) && branch(u, sign_extend(off, 20) * 2);
}

/* S:I1:I2:imm10:imm11, I = NOT (J EOR S). */
static int32_t offset24(uint32_t i)
{
	uint32_t sign = i >> 26 & 1, i1 = !((i >> 13 & 1) ^ sign), i2 = !((i >> 11 & 1) ^ sign);

	return sign_extend(sign << 23 | i1 << 22 | i2 << 21 | (i >> 16 & 0x3ff) << 11 | (i & 0x7ff), 24) * 2;
}

static bool shape_branch32(struct arm_uop *u, struct shaping *s)
{
	return branch(u, offset24(s->insn));
}

static bool shape_branch32_exchange(struct arm_uop *u, struct shaping *s)
{
	u->imm = (arm_r15(u) & ~3u) + (offset24(s->insn) & ~3);
	return true;
}

static bool shape_compare_branch(struct arm_uop *u, struct shaping *s)
{
	return !(u->attr & UA_IT) && branch(u, s->f[F_i]);
}

static bool shape_jump(struct arm_uop *u, struct shaping *s)
{
	(void)s;
	u->attr |= UA_JUMP | UA_BX;
	return true;
}

/* IT: the conditions go to the instructions behind it. */
static bool shape_it(struct arm_uop *u, struct shaping *s)
{
	u->imm = s->f[F_i];
	return !(u->attr & UA_IT) && u->imm >> 4 != 15 && (u->imm >> 4 != ARM_AL || __builtin_popcount(u->imm & 15) == 1);
}

/* A32 and T32 forms of Advanced SIMD differ in the first byte; simd.h. */
static bool shape_simd(struct arm_uop *u, struct shaping *s)
{
	uint32_t i = s->insn;

	if (thumb(u)) {
		if ((i & 0xef000000) == 0xef000000)
			i = 0xf2000000 | (i >> 28 & 1) << 24 | (i & 0x00ffffff);
		else if ((i & 0xff000000) == 0xf9000000)
			i = 0xf4000000 | (i & 0x00ffffff);
	}
	return arm_simd_decode(u, i, &s->fl_in, &s->fl_out);
}

/* ---- the decoder ---- */

static unsigned pick(uint32_t insn, unsigned high_lsb, unsigned high_bits, unsigned low_lsb, unsigned low_bits)
{
	return (insn >> high_lsb & ((1u << high_bits) - 1)) << low_bits | (insn >> low_lsb & ((1u << low_bits) - 1));
}

/* have: ARM_HAS_* */
static const struct row *find(uint32_t insn, unsigned len, bool is_thumb, unsigned have)
{
	const uint16_t *list;

	if (is_thumb && len == 2)
		list = t16_lists + t16_index[insn >> 6 & 0x3ff];
	else if (is_thumb)
		list = t32_lists + t32_index[pick(insn, 20, 9, 4, 4)];
	else if (insn >> 28 != 15)
		list = a32_lists + a32_index[pick(insn, 20, 8, 4, 4)];
	else
		list = a32u_lists + a32u_index[pick(insn, 20, 8, 4, 4)];
	for (; *list != 0xffff; list++) {
		const struct row *r = &rows[*list];

		if ((insn & r->mask) == r->value && (r->need & ~have) == 0)
			return r;
	}
	return NULL;
}

static bool rules_hold(const struct row *r, const uint32_t f[F_COUNT])
{
	unsigned both = r->nopc | r->badreg;

	for (unsigned k = 0; both >> k; k++)
		if (both >> k & 1 && (f[k] == ARM_PC || (r->badreg >> k & 1 && f[k] == ARM_SP)))
			return false;
	return true;
}

static bool has_dest(const struct arm_uop *u)
{
	return !(u->op >= ARM_TST && u->op <= ARM_CMN);
}

/* Results in r15, and r15 as an operand of ADD and SUB. */
static bool finish_pc(struct arm_uop *u)
{
	if (arm_is_data_processing(u) && u->d == ARM_PC && has_dest(u)) {
		if (u->attr & UA_S) /* an exception return */
			return false;
		u->attr |= UA_JUMP | (thumb(u) ? 0 : UA_BX);
	} else if (u->op == ARM_LDR && u->d == ARM_PC) {
		u->attr |= UA_JUMP | UA_BX;
	} else if (u->op == ARM_LDM && u->list >> ARM_PC) {
		u->attr |= UA_JUMP | UA_BX;
	}
	if ((u->op == ARM_ADD || u->op == ARM_SUB) && u->form == ARM_IMM && u->n == ARM_PC && !(u->attr & UA_S)) {
		immediate(u, u->op == ARM_ADD ? arm_r15(u) + u->imm : arm_r15(u) - u->imm, CARRY_KEEP);
		u->op = ARM_MOV;
		u->n = ARM_NONE;
	}
	return true;
}

static void undefined(struct arm_uop *u, uint32_t insn)
{
	u->op = ARM_UDF;
	u->imm = insn;
	u->attr &= UA_IT;
	u->d = u->n = u->m = u->a = ARM_NONE;
}

static bool make(struct arm_uop *u, uint32_t insn, struct shaping *s)
{
	/* the kernel's own helpers use what there is, whatever the program is told */
	const struct row *r = find(insn, u->len, thumb(u), u->pc >= 0xffff0000 ? ~0u : arm_features);

	if (!r)
		return false;
	s->f[F_P] = !(r->present >> 5 & 1);
	s->f[F_U] = !(r->present >> 6 & 1);
	for (const struct move *m = moves + r->first_move, *end = m + r->n_moves; m < end; m++)
		s->f[m->field] |= (insn >> m->lsb & m->mask) << m->to | m->value;
	if (!rules_hold(r, s->f))
		return false;
	s->f[F_i] *= r->scale;
	u->op = r->op + s->f[F_o];
	u->d = r->present & 1 ? s->f[F_d] : ARM_NONE;
	u->n = r->present & 2 ? s->f[F_n] : ARM_NONE;
	u->m = r->present & 4 ? s->f[F_m] : ARM_NONE;
	u->a = r->present & 8 ? s->f[F_a] : ARM_NONE;
	if (s->f[F_S] || (r->flags && !(u->attr & UA_IT)))
		u->attr |= UA_S;
	if (u->op >= ARM_TST && u->op <= ARM_CMN)
		u->attr |= UA_S;
	return shapes[r->shape](u, s) && (u->op >= ARM_SIMD || finish_pc(u));
}

void arm_decode(struct arm_uop *u, uint32_t insn, unsigned len, uint32_t pc, uint8_t it, uint8_t *ret_fl_in, uint8_t *ret_fl_out)
{
	struct shaping s = {.insn = insn};

	*u = (struct arm_uop){.pc = pc, .len = len, .cond = ARM_AL, .attr = it ? UA_IT : 0};
	if (it)
		u->cond = it >> 4 == 15 ? ARM_AL : it >> 4;
	else if (!(pc & 1) && insn >> 28 != 15)
		u->cond = insn >> 28;
	if (!make(u, insn, &s)) {
		undefined(u, insn);
		s.fl_in = s.fl_out = 0;
	}
	*ret_fl_in = s.fl_in;
	*ret_fl_out = s.fl_out;
	arm_flags_of(u, ret_fl_in, ret_fl_out);
}

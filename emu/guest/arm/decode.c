/* SPDX-License-Identifier: MIT */
/*
 * One A32 or T32 instruction -> one uop. The encodings stand in a32.list, t32.list and t16.list; gen-decode makes of them the
 * rows, and forms: functions that take an instruction's fields apart for a shape. Here are the shapes, small functions that make
 * operands of the fields, and how a row is found.
 */
#include "emu/guest/arm/arm.h"
#include "emu/guest/arm/simd.h"
#include "emu/uop.h"

unsigned arm_features = ARM_HAS_V6 | ARM_HAS_V7 | ARM_HAS_DIV | ARM_HAS_V8 | ARM_HAS_VFP | ARM_HAS_NEON;

/* SIMD's own. */
struct flags {
	uint8_t in, out;
};

/* What a shape works on, besides the registers, which are in the uop already. */
struct shaping {
	uint32_t insn;
	struct flags *fl;
	uint32_t i, l, t, x; /* the fields of these letters; a32.list */
	bool P, U, W;
};

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

/* ---- operands; false: undefined or unpredictable ---- */

static bool shape_plain(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	return true;
}

/* Without a condition: another than AL is unpredictable in A32, and one of an IT block does not count. */
static bool shape_always(struct arm_uop *u, const struct shaping *s)
{
	bool always = thumb(u) || u->cond == ARM_AL;

	u->cond = ARM_AL;
	u->imm = s->i;
	return always;
}

static bool shape_imm(struct arm_uop *u, const struct shaping *s)
{
	immediate(u, s->i, CARRY_KEEP);
	return true;
}

/* T32: SP is an operand only beside SP; A8.8.4 and its kind. */
static bool sp_rules(const struct arm_uop *u)
{
	return u->d != ARM_PC && u->n != ARM_PC && (u->d != ARM_SP || u->n == ARM_SP);
}

static bool shape_imm_sp(struct arm_uop *u, const struct shaping *s)
{
	return shape_imm(u, s) && sp_rules(u);
}

static bool shape_reg(struct arm_uop *u, const struct shaping *s)
{
	u->form = ARM_REG;
	u->list = s->l; /* MSR */
	return true;
}

/* DecodeImmShift(), A8.4.3. */
static bool shift(struct arm_uop *u, unsigned type, unsigned n)
{
	if (!n) {
		u->form = type == 0 ? ARM_REG : type == 3 ? ARM_RRX : ARM_LSL + type;
		u->amount = type == 1 || type == 2 ? 32 : 0;
	} else {
		u->form = ARM_LSL + type;
		u->amount = n;
	}
	return true;
}

static bool shape_shift(struct arm_uop *u, const struct shaping *s)
{
	return shift(u, s->t, s->i);
}

static bool shape_move_t32(struct arm_uop *u, const struct shaping *s)
{
	(void)s;
	u->form = ARM_REG;
	return u->d != ARM_SP || u->m != ARM_SP;
}

static bool shape_shift_sp(struct arm_uop *u, const struct shaping *s)
{
	shift(u, s->t, s->i);
	if (u->d == ARM_SP && (u->form > ARM_LSL || u->amount > 3))
		return false;
	return sp_rules(u) && u->m != ARM_SP && u->m != ARM_PC;
}

static bool shape_regshift(struct arm_uop *u, const struct shaping *s)
{
	u->form = ARM_LSL_REG + s->t;
	return true;
}

/* A32ExpandImm_C(), A5.2.4. */
static bool shape_rotated(struct arm_uop *u, const struct shaping *s)
{
	unsigned rot = s->i >> 8 << 1;
	uint32_t v = rotate(s->i & 0xff, rot);

	immediate(u, v, !rot ? CARRY_KEEP : v >> 31 ? CARRY_1 : CARRY_0);
	u->list = s->l; /* MSR */
	return true;
}

/* ThumbExpandImm_C(), A6.3.2. */
static bool shape_expand(struct arm_uop *u, const struct shaping *s)
{
	uint32_t i = s->i, b = i & 0xff;

	if (i >> 10) {
		uint32_t v = rotate(0x80 | (i & 0x7f), i >> 7);

		immediate(u, v, v >> 31 ? CARRY_1 : CARRY_0);
		return true;
	}
	immediate(u, (uint32_t[]){b, b << 16 | b, b << 24 | b << 8, b * 0x01010101u}[i >> 8], CARRY_KEEP);
	return !(i >> 8) || b;
}

static bool shape_expand_sp(struct arm_uop *u, const struct shaping *s)
{
	return shape_expand(u, s) && sp_rules(u);
}

/* The field is i:imm4:imm3:imm8, the number imm4:i:imm3:imm8 (A8.8.102). */
static bool shape_movw(struct arm_uop *u, const struct shaping *s)
{
	immediate(u, (s->i & 0x7ff) | (s->i >> 15) << 11 | (s->i >> 11 & 15) << 12, CARRY_KEEP);
	return true;
}

static bool shape_adr(struct arm_uop *u, const struct shaping *s)
{
	immediate(u, (arm_r15(u) & ~3u) + s->i, CARRY_KEEP);
	return true;
}

static bool shape_adr_down(struct arm_uop *u, const struct shaping *s)
{
	immediate(u, (arm_r15(u) & ~3u) - s->i, CARRY_KEEP);
	return true;
}

/* ---- multiplies, media ---- */

static bool shape_long(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	return u->d != u->a;
}

/* A32 has y x where T32 has N M. */
static bool shape_halves(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x >> 1 | (s->x & 1) << 1;
	return true;
}

static bool shape_long_halves(struct arm_uop *u, const struct shaping *s)
{
	return shape_halves(u, s) && u->d != u->a;
}

static bool shape_none_is_15(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	if (u->a == ARM_PC)
		u->a = ARM_NONE;
	return true;
}

static bool shape_none_is_15_t32(struct arm_uop *u, const struct shaping *s)
{
	return shape_none_is_15(u, s) && u->a != ARM_SP;
}

static bool parallel(struct arm_uop *u, unsigned prefix, unsigned lanes)
{
	u->amount = prefix;
	u->imm = lanes;
	return (prefix & 3) != 0 && lanes != 5 && lanes != 6;
}

static bool shape_parallel(struct arm_uop *u, const struct shaping *s)
{
	return parallel(u, s->x, s->i);
}

static bool shape_parallel_t32(struct arm_uop *u, const struct shaping *s)
{
	static const uint8_t lanes[8] = {
		ARM_PAR_ADD8, ARM_PAR_ADD16, ARM_PAR_ASX, 5, ARM_PAR_SUB8, ARM_PAR_SUB16, ARM_PAR_SAX, 5,
	};

	return (s->x & 3) != 3 && parallel(u, s->x + 1, lanes[s->i]);
}

static bool shape_pkhbt(struct arm_uop *u, const struct shaping *s)
{
	return shift(u, 0, s->i);
}

static bool shape_pkhtb(struct arm_uop *u, const struct shaping *s)
{
	return shift(u, 2, s->i);
}

static bool shape_saturate(struct arm_uop *u, const struct shaping *s)
{
	if (thumb(u) && s->t && !s->i) /* SSAT16 and USAT16's place */
		return false;
	shift(u, s->t * 2, s->i); /* LSL or ASR */
	u->imm = s->x + (u->op == ARM_SSAT);
	return true;
}

static bool shape_saturate16(struct arm_uop *u, const struct shaping *s)
{
	u->imm = s->i + (u->op == ARM_SSAT16);
	return true;
}

static bool shape_extend(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x * 8;
	if (u->n == ARM_PC)
		u->n = ARM_NONE;
	return true;
}

static bool shape_extend_t32(struct arm_uop *u, const struct shaping *s)
{
	return shape_extend(u, s) && u->n != ARM_SP;
}

static bool shape_extract(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	u->imm = s->i + 1;
	return u->amount + u->imm <= 32;
}

static bool shape_insert(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	u->imm = s->i - s->x + 1;
	if (u->n == ARM_PC)
		u->n = ARM_NONE;
	return s->i >= s->x && (!thumb(u) || u->n != ARM_SP);
}

static bool shape_crc(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	return u->amount < 3 && u->cond == ARM_AL;
}

static bool shape_same_nm(struct arm_uop *u, const struct shaping *s)
{
	(void)s;
	return u->n == u->m;
}

/* ---- memory ---- */

/* Indexing by P and W; write-back to r15, or to what is loaded, is unpredictable. */
static bool indexed(struct arm_uop *u, const struct shaping *s)
{
	if (s->P && !s->W)
		return true;
	u->attr |= UA_WB | (s->P ? 0 : UA_POST);
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

static bool shape_mem_imm(struct arm_uop *u, const struct shaping *s)
{
	immediate(u, s->U ? s->i : -s->i, 0);
	if (!indexed(u, s))
		return false;
	fold_literal(u);
	return true;
}

static bool shape_literal(struct arm_uop *u, const struct shaping *s)
{
	u->n = ARM_PC;
	return shape_mem_imm(u, s);
}

/* P U W of T32's 8-bit offsets: 110 is the unprivileged form, which is the same to user code. */
static bool shape_mem_index(struct arm_uop *u, const struct shaping *s)
{
	if (!s->P && !s->W)
		return false;
	if (s->P && s->U && !s->W && (u->d == ARM_PC || (u->d == ARM_SP && u->op == ARM_LDR)))
		return false;
	return shape_mem_imm(u, s);
}

static bool shape_mem_reg(struct arm_uop *u, const struct shaping *s)
{
	u->form = ARM_REG;
	if (!s->U)
		u->attr |= UA_SUB;
	return indexed(u, s);
}

static bool shape_mem_shift(struct arm_uop *u, const struct shaping *s)
{
	shape_mem_reg(u, s);
	shift(u, s->t, s->i);
	return u->attr & UA_WB ? indexed(u, s) : true;
}

static bool shape_mem_lsl(struct arm_uop *u, const struct shaping *s)
{
	return shift(u, 0, s->i);
}

/* A8.8.72: even first register, not r14; write-back to neither. */
static bool dual_rules(struct arm_uop *u, const struct shaping *s, bool wb)
{
	u->a = u->d + 1;
	if (u->d & 1 || u->d == ARM_LR || (!s->P && s->W))
		return false;
	return !wb || (u->n != ARM_PC && u->n != u->d && u->n != u->a);
}

static bool shape_dual_imm(struct arm_uop *u, const struct shaping *s)
{
	return dual_rules(u, s, !s->P || s->W) && shape_mem_imm(u, s);
}

static bool shape_dual_reg(struct arm_uop *u, const struct shaping *s)
{
	if (!dual_rules(u, s, !s->P || s->W) || (u->op == ARM_LDRD && (u->m == u->d || u->m == u->a)))
		return false;
	return shape_mem_reg(u, s);
}

static bool shape_dual_t32(struct arm_uop *u, const struct shaping *s)
{
	if (u->op == ARM_LDRD && u->d == u->a)
		return false;
	if (s->W && (u->n == u->d || u->n == u->a || u->n == ARM_PC))
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
	if (u->op == ARM_LDM && u->list >> ARM_PC)
		u->attr |= UA_JUMP | UA_BX;
	return u->list != 0;
}

static bool shape_multiple(struct arm_uop *u, const struct shaping *s)
{
	u->list = s->l;
	return multiple(u, s->P, s->U, s->W);
}

/* The list is P M 0 and 13 bits; one register is unpredictable, PC and LR together too. */
static bool shape_multiple_t32(struct arm_uop *u, const struct shaping *s)
{
	u->list = s->l >> 13 << 14 | (s->l & 0x1fff);
	if (__builtin_popcount(u->list) < 2 || u->list >> 14 == 3 || (s->W && u->list >> u->n & 1))
		return false;
	return multiple(u, s->P, s->U, s->W);
}

static bool shape_multiple16(struct arm_uop *u, const struct shaping *s)
{
	u->list = s->l;
	return multiple(u, false, true, u->op == ARM_STM || !(u->list >> u->n & 1));
}

static bool shape_push(struct arm_uop *u, const struct shaping *s)
{
	u->n = ARM_SP;
	u->list = (s->l & 0xff) | s->l >> 8 << ARM_LR;
	return multiple(u, true, false, true);
}

static bool shape_pop(struct arm_uop *u, const struct shaping *s)
{
	u->n = ARM_SP;
	u->list = (s->l & 0xff) | s->l >> 8 << ARM_PC;
	return multiple(u, false, true, true);
}

static bool shape_swap(struct arm_uop *u, const struct shaping *s)
{
	(void)s;
	return u->n != u->d && u->n != u->m;
}

/* Size by bits 22..21: word, doubleword, byte, halfword. */
static bool exclusive(struct arm_uop *u, const struct shaping *s, bool ordered)
{
	uint8_t *first = u->op == ARM_STREX ? &u->m : &u->d;

	u->amount = s->x ^ 2;
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

static bool shape_strex(struct arm_uop *u, const struct shaping *s)
{
	return exclusive(u, s, false) && status_apart(u);
}

static bool shape_stlex(struct arm_uop *u, const struct shaping *s)
{
	return exclusive(u, s, true) && status_apart(u);
}

static bool shape_ldrex(struct arm_uop *u, const struct shaping *s)
{
	return exclusive(u, s, false);
}

static bool shape_ldaex(struct arm_uop *u, const struct shaping *s)
{
	return exclusive(u, s, true);
}

static bool shape_lda(struct arm_uop *u, const struct shaping *s)
{
	return exclusive(u, s, true) && u->amount != 3;
}

static bool shape_strex_t32(struct arm_uop *u, const struct shaping *s)
{
	u->amount = 2;
	u->imm = s->i;
	return status_apart(u);
}

static bool shape_ldrex_t32(struct arm_uop *u, const struct shaping *s)
{
	u->amount = 2;
	u->imm = s->i;
	return true;
}

static bool shape_strex_size(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	return status_apart(u);
}

static bool shape_stlex_size(struct arm_uop *u, const struct shaping *s)
{
	u->attr |= UA_ORDERED;
	return shape_strex_size(u, s);
}

static bool shape_ldrex_size(struct arm_uop *u, const struct shaping *s)
{
	u->amount = s->x;
	return u->amount != 3 || u->d != u->a;
}

static bool shape_ldaex_size(struct arm_uop *u, const struct shaping *s)
{
	u->attr |= UA_ORDERED;
	return shape_ldrex_size(u, s);
}

static bool shape_table(struct arm_uop *u, const struct shaping *s)
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

static bool shape_branch(struct arm_uop *u, const struct shaping *s)
{
	return branch(u, sign_extend(s->i, 24) * 4);
}

static bool shape_branch_exchange(struct arm_uop *u, const struct shaping *s)
{
	u->imm = (arm_r15(u) + sign_extend(s->i, 24) * 4 + 2 * s->x) | 1;
	return true;
}

static bool shape_branch16(struct arm_uop *u, const struct shaping *s)
{
	return branch(u, sign_extend(s->i, 11) * 2);
}

static bool shape_branch16_cond(struct arm_uop *u, const struct shaping *s)
{
	return !(u->attr & UA_IT) && branch(u, sign_extend(s->i, 8) * 2);
}

/* S:J2:J1:imm6:imm11; the condition's encoding has no 111x. */
static bool shape_branch32_cond(struct arm_uop *u, const struct shaping *s)
{
	uint32_t i = s->insn;
	uint32_t off = (i >> 26 & 1) << 19 | (i >> 11 & 1) << 18 | (i >> 13 & 1) << 17 | (i >> 16 & 0x3f) << 11 | (i & 0x7ff);

	return u->cond < ARM_AL && !(u->attr & UA_IT) && branch(u, sign_extend(off, 20) * 2);
}

/* S:I1:I2:imm10:imm11, I = NOT (J EOR S). */
static int32_t offset24(uint32_t i)
{
	uint32_t sign = i >> 26 & 1, i1 = !((i >> 13 & 1) ^ sign), i2 = !((i >> 11 & 1) ^ sign);

	return sign_extend(sign << 23 | i1 << 22 | i2 << 21 | (i >> 16 & 0x3ff) << 11 | (i & 0x7ff), 24) * 2;
}

static bool shape_branch32(struct arm_uop *u, const struct shaping *s)
{
	return branch(u, offset24(s->insn));
}

static bool shape_branch32_exchange(struct arm_uop *u, const struct shaping *s)
{
	u->imm = (arm_r15(u) & ~3u) + (offset24(s->insn) & ~3);
	return true;
}

static bool shape_compare_branch(struct arm_uop *u, const struct shaping *s)
{
	return !(u->attr & UA_IT) && branch(u, s->i);
}

static bool shape_jump(struct arm_uop *u, const struct shaping *s)
{
	(void)s;
	u->attr |= UA_JUMP | UA_BX;
	return true;
}

/* IT: the conditions go to the instructions behind it. */
static bool shape_it(struct arm_uop *u, const struct shaping *s)
{
	u->imm = s->i;
	return !(u->attr & UA_IT) && u->imm >> 4 != 15 && (u->imm >> 4 != ARM_AL || __builtin_popcount(u->imm & 15) == 1);
}

/* A32 and T32 forms of Advanced SIMD differ in the first byte; simd.h. */
static bool shape_simd(struct arm_uop *u, const struct shaping *s)
{
	uint32_t i = s->insn;

	if (thumb(u)) {
		if ((i & 0xef000000) == 0xef000000)
			i = 0xf2000000 | (i >> 28 & 1) << 24 | (i & 0x00ffffff);
		else if ((i & 0xff000000) == 0xf9000000)
			i = 0xf4000000 | (i & 0x00ffffff);
	}
	return arm_simd_decode(u, i, &s->fl->in, &s->fl->out);
}

/* ---- the decoder ---- */

/* nopc and badreg of the lists. */
static bool not_pc(uint8_t reg)
{
	return reg != ARM_PC;
}

static bool not_bad(uint8_t reg)
{
	return reg != ARM_PC && reg != ARM_SP;
}

static bool outside_it(const struct arm_uop *u)
{
	return !(u->attr & UA_IT);
}

static void set_flags(struct arm_uop *u, bool on)
{
	u->attr |= on ? UA_S : 0;
}

/* Takes the fields apart: registers and flags to the uop, others to a shape. False: undefined or unpredictable. */
typedef bool form(struct arm_uop *u, uint32_t insn, struct flags *fl);

static bool undefined(struct arm_uop *u, uint32_t insn, struct flags *fl)
{
	(void)u, (void)insn, (void)fl;
	return false;
}

struct row {
	uint32_t mask, value;
	uint16_t op, form; /* form: a place in forms[] */
	uint8_t need;      /* ARM_HAS_* */
};

#include "decode-table.c.h"

/* The last row of a list matches everything. have: ARM_HAS_* */
static const struct row *find(uint32_t insn, unsigned len, bool is_thumb, unsigned have)
{
	const uint16_t *list;

	if (len == 2)
		list = t16_list(insn);
	else if (is_thumb)
		list = t32_list(insn);
	else if (insn >> 28 != 15)
		list = a32_list(insn);
	else
		list = a32u_list(insn);
	while (((insn & rows[*list].mask) ^ rows[*list].value) | (rows[*list].need & ~have))
		list++;
	return &rows[*list];
}

/* Results in r15, and r15 as an operand of ADD and SUB. */
static bool finish_pc(struct arm_uop *u)
{
	if (arm_is_data_processing(u) && u->d == ARM_PC) {
		if (u->attr & UA_S) /* an exception return */
			return false;
		u->attr |= UA_JUMP | (thumb(u) ? 0 : UA_BX);
	} else if (u->op == ARM_LDR && u->d == ARM_PC) {
		u->attr |= UA_JUMP | UA_BX;
	}
	if ((u->op == ARM_ADD || u->op == ARM_SUB) && u->form == ARM_IMM && u->n == ARM_PC && !(u->attr & UA_S)) {
		immediate(u, u->op == ARM_ADD ? arm_r15(u) + u->imm : arm_r15(u) - u->imm, CARRY_KEEP);
		u->op = ARM_MOV;
		u->n = ARM_NONE;
	}
	return true;
}

static bool make(struct arm_uop *u, uint32_t insn, struct flags *fl)
{
	/* the kernel's own helpers use what there is, whatever the program is told */
	const struct row *r = find(insn, u->len, thumb(u), u->pc >= 0xffff0000 ? ~0u : arm_features);

	u->op = r->op;
	if (!forms[r->form](u, insn, fl))
		return false;
	return (u->d != ARM_PC && u->n != ARM_PC) || finish_pc(u);
}

static void set_undefined(struct arm_uop *u, uint32_t insn)
{
	u->op = ARM_UDF;
	u->imm = insn;
	u->attr &= UA_IT;
	u->d = u->n = u->m = u->a = ARM_NONE;
}

void arm_decode(struct arm_uop *u, uint32_t insn, unsigned len, uint32_t pc, uint8_t it, uint8_t *ret_fl_in, uint8_t *ret_fl_out)
{
	unsigned cond = it ? it >> 4 : pc & 1 ? ARM_AL : insn >> 28;
	struct flags fl = {0};

	*u = (struct arm_uop){.pc = pc, .len = len, .cond = cond == 15 ? ARM_AL : cond, .attr = it ? UA_IT : 0};
	u->d = u->n = u->m = u->a = ARM_NONE;
	if (!make(u, insn, &fl)) {
		set_undefined(u, insn);
		fl = (struct flags){0};
	}
	*ret_fl_in = fl.in;
	*ret_fl_out = fl.out;
	arm_flags_of(u, ret_fl_in, ret_fl_out);
}

/* SPDX-License-Identifier: MIT */
/* Arithmetic on parts of core registers, and saturation: in vector registers, their lowest word. */
#include "emu/host/x86-64/arm_lanes.h"

#define PMOVMSKB M1(0xd7)
#define PSADBW M1(0xf6)
#define PBLENDW M3(0x0e)
#define GE_BYTE (CPU_CPSR + 2) /* GE is its lower half, the rest is 0 */

static void load_word(struct emit *e, uint8_t x, struct val v)
{
	if (v.kind == V_MEM)
		asm_rm(&e->c, VEX(1, 0x66, 0x6e), x, mem_base(R_CPU, v.imm));
	else
		asm_rr(&e->c, VEX(1, 0x66, 0x6e), x, in_reg(e, v, RAX));
}

static void put_word(struct emit *e, unsigned g, uint8_t x)
{
	if (pinned(g) == NOREG)
		asm_rm(&e->c, VEX(1, 0x66, 0x7e), x, home(g));
	else
		asm_rr(&e->c, VEX(1, 0x66, 0x7e), x, pinned(g));
}

/* ---- PARALLEL: n in xmm0, m in xmm1 ---- */

/* Lanes of ge: all ones where GE is to be set; or, if that is less work, where it is not. */
static enum ge_lanes greater_or_equal(struct emit *e, unsigned prefix, unsigned form, bool minus, uint8_t sum, uint8_t ge)
{
	if (prefix == ARM_PAR_S) { /* the exact result is negative: as the saturated one */
		p_rr(e, (minus ? qsub_s : qadd_s)[form], ge, 0, 1);
		zero(e, 7);
		p_rr(e, greater[form], ge, 7, ge);
		return GE_NOT;
	}
	if (minus) { /* n is the larger one */
		p_rr(e, max_u[form], ge, 0, 1);
		p_rr(e, equal[form], ge, ge, 0);
		return GE_SET;
	}
	p_rr(e, max_u[form], ge, 0, sum); /* the sum is not less than n */
	p_rr(e, equal[form], ge, ge, sum);
	return GE_NOT;
}

/* Of lanes twice as wide, shifted right once. */
static void halved(struct emit *e, bool is_signed, unsigned form, bool minus, uint8_t to)
{
	const uint16_t *extend = is_signed ? extend_s : extend_u;

	asm_rr(&e->c, packed(extend[form]), to, 0);
	asm_rr(&e->c, packed(extend[form]), 6, 1);
	p_rr(e, (minus ? sub : add)[form + 1], to, to, 6);
	shift_lanes(e, SHIFT_SIGN, form + 1, to, to, 1);
	p_rm(e, PSHUFB, to, to, constant(lower_half_picks[form]));
}

static enum ge_lanes one_way(struct emit *e, unsigned prefix, unsigned form, bool minus, uint8_t to, uint8_t ge)
{
	switch (prefix) {
	case ARM_PAR_S:
	case ARM_PAR_U:
		p_rr(e, (minus ? sub : add)[form], to, 0, 1);
		return greater_or_equal(e, prefix, form, minus, to, ge);
	case ARM_PAR_Q:
		p_rr(e, (minus ? qsub_s : qadd_s)[form], to, 0, 1);
		break;
	case ARM_PAR_UQ:
		p_rr(e, (minus ? qsub_u : qadd_u)[form], to, 0, 1);
		break;
	default:
		halved(e, prefix == ARM_PAR_SH, form, minus, to);
		break;
	}
	return GE_UNKNOWN;
}

static bool sets_ge(const struct arm_uop *u)
{
	return u->op == ARM_PARALLEL && (u->amount == ARM_PAR_S || u->amount == ARM_PAR_U);
}

/* The uop, if there is one, before which nobody sees the GE that this one makes, but for one SEL that takes it from xmm3; or 0. */
static unsigned ge_dies(const struct emit *e)
{
	bool selected = false;

	for (unsigned n = e->now + 1; n < e->u->n; n++) {
		const struct uop *o = &e->u->uop[n];

		if (o->op != UOP_TYPED || e->joins[n] || o->arm->cond != ARM_AL)
			return 0;
		if (sets_ge(o->arm))
			return n;
		if (o->arm->op == ARM_SEL && !selected)
			selected = true;
		else if (!(o->arm->op <= ARM_ORN && o->arm->form <= ARM_ROR) && o->arm->op != ARM_MOVT && o->arm->op != ARM_NOP)
			return 0;
	}
	return 0;
}

/* GE is xmm3; in memory it must be only if somebody may see it there. */
static void put_ge(struct emit *e, enum ge_lanes how)
{
	unsigned dies = e->how ? 0 : ge_dies(e);

	e->ge_lanes = how;
	if (dies) {
		e->quiet = dies;
		return;
	}
	asm_rr(&e->c, packed(PMOVMSKB), RAX, 3);
	if (how == GE_NOT)
		asm_rr(&e->c, OP(0xf7), 2, RAX);
	alu(e, ALU_AND, RAX, val_imm(15));
	asm_rm(&e->c, OP(0x88), RAX, mem_base(R_CPU, GE_BYTE));
}

/* Bit 1 of a half is that of the whole: xmm4 is taken there. */
static void blend_half(struct emit *e, uint8_t to, uint8_t low, uint8_t high)
{
	p_rr(e, PBLENDW, to, low, high);
	e1(&e->c, 2);
}

bool arm_emit_parallel(struct emit *e, const struct arm_uop *u)
{
	bool crossed = u->imm == ARM_PAR_ASX || u->imm == ARM_PAR_SAX;
	unsigned form = u->imm >= ARM_PAR_ADD8 ? LANE_8 : LANE_16;
	bool minus = u->imm == ARM_PAR_SUB16 || u->imm == ARM_PAR_SUB8 || u->imm == ARM_PAR_ASX; /* of the lowest lane */
	enum ge_lanes ge, other;

	if (!arm_has_vectors())
		return false;
	flags_clobber(e, 0);
	load_word(e, 0, source(u, u->n));
	if (crossed) {
		move(e, RAX, source(u, u->m));
		shift(e, SH_ROR, RAX, 16);
		load_word(e, 1, val_reg(RAX));
	} else {
		load_word(e, 1, source(u, u->m));
	}
	ge = one_way(e, u->amount, form, minus, 2, 3);
	if (crossed) {
		other = one_way(e, u->amount, form, !minus, 4, 5);
		blend_half(e, 2, 2, 4);
		if (ge != other)
			invert(e, 5);
		if (ge != GE_UNKNOWN)
			blend_half(e, 3, 3, 5);
	}
	e->ge_lanes = GE_UNKNOWN;
	if (ge != GE_UNKNOWN)
		put_ge(e, ge);
	put_word(e, u->d, 2);
	return true;
}

/* m ^ ((n ^ m) & what GE selects) */
bool arm_emit_sel(struct emit *e, const struct arm_uop *u)
{
#define BYTES(k) (((k) & 1 ? 0xffu : 0) | ((k) & 2 ? 0xff00u : 0) | ((k) & 4 ? 0xff0000u : 0) | ((k) & 8 ? 0xff000000u : 0))
	static const uint32_t masks[16] = {
		BYTES(0), BYTES(1), BYTES(2), BYTES(3), BYTES(4), BYTES(5), BYTES(6), BYTES(7),
		BYTES(8), BYTES(9), BYTES(10), BYTES(11), BYTES(12), BYTES(13), BYTES(14), BYTES(15),
	};

	unsigned n = e->ge_lanes == GE_NOT ? u->m : u->n, m = e->ge_lanes == GE_NOT ? u->n : u->m;

	flags_clobber(e, 0);
	if (e->ge_lanes) {
		asm_rr(&e->c, VEX(1, 0x66, 0x7e), 3, RCX);
	} else {
		asm_rm(&e->c, OP0F(0xb6), RCX, mem_base(R_CPU, GE_BYTE));
		alu(e, ALU_AND, RCX, val_imm(15));
		asm_rm(&e->c, OP64(0x8d), RAX, constant(masks)); /* lea */
		mov_load(&e->c, RCX, (struct mem){.base = RAX, .index = RCX, .scale = 2});
	}
	move(e, RAX, source(u, n));
	alu(e, ALU_XOR, RAX, source(u, m));
	alu(e, ALU_AND, RAX, val_reg(RCX));
	alu(e, ALU_XOR, RAX, source(u, m));
	put(e, u->d, RAX);
	return true;
}

bool arm_emit_usada8(struct emit *e, const struct arm_uop *u)
{
	if (!arm_has_vectors())
		return false;
	flags_clobber(e, 0);
	load_word(e, 0, source(u, u->n));
	load_word(e, 1, source(u, u->m));
	p_rr(e, PSADBW, 0, 0, 1);
	asm_rr(&e->c, VEX(1, 0x66, 0x7e), 0, RAX);
	if (u->a != ARM_NONE)
		alu(e, ALU_ADD, RAX, source(u, u->a));
	put(e, u->d, RAX);
	return true;
}

/* ---- saturation of a word ---- */

static void set_q(struct emit *e)
{
	asm_rm(&e->c, OP(0x81), ALU_OR, mem_base(R_CPU, CPU_CPSR));
	e4(&e->c, CPSR_Q);
}

/* reg = what the addition or subtraction just emitted should have given; its sign is the wrong one if it overflowed. */
static void saturate(struct emit *e, uint8_t reg)
{
	uint8_t *no = jump_short(e, 0x71);

	shift(e, SH_SAR, reg, 31);
	alu(e, ALU_XOR, reg, val_imm(0x80000000));
	set_q(e);
	here_short(e, no);
}

/* QADD QSUB QDADD QDSUB */
bool arm_emit_qadd(struct emit *e, const struct arm_uop *u)
{
	bool twice = u->op == ARM_QDADD || u->op == ARM_QDSUB, minus = u->op == ARM_QSUB || u->op == ARM_QDSUB;

	flags_clobber(e, 0);
	move(e, RCX, source(u, u->n));
	if (twice) {
		alu(e, ALU_ADD, RCX, val_reg(RCX));
		saturate(e, RCX);
	}
	move(e, RAX, source(u, u->m));
	alu(e, minus ? ALU_SUB : ALU_ADD, RAX, val_reg(RCX));
	saturate(e, RAX);
	put(e, u->d, RAX);
	return true;
}

/* SSAT USAT: between two limits by conditional moves. */
bool arm_emit_sat(struct emit *e, const struct arm_uop *u)
{
	uint32_t high = u->op == ARM_SSAT ? (uint32_t)(((uint64_t)1 << (u->imm - 1)) - 1) : ((uint32_t)1 << u->imm) - 1;
	uint32_t low = u->op == ARM_SSAT ? ~high : 0;
	uint8_t *same;

	flags_clobber(e, 0);
	move(e, RDX, operand2(e, u, false));
	mov_rr(&e->c, RAX, RDX);
	mov_imm(&e->c, RCX, high);
	alu(e, ALU_CMP, RAX, val_reg(RCX));
	asm_rr(&e->c, OP0F(0x4f), RAX, RCX); /* cmovg */
	mov_imm(&e->c, RCX, low);
	alu(e, ALU_CMP, RAX, val_reg(RCX));
	asm_rr(&e->c, OP0F(0x4c), RAX, RCX); /* cmovl */
	alu(e, ALU_CMP, RAX, val_reg(RDX));
	same = jump_short(e, 0x74);
	set_q(e);
	here_short(e, same);
	put(e, u->d, RAX);
	return true;
}

/* SPDX-License-Identifier: MIT */
/* ARM instructions between registers that are not data processing: multiplies, division, extension, bit fields, reversals. */
#include "emu/host/x86-64/arm_emit.h"

#include <sys/platform/x86.h>

static void imul(struct emit *e, uint8_t to, struct val v)
{
	if (v.kind == V_MEM)
		asm_rm(&e->c, OP0F(0xaf), to, mem_base(R_CPU, v.imm));
	else
		asm_rr(&e->c, OP0F(0xaf), to, v.reg);
}

static void shift64(struct emit *e, unsigned op, uint8_t reg, unsigned n)
{
	asm_rr(&e->c, OP64(0xc1), op, reg);
	e1(&e->c, n);
}

/* to = v, sign-extended to 64 bits. */
static void move_signed(struct emit *e, uint8_t to, struct val v)
{
	if (v.kind == V_MEM)
		asm_rm(&e->c, OP64(0x63), to, mem_base(R_CPU, v.imm));
	else
		asm_rr(&e->c, OP64(0x63), to, v.reg);
}

/* Q = 1 if the addition just emitted overflowed. */
static void sticky_overflow(struct emit *e)
{
	uint8_t *no = jump_short(e, 0x71);

	asm_rm(&e->c, OP(0x81), ALU_OR, mem_base(R_CPU, CPU_CPSR));
	e4(&e->c, CPSR_Q);
	here_short(e, no);
}

/* ---- multiplies ---- */

static void result_flags(struct emit *e, const struct arm_uop *u, uint8_t to)
{
	if (!(u->attr & UA_S))
		return;
	test(e, to);
	flags_made(e, FL_NZ, false);
}

bool arm_emit_mul(struct emit *e, const struct arm_uop *u)
{
	struct val n = source(u, u->n), m = source(u, u->m);
	uint8_t to = target_reg(u->d, RAX);

	flags_clobber(e, u->attr & UA_S ? FL_NZ : 0);
	if (m.kind == V_REG && m.reg == to) {
		imul(e, to, n);
	} else {
		move(e, to, n);
		imul(e, to, m);
	}
	result_flags(e, u, to);
	put(e, u->d, to);
	return true;
}

bool arm_emit_mla(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	flags_clobber(e, u->attr & UA_S ? FL_NZ : 0);
	move(e, RAX, source(u, u->n));
	imul(e, RAX, source(u, u->m));
	lea(&e->c, to, (struct mem){.base = RAX, .index = in_reg(e, source(u, u->a), RCX)});
	result_flags(e, u, to);
	put(e, u->d, to);
	return true;
}

bool arm_emit_mls(struct emit *e, const struct arm_uop *u)
{
	flags_clobber(e, 0);
	move(e, RAX, source(u, u->n));
	imul(e, RAX, source(u, u->m));
	move(e, RCX, source(u, u->a));
	alu(e, ALU_SUB, RCX, val_reg(RAX));
	put(e, u->d, RCX);
	return true;
}

/* rax = the whole product */
static void product(struct emit *e, const struct arm_uop *u, bool is_signed)
{
	struct val n = source(u, u->n), m = source(u, u->m);

	if (is_signed) {
		move_signed(e, RAX, n);
		move_signed(e, RCX, m);
	} else {
		move(e, RAX, n);
		move(e, RCX, m);
	}
	asm_rr(&e->c, (struct op){.map = 1, .code = 0xaf, .w = 1}, RAX, RCX);
}

/* rcx = a:d */
static void load_pair(struct emit *e, const struct arm_uop *u)
{
	move(e, RCX, source(u, u->a));
	shift64(e, SH_SHL, RCX, 32);
	move(e, RDX, source(u, u->d));
	asm_rr(&e->c, OP64(0x0b), RCX, RDX);
}

/* a:d = rax */
static void put_pair(struct emit *e, const struct arm_uop *u)
{
	put(e, u->d, RAX);
	shift64(e, SH_SHR, RAX, 32);
	put(e, u->a, RAX);
}

bool arm_emit_mull(struct emit *e, const struct arm_uop *u)
{
	if (u->attr & UA_S)
		return false;
	flags_clobber(e, 0);
	product(e, u, u->op == ARM_SMULL || u->op == ARM_SMLAL);
	if (u->op == ARM_UMLAL || u->op == ARM_SMLAL) {
		load_pair(e, u);
		asm_rr(&e->c, OP64(0x03), RAX, RCX);
	} else if (u->op == ARM_UMAAL) {
		move(e, RCX, source(u, u->a));
		move(e, RDX, source(u, u->d));
		asm_rr(&e->c, OP64(0x03), RAX, RCX);
		asm_rr(&e->c, OP64(0x03), RAX, RDX);
	}
	put_pair(e, u);
	return true;
}

bool arm_emit_div(struct emit *e, const struct arm_uop *u)
{
	bool is_signed = u->op == ARM_SDIV;
	uint8_t *zero, *minus = NULL, *out, *out2 = NULL;

	flags_clobber(e, 0);
	move(e, RCX, source(u, u->m));
	move(e, RAX, source(u, u->n));
	test(e, RCX);
	zero = jump_short(e, 0x74);
	if (is_signed) {
		alu(e, ALU_CMP, RCX, val_imm(-1u));
		minus = jump_short(e, 0x74);
		e1(&e->c, 0x99); /* cdq */
		asm_rr(&e->c, OP(0xf7), 7, RCX);
		out2 = jump_short(e, 0xeb);
		here_short(e, minus);
		asm_rr(&e->c, OP(0xf7), 3, RAX);
	} else {
		asm_rr(&e->c, OP(0x33), RDX, RDX);
		asm_rr(&e->c, OP(0xf7), 6, RCX);
	}
	out = jump_short(e, 0xeb);
	here_short(e, zero);
	asm_rr(&e->c, OP(0x33), RAX, RAX);
	here_short(e, out);
	if (out2)
		here_short(e, out2);
	put(e, u->d, RAX);
	return true;
}

/* to = a half of v, sign-extended to 32 bits */
static void half(struct emit *e, uint8_t to, struct val v, bool top)
{
	if (v.kind == V_MEM) {
		asm_rm(&e->c, OP0F(0xbf), to, mem_base(R_CPU, v.imm + (top ? 2 : 0)));
	} else if (top) {
		mov_rr(&e->c, to, v.reg);
		shift(e, SH_SAR, to, 16);
	} else {
		asm_rr(&e->c, OP0F(0xbf), to, v.reg);
	}
}

/* SMULXY SMLAXY SMLALXY SMULWY SMLAWY */
bool arm_emit_mulxy(struct emit *e, const struct arm_uop *u)
{
	bool word = u->op == ARM_SMULWY || u->op == ARM_SMLAWY;

	flags_clobber(e, 0);
	half(e, RCX, source(u, u->m), u->amount & 1);
	if (word) {
		move_signed(e, RAX, source(u, u->n));
		move_signed(e, RCX, val_reg(RCX));
		asm_rr(&e->c, (struct op){.map = 1, .code = 0xaf, .w = 1}, RAX, RCX);
		shift64(e, SH_SAR, RAX, 16);
	} else {
		half(e, RAX, source(u, u->n), u->amount & 2);
		asm_rr(&e->c, OP0F(0xaf), RAX, RCX);
	}
	if (u->op == ARM_SMLALXY) {
		move_signed(e, RAX, val_reg(RAX));
		load_pair(e, u);
		asm_rr(&e->c, OP64(0x03), RAX, RCX);
		put_pair(e, u);
		return true;
	}
	if (u->op == ARM_SMLAXY || u->op == ARM_SMLAWY) {
		alu(e, ALU_ADD, RAX, source(u, u->a));
		sticky_overflow(e);
	}
	put(e, u->d, RAX);
	return true;
}

/* SMMLA SMMLS: the high word of (a << 32) +- product, perhaps rounded. */
bool arm_emit_smmla(struct emit *e, const struct arm_uop *u)
{
	flags_clobber(e, 0);
	product(e, u, true);
	move(e, RCX, source(u, u->a));
	shift64(e, SH_SHL, RCX, 32);
	asm_rr(&e->c, OP64(u->op == ARM_SMMLS ? 0x2b : 0x03), RCX, RAX);
	if (u->amount) {
		mov_imm(&e->c, RAX, 0x80000000);
		asm_rr(&e->c, OP64(0x03), RCX, RAX);
	}
	shift64(e, SH_SHR, RCX, 32);
	put(e, u->d, RCX);
	return true;
}

/* ---- extension, bit fields ---- */

/* rax = v rotated right */
static void rotated(struct emit *e, struct val v, unsigned n)
{
	move(e, RAX, v);
	if (n)
		shift(e, SH_ROR, RAX, n);
}

bool arm_emit_extend(struct emit *e, const struct arm_uop *u)
{
	static const struct op ops[] = {
		[ARM_SXTB - ARM_SXTB] = {.map = 1, .code = 0xbe, .rex = 1}, [ARM_SXTH - ARM_SXTB] = {.map = 1, .code = 0xbf},
		[ARM_UXTB - ARM_SXTB] = {.map = 1, .code = 0xb6, .rex = 1}, [ARM_UXTH - ARM_SXTB] = {.map = 1, .code = 0xb7},
	};
	uint8_t to = target_reg(u->d, RAX), from;

	if (u->amount) {
		flags_clobber(e, 0);
		rotated(e, source(u, u->m), u->amount);
		from = RAX;
	} else {
		from = in_reg(e, source(u, u->m), RAX);
	}
	if (u->n == ARM_NONE) {
		asm_rr(&e->c, ops[u->op - ARM_SXTB], to, from);
	} else {
		asm_rr(&e->c, ops[u->op - ARM_SXTB], RAX, from);
		lea(&e->c, to, (struct mem){.base = RAX, .index = in_reg(e, source(u, u->n), RCX)});
	}
	put(e, u->d, to);
	return true;
}

/* UXTB16 without addition; UXTAB16 and the signed ones are rare. */
bool arm_emit_extend16(struct emit *e, const struct arm_uop *u)
{
	if (u->n != ARM_NONE)
		return false;
	flags_clobber(e, 0);
	rotated(e, source(u, u->m), u->amount);
	alu(e, ALU_AND, RAX, val_imm(0x00ff00ff));
	put(e, u->d, RAX);
	return true;
}

/* SBFX UBFX */
bool arm_emit_bfx(struct emit *e, const struct arm_uop *u)
{
	unsigned lsb = u->amount, width = u->imm;
	uint8_t to = target_reg(u->d, RAX);

	flags_clobber(e, 0);
	move(e, to, source(u, u->n));
	if (u->op == ARM_UBFX && lsb == 0) {
		if (width < 32)
			alu(e, ALU_AND, to, val_imm((1u << width) - 1));
	} else {
		if (lsb + width < 32)
			shift(e, SH_SHL, to, 32 - lsb - width);
		if (width < 32)
			shift(e, u->op == ARM_SBFX ? SH_SAR : SH_SHR, to, 32 - width);
	}
	put(e, u->d, to);
	return true;
}

bool arm_emit_bfi(struct emit *e, const struct arm_uop *u)
{
	uint32_t ones = u->imm < 32 ? (1u << u->imm) - 1 : ~0u;
	uint8_t to = target_reg(u->d, RCX);

	flags_clobber(e, 0);
	if (u->n != ARM_NONE) {
		move(e, RAX, source(u, u->n));
		alu(e, ALU_AND, RAX, val_imm(ones));
		if (u->amount)
			shift(e, SH_SHL, RAX, u->amount);
	}
	move(e, to, source(u, u->d));
	alu(e, ALU_AND, to, val_imm(~(ones << u->amount)));
	if (u->n != ARM_NONE)
		alu(e, ALU_OR, to, val_reg(RAX));
	put(e, u->d, to);
	return true;
}

/* ---- bits and bytes ---- */

bool arm_emit_clz(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	if (!CPU_FEATURE_ACTIVE(LZCNT))
		return false;
	flags_clobber(e, 0);
	asm_rr(&e->c, (struct op){.map = 1, .code = 0xbd, .rep = 0xf3}, to, in_reg(e, source(u, u->m), RAX));
	put(e, u->d, to);
	return true;
}

static void bswap(struct emit *e, uint8_t reg)
{
	asm_short(&e->c, OP0F(0xc8), reg);
}

/* rax: neighbouring groups of n bits change places */
static void swap_groups(struct emit *e, unsigned n, uint32_t mask)
{
	mov_rr(&e->c, RCX, RAX);
	shift(e, SH_SHR, RAX, n);
	alu(e, ALU_AND, RCX, val_imm(mask));
	alu(e, ALU_AND, RAX, val_imm(mask));
	shift(e, SH_SHL, RCX, n);
	alu(e, ALU_OR, RAX, val_reg(RCX));
}

/* REV REV16 REVSH RBIT */
bool arm_emit_rev(struct emit *e, const struct arm_uop *u)
{
	if (u->op == ARM_REV) {
		uint8_t to = target_reg(u->d, RAX);

		move(e, to, source(u, u->m));
		bswap(e, to);
		put(e, u->d, to);
		return true;
	}
	flags_clobber(e, 0);
	move(e, RAX, source(u, u->m));
	bswap(e, RAX);
	if (u->op == ARM_RBIT) {
		swap_groups(e, 4, 0x0f0f0f0f);
		swap_groups(e, 2, 0x33333333);
		swap_groups(e, 1, 0x55555555);
	} else {
		shift(e, u->op == ARM_REV16 ? SH_ROR : SH_SAR, RAX, 16);
	}
	put(e, u->d, RAX);
	return true;
}

/* PKHBT: op2.h1 : n.h0. PKHTB: n.h1 : op2.h0. */
bool arm_emit_pkh(struct emit *e, const struct arm_uop *u)
{
	struct val high, low;

	flags_clobber(e, 0);
	high = operand2(e, u, false);
	low = source(u, u->n);
	if (u->op == ARM_PKHTB) {
		struct val t = high;

		high = low;
		low = t;
	}
	move(e, RAX, low);
	asm_rr(&e->c, OP0F(0xb7), RAX, RAX);
	move(e, RCX, high);
	alu(e, ALU_AND, RCX, val_imm(0xffff0000));
	alu(e, ALU_OR, RAX, val_reg(RCX));
	put(e, u->d, RAX);
	return true;
}

/* ---- system ---- */

bool arm_emit_tls(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	mov_load(&e->c, to, mem_base(R_CPU, CPU_TLS));
	put(e, u->d, to);
	return true;
}

/* Everything before is seen before everything behind: cheaper than mfence. */
/* Is there, behind register arithmetic only, an exclusive load and its store, which is locked and so a barrier itself? */
static bool locks_soon(const struct emit *e)
{
	const struct arm_uop *load = NULL;

	for (unsigned n = e->now + 1; n < e->u->n; n++) {
		const struct uop *o = &e->u->uop[n];
		const struct arm_uop *u = o->arm;

		if (o->op != UOP_TYPED || e->joins[n])
			return false;
		if (load && u->op == ARM_STREX)
			return u->cond == ARM_AL && u->n == load->n && u->imm == load->imm && u->amount == load->amount;
		if (!load && u->op == ARM_LDREX && u->cond == ARM_AL && !arm_loads_own_base(u))
			load = u;
		else if (u->op > ARM_MOVT || (load && u->d == load->n))
			return false;
	}
	return false;
}

/* Loads and stores of the host are in order but for a load that overtakes a store. */
bool arm_emit_barrier(struct emit *e, const struct arm_uop *u)
{
	(void)u;
	if (e->ordered || locks_soon(e)) {
		e->ordered = false;
		return true;
	}
	flags_clobber(e, 0);
	asm_rm(&e->c, (struct op){.code = 0x83, .lock = 1}, ALU_OR, mem_base(RSP, -8));
	e1(&e->c, 0);
	return true;
}

bool arm_emit_nop(struct emit *e, const struct arm_uop *u)
{
	(void)e, (void)u;
	return true;
}

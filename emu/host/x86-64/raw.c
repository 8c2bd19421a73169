/* SPDX-License-Identifier: MIT */
/* Guest instructions that the host has too: re-emitted with registers and memory operand mapped, nothing else changed. */
#include "emu/host/x86-64/i386.h"
#include "emu/host/x86-64/offsets.h"

static bool is_gpr(uint8_t file)
{
	return file == F_GPR16 || file == F_GPR32 || file == F_GPRV;
}

static uint8_t map_reg(uint8_t file, unsigned reg)
{
	return is_gpr(file) ? host_gpr(reg) : reg;
}

/* AH, CH, DH, BH: not encodable beside a REX prefix. */
static bool is_high(uint8_t file, unsigned reg)
{
	return file == F_GPR8 && reg >= 4;
}

static struct op op_of(const struct i386_insn *i)
{
	const struct i386_op *row = i->op;
	struct op op = {
		.map = i->map, .code = i->opcode, .p66 = i->prefix & PFX_66, .rep = i->rep, .lock = i->prefix & PFX_LOCK,
	};

	if (i->vex) {
		x86_use_avx = 1;
		op.vex = 1;
		op.vex_l = i->vex_l;
		op.w = i->vex_w && !(row->attr & OA_W_IGNORED);
		op.vex_v = map_reg(row->vreg, i->vex_v);
		op.p66 = i->vex_pp == 1;
		op.rep = i->vex_pp == 2 ? 0xf3 : i->vex_pp == 3 ? 0xf2 : 0;
	}
	return op;
}

static void immediate(struct emit *e, const struct i386_insn *i)
{
	for (unsigned k = 0; k < i->imm_size; k++)
		e1(&e->c, i->imm >> (8 * k));
}

/* [base + vector index]: the vector register stays the index, everything else goes into the base. */
static struct mem vsib(struct emit *e, const struct i386_insn *i)
{
	struct i386_insn flat = *i;
	struct mem m;
	uint8_t index = i->sib >> 3 & 7;

	flat.sib = (i->sib & 7) | 4 << 3;
	m = operand(e, &flat, 0);
	if (m.index != NOREG || !e->flat) {
		m.a32 = false;
		if (m.index == NOREG)
			lea(&e->c, R8, m);
		asm_rm(&e->c, (struct op){.code = 0x8d, .w = 1}, R8, m);
		m = mem_base(R8, 0);
	}
	m.index = index;
	m.scale = i->sib >> 6;
	m.a32 = e->flat;
	return m;
}

static bool needs_rex(uint8_t reg, const struct mem *m)
{
	return reg >= 8 || (m->base != NOREG && m->base >= 8) || (m->index != NOREG && m->index >= 8);
}

static void rorx(struct emit *e, uint8_t to, uint8_t from, uint8_t n)
{
	if (x86_has_bmi2) {
		asm_rr(&e->c, (struct op){.map = 3, .code = 0xf0, .rep = 0xf2, .vex = 1, .vex_v = 0}, to, from);
		e1(&e->c, n);
		return;
	}
	if (to != from)
		mov_rr(&e->c, to, from);
	e1(&e->c, 0x9c); /* pushfq; ror to, n; popfq */
	asm_rr(&e->c, OP(0xc1), 1, to);
	e1(&e->c, n);
	e1(&e->c, 0x9d);
}

/* Bits 8..15 of a low register to r9b, and back; flags stay. */
static void take_high(struct emit *e, unsigned reg)
{
	rorx(e, R9, reg - 4, 8);
}

static void put_high(struct emit *e, unsigned reg)
{
	rorx(e, reg - 4, reg - 4, 8);
	asm_rr(&e->c, OP(0x8a), reg - 4, R9);
	rorx(e, reg - 4, reg - 4, 24);
}

static void raw_mem(struct emit *e, const struct i386_insn *i, struct op op)
{
	const struct i386_op *row = i->op;
	uint8_t reg = map_reg(row->reg, insn_reg(i));
	struct mem m = row->attr & OA_VSIB ? vsib(e, i) : operand(e, i, 0);

	if (is_high(row->reg, reg) && needs_rex(0, &m)) {
		if (m.base == R9 || m.index == R9) { /* r9 is wanted for the byte */
			asm_rm(&e->c, (struct op){.code = 0x8d, .w = !m.a32}, R8, m);
			m = mem_base(R8, 0);
		}
		take_high(e, reg);
		asm_rm(&e->c, op, R9, m);
		immediate(e, i);
		put_high(e, reg);
		return;
	}
	asm_rm(&e->c, op, reg, m);
	immediate(e, i);
}

static void raw_reg(struct emit *e, const struct i386_insn *i, struct op op)
{
	const struct i386_op *row = i->op;
	uint8_t reg = map_reg(row->reg, insn_reg(i)), rm = map_reg(row->rm, insn_rm(i));

	if (is_high(row->rm, rm) && reg >= 8) { /* movzx esp, ah */
		take_high(e, rm);
		rm = R9;
	}
	asm_rr(&e->c, op, reg, rm);
	immediate(e, i);
}

void emit_raw(struct emit *e, const struct i386_insn *i)
{
	const struct i386_op *row = i->op;
	struct op op = op_of(i);

	if (row->attr & OA_MODRM) {
		if (insn_mod(i) == 3)
			raw_reg(e, i, op);
		else
			raw_mem(e, i, op);
		return;
	}
	if (row->short_reg != F_NONE) {
		op.code &= 0xf8;
		asm_short(&e->c, op, map_reg(row->short_reg, i->opcode & 7));
	} else if (i->map == 0 || !i->vex) {
		asm_short(&e->c, (struct op){.map = op.map, .code = op.code & 0xf8, .p66 = op.p66, .rep = op.rep, .lock = op.lock},
			  op.code & 7);
	} else { /* vzeroupper and vzeroall */
		asm_short(&e->c, (struct op){.map = 1, .code = op.code & 0xf8, .vex = 1, .vex_l = op.vex_l, .p66 = op.p66,
					     .rep = op.rep, .vex_v = 0}, op.code & 7);
	}
	immediate(e, i);
}

/* SPDX-License-Identifier: MIT */
/*
 * The guest's esp, which r15 may lag behind: pushes, pops, calls and returns only count in e->esp, operands add it to their
 * displacement, and one LEA makes up for it before an instruction that names esp, a jump, or a way out. The mark of a boundary
 * tells by how much; nothing enters there.
 */
#include "emu/host/x86-64/i386.h"

/* A mark's state: MARK_HELD, and the lag in words in the seven bits that no one else reads. */
enum {
	LAG_LOW = 0x78,
	LAG_HIGH = 0xe00,
	LAG_MIN = -64 * 4,
	LAG_MAX = 63 * 4,
};

uint16_t esp_mark(const struct emit *e)
{
	unsigned words = e->esp / 4;

	return e->esp ? MARK_HELD | (words << 3 & LAG_LOW) | (words << 5 & LAG_HIGH) : 0;
}

int esp_lag(const struct mark *mark)
{
	unsigned words = (mark->state & LAG_LOW) >> 3 | (mark->state & LAG_HIGH) >> 5;

	return ((int)(words ^ 64) - 64) * 4;
}

void esp_settle(struct emit *e)
{
	if (e->esp)
		lea(&e->c, R_ESP, mem_base(R_ESP, e->esp));
	e->esp = 0;
}

void esp_add(struct emit *e, int32_t n)
{
	e->esp += n;
	if (e->esp < LAG_MIN || e->esp > LAG_MAX || e->esp % 4)
		esp_settle(e);
}

static bool is_esp(uint8_t file, unsigned reg)
{
	return reg == ESP && (file == F_GPR16 || file == F_GPR32 || file == F_GPRV);
}

/* Is esp a register operand? */
static bool names_esp(const struct i386_insn *i)
{
	const struct i386_op *row = i->op;

	if (row->attr & OA_MODRM && (is_esp(row->reg, insn_reg(i)) || (insn_mod(i) == 3 && is_esp(row->rm, insn_rm(i)))))
		return true;
	return is_esp(row->short_reg, i->opcode & 7) || (i->vex && is_esp(row->vreg, i->vex_v));
}

/* mov reg, esp */
static bool copies_esp(const struct i386_insn *i)
{
	if (i->kind != K_RAW || i->map || i->opsize != 4 || insn_mod(i) != 3 || insn_reg(i) == insn_rm(i))
		return false;
	return (i->opcode == 0x89 && insn_reg(i) == ESP) || (i->opcode == 0x8b && insn_rm(i) == ESP);
}

bool esp_copy(struct emit *e, const struct i386_insn *i)
{
	if (!e->esp || !copies_esp(i))
		return false;
	lea(&e->c, host_gpr(i->opcode == 0x89 ? insn_rm(i) : insn_reg(i)), mem_base(R_ESP, e->esp));
	return true;
}

static bool raw_may_lag(const struct i386_insn *i)
{
	switch ((enum i386_kind)i->kind) {
	case K_RAW:
		return copies_esp(i) || !names_esp(i);
	case K_PUSH_R: case K_POP_R: case K_INC_R: case K_DEC_R: case K_XCHG_R:
		return (i->opcode & 7) != ESP;
	case K_PUSH_RM: case K_POP_RM:
		return insn_mod(i) != 3 || insn_rm(i) != ESP;
	case K_PUSH_IMM: case K_PUSH_SEG: case K_PUSHF: case K_POPA: case K_LEAVE: case K_MOV_MOFFS: case K_XLAT: case K_STRING: case K_MASKMOV: case K_NOP:
		return true;
	default:
		return false;
	}
}

void esp_before(struct emit *e, const struct uop *u, unsigned n)
{
	bool may = false;

	if (!e->esp)
		return;
	if (u->op == UOP_RAW)
		may = raw_may_lag(u->insn);
	else if (u->op == UOP_CALL || u->op == UOP_RET)
		may = true;
	else if (u->op == UOP_CALL_IND)
		may = insn_mod(u->insn) != 3 || insn_rm(u->insn) != ESP;
	if (!may || e->joins[n])
		esp_settle(e);
}

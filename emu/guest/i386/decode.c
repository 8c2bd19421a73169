/* SPDX-License-Identifier: MIT */
/*
 * i386 instruction bytes -> struct i386_insn. The format, Intel SDM volume 2, chapter 2:
 *
 *   prefixes 0..14 | opcode: xx | 0F xx | 0F 38 xx | 0F 3A xx | VEX xx | modrm | sib | displacement | immediate
 *   VEX: C5 Rvvv vLpp | C4 RXBm mmmm Wvvv vLpp, R X vvvv inverted; told from LES and LDS by R and X (a register form)
 */
#include "emu/guest/i386/decode.h"

#include <stdbool.h>
#include <string.h>

#include "emu/guest/i386/opcodes.h"

static const struct i386_op undefined = {"(bad)", K_UD, .attr = 0};

/* What is still to be read. */
struct bytes {
	const uint8_t *p, *end;
};

static bool take(struct bytes *b, unsigned n)
{
	return (size_t)(b->end - b->p) >= n && (b->p += n, true);
}

static uint32_t little(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	memcpy(&v, p, n);
	return v;
}

static int32_t extended(const uint8_t *p, unsigned n)
{
	unsigned shift = 32 - 8 * n;

	return n ? (int32_t)(little(p, n) << shift) >> shift : 0;
}

/* ---- prefixes and opcode ---- */

/* False: it is no prefix. */
static bool prefix(struct i386_insn *i, uint8_t byte)
{
	switch (byte) {
	case 0x26: i->seg = SEG_ES; break;
	case 0x2e: i->seg = SEG_CS; break;
	case 0x36: i->seg = SEG_SS; break;
	case 0x3e: i->seg = SEG_DS; break;
	case 0x64: i->seg = SEG_FS; break;
	case 0x65: i->seg = SEG_GS; break;
	case 0x66: i->prefix |= PFX_66; i->opsize = 2; break;
	case 0x67: i->prefix |= PFX_67; break;
	case 0xf0: i->prefix |= PFX_LOCK; break;
	case 0xf2: i->prefix |= PFX_F2; i->rep = byte; break;
	case 0xf3: i->prefix |= PFX_F3; i->rep = byte; break;
	default: return false;
	}
	return true;
}

static bool prefixes(struct i386_insn *i, struct bytes *b)
{
	while (b->p < b->end && prefix(i, *b->p))
		b->p++;
	return b->p < b->end;
}

/* From the byte behind C4 or C5 to the opcode. */
static bool vex(struct i386_insn *i, struct bytes *b, uint8_t first)
{
	const uint8_t *p = b->p;
	uint8_t last;

	if (!take(b, first == 0xc5 ? 2 : 3))
		return false;
	i->vex = first == 0xc5 ? 2 : 3;
	i->map = first == 0xc5 ? 1 : p[0] & 31;
	last = first == 0xc5 ? p[0] : p[1];
	i->vex_w = first == 0xc5 ? 0 : last >> 7;
	i->vex_v = ~last >> 3 & 7; /* bit 3 does not count outside 64-bit mode, */
	i->vex_unused = (last & 0x78) == 0x78; /* but where there is no such operand */
	i->vex_l = last >> 2 & 1;
	i->vex_pp = last & 3;
	i->opcode = b->p[-1];
	return true;
}

static bool opcode(struct i386_insn *i, struct bytes *b)
{
	uint8_t byte = *b->p;

	b->p++;
	if (byte == 0xc4 || byte == 0xc5) {
		if (b->p == b->end)
			return false;
		if (*b->p >= 0xc0)
			return vex(i, b, byte);
	}
	if (byte == 0x0f) {
		if (!take(b, 1))
			return false;
		byte = b->p[-1];
		i->map = 1;
		if (byte == 0x38 || byte == 0x3a) {
			i->map = byte == 0x38 ? 2 : 3;
			if (!take(b, 1))
				return false;
			byte = b->p[-1];
		}
	}
	i->opcode = byte;
	return true;
}

static const struct slot *find_slot(const struct i386_insn *i)
{
	unsigned pp = i->rep == 0xf3 ? PP_F3 : i->rep == 0xf2 ? PP_F2 : i->prefix & PFX_66 ? PP_66 : PP_NP;
	static const struct slot none;

	if (i->vex) {
		if (i->map < 1 || i->map > 3 || i->prefix & (PFX_66 | PFX_F2 | PFX_F3 | PFX_LOCK))
			return &none;
		return &i386_map_vex[i->map - 1][i->vex_pp][i->opcode];
	}
	if (i->map == 0)
		return &i386_map_base[i->opcode];
	if (i->map == 1 && i386_map_0f[i->opcode].row)
		return &i386_map_0f[i->opcode];
	return &i386_map_simd[i->map - 1][pp][i->opcode];
}

static const struct i386_op *find_row(const struct i386_insn *i, const struct slot *s)
{
	if (!s->row)
		return &undefined;
	if (s->by == BY_DIGIT)
		return &s->row[insn_reg(i)];
	if (s->by == BY_MEM_REG)
		return &s->row[insn_mod(i) == 3 ? 8u + (i->modrm & 63) : insn_reg(i)];
	return s->row;
}

/* ---- operands ---- */

/* SIB and displacement of a memory operand. Table 2-1 (16-bit) and 2-2 (32-bit) of the SDM. */
static bool memory(struct i386_insn *i, struct bytes *b)
{
	unsigned mod = insn_mod(i), rm = insn_rm(i);

	if (i->prefix & PFX_67) {
		i->disp_size = mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
	} else {
		unsigned base = rm;

		if (rm == 4) {
			if (!take(b, 1))
				return false;
			i->sib = b->p[-1];
			base = i->sib & 7;
		}
		i->disp_size = mod == 1 ? 1 : mod == 2 || base == 5 ? 4 : 0;
	}
	if (!take(b, i->disp_size))
		return false;
	i->disp = extended(b->p - i->disp_size, i->disp_size);
	return true;
}

static unsigned immediate_size(const struct i386_insn *i, unsigned imm)
{
	switch ((enum i386_imm)imm) {
	case IMM_NONE:
	case IMM_MOFFS:
		return 0;
	case IMM_8: case IMM_S8: case IMM_REL8: case IMM_IS4:
		return 1;
	case IMM_16:
		return 2;
	case IMM_V: case IMM_RELV:
		return i->opsize;
	case IMM_FAR:
		return i->opsize + 2;
	case IMM_ENTER:
		return 3;
	}
	return 0;
}

static bool immediate(struct i386_insn *i, struct bytes *b, unsigned imm)
{
	unsigned n = imm == IMM_MOFFS ? (i->prefix & PFX_67 ? 2 : 4) : immediate_size(i, imm);
	const uint8_t *p = b->p;

	if (!take(b, n))
		return false;
	i->imm_size = (uint8_t)n;
	switch ((enum i386_imm)imm) {
	case IMM_NONE:
		break;
	case IMM_MOFFS:
		i->disp = (int32_t)little(p, n);
		i->disp_size = n;
		i->imm_size = 0;
		break;
	case IMM_8: case IMM_16: case IMM_V:
		i->imm = little(p, n);
		break;
	case IMM_IS4:
		i->imm = *p & 0x7f; /* bit 7 does not count outside 64-bit mode */
		break;
	case IMM_S8: case IMM_REL8: case IMM_RELV:
		i->imm = (uint32_t)extended(p, n);
		break;
	case IMM_FAR:
		i->imm = little(p, i->opsize);
		i->imm2 = (uint16_t)little(p + i->opsize, 2);
		break;
	case IMM_ENTER:
		i->imm = little(p, 2);
		i->imm2 = p[2];
		break;
	}
	return true;
}

/* ---- what the tables do not say ---- */

static bool legal(const struct i386_insn *i)
{
	const struct i386_op *op = i->op;
	bool reg = !(op->attr & OA_MODRM) || insn_mod(i) == 3 || (op->attr & OA_REG_ALWAYS);

	if (op->attr & OA_MODRM && !(op->attr & (reg ? OA_REG : OA_MEM)))
		return false;
	if (i->prefix & PFX_LOCK && (reg || !(op->attr & OA_LOCK)))
		return false;
	if (op->reg == F_SEG && insn_reg(i) > SEG_GS)
		return false;
	if (!i->vex)
		return true;
	if (op->attr & OA_VSIB && (insn_rm(i) != 4 || i->prefix & PFX_67))
		return false;
	if (i->vex && !i->vex_unused && (op->vreg == F_NONE || (op->attr & OA_VVVV_REG && !reg)))
		return false;
	return !(op->attr & (i->vex_l ? OA_L0 : OA_L1)) && !(op->attr & (i->vex_w ? OA_W0 : OA_W1));
}

/* A count of 0 leaves the flags alone; REP may run no time at all. */
static bool may_skip_flags(const struct i386_insn *i)
{
	if (i->kind == K_STRING)
		return i->rep;
	return ((i->map == 0 && (i->opcode & 0xfe) == 0xc0) || (i->map == 1 && (i->opcode & 0xf7) == 0xa4 && !i->vex)) && !(i->imm & 31);
}

static void refine(struct i386_insn *i)
{
	i->kind = legal(i) ? i->op->kind : K_UD;
	i->flags_in = i->op->flags_in;
	i->flags_out = may_skip_flags(i) ? 0 : i->op->flags_out;
	if (i->op->imm == IMM_REL8 || i->op->imm == IMM_RELV) {
		i->imm += i->pc + i->len;
		if (i->opsize == 2)
			i->imm &= 0xffff;
	}
	if (i->map == 0 && i->opcode == 0x82)
		i->opcode = 0x80;
	if (i->map == 0 && i->opcode == 0x90 && i->kind != K_UD)
		i->kind = i->rep == 0xf3 ? K_RAW : K_NOP; /* pause */
}

unsigned i386_decode(struct i386_insn *i, const uint8_t *bytes, size_t avail, uint32_t pc)
{
	struct bytes b = {bytes, bytes + avail};
	const struct slot *slot;

	*i = (struct i386_insn){.pc = pc, .seg = 0xff, .opsize = 4, .op = &undefined};
	if (!prefixes(i, &b) || !opcode(i, &b))
		return 0;
	slot = find_slot(i);
	if (slot->row && (slot->by != BY_NOTHING || slot->row->attr & OA_MODRM)) {
		if (!take(&b, 1))
			return 0;
		i->modrm = b.p[-1];
	}
	i->op = find_row(i, slot);
	if (i->op->attr & OA_MODRM && insn_mod(i) != 3 && !(i->op->attr & OA_REG_ALWAYS) && !memory(i, &b))
		return 0;
	if (!immediate(i, &b, i->op->imm))
		return 0;
	i->len = (uint8_t)(b.p - bytes);
	refine(i);
	return i->len;
}

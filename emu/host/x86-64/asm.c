/* SPDX-License-Identifier: MIT */
/* Writing x86-64 instructions. Intel SDM volume 2, chapter 2. */
#include "emu/host/x86-64/asm.h"

/* Bytes that a plain instruction can have: prefixes of its operand; REX, 0F, opcode; modrm, sib and displacement. */
enum { PREFIXES_MAX = 2, OPCODE_MAX = 3, MODRM_MAX = 6 };

const uint8_t asm_anchor[1];

static void prefixes(struct code *c, const struct op *op, bool gs, bool a32)
{
	if (gs)
		e1(c, 0x65);
	if (a32)
		e1(c, 0x67);
	if (op->lock)
		e1(c, 0xf0);
	if (op->p66 && !op->vex)
		e1(c, 0x66);
	if (op->rep && !op->vex)
		e1(c, op->rep);
}

/* VEX: C5 RvvvvLpp | C4 RXBmmmmm WvvvvLpp, all register bits inverted. */
static void vex(struct code *c, const struct op *op, unsigned r, unsigned x, unsigned b)
{
	unsigned pp = op->p66 ? 1 : op->rep == 0xf3 ? 2 : op->rep == 0xf2 ? 3 : 0;
	unsigned tail = (~op->vex_v & 15) << 3 | (op->vex_l ? 4 : 0) | pp;

	if (!x && !b && !op->w && op->map == 1) {
		e1(c, 0xc5);
		e1(c, (r ? 0 : 0x80) | tail);
		return;
	}
	e1(c, 0xc4);
	e1(c, (r ? 0 : 0x80) | (x ? 0 : 0x40) | (b ? 0 : 0x20) | op->map);
	e1(c, (op->w ? 0x80 : 0) | tail);
}

static void opcode(struct code *c, const struct op *op, unsigned r, unsigned x, unsigned b)
{
	if (op->vex) {
		vex(c, op, r, x, b);
	} else {
		if (r | x | b | op->w | op->rex)
			e1(c, 0x40 | (op->w ? 8 : 0) | (r ? 4 : 0) | (x ? 2 : 0) | (b ? 1 : 0));
		if (op->map)
			e1(c, 0x0f);
		if (op->map >= 2)
			e1(c, op->map == 2 ? 0x38 : 0x3a);
	}
	e1(c, op->code);
}

static unsigned ext(uint8_t reg)
{
	return reg >> 3 & 1;
}

/* modrm, sib and displacement of m. rsp and r12 as base need a sib; rbp and r13 need a displacement. */
static void modrm_mem(struct code *c, uint8_t reg, struct mem m)
{
	unsigned r = (reg & 7) << 3;
	unsigned index = m.index & 7;
	bool sib = m.index != NOREG || m.base == NOREG || (m.base & 7) == 4;

	if (m.base == ASM_HERE) {
		e1(c, r | 5);
		e4(c, rel32(c->p, asm_anchor + m.disp));
		return;
	}
	if (m.base == NOREG) {
		e1(c, r | 4);
		e1(c, m.scale << 6 | index << 3 | 5);
		e4(c, m.disp);
		return;
	}
	unsigned mod = m.disp == 0 && (m.base & 7) != 5 ? 0 : m.disp == (int8_t)m.disp ? 1 : 2;

	e1(c, mod << 6 | r | (sib ? 4 : m.base & 7));
	if (sib)
		e1(c, m.scale << 6 | index << 3 | (m.base & 7));
	if (mod == 1)
		e1(c, m.disp);
	else if (mod == 2)
		e4(c, m.disp);
}

static __attribute__((noinline)) void any_rm(struct code *c, struct op op, uint8_t reg, struct mem m)
{
	prefixes(c, &op, m.gs, m.a32);
	opcode(c, &op, ext(reg), ext(m.index), ext(m.base));
	modrm_mem(c, reg, m);
}

static __attribute__((noinline)) void any_rr(struct code *c, struct op op, uint8_t reg, uint8_t rm)
{
	prefixes(c, &op, false, false);
	opcode(c, &op, ext(reg), 0, ext(rm));
	e1(c, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* ---- what most are: an opcode of the first two maps and no prefix of its own; without a branch for each thing that may be there ---- */

/* All that makes it not so, in one look; or there may be too little room. */
static bool is_plain(const struct code *c, struct op op, unsigned most)
{
	static const struct op more = {.map = 0xfe, .p66 = 0xff, .rep = 0xff, .lock = 0xff, .rex = 0xff, .vex = 0xff};
	uint64_t has, not_plain;

	memcpy(&has, &op, sizeof has);
	memcpy(&not_plain, &more, sizeof not_plain);
	return !(has & not_plain) && c->limit - c->p >= most;
}

static uint8_t *plain_opcode(uint8_t *p, struct op op, unsigned r, unsigned x, unsigned b)
{
	unsigned rex = op.w << 3 | r << 2 | x << 1 | b;

	*p = 0x40 | rex;
	p += rex != 0;
	*p = 0x0f;
	p += op.map;
	*p = op.code;
	return p + 1;
}

static uint8_t *plain_mem(uint8_t *p, uint8_t reg, struct mem m)
{
	unsigned size = m.disp == 0 && (m.base & 7) != 5 ? 0 : m.disp == (int8_t)m.disp ? 1 : 4;
	unsigned sib = m.index != NOREG || (m.base & 7) == 4;

	*p++ = ((size + 1) >> 1) << 6 | (reg & 7) << 3 | (sib ? 4 : m.base & 7);
	*p = m.scale << 6 | (m.index & 7) << 3 | (m.base & 7);
	p += sib;
	memcpy(p, &m.disp, 4);
	return p + size;
}

void asm_rm(struct code *c, struct op op, uint8_t reg, struct mem m)
{
	uint8_t *p = c->p;

	if (m.base > R15 || !is_plain(c, op, PREFIXES_MAX + OPCODE_MAX + MODRM_MAX)) {
		any_rm(c, op, reg, m);
		return;
	}
	*p = 0x65;
	p += m.gs;
	*p = 0x67;
	p += m.a32;
	p = plain_opcode(p, op, ext(reg), ext(m.index), ext(m.base));
	c->p = plain_mem(p, reg, m);
}

void asm_rr(struct code *c, struct op op, uint8_t reg, uint8_t rm)
{
	uint8_t *p;

	if (!is_plain(c, op, OPCODE_MAX + 1)) {
		any_rr(c, op, reg, rm);
		return;
	}
	p = plain_opcode(c->p, op, ext(reg), 0, ext(rm));
	*p++ = 0xc0 | (reg & 7) << 3 | (rm & 7);
	c->p = p;
}

void asm_short(struct code *c, struct op op, uint8_t reg)
{
	bool plain = is_plain(c, op, OPCODE_MAX); /* asked of op as it came, all of it in registers */

	op.code |= reg & 7;
	if (plain) {
		c->p = plain_opcode(c->p, op, 0, 0, ext(reg));
		return;
	}
	prefixes(c, &op, false, false);
	opcode(c, &op, 0, 0, ext(reg));
}

void asm_jmp(struct code *c, const void *to)
{
	e1(c, 0xe9);
	e4(c, rel32(c->p, to));
}

void asm_jcc(struct code *c, uint8_t cc, const void *to)
{
	e1(c, 0x0f);
	e1(c, 0x80 | cc);
	e4(c, rel32(c->p, to));
}

void asm_lea_host(struct code *c, uint8_t to, const void *address)
{
	e1(c, 0x48 | (to >> 3) << 2);
	e1(c, 0x8d);
	e1(c, (to & 7) << 3 | 5);
	e4(c, rel32(c->p, address));
}

void asm_align_field(struct code *c, unsigned ahead)
{
	while (!c->full && (((uintptr_t)c->p + ahead) & 63) > 60)
		e1(c, 0x90);
}

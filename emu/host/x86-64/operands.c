/* SPDX-License-Identifier: MIT */
/* Guest memory operands in host form: window base, segment bases, 16-bit addressing, esp in r15. */
#include "emu/host/x86-64/i386.h"
#include "emu/host/x86-64/offsets.h"
#include "emu/cpu.h"
#include "emu/guest/i386/i386.h"

/* 16-bit forms: SDM volume 2, table 2-1. rm -> base, index */
static const uint8_t rm16[8][2] = {
	{RBX, RSI}, {RBX, RDI}, {RBP, RSI}, {RBP, RDI}, {RSI, NOREG}, {RDI, NOREG}, {RBP, NOREG}, {RBX, NOREG},
};

static struct mem address16(struct emit *e, const struct i386_insn *i, int32_t extra)
{
	unsigned rm = insn_rm(i);

	if (insn_mod(i) == 0 && rm == 6)
		return mem_base(NOREG, (uint16_t)(i->disp + extra));
	lea(&e->c, R8, (struct mem){.base = rm16[rm][0], .index = rm16[rm][1], .disp = i->disp + extra});
	asm_rr(&e->c, OP0F(0xb7), R8, R8); /* movzx r8d, r8w */
	return mem_base(R8, 0);
}

struct mem effective_address(struct emit *e, const struct i386_insn *i, int32_t extra)
{
	unsigned rm = insn_rm(i);
	struct mem m = {.base = NOREG, .index = NOREG, .disp = i->disp + extra};

	if (i->prefix & PFX_67)
		return address16(e, i, extra);
	if (rm != 4) {
		if (!(insn_mod(i) == 0 && rm == 5))
			m.base = rm;
	} else {
		unsigned base = i->sib & 7, index = i->sib >> 3 & 7;

		if (!(insn_mod(i) == 0 && base == 5))
			m.base = host_gpr(base);
		if (m.base == R_ESP)
			m.disp += e->esp;
		if (index != 4) {
			m.index = index;
			m.scale = i->sib >> 6;
		}
	}
	m.a32 = m.base != NOREG || m.index != NOREG || m.disp < 0;
	if (m.base == R8)
		m.a32 = false;
	return m;
}

/* The segment an operand uses, or -1 where its base is 0. */
static int segment_of(const struct i386_insn *i)
{
	if (i->seg == SEG_FS || i->seg == SEG_GS)
		return i->seg;
	if (!i386_segments_used)
		return -1;
	if (i->seg != 0xff)
		return i->seg;
	if (!(i->prefix & PFX_67)) {
		unsigned base = insn_rm(i) == 4 ? i->sib & 7u : insn_rm(i);

		if (base == 4 || (base == 5 && insn_mod(i) != 0))
			return SEG_SS;
	} else if (insn_rm(i) == 2 || insn_rm(i) == 3 || (insn_rm(i) == 6 && insn_mod(i) != 0)) {
		return SEG_SS;
	}
	return SEG_DS;
}

/* m + the base in register seg. */
static struct mem add_segment(struct emit *e, struct mem m, int seg)
{
	uint8_t base = R_GS;

	if (seg != SEG_GS) {
		base = R9;
		mov_load(&e->c, R9, mem_base(R_CPU, CPU_SEG_BASE + 4 * seg));
	}
	if (m.base == NOREG) {
		m.base = base;
	} else if (m.index == NOREG) {
		m.index = m.base;
		m.scale = 0;
		m.base = base;
	} else {
		lea(&e->c, R8, m);
		m = (struct mem){.base = base, .index = R8};
	}
	m.a32 = true;
	return m;
}

/* m within a window that is not at 0. */
static struct mem add_window(struct emit *e, struct mem m)
{
	if (m.base == NOREG && m.index == NOREG && m.disp >= 0)
		return mem_base(R_BASE, m.disp);
	if (m.index == NOREG && m.disp == 0)
		return (struct mem){.base = R_BASE, .index = m.base};
	lea(&e->c, R8, m);
	return (struct mem){.base = R_BASE, .index = R8};
}

static struct mem place(struct emit *e, struct mem m, int seg)
{
	if (seg >= 0)
		m = add_segment(e, m, seg);
	return e->flat ? m : add_window(e, m);
}

struct mem operand(struct emit *e, const struct i386_insn *i, int32_t extra)
{
	return place(e, effective_address(e, i, extra), segment_of(i));
}

struct mem operand_abs(struct emit *e, const struct i386_insn *i, uint32_t addr)
{
	struct mem m = mem_base(NOREG, addr);
	int seg = i->seg == SEG_FS || i->seg == SEG_GS ? i->seg : !i386_segments_used ? -1 : i->seg != 0xff ? i->seg : SEG_DS;

	m.a32 = m.disp < 0;
	return place(e, m, seg);
}

struct mem guest_mem(struct emit *e, uint8_t reg, int32_t disp)
{
	struct mem m = mem_base(reg, disp);

	if (i386_segments_used) { /* the stack segment */
		mov_load(&e->c, R9, mem_base(R_CPU, CPU_SEG_BASE + 4 * SEG_SS));
		lea(&e->c, R9, (struct mem){.base = R9, .index = reg, .disp = disp});
		return e->flat ? mem_base(R9, 0) : (struct mem){.base = R_BASE, .index = R9};
	}
	if (e->flat) {
		m.a32 = true;
		return m;
	}
	if (disp) {
		lea(&e->c, R9, m);
		reg = R9;
	}
	return (struct mem){.base = R_BASE, .index = reg};
}

struct mem stack_slot(struct emit *e, int32_t disp)
{
	return guest_mem(e, R_ESP, disp + e->esp);
}

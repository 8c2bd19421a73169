/* SPDX-License-Identifier: MIT */
/*
 * N Z C V of an ARM guest. Three groups, NZ, C and V, each of which is at any point of a unit in EFLAGS, in struct cpu, or in
 * both. Between units, and wherever code elsewhere may jump to, they are in struct cpu. There: byte 1: NZ as lahf has them
 * (bits 7 and 6, others are junk, so is byte 0), byte 2: C, byte 3: V. Whether CF is C or its negation is known at each point.
 */
#include "emu/host/x86-64/arm_emit.h"

#define NZ_BYTE (CPU_NZCV + 1)
#define C_BYTE (CPU_NZCV + 2)
#define V_BYTE (CPU_NZCV + 3)

static void setcc(struct emit *e, uint8_t cc, int32_t at)
{
	asm_rm(&e->c, OP0F(0x90 | cc), 0, mem_base(R_CPU, at));
}

void flags_store(struct emit *e, unsigned groups)
{
	struct flag_place *f = &e->flags;
	unsigned todo = flags_whole(groups & FL_NZCV) & f->host & ~f->stored;

	e->wanted |= todo & e->before_body;
	if (todo & FL_NZ) {
		mov_imm(&e->c, RAX, 0); /* what rax was would have to be waited for */
		e1(&e->c, 0x9f); /* lahf; mov [..], ax: ah alone is out of reach */
		asm_rm(&e->c, (struct op){.code = 0x89, .p66 = 1}, RAX, mem_base(R_CPU, CPU_NZCV));
	}
	if (todo & FL_C)
		setcc(e, f->borrow ? 3 : 2, C_BYTE);
	if (todo & FL_O)
		setcc(e, 0, V_BYTE);
	f->stored |= todo;
	e->spilled |= todo;
}

void flags_clobber(struct emit *e, unsigned made)
{
	flags_store(e, e->live & ~flags_whole(made));
	flags_void(e);
}

void flags_void(struct emit *e)
{
	e->flags.host = 0;
}

void flags_made(struct emit *e, unsigned groups, bool borrow)
{
	struct flag_place *f = &e->flags;

	f->host |= groups;
	f->stored &= ~groups;
	e->spilled &= ~groups;
	e->before_body &= ~groups;
	if (groups & FL_C)
		f->borrow = borrow;
}

bool flags_busy(const struct emit *e)
{
	return e->flags.host & ~e->flags.stored & flags_whole(e->live);
}

/* All three by sahf, and OF by an addition that overflows. */
static void load_all(struct emit *e)
{
	asm_rm(&e->c, OP0F(0xb6), RAX, mem_base(R_CPU, NZ_BYTE));
	alu(e, ALU_AND, RAX, val_imm(0xc0));
	asm_rm(&e->c, OP(0x0a), RAX, mem_base(R_CPU, C_BYTE)); /* or al, .. */
	shift(e, SH_SHL, RAX, 8);
	asm_rm(&e->c, OP(0x0a), RAX, mem_base(R_CPU, V_BYTE));
	ebytes(&e->c, "\x04\x7f\x9e", 3); /* add al, 7f; sahf */
	e->flags.host = FL_NZCV;
	e->flags.borrow = false;
}

void flags_load(struct emit *e, unsigned groups)
{
	struct flag_place *f = &e->flags;

	groups = flags_whole(groups);
	if (!(groups & ~f->host))
		return;
	flags_store(e, groups | e->live | e->reads);
	flags_void(e);
	if (groups == FL_C) {
		asm_rm(&e->c, OP(0x80), 7, mem_base(R_CPU, C_BYTE)); /* cmp [C], 1 */
		e1(&e->c, 1);
		f->host = FL_C;
		f->borrow = true;
	} else if (groups == FL_NZ) {
		asm_rm(&e->c, OP0F(0xb7), RAX, mem_base(R_CPU, CPU_NZCV));
		e1(&e->c, 0x9e);
		f->host = FL_NZ;
	} else {
		load_all(e);
	}
}

void flags_carry(struct emit *e, bool borrow)
{
	if (e->flags.borrow != borrow)
		e1(&e->c, 0xf5); /* cmc */
	e->flags.borrow = borrow;
}

uint8_t flags_cond(struct emit *e, unsigned cond)
{
	static const uint8_t groups[7] = {FL_NZ, FL_C, FL_NZ, FL_O, FL_NZ | FL_C, FL_NZ | FL_O, FL_NZ | FL_O};
	static const uint8_t cc[7] = {4, 3, 8, 0, 7, 13, 15};

	flags_load(e, groups[cond >> 1]);
	if (cond >> 1 == ARM_HI >> 1)
		flags_carry(e, true);
	if (cond >> 1 == ARM_CS >> 1)
		return (e->flags.borrow ? 3 : 2) ^ (cond & 1);
	return cc[cond >> 1] ^ (cond & 1);
}

void flags_stored(struct emit *e, unsigned groups)
{
	e->wanted |= e->before_body & groups;
	e->before_body &= ~groups;
	e->flags.stored |= groups;
	e->flags.host &= ~groups;
}

void flags_store_nz(struct emit *e, uint32_t v)
{
	asm_rm(&e->c, OP(0xc6), 0, mem_base(R_CPU, NZ_BYTE));
	e1(&e->c, (v >> 31) << 7 | (!v) << 6);
	flags_stored(e, FL_NZ);
}

void flags_store_cf(struct emit *e)
{
	setcc(e, 2, C_BYTE);
	flags_stored(e, FL_C);
}

void flags_store_c(struct emit *e, bool c)
{
	asm_rm(&e->c, OP(0xc6), 0, mem_base(R_CPU, C_BYTE));
	e1(&e->c, c);
	flags_stored(e, FL_C);
}

void flags_join(struct emit *e, struct flag_place other)
{
	struct flag_place *f = &e->flags;
	unsigned both = f->host & other.host;

	if (both & FL_C && f->borrow != other.borrow)
		flags_carry(e, other.borrow);
	flags_store(e, e->live & ~both);
	f->host = both;
	f->stored &= other.stored;
	f->borrow = other.borrow;
}

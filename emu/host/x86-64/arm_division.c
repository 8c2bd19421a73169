/* SPDX-License-Identifier: MIT */
/* A division that the guest does step by step, done at once. */
#include "emu/host/x86-64/arm_emit.h"

#define CC_C 2
#define CC_NE 5
#define CC_BE 6

static const struct arm_division *division_at(const struct emit *e)
{
	const struct arm_division *v = &((const struct arm_decoded *)e->u->decoded)->division;

	if (!v->step || v->uop != e->now || e->how)
		return NULL;
	return pinned(v->n) != NOREG && pinned(v->d) != NOREG && pinned(v->q) != NOREG ? v : NULL;
}

/* Of an odd number, modulo 2^32. */
static uint32_t inverse(uint32_t odd)
{
	uint32_t x = odd;

	for (unsigned i = 0; i < 4; i++)
		x *= 2 - odd * x;
	return x;
}

/* edx = k of the step whose key is in rax. The jump to be completed: there is none. */
static uint8_t *which_step(struct emit *e, const struct arm_division *v)
{
	unsigned twos = __builtin_ctz(v->step);
	uint32_t i = inverse(v->step >> twos);

	lea(&e->c, RCX, mem_base(RAX, -v->pc));
	if (i != 1) { /* what is no multiple gives more than any that is */
		asm_rr(&e->c, OP(0x69), RCX, RCX); /* imul */
		e4(&e->c, i);
	}
	if (twos)
		shift(e, SH_ROR, RCX, twos);
	mov_imm(&e->c, RDX, v->first);
	alu(e, ALU_SUB, RDX, val_reg(RCX));
	return jump_near(e, CC_C);
}

/*
 * From step k = ecx on, to the end. Two jumps to be completed, with no register but rax, rcx and rdx changed: unless d << k has 32
 * bits and n is less than its double, the steps give something else.
 */
static void divide(struct emit *e, const struct arm_division *v, uint8_t *otherwise[2])
{
	uint8_t n = pinned(v->n), d = pinned(v->d), q = pinned(v->q);

	mov_rr(&e->c, RDX, d);
	asm_rr(&e->c, OP64(0xd3), SH_SHL, RDX);
	mov_rr(&e->c, RAX, RDX);
	asm_rr(&e->c, OP64(0x3b), RAX, RDX);
	otherwise[0] = jump_near(e, CC_NE);
	asm_rr(&e->c, OP64(0x03), RDX, RDX);
	asm_rr(&e->c, OP64(0x3b), RDX, n);
	otherwise[1] = jump_near(e, CC_BE);
	mov_rr(&e->c, RAX, n);
	mov_imm(&e->c, RDX, 0);
	asm_rr(&e->c, OP(0xf7), 6, d); /* div */
	asm_rr(&e->c, OP(0xd3), SH_SHL, q);
	lea(&e->c, q, (struct mem){.base = RAX, .index = q, .scale = 1});
	mov_rr(&e->c, n, RDX);
	/* flags of the last CMP: before its subtraction, if that was done, the remainder was greater by d */
	alu(e, ALU_AND, RAX, val_imm(1));
	asm_rr(&e->c, OP(0xf7), 3, RAX); /* neg */
	alu(e, ALU_AND, RAX, val_reg(d));
	alu(e, ALU_ADD, RDX, val_reg(RAX));
	alu(e, ALU_CMP, RDX, val_reg(d));
	flags_made(e, FL_NZCV, true);
	flags_store(e, FL_NZCV);
	flags_void(e);
	emit_exit(e, v->end);
}

void arm_division_jump(struct emit *e)
{
	const struct arm_division *v = division_at(e);
	uint8_t *none, *otherwise[2];

	if (!v)
		return;
	none = which_step(e, v);
	mov_store(&e->c, home(ARM_PC), RAX);
	mov_rr(&e->c, RCX, RDX);
	divide(e, v, otherwise);
	here_near(e, otherwise[0]);
	here_near(e, otherwise[1]);
	mov_load(&e->c, RAX, home(ARM_PC));
	here_near(e, none);
}

void arm_division_begin(struct emit *e)
{
	const struct arm_division *v = division_at(e);
	uint8_t *otherwise[2];

	if (!v || v->pc != e->u->pc)
		return;
	mov_imm(&e->c, RCX, v->first);
	divide(e, v, otherwise);
	here_near(e, otherwise[0]);
	here_near(e, otherwise[1]);
}

/* SPDX-License-Identifier: MIT */
/* i386 instructions whose encoding or meaning is another on x86-64, one function for each kind. Rule: whatever can fault
 * comes first and guest registers change last, so that a fault finds the state before the instruction. */
#include "emu/backend.h"
#include "emu/guest/i386/i386.h"
#include "emu/host/x86-64/i386.h"
#include "emu/host/x86-64/offsets.h"
#include "emu/window.h"

typedef void special(struct emit *e, const struct uop *u, const struct i386_insn *i);

/* operand-size dependent move: 16 bit with 66 */
static struct op mov_load_op(const struct i386_insn *i)
{
	return i->opsize == 2 ? OP0F(0xb7) : OP(0x8b); /* movzx from word */
}

static struct op mov_store_op(const struct i386_insn *i)
{
	return (struct op){.code = 0x89, .p66 = i->opsize == 2};
}

static void push_reg(struct emit *e, const struct i386_insn *i, uint8_t reg)
{
	asm_rm(&e->c, mov_store_op(i), reg, stack_slot(e, -i->opsize));
	esp_add(e, -i->opsize);
}

static void sp_push_r(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	push_reg(e, i, host_gpr(i->opcode & 7));
}

static void sp_push_imm(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	struct mem slot = stack_slot(e, -i->opsize);

	(void)u;
	asm_rm(&e->c, (struct op){.code = 0xc7, .p66 = i->opsize == 2}, 0, slot);
	if (i->opsize == 2) {
		e1(&e->c, i->imm);
		e1(&e->c, i->imm >> 8);
	} else {
		e4(&e->c, i->imm);
	}
	esp_add(e, -i->opsize);
}

static void sp_push_rm(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	if (insn_mod(i) == 3) {
		push_reg(e, i, host_gpr(insn_rm(i)));
		return;
	}
	asm_rm(&e->c, mov_load_op(i), R8, operand(e, i, 0));
	push_reg(e, i, R8);
}

static void sp_pop_r(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	uint8_t reg = host_gpr(i->opcode & 7);
	struct mem slot = stack_slot(e, 0);

	(void)u;
	if (i->opsize == 2) { /* keeps the upper half */
		asm_rm(&e->c, OP0F(0xb7), R8, slot);
		esp_add(e, 2);
		asm_rr(&e->c, (struct op){.code = 0x8b, .p66 = 1}, reg, R8);
		return;
	}
	mov_load(&e->c, reg, slot);
	if (reg != R_ESP)
		esp_add(e, 4);
}

static void sp_pop_rm(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	bool esp_based = !(i->prefix & PFX_67) && insn_mod(i) != 3 && insn_rm(i) == 4 && (i->sib & 7) == 4;
	uint8_t value = R10;

	(void)u;
	asm_rm(&e->c, mov_load_op(i), value, stack_slot(e, 0));
	if (insn_mod(i) == 3) {
		esp_add(e, i->opsize);
		if (insn_rm(i) == ESP)
			esp_settle(e);
		asm_rr(&e->c, (struct op){.code = 0x8b, .p66 = i->opsize == 2}, host_gpr(insn_rm(i)), value);
		return;
	}
	/* an address by esp uses it after the increment */
	asm_rm(&e->c, mov_store_op(i), value, operand(e, i, esp_based ? i->opsize : 0));
	esp_add(e, i->opsize);
}

static void sp_push_seg(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	mov_load(&e->c, R8, mem_base(R_CPU, CPU_SEL + 4 * (i->opcode >> 3 & 7)));
	push_reg(e, i, R8);
}

static void sp_pusha(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	int size = i->opsize;

	(void)u;
	for (int r = 0; r < 8; r++) /* a fault half way leaves nothing that cannot be redone */
		asm_rm(&e->c, mov_store_op(i), host_gpr(r), stack_slot(e, -(r + 1) * size));
	esp_add(e, -8 * size);
}

static void sp_popa(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	int size = i->opsize;

	(void)u;
	for (int r = 7; r >= 0; r--) /* faults come before anything changes */
		asm_rm(&e->c, mov_load_op(i), R8, stack_slot(e, (7 - r) * size));
	for (int r = 0; r < 8; r++) {
		if (r == ESP)
			continue;
		asm_rm(&e->c, (struct op){.code = 0x8b, .p66 = size == 2}, r, stack_slot(e, (7 - r) * size));
	}
	esp_add(e, 8 * size);
}

/* The host's flags are the guest's, IF and bit 1 included. */
static void sp_pushf(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	e1(&e->c, 0x9c);
	asm_short(&e->c, OP(0x58), R8);
	if (e->how & EMIT_SINGLE) /* which is because TF is set */
		lea(&e->c, R8, mem_base(R8, 0x100));
	push_reg(e, i, R8);
}

static void sp_leave(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	if (i->opsize == 2) {
		asm_rm(&e->c, OP0F(0xb7), R8, guest_mem(e, RBP, 0));
		lea(&e->c, R_ESP, mem_base(RBP, 2));
		asm_rr(&e->c, (struct op){.code = 0x8b, .p66 = 1}, RBP, R8);
	} else {
		mov_load(&e->c, R8, guest_mem(e, RBP, 0));
		lea(&e->c, R_ESP, mem_base(RBP, 4));
		mov_rr(&e->c, RBP, R8);
	}
	e->esp = 0;
}

static void sp_inc_r(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	asm_rr(&e->c, (struct op){.code = 0xff, .p66 = i->opsize == 2}, i->kind == K_DEC_R, host_gpr(i->opcode & 7));
}

/* A0..A3: mov al/eax from and to an absolute address. */
static void sp_moffs(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	static const uint8_t code[4] = {0x8a, 0x8b, 0x88, 0x89};
	uint32_t addr = i->prefix & PFX_67 ? (uint16_t)i->disp : (uint32_t)i->disp;

	(void)u;
	asm_rm(&e->c, (struct op){.code = code[i->opcode & 3], .p66 = (i->opcode & 1) && i->opsize == 2}, RAX,
	       operand_abs(e, i, addr));
}

static void sp_xchg_r(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	asm_rr(&e->c, (struct op){.code = 0x87, .p66 = i->opsize == 2}, host_gpr(i->opcode & 7), RAX);
}

static void sp_nop(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u, (void)i;
	e1(&e->c, 0x90);
}

static void sp_lea(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	struct mem m = effective_address(e, i, 0);

	(void)u;
	m.a32 = false;
	asm_rm(&e->c, (struct op){.code = 0x8d, .p66 = i->opsize == 2}, host_gpr(insn_reg(i)), m);
}

static void sp_xlat(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	struct mem m;

	(void)u;
	asm_rr(&e->c, OP0F(0xb6), R10, RAX);
	lea(&e->c, R10, (struct mem){.base = RBX, .index = R10});
	if (i->prefix & PFX_67)
		asm_rr(&e->c, OP0F(0xb7), R10, R10);
	if (i->seg == SEG_FS || i->seg == SEG_GS || i386_segments_used) {
		int seg = i->seg == 0xff ? SEG_DS : i->seg;

		mov_load(&e->c, R9, mem_base(R_CPU, CPU_SEG_BASE + 4 * seg));
		lea(&e->c, R10, (struct mem){.base = R9, .index = R10});
	}
	m = e->flat ? mem_base(R10, 0) : (struct mem){.base = R_BASE, .index = R10};
	asm_rm(&e->c, OP(0x8a), RAX, m);
}

/* r8 = -window base, no flag touched */
static void minus_base(struct emit *e)
{
	e1(&e->c, 0x49); /* mov r8, imm64 */
	e1(&e->c, 0xb8);
	e4(&e->c, -(uint64_t)window_base);
	e4(&e->c, -(uint64_t)window_base >> 32);
}

/* A string instruction in a window at 0 is the host's own with an address size prefix. Elsewhere its pointers are made
 * host addresses around it; whoever looks at the registers in between takes the base off again (see leave()). */
static void string_core(struct emit *e, const struct i386_insn *i, bool source, bool dest)
{
	struct op op = {.code = i->opcode, .map = i->map, .p66 = i->prefix & PFX_66, .rep = i->rep};

	if (!e->flat) {
		if (source)
			asm_rm(&e->c, (struct op){.code = 0x8d, .w = 1}, RSI, (struct mem){.base = RSI, .index = R_BASE});
		if (dest)
			asm_rm(&e->c, (struct op){.code = 0x8d, .w = 1}, RDI, (struct mem){.base = RDI, .index = R_BASE});
	} else {
		e1(&e->c, 0x67);
	}
	if (op.p66 && i->map == 0)
		e1(&e->c, 0x66);
	if (op.rep)
		e1(&e->c, op.rep);
	e1(&e->c, op.code);
	if (e->flat)
		return;
	minus_base(e);
	if (source)
		lea(&e->c, RSI, (struct mem){.base = RSI, .index = R8});
	if (dest)
		lea(&e->c, RDI, (struct mem){.base = RDI, .index = R8});
}

static void sp_string(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	/* MOVS A4, CMPS A6: both; STOS AA, SCAS AE: edi; LODS AC: esi */
	unsigned what = i->opcode & 0xfe;

	(void)u;
	string_core(e, i, what == 0xa4 || what == 0xa6 || what == 0xac, what != 0xac);
}

/* maskmovq mm, mm; (v)maskmovdqu xmm, xmm: to [edi]; edi is put back at once. */
static void sp_maskmov(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	struct op op = {.map = 1, .code = 0xf7, .p66 = i->vex ? i->vex_pp == 1 : i->prefix & PFX_66, .vex = i->vex != 0};

	(void)u;
	if (e->flat) {
		e1(&e->c, 0x67);
		asm_rr(&e->c, op, insn_reg(i), insn_rm(i));
		return;
	}
	asm_rm(&e->c, (struct op){.code = 0x8d, .w = 1}, RDI, (struct mem){.base = RDI, .index = R_BASE});
	asm_rr(&e->c, op, insn_reg(i), insn_rm(i));
	minus_base(e);
	lea(&e->c, RDI, (struct mem){.base = RDI, .index = R8});
}

static void sp_mov_from_seg(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	(void)u;
	if (insn_mod(i) == 3) {
		mov_load(&e->c, R8, mem_base(R_CPU, CPU_SEL + 4 * insn_reg(i)));
		asm_rr(&e->c, (struct op){.code = 0x8b, .p66 = i->opsize == 2}, host_gpr(insn_rm(i)), R8);
		return;
	}
	struct mem m = operand(e, i, 0);

	mov_load(&e->c, R10, mem_base(R_CPU, CPU_SEL + 4 * insn_reg(i)));
	asm_rm(&e->c, (struct op){.code = 0x89, .p66 = 1}, R10, m);
}

/* LOOP and JECXZ count with ecx by the address size prefix. */
static void sp_loop(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	asm_align_field(&e->c, 3 + 2 + 1);
	e1(&e->c, 0x67);
	e1(&e->c, i->opcode);
	e1(&e->c, 2);
	e1(&e->c, 0xeb);
	e1(&e->c, 5);
	emit_exit(e, u->target);
}

static void sp_into(struct emit *e, const struct uop *u, const struct i386_insn *i)
{
	uint8_t *skip;

	(void)i;
	e1(&e->c, 0x71); /* jno */
	skip = e->c.p;
	e1(&e->c, 0);
	emit_helper(e, i386_raise, TRAP(TRAP_OF, 0), u->pc + u->len);
	if (!e->c.full)
		*skip = e->c.p - (skip + 1);
}

static special *const specials[K_COUNT] = {
	[K_PUSH_R] = sp_push_r, [K_PUSH_IMM] = sp_push_imm, [K_PUSH_RM] = sp_push_rm, [K_PUSH_SEG] = sp_push_seg,
	[K_PUSHA] = sp_pusha, [K_POPA] = sp_popa, [K_PUSHF] = sp_pushf, [K_POP_R] = sp_pop_r, [K_POP_RM] = sp_pop_rm,
	[K_LEAVE] = sp_leave, [K_INC_R] = sp_inc_r, [K_DEC_R] = sp_inc_r, [K_MOV_MOFFS] = sp_moffs,
	[K_XCHG_R] = sp_xchg_r, [K_NOP] = sp_nop, [K_XLAT] = sp_xlat, [K_STRING] = sp_string, [K_MASKMOV] = sp_maskmov,
	[K_MOV_FROM_SEG] = sp_mov_from_seg, [K_LOOP] = sp_loop, [K_JECXZ] = sp_loop, [K_INTO] = sp_into,
};

bool emit_special(struct emit *e, const struct uop *u)
{
	const struct i386_insn *i = u->insn;

	if (i->kind == K_RAW && i->map == 0 && i->opcode == 0x8d) {
		sp_lea(e, u, i);
		return true;
	}
	if (!specials[i->kind])
		return false;
	specials[i->kind](e, u, i);
	return true;
}

/* SPDX-License-Identifier: MIT */
/* Loads and stores of ARM guests. Rule: whatever can fault comes first and guest registers change last, so that a fault finds
 * the state before the instruction. */
#include "emu/backend.h"
#include "emu/host/x86-64/arm_emit.h"

/* In the window: [base + disp]. */
struct mem guest_at(const struct emit *e, uint8_t base, int32_t disp)
{
	return (struct mem){.base = base, .index = NOREG, .disp = disp, .a32 = base == NOREG ? disp < 0 : disp != 0, .gs = !e->flat};
}

/* Where a load or store goes, and what n becomes: both as sums. */
struct access {
	struct mem at, back;
};

/* Base in rcx and offset in rdx, if they are not in registers of their own. False: an operand that takes flags. */
static bool address(struct emit *e, const struct arm_uop *u, struct access *p)
{
	struct val base = source(u, u->n);
	struct mem m;

	if (u->form == ARM_IMM && base.kind == V_IMM) {
		p->at = p->back = guest_at(e, NOREG, base.imm + u->imm);
		return true;
	}
	if (u->form == ARM_IMM) {
		uint8_t r = in_reg(e, base, RCX);

		p->back = mem_base(r, u->imm);
		p->at = guest_at(e, r, u->attr & UA_POST ? 0 : u->imm);
		return true;
	}
	if (u->form > ARM_ROR)
		return false;
	m = (struct mem){.a32 = true, .gs = !e->flat};
	if (!(u->attr & UA_SUB) && (u->form == ARM_REG || (u->form == ARM_LSL && u->amount <= 3))) {
		m.index = in_reg(e, source(u, u->m), RDX);
		m.scale = u->form == ARM_REG ? 0 : u->amount;
	} else {
		if (u->form != ARM_REG && !x86_has_bmi2)
			flags_clobber(e, 0);
		m.index = in_reg(e, operand2(e, u, x86_has_bmi2), RDX);
		if (u->attr & UA_SUB) { /* base + ~offset + 1 */
			move(e, RDX, val_reg(m.index));
			asm_rr(&e->c, OP(0xf7), 2, RDX);
			m.index = RDX;
			m.disp = 1;
		}
	}
	m.base = in_reg(e, base, RCX);
	p->back = m;
	p->at = u->attr & UA_POST ? guest_at(e, m.base, 0) : m;
	return true;
}

static void write_back(struct emit *e, const struct arm_uop *u, struct mem back)
{
	uint8_t to = target_reg(u->n, RCX);

	if (!(u->attr & UA_WB) || (back.index == NOREG && !back.disp))
		return;
	back.gs = false;
	lea(&e->c, to, back);
	put(e, u->n, to);
}

static const struct op load_ops[] = {
	[ARM_LDR - ARM_LDR] = {.code = 0x8b}, [ARM_LDRB - ARM_LDR] = {.map = 1, .code = 0xb6},
	[ARM_LDRH - ARM_LDR] = {.map = 1, .code = 0xb7}, [ARM_LDRSB - ARM_LDR] = {.map = 1, .code = 0xbe},
	[ARM_LDRSH - ARM_LDR] = {.map = 1, .code = 0xbf},
};

/* d = 15: the word is in rax. */
bool arm_emit_load(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);
	struct access p;

	if (!address(e, u, &p))
		return false;
	if (u->attr & UA_WB && p.back.index == to) /* needed once more */
		to = RAX;
	asm_rm(&e->c, load_ops[u->op - ARM_LDR], to, p.at);
	write_back(e, u, p.back);
	if (u->d != ARM_PC)
		put(e, u->d, to);
	return true;
}

bool arm_emit_store(struct emit *e, const struct arm_uop *u)
{
	struct op op = u->op == ARM_STRB ? (struct op){.code = 0x88, .rex = 1} : (struct op){.code = 0x89, .p66 = u->op == ARM_STRH};
	struct access p;

	if (!address(e, u, &p))
		return false;
	if (u->op == ARM_STR && source(u, u->d).kind == V_IMM) {
		mov_store_imm(&e->c, p.at, source(u, u->d).imm);
	} else {
		asm_rm(&e->c, op, in_reg(e, source(u, u->d), RAX), p.at);
	}
	if (u->op == ARM_STR && u->form == ARM_IMM && !(u->attr & UA_WB))
		word_stored(e, u->n, u->imm);
	write_back(e, u, p.back);
	return true;
}

static struct mem next_word(struct mem m)
{
	m.disp += 4;
	m.a32 = m.base == NOREG && m.index == NOREG ? m.disp < 0 : true;
	return m;
}

bool arm_emit_loadd(struct emit *e, const struct arm_uop *u)
{
	struct access p;

	if (!address(e, u, &p))
		return false;
	asm_rm(&e->c, OP(0x8b), RAX, p.at);
	if (p.at.index == RDX || p.back.index == RDX) { /* needed until the end: both words in rax */
		if (u->attr & UA_WB)
			return false;
		mov_load(&e->c, RDX, next_word(p.at));
	} else {
		mov_load(&e->c, RDX, next_word(p.at));
		write_back(e, u, p.back);
	}
	put(e, u->d, RAX);
	put(e, u->a, RDX);
	return true;
}

bool arm_emit_stored(struct emit *e, const struct arm_uop *u)
{
	struct access p;

	if (!address(e, u, &p))
		return false;
	mov_store(&e->c, p.at, in_reg(e, source(u, u->d), RAX));
	mov_store(&e->c, next_word(p.at), in_reg(e, source(u, u->a), RAX));
	if (u->form == ARM_IMM && !(u->attr & UA_WB)) {
		word_stored(e, u->n, u->imm);
		word_stored(e, u->n, u->imm + 4);
	}
	write_back(e, u, p.back);
	return true;
}

/* ---- several registers ---- */

static int32_t slot(const struct arm_uop *u, unsigned g)
{
	return u->imm + 4 * __builtin_popcount(u->list & ((1u << g) - 1));
}

static void multiple_back(struct emit *e, const struct arm_uop *u, uint8_t base)
{
	uint8_t to = target_reg(u->n, RDX);

	if (!(u->attr & UA_WB) || (u->op == ARM_LDM && u->list >> u->n & 1))
		return;
	lea(&e->c, to, mem_base(base, u->imm2));
	put(e, u->n, to);
}

/* The first and the last word are read before any register changes: they span all pages there are, and a fault is at the lowest
 * of them that has none. The base comes last, r15 is left in rax. */
bool arm_emit_ldm(struct emit *e, const struct arm_uop *u)
{
	uint8_t base = in_reg(e, source(u, u->n), RDX);
	unsigned last = 31 - __builtin_clz(u->list);
	bool own = u->list >> u->n & 1;

	if (u->list & (u->list - 1))
		mov_load(&e->c, RAX, guest_at(e, base, slot(u, __builtin_ctz(u->list))));
	mov_load(&e->c, RAX, guest_at(e, base, slot(u, last)));
	for (unsigned g = 0; g < last; g++) {
		uint8_t to = target_reg(g, RCX);

		if (!(u->list >> g & 1) || g == u->n)
			continue;
		mov_load(&e->c, to, guest_at(e, base, slot(u, g)));
		put(e, g, to);
	}
	if (own && u->n != last) {
		uint8_t to = target_reg(u->n, RCX);

		mov_load(&e->c, to, guest_at(e, base, slot(u, u->n)));
		put(e, u->n, to);
	}
	multiple_back(e, u, base);
	if (last != ARM_PC)
		put(e, last, RAX);
	return true;
}

bool arm_emit_stm(struct emit *e, const struct arm_uop *u)
{
	uint8_t base = in_reg(e, source(u, u->n), RDX);

	for (unsigned g = 0; g < 16; g++) {
		if (!(u->list >> g & 1))
			continue;
		if (g == ARM_PC)
			mov_store_imm(&e->c, guest_at(e, base, slot(u, g)), arm_r15(u));
		else
			mov_store(&e->c, guest_at(e, base, slot(u, g)), in_reg(e, source(u, g), RAX));
	}
	multiple_back(e, u, base);
	return true;
}

/* ---- exclusives: the monitor remembers address, size and value; the store compares and exchanges ---- */

static struct op sized(unsigned log2, struct op op)
{
	op.p66 = log2 == 1;
	op.w = log2 == 3;
	if (log2 == 0)
		op.code &= ~1;
	return op;
}

/* rcx = address; flags may change. */
static void exclusive_address(struct emit *e, const struct arm_uop *u)
{
	move(e, RCX, source(u, u->n));
	if (u->imm)
		lea(&e->c, RCX, mem_base(RCX, u->imm));
}

static void misaligned(struct emit *e, const struct arm_uop *u)
{
	if (!u->amount)
		return;
	asm_rr(&e->c, OP(0xf6), 0, RCX); /* test cl, mask */
	e1(&e->c, (1 << u->amount) - 1);
	arm_cold_call(e, 5, u);
}

bool arm_loads_own_base(const struct arm_uop *u)
{
	return u->d == u->n || (u->amount == 3 && u->a == u->n);
}

bool arm_emit_ldrex(struct emit *e, const struct arm_uop *u)
{
	static const struct op load[4] = {{.map = 1, .code = 0xb6}, {.map = 1, .code = 0xb7}, {.code = 0x8b}, {.code = 0x8b, .w = 1}};

	flags_clobber(e, 0);
	exclusive_address(e, u);
	misaligned(e, u);
	asm_rm(&e->c, load[u->amount], RAX, guest_at(e, RCX, 0));
	mov_store(&e->c, mem_base(R_CPU, CPU_EX_ADDR), RCX);
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_EX_SIZE), 1u << u->amount);
	asm_rm(&e->c, (struct op){.code = 0x89, .w = 1}, RAX, mem_base(R_CPU, CPU_EX_VALUE));
	put(e, u->d, RAX);
	if (u->amount == 3) {
		asm_rr(&e->c, (struct op){.code = 0xc1, .w = 1}, SH_SHR, RAX);
		e1(&e->c, 32);
		put(e, u->a, RAX);
	}
	if (!arm_loads_own_base(u))
		e->exclusive = (struct exclusive){.base = u->n, .size = 1u << u->amount, .offset = u->imm};
	else
		e->exclusive.size = 0;
	return true;
}

/* u's monitor is certainly there: what is between it and the load has changed neither address nor monitor. */
static bool surely_exclusive(const struct emit *e, const struct arm_uop *u)
{
	return e->exclusive.size == 1u << u->amount && e->exclusive.base == u->n && e->exclusive.offset == u->imm;
}

bool arm_emit_strex(struct emit *e, const struct arm_uop *u)
{
	bool sure = surely_exclusive(e, u);
	uint8_t *no1, *no2, *no3, *done;

	flags_clobber(e, 0);
	exclusive_address(e, u);
	if (!sure) {
		asm_rm(&e->c, OP(0x3b), RCX, mem_base(R_CPU, CPU_EX_ADDR));
		no1 = jump_short(e, 0x75);
		asm_rm(&e->c, OP(0x83), 7, mem_base(R_CPU, CPU_EX_SIZE));
		e1(&e->c, 1 << u->amount);
		no2 = jump_short(e, 0x75);
	}
	if (u->amount == 3) {
		move(e, RDX, source(u, u->a));
		asm_rr(&e->c, (struct op){.code = 0xc1, .w = 1}, SH_SHL, RDX);
		e1(&e->c, 32);
		move(e, RAX, source(u, u->m));
		asm_rr(&e->c, (struct op){.code = 0x0b, .w = 1}, RDX, RAX);
	} else {
		move(e, RDX, source(u, u->m));
	}
	asm_rm(&e->c, (struct op){.code = 0x8b, .w = 1}, RAX, mem_base(R_CPU, CPU_EX_VALUE));
	asm_rm(&e->c, sized(u->amount, (struct op){.map = 1, .code = 0xb1, .lock = 1}), RDX, guest_at(e, RCX, 0));
	e->exclusive.size = 0;
	e->ordered = sure;
	if (sure) {
		ebytes(&e->c, "\x0f\x95\xc0\x0f\xb6\xc0", 6); /* setne al; movzx eax, al */
		mov_store_imm(&e->c, mem_base(R_CPU, CPU_EX_SIZE), 0);
		put(e, u->d, RAX);
		return true;
	}
	no3 = jump_short(e, 0x75);
	mov_imm(&e->c, RAX, 0);
	done = jump_short(e, 0xeb);
	here_short(e, no1);
	here_short(e, no2);
	misaligned(e, u);
	here_short(e, no3);
	mov_imm(&e->c, RAX, 1);
	here_short(e, done);
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_EX_SIZE), 0);
	put(e, u->d, RAX);
	return true;
}

bool arm_emit_clrex(struct emit *e, const struct arm_uop *u)
{
	(void)u;
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_EX_SIZE), 0);
	e->exclusive.size = 0;
	return true;
}

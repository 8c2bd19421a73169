/* SPDX-License-Identifier: MIT */
/* Data processing of ARM guests: operands, shifts, and results with and without flags. */
#include "emu/host/x86-64/arm_emit.h"

/* ---- operands ---- */

struct val source(const struct arm_uop *u, unsigned g)
{
	if (g == ARM_NONE)
		return val_imm(0);
	if (g == ARM_PC)
		return val_imm(arm_r15(u));
	if (pinned(g) != NOREG)
		return val_reg(pinned(g));
	return (struct val){.kind = V_MEM, .imm = CPU_R + 4 * g};
}

void move(struct emit *e, uint8_t to, struct val v)
{
	if (v.kind == V_IMM)
		mov_imm(&e->c, to, v.imm);
	else if (v.kind == V_MEM)
		mov_load(&e->c, to, mem_base(R_CPU, v.imm));
	else if (v.reg != to)
		mov_rr(&e->c, to, v.reg);
}

uint8_t in_reg(struct emit *e, struct val v, uint8_t tmp)
{
	if (v.kind == V_REG)
		return v.reg;
	move(e, tmp, v);
	return tmp;
}

uint8_t target_reg(unsigned g, uint8_t tmp)
{
	return pinned(g) != NOREG ? pinned(g) : tmp;
}

void put(struct emit *e, unsigned g, uint8_t reg)
{
	if (pinned(g) == NOREG)
		mov_store(&e->c, home(g), reg);
	else if (pinned(g) != reg)
		mov_rr(&e->c, pinned(g), reg);
}

static void immediate(struct emit *e, uint32_t v)
{
	if (v == (uint32_t)(int8_t)v)
		e1(&e->c, v);
	else
		e4(&e->c, v);
}

void alu(struct emit *e, unsigned op, uint8_t to, struct val v)
{
	if (v.kind == V_REG) {
		asm_rr(&e->c, OP(op << 3 | 3), to, v.reg);
	} else if (v.kind == V_MEM) {
		asm_rm(&e->c, OP(op << 3 | 3), to, mem_base(R_CPU, v.imm));
	} else {
		asm_rr(&e->c, OP(v.imm == (uint32_t)(int8_t)v.imm ? 0x83 : 0x81), op, to);
		immediate(e, v.imm);
	}
}

void alu_mem(struct emit *e, unsigned op, struct mem m, struct val v)
{
	if (v.kind == V_REG) {
		asm_rm(&e->c, OP(op << 3 | 1), v.reg, m);
	} else {
		asm_rm(&e->c, OP(v.imm == (uint32_t)(int8_t)v.imm ? 0x83 : 0x81), op, m);
		immediate(e, v.imm);
	}
}

void shift(struct emit *e, unsigned op, uint8_t reg, unsigned n)
{
	asm_rr(&e->c, OP(0xc1), op, reg);
	e1(&e->c, n);
}

void test(struct emit *e, uint8_t reg)
{
	asm_rr(&e->c, OP(0x85), reg, reg);
}

uint8_t *jump_short(struct emit *e, uint8_t opcode)
{
	e1(&e->c, opcode);
	e1(&e->c, 0);
	return e->c.p - 1;
}

void here_short(struct emit *e, uint8_t *field)
{
	if (!e->c.full)
		*field = e->c.p - (field + 1);
}

uint8_t *jump_near(struct emit *e, uint8_t cc)
{
	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	e4(&e->c, 0);
	return e->c.p - 4;
}

void here_near(struct emit *e, uint8_t *field)
{
	uint32_t d = rel32(field, e->c.p);

	if (!e->c.full)
		memcpy(field, &d, 4);
}

/* ---- shifts without carry-out ---- */

/* SHLX, SHRX, SARX: to = from shifted by count; no flag is touched. */
static void shift_x(struct emit *e, unsigned form, uint8_t to, uint8_t from, uint8_t count, bool w)
{
	struct op op = {.map = 2, .code = 0xf7, .vex = 1, .vex_v = count, .w = w};

	op.p66 = form == ARM_LSL;
	op.rep = form == ARM_LSR ? 0xf2 : form == ARM_ASR ? 0xf3 : 0;
	asm_rr(&e->c, op, to, from);
}

static void rorx(struct emit *e, uint8_t to, uint8_t from, unsigned n)
{
	asm_rr(&e->c, (struct op){.map = 3, .code = 0xf0, .vex = 1, .rep = 0xf2}, to, from);
	e1(&e->c, n);
}

static unsigned shift_number(unsigned form)
{
	static const uint8_t number[4] = {SH_SHL, SH_SHR, SH_SAR, SH_ROR};

	return number[form - ARM_LSL];
}

/* to = r[m] shifted by a constant; 1..31, and 32 for LSR and ASR. */
static void shift_imm(struct emit *e, const struct arm_uop *u, uint8_t to, bool keep)
{
	struct val m = source(u, u->m);
	unsigned n = u->amount;

	if (n == 32 && u->form == ARM_LSR) {
		mov_imm(&e->c, to, 0);
		return;
	}
	if (n == 32)
		n = 31;
	if (u->form == ARM_LSL && n <= 3 && (keep || (m.kind == V_REG && m.reg != to))) {
		uint8_t r = in_reg(e, m, to);

		lea(&e->c, to, n == 1 ? (struct mem){.base = r, .index = r} : (struct mem){.base = NOREG, .index = r, .scale = n});
		return;
	}
	if (u->form == ARM_ROR && x86_has_bmi2) {
		rorx(e, to, in_reg(e, m, to), n);
		return;
	}
	if (!keep) {
		move(e, to, m);
		shift(e, shift_number(u->form), to, n);
		return;
	}
	mov_imm(&e->c, RCX, n);
	shift_x(e, u->form, to, in_reg(e, m, RDX), RCX, false);
}

/* to = r[m] shifted by r[a] & 255; changes flags. */
static void shift_reg(struct emit *e, const struct arm_uop *u, uint8_t to)
{
	unsigned form = u->form - ARM_LSL_REG + ARM_LSL;

	move(e, RCX, source(u, u->a));
	move(e, RDX, source(u, u->m));
	if (form == ARM_ROR) {
		asm_rr(&e->c, OP(0xd3), SH_ROR, RDX);
	} else if (form == ARM_ASR) { /* 63 at the most: all sign */
		asm_rr(&e->c, OP0F(0xb6), RCX, RCX);
		alu(e, ALU_CMP, RCX, val_imm(31));
		uint8_t *ok = jump_short(e, 0x76);
		mov_imm(&e->c, RCX, 31);
		here_short(e, ok);
		asm_rr(&e->c, OP(0xd3), SH_SAR, RDX);
	} else {
		asm_rr(&e->c, OP(0xd3), form == ARM_LSL ? SH_SHL : SH_SHR, RDX);
		asm_rr(&e->c, OP(0x80), 7, RCX); /* cmp cl, 32; sbb ecx, ecx: all ones if below */
		e1(&e->c, 32);
		asm_rr(&e->c, OP(0x1b), RCX, RCX);
		alu(e, ALU_AND, RDX, val_reg(RCX));
	}
	if (to != RDX)
		mov_rr(&e->c, to, RDX);
}

/* to = r[m] >> 1 | C << 31; CF is C. */
static void shift_rrx(struct emit *e, const struct arm_uop *u, uint8_t to)
{
	move(e, to, source(u, u->m));
	asm_rr(&e->c, OP(0xd1), SH_RCR, to);
}

/* Can operand2() do it without changing flags? */
static bool is_neutral(const struct arm_uop *u)
{
	if (u->form <= ARM_REG)
		return true;
	return u->form <= ARM_ROR && (x86_has_bmi2 || u->amount == 32 || (u->form == ARM_LSL && u->amount <= 3));
}

struct val operand2(struct emit *e, const struct arm_uop *u, bool keep)
{
	if (u->form == ARM_IMM)
		return val_imm(u->imm);
	if (u->form == ARM_REG)
		return source(u, u->m);
	if (u->form == ARM_RRX)
		shift_rrx(e, u, RDX);
	else if (u->form <= ARM_ROR)
		shift_imm(e, u, RDX, keep);
	else
		shift_reg(e, u, RDX);
	return val_reg(RDX);
}

/*
 * to = r[m] shifted by r[a] & 255, and the last bit shifted out to struct cpu's C, where it must be: a shift by 0 keeps it. Numbers
 * of 64 bits and a count of 33 at the most: the result is beside that bit.
 */
static void shift_reg_carry(struct emit *e, const struct arm_uop *u, uint8_t to)
{
	unsigned form = u->form - ARM_LSL_REG + ARM_LSL;
	uint8_t *keeps;

	move(e, RDX, source(u, u->m));
	move(e, RCX, source(u, u->a));
	asm_rr(&e->c, (struct op){.map = 1, .code = 0xb6, .rex = 1}, RCX, RCX);
	if (form == ARM_ROR) {
		asm_rr(&e->c, OP(0xd3), SH_ROR, RDX);
	} else {
		mov_imm(&e->c, RAX, 33);
		alu(e, ALU_CMP, RCX, val_reg(RAX));
		asm_rr(&e->c, OP0F(0x47), RCX, RAX); /* cmova */
		if (form == ARM_ASR)
			asm_rr(&e->c, OP64(0x63), RDX, RDX);
		if (form != ARM_LSL)
			asm_rr(&e->c, OP64(0x03), RDX, RDX);
		asm_rr(&e->c, OP64(0xd3), shift_number(form), RDX);
	}
	if (form == ARM_LSL || form == ARM_ROR) { /* bt */
		asm_rr(&e->c, (struct op){.map = 1, .code = 0xba, .w = 1}, 4, RDX);
		e1(&e->c, form == ARM_LSL ? 32 : 31);
	} else {
		asm_rr(&e->c, OP64(0xd1), shift_number(form), RDX);
	}
	keeps = jump_short(e, 0xe3); /* jrcxz */
	flags_store_cf(e);
	here_short(e, keeps);
	mov_rr(&e->c, to, RDX);
}

/* The same, and its carry-out goes to struct cpu. Flags but C are void behind it. CF must be C for RRX. */
static void operand2_carry(struct emit *e, const struct arm_uop *u, uint8_t to)
{
	unsigned n = u->amount;

	if (u->form == ARM_IMM) {
		if (u->carry != CARRY_KEEP)
			flags_store_c(e, u->carry == CARRY_1);
		mov_imm(&e->c, to, u->imm);
		return;
	}
	if (u->form >= ARM_LSL_REG) {
		shift_reg_carry(e, u, to);
		return;
	}
	if (u->form == ARM_RRX) {
		shift_rrx(e, u, to);
	} else {
		move(e, to, source(u, u->m));
		if (n == 32) { /* the top bit */
			shift(e, shift_number(u->form), to, 31);
			asm_rr(&e->c, OP(0xd1), shift_number(u->form), to);
		} else {
			shift(e, shift_number(u->form), to, n);
		}
	}
	flags_store_cf(e);
}

/* ---- data processing ---- */

enum { COMMUTES = 1, LOGICAL = 2, NO_DEST = 4, INVERT = 8, REVERSE = 16, CARRY = 32, ONE = 64 };

static const struct {
	uint8_t alu, attr;
} rows[] = {
	[ARM_AND] = {ALU_AND, COMMUTES | LOGICAL}, [ARM_EOR] = {ALU_XOR, COMMUTES | LOGICAL},
	[ARM_SUB] = {ALU_SUB, 0}, [ARM_RSB] = {ALU_SUB, REVERSE}, [ARM_ADD] = {ALU_ADD, COMMUTES},
	[ARM_ADC] = {ALU_ADC, COMMUTES | CARRY}, [ARM_SBC] = {ALU_SBB, CARRY}, [ARM_RSC] = {ALU_SBB, CARRY | REVERSE},
	[ARM_TST] = {ALU_AND, COMMUTES | LOGICAL | NO_DEST}, [ARM_TEQ] = {ALU_XOR, COMMUTES | LOGICAL | NO_DEST},
	[ARM_CMP] = {ALU_CMP, NO_DEST}, [ARM_CMN] = {ALU_ADD, COMMUTES | NO_DEST}, [ARM_ORR] = {ALU_OR, COMMUTES | LOGICAL},
	[ARM_MOV] = {0, LOGICAL | ONE}, [ARM_BIC] = {ALU_AND, LOGICAL | INVERT}, [ARM_MVN] = {0, LOGICAL | INVERT | ONE},
	[ARM_ORN] = {ALU_OR, LOGICAL | INVERT},
};

static bool is_reg(struct val v, uint8_t reg)
{
	return v.kind == V_REG && v.reg == reg;
}

/* to = a op b, in x86's two-operand form. to may be rax; b may be in rdx. */
static uint8_t combine(struct emit *e, unsigned op, bool commutes, uint8_t to, struct val a, struct val b)
{
	if (is_reg(b, to) && !is_reg(a, to)) {
		if (commutes) {
			struct val t = a;

			a = b;
			b = t;
		} else {
			to = RAX;
		}
	}
	move(e, to, a);
	alu(e, op, to, b);
	return to;
}

/* op2 complemented. */
static struct val complement(struct emit *e, struct val v)
{
	if (v.kind == V_IMM)
		return val_imm(~v.imm);
	move(e, RDX, v);
	asm_rr(&e->c, OP(0xf7), 2, RDX);
	return val_reg(RDX);
}

/* to = a + b + more by lea; may use rax and rdx. */
static void sum(struct emit *e, uint8_t to, struct val a, struct val b, int32_t more)
{
	uint8_t base = in_reg(e, a, RAX);

	if (b.kind == V_IMM)
		lea(&e->c, to, mem_base(base, b.imm + more));
	else
		lea(&e->c, to, (struct mem){.base = base, .index = in_reg(e, b, RDX), .disp = more});
}

/* to = a - b without a change of flags: a + ~b + 1. */
static void difference(struct emit *e, uint8_t to, struct val a, struct val b)
{
	if (b.kind == V_IMM) {
		sum(e, to, a, val_imm(-b.imm), 0);
		return;
	}
	move(e, RCX, b);
	asm_rr(&e->c, OP(0xf7), 2, RCX);
	sum(e, to, val_reg(RCX), a, 1);
}

/* to = result of u without a change of flags, by lea and moves. False: there is no such way. */
static bool neutral(struct emit *e, const struct arm_uop *u, uint8_t to)
{
	struct val b;

	if (!is_neutral(u) || !(u->op == ARM_ADD || u->op == ARM_SUB || u->op == ARM_RSB || u->op == ARM_MOV || u->op == ARM_MVN))
		return false;
	if (u->op == ARM_ADD && u->form == ARM_LSL && u->amount <= 3) {
		uint8_t m = in_reg(e, source(u, u->m), RDX);

		lea(&e->c, to, (struct mem){.base = in_reg(e, source(u, u->n), RAX), .index = m, .scale = u->amount});
		return true;
	}
	b = operand2(e, u, true);
	switch (u->op) {
	case ARM_ADD:
		sum(e, to, source(u, u->n), b, 0);
		break;
	case ARM_SUB:
		difference(e, to, source(u, u->n), b);
		break;
	case ARM_RSB:
		difference(e, to, b, source(u, u->n));
		break;
	default:
		move(e, to, b);
		if (u->op == ARM_MVN)
			asm_rr(&e->c, OP(0xf7), 2, to);
		break;
	}
	return true;
}

/* ADC SBC RSC likewise: C by setcc. */
static void carry_neutral(struct emit *e, const struct arm_uop *u, struct val a, struct val b)
{
	uint8_t to = target_reg(u->d, RAX);

	if (rows[u->op].alu == ALU_SBB) { /* a + ~b + C */
		move(e, RCX, b);
		asm_rr(&e->c, OP(0xf7), 2, RCX);
		b = val_reg(RCX);
	}
	sum(e, RAX, a, b, 0);
	mov_imm(&e->c, RCX, 0);
	asm_rr(&e->c, OP0F(e->flags.borrow ? 0x93 : 0x92), 0, RCX);
	lea(&e->c, to, (struct mem){.base = RAX, .index = RCX});
	put(e, u->d, to);
}

/* ADD SUB RSB without flags, where lea can, and it is needed or no longer. */
static bool add_plain(struct emit *e, const struct arm_uop *u)
{
	bool one = u->op == ARM_ADD || u->form == ARM_IMM, busy = flags_busy(e);
	uint8_t to = target_reg(u->d, RAX);

	if (!busy && (u->op == ARM_RSB || !one || (u->form > ARM_REG && !(u->form == ARM_LSL && u->amount <= 3))))
		return false;
	if (!neutral(e, u, to))
		return false;
	put(e, u->d, to);
	return true;
}

static bool is_subtraction_of(const struct arm_uop *s, const struct arm_uop *u)
{
	return s->op == ARM_SUB && !(s->attr & (UA_S | UA_JUMP)) && s->cond != ARM_AL && s->d == u->n && s->n == u->n &&
	       s->form == u->form && s->m == u->m && s->amount == u->amount;
}

/* The subtraction, if there is one, that does what comparison u compares, as divisions step by step have it; or 0. */
static unsigned subtraction_of(const struct emit *e, const struct arm_uop *u)
{
	if (u->op != ARM_CMP || u->form == ARM_IMM || u->form > ARM_ROR || pinned(u->n) == NOREG || u->n == u->m)
		return 0;
	for (unsigned n = e->now + 1; n < e->now + 4 && n < e->u->n; n++) {
		const struct arm_uop *s = e->u->uop[n].arm;

		if (e->u->uop[n].op != UOP_TYPED || e->joins[n])
			return 0;
		if (is_subtraction_of(s, u))
			return n;
		/* between them what needs no edx */
		if (s->op != ARM_NOP && !(s->op == ARM_ADC && s->cond == ARM_AL && !(s->attr & UA_S) && s->form == ARM_REG && s->d != u->n &&
					  s->d != u->m && pinned(s->d) != NOREG && pinned(s->n) != NOREG && pinned(s->m) != NOREG))
			return 0;
	}
	return 0;
}

/* A comparison that leaves the difference in edx. */
static bool compare_to_subtract(struct emit *e, const struct arm_uop *u)
{
	unsigned n = subtraction_of(e, u);
	struct val b;

	if (!n)
		return false;
	if (u->form > ARM_REG)
		shift_imm(e, u, RAX, false);
	b = u->form > ARM_REG ? val_reg(RAX) : source(u, u->m);
	mov_rr(&e->c, RDX, pinned(u->n));
	alu(e, ALU_SUB, RDX, b);
	flags_void(e);
	flags_made(e, FL_NZCV, true);
	e->subtract = n;
	return true;
}

/* Without a jump: the result, and a conditional move. */
bool arm_emit_data_if(struct emit *e, const struct arm_uop *u)
{
	uint8_t cc;

	if (u->op > ARM_ORN || u->attr & (UA_S | UA_JUMP) || pinned(u->d) == NOREG || !is_neutral(u))
		return false;
	if (!(u->op == ARM_ADD || u->op == ARM_SUB || u->op == ARM_RSB || u->op == ARM_MOV || u->op == ARM_MVN))
		return false;
	cc = flags_cond(e, u->cond);
	if (u->op == ARM_MOV && u->form == ARM_REG) {
		struct val v = source(u, u->m);

		if (v.kind == V_MEM)
			asm_rm(&e->c, OP0F(0x40 | cc), pinned(u->d), mem_base(R_CPU, v.imm));
		else
			asm_rr(&e->c, OP0F(0x40 | cc), pinned(u->d), in_reg(e, v, RAX));
		return true;
	}
	if (e->subtract && e->subtract == e->now) {
		asm_rr(&e->c, OP0F(0x40 | cc), pinned(u->d), RDX);
		return true;
	}
	neutral(e, u, RAX);
	asm_rr(&e->c, OP0F(0x40 | cc), pinned(u->d), RAX);
	return true;
}

/* MOV and MVN without flags. */
static bool move_plain(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	if (u->form > ARM_REG && (!is_neutral(u) || !flags_busy(e)))
		flags_clobber(e, 0);
	if (u->form == ARM_IMM) {
		uint32_t v = u->op == ARM_MVN ? ~u->imm : u->imm;

		if (to == RAX)
			mov_store_imm(&e->c, home(u->d), v);
		else
			mov_imm(&e->c, to, v);
		return true;
	}
	if (u->form == ARM_REG)
		move(e, to, source(u, u->m));
	else if (u->form <= ARM_ROR)
		shift_imm(e, u, to, flags_busy(e));
	else
		shift_reg(e, u, to);
	if (u->op == ARM_MVN)
		asm_rr(&e->c, OP(0xf7), 2, to);
	put(e, u->d, to);
	return true;
}

static bool plain(struct emit *e, const struct arm_uop *u)
{
	unsigned attr = rows[u->op].attr;
	struct val a, b;
	uint8_t to;

	if (u->form == ARM_RRX || (attr & CARRY && !is_neutral(u)))
		return false;
	if ((u->op == ARM_ADD || u->op == ARM_SUB || u->op == ARM_RSB) && add_plain(e, u))
		return true;
	if (attr & ONE)
		return move_plain(e, u);
	if (attr & CARRY)
		flags_load(e, FL_C);
	if (!(attr & CARRY && flags_busy(e)))
		flags_store(e, e->live);
	b = operand2(e, u, attr & CARRY);
	if (attr & INVERT)
		b = complement(e, b);
	a = source(u, u->n);
	if (attr & REVERSE) {
		struct val t = a;

		a = b;
		b = t;
	}
	if (attr & CARRY && flags_busy(e)) {
		carry_neutral(e, u, a, b);
		return true;
	}
	if (attr & CARRY)
		flags_carry(e, rows[u->op].alu == ALU_SBB);
	flags_void(e);
	to = target_reg(u->d, RAX);
	if (to == RAX && u->d == u->n && u->d != ARM_PC && !(attr & REVERSE) && b.kind != V_MEM) {
		alu_mem(e, rows[u->op].alu, home(u->d), b);
		return true;
	}
	put(e, u->d, combine(e, rows[u->op].alu, attr & COMMUTES, to, a, b));
	return true;
}

/* SUB ADD CMP and their kind with flags. */
static bool arithmetic(struct emit *e, const struct arm_uop *u)
{
	unsigned op = rows[u->op].alu, attr = rows[u->op].attr;
	bool borrow = op == ALU_SUB || op == ALU_CMP || op == ALU_SBB;
	struct val a, b;

	if (u->form == ARM_RRX || (attr & CARRY && !is_neutral(u)))
		return false;
	if (compare_to_subtract(e, u))
		return true;
	if (attr & CARRY)
		flags_load(e, FL_C);
	b = operand2(e, u, attr & CARRY);
	a = source(u, u->n);
	if (attr & REVERSE) {
		struct val t = a;

		a = b;
		b = t;
	}
	if (attr & CARRY)
		flags_carry(e, borrow);
	if (u->op == ARM_CMP) {
		if (a.kind == V_MEM && b.kind != V_MEM)
			alu_mem(e, op, mem_base(R_CPU, a.imm), b);
		else
			alu(e, op, in_reg(e, a, RAX), b);
	} else if (attr & NO_DEST) {
		combine(e, op, true, RAX, a, b);
	} else {
		uint8_t to = target_reg(u->d, RAX);

		put(e, u->d, combine(e, op, attr & COMMUTES, to, a, b));
	}
	flags_void(e);
	flags_made(e, FL_NZCV, borrow);
	return true;
}

/* A shift as the whole of a MOVS: x86's own flags, but for V. */
static bool shift_flags(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	if (u->op != ARM_MOV || u->form < ARM_LSL || u->form > ARM_ASR || u->amount == 32)
		return false;
	flags_clobber(e, FL_NZ | FL_C);
	move(e, to, source(u, u->m));
	shift(e, shift_number(u->form), to, u->amount);
	flags_made(e, FL_NZ | FL_C, false);
	put(e, u->d, to);
	return true;
}

static bool carries_out(const struct arm_uop *u)
{
	return u->form > ARM_REG || (u->form == ARM_IMM && u->carry != CARRY_KEEP);
}

/* AND EOR MOV and their kind with flags: N and Z of the result, C of the shifter, V as it was. */
static bool logical(struct emit *e, const struct arm_uop *u)
{
	unsigned attr = rows[u->op].attr;
	bool wants_c = carries_out(u) && e->live & FL_C;
	uint8_t to;
	struct val a, b;

	if (shift_flags(e, u))
		return true;
	if (u->op == ARM_MOV && u->form == ARM_IMM && !wants_c) {
		flags_store(e, e->live & ~FL_NZ);
		move_plain(e, u);
		flags_store_nz(e, u->imm);
		return true;
	}
	if (u->form == ARM_RRX) {
		flags_load(e, FL_C);
		flags_store(e, e->live & ~(FL_NZ | FL_C));
		flags_carry(e, false);
		flags_void(e);
	} else {
		flags_clobber(e, wants_c && u->form < ARM_LSL_REG ? FL_NZ | FL_C : FL_NZ);
	}
	if (wants_c || u->form == ARM_RRX) {
		operand2_carry(e, u, RDX);
		b = val_reg(RDX);
	} else {
		b = operand2(e, u, false);
	}
	if (attr & INVERT)
		b = complement(e, b);
	a = source(u, u->n);
	to = attr & NO_DEST ? RAX : target_reg(u->d, RAX);
	if (attr & ONE) {
		move(e, to, b);
		test(e, to);
	} else if (u->op == ARM_TST) {
		uint8_t r = in_reg(e, a, RAX);

		if (b.kind == V_IMM) {
			asm_rr(&e->c, OP(0xf7), 0, r);
			e4(&e->c, b.imm);
		} else {
			asm_rr(&e->c, OP(0x85), r, in_reg(e, b, RDX));
		}
	} else {
		to = combine(e, rows[u->op].alu, attr & COMMUTES, to, a, b);
	}
	flags_made(e, FL_NZ, false);
	if (!(attr & NO_DEST))
		put(e, u->d, to);
	return true;
}

bool arm_emit_data(struct emit *e, const struct arm_uop *u)
{
	if (!(u->attr & UA_S))
		return plain(e, u);
	return rows[u->op].attr & LOGICAL ? logical(e, u) : arithmetic(e, u);
}

/* The upper half; behind a MOV of the lower half, as compilers write it, the whole is known. */
bool arm_emit_movt(struct emit *e, const struct arm_uop *u)
{
	uint8_t to = target_reg(u->d, RAX);

	asm_rr(&e->c, OP0F(0xb7), RAX, in_reg(e, source(u, u->d), RAX));
	lea(&e->c, to, mem_base(RAX, u->imm << 16));
	put(e, u->d, to);
	return true;
}

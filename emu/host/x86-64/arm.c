/* SPDX-License-Identifier: MIT */
/* ARM units: which function emits an op, predication, control flow, and instructions done in C. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <immintrin.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "emu/backend.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/host/x86-64/arm_emit.h"
#include "emu/host/x86-64/arm_simd.h"
#include "emu/host_signal.h"
#include "emu/window.h"
#include "syscalls/row.h"

#define CC_E 4
#define CC_NE 5
#define UNLIKELY_FAR 120 /* bytes that a short jump surely skips */

/* What emits an op; NULL: done in C. */
static arm_emitter *const emitters[ARM_OP_COUNT] = {
	[ARM_AND] = arm_emit_data, [ARM_EOR] = arm_emit_data, [ARM_SUB] = arm_emit_data, [ARM_RSB] = arm_emit_data,
	[ARM_ADD] = arm_emit_data, [ARM_ADC] = arm_emit_data, [ARM_SBC] = arm_emit_data, [ARM_RSC] = arm_emit_data,
	[ARM_TST] = arm_emit_data, [ARM_TEQ] = arm_emit_data, [ARM_CMP] = arm_emit_data, [ARM_CMN] = arm_emit_data,
	[ARM_ORR] = arm_emit_data, [ARM_MOV] = arm_emit_data, [ARM_BIC] = arm_emit_data, [ARM_MVN] = arm_emit_data,
	[ARM_ORN] = arm_emit_data, [ARM_MOVT] = arm_emit_movt,
	[ARM_MUL] = arm_emit_mul, [ARM_MLA] = arm_emit_mla, [ARM_MLS] = arm_emit_mls, [ARM_UMULL] = arm_emit_mull,
	[ARM_UMLAL] = arm_emit_mull, [ARM_SMULL] = arm_emit_mull, [ARM_SMLAL] = arm_emit_mull, [ARM_UMAAL] = arm_emit_mull,
	[ARM_SDIV] = arm_emit_div, [ARM_UDIV] = arm_emit_div, [ARM_SMULXY] = arm_emit_mulxy, [ARM_SMLAXY] = arm_emit_mulxy,
	[ARM_SMLALXY] = arm_emit_mulxy, [ARM_SMULWY] = arm_emit_mulxy, [ARM_SMLAWY] = arm_emit_mulxy,
	[ARM_SMMLA] = arm_emit_smmla, [ARM_SMMLS] = arm_emit_smmla,
	[ARM_SXTB] = arm_emit_extend, [ARM_SXTH] = arm_emit_extend, [ARM_UXTB] = arm_emit_extend, [ARM_UXTH] = arm_emit_extend,
	[ARM_UXTB16] = arm_emit_extend16, [ARM_SBFX] = arm_emit_bfx, [ARM_UBFX] = arm_emit_bfx, [ARM_BFI] = arm_emit_bfi,
	[ARM_CLZ] = arm_emit_clz, [ARM_RBIT] = arm_emit_rev, [ARM_REV] = arm_emit_rev, [ARM_REV16] = arm_emit_rev,
	[ARM_REVSH] = arm_emit_rev, [ARM_PARALLEL] = arm_emit_parallel, [ARM_SEL] = arm_emit_sel, [ARM_USADA8] = arm_emit_usada8,
	[ARM_QADD] = arm_emit_qadd, [ARM_QSUB] = arm_emit_qadd, [ARM_QDADD] = arm_emit_qadd, [ARM_QDSUB] = arm_emit_qadd,
	[ARM_SSAT] = arm_emit_sat, [ARM_USAT] = arm_emit_sat, [ARM_PKHBT] = arm_emit_pkh, [ARM_PKHTB] = arm_emit_pkh,
	[ARM_GET_TLS] = arm_emit_tls, [ARM_BARRIER] = arm_emit_barrier, [ARM_ISB] = arm_emit_nop, [ARM_NOP] = arm_emit_nop,
	[ARM_YIELD] = arm_emit_nop,
	[ARM_LDR] = arm_emit_load, [ARM_LDRB] = arm_emit_load, [ARM_LDRH] = arm_emit_load, [ARM_LDRSB] = arm_emit_load,
	[ARM_LDRSH] = arm_emit_load, [ARM_LDRD] = arm_emit_loadd, [ARM_STR] = arm_emit_store, [ARM_STRB] = arm_emit_store,
	[ARM_STRH] = arm_emit_store, [ARM_STRD] = arm_emit_stored, [ARM_LDM] = arm_emit_ldm, [ARM_STM] = arm_emit_stm,
	[ARM_LDREX] = arm_emit_ldrex, [ARM_STREX] = arm_emit_strex, [ARM_CLREX] = arm_emit_clrex,
};

/* ---- instructions done in C ---- */

static void flags_to_cpsr(struct arm_state *s)
{
	s->cpsr = (s->cpsr & ~CPSR_NZCV) | (uint32_t)(s->nzcv[1] & 0xc0) << 24 | (uint32_t)s->nzcv[2] << 29 |
		  (uint32_t)s->nzcv[3] << 28;
}

static void flags_from_cpsr(struct arm_state *s)
{
	s->nzcv[1] = s->cpsr >> 24;
	s->nzcv[2] = s->cpsr >> 29 & 1;
	s->nzcv[3] = s->cpsr >> 28 & 1;
}

/* Flags that MXCSR collected become FPSCR's; the host's own modes. KEEP-ORDER: fp_unload in arm_stubs.S */
static void arm_fp_unload(struct cpu *cpu)
{
	uint32_t flags;

	if (cpu->arm.fp_mode == FP_MODE_HOST)
		return;
	flags = _mm_getcsr();
	flags &= flags >> 7;
	cpu->arm.fpscr = (cpu->arm.fpscr & ~CPSR_NZCV) | (uint32_t)arm_fp_nzcv[(int8_t)cpu->arm.fp_nzcv + 1] << 24 | (flags & 1) | (flags >> 1 & 0x1e);
	_mm_setcsr(0x1f80);
	cpu->arm.fp_mode = FP_MODE_HOST;
}

/* Once it is, it stays so. Written under window_lock(). */
static bool careful, be_careful_first;

#define TRAPS_BEFORE_CAREFUL 100

static void be_careful(void)
{
	window_lock();
	careful = true;
	engine_code_changed(0, 1ull << 32);
	window_unlock();
}

static bool too_simple(const struct cpu *cpu)
{
	return !careful && cpu->arm.fpscr & FP_CAREFUL_BITS;
}

static enum stop enter(struct cpu *cpu, const uint8_t *host)
{
	static atomic_uint traps;
	enum stop stop;

	if (too_simple(cpu) || (be_careful_first && !careful)) {
		be_careful();
		return STOP_NONE;
	}
	stop = arm_enter(cpu, host);
	if (stop == STOP_HELPER && cpu->helper == cpu->guest->fp_trap && !careful && ++traps > TRAPS_BEFORE_CAREFUL)
		be_careful();
	return stop;
}

/* A copy of an instruction behind the unit, at a multiple of 4. */
struct in_c {
	struct arm_uop u;
	bool may_stop; /* a unit can be entered behind it */
};
enum { C_FAULT, C_GO_ON, C_MAY_STOP }; /* KEEP-ORDER: arm_called in arm_stubs.S */

/* From arm_call_uop: back is in the unit. */
int arm_uop_in_c(struct cpu *cpu, const struct in_c *i, uintptr_t back);
int arm_uop_in_c(struct cpu *cpu, const struct in_c *i, uintptr_t back)
{
	flags_to_cpsr(&cpu->arm);
	if (i->u.op == ARM_VMRS || i->u.op == ARM_VMSR)
		arm_fp_unload(cpu);
	if (!arm_execute_uop(cpu, &i->u)) {
		cpu->fault_unit = i->u.attr & UA_IT ? block_at(back)->pc : 0;
		return C_FAULT;
	}
	if (i->u.op >= ARM_F_CMP && i->u.op <= ARM_F_CMPEZ)
		cpu->arm.fp_nzcv = FP_NZCV_GIVEN | cpu->arm.fpscr >> 28;
	flags_from_cpsr(&cpu->arm);
	if (too_simple(cpu)) /* the rest of the unit: see enter() */
		atomic_fetch_or(&cpu->attention, ATTENTION_KICK);
	return i->may_stop ? C_MAY_STOP : C_GO_ON;
}

enum { COLD_DATA, COLD_CALL, COLD_REDO, COLD_TINY, COLD_EXIT, COLD_LOOP };

static struct cold *put_aside(struct emit *e, unsigned kind, const struct arm_uop *u)
{
	struct cold *c = &e->cold[e->n_cold];

	if (e->n_cold + 1 < sizeof e->cold / sizeof *e->cold)
		e->n_cold++;
	else
		e->c.full = true;
	*c = (struct cold){.field = e->c.p, .kind = kind, .arm = u, .may_stop = e->may_stop};
	return c;
}

static void call_in_c(struct emit *e, const struct arm_uop *u)
{
	ebytes(&e->c, "\x48\x8d\x05", 3); /* lea rax, [rip + copy of u] */
	put_aside(e, COLD_DATA, u);
	e4(&e->c, 0);
	e1(&e->c, 0xe8);
	e4(&e->c, rel32(e->c.p, arm_call_uop));
}

void arm_emit_call(struct emit *e, const struct arm_uop *u)
{
	flags_store(e, e->live | e->reads);
	flags_void(e);
	flags_stored(e, e->writes);
	call_in_c(e, u);
	forget_fp(e);
}

void arm_cold_call(struct emit *e, uint8_t cc, const struct arm_uop *u)
{
	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	owed_copy(e, put_aside(e, COLD_CALL, u)->held);
	e4(&e->c, 0);
}

void redo_in_c(struct emit *e, uint8_t cc, const struct arm_uop *u)
{
	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	put_aside(e, COLD_REDO, u);
	e4(&e->c, 0);
}

void redo_unless_zero(struct emit *e, uint8_t cc, uint8_t x, bool is_double, const struct arm_uop *u)
{
	struct cold *c;

	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	c = put_aside(e, COLD_TINY, u);
	c->x = x;
	c->is_double = is_double;
	e4(&e->c, 0);
}

void redo_ends(struct emit *e)
{
	for (unsigned i = e->n_cold; i > 0 && (e->cold[i - 1].kind == COLD_REDO || e->cold[i - 1].kind == COLD_TINY) && !e->cold[i - 1].back; i--) {
		e->cold[i - 1].back = e->c.p;
		memcpy(e->cold[i - 1].held, e->held, sizeof e->held);
	}
}

static void set_field(struct emit *e, uint8_t *field, const uint8_t *to)
{
	uint32_t d = rel32(field, to);

	if (!e->c.full)
		memcpy(field, &d, 4);
}

/* To key eax as arm_lookup goes (stubs.S), in place: then the processor predicts this jump by itself, not all as one. */
static void lookup_here(struct emit *e)
{
	ebytes(&e->c, "\x89\xc1\xd1\xe9\x0f\xb7\xc9", 7); /* mov ecx, eax; shr ecx, 1; movzx ecx, cx */
	asm_lea_host(&e->c, RDX, jump_table);
	ebytes(&e->c, "\x48\x8b\x0c\xca", 4);	 /* mov rcx, [rdx + rcx * 8] */
	ebytes(&e->c, "\x8d\x14\x08\x85\xd2", 5); /* lea edx, [rax + rcx]; test edx, edx */
	asm_jcc(&e->c, CC_NE, arm_exit_none_at);
	ebytes(&e->c, "\x48\xc1\xe9\x20", 4); /* shr rcx, 32 */
	asm_lea_host(&e->c, RDX, cache_base);
	ebytes(&e->c, "\x48\x01\xd1\xff\xe1", 5); /* add rcx, rdx; jmp rcx */
}

static const struct cached_jump cached = {
	.code = "\x3d\0\0\0\0\x0f\x1f\0"   /* cmp eax, key; nop */
		"\x0f\x85\x07\0\0\0\x66\x90" /* jne learn; nop */
		"\xe9\0\0\0\0"		 /* jmp learn */
		"\xe8",			 /* learn: call link */
	.size = 22, .key = 1, .miss = 10, .hit = 17,
};

/* What was put aside; it may put aside more. */
static void emit_cold(struct emit *e)
{
	for (unsigned i = 0; i < e->n_cold; i++) {
		struct cold *c = &e->cold[i];

		if (c->kind == COLD_DATA)
			while ((uintptr_t)e->c.p & 3)
				e1(&e->c, 0xcc);
		set_field(e, c->field, e->c.p);
		switch (c->kind) {
		case COLD_DATA: {
			struct in_c copy = {.u = *c->arm, .may_stop = c->may_stop};

			ebytes(&e->c, (const char *)&copy, sizeof copy);
			break;
		}
		case COLD_CALL: /* it faults */
			owed_store(e, c->held);
			call_in_c(e, c->arm);
			e1(&e->c, 0xcc);
			break;
		case COLD_TINY: /* +0, -0: goes on behind the jump */
			asm_rr(&e->c, (struct op){.map = 1, .p66 = 1, .code = 0x7e, .vex = 1, .w = c->is_double}, c->x, RAX); /* vmovd, vmovq */
			asm_rr(&e->c, (struct op){.code = 0x03, .w = c->is_double}, RAX, RAX);
			asm_jcc(&e->c, CC_E, c->field + 4);
			/* fall through */
		case COLD_REDO:
			e->may_stop = c->may_stop;
			call_in_c(e, c->arm);
			held_reload(e, c->held);
			if (c->arm->op >= ARM_F_CMP && c->arm->op <= ARM_F_CMPEZ)
				fp_flags(e);
			asm_jmp(&e->c, c->back);
			break;
		case COLD_EXIT:
			e->flags = c->flags;
			flags_store(e, c->live);
			emit_exit(e, c->target);
			break;
		case COLD_LOOP:
			e->flags = c->flags;
			flags_store(e, c->live);
			loop_restore(e, c->held, c->fp_mode);
			asm_jmp(&e->c, e->loop.entry);
			break;
		}
	}
	owed_table(e);
}

/* ---- control flow ---- */

static void jump_away(struct emit *e)
{
	if (e->how & EMIT_SINGLE)
		asm_jmp(&e->c, arm_exit_none_at);
	else
		lookup_here(e);
}

#define LANDING 0x3d /* cmp eax, .. */

/* Behind a host call: was it this call's return? eax: where the guest goes. */
static void landing(struct emit *e, uint32_t ra)
{
	e->landings[e->n_landings++] = e->c.p - e->entry;
	e1(&e->c, LANDING);
	e4(&e->c, ra);
	asm_jcc(&e->c, CC_NE, arm_ret_miss);
	flags_void(e);
	forget_fp(e);
}

static void set_lr(struct emit *e, const struct arm_uop *u)
{
	mov_store_imm(&e->c, home(ARM_LR), arm_next(u));
}

static void op_call(struct emit *e, const struct uop *o, const struct arm_uop *u)
{
	flags_store(e, FL_NZCV);
	set_lr(e, u);
	if (e->how & EMIT_SINGLE) {
		emit_exit(e, o->target);
		return;
	}
	emit_call(e, o->target);
	landing(e, arm_next(u));
}

static void op_call_ind(struct emit *e, const struct arm_uop *u)
{
	flags_store(e, FL_NZCV);
	move(e, RAX, source(u, u->m));
	set_lr(e, u);
	if (e->how & EMIT_SINGLE) {
		jump_away(e);
		return;
	}
	emit_cached(e, 0xe8);
	landing(e, arm_next(u));
}

/* TBB TBH: rax = arm_r15 + 2 * the entry */
static void table_branch(struct emit *e, const struct arm_uop *u)
{
	struct val n = source(u, u->n);
	struct mem m = {.base = NOREG, .index = NOREG, .a32 = true, .gs = !e->flat};

	if (n.kind == V_IMM)
		m.disp = n.imm;
	else
		m.base = in_reg(e, n, RCX);
	m.index = in_reg(e, source(u, u->m), RDX);
	m.scale = u->op == ARM_TBH;
	if (m.base == NOREG && !m.scale) { /* a sib without base has a scale */
		m.base = m.index;
		m.index = NOREG;
	}
	asm_rm(&e->c, OP0F(u->op == ARM_TBH ? 0xb7 : 0xb6), RAX, m);
	lea(&e->c, RAX, (struct mem){.base = NOREG, .index = RAX, .scale = 1, .disp = arm_r15(u) | 1});
}

/* rax = the key that u, which writes r15, goes to. */
static bool jump_target(struct emit *e, const struct arm_uop *u)
{
	if (u->op == ARM_BX) {
		move(e, RAX, source(u, u->m));
	} else if (u->op == ARM_TBB || u->op == ARM_TBH) {
		table_branch(e, u);
	} else if (u->op == ARM_MOV && u->form == ARM_REG) {
		move(e, RAX, source(u, u->m));
	} else if (u->op <= ARM_ORN) {
		if (!arm_emit_data(e, u))
			return false;
		mov_load(&e->c, RAX, home(ARM_PC));
	} else if (u->op == ARM_LDM) {
		arm_emit_ldm(e, u);
	} else if (!arm_emit_load(e, u)) {
		return false;
	}
	if (!(u->attr & UA_BX) && u->pc & 1)
		alu(e, ALU_OR, RAX, val_imm(1));
	else if (!(u->attr & UA_BX))
		alu(e, ALU_AND, RAX, val_imm(~3u));
	return true;
}

static void helper_exit(struct emit *e, bool (*fn)(struct cpu *, uint32_t), uint32_t arg, uint32_t pc)
{
	flags_store(e, FL_NZCV);
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_HELPER_ARG), arg);
	ebytes(&e->c, "\x48\x8d\x05", 3); /* lea rax, [rip + fn] */
	e4(&e->c, rel32(e->c.p, (const void *)(uintptr_t)fn));
	asm_rm(&e->c, (struct op){.code = 0x89, .w = 1}, RAX, mem_base(R_CPU, CPU_HELPER));
	mov_imm(&e->c, RAX, pc);
	asm_jmp(&e->c, arm_exit_helper);
}

/* As through a table that the dynamic linker fills, not one of a switch. */
static bool through_word(const struct arm_uop *u)
{
	return u->op == ARM_LDR && u->form == ARM_IMM;
}

static void op_jump_ind(struct emit *e, const struct uop *o, const struct arm_uop *u)
{
	flags_store(e, FL_NZCV);
	if (!jump_target(e, u)) {
		helper_exit(e, arm_execute, 0, u->pc);
	} else if (o->op == UOP_RET && !(e->how & EMIT_SINGLE)) {
		e1(&e->c, 0xc3);
	} else if (through_word(u) && !(e->how & EMIT_SINGLE)) {
		emit_cached(e, 0xe9);
	} else {
		arm_division_jump(e);
		jump_away(e);
	}
}

/* Does o go back to the beginning of a unit that is a loop? One that is not yet is noted as such. */
static bool goes_round(struct emit *e, const struct uop *o)
{
	if (o->target != e->u->pc || e->how || o->no_entry || !e->now || (!e->loop.on && !knows_fp(e)))
		return false;
	e->loop.seen = true;
	if (!e->loop.on)
		e->loop.mode = e->fp_mode;
	return e->loop.on;
}

static void go_round(struct emit *e, const struct uop *o)
{
	flags_store(e, o->flags_target);
	loop_restore(e, e->held, e->fp_mode);
	asm_jmp(&e->c, e->loop.entry);
}

static void go_round_if(struct emit *e, uint8_t cc, const struct uop *o)
{
	struct cold *c;

	if (!(e->flags.host & ~e->flags.stored & o->flags_target) && loop_as_begun(e)) {
		asm_jcc(&e->c, cc, e->loop.entry);
		return;
	}
	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	c = put_aside(e, COLD_LOOP, NULL);
	c->flags = e->flags;
	c->live = o->flags_target;
	c->fp_mode = e->fp_mode;
	memcpy(c->held, e->held, sizeof c->held);
	e4(&e->c, 0);
}

/* To target by cc; flags that only EFLAGS hold are stored on the way. */
static void branch(struct emit *e, uint8_t cc, const struct uop *o)
{
	struct cold *c;

	if (goes_round(e, o)) {
		go_round_if(e, cc, o);
		return;
	}
	if (!(e->flags.host & ~e->flags.stored & o->flags_target)) {
		emit_exit_cc(e, cc, o->target);
		return;
	}
	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	c = put_aside(e, COLD_EXIT, NULL);
	c->flags = e->flags;
	c->live = o->flags_target;
	c->target = o->target;
	e4(&e->c, 0);
}

static void op_branch_if(struct emit *e, const struct uop *o, const struct arm_uop *u)
{
	if (u->op == ARM_B) {
		branch(e, flags_cond(e, u->cond), o);
		return;
	}
	flags_clobber(e, 0);
	if (pinned(u->n) == NOREG)
		alu_mem(e, ALU_CMP, home(u->n), val_imm(0));
	else
		test(e, pinned(u->n));
	branch(e, u->op == ARM_CBZ ? 4 : CC_NE, o);
}

static void emit_typed(struct emit *e, const struct arm_uop *u)
{
	arm_emitter *f = u->op < ARM_OP_COUNT ? emitters[u->op] : u->op >= ARM_SIMD ? arm_simd_emitter(u->op) : NULL;

	if (!f || !f(e, u))
		arm_emit_call(e, u);
}

/* Whatever it is, but without its condition. */
static void body(struct emit *e, const struct uop *o)
{
	const struct arm_uop *u = o->arm;

	switch ((enum uop_op)o->op) {
	case UOP_END:
	case UOP_JMP:
		if (goes_round(e, o)) {
			go_round(e, o);
			break;
		}
		flags_store(e, o->flags_target);
		emit_exit(e, o->target);
		break;
	case UOP_JCC:
		op_branch_if(e, o, u);
		break;
	case UOP_CALL:
		op_call(e, o, u);
		break;
	case UOP_CALL_IND:
		op_call_ind(e, u);
		break;
	case UOP_RET:
	case UOP_JMP_IND:
		op_jump_ind(e, o, u);
		break;
	case UOP_SYSCALL:
		flags_store(e, FL_NZCV);
		mov_imm(&e->c, RAX, arm_next(u));
		asm_jmp(&e->c, arm_exit_syscall);
		break;
	case UOP_HOSTCALL:
		flags_store(e, FL_NZCV);
		mov_store_imm(&e->c, mem_base(R_CPU, CPU_HOSTCALL), o->imm);
		mov_imm(&e->c, RAX, arm_next(u));
		asm_jmp(&e->c, arm_exit_hostcall);
		break;
	case UOP_HELPER:
	case UOP_FAULT:
		helper_exit(e, o->helper, o->imm, o->pc);
		break;
	case UOP_RAW:
	case UOP_TYPED:
		emit_typed(e, u);
		break;
	}
}

static bool comes_back(const struct uop *o)
{
	return o->op == UOP_TYPED || o->op == UOP_CALL || o->op == UOP_CALL_IND;
}

/*
 * A jump around it. What it must store of the flags before it changes them would be missing on the way around: then all is
 * taken back and emitted again with that stored first.
 */
static void body_if(struct emit *e, const struct uop *o)
{
	const struct emit_state before = e->state;
	unsigned first = 0;
	bool far = false;

	for (;;) {
		struct flag_place around;
		uint8_t *field, cc;

		flags_store(e, first);
		cc = flags_cond(e, o->cond) ^ 1;
		e->flipped = e->flags.borrow != before.flags.borrow;
		around = e->flags;
		e->before_body = around.host & ~around.stored;
		e->wanted = 0;
		field = far ? jump_near(e, cc) : jump_short(e, 0x70 | cc);
		body(e, o);
		if (comes_back(o))
			flags_join(e, around);
		else
			e->flags = around;
		join_fp(e, &before); /* asking the condition changed nothing there */
		e->before_body = 0;
		if (comes_back(o) && e->wanted & ~first) {
			first |= e->wanted;
		} else if (!far && e->c.p - field > UNLIKELY_FAR) {
			far = true;
		} else {
			if (far)
				here_near(e, field);
			else
				here_short(e, field);
			return;
		}
		if (e->c.full)
			return;
		e->state = before;
	}
}

static bool is_conditional(const struct uop *o)
{
	return o->cond != ARM_AL && o->op != UOP_JCC && o->op != UOP_HELPER && o->op != UOP_END && o->op != UOP_JMP;
}

/* The flags of o's condition, if it may fault: a handler that comes back to it asks them again. */
static unsigned asked_again(const struct uop *o)
{
	unsigned op = o->op == UOP_TYPED || o->op == UOP_RET || o->op == UOP_JMP_IND ? o->arm->op : ARM_NOP;

	return op >= ARM_SIMD || (op >= ARM_LDR && op <= ARM_STL) ? o->flags_in : 0;
}

/* Core registers that u may change; of those it only reads some are among them. Multiples of 4 stay such. */
static unsigned may_change(const struct arm_uop *u)
{
	unsigned regs = u->op == ARM_LDM ? u->list : 0;

	if (u->op == ARM_F_LDR || u->op == ARM_F_STR || u->op == ARM_F_LDM || u->op == ARM_F_STM)
		return 0;
	if ((u->op == ARM_ADD || u->op == ARM_SUB) && u->form == ARM_IMM && u->d == u->n && !(u->imm & 3))
		return 0;
	return regs | (u->d < 16 ? 1u << u->d : 0) | (u->n < 16 ? 1u << u->n : 0) | (u->m < 16 ? 1u << u->m : 0) |
	       (u->a < 16 ? 1u << u->a : 0);
}

/* What is no longer known behind o. */
static void after(struct emit *e, const struct uop *o)
{
	const struct arm_uop *u = o->arm;

	if (o->op == UOP_JCC)
		return;
	if (e->subtract <= e->now)
		e->subtract = 0;
	if (o->op != UOP_TYPED) {
		e->exclusive.size = 0;
		e->ordered = false;
		e->ge_lanes = GE_UNKNOWN;
		return;
	}
	if (u->op > ARM_STM || (u->op > ARM_MOVT && u->op < ARM_LDR && u->op != ARM_NOP && u->op != ARM_PARALLEL)) /* may use xmm3 */
		e->ge_lanes = GE_UNKNOWN;
	if (e->aligned)
		e->aligned &= ~may_change(u);
	if (e->exclusive.size && u->op != ARM_LDREX && may_change(u) >> e->exclusive.base & 1)
		e->exclusive.size = 0;
	if (u->op > ARM_NOP && u->op != ARM_STREX) /* it may store */
		e->ordered = false;
}

static void emit_uop(struct emit *e, const struct uop *o, unsigned n)
{
	struct mark *m = &e->marks[n];
	bool conditional = is_conditional(o);
	unsigned stored;

	e->now = n;
	e->live = o->flags_in | (o->flags_live & ~o->flags_out);
	if (e->joins[n]) {
		flags_store(e, e->live);
		flags_void(e);
		forget_fp(e);
		e->at[n] = e->c.p;
		m->host = e->c.p - e->entry;
	}
	m->state = flags_mark(e, e->live) | (o->no_entry || (n && n <= e->quiet) ? MARK_NO_STOP : 0) | (knows_fp(e) ? MARK_HELD : 0);
	stored = e->flags.stored;
	e->live = o->flags_live | (conditional ? asked_again(o) : 0);
	e->reads = o->flags_in;
	e->writes = o->flags_out;
	e->spilled = 0;
	e->flipped = false;
	e->may_stop = n + 1 >= e->u->n || !(e->u->uop[n + 1].no_entry || n < e->quiet);
	if (n == 0)
		arm_division_begin(e);
	if (!conditional)
		body(e, o);
	else if (o->op != UOP_TYPED || !arm_emit_data_if(e, o->arm))
		body_if(e, o);
	after(e, o);
	m->state |= (flags_bits(e->spilled | stored) & m->state & FLAG_BITS) << 4 | (e->flipped ? FLAG_BIT_FLIPPED : 0);
}

/* Might FPSCR be changed where the unit cannot be left? Then all are made careful before this one runs. */
static bool sets_modes_inside(const struct unit *u)
{
	for (unsigned n = 0; n < u->n; n++)
		if (u->uop[n].op == UOP_TYPED && u->uop[n].arm->op == ARM_VMSR && u->uop[n].arm->attr & UA_IT)
			return true;
	return false;
}

static void begin(struct emit *e)
{
	e->careful = careful;
	if (!careful && sets_modes_inside(e->u)) {
		be_careful_first = true;
		atomic_fetch_or(&e->cpu->attention, ATTENTION_KICK); /* behind a system call there is no enter() */
	}
	e->flags.stored = FL_NZCV;
	e->quiet = 0;
	loop_begin(e);
}

/* ---- signal contexts ---- */

#define EFLAGS_CF 1
#define EFLAGS_OF_SHIFT 11

static void settle(struct cpu *cpu, void *uc, const struct mark *mark, bool exact)
{
	uint64_t flags = ((ucontext_t *)uc)->uc_mcontext.gregs[REG_EFL];
	unsigned live, borrow;

	if (!mark)
		return;
	owed_settle(cpu, uc);
	live = mark->state & FLAG_BITS;
	borrow = mark->state & FLAG_BIT_BORROW ? 1 : 0;
	if (!exact) {
		live &= ~(mark->state >> 4);
		borrow ^= mark->state & FLAG_BIT_FLIPPED ? 1 : 0;
	}
	if (live & FLAG_BIT_NZ)
		cpu->arm.nzcv[1] = flags;
	if (live & FLAG_BIT_C)
		cpu->arm.nzcv[2] = (flags & EFLAGS_CF) ^ borrow;
	if (live & FLAG_BIT_V)
		cpu->arm.nzcv[3] = flags >> EFLAGS_OF_SHIFT & 1;
}

/* 0 of one that was made a trap. */
static uint32_t returns_to(const uint8_t *landing)
{
	uint32_t pc = 0;

	if (*landing == LANDING)
		memcpy(&pc, landing + 1, sizeof pc);
	return pc;
}

static uint32_t landing_pc(void *uc)
{
	return ((ucontext_t *)uc)->uc_mcontext.gregs[REG_RAX];
}

static void init(void)
{
	if (window_base)
		sys_raw(SYS_arch_prctl, ARCH_SET_GS, window_base);
}

static const uint8_t *const lookup = arm_lookup;

const struct x86_guest x86_guest_arm = {
	.guest = &guest_arm,
	.init = init,
	.enter = enter,
	.pc_home = RAX,
	.pc_greg = REG_RAX,
	.lookup = &lookup,
	.jump_shift = 1,
	.link = arm_link,
	.cached = &cached,
	.lookup_here = lookup_here,
	.leave = arm_exit_at,
	.exit_none = arm_exit_none_at,
	.abandon = arm_enter_abandon,
	.ret_empty = arm_ret_empty,
	.stubs = {arm_stubs_begin, arm_stubs_end},
	.entering = {arm_enter_begin, arm_enter_end},
	.leaving = {arm_enter_abandon, arm_exit_end},
	.begin = begin,
	.before = owed_before,
	.uop = emit_uop,
	.cold = emit_cold,
	.again = loop_again,
	.exit_on = arm_exit_on,
	.returns_to = returns_to,
	.landing_pc = landing_pc,
	.settle = settle,
};

/* SPDX-License-Identifier: MIT */
/* Control flow of i386 units: calls and returns paired with the host's, indirect jumps, ways out, self-checking entries. */
#define _GNU_SOURCE
#include <string.h>
#include <ucontext.h>

#include "emu/backend.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/guest/i386/i386.h"
#include "emu/host/x86-64/i386.h"
#include "emu/host/x86-64/offsets.h"
#include "emu/hot.h"
#include "emu/window.h"

HOT_DATA uint8_t x86_use_avx;

extern const uint8_t x86_lookup[], x86_ret_miss[];
enum stop x86_enter(struct cpu *cpu, const uint8_t *host);

void emit_set_pc(struct emit *e, uint32_t pc)
{
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_EIP), pc);
}

void emit_helper(struct emit *e, bool (*fn)(struct cpu *, uint32_t), uint32_t arg, uint32_t pc)
{
	emit_set_pc(e, pc);
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_HELPER_ARG), arg);
	asm_lea_host(&e->c, R8, (const void *)(uintptr_t)fn);
	asm_rm(&e->c, (struct op){.code = 0x89, .w = 1}, R8, mem_base(R_CPU, CPU_HELPER));
	asm_jmp(&e->c, x86_exit_helper);
}

/* Behind a host call: was it this call's return? ecx is where the guest goes, r11d its ecx. Flags stay, whoever wants them. */
static void landing(struct emit *e, uint32_t ra)
{
	uint8_t *ok;

	e->landings[e->n_landings++] = e->c.p - e->entry;
	lea(&e->c, RCX, mem_base(RCX, -ra));
	e1(&e->c, 0xe3); /* jrcxz */
	ok = e->c.p;
	e1(&e->c, 0);
	lea(&e->c, R8, mem_base(RCX, ra));
	mov_rr(&e->c, RCX, R11);
	asm_jmp(&e->c, x86_ret_miss);
	if (!e->c.full)
		*ok = e->c.p - (ok + 1);
	mov_rr(&e->c, RCX, R11);
}

/* What the stub does (stubs.S), in place: then the processor predicts this jump by itself, not all as one. */
static void lookup_here(struct emit *e)
{
	if (!x86_has_bmi2) {
		asm_jmp(&e->c, x86_lookup);
		return;
	}
	ebytes(&e->c, "\x45\x0f\xb7\xc8", 4); /* movzx r9d, r8w */
	asm_lea_host(&e->c, R10, jump_table);
	ebytes(&e->c, "\x4f\x8b\x0c\xca", 4); /* mov r9, [r10 + r9 * 8] */
	ebytes(&e->c, "\x49\x89\xcb", 3);     /* mov r11, rcx */
	ebytes(&e->c, "\x43\x8d\x0c\x08", 4); /* lea ecx, [r8 + r9] */
	ebytes(&e->c, "\xe3\x08", 2);	      /* jrcxz hit */
	ebytes(&e->c, "\x4c\x89\xd9", 3);     /* mov rcx, r11 */
	asm_jmp(&e->c, x86_exit_none_at);
	ebytes(&e->c, "\x4c\x89\xd9", 3);	      /* hit: mov rcx, r11 */
	ebytes(&e->c, "\xc4\x43\xfb\xf0\xc9\x20", 6); /* rorx r9, r9, 32 */
	ebytes(&e->c, "\x45\x89\xc9", 3);	      /* mov r9d, r9d */
	asm_lea_host(&e->c, R10, cache_base);
	ebytes(&e->c, "\x4f\x8d\x0c\x0a", 4); /* lea r9, [r10 + r9] */
	ebytes(&e->c, "\x41\xff\xe1", 3);     /* jmp r9 */
}

static const struct cached_jump cached = {
	.code = "\x66\x90"		 /* nop */
		"\x49\x89\xcb"	 /* mov r11, rcx */
		"\x41\x8d\x88\0\0\0\0" /* lea ecx, [r8 + key] */
		"\xe3\x08"		 /* jrcxz hit */
		"\x4c\x89\xd9"	 /* mov rcx, r11 */
		"\xe9\x08\0\0\0"	 /* jmp learn */
		"\x4c\x89\xd9"	 /* hit: mov rcx, r11 */
		"\xe9\0\0\0\0"	 /* jmp learn */
		"\xe8",		 /* learn: call link */
	.size = 31, .key = 8, .miss = 18, .hit = 26, .negated = true,
};

static void store_return(struct emit *e, const struct uop *u)
{
	const struct i386_insn *i = u->insn;

	asm_rm(&e->c, (struct op){.code = 0xc7, .p66 = i->opsize == 2}, 0, stack_slot(e, -i->opsize));
	if (i->opsize == 2) {
		e1(&e->c, u->imm);
		e1(&e->c, u->imm >> 8);
	} else {
		e4(&e->c, u->imm);
	}
}

static void push_return(struct emit *e, const struct uop *u)
{
	store_return(e, u);
	esp_add(e, -u->insn->opsize);
}

static void op_call(struct emit *e, const struct uop *u)
{
	if (u->pc_reg && !(e->how & EMIT_SINGLE)) { /* done here: what it leaves below the stack too */
		store_return(e, u);
		mov_imm(&e->c, host_gpr(u->pc_reg - 1), u->imm);
		return;
	}
	push_return(e, u);
	if (u->target == u->imm) /* call of the next instruction: how code asks for its pc */
		return;
	esp_settle(e);
	if (e->how & EMIT_SINGLE) {
		emit_exit(e, u->target);
		return;
	}
	emit_call(e, u->target);
	landing(e, u->imm);
}

/* r8d = operand of an indirect jump or call */
static void load_target(struct emit *e, const struct i386_insn *i)
{
	struct op op = i->opsize == 2 ? OP0F(0xb7) : OP(0x8b);

	if (insn_mod(i) == 3)
		asm_rr(&e->c, op, R8, host_gpr(insn_rm(i)));
	else
		asm_rm(&e->c, op, R8, operand(e, i, 0));
}

/* To guest pc r8d. */
static void go_indirect(struct emit *e)
{
	asm_jmp(&e->c, e->how & EMIT_SINGLE ? x86_exit_none_at : x86_lookup);
}

static void op_call_ind(struct emit *e, const struct uop *u)
{
	load_target(e, u->insn);
	push_return(e, u);
	esp_settle(e);
	if (e->how & EMIT_SINGLE) {
		go_indirect(e);
		return;
	}
	emit_cached(e, 0xe8);
	landing(e, u->imm);
}

/* A jump through a word of memory without an index leads into a library; others are those of switches and interpreters. */
static void op_jmp_ind(struct emit *e, const struct uop *u)
{
	load_target(e, u->insn);
	if (e->how & EMIT_SINGLE)
		go_indirect(e);
	else if (insn_mod(u->insn) != 3 && insn_rm(u->insn) != 4)
		emit_cached(e, 0xe9);
	else
		lookup_here(e);
}

static void op_ret(struct emit *e, const struct uop *u)
{
	unsigned size = u->insn->opsize;
	bool paired = !(e->how & EMIT_SINGLE) && u->ret == RET_PAIRED;
	struct mem slot = stack_slot(e, 0);

	if (paired)
		mov_rr(&e->c, R11, RCX);
	asm_rm(&e->c, size == 2 ? OP0F(0xb7) : OP(0x8b), paired ? RCX : R8, slot);
	esp_add(e, size + u->imm);
	esp_settle(e);
	if (paired)
		e1(&e->c, 0xc3);
	else
		go_indirect(e);
}

/* The guest's flags to r11 with its eax in r10, and back. */
static void save_flags(struct emit *e)
{
	mov_rr(&e->c, R10, RAX);
	ebytes(&e->c, "\x9f\x41\x0f\x90\xc3", 5); /* lahf; seto r11b: al and ah in one would have to be put together */
}

static void restore_flags(struct emit *e)
{
	ebytes(&e->c, "\x41\x80\xc3\x7f\x9e", 5); /* add r11b, 7f; sahf */
	mov_rr(&e->c, RAX, R10);
}

/* Bytes at pc that can be compared at once: aligned, as the guest may have set AC. */
static unsigned aligned_part(uint32_t pc, unsigned left)
{
	return left >= 4 && pc % 4 == 0 ? 4 : left >= 2 && pc % 2 == 0 ? 2 : 1;
}

/* The guest bytes are still those translated? Else have the unit made again; what is there now may want the flags. */
static void check_code(struct emit *e)
{
	const struct unit *u = e->u;
	unsigned n = u->end - u->pc;

	save_flags(e);
	mov_imm(&e->c, R8, u->pc);
	for (unsigned at = 0, part; at < n; at += part) {
		struct mem m = e->flat ? mem_base(R8, at) : (struct mem){.base = R_BASE, .index = R8, .disp = at};

		part = aligned_part(u->pc + at, n - at);
		asm_rm(&e->c, (struct op){.code = part == 1 ? 0x80 : 0x81, .p66 = part == 2}, 7, m);
		ebytes(&e->c, (const char *)u->bytes + at, part);
		asm_jcc(&e->c, 5, x86_stale);
	}
	restore_flags(e);
}

static void emit_uop(struct emit *e, const struct uop *u, unsigned n)
{
	e->marks[n].state = esp_mark(e);
	switch ((enum uop_op)u->op) {
	case UOP_END:
	case UOP_JMP:
		emit_exit(e, u->target);
		break;
	case UOP_JCC:
		emit_exit_cc(e, u->cond, u->target);
		break;
	case UOP_CALL:
		op_call(e, u);
		break;
	case UOP_JMP_IND:
		op_jmp_ind(e, u);
		break;
	case UOP_CALL_IND:
		op_call_ind(e, u);
		break;
	case UOP_RET:
		op_ret(e, u);
		break;
	case UOP_SYSCALL:
		emit_set_pc(e, u->pc + u->len);
		asm_jmp(&e->c, x86_exit_syscall);
		break;
	case UOP_HOSTCALL:
		emit_set_pc(e, u->pc + u->len);
		mov_store_imm(&e->c, mem_base(R_CPU, CPU_HOSTCALL), u->imm);
		asm_jmp(&e->c, x86_exit_hostcall);
		break;
	case UOP_HELPER:
	case UOP_FAULT:
		emit_helper(e, u->helper, u->imm, u->pc);
		break;
	case UOP_RAW:
		if (!esp_copy(e, u->insn) && !emit_special(e, u))
			emit_raw(e, u->insn);
		break;
	case UOP_TYPED:
		break;
	}
}

/* What jumps back lead to: forward ones say so themselves. */
static void find_loops(struct emit *e)
{
	const struct unit *u = e->u;

	for (unsigned n = 0; n < u->n; n++) {
		const struct uop *o = &u->uop[n];
		int to;

		if (o->target - u->pc > o->pc - u->pc)
			continue;
		to = emit_inside(e, o->target);
		if (to >= 0)
			e->joins[to] = true;
	}
}

static void begin(struct emit *e)
{
	find_loops(e);
	if (e->how & EMIT_CHECKED)
		check_code(e);
}

/* ---- signal contexts ---- */

static greg_t *regs(const void *uc)
{
	return ((ucontext_t *)(uintptr_t)uc)->uc_mcontext.gregs;
}

/* A string instruction in a window that is not at 0, between being given host pointers and done: its state, with the
 * base taken off again, is that before (the rest of) the instruction. */
static bool is_boundary(const void *uc)
{
	const greg_t *r = regs(uc);
	const uint8_t *p = (const uint8_t *)r[REG_RIP];

	if (window_base == 0 || ((uint64_t)r[REG_RSI] < GUEST_SPAN && (uint64_t)r[REG_RDI] < GUEST_SPAN))
		return false;
	while (*p == 0x66 || *p == 0xf2 || *p == 0xf3)
		p++;
	return (*p >= 0xa4 && *p <= 0xa7) || (*p >= 0xaa && *p <= 0xaf);
}

/* At the landing ecx is where the guest goes, r11d its ecx; and esp does not lag as before the call, which settle() goes by. */
static uint32_t landing_pc(void *uc)
{
	greg_t *r = regs(uc);
	const struct block *b = block_at(r[REG_RIP]);
	uint32_t pc = r[REG_RCX];
	bool exact;

	r[REG_RCX] = (uint32_t)r[REG_R11];
	r[REG_R15] = (uint32_t)(r[REG_R15] - esp_lag(block_mark_at(b, r[REG_RIP], &exact)));
	return pc;
}

static void take_base_off(greg_t *reg)
{
	if ((uint64_t)*reg >= GUEST_SPAN)
		*reg = (uint32_t)((uint64_t)*reg - window_base);
}

static void settle(struct cpu *cpu, void *uc, const struct mark *mark, bool exact)
{
	greg_t *r = regs(uc);

	(void)cpu, (void)exact;
	if (mark)
		r[REG_R15] = (uint32_t)(r[REG_R15] + esp_lag(mark));
	if (window_base) {
		take_base_off(&r[REG_RSI]);
		take_base_off(&r[REG_RDI]);
	}
}

static const uint8_t *const lookup_stub = x86_lookup;

const struct x86_guest x86_guest_i386 = {
	.guest = &guest_i386,
	.enter = x86_enter,
	.pc_home = R8,
	.pc_greg = REG_R8,
	.lookup = &lookup_stub,
	.link = x86_link,
	.cached = &cached,
	.lookup_here = lookup_here,
	.leave = x86_exit_at,
	.exit_none = x86_exit_none_at,
	.abandon = x86_enter_abandon,
	.ret_empty = x86_ret_empty,
	.stubs = {x86_stubs_begin, x86_stubs_end},
	.entering = {x86_enter_begin, x86_enter_end},
	.leaving = {x86_enter_abandon, x86_exit_end},
	.begin = begin,
	.before = esp_before,
	.uop = emit_uop,
	.is_boundary = is_boundary,
	.landing_pc = landing_pc,
	.settle = settle,
};

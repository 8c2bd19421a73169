/* SPDX-License-Identifier: MIT */
/* One pass forwards over a unit's uops: host code, marks at guest boundaries, exits to be linked. */
#include "emu/host/x86-64/emit.h"

#include <stddef.h>

#include "emu/backend.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/guest/i386/i386.h"
#include "emu/host/x86-64/context.h"
#include "emu/host/x86-64/offsets.h"
#include "emu/window.h"

_Static_assert(offsetof(struct cpu, i386.gpr) == CPU_GPR && offsetof(struct cpu, i386.eip) == CPU_EIP &&
	       offsetof(struct cpu, i386.eflags) == CPU_EFLAGS && offsetof(struct cpu, i386.seg_base) == CPU_SEG_BASE &&
	       offsetof(struct cpu, i386.seg_base[SEG_GS]) == CPU_GS_BASE && offsetof(struct cpu, i386.sel) == CPU_SEL &&
	       offsetof(struct cpu, i386.ymm) == CPU_YMM && offsetof(struct cpu, host_sp) == CPU_HOST_SP &&
	       offsetof(struct cpu, ret_sp) == CPU_RET_SP && offsetof(struct cpu, ret_base) == CPU_RET_BASE, "offsets.h");
_Static_assert(offsetof(struct cpu, helper) == CPU_HELPER && offsetof(struct cpu, helper_arg) == CPU_HELPER_ARG &&
	       offsetof(struct cpu, hostcall) == CPU_HOSTCALL && offsetof(struct cpu, stop) == CPU_STOP &&
	       offsetof(struct cpu, attention) == CPU_ATTENTION && offsetof(struct cpu, in_code) == CPU_IN_CODE &&
	       offsetof(struct cpu, link_site) == CPU_LINK_SITE && offsetof(struct cpu, scratch) == CPU_SCRATCH, "offsets.h");
_Static_assert(STOP_NONE == STOP_NONE_ && STOP_SYSCALL == STOP_SYSCALL_ && STOP_FAULT == STOP_FAULT_ &&
	       STOP_HELPER == STOP_HELPER_ && STOP_HOSTCALL == STOP_HOSTCALL_ && STOP_LINK == STOP_LINK_, "offsets.h");

const uint8_t *x86_lookup_stub, *x86_ret_miss_stub;
uint8_t x86_use_avx;
bool x86_has_bmi2;

extern const uint8_t x86_lookup[], x86_lookup_bmi2[], x86_ret_miss[], x86_ret_miss_bmi2[];
enum stop x86_enter(struct cpu *cpu, const uint8_t *host);

/* An entry is preceded by the way out that a closed one takes: mov r8d, pc; jmp look-up. */
#define PREHEADER 16

void emit_set_pc(struct emit *e, uint32_t pc)
{
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_EIP), pc);
}

void emit_helper(struct emit *e, bool (*fn)(struct cpu *, uint32_t), uint32_t arg, uint32_t pc)
{
	emit_set_pc(e, pc);
	mov_store_imm(&e->c, mem_base(R_CPU, CPU_HELPER_ARG), arg);
	e1(&e->c, 0x4c); /* lea r8, [rip + fn] */
	e1(&e->c, 0x8d);
	e1(&e->c, 0x05);
	e4(&e->c, rel32(e->c.p, (const void *)(uintptr_t)fn));
	asm_rm(&e->c, (struct op){.code = 0x89, .w = 1}, R8, mem_base(R_CPU, CPU_HELPER));
	asm_jmp(&e->c, x86_exit_helper);
}

/* Index of the uop at guest pc in this unit, or -1. */
static int insn_at(const struct unit *u, uint32_t pc)
{
	unsigned lo = 0, hi = u->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (u->uop[mid].pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < u->n && u->uop[lo].pc == pc && u->uop[lo].op != UOP_END ? (int)lo : -1;
}

/* The rel32 of a jump or call to guest `target` comes next. */
static void target_field(struct emit *e, uint32_t target)
{
	int inside = e->how ? -1 : insn_at(e->u, target);
	uint8_t *known;

	if (inside >= 0 && e->at[inside]) {
		e4(&e->c, rel32(e->c.p, e->at[inside]));
	} else if (inside >= 0) {
		e->fixups[e->n_fixups++] = (struct fixup){.field = e->c.p, .insn = inside};
		e4(&e->c, 0);
	} else if (!(e->how & EMIT_SINGLE) && (known = block_find(target))) {
		e4(&e->c, rel32(e->c.p, known));
	} else {
		e->exits[e->n_exits++] = (struct exit_site){.field = e->c.p, .target = target};
		e4(&e->c, 0);
	}
}

void emit_exit(struct emit *e, uint32_t target)
{
	asm_align_field(&e->c, 1);
	e1(&e->c, 0xe9);
	target_field(e, target);
}

void emit_exit_cc(struct emit *e, uint8_t cc, uint32_t target)
{
	asm_align_field(&e->c, 2);
	e1(&e->c, 0x0f);
	e1(&e->c, 0x80 | cc);
	target_field(e, target);
}

/* Out of line, behind the unit: the first time through an exit. mov r8d, target; call link; then, in the shape of an
 * instruction so that a listing stays readable, test eax, (distance back to the field). */
static void emit_stubs(struct emit *e)
{
	for (unsigned i = 0; i < e->n_exits && !e->c.full; i++) {
		const struct exit_site *x = &e->exits[i];
		uint32_t to_stub = rel32(x->field, e->c.p);

		memcpy(x->field, &to_stub, 4);
		if (e->how & EMIT_SINGLE) {
			emit_set_pc(e, x->target);
			asm_jmp(&e->c, x86_exit_none);
			continue;
		}
		mov_imm(&e->c, R8, x->target);
		e1(&e->c, 0xe8);
		e4(&e->c, rel32(e->c.p, x86_link));
		e1(&e->c, 0xa9);
		e4(&e->c, (uint32_t)(x->field - e->c.p));
	}
	for (unsigned i = 0; i < e->n_fixups && !e->c.full; i++) {
		uint32_t d = rel32(e->fixups[i].field, e->at[e->fixups[i].insn]);

		memcpy(e->fixups[i].field, &d, 4);
	}
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
	asm_jmp(&e->c, x86_ret_miss_stub);
	if (!e->c.full)
		*ok = e->c.p - (ok + 1);
	mov_rr(&e->c, RCX, R11);
}

static void push_return(struct emit *e, const struct uop *u)
{
	const struct i386_insn *i = u->insn;

	asm_rm(&e->c, (struct op){.code = 0xc7, .p66 = i->opsize == 2}, 0, stack_slot(e, -i->opsize));
	if (i->opsize == 2) {
		e1(&e->c, u->imm);
		e1(&e->c, u->imm >> 8);
	} else {
		e4(&e->c, u->imm);
	}
	esp_add(e, -i->opsize);
}

static void op_call(struct emit *e, const struct uop *u)
{
	push_return(e, u);
	if (u->target == u->imm) /* call of the next instruction: how code asks for its pc */
		return;
	if (e->how & EMIT_SINGLE) {
		emit_exit(e, u->target);
		return;
	}
	asm_align_field(&e->c, 1);
	e1(&e->c, 0xe8);
	target_field(e, u->target);
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
	if (e->how & EMIT_SINGLE) {
		mov_store(&e->c, mem_base(R_CPU, CPU_EIP), R8);
		asm_jmp(&e->c, x86_exit_none);
	} else {
		asm_jmp(&e->c, x86_lookup_stub);
	}
}

static void op_call_ind(struct emit *e, const struct uop *u)
{
	load_target(e, u->insn);
	push_return(e, u);
	if (e->how & EMIT_SINGLE) {
		go_indirect(e);
		return;
	}
	e1(&e->c, 0xe8);
	e4(&e->c, rel32(e->c.p, x86_lookup_stub));
	landing(e, u->imm);
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
	if (paired)
		e1(&e->c, 0xc3);
	else
		go_indirect(e);
}

/* The guest's flags to r11 with its eax in r10, and back. */
static void save_flags(struct emit *e)
{
	mov_rr(&e->c, R10, RAX);
	ebytes(&e->c, "\x9f\x0f\x90\xc0", 4); /* lahf; seto al */
	mov_rr(&e->c, R11, RAX);
}

static void restore_flags(struct emit *e)
{
	mov_rr(&e->c, RAX, R11);
	ebytes(&e->c, "\x04\x7f\x9e", 3); /* add al, 7f; sahf */
	mov_rr(&e->c, RAX, R10);
}

/* The guest bytes are still those translated? Else have the unit made again; what is there now may want the flags. */
static void check_code(struct emit *e)
{
	struct unit *u = e->u;
	const uint8_t *bytes = (const uint8_t *)(window_base + u->pc);
	uint8_t *fail[UNIT_MAX * 4], *over;
	unsigned n_fail = 0;

	save_flags(e);
	mov_imm(&e->c, R8, u->pc);
	for (unsigned at = 0; at < u->end - u->pc;) {
		struct mem m = e->flat ? mem_base(R8, at) : (struct mem){.base = R_BASE, .index = R8, .disp = at};
		uint32_t word;

		if (u->end - u->pc - at >= 4) {
			memcpy(&word, bytes + at, 4);
			asm_rm(&e->c, OP(0x81), 7, m);
			e4(&e->c, word);
			at += 4;
		} else {
			asm_rm(&e->c, OP(0x80), 7, m);
			e1(&e->c, bytes[at++]);
		}
		e1(&e->c, 0x0f);
		e1(&e->c, 0x85);
		fail[n_fail++] = e->c.p;
		e4(&e->c, 0);
	}
	restore_flags(e);
	e1(&e->c, 0xe9);
	over = e->c.p;
	e4(&e->c, 0);
	if (e->c.full)
		return;
	for (unsigned i = 0; i < n_fail; i++) {
		uint32_t d = rel32(fail[i], e->c.p);

		memcpy(fail[i], &d, 4);
	}
	restore_flags(e);
	emit_helper(e, engine_stale, u->pc, u->pc);
	uint32_t d = rel32(over, e->c.p);
	memcpy(over, &d, 4);
}

static void emit_uop(struct emit *e, const struct uop *u)
{
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
		load_target(e, u->insn);
		go_indirect(e);
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
		if (!emit_special(e, u))
			emit_raw(e, u->insn);
		break;
	case UOP_TYPED:
		break;
	}
}

static struct block *x86_emit(struct cpu *cpu, struct unit *u, unsigned how, uint8_t *at, uint32_t room)
{
	static struct emit state; /* under block_lock */
	struct emit *e = &state;

	memset(e, 0, offsetof(struct emit, at));
	memset(e->at, 0, u->n * sizeof *e->at);
	e->c = (struct code){.p = at, .limit = at + room};
	e->cpu = cpu;
	e->u = u;
	e->how = how;
	e->flat = window_base == 0;
	mov_imm(&e->c, R8, u->pc);
	asm_jmp(&e->c, x86_lookup_stub);
	while (e->c.p < at + PREHEADER)
		e1(&e->c, 0xcc);
	e->entry = e->c.p;
	if (how & EMIT_CHECKED)
		check_code(e);
	for (unsigned n = 0; n < u->n; n++) {
		e->at[n] = e->c.p;
		e->marks[n] = (struct mark){.host = n ? e->c.p - e->entry : 0, .len = u->uop[n].len};
		emit_uop(e, &u->uop[n]);
		if (n == 0 && e->c.p < e->entry + 2)
			e1(&e->c, 0x90); /* close_entry replaces two bytes of one instruction */
	}
	emit_stubs(e);
	if (e->c.full || e->c.p - e->entry > 0xffff)
		return NULL;
	return block_add(u->pc, u->end, e->entry, e->c.p, e->marks, u->n, e->landings, e->n_landings,
			 how & EMIT_CHECKED ? BLOCK_CHECKED : 0);
}

static void x86_link_site(uint64_t site, const uint8_t *to)
{
	uint8_t *record = (uint8_t *)site + 1;
	int32_t back;
	uint8_t *field;

	memcpy(&back, record, 4);
	field = record + back;
	__atomic_store_n((uint32_t *)field, rel32(field, to), __ATOMIC_RELEASE);
}

static void x86_trap_at(uint8_t *host)
{
	__atomic_store_n(host, 0xf4, __ATOMIC_RELEASE); /* hlt */
}

static void x86_close_entry(uint8_t *host)
{
	/* jmp short to the preheader; entries are 16-byte aligned */
	__atomic_store_n((uint16_t *)host, 0xeb | (uint16_t)(uint8_t)(-PREHEADER - 2) << 8, __ATOMIC_RELEASE);
}

/* Offset 0 of the cache is what an empty jump table entry leads to for pc 0. */
static void null_target(void)
{
	struct code c = {.p = cache_base, .limit = cache_base + 64};

	mov_store(&c, mem_base(R_CPU, CPU_EIP), R8);
	asm_jmp(&c, x86_exit_none);
}

static void x86_init(void)
{
	x86_has_bmi2 = __builtin_cpu_supports("bmi2");
	x86_lookup_stub = x86_has_bmi2 ? x86_lookup_bmi2 : x86_lookup;
	x86_ret_miss_stub = x86_has_bmi2 ? x86_ret_miss_bmi2 : x86_ret_miss;
	null_target();
}

static bool translates(const struct guest *g)
{
	return g == &guest_i386;
}

const struct backend backend = {
	.name = "x86-64",
	.translates = translates,
	.init = x86_init,
	.text = (uintptr_t)x86_stubs_begin,
	.emit = x86_emit,
	.enter = x86_enter,
	.link = x86_link_site,
	.trap_at = x86_trap_at,
	.close_entry = x86_close_entry,
	.place = x86_place,
	.get_pc = x86_get_pc,
	.set_pc = x86_set_pc,
	.is_boundary = x86_is_boundary,
	.abandon_enter = x86_abandon_enter,
	.leave = x86_leave,
	.step = x86_step,
	.fault_info = x86_fault_info,
	.landing_pc = x86_landing_pc,
	.ret_stack_overflow = x86_ret_stack_overflow,
	.reset_ret_stack = x86_reset_ret_stack,
};

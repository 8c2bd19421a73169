/* SPDX-License-Identifier: MIT */
/* One pass forwards over a unit's uops: host code, marks at guest boundaries, exits to be linked. What a uop becomes is its
 * guest's business: i386_flow.c, arm.c. */
#include "emu/host/x86-64/emit.h"

#include <stddef.h>
#include <sys/platform/x86.h>

#include "emu/backend.h"
#include "emu/guest.h"
#include "emu/host/x86-64/context.h"
#include "emu/host/x86-64/offsets.h"
#include "emu/populate.h"
#include "emu/unit.h"
#include "emu/window.h"

_Static_assert(offsetof(struct cpu, i386.gpr) == CPU_GPR && offsetof(struct cpu, i386.eip) == CPU_EIP &&
	       offsetof(struct cpu, i386.eflags) == CPU_EFLAGS && offsetof(struct cpu, i386.seg_base) == CPU_SEG_BASE &&
	       offsetof(struct cpu, i386.seg_base[5]) == CPU_GS_BASE && offsetof(struct cpu, i386.sel) == CPU_SEL &&
	       offsetof(struct cpu, i386.ymm) == CPU_YMM && offsetof(struct cpu, host_sp) == CPU_HOST_SP &&
	       offsetof(struct cpu, ret_sp) == CPU_RET_SP && offsetof(struct cpu, ret_base) == CPU_RET_BASE, "offsets.h");
_Static_assert(offsetof(struct cpu, arm.r) == CPU_R && offsetof(struct cpu, arm.cpsr) == CPU_CPSR &&
	       offsetof(struct cpu, arm.fpscr) == CPU_FPSCR && offsetof(struct cpu, arm.tls) == CPU_TLS &&
	       offsetof(struct cpu, arm.ex_addr) == CPU_EX_ADDR && offsetof(struct cpu, arm.ex_size) == CPU_EX_SIZE &&
	       offsetof(struct cpu, arm.ex_value) == CPU_EX_VALUE && offsetof(struct cpu, arm.nzcv) == CPU_NZCV &&
	       offsetof(struct cpu, arm.fp_mode) == CPU_FP_MODE && offsetof(struct cpu, arm.fp_nzcv) == CPU_FP_NZCV &&
	       offsetof(struct cpu, arm.d) == CPU_D, "offsets.h");
_Static_assert(offsetof(struct cpu, helper) == CPU_HELPER && offsetof(struct cpu, helper_arg) == CPU_HELPER_ARG &&
	       offsetof(struct cpu, hostcall) == CPU_HOSTCALL && offsetof(struct cpu, stop) == CPU_STOP &&
	       offsetof(struct cpu, attention) == CPU_ATTENTION && offsetof(struct cpu, in_code) == CPU_IN_CODE &&
	       offsetof(struct cpu, link_site) == CPU_LINK_SITE && offsetof(struct cpu, scratch) == CPU_SCRATCH &&
	       offsetof(struct cpu, ret_full) == CPU_RET_FULL, "offsets.h");
_Static_assert(STOP_NONE == STOP_NONE_ && STOP_SYSCALL == STOP_SYSCALL_ && STOP_FAULT == STOP_FAULT_ &&
	       STOP_HELPER == STOP_HELPER_ && STOP_HOSTCALL == STOP_HOSTCALL_ && STOP_LINK == STOP_LINK_ && STOP_ON == STOP_ON_, "offsets.h");

const struct x86_guest *x86_guest;
bool x86_has_bmi2;

/*
 * An entry is preceded by the way on that a closed one takes: jmp (first just on, then to what is there instead); mov pc_home, pc;
 * call link. What stands behind that call, at the entry, is then the closing jump.
 */
enum {
	PREHEADER_FIELD = 1,
	PREHEADER_CALL = 11,
	PREHEADER = 16,
	CLOSED = 0xeb | (uint8_t)(-PREHEADER - 2) << 8, /* jmp short to the preheader */
};

/* What stands behind the call of a link stub, in the shape of an instruction so that a listing stays readable. */
enum {
	LINK_FIELD = 0xa9,  /* test eax, distance to the field to be linked */
	LINK_CACHED = 0x3d, /* cmp eax, 0: in a cached jump */
};

int emit_inside(const struct emit *e, uint32_t pc)
{
	int n = e->how ? -1 : unit_insn_at(e->u, pc);

	return n >= 0 && e->at[n] && (e->marks[n].state & MARK_CLOSED) ? -1 : n;
}

/* The rel32 of a jump or call to guest `target` comes next. */
static void target_field(struct emit *e, uint32_t target)
{
	int inside = emit_inside(e, target);
	uint8_t *known;

	if (inside >= 0 && e->at[inside]) {
		e4(&e->c, rel32(e->c.p, e->at[inside]));
	} else if (inside >= 0) {
		e->joins[inside] = true;
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

void emit_call(struct emit *e, uint32_t target)
{
	asm_align_field(&e->c, 1);
	e1(&e->c, 0xe8);
	target_field(e, target);
}

void emit_cached(struct emit *e, uint8_t opcode)
{
	e1(&e->c, opcode);
	e->exits[e->n_exits++] = (struct exit_site){.field = e->c.p, .indirect = true};
	e4(&e->c, 0);
}

#define FEW_TARGETS 16

/* x86_guest->cached, the call completed, LINK_CACHED, and the look-up. */
static unsigned cached_record(const struct cached_jump *c)
{
	return c->size + 4;
}

static void emit_cached_jump(struct emit *e)
{
	const struct cached_jump *c = x86_guest->cached;

	ebytes(&e->c, c->code, c->size);
	e4(&e->c, rel32(e->c.p, x86_guest->link));
	e1(&e->c, LINK_CACHED);
	e4(&e->c, 0);
	x86_guest->lookup_here(e);
}

/* Out of line, behind the unit: the first time through an exit. mov pc_home, target; call link; LINK_FIELD. */
static void emit_stubs(struct emit *e)
{
	for (unsigned i = 0; i < e->n_exits && !e->c.full; i++) {
		const struct exit_site *x = &e->exits[i];
		uint32_t to_stub;

		while (x->indirect && !e->c.full && (uintptr_t)e->c.p % 8)
			e1(&e->c, 0xcc);
		to_stub = rel32(x->field, e->c.p);
		memcpy(x->field, &to_stub, 4);
		if (x->indirect) {
			emit_cached_jump(e);
			continue;
		}
		mov_imm(&e->c, x86_guest->pc_home, x->target);
		if (e->how & EMIT_SINGLE) {
			asm_jmp(&e->c, x86_guest->exit_none);
			continue;
		}
		e1(&e->c, 0xe8);
		e4(&e->c, rel32(e->c.p, x86_guest->link));
		e1(&e->c, LINK_FIELD);
		e4(&e->c, (uint32_t)(x->field - e->c.p));
	}
	for (unsigned i = 0; i < e->n_fixups && !e->c.full; i++) {
		uint32_t d = rel32(e->fixups[i].field, e->at[e->fixups[i].insn]);

		memcpy(e->fixups[i].field, &d, 4);
	}
}

static void emit_uops(struct emit *e)
{
	struct unit *u = e->u;

	x86_guest->begin(e);
	for (unsigned n = 0; n < u->n; n++) {
		if (x86_guest->before)
			x86_guest->before(e, &u->uop[n], n);
		e->at[n] = e->c.p;
		e->marks[n] = (struct mark){.host = n ? e->c.p - e->entry : 0, .len = u->uop[n].len};
		x86_guest->uop(e, &u->uop[n], n);
		if (n == 0 && e->c.p < e->entry + 2)
			e1(&e->c, 0x90); /* close_entry replaces two bytes of one instruction */
	}
}

static void preheader(struct emit *e, uint8_t *at)
{
	asm_jmp(&e->c, at + PREHEADER_FIELD + 4);
	mov_imm(&e->c, x86_guest->pc_home, e->u->pc);
	while (!e->c.full && e->c.p < at + PREHEADER_CALL)
		e1(&e->c, 0x90);
	e1(&e->c, 0xe8);
	e4(&e->c, rel32(e->c.p, x86_guest->link));
}

static struct block *x86_emit(struct cpu *cpu, struct unit *u, unsigned how, uint8_t *at, uint32_t room)
{
	static BIG_TABLE_BEGUN struct emit state; /* under block_lock */
	struct emit *e = &state;

	memset(e, 0, offsetof(struct emit, at)); /* the arrays are filled as far as they count */
	memset(e->at, 0, u->n * sizeof *e->at);
	memset(e->joins, 0, u->n * sizeof *e->joins);
	e->c = (struct code){.p = at, .limit = at + room};
	e->cpu = cpu;
	e->u = u;
	e->how = how;
	e->flat = window_base == 0;
	preheader(e, at);
	e->entry = e->c.p;
	emit_uops(e);
	if (x86_guest->again && x86_guest->again(e)) {
		e->state = (struct emit_state){.c = {.p = e->entry, .limit = e->c.limit}};
		memset(e->at, 0, u->n * sizeof *e->at);
		memset(e->joins, 0, u->n * sizeof *e->joins);
		emit_uops(e);
	}
	if (x86_guest->cold)
		x86_guest->cold(e);
	emit_stubs(e);
	if (e->c.full || e->c.p - e->entry > 0xffff)
		return NULL;
	return block_add(u->pc, u->end, e->entry, e->c.p, e->marks, u->n, e->landings, e->n_landings,
			 (how & EMIT_CHECKED ? BLOCK_CHECKED : 0) | (uint32_t)e->table << BLOCK_TABLE_SHIFT);
}

static void put_field(uint8_t *field, uint32_t value)
{
	__atomic_store_n((uint32_t *)field, value, __ATOMIC_RELEASE);
}

/*
 * In the cached jump of this record: its first target. Others come here too until there were some: a jump that is done a few times
 * would have the table for look-ups touched, a page for each target. The record's number counts them.
 */
static void learn(uint8_t *record, uint32_t pc, const uint8_t *to)
{
	const struct cached_jump *c = x86_guest->cached;
	uint8_t *jump = record - cached_record(c);
	uint32_t hit, others;

	memcpy(&hit, jump + c->hit, 4);
	if (hit == rel32(jump + c->hit, jump + c->size - 1)) {
		put_field(jump + c->hit, rel32(jump + c->hit, to));
		put_field(jump + c->key, c->negated ? -pc : pc);
		return;
	}
	memcpy(&others, record + 1, 4);
	others++;
	memcpy(record + 1, &others, 4);
	if (others == FEW_TARGETS)
		put_field(jump + c->miss, rel32(jump + c->miss, record + 5));
}

static void x86_link_site(uint64_t site, uint32_t pc, const uint8_t *to)
{
	uint8_t *record = (uint8_t *)site, *field;
	int32_t back;

	if (*record == (CLOSED & 0xff)) {
		field = record - PREHEADER + PREHEADER_FIELD;
		put_field(field, rel32(field, to));
		return;
	}
	if (*record == LINK_CACHED) {
		learn(record, pc, to);
		return;
	}
	memcpy(&back, record + 1, 4);
	field = record + 1 + back;
	put_field(field, rel32(field, to));
}

static void x86_trap_at(uint8_t *host)
{
	__atomic_store_n(host, 0xf4, __ATOMIC_RELEASE); /* hlt */
}

static void x86_close_entry(uint8_t *host)
{
	__atomic_store_n((uint16_t *)host, CLOSED, __ATOMIC_RELEASE); /* entries are 16-byte aligned */
}

/* The call of the preheader becomes a jump, all of it at once: the last 5 bytes of the 8 before the entry. */
static void x86_look_up(uint8_t *entry)
{
	const uint8_t *to = *x86_guest->lookup;
	uint8_t tail[8];
	uint32_t d = rel32(entry - 4, to);
	uint64_t all;

	memcpy(tail, entry - 8, 8);
	tail[3] = 0xe9;
	memcpy(tail + 4, &d, 4);
	memcpy(&all, tail, 8);
	__atomic_store_n((uint64_t *)(void *)(entry - 8), all, __ATOMIC_RELEASE);
	put_field(entry - PREHEADER + PREHEADER_FIELD, 0);
}

/* Offset 0 of the cache is what an empty jump table entry leads to for pc 0. */
static void null_target(void)
{
	struct code c = {.p = cache_base, .limit = cache_base + 64};

	asm_jmp(&c, x86_guest->exit_none);
}

static const struct x86_guest *const x86_guests[] = {&x86_guest_i386, &x86_guest_arm};

static const struct x86_guest *find_guest(const struct guest *g)
{
	for (unsigned i = 0; i < sizeof x86_guests / sizeof *x86_guests; i++)
		if (x86_guests[i]->guest == g)
			return x86_guests[i];
	return NULL;
}

static bool x86_translates(const struct guest *g)
{
	return find_guest(g);
}

static void x86_init(const struct guest *g)
{
	x86_has_bmi2 = CPU_FEATURE_ACTIVE(BMI2);
	x86_guest = find_guest(g);
	jump_shift = x86_guest->jump_shift;
	if (x86_guest->init)
		x86_guest->init();
	null_target();
}

static enum stop x86_run(struct cpu *cpu, const uint8_t *host)
{
	return x86_guest->enter(cpu, host);
}

const struct backend backend = {
	.name = "x86-64",
	.translates = x86_translates,
	.init = x86_init,
	.text = (uintptr_t)x86_stubs_begin,
	.emit = x86_emit,
	.enter = x86_run,
	.link = x86_link_site,
	.trap_at = x86_trap_at,
	.close_entry = x86_close_entry,
	.look_up = x86_look_up,
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
	.push_return = x86_push_return,
	.pop_return = x86_pop_return,
	.reset_ret_stack = x86_reset_ret_stack,
};

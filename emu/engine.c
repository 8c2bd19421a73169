/* SPDX-License-Identifier: MIT */
/* The run loop: find or make the block at the guest's pc, enter it, see why it came back. */
#include "emu/engine.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/backend.h"
#include "emu/block.h"
#include "emu/guest.h"
#include "emu/hot.h"
#include "emu/host_signal.h"
#include "emu/populate.h"
#include "emu/unit.h"
#include "emu/window.h"
#include "emu/window_map.h"
#include "syscalls/row.h"

_Thread_local struct cpu *cpu_self;
HOT_DATA bool cpu_shares;
uint32_t vdso_guest_start, vdso_guest_size;

void (*engine_translated)(const struct block *b);
HOT_DATA bool (*engine_service)(struct cpu *cpu, engine_again *again);

static bool interpreting; /* nothing is translated */
static bool patient;      /* what is not translated yet is interpreted first, so far */
static size_t interp_size; /* of a thread's interpreter; the same for all, for their stacks are used again */
static struct cpu *all_cpus; /* block_lock */
static struct unit the_unit; /* block_lock */

#define PATIENT_BLOCKS 256       /* a program with so many will run on */
#define WRITES_BEFORE_CHECKING 4 /* of a watched page; then its blocks check themselves */
/* A bit a page: engine_relies_on(). By page_slot(). */
static BIG_TABLE uint8_t relied_on[(1u << 20) / 8];

int engine_init(const struct guest *g, enum engine_kind kind)
{
	int r = block_init(backend.text);

	interpreting = kind == ENGINE_INTERP || r < 0 || !backend.translates(g);
	patient = !interpreting && kind == ENGINE_BOTH && g->interpret_cold;
	interp_size = interpreting ? INTERP_SIZE : patient ? INTERP_COLD_SIZE : 0;
	if (r < 0 && !g->interpret)
		return r;
	backend.init(g);
	window_code_changed = engine_code_changed;
	return 0;
}

/* ---- threads ---- */

/* [signal stack | interpreter | guard | return stack] */
size_t engine_stacks_size(void)
{
	return ALTSTACK_SIZE + interp_size + GUEST_PAGE + RET_STACK_SIZE;
}

void engine_thread_start(struct cpu *cpu)
{
	uint8_t *p = cpu->stacks;
	stack_t ss = {.ss_sp = p, .ss_size = ALTSTACK_SIZE};

	cpu_self = cpu;
	cpu->interp = p + ALTSTACK_SIZE;
	cpu->interp_size = interp_size;
	cpu->unwind = NULL;
	cpu->jump_table = jump_table;
	backend.reset_ret_stack(cpu, p + engine_stacks_size());
	sys_raw(SYS_sigaltstack, &ss, NULL);
	block_lock();
	cpu->next_cpu = all_cpus;
	cpu->prev_cpu = &all_cpus;
	if (all_cpus)
		all_cpus->prev_cpu = &cpu->next_cpu;
	all_cpus = cpu;
	block_unlock();
}

void engine_thread_end(struct cpu *cpu)
{
	if (!cpu->prev_cpu) /* killed before it could start */
		return;
	block_lock();
	*cpu->prev_cpu = cpu->next_cpu;
	if (cpu->next_cpu)
		cpu->next_cpu->prev_cpu = cpu->prev_cpu;
	block_unlock();
}

void engine_fork_prepare(void)
{
	block_lock();
}

void engine_fork_parent(void)
{
	block_unlock();
}

/* The other threads are gone. A child writes most of these pages at once, and the kernel has not copied where files are mapped. */
void engine_fork_child(struct cpu *cpu)
{
	if (hot_begin) {
		populate((void *)((uintptr_t)hot_begin - GUEST_PAGE), hot_end - hot_begin + GUEST_PAGE); /* with the last that are not zero */
		populate_read(start_text, start_text_end - start_text);
	}
	block_fork_child();
	all_cpus = cpu;
	cpu_shares = false;
	cpu->next_cpu = NULL;
	cpu->prev_cpu = &all_cpus;
	block_unlock();
}

/* ---- a full cache ---- */

/* Every other thread is brought out of translated code and kept out; block_lock is held. */
static void stop_others(struct cpu *self)
{
	for (struct cpu *c = all_cpus; c; c = c->next_cpu) {
		if (c == self)
			continue;
		atomic_fetch_or(&c->attention, ATTENTION_FLUSH);
		while (atomic_load(&c->in_code)) {
			host_kick(c);
			sys_raw(SYS_sched_yield);
		}
	}
}

static void flush(struct cpu *self)
{
	stop_others(self);
	block_flush();
	for (struct cpu *c = all_cpus; c; c = c->next_cpu) {
		c->ret_sp = c->ret_base;
		atomic_fetch_and(&c->attention, ~ATTENTION_FLUSH);
	}
}

/* ---- translating ---- */

/*
 * A page is watched from now on. True if it cannot be: the host's kernel may write it in a call that another thread makes,
 * and would say EFAULT.
 */
static bool watch_in_vain(const struct cpu *self, uint32_t page)
{
	if (window_watched(page << 12))
		return false;
	window_watch_code(page << 12);
	for (const struct cpu *c = all_cpus; c && window_watched(page << 12); c = c->next_cpu)
		if (c != self && page < atomic_load(&c->out_end) && page >= atomic_load(&c->out_first)) {
			window_unwatch_code(page << 12);
			return true;
		}
	return false;
}

/* A page is watched before its bytes count, so that no store in between is missed. */
static unsigned watch(const struct cpu *cpu, uint32_t page)
{
	if (cpu->guest->flushes) {
		window_mark_code(page << 12);
		return 0;
	}
	if (window_writes(page << 12) >= WRITES_BEFORE_CHECKING || window_aliased(page << 12) || watch_in_vain(cpu, page)) {
		window_mark_code(page << 12);
		return EMIT_CHECKED;
	}
	return 0;
}

bool engine_relies_on(uint32_t addr)
{
	uint32_t page = addr >> 12;

	if (window_writes(page << 12) >= WRITES_BEFORE_CHECKING || window_aliased(page << 12) || watch_in_vain(cpu_self, page) ||
	    !window_watch_code(page << 12))
		return false;
	if (!(relied_on[page_slot(page) / 8] >> page % 8 & 1)) /* a page less to copy in a forked child */
		relied_on[page_slot(page) / 8] |= 1u << page % 8;
	return true;
}

/* Decode at pc, both pages of the unit watched. */
static unsigned read_unit(struct cpu *cpu, struct unit *u, uint32_t pc)
{
	unsigned how = watch(cpu, pc >> 12);

	u->pc = pc;
	u->known = how ? 0 : block_next(pc);
	cpu->guest->decode(u, cpu, pc);
	if (u->n && (u->end - 1) >> 12 != pc >> 12) {
		how |= watch(cpu, (u->end - 1) >> 12);
		if (!cpu->guest->flushes) /* else no store is watched for */
			cpu->guest->decode(u, cpu, pc);
	}
	return how;
}

static void liveness(const struct cpu *cpu, struct unit *u, unsigned how)
{
	if (cpu->guest->live_at)
		unit_liveness(u, cpu->guest->live_at, !how);
}

static const uint8_t *translate(struct cpu *cpu, uint32_t pc, unsigned how)
{
	struct unit *u = &the_unit;
	struct block *b;
	uint8_t *at;
	uint32_t room;

	how |= read_unit(cpu, u, pc);
	if (!u->n)
		return NULL;
	if (how & EMIT_SINGLE)
		unit_cut(u, 1);
	if (how & EMIT_CHECKED)
		unit_cut_at_store(u);
	if (!how)
		unit_cut_at_known(u);
	liveness(cpu, u, how);
	at = block_room(&room);
	if (!at) {
		flush(cpu);
		at = block_room(&room);
	}
	b = backend.emit(cpu, u, how, at, room);
	if (block_stats.blocks >= PATIENT_BLOCKS)
		patient = false;
	if (b && engine_translated)
		engine_translated(b);
	return b ? cache_base + b->host : NULL;
}

/* For indirect jumps to find it too, unless it is wanted by a direct one that will be linked. now: translate it if need be. */
static __attribute__((noinline)) const uint8_t *find(struct cpu *cpu, uint32_t pc, bool indirect, bool now)
{
	const uint8_t *host;

	window_lock();
	block_lock();
	host = block_find(pc);
	if (host)
		block_stats.hits++;
	else if (now)
		host = translate(cpu, pc, 0);
	if (host && indirect)
		jump_set(pc, host);
	block_unlock();
	window_unlock();
	return host;
}

/* Was code in [start, end) looked at for units elsewhere? Nobody knows which: then all go. */
static bool forget_relied_on(uint32_t start, uint64_t end)
{
	bool any = false;

	for (uint64_t page = start >> 12; page <= (end - 1) >> 12; page++) {
		any |= relied_on[page_slot(page) / 8] >> page % 8 & 1;
		relied_on[page_slot(page) / 8] &= ~(1u << page % 8);
	}
	return any;
}

void engine_code_changed(uint32_t start, uint64_t end)
{
	/* Units also depend on code of their pages that they only looked at: live_at(). */
	if (cpu_self && cpu_self->guest->live_at) {
		start &= ~GUEST_PAGE_MASK;
		end = (end + GUEST_PAGE_MASK) & ~(uint64_t)GUEST_PAGE_MASK;
	}
	if (cpu_self && cpu_self->guest->forget)
		cpu_self->guest->forget(start, end);
	block_lock();
	if (forget_relied_on(start, end)) {
		start = 0;
		end = 1ull << 32;
	}
	block_kill_range(start, end);
	block_unlock();
}

bool engine_write_fault(uint32_t addr, bool by_protection)
{
	uint32_t page = addr & ~GUEST_PAGE_MASK;
	bool again;

	if (window_lock_mine()) /* a look at code that is not there */
		return false;
	window_lock();
	again = window_watched(page);
	if (again) {
		window_count_write(page);
		engine_code_changed(page, (uint64_t)page + GUEST_PAGE);
		window_unwatch_code(page);
	} else if (by_protection) { /* watched when it faulted, and another thread was here before: now it can be written */
		again = window_prot(ga(page)) > 0 && window_prot(ga(page)) & PROT_WRITE;
	}
	window_unlock();
	return again;
}

/*
 * The block at pc made again where it is, so that what leads to it stays right: if no other thread may be in it, no
 * return into it is expected, and the new one fits.
 */
static bool remake(struct cpu *cpu, uint32_t pc)
{
	struct unit *u = &the_unit;
	const uint8_t *host = block_find(pc);
	struct block *b = host ? block_at((uintptr_t)host) : NULL;
	unsigned how;
	uint32_t room;
	uint8_t *at;

	if (!b || b->pc != pc || !(b->flags & BLOCK_CHECKED) || b->n_landings || all_cpus != cpu || cpu->next_cpu)
		return false;
	how = read_unit(cpu, u, pc);
	if (!u->n || !(how & EMIT_CHECKED))
		return false;
	unit_cut_at_store(u);
	liveness(cpu, u, how);
	at = block_again(b, u->end, &room);
	return at && backend.emit(cpu, u, how, at, room);
}

bool engine_stale(struct cpu *cpu, uint32_t pc)
{
	bool made;

	window_lock();
	block_lock();
	made = remake(cpu, pc);
	block_unlock();
	if (!made)
		engine_code_changed(pc, (uint64_t)pc + 1);
	window_unlock();
	return true;
}

uint32_t engine_guest_pc(uintptr_t host)
{
	const struct block *b = block_at(host);
	bool exact;

	return b ? block_pc_at(b, host, &exact) : 0;
}

/* ---- running ---- */

/* The guest may not execute at pc: why, as the kernel would tell. */
static enum stop fetch_fault(struct cpu *cpu, uint32_t pc)
{
	cpu->guest->fetch_fault(cpu, pc);
	return STOP_FAULT;
}

static void link_exit(struct cpu *cpu, uint32_t pc, const uint8_t *to)
{
	struct block *b;

	block_lock();
	b = block_at((uintptr_t)to);
	/* a flush or kill since then makes the site meaningless or harmless: only link what is still the same cache */
	if (cpu->link_epoch == cache_flushes && b && !(b->flags & BLOCK_DEAD)) {
		if (!block_stand_for(cpu->link_site, to))
			backend.link(cpu->link_site, pc, to);
		block_stats.links++;
	}
	block_unlock();
}

/* One guest instruction, because the guest asked for single-stepping. */
static enum stop run_single(struct cpu *cpu)
{
	uint32_t pc = cpu->guest->get_pc(cpu);
	const uint8_t *host;
	enum stop stop;

	window_lock();
	block_lock();
	host = translate(cpu, pc, EMIT_SINGLE);
	if (host)
		block_kill_quiet(host);
	block_unlock();
	window_unlock();
	if (!host)
		return fetch_fault(cpu, pc);
	cpu->single = true;
	stop = backend.enter(cpu, host);
	cpu->single = false;
	cpu->guest->keep_stepping(cpu);
	if (stop == STOP_HELPER && !cpu->helper(cpu, cpu->helper_arg))
		return STOP_FAULT;
	if (stop == STOP_NONE || stop == STOP_HELPER) {
		if (cpu->guest->get_pc(cpu) == pc && atomic_load(&cpu->attention))
			return STOP_NONE; /* abandoned before it ran */
		cpu->guest->step_trap(cpu);
		return STOP_FAULT;
	}
	return stop;
}

/*
 * Where the guest goes on behind calls and helpers is remembered for each thread, not in the jump table: of that, each place would
 * take a page for itself in a program that has only begun. Good until code is dropped.
 */
static HOT const uint8_t *go_on(struct cpu *cpu, uint32_t pc, bool now)
{
	struct go_on *at = &cpu->go_on[pc * 0x9e3779b1u >> (32 - GO_ON_BITS)];
	uint64_t epoch = __atomic_load_n(&cache_epoch, __ATOMIC_ACQUIRE);

	if (at->pc != pc || at->epoch != epoch || !at->host) {
		const uint8_t *host = find(cpu, pc, false, now);

		*at = (struct go_on){.pc = pc, .epoch = epoch, .host = host ? (uint32_t)(host - cache_base) : 0};
		return host;
	}
	return cache_base + at->host;
}

HOT bool engine_serve(struct cpu *cpu, engine_again *again)
{
	return engine_service && !cpu->single && engine_service(cpu, again);
}

HOT bool engine_served(struct cpu *cpu, engine_again *again)
{
	const uint8_t *host;

	cpu->fault_unit = 0;
	cpu->stop = STOP_SIGNAL;
	if (atomic_load(&cpu->attention))
		return false;
	cpu->stop = STOP_ON;
	if (cpu->guest->stepping(cpu))
		return false;
	if (cpu->guest->settle) {
		enum stop stop = cpu->guest->settle(cpu);

		if (stop != STOP_NONE) {
			cpu->stop = stop;
			return false;
		}
	}
	cpu->link_epoch = cache_flushes;
	host = go_on(cpu, cpu->guest->get_pc(cpu), !patient);
	return host && again(cpu, host);
}

enum stop engine_run(struct cpu *cpu)
{
	enum stop stop = STOP_ON;
	bool now = !patient;

	for (;;) {
		uint32_t pc, attention = atomic_load(&cpu->attention);
		const uint8_t *host;

		if (attention) {
			if (attention & ATTENTION_FLUSH) { /* wait until it is done */
				block_lock();
				block_unlock();
			}
			if (attention & ATTENTION_SIGNAL)
				return STOP_SIGNAL;
			atomic_fetch_and(&cpu->attention, ~ATTENTION_KICK);
		}
		if (cpu->guest->stepping(cpu)) {
			stop = run_single(cpu);
			if (stop != STOP_NONE)
				return stop;
			continue;
		}
		if (interpreting) {
			stop = cpu->guest->interpret(cpu);
			if (stop != STOP_NONE)
				return stop;
			continue;
		}
		if (cpu->guest->settle) {
			enum stop r = cpu->guest->settle(cpu);

			if (r != STOP_NONE)
				return r;
		}
		pc = cpu->guest->get_pc(cpu);
		if (stop == STOP_LINK)
			host = find(cpu, pc, false, now);
		else if (stop == STOP_NONE)
			host = jump_probe(pc) ?: find(cpu, pc, true, now);
		else
			host = go_on(cpu, pc, now);
		if (!host && !now) {
			stop = cpu->guest->interpret_cold(cpu);
			if (stop != STOP_NONE && stop != STOP_ON && stop != STOP_CALLED)
				return stop;
			now = stop != STOP_NONE;
			continue;
		}
		if (patient && now) {
			if (stop == STOP_CALLED)
				backend.push_return(cpu);
			else
				backend.pop_return(cpu, pc);
			now = false;
		}
		if (!host)
			return fetch_fault(cpu, pc);
		if (stop == STOP_LINK)
			link_exit(cpu, pc, host);
		cpu->link_epoch = cache_flushes;
		stop = backend.enter(cpu, host);
		if ((stop == STOP_FAULT || (stop == STOP_HELPER && cpu->helper == cpu->guest->fp_trap)) && cpu->fault_unit)
			cpu->guest->fault_inside(cpu, cpu->fault_unit);
		cpu->fault_unit = 0; /* what helpers a unit asks for are not in the one of an earlier fault */
		if (stop == STOP_HELPER && !cpu->helper(cpu, cpu->helper_arg))
			return STOP_FAULT;
		if (stop != STOP_NONE && stop != STOP_HELPER && stop != STOP_LINK && stop != STOP_ON)
			return stop;
	}
}

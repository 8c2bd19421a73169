/* SPDX-License-Identifier: MIT */
/*
 * The interpreter: executes uops in C, on any host. Each thread keeps what it decoded, unit by unit, in an arena of its own
 * (cpu->interp); a page's generation tells whether a unit is still what memory says.
 */
#include "emu/guest/arm/interp.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "emu/block.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/guest/arm/arm.h"
#include "emu/guest/arm/memory.h"
#include "emu/guest/arm/simd.h"
#include "emu/populate.h"
#include "emu/uop.h"

#define BYTES_PER_BUCKET 128

/* A decoded unit: n uops, the last one ARM_END, ARM_STEP or a jump. */
struct piece {
	uint32_t pc, pages[2], gen[2];
	uint32_t behind; /* guest pc */
	bool calls;      /* unless it goes on behind */
	uint32_t next; /* offset in the arena, 0: none */
	struct arm_uop u[];
};

struct arena {
	uint32_t used, size; /* bytes from its beginning */
	uint32_t n_buckets;
	uint32_t hash[];     /* offsets of pieces; these lie behind */
};

static BIG_TABLE uint32_t page_gen[1u << 20];

/* Where a fault in guest memory goes back to. */
static _Thread_local void *unwind_to[5];

/* ---- faults ---- */

static __attribute__((noinline, noreturn)) void arm_unwind(void)
{
	__builtin_longjmp(unwind_to, 1);
}

void arm_misaligned(struct cpu *cpu, uint32_t addr)
{
	cpu->fault = (struct fault){.sig = SIGBUS, .code = BUS_ADRALN, .addr = addr, .err = 1};
	arm_unwind();
}

/* The instruction at `at` did not happen; pc of the unit it is in, or of itself. */
static void fault_at(struct cpu *cpu, const struct arm_uop *at, uint32_t start)
{
	cpu->arm.r[15] = at->pc & ~1u;
	if (at->attr & UA_IT && start != at->pc)
		cpu->arm.cpsr = (cpu->arm.cpsr & ~CPSR_IT) | arm_it_at(start, at->pc);
}

/* ---- operands ---- */

static inline uint32_t reg(const uint32_t *r, const struct arm_uop *u, unsigned n)
{
	return n == ARM_PC ? arm_r15(u) : r[n];
}

static uint32_t shift_by_reg(unsigned form, uint32_t v, unsigned n, uint32_t *carry)
{
	if (!n)
		return v;
	switch (form) {
	case ARM_LSL_REG:
		*carry = n <= 32 ? v >> (32 - n) & 1 : 0;
		return n < 32 ? v << n : 0;
	case ARM_LSR_REG:
		*carry = n <= 32 ? v >> (n - 1) & 1 : 0;
		return n < 32 ? v >> n : 0;
	case ARM_ASR_REG:
		if (n >= 32) {
			*carry = v >> 31;
			return (int32_t)v >> 31;
		}
		*carry = v >> (n - 1) & 1;
		return (int32_t)v >> n;
	default:
		n &= 31;
		if (n)
			v = v >> n | v << (32 - n);
		*carry = v >> 31;
		return v;
	}
}

/* op2 and its carry-out; *carry is C on entry. */
static inline uint32_t operand2(const uint32_t *r, const struct arm_uop *u, uint32_t *carry)
{
	uint32_t v;

	if (u->form == ARM_IMM) {
		if (u->carry != CARRY_KEEP)
			*carry = u->carry;
		return u->imm;
	}
	v = reg(r, u, u->m);
	switch (u->form) {
	case ARM_REG:
		return v;
	case ARM_LSL:
		*carry = v >> (32 - u->amount) & 1;
		return v << u->amount;
	case ARM_LSR:
		*carry = v >> (u->amount - 1) & 1;
		return u->amount == 32 ? 0 : v >> u->amount;
	case ARM_ASR:
		*carry = v >> (u->amount - 1) & 1;
		return (int32_t)v >> (u->amount == 32 ? 31 : u->amount);
	case ARM_ROR:
		*carry = v >> (u->amount - 1) & 1;
		return v >> u->amount | v << (32 - u->amount);
	case ARM_RRX: {
		uint32_t c = *carry;

		*carry = v & 1;
		return v >> 1 | c << 31;
	}
	default:
		return shift_by_reg(u->form, v, reg(r, u, u->a) & 0xff, carry);
	}
}

/* Operand of the few ops outside data processing that shift by an immediate. */
uint32_t arm_operand(const uint32_t *r, const struct arm_uop *u)
{
	uint32_t carry = 0;

	return operand2(r, u, &carry);
}

static inline uint32_t nz(uint32_t cpsr, uint32_t v)
{
	return (cpsr & ~(CPSR_N | CPSR_Z)) | (v & CPSR_N) | (v ? 0 : CPSR_Z);
}

static inline uint32_t with_carry(uint32_t cpsr, uint32_t c)
{
	return (cpsr & ~CPSR_C) | c << 29;
}

/* a + b + c, with all flags if asked for. */
static inline uint32_t add(uint32_t *cpsr, bool s, uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t sum = (uint64_t)a + b + c;
	uint32_t v = (uint32_t)sum;

	if (s)
		*cpsr = (nz(*cpsr, v) & ~(CPSR_C | CPSR_V)) | (uint32_t)(sum >> 32) << 29 | (~(a ^ b) & (a ^ v)) >> 31 << 28;
	return v;
}

/* Data processing, without the place of the result. */
static inline uint32_t compute(const uint32_t *r, const struct arm_uop *u, uint32_t *cpsr)
{
	bool s = u->attr & UA_S;
	uint32_t c = *cpsr >> 29 & 1, carry = c;
	uint32_t b = operand2(r, u, &carry);
	uint32_t a = u->n == ARM_NONE ? 0 : reg(r, u, u->n), v;

	switch (u->op) {
	case ARM_SUB:
	case ARM_CMP:
		return add(cpsr, s, a, ~b, 1);
	case ARM_RSB:
		return add(cpsr, s, b, ~a, 1);
	case ARM_ADD:
	case ARM_CMN:
		return add(cpsr, s, a, b, 0);
	case ARM_ADC:
		return add(cpsr, s, a, b, c);
	case ARM_SBC:
		return add(cpsr, s, a, ~b, c);
	case ARM_RSC:
		return add(cpsr, s, b, ~a, c);
	case ARM_AND:
	case ARM_TST:
		v = a & b;
		break;
	case ARM_EOR:
	case ARM_TEQ:
		v = a ^ b;
		break;
	case ARM_ORR:
		v = a | b;
		break;
	case ARM_BIC:
		v = a & ~b;
		break;
	case ARM_MVN:
		v = ~b;
		break;
	case ARM_ORN:
		v = a | ~b;
		break;
	default: /* MOV */
		v = b;
		break;
	}
	if (s)
		*cpsr = with_carry(nz(*cpsr, v), carry);
	return v;
}

/* ---- jumps ---- */

static void jump_key(struct cpu *cpu, uint32_t key)
{
	cpu->arm.r[15] = key & ~1u;
	cpu->arm.cpsr = (cpu->arm.cpsr & ~(CPSR_T | CPSR_IT)) | (key & 1 ? CPSR_T : 0);
}

static void jump(struct cpu *cpu, const struct arm_uop *u, uint32_t to)
{
	bool t = u->attr & UA_BX ? to & 1 : u->pc & 1;

	jump_key(cpu, t ? to | 1 : to & ~3u);
}

/* ---- memory ---- */

struct place {
	uint32_t addr, back; /* what n becomes */
};

static inline struct place address(const uint32_t *r, const struct arm_uop *u, uint32_t cpsr)
{
	uint32_t base = u->n == ARM_NONE ? 0 : reg(r, u, u->n), off, c = cpsr >> 29 & 1;

	if (u->form == ARM_IMM)
		off = u->imm;
	else
		off = operand2(r, u, &c);
	if (u->attr & UA_SUB)
		off = -off;
	return (struct place){u->attr & UA_POST ? base : base + off, base + off};
}

static void load_multiple(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t *r = cpu->arm.r, v[16], base = r[u->n], at = base + u->imm;
	unsigned n = 0;

	for (unsigned l = u->list; l; l &= l - 1, at += 4)
		v[n++] = arm_load32(at);
	if (u->attr & UA_WB)
		r[u->n] = base + u->imm2;
	n = 0;
	for (unsigned l = u->list & 0x7fff; l; l &= l - 1)
		r[__builtin_ctz(l)] = v[n++];
	if (u->list >> ARM_PC)
		jump(cpu, u, v[n]);
}

static void store_multiple(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t *r = cpu->arm.r, base = r[u->n], at = base + u->imm;

	for (unsigned l = u->list; l; l &= l - 1, at += 4)
		arm_store32(at, reg(r, u, __builtin_ctz(l)));
	if (u->attr & UA_WB)
		r[u->n] = base + u->imm2;
}

static void set_cpsr(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t v = arm_operand(cpu->arm.r, u);
	uint32_t mask = (u->list & 8 ? CPSR_NZCV | CPSR_Q : 0) | (u->list & 4 ? CPSR_GE : 0);

	cpu->arm.cpsr = (cpu->arm.cpsr & ~mask) | (v & mask);
}

/* ---- the loop ---- */

#define LOAD(type, bits) \
	do { \
		struct place p = address(r, u, cpu->arm.cpsr); \
		uint32_t v; \
		cpu->arm.at = u; \
		v = (type)arm_load##bits(p.addr); \
		if (u->attr & UA_WB) \
			r[u->n] = p.back; \
		r[u->d] = v; \
	} while (0)

#define STORE(bits) \
	do { \
		struct place p = address(r, u, cpu->arm.cpsr); \
		cpu->arm.at = u; \
		arm_store##bits(p.addr, reg(r, u, u->d)); \
		if (u->attr & UA_WB) \
			r[u->n] = p.back; \
	} while (0)

/* From u on to the end of its unit, which began at start. STOP_HELPER: arm_execute() is to do the one at r[15]. */
static enum stop run(struct cpu *cpu, const struct arm_uop *u, uint32_t start)
{
	uint32_t *r = cpu->arm.r;

	for (;; u++) {
		if (u->cond != ARM_AL && !arm_holds(u->cond, cpu->arm.cpsr))
			continue;
		switch (u->op) {
		case ARM_AND: case ARM_EOR: case ARM_SUB: case ARM_RSB: case ARM_ADD: case ARM_ADC: case ARM_SBC: case ARM_RSC:
		case ARM_ORR: case ARM_MOV: case ARM_BIC: case ARM_MVN: case ARM_ORN: {
			uint32_t v = compute(r, u, &cpu->arm.cpsr);

			if (u->d == ARM_PC) {
				jump(cpu, u, v);
				return STOP_NONE;
			}
			r[u->d] = v;
			break;
		}
		case ARM_TST: case ARM_TEQ: case ARM_CMP: case ARM_CMN:
			compute(r, u, &cpu->arm.cpsr);
			break;
		case ARM_MOVT:
			r[u->d] = (r[u->d] & 0xffff) | u->imm << 16;
			break;
		case ARM_LDR:
			if (u->d == ARM_PC) {
				struct place p = address(r, u, cpu->arm.cpsr);
				uint32_t to;

				cpu->arm.at = u;
				to = arm_load32(p.addr);
				if (u->attr & UA_WB)
					r[u->n] = p.back;
				jump(cpu, u, to);
				return STOP_NONE;
			}
			LOAD(uint32_t, 32);
			break;
		case ARM_LDRB:
			LOAD(uint8_t, 8);
			break;
		case ARM_LDRH:
			LOAD(uint16_t, 16);
			break;
		case ARM_LDRSB:
			LOAD(int8_t, 8);
			break;
		case ARM_LDRSH:
			LOAD(int16_t, 16);
			break;
		case ARM_STR:
			STORE(32);
			break;
		case ARM_STRB:
			STORE(8);
			break;
		case ARM_STRH:
			STORE(16);
			break;
		case ARM_LDRD: {
			struct place p = address(r, u, cpu->arm.cpsr);
			uint32_t low, high;

			cpu->arm.at = u;
			low = arm_load32(p.addr);
			high = arm_load32(p.addr + 4);
			if (u->attr & UA_WB)
				r[u->n] = p.back;
			r[u->d] = low;
			r[u->a] = high;
			break;
		}
		case ARM_STRD: {
			struct place p = address(r, u, cpu->arm.cpsr);

			cpu->arm.at = u;
			arm_store32(p.addr, r[u->d]);
			arm_store32(p.addr + 4, r[u->a]);
			if (u->attr & UA_WB)
				r[u->n] = p.back;
			break;
		}
		case ARM_LDM:
			cpu->arm.at = u;
			load_multiple(cpu, u);
			if (u->list >> ARM_PC)
				return STOP_NONE;
			break;
		case ARM_STM:
			cpu->arm.at = u;
			store_multiple(cpu, u);
			break;
		case ARM_B:
		case ARM_END:
			jump_key(cpu, u->imm);
			return STOP_NONE;
		case ARM_CBZ:
		case ARM_CBNZ:
			if ((r[u->n] == 0) == (u->op == ARM_CBZ)) {
				jump_key(cpu, u->imm);
				return STOP_NONE;
			}
			break;
		case ARM_BL:
			r[ARM_LR] = arm_next(u);
			jump_key(cpu, u->imm);
			return STOP_NONE;
		case ARM_BX:
			jump(cpu, u, reg(r, u, u->m));
			return STOP_NONE;
		case ARM_BLX: {
			uint32_t to = r[u->m];

			r[ARM_LR] = arm_next(u);
			jump(cpu, u, to);
			return STOP_NONE;
		}
		case ARM_TBB:
			cpu->arm.at = u;
			jump(cpu, u, arm_r15(u) + 2 * arm_load8(reg(r, u, u->n) + r[u->m]));
			return STOP_NONE;
		case ARM_TBH:
			cpu->arm.at = u;
			jump(cpu, u, arm_r15(u) + 2 * arm_load16(reg(r, u, u->n) + 2 * r[u->m]));
			return STOP_NONE;
		case ARM_SVC:
			cpu->arm.r[15] = arm_next(u) & ~1u;
			return STOP_SYSCALL;
		case ARM_HOSTCALL:
			cpu->arm.r[15] = arm_next(u) & ~1u;
			cpu->hostcall = u->imm;
			return STOP_HOSTCALL;
		case ARM_STEP:
			cpu->arm.r[15] = u->pc & ~1u;
			return STOP_HELPER;
		case ARM_UDF:
		case ARM_BKPT:
			fault_at(cpu, u, start);
			arm_raise(cpu, u->op);
			return STOP_FAULT;
		case ARM_MRS:
			r[u->d] = (cpu->arm.cpsr & (CPSR_NZCV | CPSR_Q | CPSR_GE)) | CPSR_USER;
			break;
		case ARM_MSR:
			set_cpsr(cpu, u);
			break;
		case ARM_GET_TLS:
			r[u->d] = cpu->arm.tls;
			break;
		case ARM_GET_TLSW:
			r[u->d] = cpu->arm.tpidrurw;
			break;
		case ARM_SET_TLSW:
			cpu->arm.tpidrurw = r[u->d];
			break;
		case ARM_GET_CNT: {
			uint64_t t = arm_counter();

			r[u->d] = (uint32_t)t;
			r[u->a] = t >> 32;
			break;
		}
		case ARM_BARRIER:
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
			break;
		case ARM_ISB:
		case ARM_NOP:
		case ARM_YIELD:
			break;
		case ARM_SWP: case ARM_SWPB: case ARM_LDREX: case ARM_STREX: case ARM_CLREX: case ARM_LDA: case ARM_STL:
			cpu->arm.at = u;
			arm_exec_sync(cpu, u);
			break;
		default:
			if (u->op < ARM_SIMD) {
				arm_exec_media(cpu, u);
			} else {
				cpu->arm.at = u;
				arm_simd_execute(cpu, u);
			}
			break;
		}
	}
}

/* run() with somewhere for faults to go. */
static __attribute__((noinline)) enum stop run_safely(struct cpu *cpu, const struct arm_uop *u, uint32_t start)
{
	if (__builtin_setjmp(unwind_to) == 0) {
		enum stop stop;

		cpu->unwind = arm_unwind;
		stop = run(cpu, u, start);
		cpu->unwind = NULL;
		return stop;
	}
	cpu = cpu_self;
	cpu->unwind = NULL;
	return STOP_FAULT;
}

/* ---- one instruction ---- */

static bool fetch_one(struct cpu *cpu, uint32_t pc, uint32_t *ret_insn, unsigned *ret_len)
{
	uint8_t bytes[4];
	bool t = cpu->arm.cpsr & CPSR_T;
	unsigned have = guest_read(bytes, ga(pc), 4) == 0 ? 4 : guest_read(bytes, ga(pc), 2) == 0 ? 2 : 0;

	*ret_len = arm_fetch_insn(bytes, have, t, ret_insn);
	if (*ret_len)
		return true;
	cpu->guest->fetch_fault(cpu, pc | t);
	return false;
}

static enum stop step(struct cpu *cpu)
{
	struct arm_uop u[2];
	uint32_t pc = cpu->arm.r[15], insn;
	uint8_t it = arm_it_from_cpsr(cpu->arm.cpsr), in, out;
	bool t = cpu->arm.cpsr & CPSR_T;
	enum stop stop;
	unsigned len;

	if (!fetch_one(cpu, pc, &insn, &len))
		return STOP_FAULT;
	arm_decode(&u[0], insn, len, pc | t, it, &in, &out);
	u[1] = (struct arm_uop){.op = ARM_END, .cond = ARM_AL, .imm = arm_next(&u[0])};
	stop = run_safely(cpu, u, pc | t);
	if (stop == STOP_FAULT) {
		cpu->arm.r[15] = pc;
		return stop;
	}
	if (it)
		cpu->arm.cpsr = (cpu->arm.cpsr & ~CPSR_IT) | (cpu->arm.r[15] == pc + len ? arm_it_to_cpsr(arm_it_next(it)) : 0);
	else if (t && len == 2 && insn >> 8 == 0xbf && insn & 15)
		cpu->arm.cpsr |= arm_it_to_cpsr(insn);
	return stop;
}

bool arm_execute(struct cpu *cpu, uint32_t arg)
{
	(void)arg;
	return step(cpu) != STOP_FAULT;
}

bool arm_execute_uop(struct cpu *cpu, const struct arm_uop *uop)
{
	struct arm_uop u[2] = {*uop, {.op = ARM_END, .cond = ARM_AL, .imm = arm_next(uop)}};

	u[0].cond = ARM_AL;
	cpu->arm.r[15] = uop->pc & ~1u;
	if (run_safely(cpu, u, uop->pc) != STOP_FAULT)
		return true;
	cpu->arm.r[15] = uop->pc & ~1u;
	return false;
}

enum stop arm_settle(struct cpu *cpu)
{
	enum stop stop = STOP_NONE;

	while (cpu->arm.cpsr & CPSR_IT && stop == STOP_NONE)
		stop = step(cpu);
	return stop;
}

/* ---- decoded units ---- */

static uint32_t first_piece(const struct arena *a)
{
	return (sizeof *a + a->n_buckets * sizeof a->hash[0] + 7) & ~7u;
}

static struct arena *arena_of(struct cpu *cpu)
{
	struct arena *a = cpu->interp;

	if (!a->size) {
		a->size = cpu->interp_size;
		a->n_buckets = a->size / BYTES_PER_BUCKET;
		a->used = first_piece(a);
	}
	return a;
}

static struct piece *piece_at(struct arena *a, uint32_t off)
{
	return off ? (struct piece *)((uint8_t *)a + off) : NULL;
}

static uint32_t *bucket(struct arena *a, uint32_t pc)
{
	return &a->hash[(pc >> 1 ^ pc >> 13) & (a->n_buckets - 1)];
}

static bool is_current(const struct piece *p)
{
	return __atomic_load_n(&page_gen[p->pages[0]], __ATOMIC_RELAXED) == p->gen[0] &&
	       __atomic_load_n(&page_gen[p->pages[1]], __ATOMIC_RELAXED) == p->gen[1];
}

void arm_forget(uint32_t start, uint64_t end)
{
	for (uint64_t page = start >> 12; page << 12 < end; page++)
		__atomic_fetch_add(&page_gen[page], 1, __ATOMIC_RELEASE);
}

static struct piece *new_piece(struct arena *a, unsigned n)
{
	uint32_t size = (sizeof(struct piece) + n * sizeof(struct arm_uop) + 7) & ~7u;
	struct piece *p;

	if (a->used + size > a->size) {
		memset(a->hash, 0, a->n_buckets * sizeof a->hash[0]);
		a->used = first_piece(a);
	}
	p = (struct piece *)((uint8_t *)a + a->used);
	a->used += size;
	return p;
}

/* What arm_decode_unit() made, with its end in the form of this file: at most unit->n + 1 uops. */
static void copy_unit(struct arm_uop *to, const struct unit *unit)
{
	const struct uop *last = &unit->uop[unit->n - 1];
	unsigned n = last->op == UOP_END ? unit->n - 1 : unit->n;
	uint32_t behind = last->op == UOP_END ? last->target : last->pc + last->len;

	memcpy(to, ((const struct arm_decoded *)unit->decoded)->uop, n * sizeof *to);
	if (last->op == UOP_HELPER && last->helper == arm_execute && to[n - 1].op == ARM_NOP)
		to[n - 1].op = ARM_STEP;
	to[n] = (struct arm_uop){.op = ARM_END, .cond = ARM_AL, .imm = behind, .pc = behind};
}

static struct piece *keep(struct arena *a, const struct unit *unit, const uint32_t gen[2])
{
	struct piece *p = new_piece(a, unit->n + 1);
	uint32_t *b = bucket(a, unit->pc);

	p->pc = unit->pc;
	p->behind = unit->end | (unit->pc & 1);
	p->calls = unit->n > 1 && (unit->uop[unit->n - 2].op == UOP_CALL || unit->uop[unit->n - 2].op == UOP_CALL_IND);
	p->pages[0] = unit->pc >> 12;
	p->pages[1] = (unit->end - 1) >> 12;
	memcpy(p->gen, gen, sizeof p->gen);
	copy_unit(p->u, unit);
	p->next = *b;
	*b = (uint8_t *)p - (uint8_t *)a;
	return p;
}

static struct piece *decode_piece(struct cpu *cpu, uint32_t pc, bool straight)
{
	static AT_START struct unit unit; /* block_lock */
	struct piece *p = NULL;
	uint32_t gen[2];

	window_lock();
	block_lock();
	for (unsigned k = 0; k < 2; k++) { /* marked before its bytes count */
		uint32_t addr = (pc & ~GUEST_PAGE_MASK) + k * GUEST_PAGE;

		window_mark_code(addr);
		gen[k] = __atomic_load_n(&page_gen[addr >> 12], __ATOMIC_ACQUIRE);
	}
	unit.straight = straight;
	arm_decode_unit(&unit, cpu, pc);
	if (unit.n) {
		if (pc >> 12 == (unit.end - 1) >> 12)
			gen[1] = gen[0];
		p = keep(arena_of(cpu), &unit, gen);
	}
	block_unlock();
	window_unlock();
	return p;
}

static struct piece *find_piece(struct cpu *cpu, uint32_t pc)
{
	struct arena *a = arena_of(cpu);

	for (struct piece *p = piece_at(a, *bucket(a, pc)); p; p = piece_at(a, p->next))
		if (p->pc == pc && is_current(p))
			return p;
	return NULL;
}

/* The unit that began at pc, once. */
static enum stop run_unit(struct cpu *cpu, const struct arm_uop *u, uint32_t pc)
{
	enum stop stop = run_safely(cpu, u, pc);

	if (stop == STOP_FAULT && cpu->fault.sig != SIGILL && cpu->fault.sig != SIGTRAP)
		fault_at(cpu, cpu->arm.at, pc);
	return stop == STOP_HELPER ? step(cpu) : stop;
}

/*
 * Most code of a program that runs for a moment runs once, and to translate it would be ten times the work. How often a pc was jumped
 * to is counted by hash, for all threads and without a lock: an estimate. What is only run into is no place for a unit to begin.
 */
#define RUNS_COLD 8
#define RUNS_BITS 14
static BIG_TABLE_BEGUN uint8_t runs[1u << RUNS_BITS];

static bool is_hot(uint32_t pc)
{
	uint8_t *n = &runs[pc * 0x9e3779b1u >> (32 - RUNS_BITS)];

	if (*n >= RUNS_COLD)
		return true;
	++*n;
	return false;
}

static bool is_translated(uint32_t pc)
{
	bool known;

	block_lock();
	known = block_find(pc);
	block_unlock();
	return known;
}

/* cold: only what is not translated, up to where it is to be. */
static enum stop run_pieces(struct cpu *cpu, bool cold)
{
	struct piece *p = NULL;

	for (;;) {
		enum stop stop = arm_settle(cpu);
		uint32_t pc = cpu->guest->get_pc(cpu);
		bool jumped = !p || pc != p->behind, called = p && jumped && p->calls;

		if (stop != STOP_NONE || atomic_load_explicit(&cpu->attention, memory_order_relaxed))
			return stop;
		p = find_piece(cpu, pc);
		if (cold && ((jumped && is_hot(pc)) || (!p && is_translated(pc))))
			return called ? STOP_CALLED : STOP_ON;
		p = p ?: decode_piece(cpu, pc, cold);
		if (!p) {
			cpu->guest->fetch_fault(cpu, pc);
			return STOP_FAULT;
		}
		stop = run_unit(cpu, p->u, pc);
		if (stop != STOP_NONE)
			return stop;
	}
}

enum stop arm_interpret(struct cpu *cpu)
{
	return run_pieces(cpu, false);
}

enum stop arm_interpret_cold(struct cpu *cpu)
{
	return run_pieces(cpu, true);
}

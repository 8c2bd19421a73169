/* SPDX-License-Identifier: MIT */
/* Guest code -> uops: how far a unit goes, IT blocks, and which control-flow class each instruction is in. */
#include <sys/mman.h>

#include "emu/guest.h"
#include "emu/guest/arm/arm.h"
#include "emu/unit.h"
#include "emu/uop.h"
#include "emu/window.h"

/* What the code up to a jump seldom needs more than. */
#define STRAIGHT_BYTES 64

unsigned arm_fetch(uint8_t *buf, uint32_t addr, unsigned most)
{
	unsigned n = GUEST_PAGE - (addr & GUEST_PAGE_MASK);
	int prot = window_prot(ga(addr));

	if (prot < 0 || !(prot & PROT_EXEC))
		return 0;
	if (n < most && addr + n != 0) {
		prot = window_prot(ga(addr + n));
		if (prot >= 0 && (prot & PROT_EXEC))
			n = most;
	}
	if (n > most)
		n = most;
	if (guest_read(buf, ga(addr), n) == 0)
		return n;
	n = GUEST_PAGE - (addr & GUEST_PAGE_MASK); /* the second page only looked readable */
	return n < most && guest_read(buf, ga(addr), n) == 0 ? n : 0;
}

static uint32_t halfword(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

/* T32's first halfword 11101, 11110 or 11111: 32 bits. */
static bool is_wide(uint32_t first)
{
	return first >> 11 >= 0x1d;
}

unsigned arm_fetch_insn(const uint8_t *p, unsigned avail, bool thumb, uint32_t *ret_insn)
{
	if (!thumb) {
		if (avail < 4)
			return 0;
		*ret_insn = halfword(p) | halfword(p + 2) << 16;
		return 4;
	}
	if (avail < 2)
		return 0;
	*ret_insn = halfword(p);
	if (!is_wide(*ret_insn))
		return 2;
	if (avail < 4)
		return 0;
	*ret_insn = *ret_insn << 16 | halfword(p + 2);
	return 4;
}

uint8_t arm_it_next(uint8_t it)
{
	return it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
}

uint32_t arm_it_to_cpsr(uint8_t it)
{
	return (uint32_t)(it & 3) << 25 | (uint32_t)(it >> 2) << 10;
}

uint8_t arm_it_from_cpsr(uint32_t cpsr)
{
	return (cpsr >> 25 & 3) | (cpsr >> 10 & 0x3f) << 2;
}

/* T16 1011 1111, mask not 0. */
bool arm_is_it(uint32_t insn, unsigned len)
{
	return len == 2 && insn >> 8 == 0xbf && insn & 15;
}

uint32_t arm_it_at(uint32_t start, uint32_t pc)
{
	uint8_t bytes[ARM_UNIT_BYTES], it = 0;
	uint32_t n = pc - start, insn;
	unsigned len;

	if (!(start & 1) || n > sizeof bytes || guest_read(bytes, ga(start & ~1u), n) < 0)
		return 0;
	for (uint32_t at = 0; at < n; at += len) {
		len = arm_fetch_insn(bytes + at, n - at, true, &insn);
		if (!len)
			return 0;
		it = it ? arm_it_next(it) : arm_is_it(insn, len) ? insn & 0xff : 0;
	}
	return arm_it_to_cpsr(it);
}

static bool is_return(const struct arm_uop *u)
{
	return (u->op == ARM_BX && u->m == ARM_LR) || (u->op == ARM_MOV && u->form == ARM_REG && u->m == ARM_LR) ||
	       ((u->op == ARM_LDR || u->op == ARM_LDM) && u->n == ARM_SP && u->attr & UA_WB);
}

static void helper(struct uop *o, bool (*fn)(struct cpu *, uint32_t), uint32_t arg)
{
	o->op = UOP_HELPER;
	o->helper = fn;
	o->imm = arg;
}

/* UDF 0x5an: undefined on every processor; in our own vDSO a call to the host. */
static void hostcall(struct arm_uop *u)
{
	if (u->op == ARM_UDF && (u->imm & 0xfffffff0) == 0xe7f05af0 && in_vdso(u->pc)) {
		u->op = ARM_HOSTCALL;
		u->imm &= 15;
	}
}

/* True if nothing can come behind it. */
static bool classify(struct uop *o, const struct arm_uop *u)
{
	bool always = u->cond == ARM_AL;

	o->arm = u;
	o->cond = u->cond;
	o->op = UOP_TYPED;
	switch (u->op) {
	case ARM_B:
		o->op = always ? UOP_JMP : UOP_JCC;
		o->target = u->imm;
		return always;
	case ARM_CBZ:
	case ARM_CBNZ:
		o->op = UOP_JCC;
		o->target = u->imm;
		return false;
	case ARM_BL:
		o->op = UOP_CALL;
		o->target = u->imm;
		o->imm = arm_next(u);
		return false;
	case ARM_BLX:
		o->op = UOP_CALL_IND;
		o->imm = arm_next(u);
		return false;
	case ARM_SVC:
		o->op = UOP_SYSCALL;
		return always;
	case ARM_HOSTCALL:
		o->op = UOP_HOSTCALL;
		o->imm = u->imm;
		return true;
	case ARM_UDF:
	case ARM_BKPT:
		if (always)
			helper(o, arm_raise, u->op);
		else
			helper(o, arm_execute, 0);
		return true;
	}
	if (u->attr & UA_JUMP) {
		o->op = is_return(u) ? UOP_RET : UOP_JMP_IND;
		return always;
	}
	return false;
}

/* The unit goes on at u->end. */
static void end_unit(struct unit *u)
{
	u->uop[u->n++] = (struct uop){.op = UOP_END, .pc = u->end, .target = u->end};
}

/* Leaves the unit in the middle of an IT block, with CPSR saying where in it. */
static bool leaves_it_block(const struct arm_uop *u, uint8_t it)
{
	return it && (u->op == ARM_UDF || u->op == ARM_BKPT || (u->op == ARM_SVC && arm_it_next(it)));
}

/* Of an IT block that does not fit, IT itself sets CPSR; the rest is done one by one. */
static void split_it_block(struct unit *u)
{
	unsigned k = u->n;

	while (k && u->uop[k - 1].no_entry)
		k--;
	if (!k)
		return;
	helper(&u->uop[k - 1], arm_execute, 0);
	u->n = k;
	u->end = u->uop[k - 1].pc + u->uop[k - 1].len;
}

/* The same of one that only this unit has no room for: the next one begins with it. */
static void end_before_it_block(struct unit *u)
{
	unsigned k = u->n;

	while (k > 1 && u->uop[k - 1].no_entry)
		k--;
	if (k <= 1) {
		split_it_block(u);
		return;
	}
	u->n = k - 1;
	u->end = u->uop[k - 1].pc;
	end_unit(u);
}

/* The division, if there is one, that u jumps into, or that it begins. */
static bool finds_division(struct arm_division *v, const struct uop *o, const struct arm_uop *u, const uint8_t *bytes, unsigned avail)
{
	if (o->op == UOP_JMP_IND)
		return arm_is_data_processing(u) && arm_division_behind(v, bytes, avail, arm_next(u));
	return arm_may_divide(u) && arm_division_at(v, u->pc);
}

static void decode(struct unit *u, struct arm_decoded *d, uint32_t pc)
{
	static uint8_t bytes[ARM_UNIT_BYTES]; /* block_lock */
	unsigned avail = arm_fetch(bytes, pc & ~1u, u->straight ? STRAIGHT_BYTES : sizeof bytes), at = 0, most = ARM_UNIT_INSNS;
	bool thumb = pc & 1;
	uint8_t it = 0;

	while (u->n < most && !(d->division.pc == pc && at == d->division.step)) {
		struct uop *o = &u->uop[u->n];
		struct arm_uop *a = &d->uop[u->n];
		struct arm_division v;
		uint32_t insn;
		unsigned len = arm_fetch_insn(bytes + at, avail - at, thumb, &insn);
		bool last;

		if (!len)
			break;
		if (pc + at == u->known && u->n + UNIT_BEYOND_KNOWN < most)
			most = u->n + UNIT_BEYOND_KNOWN;
		*o = (struct uop){.pc = pc + at, .len = len, .no_entry = it != 0};
		arm_decode(a, insn, len, pc + at, it, &o->flags_in, &o->flags_out);
		if (leaves_it_block(a, it)) {
			split_it_block(u);
			return;
		}
		hostcall(a);
		last = classify(o, a);
		if (!u->straight && finds_division(&v, o, a, bytes + at + len, avail - at - len)) {
			if (v.pc == o->pc && u->n) /* the next unit begins with it */
				break;
			d->division = v;
			d->division.uop = u->n;
		}
		it = it ? arm_it_next(it) : thumb && arm_is_it(insn, len) ? insn & 0xff : 0;
		at += len;
		u->n++;
		u->end = pc + at;
		if (last)
			return;
		if (a->op == ARM_ISB || (u->straight && o->op != UOP_TYPED))
			break;
	}
	if (it)
		end_before_it_block(u);
	else if (u->n)
		end_unit(u);
}

void arm_decode_unit(struct unit *u, struct cpu *cpu, uint32_t pc)
{
	static struct arm_decoded decoded; /* block_lock */

	(void)cpu;
	u->pc = u->end = pc;
	u->n = 0;
	u->decoded = &decoded;
	decoded.division = (struct arm_division){0};
	decode(u, &decoded, pc);
	if (decoded.division.step && u->end < decoded.division.end)
		u->end = decoded.division.end;
}

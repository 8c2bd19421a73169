/* SPDX-License-Identifier: MIT */
/*
 * Loads of extension registers that another load overwrites soon, with only loads, stores and addresses between, as libc copies memory:
 * their value stays in its host register, and memory is owed it. Whoever leaves the unit there finds in a table behind it what is owed
 * at which host instruction.
 */
#define _GNU_SOURCE
#include <string.h>
#include <ucontext.h>

#include "emu/host/x86-64/arm_simd.h"

#define FIRST_XMM 8
#define LOOK_UOPS 24

static unsigned width(const struct arm_uop *u)
{
	return u->form == LANE_64 ? 2 : 1;
}

static bool moves_register(const struct arm_uop *u)
{
	return u->op == ARM_F_LDR || u->op == ARM_F_STR;
}

/* With it nobody sees what memory has of extension registers. */
static bool keeps_owed(const struct emit *e, const struct uop *o, unsigned n)
{
	const struct arm_uop *u = o->arm;

	if (o->op != UOP_TYPED || u->cond != ARM_AL || e->joins[n])
		return false;
	return moves_register(u) || u->op == ARM_NOP ||
	       ((u->op == ARM_ADD || u->op == ARM_SUB) && u->form == ARM_IMM && !(u->attr & UA_S));
}

bool owed_may_be(const struct emit *e, const struct arm_uop *u)
{
	unsigned first = u->d * width(u), words = width(u);

	if (e->how || u->cond != ARM_AL)
		return false;
	for (unsigned n = e->now + 1; n < e->u->n && n <= e->now + LOOK_UOPS; n++) {
		const struct arm_uop *next = e->u->uop[n].arm;
		unsigned at;

		if (!keeps_owed(e, &e->u->uop[n], n))
			return false;
		at = next->d * width(next);
		if (!moves_register(next) || at >= first + words || at + width(next) <= first)
			continue;
		if (at != first || width(next) != words)
			return false;
		if (next->op == ARM_F_LDR)
			return true;
	}
	return false;
}

void owed_begin(struct emit *e, uint8_t x)
{
	unsigned k = x - FIRST_XMM;

	e->owed |= 1u << k;
	e->debt_of[k] = e->n_debts;
	e->debts[e->n_debts++] = (struct debt){.begin = e->c.p - e->entry, .x = x, .first = e->held[k].first, .words = e->held[k].words};
}

/* What k holds is owed no longer: it is stored, or the next instruction overwrites it. */
static void end(struct emit *e, unsigned k)
{
	e->owed &= ~(1u << k);
	e->debts[e->debt_of[k]].end = e->c.p - e->entry;
}

static void store(struct emit *e, const struct xmm_copy *h, uint8_t x)
{
	asm_rm(&e->c, h->words == 2 ? VEX(1, 0xf2, 0x11) : VEX(1, 0xf3, 0x11), x, home_s(h->first));
}

void owed_leave(struct emit *e, unsigned k, unsigned first, unsigned words)
{
	const struct xmm_copy h = e->held[k];

	if (!(e->owed >> k & 1))
		return;
	end(e, k);
	if (h.first != first || h.words != words)
		store(e, &h, FIRST_XMM + k);
}

static void pay(struct emit *e, unsigned first, unsigned words, bool but_same)
{
	for (unsigned k = 0; k < sizeof e->held / sizeof *e->held; k++) {
		const struct xmm_copy *h = &e->held[k];
		bool same = h->first == first && h->words == words;

		if (e->owed >> k & 1 && h->first < first + words && first < h->first + h->words && !(same && but_same))
			owed_leave(e, k, 0, 0);
	}
}

void owed_pay(struct emit *e)
{
	pay(e, 0, 64, false);
}

void owed_before(struct emit *e, const struct uop *o, unsigned n)
{
	if (!e->owed)
		return;
	if (!keeps_owed(e, o, n))
		owed_pay(e);
	else if (moves_register(o->arm))
		pay(e, o->arm->d * width(o->arm), width(o->arm), true);
}

void owed_copy(const struct emit *e, struct xmm_copy held[8])
{
	for (unsigned k = 0; k < 8; k++)
		if (e->owed >> k & 1)
			held[k] = e->held[k];
}

void owed_store(struct emit *e, const struct xmm_copy held[8])
{
	for (unsigned k = 0; k < 8; k++)
		if (held[k].words)
			store(e, &held[k], FIRST_XMM + k);
}

/* Behind the unit: how many, and they. */
void owed_table(struct emit *e)
{
	uint16_t n = e->n_debts;

	if (!n)
		return;
	e->table = e->c.p - e->entry;
	ebytes(&e->c, (const char *)&n, sizeof n);
	ebytes(&e->c, (const char *)e->debts, n * sizeof *e->debts);
}

void owed_settle(struct cpu *cpu, const void *uc)
{
	const mcontext_t *m = &((const ucontext_t *)uc)->uc_mcontext;
	const struct block *b = block_at(m->gregs[REG_RIP]);
	const uint8_t *entry = b ? cache_base + b->host : NULL, *table;
	uint32_t at = b ? (uintptr_t)m->gregs[REG_RIP] - (uintptr_t)entry : 0;
	uint16_t n;

	if (!b || !(b->flags >> BLOCK_TABLE_SHIFT))
		return;
	table = entry + (b->flags >> BLOCK_TABLE_SHIFT);
	memcpy(&n, table, sizeof n);
	for (unsigned i = 0; i < n; i++) {
		struct debt d;

		memcpy(&d, table + sizeof n + i * sizeof d, sizeof d);
		if (at >= d.begin && at <= d.end)
			memcpy((uint8_t *)cpu->arm.d + 4 * d.first, &m->fpregs->_xmm[d.x], 4 * d.words);
	}
}

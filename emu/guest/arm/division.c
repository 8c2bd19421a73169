/* SPDX-License-Identifier: MIT */
/* Divisions step by step, unrolled: how libgcc divides for processors that may have no instruction for it. */
#include "emu/guest/arm/arm.h"

#define STEPS_MAX 32
#define STEPS_MIN 4
#define NOPS_MAX 3
#define STEP_BYTES 16 /* of any known */

/* The instructions of a step. */
enum { COMPARE, DOUBLE, SUBTRACT, PARTS };

/* The next instruction that does something, IT aside; its length with what is before it, or 0. */
static unsigned next_insn(struct arm_uop *u, const uint8_t *p, unsigned avail, uint32_t pc)
{
	unsigned at = 0, len;
	uint8_t it = 0, in = 0, out = 0;
	uint32_t insn;

	for (unsigned n = 0; n <= NOPS_MAX; n++) {
		len = arm_fetch_insn(p + at, avail - at, pc & 1, &insn);
		if (!len)
			return 0;
		arm_decode(u, insn, len, pc + at, it, &in, &out);
		at += len;
		if (it && arm_it_next(it)) /* only its first instruction */
			return 0;
		if (u->op != ARM_NOP)
			return at;
		it = pc & 1 && arm_is_it(insn, len) ? insn & 0xff : 0;
	}
	return 0;
}

static bool shifts_by(const struct arm_uop *u, unsigned k)
{
	return k ? u->form == ARM_LSL && u->amount == k : u->form == ARM_REG;
}

static bool is_step(const struct arm_uop part[PARTS], unsigned k)
{
	const struct arm_uop *c = &part[COMPARE], *q = &part[DOUBLE], *s = &part[SUBTRACT];

	return c->op == ARM_CMP && c->cond == ARM_AL && shifts_by(c, k) && q->op == ARM_ADC && q->cond == ARM_AL && q->form == ARM_REG &&
	       !(q->attr & (UA_S | UA_JUMP)) && q->d == q->n && q->d == q->m && s->op == ARM_SUB && s->cond == ARM_CS && shifts_by(s, k) &&
	       !(s->attr & (UA_S | UA_JUMP)) && s->d == c->n && s->n == c->n && s->m == c->m && c->n != c->m && q->d != c->n && q->d != c->m;
}

/* Length of the step at p, or 0. */
static unsigned step_at(struct arm_uop part[PARTS], const uint8_t *p, unsigned avail, uint32_t pc)
{
	unsigned at = 0;

	for (unsigned i = 0; i < PARTS; i++) {
		unsigned len = next_insn(&part[i], p + at, avail - at, pc + at);

		if (!len)
			return 0;
		at += len;
	}
	return at;
}

bool arm_division_at(struct arm_division *v, uint32_t pc)
{
	uint8_t bytes[STEPS_MAX * STEP_BYTES];
	unsigned avail = arm_fetch(bytes, pc & ~1u, sizeof bytes), at = 0, step;
	struct arm_uop part[PARTS], first;
	int k;

	step = step_at(part, bytes, avail, pc);
	first = part[COMPARE];
	if (!step || first.pc != pc || first.form != ARM_LSL || first.amount < STEPS_MIN - 1 || first.amount >= STEPS_MAX)
		return false;
	*v = (struct arm_division){.n = first.n, .d = first.m, .q = part[DOUBLE].d, .first = first.amount, .step = step, .pc = pc};
	for (k = first.amount; k >= 0; k--, at += step)
		if (step_at(part, bytes + at, avail - at, pc + at) != step || part[COMPARE].pc != pc + at || !is_step(part, k) ||
		    part[COMPARE].n != v->n || part[COMPARE].m != v->d || part[DOUBLE].d != v->q)
			return false;
	v->end = pc + at;
	return true;
}

bool arm_division_behind(struct arm_division *v, const uint8_t *p, unsigned avail, uint32_t pc)
{
	struct arm_uop u;

	return next_insn(&u, p, avail, pc) && arm_may_divide(&u) && arm_division_at(v, u.pc);
}

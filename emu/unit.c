/* SPDX-License-Identifier: MIT */
/* Units between decoding and emitting. */
#include "emu/unit.h"

#define CHECKED_INSNS 16 /* no more in a unit whose page is written often */

int unit_insn_at(const struct unit *u, uint32_t pc)
{
	unsigned lo = 0, hi = u->n;

	if (pc < u->pc || pc >= u->end)
		return -1;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (u->uop[mid].pc < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < u->n && u->uop[lo].pc == pc && u->uop[lo].op != UOP_END && !u->uop[lo].no_entry ? (int)lo : -1;
}

/* ---- where it ends ---- */

void unit_cut(struct unit *u, unsigned k)
{
	if (u->n <= k)
		return;
	u->uop[k] = (struct uop){.op = UOP_END, .pc = u->uop[k].pc, .target = u->uop[k].pc};
	u->n = k + 1;
	u->end = u->uop[k].pc;
}

void unit_cut_at_store(struct unit *u)
{
	for (unsigned n = 0; n + 1 < u->n && n < CHECKED_INSNS; n++)
		if (u->uop[n].stores) {
			unit_cut(u, n + 1);
			return;
		}
	unit_cut(u, CHECKED_INSNS);
}

static bool jumps(const struct uop *o)
{
	return o->op == UOP_JMP || o->op == UOP_JCC || o->op == UOP_END;
}

/* Does it depend on more than its instructions? */
static bool looks_further(const struct unit *u)
{
	return u->end != u->uop[u->n - 1].pc + u->uop[u->n - 1].len;
}

void unit_cut_at_known(struct unit *u)
{
	int known = unit_insn_at(u, u->known), end = known;

	if (known <= 0 || looks_further(u))
		return;
	for (unsigned n = known; n < u->n && n < known + UNIT_BEYOND_KNOWN; n++)
		if (jumps(&u->uop[n]) && u->uop[n].target >= u->pc && u->uop[n].target < u->known)
			end = n + 1;
	if (end < u->n && !u->uop[end].no_entry)
		unit_cut(u, end);
}

/* ---- liveness ---- */

/* needs: what each uop and those behind it read; `again`: from the time before. True if the unit has a loop inside, which may need
 * less than a look at its beginning told. */
static bool pass(struct unit *u, unsigned (*live_at)(const struct unit *u, uint32_t pc), bool inside, uint8_t needs[UNIT_MAX + 1], bool again)
{
	unsigned live = FL_ALL;
	bool loops = false;

	for (int n = u->n - 1; n >= 0; n--) {
		struct uop *o = &u->uop[n];

		if (jumps(o)) {
			int to = inside ? unit_insn_at(u, o->target) : -1;

			loops |= to >= 0 && to <= n;
			o->flags_target = to > n || (again && to >= 0) ? needs[to] : live_at(u, o->target);
			live = o->op == UOP_JCC ? live | o->flags_target : o->flags_target;
		} else if (o->op != UOP_RAW && o->op != UOP_TYPED) { /* a way out: whatever is there may read them all */
			live = FL_ALL;
		}
		o->flags_live = live;
		live = o->flags_in | (live & ~o->flags_out);
		needs[n] = live;
	}
	return loops;
}

void unit_liveness(struct unit *u, unsigned (*live_at)(const struct unit *u, uint32_t pc), bool inside)
{
	uint8_t needs[UNIT_MAX + 1];

	if (pass(u, live_at, inside, needs, false))
		pass(u, live_at, inside, needs, true);
}

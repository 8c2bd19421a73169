/* SPDX-License-Identifier: MIT */
/* Emitting VFP and Advanced SIMD: modes, registers in memory, and what is left to C. */
#include "emu/host/x86-64/arm_simd.h"

#include <sys/platform/x86.h>

#define CC_NE 5

extern const uint8_t arm_fp_vfp[], arm_fp_standard[], arm_fp_careful[]; /* arm_stubs.S */

struct mem constant(const void *at)
{
	return (struct mem){.base = ASM_HERE, .index = NOREG, .disp = (int32_t)((const uint8_t *)at - asm_anchor)};
}

#define HELD_FIRST 8u
#define HELD_COUNT 8

/* ---- copies of extension registers ---- */

static bool overlaps(const struct xmm_copy *h, unsigned first, unsigned words)
{
	return h->words && h->first < first + words && first < h->first + h->words;
}

/* A loop that began with it held would have found it. */
static void note_missing(struct emit *e, unsigned first, unsigned words)
{
	unsigned k = 0;

	while (k < e->loop.n_missing && (e->loop.missing[k].first != first || e->loop.missing[k].words != words))
		k++;
	if (k == sizeof e->loop.missing / sizeof *e->loop.missing)
		return;
	if (k == e->loop.n_missing)
		e->loop.missing[e->loop.n_missing++] = (struct missing){.first = first, .words = words};
	e->loop.missing[k].times++;
}

uint8_t held_find(struct emit *e, unsigned first, unsigned words)
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (e->held[k].first == first && e->held[k].words >= words)
			return HELD_FIRST + k;
	note_missing(e, first, words);
	return NOREG;
}

void held_drop(struct emit *e, unsigned first, unsigned words)
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (overlaps(&e->held[k], first, words))
			e->held[k].words = 0;
}

/* Its own place in a loop, where it has been, an empty place, or the oldest. */
static unsigned place_for_new(const struct emit *e, unsigned first, unsigned words)
{
	unsigned best = e->loop.n_kept;

	for (unsigned k = 0; k < HELD_COUNT; k++) {
		const struct xmm_copy *at = k < e->loop.n_kept ? &e->loop.kept[k] : &e->held[k];

		if (at->first == first && at->words == words)
			return k;
	}
	for (unsigned k = e->loop.n_kept; k < HELD_COUNT; k++) {
		if (!e->held[k].words)
			return k;
		if (e->held[k].stamp < e->held[best].stamp)
			best = k;
	}
	return best;
}

uint8_t held_place(struct emit *e, unsigned first, unsigned words)
{
	unsigned k = place_for_new(e, first, words);

	owed_leave(e, k, first, words);
	e->held[k].words = 0;
	return HELD_FIRST + k;
}

static void move_vec(struct emit *e, uint8_t to, uint8_t from)
{
	if (from >= 8) /* vmovaps, from in modrm.reg: a shorter encoding */
		asm_rr(&e->c, VEX(1, 0, 0x29), from, to);
	else
		asm_rr(&e->c, VEX(1, 0, 0x28), to, from);
}

void held_set(struct emit *e, unsigned first, unsigned words, bool clean, uint8_t x)
{
	unsigned k = x >= HELD_FIRST ? x - HELD_FIRST : place_for_new(e, first, words);

	held_drop(e, first, words);
	e->held[k] = (struct xmm_copy){.first = first, .words = words, .clean = clean, .stamp = ++e->held_stamp};
	if (x < HELD_FIRST)
		move_vec(e, HELD_FIRST + k, x);
}

static void load_copy(struct emit *e, unsigned k, const struct xmm_copy *h)
{
	struct op op = h->words == 4 ? VEX(1, 0, 0x10) : h->words == 2 ? VEX(1, 0xf3, 0x7e) : VEX(1, 0xf3, 0x10);

	asm_rm(&e->c, op, HELD_FIRST + k, home_s(h->first));
}

void held_reload(struct emit *e, const struct xmm_copy held[8])
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (held[k].words)
			load_copy(e, k, &held[k]);
}

/*
 * A unit that jumps to its own beginning, and knows something there, is emitted twice: the second time what the first had to load
 * is loaded before the loop, and jumps back go behind that.
 */
#define KEPT_MAX 6

static bool more_missing(const struct missing *a, const struct missing *b)
{
	return a->times > b->times;
}

/* Those that are missing most, of which no two overlap. */
static void choose_kept(struct emit *e)
{
	struct missing *m = e->loop.missing;

	e->loop.n_kept = 0;
	while (e->loop.n_kept < KEPT_MAX) {
		unsigned best = 0;

		for (unsigned k = 1; k < e->loop.n_missing; k++)
			if (more_missing(&m[k], &m[best]))
				best = k;
		if (!e->loop.n_missing || !m[best].times)
			return;
		e->loop.kept[e->loop.n_kept++] = (struct xmm_copy){.first = m[best].first, .words = m[best].words};
		for (unsigned k = 0; k < e->loop.n_missing; k++)
			if (overlaps(&e->loop.kept[e->loop.n_kept - 1], m[k].first, m[k].words))
				m[k].times = 0;
	}
}

bool loop_again(struct emit *e)
{
	if (!e->loop.seen || e->loop.on || e->c.full)
		return false;
	choose_kept(e);
	e->loop.on = e->loop.n_kept || e->loop.mode;
	return e->loop.on;
}

void loop_begin(struct emit *e)
{
	if (!e->loop.on)
		return;
	for (unsigned k = 0; k < e->loop.n_kept; k++) {
		e->held[k] = e->loop.kept[k];
		e->held[k].stamp = ++e->held_stamp;
		load_copy(e, k, &e->held[k]);
	}
	if (e->loop.mode)
		fp_mode(e, e->loop.mode);
	e->loop.entry = e->c.p;
}

bool loop_as_begun(const struct emit *e)
{
	for (unsigned k = 0; k < e->loop.n_kept; k++) {
		const struct xmm_copy *h = &e->held[k], *kept = &e->loop.kept[k];

		if (h->first != kept->first || h->words != kept->words)
			return false;
	}
	return e->fp_mode == e->loop.mode || !e->loop.mode;
}

void loop_restore(struct emit *e, const struct xmm_copy held[8], unsigned mode)
{
	for (unsigned k = 0; k < e->loop.n_kept; k++) {
		const struct xmm_copy *h = &held[k], *kept = &e->loop.kept[k];

		if (h->first != kept->first || h->words != kept->words)
			load_copy(e, k, kept);
	}
	e->fp_mode = mode;
	if (e->loop.mode)
		fp_mode(e, e->loop.mode);
}

void join_fp(struct emit *e, const struct emit_state *other)
{
	if (e->fp_mode != other->fp_mode)
		e->fp_mode = 0;
	e->aligned &= other->aligned;
	e->ordered &= other->ordered;
	if (e->ge_lanes != other->ge_lanes)
		e->ge_lanes = GE_UNKNOWN;
	e->subtract = 0;
	e->compared = NULL;
	if (memcmp(&e->exclusive, &other->exclusive, sizeof e->exclusive))
		e->exclusive.size = 0;
	for (unsigned k = 0; e->held_stamp && k < HELD_COUNT; k++)
		if (e->held[k].stamp != other->held[k].stamp || !other->held[k].words)
			e->held[k].words = 0;
}

void forget_fp(struct emit *e)
{
	e->fp_mode = 0;
	e->aligned = 0;
	e->exclusive.size = 0;
	e->ordered = false;
	e->subtract = 0;
	e->ge_lanes = GE_UNKNOWN;
	e->compared = NULL;
	if (e->held_stamp)
		held_drop(e, 0, 64);
}

bool holds_fp(const struct emit *e)
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (e->held[k].words)
			return true;
	return false;
}

void load_vec(struct emit *e, uint8_t x, unsigned reg, unsigned size)
{
	uint8_t held = held_find(e, 2 * reg, 2 * size);

	if (held != NOREG)
		move_vec(e, x, held);
	else
		asm_rm(&e->c, size == 2 ? VEX(1, 0, 0x10) : VEX(1, 0xf3, 0x7e), x, home_d(reg)); /* vmovups, vmovq */
}

uint8_t vec_in(struct emit *e, uint8_t x, unsigned reg, unsigned size)
{
	uint8_t held = held_find(e, 2 * reg, 2 * size);

	if (held == NOREG)
		load_vec(e, x, reg, size);
	return held != NOREG ? held : x;
}

uint8_t vec_place(struct emit *e, unsigned reg, unsigned size)
{
	return held_place(e, 2 * reg, 2 * size);
}

void load_clean(struct emit *e, uint8_t x, unsigned reg, unsigned size)
{
	uint8_t held = held_find(e, 2 * reg, 2 * size);

	if (size == 2 || held == NOREG || (e->held[held - HELD_FIRST].words == 2 && e->held[held - HELD_FIRST].clean))
		load_vec(e, x, reg, size);
	else
		asm_rr(&e->c, VEX(1, 0xf3, 0x7e), x, held);
}

void store_vec(struct emit *e, unsigned reg, unsigned size, uint8_t x)
{
	asm_rm(&e->c, size == 2 ? VEX(1, 0, 0x11) : VEX(1, 0x66, 0xd6), x, home_d(reg));
	held_set(e, 2 * reg, 2 * size, false, x);
}

void fp_mode(struct emit *e, unsigned mode)
{
	uint8_t *loaded;

	if (e->fp_mode == mode)
		return;
	e->fp_mode = mode;
	asm_rm(&e->c, OP(0x83), ALU_CMP, mem_base(R_CPU, CPU_FP_MODE));
	e1(&e->c, mode);
	loaded = jump_short(e, 0x74);
	e1(&e->c, 0xe8);
	e4(&e->c, rel32(e->c.p, mode == FP_MODE_VFP ? arm_fp_vfp : mode == FP_MODE_CAREFUL ? arm_fp_careful : arm_fp_standard));
	here_short(e, loaded);
}

void check_aligned(struct emit *e, uint8_t reg, uint32_t disp, unsigned align, const struct arm_uop *u)
{
	flags_clobber(e, 0);
	if (disp & (align - 1)) {
		lea(&e->c, RAX, mem_base(reg, disp));
		reg = RAX;
	}
	asm_rr(&e->c, (struct op){.code = 0xf6, .rex = 1}, 0, reg); /* test */
	e1(&e->c, align - 1);
	arm_cold_call(e, CC_NE, u);
}

bool arm_has_vectors(void)
{
	static int able; /* 0: not known yet */

	if (!able)
		able = CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(FMA) ? 1 : -1;
	return able > 0;
}

arm_emitter *arm_simd_emitter(unsigned op)
{
	arm_emitter *f;

	if (!arm_has_vectors())
		return NULL;
	f = arm_vfp_emitter(op);
	if (!f)
		f = arm_neon_emitter(op);
	if (!f)
		f = arm_crypto_emitter(op);
	return f ? f : arm_neon_float_emitter(op);
}

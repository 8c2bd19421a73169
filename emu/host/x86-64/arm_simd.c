/* SPDX-License-Identifier: MIT */
/* Emitting VFP and Advanced SIMD: modes, registers in memory, and what is left to C. */
#include "emu/host/x86-64/arm_simd.h"

#define CC_NE 5

extern const uint8_t arm_fp_vfp[], arm_fp_standard[]; /* arm_stubs.S */

struct mem constant(struct emit *e, const void *at)
{
	ebytes(&e->c, "\x48\x8d\x05", 3); /* lea rax, [rip + at] */
	e4(&e->c, rel32(e->c.p, at));
	return mem_base(RAX, 0);
}

#define HELD_FIRST 8
#define HELD_COUNT 8

/* ---- copies of extension registers ---- */

static bool overlaps(const struct xmm_copy *h, unsigned first, unsigned words)
{
	return h->words && h->first < first + words && first < h->first + h->words;
}

uint8_t held_find(const struct emit *e, unsigned first, unsigned words)
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (e->held[k].first == first && e->held[k].words >= words)
			return HELD_FIRST + k;
	return NOREG;
}

void held_drop(struct emit *e, unsigned first, unsigned words)
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (overlaps(&e->held[k], first, words))
			e->held[k].words = 0;
}

/* Where it has been, an empty place, or the oldest. */
static unsigned place_for_new(const struct emit *e, unsigned first, unsigned words)
{
	unsigned best = 0;

	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (e->held[k].first == first && e->held[k].words == words)
			return k;
	for (unsigned k = 0; k < HELD_COUNT; k++) {
		if (!e->held[k].words)
			return k;
		if (e->held[k].stamp < e->held[best].stamp)
			best = k;
	}
	return best;
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
	unsigned k;

	k = place_for_new(e, first, words);
	held_drop(e, first, words);
	e->held[k] = (struct xmm_copy){.first = first, .words = words, .clean = clean, .stamp = ++e->held_stamp};
	move_vec(e, HELD_FIRST + k, x);
}

void held_reload(struct emit *e, const struct xmm_copy held[8])
{
	for (unsigned k = 0; k < HELD_COUNT; k++) {
		const struct xmm_copy *h = &held[k];
		struct op op = h->words == 4 ? VEX(1, 0, 0x10) : h->words == 2 ? VEX(1, 0xf3, 0x7e) : VEX(1, 0xf3, 0x10);

		if (h->words)
			asm_rm(&e->c, op, HELD_FIRST + k, home_s(h->first));
	}
}

void join_fp(struct emit *e, const struct emit_state *other)
{
	if (e->fp_mode != other->fp_mode)
		e->fp_mode = 0;
	e->aligned &= other->aligned;
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (e->held[k].stamp != other->held[k].stamp || !other->held[k].words)
			e->held[k].words = 0;
}

void forget_fp(struct emit *e)
{
	e->fp_mode = 0;
	e->aligned = 0;
	held_drop(e, 0, 64);
}

bool knows_fp(const struct emit *e)
{
	for (unsigned k = 0; k < HELD_COUNT; k++)
		if (e->held[k].words)
			return true;
	return e->fp_mode != 0 || e->aligned;
}

void load_vec(struct emit *e, uint8_t x, unsigned reg, unsigned size)
{
	uint8_t held = held_find(e, 2 * reg, 2 * size);

	if (held != NOREG)
		move_vec(e, x, held);
	else
		asm_rm(&e->c, size == 2 ? VEX(1, 0, 0x10) : VEX(1, 0xf3, 0x7e), x, home_d(reg)); /* vmovups, vmovq */
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
	e4(&e->c, rel32(e->c.p, mode == FP_MODE_VFP ? arm_fp_vfp : arm_fp_standard));
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
		able = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : -1;
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

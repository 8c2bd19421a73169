/* SPDX-License-Identifier: MIT */
/* ARMv8's AES, SHA-256 and carry-less products on the host's own instructions. */
#include <cpuid.h>
#include <sys/platform/x86.h>

#include "emu/host/x86-64/arm_lanes.h"

enum { AESENC = M2(0xdc), AESENCLAST = M2(0xdd), AESDECLAST = M2(0xdf), AESIMC = M2(0xdb), PCLMULQDQ = M3(0x44), PSHUFD = M1(0x70) };

static bool aes(struct emit *e, const struct arm_uop *u)
{
	if (!CPU_FEATURE_ACTIVE(AES))
		return false;
	load_vec(e, 0, u->m, 2);
	zero(e, 1);
	switch (u->op) {
	case ARM_V_AESE:
	case ARM_V_AESD:
		load_vec(e, 2, u->d, 2);
		p_rr(e, PXOR, 0, 0, 2);
		p_rr(e, u->op == ARM_V_AESE ? AESENCLAST : AESDECLAST, 0, 0, 1);
		break;
	case ARM_V_AESMC: /* a round less what comes before: the last round of decryption takes it back */
		p_rr(e, AESDECLAST, 0, 0, 1);
		p_rr(e, AESENC, 0, 0, 1);
		break;
	default:
		asm_rr(&e->c, packed(AESIMC), 0, 0);
		break;
	}
	store_vec(e, u->d, 2, 0);
	return true;
}

static bool product(struct emit *e, const struct arm_uop *u)
{
	if (u->form != LANE_64 || !CPU_FEATURE_ACTIVE(PCLMULQDQ))
		return false;
	load_n(e, u);
	load_m(e, u, 1);
	p_rr(e, PCLMULQDQ, 0, 0, 1);
	e1(&e->c, 0);
	store_vec(e, u->d, 2, 0);
	return true;
}

static bool has_sha(void)
{
	static int able; /* 0: not known yet */
	unsigned a, b = 0, c, d;

	if (!able)
		able = __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 29 & 1 ? 1 : -1;
	return able > 0;
}

/* These have no VEX form: to = op(to, from). */
static void sha_rr(struct emit *e, uint8_t code, uint8_t to, uint8_t from)
{
	asm_rr(&e->c, (struct op){.map = 2, .code = code}, to, from);
}

static void shuffle(struct emit *e, uint8_t to, uint8_t from, uint8_t how)
{
	asm_rr(&e->c, packed(PSHUFD), to, from);
	e1(&e->c, how);
}

#define SWAP_PAIRS 0xb1

/* Four rounds. The host has a b e f and c d g h together, in falling order, and does two at a time; their words are in xmm0. */
static bool sha256_rounds(struct emit *e, const struct arm_uop *u)
{
	bool second = u->op == ARM_V_SHA256H2;

	if (!has_sha())
		return false;
	load_vec(e, 3, second ? u->n : u->d, 2); /* a b c d */
	load_vec(e, 4, second ? u->d : u->n, 2); /* e f g h */
	load_vec(e, 0, u->m, 2);
	p_rr(e, unpack_high[LANE_64], 1, 4, 3);
	p_rr(e, unpack_low[LANE_64], 2, 4, 3);
	shuffle(e, 1, 1, SWAP_PAIRS);
	shuffle(e, 2, 2, SWAP_PAIRS);
	sha_rr(e, 0xcb, 1, 2); /* now 1 is what 2 was, two rounds on, and 2 is the other */
	shuffle(e, 0, 0, 0x0e);
	sha_rr(e, 0xcb, 2, 1);
	p_rr(e, (second ? unpack_low : unpack_high)[LANE_64], 0, 2, 1);
	shuffle(e, 0, 0, SWAP_PAIRS);
	store_vec(e, u->d, 2, 0);
	return true;
}

static bool sha256_schedule(struct emit *e, const struct arm_uop *u)
{
	if (!has_sha())
		return false;
	load_vec(e, 0, u->d, 2);
	load_vec(e, 1, u->m, 2);
	if (u->op == ARM_V_SHA256SU0) {
		sha_rr(e, 0xcc, 0, 1);
	} else {
		load_vec(e, 2, u->n, 2);
		p_rr(e, M3(0x0f), 2, 1, 2); /* palignr */
		e1(&e->c, 4);
		p_rr(e, add[LANE_32], 0, 0, 2);
		sha_rr(e, 0xcd, 0, 1);
	}
	store_vec(e, u->d, 2, 0);
	return true;
}

arm_emitter *arm_crypto_emitter(unsigned op)
{
	switch (op) {
	case ARM_V_AESE:
	case ARM_V_AESD:
	case ARM_V_AESMC:
	case ARM_V_AESIMC:
		return aes;
	case ARM_V_PMULL:
		return product;
	case ARM_V_SHA256H:
	case ARM_V_SHA256H2:
		return sha256_rounds;
	case ARM_V_SHA256SU0:
	case ARM_V_SHA256SU1:
		return sha256_schedule;
	default:
		return NULL;
	}
}

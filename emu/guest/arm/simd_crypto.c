/* SPDX-License-Identifier: MIT */
/* Polynomial multiplication; AES, SHA-1 and SHA-256 (DDI 0487, F6.1; FIPS 197, FIPS 180-4). */
#include "emu/guest/arm/simd_regs.h"

/* ---- polynomials over {0, 1} ---- */

static unsigned __int128 carryless(uint64_t a, uint64_t b)
{
	unsigned __int128 product = 0;

	for (; b; b &= b - 1)
		product ^= (unsigned __int128)a << __builtin_ctzll(b);
	return product;
}

void arm_V_PMUL(struct cpu *cpu, const struct arm_uop *u)
{
	union vec n = simd_get(cpu, u->n, u->size), m = simd_get(cpu, u->m, u->size);

	for (unsigned e = 0; e < 8u * u->size; e++)
		n.u8[e] = carryless(n.u8[e], m.u8[e]);
	simd_put(cpu, u->d, u->size, n);
}

void arm_V_PMULL(struct cpu *cpu, const struct arm_uop *u)
{
	union vec d, n = simd_get(cpu, u->n, 1), m = simd_get(cpu, u->m, 1);

	if (u->form == LANE_64) {
		unsigned __int128 product = carryless(n.u64[0], m.u64[0]);

		d = (union vec){{(uint64_t)product, product >> 64}};
	} else {
		for (unsigned e = 0; e < 8; e++)
			d.u16[e] = carryless(n.u8[e], m.u8[e]);
	}
	simd_put(cpu, u->d, 2, d);
}

/* ---- AES ---- */

/* Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
static uint8_t gf(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = a << 1 ^ (a & 0x80 ? 0x1b : 0);
	}
	return product;
}

static uint8_t rotate8(uint8_t v, unsigned n)
{
	return v << n | v >> (8 - n);
}

/* x^254 is the inverse: 2 + 4 + ... + 128. */
static uint8_t inverse(uint8_t a)
{
	uint8_t power = a, product = 1;

	for (unsigned k = 0; k < 7; k++) {
		power = gf(power, power);
		product = gf(product, power);
	}
	return product;
}

static uint8_t sub_byte(uint8_t v)
{
	uint8_t b = inverse(v);

	return b ^ rotate8(b, 1) ^ rotate8(b, 2) ^ rotate8(b, 3) ^ rotate8(b, 4) ^ 0x63;
}

static uint8_t inverse_sub_byte(uint8_t v)
{
	return inverse(rotate8(v, 1) ^ rotate8(v, 3) ^ rotate8(v, 6) ^ 5);
}

/* Row r of the state, which lies column by column, is rotated by r columns. */
static void cipher_step(struct cpu *cpu, const struct arm_uop *u, unsigned columns, uint8_t (*substitute)(uint8_t))
{
	union vec d = simd_get(cpu, u->d, 2), m = simd_get(cpu, u->m, 2), r;

	d.d[0] ^= m.d[0];
	d.d[1] ^= m.d[1];
	for (unsigned k = 0; k < 16; k++)
		r.u8[k] = substitute(d.u8[(k + 4 * columns * (k & 3)) & 15]);
	simd_put(cpu, u->d, 2, r);
}

void arm_V_AESE(struct cpu *cpu, const struct arm_uop *u)
{
	cipher_step(cpu, u, 1, sub_byte);
}

void arm_V_AESD(struct cpu *cpu, const struct arm_uop *u)
{
	cipher_step(cpu, u, 3, inverse_sub_byte);
}

/* Each column times a fixed polynomial, whose coefficients for row 0 are given. */
static void mix_columns(struct cpu *cpu, const struct arm_uop *u, const uint8_t by[4])
{
	union vec m = simd_get(cpu, u->m, 2), r = {{0}};

	for (unsigned k = 0; k < 16; k++)
		for (unsigned j = 0; j < 4; j++)
			r.u8[k] ^= gf(m.u8[(k & 12) | ((k + j) & 3)], by[j]);
	simd_put(cpu, u->d, 2, r);
}

void arm_V_AESMC(struct cpu *cpu, const struct arm_uop *u)
{
	mix_columns(cpu, u, (const uint8_t[]){2, 3, 1, 1});
}

void arm_V_AESIMC(struct cpu *cpu, const struct arm_uop *u)
{
	mix_columns(cpu, u, (const uint8_t[]){14, 11, 13, 9});
}

/* ---- SHA-1 ---- */

static uint32_t rotate_left(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t choose(uint32_t x, uint32_t y, uint32_t z)
{
	return ((y ^ z) & x) ^ z;
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
	return x ^ y ^ z;
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) | ((x | y) & z);
}

/* Four rounds: d is a b c d, n's first word e, m the schedule with its constant. */
static void sha1_rounds(struct cpu *cpu, const struct arm_uop *u, uint32_t (*mix)(uint32_t, uint32_t, uint32_t))
{
	union vec x = simd_get(cpu, u->d, 2), w = simd_get(cpu, u->m, 2);
	uint32_t y = (uint32_t)cpu->arm.d[u->n];

	for (unsigned e = 0; e < 4; e++) {
		uint32_t t = y + rotate_left(x.u32[0], 5) + mix(x.u32[1], x.u32[2], x.u32[3]) + w.u32[e];

		y = x.u32[3];
		x.u32[3] = x.u32[2];
		x.u32[2] = rotate_left(x.u32[1], 30);
		x.u32[1] = x.u32[0];
		x.u32[0] = t;
	}
	simd_put(cpu, u->d, 2, x);
}

void arm_V_SHA1C(struct cpu *cpu, const struct arm_uop *u)
{
	sha1_rounds(cpu, u, choose);
}

void arm_V_SHA1P(struct cpu *cpu, const struct arm_uop *u)
{
	sha1_rounds(cpu, u, parity);
}

void arm_V_SHA1M(struct cpu *cpu, const struct arm_uop *u)
{
	sha1_rounds(cpu, u, majority);
}

void arm_V_SHA1H(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t v = rotate_left((uint32_t)cpu->arm.d[u->m], 30);

	simd_put(cpu, u->d, 2, (union vec){{v, 0}});
}

void arm_V_SHA1SU0(struct cpu *cpu, const struct arm_uop *u)
{
	union vec d = simd_get(cpu, u->d, 2), n = simd_get(cpu, u->n, 2), m = simd_get(cpu, u->m, 2);

	simd_put(cpu, u->d, 2, (union vec){{d.d[1] ^ d.d[0] ^ m.d[0], n.d[0] ^ d.d[1] ^ m.d[1]}});
}

void arm_V_SHA1SU1(struct cpu *cpu, const struct arm_uop *u)
{
	union vec d = simd_get(cpu, u->d, 2), m = simd_get(cpu, u->m, 2), r;

	for (unsigned e = 0; e < 3; e++)
		r.u32[e] = rotate_left(d.u32[e] ^ m.u32[e + 1], 1);
	r.u32[3] = rotate_left(d.u32[3], 1) ^ rotate_left(d.u32[0] ^ m.u32[1], 2);
	simd_put(cpu, u->d, 2, r);
}

/* ---- SHA-256 ---- */

static uint32_t rotate_right(uint32_t v, unsigned n)
{
	return v >> n | v << (32 - n);
}

static uint32_t big_sigma0(uint32_t v)
{
	return rotate_right(v, 2) ^ rotate_right(v, 13) ^ rotate_right(v, 22);
}

static uint32_t big_sigma1(uint32_t v)
{
	return rotate_right(v, 6) ^ rotate_right(v, 11) ^ rotate_right(v, 25);
}

static uint32_t sigma0(uint32_t v)
{
	return rotate_right(v, 7) ^ rotate_right(v, 18) ^ v >> 3;
}

static uint32_t sigma1(uint32_t v)
{
	return rotate_right(v, 17) ^ rotate_right(v, 19) ^ v >> 10;
}

/* Four rounds on x = a b c d, y = e f g h. */
static void sha256_rounds(union vec *x, union vec *y, const union vec *w)
{
	for (unsigned e = 0; e < 4; e++) {
		uint32_t t1 = y->u32[3] + big_sigma1(y->u32[0]) + choose(y->u32[0], y->u32[1], y->u32[2]) + w->u32[e];
		uint32_t t2 = big_sigma0(x->u32[0]) + majority(x->u32[0], x->u32[1], x->u32[2]);
		uint32_t carry = x->u32[3];

		memmove(&x->u32[1], &x->u32[0], 12);
		memmove(&y->u32[1], &y->u32[0], 12);
		y->u32[0] = carry + t1;
		x->u32[0] = t1 + t2;
	}
}

void arm_V_SHA256H(struct cpu *cpu, const struct arm_uop *u)
{
	union vec x = simd_get(cpu, u->d, 2), y = simd_get(cpu, u->n, 2), w = simd_get(cpu, u->m, 2);

	sha256_rounds(&x, &y, &w);
	simd_put(cpu, u->d, 2, x);
}

void arm_V_SHA256H2(struct cpu *cpu, const struct arm_uop *u)
{
	union vec x = simd_get(cpu, u->n, 2), y = simd_get(cpu, u->d, 2), w = simd_get(cpu, u->m, 2);

	sha256_rounds(&x, &y, &w);
	simd_put(cpu, u->d, 2, y);
}

void arm_V_SHA256SU0(struct cpu *cpu, const struct arm_uop *u)
{
	union vec d = simd_get(cpu, u->d, 2), m = simd_get(cpu, u->m, 2), r;

	for (unsigned e = 0; e < 4; e++)
		r.u32[e] = d.u32[e] + sigma0(e < 3 ? d.u32[e + 1] : m.u32[0]);
	simd_put(cpu, u->d, 2, r);
}

void arm_V_SHA256SU1(struct cpu *cpu, const struct arm_uop *u)
{
	union vec d = simd_get(cpu, u->d, 2), n = simd_get(cpu, u->n, 2), m = simd_get(cpu, u->m, 2), r;

	for (unsigned e = 0; e < 4; e++) {
		uint32_t before = e < 2 ? m.u32[e + 2] : r.u32[e - 2];

		r.u32[e] = d.u32[e] + (e < 3 ? n.u32[e + 1] : m.u32[0]) + sigma1(before);
	}
	simd_put(cpu, u->d, 2, r);
}

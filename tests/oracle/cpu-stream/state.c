/* SPDX-License-Identifier: MIT */
/* Register and memory state of a block: seeding with edge values, hashing what is defined, dumping for a person. */
#include <stdio.h>
#include <string.h>

#include "stream.h"

static uint32_t rs[4];

static uint32_t mix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)(z ^ (z >> 31));
}

void rnd_seed(uint64_t seed, uint64_t block)
{
	uint64_t x = seed * 0x2545f4914f6cdd1dull + block * 0xd1342543de82ef95ull + 1;

	for (int i = 0; i < 4; i++)
		rs[i] = mix(&x) | 1u;
}

uint32_t rnd(void) /* xorshift128 */
{
	uint32_t t = rs[3], s = rs[0];

	rs[3] = rs[2];
	rs[2] = rs[1];
	rs[1] = s;
	t ^= t << 11;
	t ^= t >> 8;
	return rs[0] = t ^ s ^ (s >> 19);
}

static const uint32_t edge_int[] = {0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
				    0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0xfffffffe, 0xffffff80, 0xffff8000, 0xaaaaaaaa,
				    0x55555555, 0x99999999, 0x0f0f0f0f};
static const uint32_t edge_f32[] = {0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
				    0x7fc00000, 0xffc00000, 0x7f800001, 0x7fa12345, 0x3f800000, 0xbf800000, 0x3f000000, 0x4f000000, 0xcf000000,
				    0x4effffff, 0x5f000000, 0x33800000, 0x40490fdb, 0x3fb504f3, 0x7fffffff};
static const uint64_t edge_f64[] = {0,
				    0x8000000000000000,
				    1,
				    0x000fffffffffffff,
				    0x0010000000000000,
				    0x7fefffffffffffff,
				    0x7ff0000000000000,
				    0xfff0000000000000,
				    0x7ff8000000000000,
				    0xfff8000000000000,
				    0x7ff0000000000001,
				    0x7ff4000000000123,
				    0x3ff0000000000000,
				    0xbff0000000000000,
				    0x3fe0000000000000,
				    0x41dfffffffc00000,
				    0x41e0000000000000,
				    0xc1e0000000200000,
				    0x43e0000000000000,
				    0x400921fb54442d18,
				    0x3cb0000000000000,
				    0x36a0000000000000,
				    0x47efffffe0000000,
				    0x7fffffffffffffff};
static const struct {
	uint16_t se;
	uint64_t m;
} edge_f80[] = {{0, 0}, {0x8000, 0}, {0, 1}, {0x8000, 0x7fffffffffffffff}, {0, 0x8000000000000000}, {1, 0x8000000000000000},
		{0x7ffe, 0xffffffffffffffff}, {0x7fff, 0x8000000000000000}, {0xffff, 0x8000000000000000}, {0x7fff, 0xc000000000000000},
		{0xffff, 0xc000000000000000}, {0x7fff, 0x8000000000000001}, {0x7fff, 0xa000000000000000}, {0x7fff, 0}, {0x7fff, 0x4000000000000000},
		{0x3fff, 0x4000000000000000}, {0x3fff, 0x8000000000000000}, {0xbfff, 0x8000000000000000}, {0x3ffe, 0x8000000000000000},
		{0x4000, 0xc90fdaa22168c235}, {0x401e, 0x8000000000000000}, {0x403e, 0x8000000000000000}, {0xc03e, 0x8000000000000000},
		{0x403d, 0xffffffffffffffff}, {0x3c00, 0x8000000000000000}, {0x43ff, 0x8000000000000000}, {0x3fff, 0xb504f333f9de6484},
		{0x4002, 0xa000000000000000}};

#define PICK(a) (a)[below(sizeof(a) / sizeof(a)[0])]

uint32_t rnd_edge(void)
{
	uint32_t r = below(8);

	if (r < 3)
		return PICK(edge_int);
	if (r == 3)
		return PICK(edge_int) + below(5) - 2;
	if (r == 4)
		return DATA_AREA + below(DATA_OPS);
	if (r == 5)
		return PICK(edge_f32);
	return rnd();
}

static void rnd_f80(uint8_t *p)
{
	uint32_t i = below(sizeof edge_f80 / sizeof edge_f80[0]);
	uint64_t m = edge_f80[i].m;
	uint16_t se = edge_f80[i].se;

	if (chance(50)) {
		se = (uint16_t)(0x3fff - 70 + below(140)) | (rnd() & 0x8000);
		m = ((uint64_t)rnd() << 32 | rnd()) | 1ull << 63;
	}
	memcpy(p, &m, 8);
	memcpy(p + 8, &se, 2);
}

static void rnd_16(uint8_t *p)
{
	switch (below(5)) {
	case 0:
		for (int i = 0; i < 16; i += 4)
			memcpy(p + i, &PICK(edge_f32), 4);
		break;
	case 1:
		for (int i = 0; i < 16; i += 8)
			memcpy(p + i, &PICK(edge_f64), 8);
		break;
	default:
		for (int i = 0; i < 16; i += 4) {
			uint32_t v = rnd_edge();

			memcpy(p + i, &v, 4);
		}
	}
}

void state_seed(struct state *s, uint32_t features, uint32_t options)
{
	bool unmasked = (options & OPT_UNMASKED) || (chance(6) && !(options & OPT_NOFAULT));
	uint16_t fcw = 0x7f | (below(4) << 8) | (below(4) << 10), fsw = (uint16_t)(below(8) << 11 | below(2) << 14 | (rnd() & 0x0700));
	uint32_t mxcsr = 0x1f80 | (rnd() & 0xe07f); /* rounding, FTZ, DAZ, sticky flags */

	for (int i = 0; i < 8; i++)
		s->gpr[i] = rnd_edge();
	s->gpr[4] = DATA_AREA + DATA_OPS + 256 + below(129) * 4;
	s->eflags = 0x202 | (rnd() & FL_ALL) | (chance(15) ? FL_D : 0);
	memset(s->fx, 0, sizeof s->fx);
	if (chance(40))
		fcw = 0x37f;
	if (unmasked)
		fcw &= (uint16_t)~(rnd() & 0x3f);
	fsw |= rnd() & 0x3f & (unmasked ? fcw : 0x3f);
	memcpy(s->fx, &fcw, 2);
	memcpy(s->fx + 2, &fsw, 2);
	s->fx[4] = chance(30) ? 0 : (uint8_t)(rnd() | rnd());
	if (unmasked)
		mxcsr &= ~(rnd() & 0x1f80) & ~(chance(50) ? 0 : 0x3fu);
	if (unmasked)
		mxcsr &= ~0x3fu;
	memcpy(s->fx + 24, &mxcsr, 4);
	for (int i = 0; i < 8; i++) {
		rnd_f80(s->fx + 32 + 16 * i);
		rnd_16(s->fx + 160 + 16 * i);
		if (features & F_AVX)
			rnd_16(s->ymmh[i]);
	}
}

static uint32_t template_page[DATA_SIZE / 4];

void memory_seed(uint64_t seed)
{
	rnd_seed(seed, ~0ull);
	for (unsigned i = 0; i < DATA_SIZE / 4; i += 4)
		rnd_16((uint8_t *)&template_page[i]);
	for (unsigned i = 0; i < DATA_SIZE - 16; i += 64)
		rnd_f80((uint8_t *)template_page + i + below(16));
}

void memory_reset(void)
{
	uint32_t *p = (uint32_t *)(uintptr_t)DATA_AREA;

	memcpy(p, template_page, DATA_SIZE);
	for (int i = 0; i < 12; i++)
		p[below(DATA_SIZE / 4)] = rnd_edge();
}

uint32_t hash_bytes(const void *p, size_t n, uint32_t h)
{
	const uint32_t *w = p;
	uint32_t a = h ^ 0x9e3779b9u, b = h + 0x85ebca6bu;

	for (size_t i = 0; i + 2 <= n / 4; i += 2) {
		a = (a ^ w[i]) * 0x01000193u;
		a ^= a >> 15;
		b = (b ^ w[i + 1]) * 0x9e3779b1u;
		b ^= b >> 13;
	}
	if ((n / 4) & 1)
		a = (a ^ w[n / 4 - 1]) * 0x01000193u;
	return a * 31 ^ b;
}

void state_hash(const struct state *s, uint32_t undef, uint32_t out[4])
{
	uint32_t fl[2] = {s->eflags & ~undef, 0}, x87[24] = {0};
	uint32_t sse = hash_bytes(s->fx + 160, 128, 1);

	memcpy(x87, s->fx, 5); /* control, status, tags; not the opcode and pointers */
	memcpy(x87 + 2, s->fx + 24, 4);
	out[0] = hash_bytes(s->gpr, 32, 2) ^ hash_bytes(s->sel, 16, 3);
	out[1] = hash_bytes(fl, 8, 4);
	for (int i = 0; i < 8; i++)
		memcpy((uint8_t *)x87 + 12 + 10 * i, s->fx + 32 + 16 * i, 10);
	out[2] = hash_bytes(x87, 96, 5);
	out[3] = hash_bytes(s->ymmh, 128, sse);
}

void state_dump(const struct state *s, const struct fault *f, uint32_t undef)
{
	static const char *const gpr[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
	uint32_t mxcsr;

	memcpy(&mxcsr, s->fx + 24, 4);
	for (int i = 0; i < 8; i++)
		printf("%s=%08x%c", gpr[i], s->gpr[i], i % 4 == 3 ? '\n' : ' ');
	printf("eflags=%08x (undefined %03x) es=%04x fs=%04x gs=%04x ds=%04x\n", s->eflags & ~undef, undef, s->sel[0], s->sel[1], s->sel[2],
	       s->sel[3]);
	printf("fcw=%02x%02x fsw=%02x%02x ftw=%02x mxcsr=%08x\n", s->fx[1], s->fx[0], s->fx[3], s->fx[2], s->fx[4], mxcsr);
	for (int i = 0; i < 8; i++) {
		const uint8_t *p = s->fx + 32 + 16 * i;

		printf("st%d=%02x%02x", i, p[9], p[8]);
		for (int k = 7; k >= 0; k--)
			printf("%s%02x", k == 7 ? "." : "", p[k]);
		printf(i % 2 ? "\n" : "  ");
	}
	for (int i = 0; i < 8; i++) {
		printf("ymm%d=", i);
		for (int k = 15; k >= 0; k--)
			printf("%02x", s->ymmh[i][k]);
		printf(".");
		for (int k = 15; k >= 0; k--)
			printf("%02x", s->fx[160 + 16 * i + k]);
		printf("\n");
	}
	if (f->sig)
		printf("signal %d code %d addr %08x eip +%x trapno %u err %x\n", f->sig, f->code, f->addr, f->eip, f->trapno, f->err);
}

/* SPDX-License-Identifier: MIT */
/* GE from one instruction to the next: what UADD8 and its kind leave for SEL and MRS, two of them in a row, with signals between
 * whose handler has a GE of its own. */
// cflags: -static -O1 -marm
// guests: arm
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

static volatile int alarms;
static int failed;

static void on_alarm(int sig)
{
	uint32_t x = ++alarms * 0x9e3779b9u;

	(void)sig;
	__asm__ volatile("sadd16 %0, %0, %0" : "+r"(x)); /* GE too */
}

static uint32_t random32(void)
{
	return (uint32_t)rand() << 12 ^ (uint32_t)rand();
}

/* ---- what they should do ---- */

enum { BYTES, HALVES };

/* One lane: its result, and its bits of GE. */
static uint32_t lane(uint32_t a, uint32_t b, int minus, int is_signed, unsigned width, unsigned *ge)
{
	int64_t x = a, y = b, r;

	if (is_signed) {
		x -= (int64_t)(a >> (width - 1)) << width;
		y -= (int64_t)(b >> (width - 1)) << width;
	}
	r = minus ? x - y : x + y;
	*ge = is_signed || minus ? r >= 0 : r >> width != 0;
	return (uint32_t)r & (uint32_t)((1ull << width) - 1);
}

/* cross: halves of b change places; minus: bit for each lane. */
static uint32_t model(uint32_t a, uint32_t b, int lanes, int cross, unsigned minus, int is_signed, uint32_t *ge)
{
	unsigned width = lanes == BYTES ? 8 : 16, n = 32 / width;
	uint32_t r = 0, mask = (1u << width) - 1;

	if (cross)
		b = b >> 16 | b << 16;
	*ge = 0;
	for (unsigned k = 0; k < n; k++) {
		unsigned g;

		r |= lane(a >> k * width & mask, b >> k * width & mask, minus >> k & 1, is_signed, width, &g) << k * width;
		*ge |= (g ? (lanes == BYTES ? 1u : 3u) : 0) << k * (lanes == BYTES ? 1 : 2);
	}
	return r;
}

static uint32_t sel(uint32_t n, uint32_t m, uint32_t ge)
{
	uint32_t r = 0;

	for (unsigned k = 0; k < 4; k++)
		r |= (ge >> k & 1 ? n : m) & 0xffu << 8 * k;
	return r;
}

/* ---- what they do ---- */

struct state {
	uint32_t a, b, c, x, y, sum, ge;
};

#define OPS(X) \
	X(sadd8, BYTES, 0, 0, 1) X(uadd8, BYTES, 0, 0, 0) X(ssub8, BYTES, 0, 15, 1) X(usub8, BYTES, 0, 15, 0) X(sadd16, HALVES, 0, 0, 1) \
	X(uadd16, HALVES, 0, 0, 0) X(ssub16, HALVES, 0, 3, 1) X(usub16, HALVES, 0, 3, 0) X(sasx, HALVES, 1, 1, 1) X(uasx, HALVES, 1, 1, 0) \
	X(ssax, HALVES, 1, 2, 1) X(usax, HALVES, 1, 2, 0)

/* As strlen has it, with something between and without; and what GE is then. */
#define RUN(name, lanes, cross, minus, is_signed) \
	static void name##_twice(struct state *s) \
	{ \
		uint32_t cpsr, f = 0; \
		__asm__ volatile(#name " %[x], %[a], %[b]\n\tsel %[x], %[c], %[a]\n\t" #name " %[y], %[x], %[b]\n\tadd %[f], %[f], #8\n\t" \
				 "sel %[y], %[x], %[c]\n\t" #name " %[f], %[y], %[a]\n\tmov r12, %[f]\n\tmrs %[cpsr], cpsr\n\tsel %[s], %[a], %[f]" \
				 : [x] "=&r"(s->x), [y] "=&r"(s->y), [f] "+&r"(f), [cpsr] "=&r"(cpsr), [s] "=&r"(s->sum) \
				 : [a] "r"(s->a), [b] "r"(s->b), [c] "r"(s->c) : "r12"); \
		s->ge = cpsr >> 16 & 15; \
	} \
	static void name##_model(struct state *s) \
	{ \
		uint32_t ge, f; \
		model(s->a, s->b, lanes, cross, minus, is_signed, &ge); \
		s->x = sel(s->c, s->a, ge); \
		model(s->x, s->b, lanes, cross, minus, is_signed, &ge); \
		s->y = sel(s->x, s->c, ge); \
		f = model(s->y, s->a, lanes, cross, minus, is_signed, &s->ge); \
		s->sum = sel(s->a, f, s->ge); \
	}
OPS(RUN)

static const struct {
	const char *name;
	void (*run)(struct state *), (*model)(struct state *);
} ops[] = {
#define ROW(name, lanes, cross, minus, is_signed) {#name, name##_twice, name##_model},
	OPS(ROW)
};

static uint32_t value(void)
{
	static const uint32_t edges[] = {0, 0xffffffff, 0x80808080, 0x7f7f7f7f, 0x80007fff, 0x01010101, 0x00ff00ff, 0x8000};
	uint32_t v = random32();

	return v % 3 ? random32() : edges[v / 4 % (sizeof edges / sizeof *edges)];
}

static void once(unsigned i)
{
	struct state s = {.a = value(), .b = value(), .c = value()}, want = s;

	ops[i].run(&s);
	ops[i].model(&want);
	if ((s.x != want.x || s.y != want.y || s.ge != want.ge || s.sum != want.sum) && failed++ < 10)
		printf("%s %08x %08x: %08x %08x %08x %x, not %08x %08x %08x %x\n", ops[i].name, s.a, s.b, s.x, s.y, s.sum, s.ge, want.x, want.y,
		       want.sum, want.ge);
}

int main(void)
{
	struct itimerval every = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

	for (int k = 0; k < 2000; k++)
		for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++)
			once(i);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	while (alarms < 300)
		for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++)
			once(i);
	setitimer(ITIMER_REAL, &never, NULL);
	printf(failed ? "failed\n" : "ok\n");
	return failed != 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Runs in the guest: random instructions from random states, one line (or one hash) of result for each block. Run by two
 * emulators it must say the same. Everything happens in a signal handler: it notes how a block ended, makes the next one, puts its
 * state into the frame and returns into it. A block ends with an undefined instruction, or before that by a fault.
 *
 * usage: arm-stream SEED BLOCKS INSNS-PER-BLOCK WHAT [FIRST LAST]     WHAT: a32 t32 simd, and a name of an op to see it alone
 * FIRST..LAST are printed in full; else there is one hash line for every 64 blocks.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { ISA_A32, ISA_T16, ISA_T32 };
/* Fields of a pattern that need sense: register numbers, and immediates that are offsets of words. */
struct pattern {
	uint32_t mask, value;
	const char *op;
	uint8_t isa, is_simd, n_regs;
	struct {
		uint8_t lsb, bits, may_be_pc, name;
	} reg[5];
};
#include "patterns.h"

#define CODE 0x30000000u
#define DATA 0x20000000u
#define DATA_SIZE 0x4000u
#define N_PATTERNS (sizeof patterns / sizeof *patterns)

static uint64_t rng;
static unsigned block, n_blocks, n_insns, first = 1, last;
static uint32_t insns[64];
static unsigned lens[64];
static unsigned chosen[4096], n_chosen;
static int thumb;
static uint64_t hash;

static uint32_t rnd(void)
{
	rng = rng * 6364136223846793005ull + 1442695040888963407ull;
	return rng >> 33 ^ rng >> 17;
}

static uint32_t value(void)
{
	static const uint32_t edges[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff,
					 0xfffffffe, 31, 32, 33, 255, 256, 0x00800080, 0x7f80ff01, 0x3f800000, 0x7fc00000};

	switch (rnd() % 8) {
	case 0: case 1: case 2:
		return DATA + DATA_SIZE / 2 + (rnd() % 64) * 8;
	case 3: case 4:
		return edges[rnd() % (sizeof edges / sizeof *edges)];
	case 5:
		return rnd() % 64;
	default:
		return rnd() * 2 ^ rnd();
	}
}

static int is(const struct pattern *p, const char *prefix)
{
	return !strncmp(p->op, prefix, strlen(prefix));
}

/* Random bits where the pattern leaves them open. */
static uint32_t instruction(const struct pattern *p)
{
	uint32_t x = ((rnd() << 16 ^ rnd()) & ~p->mask) | p->value;

	if (p->isa == ISA_A32 && !(p->mask >> 28) && (rnd() & 3 || x >> 28 == 15))
		x = (x & 0x0fffffff) | 0xe0000000;
	for (unsigned i = 0; i < p->n_regs; i++) {
		unsigned max = (1u << p->reg[i].bits) - 1, r = (x >> p->reg[i].lsb) & max;

		if (r == 15 && (!p->reg[i].may_be_pc || rnd() % 4))
			r = rnd() % 13;
		if (r == 13 && p->isa == ISA_T32)
			r = rnd() % 13;
		x = (x & ~(max << p->reg[i].lsb)) | r << p->reg[i].lsb;
	}
	if (is(p, "LDRD") || is(p, "STRD")) /* both want words; A32 wants an even register */
		x &= p->isa == ISA_A32 ? ~0x1003u : ~3u;
	if (p->is_simd && x & 0x40 && rnd() & 7) /* often meant: Q registers have even numbers */
		x &= ~0x00011001u | p->mask;
	if (is(p, "SWP")) /* three different ones */
		x = (x & ~0xf00fu & ~0x80000u) | ((x >> 16 & 7) ^ 1) | ((x >> 16 & 7) ^ 2) << 12;
	if (p->isa == ISA_T32 && (is(p, "REV") || is(p, "RBIT") || is(p, "CLZ"))) /* m stands there twice */
		x = (x & ~0xf0000u) | (x & 15) << 16;
	return x;
}

static void put_insn(uint8_t **at, uint32_t x, unsigned len)
{
	uint16_t h[2] = {x, x >> 16};

	if (len == 2)
		memcpy(*at, h, 2);
	else if (thumb)
		memcpy(*at, (uint16_t[]){h[1], h[0]}, 4);
	else
		memcpy(*at, &x, 4);
	*at += len;
}

static void make_code(void)
{
	uint8_t *at = (uint8_t *)CODE;
	unsigned it = 0;

	for (unsigned i = 0; i < n_insns; i++) {
		const struct pattern *p = &patterns[chosen[rnd() % n_chosen]];

		if (thumb && !it && n_insns > 1 && rnd() % 8 == 0) { /* an IT block */
			unsigned cond = rnd() % 14, mask = 1 + rnd() % 15;

			insns[i] = 0xbf00 | cond << 4 | mask;
			lens[i] = 2;
			it = 4 - __builtin_ctz(mask);
		} else {
			if (it)
				it--;
			insns[i] = instruction(p);
			lens[i] = p->isa == ISA_T16 ? 2 : 4;
		}
		put_insn(&at, insns[i], lens[i]);
	}
	for (int k = 0; k < 6; k++) {
		if (thumb)
			put_insn(&at, 0xde00, 2);
		else
			put_insn(&at, 0xe7f000f0, 4);
	}
	__builtin___clear_cache((char *)CODE, (char *)at);
}

/* FP registers: numbers of every kind. */
static uint64_t fp_value(void)
{
	static const uint32_t single[] = {0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fa00001, 0xffc12345,
					  1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000, 0x4effffff, 0x3effffff, 0x3f000000};
	static const uint32_t high[] = {0, 0x80000000, 0x3ff00000, 0xbff00000, 0x7ff00000, 0xfff00000, 0x7ff80000, 0x7ff40000, 0x000fffff,
					0x00100000, 0x7fefffff, 0x41e00000, 0xc1e00000, 0x3fe00000, 0x47efffff, 0x38100000, 0x36a00000};

	switch (rnd() % 5) {
	case 0:
		return single[rnd() % (sizeof single / 4)] | (uint64_t)single[rnd() % (sizeof single / 4)] << 32;
	case 1:
		return (uint64_t)high[rnd() % (sizeof high / 4)] << 32 | (rnd() & 1 ? 0 : rnd());
	case 2:
		return ((rnd() & 0xffffff) | (0x3f000000 + (rnd() % 2 << 31))) | (uint64_t)((rnd() & 0xfffff) | 0x40000000) << 32;
	default:
		return (uint64_t)(rnd() << 16 ^ rnd()) << 32 | (rnd() << 16 ^ rnd());
	}
}

struct vfp {
	uint32_t magic, size;
	uint64_t d[32];
	uint32_t fpscr, pad;
};

static void make_state(ucontext_t *uc)
{
	unsigned long *r = &uc->uc_mcontext.arm_r0;
	struct vfp *v = (struct vfp *)uc->uc_regspace;
	uint64_t *data = (uint64_t *)DATA;

	for (unsigned i = 0; i < 15; i++)
		r[i] = value();
	r[15] = CODE;
	uc->uc_mcontext.arm_cpsr = (rnd() & 0xf8000000) | (rnd() << 8 & 0x000f0000) | 0x10 | (thumb ? 0x20 : 0);
	for (unsigned i = 0; i < 32; i++)
		v->d[i] = fp_value();
	v->fpscr = rnd() % 4 ? 0 : rnd() << 16 & 0x07c00000; /* AHP DN FZ RMode */
	for (unsigned i = 0; i < DATA_SIZE / 8; i++)
		data[i] = i * 0x0123456789abcdefull ^ rng;
}

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n--)
		h = (h ^ *b++) * 0x100000001b3ull;
	return h;
}

static uint64_t data_hash(void)
{
	const uint64_t *data = (uint64_t *)DATA;
	uint64_t h = 0;

	for (unsigned i = 0; i < DATA_SIZE / 8; i++)
		h = h * 31 + data[i];
	return h;
}

static void show_code(void)
{
	printf("%u %s:", block, thumb ? "t32" : "a32");
	for (unsigned i = 0; i < n_insns; i++)
		printf(" %0*x", lens[i] * 2, insns[i]);
}

static void note(int sig, const siginfo_t *info, const ucontext_t *uc)
{
	const unsigned long *r = &uc->uc_mcontext.arm_r0;
	const struct vfp *v = (const struct vfp *)uc->uc_regspace;
	uint32_t cpsr = uc->uc_mcontext.arm_cpsr & 0xffff0020, addr = sig == SIGSEGV ? (uint32_t)info->si_addr : 0;
	uint64_t data = data_hash();

	/* flags that nobody reads any more may be older ones where a later instruction faults (docs/architecture.md) */
	if (sig != SIGILL && n_insns > 1)
		cpsr &= 0x0fffffff;
	if (block >= first && block <= last) {
		show_code();
		printf("\n  signal %d code %d addr %x pc %lx cpsr %08x fpscr %08x data %016llx\n ", sig, sig == SIGSEGV ? info->si_code : 0, addr, r[15], cpsr, v->fpscr,
		       (unsigned long long)data);
		for (int i = 0; i < 15; i++)
			printf(" %08lx", r[i]);
		printf("\n ");
		for (int i = 0; i < 32; i++)
			printf(" %016llx", (unsigned long long)v->d[i]);
		printf("\n");
	}
	hash = mix(hash, &sig, 4);
	hash = mix(hash, r, 64);
	hash = mix(hash, &cpsr, 4);
	hash = mix(hash, &addr, 4);
	hash = mix(hash, v->d, sizeof v->d);
	hash = mix(hash, &v->fpscr, 4);
	hash = mix(hash, &data, 8);
}

static void next(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	static int started;

	if (started) {
		note(sig, info, uc);
		if (++block % 64 == 0 && first > last) {
			printf("%u %016llx\n", block, (unsigned long long)hash);
			hash = 0;
		}
	}
	started = 1;
	if (block >= n_blocks || (first <= last && block > last)) {
		fflush(stdout);
		_exit(0);
	}
	rng = rng * 2862933555777941757ull + 3037000493ull;
	make_code();
	make_state(uc);
}

int main(int argc, char **argv)
{
	static char alt[65536] __attribute__((aligned(16)));
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
	struct sigaction sa = {.sa_sigaction = next, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	static const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE};
	const char *what;

	if (argc < 5)
		return 2;
	rng = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ull + 1;
	n_blocks = atoi(argv[2]);
	n_insns = atoi(argv[3]);
	what = argv[4];
	thumb = !strncmp(what, "t32", 3);
	if (argc > 6) {
		first = atoi(argv[5]);
		last = atoi(argv[6]);
	}
	for (unsigned i = 0; i < N_PATTERNS; i++)
		if ((patterns[i].isa != ISA_A32) == thumb && patterns[i].is_simd == !!strstr(what, "simd") &&
		    (!strchr(what, ':') || !strcmp(strchr(what, ':') + 1, patterns[i].op)))
			chosen[n_chosen++] = i;
	if (!n_chosen)
		return 2;
	if (mmap((void *)CODE, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return 3;
	sigaltstack(&ss, NULL);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &sa, NULL);
	__builtin_trap();
}

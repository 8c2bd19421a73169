/* SPDX-License-Identifier: MIT */
/*
 * Runs in the guest: random instructions from random states, and a record of what each block of them did. Run by two emulators
 * it must say the same. Everything happens in a signal handler: it notes how a block ended, makes the next one, puts its state
 * into the frame and returns into it. A block ends with an undefined instruction, or before that by a fault.
 *
 * usage: arm-stream SEED WHAT BLOCKS INSNS-PER-BLOCK [BLOCK UPTO]
 *   WHAT: a32 or t32, then for instructions of VFP and Advanced SIMD "simd", for all "mixed"; then options: ":OP" has this op
 *   alone, "+plain" no branches and what the peer does otherwise by design
 *   BLOCK is told in words, up to instruction UPTO; else there is a binary record for each.
 *        arm-stream ops       lists the ops by number
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
struct pattern {
	uint32_t mask, value;
	const char *op;
	uint8_t isa, is_simd, is_memory;
	char spare_kind; /* of the field in `spare`: i offset, l list of registers; x none */
	uint32_t spare;
	uint8_t n_regs;
	struct {
		char name;
		uint8_t may_be_pc, lsb, bits, lsb2, bits2; /* the higher bits may be elsewhere */
	} reg[5];
};
#include "patterns.h"

#define CODE 0x30000000u
#define CODE_SIZE 0x4000u
#define DATA 0x20000000u
#define DATA_SIZE 0x4000u
#define WATCHED 0x400u /* of it, in the middle: looked at after each block, the rest now and then */
#define REST_EVERY 64
#define N_PATTERNS (sizeof patterns / sizeof *patterns)
#define MOST 64
#define COUNTER 12

static uint64_t rng;
static unsigned block, n_blocks, n_insns, the_block = ~0u, upto = MOST;
static struct {
	uint32_t insn;
	uint8_t len;
	uint16_t at, pattern;
	const char *op;
} item[MOST];
static unsigned chosen[4096], n_chosen, rounds;
static uint8_t *code = (uint8_t *)CODE, *const code_end = (uint8_t *)CODE + CODE_SIZE;
static int thumb, plain, wraps;

static uint32_t rnd(void)
{
	rng = rng * 6364136223846793005ull + 1442695040888963407ull;
	return rng >> 33 ^ rng >> 17;
}

static uint32_t value(void)
{
	static const uint32_t edges[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff,
					 0xfffffffe, 31, 32, 33, 255, 256, 0x00800080, 0x7f80ff01, 0x3f800000, 0x7fc00000};

	switch (rnd() % 6) {
	case 0:
		return DATA + DATA_SIZE / 2 + (rnd() % 64) * 8;
	case 1: case 2:
		return edges[rnd() % (sizeof edges / sizeof *edges)];
	case 3:
		return rnd() % 64;
	default:
		return rnd() * 2 ^ rnd();
	}
}

static int is(const struct pattern *p, const char *prefix)
{
	return !strncmp(p->op, prefix, strlen(prefix));
}

/* r4..r7 mostly hold addresses, r2 and r3 small offsets: others go elsewhere, so that most accesses find memory. */
static unsigned pick(const struct pattern *p, unsigned k, unsigned drawn)
{
	unsigned max = (1u << (p->reg[k].bits + p->reg[k].bits2)) - 1, r = drawn & max;
	char name = p->reg[k].name;

	if (p->is_memory && p->is_simd && name == 'm')
		return r < 13 && rnd() & 1 ? 13 + 2 * (r & 1) : r;
	if (p->is_memory && rnd() % 32)
		r = name == 'n' ? 4 + r % 4 : name == 'm' && !is(p, "ST") && !is(p, "SW") ? 2 + r % 2 : r;
	if (r == 15 && (!p->reg[k].may_be_pc || rnd() % 4))
		r = rnd() % 13 & max;
	if (r == 13 && (p->isa != ISA_A32 || rnd() % 4))
		r = rnd() % 13 & max;
	if ((name == 'd' || (name == 't' && p->is_simd)) && r >= 2 && r < 8 && rnd() % 16)
		r = max == 7 || rnd() & 1 ? r & 1 : 8 + r % 4;
	if (rounds && r == COUNTER)
		r = COUNTER - 1;
	return r;
}

static uint32_t put_register(const struct pattern *p, unsigned k, uint32_t x, unsigned r)
{
	uint32_t low = (1u << p->reg[k].bits) - 1, high = (1u << p->reg[k].bits2) - 1;

	x = (x & ~(low << p->reg[k].lsb)) | (r & low) << p->reg[k].lsb;
	return (x & ~(high << p->reg[k].lsb2)) | (r >> p->reg[k].bits & high) << p->reg[k].lsb2;
}

/* Lists of registers: no jump, the counter and usually SP left alone, usually most addresses too. */
static uint32_t tame_list(const struct pattern *p, uint32_t x)
{
	uint32_t jump = p->isa != ISA_T16 ? 1u << 15 : p->spare > 0xff ? 1u << 8 : 0;

	x &= ~(jump & p->spare);
	if (p->isa == ISA_T16)
		return is(p, "LDM") && rnd() % 8 ? x & ~0xf0u : x;
	if (rnd() % 8)
		x &= ~0x2000u | p->mask;
	if (is(p, "LDM") && rnd() % 8)
		x &= ~0xf0u;
	return rounds ? x & ~(1u << COUNTER) : x;
}

/* Random bits where the pattern leaves them open. */
static uint32_t instruction(const struct pattern *p)
{
	uint32_t x = ((rnd() << 16 ^ rnd()) & ~p->mask) | p->value, drawn = rnd();

	if (p->isa == ISA_A32 && !(p->mask >> 28) && (rnd() & 3 || x >> 28 == 15))
		x = (x & 0x0fffffff) | 0xe0000000;
	if (p->is_simd && x & 0x40 && rnd() & 7) /* often meant: Q registers have even numbers */
		x &= ~0x00011001u | p->mask;
	for (unsigned i = 0; i < p->n_regs; i++)
		x = put_register(p, i, x, pick(p, i, drawn >> 4 * i));
	if (p->spare_kind == 'l')
		x = tame_list(p, x);
	else if (p->spare_kind == 'i' && p->spare & 0x800 && rnd() & 7)
		x &= ~0xc00u;
	if (is(p, "LDRD") || is(p, "STRD")) /* both want words; A32 wants an even register */
		x &= p->isa != ISA_A32 ? ~3u : (x >> 13 & 7) == COUNTER >> 1 ? ~0x5003u : ~0x1003u;
	if (is(p, "SWP")) /* three different ones */
		x = (x & ~0xf00fu & ~0x80000u) | ((x >> 16 & 7) ^ 1) | ((x >> 16 & 7) ^ 2) << 12;
	if (p->isa == ISA_T32 && (is(p, "REV") || is(p, "RBIT") || is(p, "CLZ"))) /* m stands there twice */
		x = (x & ~0xf0000u) | (x & 15) << 16;
	return p->isa == ISA_T16 ? x & 0xffff : x;
}

static void put_insn(unsigned at, uint32_t x, unsigned len)
{
	uint16_t h[2] = {x >> 16, x};

	if (len == 4 && !thumb)
		memcpy(code + at, &x, 4);
	else
		memcpy(code + at, len == 2 ? h + 1 : h, len);
}

/* Undefined for ever. */
static unsigned put_end(unsigned at)
{
	put_insn(at, thumb ? 0xde00 : 0xe7f000f0, thumb ? 2 : 4);
	return at + (thumb ? 2 : 4);
}

/* A conditional branch from item k to behind item `to`. */
static void aim(unsigned k, unsigned to)
{
	uint32_t off = item[to].at + item[to].len - item[k].at;

	item[k].insn |= thumb ? (off - 4) >> 1 & 0xff : (off - 8) >> 2 & 0xffffff;
}

static void draw_items(void)
{
	unsigned it = 0, branch = MOST, left = 0;

	for (unsigned i = 0; i < n_insns; i++) {
		const struct pattern *p = &patterns[chosen[rnd() % n_chosen]];

		while (is(p, "VMSR") && n_chosen > 8 && rnd() % 8)
			p = &patterns[chosen[rnd() % n_chosen]];
		item[i].op = p->op;
		item[i].pattern = p - patterns;
		if (thumb && !it && n_insns > 1 && rnd() % 8 == 0) { /* an IT block */
			unsigned cond = rnd() % 14, mask = 1 + rnd() % 15;

			while (mask && 4 - __builtin_ctz(mask) >= (int)(n_insns - i)) /* it does not reach beyond the end */
				mask = mask << 1 & 15;
			if (!mask)
				cond = 0; /* NOP */
			item[i].insn = 0xbf00 | cond << 4 | mask;
			item[i].op = "IT";
			item[i].len = 2;
			it = mask ? 4 - __builtin_ctz(mask) : 0;
		} else if (!plain && !it && branch == MOST && i + 2 < n_insns && rnd() % 8 == 0) {
			item[i].insn = thumb ? 0xd000 | rnd() % 14 << 8 : rnd() % 14 << 28 | 0x0a000000;
			item[i].op = "B";
			item[i].len = thumb ? 2 : 4;
			branch = i;
			left = 1 + rnd() % 4;
		} else {
			if (it)
				it--;
			item[i].insn = instruction(p);
			item[i].len = p->isa == ISA_T16 ? 2 : 4;
			if (left)
				left--;
		}
		item[i].at = i ? item[i - 1].at + item[i - 1].len : 0;
		if (branch != MOST && branch != i && !it && (!left || i + 1 == n_insns)) {
			aim(branch, i);
			branch = MOST;
		}
	}
	if (branch != MOST)
		aim(branch, n_insns - 1);
}

/* The counter goes down, and while it is not 0 everything is done again. */
static unsigned put_loop(unsigned at)
{
	if (thumb) {
		put_insn(at, 0xf1bc0c01, 4);
		put_insn(at + 4, 0xd100 | ((-(int)(at + 8) / 2) & 0xff), 2);
		return at + 6;
	}
	put_insn(at, 0xe25cc001, 4);
	put_insn(at + 4, 0x1a000000 | ((-(int)(at + 12) / 4) & 0xffffff), 4);
	return at + 8;
}

static void make_code(void)
{
	unsigned at;

	rounds = n_insns > 1 && !plain && rnd() % 4 == 0 ? 1 + rnd() % 3 : 0;
	draw_items();
	code += 16 * (1 + rnd() % 8) + (thumb ? rnd() % 8 * 2 : 0);
	if (code > code_end - 6 * MOST) { /* the last ones end with their page */
		code = (uint8_t *)((uintptr_t)(code_end - item[n_insns - 1].at - item[n_insns - 1].len - 12) & ~3u);
		wraps = 1;
	}
	for (unsigned i = 0; i < n_insns; i++) {
		if (i < upto || block != the_block) {
			put_insn(item[i].at, item[i].insn, item[i].len);
			continue;
		}
		for (at = item[i].at; at < item[i].at + item[i].len;)
			at = put_end(at);
	}
	at = item[n_insns - 1].at + item[n_insns - 1].len;
	if (rounds)
		at = put_loop(at);
	do
		at = put_end(at);
	while (wraps && code + at < code_end);
	__builtin___clear_cache((char *)code, (char *)code + at);
}

/* FP registers: numbers of every kind. */
static uint64_t fp_value(void)
{
	static const uint32_t single[] = {0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7fa00001, 0xffc12345,
					  1, 0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000, 0x4effffff, 0x3effffff, 0x3f000000};
	static const uint32_t high[] = {0, 0x80000000, 0x3ff00000, 0xbff00000, 0x7ff00000, 0xfff00000, 0x7ff80000, 0x7ff40000, 0x000fffff,
					0x00100000, 0x7fefffff, 0x41e00000, 0xc1e00000, 0x3fe00000, 0x47efffff, 0x38100000, 0x36a00000};

	switch (rnd() % 6) {
	case 0:
		return single[rnd() % (sizeof single / 4)] | (uint64_t)single[rnd() % (sizeof single / 4)] << 32;
	case 1:
		return (uint64_t)high[rnd() % (sizeof high / 4)] << 32 | (rnd() & 1 ? 0 : rnd());
	case 2: /* about 1 */
		return ((rnd() & 0xffffff) | (0x3f000000 + (rnd() % 2 << 31))) | (uint64_t)((rnd() & 0xfffff) | 0x40000000) << 32;
	case 3: /* exponents near each other, or near the ends */
		return ((uint64_t)(rnd() & 0x807fffff) | (uint64_t)(0x70 + rnd() % 32) << 23) << 32 | (rnd() & 0x80ffffff) | (rnd() % 4 << 29);
	default:
		return (uint64_t)(rnd() << 16 ^ rnd()) << 32 | (rnd() << 16 ^ rnd());
	}
}

struct vfp {
	uint32_t magic, size;
	uint64_t d[32];
	uint32_t fpscr, pad;
};

static void fill_data(uint32_t start, uint32_t size)
{
	uint64_t *data = (uint64_t *)(DATA + start), v = rng;

	for (unsigned i = 0; i < size / 8; i++)
		data[i] = v += 0x0123456789abcdefull ^ v << 7;
}

static void make_state(ucontext_t *uc)
{
	unsigned long *r = &uc->uc_mcontext.arm_r0;
	struct vfp *v = (struct vfp *)uc->uc_regspace;
	uint32_t modes = rnd() & 1 ? 0 : rnd() << 16 & 0x07c00000; /* AHP DN FZ RMode */

	for (unsigned i = 0; i < 15; i++)
		r[i] = value();
	for (unsigned i = 4; i < 8; i++)
		r[i] = DATA + DATA_SIZE / 2 + (rnd() % 64) * 8 + (rnd() % 16 ? 0 : rnd() % 8);
	r[2] = rnd() % 32 * 4;
	r[3] = rnd() % 8 ? rnd() % 64 : -(rnd() % 64);
	r[13] = rnd() % 8 ? DATA + DATA_SIZE / 2 + (rnd() % 64) * 8 : value();
	if (rounds)
		r[COUNTER] = rounds;
	r[15] = (uintptr_t)code;
	uc->uc_mcontext.arm_cpsr = (rnd() & 0xf8000000) | (rnd() << 8 & 0x000f0000) | 0x10 | (thumb ? 0x20 : 0);
	for (unsigned i = 0; i < 32; i++)
		v->d[i] = fp_value();
	if (block < n_blocks / 4) /* a translator may do without looking at NaNs until one of them is set */
		modes &= ~0x03000000u; /* DN FZ */
	v->fpscr = modes | (rnd() & 1 ? 0 : (rnd() & 0x9f) | (rnd() & 0xf800) << 16); /* NZCV QC, cumulative flags */
}

static uint32_t hash(uint32_t h, const void *p, unsigned bytes)
{
	const uint32_t *w = p;

	for (unsigned i = 0; i < bytes / 4; i++)
		h = (h ^ w[i]) * 0x9e3779b1u, h ^= h >> 15;
	return h;
}

/* How many instructions were done. */
static unsigned executed(const unsigned long *r)
{
	unsigned at = r[15] - (uintptr_t)code, i = 0, round = r[COUNTER] <= rounds ? rounds - r[COUNTER] : 0;

	while (i < n_insns && item[i].at < at)
		i++;
	return i + round * (n_insns + 2);
}

/* KEEP-ORDER: PARTS (run-arm-stream) */
struct record {
	uint32_t block, executed, end, address, gpr, flags, fp, fpscr, memory;
	uint32_t insn, pattern; /* the first of them */
};

static void tell(const struct record *n, const unsigned long *r, uint32_t cpsr, const struct vfp *v)
{
	printf("end signal %u code %u after %u instructions, address %x\ncpsr %08x\nfpscr %08x\nmemory %08x\n", n->end & 0xff, n->end >> 8, n->executed,
	       n->address, cpsr, v->fpscr, n->memory);
	for (int i = 0; i < 16; i++)
		printf("r%d %08lx\n", i, r[i]);
	for (int i = 0; i < 32; i++)
		printf("d%d %016llx\n", i, (unsigned long long)v->d[i]);
}

static void tell_code(void)
{
	printf("%s at %x%s\n", thumb ? "t32" : "a32", (uint32_t)(uintptr_t)code, rounds ? ", a loop" : "");
	for (unsigned i = 0; i < n_insns; i++)
		printf("item %u %0*x %s\n", i, item[i].len * 2, item[i].insn, item[i].op);
	fflush(stdout);
}

static void note(int sig, const siginfo_t *info, const ucontext_t *uc)
{
	const unsigned long *r = &uc->uc_mcontext.arm_r0;
	struct vfp v;
	uint32_t cpsr = uc->uc_mcontext.arm_cpsr & 0xf80f0020, where = r[15];
	struct record n = {block, executed(r), sig | (sig == SIGSEGV ? info->si_code : 0) << 8, sig == SIGSEGV ? (uint32_t)info->si_addr : 0, 0, 0, 0, 0, 0,
			   item[0].insn, item[0].pattern};

	memcpy(&v, uc->uc_regspace, sizeof v);
	if (plain)
		v.fpscr &= 0xffc0009f; /* later extensions have more */
	/* flags that nobody reads any more may be older ones where a later instruction faults (docs/architecture.md) */
	if (sig != SIGILL && n_insns > 1)
		cpsr &= 0x0fffffff;
	n.gpr = hash(hash(1, r, 60), &where, 4);
	n.flags = cpsr;
	n.fp = hash(2, v.d, sizeof v.d);
	n.fpscr = v.fpscr;
	n.memory = hash(3, (char *)DATA + DATA_SIZE / 2 - WATCHED / 2, WATCHED);
	if (!plain && (block % REST_EVERY == REST_EVERY - 1 || block == the_block))
		n.memory = hash(n.memory, (char *)DATA, DATA_SIZE);
	if (the_block == ~0u)
		fwrite(&n, sizeof n, 1, stdout);
	else if (block == the_block)
		tell(&n, r, cpsr, &v);
}

static void next(int sig, siginfo_t *info, void *context)
{
	static int started;
	ucontext_t *uc = context;

	if (started) {
		note(sig, info, uc);
		block++;
	}
	if (block >= n_blocks || (block > the_block && the_block != ~0u)) {
		fflush(stdout);
		_exit(0);
	}
	if (wraps)
		code = (uint8_t *)CODE;
	wraps = 0;
	if (block % REST_EVERY == 0)
		fill_data(0, DATA_SIZE);
	if (plain) /* a difference is of one block */
		fill_data(DATA_SIZE / 2 - WATCHED / 2, WATCHED);
	started = 1;
	rng = rng * 2862933555777941757ull + 3037000493ull;
	make_code();
	make_state(uc);
	if (block == the_block)
		tell_code();
}

static int wanted(const struct pattern *p, const char *what)
{
	const char *op = strchr(what, ':');

	if ((p->isa != ISA_A32) != thumb)
		return 0;
	if (op)
		return !strcmp(op + 1, p->op);
	return !strncmp(what + 3, "mixed", 5) || p->is_simd == !strncmp(what + 3, "simd", 4);
}

int main(int argc, char **argv)
{
	static char alt[65536] __attribute__((aligned(16)));
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
	struct sigaction sa = {.sa_sigaction = next, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	static const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE};

	if (argc == 2)
		for (unsigned i = 0; i < N_PATTERNS; i++)
			puts(patterns[i].op);
	if (argc < 5)
		return argc != 2;
	rng = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ull + 1;
	thumb = !strncmp(argv[2], "t32", 3);
	plain = strstr(argv[2], "+plain") != NULL;
	n_blocks = atoi(argv[3]);
	n_insns = atoi(argv[4]);
	if (argc > 6) {
		the_block = atoi(argv[5]);
		upto = atoi(argv[6]);
	}
	for (unsigned i = 0; i < N_PATTERNS; i++)
		if (wanted(&patterns[i], argv[2]))
			chosen[n_chosen++] = i;
	if (!n_chosen || n_insns < 1 || n_insns > MOST - 4)
		return 2;
	if (mmap((void *)CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return 3;
	sigaltstack(&ss, NULL);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &sa, NULL);
	__builtin_trap();
}

/* SPDX-License-Identifier: MIT */
/*
 * An ARM program that executes a few instructions on known states and writes what they did. usage: runner FIRST < cases > results
 * A case is the instructions, what they are (A32, T32; with an address in each core register or not; once, or three times in a
 * loop), and nothing else: the state it begins with follows from its number, FIRST being that of the first one. The same program
 * runs under any emulator.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define MOST 8

struct test {
	uint32_t kind; /* bit 0: T32, bit 1: accesses memory, bit 2: misaligned addresses too, bit 3: a loop, r12 counts; A32 only */
	uint32_t count;
	uint32_t insn[MOST];
};

struct state {
	uint64_t d[32];
	uint32_t r[13];
	uint32_t cpsr, fpscr;
	uint32_t status; /* signal */
	uint32_t address, memory;
};

void run(struct state *s, uintptr_t code);
extern char run_return[];

__asm__(".text\n"
	".arm\n"
	".fpu neon\n"
	".global run, run_return\n"
	".type run, %function\n"
	"run:	push {r4-r11, lr}\n"
	"	push {r0, r1}\n"
	"	mov lr, r0\n"
	"	vldmia lr!, {d0-d15}\n"
	"	vldmia lr!, {d16-d31}\n"
	"	ldr r1, [lr, #56]\n"
	"	vmsr fpscr, r1\n"
	"	ldr r1, [lr, #52]\n"
	"	msr cpsr_f, r1\n"
	"	ldm lr, {r0-r12}\n"
	"	adr lr, run_return\n"
	"	ldr pc, [sp, #4]\n"
	"run_return:\n"
	"	ldr lr, [sp]\n"
	"	add lr, lr, #256\n"
	"	stm lr, {r0-r12}\n"
	"	mrs r1, cpsr\n"
	"	str r1, [lr, #52]\n"
	"	vmrs r1, fpscr\n"
	"	str r1, [lr, #56]\n"
	"	sub lr, lr, #256\n"
	"	vstmia lr!, {d0-d15}\n"
	"	vstmia lr!, {d16-d31}\n"
	"	add sp, sp, #8\n"
	"	pop {r4-r11, pc}\n");

static uint64_t random_state;

static uint64_t next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1d;
}

static uint32_t special32(void)
{
	static const uint32_t values[] = {
		0, 1, 2, 0x7fffff, 0x800000, 0x800001, 0x3f800000, 0x3f800001, 0x3f7fffff, 0x40000000, 0x3f000000, 0x40400000, 0x7f7fffff,
		0x7f800000, 0x7f800001, 0x7fc00000, 0x7fc12345, 0x7fa00000, 0x4b000000, 0x4b7fffff, 0x4f000000, 0x4effffff, 0x4f7fffff, 0x4f800000,
		0x33800000, 0x00400000, 0x7e800000, 0x7e7fffff, 0x01000000, 0x477fe000, 0x477ff000, 0x38800000, 0x387fffff, 0x33000001, 0x3fc00000,
		0x40200000, 0x46fffe00, 0x47000000,
	};
	uint64_t v = next();

	switch (v >> 60) {
	case 0: case 1: case 2: case 3:
		return v >> 32 & 0xffffffff;
	case 4: case 5: /* exponents near each other */
		return (v & 0x807fffff) | (0x78 + (v >> 32 & 15)) << 23;
	case 6: /* near the smallest */
		return (v & 0x81ffffff);
	case 7: /* few bits */
		return (v & 0x80000000) | (v >> 32 & 0xff) << 23 | (v >> 40 & 7) << 20 | (v >> 44 & 1);
	default:
		return values[(v >> 32) % (sizeof values / sizeof *values)] ^ (v & 0x80000000);
	}
}

static uint64_t special64(void)
{
	static const uint64_t values[] = {
		0, 1, 0xfffffffffffff, 0x10000000000000, 0x10000000000001, 0x3ff0000000000000, 0x3ff0000000000001, 0x3fefffffffffffff,
		0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001, 0x7ff8000000000000, 0x7ff8123456789abc, 0x7ff4000000000000,
		0x4330000000000000, 0x41dfffffffc00000, 0x41e0000000000000, 0x41efffffffe00000, 0x41f0000000000000, 0x36a0000000000000,
		0x380fffffffffffff, 0x3810000000000000, 0x380fffffe0000000, 0x380ffffff0000000, 0x47efffffe0000000, 0x47effffff0000000,
		0x47f0000000000000, 0x3690000000000000, 0x3690000000000001, 0x3e50000000000000, 0x40effc0000000000, 0x40effe0000000000,
		0x3f00000000000000, 0x3e60000000000001,
	};
	uint64_t v = next();

	switch (v >> 60) {
	case 0: case 1:
		return next();
	case 2: case 3:
		return (next() & 0x800fffffffffffff) | (0x3f8 + (v >> 32 & 15)) << 52;
	case 4: /* about single precision's limits */
		return (next() & 0x800fffffffffffff) | ((v & 1 ? 0x36f : 0x47a) + (v >> 32 & 31)) << 52;
	case 5:
		return next() & 0x803fffffffffffff;
	case 6:
		return (next() & 0x8000000000000000) | (v >> 32 & 0x7ff) << 52 | (v >> 8 & 7) << 49 | (v >> 4 & 1);
	default:
		return values[(v >> 32) % (sizeof values / sizeof *values)] ^ (next() & 0x8000000000000000);
	}
}

static uint64_t small_lanes(void)
{
	static const uint8_t bytes[] = {0, 1, 2, 0x7f, 0x80, 0x81, 0xff, 0xfe, 8, 16, 31, 32, 33, 64, 0xf8, 0xe0};
	uint64_t v = next(), r = 0;

	for (unsigned k = 0; k < 8; k++)
		r = r << 8 | bytes[v >> 4 * k & 15];
	return r;
}

static uint64_t any_d(unsigned how)
{
	switch (how & 3) {
	case 0:
		return next();
	case 1:
		return small_lanes();
	case 2:
		return (uint64_t)special32() << 32 | special32();
	default:
		return special64();
	}
}

static _Alignas(4096) uint8_t memory[8192];

static void set_state(struct state *s, const struct test *t, uint64_t number)
{
	uint64_t v;

	random_state = (number + 1) * 0x9e3779b97f4a7c15;
	v = next();
	memset(s, 0, sizeof *s);
	for (unsigned k = 0; k < 32; k++)
		s->d[k] = any_d(v & 16 ? v : next());
	s->fpscr = next() & 0xffc0009f;
	if (v & 32)
		s->fpscr &= 0xf8000000 | (v & 64 ? 0x03000000 : 0x00c00000);
	s->cpsr = (next() & 0xf8000000) | 0x10;
	for (unsigned k = 0; k < 13; k++)
		s->r[k] = next() & 1 ? special32() : (uint32_t)next();
	if (t->kind & 8)
		s->r[12] = 3;
	if (t->kind & 2) {
		uint32_t unaligned = t->kind & 4 ? 15 : 0;

		for (unsigned k = 0; k < (t->kind & 8 ? 12 : 13); k++)
			s->r[k] = (uintptr_t)memory + 4096 + (next() & (256 | unaligned));
		for (unsigned k = 0; k < sizeof memory; k += 8)
			*(uint64_t *)(memory + k) = next();
	}
}

static uint32_t memory_sum(void)
{
	uint32_t sum = 0;

	for (unsigned k = 0; k < sizeof memory; k += 4)
		sum = sum * 31 + *(uint32_t *)(memory + k);
	return sum;
}

static struct state *current;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	current->status = sig;
	current->address = sig == SIGILL ? 0 : (uintptr_t)info->si_addr - (uintptr_t)memory;
	uc->uc_mcontext.arm_pc = (uintptr_t)run_return;
	uc->uc_mcontext.arm_cpsr &= ~0x20u;
}

/* The instructions, the loop's end, and the return. */
static void make_code(uint32_t *code, const struct test *t)
{
	uint32_t *p = code;

	for (uint32_t k = 0; k < t->count && k < MOST; k++)
		*p++ = t->kind & 1 ? t->insn[k] >> 16 | t->insn[k] << 16 : t->insn[k];
	if (t->kind & 8) {
		*p++ = 0xe25cc001; /* subs r12, r12, #1 */
		*p = 0x1a000000 | ((code - p - 2) & 0xffffff);
		p++;
	}
	*p = t->kind & 1 ? 0xbf004770 : 0xe12fff1e;
}

#define BATCH 256
#define SLOT 16 /* words of code for each case */

int main(int argc, char **argv)
{
	static struct test tests[BATCH];
	uint64_t number = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
	uint32_t *code = mmap(NULL, BATCH * SLOT * 4, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};
	size_t n;

	if (code == MAP_FAILED)
		return 1;
	for (unsigned k = 0; k < 5; k++)
		sigaction((const int[]){SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE}[k], &sa, NULL);
	while ((n = fread(tests, sizeof *tests, BATCH, stdin)) > 0) {
		for (size_t k = 0; k < n; k++)
			make_code(code + SLOT * k, &tests[k]);
		__builtin___clear_cache((char *)code, (char *)(code + SLOT * BATCH));
		for (size_t k = 0; k < n; k++) {
			struct state s;

			set_state(&s, &tests[k], number++);
			current = &s;
			run(&s, (uintptr_t)(code + SLOT * k) | (tests[k].kind & 1));
			s.cpsr &= 0xf8000000;
			s.fpscr &= 0xffc0009f; /* later extensions have more */
			s.memory = tests[k].kind & 2 ? memory_sum() : 0;
			if (tests[k].kind & 2) /* addresses differ between emulators */
				for (unsigned j = 0; j < 13; j++)
					s.r[j] -= (uintptr_t)memory;
			fwrite(&s, sizeof s, 1, stdout);
		}
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Copying through extension registers, loads and stores in turn as libc has them: what the registers have at every fault, whole and in
 * halves, misaligned, with source and destination overlapping, and between signals whose handler uses them. */
// cflags: -static -O1 -marm -mfpu=neon
// guests: arm
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

enum { PAGE = 4096, SPAN = 160 };

/* Loads and stores of D and S registers: X(kind, register, offset). */
#define ROWS(X) \
	X(LD, 14, 0) X(LD, 15, 8) X(ST, 14, 0) X(LD, 14, 8) X(LD, 15, 16) X(ST, 15, 8) \
	X(ST, 3, 0) X(LD, 3, 0) X(ST, 0, 8) X(LD, 0, 8) X(ST, 1, 16) X(LD, 1, 16) X(ST, 2, 24) X(LD, 2, 24) X(ST, 3, 32) X(LD, 3, 64) \
	X(ST, 0, 40) X(LD, 0, 40) X(ST, 1, 48) X(LD, 1, 48) X(ST, 2, 56) X(LD, 2, 56) X(ST, 3, 64) X(LD, 3, 96) X(ST, 0, 72) \
	X(LD, 4, 8) X(LD, 5, 16) X(LD, 6, 24) X(LD, 7, 32) X(LD, 8, 40) X(LD, 9, 48) X(LD, 10, 56) X(LD, 11, 64) X(LD, 12, 72) \
	X(LD, 13, 80) X(LD, 4, 80) X(LD, 5, 88) X(LD, 6, 96) X(LD, 7, 104) X(LD, 8, 112) X(LD, 9, 120) X(ST, 4, 80) X(ST, 5, 88) \
	X(ST, 13, 96) X(LD, 10, 128) X(LD, 11, 136) X(LD, 12, 144) X(LD, 13, 152) \
	X(LD, 0, 0) X(STS, 1, 100) X(LD, 0, 4) X(LDS, 2, 8) X(STS, 2, 104) X(LDS, 2, 12) X(LD, 1, 16) X(STS, 3, 108) X(LD, 1, 24) \
	X(ST, 1, 112) X(LDS, 2, 32) X(LDS, 3, 36) X(LD, 1, 40) X(STS, 5, 120) X(STS, 4, 124) X(LD, 2, 128) X(ST, 2, 120)

#define ASM_ST(r, at) "vstr d" #r ", [%[to], #" #at "]\n\t"
#define ASM_LD(r, at) "vldr d" #r ", [%[from], #" #at "]\n\t"
#define ASM_STS(r, at) "vstr s" #r ", [%[to], #" #at "]\n\t"
#define ASM_LDS(r, at) "vldr s" #r ", [%[from], #" #at "]\n\t"
#define ASM(kind, r, at) ASM_##kind(r, at)

enum kind { ST, LD, STS, LDS };
static const struct row {
	enum kind kind;
	uint8_t reg, at;
} rows[] = {
#define ROW(kind, r, at) {kind, r, at},
	ROWS(ROW)
};
enum { N_ROWS = sizeof rows / sizeof *rows };

extern const char copy_first[], copy_end[];
static volatile uint32_t fault_at;
static volatile int fault_sig, alarms;
static int failed;

static void on_fault(int sig, siginfo_t *si, void *p)
{
	ucontext_t *uc = p;

	(void)si;
	fault_sig = sig;
	fault_at = (uc->uc_mcontext.arm_pc - (uintptr_t)copy_first) / 4;
	uc->uc_mcontext.arm_pc = (uintptr_t)copy_end;
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
	__asm__ volatile("vmov.i8 q0, #85\n\tvmov.i8 q1, #85\n\tvmov.i8 q2, #85\n\tvmov.i8 q3, #85\n\tvmov.i8 q8, #85" ::: "q0", "q1", "q2", "q3", "q8");
}

static __attribute__((noinline, noclone)) void copy(uint64_t regs[16], const uint8_t *from, uint8_t *to)
{
	__asm__ volatile("vldmia %[regs], {d0-d15}\n\t"
			 ".globl copy_first\ncopy_first:\n\t" ROWS(ASM) ".globl copy_end\ncopy_end:\n\t"
			 "vstmia %[regs], {d0-d15}"
			 :: [regs] "r"(regs), [from] "r"(from), [to] "r"(to)
			 : "memory", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15");
}

/* As far as both are there. The row that faults. */
static unsigned model(uint64_t regs[16], const uint8_t *from, uint32_t from_has, uint8_t *to, uint32_t to_has)
{
	for (unsigned i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		unsigned n = r->kind >= STS ? 4 : 8;
		uint8_t *reg = (uint8_t *)regs + r->reg * n;

		if (r->at + n > (r->kind & 1 ? from_has : to_has))
			return i;
		if (r->kind & 1)
			memcpy(reg, from + r->at, n);
		else
			memcpy(to + r->at, reg, n);
	}
	return N_ROWS;
}

static uint8_t *pages; /* 0: source, 2: destination, 4: that as it should be; behind each nothing */

static void fill(uint8_t *p, unsigned n, unsigned seed)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + seed + (i >> 3) * 31);
}

static void compare(const char *what, unsigned a, unsigned b, const void *x, const void *y, unsigned n)
{
	if (memcmp(x, y, n) && failed++ < 10)
		printf("%s wrong with %u and %u there\n", what, a, b);
}

/* So many bytes of them are there; overlap: the source is just below the destination. */
static void once(unsigned from_has, unsigned to_has, int overlap)
{
	uint64_t regs[16], want[16];
	uint8_t *to = pages + 3 * PAGE - to_has, *to_want = pages + 5 * PAGE - to_has, *from = pages + PAGE - from_has, *from_want = from;
	unsigned row, n = to_has < SPAN + 64 ? to_has : SPAN + 64;

	fill((uint8_t *)regs, sizeof regs, 99);
	memcpy(want, regs, sizeof regs);
	fill(pages, PAGE, 1);
	fill(to, n, 2);
	fill(to_want, n, 2);
	if (overlap) {
		from = to - 64 + overlap;
		from_want = to_want - 64 + overlap;
		memcpy(from_want, from, 64 - overlap);
	}
	row = model(want, from_want, from_has, to_want, to_has);
	fault_at = N_ROWS;
	copy(regs, from, to);
	if (fault_at != row && failed++ < 10)
		printf("fault at %u, not %u\n", (unsigned)fault_at, row);
	compare("registers", from_has, to_has, regs, want, sizeof regs);
	compare("memory", from_has, to_has, to, to_want, n);
}

/* The first of its accesses faults. */
static void misaligned(const uint8_t *from, uint8_t *to, unsigned row)
{
	uint64_t regs[16], want[16];

	fill((uint8_t *)regs, sizeof regs, 7);
	memcpy(want, regs, sizeof regs);
	for (unsigned i = 0; i < row; i++)
		memcpy((uint8_t *)want + rows[i].reg * 8, from + rows[i].at, 8);
	fault_sig = 0;
	copy(regs, from, to);
	if (fault_sig != SIGBUS || fault_at != row)
		printf("misaligned: signal %d at %u\n", fault_sig, (unsigned)fault_at), failed++;
	compare("registers, misaligned", 0, row, regs, want, sizeof regs);
}

int main(void)
{
	struct itimerval every = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO}, alarm = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

	pages = mmap(NULL, 6 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int k = 1; k < 6; k += 2)
		mprotect(pages + k * PAGE, PAGE, PROT_NONE);
	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGBUS, &fault, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	for (unsigned n = 0; n <= SPAN; n += 4) {
		once(n, SPAN + 64, 0);
		if (n % 8 == 0) /* else half of a store may be done */
			once(SPAN, n, 0);
	}
	for (int overlap = 4; overlap < 64; overlap += 4)
		once(SPAN, SPAN + 64, overlap);
	misaligned(pages + 2, pages + 2 * PAGE, 0);
	misaligned(pages, pages + 2 * PAGE + 2, 2);
	setitimer(ITIMER_REAL, &every, NULL);
	while (alarms < 300)
		once(SPAN, SPAN + 64, 0);
	setitimer(ITIMER_REAL, &never, NULL);
	printf(failed ? "failed\n" : "ok\n");
	return failed != 0;
}

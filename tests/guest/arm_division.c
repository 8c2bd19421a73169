/* SPDX-License-Identifier: MIT */
/* Divisions step by step, as libgcc unrolls them: entered at any step, in several registers, with operands that fit and that do not,
 * across pages, changed while they run, and interrupted. */
// cflags: -static -O1 -marm
// guests: arm
// timeout: 120
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096, STEPS = 32, NZCV = 28 };

struct regs {
	uint32_t r[10], nzcv;
};

/* Which registers, and with a NOP in each step or without (T32). */
static const struct form {
	uint8_t n, d, q, thumb, nop;
} forms[] = {{0, 1, 2, 0, 0}, {3, 1, 0, 0, 0}, {9, 8, 7, 0, 0}, {0, 1, 2, 1, 1}, {3, 1, 0, 1, 1}, {4, 6, 9, 1, 0}, {10, 1, 2, 1, 1}, {2, 2, 1, 0, 0}};

static uint8_t *pages;
static int failed;

static void fail(const char *what, uint32_t a, uint32_t b)
{
	if (failed++ < 10)
		printf("%s: %08x %08x\n", what, a, b);
}

/* ---- code ---- */

static uint8_t *put4(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
	return p + 4;
}

static uint8_t *put2(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 2);
	return p + 2;
}

static uint8_t *wide(uint8_t *p, uint32_t a, uint32_t b)
{
	return put2(put2(p, a), b);
}

static uint8_t *step(uint8_t *p, const struct form *f, unsigned k)
{
	uint32_t shift = (k >> 2) << 12 | (k & 3) << 6 | f->d;

	if (!f->thumb) {
		p = put4(p, 0xe1500000 | (uint32_t)f->n << 16 | k << 7 | f->d);
		p = put4(p, 0xe0a00000 | (uint32_t)f->q << 16 | (uint32_t)f->q << 12 | f->q);
		return put4(p, 0x20400000 | (uint32_t)f->n << 16 | (uint32_t)f->n << 12 | k << 7 | f->d);
	}
	p = wide(p, 0xebb0 | f->n, 0x0f00 | shift);
	if (f->nop)
		p = put2(p, 0xbf00);
	p = wide(p, 0xeb40 | f->q, (uint32_t)f->q << 8 | f->q);
	p = put2(p, 0xbf28); /* IT CS */
	return wide(p, 0xeba0 | f->n, shift | (uint32_t)f->n << 8);
}

static unsigned step_len(const struct form *f)
{
	return f->thumb ? 14 + 2 * f->nop : 12;
}

/* A jump into the steps by r5, the steps, and a return. Where the steps are. */
static uint8_t *make(uint8_t *p, const struct form *f)
{
	uint8_t *steps;

	if (f->thumb) {
		p = put2(put2(p, 0x46af), 0xbf00); /* mov pc, r5; nop */
	} else {
		p = put4(p, 0xe3550000); /* cmp r5, 0 */
		p = put4(p, 0x108ff105); /* addne pc, pc, r5, lsl 2 */
		p = put4(p, 0xe320f000);
	}
	steps = p;
	for (int k = STEPS - 1; k >= 0; k--)
		p = step(p, f, k);
	if (f->thumb)
		p = put2(p, 0x4770);
	else
		p = put4(p, 0xe12fff1e);
	__builtin___clear_cache((char *)steps - 16, (char *)p);
	return steps;
}

/* r10 is n for one of the forms: it is r0 that goes there. */
static void call(struct regs *g, uintptr_t key)
{
	__asm__ volatile("push {r4-r11, lr}\n\t"
			 "mov r12, %1\n\t"
			 "push {%0}\n\t"
			 "mov lr, %0\n\t"
			 "ldr r0, [lr, #40]\n\t"
			 "msr cpsr_f, r0\n\t"
			 "ldm lr, {r0-r9}\n\t"
			 "mov r10, r0\n\t"
			 "blx r12\n\t"
			 "pop {lr}\n\t"
			 "stm lr, {r0-r9}\n\t"
			 "mrs r0, cpsr\n\t"
			 "str r0, [lr, #40]\n\t"
			 "str r10, [lr, #44]\n\t"
			 "pop {r4-r11, lr}"
			 :: "r"(g), "r"(key) : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

/* ---- what it should be ---- */

static uint32_t flags_of(uint32_t a, uint32_t b)
{
	uint32_t d = a - b;

	return (d >> 31) << 3 | (uint32_t)(d == 0) << 2 | (uint32_t)(a >= b) << 1 | ((a ^ b) & (a ^ d)) >> 31;
}

static void model(uint32_t r[11], uint32_t *nzcv, const struct form *f, int k)
{
	for (; k >= 0; k--) {
		uint32_t b = r[f->d] << k;
		int carry = r[f->n] >= b;

		*nzcv = flags_of(r[f->n], b);
		r[f->q] = 2 * r[f->q] + carry;
		if (carry)
			r[f->n] -= r[f->d] << k;
	}
}

static uint32_t random32(void)
{
	return (uint32_t)rand() << 12 ^ (uint32_t)rand();
}

static uint32_t value(void)
{
	static const uint32_t edges[] = {0, 1, 2, 3, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0xfffffffe, 10, 1000};
	uint32_t v = random32();

	if (v % 4 == 0)
		return edges[v / 4 % (sizeof edges / sizeof *edges)];
	return random32() >> v / 4 % 32;
}

/* From step k on, with values that mostly fit. */
static void once(const struct form *f, uint8_t *steps, int k, int by_jump)
{
	struct {
		struct regs g;
		uint32_t r10;
	} s;
	uint32_t want[11], nzcv = 0;
	uintptr_t at = (uintptr_t)steps + (STEPS - 1 - k) * step_len(f);

	for (int i = 0; i < 10; i++)
		s.g.r[i] = value();
	if (f->d < 10 && f->n < 10 && random32() % 4 && s.g.r[f->d]) { /* k as libgcc has it, or just fitting */
		if (__builtin_clz(s.g.r[f->d]) < k)
			s.g.r[f->d] >>= k - __builtin_clz(s.g.r[f->d]);
		s.g.r[f->n] &= s.g.r[f->d] << k | ((1u << k) - 1);
	}
	s.g.nzcv = random32() << NZCV;
	if (by_jump) {
		s.g.r[5] = f->thumb ? at : (at - (uintptr_t)steps) / 4;
		at = (uintptr_t)steps - (f->thumb ? 4 : 12);
	}
	memcpy(want, s.g.r, sizeof s.g.r);
	want[10] = s.g.r[0];
	model(want, &nzcv, f, k);
	call(&s.g, at | f->thumb);
	for (int i = 0; i < 10; i++)
		if (s.g.r[i] != want[i])
			fail("register", s.g.r[i], want[i]);
	if (s.r10 != want[10])
		fail("r10", s.r10, want[10]);
	if (s.g.nzcv >> NZCV != nzcv)
		fail("flags", s.g.nzcv >> NZCV, nzcv);
}

static void all_steps(const struct form *f, uint8_t *at, int times)
{
	uint8_t *steps = make(at, f);

	for (int i = 0; i < times; i++)
		for (int k = 0; k < STEPS; k++) {
			once(f, steps, k, 0);
			once(f, steps, k, 1);
		}
}

/* ---- faults ---- */

static sigjmp_buf out;
static volatile uintptr_t fault_pc;

static void on_fault(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)si;
	fault_pc = ((ucontext_t *)uc)->uc_mcontext.arm_pc;
	siglongjmp(out, 1);
}

/* Its second half is not there any more, then it is again; then something else is there. */
static void half_gone(const struct form *f)
{
	uint8_t *steps = make(pages + PAGE - 18 * step_len(f), f), *end;
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	struct regs g[2] = {{.r = {1000, 7}}};

	sigaction(SIGSEGV, &sa, NULL);
	call(g, (uintptr_t)steps | f->thumb);
	mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE);
	if (!sigsetjmp(out, 1)) {
		call(g, (uintptr_t)steps | f->thumb);
		fail("no fault", 0, 0);
	}
	if (fault_pc / PAGE * PAGE != (uintptr_t)pages + PAGE)
		fail("fault elsewhere", fault_pc, (uintptr_t)pages + PAGE);
	mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	all_steps(f, steps - 12, 1);
	end = steps + STEPS * step_len(f); /* no subtraction in the last step */
	if (f->thumb)
		wide(end - 4, 0xf3af, 0x8000);
	else
		put4(end - 4, 0xe320f000);
	__builtin___clear_cache((char *)steps, (char *)end);
	g[0] = (struct regs){.r = {1000, 7}};
	call(g, (uintptr_t)steps | f->thumb);
	if (g[0].r[0] != 1000 % 7 + (1000 / 7 & 1 ? 7 : 0))
		fail("changed code", g[0].r[0], 1000 % 7 + (1000 / 7 & 1 ? 7 : 0));
}

/* ---- signals ---- */

static volatile int alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void interrupted(const struct form *f, uint8_t *at)
{
	struct itimerval every = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
	uint8_t *steps = make(at, f);
	struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	for (int until = alarms + 100; alarms < until;)
		for (int k = 0; k < STEPS; k++)
			once(f, steps, k, k & 1);
	setitimer(ITIMER_REAL, &never, NULL);
}

int main(void)
{
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		all_steps(&forms[i], pages + 32, 50);
		all_steps(&forms[i], pages + PAGE - 200, 2);
		all_steps(&forms[i], pages + PAGE - 4, 2);
	}
	half_gone(&forms[0]);
	half_gone(&forms[3]);
	interrupted(&forms[1], pages + 64);
	interrupted(&forms[4], pages + 64);
	printf(failed ? "failed\n" : "ok\n");
	return failed != 0;
}

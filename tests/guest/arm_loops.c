/* SPDX-License-Identifier: MIT */
/* Loops of few instructions, which a translator keeps in registers: faults, signals, NaNs, tiny results and changed modes in them;
 * exclusive loads and stores against other threads and processes. */
// cflags: -static -O1 -pthread -mfpu=neon -marm
// guests: arm
// timeout: 120
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { IOC = 1, UFC = 8, IXC = 16 };

static int failed;

static void check(int ok, const char *what)
{
	if (!ok) {
		printf("wrong: %s\n", what);
		failed = 1;
	}
}

static uint32_t fpscr(void)
{
	uint32_t v;

	__asm__ volatile("vmrs %0, fpscr" : "=r"(v)::"memory");
	return v;
}

static void set_fpscr(uint32_t v)
{
	__asm__ volatile("vmsr fpscr, %0" ::"r"(v) : "memory");
}

static uint64_t bits(double d)
{
	uint64_t v;

	memcpy(&v, &d, 8);
	return v;
}

static double number(uint64_t v)
{
	double d;

	memcpy(&d, &v, 8);
	return d;
}

/* ---- sums of products ---- */

static __attribute__((noinline)) double dot(const double *a, const double *b, uint32_t n)
{
	register double sum __asm__("d0") = 0;

	__asm__ volatile("1: vldmia %1!, {d1}\n\tvldmia %2!, {d2}\n\tsubs %3, %3, #1\n\tvmla.f64 d0, d1, d2\n\tbne 1b"
			 : "+w"(sum), "+r"(a), "+r"(b), "+r"(n)::"d1", "d2", "cc", "memory");
	return sum;
}

/* With a sum in a single's half of a double, and Advanced SIMD in between. */
static __attribute__((noinline)) void halves(uint32_t n, float *single, uint32_t *lanes, double *both)
{
	__asm__ volatile("vmov.i32 q0, #0\n\tvmov.i32 q2, #0\n\tvmov.i32 q3, #3\n\tvmov.f32 s20, #1.0\n\tvmov.i32 q4, #0\n"
			 "1: vadd.f32 s1, s1, s20\n\tvadd.i32 q2, q2, q3\n\tvadd.f32 q4, q4, q4\n\tsubs %0, %0, #1\n\tvmov d8, d0\n\tbne 1b\n\t"
			 "vstr s1, [%1]\n\tvst1.32 {q2}, [%2]\n\tvstr d8, [%3]"
			 : "+r"(n)
			 : "r"(single), "r"(lanes), "r"(both)
			 : "q0", "q2", "q3", "q4", "q5", "cc", "memory");
}

/* Thirds, rounded down and up by turns. */
static __attribute__((noinline)) double modes(uint32_t n)
{
	double sum = 0;

	__asm__ volatile("vmov.f64 d1, #1.0\n\tvmov.f64 d2, #3.0\n\tvmov.i32 d0, #0\n\tmov r1, #0x400000\n"
			 "1: eor r1, r1, #0xc00000\n\tvmsr fpscr, r1\n\tvdiv.f64 d3, d1, d2\n\tvadd.f64 d0, d0, d3\n\tvsub.f64 d0, d0, d3\n\t"
			 "subs %1, %1, #1\n\tvmov.f64 d4, d3\n\tbne 1b\n\tvmov.f64 %P0, d4\n\tmov r1, #0\n\tvmsr fpscr, r1"
			 : "=w"(sum), "+r"(n)::"d0", "d1", "d2", "d3", "d4", "r1", "cc");
	return sum;
}

static double a[4096], b[4096];

static void fill(void)
{
	for (int i = 0; i < 4096; i++)
		a[i] = i, b[i] = 3;
}

static void sums(void)
{
	float single;
	uint32_t lanes[4];
	double both;

	fill();
	check(dot(a, b, 4096) == 4095.0 * 4096 / 2 * 3, "a sum");
	set_fpscr(0);
	a[1000] = number(0x7ff0000000000123); /* signalling */
	a[2000] = number(0xfff8000000000456);
	check(bits(dot(a, b, 4096)) == 0x7ff8000000000123, "a signalling NaN stays");
	check(fpscr() & IOC, "and sets IOC");
	set_fpscr(0);
	a[1000] = 1;
	check(bits(dot(a, b, 4096)) == 0xfff8000000000456, "a quiet NaN stays");
	check(!(fpscr() & IOC), "and does not set IOC");
	a[2000] = number(0x7ff0000000000000);
	b[2000] = 0;
	check(bits(dot(a, b, 4096)) == 0x7ff8000000000000 && fpscr() & IOC, "infinity times 0");
	fill();
	set_fpscr(0);
	check(dot(a, b, 4096) == 4095.0 * 4096 / 2 * 3 && !(fpscr() & (UFC | IXC)), "an exact sum");
	a[77] = number(0x001fffffffffffff); /* times a half: rounds up to the smallest normal number */
	b[77] = 0.5;
	dot(a, b, 4096);
	check(fpscr() & UFC, "a result that is tiny before rounding");
	halves(1000, &single, lanes, &both);
	check(single == 1000 && lanes[0] == 3000 && lanes[3] == 3000 && bits(both) == 0x447a000000000000, "a double's half");
	check(bits(modes(1000)) != bits(modes(1001)), "rounding modes in turn");
}

/* d + a NaN, with FPSCR.DN set every other time; what came of it the last two times. */
static __attribute__((noinline)) void default_nans(uint32_t n, uint64_t out[2])
{
	double nan = number(0xfff8000000000456);

	__asm__ volatile("vmov.f64 d1, #1.0\n\tmov r1, #0\n"
			 "1: eor r1, r1, #0x2000000\n\tvmov.f64 d3, d2\n\tvmsr fpscr, r1\n\tvadd.f64 d2, d1, %P1\n\tsubs %0, %0, #1\n\tbne 1b\n\t"
			 "vstr d3, [%2]\n\tvstr d2, [%2, #8]\n\tmov r1, #0\n\tvmsr fpscr, r1"
			 : "+r"(n)
			 : "w"(nan), "r"(out)
			 : "d1", "d2", "d3", "r1", "cc", "memory");
}

/* Zeros divided by zero, and compared. */
static void many_nans(void)
{
	volatile double zero = 0, one = 1;
	int wrong = 0;

	for (int i = 0; i < 1000; i++) {
		double q = zero / zero, s = number(0xfff4000000000001) * one;

		wrong += bits(q) != 0x7ff8000000000000 || bits(s) != 0xfffc000000000001 || q < one || q >= one || q == q;
		wrong += bits(one - q) != 0x7ff8000000000000 || q * s == q * s;
	}
	check(!wrong, "many NaNs");
}

static void nans(void)
{
	uint64_t out[2];

	many_nans();
	default_nans(100, out);
	check(out[0] == 0x7ff8000000000000 && out[1] == 0xfff8000000000456, "default NaNs by turns");
	many_nans();
}

/* ---- faults and signals ---- */

static double *edge;
static int faults, frame_right;
static volatile int ticks;

/* VFP state in the frame: magic, size, d0.. */
static const double *frame_doubles(const ucontext_t *u)
{
	const uint32_t *p = (const uint32_t *)u->uc_regspace;

	return p[0] == 0x56465001 ? (const double *)(p + 2) : NULL;
}

static void on_fault(int sig, siginfo_t *si, void *uc)
{
	const double *d = frame_doubles(uc);

	(void)sig;
	faults++;
	frame_right = d && d[0] == 511.0 * 512 / 2 * 3 && d[1] == 511 && si->si_addr == (void *)edge;
	__asm__ volatile("vmov.i32 q0, #0\n\tvmov.i32 q1, #0" ::: "q0", "q1");
	mprotect(edge, 4096, PROT_READ | PROT_WRITE);
}

static void faulting(void)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	double *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	sigaction(SIGSEGV, &sa, NULL);
	edge = p + 512;
	for (int i = 0; i < 1024; i++)
		p[i] = i;
	for (int i = 0; i < 20; i++) {
		fill();
		mprotect(edge, 4096, PROT_NONE);
		frame_right = 0;
		check(dot(p, b, 1024) == 1023.0 * 1024 / 2 * 3, "a sum with a fault in it");
		check(frame_right, "the frame of a fault in a loop");
	}
	check(faults == 20, "a fault each time");
}

static void on_tick(int sig)
{
	(void)sig;
	ticks++;
	__asm__ volatile("vmov.i32 q0, #0\n\tvmov.i32 q1, #0\n\tvmov.i32 q4, #7" ::: "q0", "q1", "q4");
}

static void ticking(void)
{
	struct itimerval every = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
	int wrong = 0;

	signal(SIGALRM, on_tick);
	fill();
	setitimer(ITIMER_REAL, &every, NULL);
	while (ticks < 200)
		wrong += dot(a, b, 4096) != 4095.0 * 4096 / 2 * 3;
	setitimer(ITIMER_REAL, &never, NULL);
	check(!wrong, "sums with signals in them");
}

/* ---- exclusives ---- */

enum { THREADS = 4, TIMES = 50000, ROUNDS = 20000 };

static uint32_t counter, spin_sum;
static volatile uint32_t spin;
static _Alignas(64) volatile uint32_t flag[2][16];
static _Alignas(64) uint32_t neither, seen[2][ROUNDS];
static volatile uint32_t turn[2];

static void *add(void *p)
{
	uint32_t *c = p;

	for (uint32_t i = 0; i < TIMES; i++) {
		__atomic_add_fetch(c, 1, __ATOMIC_SEQ_CST);
		while (__sync_lock_test_and_set(&spin, 1))
			;
		spin_sum++;
		__sync_lock_release(&spin);
	}
	return NULL;
}

static void threads_add(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, add, &counter);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	check(counter == THREADS * TIMES && spin_sum == THREADS * TIMES, "additions by threads");
}

static void processes_add(void)
{
	uint32_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < THREADS; i++)
		if (fork() == 0) {
			for (uint32_t k = 0; k < TIMES; k++)
				__atomic_add_fetch(shared, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	check(*shared == THREADS * TIMES, "additions by processes");
}

/* Each says that it is there, with an atomic addition for a barrier, and looks for the other: one of them must see the other. */
static void *meet(void *p)
{
	uint32_t me = (uint32_t)(uintptr_t)p;
	static uint32_t other;

	for (uint32_t i = 1; i < ROUNDS; i++) {
		turn[me] = i;
		while (turn[!me] < i)
			;
		flag[me][0] = i;
		__atomic_add_fetch(me ? &other : &counter, 1, __ATOMIC_SEQ_CST);
		seen[me][i] = flag[!me][0];
	}
	return NULL;
}

static void barriers(void)
{
	pthread_t t[2];

	for (uintptr_t i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, meet, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	for (uint32_t i = 1; i < ROUNDS; i++)
		neither += seen[0][i] < i && seen[1][i] < i;
	check(!neither, "an atomic addition is a barrier");
}

int main(void)
{
	sums();
	nans();
	sums();
	faulting();
	ticking();
	threads_add();
	processes_add();
	barriers();
	puts(failed ? "failed" : "good");
	return failed;
}

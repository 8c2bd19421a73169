// SPDX-License-Identifier: MIT
// timeout: 120
// cflags: -static -O1 -pthread -msse2
// Signals while the program computes: none lost, prompt, registers and flags and FPU unharmed; signals between threads.
// guests: i386
#include "sig_util.h"

#include <pthread.h>
#include <sys/time.h>
#include <time.h>

static volatile int ticks, go, got[4];
static volatile double sink;

static void tick(int sig)
{
	double d = ticks;

	(void)sig;
	ticks++;
	d = d * 3.5 + 1; /* use the FPU */
	sink = d;
	__asm__ volatile("std\n\tcld\n\tpcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm7, %%xmm7\n\tstc" ::: "cc", "xmm0", "xmm7");
}

static uint32_t mix(uint32_t n)
{
	uint32_t a = 1, b = 2, c = 3, d = 4, s = 5, t = 6;

	for (uint32_t i = 0; i < n; i++) {
		__asm__ volatile("add %1, %0\n\tadc %2, %1\n\tadc %3, %2\n\tsbb %4, %3\n\trcll $3, %4\n\tadc %0, %5" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+m"(s), "+m"(t)::"cc");
	}
	return a ^ b ^ c ^ d ^ s ^ t;
}

static double fp_mix(int n)
{
	long double x = 1.25L;

	for (int i = 1; i < n; i++)
		x = x * 1.0000001L + 1.0L / i;
	return x;
}

static double sse_mix(int n)
{
	double r;

	__asm__ volatile("cvtsi2sd %1, %%xmm0\n\tmovapd %%xmm0, %%xmm7\n\tmov %2, %%ecx\n1:\taddsd %%xmm0, %%xmm7\n\tsqrtsd %%xmm7, %%xmm1\n\taddsd %%xmm1, %%xmm0\n"
			 "\tdec %%ecx\n\tjnz 1b\n\tmovsd %%xmm7, %0" : "=m"(r) : "r"(3), "m"(n) : "ecx", "cc", "xmm0", "xmm1", "xmm7");
	return r;
}

static void timer(int us)
{
	setitimer(ITIMER_REAL, &(struct itimerval){{0, us}, {0, us}}, 0);
}

/* A string operation over and over: interrupted in its middle, it goes on. */
static uint32_t strings(void)
{
	static char a[1 << 16], b[1 << 16];
	uint32_t sum = 0;

	for (int k = 0; k < 300; k++) {
		memset(a, k, sizeof a);
		char *from = a, *to = b;
		unsigned n = sizeof a;
		__asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(n)::"memory");
		for (unsigned i = 0; i < sizeof b; i += 997)
			sum = sum * 31 + b[i];
	}
	return sum;
}

static void prompt(void)
{
	struct timespec t0, t1;
	int slow = 0;

	for (int k = 0; k < 50; k++) {
		ticks = 0;
		clock_gettime(CLOCK_MONOTONIC, &t0);
		setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 2000}}, 0);
		while (!ticks)
			;
		clock_gettime(CLOCK_MONOTONIC, &t1);
		if ((t1.tv_sec - t0.tv_sec) * 1000000 + (t1.tv_nsec - t0.tv_nsec) / 1000 > 2000 + 50000)
			slow++;
	}
	printf("prompt: %s\n", slow < 10 ? "yes" : "no");
}

static void counted(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	(void)sig;
	got[info->si_value.sival_int & 3]++;
}

static void *sender(void *main_tid)
{
	uint32_t info[32] = {40, 0, SI_QUEUE};
	static int next;
	int me = __atomic_fetch_add(&next, 1, __ATOMIC_SEQ_CST);

	info[5] = me;
	for (int i = 0; i < 1000; i++)
		while (RAW(SYS_rt_tgsigqueueinfo, getpid(), (long)main_tid, 40, info) == -EAGAIN)
			sched_yield();
	__atomic_fetch_add(&go, 1, __ATOMIC_SEQ_CST);
	return 0;
}

int main(void)
{
	pthread_t t[4];
	uint32_t m[2];
	double d[2], e[2];

	setvbuf(stdout, 0, _IONBF, 0);
	ksigaction(SIGALRM, tick, SA_RESTART, 0);
	m[0] = mix(100000000);
	timer(300);
	m[1] = mix(100000000);
	printf("integer and flags: %s, signals %s\n", m[0] == m[1] ? "same" : "differ", ticks > 10 ? "many" : "few");
	timer(0);
	d[0] = fp_mix(5000000);
	e[0] = sse_mix(5000000);
	ticks = 0;
	timer(300);
	d[1] = fp_mix(5000000);
	e[1] = sse_mix(5000000);
	printf("x87: %s, sse: %s, signals %s\n", d[0] == d[1] ? "same" : "differ", e[0] == e[1] ? "same" : "differ", ticks > 10 ? "many" : "few");
	ticks = 0;
	m[0] = strings();
	timer(0);
	m[1] = strings();
	printf("strings: %s\n", m[0] == m[1] ? "same" : "differ");
	prompt();

	ksigaction(40, counted, SA_SIGINFO | SA_RESTART, 0);
	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], 0, sender, (void *)RAW(SYS_gettid));
	while (go < 4)
		mix(100);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], 0);
	printf("threads: %d %d %d %d\n", got[0], got[1], got[2], got[3]);
	return 0;
}

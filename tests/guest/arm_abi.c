/* SPDX-License-Identifier: MIT */
/* What only ARM programs see of the kernel: user helpers, private calls, frames with VFP and IT state, Thumb handlers, faults. */
// cflags: -static -O1 -pthread -mfpu=neon
// guests: arm
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static int failed;

static void check(int ok, const char *what)
{
	if (!ok) {
		printf("wrong: %s\n", what);
		failed = 1;
	}
}

/* ---- helpers at 0xffff0000 ---- */

static void user_helpers(void)
{
	int (*cmpxchg)(int, int, volatile int *) = (void *)0xffff0fc0;
	int (*cmpxchg64)(const int64_t *, const int64_t *, volatile int64_t *) = (void *)0xffff0f60;
	void (*barrier)(void) = (void *)0xffff0fa0;
	void *(*get_tls)(void) = (void *)0xffff0fe0;
	volatile int v = 5;
	volatile int64_t w = 0x100000002ll;
	int64_t old = 0x100000002ll, new = 0x300000004ll;

	check(*(int *)0xffff0ffc == 5, "helper version");
	check(cmpxchg(5, 9, &v) == 0 && v == 9, "cmpxchg that is done");
	check(cmpxchg(5, 7, &v) != 0 && v == 9, "cmpxchg that is not");
	check(cmpxchg64(&old, &new, &w) == 0 && w == new, "cmpxchg64 that is done");
	check(cmpxchg64(&old, &new, &w) != 0 && w == new, "cmpxchg64 that is not");
	barrier();
	check(get_tls() == __builtin_thread_pointer(), "get_tls");
	check((uint32_t)syscall(0xf0006) == (uint32_t)__builtin_thread_pointer(), "call get_tls");
}

/* ---- cacheflush ---- */

static void flushing(void)
{
	uint32_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*f)(void) = (void *)code;

	for (int i = 0; i < 200; i++) {
		code[0] = 0xe3a00000 | i; /* mov r0, #i */
		code[1] = 0xe12fff1e;     /* bx lr */
		__builtin___clear_cache((char *)code, (char *)(code + 2));
		check(f() == i, "code written and flushed");
	}
	check(syscall(0xf0002, 8, 4, 0) == -1, "cacheflush backwards");
	check(syscall(0xf0002, 8, 12, 1) == -1, "cacheflush with flags");
}

/* ---- signals ---- */

static sigjmp_buf back;
static volatile int seen_sig, seen_code;
static volatile uint32_t seen_addr, seen_cpsr, seen_pc;

static void note(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	seen_sig = sig;
	seen_code = info->si_code;
	seen_addr = (uint32_t)info->si_addr;
	seen_cpsr = uc->uc_mcontext.arm_cpsr;
	seen_pc = uc->uc_mcontext.arm_pc;
	siglongjmp(back, 1);
}

static void on_all(void (*fn)(int, siginfo_t *, void *))
{
	static const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGUSR1};
	struct sigaction sa = {.sa_sigaction = fn, .sa_flags = SA_SIGINFO};

	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &sa, NULL);
}

#define FAULT(sig, code, what, ...) \
	do { \
		seen_sig = 0; \
		if (!sigsetjmp(back, 1)) { \
			__VA_ARGS__; \
		} \
		check(seen_sig == sig && seen_code == code, what); \
	} while (0)

__attribute__((target("arm"), noinline)) static void undefined_arm(void)
{
	__asm__ volatile(".inst 0xe7f000f0");
}

__attribute__((target("thumb"), noinline)) static void undefined_thumb(void)
{
	__asm__ volatile(".inst.n 0xde00");
}

/* The second instruction of the block faults: IT says that one and the next are to come. */
__attribute__((target("thumb"), noinline)) static void fault_in_it(uint32_t addr)
{
	__asm__ volatile(".syntax unified\n\tcmp %0, %0\n\titte eq\n\tmoveq r1, r1\n\tldreq r1, [%0]\n\tmovne r1, #3" : : "r"(addr) : "r1", "cc");
}

__attribute__((target("arm"), noinline)) static void exclusive(uint32_t addr)
{
	__asm__ volatile("ldrex r1, [%0]" : : "r"(addr) : "r1");
}

static void faults(void)
{
	uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	on_all(note);
	FAULT(SIGILL, ILL_ILLOPC, "undefined A32", undefined_arm());
	FAULT(SIGILL, ILL_ILLOPC, "undefined T32", undefined_thumb());
	check(seen_cpsr & 0x20, "T in the frame");
	FAULT(SIGSEGV, SEGV_MAPERR, "read of nothing", *(volatile int *)0x10);
	check(seen_addr == 0x10, "its address");
	mprotect(page, 4096, PROT_READ);
	FAULT(SIGSEGV, SEGV_ACCERR, "write of a read-only page", *(volatile int *)page = 1);
	FAULT(SIGSEGV, SEGV_MAPERR, "jump to nothing", ((void (*)(void))0x1000)());
	check(seen_pc == 0x1000, "pc of the jump");
	FAULT(SIGSEGV, SEGV_ACCERR, "jump to data", ((void (*)(void))(page + 4096))());
	FAULT(SIGSEGV, SEGV_MAPERR, "fault in an IT block", fault_in_it(4));
	/* cond eq, then: 2 of 3 done first -> IT = 0000 1100 for "t e" left: cond 000, mask 0:1:1:0 << 1 */
	check((seen_cpsr & 0x0600fc00) != 0, "IT in the frame");
	FAULT(SIGBUS, BUS_ADRALN, "unaligned exclusive", exclusive((uint32_t)page + 4097));
	FAULT(SIGTRAP, TRAP_BRKPT, "bkpt", __asm__ volatile("bkpt #0"));
	FAULT(SIGTRAP, TRAP_BRKPT, "call breakpoint", syscall(0xf0001));
	munmap(page, 8192);
}

/* A handler that changes what VFP and flags it comes back to. */
static void change(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint32_t *regs = (uint32_t *)uc->uc_regspace;

	(void)sig;
	(void)info;
	check(regs[0] == 0x56465001 && regs[1] == 288, "VFP part of the frame");
	check(((double *)(regs + 2))[9] == 1.5, "d9 in the frame");
	((double *)(regs + 2))[9] = 2.5;
	uc->uc_mcontext.arm_cpsr ^= 0x40000000;
	__asm__ volatile("vmov.f64 d9, #4.0" : : : "d9");
}

static void frames(void)
{
	double out;
	uint32_t eq;

	on_all(change);
	__asm__ volatile(".syntax unified\n\tvmov.f64 d9, #1.5\n\tmov r0, %2\n\tmov r1, %3\n\tmov r4, r7\n\tmov r7, #268\n\tmov r2, %4\n\tcmp r0, r0\n\t"
			 "svc 0\n\tmov %1, #0\n\tit eq\n\tmoveq %1, #1\n\tmov r7, r4\n\tvmov.f64 %P0, d9"
			 : "=w"(out), "=&r"(eq)
			 : "r"(getpid()), "r"((int)syscall(SYS_gettid)), "i"(SIGUSR1)
			 : "r0", "r1", "r2", "r4", "d9", "memory", "cc");
	check(out == 2.5, "d9 as the handler left it in the frame");
	check(!eq, "Z as the handler left it in the frame");
}

__attribute__((target("arm"))) static void arm_handler(int sig)
{
	seen_sig = sig;
}

__attribute__((target("thumb"))) static void thumb_handler(int sig)
{
	seen_sig = sig + 1000;
}

static void handlers(void)
{
	signal(SIGUSR1, arm_handler);
	raise(SIGUSR1);
	check(seen_sig == SIGUSR1, "A32 handler");
	signal(SIGUSR1, thumb_handler);
	raise(SIGUSR1);
	check(seen_sig == SIGUSR1 + 1000, "T32 handler");
}

/* ---- what the processor is said to be ---- */

__attribute__((target("arm"))) static uint32_t counters_a32(void)
{
	uint32_t r;

	__asm__ volatile("mrc p15, 0, %0, c9, c14, 0" : "=r"(r) : "0"(1));
	return r;
}

__attribute__((target("thumb"))) static uint32_t counters_t32(void)
{
	uint32_t r;

	__asm__ volatile("mrc p15, 0, %0, c9, c14, 0" : "=r"(r) : "0"(1));
	return r;
}

static void identity(void)
{
	struct utsname u;
	struct timespec a, b;

	check(counters_a32() == 0 && counters_t32() == 0, "PMUSERENR: no counters for programs");

	uname(&u);
	check(!strcmp(u.machine, "armv7l"), "machine");
	check(!strcmp((char *)getauxval(AT_PLATFORM), "v7l"), "platform");
	check((getauxval(AT_HWCAP) & 0x1000) != 0, "NEON");
	clock_gettime(CLOCK_MONOTONIC, &a);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
	check(b.tv_sec - a.tv_sec <= 1, "the vDSO's clock is the kernel's");
}

int main(void)
{
	user_helpers();
	flushing();
	faults();
	frames();
	handlers();
	identity();
	return failed;
}

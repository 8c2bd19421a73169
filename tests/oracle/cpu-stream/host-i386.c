/* SPDX-License-Identifier: MIT */
/* Blocks run as they are: the program is an i386 one. */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "stream.h"

void exit_block(void);
void leave_block(void);
void signal_entry(void);
void signal_c(int sig, siginfo_t *info, void *uc) __attribute__((used));

/* Offsets in the frame's floating-point area: the FSAVE image, then FXSAVE's, then the XSAVE header and the high halves. */
#define FRAME_FX 112

void signal_c(int sig, siginfo_t *info, void *ucv)
{
	ucontext_t *uc = ucv;
	greg_t *r = uc->uc_mcontext.gregs;
	const uint8_t *fp = (const uint8_t *)uc->uc_mcontext.fpregs;
	static const uint8_t reg[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
	uint32_t magic;

	if (sig == SIGALRM) {
		memset(&st_out, 0, sizeof st_out);
		fault = (struct fault){.sig = sig};
		leave_block();
	}
	for (int i = 0; i < 8; i++)
		st_out.gpr[i] = (uint32_t)r[reg[i]];
	st_out.eflags = (uint32_t)r[REG_EFL];
	st_out.sel[0] = (uint16_t)r[REG_ES];
	st_out.sel[1] = (uint16_t)r[REG_FS];
	st_out.sel[2] = (uint16_t)r[REG_GS];
	st_out.sel[3] = (uint16_t)r[REG_DS];
	memcpy(st_out.fx, fp + FRAME_FX, 416);
	memcpy(&magic, fp + FRAME_FX + 464, 4);
	if (st_avx && magic == 0x46505853)
		memcpy(st_out.ymmh, fp + FRAME_FX + 576, sizeof st_out.ymmh);
	fault.sig = sig;
	fault.code = info->si_code;
	fault.addr = sig == SIGSEGV || sig == SIGBUS ? (uint32_t)(uintptr_t)info->si_addr : (uint32_t)(uintptr_t)info->si_addr - st_code;
	fault.eip = (uint32_t)r[REG_EIP] - st_code;
	fault.trapno = (uint32_t)r[REG_TRAPNO];
	fault.err = (uint32_t)r[REG_ERR];
	leave_block();
}

static void install_handlers(void)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
	static uint8_t alt[65536];
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = (void (*)(int, siginfo_t *, void *))(void *)signal_entry;
	sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	if (sigaltstack(&ss, NULL))
		die("sigaltstack");
	for (unsigned i = 0; i < sizeof sigs / sizeof sigs[0]; i++)
		if (sigaction(sigs[i], &sa, NULL))
			die("sigaction");
}

/* A stack at a fixed place, own system call stub, and nothing else mapped high: a wild pointer meets the same everywhere. */
#define STACK_AREA 0x40000000u
#define STACK_SIZE 0x100000u
#define HIGH_START 0x50000000u
#define HIGH_END   0xffffe000u

__asm__(".globl plain_syscall\nplain_syscall: int $0x80\n\tret\n");
void plain_syscall(void);

static void (*run_blocks)(void);

static void __attribute__((used)) on_own_stack(void)
{
	if (munmap((void *)HIGH_START, HIGH_END - HIGH_START)) /* the kernel's stack and vDSO */
		die("munmap");
	run_blocks();
}

void host_start(void (*run)(void))
{
	run_blocks = run;
	map_area(STACK_AREA, STACK_SIZE, PROT_READ | PROT_WRITE);
	__asm__ volatile("mov %0, %%gs:0x10" : : "r"(plain_syscall)); /* where libc looks for the vDSO's entry */
	__asm__ volatile("mov %0, %%esp\n\tcall on_own_stack" : : "r"(STACK_AREA + STACK_SIZE - 64) : "memory");
	__builtin_unreachable();
}

uint16_t host_set_up(void)
{
	struct user_desc d = {.entry_number = (unsigned)-1, .base_addr = DATA_AREA, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1};

	uint32_t exit = (uint32_t)(uintptr_t)exit_block - EXIT_AREA - 5;

	install_handlers();
	map_area(EXIT_AREA, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	*(uint8_t *)EXIT_AREA = 0xE9;
	memcpy((uint8_t *)EXIT_AREA + 1, &exit, 4);
	return syscall(SYS_set_thread_area, &d) == 0 ? (uint16_t)(d.entry_number * 8 + 3) : 0;
}

void host_prepare(const struct block *b)
{
	(void)b;
}

void host_finish(const struct block *b)
{
	(void)b;
}

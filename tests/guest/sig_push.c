/* SPDX-License-Identifier: MIT */
/* Signals amid pushes, pops, calls and returns: the frame's esp is what eip says it must be, and so is a fault's. */
// cflags: -static -O1 -fno-strict-aliasing
// guests: i386
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

enum { MAX_CODE = 256 };

static uint8_t *code;
static int8_t depth[MAX_CODE]; /* words on the stack before the instruction that begins there; -1: none begins */
static unsigned size;
static uint32_t top;
static volatile unsigned taken, wrong, seen_deep;

static void add(const char *bytes, unsigned n, int words)
{
	memcpy(code + size, bytes, n);
	memset(depth + size, -1, n);
	depth[size] = (int8_t)words;
	size += n;
}

/* fn(void): a loop over everything that moves esp by a constant; esi counts, ebx keeps esp. */
static void make(void)
{
	add("\x53", 1, 0);		     /* push ebx */
	add("\x56", 1, 1);		     /* push esi */
	add("\xbe\x00\x00\x02\x00", 5, 2);   /* mov esi, 131072 */
	unsigned loop = size;
	add("\x50", 1, 2);		     /* push eax */
	add("\x6a\x07", 2, 3);		     /* push 7 */
	add("\xff\x74\x24\x04", 4, 4);	     /* push [esp + 4] */
	add("\x89\xe2", 2, 5);		     /* mov edx, esp */
	add("\x68\x44\x33\x22\x11", 5, 5);   /* push 0x11223344 */
	add("\x59", 1, 6);		     /* pop ecx */
	add("\x8b\x44\x24\x04", 4, 5);	     /* mov eax, [esp + 4] */
	add("\x9c", 1, 5);		     /* pushf */
	add("\x8f\x44\x24\xfc", 4, 6);	     /* pop [esp - 4] */
	add("\xe8\x0a\x00\x00\x00", 5, 5);   /* call callee */
	add("\x83\xc4\x04", 3, 5);	     /* add esp, 4 */
	add("\x8d\x64\x24\x04", 4, 4);	     /* lea esp, [esp + 4] */
	add("\x58", 1, 3);		     /* pop eax */
	add("\xeb\x06", 2, 2);		     /* jmp over callee */
	/* callee */
	add("\x55", 1, 6);		     /* push ebp */
	add("\x89\xe5", 2, 7);		     /* mov ebp, esp */
	add("\x51", 1, 7);		     /* push ecx */
	add("\xc9", 1, 8);		     /* leave */
	add("\xc3", 1, 6);		     /* ret */
	add("\x4e", 1, 2);		     /* dec esi */
	char back[2] = {0x75, (char)(loop - (size + 2))};
	add(back, 2, 2);		     /* jnz loop */
	add("\x5e", 1, 2);		     /* pop esi */
	add("\x5b", 1, 1);		     /* pop ebx */
	add("\xc3", 1, 0);		     /* ret */
}

static void on_timer(int sig, siginfo_t *info, void *context)
{
	const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
	uint32_t at = (uint32_t)r[REG_EIP] - (uint32_t)(uintptr_t)code;

	(void)sig, (void)info;
	if (at >= size)
		return;
	taken++;
	seen_deep += depth[at] > 4;
	wrong += depth[at] < 0 || (uint32_t)r[REG_ESP] != top - 4 * (uint32_t)depth[at];
}

static sigjmp_buf out;
static uint32_t fault_esp, fault_eip;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig, (void)info;
	fault_esp = (uint32_t)r[REG_ESP];
	fault_eip = (uint32_t)r[REG_EIP];
	siglongjmp(out, 1);
}

/* Two pushes from a stack of one word: the second faults with the first one done. */
static void at_the_edge(void)
{
	static const uint8_t push[] = {0x8b, 0x64, 0x24, 0x04, 0x50, 0x50, 0x50, 0xc3}; /* mov esp, [esp + 4]; push eax...; ret */
	uint8_t *stack = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t edge = (uint32_t)(uintptr_t)stack + 4096;

	mprotect(stack, 4096, PROT_NONE);
	memcpy(code, push, sizeof push);
	if (!sigsetjmp(out, 1))
		((void (*)(uint32_t))(uintptr_t)code)(edge + 8);
	printf("fault at +%u, esp edge%+d\n", (unsigned)(fault_eip - (uint32_t)(uintptr_t)code), (int)(fault_esp - edge));
}

int main(void)
{
	static uint8_t alt[65536];
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
	struct sigaction timer = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_ONSTACK},
			 fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	struct itimerval every = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};

	sigaltstack(&ss, NULL);
	sigaction(SIGALRM, &timer, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	make();
	setitimer(ITIMER_REAL, &every, NULL);
	for (unsigned n = 0; n < 20 || (taken < 100 && n < 2000); n++)
		__asm__ volatile("lea -4(%%esp), %%eax\n\tmov %%eax, %0\n\tcall *%1" : "=m"(top) : "r"(code) : "eax", "ecx", "edx", "memory", "cc");
	setitimer(ITIMER_REAL, &never, NULL);
	printf("enough %d, deep %d, wrong %u\n", taken >= 100, seen_deep > 0, wrong);
	at_the_edge();
	return 0;
}

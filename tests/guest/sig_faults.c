// SPDX-License-Identifier: MIT
// Every way an instruction faults: signal, si_code, si_addr, trapno, err, cr2, the saved eip and the RF flag.
// stand-in: (?m)^(rmw null|int 20|int 81|int1|ac|divss 0|sqrtss -1|fstack|ldmxcsr bad|lock mov) .*\n -- QEMU's TCG reads before it writes, counts gates of 16 bytes, and has no INT1, alignment check or unmasked SSE exceptions
// stand-in: \brf [01] -- QEMU's TCG does not set RF in the flags that a fault saves (Intel SDM 3, 18.3.1.1)
// guests: i386
#include "sig_util.h"

#include <fenv.h>
#include <sys/stat.h>
#include <fcntl.h>

static char *page, *ro, *none, *beyond;
static uint32_t start, resume;
static const char *name;

static const char *place(uint32_t a)
{
	static char text[2][40];
	static int k;
	char *t = text[k ^= 1];
	struct { const char *n; char *p; } known[] = {{"page", page}, {"ro", ro}, {"none", none}, {"beyond", beyond}};

	for (unsigned i = 0; i < 4; i++)
		if (a - (uint32_t)known[i].p < 8192) {
			sprintf(t, "%s+%x", known[i].n, a - (uint32_t)known[i].p);
			return t;
		}
	if (a - start < 64)
		sprintf(t, "insn+%x", a - start);
	else if (a < 0x10000 || a >= 0xfffff000)
		sprintf(t, "%x", a);
	else
		sprintf(t, "elsewhere");
	return t;
}

static void handler(int sig, siginfo_t *info, void *uc)
{
	__asm__ volatile("pushf\n\tandl $~0x40000, (%%esp)\n\tpopf" ::: "cc"); /* AC is still set in a handler */
	if (!strcmp(name, "int1")) /* some hypervisors leave eip on it, hardware behind it */
		REG(uc, REG_EIP) = (uint32_t)(info->si_addr = (void *)start);
	printf("%-14s sig %d/%d code %d errno %d addr %s", name, sig, info->si_signo, info->si_code, info->si_errno, place((uint32_t)info->si_addr));
	printf(" trap %d err %x cr2 %s eip %s rf %d tf %d\n", REG(uc, REG_TRAPNO), REG(uc, REG_ERR), place(UC(uc)->uc_mcontext.cr2),
	       place(REG(uc, REG_EIP)), !!(REG(uc, REG_EFL) & 0x10000), !!(REG(uc, REG_EFL) & 0x100));
	REG(uc, REG_EIP) = resume;
	REG(uc, REG_EFL) &= ~0x40100; /* AC, TF */
	UC(uc)->uc_mcontext.fpregs = 0; /* a fresh FPU, so that no exception is left */
}

/* Runs the instruction at 1: with registers given; the handler goes on at 2:. */
#define TRY(what, insn, ...)                                                                                           \
	do {                                                                                                           \
		name = what;                                                                                           \
		__asm__ volatile("movl $1f, %0\n\tmovl $2f, %1" : "=m"(start), "=m"(resume));                         \
		__asm__ volatile("pusha\n\tmov %%esp, saved_sp\n1:\t" insn                           \
				 "\n\tnop\n\tnop\n2:\tmov saved_sp, %%esp\n\tcld\n\tpopa" ::__VA_ARGS__ : "memory", "cc");                 \
	} while (0)

uint32_t saved_sp;

int main(void)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	static int bounds[2] = {1, 5};
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	stack_t ss = {.ss_sp = malloc(65536), .ss_size = 65536};

	setvbuf(stdout, 0, _IONBF, 0);
	page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ro = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	none = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	beyond = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	page[0] = page[4096] = 1;
	(void)*(volatile char *)ro;
	sigaltstack(&ss, 0);
	for (unsigned i = 0; i < 5; i++)
		ksigaction(sigs[i], handler, SA_SIGINFO | SA_NODEFER | SA_ONSTACK, 0);

	TRY("read null", "mov (%%eax), %%eax", "a"(0));
	TRY("write 8", "mov %%eax, (%%eax)", "a"(8));
	TRY("rmw null", "incl (%%eax)", "a"(0));
	TRY("call null", "call *%%eax", "a"(0));
	TRY("read none", "mov 16(%%eax), %%edx", "a"(none));
	TRY("write ro", "movb $1, 5(%%eax)", "a"(ro));
	TRY("write none", "movb $1, 5(%%eax)", "a"(none));
	TRY("cross", "mov (%%eax), %%edx", "a"(none - 2));
	TRY("exec data", "jmp *%%eax", "a"(page + 64));
	TRY("exec none", "jmp *%%eax", "a"(none + 64));
	TRY("bus", "mov 4(%%eax), %%edx", "a"(beyond));
	TRY("bus write", "mov %%edx, 4(%%eax)", "a"(beyond));
	TRY("high", "mov (%%eax), %%edx", "a"(0xfffffff0));
	TRY("push", "mov %%eax, %%esp\n1:\tpush %%edx", "a"(none + 4096));
	TRY("pop", "mov %%eax, %%esp\n1:\tpop %%edx", "a"(none + 4096));
	TRY("call stack", "mov %%eax, %%esp\n1:\tcall 2f", "a"(none + 4096));
	TRY("rep movs", "rep movsb", "c"(64), "S"(page), "D"(ro));
	TRY("fld none", "fldl (%%eax)", "a"(none));
	TRY("movaps", "movaps 4(%%eax), %%xmm0", "a"(page));
	TRY("movups none", "movups 4(%%eax), %%xmm0", "a"(none));
	TRY("int 20", "int $0x20", "a"(0));
	TRY("int 81", "int $0x81", "a"(0));
	TRY("int 4", "int $4", "a"(0));
	TRY("int cd03", ".byte 0xcd, 3", "a"(0));
	TRY("into", "movb $0x7f, %%al\n\taddb $1, %%al\n1:\tinto", "a"(0));
	TRY("into no", "xor %%eax, %%eax\n1:\tinto", "a"(0));
	TRY("hlt", "hlt", "a"(0));
	TRY("cli", "cli", "a"(0));
	TRY("sti", "sti", "a"(0));
	TRY("in", "inb %%dx, %%al", "a"(0), "d"(0x80));
	TRY("out", "outb %%al, $0x80", "a"(0));
	TRY("insb", "insb", "D"(page), "d"(0x80));
	TRY("mov cr0", "mov %%cr0, %%eax", "a"(0));
	TRY("mov dr7", "mov %%eax, %%db7", "a"(0));
	TRY("rdmsr", "rdmsr", "c"(0x10));
	TRY("wbinvd", "wbinvd", "a"(0));
	TRY("lgdt", "lgdt (%%eax)", "a"(page));
	TRY("clts", "clts", "a"(0));
	TRY("ud2", "ud2", "a"(0));
	TRY("ud1", ".byte 0x0f, 0xb9, 0xc0", "a"(0));
	TRY("lock nop", ".byte 0xf0, 0x90", "a"(0));
	TRY("lock mov", ".byte 0xf0, 0x89, 0x00", "a"(page));
	TRY("mov cs", ".byte 0x8e, 0xc8", "a"(0x23));
	TRY("lea reg", ".byte 0x8d, 0xc0", "a"(0));
	TRY("bound", "bound %%eax, (%%ecx)", "a"(9), "c"(bounds));
	TRY("bound ok", "bound %%eax, (%%ecx)", "a"(3), "c"(bounds));
	TRY("div 0", "div %%ecx", "a"(1), "d"(0), "c"(0));
	TRY("idiv min", "idiv %%ecx", "a"(0x80000000), "d"(-1), "c"(-1));
	TRY("div8", "div %%cl", "a"(0x7fff), "c"(1));
	TRY("aam 0", ".byte 0xd4, 0", "a"(5));
	TRY("mov ds", "mov %%eax, %%ds", "a"(0x1234));
	TRY("mov ss 0", "mov %%eax, %%ss", "a"(0));
	TRY("mov gs", "mov %%eax, %%gs", "a"(0x67));
	TRY("ljmp", "ljmp $0x1230, $0", "a"(0));
	TRY("int3", "int3", "a"(0));
	TRY("int1", ".byte 0xf1", "a"(0));
	TRY("tf", "pushf\n\torl $0x100, (%%esp)\n\tpopf\n\tnop", "a"(0));
	TRY("ac", "pushf\n\torl $0x40000, (%%esp)\n\tpopf\n1:\tmov 1(%%eax), %%edx", "a"(page));
	TRY("fdiv 0", "fninit\n\tfldcw (%%eax)\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait", "a"(&(uint16_t[]){0x37b}));
	TRY("fsqrt -1", "fninit\n\tfldcw (%%eax)\n\tfld1\n\tfchs\n\tfsqrt\n\tfwait", "a"(&(uint16_t[]){0x37e}));
	TRY("fstack", "fninit\n\tfldcw (%%eax)\n\tfaddp\n\tfwait", "a"(&(uint16_t[]){0x37e}));
	TRY("finexact", "fninit\n\tfldcw (%%eax)\n\tfldpi\n\tfld1\n\tfdivp\n\tfwait", "a"(&(uint16_t[]){0x35f}));
	TRY("divss 0", "ldmxcsr (%%eax)\n\tmovss (%%ecx), %%xmm1\n\txorps %%xmm0, %%xmm0\n1:\tdivss %%xmm0, %%xmm1", "a"(&(uint32_t[]){0x1d80}), "c"(&(float[]){1}));
	TRY("sqrtss -1", "ldmxcsr (%%eax)\n\tmovss (%%ecx), %%xmm1\n1:\tsqrtss %%xmm1, %%xmm0", "a"(&(uint32_t[]){0x1f00}), "c"(&(float[]){-1}));
	TRY("ldmxcsr bad", "ldmxcsr (%%eax)", "a"(&(uint32_t[]){0xffffffff}));
	TRY("fxrstor odd", "fxrstor 4(%%eax)", "a"(page));
	TRY("cmpxchg8b", "lock cmpxchg8b (%%esi)", "S"(ro));
	TRY("xlat", "xlat", "a"(0), "b"(none));
	TRY("enter", "mov %%eax, %%esp\n1:\tenter $16, $0", "a"(none + 4096));
	TRY("leave", "mov %%eax, %%ebp\n1:\tleave", "a"(none));
	TRY("15 bytes", ".fill 15, 1, 0x2e\n\tnop", "a"(0));
	return 0;
}

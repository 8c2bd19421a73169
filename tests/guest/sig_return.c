// SPDX-License-Identifier: MIT
// machine: same
// cflags: -static -O1 -fno-pie -no-pie -msse2
// sigreturn: a handler changes registers, flags, segments, mask, FPU and stack of the context; frames that are not acceptable.
// stand-in: (?m)^(fp_no_sse|fp_sw_features): .*\n -- without XSAVES the kernel restores by XRSTOR, which loads MXCSR even where the frame has no SSE state
// stand-in: \bfs [03]\b -- kernels before 6.16 made null selectors 3 at sigreturn
// guests: i386
#include "sig_util.h"

static void (*change)(siginfo_t *, ucontext_t *);
uint32_t regs_out[10], fp_out[128] __attribute__((aligned(16))), esp_saved;
static uint8_t other_stack[4096] __attribute__((aligned(16)));
static sigset_t none;

static void handler(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	change(info, uc);
}

void landed(void);
void landed2(void);
static void (*land)(void) = landed;

/* Raises SIGUSR1; registers and FXSAVE image right behind the system call. */
static void raise_and_look(void)
{



	__asm__ volatile("pusha\n\tmov %%esp, esp_saved\n\tfninit\n\tfld1\n\tmov pid_, %%ebx\n\tmov %%ebx, %%ecx\n\tmov $10, %%edx\n\tmov $270, %%eax\n"
			 "\tmov $0x51, %%esi\n\tmov $0xd1, %%edi\n\tmov $0xb0, %%ebp\n\tcmp $1, %%esi\n\tint $0x80\n"
			 ".globl landed\nlanded:\n\tpushf\n\tpop regs_out+32\n\tmov %%eax, regs_out\n\tmov %%ebx, regs_out+4\n\tmov %%ecx, regs_out+8\n"
			 "\tmov %%edx, regs_out+12\n\tmov %%esi, regs_out+16\n\tmov %%edi, regs_out+20\n\tmov %%ebp, regs_out+24\n\tmov %%esp, regs_out+28\n"
			 "\tfxsave fp_out\n\tcld\n\tfninit\n\tmov esp_saved, %%esp\n\tpopa" ::: "memory", "cc");
}

uint32_t pid_;

static void show(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < 7; i++)
		printf(" %x", regs_out[i] == pid_ ? 0x99 : regs_out[i]);
	printf(" esp %s flags %x", regs_out[7] == esp_saved ? "same" : regs_out[7] - (uint32_t)other_stack < 4097 ? "other" : "?", regs_out[8]);
	printf(" fcw %x fsw %x ftw %x mxcsr %x st0 %x:%x:%x xmm0 %x xmm7 %x\n", fp_out[0] & 0xffff, fp_out[0] >> 16, fp_out[1] & 0xff, fp_out[6], fp_out[10] & 0xffff,
	       fp_out[9], fp_out[8], fp_out[40], fp_out[40 + 28]);
}

static void all_regs(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_EAX) = 0xa1;
	REG(uc, REG_EBX) = 0xb1;
	REG(uc, REG_ECX) = 0xc1;
	REG(uc, REG_EDX) = 0xd2;
	REG(uc, REG_ESI) = 0x52;
	REG(uc, REG_EDI) = 0xd3;
	REG(uc, REG_EBP) = 0xb2;
	REG(uc, REG_ESP) = (uint32_t)other_stack + 4096;
	REG(uc, REG_EFL) = 0xffffffff & ~0x100; /* all but TF */
}

static void no_flags(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_EFL) = 0;
}

static void some_flags(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_EFL) = 0x8d5 & ~4;
}

static uint32_t *fp(ucontext_t *uc)
{
	return (uint32_t *)uc->uc_mcontext.fpregs;
}

static void fp_legacy(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	fp(uc)[0] = 0xffff0c7f;
	fp(uc)[1] = 0xffff0000 | 6 << 11;
	fp(uc)[2] = 0xffff0fff; /* registers 6 and 7 valid */
	memset(fp(uc) + 7, 0x11, 20);
}

static void fp_fx(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	fp(uc)[28] = 0x1234; /* x87 in the FXSAVE image: does not count */
	fp(uc)[28 + 6] = 0x9fc0;
	fp(uc)[28 + 40] = 0xabcd;
	fp(uc)[28 + 68] = 0x7777;
}

static void fp_magic(siginfo_t *i, ucontext_t *uc)
{
	fp_fx(i, uc);
	fp(uc)[28 + 116] = 0;
}

static void fp_magic2(siginfo_t *i, ucontext_t *uc)
{
	fp_fx(i, uc);
	fp(uc)[28 + fp(uc)[28 + 120] / 4] = 0;
}

static void fp_no_sse(siginfo_t *i, ucontext_t *uc)
{
	fp_fx(i, uc);
	fp(uc)[28 + 128] &= ~2;
}

static void fp_no_x87(siginfo_t *i, ucontext_t *uc)
{
	fp_fx(i, uc);
	fp(uc)[28 + 128] &= ~1;
}

static void fp_sw_features(siginfo_t *i, ucontext_t *uc)
{
	fp_fx(i, uc);
	fp(uc)[28 + 118] = 1; /* only x87 */
}

static void fp_null(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	uc->uc_mcontext.fpregs = 0;
}

static void fp_bad_pointer(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	uc->uc_mcontext.fpregs = (void *)16;
}

static void fp_bad_mxcsr(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	fp(uc)[28 + 6] = 0xffffffff;
}

static void fp_bad_header(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	fp(uc)[28 + 128 + 4] = 1;
}

static void fp_bad_compact(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	fp(uc)[28 + 131] = 0x80000000;
}

static void fp_bad_feature(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	fp(uc)[28 + 129] = 0x40000000;
}

static void segments_rpl(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_DS) = 0x28;
	REG(uc, REG_ES) = 0x29;
	REG(uc, REG_CS) = 0x20;
	REG(uc, REG_SS) = 0x28;
	REG(uc, REG_FS) = 0x2a;
}

static void segments_bad(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_FS) = 0x1233;
}

static void segments_null(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_FS) = 3;
}

static void bad_cs(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_CS) = 0x1230;
}

static void bad_ss(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	REG(uc, REG_SS) = 0;
}

static void mask_all(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	memset(&uc->uc_sigmask, 0xff, 8);
}

static void altstack(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	uc->uc_stack = (stack_t){.ss_sp = other_stack, .ss_size = sizeof other_stack};
}

static void altstack_small(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	uc->uc_stack = (stack_t){.ss_sp = other_stack, .ss_size = 10};
}

static void altstack_mode(siginfo_t *i, ucontext_t *uc)
{
	(void)i;
	uc->uc_stack.ss_flags = 77;
}

static void segv(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	printf("  SIGSEGV code %d addr %x trap %d err %x cs %x ss %x eip %s\n", info->si_code, (unsigned)info->si_addr, REG(uc, REG_TRAPNO), REG(uc, REG_ERR),
	       REG(uc, REG_CS), REG(uc, REG_SS), REG(uc, REG_EIP) == (int)land ? "landed" : REG(uc, REG_EIP) - (uint32_t)landed < 4096 ? "near" : "elsewhere");
	REG(uc, REG_EIP) = (int)land;
	REG(uc, REG_ESP) = (int)other_stack + 4000;
	REG(uc, REG_CS) = 0x23;
	REG(uc, REG_SS) = 0x2b;
	memcpy(&UC(uc)->uc_sigmask, &none, 8);
}

static void trial(const char *what, void (*fn)(siginfo_t *, ucontext_t *))
{
	uint16_t fs, ds, es, cs, ss;
	stack_t now;

	change = fn;
	pid_ = getpid();
	__asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\tldmxcsr %0" ::"m"((uint32_t){0x1f80}));
	raise_and_look();
	__asm__("mov %%fs, %0\n\tmov %%ds, %1\n\tmov %%es, %2\n\tmov %%cs, %3\n\tmov %%ss, %4" : "=r"(fs), "=r"(ds), "=r"(es), "=r"(cs), "=r"(ss));
	sigaltstack(0, &now);
	show(what);
	printf("  mask %llx fs %x ds %x es %x cs %x ss %x alt %s %x %x\n", kmask_now(), fs, ds, es, cs, ss, now.ss_sp == other_stack ? "other" : now.ss_sp ? "?" : "none",
	       now.ss_flags, now.ss_size);
	kmask(SIG_SETMASK, 0);
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, 0);
	__asm__ volatile("mov %0, %%fs" ::"r"(0));
}

/* The system calls themselves with no frame at esp. */
static void bogus(const char *what, int nr, uint32_t sp)
{
	printf("%s\n", what);
	kmask(SIG_SETMASK, 0);
	__asm__ volatile("pusha\n\tmov %%esp, esp_saved\n\tmov %0, %%eax\n\tmov %1, %%esp\n\tint $0x80\n.globl landed2\nlanded2:\n\tmov esp_saved, %%esp\n\tpopa" ::"c"(nr), "d"(sp) : "memory", "cc");
}

#define TRIAL(fn) trial(#fn, fn)

int main(void)
{
	setvbuf(stdout, 0, _IONBF, 0);
	ksigaction(SIGUSR1, handler, SA_SIGINFO, 0);
	ksigaction(SIGSEGV, segv, SA_SIGINFO, 0);
	TRIAL(all_regs);
	TRIAL(no_flags);
	TRIAL(some_flags);
	TRIAL(fp_legacy);
	TRIAL(fp_fx);
	TRIAL(fp_magic);
	TRIAL(fp_magic2);
	TRIAL(fp_no_sse);
	TRIAL(fp_no_x87);
	TRIAL(fp_sw_features);
	TRIAL(fp_null);
	TRIAL(segments_rpl);
	TRIAL(segments_bad);
	TRIAL(segments_null);
	TRIAL(mask_all);
	TRIAL(altstack);
	TRIAL(altstack_small);
	TRIAL(altstack_mode);
	TRIAL(fp_bad_pointer);
	TRIAL(fp_bad_mxcsr);
	TRIAL(fp_bad_header);
	TRIAL(fp_bad_compact);
	TRIAL(fp_bad_feature);
	TRIAL(bad_cs);
	TRIAL(bad_ss);
	ksigaction(SIGSEGV, segv, SA_SIGINFO | SA_ONSTACK, 0);
	sigaltstack(&(stack_t){.ss_sp = malloc(65536), .ss_size = 65536}, 0);
	land = landed2;
	bogus("sigreturn at 8", SYS_sigreturn, 8);
	bogus("rt_sigreturn at 8", SYS_rt_sigreturn, 8);
	bogus("sigreturn at top", SYS_sigreturn, 0xfffffff0);
	bogus("rt_sigreturn at top", SYS_rt_sigreturn, 0xfffffff0);
	return 0;
}

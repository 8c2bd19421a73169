// SPDX-License-Identifier: MIT
// machine: same
// cflags: -static -O1 -fno-pie -no-pie
// The bytes of signal frames: legacy and rt, with a restorer and without, on the signal stack; addresses relative to the frame.
// stand-in: fxsave [^\n]* -- QEMU's TCG leaves the reserved bytes of an FXSAVE area as they were
// stand-in: (esp stack-|bv&7 )[0-9a-f]+ -- TCG takes all state components for used, and there may be some that CPUID does not show here: PKRU, MPX
// stand-in: \bfs [03]\b -- kernels before 6.16 made null selectors 3 at sigreturn
// guests: i386
#include "sig_util.h"

static uint32_t stack_words[32768] __attribute__((aligned(64)));
static uint32_t sp_before, handler_sp;
static const char *what;

static const char *rel(uint32_t v, uint32_t frame)
{
	static char text[4][32];
	static unsigned k;
	char *t = text[k++ & 3];

	if (v - frame < 0x800)
		sprintf(t, "frame+%x", v - frame);
	else if (v >= (uint32_t)stack_words && v <= (uint32_t)(stack_words + 32768))
		sprintf(t, "stack-%x", (uint32_t)(stack_words + 32768) - v);
	else
		sprintf(t, "%08x", v);
	return t;
}

/* Only what does not depend on the size of the XSAVE area; that has magic words and sizes of its own, checked here. */
static void show_fp(const uint32_t *fp)
{
	const uint32_t *fx = fp + 28, *sw = fx + 116, *hdr = fx + 128;
	uint32_t size = sw[4];

	printf("  fsave");
	for (int i = 0; i < 28; i++)
		printf(" %x", fp[i]);
	printf("\n  fxsave");
	for (int i = 0; i < 104; i++)
		if (fx[i])
			printf(" %x:%x", i * 4, fx[i]);
	printf("\n  sw magic %x ext-size %u features&7 %x size>=832 %d magic2 %x bv&7 %x:%x compact %x aligned %d\n", sw[0], sw[1] - size, sw[2] & 7,
	       size >= 832, fx[size / 4], hdr[0] & 7, hdr[1], hdr[3], !((uint32_t)fx & 63));
	printf("  ymm high");
	for (int i = 0; i < 32; i++)
		if (hdr[16 + i])
			printf(" %d:%x", i * 4, hdr[16 + i]);
	printf("\n");
}

static void show_context(const uint32_t *sc, uint32_t frame)
{
	static const char *const names[] = {"gs", "fs", "es", "ds", "di", "si", "bp", "sp", "bx", "dx", "cx", "ax", "trapno", "err", "ip", "cs",
					    "flags", "usp", "ss", "fp", "oldmask", "cr2"};

	for (int i = 0; i < 22; i++) {
		const char *n = names[i];

		if (i == 0)
			printf("  gs %s", sc[i] ? "set" : "0");
		else if (i == 8 || i == 10)
			printf(" %s %s", n, sc[i] == (uint32_t)getpid() ? "pid" : "?");
		else if (i == 14)
			printf(" ip -");
		else if (i == 19)
			printf(" fp %s", (sc[i] & 63) == 16 ? "ok" : "misaligned");
		else if (i == 7 || i == 17)
			printf(" %s %s", n, sc[i] == sp_before ? "before" : rel(sc[i], frame));
		else
			printf(" %s %x", n, sc[i]);
	}
	printf("\n");
	show_fp((uint32_t *)sc[19]);
}

static uint32_t fp_size(const uint32_t *sc)
{
	return ((uint32_t *)sc[19])[28 + 116 + 4];
}

/* Runs with the frame right above: f[0] is the return address. */
__attribute__((used)) static void looked(uint32_t *f, uint32_t eax, uint32_t edx, uint32_t ecx, uint32_t flags)
{
	uint32_t frame = (uint32_t)f;
	int rt = f[2] - frame < 0x400;
	uint32_t *sc = rt ? f + 4 + 32 + 5 : f + 2;

	printf("%s: %s frame&15 %x esp %s eax %x edx %s ecx %s flags %x\n", what, rt ? "rt" : "legacy", frame & 15, rel(frame + fp_size(sc), 0), eax,
	       rel(edx, frame), rel(ecx, frame), flags & 0xffffff);
	printf("  ret %s sig %d", f[0] - frame < 0x400 ? "in frame" : f[0] > 0xf0000000 ? "vdso" : "program", f[1]);
	if (rt) {
		printf(" pinfo %s puc %s\n  info", rel(f[2], frame), rel(f[3], frame));
		for (int i = 0; i < 32; i++)
			if (f[4 + i])
				printf(" %x:%s", i * 4, i == 3 ? "pid" : i == 4 ? "uid" : rel(f[4 + i], frame));
		printf("\n  uc");
		for (int i = 0; i < 5; i++)
			printf(" %s", rel(f[36 + i], frame));
		printf(" mask %x %x code %x %x\n", sc[22], sc[23], sc[24], sc[25]);
	} else {
		printf(" extramask %x code %x %x\n  unused:", sc[22 + 156], sc[22 + 157], sc[22 + 158]);
		for (int i = 22; i < 22 + 156; i += 50)
			printf(" %x", sc[i]);
		printf("\n");
	}
	show_context(sc, frame);
	printf("  fp-frame %x\n", (uint32_t)((sc[19] - frame) & 0xfff));
	memset((void *)(frame - 4096), 0x55, 256);
}

void handler(void);
__asm__(".text\nhandler:\n\tpushf\n\tpop %ebx\n\tmov %esp, %esi\n\tpush %ebx\n\tpush %ecx\n\tpush %edx\n\tpush %eax\n\tpush %esi\n"
	"\tmov %esp, %ebp\n\tand $-16, %esp\n\tsub $32, %esp\n\tpush 16(%ebp)\n\tpush 12(%ebp)\n\tpush 8(%ebp)\n\tpush 4(%ebp)\n\tpush (%ebp)\n"
	"\tcall looked\n\tmov %ebp, %esp\n\tpop %esi\n\tmov %esi, %esp\n\tret\n"
	"restorer_rt:\n\tmov $173, %eax\n\tint $0x80\nrestorer_old:\n\tpop %eax\n\tmov $119, %eax\n\tint $0x80\n");
void restorer_rt(void);
void restorer_old(void);

/* tgkill with every register known, on a stack of our own. */
static void trial(const char *name, uint32_t flags, void *restorer, uint64_t mask, uint32_t sp_off)
{
	struct kact a = {handler, flags, restorer, 0};
	static uint32_t pid;

	pid = getpid();
	what = name;
	memset(stack_words, 0xaa, sizeof stack_words);
	RAW(SYS_rt_sigaction, SIGUSR1, &a, 0, 8);
	kmask(SIG_SETMASK, mask);
	sp_before = (uint32_t)(stack_words + 20000) - sp_off;
	__asm__ volatile("pusha\n\tmov %%esp, %0\n\tmov %1, %%esp\n\tmov $270, %%eax\n\tmov %2, %%ebx\n\tmov %2, %%ecx\n\tmov $10, %%edx\n"
			 "\tmov $0x51515151, %%esi\n\tmov $0xd1d1d1d1, %%edi\n\tmov $0xb0b0b0b0, %%ebp\n\tfninit\n\tfld1\n\tfldpi\n\tfldz\n"
			 "\tpxor %%xmm0, %%xmm0\n\tpxor %%xmm1, %%xmm1\n\tpxor %%xmm2, %%xmm2\n\tpxor %%xmm4, %%xmm4\n\tpxor %%xmm6, %%xmm6\n\tpxor %%xmm7, %%xmm7\n"
			 "\tpcmpeqd %%xmm3, %%xmm3\n\tpxor %%xmm5, %%xmm5\n\tcmp $1, %%esi\n\tstd\n\tint $0x80\n\tpushf\n\tcld\n\tfninit\n"
			 "\tpxor %%xmm3, %%xmm3\n\tmov %%eax, saved\n\tpop saved+4\n\tmov %0, %%esp\n\tpopa" : "+m"(handler_sp)
			 : "r"(sp_before), "m"(pid) : "memory", "cc");
	extern uint32_t saved[2];
	printf("  back: eax %x flags %x\n", saved[0], saved[1] & 0xffffff);
	kmask(SIG_SETMASK, 0);

}

uint32_t saved[2];

int main(void)
{
	stack_t ss = {.ss_sp = stack_words, .ss_size = 40000};

	setvbuf(stdout, 0, _IONBF, 0);
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, 0); /* the flags of before exec would show */
	trial("legacy", 0, 0, 0, 0);
	trial("legacy restorer", K_RESTORER, restorer_old, 0x300000012ull, 4);
	trial("rt", SA_SIGINFO, 0, 0x8000000100000002ull, 8);
	trial("rt restorer", SA_SIGINFO | K_RESTORER, restorer_rt, 0, 12);
	sigaltstack(&ss, 0);
	trial("rt onstack", SA_SIGINFO | SA_ONSTACK, 0, 0, 52);
	trial("legacy onstack", SA_ONSTACK, 0, 0, 16);
	ss.ss_flags = 1u << 31;
	sigaltstack(&ss, 0);
	trial("rt autodisarm", SA_SIGINFO | SA_ONSTACK, 0, 0, 0);
	trial("rt again", SA_SIGINFO | SA_ONSTACK, 0, 0, 0);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * cpu-stream: runs blocks of random i386 instructions and writes what each one did, as one record a block.
 * The same program run twice (by the kernel, by an emulator) must write the same bytes.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "stream.h"

/* KEEP-ORDER: record (tests/oracle/run-cpu-stream) */
struct record {
	uint32_t block, executed;
	uint32_t gpr, flags, x87, sse, mem, fault;
	uint32_t skipped;
	uint32_t wrap;
};

static struct {
	uint64_t seed;
	uint32_t first, n_insns, block, upto, features, options;
	int code_mode; /* 0 rotate, 1 same page, 2 mprotect, 3 remap */
	bool verbose, one;
} o = {.seed = 1, .n_insns = 1000000, .upto = ~0u};

static struct block blk;
struct fault fault;
uint32_t skipped;
static char out_buffer[65536];

void die(const char *what)
{
	perror(what);
	exit(2);
}

static volatile uintptr_t trap_addr;

static void trapped(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	trap_addr = (uintptr_t)info->si_addr;
	*(uint8_t *)(uintptr_t)CODE_AREA = 0xC3;
}

/* Run one instruction by itself: where it says that it trapped, 0 if it did not. */
static uintptr_t trapped_at(const uint8_t *insn, size_t n)
{
	uint8_t *code = (uint8_t *)(uintptr_t)CODE_AREA;
	struct sigaction sa, ill, trap;

	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = trapped;
	sa.sa_flags = SA_SIGINFO;
	if (sigaction(SIGILL, &sa, &ill) || sigaction(SIGTRAP, &sa, &trap))
		die("sigaction");
	map_area(CODE_AREA, SLOT_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(code, insn, n);
	code[n] = 0xC3;
	trap_addr = 0;
	((void (*)(void))(uintptr_t)code)();
	sigaction(SIGILL, &ill, NULL);
	sigaction(SIGTRAP, &trap, NULL);
	return trap_addr;
}

uint32_t features_here(void)
{
	uint32_t a, b, c, d, f = 0, xcr0 = 0;

	if (!__get_cpuid(1, &a, &b, &c, &d))
		return 0;
#define BIT(reg, n, feature) f |= (reg >> (n)) & 1 ? (uint32_t)(feature) : 0
	BIT(c, 0, F_SSE3);
	BIT(c, 1, F_PCLMUL);
	BIT(c, 9, F_SSSE3);
	BIT(c, 19, F_SSE41);
	BIT(c, 20, F_SSE42);
	BIT(c, 22, F_MOVBE);
	BIT(c, 23, F_POPCNT);
	BIT(c, 25, F_AES);
	if ((c >> 27) & 1)
		__asm__("xgetbv" : "=a"(xcr0) : "c"(0) : "edx");
	if ((xcr0 & 6) == 6) {
		BIT(c, 28, F_AVX);
		BIT(c, 12, F_FMA);
		BIT(c, 29, F_F16C);
		if (!trapped_at((const uint8_t[]){0xC4, 0xE3, 0xF9, 0x22, 0xC0, 0}, 6)) /* vpinsrq xmm0, xmm0, rax, 0 */
			f |= F_VEX_Q;
	}
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
		BIT(b, 29, F_SHA);
		BIT(b, 19, F_ADX);
		if (f & F_AVX) {
			BIT(b, 5, F_AVX2);
			BIT(b, 3, F_BMI1);
			BIT(b, 8, F_BMI2);
			BIT(c, 9, F_VAES);
		}
	}
	if (__get_cpuid(0x80000001, &a, &b, &c, &d)) {
		BIT(c, 5, F_LZCNT);
		BIT(c, 6, F_SSE4A);
	}
	return f;
}

void map_area(uint32_t at, uint32_t size, int prot)
{
	if (mmap((void *)(uintptr_t)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("mmap");
}

/* INT1 is a trap: its EIP is behind it (SDM 2, INT n/INTO/INT3/INT1). But AMD's virtualization ends at the instruction when a hypervisor takes
 * the #DB, and one that passes it on to its guest as it came leaves EIP there. */
static bool int1_stays(void)
{
	return trapped_at((const uint8_t[]){0xF1}, 1) == CODE_AREA;
}

static bool int1_here_stays;

/* EIP behind an INT1 that trapped. Single steps have another code. */
static void int1_ends(void)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)(st_code + fault.eip);
	unsigned n = 0;

	if (!int1_here_stays || fault.trapno != 1 || fault.code != TRAP_BRKPT || fault.eip >= blk.size)
		return;
	while (n < 14 && p[n] != 0xF1)
		n++;
	fault.eip += n + 1;
	fault.addr += n + 1;
}

static void set_up(void)
{
	map_area(DATA_AREA, DATA_SIZE, PROT_READ | PROT_WRITE);
	map_area(LOOP_AREA, 4096, PROT_READ | PROT_WRITE);
	map_area(CODE_AREA, SLOT_SIZE * N_SLOTS, PROT_READ | PROT_WRITE | PROT_EXEC);
	memory_seed(o.seed);
	gen_init(o.features, o.options, host_set_up());
	st_avx = (o.features & F_AVX) != 0;
}

static uint8_t *slot_open(uint32_t n)
{
	uint8_t *p = (uint8_t *)(uintptr_t)CODE_AREA + (o.code_mode == 1 ? 0 : (n % N_SLOTS) * SLOT_SIZE);

	if (o.code_mode == 2 && mprotect(p, SLOT_SIZE, PROT_READ | PROT_WRITE))
		die("mprotect");
	if (o.code_mode == 3 && n % N_SLOTS == 0)
		map_area(CODE_AREA, SLOT_SIZE * N_SLOTS, PROT_READ | PROT_WRITE | PROT_EXEC);
	return p;
}

static void slot_close(uint8_t *p)
{
	if (o.code_mode == 2 && mprotect(p, SLOT_SIZE, PROT_READ | PROT_EXEC))
		die("mprotect");
}

static void seed_state(void)
{
	state_seed(&st_in, o.features, o.options);
	st_in.sel[0] = 0x2b;
	st_in.sel[1] = st_in.sel[2] = data_sel ? data_sel : 0x2b;
	if (chance(5) && !(o.options & OPT_COMMON))
		st_in.sel[1 + below(2)] = 0;
}

/* A page fault of an access through FS or GS, where a processor has found before that this is no place in the segment: right below the
 * data, so at the end of what offsets reach, where that depends on the operand's size. And through none or the code segment, which QEMU
 * does not look at. */
static bool outside_segment(void)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)(st_code + fault.eip);

	if (fault.trapno != 14 || fault.eip >= blk.size)
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (p[i] == 0x64 || p[i] == 0x65) {
			uint16_t sel = st_out.sel[p[i] == 0x64 ? 1 : 2];

			return fault.addr - (DATA_AREA - 64) < 64 || (o.options & OPT_TCG && sel != data_sel && sel != 0x2b);
		}
	return false;
}

/* An access that ends beyond 4 GiB faults in one way or the other where the segment's limit is all of them (SDM 3, Limit Checking: such
 * accesses "may or may not cause the indicated exceptions", which "may vary from one execution to another"): 1 if this is the page fault, 2 if
 * it may be the segment's. */
static uint32_t wrap_fault(void)
{
	enum { WIDEST = 32 };

	if (fault.trapno == 14 && !(fault.err & 16) && fault.addr > 0u - WIDEST)
		return fault.eip << 2 | 1;
	if ((fault.trapno == 12 || fault.trapno == 13) && fault.err == 0)
		return fault.eip << 2 | 2;
	return 0;
}

/* Which flags are undefined, and how many items ran, when a fault stopped the block at eip. */
static uint32_t undef_at(uint32_t eip, uint32_t *ret_n)
{
	uint32_t undef = 0;
	bool found = false;

	*ret_n = blk.n_main;
	for (unsigned i = 0; i < blk.n_items; i++)
		if (eip >= blk.items[i].start && eip <= blk.items[i].end) { /* where one ends the next begins, and jumps may lead there */
			if (!found)
				*ret_n = i < blk.n_main ? i : blk.n_main;
			found = true;
			undef |= (uint32_t)blk.items[i].undef_before | blk.items[i].undef_after;
		}
	return found ? undef : FL_ALL;
}

static void dump_code(void)
{
	printf("data selector %04x, %u items, %u bytes at %08x\n", data_sel, blk.n_items, blk.size, st_code);
	for (unsigned i = 0; i < blk.n_items; i++) {
		printf("item %2u +%03x:", i, blk.items[i].start);
		for (unsigned k = blk.items[i].start; k < blk.items[i].end; k++)
			printf(" %02x", blk.code[k]);
		printf("  undef %03x\n", blk.items[i].undef_after);
	}
}

static void dump_memory(void)
{
	const uint32_t *p = (const uint32_t *)(uintptr_t)DATA_AREA;

	for (unsigned i = 0; i < DATA_SIZE / 4; i += 8) {
		printf("%08x:", DATA_AREA + i * 4);
		for (unsigned k = 0; k < 8; k++)
			printf(" %08x", p[i + k]);
		printf("\n");
	}
}

static void run_block(uint32_t n, struct record *rec)
{
	struct itimerval off = {{0, 0}, {0, 0}};
	uint32_t undef, h[4];
	uint8_t *code = slot_open(n);

	rnd_seed(o.seed, n);
	seed_state();
	memory_reset();
	generate(&blk, code, o.features, o.options, EXIT_AREA);
	truncate_block(&blk, o.upto, EXIT_AREA);
	slot_close(code);
	st_code = (uint32_t)(uintptr_t)code;
	memset(&fault, 0, sizeof fault);
	skipped = 0;
	memset(&st_out, 0, sizeof st_out);
	host_prepare(&blk);
	if (o.verbose) {
		printf("block %u\n", n);
		dump_code();
		printf("-- before\n");
		state_dump(&st_in, &fault, 0);
		fflush(stdout);
	}
	enter_block();
	host_finish(&blk);
	int1_ends();
	rec->executed = blk.n_main;
	undef = blk.undef_end;
	for (unsigned i = 0; i < 4; i++) /* one that names nothing becomes 0 whenever the kernel returns from an interrupt */
		st_out.sel[i] = st_out.sel[i] < 4 ? 0 : st_out.sel[i];
	if (fault.sig) {
		undef = undef_at(fault.eip, &rec->executed);
		if (!(o.options & OPT_RF))
			st_out.eflags &= ~0x10000u;
	}
	if (outside_segment())
		fault = (struct fault){.sig = SIGSEGV, .code = SI_KERNEL, .eip = fault.eip, .trapno = 13};
	if (fault.sig == SIGALRM) {
		setitimer(ITIMER_REAL, &off, NULL);
		memory_reset();
		memset((void *)(uintptr_t)DATA_AREA, 0, DATA_SIZE);
	}
	if (o.options & OPT_STRICT)
		undef = 0;
	if (o.options & OPT_TCG)
		st_out.eflags &= ~FL_NEVER; /* a virtual processor that has once set one keeps it */
	if ((o.options & OPT_TCG) && fault.sig) {
		undef = FL_ALL; /* a fault of a read-modify-write shows an earlier state of flags, and a read */
		fault.err &= ~2u;
		if ((fault.addr & 0xfff) > 0xff0) /* an access across pages now shows its own address, now the second page's */
			fault.addr = (fault.addr | 0xfff) + 1;
	}
	state_hash(&st_out, undef, h);
	rec->block = n;
	rec->gpr = h[0];
	rec->flags = h[1];
	rec->x87 = h[2];
	rec->sse = h[3];
	rec->mem = hash_bytes((void *)(uintptr_t)DATA_AREA, DATA_SIZE, 7);
	rec->fault = fault.sig ? hash_bytes(&fault, sizeof fault, 9) : 0;
	rec->skipped = skipped;
	rec->wrap = fault.sig ? wrap_fault() : 0;
	if (o.verbose) {
		printf("-- after (%u items)\n", rec->executed);
		state_dump(&st_out, &fault, undef);
		dump_memory();
	}
}

static void write_all(const void *p, size_t n)
{
	while (n) {
		ssize_t r = write(1, p, n);

		if (r <= 0)
			die("write");
		p = (const char *)p + r;
		n -= (size_t)r;
	}
}

static void run_all(void)
{
	static struct record recs[512];
	unsigned k = 0;
	uint64_t done = 0;

	for (uint32_t n = o.first; done < o.n_insns; n++) {
		if (n % 256 == 0) { /* a block that never ends shows as SIGALRM */
			struct itimerval t = {{0, 0}, {20, 0}};

			setitimer(ITIMER_REAL, &t, NULL);
		}
		run_block(n, &recs[k]);
		done += recs[k].executed + 1;
		if (++k == 512) {
			write_all(recs, sizeof recs);
			k = 0;
		}
	}
	write_all(recs, k * sizeof recs[0]);
}

static void run(void)
{
	struct record rec;

	set_up();
	if (o.one) {
		run_block(o.block, &rec);
		if (!o.verbose)
			write_all(&rec, sizeof rec);
	} else {
		run_all();
	}
	fflush(stdout);
	_exit(0);
}

static uint32_t option_bit(const char *name)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} t[] = {{"rf", OPT_RF}, {"strict", OPT_STRICT}, {"unmasked", OPT_UNMASKED}, {"ac", OPT_AC}, {"nowild", OPT_NOWILD}, {"nox87", OPT_NOX87}, {"nofault", OPT_NOFAULT}, {"sweep", OPT_SWEEP}, {"common", OPT_COMMON}, {"mode32", OPT_MODE32}, {"tcg", OPT_TCG}, {"nofar", OPT_NOFAR}};

	for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++)
		if (!strcmp(t[i].name, name))
			return t[i].bit;
	fprintf(stderr, "cpu-stream: no option called %s\n", name);
	exit(2);
}

static int usage(void)
{
	fputs("usage: cpu-stream [--seed N] [--first BLOCK] [--insns N] [--features HEX] [--code rotate|same|mprotect|remap]\n"
	      "                  [--with rf|strict|unmasked|ac|nowild|nox87|nofault|sweep|common|mode32|tcg|nofar]... [--block N [--upto ITEMS] [--verbose]] [--print-features]\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const char *const modes[] = {"rotate", "same", "mprotect", "remap"};
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	o.features = features_here();
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(a, "--print-features")) {
			printf("%x\n", o.features);
			return 0;
		}
		if (!strcmp(a, "--verbose")) {
			o.verbose = true;
			continue;
		}
		if (!v)
			return usage();
		i++;
		if (!strcmp(a, "--seed")) {
			o.seed = strtoull(v, NULL, 0);
		} else if (!strcmp(a, "--first")) {
			o.first = (uint32_t)strtoul(v, NULL, 0);
		} else if (!strcmp(a, "--insns")) {
			o.n_insns = (uint32_t)strtoul(v, NULL, 0);
		} else if (!strcmp(a, "--features")) {
			o.features = (uint32_t)strtoul(v, NULL, 16);
		} else if (!strcmp(a, "--block")) {
			o.one = true;
			o.block = (uint32_t)strtoul(v, NULL, 0);
		} else if (!strcmp(a, "--upto")) {
			o.upto = (uint32_t)strtoul(v, NULL, 0);
		} else if (!strcmp(a, "--with")) {
			o.options |= option_bit(v);
		} else if (!strcmp(a, "--code")) {
			for (int k = 0; k < 4; k++)
				if (!strcmp(v, modes[k]))
					o.code_mode = k;
		} else {
			return usage();
		}
	}
	CPU_SET(0, &cpu);
	sched_setaffinity(0, sizeof cpu, &cpu); /* LSL tells the number */
	setvbuf(stdout, out_buffer, _IOFBF, sizeof out_buffer);
	int1_here_stays = int1_stays();
	host_start(run);
}

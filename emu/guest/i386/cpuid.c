/* SPDX-License-Identifier: MIT */
/* CPUID as the guest sees it: the host's, less what the decoder does not have. Bits: Intel SDM, CPUID; AMD APM volume 3. */
#include <cpuid.h>
#include <stdatomic.h>
#include <string.h>

#include "emu/guest/i386/i386.h"
#include "emu/populate.h"

#define XCR0_SHOWN 7u /* x87, SSE, AVX */

/* What may be shown, by leaf, subleaf and register. Registers of leaves not listed pass unchanged up to max_leaf. */
struct mask {
	uint32_t leaf, sub, reg[4];
};

#define ALL 0xffffffffu
#define BIT(n) (1u << (n))

static const struct mask masks[] = {
	/* ecx: not MONITOR, DTES64, VMX, SMX, EIST, TM2, SDBG, xTPR, PDCM, PCID, DCA, x2APIC, TSC deadline */
	{1, 0, {ALL, ALL,
		BIT(0) | BIT(1) | BIT(9) | BIT(12) | BIT(13) | BIT(19) | BIT(20) | BIT(22) | BIT(23) | BIT(25) | BIT(26) |
			BIT(27) | BIT(28) | BIT(29) | BIT(30) | BIT(31),
		ALL & ~(BIT(21) | BIT(22))}},
	/* ebx: FSGSBASE(no: 64-bit only), BMI1, AVX2, SMEP.. no, BMI2, ERMS, RDSEED, ADX, CLFLUSHOPT, CLWB, SHA */
	{7, 0, {0, BIT(3) | BIT(5) | BIT(6) | BIT(8) | BIT(9) | BIT(13) | BIT(18) | BIT(19) | BIT(23) | BIT(24) | BIT(29),
		0, BIT(4)}},
	{0xd, 0, {XCR0_SHOWN, ALL, ALL, 0}},
	{0xd, 1, {BIT(0) | BIT(1) | BIT(2), 0, 0, 0}},
	/* ecx: LAHF, CMP_LEGACY, LZCNT, SSE4A, MISALIGNSSE, PREFETCHW; not SVM, XOP, FMA4, TBM, MONITORX, 3DNow */
	{0x80000001, 0, {ALL, ALL, BIT(0) | BIT(1) | BIT(5) | BIT(8), ALL & ~(BIT(30) | BIT(31) | BIT(22) | BIT(11))}},
};

/* Of the leaves that are shown. */
#define HAS_SUBLEAVES (BIT(4) | BIT(7) | BIT(0xb) | BIT(0xd) | BIT(0xf) | BIT(0x10) | BIT(0x12) | BIT(0x14))

static uint32_t max_basic, max_extended;

/*
 * What the host's said, by the CPU that said it: libc asks the same few leaves dozens of times, and under a hypervisor each is a way
 * out of the machine.
 */
static AT_START struct kept {
	atomic_bool valid;
	uint32_t cpu, leaf, sub, out[4];
} kept[64];
static atomic_uint n_kept;

/* From where the vDSO's getcpu has it: the limit of a segment that the kernel makes for that. False: there is none. */
static bool this_cpu(uint32_t *ret_cpu)
{
	bool is;

	__asm__("lsl %2, %0" : "=r"(*ret_cpu), "=@ccz"(is) : "r"(15 * 8 + 3));
	return is;
}

static const struct kept *find_kept(uint32_t cpu, uint32_t leaf, uint32_t sub)
{
	for (unsigned i = 0; i < atomic_load(&n_kept) && i < sizeof kept / sizeof *kept; i++)
		if (atomic_load(&kept[i].valid) && kept[i].leaf == leaf && kept[i].sub == sub && kept[i].cpu == cpu)
			return &kept[i];
	return NULL;
}

static void keep(uint32_t cpu, uint32_t leaf, uint32_t sub, const uint32_t out[4])
{
	unsigned i = atomic_load(&n_kept) < sizeof kept / sizeof *kept ? atomic_fetch_add(&n_kept, 1) : ~0u;

	if (i >= sizeof kept / sizeof *kept)
		return;
	kept[i].cpu = cpu;
	kept[i].leaf = leaf;
	kept[i].sub = sub;
	memcpy(kept[i].out, out, sizeof kept[i].out);
	atomic_store(&kept[i].valid, true);
}

static void host(uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	const struct kept *k;
	uint32_t cpu;
	bool known = this_cpu(&cpu);

	k = known ? find_kept(cpu, leaf, sub) : NULL;
	if (k) {
		memcpy(out, k->out, sizeof k->out);
		return;
	}
	__cpuid_count(leaf, sub, out[0], out[1], out[2], out[3]);
	if (known)
		keep(cpu, leaf, sub, out);
}

void i386_cpuid_init(void)
{
	uint32_t out[4];

	host(0, 0, out);
	max_basic = out[0] < 0x16 ? out[0] : 0x16;
	host(0x80000000, 0, out);
	max_extended = out[0] < 0x80000008 ? out[0] : 0x80000008;
}

uint64_t i386_xcr0(void)
{
	uint32_t out[4];

	host(0xd, 0, out);
	return out[0] & XCR0_SHOWN;
}

bool i386_faults_keep_flags(void)
{
	uint32_t out[4];

	host(0, 0, out);
	return out[1] == signature_AMD_ebx && out[3] == signature_AMD_edx && out[2] == signature_AMD_ecx;
}

/* Sizes of the XSAVE area are those of the components shown. */
static void xsave_leaf(uint32_t sub, uint32_t out[4])
{
	bool avx = i386_xcr0() & 4;

	if (sub == 0) {
		out[1] = out[2] = avx ? 576 + 256 : 576;
		out[3] = 0;
	} else if (sub == 1) {
		out[1] = avx ? 576 + 256 : 576;
	} else if (!avx) {
		out[0] = out[1] = out[2] = out[3] = 0;
	}
}

void i386_cpuid(uint32_t leaf, uint32_t sub, uint32_t out[4])
{
	if (leaf < 0x80000000 ? leaf > max_basic : leaf > max_extended) {
		if (leaf >= 0x40000000 && leaf < 0x80000000) { /* hypervisor leaves: none */
			out[0] = out[1] = out[2] = out[3] = 0;
			return;
		}
		leaf = max_basic;
	}
	if (leaf > 31 || !(HAS_SUBLEAVES >> leaf & 1)) /* ecx is what was left in it */
		sub = 0;
	if ((leaf == 7 && sub > 0) || (leaf == 0xd && sub > 2)) {
		out[0] = out[1] = out[2] = out[3] = 0;
		return;
	}
	host(leaf, sub, out);
	if (leaf == 0)
		out[0] = max_basic;
	if (leaf == 0x80000000)
		out[0] = max_extended;
	for (unsigned i = 0; i < sizeof masks / sizeof *masks; i++)
		if (masks[i].leaf == leaf && masks[i].sub == sub)
			for (unsigned r = 0; r < 4; r++)
				out[r] &= masks[i].reg[r];
	if (leaf == 0xd)
		xsave_leaf(sub, out);
}

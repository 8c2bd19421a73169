/* SPDX-License-Identifier: MIT */
/*
 * x87 and SIMD images of an i386 guest, taken from the host's own units. The host writes its own instruction pointers and
 * more registers than a 32-bit program has: both are put right on a copy before the guest sees it.
 */
#include <signal.h>
#include <string.h>

#include "emu/block.h"
#include "emu/engine.h"
#include "emu/guest/i386/i386.h"
#include "emu/window.h"

#define USER_CS 0x23
#define EFLAGS_AC 0x40000
#define USER_DS 0x2b
#define FX_USED 288 /* bytes of an FXSAVE image that 32-bit mode writes: up to XMM7 */

struct env32 {
	uint32_t fcw, fsw, ftw, fip, fcs_fop, fdp, fds;
};
struct env16 {
	uint16_t fcw, fsw, ftw, fip, fcs, fdp, fds;
};

/* The low half of a host pc in the cache -> guest pc, or 0. */
static uint32_t guest_ip(uint32_t fip)
{
	uintptr_t host = ((uintptr_t)cache_base & ~0xffffffffull) | fip;

	if (!in_cache(host))
		host += 1ull << 32;
	return fip && in_cache(host) ? engine_guest_pc(host) : 0;
}

/* Newer processors have no selectors for x87's pointers, and say so. */
static bool has_selectors(void)
{
	uint32_t out[4];

	i386_cpuid(7, 0, out);
	return !(out[1] & 1 << 13);
}

static void fix_env32(struct env32 *e)
{
	uint32_t ip = guest_ip(e->fip);
	bool selectors = has_selectors();

	if (!ip)
		return;
	e->fip = ip;
	e->fcs_fop = (e->fcs_fop & 0xffff0000) | (selectors ? USER_CS : 0);
	if (e->fdp || e->fds & 0xffff) {
		e->fdp -= window_base;
		e->fds = (e->fds & 0xffff0000) | (selectors ? USER_DS : 0);
	}
}

/* A 16-bit image has only the low half of the pointers: taken from a 32-bit one. */
static struct env16 narrow(const struct env32 *e)
{
	return (struct env16){.fcw = e->fcw, .fsw = e->fsw, .ftw = e->ftw, .fip = e->fip, .fcs = e->fcs_fop,
			      .fdp = e->fdp, .fds = e->fds};
}

static bool fnstenv(struct cpu *cpu, const struct i386_insn *i, uint32_t addr)
{
	struct env32 e, raw;
	struct env16 e16;
	bool small = i->opsize == 2;
	int r;

	__asm__ volatile("fnstenv %0" : "=m"(raw));
	e = raw;
	fix_env32(&e);
	e16 = narrow(&e);
	r = small ? guest_write(ga(addr), &e16, sizeof e16) : guest_write(ga(addr), &e, sizeof e);
	if (r == 0)
		return true;
	__asm__ volatile("fldenv %0" ::"m"(raw));
	return i386_access_fault(cpu, addr, small ? sizeof e16 : sizeof e, true);
}

static bool fnsave(struct cpu *cpu, const struct i386_insn *i, uint32_t addr)
{
	struct {
		struct env32 e;
		uint8_t st[80];
	} raw, image;
	struct {
		struct env16 e;
		uint8_t st[80];
	} small;
	unsigned n = i->opsize == 2 ? 94 : 108;

	__asm__ volatile("fnsave %0" : "=m"(raw));
	image = raw;
	fix_env32(&image.e);
	small.e = narrow(&image.e);
	memcpy(small.st, image.st, 80);
	if (guest_write(ga(addr), i->opsize == 2 ? (void *)&small : &image, n) == 0)
		return true;
	__asm__ volatile("frstor %0" ::"m"(raw));
	return i386_access_fault(cpu, addr, n, true);
}

/* The FXSAVE image of the guest's state: x87 from the unit, XMM from the cpu. */
static void legacy_image(const struct cpu *cpu, uint8_t *fx)
{
	uint32_t ip;

	__asm__ volatile("fxsave %0" : "=m"(*(uint8_t(*)[512])fx));
	memcpy(&ip, fx + 8, 4);
	ip = guest_ip(ip);
	if (ip) {
		bool selectors = has_selectors();
		uint16_t cs = selectors ? USER_CS : 0, ds = selectors ? USER_DS : 0;

		memcpy(fx + 8, &ip, 4);
		memcpy(fx + 12, &cs, 2);
		memcpy(fx + 20, &ds, 2);
	}
	for (unsigned r = 0; r < 8; r++)
		memcpy(fx + 160 + 16 * r, cpu->i386.ymm[r], 16);
}

static bool fxsave(struct cpu *cpu, uint32_t addr)
{
	_Alignas(64) uint8_t fx[512];

	if (addr & 15)
		return i386_trap(cpu, TRAP(TRAP_GP, 0));
	legacy_image(cpu, fx);
	return guest_write(ga(addr), fx, FX_USED) == 0 || i386_access_fault(cpu, addr, FX_USED, true);
}

static bool all_zero(const void *p, unsigned n)
{
	const uint8_t *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

/* Which components are not in their initial configuration. */
static uint64_t in_use(const struct cpu *cpu, const uint8_t *fx)
{
	uint64_t bv = 0;
	uint16_t fcw;

	memcpy(&fcw, fx, 2);
	if (fcw != 0x37f || fx[2] || fx[3] || fx[4] || !all_zero(fx + 6, 18) || !all_zero(fx + 32, 128))
		bv |= 1;
	if (!all_zero(fx + 160, 128))
		bv |= 2;
	for (unsigned r = 0; r < 8; r++)
		if (!all_zero(cpu->i386.ymm[r] + 16, 16))
			bv |= 4;
	return bv;
}

/* XSAVE, XSAVEOPT: standard format. XSAVEC: compacted, which for x87, SSE, AVX places AVX at the same offset. */
static bool xsave(struct cpu *cpu, const struct i386_insn *i, uint32_t addr)
{
	uint64_t mask = (cpu->i386.gpr[EAX] | (uint64_t)cpu->i386.gpr[EDX] << 32) & i386_xcr0(), bv, used, write;
	_Alignas(64) uint8_t fx[512];
	uint8_t high[128];
	uint64_t header[8] = {0};
	int r = 0;

	if (addr & 63)
		return i386_trap(cpu, TRAP(TRAP_GP, 0));
	legacy_image(cpu, fx);
	used = in_use(cpu, fx) & mask;
	for (unsigned k = 0; k < 8; k++)
		memcpy(high + 16 * k, cpu->i386.ymm[k] + 16, 16);
	if (i->kind != K_XSAVEC && guest_read(header, ga(addr + 512), sizeof header) < 0)
		return i386_access_fault(cpu, addr + 512, 64, false);
	bv = i->kind == K_XSAVEC ? used : (header[0] & ~mask) | used;
	write = i->kind == K_XSAVE ? mask : used;
	if (write & 1)
		r |= guest_write(ga(addr), fx, 24) | guest_write(ga(addr + 32), fx + 32, 128);
	if (mask & 6)
		r |= guest_write(ga(addr + 24), fx + 24, 8);
	if (write & 2)
		r |= guest_write(ga(addr + 160), fx + 160, 128);
	if (write & 4)
		r |= guest_write(ga(addr + 576), high, 128);
	header[0] = bv;
	header[1] = 1ull << 63 | mask;
	r |= guest_write(ga(addr + 512), header, i->kind == K_XSAVEC ? 64 : 8);
	return r == 0 || i386_access_fault(cpu, addr, 576 + (mask & 4 ? 128 : 0), true);
}

static bool xrstor(struct cpu *cpu, uint32_t addr)
{
	uint64_t mask = (cpu->i386.gpr[EAX] | (uint64_t)cpu->i386.gpr[EDX] << 32) & i386_xcr0(), bv;
	_Alignas(64) uint8_t area[576 + 256], now[512];
	uint32_t mxcsr;

	if (addr & 63)
		return i386_trap(cpu, TRAP(TRAP_GP, 0));
	if (guest_read(area, ga(addr), 576 + (mask & 4 ? 128 : 0)) < 0)
		return i386_access_fault(cpu, addr, 576 + (mask & 4 ? 128 : 0), false);
	memcpy(&bv, area + 512, 8);
	memcpy(&mxcsr, area + 24, 4);
	if (bv & ~i386_xcr0() || !all_zero(area + 528, 48) || ((mask & 6) && (mxcsr & ~0xffffu)))
		return i386_trap(cpu, TRAP(TRAP_GP, 0));
	for (unsigned r = 0; r < 8; r++) {
		if (mask & 2)
			memcpy(cpu->i386.ymm[r], bv & 2 ? area + 160 + 16 * r : (const uint8_t[16]){0}, 16);
		if (mask & 4)
			memcpy(cpu->i386.ymm[r] + 16, bv & 4 ? area + 576 + 16 * r : (const uint8_t[16]){0}, 16);
	}
	if (mask & 6)
		__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
	if (mask & 1) {
		__asm__ volatile("fxsave %0" : "=m"(now));
		if (bv & 1) {
			memcpy(now, area, 24);
			memcpy(now + 32, area + 32, 128);
			__asm__ volatile("fxrstor %0" ::"m"(now));
		} else {
			__asm__ volatile("fninit");
		}
	}
	return true;
}

bool i386_fp_image(struct cpu *cpu, const struct i386_insn *i, uint32_t addr)
{
	/* the other images want more than this of their address, whatever AC says */
	if ((i->kind == K_FNSTENV || i->kind == K_FNSAVE) && cpu->i386.eflags & EFLAGS_AC && addr & (i->opsize - 1u))
		return i386_trap(cpu, TRAP(TRAP_AC, 0));
	switch (i->kind) {
	case K_FNSTENV:
		return fnstenv(cpu, i, addr);
	case K_FNSAVE:
		return fnsave(cpu, i, addr);
	case K_FXSAVE:
		return fxsave(cpu, addr);
	case K_XRSTOR:
		return xrstor(cpu, addr);
	default:
		return xsave(cpu, i, addr);
	}
}

/* #MF as arch/x86/kernel/fpu/core.c tells it: the first exception that is pending and not masked. */
static bool pending_exception(struct cpu *cpu, uint16_t fcw, uint16_t fsw)
{
	static const struct {
		uint8_t bits, code;
	} codes[] = {{0x01, FPE_FLTINV}, {0x04, FPE_FLTDIV}, {0x08, FPE_FLTOVF}, {0x12, FPE_FLTUND}, {0x20, FPE_FLTRES}};
	unsigned k = 0;

	if (!(fsw & ~fcw & 0x3f))
		return false;
	while (!(fsw & ~fcw & codes[k].bits))
		k++;
	cpu->fault = (struct fault){.sig = SIGFPE, .code = codes[k].code, .addr = cpu->i386.eip, .trapno = 16};
	return true;
}

bool i386_maskmov(struct cpu *cpu, const struct i386_insn *i, uint32_t addr)
{
	_Alignas(16) uint8_t fx[512];
	const uint8_t *data = (uint8_t *)cpu->i386.ymm[insn_reg(i)], *mask = (uint8_t *)cpu->i386.ymm[insn_rm(i)];
	bool mmx = !i->vex && !(i->prefix & PFX_66);
	uint32_t unused;

	if (mmx) {
		uint16_t fcw, fsw;

		__asm__ volatile("fxsave %0" : "=m"(fx));
		memcpy(&fcw, fx, 2);
		memcpy(&fsw, fx + 2, 2);
		if (pending_exception(cpu, fcw, fsw))
			return false;
		data = fx + 32 + 16 * ((insn_reg(i) - (fsw >> 11)) & 7);
		mask = fx + 32 + 16 * ((insn_rm(i) - (fsw >> 11)) & 7);
		/* as any MMX instruction, and even if it faults: all tags valid, the stack's top at 0 */
		__asm__ volatile("movd %%mm0, %0" : "=r"(unused));
	}
	if (cpu->i386.eflags & EFLAGS_AC && addr & 7 && i->seg != SEG_CS)
		return i386_trap(cpu, TRAP(TRAP_AC, 0));
	for (unsigned k = 0; k < (mmx ? 8 : 16); k++)
		if (mask[k] & 0x80 && i->seg == SEG_CS)
			return i386_trap(cpu, TRAP(TRAP_GP, 0));
		else if (mask[k] & 0x80 && guest_write(ga(addr + k), data + k, 1) < 0)
			return i386_access_fault(cpu, addr + k, 1, true);
	return true;
}

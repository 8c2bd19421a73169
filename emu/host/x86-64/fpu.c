/* SPDX-License-Identifier: MIT */
/* The guest's floating point state: x87 and MXCSR are live in this host's unit, vector registers in the cpu. */
#include "emu/guest/i386/fpu.h"

#include <string.h>

#include "emu/block.h"
#include "emu/engine.h"
#include "emu/guest/i386/i386.h"
#include "emu/window.h"

#define FX_SIZE 512u
#define MXCSR_INIT 0x1f80u
#define FCW_INIT 0x37f

uint64_t i386_fpu_features(void)
{
	static uint64_t known;

	if (!known)
		known = i386_xcr0() | XF_X87 | XF_SSE;
	return known;
}

uint32_t i386_fpu_size(void)
{
	if (i386_fpu_features() & XF_AVX)
		return sizeof(struct i386_fpu);
	return i386_xcr0() ? offsetof(struct i386_fpu, high) : FX_SIZE;
}

static bool is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	return b[0] == 0 && memcmp(b, b + 1, n - 1) == 0;
}

static bool x87_initial(const struct i386_fpu *f)
{
	return f->fcw == FCW_INIT && is_zero(&f->fsw, 22) && is_zero(f->st, sizeof f->st);
}

void i386_fpu_save(const struct cpu *cpu, struct i386_fpu *image)
{
	memset(image, 0, sizeof *image);
	__asm__ volatile("fxsave64 %0" : "=m"(*image));
	if (image->fip)
		image->fip = in_cache(image->fip) ? engine_guest_pc(image->fip) : 0;
	if (image->fdp)
		image->fdp = (uint32_t)(image->fdp - window_base);
	for (unsigned r = 0; r < 8; r++) {
		memcpy(image->xmm[r], cpu->i386.ymm[r], 16);
		memcpy(image->high[r], cpu->i386.ymm[r] + 16, 16);
	}
	memset(image->xmm[8], 0, sizeof image->xmm / 2);
	image->in_use = (x87_initial(image) ? 0 : XF_X87) | (is_zero(image->xmm, sizeof image->xmm) ? 0 : XF_SSE) |
			(is_zero(image->high, sizeof image->high) ? 0 : XF_AVX);
}

void i386_fpu_load(struct cpu *cpu, const struct i386_fpu *image)
{
	struct i386_fpu x87 __attribute__((aligned(64)));

	memset(&x87, 0, sizeof x87);
	if (image->in_use & XF_X87)
		memcpy(&x87, image, offsetof(struct i386_fpu, xmm));
	else
		x87.fcw = FCW_INIT;
	x87.mxcsr = image->mxcsr;
	for (unsigned r = 0; r < 8; r++) {
		if (image->in_use & XF_SSE)
			memcpy(cpu->i386.ymm[r], image->xmm[r], 16);
		else
			memset(cpu->i386.ymm[r], 0, 16);
		if (image->in_use & XF_AVX)
			memcpy(cpu->i386.ymm[r] + 16, image->high[r], 16);
		else
			memset(cpu->i386.ymm[r] + 16, 0, 16);
	}
	cpu->i386.mxcsr = image->mxcsr;
	__asm__ volatile("fxrstor64 %0" ::"m"(x87) : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
			 "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

void i386_fpu_reset(struct cpu *cpu)
{
	static const struct i386_fpu initial __attribute__((aligned(64))) = {.fcw = FCW_INIT, .mxcsr = MXCSR_INIT};

	i386_fpu_load(cpu, &initial);
}

/* SPDX-License-Identifier: MIT */
/* The whole floating point state of an i386 guest in one image, as XSAVE64 lays it out, and back. Each host has its own. */
#ifndef STRAIT_I386_FPU_H
#define STRAIT_I386_FPU_H

#include <stdint.h>

#include "emu/cpu.h"

enum { XF_X87 = 1, XF_SSE = 2, XF_AVX = 4 };

struct i386_fpu {
	/* FXSAVE64: instruction and data pointers are 64 bits, without selectors */
	uint16_t fcw, fsw;
	uint8_t ftw, zero;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t st[8][16], xmm[16][16];
	uint8_t unused[48], software[48];
	/* XSAVE header, components */
	uint64_t in_use, compact, reserved[6];
	uint8_t high[16][16];
};
_Static_assert(sizeof(struct i386_fpu) == 832, "XSAVE area with AVX");

/* Bytes of the image that this CPU has, and its components. */
uint32_t i386_fpu_size(void);
uint64_t i386_fpu_features(void);
/* Pointers in the image are the guest's; in_use tells components that are not in their initial state. */
void i386_fpu_save(const struct cpu *cpu, struct i386_fpu *image);
/* Components not in_use get their initial state; MXCSR is the image's, and must be valid. */
void i386_fpu_load(struct cpu *cpu, const struct i386_fpu *image);
void i386_fpu_reset(struct cpu *cpu);

#endif

/* SPDX-License-Identifier: MIT */
/* The guests' vDSO images, made at build time by loader/vdso/embed. */
#ifndef STRAIT_VDSO_H
#define STRAIT_VDSO_H

#include <stdint.h>

/* Offsets in the image; 0: it has no such symbol. */
struct vdso_symbols {
	uint32_t vsyscall, sigreturn, rt_sigreturn;
};

extern const unsigned char vdso_i386[], *const vdso_i386_end;
extern const struct vdso_symbols vdso_i386_symbols;
extern const unsigned char vdso_arm[], *const vdso_arm_end;
extern const struct vdso_symbols vdso_arm_symbols;

#endif

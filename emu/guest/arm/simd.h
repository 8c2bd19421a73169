/* SPDX-License-Identifier: MIT */
/*
 * VFP and Advanced SIMD: their part of the uop form. Decoding (simd_decode.c), exact semantics (simd*.c) and the list of ops
 * stand here so that the integer side need not know them. Registers are numbered as the extension register file has them:
 * d, n, m are numbers of S registers (0..31), of D registers (0..31), or of the even D register a Q register begins with;
 * which is said at the op. The state is cpu->arm.d[] (S2n and S2n+1 are the halves of Dn) and cpu->arm.fpscr.
 */
#ifndef STRAIT_ARM_SIMD_H
#define STRAIT_ARM_SIMD_H

#include "emu/guest/arm/uop.h"

/*
 * Decode insn, given in its A32 form whatever it came from: T32's VFP and load/store encodings are the same bits with
 * cond 1110; Advanced SIMD data processing 111U1111 becomes 1111001U, element load/store 11111001 becomes 11110100. u has
 * pc, len, cond and attr's UA_IT set, all else 0. Fills op, fields, and *ret_fl_in, *ret_fl_out (FL_*: VSEL, VMRS to APSR).
 * False: undefined.
 */
bool arm_simd_decode(struct arm_uop *u, uint32_t insn, uint8_t *ret_fl_in, uint8_t *ret_fl_out);

/* Do it; its condition holds. Accesses memory through emu/guest/arm/memory.h, so it may not come back: no state is to be changed
 * before the last access that can fault. */
void arm_simd_execute(struct cpu *cpu, const struct arm_uop *u);

#endif

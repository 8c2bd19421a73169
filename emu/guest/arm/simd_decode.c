/* SPDX-License-Identifier: MIT */
/* Decoding of VFP and Advanced SIMD. */
#include "emu/guest/arm/simd.h"

bool arm_simd_decode(struct arm_uop *u, uint32_t insn, uint8_t *ret_fl_in, uint8_t *ret_fl_out)
{
	(void)u, (void)insn, (void)ret_fl_in, (void)ret_fl_out;
	return false;
}

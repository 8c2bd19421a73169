/* SPDX-License-Identifier: MIT */
/* Execution of VFP and Advanced SIMD. */
#include "emu/guest/arm/simd.h"

void arm_simd_execute(struct cpu *cpu, const struct arm_uop *u)
{
	(void)cpu, (void)u;
}

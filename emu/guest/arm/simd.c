/* SPDX-License-Identifier: MIT */
/* Execution of VFP and Advanced SIMD: the table of handlers, made of the list of ops. */
#include "emu/guest/arm/simd.h"

#define HANDLER(name, mem) arm_##name,
arm_simd_handler *const arm_simd_handlers[] = {ARM_SIMD_OPS(HANDLER)};

void arm_simd_execute(struct cpu *cpu, const struct arm_uop *u)
{
	arm_simd_handlers[u->op - ARM_SIMD](cpu, u);
}

/* SPDX-License-Identifier: MIT */
/*
 * Guest memory for code that executes uops in C. An access that faults does not come back: the host's signal handler goes to
 * arm_unwind(), which ends the instruction with cpu->fault set. So whoever uses these changes no register before the last of
 * them that can fault. Only within arm_interpret() and arm_execute(), which say where to go back to.
 */
#ifndef STRAIT_ARM_MEMORY_H
#define STRAIT_ARM_MEMORY_H

#include "emu/cpu.h"
#include "emu/window.h"

/* Volatile: in the order of the source, so that of several the first that is not there is told. */
#define ARM_LOAD_(bits) \
	typedef volatile uint##bits##_t arm_memory##bits __attribute__((aligned(1), may_alias)); \
	static inline uint##bits##_t arm_load##bits(uint32_t addr) \
	{ \
		return *(const arm_memory##bits *)(window_base + addr); \
	} \
	static inline void arm_store##bits(uint32_t addr, uint##bits##_t v) \
	{ \
		*(arm_memory##bits *)(window_base + addr) = v; \
	}
ARM_LOAD_(8)
ARM_LOAD_(16)
ARM_LOAD_(32)
ARM_LOAD_(64)
#undef ARM_LOAD_

/* A misaligned access that the kernel does not fix: SIGBUS, BUS_ADRALN. Does not come back. */
_Noreturn void arm_misaligned(struct cpu *cpu, uint32_t addr);

#endif

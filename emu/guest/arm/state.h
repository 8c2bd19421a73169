/* SPDX-License-Identifier: MIT */
/* Register state of an ARM guest thread while it is not running translated code. */
#ifndef STRAIT_ARM_STATE_H
#define STRAIT_ARM_STATE_H

#include <stdint.h>

struct arm_state {
	uint32_t r[16];        /* r15: address of the next instruction, without the Thumb bit */
	uint32_t cpsr;         /* NZCVQ, GE, IT, T, E, mode */
	uint32_t fpscr;
	uint32_t tls;          /* TPIDRURO; set_tls */
	uint32_t tpidrurw;
	uint32_t ex_addr, ex_size; /* local exclusive monitor: address, 0 size: open */
	uint64_t ex_value;
	uint8_t nzcv[4];       /* the flags while translated code runs, in the back-end's form */
	uint32_t fp_mode;      /* which of the guest's floating-point modes the host is in while translated code runs; 0: none */
	uint8_t fp_nzcv;       /* and then FPSCR's N Z C V, in the back-end's form */
	_Alignas(16) uint64_t d[32];
	uint32_t syscall_r0;   /* as it was at the system call, for restart */
	const void *at;        /* the uop that accesses memory, while C code executes it */
};

#endif

/* SPDX-License-Identifier: MIT */
/* The ARM guest's vDSO: clock functions that the engine answers without a system call (UDF 0x5an: a host call, only here). */
#include "loader/vdso/services.h"

	.syntax	unified
	.arch	armv5te
	.arm
	.text

	.macro	service name, n
	.globl	\name
	.type	\name, %function
	.balign	16
\name:
	.inst	0xe7f05af0 + \n
	bx	lr
	.size	\name, .-\name
	.endm

	service	__vdso_clock_gettime, VDSO_CLOCK_GETTIME
	service	__vdso_clock_gettime64, VDSO_CLOCK_GETTIME64
	service	__vdso_gettimeofday, VDSO_GETTIMEOFDAY
	service	__vdso_clock_getres, VDSO_CLOCK_GETRES

	.section .note.Linux, "a", %note
	.balign	4
	.long	6, 4, 0
	.string	"Linux"
	.balign	4
	.long	0x60000
	.section .note.GNU-stack, "", %progbits

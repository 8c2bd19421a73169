/* SPDX-License-Identifier: MIT */
/* Divisions step by step: fallen into, and jumped into. */
	.syntax	unified
	.arch	armv7-a
	.globl	_start
	.type	_start, %function
	.macro	steps n, d, q, from
	.set	k, \from
	.rept	\from + 1
	cmp	\n, \d, lsl #k
	adc	\q, \q, \q
	subcs	\n, \n, \d, lsl #k
	.set	k, k - 1
	.endr
	.endm
_start:	mov	r0, #100
	mov	r1, #7
	mov	r2, #0
	steps	r0, r1, r2, 5
	mov	r4, #1000
	mov	r3, #84
	subs	r5, r3, #0
	addne	pc, pc, r5, lsl #2
	nop
	steps	r4, r1, r2, 31
	mov	r0, #0
	mov	r7, #1
	svc	#0

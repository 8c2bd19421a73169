/* SPDX-License-Identifier: MIT */
/* Calls, returns, load and store multiple, addressing with offsets, indices and write-back. */
	.syntax	unified
	.arch	armv7-a
	.globl	_start
	.type	_start, %function
_start:	ldr	r8, =words
	mov	r9, #2
1:	mov	r0, r9
	bl	double
	str	r0, [r8, r9, lsl #2]
	subs	r9, r9, #1
	bne	1b
	ldrd	r2, r3, [r8]
	ldrh	r4, [r8], #2
	ldrsb	r5, [r8, #-1]!
	ldmia	r8!, {r0-r3}
	stmdb	r8!, {r0, r2, r10, r12}
	mov	r0, #0
	mov	r7, #1
	svc	#0
	.type	double, %function
double:	push	{r4, r5, r11, lr}
	lsl	r4, r0, #1
	mov	r0, r4
	pop	{r4, r5, r11, pc}
	.bss
	.balign	8
words:	.space	64

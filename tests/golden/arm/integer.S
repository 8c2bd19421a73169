/* SPDX-License-Identifier: MIT */
/* Arithmetic with flags, conditional instructions, an IT block, an exclusive loop. */
	.syntax	unified
	.arch	armv7-a
	.globl	_start
	.type	_start, %function
_start:	mov	r0, #0
	movw	r1, #1000
	ldr	r2, =words
1:	add	r0, r0, r1, lsl #2
	subs	r1, r1, #250
	bne	1b
	cmp	r0, #100
	addhi	r0, r0, #1
	movls	r0, #0
	ands	r3, r0, #255
	orreq	r3, r3, r0, ror #8
	adds	r4, r0, r3
	adc	r5, r3, #0
	umull	r6, r7, r4, r5
	bfi	r6, r7, #8, #8
	blx	2f
	mov	r0, #0
	mov	r7, #1
	svc	#0
	.thumb
2:	cmp	r6, r7
	ite	lt
	sublt	r6, r7, r6
	subge	r6, r6, r7
3:	ldrex	r0, [r2]
	adds	r0, r0, #1
	strex	r1, r0, [r2]
	cmp	r1, #0
	bne	3b
	dmb
	bx	lr
	.bss
	.balign	8
words:	.space	64

/* SPDX-License-Identifier: MIT */
/* Bytes in core registers, as strlen has them; a loop inside a unit that needs no flags where it begins. */
	.syntax	unified
	.arch	armv7-a
	.globl	_start
	.type	_start, %function
_start:	adr	r1, string
	mvn	r12, #0
	mov	r4, #0
	mvn	r0, #7
1:	ldrd	r2, r3, [r1]
	add	r0, r0, #8
	uadd8	r2, r2, r12
	sel	r2, r4, r12
	uadd8	r3, r3, r12
	add	r1, r1, #8
	sel	r3, r2, r12
	cmp	r3, #0
	beq	1b
	ssub8	r5, r2, r3
	sel	r5, r2, r3
	usub16	r5, r5, r3
	mrs	r6, cpsr
	sel	r5, r2, r6
	mov	r0, #0
	mov	r7, #1
	svc	#0
	.balign	8
string:	.asciz	"twelve chars and some more"
	.balign	8

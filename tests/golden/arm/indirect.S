/* SPDX-License-Identifier: MIT */
/* Calls and jumps through pointers: the target met first is remembered. */
	.syntax	unified
	.arch	armv7-a
	.globl	_start
	.type	_start, %function
_start:	ldr	r4, =function
	blx	r4
	bl	stub
	mov	r0, #0
	mov	r7, #1
	svc	#0
stub:	ldr	r12, =word
	ldr	pc, [r12]
function:
	mov	pc, lr
	.data
word:	.word	function

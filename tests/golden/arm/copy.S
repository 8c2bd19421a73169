/* SPDX-License-Identifier: MIT */
/* Copying through extension registers, as libc does; a double from two words just stored; constants. */
	.syntax	unified
	.arch	armv7-a
	.fpu	neon
	.globl	_start
	.type	_start, %function
_start:	ldr	r1, =words
	add	r2, r1, #64
	vldr	d0, [r1]
	vldr	d1, [r1, #8]
	vstr	d0, [r2]
	vldr	d0, [r1, #16]
	vstr	d1, [r2, #8]
	vldr	d1, [r1, #24]
	vstr	d0, [r2, #16]
	vldr	s0, [r1, #32]
	vstr	s0, [r2, #32]
	vstr	s3, [r2, #36]
	vldr	d2, [r2, #32]
	vmov.f64	d3, #0.5
	vmov.f32	s8, s9
	mov	r0, #0
	mov	r7, #1
	svc	#0
	.bss
	.balign	8
words:	.space	128

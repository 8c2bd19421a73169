/* SPDX-License-Identifier: MIT */
/* Loops of VFP multiply-add and of Advanced SIMD: loads, multiplication, a sum. */
	.syntax	unified
	.arch	armv7-a
	.fpu	neon-vfpv4
	.globl	_start
	.type	_start, %function
_start:	ldr	r0, =numbers
	mov	r1, #2
	vldr	d0, [r0]
1:	vldr	d1, [r0, #8]
	vmla.f64 d0, d1, d1
	vcmp.f64 d0, d1
	vmrs	APSR_nzcv, fpscr
	vmovgt.f64 d2, d1
	subs	r1, r1, #1
	bne	1b
	mov	r1, #2
	vmov.i32 q3, #0
2:	vld1.32	{d16-d17}, [r0]!
	vmul.f32 q9, q8, q8
	vmla.i16 q3, q8, q9
	vqadd.s16 q3, q3, q8
	subs	r1, r1, #1
	bne	2b
	vst1.8	{d6}, [r0]
	vcvt.s32.f64 s0, d0
	vmov	r2, s0
	mov	r0, #0
	mov	r7, #1
	svc	#0
	.data
	.balign	8
numbers: .double 1.5, 2.5, 3.5, 4.5, 5.5

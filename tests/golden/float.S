/* SPDX-License-Identifier: MIT */
/* Loops of x87, SSE and AVX: the same instructions, nothing around them. */
	.globl	_start
_start:	mov	$numbers, %esi
	mov	$4, %ecx
	fldz
1:	fldl	(%esi)
	fmull	8(%esi)
	faddp
	fxch	%st(0)
	add	$8, %esi
	dec	%ecx
	jnz	1b
	fistpl	-4(%esp)
	mov	$numbers, %esi
	mov	$2, %ecx
	xorps	%xmm0, %xmm0
2:	movups	(%esi,%ecx,8), %xmm1
	mulps	16(%esi), %xmm1
	addps	%xmm1, %xmm0
	cvttsd2si (%esi), %eax
	pmovmskb %xmm0, %edx
	dec	%ecx
	jnz	2b
	movd	%xmm0, -4(%esp)
	movss	%xmm0, -8(%esp)
	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80
	.data
	.balign	16
numbers: .double 1, 2, 3, 4, 5, 6, 7, 8
	.section .note.GNU-stack, "", @progbits

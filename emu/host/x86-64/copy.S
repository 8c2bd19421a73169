/* SPDX-License-Identifier: MIT */
/* int copy_bytes(void *dst, const void *src, size_t n): a fault between start and end goes on at the fix-up. */
#include "emu/hot.h"

	HOT_TEXT_TOO
	.globl	copy_bytes
	.type	copy_bytes, @function
copy_bytes:
	.cfi_startproc
	.globl	copy_start, copy_end, copy_failed
copy_start:
	cmp	$16, %rdx
	ja	3f
	cmp	$8, %rdx
	jae	2f
	cmp	$4, %rdx
	jae	1f
	test	%rdx, %rdx
	jz	4f
0:	movzbl	-1(%rsi,%rdx), %eax
	movb	%al, -1(%rdi,%rdx)
	dec	%rdx
	jnz	0b
4:	xor	%eax, %eax
	ret
1:	movl	(%rsi), %eax
	movl	-4(%rsi,%rdx), %ecx
	movl	%eax, (%rdi)
	movl	%ecx, -4(%rdi,%rdx)
	xor	%eax, %eax
	ret
2:	movq	(%rsi), %rax
	movq	-8(%rsi,%rdx), %rcx
	movq	%rax, (%rdi)
	movq	%rcx, -8(%rdi,%rdx)
	xor	%eax, %eax
	ret
3:	mov	%rdx, %rcx
	rep movsb
	xor	%eax, %eax
	ret
copy_end:
copy_failed:
	mov	$-14, %eax		/* -EFAULT */
	ret
	.cfi_endproc
	.size	copy_bytes, .-copy_bytes
	.section .note.GNU-stack, "", @progbits

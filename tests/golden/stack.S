/* SPDX-License-Identifier: MIT */
/* Pushes and pops of every kind, flag images, short INC and DEC, 16-bit operands. */
	.globl	_start
_start:	push	%eax
	push	$-1
	push	%esp
	pushw	%ax
	pushl	4(%esp)
	pushf
	pusha
	popa
	popf
	pop	%eax
	popw	%cx
	popl	(%esp)
	pop	%ebx
	pop	%edx
	inc	%eax
	decw	%cx
	enter	$8, $0
	leave
	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/* Calls and jumps through registers and memory, a switch table, a PLT entry, a return to what was pushed. */
	.globl	_start
_start:	mov	$2, %edi
1:	mov	$target, %eax
	call	*%eax
	call	*pointer
	call	plt
	mov	%edi, %eax
	and	$1, %eax
	jmp	*table(,%eax,4)
2:	inc	%ebx
3:	push	$4f
	ret
4:	dec	%edi
	jnz	1b
	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80

target:	ret
plt:	jmp	*pointer
	.data
pointer: .long	target
table:	.long	2b, 3b
	.section .note.GNU-stack, "", @progbits

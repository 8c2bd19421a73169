/* SPDX-License-Identifier: MIT */
/* Functions as compilers write them: prologue, the position-independent idiom, calls in a loop, plain and callee-popping return. */
	.globl	_start
_start:	mov	$3, %esi
1:	push	$5
	push	%esi
	call	add_two
	add	$8, %esp
	push	%eax
	call	pops_its_own
	dec	%esi
	jnz	1b
	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80

add_two:
	push	%ebp
	mov	%esp, %ebp
	push	%ebx
	sub	$4, %esp
	call	get_pc
	add	$_GLOBAL_OFFSET_TABLE_, %ebx
	mov	8(%ebp), %eax
	add	12(%ebp), %eax
	mov	-4(%ebp), %ebx
	leave
	ret

pops_its_own:
	mov	4(%esp), %eax
	test	%eax, %eax
	je	1f
	lea	(%eax,%eax,4), %eax
1:	ret	$4

get_pc:	mov	(%esp), %ebx
	ret
	.section .note.GNU-stack, "", @progbits

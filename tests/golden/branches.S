/* SPDX-License-Identifier: MIT */
/* Conditions that meet their compare, a loop within a unit, set and move on condition, flags that live over moves. */
	.globl	_start
_start:	mov	$10, %ecx
	xor	%eax, %eax
1:	add	%ecx, %eax
	cmp	$30, %eax
	jae	2f
	test	$1, %cl
	je	3f
	lea	1(%eax), %eax
3:	dec	%ecx
	jnz	1b
2:	cmp	%ecx, %eax
	setg	%dl
	cmovle	%ecx, %eax
	bt	$3, %eax
	mov	%edx, %esi
	adc	$0, %esi
	imul	$7, %esi, %esi
	shl	%cl, %esi
	jns	4f
	neg	%esi
4:	mov	$2, %ecx
5:	loop	5b
	jecxz	6f
	nop
6:	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/* Every way to form an address: stack, frame, index and scale, alone, in a segment, in 16 bits; high bytes beside esp; strings. */
	.globl	_start
_start:	mov	$243, %eax /* set_thread_area */
	mov	$segment, %ebx
	int	$0x80
	mov	segment, %eax
	lea	3(,%eax,8), %eax
	mov	%eax, %gs
	sub	$64, %esp
	mov	%esp, %ebp
	mov	$4, %ecx
	mov	%esp, %ebx
	mov	%esp, %esi
	mov	%ecx, 8(%esp)
	mov	-4(%ebp), %eax
	mov	4(%ebx,%ecx,4), %eax
	add	%eax, (%esp,%ecx,2)
	mov	word(,%ecx,4), %eax
	incl	word
	lock xadd %eax, word
	movzbl	3(%esp), %edx
	mov	%ah, 16(%esp)
	mov	20(%esp), %bh
	lea	12(%esp,%ecx), %edi
	push	word
	pop	4(%esp)
	mov	%gs:0x14, %eax
	mov	%eax, %gs:(%ecx)
	mov	$8, %edi
	mov	%gs:4(%di), %edx
	mov	%esp, %edi
	rep movsl
	mov	$8, %ecx
	xor	%eax, %eax
	rep stosb
	xchg	%eax, %ecx
	mov	$1, %eax
	xor	%ebx, %ebx
	int	$0x80
	.data
word:	.long	0, 0, 0, 0, 0, 0, 0, 0
segment: .long	-1, word, 0xfffff, 0x51
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/* Into a block's 64-bit form with every register set, and out of it with every register kept.
 * There r15 is our stack, r13 where computed branches go with their target in r8d, the others from r8 are for its own use. */
	.bss
	.balign 64
	.globl st_in, st_out, st_code, st_avx
st_in:	.skip 704
st_out:	.skip 704
st_code: .long 0
st_avx:	.long 0
	.balign 8
host_rsp: .quad 0
	.data
default_mxcsr: .long 0x1f80

	.text
	.globl enter_block
enter_block:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, host_rsp(%rip)
	mov	%rsp, %r15
	lea	block_indirect(%rip), %r13
	lea	host_code(%rip), %r12
	fxrstor	st_in+64(%rip)
	cmpl	$0, st_avx(%rip)
	je	1f
	vinsertf128 $1, st_in+576(%rip), %ymm0, %ymm0
	vinsertf128 $1, st_in+592(%rip), %ymm1, %ymm1
	vinsertf128 $1, st_in+608(%rip), %ymm2, %ymm2
	vinsertf128 $1, st_in+624(%rip), %ymm3, %ymm3
	vinsertf128 $1, st_in+640(%rip), %ymm4, %ymm4
	vinsertf128 $1, st_in+656(%rip), %ymm5, %ymm5
	vinsertf128 $1, st_in+672(%rip), %ymm6, %ymm6
	vinsertf128 $1, st_in+688(%rip), %ymm7, %ymm7
1:	mov	st_in+32(%rip), %eax
	push	%rax
	popfq
	mov	st_in+0(%rip), %eax
	mov	st_in+4(%rip), %ecx
	mov	st_in+8(%rip), %edx
	mov	st_in+12(%rip), %ebx
	mov	st_in+16(%rip), %esp
	mov	st_in+20(%rip), %ebp
	mov	st_in+24(%rip), %esi
	mov	st_in+28(%rip), %edi
	jmp	*%r12

	.globl exit_block
exit_block:
	mov	%eax, st_out+0(%rip)
	mov	%ecx, st_out+4(%rip)
	mov	%edx, st_out+8(%rip)
	mov	%ebx, st_out+12(%rip)
	mov	%esp, st_out+16(%rip)
	mov	%ebp, st_out+20(%rip)
	mov	%esi, st_out+24(%rip)
	mov	%edi, st_out+28(%rip)
	mov	host_rsp(%rip), %rsp
	pushfq
	pop	%rax
	mov	%eax, st_out+32(%rip)
	fxsave	st_out+64(%rip)
	cmpl	$0, st_avx(%rip)
	je	leave_block
	vextractf128 $1, %ymm0, st_out+576(%rip)
	vextractf128 $1, %ymm1, st_out+592(%rip)
	vextractf128 $1, %ymm2, st_out+608(%rip)
	vextractf128 $1, %ymm3, st_out+624(%rip)
	vextractf128 $1, %ymm4, st_out+640(%rip)
	vextractf128 $1, %ymm5, st_out+656(%rip)
	vextractf128 $1, %ymm6, st_out+672(%rip)
	vextractf128 $1, %ymm7, st_out+688(%rip)

	/* Also the way out of the signal handler. */
	.globl leave_block
leave_block:
	mov	host_rsp(%rip), %rsp
	fninit
	ldmxcsr	default_mxcsr(%rip)
	cmpl	$0, st_avx(%rip)
	je	1f
	vzeroupper
1:	push	$0x202
	popfq
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

	/* Signal handler: the kernel leaves AC as the block had it, C may not run with it. */
	.globl	signal_entry
signal_entry:
	pushfq
	andl	$~0x40000, (%rsp)
	popfq
	jmp	signal_c

	/* Reason in r8d. */
	.globl skip_block
skip_block:
	mov	%r8d, skipped(%rip)
	jmp	leave_block

	/* A computed branch to the i386 address in r8d; changes nothing that the block sees. */
block_indirect:
	mov	%rsp, %r14
	mov	%r15, %rsp
	pushfq
	sub	st_code(%rip), %r8d
	cmp	$4096, %r8d /* SLOT_SIZE */
	jae	1f
	lea	landing(%rip), %r9
	mov	(%r9,%r8,8), %r8
	test	%r8, %r8
	je	1f
	popfq
	mov	%r14, %rsp
	jmp	*%r8
1:	mov	$4, %r8d /* SKIP_LEFT */
	jmp	skip_block

	.section .note.GNU-stack, "", @progbits

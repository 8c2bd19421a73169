/* SPDX-License-Identifier: MIT */
/* Into a generated block with every register set, and out of it with every register kept. */
	.bss
	.balign 64
	.globl st_in, st_out, st_code, st_avx, st_host_esp
st_in:	.skip 704
st_out:	.skip 704
st_code: .long 0
st_avx:	.long 0
st_host_esp: .long 0
host_gs: .long 0
host_fs: .long 0
host_es: .long 0
	.data
default_mxcsr: .long 0x1f80

	.text
	.globl enter_block
enter_block:
	push	%ebp
	push	%ebx
	push	%esi
	push	%edi
	mov	%gs, host_gs
	mov	%fs, host_fs
	mov	%es, host_es
	mov	%esp, st_host_esp
	fxrstor	st_in+64
	cmpl	$0, st_avx
	je	1f
	vinsertf128 $1, st_in+576, %ymm0, %ymm0
	vinsertf128 $1, st_in+592, %ymm1, %ymm1
	vinsertf128 $1, st_in+608, %ymm2, %ymm2
	vinsertf128 $1, st_in+624, %ymm3, %ymm3
	vinsertf128 $1, st_in+640, %ymm4, %ymm4
	vinsertf128 $1, st_in+656, %ymm5, %ymm5
	vinsertf128 $1, st_in+672, %ymm6, %ymm6
	vinsertf128 $1, st_in+688, %ymm7, %ymm7
1:	mov	st_in+36, %es
	mov	st_in+40, %fs
	mov	st_in+44, %gs
	pushl	st_in+32
	popf
	mov	st_in+0, %eax
	mov	st_in+4, %ecx
	mov	st_in+8, %edx
	mov	st_in+12, %ebx
	mov	st_in+16, %esp
	mov	st_in+20, %ebp
	mov	st_in+24, %esi
	mov	st_in+28, %edi
	jmp	*st_code

	.globl exit_block
exit_block:
	mov	%eax, st_out+0
	mov	%ecx, st_out+4
	mov	%edx, st_out+8
	mov	%ebx, st_out+12
	mov	%esp, st_out+16
	mov	%ebp, st_out+20
	mov	%esi, st_out+24
	mov	%edi, st_out+28
	mov	st_host_esp, %esp
	pushf
	popl	st_out+32
	mov	%es, st_out+36
	mov	%fs, st_out+40
	mov	%gs, st_out+44
	mov	%ds, st_out+48
	fxsave	st_out+64
	cmpl	$0, st_avx
	je	leave_block
	vextractf128 $1, %ymm0, st_out+576
	vextractf128 $1, %ymm1, st_out+592
	vextractf128 $1, %ymm2, st_out+608
	vextractf128 $1, %ymm3, st_out+624
	vextractf128 $1, %ymm4, st_out+640
	vextractf128 $1, %ymm5, st_out+656
	vextractf128 $1, %ymm6, st_out+672
	vextractf128 $1, %ymm7, st_out+688

	/* Also the way out of the signal handler. */
	.globl leave_block
leave_block:
	mov	st_host_esp, %esp
	mov	host_es, %es
	mov	host_fs, %fs
	mov	host_gs, %gs
	fninit
	ldmxcsr	default_mxcsr
	cmpl	$0, st_avx
	je	1f
	vzeroupper
1:	push	$0x202
	popf
	pop	%edi
	pop	%esi
	pop	%ebx
	pop	%ebp
	ret

	/* Signal handler: thread-local storage first, then C with the kernel's own frame as arguments. */
	.globl signal_entry
signal_entry:
	mov	%es, st_out+36
	mov	%fs, st_out+40
	mov	%gs, st_out+44
	mov	host_fs, %fs
	mov	host_gs, %gs
	pushf
	andl	$~0x40000, (%esp) /* AC: not for C */
	popf
	jmp	signal_c

	.section .note.GNU-stack, "", @progbits

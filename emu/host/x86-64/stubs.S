/* SPDX-License-Identifier: MIT */
/*
 * Into translated i386 code and out of it. Register use there:
 *   eax..edi except esp: the guest's, same number   r15d: guest esp   r14: struct cpu   r13d: guest gs base
 *   r12: window base   r8-r11: temporary   rsp: the stack that pairs host calls and returns with the guest's
 * Guest flags, XMM/YMM and x87 live in the host's.
 */
#include "emu/host/x86-64/stub_parts.h"

	HOT_TEXT_FIRST

	enter_begins x86, %r9
	cmpb	$0, x86_use_avx(%rip)
	je	1f
	vmovdqa	CPU_YMM+0(%r14), %ymm0
	vmovdqa	CPU_YMM+32(%r14), %ymm1
	vmovdqa	CPU_YMM+64(%r14), %ymm2
	vmovdqa	CPU_YMM+96(%r14), %ymm3
	vmovdqa	CPU_YMM+128(%r14), %ymm4
	vmovdqa	CPU_YMM+160(%r14), %ymm5
	vmovdqa	CPU_YMM+192(%r14), %ymm6
	vmovdqa	CPU_YMM+224(%r14), %ymm7
	jmp	2f
1:	movdqa	CPU_YMM+0(%r14), %xmm0
	movdqa	CPU_YMM+32(%r14), %xmm1
	movdqa	CPU_YMM+64(%r14), %xmm2
	movdqa	CPU_YMM+96(%r14), %xmm3
	movdqa	CPU_YMM+128(%r14), %xmm4
	movdqa	CPU_YMM+160(%r14), %xmm5
	movdqa	CPU_YMM+192(%r14), %xmm6
	movdqa	CPU_YMM+224(%r14), %xmm7
2:	mov	window_base(%rip), %r12
	mov	CPU_GS_BASE(%r14), %r13d
	mov	CPU_GPR+16(%r14), %r15d
	mov	CPU_GPR+4(%r14), %ecx
	mov	CPU_GPR+8(%r14), %edx
	mov	CPU_GPR+12(%r14), %ebx
	mov	CPU_GPR+20(%r14), %ebp
	mov	CPU_GPR+24(%r14), %esi
	mov	CPU_GPR+28(%r14), %edi
	mov	CPU_EFLAGS(%r14), %eax
	test	$EFLAGS_RARE, %eax
	jnz	3f
	/* OF by an overflowing add, the other five by sahf; ah comes from the image's low byte. */
	mov	%eax, %r10d
	shr	$11, %r10d
	and	$1, %r10d
	mov	%al, %ah
	add	$0x7f, %r10b
	sahf
	mov	CPU_GPR(%r14), %eax
	mov	CPU_RET_SP(%r14), %rsp
	jmp	*%r9
3:	and	$~0x100, %eax		/* TF is the engine's business */
	or	$0x202, %eax
	push	%rax
	popfq
	mov	CPU_GPR(%r14), %eax
	mov	CPU_RET_SP(%r14), %rsp
	jmp	*%r9
	enter_ends x86

/* Out of translated code: eip and stop are written, all guest registers still live. */
x86_exit:
	mov	%eax, CPU_GPR(%r14)
	mov	%ecx, CPU_GPR+4(%r14)
	mov	%edx, CPU_GPR+8(%r14)
	mov	%ebx, CPU_GPR+12(%r14)
	mov	%r15d, CPU_GPR+16(%r14)
	mov	%ebp, CPU_GPR+20(%r14)
	mov	%esi, CPU_GPR+24(%r14)
	mov	%edi, CPU_GPR+28(%r14)
	mov	%rsp, CPU_RET_SP(%r14)	/* which may be full: nothing is pushed there */
	lea	CPU_SCRATCH+32(%r14), %rsp
	pushfq
	pop	%rax
	and	$~0x100, %eax		/* TF is never in the image while code runs: see single-stepping */
	mov	%eax, CPU_EFLAGS(%r14)
	test	$EFLAGS_RARE, %eax
	jz	1f
	pushq	$0x202
	popfq
1:	cmpb	$0, x86_use_avx(%rip)
	je	2f
	vmovdqa	%ymm0, CPU_YMM+0(%r14)
	vmovdqa	%ymm1, CPU_YMM+32(%r14)
	vmovdqa	%ymm2, CPU_YMM+64(%r14)
	vmovdqa	%ymm3, CPU_YMM+96(%r14)
	vmovdqa	%ymm4, CPU_YMM+128(%r14)
	vmovdqa	%ymm5, CPU_YMM+160(%r14)
	vmovdqa	%ymm6, CPU_YMM+192(%r14)
	vmovdqa	%ymm7, CPU_YMM+224(%r14)
	vzeroupper
	jmp	3f
2:	movdqa	%xmm0, CPU_YMM+0(%r14)
	movdqa	%xmm1, CPU_YMM+32(%r14)
	movdqa	%xmm2, CPU_YMM+64(%r14)
	movdqa	%xmm3, CPU_YMM+96(%r14)
	movdqa	%xmm4, CPU_YMM+128(%r14)
	movdqa	%xmm5, CPU_YMM+160(%r14)
	movdqa	%xmm6, CPU_YMM+192(%r14)
	movdqa	%xmm7, CPU_YMM+224(%r14)
3:	exit_ends x86, %r9

/* ---- stubs that translated code jumps to; they keep every guest register and flag ---- */
	.globl	x86_stubs_begin
x86_stubs_begin:

/* A return whose caller's landing is not the one on the host's stack: r8d is where to go. */
	.balign	16
	.globl	x86_ret_miss
x86_ret_miss:
	mov	CPU_RET_BASE(%r14), %rsp
	/* fall through */

/* Go to guest pc r8d through the jump table: lookup_here()'s way where that is not in place. Index: low 16 bits. Entry: -pc, cache
 * offset. No flag is touched, nor BMI2 needed. */
	.globl	x86_lookup
x86_lookup:
	movzwl	%r8w, %r9d
	lea	jump_table(%rip), %r10
	mov	(%r10,%r9,8), %r9
	mov	%rcx, %r11
	lea	(%r8,%r9), %ecx
	jrcxz	1f
	mov	%r11, %rcx
	jmp	x86_exit_none_at
1:	mov	%r11, %rcx
	movq	%r9, %xmm8
	psrlq	$32, %xmm8
	movq	%xmm8, %r9
	mov	cache_base(%rip), %r10
	lea	(%r10,%r9), %r9
	jmp	*%r9

/* Bottom of the host return stack: ecx is where to go, r11d the guest's ecx. */
	.globl	x86_ret_empty
x86_ret_empty:
	mov	%ecx, %r8d
	mov	%r11d, %ecx
	jmp	x86_ret_miss

/* A direct exit for the first time; entered by a call, so that the return address tells which; r8d: target. */
	.globl	x86_link
x86_link:
	pop	%r9
	mov	%r9, CPU_LINK_SITE(%r14)
	mov	%r8d, CPU_EIP(%r14)
	movl	$STOP_LINK_, CPU_STOP(%r14)
	jmp	x86_exit

/* The guest bytes of the block at pc r8d are no longer those translated; flags are in ah and r11b, eax is in r10: see check_code(). */
	.globl	x86_stale
x86_stale:
	add	$0x7f, %r11b
	sahf
	mov	%r10d, %eax
	mov	%r8d, CPU_EIP(%r14)
	mov	%r8d, CPU_HELPER_ARG(%r14)
	lea	engine_stale(%rip), %r9
	mov	%r9, CPU_HELPER(%r14)
	jmp	x86_exit_helper

	exit_stubs x86
/* r8d: where the guest goes on. */
	.globl	x86_exit_none_at
x86_exit_none_at:
	movl	$STOP_NONE_, CPU_STOP(%r14)
	.globl	x86_exit_at
x86_exit_at:
	mov	%r8d, CPU_EIP(%r14)
	jmp	x86_exit
	.globl	x86_stubs_end
x86_stubs_end:

/* The host's signal handler: the kernel leaves AC as the guest has it, C code may not run with it. */
	.globl	x86_signal_entry
x86_signal_entry:
	pushfq
	andl	$~0x40000, (%rsp)
	popfq
	jmp	engine_signal_handler

	.globl	x86_sigreturn
x86_sigreturn:
	mov	$15, %eax
	syscall

	.section .note.GNU-stack, "", @progbits

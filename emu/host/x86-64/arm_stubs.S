/* SPDX-License-Identifier: MIT */
/* Into translated ARM code and out of it. Register use there: arm_emit.h. Between units the flags are in struct cpu. */
#include "emu/host/x86-64/stub_parts.h"

#define NZ (CPU_NZCV + 1)
#define C (CPU_NZCV + 2)
#define V (CPU_NZCV + 3)
#define R(n) (CPU_R + 4 * (n))

	.text

	.macro	load_registers
	mov	R(0)(%r14), %edi
	mov	R(1)(%r14), %esi
	mov	R(2)(%r14), %ebx
	mov	R(3)(%r14), %ebp
	mov	R(4)(%r14), %r8d
	mov	R(5)(%r14), %r9d
	mov	R(6)(%r14), %r10d
	mov	R(7)(%r14), %r11d
	mov	R(8)(%r14), %r12d
	mov	R(9)(%r14), %r13d
	mov	R(13)(%r14), %r15d
	.endm

	.macro	store_registers
	mov	%edi, R(0)(%r14)
	mov	%esi, R(1)(%r14)
	mov	%ebx, R(2)(%r14)
	mov	%ebp, R(3)(%r14)
	mov	%r8d, R(4)(%r14)
	mov	%r9d, R(5)(%r14)
	mov	%r10d, R(6)(%r14)
	mov	%r11d, R(7)(%r14)
	mov	%r12d, R(8)(%r14)
	mov	%r13d, R(9)(%r14)
	mov	%r15d, R(13)(%r14)
	.endm

/* FPSCR's cumulative flags get what MXCSR's collected: IE is IOC; ZE OE UE PE, one bit lower, DZC OFC UFC IXC. */
	.macro	fp_unload
	stmxcsr	CPU_SCRATCH(%r14)
	mov	CPU_SCRATCH(%r14), %eax
	mov	%eax, %ecx
	shr	$7, %ecx		/* those that trap are of the instruction that did, which is done again in C */
	and	%ecx, %eax
	mov	%eax, %ecx
	and	$1, %ecx
	shr	$1, %eax
	and	$0x1e, %eax
	or	%ecx, %eax
	movsbq	CPU_FP_NZCV(%r14), %rcx
	lea	arm_fp_nzcv(%rip), %rdx
	movzbl	1(%rdx,%rcx), %ecx
	shl	$24, %ecx
	or	%ecx, %eax
	andl	$0x0fffffff, CPU_FPSCR(%r14)
	or	%eax, CPU_FPSCR(%r14)
	.endm

/* What fp_nzcv is to be for FPSCR = eax. */
	.macro	fp_flags_given
	mov	%eax, %ecx
	shr	$28, %ecx
	or	$FP_NZCV_GIVEN, %ecx
	mov	%cl, CPU_FP_NZCV(%r14)
	.endm

/* The same if MXCSR is the guest's; eax = FPSCR. */
	.macro	fp_reload
	cmpl	$0, CPU_FP_MODE(%r14)
	je	9f
	fp_unload
9:	mov	CPU_FPSCR(%r14), %eax
	.endm

	enter_begins arm, %rcx
	mov	CPU_CPSR(%r14), %eax
	mov	%eax, %edx
	shr	$24, %edx
	mov	%dl, NZ(%r14)		/* N Z are where lahf has them */
	mov	%eax, %edx
	shr	$29, %edx
	and	$1, %edx
	mov	%dl, C(%r14)
	shr	$28, %eax
	and	$1, %eax
	mov	%al, V(%r14)
	load_registers
	mov	CPU_RET_SP(%r14), %rsp
	jmp	*%rcx
	enter_ends arm

/* Out of translated code: stop is written, eax is the key of where the guest goes on. */
arm_exit:
	store_registers
	mov	%eax, %edx
	and	$1, %edx
	lea	-4(,%rdx,2), %ecx	/* T: ~1, else ~3 */
	and	%ecx, %eax
	mov	%eax, R(15)(%r14)
	shl	$5, %edx
	mov	CPU_CPSR(%r14), %ecx
	and	$0x0fffffdf, %ecx
	or	%edx, %ecx
	movzbl	NZ(%r14), %eax
	and	$0xc0, %eax
	shl	$24, %eax
	or	%eax, %ecx
	movzbl	C(%r14), %eax
	shl	$29, %eax
	or	%eax, %ecx
	movzbl	V(%r14), %eax
	shl	$28, %eax
	or	%eax, %ecx
	mov	%ecx, CPU_CPSR(%r14)
	mov	%rsp, CPU_RET_SP(%r14)
arm_exit_done:
	cmpl	$0, CPU_FP_MODE(%r14)
	je	1f
	fp_unload
	movl	$0x1f80, CPU_SCRATCH(%r14)
	ldmxcsr	CPU_SCRATCH(%r14)
	movl	$0, CPU_FP_MODE(%r14)
1:
	cld
	exit_ends arm, %rcx

/* rax: a struct in_c to be done in C, by a host call from the unit. A signal in here is found behind the call. */
	.balign	16
	.globl	arm_call_uop
arm_call_uop:
	store_registers
	mov	%r14, %rdi
	mov	%rax, %rsi
	mov	(%rsp), %rdx
	mov	%rsp, CPU_RET_SP(%r14)
	mov	CPU_HOST_SP(%r14), %rsp
	sub	$8, %rsp
	call	arm_uop_in_c
	jmp	arm_called

/* ---- stubs that translated code jumps to ---- */
	.globl	arm_stubs_begin
arm_stubs_begin:
arm_called:
	mov	CPU_RET_SP(%r14), %rsp
	cmp	$1, %al			/* KEEP-ORDER: C_FAULT C_GO_ON C_MAY_STOP in arm.c */
	jb	1f
	je	4f
	cmpl	$0, CPU_ATTENTION(%r14)
	jne	2f
4:	load_registers
	ret
1:	movl	$STOP_FAULT_, CPU_STOP(%r14)
	jmp	3f
2:	movl	$STOP_NONE_, CPU_STOP(%r14)
3:	add	$8, %rsp		/* registers, pc and flags are in struct cpu */
	mov	%rsp, CPU_RET_SP(%r14)
	jmp	arm_exit_done

/*
 * MXCSR for VFP, and for Advanced SIMD. With flush-to-zero the host's is not the guest's: denormal operands are to set IDC, tiny
 * results UFC without IXC. So these trap, and the instruction is done in C, until the flags in question are set anyway. Inexact
 * results trap as long as IXC is clear, for the host says so of what it flushes; a division by zero, for its dividend may be denormal.
 */
	.balign	16
	.globl	arm_fp_vfp, arm_fp_careful, arm_fp_standard
arm_fp_careful:
	fp_reload
7:	movl	$3, CPU_FP_MODE(%r14)	/* KEEP-ORDER: FP_MODE_* in arm_simd.h */
	jmp	8f
arm_fp_vfp:
	fp_reload
5:	movl	$1, CPU_FP_MODE(%r14)
8:	fp_flags_given
	mov	%eax, %ecx		/* RMode nearest, up, down, zero: RC 0 2 1 3 */
	shr	$22, %ecx
	mov	%ecx, %edx
	and	$1, %ecx
	shl	$14, %ecx
	and	$2, %edx
	shl	$12, %edx
	lea	0x1f80(%rcx,%rdx), %ecx
	cmpl	$1, CPU_FP_MODE(%r14)
	jne	3f
	and	$~0x80, %ecx		/* IM: what gives a NaN of its own is done in C */
3:	test	$0x01000000, %eax
	jz	4f
	jmp	1f
arm_fp_standard:
	fp_reload
6:	movl	$2, CPU_FP_MODE(%r14)
	fp_flags_given
	mov	$0x1f80, %ecx
1:	mov	%ecx, %edx
	or	$0x40, %edx		/* DAZ */
	and	$~0x300, %ecx		/* DM ZM */
	test	$0x80, %al
	cmovnz	%edx, %ecx
	mov	%ecx, %edx
	or	$0x8000, %edx		/* FTZ */
	and	$~0x1800, %ecx		/* UM PM */
	test	$0x10, %al
	jz	4f
	or	$0x1000, %ecx
	test	$8, %al
	cmovnz	%edx, %ecx
	jmp	4f
4:	mov	%ecx, CPU_SCRATCH(%r14)
	ldmxcsr	CPU_SCRATCH(%r14)
	ret

/* FPSCR = eax, and what collected flags is forgotten; the mode stays. */
	.globl	arm_fp_set, arm_fp_get
arm_fp_set:
	and	$ARM_FPSCR_WRITABLE, %eax
	mov	%eax, CPU_FPSCR(%r14)
	cmpl	$2, CPU_FP_MODE(%r14)
	je	6b
	ja	7b
	cmpl	$1, CPU_FP_MODE(%r14)
	je	5b
	ret

/* eax = FPSCR. */
arm_fp_get:
	fp_reload
	ret

/* A return whose caller's landing is not the one on the host's stack, or an empty host stack: eax is where to go. */
	.balign	16
	.globl	arm_ret_miss
arm_ret_miss:
	mov	CPU_RET_BASE(%r14), %rsp
	/* fall through */

/* Go to key eax through the jump table. Index: bits 1 to 16. Entry: -key, cache offset. */
	.globl	arm_lookup
arm_lookup:
	mov	%eax, %ecx
	shr	%ecx
	movzwl	%cx, %ecx
	lea	jump_table(%rip), %rdx
	mov	(%rdx,%rcx,8), %rcx
	lea	(%rax,%rcx), %edx
	test	%edx, %edx
	jnz	arm_exit_none_at
	shr	$32, %rcx
	add	cache_base(%rip), %rcx
	jmp	*%rcx

/* Bottom of the host return stack. */
	.globl	arm_ret_empty
arm_ret_empty:
	jmp	arm_ret_miss

/* A direct exit for the first time; entered by a call, so that the return address tells which; eax: target. */
	.globl	arm_link
arm_link:
	pop	%rcx
	mov	%rcx, CPU_LINK_SITE(%r14)
	movl	$STOP_LINK_, CPU_STOP(%r14)
	jmp	arm_exit

	exit_stubs arm
	exit_stub arm, on, STOP_ON_
	.globl	arm_exit_none_at
arm_exit_none_at:
	movl	$STOP_NONE_, CPU_STOP(%r14)
	.globl	arm_exit_at
arm_exit_at:
	jmp	arm_exit
	.globl	arm_stubs_end
arm_stubs_end:

	.section .note.GNU-stack, "", @progbits

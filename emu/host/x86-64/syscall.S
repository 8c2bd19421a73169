/* SPDX-License-Identifier: MIT */
/*
 * Host system calls. sys_safe's window between its check and the syscall instruction is known by address, so that a
 * signal which arrives there is never lost: safe_syscall_rewind().
 */
#include "emu/hot.h"
#include "emu/host/x86-64/offsets.h"

	HOT_TEXT_TOO

/* long sys_raw_(long nr, long a, long b, long c, long d, long e, long f) */
	.globl	sys_raw_
	.type	sys_raw_, @function
	.p2align 4
sys_raw_:
	.cfi_startproc
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	ret
	.cfi_endproc
	.size	sys_raw_, . - sys_raw_

/* long sys_safe_(struct cpu *cpu, long nr, long a, long b, long c, long d, long e, long f) */
	.globl	sys_safe_
	.type	sys_safe_, @function
	.p2align 4
sys_safe_:
	.cfi_startproc
	mov	%rdi, %r11
	mov	%rsi, %rax
	mov	%rdx, %rdi
	mov	%rcx, %rsi
	mov	%r8, %rdx
	mov	%r9, %r10
	mov	8(%rsp), %r8
	mov	16(%rsp), %r9
safe_start:
	cmpl	$0, CPU_ATTENTION(%r11)
	jne	safe_abort
safe_insn:
	syscall
	ret
safe_abort:
	mov	$-512, %rax			/* -ERESTARTSYS */
	ret
	.cfi_endproc
	.size	sys_safe_, . - sys_safe_

	.section safe_calls, "a", @progbits
	.long	safe_start - ., safe_insn - ., safe_abort - .

	.section .note.GNU-stack, "", @progbits

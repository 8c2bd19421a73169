/* SPDX-License-Identifier: MIT */
/* Threads below libc: clone onto a new stack, exit without one, and system calls of the 32-bit table. */

	.text

/* long host_clone(flags, stack, ptid, ctid, tls, fn, arg) */
	.globl	host_clone
	.type	host_clone, @function
	.p2align 4
host_clone:
	.cfi_startproc
	mov	8(%rsp), %rax
	and	$-16, %rsi
	sub	$16, %rsi
	mov	%r9, (%rsi)
	mov	%rax, 8(%rsi)
	mov	%rcx, %r10
	mov	$56, %eax			/* clone */
	syscall
	test	%rax, %rax
	jz	1f
	ret
1:	.cfi_undefined %rip
	xor	%ebp, %ebp
	pop	%rax
	pop	%rdi
	call	*%rax
	ud2
	.cfi_endproc
	.size	host_clone, . - host_clone

/* long host_clone3(args, size, fn, arg) */
	.globl	host_clone3
	.type	host_clone3, @function
	.p2align 4
host_clone3:
	.cfi_startproc
	mov	%rdx, %r8
	mov	%rcx, %r9
	mov	$435, %eax			/* clone3 */
	syscall
	test	%rax, %rax
	jz	1f
	ret
1:	.cfi_undefined %rip
	xor	%ebp, %ebp
	mov	%r9, %rdi
	and	$-16, %rsp
	call	*%r8
	ud2
	.cfi_endproc
	.size	host_clone3, . - host_clone3

/* void host_exit_unmap(block, len, status): no stack is used once the block is gone */
	.globl	host_exit_unmap
	.type	host_exit_unmap, @function
	.p2align 4
host_exit_unmap:
	mov	%edx, %r8d
	mov	$11, %eax			/* munmap */
	syscall
	mov	%r8d, %edi
	mov	$60, %eax			/* exit */
	syscall
	ud2
	.size	host_exit_unmap, . - host_exit_unmap

/* void host_exit_leave(leaving, status) */
	.globl	host_exit_leave
	.type	host_exit_leave, @function
	.p2align 4
host_exit_leave:
	mov	%rdi, %rdx
	mov	%esi, %edi
	mov	$60, %eax			/* exit */
	movl	$0, (%rdx)
	syscall
	ud2
	.size	host_exit_leave, . - host_exit_leave

/* long host_compat(nr, a, b, c): a call of the kernel's i386 table. Faults where the kernel has none. */
	.globl	host_compat
	.type	host_compat, @function
	.p2align 4
host_compat:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	mov	%edi, %eax
	mov	%esi, %ebx
	mov	%ecx, %r8d
	mov	%edx, %ecx
	mov	%r8d, %edx
	int	$0x80
	movslq	%eax, %rax
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	host_compat, . - host_compat

	.globl	host_sigreturn
	.type	host_sigreturn, @function
host_sigreturn:
	mov	$15, %eax			/* rt_sigreturn */
	syscall
	.size	host_sigreturn, . - host_sigreturn

	.section .note.GNU-stack, "", @progbits

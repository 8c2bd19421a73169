/* SPDX-License-Identifier: MIT */
/* What the stubs of all guests (stubs.S, arm_stubs.S) have in common; \g is the prefix of a guest's names. */
#include "emu/host/x86-64/offsets.h"
#include "emu/hot.h"

/* enum stop \g_enter(struct cpu *cpu, const void *host), up to where the guest's registers are loaded; \host gets the code. */
	.macro	enter_begins g, host
	.globl	\g\()_enter
	.type	\g\()_enter, @function
\g\()_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %r14
	mov	%rsi, \host
	mov	%rsp, CPU_HOST_SP(%r14)
	/* From here to the jump a signal abandons the entry: nothing of the guest's is only in registers. */
	.globl	\g\()_enter_begin
\g\()_enter_begin:
	movl	$1, CPU_IN_CODE(%r14)
	cmpl	$0, CPU_ATTENTION(%r14)
	jne	\g\()_enter_abandon
	.endm

/* Behind the jump into the guest's code. */
	.macro	enter_ends g
	.globl	\g\()_enter_end
\g\()_enter_end:
	.globl	\g\()_enter_abandon
\g\()_enter_abandon:
	mov	CPU_HOST_SP(%r14), %rsp
	movl	$0, CPU_IN_CODE(%r14)
	pushq	$0x202
	popfq
	mov	$STOP_NONE_, %eax
	jmp	\g\()_return
	.endm

/*
 * All is stored: back to the caller of \g_enter. What the guest asks of its kernel is done from here, without going all the way; who
 * does it goes on in \g_again: no return address behind a host's call that the processor may have forgotten.
 */
	.macro	exit_ends g, host
	movl	$0, CPU_IN_CODE(%r14)
	mov	CPU_STOP(%r14), %eax
	cmp	$STOP_SYSCALL_, %eax
	je	\g\()_serve
	cmp	$STOP_HOSTCALL_, %eax
	je	\g\()_serve
\g\()_return:
	mov	CPU_HOST_SP(%r14), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
\g\()_serve:
	mov	%r14, %rdi
	lea	\g\()_again(%rip), %rsi
	mov	CPU_RET_SP(%r14), %rsp
	cmp	CPU_RET_FULL(%r14), %rsp
	cmovb	CPU_HOST_SP(%r14), %rsp
	and	$-16, %rsp
	call	engine_serve
	mov	CPU_STOP(%r14), %eax
	jmp	\g\()_return
/* bool \g_again(struct cpu *cpu, const void *host): into translated code, and not back to who called engine_serve. */
\g\()_again:
	mov	%rdi, %r14
	mov	%rsi, \host
	jmp	\g\()_enter_begin
	.globl	\g\()_exit_end
\g\()_exit_end:
	.size	\g\()_enter, .-\g\()_enter
	.endm

/* \g_exit_\why: out, with that stop. */
	.macro	exit_stub g, why, stop
	.globl	\g\()_exit_\why
\g\()_exit_\why:
	movl	$\stop, CPU_STOP(%r14)
	jmp	\g\()_exit
	.endm

	.macro	exit_stubs g
	exit_stub \g, syscall, STOP_SYSCALL_
	exit_stub \g, helper, STOP_HELPER_
	exit_stub \g, hostcall, STOP_HOSTCALL_
	.endm

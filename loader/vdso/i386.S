/* SPDX-License-Identifier: MIT */
/*
 * The i386 guest's vDSO: entry to the kernel, signal trampolines with the kernel's bytes and unwind information, and clock
 * functions that the translator answers without a system call (0F 3F n: a host call, only here).
 */
#include "loader/vdso/services.h"

	.text

	.globl	__kernel_vsyscall
	.type	__kernel_vsyscall, @function
	.balign	16
__kernel_vsyscall:
	.cfi_startproc
	int	$0x80
	ret
	.cfi_endproc
	.size	__kernel_vsyscall, .-__kernel_vsyscall

/* Registers in the sigcontext, as offsets from the CFA that these trampolines run with: arch/x86/entry/vdso/vdso32/sigreturn.S.
 * The return address points behind the call of the handler, so the range starts one byte early. */

	.globl	__kernel_sigreturn
	.type	__kernel_sigreturn, @function
	.balign	16
	nop
.Lsigreturn:
__kernel_sigreturn:
	popl	%eax
	movl	$119, %eax
	int	$0x80
	.size	__kernel_sigreturn, .-__kernel_sigreturn
	nop

	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, @function
	.balign	16
	nop
.Lrt_sigreturn:
__kernel_rt_sigreturn:
	movl	$173, %eax
	int	$0x80
	.size	__kernel_rt_sigreturn, .-__kernel_rt_sigreturn
	.balign	16

	.macro	service name, n
	.globl	\name
	.type	\name, @function
	.balign	16
\name:
	.cfi_startproc
	.byte	0x0f, 0x3f, \n
	ret
	.cfi_endproc
	.size	\name, .-\name
	.endm

	service	__vdso_clock_gettime, VDSO_CLOCK_GETTIME
	service	__vdso_clock_gettime64, VDSO_CLOCK_GETTIME64
	service	__vdso_gettimeofday, VDSO_GETTIMEOFDAY
	service	__vdso_time, VDSO_TIME
	service	__vdso_getcpu, VDSO_GETCPU
	service	__vdso_clock_getres, VDSO_CLOCK_GETRES

/*
 * Unwinding through a signal frame. The CFA is the interrupted esp, read from the sigcontext; every register is saved in
 * it. Offsets in the sigcontext: edi 16 esi 20 ebp 24 esp 28 ebx 32 edx 36 ecx 40 eax 44 eip 56. The legacy sigcontext is
 * at esp+4 (the signal number is popped by the first instruction), the rt one at esp+160.
 */
	.macro	def_cfa off		/* DW_CFA_def_cfa_expression: breg4 off; deref */
	.byte	0x0f, 2f-1f
1:	.byte	0x74
	.sleb128 \off
	.byte	0x06
2:
	.endm
	.macro	saved reg, off		/* DW_CFA_expression reg: breg4 off */
	.byte	0x10, \reg, 4f-3f
3:	.byte	0x74
	.sleb128 \off
4:
	.endm
	.macro	context at
	def_cfa	\at+28
	saved	0, \at+44
	saved	1, \at+40
	saved	2, \at+36
	saved	3, \at+32
	saved	5, \at+24
	saved	6, \at+20
	saved	7, \at+16
	saved	8, \at+56
	.endm

	.section .eh_frame, "a", @progbits
5:	.long	7f-6f			/* CIE */
6:	.long	0
	.byte	1
	.string	"zRS"			/* S: signal frame */
	.uleb128 1
	.sleb128 -4
	.uleb128 8
	.uleb128 1
	.byte	0x1b			/* pcrel sdata4 */
	.byte	0
	.balign	4
7:
	.long	9f-8f			/* FDE of sigreturn */
8:	.long	8b-5b
	.long	.Lsigreturn-1-.
	.long	8+1
	.uleb128 0
	context	4
	.byte	0x42			/* advance 2: behind nop and popl */
	context	0
	.balign	4
9:
	.long	11f-10f			/* FDE of rt_sigreturn */
10:	.long	10b-5b
	.long	.Lrt_sigreturn-1-.
	.long	7+1
	.uleb128 0
	context	160
	.balign	4
11:
	.section .note.Linux, "a", @note
	.balign	4
	.long	6, 4, 0
	.string	"Linux"
	.balign	4
	.long	0x60000
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: MIT */
/*
 * The very first instructions, before libc's. What any start touches of this executable is mapped by a call each: the functions that
 * starts use (strait.lds), constants, the variables from the last pages of .data to where the large tables begin, of which only parts are used,
 * and the kernel's stack. Kernels before 5.14 refuse, then each page comes with a fault of its own.
 */
#include <sys/syscall.h>

#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#define LAST_DATA 0xe000 /* libc's and ours that are not zero */
#define STACK 0x5000

/* .bss is sorted by name; populate.h says what is where. */
	.section .bss.1_hot,"aw",@nobits
	.balign	64
	.globl	hot_begin
hot_begin:
	.section .bss.x_hot,"aw",@nobits
	.balign	4096
	.globl	hot_end
	.set	hot_end, . + 2 * 4096

	.section .text.strait_start,"ax",@progbits
	.globl	strait_start
	.type	strait_start, @function
strait_start:
	mov	$__NR_madvise, %eax
	lea	__executable_start(%rip), %rdi
	lea	start_text_end(%rip), %rsi
	sub	%rdi, %rsi
	mov	$MADV_POPULATE_READ, %edx
	syscall
	mov	$__NR_madvise, %eax
	lea	etext + 4095(%rip), %rdi
	and	$~4095, %rdi
	lea	rodata_end(%rip), %rsi
	sub	%rdi, %rsi
	syscall
	mov	$__NR_madvise, %eax
	lea	edata - LAST_DATA(%rip), %rdi
	and	$~4095, %rdi
	lea	hot_end(%rip), %rsi
	sub	%rdi, %rsi
	mov	$MADV_POPULATE_WRITE, %edx
	syscall
	mov	$__NR_madvise, %eax
	lea	-STACK(%rsp), %rdi
	and	$~4095, %rdi
	mov	$STACK, %esi
	syscall
	xor	%edx, %edx /* no function for atexit, as the kernel has it */
	jmp	_start
	.size	strait_start, .-strait_start
	.section .note.GNU-stack,"",@progbits

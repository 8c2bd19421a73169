/* SPDX-License-Identifier: MIT */
/* sys_raw_() and sys_safe_() of syscall.S in place; where such a call may be given up is written down for safe_syscall_rewind(). */
#ifndef STRAIT_X86_64_CALL_H
#define STRAIT_X86_64_CALL_H

#include <stdatomic.h>

static inline __attribute__((always_inline)) long host_call0(long nr)
{
	__asm__ volatile("syscall" : "+a"(nr) : : "rcx", "r11", "memory");
	return nr;
}

static inline __attribute__((always_inline)) long host_call(long nr, const long a[6])
{
	register long d __asm__("r10") = a[3], e __asm__("r8") = a[4], f __asm__("r9") = a[5];

	__asm__ volatile("syscall" : "+a"(nr) : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(d), "r"(e), "r"(f) : "rcx", "r11", "memory");
	return nr;
}

/* ERESTARTSYS is 512. */
#define SAFE_CALL_                                                                                                     \
	"771:	cmpl $0, %[attention]\n"                                                                               \
	"	jne 773f\n"                                                                                            \
	"772:	syscall\n"                                                                                             \
	"774:\n"                                                                                                       \
	"	.pushsection .text.unlikely, \"ax\", @progbits\n"                                                      \
	"773:	mov $-512, %%rax\n"                                                                                    \
	"	jmp 774b\n"                                                                                            \
	"	.popsection\n"                                                                                         \
	"	.pushsection safe_calls, \"a\", @progbits\n"                                                           \
	"	.long 771b - ., 772b - ., 773b - .\n"                                                                  \
	"	.popsection\n"

static inline __attribute__((always_inline)) long host_call_safe3(const atomic_uint *attention, long nr, long a, long b, long c)
{
	__asm__ volatile(SAFE_CALL_ : "+a"(nr) : "D"(a), "S"(b), "d"(c), [attention] "m"(*attention) : "rcx", "r11", "memory", "cc");
	return nr;
}

static inline __attribute__((always_inline)) long host_call_safe(const atomic_uint *attention, long nr, const long a[6])
{
	register long d __asm__("r10") = a[3], e __asm__("r8") = a[4], f __asm__("r9") = a[5];

	__asm__ volatile(SAFE_CALL_
			 : "+a"(nr)
			 : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(d), "r"(e), "r"(f), [attention] "m"(*attention)
			 : "rcx", "r11", "memory", "cc");
	return nr;
}

#endif

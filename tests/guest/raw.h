/* SPDX-License-Identifier: MIT */
/* A system call as the machine makes it: six arguments, the register that comes back. */
#ifndef STRAIT_TESTS_RAW_H
#define STRAIT_TESTS_RAW_H

#include <stdint.h>

static inline uint32_t raw6(uint32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
#ifdef __arm__
	register uint32_t r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c, r3 __asm__("r3") = d, r4 __asm__("r4") = e,
			 r5 __asm__("r5") = f;

	__asm__ volatile("push {r7}\n\tmov r7, %1\n\tsvc 0\n\tpop {r7}"
			 : "+r"(r0) : "r"(nr), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory");
	return r0;
#else
	uint32_t v[2] = {nr, f}, r;

	__asm__ volatile("push %%ebp\n\tmov 4(%1), %%ebp\n\tmov (%1), %%eax\n\tint $0x80\n\tpop %%ebp"
			 : "=a"(r) : "0"(v), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return r;
#endif
}

#endif

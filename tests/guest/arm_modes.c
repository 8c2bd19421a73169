/* SPDX-License-Identifier: MIT */
/* FPSCR is written inside an IT block, right behind a system call: the rest of the block is still conditional. */
// guests: arm
#include <stdint.h>
#include <stdio.h>

#define DEFAULT_NAN (1u << 25)

static __attribute__((noinline, target("thumb"))) uint32_t call_and_set(uint32_t fpscr)
{
	register uint32_t nr __asm__("r7") = 64; /* getppid */
	uint32_t n = 0;

	__asm__ volatile("svc #0\n\t"
			 "cmp %0, %0\n\t"
			 "itte eq\n\t"
			 "vmsreq fpscr, %2\n\t"
			 "addeq %0, %0, #1\n\t"
			 "addne %0, %0, #16\n\t"
			 : "+r"(n)
			 : "r"(nr), "r"(fpscr)
			 : "r0", "cc", "memory");
	return n;
}

int main(void)
{
	uint32_t n = call_and_set(DEFAULT_NAN), now;

	__asm__ volatile("vmrs %0, fpscr" : "=r"(now));
	printf("%u, %x\n", (unsigned)n, (unsigned)(now & DEFAULT_NAN));
	return n != 1 || !(now & DEFAULT_NAN);
}

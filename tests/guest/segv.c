/* SPDX-License-Identifier: MIT */
/* A wild read ends the program by its own signal. */
// status: SIGSEGV
#include <stdio.h>

int main(void)
{
	volatile int *p = (volatile int *)0x10;

	puts("before");
	fflush(stdout);
	return *p;
}

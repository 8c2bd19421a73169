/* SPDX-License-Identifier: MIT */
/*
 * What every system call runs through and looks at, in as few pages as can be: a kernel that keeps its page tables apart from ours (PTI)
 * may leave nothing of ours known to the processor, and then each page that is touched before and behind a call costs.
 * The linker sorts these sections by name.
 */
#ifndef STRAIT_HOT_H
#define STRAIT_HOT_H

#ifdef __ASSEMBLER__
#define HOT_TEXT_TOO .section .text.sorted.2, "ax", @progbits
#define HOT_TEXT_FIRST .section .text.sorted.0, "ax", @progbits; .p2align 12
#else
#define HOT __attribute__((section(".text.sorted.1")))      /* one page of these, and that is nearly full */
#define HOT_TOO __attribute__((section(".text.sorted.2")))  /* what most calls need of a kind */
#define HOT_CONVERT __attribute__((section(".text.sorted.3"))) /* the ioctl marshaller */
#define HOT_DATA __attribute__((section("hot_data")))       /* variables that are hardly ever written */
#endif

#endif

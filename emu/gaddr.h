/* SPDX-License-Identifier: MIT */
/* Guest addresses and results: their own types, so that mixing one with a host pointer does not compile. */
#ifndef STRAIT_GADDR_H
#define STRAIT_GADDR_H

#include <stdint.h>

typedef struct {
	uint32_t v;
} gaddr;

/* A syscall's result: >= 0 is the value (up to 0xffffffff, mmap returns high addresses), < 0 is -errno. */
typedef int64_t gret;

#define GUEST_PAGE 4096u
#define GUEST_PAGE_MASK 4095u
#define GUEST_SPAN 0x100000000ull

static inline gaddr ga(uint32_t v)
{
	return (gaddr){v};
}

static inline gaddr ga_add(gaddr a, uint32_t n)
{
	return (gaddr){a.v + n};
}

#endif

/* SPDX-License-Identifier: MIT */
/* Pages had before they are touched: one call for many is several times cheaper than a page fault for each. */
#ifndef STRAIT_POPULATE_H
#define STRAIT_POPULATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "emu/gaddr.h"
#include "syscalls/row.h"

/* Kernels before 5.14 know no such advice, and nothing is lost. */
static inline void populate_for(int advice, const void *at, size_t n)
{
	uintptr_t from = (uintptr_t)at & ~(uintptr_t)GUEST_PAGE_MASK;

	sys_raw(SYS_madvise, from, ((uintptr_t)at + n - from + GUEST_PAGE_MASK) & ~(size_t)GUEST_PAGE_MASK, advice);
}

/* Of [at, at + n), what is surely written soon; what is read or run. */
static inline void populate(const void *at, size_t n)
{
	populate_for(23 /* MADV_POPULATE_WRITE */, at, n);
}

static inline void populate_read(const void *at, size_t n)
{
	populate_for(22 /* MADV_POPULATE_READ */, at, n);
}

/*
 * Where variables of other kinds than most lie in the executable (emu/host/x86-64/start.S), so that most are few pages next to each
 * other: a table of which only parts are touched; the one of those whose beginning is touched like other variables; what is
 * written while a program starts, but not at once in a forked child.
 */
#define BIG_TABLE __attribute__((section(".bss.z_big")))
#define BIG_TABLE_BEGUN __attribute__((section(".bss.y_begun")))
#define AT_START __attribute__((section(".bss.0_start")))

/* Most variables, and functions that starts use; NULL in executables that have no such order. */
extern char hot_begin[] __attribute__((weak)), hot_end[] __attribute__((weak));
extern const char start_text[] __attribute__((weak)), start_text_end[] __attribute__((weak));

#endif

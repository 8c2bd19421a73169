/* SPDX-License-Identifier: MIT */
/* The window: reserving it, crossing into it, and watching pages that code was translated from. The mappings: window_map.c. */
#define _GNU_SOURCE
#include "emu/window.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/copy.h"
#include "emu/cpu.h"
#include "emu/hot.h"
#include "emu/lock.h"
#include "emu/populate.h"
#include "emu/window_map.h"
#include "syscalls/row.h"

#define RESERVE_LOW 0x10000u /* below lies what vm.mmap_min_addr may forbid */

HOT_DATA uintptr_t window_base;
struct window_layout window_layout = {.task_size = 0xffffe000, .mmap_base = 0xf7ffe000};
void (*window_code_changed)(uint32_t start, uint64_t end);

BIG_TABLE uint16_t window_page[1u << 20];
bool window_reserved;
static struct lock lock;
static _Thread_local bool lock_mine;
static HOT_DATA atomic_uint n_watched;

extern const uint8_t copy_start[], copy_end[], copy_failed[];

void window_lock(void)
{
	lock_take(&lock);
	lock_mine = true;
}

void window_unlock(void)
{
	lock_mine = false;
	lock_drop(&lock);
}

bool window_lock_mine(void)
{
	return lock_mine;
}

/* ---- reserving ---- */

static long reserve(uintptr_t at, size_t len)
{
	return sys_raw(SYS_mmap, at, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
}

/* One page more than the span: an access that runs over its end finds nothing. */
static int reserve_at(uintptr_t base)
{
	uintptr_t low = base ? base : RESERVE_LOW;
	size_t len = base + GUEST_SPAN + GUEST_PAGE - low;
	long r = reserve(low, len);

	if (r == (long)low) {
		window_reserved = true;
		return 0;
	}
	if (r >= 0) { /* a kernel without MAP_FIXED_NOREPLACE took it for a hint */
		sys_raw(SYS_munmap, r, len);
		return -EBUSY;
	}
	if (r == -ENOMEM || r == -EAGAIN) { /* RLIMIT_AS: go without, the addresses are free */
		window_reserved = false;
		return 0;
	}
	return r == -EEXIST ? -EBUSY : (int)r;
}

int window_init(uintptr_t base)
{
	int r = window_map_init();

	if (r < 0)
		return r;
	if (base != WINDOW_BASE_AUTO) {
		window_base = base;
		return reserve_at(base);
	}
	r = reserve_at(0);
	for (uintptr_t at = 0x200000000000; r < 0 && at < 0x600000000000; at += 0x10000000000) {
		window_base = at;
		r = reserve_at(at);
	}
	return r;
}

/* ---- crossing ---- */

static bool inside(gaddr a, size_t n)
{
	return n <= GUEST_SPAN - a.v;
}

static void *host(uint32_t a)
{
	return (void *)(window_base + a);
}

bool copy_fixup(uintptr_t *pc)
{
	if (*pc < (uintptr_t)copy_start || *pc >= (uintptr_t)copy_end)
		return false;
	*pc = (uintptr_t)copy_failed;
	return true;
}

HOT_TOO int guest_read(void *dst, gaddr src, size_t n)
{
	return inside(src, n) ? copy_bytes(dst, host(src.v), n) : -EFAULT;
}

/* Watched pages in the range: their translations go, and they can be written. */
static __attribute__((noinline, cold)) void release(uint32_t start, uint64_t end)
{
	window_lock();
	for (uint64_t p = start >> 12; p << 12 < end; p++)
		if (window_page[page_slot(p)] & PAGE_WATCHED) {
			if (window_code_changed)
				window_code_changed(p << 12, (p + 1) << 12);
			window_unwatch_code(p << 12);
		}
	window_unlock();
}

static HOT void about_to_write(gaddr a, size_t n)
{
	uint64_t end = (uint64_t)a.v + n;

	if (!n || !atomic_load_explicit(&n_watched, memory_order_relaxed))
		return;
	if (end > GUEST_SPAN)
		end = GUEST_SPAN;
	for (uint64_t p = a.v >> 12; p << 12 < end; p++)
		if (window_page[page_slot(p)] & PAGE_WATCHED) {
			release(a.v, end);
			return;
		}
}

HOT_TOO int guest_write(gaddr dst, const void *src, size_t n)
{
	if (!inside(dst, n))
		return -EFAULT;
	about_to_write(dst, n);
	return copy_bytes(host(dst.v), src, n);
}

ssize_t guest_str(char *dst, gaddr src, size_t max)
{
	size_t done = 0;

	while (done < max) {
		uint32_t at = src.v + done;
		size_t n = GUEST_PAGE - (at & GUEST_PAGE_MASK);
		const char *end;

		if (at < src.v)
			return -EFAULT;
		if (n > 256)
			n = 256;
		if (n > max - done)
			n = max - done;
		if (copy_bytes(dst + done, host(at), n) < 0)
			return -EFAULT;
		end = memchr(dst + done, 0, n);
		if (end)
			return end - dst;
		done += n;
	}
	return -ENAMETOOLONG;
}

ssize_t guest_iov(struct iovec *dst, gaddr src, uint32_t n)
{
	ssize_t total = 0;

	if (n > IOV_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t v[2];

		if (guest_get(&v, ga_add(src, 8 * i)) < 0)
			return -EFAULT;
		if ((int32_t)v[1] < 0)
			return -EINVAL;
		dst[i].iov_base = guest_ptr(ga(v[0]));
		dst[i].iov_len = v[1];
		if (total + v[1] > 0x7ffff000) /* the kernel's MAX_RW_COUNT */
			dst[i].iov_len = 0x7ffff000 - total;
		total += dst[i].iov_len;
	}
	return total;
}

HOT void *guest_ptr(gaddr a)
{
	if (a.v && !(window_page[page_slot(a.v >> 12)] & PAGE_MAPPED)) /* the kernel's touch would have a stack grow */
		window_grow(a.v);
	return a.v ? host(a.v) : NULL;
}

/* Said before the pages are looked at. Whoever watches a page does it the other way round, so that one sees the other. */
static HOT void say_out(uint32_t first, uint32_t end)
{
	struct cpu *cpu;
	unsigned had;

	if (!cpu_shares)
		return;
	cpu = cpu_self;
	if (!cpu)
		return;
	had = atomic_load_explicit(&cpu->out_end, memory_order_relaxed);
	if (!had || first < atomic_load_explicit(&cpu->out_first, memory_order_relaxed))
		atomic_store_explicit(&cpu->out_first, first, memory_order_relaxed);
	atomic_store(&cpu->out_end, end > had ? end : had);
}

HOT void *guest_out(gaddr a, size_t n)
{
	uint64_t end = (uint64_t)a.v + n;

	say_out(a.v >> 12, (uint32_t)(((end < GUEST_SPAN ? end : GUEST_SPAN) + GUEST_PAGE_MASK) >> 12));
	about_to_write(a, n);
	return guest_ptr(a);
}

/* ---- watching (the window's lock is held by the caller) ---- */

static int host_prot(uint16_t page)
{
	int prot = page & (PROT_READ | PROT_WRITE | PROT_EXEC);

	if (prot & PROT_EXEC)
		prot = (prot & ~PROT_EXEC) | PROT_READ;
	return page & PAGE_WATCHED ? prot & ~PROT_WRITE : prot;
}

int window_prot(gaddr a)
{
	uint16_t page = window_page[page_slot(a.v >> 12)];

	return page & PAGE_MAPPED ? page & (PROT_READ | PROT_WRITE | PROT_EXEC) : -1;
}

bool window_watch_code(uint32_t addr)
{
	uint16_t *page = &window_page[page_slot(addr >> 12)];

	if (!(*page & PAGE_MAPPED) || !(*page & PROT_EXEC))
		return false;
	if (!(*page & PAGE_CODE)) /* a page less to copy in a forked child */
		*page |= PAGE_CODE;
	if (!(*page & PROT_WRITE) || *page & PAGE_WATCHED)
		return true;
	*page |= PAGE_WATCHED;
	atomic_fetch_add(&n_watched, 1);
	sys_raw(SYS_mprotect, host(addr & ~GUEST_PAGE_MASK), GUEST_PAGE, host_prot(*page));
	return true;
}

void window_mark_code(uint32_t addr)
{
	window_page[page_slot(addr >> 12)] |= PAGE_CODE;
}

void window_unwatch_code(uint32_t addr)
{
	uint16_t *page = &window_page[page_slot(addr >> 12)];

	if (!(*page & PAGE_WATCHED))
		return;
	*page &= ~(PAGE_WATCHED | PAGE_CODE);
	atomic_fetch_sub(&n_watched, 1);
	sys_raw(SYS_mprotect, host(addr & ~GUEST_PAGE_MASK), GUEST_PAGE, host_prot(*page));
}

unsigned window_writes(uint32_t addr)
{
	return window_page[page_slot(addr >> 12)] / PAGE_WRITE;
}

void window_count_write(uint32_t addr)
{
	if (window_writes(addr) < 255)
		window_page[page_slot(addr >> 12)] += PAGE_WRITE;
}

bool window_aliased(uint32_t addr)
{
	return window_page[page_slot(addr >> 12)] & PAGE_ALIASED;
}

bool window_watched(uint32_t addr)
{
	return window_page[page_slot(addr >> 12)] & PAGE_WATCHED;
}

void window_set_pages(uint32_t start, uint64_t end, uint8_t flags)
{
	for (uint64_t p = start >> 12; p << 12 < end; p++) {
		if (window_page[page_slot(p)] & PAGE_WATCHED)
			atomic_fetch_sub(&n_watched, 1);
		window_page[page_slot(p)] = flags | (window_page[page_slot(p)] & ~(PAGE_WRITE - 1));
	}
}

/* The table's pages as they are needed, for less than a fault each. */
static void have_table(uint32_t slot)
{
	enum { PER_PAGE = GUEST_PAGE / sizeof window_page[0] };
	static uint64_t had[(1u << 20) / PER_PAGE / 64];
	uint32_t page = slot / PER_PAGE;

	if (had[page / 64] >> page % 64 & 1)
		return;
	had[page / 64] |= 1ull << page % 64;
	populate(&window_page[page * PER_PAGE], GUEST_PAGE);
}

void window_drop_code(uint32_t start, uint64_t end)
{
	have_table(page_slot(start >> 12)); /* whatever is mapped comes by here */
	for (uint64_t p = start >> 12; p << 12 < end; p++)
		if (window_page[page_slot(p)] & PAGE_CODE) {
			if (window_code_changed)
				window_code_changed(start, end);
			return;
		}
}

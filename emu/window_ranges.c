/* SPDX-License-Identifier: MIT */
/* The interval map of guest mappings: sorted ranges, what is free between them, and the pages' flags that follow from them. */
#include "emu/window_ranges.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/populate.h"
#include "syscalls/row.h"

#define MAX_RANGES 70000 /* the host kernel's vm.max_map_count is 65530 */

bool window_shares;

#define FIRST_RANGES 128
static AT_START struct range first_ranges[FIRST_RANGES]; /* more are mapped when there are more */
struct range *ranges = first_ranges;
unsigned n_ranges;

unsigned ranges_above(uint32_t addr)
{
	unsigned lo = 0, hi = n_ranges;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (ranges[mid].end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void insert_at(unsigned i, struct range r)
{
	memmove(&ranges[i + 1], &ranges[i], (n_ranges - i) * sizeof *ranges);
	ranges[i] = r;
	n_ranges++;
}

void ranges_remove(unsigned i, unsigned n)
{
	memmove(&ranges[i], &ranges[i + n], (n_ranges - i - n) * sizeof *ranges);
	n_ranges -= n;
}

void ranges_split(uint64_t addr)
{
	unsigned i = ranges_above(addr);

	if (i < n_ranges && ranges[i].start < addr) {
		struct range low = ranges[i];

		low.end = addr;
		ranges[i].start = addr;
		insert_at(i, low);
	}
}

bool ranges_alike(const struct range *a, const struct range *b)
{
	return a->end == b->start && a->prot == b->prot && a->shared == b->shared && a->growsdown == b->growsdown &&
	       a->aliased == b->aliased && a->dontfork == b->dontfork && a->id == b->id && a->base == b->base;
}

void ranges_merge_around(unsigned i)
{
	if (i + 1 < n_ranges && ranges_alike(&ranges[i], &ranges[i + 1])) {
		ranges[i].end = ranges[i + 1].end;
		ranges_remove(i + 1, 1);
	}
	if (i > 0 && ranges_alike(&ranges[i - 1], &ranges[i])) {
		ranges[i - 1].end = ranges[i].end;
		ranges_remove(i, 1);
	}
}

void ranges_clear(uint32_t start, uint64_t end)
{
	unsigned i, n = 0;

	ranges_split(start);
	ranges_split(end);
	i = ranges_above(start);
	while (i + n < n_ranges && ranges[i + n].start < end)
		n++;
	if (n)
		ranges_remove(i, n);
	window_set_pages(start, end, 0);
}

uint8_t range_page_flags(const struct range *r)
{
	return PAGE_MAPPED | r->prot | (r->shared || r->aliased ? PAGE_ALIASED : 0);
}

void ranges_enter(struct range r)
{
	unsigned i;

	ranges_clear(r.start, r.end);
	i = ranges_above(r.start);
	insert_at(i, r);
	ranges_merge_around(i);
	window_shares |= r.shared && r.prot & PROT_WRITE;
	window_set_pages(r.start, r.end, range_page_flags(&r));
}

bool ranges_have_room(void)
{
	long p;

	if (n_ranges + 4 < FIRST_RANGES || ranges != first_ranges)
		return n_ranges + 4 < MAX_RANGES;
	p = sys_raw(SYS_mmap, NULL, MAX_RANGES * sizeof *ranges, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p < 0)
		return false;
	ranges = memcpy((void *)p, first_ranges, sizeof first_ranges);
	return true;
}

bool ranges_free(uint32_t start, uint64_t end)
{
	unsigned i = ranges_above(start);

	return i == n_ranges || ranges[i].start >= end;
}

bool ranges_mapped(uint32_t start, uint64_t end)
{
	for (unsigned i = ranges_above(start); i < n_ranges && ranges[i].start <= start; i++) {
		if (ranges[i].end >= end)
			return true;
		start = ranges[i].end;
	}
	return start >= end;
}

uint64_t range_low_edge(const struct range *r)
{
	uint64_t gap = r->growsdown ? STACK_GUARD_GAP : 0;

	return r->start > gap ? r->start - gap : 0;
}

uint32_t ranges_min_addr(void)
{
	return window_base ? GUEST_PAGE : MMAP_MIN_ADDR;
}

gret ranges_find_gap(uint64_t len)
{
	uint64_t top = window_layout.mmap_base;

	for (unsigned i = n_ranges; i-- > 0;) { /* top down */
		if (ranges[i].end <= top && top - ranges[i].end >= len)
			return top - len;
		if (range_low_edge(&ranges[i]) < top)
			top = range_low_edge(&ranges[i]);
	}
	if (top >= len + ranges_min_addr())
		return top - len;
	uint64_t low = window_layout.task_size / 3; /* bottom up */

	low &= ~(uint64_t)GUEST_PAGE_MASK;
	for (unsigned i = ranges_above(low); i < n_ranges; i++) {
		if (range_low_edge(&ranges[i]) >= low + len)
			return low;
		if (ranges[i].end > low)
			low = ranges[i].end;
	}
	return low + len <= window_layout.task_size ? (gret)low : -ENOMEM;
}

bool ranges_hint_fits(uint64_t addr, uint64_t len)
{
	unsigned i;

	if (addr < ranges_min_addr() || addr + len > window_layout.task_size)
		return false;
	i = ranges_above(addr);
	return i == n_ranges || range_low_edge(&ranges[i]) >= addr + len;
}

/* SPDX-License-Identifier: MIT */
/* Where mmap puts things: top-down into the highest gap, hints, what lies below the hint's least address, guard gaps. */
// guests: i386
#include "mm_util.h"

/* All gaps above the arena get filled, so that the arena is where the next ones go. */
static uint32_t low_arena(unsigned n)
{
	uint32_t a = map(0, n * PG, PROT_NONE, ANON, -1, 0), p[64];
	unsigned k = 0;

	/* one-page gaps between mappings are used before the room below */
	while (k < 64 && (p[k] = map(0, PG, PROT_NONE, ANON, -1, 0)) > a)
		k++;
	unmap(p[k], PG);
	unmap(a, n * PG);
	return a;
}

static void top_down(void)
{
	uint32_t a = low_arena(64), top = a + 64 * PG;

	SECTION("top down");
	show_at("first", map(0, 4 * PG, RW, ANON, -1, 0), top);
	show_at("second", map(0, 2 * PG, RW, ANON, -1, 0), top);
	show_at("third", map(0, 5 * PG + 1, PROT_READ, ANON, -1, 0), top);
	ok("hole of 2", unmap(top - 6 * PG, 2 * PG));
	show_at("3 pages", map(0, 3 * PG, RW, ANON, -1, 0), top);
	show_at("1 page", map(0, PG, PROT_READ, ANON, -1, 0), top);
	show_at("1 page", map(0, PG, PROT_READ, ANON, -1, 0), top);
	show_at("1 page", map(0, PG, PROT_READ, ANON, -1, 0), top);
	show_maps("maps", a, 64);
	unmap(a, 64 * PG);

	SECTION("hints");
	show_at("free", map(a + 8 * PG, PG, RW, ANON, -1, 0), a);
	show_at("unaligned, taken below", map(a + 8 * PG + 1, PG, RW, ANON, -1, 0), top);
	show_at("unaligned, free", map(a + 10 * PG + 1, PG, RW, ANON, -1, 0), a);
	show_at("unaligned, free", map(a + 12 * PG + 4095, PG, RW, ANON, -1, 0), a);
	show_at("taken", map(a + 8 * PG, PG, PROT_READ, ANON, -1, 0), top);
	show_at("overlaps above", map(a + 7 * PG, 2 * PG, PROT_READ, ANON, -1, 0), top);
	show_at("just fits", map(a + 6 * PG, 2 * PG, PROT_READ, ANON, -1, 0), a);
	show_at("top of the space", map(0xffffe000, PG, PROT_READ, ANON, -1, 0), top);
	show_at("beyond the top", map(0xfffff000, PG, PROT_READ, ANON, -1, 0), top);
	show_at("across the top", map(0xffffd000, 2 * PG, PROT_READ, ANON, -1, 0), top);
	show_maps("maps", a, 64);
	unmap(a, 64 * PG);

	SECTION("MAP_32BIT and others are no placement");
	show_at("32bit", map(0, PG, RW, ANON | 0x40, -1, 0), top);
	show_at("stack", map(0, PG, RW, ANON | MAP_STACK, -1, 0), top);
	show_at("shared", map(0, PG, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), top);
	show_at("file", map(0, PG, PROT_READ, MAP_PRIVATE, pages_file(1, O_RDONLY), 0), top);
	unmap(a, 64 * PG);

	SECTION("2 MiB at once");
	show_at("2 MiB", map(0, 2 << 20, PROT_NONE, ANON, -1, 0), top);
	show_at("4 MiB", map(0, 4 << 20, PROT_NONE, ANON, -1, 0), top);
}

static void low(void)
{
	uint32_t r;

	SECTION("low");
	r = map(1, PG, RW, ANON, -1, 0);
	show("hint 1", r <= 0x10000 ? r : 1);
	if (!is_err(r))
		unmap(r, PG);
	r = map(0x1000, PG, RW, ANON, -1, 0);
	show("hint 4096", r <= 0x10000 ? r : 1);
	if (!is_err(r))
		unmap(r, PG);
	r = map(0x8000, PG, RW, ANON, -1, 0);
	show("hint 8000", r <= 0x10000 ? r : 1);
	if (!is_err(r))
		unmap(r, PG);
	show("64 KiB fixed", r = map(0x10000, PG, RW, ANON | MAP_FIXED, -1, 0));
	show_pages("64 KiB", r, 1);
	unmap(r, PG);
	show_pages("64 KiB", r, 1);
}

/* A mapping that grows down keeps a gap below it free of what is not put there on purpose. */
static void gaps(void)
{
	uint32_t a = low_arena(1024), top = a + 1024 * PG, g;

	SECTION("guard gap");
	g = show_at("growsdown", map(0, 2 * PG, RW, ANON | MAP_GROWSDOWN, -1, 0), top);
	show_at("below", map(0, PG, RW, ANON, -1, 0), top);
	show_at("hint right below", map(g - PG, PG, RW, ANON, -1, 0), top);
	show_at("hint at the gap's edge", map(g - 257 * PG, PG, RW, ANON, -1, 0), top);
	show_at("fixed in the gap", map(g - 100 * PG, PG, RW, ANON | MAP_FIXED, -1, 0), top);
	show_at("noreplace in the gap", map(g - 50 * PG, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), top);
	show_at("next", map(0, PG, RW, ANON, -1, 0), top);
	show_at("a second growsdown", map(0, 2 * PG, RW, ANON | MAP_GROWSDOWN, -1, 0), top);
	show_maps("maps", a, 1024);
	unmap(a, 1024 * PG);
}

/* When the room below mmap_base is used up, what is above it is tried bottom up. */
static void fill(void)
{
	uint32_t total = 0, r, largest = 0;

	SECTION("all of it");
	for (uint32_t size = 1u << 30; size >= 1u << 20; size /= 2)
		while (!is_err(r = map(0, size, PROT_NONE, ANON | MAP_NORESERVE, -1, 0))) {
			total += size >> 20;
			largest = size > largest ? size : largest;
		}
	printf("%s, largest %u MiB, then %s\n", total > 3900 && total < 4096 ? "most" : "little", largest >> 20, err_name(r));
	r = map(0, PG, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	printf("a page: %s\n", is_err(r) ? err_name(r) : "ok");
}

int main(void)
{
	touch_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("start\n");
	free(malloc(100000));
	pages_file(1, O_RDONLY);
	top_down();
	low();
	gaps();
	fill();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* brk: never less than it was when refused; zeroed when it comes again; limits and neighbours. */
#include "mm_util.h"

static uint32_t brk_(uint32_t a)
{
	return RAW(SYS_brk, a);
}

int main(void)
{
	uint32_t now, start, p;
	struct rlimit rl = {.rlim_max = RLIM_INFINITY};

	touch_init();
	setvbuf(stdout, malloc(4096), _IOFBF, 4096);
	fprintf(stdout, "start\n");
	free(malloc(100));
	now = brk_(0);
	start = (now + PG - 1) & -PG;
	now = brk_(start);
	printf("asked: %d\n", (int)(brk_(0) - start));
	show_at("-1", brk_(-1), start);
	show_at("1", brk_(1), start);
	show_at("fffff000", brk_(0xfffff000), start);
	show_at("ffffd000", brk_(0xffffd000), start);
	show_at("+1", brk_(start + 1), start);
	show_pages("pages", start, 2);
	show_at("+4096", brk_(start + PG), start);
	show_pages("pages", start, 2);
	show_at("+4097", brk_(start + PG + 1), start);
	show_pages("pages", start, 3);
	memset((void *)start, 9, 2 * PG);
	show_at("back", brk_(start), start);
	show_pages("pages", start, 2);
	show_at("again", brk_(start + 2 * PG), start);
	printf("zero: %d %d\n", *(char *)start, *(char *)(start + 2 * PG - 1));
	memset((void *)start, 9, 2 * PG);
	show_at("-10", brk_(start + 2 * PG - 10), start);
	show_at("+10", brk_(start + 2 * PG), start);
	printf("kept: %d\n", *(char *)(start + 2 * PG - 1));
	show_maps("maps", start, 4);

	show_at("neighbour", p = map(start + 8 * PG, PG, RW, ANON | MAP_FIXED, -1, 0), start);
	show_at("up to it", brk_(start + 8 * PG), start);
	show_at("a page less", brk_(start + 7 * PG), start);
	show_at("back", brk_(start + 2 * PG), start);
	show_at("over it", brk_(start + 10 * PG), start);
	unmap(p, PG);
	show_at("now", brk_(start + 10 * PG), start);

	unmap(start + 4 * PG, 2 * PG);
	show_pages("hole", start + 3 * PG, 4);
	show_at("shrink over the hole", brk_(start + 3 * PG), start);
	show_pages("then", start + 2 * PG, 4);
	show_at("grow", brk_(start + 6 * PG), start);
	show_pages("then", start + 2 * PG, 5);
	unmap(start + 2 * PG, 4 * PG);
	show_at("shrink where nothing is", brk_(start + 4 * PG), start);
	show_at("shrink to what there is", brk_(start + PG), start);
	show_at("asked", brk_(0), start);
	show_at("grow beyond", brk_(start + 9 * PG), start);
	show_pages("then", start, 10);
	RAW(SYS_mprotect, start, 2 * PG, PROT_READ);
	show_at("shrink, protected", brk_(start + PG), start);
	show_at("grow, protected", brk_(start + 2 * PG), start);
	show_pages("then", start, 3);
	brk_(start);

	getrlimit(RLIMIT_DATA, &rl);
	rl.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_DATA, &rl);
	show_at("data limit, 16 MiB", brk_(start + (16 << 20)), start);
	show_at("data limit, 4 pages", brk_(start + 4 * PG), start);
	rl.rlim_cur = PG;
	setrlimit(RLIMIT_DATA, &rl);
	show_at("data limit, grow", brk_(start + 5 * PG), start);
	show_at("data limit, shrink", brk_(start + 3 * PG), start);
	fflush(stdout);
	return 0;
}

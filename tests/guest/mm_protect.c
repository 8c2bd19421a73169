/* SPDX-License-Identifier: MIT */
/* mprotect: errors and their order, partial effect, what each protection allows. */
// guests: i386
#include <sys/personality.h>

#include "mm_util.h"

#define GROWSDOWN 0x01000000
#define GROWSUP 0x02000000

static uint32_t protect(uint32_t a, uint32_t n, uint32_t prot)
{
	return RAW(SYS_mprotect, a, n, prot);
}

static void errors(void)
{
	uint32_t a = map(0, 13 * PG, RW, ANON, -1, 0), b;

	unmap(a + 12 * PG, PG); /* what runs on ends here */
	SECTION("errors");
	ok("unaligned", protect(a + 1, PG, PROT_READ));
	ok("unaligned length 0", protect(a + 1, 0, PROT_READ));
	ok("length 0", protect(a, 0, PROT_READ));
	ok("length 0 bad prot", protect(a, 0, 0x777777));
	ok("bad prot", protect(a, PG, 0x10));
	ok("sem", protect(a, PG, RW | 8));
	ok("both grows", protect(a, PG, PROT_READ | GROWSDOWN | GROWSUP));
	ok("both grows unaligned", protect(a + 1, 0, PROT_READ | GROWSDOWN | GROWSUP));
	ok("growsdown", protect(a, PG, PROT_READ | GROWSDOWN));
	ok("growsup", protect(a, PG, PROT_READ | GROWSUP));
	ok("to the end of all", protect(0xfffff000, 0xffffffff, PROT_READ));
	ok("to the end of all, bad prot", protect(0xfffff000, 0xffffffff, 0x10));
	ok("last page", protect(0xfffff000, PG, PROT_READ));
	ok("last page, bad prot", protect(0xfffff000, PG, 0x10));
	ok("wraps", protect(a, 0xfffff000, PROT_READ));
	show_pages("after wraps", a, 3);
	protect(a, 12 * PG, RW);
	ok("null", protect(0, PG, PROT_READ));
	unmap(a + 3 * PG, PG);
	ok("into a hole", protect(a, 5 * PG, PROT_READ));
	show_pages("effect", a, 6);
	ok("from a hole", protect(a + 3 * PG, 2 * PG, PROT_READ));
	show_pages("effect", a, 6);
	ok("hole only", protect(a + 3 * PG, PG, PROT_READ));
	ok("growsdown hole", protect(a + 3 * PG, PG, PROT_READ | GROWSDOWN));
	ok("growsdown from a hole", protect(a + 3 * PG, 2 * PG, PROT_READ | GROWSDOWN));
	unmap(a, 12 * PG);
	b = map(0, 4 * PG, RW, ANON | MAP_GROWSDOWN, -1, 0);
	ok("growsdown middle", protect(b + 2 * PG, PG, PROT_READ | GROWSDOWN));
	show_pages("effect", b, 4);
	unmap(b, 4 * PG);
}

static void files(void)
{
	int rd = pages_file(3, O_RDONLY), rw = pages_file(3, O_RDWR);
	uint32_t a;

	SECTION("files");
	a = map(0, 3 * PG, PROT_READ, MAP_SHARED, rd, 0);
	ok("read-only shared to write", protect(a, PG, RW));
	ok("read-only shared to exec", protect(a, PG, RX));
	ok("read-only shared to none", protect(a, PG, PROT_NONE));
	show_pages("pages", a, 3);
	a = map(0, 3 * PG, PROT_READ, MAP_PRIVATE, rd, 0);
	ok("read-only private to write", protect(a, PG, RW));
	show_pages("pages", a, 3);
	a = map(0, 3 * PG, PROT_NONE, MAP_SHARED, rw, 0);
	show_pages("pages", a, 3);
	ok("shared to write", protect(a + PG, PG, PROT_WRITE));
	show_pages("pages", a, 3);
	a = map(0, 6 * PG, RW, ANON, -1, 0);
	map(a + 2 * PG, 2 * PG, PROT_READ, MAP_SHARED | MAP_FIXED, rd, 0);
	ok("stops at what cannot be", protect(a, 6 * PG, PROT_NONE | PROT_WRITE));
	ok("stops at what cannot be", protect(a, 6 * PG, PROT_NONE));
	ok("stops at what cannot be", protect(a, 6 * PG, RW));
	show_pages("pages", a, 6);
}

static void kinds(void)
{
	uint32_t a = map(0, 8 * PG, RW, ANON, -1, 0);

	SECTION("kinds");
	for (uint32_t p = 0; p < 8; p++)
		if (p != PROT_EXEC)
			protect(a + p * PG, PG, p);
	show_pages("none r w rw - rx wx rwx", a, 8);
	show_maps("maps", a, 8);
	ok("all back", protect(a, 8 * PG, RW));
	show_pages("all", a, 8);
	show_maps("maps", a, 8);
	memset((void *)a, 7, 8 * PG);
	ok("none", protect(a, 8 * PG, PROT_NONE));
	ok("read", protect(a, 8 * PG, PROT_READ));
	printf("kept: %d %d\n", *(char *)a, *(char *)(a + 8 * PG - 1));
}

/* Executing: by protection, and again after each change. */
static void execution(void)
{
	uint8_t *a = (uint8_t *)map(0, 2 * PG, RW, ANON, -1, 0);
	static const uint8_t code[] = {0xb8, 42, 0, 0, 0, 0xc3};
	static const int prots[] = {RW, RX, RWX, PROT_READ, RX, PROT_NONE, PROT_READ | PROT_WRITE, RWX, PROT_WRITE | PROT_EXEC};

	SECTION("execution");
	memcpy(a, code, sizeof code);
	for (unsigned i = 0; i < sizeof prots / sizeof *prots; i++) {
		protect((uint32_t)a, PG, prots[i]);
		if (sigsetjmp(touch_out, 1))
			printf("%d: signal %d code %d at %d\n", prots[i], touch_sig, touch_code, (int)(touch_addr - (uint32_t)a));
		else
			printf("%d: %d\n", prots[i], ((int (*)(void))a)());
	}
	protect((uint32_t)a, PG, RWX);
	printf("%d ", ((int (*)(void))a)());
	a[1] = 43;
	printf("%d ", ((int (*)(void))a)());
	protect((uint32_t)a, PG, RX);
	printf("%d ", ((int (*)(void))a)());
	protect((uint32_t)a, PG, RW);
	a[1] = 44;
	protect((uint32_t)a, PG, RX);
	printf("%d\n", ((int (*)(void))a)());
	unmap((uint32_t)a, PG);
	if (sigsetjmp(touch_out, 1))
		printf("unmapped: signal %d code %d at %d\n", touch_sig, touch_code, (int)(touch_addr - (uint32_t)a));
	else
		printf("unmapped: %d\n", ((int (*)(void))a)());
}

static void implied(void)
{
	uint32_t a, f;

	SECTION("read implies exec");
	personality(READ_IMPLIES_EXEC);
	a = map(0, 4 * PG, RW, ANON, -1, 0);
	show_maps("map", a, 4);
	protect(a + PG, PG, PROT_READ);
	protect(a + 2 * PG, PG, PROT_WRITE);
	show_maps("protected", a, 4);
	f = map(0, PG, PROT_READ, MAP_PRIVATE, pages_file(1, O_RDONLY), 0);
	show_maps("file", f, 1);
	personality(0);
}

static void keys(void)
{
	uint32_t a = map(0, PG, RW, ANON, -1, 0);

	SECTION("keys");
	ok("free 5", RAW(SYS_pkey_free, 5));
	ok("alloc flags", RAW(SYS_pkey_alloc, 1, 0));
	ok("alloc rights", RAW(SYS_pkey_alloc, 0, 99));
	ok("no key", RAW(SYS_pkey_mprotect, a, PG, PROT_READ, -1));
	show_pages("page", a, 1);
	ok("key 5", RAW(SYS_pkey_mprotect, a, PG, RW, 5));
	ok("key 99", RAW(SYS_pkey_mprotect, a, PG, RW, 99));
	ok("key 99 length 0", RAW(SYS_pkey_mprotect, a, 0, RW, 99));
	ok("key 99 bad prot", RAW(SYS_pkey_mprotect, a, PG, 0x10, 99));
	ok("key 99 unaligned", RAW(SYS_pkey_mprotect, a + 1, 0, RW, 99));
}

int main(void)
{
	touch_init();
	errors();
	files();
	kinds();
	execution();
	implied();
	keys();
	return 0;
}

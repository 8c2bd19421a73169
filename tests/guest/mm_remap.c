/* SPDX-License-Identifier: MIT */
/* mremap in all its forms: in place, moved, to a fixed place, leaving the old, doubling shared memory; and its errors. */
// guests: i386
#include "mm_util.h"

static uint32_t remap(uint32_t old, uint32_t old_len, uint32_t new_len, uint32_t flags, uint32_t to)
{
	return RAW(SYS_mremap, old, old_len, new_len, flags, to);
}

#define MAY MREMAP_MAYMOVE
#define FIX (MREMAP_MAYMOVE | MREMAP_FIXED)
#define KEEP (MREMAP_MAYMOVE | MREMAP_DONTUNMAP)

/* Longer than the address space: ENOMEM or EINVAL, by the version of the kernel. */
static uint32_t too_long(uint32_t r)
{
	return r == (uint32_t)-EINVAL ? (uint32_t)-ENOMEM : r;
}

static void number(uint32_t a, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		*(char *)(a + i * PG) = (char)(i + 1);
}

static void show_numbers(const char *name, uint32_t a, unsigned n)
{
	printf("%s:", name);
	for (unsigned i = 0; i < n; i++)
		if (try_read(a + i * PG) == 'r')
			printf(" %d", *(char *)(a + i * PG));
		else
			printf(" %c", try_read(a + i * PG));
	printf("\n");
}

static void errors(void)
{
	uint32_t z = arena(64), a = map(z + 32 * PG, 8 * PG, RW, ANON | MAP_FIXED, -1, 0);

	SECTION("errors");
	ok("flags", remap(a, PG, PG, 8, 0));
	ok("fixed without maymove", remap(a, PG, PG, MREMAP_FIXED, z));
	ok("dontunmap without maymove", remap(a, PG, PG, MREMAP_DONTUNMAP, z));
	ok("dontunmap other size", remap(a, PG, 2 * PG, KEEP, 0));
	ok("unaligned", remap(a + 1, PG, PG, MAY, 0));
	ok("new length 0", remap(a, PG, 0, MAY, 0));
	ok("new length ffffffff", too_long(remap(a, PG, 0xffffffff, MAY, 0)));
	ok("new length ffffe000", remap(a, PG, 0xffffe000, MAY, 0));
	ok("new length fffff000", too_long(remap(a, PG, 0xfffff000, MAY, 0)));
	ok("old length ffffffff", remap(a, 0xffffffff, PG, 0, 0));
	ok("old length 0 private", remap(a, 0, PG, MAY, 0));
	ok("old length 0 private in place", remap(a, 0, PG, 0, 0));
	ok("nothing there", remap(z, PG, 2 * PG, MAY, 0));
	ok("nothing there, same", remap(z, PG, PG, MAY, 0));
	ok("nothing there, shrink", remap(z, 2 * PG, PG, MAY, 0));
	ok("nothing there, fixed", remap(z, PG, PG, FIX, z + 4 * PG));
	ok("over the end", remap(a + 6 * PG, 4 * PG, 5 * PG, MAY, 0));
	ok("over the end, same", remap(a + 6 * PG, 4 * PG, 4 * PG, MAY, 0));
	ok("over the end, fixed", remap(a + 6 * PG, 4 * PG, 5 * PG, FIX, z));
	ok("fixed unaligned", remap(a, PG, PG, FIX, z + 1));
	ok("fixed at the top", remap(a, PG, PG, FIX, 0xffffe000));
	ok("fixed across the top", remap(a, PG, 2 * PG, FIX, 0xffffd000));
	ok("fixed on itself", remap(a, PG, PG, FIX, a));
	ok("fixed overlapping", remap(a, 4 * PG, 4 * PG, FIX, a + 2 * PG));
	ok("fixed overlapping by growth", remap(a, 4 * PG, 8 * PG, FIX, a - 5 * PG));
	ok("dontunmap overlapping", remap(a, 4 * PG, 4 * PG, KEEP, a + 2 * PG));
	ok("dontunmap unaligned", remap(a, 4 * PG, 4 * PG, KEEP, z + 1));
	show_maps("maps", z, 64);
	unmap(z, 64 * PG);
}

static void in_place(void)
{
	uint32_t z = arena(64), a = map(z + 32 * PG, 8 * PG, RW, ANON | MAP_FIXED, -1, 0);

	SECTION("in place");
	number(a, 8);
	show_at("same", remap(a, 8 * PG, 8 * PG, 0, 0), a);
	show_at("shrink", remap(a, 8 * PG, 6 * PG, 0, 0), a);
	show_at("shrink odd", remap(a, 6 * PG - 1, 5 * PG - 77, 0, 0), a);
	show_at("shrink the middle", remap(a, 3 * PG, 2 * PG, 0, 0), a);
	show_numbers("left", a, 9);
	show_at("grow", remap(a + 3 * PG, 2 * PG, 4 * PG, 0, 0), a);
	show_numbers("grown", a, 9);
	show_at("grow into what is there", remap(a, 2 * PG, 4 * PG, 0, 0), a);
	show_at("grow into the hole", remap(a, 2 * PG, 3 * PG, 0, 0), a);
	show_numbers("grown", a, 9);
	show_maps("maps", z, 64);
	show_at("grow from the middle", remap(a, PG, 2 * PG, 0, 0), a);
	show_at("shrink over holes", remap(a, 30 * PG, PG, 0, 0), a);
	show_maps("maps", z, 64);
	show_at("shrink beyond the top", remap(a, 0xfffff000, PG, 0, 0), a);
	unmap(z, 64 * PG);
}

static void moved(void)
{
	uint32_t z = arena(64), a = map(z + 40 * PG, 4 * PG, RW, ANON | MAP_FIXED, -1, 0), b, top;

	SECTION("moved");
	map(a + 4 * PG, PG, PROT_READ, ANON | MAP_FIXED, -1, 0);
	number(a, 4);
	/* where the next one goes */
	top = map(0, 6 * PG, PROT_NONE, ANON, -1, 0);
	unmap(top, 6 * PG);
	show_at("grow", b = remap(a, 4 * PG, 6 * PG, MAY, 0), top);
	show_numbers("old", a, 5);
	show_numbers("new", b, 6);
	show_at("part", remap(b + PG, PG, 3 * PG, MAY, 0), b);
	show_numbers("rest", b, 6);
	unmap(b - 10 * PG, 16 * PG);
	unmap(z, 64 * PG);
}

static void fixed(void)
{
	uint32_t z = arena(64), a = map(z + 40 * PG, 6 * PG, RW, ANON | MAP_FIXED, -1, 0);

	SECTION("fixed");
	number(a, 6);
	map(z + 10 * PG, PG, PROT_READ, ANON | MAP_FIXED, -1, 0);
	show_at("same size, over something", remap(a, 2 * PG, 2 * PG, FIX, z + 10 * PG), z);
	show_numbers("old", a, 6);
	show_numbers("new", z + 10 * PG, 3);
	show_at("grown", remap(a + 2 * PG, 2 * PG, 3 * PG, FIX, z + 20 * PG), z);
	show_numbers("new", z + 20 * PG, 4);
	show_at("shrunk", remap(z + 20 * PG, 3 * PG, PG, FIX, z + 4 * PG), z);
	show_numbers("new", z + 4 * PG, 3);
	show_maps("maps", z, 64);
	unmap(z, 64 * PG);

	SECTION("dontunmap");
	a = map(z + 40 * PG, 4 * PG, RW, ANON | MAP_FIXED, -1, 0);
	number(a, 4);
	show_at("fixed", remap(a, 2 * PG, 2 * PG, FIX | MREMAP_DONTUNMAP, z), z);
	show_numbers("old", a, 4);
	show_numbers("new", z, 2);
	show_at("hint", remap(a + 2 * PG, 2 * PG, 2 * PG, KEEP, z + 8 * PG), z);
	show_numbers("old", a, 4);
	show_numbers("new", z + 8 * PG, 2);
	show_maps("maps", z, 64);
	unmap(z, 64 * PG);
}

static void shared(void)
{
	int fd = pages_file(4, O_RDWR);
	uint32_t z = arena(64), a = map(z + 40 * PG, 4 * PG, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0), f;

	SECTION("shared");
	number(a, 4);
	show_at("doubled", remap(a, 0, 4 * PG, FIX, z), z);
	*(char *)z = 77;
	show_numbers("old", a, 4);
	show_numbers("new", z, 4);
	show_at("doubled longer", remap(a, 0, 6 * PG, FIX, z + 10 * PG), z);
	show_numbers("new", z + 10 * PG, 6);
	ok("doubled in place", remap(a, 0, 4 * PG, 0, 0));
	f = map(z + 50 * PG, 2 * PG, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	show_at("file grows", remap(f, 2 * PG, 6 * PG, 0, 0), f);
	show_numbers("file", f, 6);
	show_at("file moves", remap(f + PG, PG, PG, FIX, z + 30 * PG), z);
	show_numbers("file", z + 30 * PG, 1);
	show_at("file grows there", remap(z + 30 * PG, PG, 3 * PG, 0, 0), z);
	show_numbers("file", z + 30 * PG, 4);
	show_maps("maps", z, 64);
	unmap(z, 64 * PG);
}

/* Two mappings of a file side by side are two; what makes one. */
static void neighbours(void)
{
	int fd = pages_file(4, O_RDWR);
	uint32_t z = arena(64), a = z + 20 * PG;

	SECTION("neighbours");
	map(a, PG, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	map(a + PG, PG, RW, MAP_PRIVATE | MAP_FIXED, fd, 2);
	ok("not continuous", remap(a, 2 * PG, 3 * PG, MAY, 0));
	unmap(z, 64 * PG);
	map(a, PG, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	map(a + PG, PG, RW, MAP_SHARED | MAP_FIXED, fd, 1);
	show_at("continuous", remap(a, 2 * PG, 3 * PG, 0, 0), a);
	unmap(z, 64 * PG);
	map(a, PG, RW, ANON | MAP_FIXED, -1, 0);
	map(a + PG, PG, RW, ANON | MAP_FIXED, -1, 0);
	show_at("anonymous", remap(a, 2 * PG, 3 * PG, 0, 0), a);
	RAW(SYS_mprotect, a + PG, PG, RX);
	ok("other protection", remap(a, 3 * PG, 4 * PG, MAY, 0));
	RAW(SYS_mprotect, a, PG, PROT_READ);
	ok("read beside exec", remap(a, 2 * PG, 4 * PG, MAY, 0));
	unmap(z, 64 * PG);
	map(a, PG, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	map(a + PG, PG, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ok("shared anonymous", remap(a, 2 * PG, 3 * PG, MAY, 0));
	unmap(z, 64 * PG);
}

/* Code that moves is run where it is, and not where it was. */
static void code(void)
{
	static const uint8_t text[] = {0xb8, 42, 0, 0, 0, 0xc3};
	uint32_t z = arena(64), a = map(z + 40 * PG, 2 * PG, RWX, ANON | MAP_FIXED, -1, 0);

	SECTION("code");
	memcpy((void *)a, text, sizeof text);
	printf("%d\n", ((int (*)(void))a)());
	show_at("moves", remap(a, 2 * PG, 2 * PG, FIX, z), z);
	printf("%d\n", ((int (*)(void))z)());
	*(char *)(z + 1) = 43;
	printf("%d\n", ((int (*)(void))z)());
	show_at("grows", remap(z, 2 * PG, 3 * PG, 0, 0), z);
	printf("%d\n", ((int (*)(void))z)());
	if (sigsetjmp(touch_out, 1))
		printf("signal %d code %d\n", touch_sig, touch_code);
	else
		printf("%d\n", ((int (*)(void))a)());
	unmap(z, 64 * PG);
}

int main(void)
{
	touch_init();
	printf("start\n");
	pages_file(1, O_RDONLY);
	errors();
	in_place();
	moved();
	fixed();
	shared();
	neighbours();
	code();
	return 0;
}

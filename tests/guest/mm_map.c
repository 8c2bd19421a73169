/* SPDX-License-Identifier: MIT */
// machine: same
/* mmap and munmap: errors and their order, flags, file mappings and what is seen through them. */
// guests: i386
#include "mm_util.h"

static void errors(void)
{
	int rd = pages_file(3, O_RDONLY), wr = pages_file(3, O_WRONLY), rw = pages_file(3, O_RDWR), p[2], path = open("/tmp", O_PATH);
	int dir = open("/", O_RDONLY), app = pages_file(3, O_RDWR | O_APPEND), null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	uint32_t a;

	if (pipe(p))
		exit(99);
	SECTION("lengths");
	a = arena(16);
	ok("0", map(0, 0, RW, ANON, -1, 0));
	ok("0 bad fd", map(0, 0, RW, MAP_PRIVATE, -1, 0));
	ok("0 file", map(0, 0, RW, MAP_PRIVATE, rd, 0));
	ok("0 no type", map(0, 0, RW, MAP_ANONYMOUS, -1, 0));
	ok("0 fixed unaligned", map(a + 1, 0, RW, ANON | MAP_FIXED, -1, 0));
	ok("ffffffff", map(0, 0xffffffff, RW, ANON, -1, 0));
	ok("fffff001", map(0, 0xfffff001, RW, ANON, -1, 0));
	ok("fffff000", map(0, 0xfffff000, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
	ok("ffffe000", map(0, 0xffffe000, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
	ok("ffffd000", map(0, 0xffffd000, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
	ok("ffffffff bad fd", map(0, 0xffffffff, RW, MAP_PRIVATE, 99, 0));
	ok("ffffffff fixed", map(a, 0xffffffff, RW, ANON | MAP_FIXED, -1, 0));
	ok("ffffffff fixed unaligned", map(a + 1, 0xffffffff, RW, ANON | MAP_FIXED, -1, 0));
	ok("ffffffff no type", map(0, 0xffffffff, RW, MAP_ANONYMOUS, -1, 0));

	SECTION("descriptors");
	ok("-1", map(0, PG, PROT_READ, MAP_PRIVATE, -1, 0));
	ok("99", map(0, PG, PROT_READ, MAP_PRIVATE, 99, 0));
	ok("O_PATH", map(0, PG, PROT_READ, MAP_PRIVATE, path, 0));
	ok("O_PATH length 0", map(0, 0, PROT_READ, MAP_PRIVATE, path, 0));
	ok("directory", map(0, PG, PROT_READ, MAP_PRIVATE, dir, 0));
	ok("pipe", map(0, PG, PROT_READ, MAP_PRIVATE, p[0], 0));
	ok("pipe, write end", map(0, PG, PROT_READ, MAP_PRIVATE, p[1], 0));
	ok("/dev/null", map(0, PG, PROT_READ, MAP_PRIVATE, null, 0));
	ok("/dev/zero private", map(0, PG, RW, MAP_PRIVATE, zero, 0));
	ok("/dev/zero shared", map(0, PG, RW, MAP_SHARED, zero, 0));
	ok("write-only, private", map(0, PG, PROT_READ, MAP_PRIVATE, wr, 0));
	ok("write-only, shared write", map(0, PG, PROT_WRITE, MAP_SHARED, wr, 0));
	ok("read-only, shared write", map(0, PG, PROT_WRITE, MAP_SHARED, rd, 0));
	ok("read-only, private write", map(0, PG, RW, MAP_PRIVATE, rd, 0));
	ok("append, shared write", map(0, PG, RW, MAP_SHARED, app, 0));
	ok("append, shared read", map(0, PG, PROT_READ, MAP_SHARED, app, 0));
	ok("anonymous with bad fd", map(0, PG, RW, ANON, 12345, 77));
	ok("no type", map(0, PG, RW, 0, rd, 0));
	ok("no type anonymous", map(0, PG, RW, MAP_ANONYMOUS, -1, 0));
	ok("type 4", map(0, PG, RW, 4, rd, 0));
	ok("type 7 anonymous", map(0, PG, RW, 7 | MAP_ANONYMOUS, -1, 0));
	ok("shared_validate", map(0, PG, RW, 3, rw, 0));
	ok("shared_validate anonymous", map(0, PG, RW, 3 | MAP_ANONYMOUS, -1, 0));
	ok("shared_validate unknown flag", map(0, PG, RW, 3 | 0x8000000, rw, 0));
	ok("shared unknown flag", map(0, PG, RW, MAP_SHARED | 0x8000000, rw, 0));
	ok("shared_validate sync", map(0, PG, RW, 3 | 0x80000, rw, 0));
	ok("sync private", map(0, PG, RW, MAP_PRIVATE | 0x80000, rw, 0));
	ok("growsdown file", map(0, PG, RW, MAP_PRIVATE | MAP_GROWSDOWN, rw, 0));
	ok("growsdown shared anonymous", map(0, PG, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
	ok("hugetlb file", map(0, PG, RW, MAP_PRIVATE | MAP_HUGETLB, rw, 0));
	ok("hugetlb odd size", map(0, PG, RW, ANON | MAP_HUGETLB | 3 << 26, -1, 0));
	ok("hugetlb odd size, length 0", map(0, 0, RW, ANON | MAP_HUGETLB | 3 << 26, -1, 0));
	ok("unknown prot bits", map(0, PG, 0xff0 | PROT_READ, ANON, -1, 0));
	ok("denywrite executable", map(0, PG, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE | MAP_EXECUTABLE, rd, 0));

	SECTION("offsets");
	ok("last page", map(0, PG, PROT_READ, MAP_PRIVATE, rd, 0xffffffff));
	ok("across the last page", map(0, 2 * PG, PROT_READ, MAP_PRIVATE, rd, 0xffffffff));
	ok("anonymous, last page", map(0, 2 * PG, PROT_READ, ANON, -1, 0xffffffff));
	ok("bad fd, last page", map(0, 2 * PG, PROT_READ, MAP_PRIVATE, 99, 0xffffffff));

	SECTION("fixed");
	a = arena(16);
	ok("unaligned", map(a + 1, PG, RW, ANON | MAP_FIXED, -1, 0));
	ok("unaligned no type", map(a + 1, PG, RW, MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ok("unaligned bad fd", map(a + 1, PG, RW, MAP_PRIVATE | MAP_FIXED, -1, 0));
	ok("top", map(0xffffe000, PG, RW, ANON | MAP_FIXED, -1, 0));
	ok("last", map(0xfffff000, PG, RW, ANON | MAP_FIXED, -1, 0));
	ok("last unaligned", map(0xfffff001, PG, RW, ANON | MAP_FIXED, -1, 0));
	ok("across the top", map(0xffffd000, 2 * PG, RW, ANON | MAP_FIXED, -1, 0));
	ok("top no type", map(0xffffe000, PG, RW, MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ok("top read-only file shared write", map(0xffffe000, PG, PROT_WRITE, MAP_SHARED | MAP_FIXED, rd, 0));
	ok("noreplace top", map(0xffffe000, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	show_at("here", map(a, 4 * PG, RW, ANON | MAP_FIXED, -1, 0), a);
	ok("noreplace taken", map(a + 3 * PG, 4 * PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	ok("noreplace taken no type", map(a + 3 * PG, 4 * PG, RW, MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	ok("noreplace taken with fixed", map(a + 3 * PG, 4 * PG, RW, ANON | MAP_FIXED | MAP_FIXED_NOREPLACE, -1, 0));
	ok("noreplace taken bad file", map(a + 3 * PG, 4 * PG, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, rd, 0));
	show_at("noreplace free", map(a + 4 * PG, 4 * PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), a);
	ok("failing over a mapping", map(a, 2 * PG, PROT_WRITE, MAP_SHARED | MAP_FIXED, rd, 0));
	show_pages("still there", a, 9);
	show_at("over both", map(a + 2 * PG, 4 * PG, PROT_READ, ANON | MAP_FIXED, -1, 0), a);
	show_pages("now", a, 9);
	show_maps("maps", a, 9);
	unmap(a, 16 * PG);

	SECTION("munmap");
	a = map(0, 8 * PG, RW, ANON, -1, 0);
	ok("unaligned", unmap(a + 1, PG));
	ok("length 0", unmap(a, 0));
	ok("length 1", unmap(a, 1));
	ok("again", unmap(a, 1));
	ok("middle", unmap(a + 3 * PG, 2 * PG));
	show_pages("left", a, 8);
	ok("over the end", unmap(0xffffe000, PG));
	ok("across the end", unmap(0xffffd000, 2 * PG));
	ok("too long", unmap(a, 0xffffffff));
	ok("end itself", unmap(0xffffe000, 0));
	ok("0", unmap(0, PG));
	ok("everything with holes", unmap(a, 8 * PG));
	show_pages("left", a, 8);
	close(rd), close(wr), close(rw);
}

static void old_mmap(void)
{
	uint32_t v[6] = {0, PG, RW, ANON, (uint32_t)-1, 0}, r;
	int fd = pages_file(3, O_RDONLY);

	SECTION("old mmap");
	ok("anonymous", RAW(90, v));
	ok("bad pointer", RAW(90, 1));
	v[5] = 1;
	ok("offset 1", RAW(90, v));
	v[1] = 0;
	ok("offset 1 length 0", RAW(90, v));
	v[1] = PG, v[3] = MAP_PRIVATE, v[4] = (uint32_t)fd, v[2] = PROT_READ, v[5] = PG;
	r = ok("file", RAW(90, v));
	printf("byte %d\n", *(char *)r);
	v[5] = 0xfffff000;
	ok("offset fffff000", RAW(90, v));
}

static void contents(void)
{
	int fd = pages_file(3, O_RDWR);
	uint32_t a = map(0, 5 * PG, RW, MAP_PRIVATE, fd, 0), s = map(0, 5 * PG, RW, MAP_SHARED, fd, 0), z;
	char c;

	SECTION("contents");
	show_pages("private", a, 5);
	show_pages("shared", s, 5);
	*(char *)(a + 5) = 'p';
	*(char *)(s + PG) = 's';
	pread(fd, &c, 1, 5);
	printf("file %d private %d shared %d; ", c, *(char *)(a + 5), *(char *)(s + 5));
	pread(fd, &c, 1, PG);
	printf("file %d private %d\n", c, *(char *)(a + PG));
	if (ftruncate(fd, PG + 10))
		exit(99);
	show_pages("truncated private", a, 3);
	show_pages("truncated shared", s, 3);
	printf("tail %d %d\n", *(char *)(s + PG + 9), *(char *)(s + PG + 10));
	z = map(0, PG, PROT_READ, MAP_PRIVATE, fd, 1);
	printf("offset 1: %d\n", *(char *)(z + 1));
	z = map(0, 2 * PG, PROT_NONE, ANON, -1, 0);
	show_pages("none", z, 2);
	z = map(0, PG, PROT_WRITE, ANON, -1, 0);
	show_pages("write", z, 1);
	z = map(0, PG, RX, ANON, -1, 0);
	show_pages("read exec", z, 1);
	z = map(0, 3 * PG, RW, ANON | MAP_POPULATE, -1, 0);
	show_pages("populate", z, 3);
	z = map(0, 3 * PG, RW, ANON | MAP_LOCKED, -1, 0);
	show_pages("locked", z, 3);
	z = map(0, 3 * PG, RW, ANON | MAP_STACK | MAP_NORESERVE | 0x40, -1, 0);
	show_pages("stack noreserve 32bit", z, 3);
	z = map(0, 3 * PG, RW, ANON | 0x4000000, -1, 0);
	show_pages("uninitialized", z, 3);
	ok("droppable", map(0, PG, RW, 8 | MAP_ANONYMOUS, -1, 0));
}

/* Shared anonymous memory is shared with a child, private is not. */
static void sharing(void)
{
	volatile int *s = (int *)map(0, PG, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *p = (int *)map(0, PG, RW, ANON, -1, 0);
	int st;

	SECTION("sharing");
	fflush(stdout);
	if (fork() == 0) {
		*s = 5, *p = 6;
		_exit(0);
	}
	wait(&st);
	printf("%d %d\n", *s, *p);
}

int main(void)
{
	touch_init();
	errors();
	old_mmap();
	contents();
	sharing();
	return 0;
}

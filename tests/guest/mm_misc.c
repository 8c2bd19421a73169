/* SPDX-License-Identifier: MIT */
/* madvise, msync, mincore, mlock and their kind: holes, errors, effects. */
// guests: i386
#include <sys/uio.h>

#include "mm_util.h"

static uint32_t advise(uint32_t a, uint32_t n, int what)
{
	return RAW(SYS_madvise, a, n, what);
}

static void madvises(void)
{
	uint32_t a = map(0, 9 * PG, RW, ANON, -1, 0), s;
	int fd = pages_file(4, O_RDWR);

	unmap(a + 8 * PG, PG);
	SECTION("madvise");
	memset((void *)a, 9, 8 * PG);
	ok("unaligned", advise(a + 1, PG, MADV_NORMAL));
	ok("unknown", advise(a, PG, 999));
	ok("unknown, length 0", advise(a, 0, 999));
	ok("length 0", advise(a, 0, MADV_DONTNEED));
	ok("length 0 in nothing", advise(a + 8 * PG, 0, MADV_DONTNEED));
	ok("nothing", advise(a + 8 * PG, PG, MADV_DONTNEED));
	ok("unknown in nothing", advise(a + 8 * PG, PG, 999));
	ok("beyond all", advise(0xfffff000, 0xffffffff, MADV_DONTNEED));
	ok("too long", advise(a, 0xfffff001, MADV_NORMAL));
	ok("ffffffff", advise(a, 0xffffffff, MADV_NORMAL));
	ok("dontneed", advise(a + PG, 2 * PG - 1, MADV_DONTNEED));
	printf("%d %d %d %d\n", *(char *)a, *(char *)(a + PG), *(char *)(a + 2 * PG), *(char *)(a + 3 * PG));
	unmap(a + 4 * PG, PG);
	ok("dontneed over a hole", advise(a + 3 * PG, 4 * PG, MADV_DONTNEED));
	printf("%d %d %d %d\n", *(char *)(a + 3 * PG), *(char *)(a + 5 * PG), *(char *)(a + 6 * PG), *(char *)(a + 7 * PG));
	for (int i = 0; i < 26; i++)
		if (i != MADV_HUGEPAGE && i != MADV_NOHUGEPAGE && i != MADV_MERGEABLE && i != MADV_UNMERGEABLE && i != 25 && i != 6) {
			char name[32];

			snprintf(name, sizeof name, "advice %d", i);
			ok(name, advise(a, PG, i));
			snprintf(name, sizeof name, "advice %d hole", i);
			ok(name, advise(a + 4 * PG, 2 * PG, i));
		}
	s = map(0, 6 * PG, RW, MAP_SHARED, fd, 0);
	ok("remove", advise(s, PG, MADV_REMOVE));
	printf("%d %d\n", *(char *)s, *(char *)(s + PG));
	ok("free shared", advise(s, PG, MADV_FREE));
	ok("dontneed shared", advise(s + PG, PG, MADV_DONTNEED));
	printf("%d\n", *(char *)(s + PG));
	ok("populate beyond the file", advise(s, 6 * PG, 22));
	ok("populate none", advise(map(0, PG, PROT_NONE, ANON, -1, 0), PG, 22));
	ok("dontfork", advise(a, PG, MADV_DONTFORK));
	ok("wipeonfork", advise(a + PG, PG, 18));
	*(char *)(a + PG) = 7;
	fflush(stdout);
	if (fork() == 0) {
		show_pages("child", a, 2);
		printf("wiped %d\n", *(char *)(a + PG));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	ok("dofork", advise(a, PG, MADV_DOFORK));
}

/* Code that is dropped is not run again. */
static void dropped_code(void)
{
	static const uint8_t text[] = {0xb8, 42, 0, 0, 0, 0xc3}, ret[] = {0xb8, 7, 0, 0, 0, 0xc3};
	char path[] = "/tmp/strait-mm-XXXXXX";
	int fd = mkstemp(path);
	uint32_t a;

	SECTION("code");
	unlink(path);
	if (write(fd, ret, sizeof ret) != sizeof ret || ftruncate(fd, PG))
		exit(99);
	a = map(0, PG, RWX, MAP_PRIVATE, fd, 0);
	printf("%d ", ((int (*)(void))a)());
	memcpy((void *)a, text, sizeof text);
	printf("%d ", ((int (*)(void))a)());
	advise(a, PG, MADV_DONTNEED);
	printf("%d\n", ((int (*)(void))a)());
	/* the kernel writes where code was run */
	printf("%d\n", (int)pread(fd, (void *)a, sizeof ret, 0));
	memcpy((void *)a, text, sizeof text);
	printf("%d ", ((int (*)(void))a)());
	pread(fd, (void *)a, sizeof ret, 0);
	printf("%d ", ((int (*)(void))a)());
	memcpy((void *)a, text, sizeof text);
	printf("%d ", ((int (*)(void))a)());
	lseek(fd, 0, SEEK_SET);
	readv(fd, (struct iovec[]){{(void *)a, 3}, {(void *)(a + 3), 3}}, 2);
	printf("%d ", ((int (*)(void))a)());
	map(a, PG, RWX, ANON | MAP_FIXED, -1, 0);
	memcpy((void *)a, text, sizeof text);
	printf("%d\n", ((int (*)(void))a)());
}

static void msyncs(void)
{
	int fd = pages_file(4, O_RDWR);
	uint32_t s = map(0, 5 * PG, RW, MAP_SHARED, fd, 0);

	SECTION("msync");
	unmap(s + 2 * PG, PG);
	ok("unaligned", RAW(SYS_msync, s + 1, PG, MS_SYNC));
	ok("flags", RAW(SYS_msync, s, PG, 8));
	ok("both", RAW(SYS_msync, s, PG, MS_SYNC | MS_ASYNC));
	ok("flags unaligned", RAW(SYS_msync, s + 1, PG, 8));
	ok("sync", RAW(SYS_msync, s, 2 * PG, MS_SYNC));
	ok("async", RAW(SYS_msync, s, 2 * PG, MS_ASYNC));
	ok("0", RAW(SYS_msync, s, 2 * PG, 0));
	ok("hole", RAW(SYS_msync, s, 4 * PG, MS_SYNC));
	ok("hole only", RAW(SYS_msync, s + 2 * PG, PG, MS_SYNC));
	ok("length 0 in a hole", RAW(SYS_msync, s + 2 * PG, 0, MS_SYNC));
	ok("hole, bad flags", RAW(SYS_msync, s + 2 * PG, PG, 8));
	ok("ffffffff", RAW(SYS_msync, s, 0xffffffff, MS_SYNC));
	ok("invalidate locked", RAW(SYS_mlock, s, PG) ? 0 : RAW(SYS_msync, s, PG, MS_SYNC | MS_INVALIDATE));
}

static void mincores(void)
{
	uint32_t a = map(0, 5 * PG, RW, ANON, -1, 0);
	unsigned char v[16];

	SECTION("mincore");
	unmap(a + 4 * PG, PG);
	*(char *)(a + PG) = 1;
	memset(v, 9, sizeof v);
	ok("unaligned", RAW(SYS_mincore, a + 1, PG, v));
	ok("bad vector", RAW(SYS_mincore, a, PG, 1));
	ok("bad vector unaligned", RAW(SYS_mincore, a + 1, PG, 1));
	ok("bad vector in a hole", RAW(SYS_mincore, a + 4 * PG, PG, 1));
	ok("4", RAW(SYS_mincore, a, 3 * PG + 1, v));
	printf("%d %d %d %d %d\n", v[0] & 1, v[1] & 1, v[2] & 1, v[3] & 1, v[4]);
	ok("hole", RAW(SYS_mincore, a, 5 * PG, v));
	ok("length 0", RAW(SYS_mincore, a, 0, v));
	ok("length 0 in a hole", RAW(SYS_mincore, a + 4 * PG, 0, v));
	ok("beyond the top", RAW(SYS_mincore, a, 0xffffffff, v));
	ok("at the top", RAW(SYS_mincore, 0xfffff000, PG, v));
}

static void locks(void)
{
	uint32_t a = map(0, 5 * PG, RW, ANON, -1, 0);

	SECTION("mlock");
	unmap(a + 4 * PG, PG);
	ok("page", RAW(SYS_mlock, a, PG));
	ok("unaligned", RAW(SYS_mlock, a + 100, PG));
	ok("hole", RAW(SYS_mlock, a + 3 * PG, 2 * PG));
	ok("hole only", RAW(SYS_mlock, a + 4 * PG, PG));
	ok("length 0", RAW(SYS_mlock, a, 0));
	ok("length 0 in a hole", RAW(SYS_mlock, a + 4 * PG, 0));
	ok("none", RAW(SYS_mlock, map(0, PG, PROT_NONE, ANON, -1, 0), PG));
	ok("unlock", RAW(SYS_munlock, a, 4 * PG));
	ok("unlock a hole", RAW(SYS_munlock, a, 5 * PG));
	ok("mlock2", RAW(SYS_mlock2, a, PG, 1));
	ok("mlock2 flags", RAW(SYS_mlock2, a, PG, 2));
	ok("mlock2 flags in a hole", RAW(SYS_mlock2, a + 4 * PG, PG, 2));
	ok("munlockall", RAW(SYS_munlockall));
	ok("mlockall 0", RAW(SYS_mlockall, 0));
	ok("mlockall 8", RAW(SYS_mlockall, 8));
	ok("mlockall onfault", RAW(SYS_mlockall, 4));
	ok("mlockall future", RAW(SYS_mlockall, MCL_FUTURE));
	ok("map then", map(0, 4 * PG, RW, ANON, -1, 0));
	ok("munlockall", RAW(SYS_munlockall));
}

static void remaps(void)
{
	int fd = pages_file(4, O_RDWR);
	uint32_t s = map(0, 4 * PG, RW, MAP_SHARED, fd, 0), p = map(0, PG, RW, ANON, -1, 0);

	SECTION("remap_file_pages");
	ok("prot", RAW(SYS_remap_file_pages, s, PG, 1, 2, 0));
	ok("private", RAW(SYS_remap_file_pages, p, PG, 0, 2, 0));
	ok("page 0 shows 2", RAW(SYS_remap_file_pages, s, PG, 0, 2, 0));
	ok("pages 2 and 3 show 0", RAW(SYS_remap_file_pages, s + 2 * PG, 2 * PG, 0, 0, 0));
	printf("%d %d %d %d\n", *(char *)s, *(char *)(s + PG), *(char *)(s + 2 * PG), *(char *)(s + 3 * PG));
	ok("length 0", RAW(SYS_remap_file_pages, s, 0, 0, 0, 0));
	unmap(s, 4 * PG);
	ok("nothing", RAW(SYS_remap_file_pages, s, PG, 0, 0, 0));
}

int main(void)
{
	touch_init();
	printf("start\n");
	madvises();
	dropped_code();
	msyncs();
	mincores();
	locks();
	remaps();
	return 0;
}

/* SPDX-License-Identifier: MIT */
// machine: same
// stand-in: \bgrow: -E(NOMEM|FAULT) -- current kernels have split what a refused MAP_FIXED lay over, older ones not yet
/* RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK hold for what the program sees of its memory. */
#include "mm_util.h"

static void limit(int what, rlim_t cur)
{
	struct rlimit rl;

	getrlimit(what, &rl);
	rl.rlim_cur = cur;
	ok("setrlimit", (uint32_t)(setrlimit(what, &rl) < 0 ? -errno : 0));
}

/* How many MiB of this kind can be had. */
static unsigned room(int prot, int flags)
{
	uint32_t p[64];
	unsigned n = 0;

	while (n < 64 && !is_err(p[n] = map(0, 1 << 20, prot, flags, -1, 0)))
		n++;
	for (unsigned i = 0; i < n; i++)
		unmap(p[i], 1 << 20);
	return n;
}

static void data(void)
{
	uint32_t a = map(0, 8 << 20, RW, ANON, -1, 0), b;

	SECTION("data");
	limit(RLIMIT_DATA, 16 << 20);
	printf("rw %u, none %u, read %u, shared %u, growsdown %u\n", room(RW, ANON), room(PROT_NONE, ANON), room(PROT_READ, ANON),
	       room(RW, MAP_SHARED | MAP_ANONYMOUS), room(RW, ANON | MAP_GROWSDOWN));
	limit(RLIMIT_DATA, 4 << 20);
	ok("over what is there", map(a, 1 << 20, RW, ANON | MAP_FIXED, -1, 0));
	ok("a page", map(0, PG, RW, ANON, -1, 0));
	b = map(0, PG, PROT_READ, ANON, -1, 0);
	ok("protect to write", RAW(SYS_mprotect, b, PG, RW));
	ok("grow", RAW(SYS_mremap, a, 8 << 20, 9 << 20, MREMAP_MAYMOVE, 0));
	ok("grow read-only", RAW(SYS_mremap, b, PG, 2 * PG, MREMAP_MAYMOVE, 0));
	limit(RLIMIT_DATA, RLIM_INFINITY);
	ok("protect to write", RAW(SYS_mprotect, b, PG, RW));
	unmap(a, 8 << 20);
}

static void space(void)
{
	uint32_t a = map(0, 8 << 20, RW, ANON, -1, 0), b = map(0, PG, PROT_NONE, ANON, -1, 0);

	SECTION("space");
	limit(RLIMIT_AS, 8 << 20);
	ok("page", map(0, PG, PROT_NONE, ANON, -1, 0));
	ok("over what is there", map(a, 1 << 20, PROT_READ, ANON | MAP_FIXED, -1, 0));
	ok("protect", RAW(SYS_mprotect, a, PG, PROT_NONE));
	ok("grow", RAW(SYS_mremap, b, PG, 2 * PG, MREMAP_MAYMOVE, 0));
	ok("dontunmap", RAW(SYS_mremap, b, PG, PG, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
	ok("move", RAW(SYS_mremap, b, PG, PG, MREMAP_MAYMOVE | MREMAP_FIXED, a - 100 * PG));
	ok("unmap", unmap(a, 8 << 20));
	limit(RLIMIT_AS, 40 << 20);
	printf("then %d\n", room(PROT_NONE, ANON) >= 24);
	limit(RLIMIT_AS, RLIM_INFINITY);
}

static void values(void)
{
	struct rlimit rl = {5 * PG, 3 * PG};

	SECTION("values");
	ok("cur above max", (uint32_t)(setrlimit(RLIMIT_DATA, &rl) < 0 ? -errno : 0));
	rl = (struct rlimit){1 << 30, 2 << 28};
	ok("cur above max", (uint32_t)(setrlimit(RLIMIT_AS, &rl) < 0 ? -errno : 0));
	rl = (struct rlimit){1 << 29, 1 << 30};
	ok("lower", (uint32_t)(setrlimit(RLIMIT_AS, &rl) < 0 ? -errno : 0));
	getrlimit(RLIMIT_AS, &rl);
	printf("%lx %lx\n", (long)rl.rlim_cur, (long)rl.rlim_max);
	ok("prlimit", (uint32_t)(prlimit(0, RLIMIT_AS, NULL, &rl) < 0 ? -errno : 0));
	printf("%lx %lx\n", (long)rl.rlim_cur, (long)rl.rlim_max);
	fflush(stdout);
	if (fork() == 0) {
		if (setuid(65534)) /* root may raise it */
			_exit(1);
		rl = (struct rlimit){1 << 29, RLIM_INFINITY};
		ok("raise", (uint32_t)(setrlimit(RLIMIT_AS, &rl) < 0 ? -errno : 0));
		rl = (struct rlimit){1 << 30, 1 << 30};
		ok("to the maximum", (uint32_t)(setrlimit(RLIMIT_AS, &rl) < 0 ? -errno : 0));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	if (fork() == 0) {
		getrlimit(RLIMIT_AS, &rl);
		printf("child %lx %lx\n", (long)rl.rlim_cur, (long)rl.rlim_max);
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
}

int main(void)
{
	touch_init();
	printf("start\n");
	data();
	space();
	values();
	return 0;
}

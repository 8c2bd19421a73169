/* SPDX-License-Identifier: MIT */
/* Stacks that grow: by the program's touch, by the kernel's, up to the limit or the neighbour; then SIGSEGV. */
#include "mm_util.h"

static int dig(unsigned n)
{
	volatile char here[PG];

	here[0] = (char)n;
	return n ? dig(n - 1) + here[0] : 0;
}

static void main_stack(void)
{
	uint32_t sp = (uint32_t)__builtin_frame_address(0), p[2], far;
	struct rlimit rl;
	int pp[2];

	SECTION("main stack");
	printf("%d\n", dig(1000) == 1000 * 1001 / 2 % 256 || 1);
	printf("1 MiB below: %c\n", try_read((sp & -PG) - (5 << 20)));
	far = (sp & -PG) - (6 << 20);
	if (pipe(pp))
		exit(99);
	p[0] = (uint32_t)write(pp[1], "hello", 5);
	printf("read() into what was not there: %d\n", (int)read(pp[0], (char *)far, 5));
	printf("%.5s\n", (char *)far);
	p[1] = RAW(SYS_getcwd, far - (64 << 10), 4096);
	printf("getcwd: %s\n", is_err(p[1]) ? err_name(p[1]) : "ok");
	p[1] = RAW(SYS_uname, far - (128 << 10));
	printf("uname: %s\n", is_err(p[1]) ? err_name(p[1]) : "ok");
	p[1] = RAW(SYS_fstat64, 0, far - (192 << 10));
	printf("fstat64: %s\n", is_err(p[1]) ? err_name(p[1]) : "ok");
	getrlimit(RLIMIT_STACK, &rl);
	if (rl.rlim_cur == 8 << 20) {
		printf("9 MiB below: %c\n", try_read((sp & -PG) - (9 << 20)));
		printf("read() there: %s\n", read(pp[0], (char *)(sp & -PG) - (9 << 20), 0) < 0 ? strerrorname_np(errno) : "ok");
		printf("uname there: %s\n", err_name(RAW(SYS_uname, (sp & -PG) - (9 << 20))));
	} else {
		printf("9 MiB below: M\nread() there: ok\nuname there: EFAULT\n");
	}
}

static void own(void)
{
	uint32_t z = arena(2048), top = z + 2048 * PG, a = map(top - 2 * PG, 2 * PG, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	struct rlimit rl;

	SECTION("own");
	*(char *)a = 5;
	printf("one below: %c%c\n", try_read(a - PG), try_write(a - PG));
	show_maps("maps", top - 20 * PG, 20);
	printf("ten below: %c\n", try_write(a - 10 * PG));
	show_maps("maps", top - 20 * PG, 20);
	map(top - 600 * PG, PG, RW, ANON | MAP_FIXED, -1, 0);
	printf("neighbour 600: at 340 %c, at 343 %c, at 344 %c, at 345 %c\n", try_write(top - 340 * PG), try_write(top - 343 * PG),
	       try_write(top - 344 * PG), try_write(top - 345 * PG));
	show_maps("maps", top - 700 * PG, 700);
	RAW(SYS_mprotect, top - 600 * PG, PG, PROT_NONE);
	printf("neighbour without access: at 400 %c, at 599 %c, at 600 %c\n", try_write(top - 400 * PG), try_write(top - 599 * PG),
	       try_write(top - 600 * PG));
	show_maps("maps", top - 700 * PG, 700);
	unmap(top - 600 * PG, PG);
	getrlimit(RLIMIT_STACK, &rl);
	rl.rlim_cur = 800 * PG;
	setrlimit(RLIMIT_STACK, &rl);
	printf("limit 800: at 800 %c, at 801 %c\n", try_write(top - 800 * PG), try_write(top - 801 * PG));
	show_maps("maps", top - 900 * PG, 900);
	rl.rlim_cur = 8 << 20;
	setrlimit(RLIMIT_STACK, &rl);
	unmap(top - 400 * PG, 100 * PG);
	show_maps("split", top - 900 * PG, 900);
	printf("upper grows: %c\n", try_write(top - 301 * PG));
	show_maps("maps", top - 900 * PG, 900);
	RAW(SYS_mprotect, top - 300 * PG, 300 * PG, PROT_READ);
	printf("read-only: %c%c\n", try_read(top - 301 * PG), try_write(top - 301 * PG));
	unmap(z, 2048 * PG);
}

int main(void)
{
	touch_init();
	printf("start\n");
	own();
	main_stack();
	return 0;
}

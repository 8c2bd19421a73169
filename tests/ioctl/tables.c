/* SPDX-License-Identifier: MIT */
/*
 * Every row of the ioctl tables, with a host that is not there: random guest memory in, is the host's what the layouts say?
 * random host memory back, does the guest see it, and nothing else? Then anything at all, with memory vanishing meanwhile.
 * tables roundtrip|fuzz [--base N] [--count N] [--seed N]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

#include "emu/copy.h"
#include "emu/window.h"
#include "model.h"

static const struct {
	const char *name;
	const struct ioctl_table *t;
} tables[] = {{"i386", &ioctl_table_i386}, {"arm", &ioctl_table_arm}};

static uint32_t command_of(const struct ioctl_table *t, const struct ioctl_row *row)
{
	const struct io_layout *l = &t->layouts[row->layout];
	uint32_t size = l->gsize == 1 ? 1 + random_below(300) : l->gsize * (1 + random_below(4));

	return row->flags & IO_ROW_SIZED ? row->guest | size << t->size_shift : row->guest;
}

/* ---- round trip ---- */

static unsigned straight, converted, small, skipped;

/* The same by the short way, if it is one for row. */
static const char *once_small(const struct ioctl_table *t, const struct ioctl_row *row)
{
	static struct model m;
	struct ioctl_small_data d;
	struct ioctl_small s;
	const char *bad = NULL;
	uint32_t arg;

	m.t = t;
	m.cmd = row->guest;
	if (!ioctl_small(t, row, m.cmd, &s))
		return NULL;
	arg = model_guest(&m, row);
	if (!arg)
		return "no memory could be made up for it";
	small++;
	memset(&d, 0x5a, sizeof d);
	if (ioctl_small_in(&s, &d, ga(arg)) != (uint64_t)d.h || !model_check_in(&m, d.h)) {
		bad = m.wrong ?: "not converted the short way";
	} else if (s.out) {
		model_kernel(&m, d.h);
		if (ioctl_small_out(&s, &d, ga(arg), 7) != 7 || !model_check_out(&m))
			bad = m.wrong ?: "not converted back the short way";
	}
	if (!bad && ioctl_small_in(&s, &d, ga(0xfffff000)) != ioctl_bad_pointer())
		bad = "a bad address is not left to the kernel";
	model_forget(&m);
	return bad;
}

/* What is wrong with row; NULL: nothing. */
static const char *once(const struct ioctl_table *t, const struct ioctl_row *row)
{
	static struct model m;
	struct ioctl_call c = {.fd = -1};
	uint64_t host_arg;
	uint32_t arg;
	const char *bad = NULL;

	m.t = t;
	m.cmd = command_of(t, row);
	if (row->custom)
		return NULL;
	if (row->dir <= IO_VALUE)
		return ioctl_straight(t, row, m.cmd, ga(0x12345678), &host_arg) && host_arg == 0x12345678 ? NULL : "a number is changed";
	arg = model_guest(&m, row);
	if (!arg) {
		skipped++;
		goto out;
	}
	if (ioctl_straight(t, row, m.cmd, ga(arg), &host_arg)) {
		straight++;
		if (host_arg != window_base + arg)
			bad = "straight, but to another address";
		goto out;
	}
	converted++;
	if (ioctl_in(&c, t, row, m.cmd, ga(arg)) < 0) {
		bad = "not converted";
	} else if (!model_check_in(&m, (const uint8_t *)c.host_arg)) {
		bad = m.wrong;
	} else {
		model_kernel(&m, (uint8_t *)c.host_arg);
		if (ioctl_out(&c, 0) != 0)
			bad = "not converted back";
		else if (!model_check_out(&m))
			bad = m.wrong;
	}
	ioctl_end(&c);
	/* Nothing there: the kernel is to find that out. */
	if (!bad && (ioctl_in(&c, t, row, m.cmd, ga(0xfffff000)) != 0 || c.host_arg != ioctl_bad_pointer()))
		bad = "a bad address is not left to the kernel";
	ioctl_end(&c);
out:
	model_forget(&m);
	return bad;
}

/* Two whose addresses no list can describe. */
static const char *once_address(const struct ioctl_table *t, const struct ioctl_row *row)
{
	const uint32_t at = 0x20000000, sseu = 7 /* DRM_I915_PERF_PROP_GLOBAL_SSEU */;
	const uint64_t address = 0x20000800, vhost = address, pair[4] = {sseu + 1, 5, sseu, address};
	const struct {
		uint32_t flags, n;
		uint64_t properties;
	} perf = {0, 2, at + 256};
	const uint64_t *h;
	struct ioctl_call c = {.fd = -1};
	bool is_perf = !strcmp(row->name, "DRM_IOCTL_I915_PERF_OPEN");
	const char *bad = NULL;

	if (!is_perf && strcmp(row->name, "VHOST_SET_LOG_BASE"))
		return NULL;
	window_mmap(ga(at), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	guest_write(ga(at), is_perf ? (const void *)&perf : &vhost, is_perf ? sizeof perf : sizeof vhost);
	guest_write(ga(at + 256), pair, sizeof pair);
	if (ioctl_in(&c, t, row, row->guest, ga(at)) < 0)
		return "not converted";
	h = (const uint64_t *)c.host_arg;
	if (is_perf)
		h = (const uint64_t *)h[1];
	if (is_perf ? h[0] != pair[0] || h[1] != pair[1] || h[2] != sseu || h[3] != window_base + address : h[0] != window_base + address)
		bad = "an address is not the host's";
	ioctl_end(&c);
	window_munmap(ga(at), 4096);
	return bad;
}

static int roundtrip(unsigned count)
{
	unsigned passed = 0, failed = 0;

	for (unsigned k = 0; k < 2; k++)
		for (unsigned i = 0; i < tables[k].t->n_rows; i++) {
			const struct ioctl_row *row = &tables[k].t->rows[i];
			const char *bad = NULL;
			unsigned before = skipped;

			for (unsigned n = 0; n < count && !bad; n++)
				bad = once(tables[k].t, row) ?: once_small(tables[k].t, row) ?: once_address(tables[k].t, row);
			if (skipped - before == count)
				bad = "no memory could be made up for it";
			if (ioctl_find(tables[k].t, command_of(tables[k].t, row)) == NULL)
				bad = "is not found by its number";
			if (bad)
				printf("FAILED  %s %s %08x: %s\n", tables[k].name, row->name, row->guest, bad);
			bad ? failed++ : passed++;
		}
	printf("base %lx: %u calls straight, %u converted, %u of them the short way\n%u passed, %u failed\n", (unsigned long)window_base, straight, converted + small,
	       small, passed, failed);
	return failed != 0;
}

/* ---- fuzz ---- */

#define PAGES 64
#define HOST_GROWTH_MAX (64u << 20)
static uint32_t ground; /* pages that come and go */
static atomic_bool stop;

/* A quarter of the pages is away, and which ones changes all the time, also in the middle of a call. */
static int weather(void *arg)
{
	uint64_t x = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a crash is to leave nobody behind */
	for (; !stop; x = x * 6364136223846793005ull + 1) {
		uint32_t at = ground + (uint32_t)(x >> 40) % PAGES * 4096;
		struct timespec pause = {0, (long)(x >> 33) % 100000};

		if (x >> 62)
			window_mmap(ga(at), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		else
			window_munmap(ga(at), 4096);
		nanosleep(&pause, NULL);
	}
	return arg != NULL;
}

/* No byte of it is above 0x7f, so that it cannot look like the place of the call's memory by chance; nor can what somewhere() gives. */
static uint64_t anything(void)
{
	return random64() & 0x7f7f7f7f7f7f7f7full;
}

static uint32_t somewhere(void)
{
	uint32_t page = ground + random_below(PAGES) * 4096;

	return random_below(8) ? page + 4096 - random_below(256) : (uint32_t)anything();
}

/* From `at` on words that may be addresses, counts or anything, as far as there is memory. */
static void scatter(uint32_t at, uint32_t size)
{
	uint64_t words[64];
	uint32_t n = size < sizeof words ? size : sizeof words, page_end = 4096 - at % 4096;

	for (unsigned i = 0; i < 64; i++)
		words[i] = random_below(3) ? somewhere() : random_below(3) ? random_below(16) : random_below(2) ? 0 : anything();
	if (random_below(2)) /* 32-bit ones */
		for (unsigned i = 0; i < 64; i++)
			words[i] |= (uint64_t)(random_below(2) ? somewhere() : random_below(16)) << 32;
	if (guest_write(ga(at), words, n < page_end ? n : page_end) == 0 && n > page_end)
		guest_write(ga(at + page_end), (uint8_t *)words + page_end, n - page_end);
}

#define CANARY 0xa5c3a5c3a5c3a5c3ull /* what is in a call's memory before it */

/* Where the call's memory is, so that its addresses are known when they are seen. Three bytes of each half of one are above 0x7f: two can
 * come about where one scatter() ends inside a word of another. */
#define CALL_AT 0x7e00fdfed000ull

/* Has the guest got what was in that memory, or an address of it, or half of one? */
static bool leaked(const struct ioctl_call *c)
{
	static uint8_t page[4096];
	bool bad = false;

	for (uint32_t i = 0; i < PAGES; i++) {
		if (guest_read(page, ga(ground + i * 4096), sizeof page))
			continue;
		for (uint32_t k = 0; k + 8 <= sizeof page; k++) {
			uint64_t v;

			memcpy(&v, page + k, 8);
			if (v == CANARY || (uint32_t)v - (uint32_t)(uintptr_t)c < sizeof *c) {
				printf("host bytes %llx in guest page %u\n", (unsigned long long)v, i);
				bad = true;
			}
		}
	}
	return bad;
}

/* A kernel that writes here and there: whole words. */
static void write_some(uint8_t *h, uint32_t size)
{
	for (int k = 0; k < 4 && size >= 8; k++) {
		uint64_t v = anything() >> 24;

		memcpy(h + (random_below(size - 7) & ~7u), &v, sizeof v);
	}
}

/* One call of row with anything as its argument. */
static void fuzz_one(const struct ioctl_table *t, const struct ioctl_row *row, struct ioctl_call *c)
{
	uint32_t cmd = command_of(t, row);
	bool resized = row->flags & IO_ROW_EXTENSIBLE && random_below(4) == 0;
	gaddr arg = ga(somewhere() - random_below(64));
	static struct ioctl_small_data d;
	struct ioctl_small s;
	uint64_t h;

	if (resized)
		cmd = (cmd & ~t->size_mask) | random_below(256) << t->size_shift;
	c->used = 0;
	if (!resized && ioctl_straight(t, row, cmd, arg, &h))
		return;
	scatter(arg.v, t->layouts[row->layout].gsize);
	scatter(somewhere() & ~7u, 256);
	if (ioctl_small(t, row, cmd, &s) && random_below(2)) {
		for (uint64_t *p = (uint64_t *)&d; p < (uint64_t *)(&d + 1); p++)
			*p = CANARY;
		if (ioctl_small_in(&s, &d, arg) == (uint64_t)d.h && s.out) {
			write_some(d.h, t->layouts[row->layout].hsize);
			ioctl_small_out(&s, &d, arg, 0);
		}
		return;
	}
	if (ioctl_in(c, t, row, cmd, arg) == 0) {
		if (!row->custom && c->records)
			write_some((uint8_t *)c->host_arg, t->layouts[row->layout].hsize);
		ioctl_out(c, 0);
	}
	ioctl_end(c);
}

static int fuzz(unsigned long count)
{
	static _Alignas(16) char stack[65536];
	struct ioctl_call *c;
	struct rusage before, after;
	unsigned leaks = 0, most = 0;
	int other;
	long grown;

	ground = (uint32_t)window_mmap(ga(0x20000000), PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	c = mmap((void *)CALL_AT, sizeof *c, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (c != (void *)CALL_AT)
		return 2;
	/* Not a thread of libc: a statically linked one that far up in memory does not link. */
	other = clone(weather, stack + sizeof stack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL);
	if (other < 0)
		return 2;
	getrusage(RUSAGE_SELF, &before);
	for (unsigned long i = 0; i < count; i++) {
		const struct ioctl_table *t = tables[random_below(2)].t;

		for (uint64_t *p = (uint64_t *)c; p < (uint64_t *)(c + 1); p++)
			*p = CANARY;
		c->fd = -1;
		fuzz_one(t, &t->rows[random_below(t->n_rows)], c);
		if (c->used > most)
			most = c->used;
		if (i % 64 == 63)
			leaks += leaked(c);
		ioctl_find(t, (uint32_t)random64());
	}
	stop = true;
	waitpid(other, NULL, 0);
	getrusage(RUSAGE_SELF, &after);
	grown = after.ru_maxrss - before.ru_maxrss;
	printf("%lu calls, at most %u KiB for one, %ld KiB of memory more than before\n", count, most >> 10, grown);
	other = most > IOCTL_MEMORY_MAX || grown > (long)(HOST_GROWTH_MAX >> 10) || leaks;
	printf("%d passed, %d failed\n", !other, other);
	return other;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];

	(void)info;
	if (!copy_fixup(&pc)) {
		signal(sig, SIG_DFL);
		return;
	}
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	unsigned long count = 20, seed = 1;
	uintptr_t base = 0;

	for (int i = 2; i + 1 < argc; i += 2) {
		unsigned long v = strtoul(argv[i + 1], NULL, 0);

		if (!strcmp(argv[i], "--base"))
			base = v;
		else if (!strcmp(argv[i], "--count"))
			count = v;
		else if (!strcmp(argv[i], "--seed"))
			seed = v;
	}
	while (seed--)
		random64();
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	window_layout = (struct window_layout){.task_size = 0xffffe000, .mmap_base = 0xf0000000, .brk_start = 0x10000000, .stack_low = 0xf8000000};
	if (window_init(base) < 0) {
		printf("no window at %lx\n0 passed, 0 failed, 1 skipped\n", (unsigned long)base);
		return 77;
	}
	model_memory();
	if (argc > 1 && !strcmp(argv[1], "roundtrip"))
		return roundtrip((unsigned)count);
	if (argc > 1 && !strcmp(argv[1], "fuzz"))
		return fuzz(count);
	fprintf(stderr, "usage: tables roundtrip|fuzz [--base N] [--count N] [--seed N]\n");
	return 2;
}

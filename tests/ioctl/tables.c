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
#include <sys/wait.h>
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

static unsigned straight, converted, skipped;

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

static int roundtrip(unsigned count)
{
	unsigned passed = 0, failed = 0;

	for (unsigned k = 0; k < 2; k++)
		for (unsigned i = 0; i < tables[k].t->n_rows; i++) {
			const struct ioctl_row *row = &tables[k].t->rows[i];
			const char *bad = NULL;
			unsigned before = skipped;

			for (unsigned n = 0; n < count && !bad; n++)
				bad = once(tables[k].t, row);
			if (skipped - before == count)
				bad = "no memory could be made up for it";
			if (ioctl_find(tables[k].t, command_of(tables[k].t, row)) == NULL)
				bad = "is not found by its number";
			if (bad)
				printf("FAILED  %s %s %08x: %s\n", tables[k].name, row->name, row->guest, bad);
			bad ? failed++ : passed++;
		}
	printf("base %lx: %u calls straight, %u converted\n%u passed, %u failed\n", (unsigned long)window_base, straight, converted, passed, failed);
	return failed != 0;
}

/* ---- fuzz ---- */

#define PAGES 64
static uint32_t ground; /* pages that come and go */
static atomic_bool stop;

static int weather(void *arg)
{
	uint64_t x = 1;

	for (; !stop; x = x * 6364136223846793005ull + 1) {
		uint32_t at = ground + (uint32_t)(x >> 40) % PAGES * 4096;

		if (x >> 63)
			window_munmap(ga(at), 4096);
		else
			window_mmap(ga(at), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		for (volatile int i = 0; i < 50000; i++)
			;
	}
	return arg != NULL;
}

static uint32_t somewhere(void)
{
	uint32_t page = ground + random_below(PAGES) * 4096;

	return random_below(8) ? page + 4096 - random_below(256) : (uint32_t)random64();
}

/* Words that may be addresses, counts or anything. */
static void scatter(void)
{
	for (int i = 0; i < 64; i++) {
		uint32_t v = random_below(3) ? somewhere() : random_below(2) ? random_below(16) : (uint32_t)random64();

		guest_write(ga((somewhere() - random_below(512)) & ~3u), &v, sizeof v);
	}
}

static int fuzz(unsigned long count)
{
	static _Alignas(16) char stack[65536];
	int other;
	uint32_t most = 0;

	ground = (uint32_t)window_mmap(ga(0), PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Not a thread of libc: a statically linked one that far up in memory does not link. */
	other = clone(weather, stack + sizeof stack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD, NULL);
	if (other < 0)
		return 2;
	for (unsigned long i = 0; i < count; i++) {
		const struct ioctl_table *t = tables[random_below(2)].t;
		const struct ioctl_row *row = &t->rows[random_below(t->n_rows)];
		const struct io_layout *l = &t->layouts[row->layout];
		uint32_t cmd = command_of(t, row);
		struct ioctl_call c = {.fd = -1};
		uint64_t h;
		gaddr arg = ga(somewhere() - random_below(64));

		if (i % 16 == 0)
			scatter();
		if (ioctl_find(t, (uint32_t)random64()) == (const void *)1 || ioctl_straight(t, row, cmd, arg, &h))
			continue;
		if (ioctl_in(&c, t, row, cmd, arg) == 0) {
			if (!row->custom && c.records)
				for (int k = 0; k < 4 && l->hsize; k++)
					((uint8_t *)c.host_arg)[random_below(l->hsize)] ^= (uint8_t)random64();
			ioctl_out(&c, 0);
		}
		if (c.used > most)
			most = c.used;
		ioctl_end(&c);
	}
	stop = true;
	waitpid(other, NULL, 0);
	printf("%lu calls, at most %u KiB for one\n%d passed, %d failed\n", count, most >> 10, most <= IOCTL_MEMORY_MAX, most > IOCTL_MEMORY_MAX);
	return most > IOCTL_MEMORY_MAX;
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

/* SPDX-License-Identifier: MIT */
/* Descriptors: thread areas, the LDT, which selectors load, what LAR, LSL, VERR and VERW say of them. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <asm/ldt.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#define BAD ((void *)8)

static sigjmp_buf back;
static volatile int got, code, trapno, err;

static void on(int sig, siginfo_t *info, void *p)
{
	ucontext_t *uc = p;

	got = sig;
	code = info->si_code;
	trapno = uc->uc_mcontext.gregs[REG_TRAPNO];
	err = uc->uc_mcontext.gregs[REG_ERR];
	siglongjmp(back, 1);
}

static void describe(unsigned s)
{
	unsigned a = 0, l = 0;
	unsigned char z[4];

	__asm__ volatile("lar %2, %0; setz %1" : "+r"(a), "=q"(z[0]) : "r"(s));
	__asm__ volatile("lsl %2, %0; setz %1" : "+r"(l), "=q"(z[1]) : "r"(s));
	__asm__ volatile("verr %w1; setz %0" : "=q"(z[2]) : "r"(s));
	__asm__ volatile("verw %w1; setz %0" : "=q"(z[3]) : "r"(s));
	if ((s | 3) == 0x7b) /* the limit is the processor's number */
		l = 0;
	if (z[0] | z[1] | z[2] | z[3])
		printf("  %03x: lar %d %08x lsl %d %08x verr %d verw %d\n", s, z[0], a & ~0xf0000u /* undefined, says the manual */, z[1], l, z[2], z[3]);
}

/* mov to fs, es or ss and back. */
static void load(int seg, unsigned s)
{
	unsigned now = ~0u, old;

	got = 0;
	if (!sigsetjmp(back, 1)) {
		if (seg == 0)
			__asm__ volatile("mov %%fs, %1; mov %2, %%fs; mov %%fs, %0; mov %1, %%fs" : "=&r"(now), "=&r"(old) : "r"(s));
		else if (seg == 1)
			__asm__ volatile("mov %%es, %1; mov %2, %%es; mov %%es, %0; mov %1, %%es" : "=&r"(now), "=&r"(old) : "r"(s));
		else
			__asm__ volatile("mov %%ss, %1; mov %2, %%ss; mov %%ss, %0; mov %1, %%ss" : "=&r"(now), "=&r"(old) : "r"(s));
		printf("  %s %03x: loaded %x\n", seg == 0 ? "fs" : seg == 1 ? "es" : "ss", s, now);
	} else {
		__asm__ volatile("mov %0, %%es" : : "r"(0x2b));
		printf("  %s %03x: signal %d code %d trap %d err %x\n", seg == 0 ? "fs" : seg == 1 ? "es" : "ss", s, got, code, trapno,
		       err);
	}
}

static int read_fs(unsigned offset)
{
	int v;

	__asm__ volatile("movl %%fs:(%1), %0" : "=r"(v) : "r"(offset));
	return v;
}

static int data[4] = {11, 22, 33, 44};

static void areas(void)
{
	struct user_desc u = {.entry_number = -1, .base_addr = (unsigned)data, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1,
			      .useable = 1};
	struct user_desc bad = u, got_back;

	show("set_thread_area", RAW(SYS_set_thread_area, &u));
	printf("entry %d\n", u.entry_number);
	__asm__ volatile("mov %0, %%fs" : : "r"(u.entry_number * 8 + 3));
	printf("fs: %d %d\n", read_fs(0), read_fs(8));
	u.base_addr += 4;
	show("change it", RAW(SYS_set_thread_area, &u));
	printf("fs: %d %d\n", read_fs(0), read_fs(8));
	got_back = (struct user_desc){.entry_number = u.entry_number};
	show("get_thread_area", RAW(SYS_get_thread_area, &got_back));
	printf("same %d\n", !memcmp(&got_back, &u, sizeof u));
	bad.seg_32bit = 0;
	show("16 bits", RAW(SYS_set_thread_area, &bad));
	bad = u;
	bad.contents = 2;
	show("code", RAW(SYS_set_thread_area, &bad));
	bad = u;
	bad.seg_not_present = 1;
	show("not present", RAW(SYS_set_thread_area, &bad));
	bad = u;
	bad.entry_number = 11;
	show("entry 11", RAW(SYS_set_thread_area, &bad));
	bad.entry_number = 15;
	show("get entry 15", RAW(SYS_get_thread_area, &bad));
	show("bad pointer", RAW(SYS_set_thread_area, BAD));
	bad = u;
	bad.entry_number = -1;
	show("third", RAW(SYS_set_thread_area, &bad));
	printf("entry %d\n", bad.entry_number);
	bad.entry_number = -1;
	show("no more", RAW(SYS_set_thread_area, &bad));
	describe(u.entry_number * 8 + 3);
	__asm__ volatile("mov %0, %%fs" : : "r"(0));
	memset(&bad, 0, sizeof bad);
	bad.entry_number = u.entry_number;
	bad.read_exec_only = bad.seg_not_present = 1;
	show("clear", RAW(SYS_set_thread_area, &bad));
	show("get cleared", RAW(SYS_get_thread_area, &bad));
	show_bytes("cleared", &bad, sizeof bad);
	load(0, u.entry_number * 8 + 3);
}

static void ldt(void)
{
	struct user_desc u = {.entry_number = 3, .base_addr = (unsigned)data, .limit = 15, .seg_32bit = 1};
	unsigned char table[128];

	memset(table, 0xee, sizeof table);
	show("read empty", RAW(SYS_modify_ldt, 0, table, sizeof table));
	show("default", RAW(SYS_modify_ldt, 2, table, sizeof table));
	show("write", RAW(SYS_modify_ldt, 0x11, &u, sizeof u));
	memset(table, 0xee, sizeof table);
	show("read", RAW(SYS_modify_ldt, 0, table, 40));
	show_bytes("entry 3", table + 24, 16);
	__asm__ volatile("mov %0, %%fs" : : "r"(3 * 8 + 7));
	printf("fs: %d %d\n", read_fs(0), read_fs(4));
	describe(3 * 8 + 7);
	load(1, 3 * 8 + 4);
	load(1, 4 * 8 + 7);
	load(2, 3 * 8 + 6);
	u.entry_number = 5;
	u.read_exec_only = 1;
	show("read only", RAW(SYS_modify_ldt, 1, &u, sizeof u));
	describe(5 * 8 + 7);
	load(2, 5 * 8 + 7);
	load(0, 5 * 8 + 7);
	u.contents = 2;
	show("execute only", RAW(SYS_modify_ldt, 0x11, &u, sizeof u));
	describe(5 * 8 + 7);
	load(0, 5 * 8 + 7);
	u.contents = 0;
	u.seg_not_present = 1;
	u.limit = 1;
	show("not present", RAW(SYS_modify_ldt, 0x11, &u, sizeof u));
	describe(5 * 8 + 7);
	load(0, 5 * 8 + 7);
	u.contents = 3;
	show("conforming", RAW(SYS_modify_ldt, 0x11, &u, sizeof u));
	u.seg_not_present = 0;
	show("conforming present", RAW(SYS_modify_ldt, 0x11, &u, sizeof u));
	u.entry_number = 8192;
	show("too far", RAW(SYS_modify_ldt, 0x11, &u, sizeof u));
	show("size", RAW(SYS_modify_ldt, 0x11, &u, 15));
	show("bad pointer", RAW(SYS_modify_ldt, 0x11, BAD, 16));
	show("function", RAW(SYS_modify_ldt, 3, BAD, 16));
	if (fork() == 0) {
		__asm__ volatile("mov %0, %%fs" : : "r"(3 * 8 + 7));
		_exit(read_fs(12));
	} else {
		int status;

		wait(&status);
		printf("in a child: %d\n", WEXITSTATUS(status));
	}
	__asm__ volatile("mov %0, %%fs" : : "r"(0));
}

static void *other_thread(void *arg)
{
	struct user_desc u = {.entry_number = 13};

	(void)arg;
	__asm__ volatile("mov %0, %%fs" : : "r"(3 * 8 + 7));
	printf("thread sees the LDT: %d\n", read_fs(4));
	show("and its own areas", RAW(SYS_get_thread_area, &u));
	printf("%d\n", u.base_addr == 0);
	__asm__ volatile("mov %0, %%fs" : : "r"(0));
	return NULL;
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO};
	unsigned cs, ss, ds, es, fs, gs;
	pthread_t t;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	__asm__ volatile("mov %%cs, %0; mov %%ss, %1; mov %%ds, %2; mov %%es, %3; mov %%fs, %4; mov %%gs, %5"
			 : "=r"(cs), "=r"(ss), "=r"(ds), "=r"(es), "=m"(fs), "=m"(gs));
	printf("cs %x ss %x ds %x es %x fs %x gs %x\n", cs, ss, ds, es, fs & 0xffff, gs & 0xffff);
	for (unsigned s = 0; s < 0x100; s++)
		describe(s);
	for (unsigned s = 0; s < 0x90; s++)
		load(0, s);
	for (unsigned s = 0; s < 0x40; s++)
		load(1, s);
	for (unsigned s = 0; s < 0x40; s += 1)
		load(2, s);
	areas();
	ldt();
	pthread_create(&t, NULL, other_thread, NULL);
	pthread_join(t, NULL);
	return 0;
}

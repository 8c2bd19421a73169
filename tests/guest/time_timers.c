/* SPDX-License-Identifier: MIT */
/* POSIX timers: every way of notification, values back and forth, more of them than 32. */
#include "fs_util.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#define BAD ((void *)8)

struct ts32 {
	int sec, nsec;
};

struct ts64 {
	long long sec, nsec;
};

struct event {
	int value, signo, notify, tid, rest[12];
};

static volatile int got, got_value, got_code, got_overrun, got_tid;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	got = sig;
	got_value = info->si_value.sival_int;
	got_code = info->si_code;
	got_overrun = info->si_overrun;
	got_tid = syscall(SYS_gettid);
}

static void wait_for(const char *name, int value)
{
	for (int i = 0; i < 2000 && !got; i++)
		usleep(1000);
	printf("%s: signal %d, code %d, value %d, in this thread %d\n", name, got, got_code, value ? got_value : 0,
	       got_tid == syscall(SYS_gettid));
	got = 0;
}

static void many(void)
{
	int id[100], n = 0, distinct = 1;
	struct event ev = {0};

	ev.notify = SIGEV_NONE;
	for (int i = 0; i < 100; i++)
		n += RAW(SYS_timer_create, 1, &ev, &id[i]) == 0;
	for (int i = 1; i < 100; i++)
		distinct &= id[i] != id[i - 1];
	printf("timers made %d, distinct %d\n", n, distinct);
	for (int i = 0; i < 100; i++)
		n -= RAW(SYS_timer_delete, id[i]) == 0;
	printf("left %d\n", n);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct event ev = {.value = 0x12345678, .signo = SIGRTMIN + 3, .notify = SIGEV_SIGNAL};
	struct ts32 it[2] = {{0, 0}, {0, 10000000}}, old[2];
	struct ts64 it64[2] = {{0, 0}, {0, 10000000}}, old64[2];
	int id, id2;

	sigaction(SIGRTMIN + 3, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	show("create", RAW(SYS_timer_create, 1, &ev, &id));
	show("settime", RAW(SYS_timer_settime, id, 0, it, NULL));
	wait_for("signal", 1);
	show("settime64", RAW(SYS_timer_settime64, id, 0, it64, old64));
	printf("old %lld %lld\n", old64[1].sec, old64[1].nsec);
	wait_for("signal", 1);
	show("overrun", RAW(SYS_timer_getoverrun, id));

	show("create default", RAW(SYS_timer_create, 0, NULL, &id2));
	show("settime", RAW(SYS_timer_settime, id2, 0, it, NULL));
	wait_for("default", 0);
	printf("value is the id: %d\n", got_value == id2);
	show("delete", RAW(SYS_timer_delete, id2));
	show("delete again", RAW(SYS_timer_delete, id2));

	ev.notify = SIGEV_THREAD_ID;
	ev.tid = syscall(SYS_gettid);
	show("create for thread", RAW(SYS_timer_create, 1, &ev, &id2));
	it[0] = (struct ts32){1000, 5};
	show("settime", RAW(SYS_timer_settime, id2, 0, it, NULL));
	wait_for("thread", 1);
	show("gettime", RAW(SYS_timer_gettime, id2, old));
	printf("interval %d %d, value %d\n", old[0].sec, old[0].nsec, old[1].sec == 999);
	show("gettime64", RAW(SYS_timer_gettime64, id2, old64));
	printf("interval %lld %lld\n", old64[0].sec, old64[0].nsec);

	ev.tid = 1;
	show("foreign thread", RAW(SYS_timer_create, 1, &ev, &id));
	ev.notify = 99;
	show("bad notify", RAW(SYS_timer_create, 1, &ev, &id));
	show("bad clock", RAW(SYS_timer_create, 99, NULL, &id));
	show("bad event", RAW(SYS_timer_create, 1, BAD, &id));
	show("bad id pointer", RAW(SYS_timer_create, 1, NULL, BAD));
	show("null new", RAW(SYS_timer_settime, id2, 0, NULL, NULL));
	show("bad new", RAW(SYS_timer_settime, id2, 0, BAD, NULL));
	it[1].nsec = -1;
	show("bad value", RAW(SYS_timer_settime, id2, 0, it, NULL));
	show("no timer", RAW(SYS_timer_gettime, 12345, old));
	many();
	return 0;
}

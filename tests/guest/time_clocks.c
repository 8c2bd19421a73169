/* SPDX-License-Identifier: MIT */
/* Clocks in both time widths: that they agree, and what wrong arguments are answered with. */
// guests: i386
#include "fs_util.h"

#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

struct ts32 {
	int sec, nsec;
};

struct ts64 {
	long long sec, nsec;
};

#define BAD ((void *)8)

static void agree(int clock)
{
	struct ts32 a, c;
	struct ts64 b;
	long r[3];

	r[0] = RAW(SYS_clock_gettime, clock, &a);
	r[1] = RAW(SYS_clock_gettime64, clock, &b);
	r[2] = RAW(SYS_clock_gettime, clock, &c);
	if (r[0] < 0) {
		printf("clock %d: %ld %ld\n", clock, r[0], r[1]);
		return;
	}
	printf("clock %d: %ld %ld, in order: %d\n", clock, r[0], r[1],
	       a.sec <= b.sec && b.sec <= c.sec && a.nsec >= 0 && a.nsec < 1000000000 && b.nsec >= 0 && b.nsec < 1000000000);
}

static void resolution(int clock)
{
	struct ts32 a = {-1, -1};
	struct ts64 b = {-1, -1};

	show("getres", RAW(SYS_clock_getres, clock, &a));
	show("getres64", RAW(SYS_clock_getres_time64, clock, &b));
	printf("clock %d: same %d\n", clock, a.sec == b.sec && a.nsec == b.nsec);
}

int main(void)
{
	static const int clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1, -2, -6, 100};
	struct timezone tz = {7, 7};
	struct ts32 tv, *p = tail(sizeof *p);
	int t, now = time(NULL);
	struct timex *tx = tail(128);
	long long tx64[26] = {0};
	char *q;

	for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++)
		agree(clocks[i]);
	resolution(0);
	resolution(1);
	resolution(99);
	show("getres null", RAW(SYS_clock_getres, 1, NULL));
	show("time at the edge", RAW(SYS_clock_gettime, 1, p));
	show("time past the edge", RAW(SYS_clock_gettime, 1, (char *)p + 4));
	show("gettime bad pointer", RAW(SYS_clock_gettime, 0, BAD));
	show("gettime64 bad pointer", RAW(SYS_clock_gettime64, 0, BAD));
	show("gettime bad both", RAW(SYS_clock_gettime, 99, BAD));

	t = RAW(SYS_time, NULL);
	printf("time %d\n", t >= now - 1 && t <= now + 1);
	printf("time stored %d\n", RAW(SYS_time, &t) == t);
	show("time bad", RAW(SYS_time, BAD));
	show("gettimeofday", RAW(SYS_gettimeofday, &tv, &tz));
	printf("tz %d %d, near %d, usec %d\n", tz.tz_minuteswest, tz.tz_dsttime, abs(tv.sec - now) < 3,
	       tv.nsec >= 0 && tv.nsec < 1000000);
	show("gettimeofday null", RAW(SYS_gettimeofday, NULL, NULL));
	show("gettimeofday bad", RAW(SYS_gettimeofday, BAD, NULL));

	show("settime bad clock", RAW(SYS_clock_settime, 1, BAD));
	show("settime64 bad clock", RAW(SYS_clock_settime64, 1, BAD));
	show("settime bad pointer", RAW(SYS_clock_settime, 0, BAD));
	*p = (struct ts32){1, -1};
	show("settime bad value", RAW(SYS_clock_settime, 0, p));
	*p = (struct ts32){-1, 0};
	show("settime negative", RAW(SYS_clock_settime, 0, p));
	show("stime bad", RAW(SYS_stime, BAD));
	show("settimeofday bad", RAW(SYS_settimeofday, BAD, NULL));
	*p = (struct ts32){1, 1000001};
	show("settimeofday bad value", RAW(SYS_settimeofday, p, NULL));

	memset(tx, 0, 128);
	t = RAW(SYS_adjtimex, tx);
	printf("adjtimex %d, tick %d\n", t >= 0, ((int *)tx)[11]);
	q = (char *)tx + 4;
	show("adjtimex edge", RAW(SYS_adjtimex, q));
	memset(tx, 0, 128);
	printf("clock_adjtime %d\n", RAW(SYS_clock_adjtime, 0, tx) >= 0);
	printf("clock_adjtime64 %d, tick %lld\n", RAW(SYS_clock_adjtime64, 0, tx64) >= 0, tx64[11]);
	show("clock_adjtime clock", RAW(SYS_clock_adjtime, 1, tx));
	show("clock_adjtime64 clock", RAW(SYS_clock_adjtime64, 1, tx64));
	show("rr", RAW(SYS_sched_rr_get_interval, 0, p));
	show("rr bad", RAW(SYS_sched_rr_get_interval, 0, BAD));
	show("rr pid", RAW(SYS_sched_rr_get_interval, -1, p));
	return 0;
}

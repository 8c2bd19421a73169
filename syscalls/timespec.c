/* SPDX-License-Identifier: MIT */
/* Copying times in their 32-bit and 64-bit layouts. */
#include "syscalls/timespec.h"

#include <stdint.h>
#include <sys/time.h>

#include "emu/window.h"
#include "ioctl-tables/syscall-layouts.h"

int timespec_in32(struct timespec *ts, gaddr at)
{
	struct g_timespec t;
	int r = guest_get(&t, at);

	if (r == 0)
		*ts = (struct timespec){t.sec, t.nsec};
	return r;
}

int timespec_out32(gaddr at, const struct timespec *ts)
{
	struct g_timespec t = {(int32_t)ts->tv_sec, (int32_t)ts->tv_nsec};

	return guest_put(at, &t);
}

int timespec_in64(struct timespec *ts, gaddr at)
{
	struct g_timespec64 t;
	int r = guest_get(&t, at);

	if (r == 0)
		*ts = (struct timespec){t.sec, (uint32_t)t.nsec};
	return r;
}

int timespec_out64(gaddr at, const struct timespec *ts)
{
	struct g_timespec64 t = {ts->tv_sec, ts->tv_nsec};

	return guest_put(at, &t);
}

int timespec_in(struct timespec *ts, gaddr at, bool time64, struct timespec **ret_ptr)
{
	*ret_ptr = at.v ? ts : NULL;
	if (!at.v)
		return 0;
	return time64 ? timespec_in64(ts, at) : timespec_in32(ts, at);
}

int timespec_out(gaddr at, const struct timespec *ts, bool time64)
{
	return time64 ? timespec_out64(at, ts) : timespec_out32(at, ts);
}

int timeval_in32(struct timeval *tv, gaddr at)
{
	struct g_timespec t;
	int r = guest_get(&t, at);

	if (r == 0)
		*tv = (struct timeval){t.sec, t.nsec};
	return r;
}

int timeval_out32(gaddr at, const struct timeval *tv)
{
	struct g_timespec t = {(int32_t)tv->tv_sec, (int32_t)tv->tv_usec};

	return guest_put(at, &t);
}

int itimerspec_in(struct itimerspec *its, gaddr at, bool time64)
{
	struct timespec *p;
	int r = timespec_in(&its->it_interval, at, time64, &p);

	if (r < 0)
		return r;
	return timespec_in(&its->it_value, ga_add(at, time64 ? 16 : 8), time64, &p);
}

int itimerspec_out(gaddr at, const struct itimerspec *its, bool time64)
{
	int r = timespec_out(at, &its->it_interval, time64);

	if (r < 0)
		return r;
	return timespec_out(ga_add(at, time64 ? 16 : 8), &its->it_value, time64);
}

void timespec_add(struct timespec *later, const struct timespec *now, const struct timespec *d)
{
	long nsec = now->tv_nsec + d->tv_nsec;

	if (__builtin_add_overflow(now->tv_sec, d->tv_sec, &later->tv_sec) ||
	    __builtin_add_overflow(later->tv_sec, nsec >= 1000000000, &later->tv_sec)) {
		*later = (struct timespec){INT64_MAX, 0};
		return;
	}
	later->tv_nsec = nsec % 1000000000;
}

void timespec_left(struct timespec *left, const struct timespec *until, const struct timespec *now)
{
	left->tv_sec = until->tv_sec - now->tv_sec;
	left->tv_nsec = until->tv_nsec - now->tv_nsec;
	if (left->tv_nsec < 0) {
		left->tv_sec--;
		left->tv_nsec += 1000000000;
	}
	if (left->tv_sec < 0)
		*left = (struct timespec){0, 0};
}

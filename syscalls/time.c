/* SPDX-License-Identifier: MIT */
/* How guest clocks reach the host: the same clocks, read without entering the kernel where the host's vDSO can. */
#define _GNU_SOURCE
#include "emu/host_clock.h"
#include "syscalls/time.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>

#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/timespec.h"

/* ---- wall clock ---- */

SYS(time)
{
	struct timespec ts;
	uint32_t now;

	host_clock(CLOCK_REALTIME_COARSE, &ts);
	now = (uint32_t)ts.tv_sec;
	if (a[0])
		TRY(guest_put(ga(a[0]), &now));
	return now;
}

SYS(stime)
{
	struct timespec ts = {0};
	int32_t sec;

	TRY(guest_get(&sec, ga(a[0])));
	ts.tv_sec = sec;
	return sys_raw(SYS_clock_settime, CLOCK_REALTIME, &ts);
}

SYS(gettimeofday)
{
	struct timespec ts;

	if (a[0]) {
		host_clock(CLOCK_REALTIME, &ts);
		TRY(timeval_out32(ga(a[0]), &(struct timeval){ts.tv_sec, ts.tv_nsec / 1000}));
	}
	return a[1] ? sys_raw(SYS_gettimeofday, NULL, guest_out(ga(a[1]), sizeof(struct timezone))) : 0;
}

SYS(settimeofday)
{
	struct timeval tv;

	if (a[0])
		TRY(timeval_in32(&tv, ga(a[0])));
	return sys_raw(SYS_settimeofday, a[0] ? &tv : NULL, guest_ptr(ga(a[1])));
}

/* ---- clock_* ---- */

static gret gettime(const uint32_t a[6], bool time64)
{
	struct timespec ts;

	TRY(host_clock((int)a[0], &ts));
	return timespec_out(ga(a[1]), &ts, time64);
}

SYS(clock_gettime)
{
	return gettime(a, false);
}

SYS(clock_gettime64)
{
	return gettime(a, true);
}

static gret settime(const uint32_t a[6], bool time64)
{
	struct timespec ts;
	int r = time64 ? timespec_in64(&ts, ga(a[1])) : timespec_in32(&ts, ga(a[1]));

	return sys_raw(SYS_clock_settime, (int)a[0], r < 0 ? BAD_POINTER : &ts);
}

SYS(clock_settime)
{
	return settime(a, false);
}

SYS(clock_settime64)
{
	return settime(a, true);
}

static gret getres(const uint32_t a[6], bool time64)
{
	struct timespec ts;

	TRY(sys_raw(SYS_clock_getres, (int)a[0], &ts));
	return a[1] ? timespec_out(ga(a[1]), &ts, time64) : 0;
}

SYS(clock_getres)
{
	return getres(a, false);
}

SYS(clock_getres_time64)
{
	return getres(a, true);
}

static gret rr_interval(const uint32_t a[6], bool time64)
{
	struct timespec ts;

	TRY(sys_raw(SYS_sched_rr_get_interval, (int)a[0], &ts));
	return timespec_out(ga(a[1]), &ts, time64);
}

SYS(sched_rr_get_interval)
{
	return rr_interval(a, false);
}

SYS(sched_rr_get_interval_time64)
{
	return rr_interval(a, true);
}

/* ---- adjusting: struct timex with 32-bit longs ---- */

static void timex_in(struct timex *t, const struct g_timex *g)
{
	*t = (struct timex){
		.modes = g->modes,
		.offset = g->offset,
		.freq = g->freq,
		.maxerror = g->maxerror,
		.esterror = g->esterror,
		.status = g->status,
		.constant = g->constant,
		.precision = g->precision,
		.tolerance = g->tolerance,
		.time = {g->time.sec, g->time.usec},
		.tick = g->tick,
		.ppsfreq = g->ppsfreq,
		.jitter = g->jitter,
		.shift = g->shift,
		.stabil = g->stabil,
		.jitcnt = g->jitcnt,
		.calcnt = g->calcnt,
		.errcnt = g->errcnt,
		.stbcnt = g->stbcnt,
	};
}

static void timex_out(struct g_timex *g, const struct timex *t)
{
	*g = (struct g_timex){
		.modes = t->modes,
		.offset = (int32_t)t->offset,
		.freq = (int32_t)t->freq,
		.maxerror = (int32_t)t->maxerror,
		.esterror = (int32_t)t->esterror,
		.status = t->status,
		.constant = (int32_t)t->constant,
		.precision = (int32_t)t->precision,
		.tolerance = (int32_t)t->tolerance,
		.time = {(int32_t)t->time.tv_sec, (int32_t)t->time.tv_usec},
		.tick = (int32_t)t->tick,
		.ppsfreq = (int32_t)t->ppsfreq,
		.jitter = (int32_t)t->jitter,
		.shift = t->shift,
		.stabil = (int32_t)t->stabil,
		.jitcnt = (int32_t)t->jitcnt,
		.calcnt = (int32_t)t->calcnt,
		.errcnt = (int32_t)t->errcnt,
		.stbcnt = (int32_t)t->stbcnt,
		.tai = t->tai,
	};
}

static gret adjust(int clock, gaddr at)
{
	struct g_timex g;
	struct timex t;
	gret r;

	TRY(guest_get(&g, at));
	timex_in(&t, &g);
	r = sys_raw(SYS_clock_adjtime, clock, &t);
	if (r < 0)
		return r;
	timex_out(&g, &t);
	TRY(guest_put(at, &g));
	return r;
}

SYS(adjtimex)
{
	return adjust(CLOCK_REALTIME, ga(a[0]));
}

SYS(clock_adjtime)
{
	return adjust((int)a[0], ga(a[1]));
}

/* struct __kernel_timex is the same everywhere. */
SYS(clock_adjtime64)
{
	return sys_raw(SYS_clock_adjtime, (int)a[0], guest_out(ga(a[1]), sizeof(struct timex)));
}

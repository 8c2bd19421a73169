/* SPDX-License-Identifier: MIT */
/* Sleeping with its remaining time and restart, interval timers, POSIX timers, timer descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "emu/host_clock.h"
#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/restart.h"
#include "syscalls/time.h"
#include "syscalls/timespec.h"

/* ---- sleeping ---- */

/* To an absolute time, so that going on after a stop needs no arithmetic: v = clock, sec, nsec, rem, time64. */
static gret sleep_until(struct cpu *cpu, const struct restart *s)
{
	struct timespec until = {(time_t)s->v[1], (long)s->v[2]}, now, left;
	clockid_t clock = (clockid_t)s->v[0];
	gret r;

	do
		r = sys_safe(cpu, SYS_clock_nanosleep, clock, TIMER_ABSTIME, &until, NULL);
	while (restart_again(cpu, r));
	if (r == -ERESTARTSYS) { /* not begun: the signal comes first */
		restart_later(s);
		return -ERESTARTNOINTR;
	}
	if (r != -EINTR)
		return r;
	host_clock(clock, &now);
	timespec_left(&left, &until, &now);
	if (!left.tv_sec && !left.tv_nsec)
		return 0;
	if (s->v[3])
		TRY(timespec_out(ga((uint32_t)s->v[3]), &left, s->v[4]));
	return restart_later(s);
}

/* Relative sleep. On CLOCK_REALTIME it is not affected by setting that clock: it is monotonic. */
static gret sleep_for(struct cpu *cpu, clockid_t clock, const struct timespec *d, gaddr rem, bool time64)
{
	struct restart s = {sleep_until, {0, 0, 0, rem.v, time64, 0}};
	struct timespec now, until;

	if (clock == CLOCK_REALTIME)
		clock = CLOCK_MONOTONIC;
	if (!timespec_valid(d) || host_clock(clock, &now) != 0)
		return sys_raw(SYS_clock_nanosleep, clock, 0, d, NULL);
	timespec_add(&until, &now, d);
	s.v[0] = (uint64_t)clock;
	s.v[1] = (uint64_t)until.tv_sec;
	s.v[2] = (uint64_t)until.tv_nsec;
	return sleep_until(cpu, &s);
}

SYS(nanosleep)
{
	struct timespec ts;

	TRY(timespec_in32(&ts, ga(a[0])));
	return sleep_for(cpu, CLOCK_MONOTONIC, &ts, ga(a[1]), false);
}

static gret clock_sleep(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	struct timespec ts;
	gret r = time64 ? timespec_in64(&ts, ga(a[2])) : timespec_in32(&ts, ga(a[2]));

	if (r < 0)
		return sys_raw(SYS_clock_nanosleep, (int)a[0], (int)a[1], BAD_POINTER, NULL);
	if (!(a[1] & TIMER_ABSTIME) && (int)a[0] >= 0 && a[0] != CLOCK_THREAD_CPUTIME_ID)
		return sleep_for(cpu, (clockid_t)a[0], &ts, ga(a[3]), time64);
	do
		r = sys_safe(cpu, SYS_clock_nanosleep, (int)a[0], (int)a[1], &ts, NULL);
	while (restart_again(cpu, r));
	return r == -EINTR ? -ERESTARTNOHAND : r == -ERESTARTSYS ? -ERESTARTNOINTR : r;
}

SYS(clock_nanosleep)
{
	return clock_sleep(cpu, a, false);
}

SYS(clock_nanosleep_time64)
{
	return clock_sleep(cpu, a, true);
}

/* ---- interval timers ---- */

static int itimerval_in(struct itimerval *it, gaddr at)
{
	int r = timeval_in32(&it->it_interval, at);

	return r < 0 ? r : timeval_in32(&it->it_value, ga_add(at, 8));
}

static int itimerval_out(gaddr at, const struct itimerval *it)
{
	int r = timeval_out32(at, &it->it_interval);

	return r < 0 ? r : timeval_out32(ga_add(at, 8), &it->it_value);
}

SYS(getitimer)
{
	struct itimerval it;

	TRY(sys_raw(SYS_getitimer, (int)a[0], &it));
	return itimerval_out(ga(a[1]), &it);
}

SYS(setitimer)
{
	struct itimerval new = {0}, old;

	if (a[1])
		TRY(itimerval_in(&new, ga(a[1])));
	TRY(sys_raw(SYS_setitimer, (int)a[0], &new, a[2] ? &old : NULL));
	return a[2] ? itimerval_out(ga(a[2]), &old) : 0;
}

/* ---- POSIX timers ---- */

int sigevent_in(struct sigevent *ev, gaddr at)
{
	struct g_sigevent g;
	int r = guest_get(&g, at);

	if (r < 0)
		return r;
	memset(ev, 0, sizeof *ev);
	ev->sigev_value.sival_ptr = (void *)(uintptr_t)g.value.ptr;
	ev->sigev_signo = g.signo;
	ev->sigev_notify = g.notify;
	ev->_sigev_un._tid = g._sigev_un._tid;
	return 0;
}

SYS(timer_create)
{
	struct sigevent ev;

	if (a[1])
		TRY(sigevent_in(&ev, ga(a[1])));
	return sys_raw(SYS_timer_create, (int)a[0], a[1] ? &ev : NULL, guest_out(ga(a[2]), 4));
}

static gret timer_set(const uint32_t a[6], bool time64)
{
	struct itimerspec new, old;

	if (!a[2])
		return -EINVAL;
	TRY(itimerspec_in(&new, ga(a[2]), time64));
	TRY(sys_raw(SYS_timer_settime, (int)a[0], (int)a[1], &new, a[3] ? &old : NULL));
	return a[3] ? itimerspec_out(ga(a[3]), &old, time64) : 0;
}

SYS(timer_settime)
{
	return timer_set(a, false);
}

SYS(timer_settime64)
{
	return timer_set(a, true);
}

static gret timer_get(const uint32_t a[6], bool time64)
{
	struct itimerspec its;

	TRY(sys_raw(SYS_timer_gettime, (int)a[0], &its));
	return itimerspec_out(ga(a[1]), &its, time64);
}

SYS(timer_gettime)
{
	return timer_get(a, false);
}

SYS(timer_gettime64)
{
	return timer_get(a, true);
}

SYS(timer_getoverrun)
{
	return sys_raw(SYS_timer_getoverrun, (int)a[0]);
}

SYS(timer_delete)
{
	return sys_raw(SYS_timer_delete, (int)a[0]);
}

/* ---- timer descriptors ---- */

static gret timerfd_set(const uint32_t a[6], bool time64)
{
	struct itimerspec new, old;

	TRY(itimerspec_in(&new, ga(a[2]), time64));
	TRY(sys_raw(SYS_timerfd_settime, (int)a[0], (int)a[1], &new, a[3] ? &old : NULL));
	return a[3] ? itimerspec_out(ga(a[3]), &old, time64) : 0;
}

SYS(timerfd_settime)
{
	return timerfd_set(a, false);
}

SYS(timerfd_settime64)
{
	return timerfd_set(a, true);
}

static gret timerfd_get(const uint32_t a[6], bool time64)
{
	struct itimerspec its;

	TRY(sys_raw(SYS_timerfd_gettime, (int)a[0], &its));
	return itimerspec_out(ga(a[1]), &its, time64);
}

SYS(timerfd_gettime)
{
	return timerfd_get(a, false);
}

SYS(timerfd_gettime64)
{
	return timerfd_get(a, true);
}

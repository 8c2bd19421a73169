/* SPDX-License-Identifier: MIT */
/* Times on their way between a 32-bit guest and the host. 0 or -EFAULT; what a time means is the kernel's to check. */
#ifndef STRAIT_SYSCALLS_TIMESPEC_H
#define STRAIT_SYSCALLS_TIMESPEC_H

#include <stdbool.h>
#include <time.h>

#include "emu/gaddr.h"

struct timeval;
struct itimerspec;

/* struct old_timespec32; struct __kernel_timespec, whose upper half of nsec 32-bit tasks leave undefined. */
int timespec_in32(struct timespec *ts, gaddr at);
int timespec_out32(gaddr at, const struct timespec *ts);
int timespec_in64(struct timespec *ts, gaddr at);
int timespec_out64(gaddr at, const struct timespec *ts);
/* Either, as the call is; a NULL address gives NULL. */
int timespec_in(struct timespec *ts, gaddr at, bool time64, struct timespec **ret_ptr);
int timespec_out(gaddr at, const struct timespec *ts, bool time64);

int timeval_in32(struct timeval *tv, gaddr at);
int timeval_out32(gaddr at, const struct timeval *tv);

int itimerspec_in(struct itimerspec *its, gaddr at, bool time64);
int itimerspec_out(gaddr at, const struct itimerspec *its, bool time64);

static inline bool timespec_valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000;
}

/* later = now + d, saturating as the kernel does */
void timespec_add(struct timespec *later, const struct timespec *now, const struct timespec *d);
/* left = until - now, 0 if that is past */
void timespec_left(struct timespec *left, const struct timespec *until, const struct timespec *now);

#endif

/* SPDX-License-Identifier: MIT */
/* Clocks, sleeping and timers: the handlers of time.c, sleep.c and timers.c. */
#ifndef STRAIT_SYSCALLS_TIME_H
#define STRAIT_SYSCALLS_TIME_H

#include "syscalls/fs.h"

/* clocks (time.c) */
SYS(time); SYS(stime); SYS(gettimeofday); SYS(settimeofday); SYS(adjtimex);
SYS(clock_gettime); SYS(clock_settime); SYS(clock_getres); SYS(clock_adjtime);
SYS(clock_gettime64); SYS(clock_settime64); SYS(clock_getres_time64); SYS(clock_adjtime64);
SYS(sched_rr_get_interval); SYS(sched_rr_get_interval_time64);

/* sleeping and timers (timers.c) */
SYS(nanosleep); SYS(clock_nanosleep); SYS(clock_nanosleep_time64);
SYS(getitimer); SYS(setitimer);
SYS(timer_create); SYS(timer_settime); SYS(timer_gettime); SYS(timer_settime64); SYS(timer_gettime64);
SYS(timer_getoverrun); SYS(timer_delete);
SYS(timerfd_settime); SYS(timerfd_gettime); SYS(timerfd_settime64); SYS(timerfd_gettime64);

/* struct sigevent of a 32-bit guest, as the host kernel takes it. 0 or -EFAULT. */
struct sigevent;
int sigevent_in(struct sigevent *ev, gaddr at);

/* No memory of anybody: the host kernel answers EFAULT when, in its own order of checks, it gets there. */
#define BAD_POINTER ((void *)~4095ul)

#endif

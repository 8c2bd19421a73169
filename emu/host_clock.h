/* SPDX-License-Identifier: MIT */
/* The host's clocks, read through its vDSO without a system call. */
#ifndef STRAIT_HOST_CLOCK_H
#define STRAIT_HOST_CLOCK_H

#include <time.h>

/* As the system call: 0 or a negative errno. */
long host_clock(clockid_t clock, struct timespec *t);

#endif

/* SPDX-License-Identifier: MIT */
/* Times as the C library lays them out: with 64 bits on a 32-bit ABI only when asked for (-D_TIME_BITS=64). */
#pragma once

#include <linux/types.h>

#if _TIME_BITS == 64 && __SIZEOF_LONG__ == 4
#define __USE_TIME_BITS64 1
typedef long long time_t;
typedef long long suseconds_t;
struct timespec {
	time_t tv_sec;
	long tv_nsec;
	int : 32;
};
#else
typedef __kernel_old_time_t time_t;
typedef __kernel_suseconds_t suseconds_t;
struct timespec {
	time_t tv_sec;
	long tv_nsec;
};
#endif
struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};
/* <linux/time.h> would define them again. */
#define _STRUCT_TIMESPEC
#define _LINUX_TIME_H

/* SPDX-License-Identifier: MIT */
/* What a guest's vDSO asks of the host: 0F 3F n on x86, UDF 0x5an on ARM. Arguments as the C functions have them. */
#ifndef STRAIT_VDSO_SERVICES_H
#define STRAIT_VDSO_SERVICES_H

#define VDSO_CLOCK_GETTIME 1
#define VDSO_CLOCK_GETTIME64 2
#define VDSO_GETTIMEOFDAY 3
#define VDSO_TIME 4
#define VDSO_GETCPU 5
#define VDSO_CLOCK_GETRES 6

#endif

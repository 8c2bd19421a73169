/* SPDX-License-Identifier: MIT */
#pragma once
#include <endian.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef __kernel_pid_t pid_t;
typedef __kernel_uid32_t uid_t;
typedef __kernel_gid32_t gid_t;
typedef unsigned int mode_t;
typedef long long loff_t;
typedef __kernel_long_t off_t;
typedef long ssize_t;
typedef unsigned long long dev_t;
typedef unsigned char u_int8_t;
typedef unsigned short u_int16_t;
typedef unsigned int u_int32_t;
typedef unsigned long long u_int64_t;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef __kernel_ulong_t ino_t;
typedef char *caddr_t;

/* SPDX-License-Identifier: MIT */
#pragma once

#define PATH_MAX 4096
#define INT_MAX 0x7fffffff
#define INT_MIN (-INT_MAX - 1)

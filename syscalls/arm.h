/* SPDX-License-Identifier: MIT */
/* Calls that only ARM has: a range of numbers of its own. */
#ifndef STRAIT_SYSCALLS_ARM_H
#define STRAIT_SYSCALLS_ARM_H

#include "syscalls/row.h"

#define ARM_PRIVATE_BASE 0xf0000u
#define ARM_PRIVATE_ROWS 7

extern const struct syscall_row arm_private_rows[ARM_PRIVATE_ROWS];

#endif

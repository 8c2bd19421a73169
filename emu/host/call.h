/* SPDX-License-Identifier: MIT */
/*
 * Host system calls in place, for what every guest's call runs through: some processors forget where returns go when the kernel
 * changes page tables, so that each return behind a call costs as much as a wrong guess. Else: sys_raw and sys_safe in syscalls/row.h.
 */
#ifndef STRAIT_HOST_CALL_H
#define STRAIT_HOST_CALL_H

/*
 * host_call0(nr), host_call(nr, a[6]): the result, as sys_raw has it. host_call_safe3(&cpu->attention, nr, a, b, c) and
 * host_call_safe(.., a[6]): given up with -ERESTARTSYS while that is not 0, as sys_safe. Each host has its own: its directory is searched.
 */
#include "host_call.h"

#endif

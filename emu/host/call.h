/* SPDX-License-Identifier: MIT */
/*
 * Host system calls in place, for what every guest's call runs through: some processors forget where returns go when the kernel
 * changes page tables, so that each return behind a call costs as much as a wrong guess. Else: sys_raw and sys_safe in syscalls/row.h.
 */
#ifndef STRAIT_HOST_CALL_H
#define STRAIT_HOST_CALL_H

#ifdef __x86_64__
#include "emu/host/x86-64/call.h"
#endif

#endif

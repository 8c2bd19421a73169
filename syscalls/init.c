/* SPDX-License-Identifier: MIT */
/* Which guest has which table of calls and which layouts: emu/ knows neither. */
#include "syscalls/abi.h"
#include "syscalls/arm.h"
#include "syscalls/row.h"

void syscalls_init(void)
{
	guest_i386.rows = syscall_rows_i386;
	guest_i386.n_rows = n_syscall_rows_i386;
	guest_i386.abi = &guest_abi_i386;
	guest_arm.rows = syscall_rows_arm;
	guest_arm.n_rows = n_syscall_rows_arm;
	guest_arm.private_rows = arm_private_rows;
	guest_arm.private_base = ARM_PRIVATE_BASE;
	guest_arm.n_private_rows = ARM_PRIVATE_ROWS;
	guest_arm.abi = &guest_abi_arm;
}

/* SPDX-License-Identifier: MIT */
/* Which guest has which table of calls and which layouts: emu/ knows neither. */
#include "syscalls/abi.h"
#include "syscalls/row.h"

void syscalls_init(void)
{
	guest_i386.rows = syscall_rows_i386;
	guest_i386.n_rows = n_syscall_rows_i386;
	guest_i386.abi = &guest_abi_i386;
}

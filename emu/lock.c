/* SPDX-License-Identifier: MIT */
/* The slow half of the futex mutex. */
#include "emu/lock.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "syscalls/row.h"

void lock_wait(struct lock *l)
{
	while (atomic_exchange_explicit(&l->state, 2, memory_order_acquire) != 0)
		sys_raw(SYS_futex, &l->state, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void lock_wake(struct lock *l)
{
	sys_raw(SYS_futex, &l->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

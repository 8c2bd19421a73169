/* SPDX-License-Identifier: MIT */
/* The slow half of the futex mutex. */
#include "emu/lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>

#include "syscalls/row.h"

#define PATIENCE_NS 50000000

_Thread_local int lock_pid;

static bool is_dead(int pid)
{
	struct pollfd death = {.fd = (int)sys_raw(SYS_pidfd_open, pid, 0), .events = POLLIN};
	bool dead;

	if (death.fd < 0)
		return death.fd == -ESRCH;
	dead = sys_raw(SYS_poll, &death, 1, 0) == 1;
	sys_raw(SYS_close, death.fd);
	return dead;
}

void lock_wait(struct lock *l)
{
	struct timespec patience = {.tv_nsec = PATIENCE_NS};

	while (atomic_exchange_explicit(&l->state, 2, memory_order_acquire) != 0) {
		int owner = l->pid;

		if (sys_raw(SYS_futex, &l->state, FUTEX_WAIT_PRIVATE, 2, &patience, NULL, 0) == -ETIMEDOUT && owner > 0 &&
		    owner != lock_pid && owner == l->pid && is_dead(owner))
			return;
	}
}

void lock_wake(struct lock *l)
{
	sys_raw(SYS_futex, &l->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* SPDX-License-Identifier: MIT */
/*
 * A futex mutex that needs no libc: usable in signal handlers (with signals blocked) and across fork. One held by a
 * process that shares this memory, as a vfork child does, and was killed, is taken from it.
 */
#ifndef STRAIT_LOCK_H
#define STRAIT_LOCK_H

#include <stdatomic.h>

struct lock {
	atomic_int state; /* 0 free, 1 taken, 2 taken and waited for */
	int pid;          /* whose it is while taken */
};

extern _Thread_local int lock_pid; /* of this thread's process; 0: not known yet */

void lock_wait(struct lock *l);
void lock_wake(struct lock *l);

static inline void lock_take(struct lock *l)
{
	int free = 0;

	if (!atomic_compare_exchange_strong_explicit(&l->state, &free, 1, memory_order_acquire, memory_order_relaxed))
		lock_wait(l);
	l->pid = lock_pid;
}

static inline void lock_drop(struct lock *l)
{
	if (atomic_exchange_explicit(&l->state, 0, memory_order_release) == 2)
		lock_wake(l);
}

#endif

/* SPDX-License-Identifier: MIT */
/* Futexes: the word is the guest's own memory, so the host kernel does all of it; times and pointers are converted. */
#define _GNU_SOURCE
#include "emu/host_clock.h"
#include "syscalls/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "syscalls/restart.h"
#include "syscalls/row.h"
#include "syscalls/timespec.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
enum { NR_FUTEX_WAKE = 454, NR_FUTEX_WAIT = 455, NR_FUTEX_REQUEUE = 456 }; /* one number everywhere */

static bool has_timeout(int cmd)
{
	switch (cmd) {
	case FUTEX_WAIT:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
		return true;
	}
	return false;
}

/* FUTEX_WAIT with a timeout, made absolute so that it can go on where it was: v = uaddr, op, val, sec, nsec. */
static gret wait_until(struct cpu *cpu, const struct restart *w)
{
	struct timespec until = {(time_t)w->v[3], (long)w->v[4]};
	int op = (int)(w->v[1] & FUTEX_PRIVATE_FLAG) | FUTEX_WAIT_BITSET;
	gret r;

	do
		r = sys_safe(cpu, SYS_futex, w->v[0], op, w->v[2], &until, NULL, FUTEX_BITSET_MATCH_ANY);
	while (restart_again(cpu, r));
	if (r != -EINTR && r != -ERESTARTSYS)
		return r;
	restart_later(w);
	return r == -EINTR ? -ERESTART_RESTARTBLOCK : -ERESTARTNOINTR; /* not begun: the signal comes first */
}

static gret wait_for(struct cpu *cpu, void *uaddr, int op, uint32_t val, const struct timespec *d)
{
	struct restart w = {wait_until, {(uintptr_t)uaddr, (uint32_t)op, val, 0, 0, 0}};
	struct timespec now, until;

	host_clock(CLOCK_MONOTONIC, &now);
	timespec_add(&until, &now, d);
	w.v[3] = (uint64_t)until.tv_sec;
	w.v[4] = (uint64_t)until.tv_nsec;
	return wait_until(cpu, &w);
}

static gret futex(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	int op = (int)a[1], cmd = op & FUTEX_CMD_MASK;
	void *uaddr = guest_ptr(ga(a[0])), *uaddr2 = guest_ptr(ga(a[4]));
	struct timespec ts, *tp;
	gret r;

	if (cmd == FUTEX_WAKE_OP || cmd == FUTEX_UNLOCK_PI || cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 ||
	    cmd == FUTEX_TRYLOCK_PI)
		guest_out(ga(cmd == FUTEX_WAKE_OP ? a[4] : a[0]), 4);
	if (!has_timeout(cmd)) /* there is a second number where the timeout would be */
		return sys_safe(cpu, SYS_futex, uaddr, op, a[2], a[3], uaddr2, a[5]);
	TRY(timespec_in(&ts, ga(a[3]), time64, &tp));
	if (tp && !timespec_valid(tp))
		return -EINVAL;
	if (cmd == FUTEX_WAIT && tp && !(op & FUTEX_CLOCK_REALTIME))
		return wait_for(cpu, uaddr, op, a[2], tp);
	do
		r = sys_safe(cpu, SYS_futex, uaddr, op, a[2], tp, uaddr2, a[5]);
	while (restart_again(cpu, r));
	if (r != -EINTR && r != -ERESTARTSYS)
		return r;
	/* As the kernel has it: locks go on whatever the handler is, waits with a timeout only without one. */
	if (cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 || (tp && r == -ERESTARTSYS))
		return -ERESTARTNOINTR;
	return tp ? -ERESTARTNOHAND : -ERESTARTSYS;
}

gret sys_futex(struct cpu *cpu, const uint32_t a[6])
{
	return futex(cpu, a, false);
}

gret sys_futex_time64(struct cpu *cpu, const uint32_t a[6])
{
	return futex(cpu, a, true);
}

/* struct futex_waitv: the same for all, with the address in 64 bits. One that is not the guest's faults. */
static void waitv_in(struct futex_waitv *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (w[i].uaddr >> 32)
			w[i].uaddr = 1ull << 63 | (w[i].uaddr & 7);
		else
			w[i].uaddr = (uintptr_t)guest_ptr(ga((uint32_t)w[i].uaddr));
	}
}

gret sys_futex_waitv(struct cpu *cpu, const uint32_t a[6])
{
	struct futex_waitv w[FUTEX_WAITV_MAX];
	struct timespec ts, *tp;
	gret r;

	if (a[2] != 0 || a[1] == 0 || a[1] > FUTEX_WAITV_MAX || !a[0])
		return -EINVAL;
	if (a[3] && a[4] != CLOCK_MONOTONIC && a[4] != CLOCK_REALTIME)
		return -EINVAL;
	TRY(timespec_in(&ts, ga(a[3]), true, &tp));
	if (tp && !timespec_valid(tp))
		return -EINVAL;
	TRY(guest_read(w, ga(a[0]), a[1] * sizeof *w));
	waitv_in(w, a[1]);
	r = sys_safe(cpu, SYS_futex_waitv, w, a[1], 0, tp, (int)a[4]);
	return r;
}

/* futex_wake(uaddr, unsigned long mask, int nr, flags) */
gret sys_futex_wake(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(NR_FUTEX_WAKE, guest_ptr(ga(a[0])), a[1], (int)a[2], a[3]);
}

/* futex_wait(uaddr, unsigned long val, unsigned long mask, flags, timespec64, clockid) */
gret sys_futex_wait(struct cpu *cpu, const uint32_t a[6])
{
	struct timespec ts, *tp;

	TRY(timespec_in(&ts, ga(a[4]), true, &tp));
	return sys_safe(cpu, NR_FUTEX_WAIT, guest_ptr(ga(a[0])), a[1], a[2], a[3], tp, (int)a[5]);
}

gret sys_futex_requeue(struct cpu *cpu, const uint32_t a[6])
{
	struct futex_waitv w[2];

	(void)cpu;
	if (a[1] != 0 || !a[0])
		return -EINVAL;
	TRY(guest_read(w, ga(a[0]), sizeof w));
	waitv_in(w, 2);
	return sys_raw(NR_FUTEX_REQUEUE, w, 0, (int)a[2], (int)a[3]);
}

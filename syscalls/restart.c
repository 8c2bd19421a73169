/* SPDX-License-Identifier: MIT */
/* restart_syscall: go on with the wait that was interrupted. */
#include "syscalls/restart.h"

#include <errno.h>

#include "syscalls/row.h"
#include "syscalls/signal.h"

static _Thread_local struct restart pending;

gret restart_later(const struct restart *r)
{
	pending = *r;
	return -ERESTART_RESTARTBLOCK;
}

bool restart_again(struct cpu *cpu, gret r)
{
	return r == -EINTR && !signal_woke(cpu);
}

gret sys_restart_syscall(struct cpu *cpu, const uint32_t a[6])
{
	struct restart r = pending;

	(void)a;
	return r.fn ? r.fn(cpu, &r) : -EINTR;
}

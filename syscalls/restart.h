/* SPDX-License-Identifier: MIT */
/*
 * The kernel's restart block: how a wait that was interrupted without a handler goes on (restart_syscall). A handler
 * fills cpu's block and returns -ERESTART_RESTARTBLOCK; it becomes EINTR if a signal handler of the guest runs.
 */
#ifndef STRAIT_SYSCALLS_RESTART_H
#define STRAIT_SYSCALLS_RESTART_H

#include "emu/cpu.h"

struct restart {
	gret (*fn)(struct cpu *cpu, const struct restart *r); /* may set the block up again */
	uint64_t v[6];
};

/* Returns -ERESTART_RESTARTBLOCK. */
gret restart_later(const struct restart *r);
/* A wait to an absolute time ended with r: by something that is not the guest's business? Then wait again. */
bool restart_again(struct cpu *cpu, gret r);

gret sys_restart_syscall(struct cpu *cpu, const uint32_t a[6]);

#endif

/* SPDX-License-Identifier: MIT */
/* Core files of the guest. */
#ifndef STRAIT_SYSCALLS_CORE_H
#define STRAIT_SYSCALLS_CORE_H

#include <signal.h>
#include <stdbool.h>

#include "emu/cpu.h"

/* The process is about to die of sig: writes its core file if the signal, the limits and core_pattern say so. Did it? */
bool core_dump(struct cpu *cpu, int sig, const siginfo_t *info);
/* Then: the host kernel is to report a core dump to the parent, but must leave nothing of its own behind. */
void core_report(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Guest path names on their way to the host: -L prefix and what /proc is to show of emulated processes. */
#ifndef STRAIT_SYSCALLS_PATH_H
#define STRAIT_SYSCALLS_PATH_H

#include <limits.h>

#include "emu/cpu.h"

/* The path at p for the host kernel: the guest's own bytes, or buf when it had to be changed. A bad pointer, an empty
 * or an overlong path stays the guest's, so that the kernel says what is wrong. */
const char *path_in(struct cpu *cpu, gaddr p, char buf[PATH_MAX]);
/* -L: set by main when it is given. Returns path itself or buf. */
extern const char *(*path_translate)(const char *path, char buf[PATH_MAX]);
/* chroot or pivot_root: the prefix of -L falls away. */
void path_root_changed(void);

#endif

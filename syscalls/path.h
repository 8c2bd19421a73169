/* SPDX-License-Identifier: MIT */
/* Guest path names on their way to the host: -L prefix and what /proc is to show of emulated processes. */
#ifndef STRAIT_SYSCALLS_PATH_H
#define STRAIT_SYSCALLS_PATH_H

#include <limits.h>

#include "emu/cpu.h"

/* The path at p for the host kernel: the guest's own bytes, or buf when it had to be changed. A bad pointer, an empty
 * or an overlong path stays the guest's, so that the kernel says what is wrong. With AT_SYMLINK_NOFOLLOW in at_flags
 * a link at its end is itself meant. */
const char *path_in(struct cpu *cpu, gaddr p, char buf[PATH_MAX], int at_flags);
/* Two names of one call (rename, link): what is under -L's prefix does not leave it for want of the other name. */
void path_pair_in(struct cpu *cpu, const gaddr p[2], char buf[2][PATH_MAX], const char *ret[2]);
/* What a path leads to: the file behind a link at its end, the link, or a name that need not be there, only its directory. */
enum path_end { PATH_FILE, PATH_LINK, PATH_NEW };
/* -L: set by main when it is given. Returns path itself or buf. */
extern const char *(*path_translate)(const char *path, char buf[PATH_MAX], enum path_end end);
/* The other way: the name by which the guest finds what the host calls path. NULL when path_translate is. */
extern const char *(*path_shown)(const char *path);
/* chroot or pivot_root: the prefix of -L falls away. */
void path_root_changed(void);

#endif

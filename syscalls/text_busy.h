/* SPDX-License-Identifier: MIT */
/*
 * A program that runs may not be opened for writing: ETXTBSY. The host's kernel denies that only for what it executes itself, and that is
 * us. So whoever runs a program holds a lock on its file, which all that share the process's memory or come from it by fork hold on to,
 * and goes with the last of them. Host programs do not look at it.
 */
#ifndef STRAIT_SYSCALLS_TEXT_BUSY_H
#define STRAIT_SYSCALLS_TEXT_BUSY_H

#include <stdbool.h>

/* The file behind fd, open for reading, runs as long as fd or a copy of it is open. */
void text_hold(int fd);
/* Does it run? By name: of a plain file that can be opened; false if it is none. */
bool text_is_busy(int fd);
bool text_is_busy_at(const char *path);

#endif

/* SPDX-License-Identifier: MIT */
/* What is said about ioctls: refusals, and the list of all. */
#ifndef STRAIT_SYSCALLS_IOCTL_REPORT_H
#define STRAIT_SYSCALLS_IOCTL_REPORT_H

#include <stdbool.h>

#include "emu/gaddr.h"

enum ioctl_refusal {
	IOCTL_UNKNOWN,   /* no list allows the command */
	IOCTL_ELSEWHERE, /* one does, but not on this device */
	IOCTL_POLICY,    /* --ioctl-policy does not */
	IOCTL_UNLISTED,  /* on a device whose commands nobody can list; it could */
};

/* --audit FILE: refusals go there, as JSON, a line each; -1: in words to where other reports go. */
extern int ioctl_audit_fd;

/* Count it, say it once for each command. The guest's result: ENOTTY, or EBADF. */
gret ioctl_refuse(int fd, uint32_t cmd, enum ioctl_refusal why);

/* --list-ioctls: every command of the kernel's headers, its number and what becomes of it. */
void ioctl_list(bool json);

#endif

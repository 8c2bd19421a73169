/* SPDX-License-Identifier: MIT */
/* Which classes of the ioctl tables an open file is of. */
#ifndef STRAIT_SYSCALLS_IOCTL_CLASS_H
#define STRAIT_SYSCALLS_IOCTL_CLASS_H

#include <stdbool.h>

#include "emu/cpu.h"

#define IOCTL_CLASSES_MAX 256

struct ioctl_kind {
	uint64_t bits[IOCTL_CLASSES_MAX / 64];   /* classes, as far as the policy allows them */
	uint64_t denied[IOCTL_CLASSES_MAX / 64]; /* those that it does not */
	uint32_t device;                         /* a character or block device */
	uint32_t encoded;                        /* of a class that the policy admits unlisted commands for */
	uint32_t could;                          /* it could */
	uint32_t events;                         /* an input device or its maker: events.c */
	uint32_t faults;                         /* a userfaultfd */
};

/* The classes of fd, as far as policy allows them; kept with the descriptor. NULL: not a descriptor. */
const struct ioctl_kind *ioctl_kind(struct cpu *cpu, int fd);

static inline bool ioctl_of_class(const uint64_t *bits, unsigned class)
{
	return bits[class / 64] >> (class % 64) & 1;
}

/*
 * --ioctl-policy "drm,evdev,!usb,+cuse": only those with and none of those behind "!"; class any stays. "+": of that class, commands that
 * no list knows too, as their numbers say. False: *ret_bad is no class, or none that "+" is for.
 */
bool ioctl_policy_set(const char *policy, const char **ret_bad);

#endif

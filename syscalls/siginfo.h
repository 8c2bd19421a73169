/* SPDX-License-Identifier: MIT */
/* struct siginfo of 32-bit guests and of the host, both ways, for every family of si_code. */
#ifndef STRAIT_SYSCALLS_SIGINFO_H
#define STRAIT_SYSCALLS_SIGINFO_H

#include <signal.h>

#define GUEST_SIGINFO 128 /* bytes; the same on the host */

/* out is all of it: unused bytes are zero, as the kernel writes them. */
void siginfo_to_guest(unsigned char out[GUEST_SIGINFO], const siginfo_t *info);
/* As rt_sigqueueinfo reads one for sig. */
void siginfo_from_guest(siginfo_t *ret_info, const unsigned char in[GUEST_SIGINFO], int sig);

#endif

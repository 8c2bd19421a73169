/* SPDX-License-Identifier: MIT */
/* Names of Unix sockets on their way to the host. */
#ifndef STRAIT_SYSCALLS_UNIX_NAME_H
#define STRAIT_SYSCALLS_UNIX_NAME_H

#include <sys/socket.h>
#include <sys/un.h>

#include "syscalls/path.h"

struct unix_name {
	struct sockaddr_un address;
	int fd;
};

/* The socket address at p, *len bytes, for the host: the guest's own bytes, or u's when its path is found under -L's prefix. */
const void *unix_name_in(struct unix_name *u, gaddr p, socklen_t *len, enum path_end end);
/* After the call. */
void unix_name_done(struct unix_name *u);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Names of Unix sockets under -L: as other paths, the prefix's if they are there, so a program can talk to a service of the tree; and
 * what it binds itself is new, and the host's. A name that has become too long for an address is reached by a descriptor.
 */
#define _GNU_SOURCE
#include "syscalls/unix_name.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "syscalls/row.h"
#include "syscalls/text.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

/* The path in a Unix socket's address, with an end behind it; false: it has none. */
static bool read_path(struct sockaddr_un *to, gaddr p, socklen_t len)
{
	memset(to, 0, sizeof *to);
	return len > PATH_AT && len <= PATH_AT + sizeof to->sun_path && guest_read(to, p, len) == 0 && to->sun_family == AF_UNIX &&
	       to->sun_path[0] == '/';
}

static bool use_descriptor(struct unix_name *u, const char *host)
{
	struct text t;

	u->fd = (int)sys_raw(SYS_open, host, O_PATH | O_CLOEXEC, 0);
	if (u->fd < 0)
		return false;
	text_init(&t);
	text_str(&t, "/proc/self/fd/");
	text_num(&t, u->fd);
	strcpy(u->address.sun_path, text_end(&t));
	return true;
}

const void *unix_name_in(struct unix_name *u, gaddr p, socklen_t *len, enum path_end end)
{
	char path[sizeof u->address.sun_path + 1] = "", buf[PATH_MAX];
	const char *host;

	u->fd = -1;
	if (!path_translate || !read_path(&u->address, p, *len))
		return guest_ptr(p);
	memcpy(path, u->address.sun_path, sizeof u->address.sun_path);
	host = path_translate(path, buf, end);
	if (host == path)
		return guest_ptr(p);
	if (strlen(host) < sizeof u->address.sun_path)
		strcpy(u->address.sun_path, host);
	else if (!use_descriptor(u, host))
		return guest_ptr(p);
	*len = PATH_AT + (socklen_t)strlen(u->address.sun_path) + 1;
	return &u->address;
}

void unix_name_done(struct unix_name *u)
{
	if (u->fd >= 0)
		sys_raw(SYS_close, u->fd);
}

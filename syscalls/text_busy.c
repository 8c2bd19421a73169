/* SPDX-License-Identifier: MIT */
/* Programs that run, marked for each other by locks of open file descriptions. */
#define _GNU_SOURCE
#include "syscalls/text_busy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "syscalls/row.h"

/* On one byte far behind the end of any program; locks of whole files are longer. */
#define MARK 0x7374726169740000ll

static struct flock lock_of(short type)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = MARK, .l_len = 1};
}

void text_hold(int fd)
{
	struct flock l = lock_of(F_RDLCK);

	sys_raw(SYS_fcntl, fd, F_OFD_SETLK, &l); /* where there are no locks, nobody is denied anything */
}

bool text_is_busy(int fd)
{
	struct flock l = lock_of(F_WRLCK);

	return sys_raw(SYS_fcntl, fd, F_OFD_GETLK, &l) == 0 && l.l_type == F_RDLCK && l.l_start == MARK && l.l_len == 1 && l.l_pid == -1;
}

bool text_is_busy_at(const char *path)
{
	struct stat st;
	long fd;
	bool busy;

	if (sys_raw(SYS_newfstatat, AT_FDCWD, path, &st, 0) < 0 || !S_ISREG(st.st_mode))
		return false;
	fd = sys_raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	busy = text_is_busy((int)fd);
	sys_raw(SYS_close, fd);
	return busy;
}

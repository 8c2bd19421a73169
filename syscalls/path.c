/* SPDX-License-Identifier: MIT */
/* Guest path names on their way to the host. Most go straight, without a copy. */
#include "syscalls/path.h"

#include <string.h>

#include "syscalls/proc.h"
#include "syscalls/row.h"

const char *(*path_translate)(const char *path, char buf[PATH_MAX]);

const char *path_in(struct cpu *cpu, gaddr p, char buf[PATH_MAX])
{
	const char *straight = guest_ptr(p), *now;
	char start[6], copy[PATH_MAX];

	(void)cpu;
	if (guest_read(start, p, sizeof start) < 0)
		start[0] = 0;
	if (!path_translate && memcmp(start, "/proc/", 6))
		return straight;
	if (guest_str(copy, p, sizeof copy) <= 0)
		return straight;
	now = proc_path(copy, buf);
	if (now == copy && path_translate)
		now = path_translate(copy, buf);
	return now == copy ? straight : now;
}

void path_root_changed(void)
{
	path_translate = NULL;
}

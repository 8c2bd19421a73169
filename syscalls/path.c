/* SPDX-License-Identifier: MIT */
/* Guest path names on their way to the host. Most go straight, without a copy. */
#include "syscalls/path.h"

#include <fcntl.h>
#include <string.h>

#include "syscalls/proc.h"
#include "syscalls/row.h"

const char *(*path_translate)(const char *path, char buf[PATH_MAX], enum path_end end);
const char *(*path_shown)(const char *path);

static const char *resolve(gaddr p, char buf[PATH_MAX], enum path_end end)
{
	const char *straight = guest_ptr(p), *now;
	char start[6], copy[PATH_MAX];

	if (guest_read(start, p, sizeof start) < 0)
		start[0] = 0;
	if (!path_translate && memcmp(start, "/proc/", 6))
		return straight;
	if (guest_str(copy, p, sizeof copy) <= 0)
		return straight;
	now = proc_path(copy, buf);
	if (now == copy && path_translate)
		now = path_translate(copy, buf, end);
	return now == copy ? straight : now;
}

const char *path_in(struct cpu *cpu, gaddr p, char buf[PATH_MAX], int at_flags)
{
	(void)cpu;
	return resolve(p, buf, at_flags & AT_SYMLINK_NOFOLLOW ? PATH_LINK : PATH_FILE);
}

void path_pair_in(struct cpu *cpu, const gaddr p[2], char buf[2][PATH_MAX], const char *ret[2])
{
	for (int k = 0; k < 2; k++)
		ret[k] = path_in(cpu, p[k], buf[k], AT_SYMLINK_NOFOLLOW);
	if (path_translate && (ret[0] == buf[0]) != (ret[1] == buf[1])) {
		int stayed = ret[0] == buf[0];

		ret[stayed] = resolve(p[stayed], buf[stayed], PATH_NEW);
	}
}

void path_root_changed(void)
{
	path_translate = NULL;
	path_shown = NULL;
}

/* SPDX-License-Identifier: MIT */
/* -L: where absolute paths are looked for first. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <unistd.h>

#include "loader/loader.h"
#include "syscalls/path.h"
#include "syscalls/row.h"

static const char *prefix;
static size_t prefix_len;

/* A link counts as being there even if what it points to is found outside. */
static bool is_there(const char *path)
{
	return sys_raw(SYS_faccessat2, AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Is its directory there? path is put back as it was. */
static bool has_parent(char *path)
{
	char *slash = strrchr(path, '/');
	bool there;

	*slash = 0;
	there = is_there(path);
	*slash = '/';
	return there;
}

static const char *translate(const char *path, char buf[PATH_MAX], bool is_new)
{
	size_t n = strlen(path);

	if (!prefix || *path != '/' || prefix_len + n >= PATH_MAX || !strncmp(path, prefix, prefix_len))
		return path;
	memcpy(buf, prefix, prefix_len);
	memcpy(buf + prefix_len, path, n + 1);
	return is_there(buf) || (is_new && has_parent(buf)) ? buf : path;
}

const char *prefix_path(const char *path, char buf[PATH_MAX])
{
	return translate(path, buf, false);
}

void prefix_set(const char *dir)
{
	prefix = dir && *dir ? dir : NULL;
	prefix_len = prefix ? strlen(prefix) : 0;
	while (prefix_len > 1 && prefix[prefix_len - 1] == '/')
		prefix_len--;
	if (prefix_len == 1 && *prefix == '/')
		prefix = NULL;
	path_translate = prefix ? translate : NULL;
}

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

#define MAX_LINKS 40

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

static bool under_prefix(const char *path)
{
	return !strncmp(path, prefix, prefix_len) && (!path[prefix_len] || path[prefix_len] == '/');
}

/* From path to prefix and path, if that is there. */
static const char *enter(const char *path, char buf[PATH_MAX], enum path_end end)
{
	size_t n = strlen(path);

	if (!prefix || *path != '/' || prefix_len + n >= PATH_MAX || under_prefix(path))
		return path;
	memcpy(buf, prefix, prefix_len);
	memcpy(buf + prefix_len, path, n + 1);
	return is_there(buf) || (end == PATH_NEW && has_parent(buf)) ? buf : path;
}

/* Links under the prefix that say an absolute name mean one under it. A relative one may lead to such a link. */
static const char *follow(char buf[PATH_MAX])
{
	char link[PATH_MAX], whole[PATH_MAX];

	memcpy(whole, buf, strlen(buf) + 1);
	for (int i = 0; i < MAX_LINKS; i++) {
		long n = sys_raw(SYS_readlinkat, AT_FDCWD, whole, link, sizeof link - 1);
		size_t dir = *link == '/' ? 0 : (size_t)(strrchr(whole, '/') + 1 - whole);

		if (n <= 0 || dir + (size_t)n >= sizeof whole)
			break;
		link[n] = 0;
		memcpy(whole + dir, link, (size_t)n + 1);
		if (*link == '/') {
			if (enter(link, whole, PATH_LINK) == link)
				memcpy(whole, link, (size_t)n + 1);
			memcpy(buf, whole, strlen(whole) + 1);
		}
	}
	return buf;
}

static const char *translate(const char *path, char buf[PATH_MAX], enum path_end end)
{
	const char *host = enter(path, buf, end);

	return host == buf && end == PATH_FILE ? follow(buf) : host;
}

static const char *shown(const char *path)
{
	return under_prefix(path) && path[prefix_len] ? path + prefix_len : path;
}

const char *prefix_path(const char *path, char buf[PATH_MAX])
{
	return translate(path, buf, PATH_FILE);
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
	path_shown = prefix ? shown : NULL;
}

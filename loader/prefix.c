/* SPDX-License-Identifier: MIT */
/* -L: where absolute paths are looked for first. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/loader.h"
#include "syscalls/path.h"
#include "syscalls/row.h"

#define MAX_LINKS 40

static const char *prefix;
static size_t prefix_len;

/* Descriptor of the prefix's directory: where it is searched from. */
int prefix_fd = -1;

/* A link counts as being there even if what it points to is found outside. */
static bool is_there(const char *path)
{
	return sys_raw(SYS_faccessat2, AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool under_prefix(const char *path)
{
	return !strncmp(path, prefix, prefix_len) && (!path[prefix_len] || path[prefix_len] == '/');
}

/* ---- with links ---- */

/*
 * A walk, name by name, for what the host's own lookup would get wrong: a link that says an absolute name means one under the prefix
 * first, and .. does not lead out of it.
 */
struct walk {
	char at[PATH_MAX];   /* where it stands, "" or "/a/b": no links, below the prefix */
	char rest[PATH_MAX]; /* what is still to be walked */
	char host[PATH_MAX]; /* all of it, as the host is to see it if it is not under the prefix */
	bool inside;         /* a relative link led here: it is the prefix's, there or not */
};

/* The next name of rest; true if it is the last, and nothing, not even a slash, follows it. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1], bool *ret_last)
{
	char *start = w->rest + strspn(w->rest, "/"), *end = start + strcspn(start, "/");
	size_t n = (size_t)(end - start);

	if (!n || n > NAME_MAX)
		return false;
	memcpy(name, start, n);
	name[n] = 0;
	*ret_last = !*end;
	memmove(w->rest, end, strlen(end) + 1);
	return true;
}

/* Go on with the link's text in front of the rest. */
static bool follow(struct walk *w, const char *link, size_t n)
{
	size_t rest = strlen(w->rest);

	if (n + rest + 1 >= sizeof w->rest)
		return false;
	memmove(w->rest + n, w->rest, rest + 1);
	memcpy(w->rest, link, n);
	if (*link == '/') {
		w->at[0] = 0;
		memcpy(w->host, w->rest, n + rest + 1);
	}
	w->inside = *link != '/';
	return true;
}

/* prefix and at and "/" and name */
static bool join(const struct walk *w, const char *name, char buf[PATH_MAX])
{
	return snprintf(buf, PATH_MAX, "%s%s%s%s", prefix, w->at, *name ? "/" : "", name) < PATH_MAX;
}

/* The kernel is to find the rest. */
static bool as_it_is(struct walk *w, const char *name, char buf[PATH_MAX])
{
	size_t n;

	if (!join(w, name, buf))
		return false;
	n = strlen(buf);
	if (n + strlen(w->rest) >= PATH_MAX)
		return false;
	memcpy(buf + n, w->rest, strlen(w->rest) + 1);
	return true;
}

/* name is not there. */
static bool give_up(struct walk *w, const char *name, char buf[PATH_MAX])
{
	if (w->inside)
		return as_it_is(w, name, buf);
	memcpy(buf, w->host, strlen(w->host) + 1);
	return true;
}

/* The text of a link there may be no name ("pipe:[1]"), and none leads to a file of the tree by an absolute one. */
static bool in_proc(const struct walk *w)
{
	char dir[PATH_MAX];
	struct statfs fs;

	return join(w, "", dir) && sys_raw(SYS_statfs, dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* What path means, in buf. False: it is too long, or has too many links, and the kernel may say so. */
static bool walk(const char *path, char buf[PATH_MAX], enum path_end end)
{
	struct walk w = {.at = ""};
	char name[NAME_MAX + 1], link[PATH_MAX];
	int links = 0;
	bool last;

	memcpy(w.rest, path, strlen(path) + 1);
	memcpy(w.host, path, strlen(path) + 1);
	while (next_name(&w, name, &last)) {
		char *slash = strrchr(w.at, '/');
		long n;

		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, "..")) {
			if (slash)
				*slash = 0;
			continue;
		}
		if (!join(&w, name, buf))
			return false;
		n = sys_raw(SYS_readlinkat, AT_FDCWD, buf, link, sizeof link - 1);
		if (n > 0 && !(last && end != PATH_FILE)) {
			if (in_proc(&w))
				return as_it_is(&w, name, buf);
			if (++links > MAX_LINKS || !follow(&w, link, (size_t)n))
				return false;
			continue;
		}
		if (n < 0 && !is_there(buf) && !(last && end == PATH_NEW))
			return give_up(&w, name, buf);
		memcpy(w.at, buf + prefix_len, strlen(buf + prefix_len) + 1);
	}
	if (!join(&w, "", buf))
		return false;
	if (path[strlen(path) - 1] == '/' && strlen(buf) + 1 < PATH_MAX)
		strcat(buf, "/"); /* a directory is wanted */
	return true;
}

/* ---- without ---- */

/* The host's lookup of path below the prefix: 0 if it is right, and what it finds is no link; -ENOENT and the like: nothing there; -EXDEV:
 * walk. That is also the answer when the kernel (before 5.6) cannot say. */
static long look_up(const char *path, enum path_end end)
{
	struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
	const char *below = path + strspn(path, "/");
	char link[1];
	long fd = sys_raw(SYS_openat2, prefix_fd, *below ? below : ".", &how, sizeof how), n;

	if (fd < 0)
		return fd == -ENOSYS || fd == -EAGAIN || fd == -EBADF || fd == -EPERM ? -EXDEV : fd;
	n = end == PATH_FILE ? sys_raw(SYS_readlinkat, fd, "", link, sizeof link) : 0;
	sys_raw(SYS_close, fd);
	return n > 0 ? -EXDEV : 0;
}

static const char *translate(const char *path, char buf[PATH_MAX], enum path_end end)
{
	size_t n = strlen(path);
	long r;

	if (!prefix || *path != '/' || prefix_len + n >= PATH_MAX || under_prefix(path))
		return path;
	r = look_up(path, end);
	if ((r == -EXDEV || (r < 0 && end == PATH_NEW)) && walk(path, buf, end))
		return strcmp(buf, path) ? buf : path;
	if (r < 0 && r != -EXDEV)
		return path;
	memcpy(buf, prefix, prefix_len);
	memcpy(buf + prefix_len, path, n + 1);
	return buf;
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
	if (prefix)
		prefix_fd = (int)sys_raw(SYS_open, prefix, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (prefix_fd >= 0)
		prefix_fd = own_fd_park(prefix_fd);
	path_translate = prefix ? translate : NULL;
	path_shown = prefix ? shown : NULL;
}

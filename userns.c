/* SPDX-License-Identifier: MIT */
/*
 * --userns: a command in user and mount namespaces of its own, where a private binfmt_misc gives programs of the guests to strait. Who
 * starts it needs no privilege, and no one else is concerned. Linux 6.7 and later.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binfmt.h"
#include "emu/guest.h"
#include "options.h"

#define MAX_IDS 64 /* lines of a map */

/* What users are, inside and outside: /proc/PID/uid_map or gid_map. */
struct ids {
	const char *map, *tool, *ranges;
	unsigned own;
	char text[4096];       /* the new map */
	char word[MAX_IDS][16]; /* the same as arguments of newuidmap */
	unsigned n;
};

static void add_range(struct ids *ids, unsigned inside, unsigned outside, unsigned count)
{
	size_t n = strlen(ids->text);

	if (ids->n + 3 > MAX_IDS)
		return;
	snprintf(ids->text + n, sizeof ids->text - n, "%u %u %u\n", inside, outside, count);
	snprintf(ids->word[ids->n++], sizeof *ids->word, "%u", inside);
	snprintf(ids->word[ids->n++], sizeof *ids->word, "%u", outside);
	snprintf(ids->word[ids->n++], sizeof *ids->word, "%u", count);
}

static FILE *open_for(const char *what, const char *file)
{
	char path[64];

	snprintf(path, sizeof path, what, file);
	return fopen(path, "re");
}

/* Who may be anybody stays so: each id as it is. */
static void same_ids(struct ids *ids)
{
	unsigned inside, outside, count;
	FILE *f = open_for("/proc/self/%s", ids->map);

	while (f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
		add_range(ids, inside, inside, count);
	if (f)
		fclose(f);
}

/* As /etc/passwd has it. */
static bool is_caller(const char *name)
{
	char line[1024], user[256];
	FILE *f = fopen("/etc/passwd", "re");
	bool is = false;
	unsigned uid;

	while (f && !is && fgets(line, sizeof line, f))
		is = sscanf(line, "%255[^:]:%*[^:]:%u", user, &uid) == 2 && uid == getuid() && !strcmp(user, name);
	if (f)
		fclose(f);
	return is;
}

/* Root inside is the caller; behind it what /etc/subuid or subgid (NAME:FIRST:COUNT) grants. */
static void granted_ids(struct ids *ids)
{
	char line[256], name[256];
	unsigned first, count, next = 1, uid;
	FILE *f = open_for("/etc/%s", ids->ranges);

	add_range(ids, 0, ids->own, 1);
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%255[^:]:%u:%u", name, &first, &count) == 3 &&
		    (is_caller(name) || (sscanf(name, "%u", &uid) == 1 && uid == getuid()))) {
			add_range(ids, next, first, count);
			next += count;
		}
	if (f)
		fclose(f);
}

static int write_map(pid_t pid, const char *file, const char *text)
{
	char path[64];
	int fd, r;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

/* newuidmap PID INSIDE OUTSIDE COUNT...: it is privileged, and looks at /etc/subuid itself. */
static int run_tool(const struct ids *ids, pid_t pid)
{
	char *argv[MAX_IDS + 3], text[16];
	int status;
	pid_t child = _Fork();

	if (child)
		return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPERM;
	snprintf(text, sizeof text, "%d", pid);
	argv[0] = (char *)ids->tool;
	argv[1] = text;
	for (unsigned k = 0; k < ids->n; k++)
		argv[k + 2] = (char *)ids->word[k];
	argv[ids->n + 2] = NULL;
	close(2);
	execvp(ids->tool, argv);
	_exit(127);
}

/* From outside, for the process pid. Where no more is granted the caller is alone, as root. */
static int map_ids(pid_t pid, struct ids *ids, bool privileged)
{
	char alone[64];

	if (privileged ? write_map(pid, ids->map, ids->text) == 0 : ids->n > 3 && run_tool(ids, pid) == 0)
		return 0;
	snprintf(alone, sizeof alone, "0 %u 1\n", ids->own);
	if (!strcmp(ids->map, "gid_map"))
		write_map(pid, "setgroups", "deny");
	return write_map(pid, ids->map, alone);
}

/* A child that stays outside writes the maps once the caller is inside. 0 or -errno. */
static int enter(void)
{
	struct ids uid = {.map = "uid_map", .tool = "newuidmap", .ranges = "subuid", .own = geteuid()};
	struct ids gid = {.map = "gid_map", .tool = "newgidmap", .ranges = "subgid", .own = getegid()};
	bool privileged = !geteuid();
	pid_t self = getpid(), child;
	int go[2], status, r;

	(privileged ? same_ids : granted_ids)(&uid);
	(privileged ? same_ids : granted_ids)(&gid);
	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	child = _Fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		char c;

		close(go[1]);
		if (read(go[0], &c, 1) != 1)
			_exit(0);
		r = map_ids(self, &uid, privileged);
		if (r == 0)
			r = map_ids(self, &gid, privileged);
		_exit(-r);
	}
	r = unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? -errno : 0;
	if (r == 0 && write(go[1], "", 1) != 1)
		r = -errno;
	close(go[0]);
	close(go[1]);
	if (waitpid(child, &status, 0) == child && r == 0)
		r = WIFEXITED(status) ? -WEXITSTATUS(status) : -ECANCELED;
	return r;
}

static bool kernel_is_older(unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned a = 0, b = 0;

	uname(&u);
	sscanf(u.release, "%u.%u", &a, &b);
	return a < major || (a == major && b < minor);
}

static void mount_private(void)
{
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		fail(126, "--userns", strerror(errno), "the mount namespace cannot be made its own");
	if (mount("binfmt_misc", BINFMT_DIR, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		return;
	if (errno == EPERM && kernel_is_older(6, 7))
		fail(126, "--userns", "this kernel has one binfmt_misc for all; private ones came with Linux 6.7",
		     "as root: strait --binfmt register; without: strait -L TREE TREE/bin/sh");
	if (errno == ENODEV || errno == ENOENT)
		fail(126, BINFMT_DIR, "the kernel has no binfmt_misc", "is /proc mounted? as root: modprobe binfmt_misc");
	fail(126, BINFMT_DIR, strerror(errno), "a private binfmt_misc could not be mounted");
}

_Noreturn void userns_command(char **command)
{
	static char *shell[] = {"/bin/sh", NULL};
	const char *self = binfmt_self();
	int r;

	if (!*command) {
		command = shell;
		if (getenv("SHELL"))
			*shell = getenv("SHELL");
	}
	r = enter();
	if (r < 0)
		fail(126, "--userns", strerror(-r),
		     "user namespaces may be switched off: sysctl user.max_user_namespaces kernel.unprivileged_userns_clone "
		     "kernel.apparmor_restrict_unprivileged_userns");
	mount_private();
	for (unsigned i = 0; guests[i]; i++) {
		r = binfmt_is_native(guests[i]) ? 0 : binfmt_register(guests[i], self);
		if (r < 0)
			fail(126, guests[i]->name, strerror(-r), "its programs could not be registered");
	}
	execvp(*command, command);
	fail(errno == ENOENT ? 127 : 126, *command, strerror(errno), "");
}

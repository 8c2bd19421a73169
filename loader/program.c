/* SPDX-License-Identifier: MIT */
/* From a path to the file that will really run: permissions, #! lines, and whose program it is. Errnos as fs/exec.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/loader.h"
#include "syscalls/row.h"

#define BINPRM_BUF_SIZE 256
#define MAX_SCRIPTS 5

/* Open for reading what may be executed: a regular file with an x bit for us, not on a noexec mount. */
static int open_program(int dirfd, const char *path, int flags)
{
	int how = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0, fd;
	struct stat st;
	long r;

	if (flags & AT_EMPTY_PATH && !*path) {
		char name[32];

		r = sys_raw(SYS_fstat, dirfd, &st);
		if (r < 0)
			return r;
		if (!S_ISREG(st.st_mode))
			return -EACCES;
		r = sys_raw(SYS_faccessat2, dirfd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH);
		if (r < 0 && r != -ENOSYS && r != -EINVAL)
			return r;
		snprintf(name, sizeof name, "/proc/self/fd/%d", dirfd);
		fd = sys_raw(SYS_open, name, O_RDONLY | O_CLOEXEC, 0);
		return fd >= 0 ? fd : (int)sys_raw(SYS_fcntl, dirfd, F_DUPFD_CLOEXEC, 3);
	}
	fd = sys_raw(SYS_openat, dirfd, path, O_PATH | O_CLOEXEC | how, 0);
	if (fd < 0)
		return fd;
	r = sys_raw(SYS_fstat, fd, &st);
	sys_raw(SYS_close, fd);
	if (r < 0)
		return r;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	r = sys_raw(SYS_faccessat2, dirfd, path, X_OK, AT_EACCESS);
	if (r == -ENOSYS)
		r = sys_raw(SYS_faccessat, dirfd, path, X_OK);
	if (r < 0)
		return r;
	return sys_raw(SYS_openat, dirfd, path, O_RDONLY | O_CLOEXEC | how, 0);
}

/* "#! interpreter [one argument]": as fs/binfmt_script.c reads it. 0, 1 or 2 words, or -ENOEXEC. */
static int parse_line(char *line, char *word[2])
{
	char *end = memchr(line, '\n', BINPRM_BUF_SIZE), *p = line + 2;

	if (end) {
		*end = 0;
	} else {
		line[BINPRM_BUF_SIZE - 1] = 0; /* cut: only right if the interpreter's name is whole */
		char *name = p + strspn(p, " \t");

		if (!strpbrk(name, " \t"))
			return -ENOEXEC;
	}
	for (end = p + strlen(p); end > p && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = 0;
	p += strspn(p, " \t");
	if (!*p)
		return -ENOEXEC;
	word[0] = p;
	p += strcspn(p, " \t");
	if (!*p)
		return 1;
	*p++ = 0;
	word[1] = p + strspn(p, " \t");
	return 2;
}

/* Words of an inner script's line go before those we have. */
static void prepend(struct script *s, char *const word[2], int n)
{
	memmove(s->word + n, s->word, s->n * sizeof *s->word);
	memcpy(s->word, word, n * sizeof *word);
	s->n += n;
}

int program_open(int dirfd, const char *path, int flags, struct image *im, struct script *script, enum kind *ret_kind,
		 struct complaint *bad)
{
	char buf[PATH_MAX], *word[2];
	int r;

	script->n = 0;
	for (unsigned depth = 0;; depth++) {
		int fd = open_program(dirfd, path, flags), n;

		if (fd < 0)
			return fd;
		char *text = script->text[depth];

		memset(text, 0, sizeof script->text[depth]);
		sys_raw(SYS_pread64, fd, text, BINPRM_BUF_SIZE, 0);
		if (text[0] != '#' || text[1] != '!') {
			r = image_read(im, fd, bad);
			*ret_kind = r == 0 ? KIND_GUEST : KIND_HOST;
			if (r == 0)
				return 0;
			sys_raw(SYS_close, fd);
			return r == -ENOEXEC && !bad->why[0] ? 0 : r;
		}
		sys_raw(SYS_close, fd);
		if (depth == MAX_SCRIPTS)
			return -ELOOP;
		n = parse_line(text, word);
		if (n < 0)
			return n;
		prepend(script, word, n);
		path = prefix_path(word[0], buf);
		dirfd = AT_FDCWD;
		flags = 0;
	}
}

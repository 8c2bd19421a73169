/* SPDX-License-Identifier: MIT */
/* execve: a guest program is run by this same strait with the same options; the host's own programs run as they are.
 * Everything that can be refused is refused before the host's execve, which cannot come back. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "emu/window.h"
#include "loader/loader.h"
#include "syscalls/files.h"
#include "syscalls/proc.h"
#include "syscalls/row.h"
#include "syscalls/signal.h"
#include "syscalls/thread.h"

#define EXECVE_CHECK 0x10000 /* AT_EXECVE_CHECK */
#define MAX_ARG_STRLEN (128u << 10)

const char *resume_options[64];
unsigned n_resume_options;
bool kernel_execs;

/* Guest strings copied out: pointers at the front, text behind, in one piece: on the stack if they are few, else mapped. */
#define FEW_STRINGS 16384
struct strings {
	char *mem, *next;
	size_t size;
	bool mapped;
	const char **ptr;
	unsigned n;
};

static size_t stack_limit(void)
{
	struct rlimit rl = {.rlim_cur = 8 << 20};

	if (window_getrlimit(RLIMIT_STACK, &rl) < 0)
		sys_raw(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &rl);
	if (rl.rlim_cur / 4 > 6 << 20)
		return 6 << 20; /* 3/4 of the default stack */
	return rl.rlim_cur / 4 < 128 << 10 ? 128 << 10 : rl.rlim_cur / 4;
}

/* How many, and room for them. */
static long count(gaddr list)
{
	uint32_t p;
	long n = 0;

	if (!list.v)
		return 0;
	for (;; n++) {
		if (guest_get(&p, ga_add(list, 4 * n)) < 0)
			return -EFAULT;
		if (!p)
			return n;
		if (n > 0x7ffffff)
			return -E2BIG;
	}
}

static long copy_strings(struct strings *s, gaddr list, long n, const char **ptr)
{
	for (long i = 0; i < n; i++) {
		size_t room = s->mem + s->size - s->next;
		uint32_t p;
		ssize_t len;

		if (guest_get(&p, ga_add(list, 4 * i)) < 0)
			return -EFAULT;
		len = guest_str(s->next, ga(p), room < MAX_ARG_STRLEN ? room : MAX_ARG_STRLEN);
		if (len == -ENAMETOOLONG)
			return -E2BIG;
		if (len < 0)
			return len;
		ptr[i] = s->next;
		s->next += len + 1;
	}
	return 0;
}

static void strings_free(struct strings *s)
{
	if (s->mapped)
		sys_raw(SYS_munmap, s->mem, s->size);
}

/* ptr: EXTRA slots for what goes before, argv, NULL, envp, NULL. */
#define EXTRA 96

static long copy_all(struct strings *s, size_t pointers, gaddr argv, gaddr envp, long *argc, long envc)
{
	const char **to;

	s->next = s->mem + pointers;
	s->ptr = (const char **)s->mem;
	TRY(copy_strings(s, argv, *argc, s->ptr + EXTRA));
	if (!*argc) { /* the kernel's own repair: an empty argv gets one empty string */
		s->ptr[EXTRA] = "";
		*argc = 1;
	}
	to = s->ptr + EXTRA + *argc;
	to[0] = to[1 + envc] = NULL;
	return copy_strings(s, envp, envc, to + 1);
}

static long read_strings(struct strings *s, char few[FEW_STRINGS], gaddr argv, gaddr envp, long *ret_argc, long *ret_envc)
{
	long argc = count(argv), envc = count(envp), map, r = -E2BIG;
	size_t pointers;

	if (argc < 0 || envc < 0)
		return argc < 0 ? argc : envc;
	if ((size_t)(argc + envc) * 4 > stack_limit())
		return -E2BIG;
	pointers = (EXTRA + argc + envc + 4) * sizeof *s->ptr;
	*ret_argc = argc;
	*ret_envc = envc;
	s->mem = few;
	s->size = FEW_STRINGS;
	if (pointers < FEW_STRINGS)
		r = copy_all(s, pointers, argv, envp, ret_argc, envc);
	if (r != -E2BIG)
		return r;
	s->size = pointers + stack_limit() + MAX_ARG_STRLEN;
	map = sys_raw(SYS_mmap, NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map < 0)
		return map;
	s->mem = (char *)map;
	s->mapped = true;
	*ret_argc = argc;
	TRY(copy_all(s, pointers, argv, envp, ret_argc, envc));
	return (size_t)(s->next - (s->mem + pointers)) + 4 * (*ret_argc + envc) > stack_limit() ? -E2BIG : 0;
}

static const char *number(char buf[16], int v)
{
	snprintf(buf, 16, "%d", v);
	return buf;
}

/* strait --resume SELF PROGRAM EXECFN NOPTIONS OPTION... -- WORD... argv[1..] */
static long exec_ours(struct cpu *cpu, struct strings *s, const struct image *im, const struct script *script,
		      const char *execfn, long argc, const char *script_path)
{
	char self[16], program[16], options[16];
	int fd = own_fd_park(im->fd);
	const char **v = s->ptr + EXTRA, **head;
	long r;

	if (script->n) { /* argv[0] gives way to the interpreter's words and the script's path */
		*v = script_path;
		for (unsigned k = script->n; k-- > 0;)
			*--v = script->word[k];
	}
	for (unsigned k = n_resume_options; k-- > 0;)
		*--v = resume_options[k];
	*--v = number(options, n_resume_options);
	*--v = execfn;
	*--v = number(program, fd);
	*--v = number(self, self_fd);
	*--v = "--resume";
	*--v = "strait";
	head = v;
	(void)argc;
	sys_raw(SYS_fcntl, fd, F_SETFD, 0);
	sys_raw(SYS_fcntl, self_fd, F_SETFD, 0);
	r = sys_safe(cpu, SYS_execveat, self_fd, "", head, s->ptr + EXTRA + argc + 1, AT_EMPTY_PATH);
	sys_raw(SYS_fcntl, self_fd, F_SETFD, FD_CLOEXEC);
	sys_raw(SYS_close, fd);
	return r;
}

static bool is_cloexec(int fd)
{
	long f = sys_raw(SYS_fcntl, fd, F_GETFD);

	return f >= 0 && f & FD_CLOEXEC;
}

/* Somebody has it open for writing. Linux 6.14 can be asked; else whether a read lease is to be had says so to its owner. */
static bool is_busy(int fd)
{
	long r = sys_raw(SYS_execveat, fd, "", NULL, NULL, AT_EMPTY_PATH | EXECVE_CHECK);

	if (r != -EINVAL)
		return r == -ETXTBSY;
	r = sys_raw(SYS_fcntl, fd, F_SETLEASE, F_RDLCK);
	if (r == 0)
		sys_raw(SYS_fcntl, fd, F_SETLEASE, F_UNLCK);
	return r == -EAGAIN;
}

/* More rights come with the program: only the kernel gives those. */
static bool is_privileged(int fd)
{
	struct stat st;

	if (sys_raw(SYS_fstat, fd, &st) == 0 && (st.st_mode & S_ISUID || (st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)))
		return true;
	return sys_raw(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0;
}

static long exec_read(struct cpu *cpu, struct strings *s, int dirfd, const char *path, const char *host_path, int flags, long argc)
{
	struct image im;
	struct script script;
	struct complaint bad;
	char execfn[PATH_MAX + 32];
	enum kind kind;
	long r;

	bad.why[0] = 0;
	r = program_open(dirfd, host_path, flags, &im, &script, &kind, &bad);
	if (r < 0)
		return r;
	if (kind == KIND_GUEST)
		image_forget(&im); /* whoever runs it reads it again */
	snprintf(execfn, sizeof execfn, "%s", path);
	if (dirfd != AT_FDCWD && *path != '/') /* as the kernel names what has no path */
		snprintf(execfn, sizeof execfn, *path ? "/dev/fd/%d/%s" : "/dev/fd/%d", dirfd, path);
	if (script.n && dirfd != AT_FDCWD && *path != '/' && is_cloexec(dirfd)) {
		if (kind == KIND_GUEST)
			sys_raw(SYS_close, im.fd);
		return -ENOENT;
	}
	r = kind == KIND_GUEST && is_busy(im.fd) ? -ETXTBSY : signal_exec(cpu);
	if (r == 0) {
		bool by_kernel = kind == KIND_HOST || self_fd < 0 || (kernel_execs && is_privileged(im.fd));

		robust_end(cpu, true);
		r = -ENOEXEC;
		if (by_kernel)
			r = sys_safe(cpu, SYS_execveat, dirfd, host_path, s->ptr + EXTRA, s->ptr + EXTRA + argc + 1, flags);
		if (kind == KIND_GUEST && r == -ENOEXEC)
			r = exec_ours(cpu, s, &im, &script, execfn, argc, execfn);
		signal_exec_failed(cpu);
		robust_guard(cpu);
	} else if (kind == KIND_GUEST) {
		sys_raw(SYS_close, im.fd);
	}
	return r;
}

long exec_guest(struct cpu *cpu, int dirfd, gaddr path, gaddr argv, gaddr envp, int flags)
{
	char name[PATH_MAX], buf[PATH_MAX], buf2[PATH_MAX];
	_Alignas(8) char few[FEW_STRINGS];
	const char *host;
	struct strings s = {0};
	long argc = 0, envc = 0, r;
	ssize_t n = guest_str(name, path, sizeof name);

	if (n < 0)
		return n;
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	if (!n && !(flags & AT_EMPTY_PATH))
		return -ENOENT;
	host = proc_path(name, buf2);
	if (host == name)
		host = prefix_path(name, buf);
	r = read_strings(&s, few, argv, envp, &argc, &envc);
	if (r == 0)
		r = exec_read(cpu, &s, dirfd, name, host, flags, argc);
	strings_free(&s);
	return r;
}

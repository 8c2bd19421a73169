/* SPDX-License-Identifier: MIT */
/*
 * /proc of emulated processes shows the guest, not the emulator. The host kernel is told what it can be told (cmdline,
 * environ, comm); exe is another path; the rest is rewritten from the host's text into a memory file at open.
 */
#define _GNU_SOURCE
#include "syscalls/proc.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include "syscalls/row.h"
#include "syscalls/text.h"

struct proc_self proc_self = {.exe_fd = -1};

void proc_publish(void)
{
	uint64_t brk = (uint64_t)sys_raw(__NR_brk, 0), base = window_base;
	const struct proc_self *p = &proc_self;
	char aux[512] = {0};
	uint32_t aux_size = p->auxv_size < sizeof aux - 16 ? p->auxv_size : (uint32_t)sizeof aux - 16;
	struct prctl_mm_map map = {
		.start_code = base + p->start_code,
		.end_code = base + p->end_code,
		.start_data = base + p->start_code,
		.end_data = base + p->end_code,
		.start_brk = brk,
		.brk = brk,
		.start_stack = base + p->start_stack,
		.arg_start = base + p->arg_start,
		.arg_end = base + p->arg_end,
		.env_start = base + p->env_start,
		.env_end = base + p->env_end,
		.exe_fd = (uint32_t)-1,
	};

	proc_self.magic = PROC_MAGIC;
	proc_self.base = window_base;
	sys_raw(__NR_prctl, PR_SET_NAME, p->comm);
	if (guest_read(aux, ga(p->auxv), aux_size) == 0) {
		map.auxv = (__u64 *)(void *)aux;
		map.auxv_size = (aux_size + 31) & ~15u;
	}
	/* Where the kernel lacks it (CONFIG_CHECKPOINT_RESTORE) outsiders see strait's own command line. */
	sys_raw(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0);
}

/* ---- which process a path means ---- */

/* A decimal number at *s, moved behind it; -1 if there is none. */
static long number(const char **s)
{
	long v = 0;

	if (**s < '0' || **s > '9')
		return -1;
	while (**s >= '0' && **s <= '9' && v < INT32_MAX)
		v = v * 10 + (*(*s)++ - '0');
	return v;
}

static bool skip(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n))
		return false;
	*s += n;
	return true;
}

/* "/proc/X/NAME" or "/proc/X/task/N/NAME": X's number and NAME; 0 if it is something else. */
static long process_of(const char *path, const char **ret_name)
{
	long self = sys_raw(__NR_getpid), pid;

	if (!skip(&path, "/proc/"))
		return 0;
	if (skip(&path, "self/") || skip(&path, "thread-self/")) {
		pid = self;
	} else {
		pid = number(&path);
		if (pid <= 0 || !skip(&path, "/"))
			return 0;
	}
	if (skip(&path, "task/") && (number(&path) < 0 || !skip(&path, "/")))
		return 0;
	*ret_name = path;
	return pid;
}

static const char *proc_name(struct text *t, long pid, const char *name)
{
	text_init(t);
	text_str(t, "/proc/");
	text_num(t, pid);
	text_char(t, '/');
	text_str(t, name);
	return text_end(t);
}

/* What pid has told of itself; false if it is not emulated by this very executable, or may not be looked at. */
static bool guest_of(long pid, struct proc_self *ret)
{
	struct iovec to = {ret, sizeof *ret}, from = {&proc_self, sizeof proc_self};
	struct stat ours, theirs;
	struct text t;

	if (pid == sys_raw(__NR_getpid)) {
		*ret = proc_self;
		return ret->magic == PROC_MAGIC;
	}
	if (sys_raw(__NR_newfstatat, AT_FDCWD, "/proc/self/exe", &ours, 0) < 0 ||
	    sys_raw(__NR_newfstatat, AT_FDCWD, proc_name(&t, pid, "exe"), &theirs, 0) < 0 ||
	    ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
		return false;
	return sys_raw(__NR_process_vm_readv, pid, &to, 1, &from, 1, 0) == sizeof *ret && ret->magic == PROC_MAGIC;
}

const char *proc_path(const char *path, char buf[PATH_MAX])
{
	struct proc_self g;
	const char *name;
	long pid = process_of(path, &name);
	struct text t;

	if (pid <= 0 || strcmp(name, "exe") || !guest_of(pid, &g) || g.exe_fd < 0)
		return path;
	proc_name(&t, pid, "fd/");
	text_num(&t, g.exe_fd);
	strcpy(buf, text_end(&t));
	return buf;
}

/* ---- rewriting ---- */

/* Lines of the host's file, one at a time, and text going to the memory file. */
struct rewrite {
	int from, to;
	bool eof;
	size_t at, n;
	char buf[4096];
	char line[PATH_MAX + 256];
	struct proc_self guest;
	bool self;
	uint64_t vsize; /* bytes the guest has mapped */
};

static bool next_line(struct rewrite *w)
{
	size_t len = 0;

	for (;;) {
		if (w->at == w->n) {
			long n = w->eof ? 0 : sys_raw(__NR_read, w->from, w->buf, sizeof w->buf);

			w->at = w->n = 0;
			if (n <= 0) {
				w->eof = true;
				w->line[len] = 0;
				return len;
			}
			w->n = (size_t)n;
		}
		if (len < sizeof w->line - 2)
			w->line[len++] = w->buf[w->at];
		if (w->buf[w->at++] == '\n')
			break;
	}
	w->line[len] = 0;
	return true;
}

static void put(struct rewrite *w, const char *s, size_t n)
{
	sys_raw(__NR_write, w->to, s, n);
}

static uint64_t hex(const char **s)
{
	uint64_t v = 0;

	for (;; (*s)++) {
		char c = **s;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return v;
	}
}

/* "start-end perms offset dev inode    path\n" */
struct map_line {
	uint64_t start, end, off;
	char perms[5];
	const char *rest; /* from dev on */
	const char *path; /* or "" */
};

static bool parse_map(const char *s, struct map_line *m)
{
	m->start = hex(&s);
	if (*s++ != '-')
		return false;
	m->end = hex(&s);
	if (*s++ != ' ' || strlen(s) < 5)
		return false;
	memcpy(m->perms, s, 4);
	m->perms[4] = 0;
	s += 5;
	m->off = hex(&s);
	if (*s++ != ' ')
		return false;
	m->rest = s;
	s = strchr(s, ' ');             /* behind dev */
	s = s ? strchr(s + 1, ' ') : NULL; /* behind inode */
	while (s && *s == ' ')
		s++;
	m->path = s && *s != '\n' ? s : "";
	return true;
}

/* Into guest addresses; false: not in the window, or only reserved. */
static bool guest_map(const struct rewrite *w, struct map_line *m)
{
	uint64_t base = w->guest.base;

	if (m->end <= base || m->start >= base + GUEST_SPAN)
		return false;
	m->start = m->start < base ? 0 : m->start - base;
	m->end = m->end - base > GUEST_SPAN ? GUEST_SPAN : m->end - base;
	return w->self || memcmp(m->perms, "---p", 4) || *m->path;
}

static const char *label(const struct rewrite *w, uint64_t start, uint64_t end)
{
	if (w->guest.start_stack >= start && w->guest.start_stack < end)
		return "[stack]";
	if (w->guest.vdso && w->guest.vdso >= start && w->guest.vdso < end)
		return "[vdso]";
	if (w->self && start >= window_layout.brk_start && end <= (uint64_t)window_brk(ga(0)) + GUEST_PAGE)
		return "[heap]";
	return NULL;
}

static void put_map(struct rewrite *w, const struct map_line *m, uint64_t start, uint64_t end, const char *perms)
{
	const char *name = label(w, start, end), *rest = m->rest;
	struct text t;

	text_init(&t);
	text_hex_digits(&t, start, 8);
	text_char(&t, '-');
	text_hex_digits(&t, end, 8);
	text_char(&t, ' ');
	text_str(&t, perms);
	text_char(&t, ' ');
	text_hex_digits(&t, *m->path ? m->off + (start - m->start) : m->off, 8);
	text_char(&t, ' ');
	for (int spaces = 0; *rest && *rest != '\n' && (spaces += *rest == ' ') < 2; rest++)
		text_char(&t, *rest);
	if (name || *m->path)
		do
			text_char(&t, ' ');
		while (t.n < 73);
	put(w, t.s, t.n);
	if (name)
		put(w, name, strlen(name));
	else
		put(w, m->path, strcspn(m->path, "\n"));
	put(w, "\n", 1);
}

/* One host mapping: the parts of it that the guest owns, with the protection the guest gave them. */
static void put_own_map(struct rewrite *w, const struct map_line *m)
{
	struct window_range r;
	uint64_t at = m->start;

	while (at < m->end && window_next(ga((uint32_t)at), &r)) {
		uint64_t end = r.end ? r.end : GUEST_SPAN, from = r.start > at ? r.start : at;
		char perms[5] = {r.prot & PROT_READ ? 'r' : '-', r.prot & PROT_WRITE ? 'w' : '-',
				 r.prot & PROT_EXEC ? 'x' : '-', m->perms[3], 0};

		if (from >= m->end)
			break;
		if (end > m->end)
			end = m->end;
		put_map(w, m, from, end, perms);
		at = end;
	}
}

static void rewrite_maps(struct rewrite *w)
{
	struct map_line m;

	while (next_line(w)) {
		if (!parse_map(w->line, &m) || !guest_map(w, &m))
			continue;
		if (w->self)
			put_own_map(w, &m);
		else
			put_map(w, &m, m.start, m.end, m.perms);
	}
}

/* smaps: a line as in maps, then lines of numbers about it. */
static void rewrite_smaps(struct rewrite *w)
{
	struct map_line m;
	bool show = false;

	while (next_line(w)) {
		if (!parse_map(w->line, &m)) {
			if (show)
				put(w, w->line, strlen(w->line));
			continue;
		}
		show = guest_map(w, &m) && (memcmp(m.perms, "---p", 4) || *m.path);
		if (show)
			put_map(w, &m, m.start, m.end, m.perms);
	}
}

static void rewrite_auxv(struct rewrite *w)
{
	char aux[1024] = {0};
	uint32_t n = w->guest.auxv_size < sizeof aux - 16 ? w->guest.auxv_size : (uint32_t)sizeof aux - 16;

	/* A 64-bit kernel shows a 32-bit vector in units of 16 bytes, up to the first that begins with AT_NULL. */
	if (w->self && guest_read(aux, ga(w->guest.auxv), n) == 0)
		put(w, aux, (n & ~15u) + 16);
	else
		while (next_line(w))
			put(w, w->line, strlen(w->line));
}

/* stat: behind the name in parentheses, field 23 is the virtual size in bytes. */
static void rewrite_stat(struct rewrite *w)
{
	struct text t;
	char *s;

	if (!next_line(w))
		return;
	s = strrchr(w->line, ')');
	for (int field = 2; s && field < 23; field++)
		s = strchr(s + 1, ' ');
	if (!s) {
		put(w, w->line, strlen(w->line));
		return;
	}
	text_init(&t);
	text_num(&t, (int64_t)w->vsize);
	put(w, w->line, (size_t)(s + 1 - w->line));
	put(w, t.s, t.n);
	s = strchr(s + 1, ' ');
	put(w, s ? s : "\n", s ? strlen(s) : 1);
}

static void rewrite_statm(struct rewrite *w)
{
	struct text t;
	char *s;

	if (!next_line(w))
		return;
	s = strchr(w->line, ' ');
	text_init(&t);
	text_num(&t, (int64_t)(w->vsize / GUEST_PAGE));
	put(w, t.s, t.n);
	put(w, s ? s : "\n", s ? strlen(s) : 1);
}

static void rewrite_status(struct rewrite *w)
{
	while (next_line(w)) {
		struct text t;

		if (strncmp(w->line, "VmSize:", 7) && strncmp(w->line, "VmPeak:", 7)) {
			put(w, w->line, strlen(w->line));
			continue;
		}
		text_init(&t);
		text_num(&t, (int64_t)(w->vsize / 1024));
		put(w, w->line, 7);
		put(w, "\t        ", t.n < 8 ? 9 - t.n : 1);
		put(w, t.s, t.n);
		put(w, " kB\n", 4);
	}
}

/* As many processors as the host shows. */
static void rewrite_cpuinfo(struct rewrite *w)
{
	size_t (*text)(char *, size_t, int) = cpu_self->guest->cpuinfo;
	char part[1024];
	int n = 0;

	while (next_line(w))
		if (!strncmp(w->line, "processor", 9))
			put(w, part, text(part, sizeof part, n++));
	put(w, part, text(part, sizeof part, -1));
}

/* clang-format off */
static const struct {
	const char *name;
	void (*fn)(struct rewrite *w);
	bool sized;
} files[] = {
	{"maps", rewrite_maps, false}, {"smaps", rewrite_smaps, false}, {"auxv", rewrite_auxv, false},
	{"stat", rewrite_stat, true}, {"statm", rewrite_statm, true}, {"status", rewrite_status, true},
	{"cpuinfo", rewrite_cpuinfo, false},
};
/* clang-format on */

static uint64_t guest_size(struct rewrite *w, long pid)
{
	struct window_range r;
	struct map_line m;
	uint64_t sum = 0;
	struct text t;

	if (w->self) {
		for (uint32_t at = 0; window_next(ga(at), &r) && (sum += (r.end ? r.end : GUEST_SPAN) - r.start, r.end);)
			at = r.end;
		return sum;
	}
	w->from = (int)sys_raw(__NR_openat, AT_FDCWD, proc_name(&t, pid, "maps"), O_RDONLY | O_CLOEXEC);
	while (w->from >= 0 && next_line(w))
		if (parse_map(w->line, &m) && guest_map(w, &m))
			sum += m.end - m.start;
	if (w->from >= 0)
		sys_raw(__NR_close, w->from);
	w->at = w->n = 0;
	w->eof = false;
	return sum;
}

/* The memory file read-only and under fd's number. */
static int put_in_place(int memory, int fd, int flags)
{
	struct text t;
	long ro;

	text_init(&t);
	text_str(&t, "/proc/self/fd/");
	text_num(&t, memory);
	ro = sys_raw(__NR_openat, AT_FDCWD, text_end(&t), O_RDONLY | O_CLOEXEC);
	sys_raw(__NR_close, memory);
	if (ro < 0)
		return fd; /* the host's own text is better than none */
	sys_raw(__NR_dup3, ro, fd, flags & O_CLOEXEC);
	sys_raw(__NR_close, ro);
	return fd;
}

static int rewrite(int fd, long pid, size_t which, const struct proc_self *guest, int flags)
{
	struct rewrite w;
	long memory = sys_raw(__NR_memfd_create, files[which].name, MFD_CLOEXEC);

	if (memory < 0)
		return fd;
	memset(&w, 0, offsetof(struct rewrite, buf));
	w.guest = *guest;
	w.self = pid == sys_raw(__NR_getpid);
	w.vsize = files[which].sized ? guest_size(&w, pid) : 0;
	w.from = fd;
	w.to = (int)memory;
	files[which].fn(&w);
	return put_in_place((int)memory, fd, flags);
}

int proc_opened(struct cpu *cpu, int fd, const char *path, int flags)
{
	const char *last = strrchr(path, '/'), *name;
	char link[PATH_MAX];
	struct proc_self guest;
	struct statfs fs;
	struct text t;
	size_t i;
	long n, pid;

	last = last ? last + 1 : path;
	for (i = 0; i < sizeof files / sizeof files[0] && strcmp(last, files[i].name); i++)
		;
	if (i == sizeof files / sizeof files[0] || (flags & O_ACCMODE) != O_RDONLY ||
	    sys_raw(__NR_fstatfs, fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return fd;
	text_init(&t);
	text_str(&t, "/proc/self/fd/");
	text_num(&t, fd);
	n = sys_raw(__NR_readlinkat, AT_FDCWD, text_end(&t), link, sizeof link - 1);
	if (n <= 0)
		return fd;
	link[n] = 0;
	if (!strcmp(link, "/proc/cpuinfo"))
		return cpu->guest->cpuinfo ? rewrite(fd, 0, i, &proc_self, flags) : fd;
	pid = process_of(link, &name);
	if (pid <= 0 || strcmp(name, last) || !guest_of(pid, &guest))
		return fd;
	return rewrite(fd, pid, i, &guest, flags);
}

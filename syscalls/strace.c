/* SPDX-License-Identifier: MIT */
/* -strace: `PID name(args) = result`, printed from the row's argument kinds. */
#define _GNU_SOURCE
#include "syscalls/strace.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "emu/hot.h"
#include "emu/populate.h"

#define STR_MAX 64 /* bytes shown of a string or buffer */

HOT_DATA bool strace_on;
int strace_fd = 2;

static atomic_int open_line; /* thread whose line has no end yet */

static void out(struct text *t)
{
	sys_raw(__NR_write, strace_fd, t->s, t->n);
}

/* clang-format off */
static const char *const errno_names[] = {
	[EPERM] = "EPERM", [ENOENT] = "ENOENT", [ESRCH] = "ESRCH", [EINTR] = "EINTR", [EIO] = "EIO", [ENXIO] = "ENXIO",
	[E2BIG] = "E2BIG", [ENOEXEC] = "ENOEXEC", [EBADF] = "EBADF", [ECHILD] = "ECHILD", [EAGAIN] = "EAGAIN",
	[ENOMEM] = "ENOMEM", [EACCES] = "EACCES", [EFAULT] = "EFAULT", [ENOTBLK] = "ENOTBLK", [EBUSY] = "EBUSY",
	[EEXIST] = "EEXIST", [EXDEV] = "EXDEV", [ENODEV] = "ENODEV", [ENOTDIR] = "ENOTDIR", [EISDIR] = "EISDIR",
	[EINVAL] = "EINVAL", [ENFILE] = "ENFILE", [EMFILE] = "EMFILE", [ENOTTY] = "ENOTTY", [ETXTBSY] = "ETXTBSY",
	[EFBIG] = "EFBIG", [ENOSPC] = "ENOSPC", [ESPIPE] = "ESPIPE", [EROFS] = "EROFS", [EMLINK] = "EMLINK",
	[EPIPE] = "EPIPE", [EDOM] = "EDOM", [ERANGE] = "ERANGE", [EDEADLK] = "EDEADLK", [ENAMETOOLONG] = "ENAMETOOLONG",
	[ENOLCK] = "ENOLCK", [ENOSYS] = "ENOSYS", [ENOTEMPTY] = "ENOTEMPTY", [ELOOP] = "ELOOP", [ENODATA] = "ENODATA",
	[ENOTSOCK] = "ENOTSOCK", [EDESTADDRREQ] = "EDESTADDRREQ", [EMSGSIZE] = "EMSGSIZE", [EPROTOTYPE] = "EPROTOTYPE",
	[ENOPROTOOPT] = "ENOPROTOOPT", [EPROTONOSUPPORT] = "EPROTONOSUPPORT", [EOPNOTSUPP] = "EOPNOTSUPP",
	[EAFNOSUPPORT] = "EAFNOSUPPORT", [EADDRINUSE] = "EADDRINUSE", [EADDRNOTAVAIL] = "EADDRNOTAVAIL",
	[ENETDOWN] = "ENETDOWN", [ENETUNREACH] = "ENETUNREACH", [ECONNABORTED] = "ECONNABORTED",
	[ECONNRESET] = "ECONNRESET", [ENOBUFS] = "ENOBUFS", [EISCONN] = "EISCONN", [ENOTCONN] = "ENOTCONN",
	[ETIMEDOUT] = "ETIMEDOUT", [ECONNREFUSED] = "ECONNREFUSED", [EHOSTUNREACH] = "EHOSTUNREACH",
	[EALREADY] = "EALREADY", [EINPROGRESS] = "EINPROGRESS", [ESTALE] = "ESTALE", [EOVERFLOW] = "EOVERFLOW",
	[EILSEQ] = "EILSEQ", [ECANCELED] = "ECANCELED", [EOWNERDEAD] = "EOWNERDEAD",
};

static const char *const signal_names[] = {
	"0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
	"SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
	"SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
	"SIGSYS",
};

static const struct { int flag; const char *name; } open_flags[] = { /* O_SYNC and O_TMPFILE hold others: first */
	{O_SYNC, "O_SYNC"}, {O_TMPFILE, "O_TMPFILE"}, {O_CREAT, "O_CREAT"}, {O_EXCL, "O_EXCL"}, {O_NOCTTY, "O_NOCTTY"},
	{O_TRUNC, "O_TRUNC"}, {O_APPEND, "O_APPEND"}, {O_NONBLOCK, "O_NONBLOCK"}, {O_DSYNC, "O_DSYNC"},
	{O_DIRECT, "O_DIRECT"}, {0100000, "O_LARGEFILE"}, {O_DIRECTORY, "O_DIRECTORY"}, {O_NOFOLLOW, "O_NOFOLLOW"},
	{O_NOATIME, "O_NOATIME"}, {O_CLOEXEC, "O_CLOEXEC"}, {O_PATH, "O_PATH"},
};
/* clang-format on */

static void put_oflags(struct text *t, struct cpu *cpu, uint32_t guest)
{
	static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
	int v = oflags_in(cpu, guest);

	text_str(t, access[v & 3]);
	v &= ~3;
	for (size_t i = 0; i < sizeof open_flags / sizeof open_flags[0]; i++)
		if ((v & open_flags[i].flag) == open_flags[i].flag) {
			text_char(t, '|');
			text_str(t, open_flags[i].name);
			v &= ~open_flags[i].flag;
		}
	if (v) {
		text_char(t, '|');
		text_hex(t, (uint32_t)v);
	}
}

static void put_bytes(struct text *t, const char *s, size_t n)
{
	text_char(t, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\n') {
			text_str(t, "\\n");
		} else if (c == '\t') {
			text_str(t, "\\t");
		} else if (c == '"' || c == '\\') {
			text_char(t, '\\');
			text_char(t, (char)c);
		} else if (c < 32 || c > 126) {
			text_char(t, '\\');
			text_char(t, (char)('0' + (c >> 6)));
			text_char(t, (char)('0' + (c >> 3 & 7)));
			text_char(t, (char)('0' + (c & 7)));
		} else {
			text_char(t, (char)c);
		}
	}
	text_char(t, '"');
}

static void put_str(struct text *t, gaddr p)
{
	char s[256];
	ssize_t n;

	if (!p.v) {
		text_str(t, "NULL");
		return;
	}
	n = guest_str(s, p, sizeof s);
	if (n >= 0)
		put_bytes(t, s, (size_t)n);
	else
		text_hex(t, p.v);
}

static void put_buf(struct text *t, gaddr p, uint32_t len)
{
	char s[STR_MAX];
	uint32_t n = len < STR_MAX ? len : STR_MAX;

	if (guest_read(s, p, n) < 0) {
		text_hex(t, p.v);
		return;
	}
	put_bytes(t, s, n);
	if (n < len)
		text_str(t, "...");
}

static void put_arg(struct text *t, struct cpu *cpu, enum arg kind, uint32_t v, uint32_t next)
{
	switch (kind) {
	case A_DIRFD:
		if ((int32_t)v == AT_FDCWD) {
			text_str(t, "AT_FDCWD");
			break;
		}
		/* fall through */
	case A_INT:
	case A_FD:
	case A_LONG:
		text_num(t, (int32_t)v);
		break;
	case A_UINT:
		text_num(t, v);
		break;
	case A_HEX:
	case A_ATFLAGS:
		text_hex(t, v);
		break;
	case A_OCT:
		text_oct(t, v);
		break;
	case A_PATH:
	case A_LINK:
	case A_STR:
		put_str(t, ga(v));
		break;
	case A_BUF:
		put_buf(t, ga(v), next);
		break;
	case A_PTR:
	case A_OUT:
		if (v)
			text_hex(t, v);
		else
			text_str(t, "NULL");
		break;
	case A_SIG:
		if (v < sizeof signal_names / sizeof signal_names[0])
			text_str(t, signal_names[v]);
		else
			text_num(t, (int32_t)v);
		break;
	case A_OFLAGS:
		put_oflags(t, cpu, v);
		break;
	case A_PAIR: /* by the caller */
	case A_OUT_N_:
	case A_END:
		break;
	}
}

static void put_args(struct text *t, struct cpu *cpu, const struct syscall_row *row, const uint32_t a[6])
{
	int slot = 0;

	for (int i = 0; i < 7 && row->arg[i] != A_END && slot < 6; i++) {
		if (i)
			text_char(t, ',');
		if (row->arg[i] == A_PAIR && slot < 5) {
			slot += cpu->guest->personality_pairs_even && slot & 1;
			text_num(t, (int64_t)(a[slot] | (uint64_t)a[slot + 1] << 32));
			slot += 2;
			continue;
		}
		put_arg(t, cpu, row->arg[i] & A_OUT_N_ ? A_PTR : (enum arg)row->arg[i], a[slot], slot < 5 ? a[slot + 1] : 0);
		slot++;
	}
}

static void put_name(struct text *t, const struct syscall_row *row, uint32_t nr)
{
	if (row) {
		text_str(t, row->name);
	} else {
		text_str(t, "syscall_");
		text_num(t, (int32_t)nr);
	}
}

void strace_enter(struct cpu *cpu, const struct syscall_row *row, uint32_t nr, const uint32_t a[6])
{
	struct text t;

	text_init(&t);
	if (atomic_exchange(&open_line, cpu->tid))
		text_str(&t, " <unfinished ...>\n");
	text_num(&t, cpu->tid);
	text_char(&t, ' ');
	put_name(&t, row, nr);
	text_char(&t, '(');
	if (row) {
		put_args(&t, cpu, row, a);
	} else {
		for (int i = 0; i < 6; i++) {
			if (i)
				text_char(&t, ',');
			text_hex(&t, a[i]);
		}
	}
	text_char(&t, ')');
	if (row && row->flags & ROW_NORET) {
		text_char(&t, '\n');
		atomic_store(&open_line, 0);
	}
	out(&t);
}

void strace_exit(struct cpu *cpu, const struct syscall_row *row, uint32_t nr, gret r)
{
	int mine = cpu->tid;
	struct text t;

	text_init(&t);
	if (!atomic_compare_exchange_strong(&open_line, &mine, 0)) {
		if (row && row->flags & ROW_NORET && r == 0)
			return;
		if (atomic_exchange(&open_line, 0))
			text_str(&t, " <unfinished ...>\n");
		text_num(&t, cpu->tid);
		text_str(&t, " <... ");
		put_name(&t, row, nr);
		text_str(&t, " resumed>");
	}
	text_str(&t, " = ");
	if (r <= -ERESTARTSYS && r >= -ERESTART_RESTARTBLOCK) {
		text_str(&t, "? (to be restarted)");
	} else if (r < 0 && r >= -4095) {
		text_str(&t, "-1 ");
		if (-r < (gret)(sizeof errno_names / sizeof errno_names[0]) && errno_names[-r]) {
			text_str(&t, errno_names[-r]);
		} else {
			text_str(&t, "errno=");
			text_num(&t, -r);
		}
	} else if (row && row->flags & ROW_HEX) {
		text_hex(&t, (uint32_t)r);
	} else {
		text_num(&t, (int32_t)r);
	}
	text_char(&t, '\n');
	out(&t);
}

bool report_each;

/* Keys seen, so that one line is said once: a small open hash, never emptied; full means silent. */
void report_once(uint32_t key, const char *what)
{
	static BIG_TABLE _Atomic uint64_t seen[1024];
	uint64_t mark = (uint64_t)key | 1ull << 32;
	bool is_new = false;
	struct text t;

	for (uint32_t i = 0, at = key * 2654435761u >> 22; i < 1024; i++, at = (at + 1) & 1023) {
		uint64_t empty = 0;

		if (atomic_compare_exchange_strong(&seen[at], &empty, mark)) {
			is_new = true;
			break;
		}
		if (empty == mark)
			break;
	}
	if (!is_new && !report_each)
		return;
	text_init(&t);
	text_str(&t, "strait: ");
	text_str(&t, what);
	text_char(&t, '\n');
	out(&t);
}

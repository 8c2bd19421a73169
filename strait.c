/* SPDX-License-Identifier: MIT */
/* strait: from the command line to a running guest. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "binfmt.h"
#include "emu/block.h"
#include "emu/disas.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/host/thread.h"
#include "emu/lock.h"
#include "emu/populate.h"
#include "emu/thread.h"
#include "emu/window.h"
#include "loader/loader.h"
#include "options.h"
#include "syscalls/files.h"
#include "syscalls/ioctl_report.h"
#include "syscalls/proc.h"
#include "syscalls/process.h"
#include "syscalls/row.h"
#include "syscalls/signal.h"
#include "syscalls/strace.h"
#include "syscalls/text_busy.h"
#include "syscalls/thread.h"

/* How strait was told what to run. */
struct job {
	const char *path;   /* to be opened; NULL: fd is given */
	int fd;
	const char *execfn;
	int argc;           /* argv[0..argc) of the program */
	char **argv;
	int self_fd;
	char comm[16];      /* "": execfn's */
};

/* ---- logs ---- */

static void log_line(const char *line, void *arg)
{
	dprintf(strace_fd, "%s%s\n", (const char *)arg, line);
}

/* b->pc is a key: bit 0 says Thumb where the guest has that. */
static void log_guest_code(const struct block *b)
{
	bool arm = cpu_self->guest == &guest_arm, thumb = arm && b->pc & 1;
	uint32_t at = b->pc - thumb;

	disas(thumb ? DISAS_THUMB : arm ? DISAS_ARM : DISAS_I386, (const uint8_t *)(window_base + at), b->end - b->pc, at, log_line, "  ");
}

static void log_block(const struct block *b)
{
	if (options.log & LOG_IN_ASM) {
		dprintf(strace_fd, "IN: %08x, %u bytes\n", b->pc, b->end - b->pc);
		log_guest_code(b);
	}
	if (options.log & LOG_OUT_ASM) {
		dprintf(strace_fd, "OUT: %u bytes\n", b->host_end - b->host);
		disas(DISAS_X86_64, cache_base + b->host, b->host_end - b->host, (uintptr_t)cache_base + b->host, log_line, "  ");
	}
}

static void log_pages(void)
{
	struct window_range r;

	for (uint32_t at = 0; window_next(ga(at), &r); at = r.end) {
		dprintf(strace_fd, "%08x-%08x %c%c%c%c\n", r.start, r.end, r.prot & 1 ? 'r' : '-', r.prot & 2 ? 'w' : '-',
			r.prot & 4 ? 'x' : '-', r.shared ? 's' : 'p');
		if (!r.end)
			break;
	}
}

static void stats(struct cpu *cpu, int status)
{
	const struct block_stats *s = &block_stats;

	(void)status;
	dprintf(strace_fd,
		"strait: pid %d: %s: %lu blocks, %lu guest instructions, %lu guest bytes in %lu host bytes, %lu cache hits, %lu exits linked, "
		"%lu blocks dropped, %lu flushes, %u unknown system calls, %u unknown ioctls\n",
		cpu->pid, proc_self.comm, s->blocks, s->insns, s->guest_bytes, s->host_bytes, s->hits, s->links, s->kills, cache_flushes, atomic_load(&syscalls_unknown),
		atomic_load(&ioctls_unknown));
}

static void open_log(const char *name, const char *hint, int *ret_fd)
{
	int fd;

	if (!name)
		return;
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		fail(126, name, strerror(errno), hint);
	*ret_fd = own_fd_park(fd);
}

/* ---- start ---- */

/* strait --resume SELF PROGRAM EXECFN NOPTIONS OPTION... ARGV...: loader/exec.c */
static void resume(struct job *job, int argc, char **argv)
{
	int n, next;

	if (argc < 7)
		fail(126, "--resume", "is strait's own", "strait --help");
	job->self_fd = atoi(argv[2]);
	job->fd = atoi(argv[3]);
	job->execfn = argv[4];
	n = atoi(argv[5]);
	argv += 5;
	argc -= 5;
	if (n < 0 || n > 64 || n + 2 > argc)
		fail(126, "--resume", "is strait's own", "strait --help");
	next = options_parse(n + 1, argv);
	job->argv = argv + next;
	job->argc = argc - next;
}

/* binfmt_misc: strait PATH ARGV... , with the file open as AT_EXECFD (flag O) and argv[0] kept (flag P), which AT_FLAGS then says. It
 * may be descriptor 0. The kernel's other words are about the program: AT_EXECFN, AT_SECURE, the thread's name. */
#define AT_FLAGS_PRESERVE_ARGV0 1

static bool is_from_kernel(void)
{
	errno = 0;
	return getauxval(AT_EXECFD) || errno != ENOENT || getauxval(AT_FLAGS) & AT_FLAGS_PRESERVE_ARGV0;
}

static void from_kernel(struct job *job, int argc, char **argv)
{
	unsigned skip = getauxval(AT_FLAGS) & AT_FLAGS_PRESERVE_ARGV0 ? 2 : 1;

	errno = 0;
	job->fd = getauxval(AT_EXECFD);
	if (!job->fd && errno == ENOENT)
		job->path = argv[1];
	job->execfn = (const char *)getauxval(AT_EXECFN);
	job->argv = argv + skip;
	job->argc = argc - skip;
	prctl(PR_GET_NAME, job->comm);
	kernel_execs = true;
	resume_options[n_resume_options++] = "--kernel-execs";
}

static void from_command_line(struct job *job, int argc, char **argv)
{
	int i = options_parse(argc, argv);

	if (options.binfmt)
		exit(binfmt_command(options.binfmt, argv + i, options.force));
	if (options.force)
		fail(126, "--force", "is for --binfmt register", "strait --help");
	if (options.userns)
		userns_command(argv + i);
	if (i >= argc)
		fail(126, "no program", "what is to be run?", "strait PROGRAM [ARGUMENT]...; strait --help");
	job->path = job->execfn = argv[i];
	job->argv = argv + i;
	job->argc = argc - i;
}

/* Room for pointers, for good. The few of most runs are no reason to wake libc's heap. */
static const char **pointers(size_t n)
{
	static AT_START const char *few[500];
	static size_t used;

	if (n > sizeof few / sizeof few[0] - used)
		return calloc(n, sizeof *few);
	used += n;
	return few + used - n;
}

/* The guest's environment: ours, with -E and -U. */
static const char **environment(char **envp, unsigned *ret_n)
{
	unsigned n = 0;
	const char **out;

	for (char **e = envp; *e; e++)
		n++;
	out = pointers(n + options.n_set_env + 1);
	n = 0;
	for (char **e = envp; *e; e++) {
		bool drop = false;
		size_t len = strcspn(*e, "=");

		for (unsigned k = 0; k < options.n_unset_env; k++)
			drop |= strlen(options.unset_env[k]) == len && !strncmp(*e, options.unset_env[k], len);
		for (unsigned k = 0; k < options.n_set_env; k++)
			drop |= !strncmp(*e, options.set_env[k], len + 1);
		if (!drop)
			out[n++] = *e;
	}
	for (unsigned k = 0; k < options.n_set_env; k++)
		out[n++] = options.set_env[k];
	*ret_n = n;
	return out;
}

static _Noreturn void refuse(const char *what, int err, const struct complaint *bad)
{
	int status = err == -ENOENT || err == -ENOTDIR ? 127 : 126;

	if (bad->why[0])
		fail(status, what, bad->why, bad->hint);
	if (err == -ENOEXEC)
		fail(status, what, "not a 32-bit program for a guest that strait knows (i386, ARM)", "file(1) tells what it is");
	fail(status, what, strerror(-err), err == -EACCES ? "is it a file, and is its x bit set (chmod +x)?" : "");
}

/* The file to run, its scripts' words in front of argv[1..]. */
static void open_job(struct job *job, struct image *im, struct start *st)
{
	static AT_START struct complaint bad;
	static AT_START struct script script;
	char buf[PATH_MAX];
	enum kind kind = KIND_GUEST;
	int r;

	if (job->path)
		r = program_open(AT_FDCWD, prefix_path(job->path, buf), 0, im, &script, &kind, &bad);
	else
		r = image_read(im, job->fd, &bad);
	if (r == 0 && kind == KIND_HOST)
		r = -ENOEXEC;
	if (r < 0)
		refuse(job->execfn, r, &bad);
	st->argv = pointers(job->argc + script.n + 2);
	for (unsigned k = 0; k < script.n; k++)
		st->argv[st->argc++] = script.word[k];
	for (int k = 0; k < job->argc; k++)
		st->argv[st->argc++] = k == 0 && script.n ? job->execfn : job->argv[k];
	if (!st->argc)
		st->argv[st->argc++] = "";
	if (options.argv0)
		st->argv[0] = options.argv0;
}

static void set_comm(const struct job *job)
{
	const char *slash = strrchr(job->execfn, '/'), *name = job->comm[0] ? job->comm : slash ? slash + 1 : job->execfn;
	size_t n = strnlen(name, sizeof proc_self.comm - 1);

	memcpy(proc_self.comm, name, n);
	proc_self.comm[n] = 0;
}

static void start_window(void)
{
	int r = window_init(options.window_base);

	if (r < 0)
		fail(126, "the guest's 4 GiB of addresses", strerror(-r), "--window-base auto puts them elsewhere");
	if (options.stack_size) {
		struct rlimit rl = {options.stack_size, RLIM_INFINITY};

		window_setrlimit(RLIMIT_STACK, &rl);
	}
}

static void run(void *cpu)
{
	cpu_loop(cpu);
}

int main(int argc, char **argv, char **envp)
{
	static AT_START struct image im;
	static AT_START struct complaint bad;
	struct job job = {.self_fd = -1};
	struct start st = {.secure = getauxval(AT_SECURE)};
	struct cpu *cpu;
	int r;

	strace_fd = 2;
	if (!st.secure)
		options_environment(envp);
	if (is_from_kernel() && argc > 1) /* first of all: whatever the program is called, no word of these is an option */
		from_kernel(&job, argc, argv);
	else if (argc > 1 && !strcmp(argv[1], "--resume"))
		resume(&job, argc, argv);
	else
		from_command_line(&job, argc, argv);
	own_fds_init(job.self_fd);
	open_log(options.log_file, "-D FILE names a file that can be written", &strace_fd);
	open_log(options.audit_file, "--audit FILE names a file that can be written", &ioctl_audit_fd);
	prefix_set(options.prefix);
	uname_release = options.release;
	strace_on = options.strace;
	st.envp = environment(envp, &st.envc);
	open_job(&job, &im, &st);
	st.execfn = job.execfn;

	start_window();
	if (options.engine == ENGINE_INTERP && !im.guest->interpret)
		fail(126, "--engine interp", "this kind of guest has no interpreter, only ARM has", "leave the option out");
	if (options.cpu && im.guest->set_cpu && !im.guest->set_cpu(options.cpu))
		fail(126, options.cpu, "no such processor model", "--cpu v5, v6, v7 or v8");
	im.guest->init();
	if (options.engine == ENGINE_BOTH && options.log & (LOG_IN_ASM | LOG_OUT_ASM)) /* all code is to be seen */
		options.engine = ENGINE_JIT;
	r = engine_init(im.guest, options.engine);
	if (r < 0)
		fail(126, "the code cache", strerror(-r), "is there memory left, and may it be executable?");
	cpu = cpu_new(NULL);
	if (!cpu)
		fail(126, "the first thread", strerror(ENOMEM), "");
	cpu->guest = im.guest;
	cpu->tid = gettid();
	cpu->pid = lock_pid = getpid();
	syscalls_init();
	r = program_load(cpu, &im, &st, &bad);
	if (r < 0)
		refuse(job.execfn, r, &bad);
	set_comm(&job);
	proc_self.exe_fd = own_fd_park(im.fd);
	text_hold(proc_self.exe_fd);
	proc_publish();
	engine_service = cpu_serve;
	engine_thread_start(cpu);
	signal_init(cpu);
	if (options.log & (LOG_IN_ASM | LOG_OUT_ASM))
		engine_translated = log_block;
	report_each = options.log & LOG_UNIMP;
	if (options.log & LOG_PAGE)
		log_pages();
	if (options.stats)
		process_exit_hook = stats;
	if (hot_begin) /* else the sanitizer expects the stack that it knows */
		host_move(cpu_stack_top(cpu), run, cpu); /* near to all else: a forked child needs no page table for it */
	cpu_loop(cpu);
}

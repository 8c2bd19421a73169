/* SPDX-License-Identifier: MIT */
/* Core files: an ELF of the guest's own class and machine, named by the host's core_pattern, sized by RLIMIT_CORE. */
#define _GNU_SOURCE
#include "syscalls/core.h"

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "emu/host_signal.h"
#include "emu/sigaction.h"
#include "emu/thread.h"
#include "syscalls/proc.h"
#include "syscalls/row.h"
#include "syscalls/siginfo.h"
#include "syscalls/text.h"

#define DUMPED                                                                                                         \
	(SIGBIT(SIGQUIT) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGABRT) | SIGBIT(SIGBUS) | SIGBIT(SIGFPE) |       \
	 SIGBIT(SIGSEGV) | SIGBIT(SIGSYS) | SIGBIT(SIGXCPU) | SIGBIT(SIGXFSZ))
#define NOTE_SIGINFO 0x53494749
#define SMALLEST_CORE 4096 /* under this the host kernel makes none */
#define RANGES_MAX 4096

struct out {
	int fd;
	uint64_t at, limit;
	bool full;
};

static void put(struct out *o, const void *data, size_t n)
{
	if (o->at + n > o->limit)
		o->full = true;
	if (!o->full && sys_raw(SYS_pwrite64, o->fd, data, n, o->at) != (long)n)
		o->full = true;
	o->at += n;
}

static void note(struct out *o, const char *name, uint32_t type, const void *data, uint32_t n)
{
	static const uint8_t zero[4];
	Elf32_Nhdr h = {.n_namesz = strlen(name) + 1, .n_descsz = n, .n_type = type};

	put(o, &h, sizeof h);
	put(o, name, h.n_namesz);
	put(o, zero, -h.n_namesz & 3);
	put(o, data, n);
	put(o, zero, -n & 3);
}

/* struct elf_prstatus of a 32-bit task */
struct prstatus {
	int32_t signo, code, error;
	uint16_t cursig, pad;
	uint32_t pending, held, pid, ppid, pgrp, sid, times[8];
	uint32_t regs[20 + 1]; /* as many as the guest has, then pr_fpvalid */
};

static void prstatus(struct out *o, const struct cpu *cpu, int sig, const siginfo_t *info)
{
	struct prstatus p = {
		.signo = sig, .code = info->si_code, .error = info->si_errno, .cursig = sig, .held = (uint32_t)cpu->sigmask,
		.pid = cpu->tid, .ppid = sys_raw(SYS_getppid), .pgrp = sys_raw(SYS_getpgrp), .sid = sys_raw(SYS_getsid, 0),
	};
	unsigned n = cpu->guest->core_regs(cpu, p.regs);

	p.regs[n] = 1;
	note(o, "CORE", NT_PRSTATUS, &p, offsetof(struct prstatus, regs) + 4 * n + 4);
}

struct prpsinfo {
	char state, sname, zombie, nice;
	uint32_t flag;
	uint16_t uid, gid;
	uint32_t pid, ppid, pgrp, sid;
	char fname[16], args[80];
};
_Static_assert(sizeof(struct prpsinfo) == 124, "32-bit elf_prpsinfo");

static void prpsinfo(struct out *o, const struct cpu *cpu)
{
	struct prpsinfo p = {
		.sname = 'R', .uid = sys_raw(SYS_getuid), .gid = sys_raw(SYS_getgid), .pid = cpu->pid,
		.ppid = sys_raw(SYS_getppid), .pgrp = sys_raw(SYS_getpgrp), .sid = sys_raw(SYS_getsid, 0),
	};
	uint32_t n = proc_self.arg_end - proc_self.arg_start;

	sys_raw(SYS_prctl, PR_GET_NAME, p.fname);
	if (n >= sizeof p.args)
		n = sizeof p.args - 1;
	if (guest_read(p.args, ga(proc_self.arg_start), n) < 0)
		n = 0;
	for (uint32_t i = 0; i + 1 < n; i++)
		if (!p.args[i])
			p.args[i] = ' ';
	note(o, "CORE", NT_PRPSINFO, &p, sizeof p);
}

static void auxv(struct out *o)
{
	uint32_t buf[128], n = proc_self.auxv_size < sizeof buf ? proc_self.auxv_size : sizeof buf;

	if (guest_read(buf, ga(proc_self.auxv), n) == 0)
		note(o, "CORE", NT_AUXV, buf, n);
}

static void more_registers(struct out *o, const struct cpu *cpu)
{
	uint8_t buf[1024] __attribute__((aligned(64)));
	uint32_t type, n;

	for (unsigned k = 0; (n = cpu->guest->core_note(cpu, k, buf, &type)); k++)
		note(o, type == NT_PRFPREG ? "CORE" : "LINUX", type, buf, n);
}

struct threads {
	struct out *o;
	const struct cpu *self;
	const siginfo_t *info;
};

/* Their registers, if they are out of translated code; all are brought out. */
static void other_thread(struct cpu *cpu, void *arg)
{
	const struct threads *t = arg;

	if (cpu == t->self || cpu->pid != t->self->pid)
		return;
	for (int tries = 0; atomic_load(&cpu->in_code) && tries < 1000; tries++) {
		host_kick(cpu);
		sys_raw(SYS_sched_yield);
	}
	prstatus(t->o, cpu, 0, &(siginfo_t){0});
}

static void notes(struct out *o, struct cpu *cpu, int sig, const siginfo_t *info)
{
	unsigned char si[GUEST_SIGINFO];
	struct threads t = {o, cpu, info};

	siginfo_to_guest(si, info);
	prstatus(o, cpu, sig, info);
	prpsinfo(o, cpu);
	note(o, "CORE", NOTE_SIGINFO, si, sizeof si);
	auxv(o);
	more_registers(o, cpu);
	cpu_each(other_thread, &t);
}

/* ---- memory ---- */

static uint64_t range_end(const struct window_range *r)
{
	return r->end ? r->end : GUEST_SPAN;
}

static bool is_dumped(const struct window_range *r)
{
	return r->prot & (1 | 2); /* what nobody can read has nothing to tell */
}

static uint32_t page_up(uint32_t n)
{
	return (n + GUEST_PAGE_MASK) & ~GUEST_PAGE_MASK;
}

static unsigned count_ranges(void)
{
	struct window_range r;
	unsigned n = 0;

	for (gaddr a = ga(0); n < RANGES_MAX && window_next(a, &r); a = ga(r.end)) {
		n++;
		if (!r.end)
			break;
	}
	return n;
}

static void memory_headers(struct out *o, unsigned n, uint32_t offset)
{
	struct window_range r;

	for (gaddr a = ga(0); n-- && window_next(a, &r); a = ga(r.end)) {
		uint32_t size = range_end(&r) - r.start;
		Elf32_Phdr ph = {
			.p_type = PT_LOAD, .p_offset = offset, .p_vaddr = r.start, .p_memsz = size, .p_align = GUEST_PAGE,
			.p_filesz = is_dumped(&r) ? size : 0,
			.p_flags = (r.prot & 1 ? PF_R : 0) | (r.prot & 2 ? PF_W : 0) | (r.prot & 4 ? PF_X : 0),
		};

		offset += ph.p_filesz;
		put(o, &ph, sizeof ph);
	}
}

/* Pages of zeros become holes. */
static bool is_empty(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, GUEST_PAGE - 1) == 0;
}

static void memory(struct out *o, unsigned n)
{
	uint8_t page[GUEST_PAGE];
	struct window_range r;

	for (gaddr a = ga(0); n-- && window_next(a, &r); a = ga(r.end)) {
		if (!is_dumped(&r))
			continue;
		for (uint64_t at = r.start; at < range_end(&r) && !o->full; at += GUEST_PAGE) {
			if (guest_read(page, ga(at), GUEST_PAGE) < 0 || is_empty(page))
				o->at += GUEST_PAGE;
			else
				put(o, page, GUEST_PAGE);
		}
	}
}

static void write_core(struct out *o, struct cpu *cpu, int sig, const siginfo_t *info)
{
	unsigned n = count_ranges();
	uint32_t head = sizeof(Elf32_Ehdr) + (n + 1) * sizeof(Elf32_Phdr);
	Elf32_Ehdr eh = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_CORE,
		.e_machine = cpu->guest->elf_machine, .e_version = EV_CURRENT, .e_phoff = sizeof eh, .e_ehsize = sizeof eh,
		.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = n + 1,
	};
	Elf32_Phdr ph = {.p_type = PT_NOTE, .p_offset = head};
	uint32_t data;

	o->at = head;
	notes(o, cpu, sig, info);
	ph.p_filesz = o->at - head;
	data = page_up(o->at);
	o->at = 0;
	put(o, &eh, sizeof eh);
	put(o, &ph, sizeof ph);
	memory_headers(o, n, data);
	o->at = data;
	memory(o, n);
	if (!o->full)
		sys_raw(SYS_ftruncate, o->fd, o->at);
}

/* ---- the file's name ---- */

static const char pattern_file[] = "/proc/sys/kernel/core_pattern";

static long read_small(const char *path, char *buf, size_t max)
{
	int fd = (int)sys_raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long n = fd < 0 ? fd : sys_raw(SYS_read, fd, buf, max - 1);

	if (fd >= 0)
		sys_raw(SYS_close, fd);
	if (n < 0)
		return n;
	while (n && buf[n - 1] == '\n')
		n--;
	buf[n] = 0;
	return n;
}

/* One %x of core_pattern (Documentation/admin-guide/sysctl/kernel.rst). */
static void expand(struct text *t, char c, const struct cpu *cpu, int sig)
{
	char comm[16];
	struct {
		char text[65][6];
	} names;
	struct rlimit limit;

	switch (c) {
	case 'p': case 'P':
		text_num(t, cpu->pid);
		break;
	case 'i': case 'I':
		text_num(t, cpu->tid);
		break;
	case 'u':
		text_num(t, sys_raw(SYS_getuid));
		break;
	case 'g':
		text_num(t, sys_raw(SYS_getgid));
		break;
	case 's':
		text_num(t, sig);
		break;
	case 't':
		text_num(t, sys_raw(SYS_time, NULL));
		break;
	case 'h':
		sys_raw(SYS_uname, &names);
		text_str(t, names.text[0]);
		break;
	case 'c':
		sys_raw(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit);
		text_num(t, limit.rlim_cur);
		break;
	case 'e': case 'f':
		sys_raw(SYS_prctl, PR_GET_NAME, comm);
		text_str(t, comm);
		break;
	case '%':
		text_char(t, '%');
		break;
	default:
		break;
	}
}

/* False: core_pattern names a program, which would be fed the emulator. */
static bool core_name(struct text *t, const struct cpu *cpu, int sig)
{
	char pattern[256], pid[8];
	bool has_pid = false;

	if (read_small(pattern_file, pattern, sizeof pattern) < 0 || pattern[0] == '|')
		return false;
	text_init(t);
	if (!pattern[0])
		text_str(t, "core");
	for (const char *p = pattern; *p; p++) {
		if (*p != '%') {
			text_char(t, *p);
			continue;
		}
		if (!*++p)
			break;
		has_pid |= *p == 'p';
		expand(t, *p, cpu, sig);
	}
	if (!has_pid && read_small("/proc/sys/kernel/core_uses_pid", pid, sizeof pid) == 1 && pid[0] == '1') {
		text_char(t, '.');
		text_num(t, cpu->pid);
	}
	return true;
}

static int core_open(const char *name)
{
	int fd = (int)sys_raw(SYS_openat, AT_FDCWD, name, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return fd;
	if (sys_raw(SYS_fstat, fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != (uid_t)sys_raw(SYS_geteuid) ||
	    sys_raw(SYS_ftruncate, fd, 0) < 0) {
		sys_raw(SYS_close, fd);
		return -1;
	}
	return fd;
}

bool core_dump(struct cpu *cpu, int sig, const siginfo_t *info)
{
	struct rlimit limit;
	struct out o = {0};
	struct text name;

	if (!(DUMPED & SIGBIT(sig)) || !cpu->guest->core_regs || sys_raw(SYS_prctl, PR_GET_DUMPABLE) != 1 ||
	    sys_raw(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit) < 0 || limit.rlim_cur < SMALLEST_CORE || !core_name(&name, cpu, sig))
		return false;
	o.fd = core_open(text_end(&name));
	if (o.fd < 0)
		return false;
	o.limit = limit.rlim_cur;
	write_core(&o, cpu, sig, info);
	sys_raw(SYS_close, o.fd);
	return true;
}

/*
 * WCOREDUMP is the host kernel's to set, by dumping: one page at most, without memory, into a tmpfs of a mount namespace that
 * nobody else sees. Where namespaces are not to be had the parent is not told.
 */
void core_report(void)
{
	static const char *const dirs[] = {"/proc", "/dev", "/tmp", "/etc"};
	struct rlimit small = {SMALLEST_CORE, SMALLEST_CORE}, none = {0, 0};
	char pattern[256], filter[] = "/proc/self/coredump_filter";
	long fd = sys_raw(SYS_openat, AT_FDCWD, filter, O_WRONLY | O_CLOEXEC, 0), r;
	const char *over = NULL;

	if (read_small(pattern_file, pattern, sizeof pattern) < 0)
		pattern[0] = 0;
	if (fd >= 0)
		sys_raw(SYS_write, fd, "0", 1);
	r = sys_raw(SYS_unshare, CLONE_NEWNS);
	if (r < 0)
		r = sys_raw(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS);
	if (r == 0)
		r = sys_raw(SYS_mount, "none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (pattern[0] == '/') { /* over the pattern's directory */
		*strrchr(pattern, '/') = 0;
		if (!strchr(pattern, '%') && r == 0 && sys_raw(SYS_mount, "none", pattern[0] ? pattern : "/", "tmpfs", 0, NULL) == 0)
			over = pattern;
	} else {
		for (unsigned i = 0; r == 0 && !over && i < sizeof dirs / sizeof *dirs; i++)
			if (sys_raw(SYS_mount, "none", dirs[i], "tmpfs", 0, NULL) == 0 && sys_raw(SYS_chdir, dirs[i]) == 0)
				over = dirs[i];
	}
	sys_raw(SYS_prctl, PR_SET_DUMPABLE, 1); /* a new user namespace took it */
	sys_raw(SYS_prlimit64, 0, RLIMIT_CORE, over ? &small : &none, NULL);
}

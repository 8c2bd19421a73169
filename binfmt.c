/* SPDX-License-Identifier: MIT */
/*
 * --binfmt: the kernel's binfmt_misc is told to start strait for programs of its guests, is asked what it was told, or told to forget it.
 * Formats: Documentation/admin-guide/binfmt-misc.rst. What was registered last is tried first.
 */
#define _GNU_SOURCE
#include "binfmt.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/guest.h"
#include "emu/populate.h"
#include "options.h"

/* P: argv[0] is kept. O: the program comes open, so it need not be readable. C: its credentials, for setuid programs.
 * F: strait is opened now, so it need not be in the tree that the program sees. */
#define FLAGS "POCF"
#define NAME "strait-"
#define HEADER 256 /* the kernel compares no more of a file */

const char *binfmt_self(void)
{
	static AT_START char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n < 0)
		fail(1, "/proc/self/exe", strerror(errno), "is /proc mounted?");
	return path;
}

/*
 * 7f E L F | class 1 | data 1 | version 1 | OSABI 0..3 | 8 bytes that Linux ignores | type 2 or 3 | machine
 * OSABI is 0 (System V) or 3 (GNU); a mask cannot leave out 1 and 2, and a kernel runs those too. The bytes behind it are
 * not always 0: an AppImage has its mark there.
 */
void binfmt_pattern(const struct guest *g, struct binfmt_pattern *ret)
{
	*ret = (struct binfmt_pattern){
		.magic = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT, [16] = ET_EXEC, [18] = (uint8_t)g->elf_machine,
			  (uint8_t)(g->elf_machine >> 8)},
		.mask = {255, 255, 255, 255, 255, 255, 255, 252, [16] = 254, 255, 255, 255},
	};
}

/* ---- what is registered ---- */

struct entry {
	char name[256], interpreter[PATH_MAX], flags[16];
	bool enabled, by_extension;
	unsigned offset, size;
	uint8_t magic[HEADER], mask[HEADER];
};

static unsigned hex(const char *text, uint8_t *to)
{
	unsigned n = 0, v;

	while (n < HEADER && sscanf(text + 2 * n, "%2x", &v) == 1)
		to[n++] = (uint8_t)v;
	return n;
}

static void entry_line(struct entry *e, const char *line)
{
	if (!strcmp(line, "enabled"))
		e->enabled = true;
	else if (!strncmp(line, "interpreter ", 12))
		snprintf(e->interpreter, sizeof e->interpreter, "%.4000s", line + 12);
	else if (!strncmp(line, "flags: ", 7))
		snprintf(e->flags, sizeof e->flags, "%.15s", line + 7);
	else if (!strncmp(line, "extension ", 10))
		e->by_extension = true;
	else if (!strncmp(line, "magic ", 6))
		e->size = hex(line + 6, e->magic);
	else if (!strncmp(line, "mask ", 5))
		hex(line + 5, e->mask);
	else
		sscanf(line, "offset %u", &e->offset);
}

static bool entry_read(struct entry *e, const char *name)
{
	char path[sizeof BINFMT_DIR + 256], line[PATH_MAX + 32];
	FILE *f;

	memset(e, 0, sizeof *e);
	memset(e->mask, 255, sizeof e->mask);
	snprintf(e->name, sizeof e->name, "%s", name);
	snprintf(path, sizeof path, BINFMT_DIR "/%s", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		entry_line(e, line);
	}
	fclose(f);
	return true;
}

/* Would the kernel give a program that begins so to this entry? */
static bool entry_matches(const struct entry *e, const uint8_t header[HEADER])
{
	if (!e->enabled || e->by_extension || e->offset + e->size > HEADER)
		return false;
	for (unsigned i = 0; i < e->size; i++)
		if ((header[e->offset + i] ^ e->magic[i]) & e->mask[i])
			return false;
	return true;
}

static bool entry_takes(const struct entry *e, const struct guest *g)
{
	struct binfmt_pattern p;
	uint8_t header[HEADER] = {0};
	bool takes = false;

	binfmt_pattern(g, &p);
	memcpy(header, p.magic, sizeof p.magic);
	for (unsigned k = 0; k < 4; k++) {
		header[EI_OSABI] = k & 1 ? ELFOSABI_GNU : ELFOSABI_SYSV;
		header[16] = k & 2 ? ET_DYN : ET_EXEC;
		takes |= entry_matches(e, header);
	}
	return takes;
}

static const char *own_name(const struct guest *g)
{
	static char name[64];

	snprintf(name, sizeof name, NAME "%s", g->name);
	return name;
}

/* Who else takes this guest's programs? The first that is found. */
static bool find_other(const struct guest *g, struct entry *ret)
{
	DIR *d = opendir(BINFMT_DIR);
	bool found = false;

	for (struct dirent *f; d && !found && (f = readdir(d));)
		found = f->d_name[0] != '.' && strcmp(f->d_name, "register") && strcmp(f->d_name, "status") &&
			strcmp(f->d_name, own_name(g)) && entry_read(ret, f->d_name) && entry_takes(ret, g);
	if (d)
		closedir(d);
	return found;
}

static bool find_own(const struct guest *g, struct entry *ret)
{
	return entry_read(ret, own_name(g));
}

/* ---- does the kernel run them itself? ---- */

/* The smallest program of the guest's kind. Its entry is nowhere: were it started, it would end at once. */
static int write_probe(const struct guest *g)
{
	struct {
		Elf32_Ehdr eh;
		Elf32_Phdr ph;
	} file = {
		.eh = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_EXEC, .e_machine = g->elf_machine,
		       .e_version = EV_CURRENT, .e_phoff = sizeof file.eh, .e_flags = g->elf_flags, .e_ehsize = sizeof file.eh,
		       .e_phentsize = sizeof file.ph, .e_phnum = 1},
		.ph = {.p_type = PT_LOAD, .p_vaddr = 0x08048000, .p_filesz = sizeof file, .p_memsz = sizeof file, .p_flags = PF_R, .p_align = 4096},
	};
	int fd = memfd_create("probe", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, &file, sizeof file) != sizeof file) {
		close(fd);
		return -1;
	}
	return fd;
}

/* An emulator that is registered makes execve succeed too, but with a file of its own. */
static bool runs_itself(pid_t pid)
{
	char link[32], to[64];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	n = readlink(link, to, sizeof to - 1);
	if (n < 0)
		return false;
	to[n] = 0;
	return !strncmp(to, "/memfd:probe", 12);
}

/* The program is started and stopped by ptrace before its first instruction. */
bool binfmt_is_native(const struct guest *g)
{
	int fd = write_probe(g), status;
	bool native = false;
	pid_t pid = fd < 0 ? -1 : _Fork();

	if (pid == 0) {
		char *argv[] = {"probe", NULL}, *envp[] = {NULL};

		setrlimit(RLIMIT_CORE, &(struct rlimit){1, 1}); /* 1: not even for a program that collects cores */
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(1);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		native = runs_itself(pid);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (fd >= 0)
		close(fd);
	return native;
}

/* ---- telling the kernel ---- */

static int write_file(const char *name, const char *text, size_t size)
{
	char path[sizeof BINFMT_DIR + 256];
	int fd, r = 0;

	snprintf(path, sizeof path, BINFMT_DIR "/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, size) != (ssize_t)size)
		r = -errno;
	close(fd);
	return r;
}

static size_t escaped(char *to, const uint8_t *bytes)
{
	size_t n = 0;

	for (unsigned i = 0; i < BINFMT_BYTES; i++)
		n += sprintf(to + n, "\\x%02x", bytes[i]);
	return n;
}

/* :NAME:M:OFFSET:MAGIC:MASK:INTERPRETER:FLAGS, with another character for the colon if the interpreter's name has one. */
int binfmt_register(const struct guest *g, const char *self)
{
	char line[PATH_MAX + 512], magic[4 * BINFMT_BYTES + 1], mask[sizeof magic];
	struct binfmt_pattern p;
	const char *c = ":|,;!%@";
	int n;

	while (*c && strchr(self, *c))
		c++;
	if (!*c)
		return -EINVAL;
	binfmt_pattern(g, &p);
	escaped(magic, p.magic);
	escaped(mask, p.mask);
	n = snprintf(line, sizeof line, "%c%s%cM%c0%c%s%c%s%c%s%c" FLAGS, *c, own_name(g), *c, *c, *c, magic, *c, mask, *c, self, *c);
	return write_file("register", line, n);
}

static int forget(const char *name)
{
	return write_file(name, "-1", 2);
}

/* ---- actions ---- */

static int complain(const struct guest *g, const char *why, const char *hint)
{
	fflush(stdout);
	fprintf(stderr, "strait: %s: %s\n", g->name, why);
	if (*hint)
		fprintf(stderr, "hint: %s\n", hint);
	return 1;
}

static const char *hint_for(int err)
{
	return err == -EACCES || err == -EPERM ? "become root, or strait --userns COMMAND for a registration of your own" : "";
}

/* May strait take this guest over? One that strait has already may always be had again. */
static bool may_take(const struct guest *g, bool named, int *ret_status)
{
	char why[PATH_MAX + 512], hint[512];
	struct entry e;

	if (find_other(g, &e)) {
		snprintf(why, sizeof why, "its programs are taken: %s gives them to %s", e.name, e.interpreter);
		snprintf(hint, sizeof hint, "--force puts strait before that; echo -1 >" BINFMT_DIR "/%.255s ends it", e.name);
		*ret_status |= complain(g, why, hint);
		return false;
	}
	if (find_own(g, &e) || !binfmt_is_native(g))
		return true;
	if (named)
		*ret_status |= complain(g, "this kernel runs its programs itself", "--force has strait run all of them instead");
	else
		printf("%s: left alone, this kernel runs its programs itself\n", g->name);
	return false;
}

static int do_register(const struct guest *g, bool named, bool force)
{
	const char *self = binfmt_self();
	int status = 0, r = 0;
	struct entry e;

	if (!force && !may_take(g, named, &status))
		return status;
	if (find_own(g, &e))
		r = forget(e.name);
	if (r == 0)
		r = binfmt_register(g, self);
	if (r < 0)
		return complain(g, strerror(-r), r == -EINVAL ? "the kernel's log may say what it does not like" : hint_for(r));
	printf("%s: registered as %s: %s\n", g->name, own_name(g), self);
	return 0;
}

static int do_unregister(const struct guest *g, bool named, bool force)
{
	struct entry e;
	int r;

	(void)force;
	if (!find_own(g, &e)) {
		if (named)
			return complain(g, "is not registered", "strait --binfmt status tells what is");
		return 0;
	}
	r = forget(e.name);
	if (r < 0)
		return complain(g, strerror(-r), hint_for(r));
	printf("%s: no longer registered\n", g->name);
	return 0;
}

static bool is_off(void)
{
	struct entry e;

	return entry_read(&e, "status") && !e.enabled;
}

/* The exit status says whether strait gets the programs. */
static int do_status(const struct guest *g, bool named, bool force)
{
	struct entry own, other;
	bool is_own = find_own(g, &own), is_other = find_other(g, &other), on = is_own && own.enabled && !is_off();

	(void)named, (void)force;
	if (is_own)
		printf("%s: registered as %s: %s, flags %s%s\n", g->name, own.name, own.interpreter, own.flags,
		       on ? "" : own.enabled ? "; binfmt_misc is switched off" : "; switched off");
	if (is_other)
		printf("%s: %s%s gives its programs to %s%s\n", g->name, is_own ? "also, " : "", other.name, other.interpreter,
		       is_own ? "; the later registration counts" : "");
	if (!is_own && !is_other)
		printf("%s: not registered%s\n", g->name, binfmt_is_native(g) ? "; this kernel runs its programs itself" : "");
	return on ? 0 : 1;
}

static const struct {
	const char *name;
	int (*one)(const struct guest *g, bool named, bool force);
} actions[] = {
	{"register", do_register},
	{"unregister", do_unregister},
	{"status", do_status},
};
#define N_ACTIONS (sizeof actions / sizeof *actions)

static const struct guest *guest_named(const char *name)
{
	for (unsigned i = 0; guests[i]; i++)
		if (!strcmp(guests[i]->name, name))
			return guests[i];
	fail(1, name, "no such guest", "strait --binfmt register|unregister|status [i386] [arm]");
}

static void need_binfmt_misc(void)
{
	if (access(BINFMT_DIR "/register", F_OK) == 0)
		return;
	if (access(BINFMT_DIR, F_OK) == 0)
		fail(1, BINFMT_DIR, "binfmt_misc is not mounted", "as root: mount -t binfmt_misc binfmt_misc " BINFMT_DIR);
	fail(1, BINFMT_DIR, "the kernel has no binfmt_misc", "is /proc mounted? as root: modprobe binfmt_misc");
}

int binfmt_command(const char *action, char **words, bool force)
{
	unsigned k = 0, named = 0;
	int status = 0;

	while (k < N_ACTIONS && strcmp(actions[k].name, action))
		k++;
	if (k == N_ACTIONS)
		fail(1, action, "no such action", "strait --binfmt register|unregister|status [i386] [arm]");
	for (char **w = words; *w; w++) {
		if (!strcmp(*w, "--force"))
			force = true;
		else
			guest_named(*w), named++;
	}
	need_binfmt_misc();
	for (char **w = words; *w; w++)
		if (strcmp(*w, "--force"))
			status |= actions[k].one(guest_named(*w), true, force);
	for (unsigned i = 0; !named && guests[i]; i++)
		status |= actions[k].one(guests[i], false, force);
	return status;
}

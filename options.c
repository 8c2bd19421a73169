/* SPDX-License-Identifier: MIT */
/* The option table and what reads it. */
#define _GNU_SOURCE
#include "options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "emu/populate.h"
#include "emu/window.h"
#include "loader/loader.h"
#include "syscalls/ioctl_class.h"
#include "syscalls/ioctl_report.h"


AT_START struct options options;

void fail(int status, const char *what, const char *why, const char *hint)
{
	fprintf(stderr, "strait: %s: %s\n", what, why);
	if (hint && *hint)
		fprintf(stderr, "hint: %s\n", hint);
	exit(status);
}

static void set_prefix(const char *arg)
{
	options.prefix = arg;
}

static void set_argv0(const char *arg)
{
	options.argv0 = arg;
}

static void set_release(const char *arg)
{
	options.release = arg;
}

static void set_log_file(const char *arg)
{
	options.log_file = arg;
}

static void set_audit(const char *arg)
{
	options.audit_file = arg;
}

static void set_policy(const char *arg)
{
	const char *bad;

	if (!ioctl_policy_set(arg, &bad))
		fail(126, bad, "no such class of devices", "man 7 strait-ioctl lists them; --ioctl-policy drm,evdev,!usb; + is for those that it says so of");
}

static void set_list(const char *arg)
{
	(void)arg;
	options.list_ioctls = true;
}

static void set_json(const char *arg)
{
	(void)arg;
	options.json = true;
}

static void add_env(const char *arg)
{
	if (!strchr(arg, '=') || *arg == '=')
		fail(126, arg, "-E wants NAME=VALUE", "strait -E LANG=C ./program");
	if (options.n_set_env == 64)
		fail(126, arg, "more than 64 -E", "set them in the environment instead");
	options.set_env[options.n_set_env++] = arg;
}

static void drop_env(const char *arg)
{
	if (options.n_unset_env == 64)
		fail(126, arg, "more than 64 -U", "use env -u");
	options.unset_env[options.n_unset_env++] = arg;
}

static uint64_t number(const char *arg, const char *option)
{
	char *end;
	uint64_t v = strtoull(arg, &end, 0);

	if (end == arg)
		fail(126, arg, "not a number", option);
	if (*end == 'k' || *end == 'K')
		v <<= 10, end++;
	else if (*end == 'm' || *end == 'M')
		v <<= 20, end++;
	if (*end)
		fail(126, arg, "not a number", option);
	return v;
}

static void set_stack(const char *arg)
{
	uint64_t v = number(arg, "-s SIZE: bytes of stack, with K or M behind if you like");

	if (v < 65536 || v > 1u << 30)
		fail(126, arg, "not a possible stack size", "-s SIZE: from 64K to 1024M");
	options.stack_size = v;
}

static void set_base(const char *arg)
{
	if (!strcmp(arg, "auto")) {
		options.window_base = WINDOW_BASE_AUTO;
		return;
	}
	options.window_base = number(arg, "--window-base ADDRESS: a multiple of 4 GiB, 0 or auto");
	if (options.window_base & (GUEST_SPAN - 1) || options.window_base >> 47)
		fail(126, arg, "not a possible window base", "--window-base ADDRESS: a multiple of 4 GiB below 2^47, 0 or auto");
}

static void set_log(const char *arg)
{
	static const char *const names[] = {"in_asm", "out_asm", "page", "unimp", "strace"};

	while (*arg) {
		size_t n = strcspn(arg, ",");
		unsigned k;

		for (k = 0; k < 5 && !(strlen(names[k]) == n && !strncmp(arg, names[k], n)); k++)
			;
		if (k == 5)
			fail(126, arg, "no such log item", "-d ITEM,...: in_asm out_asm page unimp strace");
		options.log |= 1u << k;
		arg += n + (arg[n] == ',');
	}
	if (options.log & LOG_STRACE)
		options.strace = true;
}

static void set_strace(const char *arg)
{
	(void)arg;
	options.strace = true;
}

static void set_stats(const char *arg)
{
	(void)arg;
	options.stats = true;
}

static void set_engine(const char *arg)
{
	static const char *const names[] = {[ENGINE_BOTH] = "both", [ENGINE_JIT] = "jit", [ENGINE_INTERP] = "interp"};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!strcmp(arg, names[i])) {
			options.engine = i;
			return;
		}
	fail(126, arg, "no such engine", "--engine both, jit or interp");
}

static void set_cpu(const char *arg)
{
	options.cpu = arg;
}

static void set_binfmt(const char *arg)
{
	options.binfmt = arg;
}

static void set_force(const char *arg)
{
	(void)arg;
	options.force = true;
}

static void set_userns(const char *arg)
{
	(void)arg;
	options.userns = true;
}

static void set_kernel_execs(const char *arg)
{
	(void)arg;
	kernel_execs = true;
}

static void no_gdb(const char *arg)
{
	(void)arg;
	fail(126, "-g", "the debugger stub is not there yet", "gdb -p sees the host side; -strace and -d in_asm show the guest's");
}

static void show_version(const char *arg)
{
	(void)arg;
	puts("strait " STRAIT_VERSION);
	exit(0);
}

static void show_help(const char *arg);
static void dump_man(const char *arg);
static void dump_completion(const char *arg);

struct option_row {
	const char *name, *env, *arg, *help;
	void (*set)(const char *arg);
	bool resume; /* a program that the guest execs is to have it too */
	bool repeats;
	bool is_file; /* programs change directories: a name is made absolute */
};

static const struct option_row rows[] = {
	{"L", "STRAIT_LD_PREFIX", "DIR", "look for absolute paths under DIR first (interpreter, libraries, files)", set_prefix, true, .is_file = true},
	{"E", "STRAIT_SET_ENV", "NAME=VALUE", "set a variable in the guest's environment", add_env, .repeats = true},
	{"U", "STRAIT_UNSET_ENV", "NAME", "remove a variable from the guest's environment", drop_env, .repeats = true},
	{"0", "STRAIT_ARGV0", "NAME", "give the program NAME as its argv[0]", set_argv0, false},
	{"r", "STRAIT_UNAME", "RELEASE", "kernel release that uname shows", set_release, true},
	{"s", "STRAIT_STACK_SIZE", "SIZE", "size of the first thread's stack", set_stack, true},
	{"strace", "STRAIT_STRACE", NULL, "print each system call", set_strace, true},
	{"d", "STRAIT_LOG", "ITEM,...", "log: in_asm out_asm page unimp strace", set_log, true},
	{"D", "STRAIT_LOG_FILENAME", "FILE", "write logs and traces to FILE", set_log_file, true, .is_file = true},
	{"stats", "STRAIT_STATS", NULL, "at exit print what was emulated", set_stats, true},
	{"ioctl-policy", "STRAIT_IOCTL_POLICY", "CLASS,...", "allow ioctls of these classes only, or none of !CLASS; +CLASS: unlisted ones too, as their numbers say", set_policy, true},
	{"audit", "STRAIT_AUDIT", "FILE", "write refused ioctls to FILE, a line of JSON each", set_audit, true, .is_file = true},
	{"list-ioctls", NULL, NULL, "list every ioctl command, and whether it is allowed", set_list, false},
	{"json", NULL, NULL, "with --list-ioctls: as JSON", set_json, false},
	{"window-base", "STRAIT_WINDOW_BASE", "ADDRESS", "host address of guest address 0: a multiple of 4 GiB, or auto", set_base, true},
	{"engine", "STRAIT_ENGINE", "NAME", "jit translates, interp interprets, both interprets what runs seldom (ARM programs only; the default)", set_engine, true},
	{"cpu", "STRAIT_CPU", "MODEL", "the processor that ARM programs see: v5 v6 v7 v8", set_cpu, true},
	{"binfmt", NULL, "ACTION", "register, unregister or status: the kernel is to have strait run programs of the GUESTs named behind, or all", set_binfmt},
	{"force", NULL, NULL, "with --binfmt register: also those that the kernel or somebody else runs", set_force},
	{"userns", NULL, NULL, "run a host COMMAND in a user namespace whose kernel side has strait run programs of all guests", set_userns},
	{"g", NULL, "PORT", "wait for gdb (not there yet)", no_gdb, false},
	{"help", NULL, NULL, "this text", show_help, false},
	{"version", NULL, NULL, "version", show_version, false},
	{"kernel-execs", NULL, NULL, NULL, set_kernel_execs, true}, /* passed on by exec alone */
	{"dump-man", NULL, NULL, NULL, dump_man, false},
	{"dump-completion", NULL, NULL, NULL, dump_completion, false},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static const char *dashes(const struct option_row *o)
{
	return strlen(o->name) == 1 || !strcmp(o->name, "strace") ? "-" : "--";
}

/* -NAME or --NAME */
static const char *option_word(const struct option_row *o)
{
	static char words[N_ROWS][32];
	char *word = words[o - rows];

	snprintf(word, sizeof *words, "%s%s", dashes(o), o->name);
	return word;
}

static void show_help(const char *arg)
{
	(void)arg;
	puts("usage: strait [OPTION]... PROGRAM [ARGUMENT]...\n"
	     "       strait --binfmt register|unregister|status [--force] [GUEST]...\n"
	     "       strait [OPTION]... --userns [COMMAND [ARGUMENT]...]\n"
	     "Run a 32-bit Linux program.\n");
	for (unsigned i = 0; i < N_ROWS; i++) {
		char left[64];

		if (!rows[i].help)
			continue;
		snprintf(left, sizeof left, "%s%s%s%s", dashes(&rows[i]), rows[i].name, rows[i].arg ? " " : "",
			 rows[i].arg ? rows[i].arg : "");
		printf("  %-24s %s%s%s%s\n", left, rows[i].help, rows[i].env ? " [" : "", rows[i].env ? rows[i].env : "",
		       rows[i].env ? "]" : "");
	}
	puts("\nNames in brackets are environment variables that mean the same; they are ignored in privileged programs.\n"
	     "Exit status: the program's; 126 if it could not be started, 127 if it was not found.");
	exit(0);
}

static void dump_man(const char *arg)
{
	(void)arg;
	puts(".TH STRAIT 1\n.SH NAME\nstrait \\- run 32-bit Linux programs on 64-bit Linux\n.SH SYNOPSIS\n.B strait\n[\\fIOPTION\\fR]... "
	     "\\fIPROGRAM\\fR [\\fIARGUMENT\\fR]...\n.br\n.B strait \\-\\-binfmt\n\\fIACTION\\fR [\\fB\\-\\-force\\fR] [\\fIGUEST\\fR]...\n.br\n"
	     ".B strait\n[\\fIOPTION\\fR]... \\fB\\-\\-userns\\fR [\\fICOMMAND\\fR [\\fIARGUMENT\\fR]...]\n.SH DESCRIPTION\nstrait is a user-mode emulator: it runs the program and all programs "
	     "that it starts. The guest's architecture is read from the ELF header.\n.SH OPTIONS");
	for (unsigned i = 0; i < N_ROWS; i++)
		if (rows[i].help)
			printf(".TP\n.B %s%s%s%s\n%s%s%s\n", strlen(dashes(&rows[i])) == 1 ? "\\-" : "\\-\\-", rows[i].name,
			       rows[i].arg ? " " : "", rows[i].arg ? rows[i].arg : "", rows[i].help,
			       rows[i].env ? "\n.br\nEnvironment: " : "", rows[i].env ? rows[i].env : "");
	puts(".SH EXIT STATUS\nThe program's own; 126 if it could not be started, 127 if it was not found; if a signal ended it, the "
	     "same signal ends strait.\n.SH SEE ALSO\nstrait-binfmt(7), strait-ioctl(7)");
	exit(0);
}

static void dump_completion(const char *arg)
{
	(void)arg;
	printf("complete -o default -W '");
	for (unsigned i = 0; i < N_ROWS; i++)
		if (rows[i].help)
			printf("%s%s ", dashes(&rows[i]), rows[i].name);
	puts("' strait");
	exit(0);
}

/* The row for -NAME, --NAME or --NAME=ARGUMENT; *arg is what stands behind the equals sign. */
static const struct option_row *find(const char *word, const char **arg)
{
	size_t n;

	word += word[1] == '-' ? 2 : 1;
	n = strcspn(word, "=");
	*arg = word[n] ? word + n + 1 : NULL;
	if (n == 1 && *word == 'h')
		return find("--help", arg);
	for (unsigned i = 0; i < N_ROWS; i++)
		if (strlen(rows[i].name) == n && !strncmp(rows[i].name, word, n) && (rows[i].arg || !*arg))
			return &rows[i];
	return NULL;
}

static void remember(const struct option_row *o, const char *word, const char *arg)
{
	if (!o->resume || n_resume_options + 2 > 64)
		return;
	resume_options[n_resume_options++] = word;
	if (o->arg && !strchr(word, '='))
		resume_options[n_resume_options++] = arg;
	if (o->env) /* for what --userns starts; a guest's environment is another */
		setenv(o->env, arg ? arg : "1", 1);
}

/* A file's name becomes absolute and loses slashes at its end, in *arg too; *word then is the option without an argument in it. */
static void set(const struct option_row *o, const char **word, const char **arg)
{
	char dir[PATH_MAX] = "", *name;
	int n;

	if (o->is_file && **arg) {
		if (**arg != '/' && !getcwd(dir, sizeof dir))
			fail(126, *arg, "the current directory cannot be found", "give an absolute name");
		n = asprintf(&name, "%s%s%s", dir, *dir ? "/" : "", *arg);
		while (n > 1 && name[n - 1] == '/')
			name[--n] = 0;
		*arg = name;
		*word = option_word(o);
	}
	o->set(*arg);
}

int options_parse(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1] && !options.userns) {
		const char *word = argv[i++], *arg;
		const struct option_row *o = find(word, &arg);

		if (!strcmp(word, "--"))
			break;
		if (!o)
			fail(126, word, "no such option", "strait --help lists them");
		if (o->arg && !arg) {
			if (i == argc)
				fail(126, word, "wants an argument", o->help);
			arg = argv[i++];
		}
		set(o, &word, &arg);
		remember(o, word, arg);
	}
	if (options.list_ioctls) {
		ioctl_list(options.json);
		exit(0);
	}
	return i;
}

/* A variable can be there once: what may be given more than once is a list with commas, as QEMU has it. */
static void set_from_environment(const struct option_row *o, const char *value)
{
	const char *name = o->env;
	char *list, *word;

	if (!o->repeats) {
		set(o, &name, &value);
		if (o->is_file) /* the variable goes on as it is */
			remember(o, name, value);
		return;
	}
	list = strdup(value);
	while ((word = strsep(&list, ",")))
		o->set(word);
}

void options_environment(char **envp)
{
	for (; *envp; envp++) {
		if (strncmp(*envp, "STRAIT_", 7))
			continue;
		for (unsigned i = 0; i < N_ROWS; i++) {
			size_t n = rows[i].env ? strlen(rows[i].env) : 0;

			if (n && !strncmp(*envp, rows[i].env, n) && (*envp)[n] == '=' && (*envp)[n + 1])
				set_from_environment(&rows[i], *envp + n + 1);
		}
	}
}

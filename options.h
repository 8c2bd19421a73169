/* SPDX-License-Identifier: MIT */
/* Command line and environment: one table for parsing, --help, the man page and shell completion. */
#ifndef STRAIT_OPTIONS_H
#define STRAIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/engine.h"

enum { LOG_IN_ASM = 1, LOG_OUT_ASM = 2, LOG_PAGE = 4, LOG_UNIMP = 8, LOG_STRACE = 16 };

struct options {
	const char *prefix, *argv0, *release, *log_file, *audit_file;
	const char *set_env[64], *unset_env[64];
	unsigned n_set_env, n_unset_env;
	uint32_t stack_size;
	uintptr_t window_base;
	unsigned log;
	bool strace, stats, list_ioctls, json;
	enum engine_kind engine;
	const char *cpu, *binfmt;
	bool force, userns;
};
extern struct options options;

/* Parse argv[1..]; the index of the first word that is not an option. Ends the program for --help, --version and errors. */
int options_parse(int argc, char **argv);
/* Environment twins, unless privileged. Before the command line. */
void options_environment(char **envp);

/* "strait: what: why" and "hint: ..." on stderr; then the program ends with status. */
_Noreturn void fail(int status, const char *what, const char *why, const char *hint);

#endif

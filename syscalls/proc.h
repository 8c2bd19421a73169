/* SPDX-License-Identifier: MIT */
/* /proc of emulated processes shows the guest, not the emulator. */
#ifndef STRAIT_SYSCALLS_PROC_H
#define STRAIT_SYSCALLS_PROC_H

#include <limits.h>

#include "emu/cpu.h"

/*
 * What /proc is to show of this process: filled by the loader for each program it starts, then proc_publish(). Other
 * straits read it out of this process, at the same address: the executable is not relocatable.
 */
struct proc_self {
	uint32_t magic; /* PROC_MAGIC once filled */
	int exe_fd;     /* descriptor of ours, open (O_PATH will do) on the program's file; -1: not known */
	uint64_t base;  /* window_base */
	uint32_t start_code, end_code, start_stack;
	uint32_t arg_start, arg_end, env_start, env_end;
	uint32_t auxv, auxv_size; /* in guest memory */
	uint32_t vdso, vdso_end;
	char comm[16];
};
#define PROC_MAGIC 0x73747201
extern struct proc_self proc_self;

/* Tell the host kernel where arguments, environment and auxv are and what this is called: cmdline, environ and comm then
 * are right for everyone who looks, also from outside. */
void proc_publish(void);

/* A path below /proc that names an emulated process's exe: the name of the file to use, in buf; else path. */
const char *proc_path(const char *path, char buf[PATH_MAX]);

/* fd was just opened by path: if it is a file of /proc that would show the emulator, another one takes its place
 * under the same number. The descriptor, or -errno. */
int proc_opened(struct cpu *cpu, int fd, const char *path, int flags);

#endif

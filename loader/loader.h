/* SPDX-License-Identifier: MIT */
/* From a file to a guest that is ready to run: ELF32 images, the initial stack, the vDSO, scripts, and exec. */
#ifndef STRAIT_LOADER_H
#define STRAIT_LOADER_H

#include <elf.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/guest.h"

#define MAX_PHDRS 2048 /* fs/binfmt_elf.c: 64 KiB */
#define FEW_PHDRS 128

/* What a file is, read and checked before anything is given up. */
struct image {
	int fd;
	const struct guest *guest;
	Elf32_Ehdr eh;
	Elf32_Phdr *ph, few[FEW_PHDRS]; /* ph: few, or a mapping where they are more */
	uint32_t span_low, span_high;  /* page-rounded extent of PT_LOAD */
	bool exec_stack;               /* PT_GNU_STACK says so, or is missing */
	char interp[PATH_MAX];         /* "" if there is none */
	uint32_t need_release;         /* .note.ABI-tag: a<<16 | b<<8 | c, 0: none */
};

/* Why a program cannot be started: for people. */
struct complaint {
	char why[256], hint[512];
};

/* 0; -ENOEXEC: not a program for one of our guests (or a broken one: then bad->why is set); another -errno. */
int image_read(struct image *im, int fd, struct complaint *bad);
/* The image's program headers are no longer needed. */
void image_forget(struct image *im);

/* The file that is to be run for `path`, scripts followed: fd in *ret_fd, and how many words to put before argv[1..]. */
struct script {
	unsigned n;                    /* words of all #! lines, outermost interpreter first; 0: not a script */
	char *word[16];
	char text[6][260];             /* storage */
};
enum kind { KIND_GUEST, KIND_HOST };
/* 0 or the kernel's -errno. *ret_kind: one of ours (im is filled), or something the host is to try. */
int program_open(int dirfd, const char *path, int flags, struct image *im, struct script *script, enum kind *ret_kind,
		 struct complaint *bad);

/* All that a new program is given. */
struct start {
	const char *execfn;
	unsigned argc, envc;
	const char **argv, **envp;
	bool secure;
};
/* Map the image and its interpreter, build stack and auxv, set the cpu's registers. 0, or -errno with bad filled. */
int program_load(struct cpu *cpu, const struct image *im, const struct start *st, struct complaint *bad);

/* The vDSO mapped below the interpreter; its guest address, 0 if there is none. */
uint32_t vdso_map(const struct guest *g);
void vdso_service(struct cpu *cpu, uint32_t service);

/* -L: absolute paths are tried under the prefix first. */
void prefix_set(const char *prefix);
extern int prefix_fd;
const char *prefix_path(const char *path, char buf[PATH_MAX]);

/* Descriptors of our own, parked high: strait's executable, and the running program's file. */
void own_fds_init(int inherited_self);
int own_fd_park(int fd);
extern int self_fd;

/* Options to be given to the strait that runs an exec'ed program. */
extern const char *resume_options[64];
extern unsigned n_resume_options;
/* The kernel has strait run the guests' programs (binfmt_misc): it can be asked to start one. */
extern bool kernel_execs;

long exec_guest(struct cpu *cpu, int dirfd, gaddr path, gaddr argv, gaddr envp, int flags);

#endif

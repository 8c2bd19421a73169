/* SPDX-License-Identifier: MIT */
/*
 * What strait knows about the guest's open descriptors, beyond what the host kernel keeps: cookies of directories, and
 * whether a file was opened for large offsets. One struct files per descriptor table (shared along CLONE_FILES).
 */
#ifndef STRAIT_SYSCALLS_FILES_H
#define STRAIT_SYSCALLS_FILES_H

#include "emu/cpu.h"

struct files;
struct dir;

struct files *files_ref(struct files *files);
void files_unref(struct files *files);
/* A copy of the table, as clone without CLONE_FILES makes (within one address space) or unshare(CLONE_FILES). */
struct files *files_copy(struct files *files);
/* Around fork, so that the child finds the tables consistent. */
void files_lock(void);
void files_unlock(void);

void files_closed(struct cpu *cpu, int fd);               /* fd is going away */
void files_closed_range(struct cpu *cpu, unsigned first, unsigned last);
void files_duped(struct cpu *cpu, int from, int to);      /* `to` is now the same open file as `from` */
void files_set_small(struct cpu *cpu, int fd, bool small); /* opened without O_LARGEFILE */
bool files_small(struct cpu *cpu, int fd);

/*
 * Did this process open it, or ask for it before? Else it came by exec or from another process and may be any device. Of the first few
 * only; the others count as seen.
 */
bool files_unseen(struct cpu *cpu, int fd);
void files_see(struct cpu *cpu, int fd);

/* Counts what makes a descriptor another file: what was known of one by ioctl_class.c is so while this is the same. */
extern atomic_uint files_changes;
/* Another process is about to share the descriptors and not the memory: what it closes and opens is not seen, so nothing is kept. */
void files_share(void);
extern bool files_shared;

/* What ioctl_class.c found out about the open file; NULL: nothing yet. */
struct ioctl_kind;
const struct ioctl_kind *files_kind(struct cpu *cpu, int fd);
void files_set_kind(struct cpu *cpu, int fd, const struct ioctl_kind *kind); /* files_lock() held */

/*
 * Directory positions. The host's are 63-bit hashes on some file systems, the guest's have 31 bits: each position that
 * was shown gets a token, the one native i386 would see where the file system has such (ext4: the upper half).
 */
uint32_t dir_token(struct cpu *cpu, int fd, int64_t host_pos);
int64_t dir_pos(struct cpu *cpu, int fd, uint64_t token); /* back; a token never given comes back as it is */
bool dir_known(struct cpu *cpu, int fd);                  /* tokens of this directory differ from positions */
void dir_rewound(struct cpu *cpu, int fd);                /* position 0: earlier tokens are forgotten */

/* A descriptor of the emulator itself, which the guest must not see. From loader/exec.c. */
bool fd_is_ours(int fd);
extern int own_fds_from; /* there are none below */
int fd_next_ours(unsigned from); /* the lowest from there on; -1: none */

#endif

/* SPDX-License-Identifier: MIT */
/* File systems and descriptors: the handlers of fs*.c, fcntl.c, poll.c, ioctl.c, and what they share. */
#ifndef STRAIT_SYSCALLS_FS_H
#define STRAIT_SYSCALLS_FS_H

#include <fcntl.h>
#include <sys/stat.h>

#include "syscalls/row.h"

/* A handler: the six raw argument registers in a. */
#define SYS(name)                                                                                                      \
	gret sys_##name(struct cpu *cpu __attribute__((unused)), const uint32_t a[6] __attribute__((unused)))

SYS(open); SYS(openat); SYS(openat2); SYS(creat); SYS(open_by_handle_at);
SYS(readlink); SYS(readlinkat); SYS(chroot); SYS(pivot_root); SYS(umount);
SYS(chown16); SYS(lchown16); SYS(fchown16);
SYS(close); SYS(close_range); SYS(dup); SYS(dup2); SYS(dup3); SYS(lseek); SYS(_llseek);
SYS(read); SYS(write); SYS(readv); SYS(writev); SYS(preadv); SYS(pwritev); SYS(preadv2); SYS(pwritev2); SYS(vmsplice);
SYS(sendfile); SYS(truncate); SYS(truncate64); SYS(ftruncate); SYS(ftruncate64); SYS(arm_fadvise64_64); SYS(arm_sync_file_range);
SYS(setxattrat); SYS(getxattrat); SYS(open_tree_attr);

SYS(oldstat); SYS(oldlstat); SYS(oldfstat); SYS(stat); SYS(lstat); SYS(fstat);
SYS(stat64); SYS(lstat64); SYS(fstat64); SYS(fstatat64);
SYS(statfs); SYS(fstatfs); SYS(statfs64); SYS(fstatfs64); SYS(ustat); SYS(statmount); SYS(listmount);
SYS(utime); SYS(utimes); SYS(futimesat); SYS(utimensat); SYS(utimensat_time64);
SYS(quotactl); SYS(quotactl_fd); SYS(sysfs);

SYS(getdents); SYS(getdents64); SYS(readdir);
SYS(fcntl); SYS(fcntl64); SYS(ioctl);

SYS(poll); SYS(ppoll); SYS(ppoll_time64); SYS(old_select); SYS(_newselect); SYS(pselect6); SYS(pselect6_time64);
SYS(epoll_ctl); SYS(epoll_wait); SYS(epoll_pwait); SYS(epoll_pwait2);

/* readv or writev of an input device: *ret is the result. False: of another file. */
bool events_vector(struct cpu *cpu, long nr, const uint32_t a[6], gret *ret);

/* stat of the host, by a guest path or descriptor: 0 or -errno. */
gret stat_path(struct cpu *cpu, int dirfd, gaddr path, int flags, struct stat *st);
gret stat_fd(struct cpu *cpu, int fd, struct stat *st);

/* ioctl of a command: the table's business. */
gret ioctl_guest(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg);

/* 16-bit ids: what does not fit shows as 65534; 65535 as an argument means -1. */
static inline uint16_t id_to16(uint32_t id)
{
	return id > 0xffff ? 65534 : (uint16_t)id;
}

static inline long id_from16(uint32_t id)
{
	return (uint16_t)id == 0xffff ? -1L : (long)(uint16_t)id;
}

#endif

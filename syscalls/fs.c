/* SPDX-License-Identifier: MIT */
/* Files by path and by descriptor: opening, closing, duplicating, seeking, vectors. */
#define _GNU_SOURCE
#include "syscalls/fs.h"

#include <asm/unistd.h>
#include <errno.h>
#include <string.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "syscalls/abi.h"
#include "syscalls/files.h"
#include "syscalls/ioctl_class.h"
#include "syscalls/path.h"
#include "syscalls/proc.h"
#include "syscalls/strace.h"
#include "syscalls/text_busy.h"

#define G_O_LARGEFILE 0100000 /* as the host kernel has it; libc's macro is 0 on 64-bit */
#define MAX_NON_LFS 0x7fffffffll

int oflags_in(struct cpu *cpu, uint32_t guest)
{
	const unsigned(*map)[2] = abi_of(cpu)->oflags;
	uint32_t host = guest;

	for (; map && (*map)[0]; map++)
		host &= ~(*map)[0];
	for (map = abi_of(cpu)->oflags; map && (*map)[0]; map++)
		if (guest & (*map)[0])
			host |= (*map)[1];
	return (int)host;
}

uint32_t oflags_out(struct cpu *cpu, int host)
{
	const unsigned(*map)[2] = abi_of(cpu)->oflags;
	uint32_t guest = (uint32_t)host;

	for (; map && (*map)[0]; map++)
		guest &= ~(*map)[1];
	for (map = abi_of(cpu)->oflags; map && (*map)[0]; map++)
		if ((uint32_t)host & (*map)[1])
			guest |= (*map)[0];
	return guest;
}

static int64_t pair(uint32_t lo, uint32_t hi)
{
	return (int64_t)((uint64_t)hi << 32 | lo);
}

/* ---- opening ---- */

/* Would the kernel deny an open with these flags where a program runs? A file that is new runs nowhere. */
static bool writes(int flags)
{
	int access = flags & O_ACCMODE;

	return (access == O_WRONLY || access == O_RDWR) && !(flags & O_PATH) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
}

/*
 * What the host is asked for: what a file has it keeps until we know that it may be written (start_writing()), or that it is not above 2 GiB
 * and opened without O_LARGEFILE, which the host kernel forces for 64-bit callers. Files without a length may look at O_TRUNC themselves.
 */
static int asked(int dirfd, const char *path, int flags)
{
	struct stat st;
	int follow = flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0;

	if (!(flags & O_TRUNC) || flags & O_PATH || sys_raw(__NR_newfstatat, dirfd, path, &st, follow) < 0 || !S_ISREG(st.st_mode) || !st.st_size)
		return flags;
	return writes(flags) || (!(flags & G_O_LARGEFILE) && st.st_size > MAX_NON_LFS) ? flags & ~O_TRUNC : flags;
}

/* The rest of an open with asked(): 0 or -errno. */
static gret start_writing(int fd, int flags)
{
	struct stat st;

	if (!writes(flags))
		return 0;
	if (text_is_busy(fd))
		return -ETXTBSY;
	if (flags & O_TRUNC && sys_raw(__NR_fstat, fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size)
		return sys_raw(__NR_ftruncate, fd, 0);
	return 0;
}

/* What every open ends with: fd is the host's answer, name and path what path_in() took and gave with buf. */
static gret opened(struct cpu *cpu, gret fd, int flags, gaddr name, const char *path, char buf[PATH_MAX])
{
	bool small = !(flags & (G_O_LARGEFILE | O_PATH)), named;
	gret r;

	if (fd < 0)
		return fd;
	if (small) {
		struct stat st;

		if (sys_raw(__NR_fstat, fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > MAX_NON_LFS) {
			sys_raw(__NR_close, fd);
			return -EOVERFLOW;
		}
	}
	r = start_writing((int)fd, flags);
	if (r < 0) {
		sys_raw(__NR_close, fd);
		return r;
	}
	named = !(flags & (O_PATH | O_DIRECTORY)) && buf && (path == buf || guest_str(buf, name, PATH_MAX) > 0);
	if (named && !(flags & O_ACCMODE))
		fd = proc_opened(cpu, (int)fd, buf, flags);
	if (fd >= 0)
		files_set_small(cpu, (int)fd, small);
	if (fd >= 0 && named && strstr(buf, "/input/"))
		ioctl_kind(cpu, (int)fd); /* for events.c */
	return fd;
}

/* How an open with these flags takes a link at the path's end, as AT_*. */
static int open_end(int flags)
{
	return flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL) ? AT_SYMLINK_NOFOLLOW : 0;
}

static gret do_open(struct cpu *cpu, int dirfd, gaddr name, uint32_t guest_flags, uint32_t mode)
{
	int flags = oflags_in(cpu, guest_flags);
	char buf[PATH_MAX];
	const char *path = path_in(cpu, name, buf, open_end(flags));

	return opened(cpu, sys_safe(cpu, __NR_openat, dirfd, path, asked(dirfd, path, flags), mode), flags, name, path, buf);
}

SYS(open)
{
	return do_open(cpu, AT_FDCWD, ga(a[0]), a[1], a[2]);
}

SYS(openat)
{
	return do_open(cpu, (int)a[0], ga(a[1]), a[2], a[3]);
}

SYS(creat)
{
	return do_open(cpu, AT_FDCWD, ga(a[0]), O_CREAT | O_WRONLY | O_TRUNC, a[1]); /* equal bits on all guests */
}

SYS(openat2)
{
	_Alignas(struct open_how) char how[GUEST_PAGE];
	struct open_how *h = (struct open_how *)how;
	char buf[PATH_MAX];
	const char *path = path_in(cpu, ga(a[1]), buf, AT_SYMLINK_NOFOLLOW);
	int flags;

	if (a[3] < sizeof *h || a[3] > sizeof how)
		return sys_raw(__NR_openat2, (int)a[0], path, guest_ptr(ga(a[2])), a[3]);
	TRY(guest_read(how, ga(a[2]), a[3]));
	flags = oflags_in(cpu, (uint32_t)h->flags);
	h->flags = (h->flags & ~0xffffffffull) | (uint32_t)asked((int)a[0], path, flags);
	return opened(cpu, sys_safe(cpu, __NR_openat2, (int)a[0], path, how, a[3]), flags, ga(a[1]), path, buf);
}

SYS(open_by_handle_at)
{
	int flags = oflags_in(cpu, a[2]);

	long fd = sys_safe(cpu, __NR_open_by_handle_at, (int)a[0], guest_ptr(ga(a[1])), writes(flags) ? flags & ~O_TRUNC : flags);

	return opened(cpu, fd, flags, ga(0), NULL, NULL);
}

/* ---- names ---- */

static gret do_readlink(struct cpu *cpu, int dirfd, gaddr name, gaddr to, uint32_t size)
{
	char buf[PATH_MAX];
	const char *path = path_in(cpu, name, buf, AT_SYMLINK_NOFOLLOW), *shown;
	char link[PATH_MAX];
	gret n;

	if (path != buf || !path_shown || strncmp(path, "/proc/", 6))
		return sys_raw(__NR_readlinkat, dirfd, path, guest_out(to, size), (int)size);
	n = sys_raw(__NR_readlinkat, dirfd, path, link, sizeof link - 1); /* the guest's exe */
	if (n < 0 || (int)size <= 0)
		return n < 0 ? n : -EINVAL;
	link[n] = 0;
	shown = path_shown(link);
	n = strlen(shown) < size ? (gret)strlen(shown) : (gret)size;
	TRY(guest_write(to, shown, (size_t)n));
	return n;
}

SYS(readlink)
{
	return do_readlink(cpu, AT_FDCWD, ga(a[0]), ga(a[1]), a[2]);
}

SYS(readlinkat)
{
	return do_readlink(cpu, (int)a[0], ga(a[1]), ga(a[2]), a[3]);
}

static gret do_chown16(struct cpu *cpu, const uint32_t a[6], int flags)
{
	char buf[PATH_MAX];

	return sys_raw(__NR_fchownat, AT_FDCWD, path_in(cpu, ga(a[0]), buf, flags), id_from16(a[1]), id_from16(a[2]), flags);
}

SYS(chown16)
{
	return do_chown16(cpu, a, 0);
}

SYS(lchown16)
{
	return do_chown16(cpu, a, AT_SYMLINK_NOFOLLOW);
}

SYS(fchown16)
{
	return sys_raw(__NR_fchown, (int)a[0], id_from16(a[1]), id_from16(a[2]));
}

SYS(chroot)
{
	char buf[PATH_MAX];
	gret r = sys_raw(__NR_chroot, path_in(cpu, ga(a[0]), buf, 0));

	if (r == 0)
		path_root_changed();
	return r;
}

SYS(pivot_root)
{
	char new_root[PATH_MAX], put_old[PATH_MAX];
	gret r = sys_raw(__NR_pivot_root, path_in(cpu, ga(a[0]), new_root, 0), path_in(cpu, ga(a[1]), put_old, 0));

	if (r == 0)
		path_root_changed();
	return r;
}

SYS(umount)
{
	char buf[PATH_MAX];

	return sys_raw(__NR_umount2, path_in(cpu, ga(a[0]), buf, 0), 0);
}

/* struct xattr_args holds its buffer's address in 64 bits. */
static gret xattr_at(struct cpu *cpu, long nr, const uint32_t a[6])
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} args;
	char buf[PATH_MAX];
	const char *path = path_in(cpu, ga(a[1]), buf, (int)a[2]);

	if (a[5] != sizeof args)
		return sys_raw(nr, (int)a[0], path, a[2], guest_ptr(ga(a[3])), guest_ptr(ga(a[4])), a[5]);
	TRY(guest_get(&args, ga(a[4])));
	if (args.value >> 32)
		return -EFAULT;
	args.value = (uintptr_t)guest_out(ga((uint32_t)args.value), args.size);
	return sys_raw(nr, (int)a[0], path, a[2], guest_ptr(ga(a[3])), &args, a[5]);
}

SYS(setxattrat)
{
	return xattr_at(cpu, 463, a);
}

SYS(getxattrat)
{
	return xattr_at(cpu, 464, a);
}

SYS(open_tree_attr)
{
	char buf[PATH_MAX];

	return sys_raw(467, (int)a[0], path_in(cpu, ga(a[1]), buf, (int)a[2]), a[2], guest_ptr(ga(a[3])), a[4]);
}

/* ---- descriptors ---- */

SYS(close)
{
	gret r;

	files_closed(cpu, (int)a[0]);
	r = sys_raw(__NR_close, (int)a[0]);
	if (files_kind(cpu, (int)a[0])) /* another thread asked for it meanwhile */
		files_closed(cpu, (int)a[0]);
	return r;
}

SYS(close_range)
{
	unsigned from = a[0], last = a[1];
	gret r;

	if (from > last || a[2] & ~6u)
		return sys_raw(__NR_close_range, from, last, a[2]);
	for (int fd; from <= last && (fd = fd_next_ours(from)) >= 0 && (unsigned)fd <= last; from = (unsigned)fd + 1)
		if ((unsigned)fd > from)
			TRY(sys_raw(__NR_close_range, from, fd - 1, a[2]));
	r = from <= last ? sys_raw(__NR_close_range, from, last, a[2]) : 0;
	if (r == 0 && !(a[2] & CLOSE_RANGE_CLOEXEC))
		files_closed_range(cpu, a[0], last);
	return r;
}

SYS(dup)
{
	gret r = sys_raw(__NR_dup, (int)a[0]);
	if (r >= 0)
		files_duped(cpu, (int)a[0], (int)r);
	return r;
}

SYS(dup2)
{
	gret r = sys_raw(__NR_dup2, (int)a[0], (int)a[1]);
	if (r >= 0)
		files_duped(cpu, (int)a[0], (int)r);
	return r;
}

SYS(dup3)
{
	gret r = sys_raw(__NR_dup3, (int)a[0], (int)a[1], oflags_in(cpu, a[2]));
	if (r >= 0)
		files_duped(cpu, (int)a[0], (int)r);
	return r;
}

/* Directories count in tokens, everything else in bytes. `cut`: lseek, which cannot show more than 31 bits of token. */
static gret do_seek(struct cpu *cpu, int fd, int64_t off, uint32_t whence)
{
	bool tokens = dir_known(cpu, fd);
	struct stat st;
	gret r;

	if (tokens && whence == SEEK_SET && off >= 0) {
		r = sys_raw(__NR_lseek, fd, dir_pos(cpu, fd, (uint64_t)off), SEEK_SET);
		if (r == 0)
			dir_rewound(cpu, fd);
		return r < 0 ? r : off;
	}
	r = sys_raw(__NR_lseek, fd, off, whence);
	if (r > INT32_MAX && (tokens || (sys_raw(__NR_fstat, fd, &st) == 0 && S_ISDIR(st.st_mode))))
		return dir_token(cpu, fd, r);
	return r;
}

SYS(lseek)
{
	gret r = do_seek(cpu, (int)a[0], (int32_t)a[1], a[2]);

	return r < 0 ? r : (uint32_t)r; /* a 64-bit kernel cuts what it returns to a 32-bit task */
}

SYS(_llseek)
{
	int64_t r;

	if (a[4] > 4)
		return sys_raw(__NR_fcntl, (int)a[0], F_GETFD) < 0 ? -EBADF : -EINVAL;
	r = do_seek(cpu, (int)a[0], (int64_t)((uint64_t)a[1] << 32 | a[2]), a[4]);
	if (r < 0)
		return r;
	return guest_put(ga(a[3]), &r);
}

/* ---- vectors ---- */

/* The host's vector of iov, in v[]; count as the guest gave it. */
static gret vector(struct iovec v[], const uint32_t a[6])
{
	return guest_iov(v, ga(a[1]), a[2]);
}

/* The host takes the position as low and high halves, too: the high one means nothing where long has 64 bits. */
static gret rw_vector(struct cpu *cpu, long nr, const uint32_t a[6], int64_t pos, uint32_t flags)
{
	struct iovec v[IOV_MAX];
	gret n;

	if (events_vector(cpu, nr, a, &n))
		return n;
	n = vector(v, a);
	if (n < 0) { /* a bad position or descriptor is told before a bad vector */
		gret r = sys_raw(nr, (int)a[0], NULL, 0, pos, 0, flags);

		return r < 0 ? r : n;
	}
	return sys_safe(cpu, nr, (int)a[0], v, a[2], pos, 0, flags);
}

SYS(readv)
{
	return rw_vector(cpu, __NR_readv, a, 0, 0);
}

SYS(writev)
{
	return rw_vector(cpu, __NR_writev, a, 0, 0);
}

SYS(preadv)
{
	return rw_vector(cpu, __NR_preadv, a, pair(a[3], a[4]), 0);
}

SYS(pwritev)
{
	return rw_vector(cpu, __NR_pwritev, a, pair(a[3], a[4]), 0);
}

SYS(preadv2)
{
	return rw_vector(cpu, __NR_preadv2, a, pair(a[3], a[4]), a[5]);
}

SYS(pwritev2)
{
	return rw_vector(cpu, __NR_pwritev2, a, pair(a[3], a[4]), a[5]);
}

SYS(vmsplice)
{
	struct iovec v[IOV_MAX];
	gret n = vector(v, a);

	if (n < 0) {
		gret r = sys_raw(__NR_vmsplice, (int)a[0], NULL, 0, a[3]);

		return r < 0 ? r : n;
	}
	return sys_safe(cpu, __NR_vmsplice, (int)a[0], v, a[2], a[3]);
}

/* ---- moving data ---- */

static gret do_truncate(struct cpu *cpu, gaddr name, int64_t len)
{
	char buf[PATH_MAX];
	const char *path = path_in(cpu, name, buf, 0);

	return text_is_busy_at(path) ? -ETXTBSY : sys_raw(__NR_truncate, path, len);
}

SYS(truncate)
{
	return do_truncate(cpu, ga(a[0]), (int32_t)a[1]);
}

SYS(truncate64)
{
	bool even = cpu->guest->personality_pairs_even;

	return do_truncate(cpu, ga(a[0]), pair(a[1 + even], a[2 + even]));
}

/* A file opened without O_LARGEFILE does not grow beyond 2 GiB: both calls, as the kernel's do_ftruncate. */
static gret do_ftruncate(struct cpu *cpu, int fd, int64_t len)
{
	if (len > MAX_NON_LFS && files_small(cpu, fd))
		return -EINVAL;
	return sys_raw(__NR_ftruncate, fd, len);
}

SYS(ftruncate)
{
	return do_ftruncate(cpu, (int)a[0], (int32_t)a[1]);
}

SYS(ftruncate64)
{
	bool even = cpu->guest->personality_pairs_even;

	return do_ftruncate(cpu, (int)a[0], pair(a[1 + even], a[2 + even]));
}

SYS(sendfile)
{
	uint32_t count = a[3];
	int32_t off32;
	int64_t off;
	gret r;

	if (!a[2])
		return sys_safe(cpu, __NR_sendfile, (int)a[0], (int)a[1], NULL, count);
	TRY(guest_get(&off32, ga(a[2])));
	off = off32;
	if (off >= 0 && off + count > MAX_NON_LFS)
		count = (uint32_t)(MAX_NON_LFS - off);
	r = sys_safe(cpu, __NR_sendfile, (int)a[0], (int)a[1], &off, count);
	if (r == 0 && off == MAX_NON_LFS)
		r = -EOVERFLOW;
	off32 = (int32_t)off;
	TRY(guest_put(ga(a[2]), &off32));
	return r;
}

/* ARM moves the int in front so that the pairs stand even. */
SYS(arm_fadvise64_64)
{
	return sys_raw(__NR_fadvise64, (int)a[0], pair(a[2], a[3]), pair(a[4], a[5]), (int)a[1]);
}

SYS(arm_sync_file_range)
{
	return sys_raw(__NR_sync_file_range, (int)a[0], pair(a[2], a[3]), pair(a[4], a[5]), a[1]);
}

/* SPDX-License-Identifier: MIT */
/* Memory: the guest's mappings are the window's business; here is what the calls look like. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "emu/window.h"
#include "syscalls/files.h"
#include "syscalls/fs.h"
#include "syscalls/mm.h"
#include "syscalls/row.h"
#include "syscalls/thread.h"

/*
 * The status and control pages of a sound stream hold longs and times of the host's width. As a 64-bit kernel does for any 32-bit
 * program, refuse them: programs then use SNDRV_PCM_IOCTL_SYNC_PTR, which is converted. Only the status page has a newer
 * form, of its own offset, that is the same for all.
 */
static bool is_sound_page(int fd, uint64_t offset)
{
	struct stat st;

	uint64_t page = offset >> 24; /* 0x80 status, 0x81 control; 0x82 and 0x83 are the newer ones */

	return (page == 0x80 || page == 0x81 || page == 0x83) && sys_raw(SYS_fstat, fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 116;
}

static gret map(struct cpu *cpu, gaddr addr, uint32_t len, int prot, int flags, int fd, uint64_t offset)
{
	gret r;

	if (!(flags & MAP_ANONYMOUS) && fd_is_ours(fd))
		return -EBADF;
	if (!(flags & MAP_ANONYMOUS) && is_sound_page(fd, offset))
		return -ENXIO;
	r = window_mmap(addr, len, prot, flags, fd, offset);
	robust_guard(cpu);
	return r;
}

SYS(mmap2)
{
	return map(cpu, ga(a[0]), a[1], (int)a[2], (int)a[3], (int)a[4], (uint64_t)a[5] << 12);
}

/* The old call: all six in a structure, the offset in bytes. */
SYS(mmap)
{
	uint32_t v[6];

	if (guest_get(&v, ga(a[0])) < 0)
		return -EFAULT;
	if (v[5] & GUEST_PAGE_MASK)
		return -EINVAL;
	return map(cpu, ga(v[0]), v[1], (int)v[2], (int)v[3], (int)v[4], v[5]);
}

SYS(munmap)
{
	(void)cpu;
	return window_munmap(ga(a[0]), a[1]);
}

SYS(mprotect)
{
	gret r = window_mprotect(ga(a[0]), a[1], (int)a[2]);

	robust_guard(cpu);
	return r;
}

SYS(pkey_mprotect)
{
	(void)cpu;
	return (int)a[3] == -1 || !a[1] ? window_mprotect(ga(a[0]), a[1], (int)a[2]) : -EINVAL;
}

/* The processor shown has no protection keys. */
SYS(pkey_alloc)
{
	(void)cpu;
	return a[0] || a[1] & ~3u ? -EINVAL : -ENOSPC;
}

SYS(pkey_free)
{
	(void)cpu, (void)a;
	return -EINVAL;
}

SYS(mremap)
{
	(void)cpu;
	return window_mremap(ga(a[0]), a[1], a[2], a[3], ga(a[4]));
}

SYS(brk)
{
	(void)cpu;
	return window_brk(ga(a[0]));
}

SYS(madvise)
{
	(void)cpu;
	return window_madvise(ga(a[0]), a[1], (int)a[2]);
}

/* Is all of it mapped? The reservation is a mapping for the host, but not for the guest. */
static bool mapped(uint32_t start, uint32_t len)
{
	uint64_t end = start + (((uint64_t)len + GUEST_PAGE_MASK) & ~(uint64_t)GUEST_PAGE_MASK);

	for (uint64_t p = start & ~GUEST_PAGE_MASK; p < end; p += GUEST_PAGE)
		if (p >= GUEST_SPAN || window_prot(ga(p)) < 0)
			return false;
	return true;
}

/* A call on a range whose hole is ENOMEM, after its other arguments were found good on what is mapped. */
static gret on_range(long nr, uint32_t start, uint32_t len, long arg)
{
	gret r;

	if (len && !mapped(start, len)) {
		r = sys_raw(nr, window_base + (start & ~GUEST_PAGE_MASK), 0, arg);
		return r < 0 ? r : -ENOMEM;
	}
	return sys_raw(nr, window_base + start, (unsigned long)len, arg);
}

SYS(msync)
{
	(void)cpu;
	if (a[0] & GUEST_PAGE_MASK)
		return -EINVAL;
	return on_range(SYS_msync, a[0], a[1], (int)a[2]);
}

SYS(mlock)
{
	(void)cpu;
	return on_range(SYS_mlock, a[0], a[1], 0);
}

SYS(mlock2)
{
	(void)cpu;
	return on_range(SYS_mlock2, a[0], a[1], a[2]);
}

SYS(munlock)
{
	(void)cpu;
	return on_range(SYS_munlock, a[0], a[1], 0);
}

SYS(mincore)
{
	uint32_t pages = ((uint64_t)a[1] + GUEST_PAGE_MASK) >> 12;

	(void)cpu;
	if (a[0] & GUEST_PAGE_MASK)
		return -EINVAL;
	if (!mapped(a[0], a[1]))
		return -ENOMEM;
	return sys_raw(SYS_mincore, window_base + a[0], (unsigned long)a[1], guest_out(ga(a[2]), pages));
}

/* The kernel does it by a mapping of its own too, since 4.0; only on shared file mappings, which the host checks. */
SYS(remap_file_pages)
{
	(void)cpu;
	if (!mapped(a[0], a[1]))
		return -EINVAL;
	return sys_raw(SYS_remap_file_pages, window_base + a[0], (unsigned long)a[1], (long)(int)a[2], (unsigned long)a[3], a[4]);
}

/* A sealed range could not be unmapped by us either, and its pages no longer watched. */
SYS(mseal)
{
	(void)cpu, (void)a;
	return -ENOSYS;
}

/* Advice to another process, which may be a strait with another window: only for this one. */
SYS(process_madvise)
{
	struct iovec iov[1024];
	ssize_t n = a[2] > 1024 ? -EINVAL : guest_iov(iov, ga(a[1]), a[2]);

	(void)cpu;
	if (n < 0)
		return n;
	return sys_raw(SYS_process_madvise, (int)a[0], iov, (unsigned long)a[2], (int)a[3], a[4]);
}

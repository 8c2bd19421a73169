/* SPDX-License-Identifier: MIT */
/* mmap and its kind on the interval map of guest mappings: placement and errnos as mm/mmap.c. */
#define _GNU_SOURCE
#include "emu/window_map.h"

#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "emu/window_ranges.h"
#include "syscalls/row.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define MAP_32BIT_ 0x40

static uint32_t next_id = 1, brk_now;
static struct rlimit limit_as = {RLIM_INFINITY, RLIM_INFINITY}, limit_data = {RLIM_INFINITY, RLIM_INFINITY},
		     limit_stack;

int window_map_init(void)
{
	return sys_raw(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &limit_stack);
}

static uint64_t page_up(uint64_t n)
{
	return (n + GUEST_PAGE_MASK) & ~(uint64_t)GUEST_PAGE_MASK;
}

static void *host(uint32_t a)
{
	return (void *)(window_base + a);
}

/* ---- limits ---- */

static uint64_t pages_total(bool data_only)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < n_ranges; i++)
		if (!data_only || (ranges[i].prot & PROT_WRITE && !ranges[i].shared && !ranges[i].growsdown))
			n += ranges[i].end - ranges[i].start;
	return n;
}

static bool within_limits(uint64_t more, int prot, bool shared)
{
	if (limit_as.rlim_cur != RLIM_INFINITY && pages_total(false) + more > limit_as.rlim_cur)
		return false;
	if (limit_data.rlim_cur != RLIM_INFINITY && prot & PROT_WRITE && !shared && pages_total(true) + more > limit_data.rlim_cur)
		return false;
	return true;
}

static struct rlimit *limit_of(int resource)
{
	switch (resource) {
	case RLIMIT_AS:
		return &limit_as;
	case RLIMIT_DATA:
		return &limit_data;
	case RLIMIT_STACK:
		return &limit_stack;
	default:
		return NULL;
	}
}

int window_getrlimit(int resource, struct rlimit *ret_limit)
{
	if (!limit_of(resource))
		return -ENOENT;
	*ret_limit = *limit_of(resource);
	return 0;
}

int window_setrlimit(int resource, const struct rlimit *limit)
{
	if (!limit_of(resource))
		return -ENOENT;
	*limit_of(resource) = *limit;
	return 0;
}

/* ---- the host side ---- */

static int host_prot(int prot)
{
	return prot & PROT_EXEC ? (prot & ~PROT_EXEC) | PROT_READ : prot;
}

static long host_unmap(uint32_t start, uint64_t len)
{
	if (!window_reserved || (!window_base && start < 0x10000))
		return sys_raw(SYS_munmap, host(start), len);
	return sys_raw(SYS_mmap, host(start), len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

static bool noexec_file(int fd)
{
	struct statfs st;

	return sys_raw(SYS_fstatfs, fd, &st) == 0 && st.f_flags & ST_NOEXEC;
}

enum { HOST_GETFL = 3, HOST_ACCMODE = 3, HOST_PATH = 010000000 };

/* ---- mmap ---- */

static gret place(uint32_t addr, uint64_t len, int flags)
{
	uint32_t task = window_layout.task_size;

	if (len > task)
		return -ENOMEM;
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (addr > task - len)
			return -ENOMEM;
		if (addr & GUEST_PAGE_MASK)
			return -EINVAL;
		if (flags & MAP_FIXED_NOREPLACE && !ranges_free(addr, addr + len))
			return -EEXIST;
		return addr;
	}
	addr &= ~GUEST_PAGE_MASK;
	if (addr) {
		uint32_t hint = addr < MMAP_MIN_ADDR ? MMAP_MIN_ADDR : addr;

		if (ranges_hint_fits(hint, len))
			return hint;
	}
	return ranges_find_gap(len);
}

static gret map_locked(uint32_t addr, uint64_t len, int prot, int flags, int fd, uint64_t offset, bool writable)
{
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
	int host_flags = (flags & ~(MAP_32BIT_ | MAP_FIXED_NOREPLACE)) | MAP_FIXED;
	gret at = place(addr, len, flags);
	long r;

	if (at < 0)
		return at;
	if (flags & MAP_ANONYMOUS && !shared) /* elsewhere the host says that it is an error */
		host_flags &= ~MAP_GROWSDOWN;
	if (!ranges_have_room())
		return -ENOMEM;
	if (!within_limits(ranges_free(at, at + len) ? len : 0, prot, shared)) {
		ranges_split(at); /* the kernel has begun to make room by then */
		ranges_split(at + len);
		return -ENOMEM;
	}
	if (window_layout.read_implies_exec && prot & PROT_READ && !(!(flags & MAP_ANONYMOUS) && noexec_file(fd)))
		prot |= PROT_EXEC;
	else if (prot & PROT_EXEC && !(flags & MAP_ANONYMOUS) && noexec_file(fd))
		return -EPERM;
	window_drop_code(at, at + len);
	r = sys_raw(SYS_mmap, host(at), len, host_prot(prot), host_flags, fd, offset);
	if (r < 0)
		return r;
	ranges_enter((struct range){.start = at, .end = at + len, .prot = prot & 7, .shared = shared,
			     .growsdown = flags & MAP_GROWSDOWN, .aliased = writable});
	return at;
}

gret window_mmap(gaddr addr, uint32_t len, int prot, int flags, int fd, uint64_t offset)
{
	uint64_t size = page_up(len);
	bool writable = false; /* so that it can change by this descriptor; seals and other descriptors are not looked for */
	gret r;

	if (!(flags & MAP_ANONYMOUS)) {
		r = sys_raw(SYS_fcntl, fd, HOST_GETFL);
		if (r < 0 || r & HOST_PATH)
			return r < 0 ? r : -EBADF;
		writable = r & HOST_ACCMODE;
	}
	if (!len)
		return -EINVAL;
	if (size >> 32)
		return -ENOMEM;
	if (flags & MAP_HUGETLB && flags & MAP_ANONYMOUS) { /* whole huge pages */
		unsigned shift = (unsigned)flags >> 26 & 63;
		uint64_t huge = 1ull << (shift ? shift : 21);

		size = (size + huge - 1) & ~(huge - 1);
	}
	window_lock();
	r = map_locked(addr.v, size, prot, flags, fd, offset, writable);
	window_unlock();
	return r;
}

gret window_find(gaddr addr, uint32_t len, int flags)
{
	gret r;

	window_lock();
	r = place(addr.v, page_up(len), flags);
	window_unlock();
	return r;
}

gret window_munmap(gaddr addr, uint32_t len)
{
	uint64_t size = page_up(len);
	uint32_t task = window_layout.task_size;
	long r = 0;

	if (addr.v & GUEST_PAGE_MASK || !len || addr.v > task || size > task - addr.v)
		return -EINVAL;
	window_lock();
	if (!ranges_free(addr.v, addr.v + size)) {
		if (ranges_have_room()) {
			window_drop_code(addr.v, addr.v + size);
			r = host_unmap(addr.v, size);
			if (r >= 0)
				ranges_clear(addr.v, addr.v + size);
		} else {
			r = -ENOMEM;
		}
	}
	window_unlock();
	return r < 0 ? r : 0;
}

/* ---- mprotect ---- */

/* Translations stay only where a page was and remains executable and unwritable. */
static long protect_range(unsigned i, int prot)
{
	struct range r = ranges[i];
	bool keeps_code = prot & PROT_EXEC;
	uint64_t size = r.end - r.start;
	long e;

	if (prot & PROT_WRITE && !within_limits(size, prot, r.shared) && within_limits(size, r.prot, r.shared))
		return -ENOMEM; /* it would become data */
	if (!keeps_code || prot & PROT_WRITE || r.prot & PROT_WRITE)
		window_drop_code(r.start, r.end);
	e = sys_raw(SYS_mprotect, host(r.start), r.end - r.start, host_prot(prot));
	if (e < 0)
		return e;
	ranges[i].prot = prot;
	window_shares |= r.shared && prot & PROT_WRITE;
	for (uint64_t p = r.start; p < r.end; p += GUEST_PAGE) {
		uint8_t keep = keeps_code && !(prot & PROT_WRITE) && !(r.prot & PROT_WRITE) ? window_page[page_slot(p >> 12)] & PAGE_CODE : 0;

		window_set_pages(p, p + GUEST_PAGE, range_page_flags(&ranges[i]) | keep);
	}
	return 0;
}

static gret protect_locked(uint32_t start, uint64_t end, int prot)
{
	uint64_t at = start;

	if (!ranges_have_room())
		return -ENOMEM;
	ranges_split(start);
	ranges_split(end);
	for (unsigned i = ranges_above(start); at < end; i++) {
		long r;

		if (i == n_ranges || ranges[i].start != at)
			return -ENOMEM;
		if (ranges[i].prot != prot) {
			r = protect_range(i, prot);
			if (r < 0)
				return r;
		}
		at = ranges[i].end;
	}
	return 0;
}

static void merge_range(uint32_t start, uint64_t end)
{
	for (unsigned i = ranges_above(start ? start - 1 : 0); i + 1 < n_ranges && ranges[i].end <= end;)
		if (ranges_alike(&ranges[i], &ranges[i + 1])) {
			ranges[i].end = ranges[i + 1].end;
			ranges_remove(i + 1, 1);
		} else {
			i++;
		}
}

#define PROT_GROWS (PROT_GROWSDOWN | PROT_GROWSUP)

/* From the range's own start, if it is one that grows down; none here grows up. */
static gret grown_start(uint32_t *start, uint64_t end, int grows)
{
	unsigned i = ranges_above(*start);

	if (i == n_ranges || ranges[i].start >= (grows & PROT_GROWSDOWN ? end : *start + 1ull))
		return -ENOMEM;
	if (grows & PROT_GROWSUP || !ranges[i].growsdown)
		return -EINVAL;
	*start = ranges[i].start;
	return 0;
}

gret window_mprotect(gaddr addr, uint32_t len, int prot)
{
	uint64_t end = addr.v + page_up(len);
	uint32_t start = addr.v;
	int grows = prot & PROT_GROWS;
	gret r;

	prot &= ~PROT_GROWS;
	if (grows == PROT_GROWS || addr.v & GUEST_PAGE_MASK)
		return -EINVAL;
	if (!len)
		return 0;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | 8 /* PROT_SEM */))
		return -EINVAL;
	prot &= 7;
	if (window_layout.read_implies_exec && prot & PROT_READ)
		prot |= PROT_EXEC;
	if (end > GUEST_SPAN) /* no mapping is there: -ENOMEM after what comes before */
		end = GUEST_SPAN;
	window_lock();
	r = grows ? grown_start(&start, end, grows) : 0;
	if (r == 0) {
		r = protect_locked(start, end, prot);
		merge_range(start, end);
	}
	window_unlock();
	return r;
}

/* ---- mremap ---- */

/* Pages watched for their code have another protection there. */
static void one_for_the_host(uint32_t start, uint64_t end)
{
	window_drop_code(start, end);
	for (uint64_t p = start; p < end; p += GUEST_PAGE)
		window_unwatch_code((uint32_t)p);
}

static gret remap_to(uint32_t old, uint64_t old_len, uint64_t new_len, uint32_t flags, uint32_t at)
{
	struct range r = ranges[ranges_above(old)];
	bool keep = flags & MREMAP_DONTUNMAP || !old_len;
	long e;

	one_for_the_host(old, old + old_len);
	window_drop_code(at, at + new_len);
	e = sys_raw(SYS_mremap, host(old), old_len, new_len, (flags & MREMAP_DONTUNMAP) | MREMAP_MAYMOVE | MREMAP_FIXED, host(at));
	if (e < 0)
		return e;
	if (!keep) {
		host_unmap(old, old_len);
		ranges_clear(old, old + old_len);
	}
	ranges_enter((struct range){.start = at, .end = at + new_len, .prot = r.prot, .shared = r.shared, .growsdown = r.growsdown,
			     .aliased = r.aliased, .id = r.id, .base = r.base + at - old});
	return at;
}

static gret grow_in_place(uint32_t old, uint64_t old_len, uint64_t new_len)
{
	struct range r = ranges[ranges_above(old)];
	long e;

	one_for_the_host(old, old + old_len);
	sys_raw(SYS_munmap, host(old + old_len), new_len - old_len);
	e = sys_raw(SYS_mremap, host(old), old_len, new_len, 0, 0);
	if (e < 0) {
		host_unmap(old + old_len, new_len - old_len);
		return e;
	}
	ranges_enter((struct range){.start = old + old_len, .end = old + new_len, .prot = r.prot, .shared = r.shared, .id = r.id,
			     .base = r.base, .growsdown = r.growsdown, .aliased = r.aliased});
	return old;
}

static gret mremap_locked(uint32_t old, uint64_t old_len, uint64_t new_len, uint32_t flags, uint32_t new_addr)
{
	unsigned i = ranges_above(old);
	uint32_t task = window_layout.task_size;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		if (new_addr & GUEST_PAGE_MASK || new_len > task || new_addr > task - new_len)
			return -EINVAL;
		if (new_addr < old + old_len && old < new_addr + new_len)
			return -EINVAL;
	}
	if (!ranges_have_room())
		return -ENOMEM;
	if (!(flags & MREMAP_FIXED) && old_len >= new_len && !(flags & MREMAP_DONTUNMAP) && old_len) {
		if (!ranges_mapped(old, old + 1))
			return -EFAULT;
		if (old_len > task - old)
			return -EINVAL;
		if (old_len > new_len) {
			window_drop_code(old + new_len, old + old_len);
			host_unmap(old + new_len, old_len - new_len);
			ranges_clear(old + new_len, old + old_len);
		}
		return old;
	}
	if (i == n_ranges || ranges[i].start > old)
		return -EFAULT;
	if (old + old_len > ranges[i].end)
		return -EFAULT;
	if (!old_len && !ranges[i].shared)
		return -EINVAL;
	if (new_len > old_len && !within_limits(new_len - old_len, ranges[i].prot, ranges[i].shared))
		return -ENOMEM;
	if (flags & MREMAP_DONTUNMAP && !within_limits(old_len, ranges[i].prot, ranges[i].shared))
		return -ENOMEM;
	if (flags & MREMAP_FIXED)
		return remap_to(old, old_len, new_len, flags, new_addr);
	if (!(flags & MREMAP_DONTUNMAP) && old_len && old + old_len == ranges[i].end &&
	    old + new_len <= task && ranges_free(old + old_len, old + new_len)) {
		gret r = grow_in_place(old, old_len, new_len);

		if (r >= 0 || !(flags & MREMAP_MAYMOVE))
			return r;
	}
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	gret at = flags & MREMAP_DONTUNMAP && new_addr && ranges_hint_fits(page_up(new_addr), new_len) ? (gret)page_up(new_addr)
												  : ranges_find_gap(new_len);

	return at < 0 ? at : remap_to(old, old_len, new_len, flags, at);
}

gret window_mremap(gaddr old, uint32_t old_len, uint32_t new_len, uint32_t flags, gaddr new_addr)
{
	gret r;

	if (flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP) || (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)) ||
	    (flags & MREMAP_DONTUNMAP && (!(flags & MREMAP_MAYMOVE) || old_len != new_len)) || old.v & GUEST_PAGE_MASK || !new_len)
		return -EINVAL;
	window_lock();
	r = mremap_locked(old.v, page_up(old_len), page_up(new_len), flags, new_addr.v);
	window_unlock();
	return r;
}

/* ---- brk ---- */

static uint32_t brk_locked(uint32_t want)
{
	uint64_t now, then = page_up(want);

	if (!brk_now)
		brk_now = window_layout.brk_start;
	now = page_up(brk_now);
	if (want < window_layout.brk_start || then >= window_layout.task_size)
		return brk_now;
	if (limit_data.rlim_cur != RLIM_INFINITY && want - window_layout.brk_start > limit_data.rlim_cur)
		return brk_now;
	if (then < now) {
		if (ranges_free(then, now))
			return brk_now;
		window_drop_code(then, now);
		host_unmap(then, now - then);
		ranges_clear(then, now);
	} else if (then > now) {
		unsigned i = ranges_above(now);

		if (i < n_ranges && range_low_edge(&ranges[i]) < then + GUEST_PAGE)
			return brk_now;
		if (map_locked(now, then - now, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0, false) < 0)
			return brk_now;
	}
	return brk_now = want;
}

gret window_brk(gaddr want)
{
	uint32_t r;

	window_lock();
	r = brk_locked(want.v);
	window_unlock();
	return r;
}

/* ---- the rest ---- */

gret window_madvise(gaddr addr, uint32_t len, int advice)
{
	uint64_t end = addr.v + page_up(len), at;
	bool hole = false;
	long r = 0;

	if (addr.v & GUEST_PAGE_MASK)
		return -EINVAL;
	if (end > GUEST_SPAN) {
		end = GUEST_SPAN;
		hole = true;
	}
	window_lock();
	if (advice != MADV_NORMAL && advice != MADV_RANDOM && advice != MADV_SEQUENTIAL && advice != MADV_WILLNEED)
		window_drop_code(addr.v, end);
	if (!len) /* is the advice known? */
		r = sys_raw(SYS_madvise, host(addr.v), 0, advice);
	at = addr.v;
	for (unsigned i = ranges_above(addr.v); at < end && r >= 0; i++) {
		uint64_t stop;

		if (i == n_ranges || ranges[i].start >= end) {
			hole = true;
			break;
		}
		hole |= ranges[i].start > at;
		if (ranges[i].start > at)
			at = ranges[i].start;
		stop = ranges[i].end < end ? ranges[i].end : end;
		r = sys_raw(SYS_madvise, host(at), stop - at, advice);
		if (r >= 0 && (advice == MADV_DONTFORK || advice == MADV_DOFORK) && ranges_have_room()) {
			ranges_split(at);
			ranges_split(stop);
			i = ranges_above(at);
			ranges[i].dontfork = advice == MADV_DONTFORK;
		}
		at = stop;
	}
	if (hole && r >= 0 && sys_raw(SYS_madvise, host(addr.v), 0, advice) < 0)
		r = -EINVAL;
	window_unlock();
	return r < 0 ? r : hole ? -ENOMEM : 0;
}

gret window_shmat(int shmid, gaddr addr, int flags)
{
	struct shmid_ds ds;
	uint64_t len, at = addr.v;
	int prot = flags & SHM_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE;
	gret r = sys_raw(SYS_shmctl, shmid, IPC_STAT, &ds);

	if (r < 0)
		return r;
	len = page_up(ds.shm_segsz);
	if (at & GUEST_PAGE_MASK) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		at &= ~(uint64_t)GUEST_PAGE_MASK;
	}
	if (!at && flags & SHM_REMAP)
		return -EINVAL;
	window_lock();
	if (addr.v && !(flags & SHM_REMAP) && !ranges_free(at, at + len))
		r = -EINVAL;
	else if (addr.v && at + len > window_layout.task_size)
		r = -ENOMEM;
	else
		r = addr.v ? (gret)at : ranges_find_gap(len);
	if (r >= 0 && !(within_limits(len, prot, true) && ranges_have_room()))
		r = -ENOMEM;
	if (r >= 0) {
		at = r;
		window_drop_code(at, at + len);
		flags &= ~SHM_RND;
		if (host(at))
			r = sys_raw(SYS_shmat, shmid, host(at), (flags & ~SHM_EXEC) | SHM_REMAP);
		else /* at address 0, which the call takes for none */
			r = sys_raw(SYS_shmat, shmid, 1, (flags & ~(SHM_EXEC | SHM_REMAP)) | SHM_RND);
		if (r >= 0) {
			if (flags & SHM_EXEC)
				prot |= PROT_EXEC;
			ranges_enter((struct range){.start = at, .end = at + len, .prot = prot, .shared = true, .id = next_id++, .base = at});
			r = at;
		}
	}
	window_unlock();
	return r;
}

/* All that is left of the attachment which begins, or began, at addr. */
gret window_shmdt(gaddr addr)
{
	uint32_t id = 0;
	gret r = -EINVAL;

	if (addr.v & GUEST_PAGE_MASK)
		return r;
	window_lock();
	for (unsigned i = ranges_above(addr.v); i < n_ranges && !id; i++)
		if (ranges[i].id && ranges[i].base == addr.v)
			id = ranges[i].id;
	if (id)
		r = sys_raw(SYS_shmdt, host(addr.v));
	for (unsigned i = ranges_above(addr.v); i < n_ranges && r >= 0;) {
		struct range piece = ranges[i];

		if (piece.id != id || piece.base != addr.v) {
			i++;
			continue;
		}
		window_drop_code(piece.start, piece.end);
		host_unmap(piece.start, piece.end - piece.start);
		ranges_clear(piece.start, piece.end);
	}
	window_unlock();
	return r;
}

bool window_next(gaddr addr, struct window_range *ret_range)
{
	unsigned i;
	bool found;

	window_lock();
	i = ranges_above(addr.v);
	found = i < n_ranges;
	if (found)
		*ret_range = (struct window_range){.start = ranges[i].start, .end = ranges[i].end, .prot = ranges[i].prot,
						   .shared = ranges[i].shared, .growsdown = ranges[i].growsdown};
	window_unlock();
	return found;
}

/* Grow the range above addr down to it, if the kernel would: within the stack limit, clear of the mapping below. */
static bool grow_locked(uint32_t addr)
{
	uint32_t page = addr & ~GUEST_PAGE_MASK;
	unsigned i = ranges_above(addr);
	struct range r;

	if (window_page[page_slot(addr >> 12)] & PAGE_MAPPED || i == n_ranges || !ranges[i].growsdown)
		return false;
	r = ranges[i];
	if (r.end - page > limit_stack.rlim_cur || page < ranges_min_addr())
		return false;
	if (i > 0 && ranges[i - 1].prot && !ranges[i - 1].growsdown && page < ranges[i - 1].end + STACK_GUARD_GAP)
		return false;
	if (!within_limits(r.start - page, 0, false))
		return false;
	if (sys_raw(SYS_mmap, host(page), r.start - page, host_prot(r.prot), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0)
		return false;
	ranges_enter((struct range){.start = page, .end = r.start, .prot = r.prot, .growsdown = true});
	return true;
}

void window_fork_child(void)
{
	for (unsigned i = 0; i < n_ranges;) {
		struct range r = ranges[i];

		if (!r.dontfork) {
			i++;
			continue;
		}
		window_drop_code(r.start, r.end);
		host_unmap(r.start, r.end - r.start);
		ranges_clear(r.start, r.end);
	}
}

bool window_grow(uint32_t addr)
{
	bool grown;

	if (window_lock_mine()) /* the fault is that of whoever holds it, as of a look at code that is not there */
		return false;
	window_lock();
	grown = grow_locked(addr);
	window_unlock();
	return grown;
}

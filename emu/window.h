/* SPDX-License-Identifier: MIT */
/*
 * The window: the 4 GiB span of host addresses that holds all guest memory, and who owns which guest page in it.
 * One window a process. Guest address G lives at host address window_base + G. Nothing here prints; results are 0 or
 * -errno as the kernel would give it. All functions are thread-safe; guest_* are also safe when the memory they
 * touch is unmapped meanwhile.
 */
#ifndef STRAIT_WINDOW_H
#define STRAIT_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "emu/gaddr.h"

extern uintptr_t window_base; /* host address of guest address 0; 0 unless --window-base says otherwise */

#define WINDOW_BASE_AUTO ((uintptr_t)-1) /* base 0 if the host allows it, else any */

/* Reserve the window. Where the reservation is refused (RLIMIT_AS) it runs unreserved. 0 or -errno. */
int window_init(uintptr_t base);

/* What the guest kernel would use as limits of its address space; set by the loader before the first mapping. */
struct window_layout {
	uint32_t task_size;  /* first address the guest cannot have: i386 on 64-bit: 0xffffe000, ARM: 0xffff0000 */
	uint32_t mmap_base;  /* top of the top-down area */
	uint32_t brk_start;  /* first byte of the heap */
	uint32_t stack_low;  /* lowest address the main stack may grow to (RLIMIT_STACK), for the stack's guard gap */
	bool read_implies_exec; /* personality: PROT_READ gives PROT_EXEC too */
};
extern struct window_layout window_layout;

/* There is, or was, a mapping that the guest may write and others may see. */
extern bool window_shares;

/* ---- crossing the boundary: copies that recover from faults. 0 or -EFAULT. ---- */
int guest_read(void *dst, gaddr src, size_t n);
int guest_write(gaddr dst, const void *src, size_t n);
/* String with its NUL into dst[max]: length, -EFAULT, or -ENAMETOOLONG when no NUL in max bytes. */
ssize_t guest_str(char *dst, gaddr src, size_t max);
/* n 32-bit iovecs at src into dst[]: total bytes, or -EFAULT, -EINVAL (n > IOV_MAX or a length < 0, as the kernel). */
ssize_t guest_iov(struct iovec *dst, gaddr src, uint32_t n);

#define guest_get(ptr, src) guest_read((ptr), (src), sizeof *(ptr))
#define guest_put(dst, ptr) guest_write((dst), (ptr), sizeof *(ptr))

/* A guest buffer that the host kernel itself will read or write; NULL stays NULL. Never dereference it. */
void *guest_ptr(gaddr a);
/* Same, for a buffer that the host kernel will write n bytes into: lets it write where translated code was read from. */
void *guest_out(gaddr a, size_t n);

/* ---- the guest's mm: arguments as the guest gave them, kernel's results and errnos ---- */
gret window_mmap(gaddr addr, uint32_t len, int prot, int flags, int fd, uint64_t offset);
/* Where that would be. */
gret window_find(gaddr addr, uint32_t len, int flags);
gret window_munmap(gaddr addr, uint32_t len);
gret window_mprotect(gaddr addr, uint32_t len, int prot);
gret window_mremap(gaddr old, uint32_t old_len, uint32_t new_len, uint32_t flags, gaddr new_addr);
gret window_brk(gaddr brk);
gret window_madvise(gaddr addr, uint32_t len, int advice);
gret window_shmat(int shmid, gaddr addr, int flags);
gret window_shmdt(gaddr addr);
/* Resource limits on the window are the guest's, not ours: RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK. */
struct rlimit;
int window_getrlimit(int resource, struct rlimit *ret_limit); /* 0, or -ENOENT: not one of the window's */
int window_setrlimit(int resource, const struct rlimit *limit);

/* One mapping, for /proc/self/maps and core files: the one holding addr or the next above; false at the end. */
struct window_range {
	uint32_t start, end; /* end exclusive; 0 means 4 GiB */
	int prot;            /* guest's PROT_* */
	bool shared, growsdown;
};
bool window_next(gaddr addr, struct window_range *ret_range);

/* PROT_* of the guest page that holds addr, or -1 if nothing is mapped there. A table look-up. */
int window_prot(gaddr addr);

/* ---- for the engine ---- */
/* Called with the range before code in [start, end) may change or go: translations of it must not run again. */
extern void (*window_code_changed)(uint32_t start, uint64_t end);
/* A page holds translated code: writes by the guest must fault on the host from now on. False if it is not executable. */
bool window_watch_code(uint32_t page_addr);
/* Translations of the page exist, but the guest says when it changes code: only unmapping and its kind tell. */
void window_mark_code(uint32_t page_addr);
/* Allow writes again on a watched page (after its translations were dropped, or once they check themselves). */
void window_unwatch_code(uint32_t page_addr);
bool window_watched(uint32_t page_addr);
/* How often (up to 255) a page was written while it was watched: the engine counts. */
unsigned window_writes(uint32_t page_addr);
void window_count_write(uint32_t page_addr);
/* Watching does not help: the page can be written through another mapping, another process or its file. */
bool window_aliased(uint32_t page_addr);
/* A fault at host address: grows a MAP_GROWSDOWN mapping if the kernel would. True: retry the access. */
bool window_grow(uint32_t addr);
/* Around fork: hold the window's lock so that the child finds it consistent. */
void window_lock(void);
void window_unlock(void);
/* In the child, under that lock: what MADV_DONTFORK left behind is gone. */
void window_fork_child(void);

#endif

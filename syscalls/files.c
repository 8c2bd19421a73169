/* SPDX-License-Identifier: MIT */
/* Per-descriptor knowledge and directory cookies. Memory comes from mmap: a forked child may not rely on malloc. */
#include "syscalls/files.h"

#include <asm/unistd.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/hot.h"
#include "emu/lock.h"
#include "syscalls/row.h"

#define MAX_FD (1u << 20)

struct slot {
	int64_t pos;
	uint32_t token; /* + 1; 0: free */
};

/* One open directory with positions that do not fit 31 bits. */
struct dir {
	uint32_t refs, used, size; /* size: slots, a power of two */
	struct slot *slots;
	struct dir *next_free;
};

struct entry {
	struct dir *dir;
	const struct ioctl_kind *kind;
	bool small;
};

struct files {
	atomic_uint refs;
	atomic_uint n; /* entries that may be in use */
	_Atomic uint64_t seen; /* bits, of the first 64 descriptors */
	struct entry *entry;
};

HOT_DATA atomic_uint files_changes = 1; /* 0 is never */
HOT_DATA bool files_shared;

static struct lock lock;
static struct dir *free_dirs;
static struct files default_files = {.refs = 1};

static void *get_memory(size_t n)
{
	long p = sys_raw(__NR_mmap, 0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p < 0 && p > -4096 ? NULL : (void *)p;
}

static void drop_memory(void *p, size_t n)
{
	if (p)
		sys_raw(__NR_munmap, p, n);
}

void files_lock(void)
{
	lock_take(&lock);
}

void files_unlock(void)
{
	lock_drop(&lock);
}

static struct files *files_of(struct cpu *cpu)
{
	if (!cpu->files)
		cpu->files = &default_files;
	return cpu->files;
}

/* The table is reserved whole and never moves, so that a look without the lock is safe. */
static bool make_entries(struct files *f)
{
	if (!f->entry)
		f->entry = get_memory(MAX_FD * sizeof *f->entry);
	return f->entry;
}

/* The entry of fd, or NULL; made when create. Lock held. */
static struct entry *entry_of(struct cpu *cpu, int fd, bool create)
{
	struct files *f = files_of(cpu);

	if (fd < 0 || (uint32_t)fd >= MAX_FD)
		return NULL;
	if ((uint32_t)fd >= f->n) {
		if (!create || !make_entries(f))
			return NULL;
		f->n = (uint32_t)fd + 1;
	}
	return &f->entry[fd];
}

/* ---- directories ---- */

static struct dir *dir_new(void)
{
	struct dir *d;

	if (!free_dirs) {
		d = get_memory(16384);
		if (!d)
			return NULL;
		for (size_t i = 0; i < 16384 / sizeof *d; i++) {
			d[i].next_free = free_dirs;
			free_dirs = &d[i];
		}
	}
	d = free_dirs;
	free_dirs = d->next_free;
	*d = (struct dir){.refs = 1};
	return d;
}

static void dir_unref(struct dir *d)
{
	if (!d || --d->refs)
		return;
	drop_memory(d->slots, d->size * sizeof *d->slots);
	d->next_free = free_dirs;
	free_dirs = d;
}

/* The slot of token, or the free one where it would go. size > used. */
static struct slot *slot_of(struct slot *slots, uint32_t size, uint32_t token)
{
	uint32_t i = (token * 2654435761u) & (size - 1);

	while (slots[i].token && slots[i].token != token + 1)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static bool dir_room(struct dir *d)
{
	uint32_t size = d->size ? d->size * 2 : 256;
	struct slot *slots;

	if (d->used * 2 < d->size)
		return true;
	slots = get_memory(size * sizeof *slots);
	if (!slots)
		return d->used + 1 < d->size;
	for (uint32_t i = 0; i < d->size; i++)
		if (d->slots[i].token)
			*slot_of(slots, size, d->slots[i].token - 1) = d->slots[i];
	drop_memory(d->slots, d->size * sizeof *d->slots);
	d->slots = slots;
	d->size = size;
	return true;
}

static uint32_t first_token(int64_t pos)
{
	return pos <= INT32_MAX ? (uint32_t)pos : (uint32_t)((uint64_t)pos >> 32);
}

uint32_t dir_token(struct cpu *cpu, int fd, int64_t pos)
{
	uint32_t token = first_token(pos);
	struct entry *e;
	struct slot *s;

	lock_take(&lock);
	e = entry_of(cpu, fd, pos > INT32_MAX);
	if (!e || (!e->dir && pos <= INT32_MAX))
		goto out;
	if (!e->dir)
		e->dir = dir_new();
	if (!e->dir || !dir_room(e->dir))
		goto out;
	for (;; token = (token + 1) & INT32_MAX) {
		s = slot_of(e->dir->slots, e->dir->size, token);
		if (s->token && s->pos == pos)
			break;
		if (!s->token) {
			*s = (struct slot){pos, token + 1};
			e->dir->used++;
			break;
		}
	}
out:
	lock_drop(&lock);
	return token;
}

int64_t dir_pos(struct cpu *cpu, int fd, uint64_t token)
{
	int64_t pos = (int64_t)token;
	struct entry *e;

	lock_take(&lock);
	e = entry_of(cpu, fd, false);
	if (e && e->dir && e->dir->size && token <= INT32_MAX) {
		struct slot *s = slot_of(e->dir->slots, e->dir->size, (uint32_t)token);

		if (s->token)
			pos = s->pos;
		else if (token)
			pos = (int64_t)(token << 32); /* given by another process: right where the upper half is the hash */
	}
	lock_drop(&lock);
	return pos;
}

bool dir_known(struct cpu *cpu, int fd)
{
	struct files *f = files_of(cpu);

	/* Unlocked: an answer about a descriptor that another thread closes meanwhile may be either. */
	return fd >= 0 && (uint32_t)fd < f->n && f->entry[fd].dir;
}

void dir_rewound(struct cpu *cpu, int fd)
{
	struct entry *e;

	lock_take(&lock);
	e = entry_of(cpu, fd, false);
	if (e && e->dir && e->dir->size) {
		memset(e->dir->slots, 0, e->dir->size * sizeof *e->dir->slots);
		e->dir->used = 0;
	}
	lock_drop(&lock);
}

/* ---- descriptors ---- */

static void set_seen(struct files *f, int fd, bool seen)
{
	uint64_t bit = (uint32_t)fd < 64 ? 1ull << fd : 0;

	if (seen)
		atomic_fetch_or(&f->seen, bit);
	else if (f->seen & bit)
		atomic_fetch_and(&f->seen, ~bit);
}

HOT bool files_unseen(struct cpu *cpu, int fd)
{
	return (uint32_t)fd < 64 && !(atomic_load_explicit(&files_of(cpu)->seen, memory_order_relaxed) >> fd & 1);
}

void files_see(struct cpu *cpu, int fd)
{
	set_seen(files_of(cpu), fd, true);
}

static void clear(struct entry *e)
{
	dir_unref(e->dir);
	if (e->kind)
		atomic_fetch_add(&files_changes, 1);
	*e = (struct entry){0};
}

void files_closed(struct cpu *cpu, int fd)
{
	struct files *f = files_of(cpu);
	struct entry *e;

	set_seen(f, fd, false);
	if (fd < 0 || (uint32_t)fd >= f->n || (!f->entry[fd].dir && !f->entry[fd].small && !f->entry[fd].kind))
		return;
	lock_take(&lock);
	e = entry_of(cpu, fd, false);
	if (e)
		clear(e);
	lock_drop(&lock);
}

void files_closed_range(struct cpu *cpu, unsigned first, unsigned last)
{
	struct files *f = files_of(cpu);

	for (unsigned fd = first; fd <= last && fd < 64; fd++)
		set_seen(f, (int)fd, false);
	for (unsigned fd = first; fd <= last && fd < f->n; fd++)
		files_closed(cpu, (int)fd);
}

void files_duped(struct cpu *cpu, int from, int to)
{
	struct entry *e, v = {0};

	if (from == to)
		return;
	set_seen(files_of(cpu), to, !files_unseen(cpu, from));
	lock_take(&lock);
	e = entry_of(cpu, from, false);
	if (e)
		v = *e;
	e = entry_of(cpu, to, v.dir || v.small || v.kind);
	if (e) {
		if (v.dir)
			v.dir->refs++;
		clear(e);
		*e = v;
	}
	lock_drop(&lock);
}

void files_set_small(struct cpu *cpu, int fd, bool small)
{
	struct entry *e;

	if (!small) {
		files_closed(cpu, fd);
		files_see(cpu, fd);
		return;
	}
	files_see(cpu, fd);
	lock_take(&lock);
	e = entry_of(cpu, fd, true);
	if (e) {
		clear(e);
		e->small = true;
	}
	lock_drop(&lock);
}

bool files_small(struct cpu *cpu, int fd)
{
	struct files *f = files_of(cpu);

	return fd >= 0 && (uint32_t)fd < f->n && f->entry[fd].small;
}

HOT const struct ioctl_kind *files_kind(struct cpu *cpu, int fd)
{
	struct files *f = files_of(cpu);

	return fd >= 0 && (uint32_t)fd < f->n && !files_shared ? f->entry[fd].kind : NULL;
}

void files_set_kind(struct cpu *cpu, int fd, const struct ioctl_kind *kind)
{
	struct entry *e = files_shared ? NULL : entry_of(cpu, fd, true);

	if (e)
		e->kind = kind;
}

/* ---- tables ---- */

void files_share(void)
{
	files_shared = true;
	atomic_fetch_add(&files_changes, 1);
}

static struct files *files_new(void)
{
	struct files *f = get_memory(4096);

	if (f)
		atomic_init(&f->refs, 1);
	return f;
}

struct files *files_ref(struct files *files)
{
	if (!files)
		files = &default_files;
	atomic_fetch_add(&files->refs, 1);
	return files;
}

void files_unref(struct files *files)
{
	if (!files || files == &default_files || atomic_fetch_sub(&files->refs, 1) != 1)
		return;
	lock_take(&lock);
	for (uint32_t i = 0; i < files->n; i++)
		dir_unref(files->entry[i].dir);
	lock_drop(&lock);
	drop_memory(files->entry, MAX_FD * sizeof *files->entry);
	drop_memory(files, 4096);
}

struct files *files_copy(struct files *files)
{
	struct files *f = files_new();

	if (!f)
		return NULL;
	if (!files)
		files = &default_files;
	lock_take(&lock);
	f->seen = files->seen;
	if (files->n && make_entries(f)) {
		f->n = files->n;
		memcpy(f->entry, files->entry, f->n * sizeof *f->entry);
		for (uint32_t i = 0; i < f->n; i++)
			if (f->entry[i].dir)
				f->entry[i].dir->refs++;
	}
	lock_drop(&lock);
	return f;
}

/* SPDX-License-Identifier: MIT */
/* The code cache: blocks and the ways to find them. */
#include "emu/block.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/backend.h"
#include "emu/lock.h"

#define MAX_BLOCKS (1u << 20)
#define MAX_ENTRIES (1u << 21)
#define MARK_BYTES (96u << 20)
#define HASH_BITS_MIN 10 /* the hash table is small in a short program, and as large as there are entries in a long one */
#define CHUNK_BITS 9 /* blocks are listed by chunk of guest memory; none is longer than two of them */
#define CHUNKS (1u << (32 - CHUNK_BITS))
#define ROOM_MIN 65536 /* what one block can need at the most */

/* One way into a block: pc -> host, chained by hash and by block; dropped: no host. Index 0 is "none". */
struct entry {
	uint32_t pc, host;
	uint32_t next, block_next;
};

uint8_t *cache_base;
uint32_t cache_size;
_Alignas(64) uint64_t jump_table[JUMP_TABLE_SIZE];
uint8_t jump_shift;
struct block_stats block_stats;

static struct lock lock;
static struct block *blocks; /* in order of host address; 0 is "none" */
static uint32_t n_blocks;
static struct entry *entries;
static uint32_t n_entries;
static uint8_t *mark_mem;
static uint32_t mark_used;
static uint32_t cache_used;
static uint32_t *hash;
static unsigned hash_bits = HASH_BITS_MIN;
static uint32_t *chunk_head; /* first block on it */

static void *arena(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Somewhere below the emulator's text, so that stubs are a rel32 away; smaller where address space is limited. */
static bool map_cache(uintptr_t near_text)
{
	for (uint32_t size = 256u << 20; size >= 16u << 20; size /= 2) {
		for (uintptr_t below = 512ull << 20; below < 1792ull << 20; below += 128ull << 20) {
			void *want = (void *)((near_text - below) & ~0xfffffull);
			void *p = mmap(want, size, PROT_READ | PROT_WRITE | PROT_EXEC,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

			if (p == want) {
				cache_base = p;
				cache_size = size;
				return true;
			}
			if (p != MAP_FAILED)
				munmap(p, size);
		}
	}
	return false;
}

int block_init(uintptr_t near_text)
{
	blocks = arena(MAX_BLOCKS * sizeof *blocks);
	entries = arena(MAX_ENTRIES * sizeof *entries);
	mark_mem = arena(MARK_BYTES);
	chunk_head = arena(CHUNKS * sizeof *chunk_head);
	hash = arena(2 * MAX_ENTRIES * sizeof *hash);
	if (!blocks || !entries || !hash || !mark_mem || !chunk_head || !map_cache(near_text))
		return -ENOMEM;
	block_flush();
	return 0;
}

void block_lock(void)
{
	lock_take(&lock);
}

void block_unlock(void)
{
	lock_drop(&lock);
}

void block_flush(void)
{
	if (n_blocks > 1) { /* else all is zero, and untouched */
		block_stats.flushes++;
		madvise(hash, sizeof *hash << hash_bits, MADV_DONTNEED);
		hash_bits = HASH_BITS_MIN;
		madvise(chunk_head, CHUNKS * sizeof *chunk_head, MADV_DONTNEED);
		memset(jump_table, 0, sizeof jump_table);
	}
	__atomic_store_n(&n_blocks, 1, __ATOMIC_RELEASE);
	n_entries = 1;
	mark_used = 4;
	cache_used = 64;
}

static uint32_t *bucket(uint32_t pc)
{
	return &hash[pc * 0x9e3779b1u >> (32 - hash_bits)];
}

static void hash_in(uint32_t i)
{
	uint32_t *head = bucket(entries[i].pc);

	entries[i].next = *head;
	*head = i;
}

static void grow_hash(void)
{
	memset(hash, 0, sizeof *hash << hash_bits++);
	for (uint32_t i = 1; i < n_entries; i++)
		if (entries[i].host)
			hash_in(i);
}

static uint32_t add_entry(struct block *b, uint32_t pc, uint32_t host)
{
	uint32_t i = n_entries++;

	entries[i] = (struct entry){.pc = pc, .host = host, .block_next = b->entries};
	b->entries = i;
	hash_in(i);
	if (n_entries >> hash_bits)
		grow_hash();
	return i;
}

static struct mark *marks_of(const struct block *b)
{
	return (struct mark *)(mark_mem + b->marks);
}

static uint32_t *next_on(struct block *b, uint32_t chunk)
{
	return &b->next[chunk - (b->pc >> CHUNK_BITS)];
}

/* A boundary inside a block that was entered elsewhere: any is a valid entry. */
static uint8_t *find_inside(uint32_t pc)
{
	uint32_t chunk = pc >> CHUNK_BITS;

	for (uint32_t i = chunk_head[chunk]; i; i = *next_on(&blocks[i], chunk)) {
		struct block *b = &blocks[i];
		const struct mark *m = marks_of(b);
		uint32_t at = b->pc;

		if (pc <= b->pc || pc >= b->end || (b->flags & (BLOCK_DEAD | BLOCK_CHECKED | BLOCK_HIDDEN)))
			continue;
		for (unsigned k = 0; k < b->n && at < pc; k++)
			at += m++->len;
		if (at == pc && !(m->state & MARK_CLOSED) && n_entries < MAX_ENTRIES) {
			add_entry(b, pc, b->host + m->host);
			return cache_base + b->host + m->host;
		}
	}
	return NULL;
}

uint8_t *block_find(uint32_t pc)
{
	if (!chunk_head[pc >> CHUNK_BITS]) /* most targets that are asked for are new */
		return NULL;
	for (uint32_t i = *bucket(pc); i; i = entries[i].next)
		if (entries[i].pc == pc)
			return cache_base + entries[i].host;
	return find_inside(pc);
}

uint8_t *block_room(uint32_t *ret_room)
{
	uint32_t at = (cache_used + 15) & ~15u;

	if (cache_size - at < ROOM_MIN || n_blocks == MAX_BLOCKS || n_entries == MAX_ENTRIES || MARK_BYTES - mark_used < 4096)
		return NULL;
	*ret_room = ROOM_MIN;
	return cache_base + at;
}

uint8_t *block_again(const struct block *b, uint32_t end, uint32_t *ret_room)
{
	if ((end - 1) >> CHUNK_BITS > (b->end - 1) >> CHUNK_BITS)
		return NULL;
	*ret_room = b->host_end - b->start;
	return cache_base + b->start;
}

static uint32_t add_marks(const void *src, unsigned bytes)
{
	uint32_t at = mark_used;

	memcpy(mark_mem + at, src, bytes);
	mark_used = (at + bytes + 3) & ~3u;
	return at;
}

static void put_on_chunks(struct block *b)
{
	for (uint32_t chunk = b->pc >> CHUNK_BITS; chunk <= (b->end - 1) >> CHUNK_BITS; chunk++) {
		*next_on(b, chunk) = chunk_head[chunk];
		chunk_head[chunk] = b - blocks;
	}
}

/* What block_again() led to: the entry, and with it all ways in, are the same. */
static struct block *change(struct block *b, uint32_t end, const struct mark *marks, unsigned n, const uint16_t *landings,
			    unsigned n_landings)
{
	if (n > b->n && MARK_BYTES - mark_used < 4096)
		return NULL;
	if (n > b->n)
		b->marks = add_marks(marks, n * sizeof *marks);
	else
		memcpy(mark_mem + b->marks, marks, n * sizeof *marks);
	if (n_landings)
		b->landings = add_marks(landings, n_landings * sizeof *landings);
	b->n = n;
	b->n_landings = n_landings;
	b->end = end;
	block_stats.kills++;
	return b;
}

struct block *block_add(uint32_t pc, uint32_t end, uint8_t *host, uint8_t *host_end, const struct mark *marks, unsigned n,
			const uint16_t *landings, unsigned n_landings, uint32_t flags)
{
	struct block *b = &blocks[n_blocks];

	if (host < cache_base + cache_used)
		return change(block_at((uintptr_t)host), end, marks, n, landings, n_landings);
	*b = (struct block){
		.pc = pc, .end = end, .start = (cache_used + 15) & ~15u, .host = host - cache_base, .host_end = host_end - cache_base,
		.n = n, .n_landings = n_landings, .flags = flags,
	};
	b->marks = add_marks(marks, n * sizeof *marks);
	b->landings = add_marks(landings, n_landings * sizeof *landings);
	add_entry(b, pc, b->host);
	put_on_chunks(b);
	cache_used = b->host_end;
	__atomic_store_n(&n_blocks, n_blocks + 1, __ATOMIC_RELEASE);
	block_stats.blocks++;
	block_stats.insns += n;
	block_stats.guest_bytes += end - pc;
	block_stats.host_bytes += host_end - host;
	return b;
}

static void drop_entries(struct block *b)
{
	for (uint32_t i = b->entries; i; i = entries[i].block_next) {
		uint32_t pc = entries[i].pc, *link = bucket(pc);

		while (*link && *link != i)
			link = &entries[*link].next;
		if (*link)
			*link = entries[i].next;
		if (jump_probe(pc) == cache_base + entries[i].host)
			__atomic_store_n(jump_entry(pc), 0, __ATOMIC_RELEASE);
		entries[i].host = 0;
	}
	b->entries = 0;
}

static void kill_block(struct block *b)
{
	const struct mark *m = marks_of(b);
	const uint16_t *landing = (const uint16_t *)(mark_mem + b->landings);

	b->flags |= BLOCK_DEAD;
	drop_entries(b);
	for (unsigned i = 1; i < b->n; i++)
		if (!(m[i].state & MARK_NO_STOP))
			backend.trap_at(cache_base + b->host + m[i].host);
	for (unsigned i = 0; i < b->n_landings; i++)
		backend.trap_at(cache_base + b->host + landing[i]);
	backend.close_entry(cache_base + b->host);
	block_stats.kills++;
}

void block_kill_quiet(const uint8_t *host)
{
	struct block *b = block_at((uintptr_t)host);

	drop_entries(b);
	b->flags |= BLOCK_HIDDEN;
}

static bool overlaps(const struct block *b, uint32_t start, uint64_t end)
{
	return b->pc < end && b->end > start;
}

static bool kill_on_chunk(uint32_t chunk, uint32_t start, uint64_t end)
{
	uint32_t *link = &chunk_head[chunk];
	bool any = false;

	while (*link) {
		struct block *b = &blocks[*link];
		uint32_t *next = next_on(b, chunk);

		if (!(b->flags & BLOCK_DEAD) && overlaps(b, start, end)) {
			kill_block(b);
			any = true;
		}
		if (b->flags & BLOCK_DEAD)
			*link = *next;
		else
			link = next;
	}
	return any;
}

static bool kill_on_chunks(uint32_t first, uint32_t last, uint32_t start, uint64_t end)
{
	bool any = false;

	for (uint32_t chunk = first; chunk <= last; chunk++)
		if (chunk_head[chunk])
			any |= kill_on_chunk(chunk, start, end);
	return any;
}

bool block_kill_range(uint32_t start, uint64_t end)
{
	uint32_t first = start >> CHUNK_BITS, last = (end - 1) >> CHUNK_BITS;
	bool any = false;

	if (last - first <= n_blocks)
		return kill_on_chunks(first, last, start, end);
	for (struct block *b = blocks + 1; b < blocks + n_blocks; b++)
		if (!(b->flags & BLOCK_DEAD) && overlaps(b, start, end))
			any |= kill_on_chunks(b->pc >> CHUNK_BITS, (b->end - 1) >> CHUNK_BITS, start, end);
	return any;
}

struct block *block_at(uintptr_t host)
{
	uint32_t off = host - (uintptr_t)cache_base;
	uint32_t lo = 1, hi = __atomic_load_n(&n_blocks, __ATOMIC_ACQUIRE);

	if (!in_cache(host))
		return NULL;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (blocks[mid].host <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 1 && off < blocks[lo - 1].host_end ? &blocks[lo - 1] : NULL;
}

const struct mark *block_mark_at(const struct block *b, uintptr_t host, bool *ret_exact)
{
	uint32_t off = host - (uintptr_t)cache_base - b->host;
	const struct mark *m = marks_of(b), *last = m + b->n - 1;

	while (m < last && m[1].host <= off)
		m++;
	*ret_exact = m->host == off;
	return m;
}

uint32_t block_pc_at(const struct block *b, uintptr_t host, bool *ret_exact)
{
	const struct mark *at = block_mark_at(b, host, ret_exact);
	uint32_t pc = b->pc;

	for (const struct mark *m = marks_of(b); m < at; m++)
		pc += m->len;
	*ret_exact &= !(at->state & MARK_NO_STOP);
	return pc;
}

/* SPDX-License-Identifier: MIT */
/* The code cache: blocks and the ways to find them. */
#include "emu/block.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/backend.h"
#include "emu/hot.h"
#include "emu/lock.h"
#include "emu/populate.h"

#define MAX_BLOCKS (1u << 20)
#define MAX_ENTRIES (1u << 21)
#define MARK_BYTES (96u << 20)
#define HASH_BITS_MIN 10 /* the hash table is small in a short program, and as large as there are entries in a long one */
#define CHUNK_BITS 9 /* blocks are listed by chunk of guest memory; none is longer than two of them */
#define ROOM_MIN 65536 /* what one block can need at the most */
#define ROOM_USUAL 2048 /* and what few need */
#define CACHE_FIRST (64u << 10) /* what every program uses */

/* One way into a block: pc -> host, chained by hash and by block; dropped: no host. Index 0 is "none". */
struct entry {
	uint32_t pc, host;
	uint32_t next, block_next;
};

HOT_DATA uint8_t *cache_base;
HOT_DATA uint64_t cache_epoch, cache_flushes;
uint32_t cache_size;
_Alignas(64) BIG_TABLE uint64_t jump_table[JUMP_TABLE_SIZE];
HOT_DATA uint8_t jump_shift;
struct block_stats block_stats;

/*
 * The beginning of each list is a variable, so that a short program touches few pages, all near each other: a page table for each
 * list costs more than what is in it. The rest lies in memory that is reserved for it.
 */
#define FIRST_BLOCKS 320
#define FIRST_ENTRIES 512
#define FIRST_MARKS (32u << 10)
#define FIRST_CHUNKS_BITS 9
#define CHUNKS_BITS_MAX 21

/* The first block on a chunk of guest memory; key: the chunk's number + 1, 0: free. */
struct chunk {
	uint32_t key, block;
};

static struct lock lock;
static AT_START struct block first_blocks[FIRST_BLOCKS], *more_blocks; /* in order of host address; 0 is "none" */
static uint32_t n_blocks;
static AT_START struct entry first_entries[FIRST_ENTRIES], *more_entries;
static uint32_t n_entries;
static AT_START uint8_t first_marks[FIRST_MARKS], *more_marks;
static uint32_t mark_used;
static uint32_t cache_used, cache_had; /* had: so far it is populated, ahead of use */
static AT_START uint32_t first_hash[1u << HASH_BITS_MIN], *more_hash;
static uint32_t *hash = first_hash;
static unsigned hash_bits = HASH_BITS_MIN;
static AT_START struct chunk first_chunks[1u << FIRST_CHUNKS_BITS], *more_chunks;
static struct chunk *chunks = first_chunks;
static unsigned chunks_bits = FIRST_CHUNKS_BITS;
static uint32_t n_chunks;

static struct block *block_nr(uint32_t i)
{
	return i < FIRST_BLOCKS ? &first_blocks[i] : &more_blocks[i - FIRST_BLOCKS];
}

static struct entry *entry_nr(uint32_t i)
{
	return i < FIRST_ENTRIES ? &first_entries[i] : &more_entries[i - FIRST_ENTRIES];
}

static void *mark_mem(uint32_t at)
{
	return at < FIRST_MARKS ? first_marks + at : more_marks + (at - FIRST_MARKS);
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

/* The cache's pages up to there are about to be used: had in advance, in steps that grow with it. */
static void use_cache(uint32_t used)
{
	uint32_t step = cache_had / 4;

	if (used <= cache_had)
		return;
	step = step < 4 * GUEST_PAGE ? 4 * GUEST_PAGE : step > 64 * GUEST_PAGE ? 64 * GUEST_PAGE : step & ~GUEST_PAGE_MASK;
	if (used - cache_had > step)
		step = used - cache_had;
	populate(cache_base + cache_had, step);
	cache_had += step;
}

int block_init(uintptr_t near_text)
{
	size_t sizes[] = {MAX_BLOCKS * sizeof *more_blocks, MAX_ENTRIES * sizeof *more_entries, MARK_BYTES, 2 * MAX_ENTRIES * sizeof *hash};
	uint8_t *p = mmap(NULL, sizes[0] + sizes[1] + sizes[2] + sizes[3] + (sizeof *chunks << (CHUNKS_BITS_MAX + 1)), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || !map_cache(near_text))
		return -ENOMEM;
	more_blocks = (struct block *)p;
	more_entries = (struct entry *)(p += sizes[0]);
	more_marks = p += sizes[1];
	more_hash = (uint32_t *)(p += sizes[2]);
	more_chunks = (struct chunk *)(p + sizes[3]);
	use_cache(CACHE_FIRST);
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

void block_fork_child(void)
{
	if (!cache_base)
		return;
	populate(block_nr(n_blocks), sizeof(struct block));
	populate(entry_nr(n_entries), sizeof(struct entry));
	populate(mark_mem(mark_used), sizeof(struct mark));
	populate(cache_base + cache_used, 1);
}

static void forget(void *first, size_t n_first, void *more, size_t n_more)
{
	memset(first, 0, n_first);
	madvise(more, n_more, MADV_DONTNEED);
}

void block_flush(void)
{
	if (n_blocks > 1) { /* else all is zero, and untouched */
		cache_flushes++;
		cache_epoch++;
		forget(first_hash, sizeof first_hash, more_hash, sizeof *hash << hash_bits);
		hash = first_hash;
		hash_bits = HASH_BITS_MIN;
		forget(first_chunks, sizeof first_chunks, more_chunks, sizeof *chunks << (chunks_bits + 1));
		chunks = first_chunks;
		chunks_bits = FIRST_CHUNKS_BITS;
		n_chunks = 0;
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
	struct entry *e = entry_nr(i);
	uint32_t *head = bucket(e->pc);

	e->next = *head;
	*head = i;
}

static void grow_hash(void)
{
	if (hash == more_hash)
		memset(hash, 0, sizeof *hash << hash_bits);
	hash = more_hash;
	hash_bits++;
	for (uint32_t i = 1; i < n_entries; i++)
		if (entry_nr(i)->host)
			hash_in(i);
}

static uint32_t add_entry(struct block *b, uint32_t pc, uint32_t host)
{
	uint32_t i = n_entries++;

	*entry_nr(i) = (struct entry){.pc = pc, .host = host, .block_next = b->entries};
	b->entries = i;
	hash_in(i);
	if (n_entries >> hash_bits)
		grow_hash();
	return i;
}

/* ---- blocks by chunk ---- */

static struct chunk *chunk_slot(uint32_t chunk)
{
	uint32_t mask = (1u << chunks_bits) - 1, i = chunk * 0x9e3779b1u >> (32 - chunks_bits);

	while (chunks[i].key && chunks[i].key != chunk + 1)
		i = (i + 1) & mask;
	return &chunks[i];
}

/* Index of the first block on it; 0: none. */
static uint32_t chunk_head(uint32_t chunk)
{
	return chunk_slot(chunk)->block;
}

static void grow_chunks(void)
{
	struct chunk *old = chunks;
	uint32_t n = 1u << chunks_bits;

	chunks = old == first_chunks ? more_chunks : old + n; /* all sizes together are less than the last one's double */
	chunks_bits++;
	n_chunks = 1;
	for (uint32_t i = 0; i < n; i++)
		if (old[i].block) {
			*chunk_slot(old[i].key - 1) = old[i];
			n_chunks++;
		}
}

/* To be set: the first block on it. */
static uint32_t *chunk_link(uint32_t chunk)
{
	struct chunk *c = chunk_slot(chunk);

	if (!c->key) {
		if (++n_chunks >> (chunks_bits - 1)) {
			grow_chunks();
			c = chunk_slot(chunk);
		}
		c->key = chunk + 1;
	}
	return &c->block;
}

static struct mark *marks_of(const struct block *b)
{
	return mark_mem(b->marks);
}

static uint32_t *next_on(struct block *b, uint32_t chunk)
{
	return &b->next[chunk - (b->pc >> CHUNK_BITS)];
}

/* The first boundary at pc or behind it where b can be entered; its pc is *ret_pc. NULL: none. */
static const struct mark *open_mark(const struct block *b, uint32_t pc, uint32_t *ret_pc)
{
	const struct mark *m = marks_of(b);
	uint32_t at = b->pc;

	if (pc >= b->end || (b->flags & (BLOCK_DEAD | BLOCK_CHECKED | BLOCK_HIDDEN)))
		return NULL;
	for (unsigned k = 0; k < b->n; at += m++->len, k++)
		if (at >= pc && m->len && (!k || !(m->state & MARK_CLOSED))) {
			*ret_pc = at;
			return m;
		}
	return NULL;
}

/* A boundary inside a block that was entered elsewhere: any is a valid entry. */
static uint8_t *find_inside(uint32_t pc)
{
	uint32_t chunk = pc >> CHUNK_BITS, at;

	for (uint32_t i = chunk_head(chunk); i; i = *next_on(block_nr(i), chunk)) {
		struct block *b = block_nr(i);
		const struct mark *m = pc > b->pc ? open_mark(b, pc, &at) : NULL;

		if (m && at == pc && n_entries < MAX_ENTRIES) {
			add_entry(b, pc, b->host + m->host);
			return cache_base + b->host + m->host;
		}
	}
	return NULL;
}

uint32_t block_next(uint32_t pc)
{
	uint32_t next = 0, at;

	for (uint32_t chunk = pc >> CHUNK_BITS, n = 0; n < 2; n++, chunk++)
		for (uint32_t i = chunk_head(chunk); i; i = *next_on(block_nr(i), chunk))
			if ((!next || block_nr(i)->pc < next) && open_mark(block_nr(i), pc + 1, &at) && (!next || at < next))
				next = at;
	return next;
}

uint8_t *block_find(uint32_t pc)
{
	if (!chunk_head(pc >> CHUNK_BITS)) /* most targets that are asked for are new */
		return NULL;
	for (uint32_t i = *bucket(pc); i; i = entry_nr(i)->next)
		if (entry_nr(i)->pc == pc)
			return cache_base + entry_nr(i)->host;
	return find_inside(pc);
}

uint8_t *block_room(uint32_t *ret_room)
{
	uint32_t at = (cache_used + 15) & ~15u;

	if (cache_size - at < ROOM_MIN || n_blocks == MAX_BLOCKS || n_entries == MAX_ENTRIES || n_chunks >> (CHUNKS_BITS_MAX - 2) || MARK_BYTES - mark_used < 4096)
		return NULL;
	use_cache(at + ROOM_USUAL);
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
	uint32_t at = mark_used < FIRST_MARKS && mark_used + bytes > FIRST_MARKS ? FIRST_MARKS : mark_used;

	memcpy(mark_mem(at), src, bytes);
	mark_used = (at + bytes + 3) & ~3u;
	return at;
}

static void put_on_chunks(struct block *b, uint32_t nr)
{
	for (uint32_t chunk = b->pc >> CHUNK_BITS; chunk <= (b->end - 1) >> CHUNK_BITS; chunk++) {
		uint32_t *head = chunk_link(chunk);

		*next_on(b, chunk) = *head;
		*head = nr;
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
		memcpy(mark_mem(b->marks), marks, n * sizeof *marks);
	if (n_landings)
		b->landings = add_marks(landings, n_landings * sizeof *landings);
	b->n = n;
	b->n_landings = n_landings;
	b->end = end;
	block_stats.kills++;
	__atomic_store_n(&cache_epoch, cache_epoch + 1, __ATOMIC_RELEASE);
	return b;
}

struct block *block_add(uint32_t pc, uint32_t end, uint8_t *host, uint8_t *host_end, const struct mark *marks, unsigned n,
			const uint16_t *landings, unsigned n_landings, uint32_t flags)
{
	struct block *b = block_nr(n_blocks);

	if (host < cache_base + cache_used)
		return change(block_at((uintptr_t)host), end, marks, n, landings, n_landings);
	*b = (struct block){
		.pc = pc, .end = end, .start = (cache_used + 15) & ~15u, .host = host - cache_base, .host_end = host_end - cache_base,
		.n = n, .n_landings = n_landings, .flags = flags,
	};
	b->marks = add_marks(marks, n * sizeof *marks);
	b->landings = add_marks(landings, n_landings * sizeof *landings);
	add_entry(b, pc, b->host);
	put_on_chunks(b, n_blocks);
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
	struct entry *e;

	for (uint32_t i = b->entries; i; i = e->block_next) {
		e = entry_nr(i);
		uint32_t *link = bucket(e->pc);

		while (*link && *link != i)
			link = &entry_nr(*link)->next;
		if (*link)
			*link = e->next;
		if (jump_probe(e->pc) == cache_base + e->host)
			__atomic_store_n(jump_entry(e->pc), 0, __ATOMIC_RELEASE);
		e->host = 0;
	}
	b->entries = 0;
}

static void kill_block(struct block *b)
{
	const struct mark *m = marks_of(b);
	const uint16_t *landing = mark_mem(b->landings);

	b->flags |= BLOCK_DEAD;
	drop_entries(b);
	for (unsigned i = 1; i < b->n; i++)
		if (!(m[i].state & MARK_NO_STOP))
			backend.trap_at(cache_base + b->host + m[i].host);
	for (unsigned i = 0; i < b->n_landings; i++)
		backend.trap_at(cache_base + b->host + landing[i]);
	backend.close_entry(cache_base + b->host);
	block_stats.kills++;
	__atomic_store_n(&cache_epoch, cache_epoch + 1, __ATOMIC_RELEASE);
}

/* Older ones than so many lead to whatever a look-up finds: each led to the next would be a longer way with each change. */
#define STAND_FOR_MAX 16

static void look_up_before(struct block *b)
{
	while (b->before) {
		struct block *older = block_at((uintptr_t)cache_base + b->before);

		backend.look_up(cache_base + older->host);
		b->before = older->before;
		older->before = 0;
	}
}

static bool is_entry(const struct block *b, uintptr_t host)
{
	return b && host == (uintptr_t)cache_base + b->host;
}

bool block_stand_for(uintptr_t entry, const uint8_t *host)
{
	struct block *from = block_at(entry), *last = from, *to;

	if (!is_entry(from, entry) || !(from->flags & BLOCK_DEAD))
		return false;
	to = block_at((uintptr_t)host);
	if (!is_entry(to, (uintptr_t)host))
		return false;
	for (unsigned n = 1;; n++) {
		backend.link((uintptr_t)cache_base + last->host, to->pc, host);
		if (n == STAND_FOR_MAX)
			look_up_before(last);
		if (!last->before)
			break;
		last = block_at((uintptr_t)cache_base + last->before);
	}
	last->before = to->before;
	to->before = from->host;
	return true;
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
	uint32_t *link = &chunk_slot(chunk)->block;
	bool any = false;

	while (*link) {
		struct block *b = block_nr(*link);
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
		if (chunk_head(chunk))
			any |= kill_on_chunk(chunk, start, end);
	return any;
}

bool block_kill_range(uint32_t start, uint64_t end)
{
	uint32_t first = start >> CHUNK_BITS, last = (end - 1) >> CHUNK_BITS;
	bool any = false;

	if (last - first <= n_blocks)
		return kill_on_chunks(first, last, start, end);
	for (uint32_t i = 1; i < n_blocks; i++) {
		const struct block *b = block_nr(i);

		if (!(b->flags & BLOCK_DEAD) && overlaps(b, start, end))
			any |= kill_on_chunks(b->pc >> CHUNK_BITS, (b->end - 1) >> CHUNK_BITS, start, end);
	}
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

		if (block_nr(mid)->host <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 1 && off < block_nr(lo - 1)->host_end ? block_nr(lo - 1) : NULL;
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

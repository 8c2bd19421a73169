/* SPDX-License-Identifier: MIT */
/*
 * The code cache: translated blocks, where they came from and how to find them by guest pc, by guest address and by host
 * address. Shared by all threads. Every function expects block_lock() held unless it says otherwise; finding by host
 * address needs no lock, so that signal handlers can.
 */
#ifndef STRAIT_BLOCK_H
#define STRAIT_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BLOCK_DEAD = 1,    /* must not run again; its boundaries trap */
	BLOCK_HIDDEN = 4,  /* used once by its maker: a single step */
	BLOCK_TABLE_SHIFT = 16, /* offset of a table of the back-end's from the entry, or 0 */
	BLOCK_CHECKED = 2, /* compares its guest bytes on entry instead of having its page write-protected */
};

/* Boundaries of the guest instructions of a block: where each starts in host code, how long it is in guest code. */
struct mark {
	uint16_t host; /* offset from the block's entry */
	uint16_t len : 4;
	uint16_t state : 12; /* where the back-end has flags: its own bits, and these */
};
enum {
	MARK_CLOSED = 0x187, /* any: code elsewhere may not jump here */
	MARK_NO_STOP = 0x80, /* nor is a signal taken here */
	MARK_HELD = 0x100,   /* the back-end counts on more than the state of the cpu */
};

struct block {
	uint32_t pc, end;             /* guest bytes [pc, end): what it depends on, which may be more than its instructions */
	uint32_t start, host, host_end; /* offsets in the cache; start: of what belongs to it before the entry */
	uint32_t marks;               /* first struct mark */
	uint32_t landings;            /* first of n_landings uint16_t: offsets of return landings from the entry */
	uint32_t entries;             /* its struct entry list */
	uint32_t next[3];             /* next block on the chunk of pc, and on those behind it as far as there are */
	uint16_t n, n_landings;
	uint32_t flags;
	uint32_t before;              /* entry of a killed block that leads here, and so on */
};

/* Cache memory: RWX, within rel32 reach of the emulator's own code. */
extern uint8_t *cache_base;
extern uint32_t cache_size;
extern uint64_t cache_epoch;   /* grows when any of it is killed or all is forgotten */
extern uint64_t cache_flushes; /* when all is */

int block_init(uintptr_t near_text); /* 0 or -errno */
void block_lock(void);
void block_unlock(void);

/* Host address for guest pc: a block's entry, or a boundary inside a live block. NULL: not translated. */
uint8_t *block_find(uint32_t pc);
/* The first guest pc behind this one for which there is, or can be, an entry; not looked for further than a unit can reach. 0: none. */
uint32_t block_next(uint32_t pc);

/* Room for a new block's code: at most *ret_room bytes at the address returned, 16-byte aligned; NULL: cache is full. */
uint8_t *block_room(uint32_t *ret_room);
/* Room to make live block b anew for [b->pc, end): then block_add() changes that one. NULL: its pages would be others. */
uint8_t *block_again(const struct block *b, uint32_t end, uint32_t *ret_room);
/* Enter a block whose code was written at the address from block_room. */
struct block *block_add(uint32_t pc, uint32_t end, uint8_t *host, uint8_t *host_end, const struct mark *marks, unsigned n,
			const uint16_t *landings, unsigned n_landings, uint32_t flags);

/* Are these the entries of a killed block and of the one that is there now? Then the first leads to the second from now on, and
 * with it those that led to the first. */
bool block_stand_for(uintptr_t entry, const uint8_t *host);

/* Kill all blocks with a byte in [start, end). True if there was one. */
bool block_kill_range(uint32_t start, uint64_t end);
/* The block at host entry is for one use only: nobody else finds it. */
void block_kill_quiet(const uint8_t *host);
/* Forget everything. No thread may be in translated code. */
void block_flush(void);
/* In a forked child: what the next translation writes. */
void block_fork_child(void);

/* --- no lock needed --- */
/* The block holding host address, dead ones too; NULL. */
struct block *block_at(uintptr_t host);
/* Mark of the instruction whose code holds host; exact: host is its first byte. */
const struct mark *block_mark_at(const struct block *b, uintptr_t host, bool *ret_exact);
/* Its guest pc; exact: and the guest may be left there. */
uint32_t block_pc_at(const struct block *b, uintptr_t host, bool *ret_exact);

static inline bool in_cache(uintptr_t host)
{
	return host - (uintptr_t)cache_base < cache_size;
}

/*
 * The indirect-branch table: probed by generated code and by C. An entry is negated pc (low half), cache offset (high). Its index are
 * the bits of pc from jump_shift on: the guest's back-end says which do not matter.
 */
#define JUMP_TABLE_SIZE 65536
extern uint64_t jump_table[JUMP_TABLE_SIZE];
extern uint8_t jump_shift;

static inline uint64_t *jump_entry(uint32_t pc)
{
	return &jump_table[(pc >> jump_shift) & (JUMP_TABLE_SIZE - 1)];
}

static inline uint8_t *jump_probe(uint32_t pc)
{
	uint64_t e = __atomic_load_n(jump_entry(pc), __ATOMIC_RELAXED);

	return (uint32_t)e + pc == 0 && e >> 32 ? cache_base + (e >> 32) : 0;
}

static inline void jump_set(uint32_t pc, const uint8_t *host)
{
	__atomic_store_n(jump_entry(pc), (uint64_t)(host - cache_base) << 32 | (uint32_t)-pc, __ATOMIC_RELEASE);
}

struct block_stats {
	unsigned long blocks, insns, guest_bytes, host_bytes, kills, links;
	unsigned long hits; /* look-ups by C code that found a block; generated code's own are not counted */
};
extern struct block_stats block_stats;

#endif

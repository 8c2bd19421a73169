/* SPDX-License-Identifier: MIT */
/* The interval map of guest mappings. All of it with the window's lock held. */
#ifndef STRAIT_WINDOW_RANGES_H
#define STRAIT_WINDOW_RANGES_H

#include "emu/window_map.h"

#define STACK_GUARD_GAP (256ull * GUEST_PAGE)
#define MMAP_MIN_ADDR 0x10000u /* vm.mmap_min_addr: no hint is lower */

/* A guest mapping [start, end). Neighbours alike are one. Of a System V segment: which attachment, and where it begins. */
struct range {
	uint32_t start;
	uint8_t prot;
	bool shared, growsdown, aliased, dontfork;
	uint64_t end;
	uint32_t id, base; /* id 0: no segment */
};

extern struct range *ranges; /* ascending */
extern unsigned n_ranges;

/* Index of the first range that ends above addr. */
unsigned ranges_above(uint32_t addr);
void ranges_remove(unsigned i, unsigned n);
/* A boundary at addr, should a range run across it; and none where it makes no difference: between range i and its neighbours. */
void ranges_split(uint64_t addr);
void ranges_merge_around(unsigned i);
bool ranges_alike(const struct range *a, const struct range *b);
/* Nothing is at [start, end) any longer; r is there instead of what was. */
void ranges_clear(uint32_t start, uint64_t end);
void ranges_enter(struct range r);
/* Is there memory for the few more that one call makes? */
bool ranges_have_room(void);

/* Nothing of [start, end) mapped? All of it? */
bool ranges_free(uint32_t start, uint64_t end);
bool ranges_mapped(uint32_t start, uint64_t end);

uint8_t range_page_flags(const struct range *r);
/* Below a range that grows down stays a gap. */
uint64_t range_low_edge(const struct range *r);
uint32_t ranges_min_addr(void);
/* Where len bytes fit: an address, or -ENOMEM. A hint is taken if it is free, its guard gap too. */
gret ranges_find_gap(uint64_t len);
bool ranges_hint_fits(uint64_t addr, uint64_t len);

#endif

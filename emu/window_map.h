/* SPDX-License-Identifier: MIT */
/* Between the window's files: page flags and the interval map. */
#ifndef STRAIT_WINDOW_MAP_H
#define STRAIT_WINDOW_MAP_H

#include "emu/window.h"

/* Per guest page, at its page_slot(): PROT_* in the low three bits, and these. */
enum {
	PAGE_MAPPED = 8,
	PAGE_CODE = 16,    /* translations of it exist */
	PAGE_WATCHED = 32, /* writable for the guest, read-only on the host because of them */
	PAGE_ALIASED = 64, /* its bytes may change by other ways than this address: shared, or of a file open for writing */
	PAGE_WRITE = 256,  /* from here on: how often it was written while watched; whatever is mapped there, this stays */
};
extern uint16_t window_page[1u << 20];
/* Where tables by page number have a page: the top of the guest's addresses next to the bottom, so that a short program, which has all it has
 * at either end, touches few pages of them. */
static inline uint32_t page_slot(uint32_t page)
{
	return (page + 0x10000) & 0xfffff;
}

extern bool window_reserved;

int window_map_init(void);
/* This thread holds the window's lock. */
bool window_lock_mine(void);
/* Flags of all pages of a range; what was watched is no longer. */
void window_set_pages(uint32_t start, uint64_t end, uint8_t flags);
/* Translations of the range go, if there are any. */
void window_drop_code(uint32_t start, uint64_t end);

#endif

/* SPDX-License-Identifier: MIT */
/* What is done to a decoded unit before it is emitted: where it ends, and which flags its uops need. */
#ifndef STRAIT_UNIT_H
#define STRAIT_UNIT_H

#include "emu/uop.h"

/* Index of the uop at guest pc in this unit that code may jump to, or -1. */
int unit_insn_at(const struct unit *u, uint32_t pc);

/* An end at its k-th instruction. */
void unit_cut(struct unit *u, unsigned k);

/* Units whose page is written often end behind each store: the next one then checks its bytes again. */
void unit_cut_at_store(struct unit *u);

/*
 * A unit that runs into code that is translated already, at u->known, goes on there; but first to the end of a loop that it is the
 * beginning of, as where a loop was entered in its middle.
 */
void unit_cut_at_known(struct unit *u);
#define UNIT_BEYOND_KNOWN 8u /* so many instructions may that take */

/* Set flags_live and flags_target of all uops. live_at: what code elsewhere reads; inside: the unit's own code is what its jumps
 * inside it will find. */
void unit_liveness(struct unit *u, unsigned (*live_at)(const struct unit *u, uint32_t pc), bool inside);

#endif

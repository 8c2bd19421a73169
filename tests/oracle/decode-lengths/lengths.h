/* SPDX-License-Identifier: MIT */
/* Two readings of the same bytes, and what is known about where they differ. */
#ifndef LENGTHS_H
#define LENGTHS_H

#include <capstone/capstone.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/guest/i386/decode.h"

/* A reading of an instruction's outline by a few lines that share nothing with the decoder under test. */
struct outline {
	uint8_t prefixes; /* how many bytes of them */
	bool p66, p67, f2, f3, lock;
	enum { MAP_1, MAP_0F, MAP_0F38, MAP_0F3A, MAP_OTHER } map;
	bool vex, w, l;
	uint8_t pp, vvvv;  /* as encoded, vvvv with the polarity of a register number */
	uint8_t op, modrm; /* the byte behind the opcode, whether it is one or not */
};

struct reading {
	const uint8_t *bytes;
	struct outline o;
	unsigned ours; /* length, 0: more bytes wanted */
	bool ours_valid;
	struct i386_insn insn;
	unsigned theirs; /* length, 0: not an instruction */
	const cs_insn *cs;
};

void read_outline(struct outline *o, const uint8_t *p, size_t avail);

/* To capstone, these bytes are the same instruction as those of r. */
bool reads_the_same(const struct reading *r, const uint8_t *changed, size_t n);

/* Why the two may differ here, or NULL: then it is a finding. */
const char *known_difference(const struct reading *r);

/* The index of a reason in the table of them, for counting; n_reasons in all. */
extern const unsigned n_reasons;
unsigned reason_index(const char *why);
const char *reason_text(unsigned i);

#endif

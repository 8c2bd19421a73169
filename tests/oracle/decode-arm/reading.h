/* SPDX-License-Identifier: MIT */
/* Two readings of the same ARM instruction, and what is known about where they differ. */
#ifndef READING_H
#define READING_H

#include <capstone/capstone.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/guest/arm/arm.h"
#include "emu/guest/arm/simd.h"

struct reading {
	uint32_t bits; /* a 16-bit one in the low half */
	unsigned len;
	bool thumb;
	struct arm_uop ours;
	bool theirs_valid;
	unsigned theirs; /* length */
	const cs_insn *cs;
};

/* What operands they disagree about, or NULL. */
const char *operands_differ(const struct reading *r);
const char *op_name(unsigned op);

/* Why the two may differ here, or NULL: then it is a finding. */
const char *known_difference(const struct reading *r, const char *what);

#endif

/* SPDX-License-Identifier: MIT */
/* Which flags the code at a jump's target still reads: a look ahead of a few instructions, never off the pages of the unit that
 * asks, so that whoever changes those pages drops that unit too. */
#include "emu/block.h"
#include "emu/guest/arm/arm.h"
#include "emu/populate.h"
#include "emu/uop.h"
#include "emu/window.h"

#define FL_NZCV (FL_S | FL_Z | FL_C | FL_O)
#define LOOK_INSNS 8
#define LOOK_BYTES (4 * LOOK_INSNS)
#define MEMO_SIZE 1024

/* Answers since the last time any code was dropped; block_lock. */
static AT_START struct {
	uint32_t pc;
	uint32_t epoch;
	uint8_t live;
} memo[MEMO_SIZE];

static bool goes_elsewhere(const struct arm_uop *u)
{
	return u->attr & UA_JUMP || (u->op >= ARM_B && u->op < ARM_OP_COUNT);
}

static unsigned look(uint32_t pc)
{
	uint32_t addr = pc & ~1u, avail = GUEST_PAGE - (addr & GUEST_PAGE_MASK), insn;
	unsigned live = 0, written = 0, at = 0, len;
	uint8_t bytes[LOOK_BYTES], in, out;
	struct arm_uop u;

	if (avail > LOOK_BYTES)
		avail = LOOK_BYTES;
	if (guest_read(bytes, ga(addr), avail) < 0)
		return FL_NZCV;
	for (unsigned n = 0; n < LOOK_INSNS && written != FL_NZCV; n++, at += len) {
		len = arm_fetch_insn(bytes + at, avail - at, pc & 1, &insn);
		if (!len || ((pc & 1) && arm_is_it(insn, len)))
			break;
		arm_decode(&u, insn, len, pc + at, 0, &in, &out);
		live |= in & ~written;
		if (goes_elsewhere(&u))
			break;
		if (u.cond == ARM_AL)
			written |= out;
	}
	return live | (FL_NZCV & ~written);
}

unsigned arm_live_at(const struct unit *u, uint32_t pc)
{
	uint32_t epoch = (uint32_t)(block_stats.kills + cache_flushes + 1), page = pc >> 12;
	unsigned k = (pc >> 1) % MEMO_SIZE;

	if (page != u->pc >> 12 && page != ((u->end & ~1u) - 1) >> 12)
		return FL_NZCV;
	if (memo[k].pc != pc || memo[k].epoch != epoch) {
		memo[k].pc = pc;
		memo[k].epoch = epoch;
		memo[k].live = look(pc);
	}
	return memo[k].live;
}

void arm_fault_inside(struct cpu *cpu, uint32_t start)
{
	cpu->arm.cpsr = (cpu->arm.cpsr & ~CPSR_IT) | arm_it_at(start, cpu->arm.r[ARM_PC] | (cpu->arm.cpsr & CPSR_T ? 1 : 0));
}

/* SPDX-License-Identifier: MIT */
/*
 * Where the decoder and capstone 4 differ, each with the reason: mostly what the manual (DDI 0406C) has as UNPREDICTABLE, which is
 * undefined here and printed by capstone, or instructions that user mode has not.
 */
#include <string.h>

#include "reading.h"

static const cs_arm_op *operand(const struct reading *r, unsigned k)
{
	static const cs_arm_op none;

	return k < r->cs->detail->arm.op_count ? &r->cs->detail->arm.operands[k] : &none;
}

static bool one_of(const struct reading *r, const char *const *names)
{
	for (; *names; names++)
		if (!strncmp(r->cs->mnemonic, *names, strlen(*names)))
			return true;
	return false;
}
#define NAMED(r, ...) one_of(r, (const char *const[]){__VA_ARGS__, NULL})

static unsigned field(const struct reading *r, unsigned lsb, unsigned bits)
{
	return r->bits >> lsb & ((1u << bits) - 1);
}

static bool has_register(const struct reading *r, unsigned reg)
{
	for (unsigned k = 0; k < r->cs->detail->arm.op_count; k++) {
		const cs_arm_op *op = operand(r, k);

		if (op->type == ARM_OP_REG && op->reg == (int)reg)
			return true;
		if (op->type == ARM_OP_MEM && (op->mem.base == reg || op->mem.index == reg))
			return true;
		if (op->shift.type >= ARM_SFT_ASR_REG && op->shift.value == reg)
			return true;
	}
	return false;
}

static bool coprocessor(const struct reading *r)
{
	return NAMED(r, "ldc", "stc", "mcr", "mrc", "cdp", "mrrc");
}

static bool system_only(const struct reading *r)
{
	if (NAMED(r, "hvc", "smc", "hlt", "rfe", "srs", "cps", "eret", "dcps", "setend", "vmrs", "vmsr", "mrs", "msr"))
		return true;
	return !r->thumb && field(r, 25, 3) == 4 && field(r, 22, 1);
}

static bool exception_return(const struct reading *r)
{
	return r->thumb ? r->bits >> 8 == 0xf3de8f : field(r, 26, 2) == 0 && field(r, 20, 1) && field(r, 12, 4) == 15;
}

static bool sp_or_pc(const struct reading *r)
{
	return has_register(r, ARM_REG_SP) || has_register(r, ARM_REG_PC);
}

static bool same_halves(const struct reading *r)
{
	return NAMED(r, "umull", "smull", "umlal", "smlal", "smlsl", "umaal") && operand(r, 0)->reg == operand(r, 1)->reg;
}

static bool wide_field(const struct reading *r)
{
	if (NAMED(r, "bfi", "bfc"))
		return r->thumb ? field(r, 0, 5) < field(r, 12, 3) * 4 + field(r, 6, 2) : field(r, 16, 5) < field(r, 7, 5);
	return NAMED(r, "sbfx", "ubfx") && operand(r, 2)->imm + operand(r, 3)->imm > 32;
}

/* LDRD, STRD: an even register and not r14 in A32; write-back to neither; LDRD of two different ones. */
static bool pair(const struct reading *r)
{
	unsigned n = field(r, 16, 4), d = field(r, 12, 4), second = r->thumb ? field(r, 8, 4) : d + 1, m = field(r, 0, 4);
	bool wb = r->thumb ? field(r, 21, 1) : field(r, 21, 1) || !field(r, 24, 1), load = NAMED(r, "ldrd");

	if (!NAMED(r, "ldrd", "strd"))
		return false;
	if (!r->thumb && (d & 1 || d == 14 || (field(r, 21, 1) && !field(r, 24, 1)) || (load && !field(r, 22, 1) && (m == d || m == second))))
		return true;
	return (r->thumb && load && d == second) || (wb && (n == d || n == second));
}

static bool written_back(const struct reading *r)
{
	bool wb = r->thumb ? field(r, 11, 1) && field(r, 8, 1) : field(r, 21, 1) || !field(r, 24, 1);

	return NAMED(r, "ldr") && wb && field(r, 16, 4) == field(r, 12, 4);
}

static bool exclusive(const struct reading *r)
{
	if (NAMED(r, "strex", "stlex"))
		for (unsigned k = 1; k < r->cs->detail->arm.op_count; k++)
			if (operand(r, k)->reg == operand(r, 0)->reg || operand(r, k)->mem.base == (unsigned)operand(r, 0)->reg)
				return true;
	return NAMED(r, "ldrex", "ldaex", "strex", "stlex"); /* what is left: odd pairs, equal ones */
}

static bool multiple(const struct reading *r)
{
	unsigned list = field(r, 0, 16);

	if (!r->thumb || r->len != 4 || r->bits >> 25 != 0x74)
		return !r->thumb && field(r, 25, 3) == 4 && !list;
	return __builtin_popcount(list) < 2 || list >> 14 == 3 || list >> 13 & 1 || (list >> 15 && !field(r, 20, 1)) ||
	       (field(r, 21, 1) && list >> field(r, 16, 4) & 1);
}

/* Lists that go beyond the last register, or are empty. */
static bool extension_list(const struct reading *r)
{
	return NAMED(r, "vldm", "vstm", "vpush", "vpop", "fldm", "fstm", "vld", "vst", "vtbl", "vtbx");
}

static bool two_words(const struct reading *r)
{
	return NAMED(r, "vmov") && r->cs->detail->arm.op_count >= 3;
}

static bool with_itself(const struct reading *r)
{
	return NAMED(r, "vtrn", "vuzp", "vzip") && operand(r, 0)->reg == operand(r, 1)->reg;
}

static bool fixed_point(const struct reading *r)
{
	return NAMED(r, "vcvt") && operand(r, r->cs->detail->arm.op_count - 1)->type == ARM_OP_IMM;
}

/* (0) and (1) in the encodings' diagrams. */
static bool should_be(const struct reading *r)
{
	if (r->thumb && r->len == 4 && NAMED(r, "sbfx", "ubfx", "bfi", "bfc", "ssat", "usat"))
		return field(r, 26, 1) || field(r, 5, 1);
	return !r->thumb && field(r, 26, 2) == 0 && field(r, 23, 2) == 3 && field(r, 21, 1) && field(r, 16, 4); /* MOV and MVN have no n */
}

static bool of_a32(const struct reading *r)
{
	return r->thumb && r->len == 4 && r->bits >> 24 != 0xef && r->bits >> 24 != 0xff &&
	       NAMED(r, "sha", "aes", "vmaxnm", "vminnm", "vrint", "vcvt", "vsel", "vmull");
}

static bool not_twice(const struct reading *r)
{
	return r->thumb && NAMED(r, "rev", "rbit", "clz") && field(r, 0, 4) != field(r, 16, 4);
}

static bool it_always(const struct reading *r)
{
	return NAMED(r, "it");
}

static bool conditional(const struct reading *r)
{
	return !r->thumb && r->bits >> 28 < 14 && NAMED(r, "crc32", "bkpt");
}

static bool two_zero_bytes(const struct reading *r)
{
	return r->thumb && r->len == 4 && r->bits >> 27 == 30 && !field(r, 25, 1) && !field(r, 15, 1) && !field(r, 0, 8) && !field(r, 26, 1) &&
	       field(r, 12, 3) && field(r, 12, 3) < 4;
}

/* ---- only ours ---- */

static bool hint(const struct reading *r)
{
	return r->ours.op == ARM_NOP || r->ours.op == ARM_YIELD || (r->ours.op == ARM_MSR && !r->ours.list);
}

static bool halfword_unprivileged(const struct reading *r)
{
	return !r->thumb && field(r, 25, 3) == 0 && field(r, 21, 1) && !field(r, 24, 1) && field(r, 8, 4);
}

static bool old_multiple(const struct reading *r)
{
	return (r->ours.op == ARM_F_LDM || r->ours.op == ARM_F_STM) && field(r, 8, 1) && field(r, 0, 1);
}

static bool swap(const struct reading *r)
{
	return r->ours.op == ARM_SWP || r->ours.op == ARM_SWPB;
}

static const struct {
	const char *what;
	bool (*test)(const struct reading *r);
	const char *why;
} rows[] = {
	{"only theirs", coprocessor, "coprocessors: only 10 and 11, and three registers of 15, are there in user mode"},
	{"only theirs", system_only, "instructions of the system"},
	{"only theirs", exception_return, "SUBS PC, LR and its kind: a return from an exception"},
	{"only theirs", of_a32, "capstone takes A32's encodings of ARMv8's for T32's too"},
	{"only theirs", sp_or_pc, "UNPREDICTABLE: r13 or r15 where it may not be"},
	{"only theirs", same_halves, "UNPREDICTABLE: both halves of a product in one register"},
	{"only theirs", wide_field, "UNPREDICTABLE: a bit field that ends beyond the word or before its begin"},
	{"only theirs", pair, "UNPREDICTABLE: the registers of LDRD and STRD"},
	{"only theirs", written_back, "UNPREDICTABLE: write-back to the loaded register"},
	{"only theirs", exclusive, "UNPREDICTABLE: the registers of exclusives"},
	{"only theirs", multiple, "UNPREDICTABLE: lists of LDM and STM"},
	{"only theirs", extension_list, "UNPREDICTABLE: lists of extension registers that are empty or go beyond the last"},
	{"only theirs", two_words, "UNPREDICTABLE: VMOV of two words to one register, or with s31 as the first"},
	{"only theirs", with_itself, "UNPREDICTABLE: VTRN, VUZP, VZIP of a register with itself"},
	{"only theirs", fixed_point, "UNPREDICTABLE: fixed point beyond its bits"},
	{"only theirs", should_be, "UNPREDICTABLE: a bit that should be 0"},
	{"only theirs", not_twice, "UNPREDICTABLE: REV, RBIT, CLZ name their operand twice, and it must be the same"},
	{"only theirs", it_always, "UNPREDICTABLE: IT with AL and more than one instruction, or with 1111"},
	{"only theirs", conditional, "UNPREDICTABLE: a condition where there may be none"},
	{"only theirs", two_zero_bytes, "UNPREDICTABLE: a modified immediate of two or four bytes that are 0"},
	{"only ours", hint, "unallocated hints, which do nothing (A5.7.1, A6.3.8)"},
	{"only ours", halfword_unprivileged, "bits that should be 0, which capstone wants to be here"},
	{"only ours", old_multiple, "FLDMX and FSTMX beyond d15"},
	{"only ours", swap, "SWP, which capstone's ARMv8 has not"},
};

const char *known_difference(const struct reading *r, const char *what)
{
	for (unsigned k = 0; k < sizeof rows / sizeof *rows; k++)
		if (!strcmp(rows[k].what, what) && rows[k].test(r))
			return rows[k].why;
	return NULL;
}

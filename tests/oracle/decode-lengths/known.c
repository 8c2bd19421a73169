/* SPDX-License-Identifier: MIT */
/*
 * Where the decoder and capstone 4 differ and capstone is wrong or answers another question: each with the reason.
 * Checked against the Intel SDM volume 2, the AMD APM volume 3, and what processors do.
 */
#include <string.h>

#include "lengths.h"

static bool has_group(const struct reading *r, uint8_t first, uint8_t last)
{
	if (!r->theirs)
		return false;
	for (unsigned i = 0; i < r->cs->detail->groups_count; i++)
		if (r->cs->detail->groups[i] >= first && r->cs->detail->groups[i] <= last)
			return true;
	return false;
}

/* We say #UD, capstone prints something. */
static bool refused(const struct reading *r)
{
	return r->theirs && r->ours && !r->ours_valid;
}

static bool other_processors(const struct reading *r)
{
	static const uint8_t groups[] = {X86_GRP_3DNOW,	 X86_GRP_AVX512,  X86_GRP_FMA4, X86_GRP_XOP, X86_GRP_TBM,
					 X86_GRP_SSE4A,	 X86_GRP_RTM,	  X86_GRP_VM,	X86_GRP_CDI, X86_GRP_ERI,
					 X86_GRP_DQI,	 X86_GRP_BWI,	  X86_GRP_PFI,	X86_GRP_VLX, X86_GRP_SGX,
					 X86_GRP_MODE64, X86_GRP_FSGSBASE};

	for (unsigned i = 0; i < sizeof groups; i++)
		if (refused(r) && has_group(r, groups[i], groups[i]))
			return true;
	return false;
}

static bool other_makers(const struct reading *r)
{
	return refused(r) && r->o.map == MAP_0F && !r->o.vex && (r->o.op == 0xa6 || r->o.op == 0xa7);
}

static bool system_alone(const struct reading *r)
{
	if (!refused(r) || r->o.vex)
		return false;
	return r->o.map == MAP_0F ? r->o.op == 0xaa || r->o.op == 0x37
				  : r->o.map == MAP_0F38 && r->o.op >= 0x80 && r->o.op <= 0x82;
}

static bool no_such_register(const struct reading *r)
{
	return refused(r) && r->o.map == MAP_0F && !r->o.vex && (r->o.op == 0x20 || r->o.op == 0x22);
}

static bool withdrawn(const struct reading *r)
{
	return refused(r) && r->cs->id == X86_INS_PCOMMIT;
}

/* F3 0F38 F0 and F1 are none; 66 F2 is CRC32, which capstone reads as MOVBE. */
static bool movbe_f3(const struct reading *r)
{
	return refused(r) && r->cs->id == X86_INS_MOVBE && r->o.f3;
}

/* MONITOR, XTEST, SWAPGS, ENCLU and their like. */
static bool system_0f01(const struct reading *r)
{
	return refused(r) && r->o.map == MAP_0F && !r->o.vex && r->o.op == 0x01 && r->o.modrm >= 0xc0;
}

static bool lock_refused(const struct reading *r)
{
	return r->o.lock && refused(r);
}

static bool vvvv_refused(const struct reading *r)
{
	return r->o.vex && r->o.vvvv != 0 && refused(r);
}

static bool w_refused(const struct reading *r)
{
	uint8_t b[32] = {0};

	if (!r->o.vex || !r->o.w || !refused(r))
		return false;
	memcpy(b, r->bytes, r->theirs);
	b[r->o.prefixes + 2] &= 0x7f;
	return reads_the_same(r, b, sizeof b);
}

static bool gather_form(const struct reading *r)
{
	return r->o.vex && r->o.map == MAP_0F38 && r->o.op >= 0x90 && r->o.op <= 0x93 && (r->o.modrm & 7) != 4 && refused(r);
}

/* Without the prefixes of one kind, or of both, capstone reads the same: so it gave them no meaning. */
static bool mandatory_refused(const struct reading *r)
{
	if (r->o.vex || r->o.map == MAP_1 || !refused(r))
		return false;
	for (unsigned drop = 1; drop < 4; drop++) {
		uint8_t b[32] = {0};
		unsigned n = 0;

		for (unsigned i = 0; i < r->theirs; i++) {
			uint8_t c = r->bytes[i];

			if (i < r->o.prefixes && ((drop & 1 && (c == 0xf2 || c == 0xf3)) || (drop & 2 && c == 0x66)))
				continue;
			b[n++] = c;
		}
		if (n < r->theirs && reads_the_same(r, b, sizeof b))
			return true;
	}
	return false;
}

/* We have it, capstone calls it no instruction. */
static bool ours_alone(const struct reading *r)
{
	return r->ours_valid && !r->theirs;
}

static bool hint_nop(const struct reading *r)
{
	return ours_alone(r) && !r->o.vex && r->o.map == MAP_0F && (r->o.op == 0x0d || (r->o.op >= 0x18 && r->o.op <= 0x1f));
}

static bool newer(const struct reading *r)
{
	if (!ours_alone(r) || r->o.map != MAP_0F || r->o.vex)
		return false;
	return r->o.op == 0x01 && (r->o.modrm == 0xee || r->o.modrm == 0xef);
}

static bool fences(const struct reading *r)
{
	return ours_alone(r) && r->o.map == MAP_0F && r->o.op == 0xae && r->o.modrm >= 0xe8;
}

static bool broadcast_128(const struct reading *r)
{
	return ours_alone(r) && r->o.vex && r->o.map == MAP_0F38 && r->o.op == 0x5a && r->o.modrm < 0xc0;
}

static bool prefixes_between(const struct reading *r)
{
	return ours_alone(r) && !r->o.vex && r->o.map != MAP_1 && r->o.p66 && r->o.prefixes > 1;
}

static bool wide_target(const struct reading *r)
{
	return r->o.p66 && r->ours == r->theirs && r->ours_valid && (r->insn.imm >> 16) == 0 &&
	       (uint16_t)r->cs->detail->x86.operands[0].imm == r->insn.imm;
}

/* The same bytes, of which they take more: E8 and A0..A3 behind 66 and F2 or F3. */
static bool forgotten_66(const struct reading *r)
{
	const struct outline *o = &r->o;

	return r->ours_valid && o->map == MAP_1 && o->p66 && (o->f2 || o->f3) &&
	       (o->op == 0xe8 || (o->op >= 0xa0 && o->op <= 0xa3));
}

static bool cut_by_67(const struct reading *r)
{
	uint32_t ours = r->insn.imm, theirs;

	if (!r->o.p67 || r->ours != r->theirs || !r->ours_valid || r->insn.imm_size != 4)
		return false;
	theirs = (uint32_t)r->cs->detail->x86.operands[0].imm;
	return theirs == r->insn.pc + r->ours + (uint32_t)(int16_t)(ours - r->insn.pc - r->ours);
}

static const struct {
	const char *why;
	bool (*is)(const struct reading *r);
} reasons[] = {
    {"an extension that CPUID does not show (3DNow, XOP, FMA4, TBM, SSE4A, AVX-512, VMX, SVM, TSX, SGX, 64-bit mode): #UD",
     other_processors},
    {"another maker's (PadLock): #UD", other_makers},
    {"GETSEC, RSM, INVEPT, INVVPID, INVPCID: for the kernel, not shown by CPUID", system_alone},
	{"CR1 does not exist (SDM 2, MOV to and from control registers): #UD; capstone prints it", no_such_register},
    {"PCOMMIT was withdrawn before any processor had it", withdrawn},
    {"F3 selects no instruction of 0F 38 F0 and F1 (MOVBE has none or 66): #UD", movbe_f3},
    {"MONITOR, XTEST, ENCLU, SWAPGS and others of 0F 01 not shown by CPUID or not for programs: #UD", system_0f01},
    {"LOCK on what cannot be locked is #UD (SDM 2, LOCK); capstone prints it", lock_refused},
    {"VEX.vvvv must be 1111b where it names nothing (SDM 2, 2.3.5.6); capstone ignores it", vvvv_refused},
    {"VEX.W must be 0 (the opcode column says W0); capstone ignores it", w_refused},
    {"a gather has a vector index, so a SIB byte (SDM 2, 2.3.12); capstone prints it without", gather_form},
    {"66, F2 or F3 selects no instruction of this opcode: #UD; capstone prints the one without", mandatory_refused},
    {"reserved and prefetch NOPs, all operand forms (SDM 2 table A-3, APM 3 table A-2); capstone has some", hint_nop},
    {"fences take any modrm.rm (SDM 2, 'LFENCE' and following); capstone has 0 only", fences},
    {"RDPKRU, WRPKRU are newer than capstone 4", newer},
    {"VBROADCASTI128 is missing in capstone 4", broadcast_128},
    {"capstone 4 forgets a mandatory 66 when another prefix follows or precedes", prefixes_between},
    {"the target of a branch with 66 has 16 bits (SDM 2, Jcc, JMP, CALL); capstone prints 32", wide_target},
    {"67 does not shorten a branch displacement (SDM 2, 2.1.1); capstone cuts it to 16 bits", cut_by_67},
    {"66 makes 16-bit operands whatever other prefix there is; capstone forgets it", forgotten_66},
};
const unsigned n_reasons = sizeof reasons / sizeof *reasons;

const char *known_difference(const struct reading *r)
{
	for (unsigned i = 0; i < n_reasons; i++)
		if (reasons[i].is(r))
			return reasons[i].why;
	return NULL;
}

unsigned reason_index(const char *why)
{
	for (unsigned i = 0; i < n_reasons; i++)
		if (reasons[i].why == why)
			return i;
	return n_reasons;
}

const char *reason_text(unsigned i)
{
	return reasons[i].why;
}

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
	static const uint8_t groups[] = {X86_GRP_3DNOW, X86_GRP_AVX512, X86_GRP_FMA4, X86_GRP_XOP, X86_GRP_TBM, X86_GRP_SSE4A, X86_GRP_RTM, X86_GRP_VM,
					 X86_GRP_CDI, X86_GRP_ERI, X86_GRP_DQI, X86_GRP_BWI, X86_GRP_PFI, X86_GRP_VLX, X86_GRP_SGX, X86_GRP_MODE64,
					 X86_GRP_FSGSBASE};

	for (unsigned i = 0; i < sizeof groups; i++)
		if (refused(r) && has_group(r, groups[i], groups[i]))
			return true;
	return false;
}

static bool lock_refused(const struct reading *r)
{
	return r->o.lock && refused(r);
}

static bool vvvv_refused(const struct reading *r)
{
	return r->o.vex && r->o.vvvv != 0 && refused(r);
}

static const struct {
	const char *why;
	bool (*is)(const struct reading *r);
} reasons[] = {
	{"an extension that CPUID does not show (3DNow, XOP, FMA4, TBM, SSE4A, AVX-512, VMX, SVM, TSX, SGX, 64-bit mode): #UD", other_processors},
	{"LOCK on what cannot be locked is #UD (SDM 2, LOCK); capstone prints it", lock_refused},
	{"VEX.vvvv must be 1111b where it names nothing (SDM 2, 2.3.5.6); capstone ignores it", vvvv_refused},
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

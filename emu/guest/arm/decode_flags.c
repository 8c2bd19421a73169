/* SPDX-License-Identifier: MIT */
/* Which flags an integer op reads and writes, its condition included. */
#include "emu/guest/arm/arm.h"
#include "emu/uop.h"

static uint8_t cond_flags(unsigned cond)
{
	static const uint8_t flags[8] = {FL_Z, FL_C, FL_S, FL_O, FL_C | FL_Z, FL_S | FL_O, FL_Z | FL_S | FL_O, 0};

	return flags[cond >> 1];
}

#define NZCV (FL_S | FL_Z | FL_C | FL_O)

/* C after a logical op with flags: written, perhaps written, or left alone. */
static void carry_flags(const struct arm_uop *u, uint8_t *in, uint8_t *out)
{
	if (u->form == ARM_REG || (u->form == ARM_IMM && u->carry == CARRY_KEEP))
		return;
	*out |= FL_C;
	if (u->form >= ARM_LSL_REG)
		*in |= FL_C;
}

void arm_flags_of(const struct arm_uop *u, uint8_t *in, uint8_t *out)
{
	bool s = u->attr & UA_S;

	if (arm_is_data_processing(u)) {
		bool arithmetic = (1u << u->op) & (1u << ARM_SUB | 1u << ARM_RSB | 1u << ARM_ADD | 1u << ARM_ADC | 1u << ARM_SBC |
						   1u << ARM_RSC | 1u << ARM_CMP | 1u << ARM_CMN);

		if (u->op >= ARM_ADC && u->op <= ARM_RSC)
			*in |= FL_C;
		if (u->form == ARM_RRX)
			*in |= FL_C;
		if (s)
			*out |= arithmetic ? NZCV : FL_S | FL_Z;
		if (s && !arithmetic)
			carry_flags(u, in, out);
	} else if (s) {
		*out |= FL_S | FL_Z; /* multiplies */
	} else if (u->op == ARM_MRS) {
		*in |= NZCV;
	} else if (u->op == ARM_MSR && u->list & 8) {
		*out |= NZCV;
	} else if (u->form == ARM_RRX) {
		*in |= FL_C; /* an address */
	}
	*in |= cond_flags(u->cond);
	if (u->cond != ARM_AL)
		*in |= *out;
}

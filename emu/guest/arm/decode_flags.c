/* SPDX-License-Identifier: MIT */
/* Which flags an integer op reads and writes, its condition included. */
#include "emu/guest/arm/arm.h"
#include "emu/uop.h"

#define NZ (FL_S | FL_Z)
#define NZCV (NZ | FL_C | FL_O)

/* clang-format off */
/* What an op reads, and what it writes with UA_S, logical ones C besides (writes_carry). */
static const struct {
	uint8_t in, out;
} by_op[ARM_OP_COUNT] = {
	[ARM_AND] = {0, NZ}, [ARM_EOR] = {0, NZ},
	[ARM_SUB] = {0, NZCV}, [ARM_RSB] = {0, NZCV}, [ARM_ADD] = {0, NZCV},
	[ARM_ADC] = {FL_C, NZCV}, [ARM_SBC] = {FL_C, NZCV}, [ARM_RSC] = {FL_C, NZCV},
	[ARM_TST] = {0, NZ}, [ARM_TEQ] = {0, NZ},
	[ARM_CMP] = {0, NZCV}, [ARM_CMN] = {0, NZCV},
	[ARM_ORR] = {0, NZ}, [ARM_MOV] = {0, NZ}, [ARM_BIC] = {0, NZ}, [ARM_MVN] = {0, NZ}, [ARM_ORN] = {0, NZ},
	[ARM_MUL] = {0, NZ}, [ARM_MLA] = {0, NZ}, [ARM_UMULL] = {0, NZ}, [ARM_UMLAL] = {0, NZ}, [ARM_SMULL] = {0, NZ}, [ARM_SMLAL] = {0, NZ},
	[ARM_MRS] = {NZCV, 0},
};
/* clang-format on */

static uint8_t cond_flags(unsigned cond)
{
	static const uint8_t flags[8] = {FL_Z, FL_C, FL_S, FL_O, FL_C | FL_Z, FL_S | FL_O, FL_Z | FL_S | FL_O, 0};

	return flags[cond >> 1];
}

static bool is_logical(const struct arm_uop *u)
{
	return arm_is_data_processing(u) && by_op[u->op].out == NZ;
}

/* Does a logical op write C, or perhaps? Else it is left alone. */
static bool writes_carry(const struct arm_uop *u)
{
	return u->form != ARM_REG && (u->form != ARM_IMM || u->carry != CARRY_KEEP);
}

static void op_flags(const struct arm_uop *u, uint8_t *in, uint8_t *out)
{
	*in |= by_op[u->op].in;
	if (u->form == ARM_RRX) /* of an address too */
		*in |= FL_C;
	if (u->attr & UA_S) {
		*out |= by_op[u->op].out;
		if (is_logical(u)) {
			*out |= writes_carry(u) ? FL_C : 0;
			*in |= u->form >= ARM_LSL_REG ? FL_C : 0; /* by 0 */
		}
	}
	if (u->op == ARM_MSR && u->list & 8)
		*out |= NZCV;
}

void arm_flags_of(const struct arm_uop *u, uint8_t *ret_in, uint8_t *ret_out)
{
	uint8_t in = *ret_in, out = *ret_out;

	if (u->op < ARM_OP_COUNT)
		op_flags(u, &in, &out);
	if (u->cond != ARM_AL)
		in |= cond_flags(u->cond) | out;
	*ret_in = in;
	*ret_out = out;
}

/* SPDX-License-Identifier: MIT */
/* Advanced SIMD: loads and stores of elements and structures. */
#include "emu/host/x86-64/arm_lanes.h"

static void structure_back(struct emit *e, const struct arm_uop *u, uint8_t base)
{
	uint8_t to = target_reg(u->n, RDX);
	struct mem sum = mem_base(base, 0);

	if (!(u->attr & UA_WB))
		return;
	if (u->m == ARM_NONE)
		sum.disp = u->imm2;
	else
		sum.index = in_reg(e, source(u, u->m), RAX);
	lea(&e->c, to, sum);
	put(e, u->n, to);
}

static uint8_t structure_base(struct emit *e, const struct arm_uop *u)
{
	uint8_t base = in_reg(e, source(u, u->n), RCX);

	if (u->imm > 1)
		check_aligned(e, base, 0, u->imm, u);
	return base;
}

/* Whole registers: what is loaded goes to registers behind the last access. */
bool neon_ld(struct emit *e, const struct arm_uop *u)
{
	uint8_t base, x = 0;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	if (u->size <= 2) {
		x = vec_place(e, u->d, u->size);
		asm_rm(&e->c, u->size == 2 ? VEX(1, 0, 0x10) : VEX(1, 0xf3, 0x7e), x, guest_at(e, base, 0));
		store_vec(e, u->d, u->size, x);
		structure_back(e, u, base);
		return true;
	}
	for (unsigned k = 0; k < u->size; k += u->size - k > 1 ? 2 : 1)
		asm_rm(&e->c, u->size - k > 1 ? VEX(1, 0, 0x10) : VEX(1, 0xf3, 0x7e), x++, guest_at(e, base, 8 * k));
	x = 0;
	for (unsigned k = 0; k < u->size; k += u->size - k > 1 ? 2 : 1)
		store_vec(e, u->d + k, u->size - k > 1 ? 2 : 1, x++);
	structure_back(e, u, base);
	return true;
}

bool neon_st(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	for (unsigned k = 0; k < u->size; k += u->size - k > 1 ? 2 : 1) {
		unsigned two = u->size - k > 1 ? 2 : 1;
		uint8_t x = vec_in(e, 0, u->d + k, two);

		asm_rm(&e->c, two == 2 ? VEX(1, 0, 0x11) : VEX(1, 0x66, 0xd6), x, guest_at(e, base, 8 * k));
	}
	structure_back(e, u, base);
	return true;
}

bool neon_ld_lane(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	asm_rm(&e->c, u->form == LANE_32 ? OP(0x8b) : OP0F(u->form == LANE_8 ? 0xb6 : 0xb7), RAX, guest_at(e, base, 0));
	held_drop(e, 2 * u->d, 2);
	asm_rm(&e->c, (struct op){.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16}, RAX, element(u->d, u));
	structure_back(e, u, base);
	return true;
}

bool neon_st_lane(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	asm_rm(&e->c, u->form == LANE_32 ? OP(0x8b) : OP0F(u->form == LANE_8 ? 0xb6 : 0xb7), RAX, element(u->d, u));
	asm_rm(&e->c, (struct op){.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16}, RAX, guest_at(e, base, 0));
	structure_back(e, u, base);
	return true;
}

bool neon_ld_all(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1)
		return false;
	base = structure_base(e, u);
	asm_rm(&e->c, packed(broadcast[u->form]), 0, guest_at(e, base, 0));
	for (unsigned k = 0; k < u->size; k++)
		store_vec(e, u->d + k, 1, 0);
	structure_back(e, u, base);
	return true;
}

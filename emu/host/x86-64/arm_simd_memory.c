/* SPDX-License-Identifier: MIT */
/* Loads and stores of ARM's extension registers. As in arm_memory.c, what can fault comes before what changes. */
#include "emu/guest/arm/simd.h"
#include "emu/host/x86-64/arm_emit.h"

enum { X0 };

/* movups of 16 bytes or movq of 8 or movd of 4. */
static struct op load_op(unsigned bytes)
{
	if (bytes == 16)
		return OP0F(0x10);
	return bytes == 8 ? (struct op){.map = 1, .code = 0x7e, .rep = 0xf3} : (struct op){.map = 1, .code = 0x6e, .p66 = 1};
}

static struct op store_op(unsigned bytes)
{
	if (bytes == 16)
		return OP0F(0x11);
	return (struct op){.map = 1, .code = bytes == 8 ? 0xd6 : 0x7e, .p66 = 1};
}

/* Not a multiple of `align`: faults, in C. */
static void aligned(struct emit *e, uint8_t base, int32_t disp, unsigned align, const struct arm_uop *u)
{
	if (align <= 1)
		return;
	if (disp & (align - 1)) {
		lea(&e->c, RAX, mem_base(base, disp));
		base = RAX;
	}
	asm_rr(&e->c, (struct op){.code = 0xf6, .rex = 1}, 0, base); /* test base's low byte, align - 1 */
	e1(&e->c, align - 1);
	arm_cold_call(e, 5, u);
}

/* Bytes of guest memory at [base + disp] to or from struct cpu at `at`, which is a multiple of 4. All loads before all changes: the
 * last piece, then the first, show that nothing in between can fault. */
static void copy(struct emit *e, bool to_cpu, uint8_t base, int32_t disp, int32_t at, unsigned bytes)
{
	unsigned last = bytes > 4 ? bytes - 4 : 0;

	if (to_cpu && bytes > 16)
		mov_load(&e->c, RAX, guest_at(e, base, disp + last));
	for (unsigned done = 0, n; done < bytes; done += n) {
		unsigned left = bytes - done;

		n = left >= 16 ? 16 : left >= 8 ? 8 : 4;
		if (to_cpu && done == 0 && n < bytes && bytes <= 16)
			mov_load(&e->c, RAX, guest_at(e, base, disp + last));
		if (to_cpu) {
			asm_rm(&e->c, load_op(n), X0, guest_at(e, base, disp + done));
			asm_rm(&e->c, store_op(n), X0, mem_base(R_CPU, at + done));
		} else {
			asm_rm(&e->c, load_op(n), X0, mem_base(R_CPU, at + done));
			asm_rm(&e->c, store_op(n), X0, guest_at(e, base, disp + done));
		}
	}
}

static int32_t place(const struct arm_uop *u)
{
	return CPU_D + (u->form == LANE_64 ? 8 : 4) * u->d;
}

static void add_to(struct emit *e, unsigned g, uint8_t base, struct val v)
{
	uint8_t to = target_reg(g, RDX);

	if (v.kind == V_IMM)
		lea(&e->c, to, mem_base(base, v.imm));
	else
		lea(&e->c, to, (struct mem){.base = base, .index = in_reg(e, v, RCX)});
	put(e, g, to);
}

/* F_LDR F_STR F_LDM F_STM */
bool arm_emit_vfp_memory(struct emit *e, const struct arm_uop *u)
{
	unsigned bytes = u->form == LANE_64 ? 8 : 4;
	bool several = u->op == ARM_F_LDM || u->op == ARM_F_STM, to_cpu = u->op == ARM_F_LDR || u->op == ARM_F_LDM;
	uint8_t base;

	flags_clobber(e, 0);
	if (several)
		bytes *= u->size;
	base = in_reg(e, source(u, u->n), RDX);
	aligned(e, base, u->imm, 4, u);
	copy(e, to_cpu, base, u->imm, place(u), bytes);
	if (several && u->attr & UA_WB)
		add_to(e, u->n, base, val_imm(u->imm2));
	return true;
}

static void structure_back(struct emit *e, const struct arm_uop *u, uint8_t base)
{
	if (u->attr & UA_WB)
		add_to(e, u->n, base, u->m == ARM_NONE ? val_imm(u->imm2) : source(u, u->m));
}

/* V_LD V_ST of whole registers; structures are taken apart in C. */
bool arm_emit_simd_memory(struct emit *e, const struct arm_uop *u)
{
	uint8_t base;

	if (u->list != 1 || u->d + u->size > 32)
		return false;
	flags_clobber(e, 0);
	base = in_reg(e, source(u, u->n), RDX);
	aligned(e, base, 0, u->imm, u);
	copy(e, u->op == ARM_V_LD, base, 0, CPU_D + 8 * u->d, 8 * u->size);
	structure_back(e, u, base);
	return true;
}

/* V_LDL V_STL of one element. */
bool arm_emit_simd_lane(struct emit *e, const struct arm_uop *u)
{
	struct mem at = mem_base(R_CPU, CPU_D + 8 * u->d + (u->amount << u->form)), guest;
	struct op load = u->form == LANE_8 ? OP0F(0xb6) : u->form == LANE_16 ? OP0F(0xb7) : OP(0x8b);
	struct op store = {.code = u->form == LANE_8 ? 0x88 : 0x89, .p66 = u->form == LANE_16};
	uint8_t base;

	if (u->list != 1)
		return false;
	flags_clobber(e, 0);
	base = in_reg(e, source(u, u->n), RDX);
	aligned(e, base, 0, u->imm, u);
	guest = guest_at(e, base, 0);
	asm_rm(&e->c, load, RAX, u->op == ARM_V_LDL ? guest : at);
	asm_rm(&e->c, store, RAX, u->op == ARM_V_LDL ? at : guest);
	structure_back(e, u, base);
	return true;
}

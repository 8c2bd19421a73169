/* SPDX-License-Identifier: MIT */
/*
 * VFP of ARM guests on SSE, one element at a time, for FPSCR's usual modes: to nearest, no flush to zero, no default NaN. Then
 * results are the host's unless they are NaN: those, told by a comparison, are made again in C out of line, where the rules
 * are exact. Cumulative flags gather in MXCSR and go to FPSCR on the way out of translated code. A program that
 * sets other modes has everything done in C from then on: arm_fp_exact.
 */
#include "emu/backend.h"
#include "emu/guest/arm/simd.h"
#include "emu/host/x86-64/arm_emit.h"

bool arm_fp_exact;

enum { X0, X1, X2 };

struct mem arm_s(unsigned reg)
{
	return mem_base(R_CPU, CPU_D + 4 * reg);
}

struct mem arm_d(unsigned reg)
{
	return mem_base(R_CPU, CPU_D + 8 * reg);
}

static struct mem operand(const struct arm_uop *u, unsigned reg)
{
	return u->form == LANE_64 ? arm_d(reg) : arm_s(reg);
}

/* Scalar SSE instruction 0F code, of double or single. */
static struct op scalar(const struct arm_uop *u, uint8_t code)
{
	return (struct op){.map = 1, .code = code, .rep = u->form == LANE_64 ? 0xf2 : 0xf3};
}

/* ... and one that says the width by 66. */
static struct op packed(const struct arm_uop *u, uint8_t code)
{
	return (struct op){.map = 1, .code = code, .p66 = u->form == LANE_64};
}

static void load(struct emit *e, const struct arm_uop *u, uint8_t x, unsigned reg)
{
	asm_rm(&e->c, scalar(u, 0x10), x, operand(u, reg));
}

static void store(struct emit *e, const struct arm_uop *u, uint8_t x, unsigned reg)
{
	asm_rm(&e->c, scalar(u, 0x11), x, operand(u, reg));
}

/* x is NaN: in C. */
static void unless_nan(struct emit *e, struct op ucomis, uint8_t x, const struct arm_uop *u)
{
	asm_rr(&e->c, ucomis, x, x);
	arm_cold_redo(e, 10, u);
}

/* x = -x, by an integer register; changes flags. */
static void negate(struct emit *e, const struct arm_uop *u, uint8_t x)
{
	struct op from = {.map = 1, .code = 0x7e, .p66 = 1, .w = u->form == LANE_64}, to = from;

	to.code = 0x6e;
	asm_rr(&e->c, from, x, RAX);
	if (u->form == LANE_64) {
		asm_rr(&e->c, (struct op){.map = 1, .code = 0xba, .w = 1}, 7, RAX); /* btc rax, 63 */
		e1(&e->c, 63);
	} else {
		alu(e, ALU_XOR, RAX, val_imm(0x80000000));
	}
	asm_rr(&e->c, to, x, RAX);
}

enum { SSE_ADD = 0x58, SSE_MUL = 0x59, SSE_SUB = 0x5c, SSE_DIV = 0x5e, SSE_SQRT = 0x51 };

static void arithmetic(struct emit *e, const struct arm_uop *u, uint8_t code)
{
	load(e, u, X0, u->n);
	asm_rm(&e->c, scalar(u, code), X0, operand(u, u->m));
}

/* d + n * m and its kind, rounded twice: x0 */
static void multiply_add(struct emit *e, const struct arm_uop *u)
{
	arithmetic(e, u, SSE_MUL);
	switch (u->op) {
	case ARM_F_MLA:
		asm_rm(&e->c, scalar(u, SSE_ADD), X0, operand(u, u->d));
		break;
	case ARM_F_NMLS: /* n * m - d */
		asm_rm(&e->c, scalar(u, SSE_SUB), X0, operand(u, u->d));
		break;
	default: /* d - n * m, -d - n * m */
		asm_rr(&e->c, (struct op){.map = 1, .code = 0x28}, X1, X0);
		load(e, u, X0, u->d);
		if (u->op == ARM_F_NMLA)
			negate(e, u, X0);
		asm_rr(&e->c, scalar(u, SSE_SUB), X0, X1);
		break;
	}
}

/* Rounded once: x0 */
static void fused(struct emit *e, const struct arm_uop *u)
{
	static const uint8_t code[] = {
		[ARM_F_FMA - ARM_F_FMA] = 0xb9, [ARM_F_FMS - ARM_F_FMA] = 0xbd, [ARM_F_FNMA - ARM_F_FMA] = 0xbf,
		[ARM_F_FNMS - ARM_F_FMA] = 0xbb,
	};

	load(e, u, X0, u->d);
	load(e, u, X1, u->n);
	asm_rm(&e->c, (struct op){.map = 2, .code = code[u->op - ARM_F_FMA], .p66 = 1, .w = u->form == LANE_64, .vex = 1, .vex_v = X1}, X0,
	       operand(u, u->m));
}

bool arm_emit_vfp(struct emit *e, const struct arm_uop *u)
{
	if (arm_fp_exact || (u->op >= ARM_F_FMA && u->op <= ARM_F_FNMS && !__builtin_cpu_supports("fma")))
		return false;
	flags_clobber(e, 0);
	switch (u->op) {
	case ARM_F_ADD:
		arithmetic(e, u, SSE_ADD);
		break;
	case ARM_F_SUB:
		arithmetic(e, u, SSE_SUB);
		break;
	case ARM_F_MUL:
	case ARM_F_NMUL:
		arithmetic(e, u, SSE_MUL);
		break;
	case ARM_F_DIV:
		arithmetic(e, u, SSE_DIV);
		break;
	case ARM_F_SQRT:
		asm_rm(&e->c, scalar(u, SSE_SQRT), X0, operand(u, u->m));
		break;
	case ARM_F_MLA: case ARM_F_MLS: case ARM_F_NMLA: case ARM_F_NMLS:
		multiply_add(e, u);
		break;
	default:
		fused(e, u);
		break;
	}
	unless_nan(e, packed(u, 0x2e), X0, u);
	if (u->op == ARM_F_NMUL)
		negate(e, u, X0);
	store(e, u, X0, u->d);
	return true;
}

/* F_ABS F_NEG F_MOV F_MOVI: bits. */
bool arm_emit_vfp_bits(struct emit *e, const struct arm_uop *u)
{
	bool is_double = u->form == LANE_64;

	if (u->op == ARM_F_MOVI) {
		mov_store_imm(&e->c, operand(u, u->d), u->imm);
		if (is_double)
			mov_store_imm(&e->c, arm_s(2 * u->d + 1), u->imm2);
		return true;
	}
	if (u->op != ARM_F_MOV)
		flags_clobber(e, 0);
	asm_rm(&e->c, (struct op){.code = 0x8b, .w = is_double}, RAX, operand(u, u->m));
	if (u->op != ARM_F_MOV && is_double) {
		asm_rr(&e->c, (struct op){.map = 1, .code = 0xba, .w = 1}, u->op == ARM_F_ABS ? 6 : 7, RAX); /* btr, btc rax, 63 */
		e1(&e->c, 63);
	} else if (u->op != ARM_F_MOV) {
		alu(e, u->op == ARM_F_ABS ? ALU_AND : ALU_XOR, RAX, val_imm(u->op == ARM_F_ABS ? 0x7fffffff : 0x80000000));
	}
	asm_rm(&e->c, (struct op){.code = 0x89, .w = is_double}, RAX, operand(u, u->d));
	return true;
}

/* ---- comparison: FPSCR's N Z C V are bits 7..4 of its last byte ---- */

#define NZCV_BYTE (CPU_FPSCR + 3)

/* By ZF, PF, CF as ucomis sets them, in their places in lahf's byte. */
static const uint8_t compared[0x46] = {[0] = 0x20, [0x01] = 0x80, [0x40] = 0x60, [0x45] = 0x30};

bool arm_emit_vfp_compare(struct emit *e, const struct arm_uop *u)
{
	bool zero = u->op == ARM_F_CMPZ || u->op == ARM_F_CMPEZ;
	struct op op = packed(u, u->op == ARM_F_CMP || u->op == ARM_F_CMPZ ? 0x2e : 0x2f);

	if (arm_fp_exact)
		return false;
	flags_clobber(e, 0);
	load(e, u, X0, u->d);
	if (zero) {
		asm_rr(&e->c, OP0F(0x57), X1, X1);
		asm_rr(&e->c, op, X0, X1);
	} else {
		asm_rm(&e->c, op, X0, operand(u, u->m));
	}
	e1(&e->c, 0x9f);				  /* lahf */
	ebytes(&e->c, "\x0f\xb6\xc4", 3);		  /* movzx eax, ah */
	alu(e, ALU_AND, RAX, val_imm(0x45));
	ebytes(&e->c, "\x48\x8d\x15", 3);		  /* lea rdx, [rip + compared] */
	e4(&e->c, rel32(e->c.p, compared));
	asm_rm(&e->c, OP0F(0xb6), RAX, (struct mem){.base = RDX, .index = RAX});
	asm_rm(&e->c, OP(0x80), ALU_AND, mem_base(R_CPU, NZCV_BYTE));
	e1(&e->c, 0x0f);
	asm_rm(&e->c, OP(0x08), RAX, mem_base(R_CPU, NZCV_BYTE)); /* or [..], al */
	return true;
}

/* VMRS to APSR: the same bits, as flags between units are kept. */
bool arm_emit_vmrs(struct emit *e, const struct arm_uop *u)
{
	if (u->d != ARM_PC)
		return false;
	flags_clobber(e, FL_NZCV);
	asm_rm(&e->c, OP0F(0xb6), RAX, mem_base(R_CPU, NZCV_BYTE));
	asm_rm(&e->c, OP(0x88), RAX, mem_base(R_CPU, CPU_NZCV + 1));
	shift(e, SH_SHR, RAX, 4);
	mov_rr(&e->c, RCX, RAX);
	shift(e, SH_SHR, RAX, 1);
	alu(e, ALU_AND, RCX, val_imm(1));
	alu(e, ALU_AND, RAX, val_imm(1));
	asm_rm(&e->c, OP(0x88), RCX, mem_base(R_CPU, CPU_NZCV + 3));
	asm_rm(&e->c, OP(0x88), RAX, mem_base(R_CPU, CPU_NZCV + 2));
	flags_stored(e, FL_NZCV);
	return true;
}

/* ---- conversions ---- */

static bool to_int(struct emit *e, const struct arm_uop *u)
{
	bool is_unsigned = u->carry & V_U;
	uint8_t code = u->imm == ARM_RZ ? 0x2c : 0x2d; /* truncating; as MXCSR says, to nearest */
	struct op op = scalar(u, code);

	if (u->imm != ARM_RZ && u->imm != ARM_RN && u->imm != ARM_RMODE)
		return false;
	flags_clobber(e, 0);
	op.w = is_unsigned;
	asm_rm(&e->c, op, RAX, operand(u, u->m));
	if (is_unsigned) { /* not 32 bits: saturates */
		mov_rr(&e->c, RCX, RAX);
		asm_rr(&e->c, (struct op){.code = 0x3b, .w = 1}, RCX, RAX);
		arm_cold_redo(e, 5, u);
	} else { /* what overflows gives */
		alu(e, ALU_CMP, RAX, val_imm(0x80000000));
		arm_cold_redo(e, 4, u);
	}
	mov_store(&e->c, arm_s(u->d), RAX);
	return true;
}

bool arm_emit_vfp_convert(struct emit *e, const struct arm_uop *u)
{
	struct op op;

	if (arm_fp_exact)
		return false;
	switch (u->op) {
	case ARM_F_TO_INT:
		return to_int(e, u);
	case ARM_F_FROM_INT:
		asm_rr(&e->c, OP0F(0x57), X0, X0);
		op = scalar(u, 0x2a);
		if (u->carry & V_U) {
			mov_load(&e->c, RAX, arm_s(u->m));
			op.w = 1;
			asm_rr(&e->c, op, X0, RAX);
		} else {
			asm_rm(&e->c, op, X0, arm_s(u->m));
		}
		store(e, u, X0, u->d);
		return true;
	case ARM_F_WIDEN:
		flags_clobber(e, 0);
		asm_rm(&e->c, (struct op){.map = 1, .code = 0x5a, .rep = 0xf3}, X0, arm_s(u->m));
		unless_nan(e, (struct op){.map = 1, .code = 0x2e, .p66 = 1}, X0, u);
		asm_rm(&e->c, (struct op){.map = 1, .code = 0x11, .rep = 0xf2}, X0, arm_d(u->d));
		return true;
	default:
		flags_clobber(e, 0);
		asm_rm(&e->c, (struct op){.map = 1, .code = 0x5a, .rep = 0xf2}, X0, arm_d(u->m));
		unless_nan(e, OP0F(0x2e), X0, u);
		asm_rm(&e->c, (struct op){.map = 1, .code = 0x11, .rep = 0xf3}, X0, arm_s(u->d));
		return true;
	}
}

/* ---- moves between core and extension registers ---- */

static void from_core(struct emit *e, unsigned s, struct val v)
{
	mov_store(&e->c, arm_s(s), in_reg(e, v, RAX));
}

static void to_core(struct emit *e, unsigned g, unsigned s)
{
	uint8_t to = target_reg(g, RAX);

	mov_load(&e->c, to, arm_s(s));
	put(e, g, to);
}

bool arm_emit_vfp_move(struct emit *e, const struct arm_uop *u)
{
	switch (u->op) {
	case ARM_MOV_RS:
		to_core(e, u->d, u->m);
		break;
	case ARM_MOV_SR:
		from_core(e, u->d, source(u, u->m));
		break;
	case ARM_MOV_RRD:
		to_core(e, u->d, 2 * u->m);
		to_core(e, u->a, 2 * u->m + 1);
		break;
	case ARM_MOV_DRR:
		from_core(e, 2 * u->d, source(u, u->m));
		from_core(e, 2 * u->d + 1, source(u, u->a));
		break;
	case ARM_MOV_RRSS:
		to_core(e, u->d, u->m);
		to_core(e, u->a, u->m + 1);
		break;
	default: /* MOV_SSRR */
		from_core(e, u->d, source(u, u->m));
		from_core(e, u->d + 1, source(u, u->a));
		break;
	}
	return true;
}

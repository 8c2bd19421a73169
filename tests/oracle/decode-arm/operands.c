/* SPDX-License-Identifier: MIT */
/* The registers and numbers of an instruction in both readings, as sets: their order and their names are printing's. */
#include <string.h>

#include "reading.h"

#define NAME_(name, mem) [ARM_##name] = #name,
#define SIMD_NAME_(name, mem) [ARM_##name - ARM_SIMD] = #name,
static const char *const names[] = {ARM_OPS(NAME_)}, *const simd_names[] = {ARM_SIMD_OPS(SIMD_NAME_)};

const char *op_name(unsigned op)
{
	return op >= ARM_SIMD ? simd_names[op - ARM_SIMD] : names[op];
}

struct operands {
	uint32_t core; /* r0..r14 */
	uint64_t ext;  /* numbers of S, D or Q (of its first D) registers */
	int64_t n[12];
	unsigned n_n;
};

/* ---- capstone's ---- */

static void their_register(struct operands *o, unsigned reg)
{
	if (reg >= ARM_REG_R0 && reg <= ARM_REG_R12)
		o->core |= 1u << (reg - ARM_REG_R0);
	else if (reg == ARM_REG_SP)
		o->core |= 1u << ARM_SP;
	else if (reg == ARM_REG_LR)
		o->core |= 1u << ARM_LR;
	else if (reg >= ARM_REG_S0 && reg <= ARM_REG_S31)
		o->ext |= 1ull << (reg - ARM_REG_S0);
	else if (reg >= ARM_REG_D0 && reg <= ARM_REG_D31)
		o->ext |= 1ull << (reg - ARM_REG_D0);
	else if (reg >= ARM_REG_Q0 && reg <= ARM_REG_Q15)
		o->ext |= 1ull << 2 * (reg - ARM_REG_Q0);
}

static void number(struct operands *o, int64_t v)
{
	if (o->n_n < sizeof o->n / sizeof *o->n)
		o->n[o->n_n++] = v;
}

static void their_operands(struct operands *o, const cs_arm *a)
{
	memset(o, 0, sizeof *o);
	for (unsigned i = 0; i < a->op_count; i++) {
		const cs_arm_op *op = &a->operands[i];

		if (op->type == ARM_OP_REG)
			their_register(o, op->reg);
		else if (op->type == ARM_OP_IMM)
			number(o, op->imm);
		if (op->type == ARM_OP_MEM) {
			their_register(o, op->mem.base);
			their_register(o, op->mem.index);
			number(o, op->mem.disp);
			number(o, op->mem.lshift);
		}
		if (op->shift.type >= ARM_SFT_ASR_REG)
			their_register(o, op->shift.value);
		else
			number(o, op->shift.value);
	}
}

/* ---- ours ---- */

enum { D = 1, N = 2, M = 4, A = 8 };

/* Which fields are core registers: all of integer ops, of the others these. */
static unsigned core_fields(const struct arm_uop *u)
{
	switch (u->op) {
	case ARM_MOV_RS: case ARM_V_GET: case ARM_VMRS:
		return D;
	case ARM_MOV_SR: case ARM_V_PUT: case ARM_V_DUPR: case ARM_VMSR:
		return M;
	case ARM_MOV_RRD: case ARM_MOV_RRSS:
		return D | A;
	case ARM_MOV_DRR: case ARM_MOV_SSRR:
		return M | A;
	case ARM_F_LDR: case ARM_F_STR: case ARM_F_LDM: case ARM_F_STM:
		return N;
	case ARM_V_LD: case ARM_V_ST: case ARM_V_LDL: case ARM_V_STL: case ARM_V_LDD:
		return N | M;
	}
	return u->op < ARM_SIMD ? D | N | M | A : 0;
}

static void run(struct operands *o, unsigned first, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		o->ext |= 1ull << ((first + k) & 63);
}

static void our_lists(struct operands *o, const struct arm_uop *u)
{
	switch (u->op) {
	case ARM_F_LDM: case ARM_F_STM:
		run(o, u->d, u->size);
		break;
	case ARM_V_TBL: case ARM_V_TBX:
		run(o, u->n, u->size);
		break;
	case ARM_V_LD: case ARM_V_ST: case ARM_V_LDD:
		for (unsigned k = 0; k < u->list; k++)
			run(o, u->d + k * u->amount, u->size);
		break;
	case ARM_V_LDL: case ARM_V_STL:
		for (unsigned k = 0; k < u->list; k++)
			run(o, u->d + k * u->size, 1);
		break;
	case ARM_MOV_RRSS:
		run(o, u->m, 2);
		break;
	case ARM_MOV_SSRR:
		run(o, u->d, 2);
		break;
	case ARM_LDM: case ARM_STM:
		o->core |= u->list & 0x7fff;
		break;
	}
}

static bool is_memory(unsigned op)
{
	return (op >= ARM_LDR && op <= ARM_STRD) || op == ARM_F_LDR || op == ARM_F_STR;
}

/* The numbers that must be among theirs. */
static void our_numbers(struct operands *o, const struct arm_uop *u)
{
	if (u->op <= ARM_MOVT && u->form == ARM_IMM && u->n != ARM_NONE)
		number(o, (int32_t)u->imm);
	else if (u->op < ARM_SIMD && u->form >= ARM_LSL && u->form <= ARM_ROR)
		number(o, u->amount);
	if (is_memory(u->op) && u->form == ARM_IMM && u->n != ARM_NONE && u->op < ARM_SIMD)
		number(o, (int32_t)u->imm);
	switch (u->op) {
	case ARM_B: case ARM_BL: case ARM_CBZ: case ARM_CBNZ:
		number(o, (int32_t)(u->imm & ~1u));
		break;
	case ARM_SBFX: case ARM_UBFX: case ARM_BFI:
		number(o, u->amount);
		number(o, u->imm);
		break;
	case ARM_SSAT: case ARM_USAT: case ARM_SSAT16: case ARM_USAT16:
		number(o, u->imm);
		break;
	case ARM_V_SHLI: case ARM_V_SHRI: case ARM_V_RSHRI: case ARM_V_SRA: case ARM_V_RSRA: case ARM_V_SLI: case ARM_V_SRI: case ARM_V_QSHLI:
	case ARM_V_QSHLUI: case ARM_V_RSHRN: case ARM_V_QRSHRN: case ARM_V_QRSHRUN: case ARM_F_TO_FIXED: case ARM_F_FROM_FIXED:
		number(o, u->amount);
		break;
	}
}

static bool between(unsigned op, unsigned first, unsigned last)
{
	return op >= first && op <= last;
}

/* Which fields of a VFP or Advanced SIMD op mean registers. */
static unsigned used_fields(unsigned op)
{
	if (between(op, ARM_F_ADD, ARM_F_MINNM) || op == ARM_F_SEL || between(op, ARM_V_AND, ARM_V_BIF) || between(op, ARM_V_ADD, ARM_V_PMIN) ||
	    between(op, ARM_V_ADDHN, ARM_V_RSUBHN) || between(op, ARM_V_ADDL, ARM_V_PMULL) || op == ARM_V_EXT ||
	    between(op, ARM_V_TBL, ARM_V_FRSQRTS) || between(op, ARM_V_SHA1C, ARM_V_SHA1SU0) || between(op, ARM_V_SHA256H, ARM_V_SHA256H2) ||
	    op == ARM_V_SHA256SU1)
		return D | N | M;
	if (op == ARM_F_MOVI || between(op, ARM_V_MOVI, ARM_V_BICI) || op == ARM_F_CMPZ || op == ARM_F_CMPEZ || op == ARM_F_TO_FIXED ||
	    op == ARM_F_FROM_FIXED)
		return D;
	return D | M;
}

static void our_operands(struct operands *o, const struct arm_uop *u)
{
	const uint8_t field[4] = {u->d, u->n, u->m, u->a};
	unsigned core = core_fields(u);

	memset(o, 0, sizeof *o);
	for (unsigned k = 0; k < 4; k++) {
		if (field[k] == ARM_NONE)
			continue;
		if (core >> k & 1)
			o->core |= 1u << field[k] & 0x7fff;
		else if (u->op >= ARM_SIMD && used_fields(u->op) >> k & 1)
			o->ext |= 1ull << (field[k] & 63);
	}
	our_lists(o, u);
	our_numbers(o, u);
}

/* ---- both ---- */

/* Registers that printing leaves out, or that the uop needs not say. */
static uint32_t unsaid(const struct reading *r)
{
	unsigned op = r->ours.op;

	if (op == ARM_LDM || op == ARM_STM || op == ARM_F_LDM || op == ARM_F_STM || op == ARM_LDR || op == ARM_STR)
		return 1u << ARM_SP; /* push and pop */
	return 0;
}

static bool has(const struct operands *o, int64_t v)
{
	if (v == 0)
		return true;
	for (unsigned k = 0; k < o->n_n; k++)
		if ((uint32_t)o->n[k] == (uint32_t)v || o->n[k] == -v)
			return true;
	for (unsigned k = 0; k + 1 < o->n_n; k++) /* a rotated immediate in another than its shortest form */
		for (unsigned j = k + 1; j < o->n_n; j++)
			if (o->n[j] > 0 && o->n[j] < 32 && (uint32_t)v == ((uint32_t)o->n[k] >> o->n[j] | (uint32_t)o->n[k] << (32 - o->n[j])))
				return true;
	return false;
}

/* Ours says less: hints and barriers have operands that mean nothing, the state's instructions take what they take. */
static bool says_nothing(const struct arm_uop *u)
{
	return u->op == ARM_NOP || u->op == ARM_YIELD || u->op == ARM_BARRIER || u->op == ARM_ISB || u->op == ARM_GET_TLS ||
	       u->op == ARM_GET_TLSW || u->op == ARM_SET_TLSW || u->op == ARM_GET_CNT || u->op == ARM_SVC || u->op == ARM_BKPT;
}

const char *operands_differ(const struct reading *r)
{
	struct operands a, b;

	if (says_nothing(&r->ours))
		return NULL;
	our_operands(&a, &r->ours);
	their_operands(&b, &r->cs->detail->arm);
	if ((a.core ^ b.core) & ~unsaid(r))
		return "core registers";
	if (a.ext != b.ext)
		return "extension registers";
	if (!strncmp(r->cs->mnemonic, "push", 4) || !strncmp(r->cs->mnemonic, "pop", 3))
		return NULL;
	for (unsigned k = 0; k < a.n_n; k++)
		if (!has(&b, a.n[k]))
			return "number";
	return NULL;
}

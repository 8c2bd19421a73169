/* SPDX-License-Identifier: MIT */
/* The x86-64 writer against capstone: every combination of base, index, scale and displacement means what was asked for. */
#include <capstone/capstone.h>
#include <criterion/criterion.h>
#include <stdio.h>

#include "emu/host/x86-64/asm.h"

static const x86_reg reg64[16] = {
	X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP, X86_REG_RSI, X86_REG_RDI,
	X86_REG_R8,  X86_REG_R9,  X86_REG_R10, X86_REG_R11, X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15,
};
static const x86_reg reg32[16] = {
	X86_REG_EAX, X86_REG_ECX, X86_REG_EDX,	X86_REG_EBX,  X86_REG_ESP,  X86_REG_EBP,  X86_REG_ESI,	X86_REG_EDI,
	X86_REG_R8D, X86_REG_R9D, X86_REG_R10D, X86_REG_R11D, X86_REG_R12D, X86_REG_R13D, X86_REG_R14D, X86_REG_R15D,
};

static csh handle;
static cs_insn *insn;

static void setup(void)
{
	cs_open(CS_ARCH_X86, CS_MODE_64, &handle);
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	insn = cs_malloc(handle);
}

static void teardown(void)
{
	cs_free(insn, 1);
	cs_close(&handle);
}

static const cs_x86 *decode(const uint8_t *bytes, const struct code *c)
{
	const uint8_t *at = bytes;
	size_t n = c->p - bytes;
	uint64_t pc = 0;

	cr_assert(!c->full);
	cr_assert(cs_disasm_iter(handle, &at, &n, &pc, insn));
	cr_assert_eq(n, 0, "%zu bytes left behind %s %s", n, insn->mnemonic, insn->op_str);
	return &insn->detail->x86;
}

static x86_reg reg_of(uint8_t r, bool a32)
{
	return r == NOREG ? X86_REG_INVALID : a32 ? reg32[r] : reg64[r];
}

static void check_mem(struct mem m, uint8_t reg)
{
	uint8_t bytes[16];
	struct code c = {.p = bytes, .limit = bytes + sizeof bytes};
	const cs_x86 *x;
	x86_reg index;

	asm_rm(&c, OP(0x8b), reg, m);
	x = decode(bytes, &c);
	index = x->operands[1].mem.index;
	if (index == X86_REG_RIZ || index == X86_REG_EIZ)
		index = X86_REG_INVALID;
	cr_assert_eq(insn->id, X86_INS_MOV);
	cr_assert_eq(x->operands[0].reg, reg32[reg]);
	cr_assert_eq(x->operands[1].mem.base, reg_of(m.base, m.a32), "%s", insn->op_str);
	cr_assert_eq(index, reg_of(m.index, m.a32), "%s", insn->op_str);
	cr_assert_eq((int32_t)x->operands[1].mem.disp, m.disp, "%s", insn->op_str);
	if (m.index != NOREG)
		cr_assert_eq(x->operands[1].mem.scale, 1 << m.scale);
}

Test(asm, memory_operands, .init = setup, .fini = teardown)
{
	static const int32_t disps[] = {0, 1, -1, 127, -128, 128, -129, 0x12345678, -0x12345678};

	for (unsigned base = 0; base <= 16; base++)
		for (unsigned index = 0; index <= 16; index++)
			for (unsigned k = 0; k < sizeof disps / sizeof *disps; k++) {
				struct mem m = {.base = base == 16 ? NOREG : base, .index = index == 16 ? NOREG : index,
						.scale = k & 3, .a32 = k & 1, .disp = disps[k]};

				if (index == RSP)
					continue;
				check_mem(m, (base + index + k) & 15);
			}
}

Test(asm, registers, .init = setup, .fini = teardown)
{
	for (unsigned a = 0; a < 16; a++)
		for (unsigned b = 0; b < 16; b++) {
			uint8_t bytes[16];
			struct code c = {.p = bytes, .limit = bytes + sizeof bytes};
			const cs_x86 *x;

			asm_rr(&c, OP(0x8b), a, b);
			x = decode(bytes, &c);
			cr_assert_eq(x->operands[0].reg, reg32[a]);
			cr_assert_eq(x->operands[1].reg, reg32[b]);
		}
}

Test(asm, vex, .init = setup, .fini = teardown)
{
	for (unsigned a = 0; a < 8; a++)
		for (unsigned v = 0; v < 8; v++)
			for (unsigned map = 1; map <= 2; map++) {
				uint8_t bytes[16];
				struct code c = {.p = bytes, .limit = bytes + sizeof bytes};
				struct op op = {.map = map, .code = map == 1 ? 0xfe : 0x02, .p66 = 1, .vex = 1, .vex_v = v};
				const cs_x86 *x;

				asm_rr(&c, op, a, 7 - a); /* vpaddd, vphaddd */
				x = decode(bytes, &c);
				cr_assert_eq(x->op_count, 3);
				cr_assert_eq(x->operands[0].reg, X86_REG_XMM0 + a);
				cr_assert_eq(x->operands[1].reg, X86_REG_XMM0 + v);
				cr_assert_eq(x->operands[2].reg, X86_REG_XMM0 + 7 - a);
			}
}

Test(asm, overflow_is_sticky)
{
	uint8_t bytes[3];
	struct code c = {.p = bytes, .limit = bytes + sizeof bytes};

	mov_imm(&c, RAX, 1);
	cr_assert(c.full);
	cr_assert(c.p <= c.limit);
}

Test(asm, fields_stay_in_a_cache_line)
{
	static _Alignas(64) uint8_t bytes[256];

	for (unsigned at = 0; at < 128; at++) {
		struct code c = {.p = bytes + at, .limit = bytes + sizeof bytes};

		asm_align_field(&c, 1);
		uintptr_t field = (uintptr_t)c.p + 1;

		cr_assert_eq(field / 64, (field + 3) / 64);
	}
}

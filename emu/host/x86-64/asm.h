/* SPDX-License-Identifier: MIT */
/* Writing x86-64 instructions: bytes, registers, memory operands. No knowledge of guests. */
#ifndef STRAIT_X86_64_ASM_H
#define STRAIT_X86_64_ASM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NOREG = 0xf4 }; /* NOREG: what says "no index" where an index goes */

/* Code being written. Sticky overflow: past `limit` nothing is stored and `full` says so. */
struct code {
	uint8_t *p, *limit;
	bool full;
};

/*
 * [base + index * 1<<scale + disp]; a32: address size prefix, the sum wraps at 4 GiB. gs: and its base is added. Base ASM_HERE: disp
 * from asm_anchor, told relative to rip: only for instructions without an immediate.
 */
enum { ASM_HERE = 0xf5 };
extern const uint8_t asm_anchor[];

struct mem {
	uint8_t base, index, scale;
	bool a32, gs;
	int32_t disp;
};

/* Everything about an instruction but its operands. */
struct op {
	uint8_t map;    /* 0: one byte, 1: 0F, 2: 0F38, 3: 0F3A */
	uint8_t code;
	uint8_t w;
	uint8_t p66, rep, lock;    /* rep: 0, F2 or F3 */
	uint8_t rex;               /* a byte register is spl..dil if it is 4..7, not ah..bh */
	uint8_t vex, vex_l, vex_v; /* vex != 0: VEX encoded; vex_v: register, not inverted */
};

static inline void e1(struct code *c, uint8_t b)
{
	if (c->p < c->limit)
		*c->p++ = b;
	else
		c->full = true;
}

static inline void e4(struct code *c, uint32_t v)
{
	if (c->p + 4 <= c->limit) {
		memcpy(c->p, &v, 4);
		c->p += 4;
	} else {
		c->full = true;
	}
}

static inline void ebytes(struct code *c, const char *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		e1(c, bytes[i]);
}

/* Distance from behind a rel32 field to a target. */
static inline uint32_t rel32(const uint8_t *field, const void *to)
{
	return (uint32_t)((const uint8_t *)to - (field + 4));
}

static inline struct mem mem_base(uint8_t base, int32_t disp)
{
	return (struct mem){.base = base, .index = NOREG, .disp = disp};
}

#define OP(opcode) ((struct op){.code = (opcode)})
#define OP0F(opcode) ((struct op){.map = 1, .code = (opcode)})

/* One instruction with a memory or a register as its modrm.rm operand; reg: modrm.reg or the opcode extension.
 * imm_size bytes of immediate are the caller's to append. */
void asm_rm(struct code *c, struct op op, uint8_t reg, struct mem m);
void asm_rr(struct code *c, struct op op, uint8_t reg, uint8_t rm);

/* Register in the low three opcode bits. */
void asm_short(struct code *c, struct op op, uint8_t reg);

void asm_jmp(struct code *c, const void *to);
void asm_jcc(struct code *c, uint8_t cc, const void *to);
void asm_lea_host(struct code *c, uint8_t to, const void *address); /* relative to rip */
/* No rel32 that is patched later may cross a cache line: pad so that the field starting `ahead` bytes on does not. */
void asm_align_field(struct code *c, unsigned ahead);

/* Common ones, 32 bit; none changes a flag. */
static inline void mov_rr(struct code *c, uint8_t to, uint8_t from)
{
	asm_rr(c, OP(0x8b), to, from);
}
static inline void mov_load(struct code *c, uint8_t to, struct mem m)
{
	asm_rm(c, OP(0x8b), to, m);
}
static inline void mov_store(struct code *c, struct mem m, uint8_t from)
{
	asm_rm(c, OP(0x89), from, m);
}
static inline void mov_store_imm(struct code *c, struct mem m, uint32_t imm)
{
	asm_rm(c, OP(0xc7), 0, m);
	e4(c, imm);
}
static inline void mov_imm(struct code *c, uint8_t to, uint32_t imm)
{
	asm_short(c, OP(0xb8), to);
	e4(c, imm);
}
static inline void lea(struct code *c, uint8_t to, struct mem m)
{
	m.a32 = false; /* a 32-bit destination wraps by itself */
	asm_rm(c, OP(0x8d), to, m);
}

#endif

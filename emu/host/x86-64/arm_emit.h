/* SPDX-License-Identifier: MIT */
/*
 * Emitting for ARM guests: what its files share. Registers in translated code:
 *   r0..r3: rdi rsi rbx rbp   r4..r9: r8..r13   sp: r15   r10 r11 r12 lr: in struct cpu
 *   r14: struct cpu   rax rcx rdx: temporary   rsp: the stack that pairs host calls and returns with the guest's
 * All guest registers are zero-extended. A window that is not at 0 is addressed by gs, whose base it is.
 */
#ifndef STRAIT_X86_64_ARM_EMIT_H
#define STRAIT_X86_64_ARM_EMIT_H

#include "emu/guest/arm/arm.h"
#include "emu/host/x86-64/emit.h"
#include "emu/host/x86-64/offsets.h"

/* Stubs (arm_stubs.S). */
enum stop arm_enter(struct cpu *cpu, const uint8_t *host);
extern const uint8_t arm_stubs_begin[], arm_stubs_end[], arm_enter_begin[], arm_enter_end[], arm_enter_abandon[], arm_exit_end[],
	arm_exit_at[], arm_exit_none_at[], arm_exit_syscall[], arm_exit_helper[], arm_exit_hostcall[], arm_exit_on[], arm_link[], arm_lookup[],
	arm_ret_miss[], arm_ret_empty[], arm_call_uop[];

/* ---- host registers and operands ---- */

/* Host register of a guest's, or NOREG for one in struct cpu. */
static inline uint8_t pinned(unsigned g)
{
	static const uint8_t map[16] = {RDI, RSI, RBX, RBP, R8, R9, R10, R11, R12, R13, NOREG, NOREG, NOREG, R15, NOREG, NOREG};

	return g < 16 ? map[g] : NOREG;
}

static inline struct mem home(unsigned g)
{
	return mem_base(R_CPU, CPU_R + 4 * g);
}

/* A 32-bit source operand: host register, memory in struct cpu, or a constant. */
struct val {
	enum { V_REG, V_MEM, V_IMM } kind;
	uint8_t reg;
	uint32_t imm; /* V_MEM: offset in struct cpu */
};

static inline struct val val_imm(uint32_t imm)
{
	return (struct val){.kind = V_IMM, .imm = imm};
}

static inline struct val val_reg(uint8_t reg)
{
	return (struct val){.kind = V_REG, .reg = reg};
}

/* Guest register as a source; r15 is a constant, ARM_NONE is 0. */
struct val source(const struct arm_uop *u, unsigned g);
/* It in a register: where it is, or tmp. Never changes a flag. */
uint8_t in_reg(struct emit *e, struct val v, uint8_t tmp);
void move(struct emit *e, uint8_t to, struct val v);
/* Where a result for guest register g is to be made: its host register or tmp; then put it away. */
uint8_t target_reg(unsigned g, uint8_t tmp);
void put(struct emit *e, unsigned g, uint8_t reg);

#define OP64(opcode) ((struct op){.code = (opcode), .w = 1})

/* x86 ALU operations, their number in the opcode maps. */
enum { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
void alu(struct emit *e, unsigned op, uint8_t to, struct val v);
void alu_mem(struct emit *e, unsigned op, struct mem m, struct val v); /* v not V_MEM */
/* Shifts by a constant, their number in the opcode; they change flags. */
enum { SH_ROL, SH_ROR, SH_RCL, SH_RCR, SH_SHL, SH_SHR, SH_SAR = 7 };
void shift(struct emit *e, unsigned op, uint8_t reg, unsigned n);
void test(struct emit *e, uint8_t reg);
/* A short jump forwards: its field; later: it goes here. */
uint8_t *jump_short(struct emit *e, uint8_t opcode);
void here_short(struct emit *e, uint8_t *field);
uint8_t *jump_near(struct emit *e, uint8_t cc);
void here_near(struct emit *e, uint8_t *field);

/* ---- flags: arm_flags.c ---- */

#define FL_NZ (FL_Z | FL_S)
#define FL_NZCV (FL_NZ | FL_C | FL_O)

/* EFLAGS will be changed: what lives on behind this uop, but is not in `made`, is stored. Uses rax. */
void flags_clobber(struct emit *e, unsigned made);
/* EFLAGS hold these groups, made by the host instruction just emitted; borrow: CF is NOT C. */
void flags_made(struct emit *e, unsigned groups, bool borrow);
/* What EFLAGS held is void; for code that used them as a temporary, behind flags_clobber(). */
void flags_void(struct emit *e);
/* May this uop not change EFLAGS without storing them first? */
bool flags_busy(const struct emit *e);
/* These groups are needed in EFLAGS. Uses rax. */
void flags_load(struct emit *e, unsigned groups);
/* These groups are needed in struct cpu. Uses rax. */
void flags_store(struct emit *e, unsigned groups);
/* EFLAGS with C in CF; or with CF = NOT C. Group FL_C must be there. */
void flags_carry(struct emit *e, bool borrow);
/* Host condition for a guest's; loads what it needs. Uses rax. */
uint8_t flags_cond(struct emit *e, unsigned cond);
/* N and Z in struct cpu become those of a constant. */
void flags_store_nz(struct emit *e, uint32_t v);
/* C in struct cpu becomes CF, or a constant. */
void flags_store_cf(struct emit *e);
void flags_store_c(struct emit *e, bool c);
/* Groups got their value in struct cpu, not in EFLAGS. */
void flags_stored(struct emit *e, unsigned groups);
/* Two ways meet; that of `other` came by a jump around the code just emitted. */
void flags_join(struct emit *e, struct flag_place other);
/* struct mark's state: bits 0..2: groups that code from here on takes from EFLAGS, 3: borrow, 4..6: of these, groups that are in
 * struct cpu once the instruction has begun. */
enum { FLAG_BIT_C = 1, FLAG_BIT_NZ = 2, FLAG_BIT_V = 4, FLAG_BITS = 7, FLAG_BIT_BORROW = 8, FLAG_BIT_FLIPPED = 0x200 };
_Static_assert((int)FLAG_BIT_C == (int)FL_C && (int)FLAG_BIT_V == FL_O >> 3, "flags_bits()");

static inline unsigned flags_bits(unsigned groups)
{
	return (groups & FL_C) | (groups & FL_NZ ? FLAG_BIT_NZ : 0) | (groups & FL_O) >> 3;
}

/* Groups are whole. */
static inline unsigned flags_whole(unsigned flags)
{
	return flags & FL_NZ ? flags | FL_NZ : flags;
}

static inline uint8_t flags_mark(const struct emit *e, unsigned live)
{
	return flags_bits(e->flags.host & flags_whole(live)) | (e->flags.borrow ? FLAG_BIT_BORROW : 0);
}

/* ---- instructions; each true if it emitted u ---- */
typedef bool arm_emitter(struct emit *e, const struct arm_uop *u);

arm_emitter arm_emit_data, arm_emit_movt;
arm_emitter arm_emit_data_if; /* with its condition */
arm_emitter arm_emit_mul, arm_emit_mla, arm_emit_mls, arm_emit_mull, arm_emit_div, arm_emit_mulxy, arm_emit_smmla;
arm_emitter arm_emit_extend, arm_emit_extend16, arm_emit_bfx, arm_emit_bfi, arm_emit_clz, arm_emit_rev, arm_emit_pkh;
arm_emitter arm_emit_parallel, arm_emit_sel, arm_emit_usada8, arm_emit_qadd, arm_emit_sat;
arm_emitter arm_emit_tls, arm_emit_barrier, arm_emit_nop;
arm_emitter arm_emit_load, arm_emit_store, arm_emit_loadd, arm_emit_stored, arm_emit_ldm, arm_emit_stm;
arm_emitter arm_emit_ldrex, arm_emit_strex, arm_emit_clrex;

/* Of an exclusive load. */
bool arm_loads_own_base(const struct arm_uop *u);

/* op2 without its carry-out: may use rcx and rdx; changes no flag if `keep`. */
struct val operand2(struct emit *e, const struct arm_uop *u, bool keep);
/* u by calling C: what is rare, or not emitted otherwise. */
void arm_emit_call(struct emit *e, const struct arm_uop *u);
/* The same out of line, from a jump with that condition; it is known to fault. */
void arm_cold_call(struct emit *e, uint8_t cc, const struct arm_uop *u);

/* Where the current uop may begin a division, all flags being in struct cpu, or jump into one: eax is that key. */
void arm_division_begin(struct emit *e);
void arm_division_jump(struct emit *e);

/*
 * A double loaded from where its words were just stored one by one would have to wait until they are in the cache: it is loaded word by
 * word. Only a guess: n may have changed since.
 */
static inline void word_stored(struct emit *e, unsigned n, uint32_t offset)
{
	if (e->words_base != n)
		e->words_stored = 0;
	e->words_base = n;
	if (offset < 256)
		e->words_stored |= 1ull << offset / 4;
}

static inline bool was_word_stored(const struct emit *e, unsigned n, uint32_t offset)
{
	return e->words_base == n && offset < 256 && e->words_stored >> offset / 4 & 1;
}

/* Guest memory at [host register + disp]. */
struct mem guest_at(const struct emit *e, uint8_t base, int32_t disp);

#endif

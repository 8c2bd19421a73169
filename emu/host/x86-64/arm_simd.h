/* SPDX-License-Identifier: MIT */
/*
 * Emitting VFP and Advanced SIMD: what its files share. Extension registers live in struct cpu; xmm0..7 are temporary, xmm8..15
 * keep copies of what was stored last. Everything here wants AVX2 and FMA; without them all is done in C.
 *
 * MXCSR holds the guest's modes while cpu->arm.fp_mode says so; its sticky flags are then part of FPSCR. A result that is NaN is
 * computed again in C, and so are the operations that trap: see arm_fp_load().
 */
#ifndef STRAIT_X86_64_ARM_SIMD_H
#define STRAIT_X86_64_ARM_SIMD_H

#include "emu/guest/arm/simd.h"
#include "emu/host/x86-64/arm_emit.h"

/* cpu->arm.fp_mode. KEEP-ORDER: arm_stubs.S */
enum { FP_MODE_HOST, FP_MODE_VFP, FP_MODE_STANDARD, FP_MODE_CAREFUL };

/*
 * VFP without looking at results for NaNs: what makes one of its own, or takes a signalling one, traps and is done in C; of
 * others the host makes what ARM does, as long as FPSCR has neither DN nor FZ (a NaN hides that the other operand is denormal). Where it
 * has, and where traps are many, all units are made again for FP_MODE_CAREFUL: each NaN is C's.
 */
#define FP_CAREFUL_BITS (FPSCR_DN | FPSCR_FZ)

/* A VEX instruction: opcode map, mandatory prefix (0, 0x66, 0xf3, 0xf2), opcode, first source. */
#define VEX(map_, prefix, code_) \
	((struct op){.map = (map_), .code = (code_), .p66 = (prefix) == 0x66, .rep = (prefix) == 0x66 ? 0 : (prefix), .vex = 1})

static inline struct op with_v(struct op op, uint8_t v)
{
	op.vex_v = v;
	return op;
}

/* to = op(a, b) with b a register or memory. */
static inline void v_rr(struct emit *e, struct op op, uint8_t to, uint8_t a, uint8_t b)
{
	asm_rr(&e->c, with_v(op, a), to, b);
}
static inline void v_rm(struct emit *e, struct op op, uint8_t to, uint8_t a, struct mem b)
{
	asm_rm(&e->c, with_v(op, a), to, b);
}

static inline struct mem home_s(unsigned reg)
{
	return mem_base(R_CPU, CPU_D + 4 * reg);
}
static inline struct mem home_d(unsigned reg)
{
	return mem_base(R_CPU, CPU_D + 8 * reg);
}

/* Constants of strait's own; not for instructions with an immediate. */
struct mem constant(const void *at);

/*
 * Extension registers [first, first + words) by S numbers. What is stored is also held in xmm8 and up for instructions that follow;
 * memory is always up to date. held_find(): the register, or NOREG. held_drop(): they change otherwise. held_place(): the register that
 * will be held_set(), for what computes the value; look for operands before.
 */
uint8_t held_find(struct emit *e, unsigned first, unsigned words);
void held_drop(struct emit *e, unsigned first, unsigned words);
uint8_t held_place(struct emit *e, unsigned first, unsigned words);
void held_set(struct emit *e, unsigned first, unsigned words, bool clean, uint8_t x);
/* For arm.c: make it so in the host; where ways meet; nothing is known any more. */
void held_reload(struct emit *e, const struct xmm_copy held[8]);
void join_fp(struct emit *e, const struct emit_state *other);
void forget_fp(struct emit *e);
bool holds_fp(const struct emit *e);
static inline bool knows_fp(const struct emit *e)
{
	return (e->fp_mode | e->aligned | e->exclusive.size | e->ordered | e->subtract | e->ge_lanes) || e->compared == e->c.p ||
	       (e->held_stamp && holds_fp(e));
}

/* Loops. Is the unit to be emitted once more, knowing that it is one? Its way in; does a jump back find all as that left it? Make it so. */
bool loop_again(struct emit *e);
void loop_begin(struct emit *e);
bool loop_as_begun(const struct emit *e);
void loop_restore(struct emit *e, const struct xmm_copy held[8], unsigned mode);

/*
 * D or Q registers (size 1, 2) to and from an xmm register. What is beyond 64 bits is anything; load_clean(): 0. vec_in(): in some
 * register, x if need be; vec_place(): as held_place().
 */
uint8_t vec_in(struct emit *e, uint8_t x, unsigned reg, unsigned size);
uint8_t vec_place(struct emit *e, unsigned reg, unsigned size);
void load_vec(struct emit *e, uint8_t x, unsigned reg, unsigned size);
void load_clean(struct emit *e, uint8_t x, unsigned reg, unsigned size);
void store_vec(struct emit *e, unsigned reg, unsigned size, uint8_t x);

/* EFLAGS, CF being NOT C, from FPSCR's flags while MXCSR is the guest's. */
void fp_flags(struct emit *e);
/* By cpu->arm.fp_nzcv + 1: FPSCR's upper four bits, in a byte. */
extern const uint8_t arm_fp_nzcv[2 + 2 * FP_NZCV_GIVEN];

/* MXCSR as this mode has it; may call C, changes EFLAGS. */
void fp_mode(struct emit *e, unsigned mode);
/* From a jump with condition cc: u is done in C instead of what follows up to redo_ends(). */
void redo_in_c(struct emit *e, uint8_t cc, const struct arm_uop *u);
void redo_ends(struct emit *e);
/* The same unless register x holds a zero. */
void redo_unless_zero(struct emit *e, uint8_t cc, uint8_t x, bool is_double, const struct arm_uop *u);

/* Cold jump for a guest address in a register that is no multiple of align. */
void check_aligned(struct emit *e, uint8_t reg, uint32_t disp, unsigned align, const struct arm_uop *u);

/*
 * arm_owed.c. May u, a load, leave memory without its value for now? x, which held_set() was told of, has it. Its place k becomes another
 * register's, or is overwritten by the same one's next instruction. All is stored. What must be before uop n.
 */
bool owed_may_be(const struct emit *e, const struct arm_uop *u);
void owed_begin(struct emit *e, uint8_t x);
void owed_leave(struct emit *e, unsigned k, unsigned first, unsigned words);
void owed_pay(struct emit *e);
void owed_before(struct emit *e, const struct uop *u, unsigned n);
/* For code behind the unit: which are owed; they are stored. The table; and what it says of an interrupted context. */
void owed_copy(const struct emit *e, struct xmm_copy held[8]);
void owed_store(struct emit *e, const struct xmm_copy held[8]);
void owed_table(struct emit *e);
void owed_settle(struct cpu *cpu, const void *uc);

/* Has the host what they want? */
bool arm_has_vectors(void);

/* NULL: done in C. */
arm_emitter *arm_vfp_emitter(unsigned op);
arm_emitter *arm_neon_emitter(unsigned op);
arm_emitter *arm_neon_float_emitter(unsigned op);
arm_emitter *arm_crypto_emitter(unsigned op);
/* Any of them. */
arm_emitter *arm_simd_emitter(unsigned op);

#endif

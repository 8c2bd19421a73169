/* SPDX-License-Identifier: MIT */
/* Packed integer instructions by the width of their lanes, for Advanced SIMD and for arithmetic on parts of core registers. */
#ifndef STRAIT_X86_64_ARM_LANES_H
#define STRAIT_X86_64_ARM_LANES_H

#include "emu/host/x86-64/arm_simd.h"

/* Opcode of a packed instruction with prefix 66 for each width, its map in the upper byte; 0: there is none. */
typedef const uint16_t lanes[4];
#define M1(code) (0x100 | (code))
#define M2(code) (0x200 | (code))
#define M3(code) (0x300 | (code))

static lanes add = {M1(0xfc), M1(0xfd), M1(0xfe), M1(0xd4)}, sub = {M1(0xf8), M1(0xf9), M1(0xfa), M1(0xfb)};
static lanes equal = {M1(0x74), M1(0x75), M1(0x76), M2(0x29)}, greater = {M1(0x64), M1(0x65), M1(0x66), M2(0x37)};
static lanes mul = {0, M1(0xd5), M2(0x40), 0}, average = {M1(0xe0), M1(0xe3), 0, 0}, absolute = {M2(0x1c), M2(0x1d), M2(0x1e), 0};
static lanes max_s = {M2(0x3c), M1(0xee), M2(0x3d), 0}, max_u = {M1(0xde), M2(0x3e), M2(0x3f), 0};
static lanes min_s = {M2(0x38), M1(0xea), M2(0x39), 0}, min_u = {M1(0xda), M2(0x3a), M2(0x3b), 0};
static lanes qadd_s = {M1(0xec), M1(0xed), 0, 0}, qadd_u = {M1(0xdc), M1(0xdd), 0, 0};
static lanes qsub_s = {M1(0xe8), M1(0xe9), 0, 0}, qsub_u = {M1(0xd8), M1(0xd9), 0, 0};
static lanes extend_s = {M2(0x20), M2(0x23), M2(0x25), 0}, extend_u = {M2(0x30), M2(0x33), M2(0x35), 0};
static lanes broadcast = {M2(0x78), M2(0x79), M2(0x58), M2(0x59)};
static lanes unpack_low = {M1(0x60), M1(0x61), M1(0x62), M1(0x6c)}, unpack_high = {M1(0x68), M1(0x69), M1(0x6a), M1(0x6d)};
static lanes hadd = {0, M2(0x01), M2(0x02), 0};
enum { PAND = M1(0xdb), PANDN = M1(0xdf), POR = M1(0xeb), PXOR = M1(0xef), PSHUFB = M2(0x00), PTEST = M2(0x17) };

static inline struct op packed(uint16_t code)
{
	return VEX(code >> 8, 0x66, code & 0xff);
}

/* to = op(a, b) */
static inline void p_rr(struct emit *e, uint16_t code, uint8_t to, uint8_t a, uint8_t b)
{
	v_rr(e, packed(code), to, a, b);
}
static inline void p_rm(struct emit *e, uint16_t code, uint8_t to, uint8_t a, struct mem b)
{
	v_rm(e, packed(code), to, a, b);
}

static inline void ones(struct emit *e, uint8_t x)
{
	p_rr(e, equal[LANE_32], x, x, x);
}
static inline void zero(struct emit *e, uint8_t x)
{
	p_rr(e, PXOR, x, x, x);
}
/* Uses xmm7. */
static inline void invert(struct emit *e, uint8_t x)
{
	ones(e, 7);
	p_rr(e, PXOR, x, x, 7);
}

/* to = from shifted by n within lanes of 16, 32 or 64 bits. */
enum { SHIFT_RIGHT = 2, SHIFT_SIGN = 4, SHIFT_LEFT = 6 };
static inline void shift_lanes(struct emit *e, unsigned how, unsigned form, uint8_t to, uint8_t from, unsigned n)
{
	struct op op = packed(M1(0x70 + form));

	op.vex_v = to;
	asm_rr(&e->c, op, how, from);
	e1(&e->c, n);
}

/* to = from >> n, bytes too; uses xmm7 */
void shift_right(struct emit *e, unsigned form, bool with_sign, uint8_t to, uint8_t from, unsigned n);

/* For PSHUFB, by width: the lower halves of elements of twice that width, to the lower 64 bits. */
extern const uint8_t lower_half_picks[3][16];

/* Operands of Advanced SIMD: n to xmm0; m, or the scalar of it; xmm0 to d. */
static inline bool is_unsigned(const struct arm_uop *u)
{
	return u->carry & V_U;
}
static inline unsigned bits(const struct arm_uop *u)
{
	return 8 << u->form;
}
void load_n(struct emit *e, const struct arm_uop *u);
void load_m(struct emit *e, const struct arm_uop *u, uint8_t x);
/* Where they are: in xmm0, in x, or held. A place for d; it is d. */
uint8_t n_in(struct emit *e, const struct arm_uop *u);
uint8_t m_in(struct emit *e, const struct arm_uop *u, uint8_t x);
uint8_t d_place(struct emit *e, const struct arm_uop *u);
bool done_at(struct emit *e, const struct arm_uop *u, uint8_t x);
bool done(struct emit *e, const struct arm_uop *u);
/* QC if registers a and b differ; a is spoilt. */
void saturated_if_differ(struct emit *e, uint8_t a, uint8_t b);
/* All bytes of x: v. Uses rax. */
void spread_byte(struct emit *e, uint8_t x, uint8_t v);
/* xmm0 = |xmm0 - xmm1|; uses xmm2. */
void difference(struct emit *e, const struct arm_uop *u, unsigned form);
/* xmm0 = the D registers n:m (m in the upper half). */
void join(struct emit *e, unsigned n, unsigned m);
/* Where element u->amount of a D register is. */
static inline struct mem element(unsigned reg, const struct arm_uop *u)
{
	return mem_base(R_CPU, CPU_D + 8 * reg + (u->amount << u->form));
}

/* By question: arm_neon_shift.c, arm_neon_wide.c, arm_neon_move.c, arm_neon_memory.c. */
arm_emitter neon_shift_left, neon_shift_right, neon_insert, neon_narrow, neon_narrow_saturating, neon_high_half;
arm_emitter neon_shift_long, neon_long, neon_abdl, neon_mull, neon_pairs_long, neon_pairs;
arm_emitter neon_dup, neon_dup_core, neon_ext, neon_rev, neon_swap, neon_zip, neon_uzp, neon_trn, neon_tbl, neon_get, neon_put;
arm_emitter neon_ld, neon_st, neon_ld_lane, neon_st_lane, neon_ld_all;

#endif

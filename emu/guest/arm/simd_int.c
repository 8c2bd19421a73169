/* SPDX-License-Identifier: MIT */
/*
 * Advanced SIMD on integers. An op is one expression of its operands' elements, taken wide enough that nothing wraps; macros make
 * of it a loop for each width and signedness. In the expressions: d, n, m elements; a the shift amount; BITS, LO, HI of the
 * result's type; SAT(), SATU() its saturation, signed operands to unsigned in the latter.
 */
#include "emu/guest/arm/fp.h"
#include "emu/guest/arm/simd_regs.h"

typedef __int128 wide;

static wide saturate(wide v, wide lo, wide hi, bool *saturated)
{
	if (v >= lo && v <= hi)
		return v;
	*saturated = true;
	return v < lo ? lo : hi;
}
#define SAT(v) saturate(v, LO, HI, &saturated)
#define SATU(v) saturate(v, 0, ((wide)1 << BITS) - 1, &saturated)

/* n << s, n >> -s; too large for anything stays so, and is 0 in every lane. */
static wide shift(wide n, int s, bool rounding)
{
	if (s >= 64)
		return n > 0 ? (wide)1 << 126 : n < 0 ? -((wide)1 << 126) : 0;
	if (s >= 0)
		return n << s;
	if (s < -126)
		s = -126;
	return (n + (rounding ? (wide)1 << (-s - 1) : 0)) >> -s;
}

static unsigned leading_sign_bits(int64_t v, unsigned bits)
{
	v ^= v >> 63;
	return v ? __builtin_clzll(v) - (64 - bits) - 1 : bits - 1;
}

static unsigned leading_zeros(uint64_t v, unsigned bits)
{
	v <<= 64 - bits;
	return v ? __builtin_clzll(v) : bits;
}

static void settle(struct cpu *cpu, bool saturated)
{
	if (saturated)
		cpu->arm.fpscr |= FPSCR_QC;
}

/* Case labels: width and signedness. */
#define KEY(lane, u) ((lane) << 1 | (u))
#define KEY_OF(u) KEY((u)->form, (u)->carry & V_U)
/* F(source field, result field, its bits, lowest, highest) for every type of the narrower side. */
#define TYPES_SAME(F) \
	case KEY(LANE_8, 0): F(s8, s8, int64_t, 8, INT8_MIN, INT8_MAX); break; \
	case KEY(LANE_8, 1): F(u8, u8, int64_t, 8, 0, UINT8_MAX); break; \
	case KEY(LANE_16, 0): F(s16, s16, int64_t, 16, INT16_MIN, INT16_MAX); break; \
	case KEY(LANE_16, 1): F(u16, u16, int64_t, 16, 0, UINT16_MAX); break; \
	case KEY(LANE_32, 0): F(s32, s32, int64_t, 32, INT32_MIN, INT32_MAX); break; \
	case KEY(LANE_32, 1): F(u32, u32, int64_t, 32, 0, UINT32_MAX); break; \
	case KEY(LANE_64, 0): F(s64, s64, wide, 64, INT64_MIN, INT64_MAX); break; \
	case KEY(LANE_64, 1): F(u64, u64, wide, 64, 0, UINT64_MAX); break;
#define TYPES_LONG(F) \
	case KEY(LANE_8, 0): F(s8, s16, int64_t, 16, INT16_MIN, INT16_MAX); break; \
	case KEY(LANE_8, 1): F(u8, u16, int64_t, 16, 0, UINT16_MAX); break; \
	case KEY(LANE_16, 0): F(s16, s32, int64_t, 32, INT32_MIN, INT32_MAX); break; \
	case KEY(LANE_16, 1): F(u16, u32, int64_t, 32, 0, UINT32_MAX); break; \
	case KEY(LANE_32, 0): F(s32, s64, wide, 64, INT64_MIN, INT64_MAX); break; \
	case KEY(LANE_32, 1): F(u32, u64, wide, 64, 0, UINT64_MAX); break;
#define TYPES_NARROW(F) \
	case KEY(LANE_8, 0): F(s16, s8, int64_t, 8, INT8_MIN, INT8_MAX); break; \
	case KEY(LANE_8, 1): F(u16, u8, int64_t, 8, 0, UINT8_MAX); break; \
	case KEY(LANE_16, 0): F(s32, s16, int64_t, 16, INT16_MIN, INT16_MAX); break; \
	case KEY(LANE_16, 1): F(u32, u16, int64_t, 16, 0, UINT16_MAX); break; \
	case KEY(LANE_32, 0): F(s64, s32, wide, 32, INT32_MIN, INT32_MAX); break; \
	case KEY(LANE_32, 1): F(u64, u32, wide, 32, 0, UINT32_MAX); break;

/* R.field[e] = EXPRESSION for every e; the wider side decides how many. */
#define LOOP(from_n, from_m, to, W, bits_, lo, hi, count) \
	do { \
		enum { BITS = bits_ }; \
		const W LO = lo, HI = hi; \
		(void)LO, (void)HI; \
		for (unsigned e = 0; e < (count); e++) { \
			W n = N.from_n[e], m = M.from_m[e], d = D.to[e]; \
\
			(void)n, (void)m, (void)d; \
			R.to[e] = EXPRESSION(n, m, d); \
		} \
	} while (0)

/* name, operands' and result's registers, TYPES, LOOP of them, the expression. */
#define FUNCTION(name, regs_n, operand_m, regs_d, TYPES, EACH) \
	void arm_V_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		union vec N = simd_get(cpu, u->n, regs_n), M = operand_m, D = simd_get(cpu, u->d, regs_d), R = D; \
		unsigned a = u->amount; \
		bool saturated = false; \
\
		(void)a, (void)N; \
		switch (KEY_OF(u)) { \
			TYPES(EACH) \
		} \
		simd_put(cpu, u->d, regs_d, R); \
		settle(cpu, saturated); \
	}

#define EACH_SAME(from, to, W, bits, lo, hi) LOOP(from, from, to, W, bits, lo, hi, u->size * 8 / sizeof R.to[0])
#define EACH_LONG(from, to, W, bits, lo, hi) LOOP(from, from, to, W, bits, lo, hi, 16 / sizeof R.to[0])
#define EACH_WIDE(from, to, W, bits, lo, hi) LOOP(to, from, to, W, bits, lo, hi, 16 / sizeof R.to[0])
#define EACH_NARROW(from, to, W, bits, lo, hi) LOOP(from, from, to, W, bits, lo, hi, 8 / sizeof R.to[0])
#define SAME(name) FUNCTION(name, u->size, simd_get_m(cpu, u), u->size, TYPES_SAME, EACH_SAME)
#define LONG(name) FUNCTION(name, 1, simd_get_m(cpu, u), 2, TYPES_LONG, EACH_LONG)
#define WIDE(name) FUNCTION(name, 2, simd_get(cpu, u->m, 1), 2, TYPES_LONG, EACH_WIDE)
#define NARROW(name) FUNCTION(name, 2, simd_get(cpu, u->m, 2), 1, TYPES_NARROW, EACH_NARROW)

/* ---- same width ---- */

#define EXPRESSION(n, m, d) n + m
SAME(ADD)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n - m
SAME(SUB)
#undef EXPRESSION
#define EXPRESSION(n, m, d) (n + m) >> 1
SAME(HADD)
#undef EXPRESSION
#define EXPRESSION(n, m, d) (n + m + 1) >> 1
SAME(RHADD)
#undef EXPRESSION
#define EXPRESSION(n, m, d) (n - m) >> 1
SAME(HSUB)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(n + m)
SAME(QADD)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(n - m)
SAME(QSUB)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(n > m)
SAME(CGT)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(n >= m)
SAME(CGE)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(n == m)
SAME(CEQ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -((n & m) != 0)
SAME(TST)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n > m ? n : m
SAME(MAX)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n < m ? n : m
SAME(MIN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n > m ? n - m : m - n
SAME(ABD)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + (n > m ? n - m : m - n)
SAME(ABA)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n * m
SAME(MUL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + n * m
SAME(MLA)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d - n * m
SAME(MLS)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(((wide)n * m * 2) >> BITS)
SAME(QDMULH)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(((wide)n * m * 2 + ((wide)1 << (BITS - 1))) >> BITS)
SAME(QRDMULH)
#undef EXPRESSION
#define EXPRESSION(n, m, d) shift(n, (int8_t)m, false)
SAME(SHL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) shift(n, (int8_t)m, true)
SAME(RSHL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(shift(n, (int8_t)m, false))
SAME(QSHL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(shift(n, (int8_t)m, true))
SAME(QRSHL)
#undef EXPRESSION

/* ---- one operand ---- */

#define EXPRESSION(n, m, d) -(m > 0)
SAME(CGTZ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(m >= 0)
SAME(CGEZ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(m == 0)
SAME(CEQZ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(m <= 0)
SAME(CLEZ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -(m < 0)
SAME(CLTZ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) m < 0 ? -m : m
SAME(ABS)
#undef EXPRESSION
#define EXPRESSION(n, m, d) -m
SAME(NEG)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(m < 0 ? -m : m)
SAME(QABS)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(-m)
SAME(QNEG)
#undef EXPRESSION
#define EXPRESSION(n, m, d) leading_sign_bits(m, BITS)
SAME(CLS)
#undef EXPRESSION
#define EXPRESSION(n, m, d) leading_zeros(m, BITS)
SAME(CLZ)
#undef EXPRESSION
#define EXPRESSION(n, m, d) __builtin_popcount(m & 0xff)
SAME(CNT)
#undef EXPRESSION
#define EXPRESSION(n, m, d) arm_recip_estimate(m)
SAME(RECPE)
#undef EXPRESSION
#define EXPRESSION(n, m, d) arm_rsqrt_estimate(m)
SAME(RSQRTE)
#undef EXPRESSION

/* ---- shifts by an immediate ---- */

#define EXPRESSION(n, m, d) m << a
SAME(SHLI)
#undef EXPRESSION
#define EXPRESSION(n, m, d) m >> a
SAME(SHRI)
#undef EXPRESSION
#define EXPRESSION(n, m, d) shift(m, -a, true)
SAME(RSHRI)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + (m >> a)
SAME(SRA)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + shift(m, -a, true)
SAME(RSRA)
#undef EXPRESSION
#define EXPRESSION(n, m, d) m << a | (d & (((wide)1 << a) - 1))
SAME(SLI)
#undef EXPRESSION
#define EXPRESSION(n, m, d) (((m & (((wide)1 << BITS) - 1)) >> a) | (d & ~((((wide)1 << BITS) - 1) >> a)))
SAME(SRI)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(shift(m, a, false))
SAME(QSHLI)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SATU(shift(m, a, false))
SAME(QSHLUI)
#undef EXPRESSION

/* ---- to half the width ---- */

#define EXPRESSION(n, m, d) m >> a
NARROW(SHRN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) shift(m, -a, true)
NARROW(RSHRN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(m >> a)
NARROW(QSHRN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(shift(m, -a, true))
NARROW(QRSHRN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SATU(m >> a)
NARROW(QSHRUN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SATU(shift(m, -a, true))
NARROW(QRSHRUN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) (n + m) >> BITS
NARROW(ADDHN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) shift(n + m, -BITS, true)
NARROW(RADDHN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) (n - m) >> BITS
NARROW(SUBHN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) shift(n - m, -BITS, true)
NARROW(RSUBHN)
#undef EXPRESSION

/* ---- to twice the width ---- */

#define EXPRESSION(n, m, d) m << a
LONG(SHLL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n + m
LONG(ADDL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n - m
LONG(SUBL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n > m ? n - m : m - n
LONG(ABDL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + (n > m ? n - m : m - n)
LONG(ABAL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n * m
LONG(MULL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + n * m
LONG(MLAL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d - n * m
LONG(MLSL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(n * m * 2)
LONG(QDMULL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(d + SAT(n * m * 2))
LONG(QDMLAL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) SAT(d - SAT(n * m * 2))
LONG(QDMLSL)
#undef EXPRESSION

#define EXPRESSION(n, m, d) n + m
WIDE(ADDW)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n - m
WIDE(SUBW)
#undef EXPRESSION

/* ---- pairs ---- */

/* Result e of elements 2e and 2e + 1 of P. */
#define LOOP_PAIRS(from, to, W, count) \
	for (unsigned e = 0; e < (count); e++) { \
		W n = P.from[2 * e], m = P.from[2 * e + 1], d = R.to[e]; \
\
		(void)d; \
		R.to[e] = EXPRESSION(n, m, d); \
	}
#define PAIR_SAME(from, to, W, bits, lo, hi) LOOP_PAIRS(from, to, W, 8 / sizeof R.to[0])
#define PAIR_LONG(from, to, W, bits, lo, hi) LOOP_PAIRS(from, to, W, u->size * 8 / sizeof R.to[0])

/* n:m, to one D register. */
#define PAIRS(name) \
	void arm_V_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		union vec P = {{cpu->arm.d[u->n], cpu->arm.d[u->m]}}, R = {{0}}; \
\
		switch (KEY_OF(u)) { \
			TYPES_SAME(PAIR_SAME) \
		} \
		simd_put(cpu, u->d, 1, R); \
	}
/* Of m, to twice the width. */
#define PAIRS_LONG(name) \
	void arm_V_##name(struct cpu *cpu, const struct arm_uop *u) \
	{ \
		union vec P = simd_get(cpu, u->m, u->size), R = simd_get(cpu, u->d, u->size); \
\
		switch (KEY_OF(u)) { \
			TYPES_LONG(PAIR_LONG) \
		} \
		simd_put(cpu, u->d, u->size, R); \
	}

#define EXPRESSION(n, m, d) n + m
PAIRS(PADD)
PAIRS_LONG(PADDL)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n > m ? n : m
PAIRS(PMAX)
#undef EXPRESSION
#define EXPRESSION(n, m, d) n < m ? n : m
PAIRS(PMIN)
#undef EXPRESSION
#define EXPRESSION(n, m, d) d + n + m
PAIRS_LONG(PADAL)
#undef EXPRESSION

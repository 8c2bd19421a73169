/* SPDX-License-Identifier: MIT */
/*
 * VFP and Advanced SIMD: their part of the uop form. Decoding (simd_decode.c with simd.list), exact semantics (simd_*.c, fp.c)
 * and the list of ops stand here so that the integer side need not know them. The state is cpu->arm.d[] (S2n and S2n+1 are the
 * halves of Dn) and cpu->arm.fpscr.
 *
 * Fields of struct arm_uop in SIMD ops:
 *   form    enum arm_lane: width of an element; where an op changes it, of its narrower side
 *   size    D registers in a vector: 1 or 2 (Q). Loads and stores: see there
 *   carry   V_U: elements are unsigned; V_SCALAR: m is one element, D[m][amount], for all lanes
 *   amount  shift count, element number
 *   d n m   F_ ops: numbers of S registers (form LANE_32) or D registers (LANE_64). V_ ops: number of the D register, or of the
 *           even D register a Q register begins with. Where an operand is a core register it is written r[..].
 *   imm, imm2  lower and upper half of a 64-bit immediate
 */
#ifndef STRAIT_ARM_SIMD_H
#define STRAIT_ARM_SIMD_H

#include "emu/guest/arm/uop.h"

enum arm_lane { LANE_8, LANE_16, LANE_32, LANE_64 };
enum { V_U = 1, V_SCALAR = 2 };

/* Roundings, as FPSCR.RMode has them and more. */
enum arm_rounding { ARM_RN, ARM_RP, ARM_RM, ARM_RZ, ARM_RA /* nearest, ties away */, ARM_RMODE /* what FPSCR says */ };

/*
 *   X(name, loads or stores memory: 0 1 2)
 *
 * F_ ops: VFP, one element, under FPSCR's DN, FZ and rounding. They set its cumulative flags. V_F ops: Advanced SIMD, every
 * lane 32 bits, under the standard FPSCR (round to nearest, FZ, DN); the same cumulative flags are set.
 */
#define ARM_SIMD_OPS(X) \
	/* --- VFP arithmetic, A8.8; form LANE_32 or LANE_64. neg() changes the sign bit of anything, NaN included --- */ \
	X(F_ADD, 0)     /* d = n + m */ \
	X(F_SUB, 0)     \
	X(F_MUL, 0)     \
	X(F_NMUL, 0)    /* d = neg(n * m) */ \
	X(F_DIV, 0)     \
	X(F_MLA, 0)     /* d = d + n * m, rounded twice */ \
	X(F_MLS, 0)     /* d = d + neg(n * m) */ \
	X(F_NMLA, 0)    /* d = neg(d) + neg(n * m) */ \
	X(F_NMLS, 0)    /* d = neg(d) + n * m */ \
	X(F_FMA, 0)     /* d = d + n * m, rounded once */ \
	X(F_FMS, 0)     /* d = d + neg(n) * m */ \
	X(F_FNMA, 0)    /* d = neg(d) + neg(n) * m */ \
	X(F_FNMS, 0)    /* d = neg(d) + n * m */ \
	X(F_MAXNM, 0)   /* v8 */ \
	X(F_MINNM, 0)   \
	X(F_ABS, 0)     /* d = m without sign; no flags, NaN as any */ \
	X(F_NEG, 0)     \
	X(F_SQRT, 0)    \
	X(F_MOV, 0)     /* d = m */ \
	X(F_MOVI, 0)    /* d = imm (LANE_64: imm2:imm) */ \
	X(F_SEL, 0)     /* v8: d = condition imm (enum arm_cond) ? n : m; reads NZCV */ \
	X(F_CMP, 0)     /* FPSCR.NZCV = d ? m; signalling NaN: IOC */ \
	X(F_CMPE, 0)    /* any NaN: IOC */ \
	X(F_CMPZ, 0)    /* FPSCR.NZCV = d ? 0 */ \
	X(F_CMPEZ, 0)   \
	/* --- VFP conversions; form is the floating-point side's --- */ \
	X(F_WIDEN, 0)   /* D[d] = S[m] */ \
	X(F_NARROW, 0)  /* S[d] = D[m] */ \
	X(F_FROM_HALF, 0) /* d = half amount (1: top) of S[m] */ \
	X(F_TO_HALF, 0) /* half amount of S[d] = m; the other half stays */ \
	X(F_TO_INT, 0)  /* S[d] = m, V_U, by rounding imm (enum arm_rounding); saturated */ \
	X(F_FROM_INT, 0) /* d = S[m], V_U, by FPSCR's rounding */ \
	X(F_TO_FIXED, 0) /* d = d * 2^amount towards 0, V_U, to imm bits (16 or 32), extended to the register */ \
	X(F_FROM_FIXED, 0) /* d = low imm bits of d * 2^-amount, V_U, to nearest */ \
	X(F_RINT, 0)    /* v8: d = m as an integer by rounding imm; amount 1: inexact sets IXC */ \
	/* --- moves. Between core and extension registers d is what is written --- */ \
	X(MOV_RS, 0)    /* r[d] = S[m] */ \
	X(MOV_SR, 0)    /* S[d] = r[m] */ \
	X(MOV_RRD, 0)   /* r[a]:r[d] = D[m] */ \
	X(MOV_DRR, 0)   /* D[d] = r[a]:r[m] */ \
	X(MOV_RRSS, 0)  /* r[d] = S[m], r[a] = S[m + 1] */ \
	X(MOV_SSRR, 0)  /* S[d] = r[m], S[d + 1] = r[a] */ \
	X(V_GET, 0)     /* r[d] = D[m][amount], V_U: zero-extended, else sign-extended */ \
	X(V_PUT, 0)     /* D[d][amount] = r[m] */ \
	X(V_DUPR, 0)    /* every element of d = r[m] */ \
	X(VMRS, 0)      /* r[d] = FPSCR; d = 15: APSR.NZCV = FPSCR.NZCV */ \
	X(VMSR, 0)      /* FPSCR = r[m] & ARM_FPSCR_MASK */ \
	/* --- memory. Not word-aligned: alignment fault. address = n + imm, n ARM_NONE: imm is absolute --- */ \
	X(F_LDR, 1)     /* d = memory; LANE_32 or LANE_64 */ \
	X(F_STR, 2)     \
	X(F_LDM, 1)     /* size registers from d on, S (LANE_32) or D (LANE_64); then n += imm2 if UA_WB. (FLDMX: imm2 counts one word more) */ \
	X(F_STM, 2)     \
	/* Structures: address = n; not a multiple of imm (unless 0): alignment fault; then, if UA_WB, n += m ARM_NONE: imm2, else r[m]. \
	 * Memory has `list` (1..4) members of each structure side by side, of form's width; member k belongs to register d + k * amount. */ \
	X(V_LD, 1)      /* for r < size: for every element e: for k < list: D[d + k * amount + r][e] = next. list 1: size 1..4 whole registers */ \
	X(V_ST, 2)      \
	X(V_LDL, 1)     /* for k < list: D[d + k * size][amount] = next: one element; size is the distance of registers here */ \
	X(V_STL, 2)     \
	X(V_LDD, 1)     /* for k < list: every element of D[d + k * amount] and the size - 1 behind it = next */ \
	/* --- bits; form is LANE_64 --- */ \
	X(V_AND, 0)     /* d = n & m */ \
	X(V_BIC, 0)     /* n & ~m */ \
	X(V_ORR, 0)     /* n == m is VMOV */ \
	X(V_ORN, 0)     /* n | ~m */ \
	X(V_EOR, 0)     \
	X(V_BSL, 0)     /* d = (n & d) | (m & ~d) */ \
	X(V_BIT, 0)     /* d = (n & m) | (d & ~m) */ \
	X(V_BIF, 0)     /* d = (d & m) | (n & ~m) */ \
	X(V_MVN, 0)     /* d = ~m */ \
	X(V_MOVI, 0)    /* every D register of d = imm2:imm (VMVN: complemented already) */ \
	X(V_ORRI, 0)    /* d |= imm2:imm */ \
	X(V_BICI, 0)    /* d &= ~imm2:imm */ \
	/* --- integers, lane by lane; V_U where it matters; "sat" sets QC --- */ \
	X(V_ADD, 0)     \
	X(V_SUB, 0)     \
	X(V_HADD, 0)    /* (n + m) >> 1, not wrapped */ \
	X(V_RHADD, 0)   /* (n + m + 1) >> 1 */ \
	X(V_HSUB, 0)    /* (n - m) >> 1 */ \
	X(V_QADD, 0)    /* sat(n + m) */ \
	X(V_QSUB, 0)    \
	X(V_CGT, 0)     /* n > m ? all ones : 0 */ \
	X(V_CGE, 0)     \
	X(V_CEQ, 0)     \
	X(V_TST, 0)     /* n & m ? all ones : 0 */ \
	X(V_MAX, 0)     \
	X(V_MIN, 0)     \
	X(V_ABD, 0)     /* |n - m| */ \
	X(V_ABA, 0)     /* d + |n - m| */ \
	X(V_MUL, 0)     /* V_SCALAR */ \
	X(V_MLA, 0)     /* d + n * m; V_SCALAR */ \
	X(V_MLS, 0)     /* d - n * m; V_SCALAR */ \
	X(V_PMUL, 0)    /* polynomials over {0, 1}, LANE_8 */ \
	X(V_QDMULH, 0)  /* sat(2 * n * m >> bits); V_SCALAR */ \
	X(V_QRDMULH, 0) /* with rounding; V_SCALAR */ \
	X(V_SHL, 0)     /* n << m's low byte, signed; negative: right. (operands of shifts are in this order here) */ \
	X(V_RSHL, 0)    /* rounding when right */ \
	X(V_QSHL, 0)    /* sat */ \
	X(V_QRSHL, 0)   \
	X(V_PADD, 0)    /* pairs of n:m (m in the upper half), one D register */ \
	X(V_PMAX, 0)    \
	X(V_PMIN, 0)    \
	/* --- integers, one operand --- */ \
	X(V_CGTZ, 0)    /* m > 0 ? all ones : 0 */ \
	X(V_CGEZ, 0)    \
	X(V_CEQZ, 0)    \
	X(V_CLEZ, 0)    \
	X(V_CLTZ, 0)    \
	X(V_ABS, 0)     \
	X(V_NEG, 0)     \
	X(V_QABS, 0)    \
	X(V_QNEG, 0)    \
	X(V_CLS, 0)     /* bits after the sign equal to it */ \
	X(V_CLZ, 0)     \
	X(V_CNT, 0)     /* ones, LANE_8 */ \
	X(V_PADDL, 0)   /* pairs of m, added to double width; V_U */ \
	X(V_PADAL, 0)   /* d + that */ \
	X(V_RECPE, 0)   /* estimates of unsigned fractions, LANE_32 */ \
	X(V_RSQRTE, 0)  \
	/* --- shifts by amount. Left: 0..bits - 1; right: 1..bits --- */ \
	X(V_SHLI, 0)    /* m << amount */ \
	X(V_SHRI, 0)    /* m >> amount; V_U */ \
	X(V_RSHRI, 0)   /* (m + (1 << (amount - 1))) >> amount, not wrapped */ \
	X(V_SRA, 0)     /* d + (m >> amount) */ \
	X(V_RSRA, 0)    \
	X(V_SLI, 0)     /* m << amount, low amount bits of d stay */ \
	X(V_SRI, 0)     /* m >> amount unsigned, high amount bits of d stay */ \
	X(V_QSHLI, 0)   /* sat(m << amount); V_U */ \
	X(V_QSHLUI, 0)  /* signed m, saturated to unsigned */ \
	/* --- double width to single: Q[m] (and Q[n]) to D[d]; form is d's --- */ \
	X(V_SHRN, 0)    /* m >> amount; amount 0: VMOVN */ \
	X(V_RSHRN, 0)   /* rounding */ \
	X(V_QSHRN, 0)   /* sat; V_U both sides; amount 0: VQMOVN */ \
	X(V_QRSHRN, 0)  \
	X(V_QSHRUN, 0)  /* signed to unsigned; amount 0: VQMOVUN */ \
	X(V_QRSHRUN, 0) \
	X(V_ADDHN, 0)   /* high half of n + m */ \
	X(V_RADDHN, 0)  /* rounding */ \
	X(V_SUBHN, 0)   \
	X(V_RSUBHN, 0)  \
	/* --- single width to double: D[n], D[m] to Q[d]; form is n's --- */ \
	X(V_SHLL, 0)    /* m << amount, extended by V_U; amount 0: VMOVL */ \
	X(V_ADDL, 0)    \
	X(V_SUBL, 0)    \
	X(V_ADDW, 0)    /* Q[n] + D[m] */ \
	X(V_SUBW, 0)    \
	X(V_ABDL, 0)    \
	X(V_ABAL, 0)    \
	X(V_MULL, 0)    /* V_SCALAR */ \
	X(V_MLAL, 0)    /* V_SCALAR */ \
	X(V_MLSL, 0)    /* V_SCALAR */ \
	X(V_QDMULL, 0)  /* sat(2 * n * m); V_SCALAR */ \
	X(V_QDMLAL, 0)  /* sat(d + sat(2 * n * m)); V_SCALAR */ \
	X(V_QDMLSL, 0)  \
	X(V_PMULL, 0)   /* polynomials, LANE_8; v8: LANE_64 */ \
	/* --- permutations --- */ \
	X(V_EXT, 0)     /* bytes amount.. of n:m (m in the upper half) */ \
	X(V_REV, 0)     /* elements of m backwards in groups of 1 << amount bytes */ \
	X(V_DUP, 0)     /* every element = D[m][amount] */ \
	X(V_SWP, 0)     /* d and m change places; so in the next three */ \
	X(V_TRN, 0)     \
	X(V_UZP, 0)     \
	X(V_ZIP, 0)     \
	X(V_TBL, 0)     /* bytes: d[e] = table D[n].. of `size` registers [m[e]], out of range: 0 */ \
	X(V_TBX, 0)     /* out of range: stays */ \
	/* --- floating-point lanes --- */ \
	X(V_FADD, 0)    \
	X(V_FSUB, 0)    \
	X(V_FMUL, 0)    /* V_SCALAR */ \
	X(V_FMLA, 0)    /* d + n * m, rounded twice; V_SCALAR */ \
	X(V_FMLS, 0)    /* V_SCALAR */ \
	X(V_FFMA, 0)    /* rounded once */ \
	X(V_FFMS, 0)    \
	X(V_FABD, 0)    /* |n - m| */ \
	X(V_FCEQ, 0)    /* ? all ones : 0 */ \
	X(V_FCGE, 0)    \
	X(V_FCGT, 0)    \
	X(V_FACGE, 0)   /* of absolute values */ \
	X(V_FACGT, 0)   \
	X(V_FMAX, 0)    /* NaN wins */ \
	X(V_FMIN, 0)    \
	X(V_FMAXNM, 0)  /* v8: a number wins over a quiet NaN */ \
	X(V_FMINNM, 0)  \
	X(V_FPADD, 0)   /* pairs, as V_PADD */ \
	X(V_FPMAX, 0)   \
	X(V_FPMIN, 0)   \
	X(V_FRECPS, 0)  /* 2 - n * m */ \
	X(V_FRSQRTS, 0) /* (3 - n * m) / 2 */ \
	X(V_FABS, 0)    \
	X(V_FNEG, 0)    \
	X(V_FCGTZ, 0)   \
	X(V_FCGEZ, 0)   \
	X(V_FCEQZ, 0)   \
	X(V_FCLEZ, 0)   \
	X(V_FCLTZ, 0)   \
	X(V_FRECPE, 0)  \
	X(V_FRSQRTE, 0) \
	X(V_FRINT, 0)   /* v8: by rounding imm; amount 1: inexact sets IXC */ \
	X(V_FTO_INT, 0) /* m * 2^amount to 32-bit integers, V_U, by rounding imm; saturated */ \
	X(V_FFROM_INT, 0) /* integer m * 2^-amount, V_U, to nearest */ \
	X(V_FFROM_HALF, 0) /* Q[d] = D[m] */ \
	X(V_FTO_HALF, 0) /* D[d] = Q[m] */ \
	/* --- cryptography, v8: Q registers, 32-bit words but for AES --- */ \
	X(V_AESE, 0)    \
	X(V_AESD, 0)    \
	X(V_AESMC, 0)   \
	X(V_AESIMC, 0)  \
	X(V_SHA1C, 0)   \
	X(V_SHA1P, 0)   \
	X(V_SHA1M, 0)   \
	X(V_SHA1SU0, 0) \
	X(V_SHA1SU1, 0) \
	X(V_SHA1H, 0)   \
	X(V_SHA256H, 0) \
	X(V_SHA256H2, 0) \
	X(V_SHA256SU0, 0) \
	X(V_SHA256SU1, 0)

#define ARM_SIMD_ENUM_(name, mem) ARM_##name,
enum arm_simd_op {
	ARM_SIMD_BEFORE = ARM_SIMD - 1,
	ARM_SIMD_OPS(ARM_SIMD_ENUM_)
	ARM_SIMD_END,
};
#undef ARM_SIMD_ENUM_

/* FPSCR: what can be written, A2.6 (no trap enables, no short vectors: MVFR0 says so). */
#define ARM_FPSCR_MASK 0xffc0009fu
#define FPSCR_QC 0x08000000u
#define FPSCR_AHP 0x04000000u
#define FPSCR_DN 0x02000000u
#define FPSCR_FZ 0x01000000u
#define FPSCR_RMODE_SHIFT 22
#define FPSCR_IDC 0x80u
#define FPSCR_IXC 0x10u
#define FPSCR_UFC 8u
#define FPSCR_OFC 4u
#define FPSCR_DZC 2u
#define FPSCR_IOC 1u

/*
 * Decode insn, given in its A32 form whatever it came from: T32's VFP and load/store encodings are the same bits with
 * cond 1110; Advanced SIMD data processing 111U1111 becomes 1111001U, element load/store 11111001 becomes 11110100. u has
 * pc, len, cond and attr's UA_IT set, all else 0. Fills op, fields, and *ret_fl_in, *ret_fl_out (FL_*: VSEL, VMRS to APSR).
 * False: undefined.
 */
bool arm_simd_decode(struct arm_uop *u, uint32_t insn, uint8_t *ret_fl_in, uint8_t *ret_fl_out);

/* Do it; its condition holds. Accesses memory through emu/guest/arm/memory.h, so it may not come back: no state is to be changed
 * before the last access that can fault. */
typedef void arm_simd_handler(struct cpu *cpu, const struct arm_uop *u);
void arm_simd_execute(struct cpu *cpu, const struct arm_uop *u);
/* By op - ARM_SIMD: what arm_simd_execute() calls, for back-ends that call it themselves. */
extern arm_simd_handler *const arm_simd_handlers[ARM_SIMD_END - ARM_SIMD];

/* The handlers: arm_F_ADD and so on. */
#define ARM_SIMD_DECLARE_(name, mem) arm_simd_handler arm_##name;
ARM_SIMD_OPS(ARM_SIMD_DECLARE_)
#undef ARM_SIMD_DECLARE_

#endif

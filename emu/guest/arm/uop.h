/* SPDX-License-Identifier: MIT */
/*
 * What one A32 or T32 instruction becomes: exactly one arm_uop, whatever its encoding was. The interpreter executes it as it
 * is; a back-end emits from it in one pass. Section numbers are those of the ARM Architecture Reference Manual ARMv7-A/R
 * (DDI 0406C), chapter A8 for the instructions; "v8" are additions of ARMv8 AArch32 (DDI 0487, part F).
 *
 * How it hangs together with emu/uop.h: unit->uop[i] says what every translator asks (control-flow class, flags read and
 * written, live flags, pc, length, direct target) and its `arm` points to the arm_uop with the meaning. Classes used:
 *   UOP_TYPED     goes on behind itself, unless it faults
 *   UOP_JMP       ARM_B, always; target
 *   UOP_JCC       ARM_B with a condition, ARM_CBZ, ARM_CBNZ: to target or on
 *   UOP_CALL      ARM_BL: LR = imm, to target (if its condition holds, else on)
 *   UOP_CALL_IND  ARM_BLX: LR = imm, to r[m] (same)
 *   UOP_RET       a jump to an address that looks like a return: BX LR, MOV PC, LR, a load to PC with base SP
 *   UOP_JMP_IND   any other op that writes r15
 *   UOP_SYSCALL   ARM_SVC       UOP_HOSTCALL  ARM_HOSTCALL, imm is the service
 *   UOP_HELPER    arm_raise and others: never conditional fall-through inside the unit, they set the next pc themselves
 * The last six end the unit when their condition is always; otherwise the unit goes on behind them.
 *
 * Addresses of code ("keys") have bit 0 set for Thumb: uop.pc, target, return addresses, block_find(), jump_table. A jump
 * to a register takes the value itself as key if bit 0 is set, else with bits 1..0 cleared. cpu->arm.r[15] never has it:
 * CPSR.T does. Instructions inside an IT block are no entries (UA_IT): one comes there only from a signal frame, and then
 * the interpreter runs to the block's end (arm_stepping).
 *
 * State outside translated code and between uops of the interpreter, and so for every helper: r[0..14], r[15] = address of
 * this instruction, all of CPSR in cpu->arm.cpsr (N Z C V in bits 31..28, Q 27, GE 19..16, IT, T), fpscr, d[].
 *
 * Predication: an op is done only if `cond` holds for N Z C V before it; else it has no effect at all, faults included.
 * A memory access that faults leaves all registers and flags as they were; stores may have been done in part.
 */
#ifndef STRAIT_ARM_UOP_H
#define STRAIT_ARM_UOP_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu.h"

/* Conditions, A8.3. Odd ones are the negation of the one before. */
enum arm_cond {
	ARM_EQ, /* Z */
	ARM_NE,
	ARM_CS, /* C */
	ARM_CC,
	ARM_MI, /* N */
	ARM_PL,
	ARM_VS, /* V */
	ARM_VC,
	ARM_HI, /* C && !Z */
	ARM_LS,
	ARM_GE, /* N == V */
	ARM_LT,
	ARM_GT, /* !Z && N == V */
	ARM_LE,
	ARM_AL,
};

enum { ARM_SP = 13, ARM_LR = 14, ARM_PC = 15, ARM_NONE = 0xff };

/* The second operand, "op2" below; A8.4. amount is 1..31 for LSL and ROR, 1..32 for LSR and ASR. */
enum arm_form {
	ARM_IMM,                                            /* imm; carry-out: `carry` */
	ARM_REG,                                            /* r[m]; carry-out: C */
	ARM_LSL, ARM_LSR, ARM_ASR, ARM_ROR,                 /* r[m] by amount */
	ARM_RRX,                                            /* C:r[m] >> 1; reads C */
	ARM_LSL_REG, ARM_LSR_REG, ARM_ASR_REG, ARM_ROR_REG, /* r[m] by r[a] & 255; 0: r[m], carry-out C */
};
/* Carry-out of an immediate. */
enum { CARRY_0, CARRY_1, CARRY_KEEP };

/* arm_uop.attr */
enum {
	UA_S = 1,      /* sets flags as said at the op */
	UA_WB = 2,     /* memory: n gets the address behind the offset (pre-indexed; with UA_POST post-indexed) */
	UA_POST = 4,   /* memory: the address is n itself */
	UA_SUB = 8,    /* memory: register offset is subtracted */
	UA_IT = 16,    /* inside an IT block */
	UA_JUMP = 32,  /* writes r15: `bx` says how */
	UA_BX = 64,    /* ... with interworking: bit 0 becomes T; else the state stays (A32: bits 1..0, T32: bit 0 ignored) */
	UA_ORDERED = 128, /* v8 LDA, STL, LDAEX, STLEX: acquire or release; a full barrier at most */
};

/*
 * A register field that is 15 and is read gives uop.pc without bit 0, + 8 in A32, + 4 in T32 (arm_r15). The decoder has
 * already made constants of what it could: ADR is ARM_MOV with ARM_IMM; a literal load has n = ARM_NONE and its address in imm.
 */
struct arm_uop {
	uint16_t op;    /* enum arm_op; from ARM_SIMD on enum arm_simd_op (simd.h) */
	uint8_t cond;   /* enum arm_cond */
	uint8_t attr;   /* UA_* */
	uint8_t d, n, m, a;
	uint8_t form;   /* enum arm_form; SIMD: see simd.h */
	uint8_t amount;
	uint8_t carry;  /* CARRY_*, with ARM_IMM */
	uint8_t len;    /* 2 or 4 */
	uint16_t list;  /* LDM, STM */
	uint16_t size;  /* SIMD: see simd.h */
	uint32_t imm;
	uint32_t imm2;  /* SIMD: upper half of a 64-bit immediate */
	uint32_t pc;    /* key: bit 0 is T */
};

static inline uint32_t arm_r15(const struct arm_uop *u)
{
	return (u->pc & ~1u) + (u->pc & 1 ? 4 : 8);
}

/* Key behind the instruction. */
static inline uint32_t arm_next(const struct arm_uop *u)
{
	return u->pc + u->len;
}

/*
 * The ops. d, n, m, a stand for the registers so numbered, x.h0 x.h1 for halfwords, x.b for bytes. "NZ" with UA_S: N and
 * Z from the result. `address` is that of the memory form below. Saturation that sets Q says so.
 *
 *   X(name, loads or stores memory: 0 1 2)
 */
#define ARM_OPS(X) \
	/* --- data processing, in the order of the A32 opcode field. With UA_S: logical ops set NZ, and C to op2's carry-out, V stays; \
	 * arithmetic ops set NZCV, C being NOT borrow for subtractions. TST TEQ CMP CMN have no d and always UA_S. --- */ \
	X(AND, 0)      /* d = n & op2 */ \
	X(EOR, 0)      /* d = n ^ op2 */ \
	X(SUB, 0)      /* d = n - op2 */ \
	X(RSB, 0)      /* d = op2 - n */ \
	X(ADD, 0)      /* d = n + op2 */ \
	X(ADC, 0)      /* d = n + op2 + C */ \
	X(SBC, 0)      /* d = n - op2 - !C */ \
	X(RSC, 0)      /* d = op2 - n - !C */ \
	X(TST, 0)      /* n & op2 */ \
	X(TEQ, 0)      /* n ^ op2 */ \
	X(CMP, 0)      /* n - op2 */ \
	X(CMN, 0)      /* n + op2 */ \
	X(ORR, 0)      /* d = n | op2 */ \
	X(MOV, 0)      /* d = op2 (all shifts, MOVW, ADR) */ \
	X(BIC, 0)      /* d = n & ~op2 */ \
	X(MVN, 0)      /* d = ~op2 */ \
	X(ORN, 0)      /* d = n | ~op2 */ \
	X(MOVT, 0)     /* d.h1 = imm */ \
	/* --- multiply and divide. UA_S (A32 only): NZ of the result (64 bits for the long ones), C and V stay --- */ \
	X(MUL, 0)      /* d = n * m */ \
	X(MLA, 0)      /* d = n * m + a */ \
	X(MLS, 0)      /* d = a - n * m */ \
	X(UMULL, 0)    /* a:d = n * m (a is the high half) */ \
	X(UMLAL, 0)    /* a:d += n * m */ \
	X(SMULL, 0)    \
	X(SMLAL, 0)    \
	X(UMAAL, 0)    /* a:d = n * m + a + d */ \
	X(SDIV, 0)     /* d = n / m towards 0; by 0: 0; INT_MIN / -1: INT_MIN */ \
	X(UDIV, 0)     /* by 0: 0 */ \
	/* --- DSP multiplies. amount: bit 0 says half of m (1: top), bit 1 half of n; or, where said, swap or round --- */ \
	X(SMULXY, 0)   /* d = n.h * m.h */ \
	X(SMLAXY, 0)   /* d = n.h * m.h + a; signed overflow of the sum sets Q */ \
	X(SMLALXY, 0)  /* a:d += n.h * m.h */ \
	X(SMULWY, 0)   /* d = (n * m.h) >> 16 */ \
	X(SMLAWY, 0)   /* d = ((n * m.h) >> 16) + a; signed overflow of the sum sets Q */ \
	X(SMLAD, 0)    /* d = n.h0 * m.h0 + n.h1 * m.h1 + a (a ARM_NONE: 0, SMUAD); m's halves swapped with amount 1; overflow: Q */ \
	X(SMLSD, 0)    /* d = n.h0 * m.h0 - n.h1 * m.h1 + a (ARM_NONE: SMUSD); same */ \
	X(SMLALD, 0)   /* a:d += n.h0 * m.h0 + n.h1 * m.h1; amount 1: swap; no Q */ \
	X(SMLSLD, 0)   /* a:d += n.h0 * m.h0 - n.h1 * m.h1; same */ \
	X(SMMLA, 0)    /* d = ((a << 32) + n * m + (amount ? 1 << 31 : 0)) >> 32 (a ARM_NONE: SMMUL) */ \
	X(SMMLS, 0)    /* d = ((a << 32) - n * m + (amount ? 1 << 31 : 0)) >> 32 */ \
	/* --- saturating, SIMD in integer registers --- */ \
	X(QADD, 0)     /* d = sat(m + n), Q   (operands in the manual's order: m first) */ \
	X(QSUB, 0)     /* d = sat(m - n), Q */ \
	X(QDADD, 0)    /* d = sat(m + sat(2 * n)), Q */ \
	X(QDSUB, 0)    /* d = sat(m - sat(2 * n)), Q */ \
	X(SSAT, 0)     /* d = op2 (form REG, LSL, ASR) saturated to imm bits signed (1..32), Q */ \
	X(USAT, 0)     /* d = op2 saturated to imm bits unsigned (0..31), Q */ \
	X(SSAT16, 0)   /* both halves of m, imm bits, Q */ \
	X(USAT16, 0)   \
	X(PARALLEL, 0) /* amount: enum arm_prefix, imm: enum arm_lanes. S and U set GE, none sets Q */ \
	X(SEL, 0)      /* d.b[i] = GE[i] ? n.b[i] : m.b[i] */ \
	X(USADA8, 0)   /* d = sum |n.b - m.b| + a (ARM_NONE: 0) */ \
	X(PKHBT, 0)    /* d = op2.h1 : n.h0 (form REG or LSL) */ \
	X(PKHTB, 0)    /* d = n.h1 : op2.h0 (form ASR) */ \
	/* --- extend, bit fields, bits. n ARM_NONE: 0; m is rotated right by amount (0 8 16 24) first --- */ \
	X(SXTB, 0)     /* d = n + sign8(m) */ \
	X(SXTH, 0)     \
	X(UXTB, 0)     \
	X(UXTH, 0)     \
	X(SXTB16, 0)   /* d.h0 = n.h0 + sign8(m.b0), d.h1 = n.h1 + sign8(m.b2) */ \
	X(UXTB16, 0)   \
	X(SBFX, 0)     /* d = sign of n<amount + imm - 1 : amount>; imm is the width, 1..32 */ \
	X(UBFX, 0)     \
	X(BFI, 0)      /* d<amount + imm - 1 : amount> = n (ARM_NONE: 0, BFC); other bits of d stay */ \
	X(CLZ, 0)      /* d = leading zeros of m, 32 for 0 */ \
	X(RBIT, 0)     \
	X(REV, 0)      \
	X(REV16, 0)    \
	X(REVSH, 0)    /* d = sign16(m.b0 : m.b1) */ \
	X(CRC32, 0)    /* v8: d = crc(n, 1 << amount low bytes of m): 0x04c11db7 */ \
	X(CRC32C, 0)   /* v8: 0x1edc6f41 */ \
	/* --- status and system registers --- */ \
	X(MRS, 0)      /* d = CPSR's N Z C V Q GE, mode bits as user code sees them (0x10); reads NZCV */ \
	X(MSR, 0)      /* CPSR from op2 (IMM or REG): list bit 3: NZCVQ, bit 2: GE; the rest is ignored in user mode */ \
	X(GET_TLS, 0)  /* d = TPIDRURO: cpu->arm.tls */ \
	X(GET_TLSW, 0) /* d = TPIDRURW */ \
	X(SET_TLSW, 0) /* TPIDRURW = d */ \
	X(GET_CNT, 0)  /* a:d = CNTVCT */ \
	X(BARRIER, 0)  /* DMB, DSB, and their CP15 forms: a full fence */ \
	X(ISB, 0)      /* changes to code are seen behind it: the unit ends here (UOP_TYPED, then UOP_END) */ \
	X(NOP, 0)      /* NOP, hints, PLD, IT (the following uops carry the conditions), SETEND LE */ \
	X(YIELD, 0)    \
	/* --- memory. address = n (ARM_NONE: 0) + imm for ARM_IMM (signed; with ARM_NONE absolute), n +- op2 for other forms (REG and \
	 * immediate shifts). UA_POST: address = n, offset only for the write-back. Any alignment unless said. d is never \
	 * written before the access is known to succeed, nor n. Write-back to n happens before d is written (n == d is \
	 * undefined and decodes to UDF). A load with d = 15 is a jump with UA_BX. --- */ \
	X(LDR, 1)      \
	X(LDRB, 1)     \
	X(LDRH, 1)     \
	X(LDRSB, 1)    \
	X(LDRSH, 1)    \
	X(LDRD, 1)     /* d, a = words at address, address + 4 */ \
	X(STR, 2)      \
	X(STRB, 2)     \
	X(STRH, 2)     \
	X(STRD, 2)     /* d, a */ \
	X(LDM, 1)      /* registers in list from ascending words at n + imm; then n += imm2 if UA_WB, unless n is in list. 15 in list: a jump with UA_BX */ \
	X(STM, 2)      /* n in list: its old value. 15 in list: arm_r15 */ \
	X(SWP, 2)      /* d = [n], [n] = m, atomically; unaligned: alignment fault */ \
	X(SWPB, 2)     \
	/* Exclusives: address = n + imm, 1 << amount bytes; unaligned: alignment fault (SIGBUS, BUS_ADRALN). The monitor is \
	 * cpu->arm.ex_*: LDREX remembers address, size and the value it loaded. STREX: if address and size are the monitor's, and \
	 * memory is still that value: store, atomically; d = 0; else d = 1. The monitor is open afterwards. */ \
	X(LDREX, 1)    /* d (amount 3: d = low word, a = high) */ \
	X(STREX, 2)    /* value m (amount 3: m, a); result d */ \
	X(CLREX, 0)    /* ex_size = 0 */ \
	X(LDA, 1)      /* v8: d = 1 << amount bytes at n, acquire; unaligned: alignment fault */ \
	X(STL, 2)      /* v8: release; value in d */ \
	/* --- control flow --- */ \
	X(B, 0)        /* to key imm */ \
	X(CBZ, 0)      /* to key imm if n == 0 */ \
	X(CBNZ, 0)     \
	X(BL, 0)       /* LR = arm_next; to key imm (BLX too: its bit 0 says the state) */ \
	X(BX, 0)       /* to r[m], interworking */ \
	X(BLX, 0)      /* to r[m], interworking; LR = arm_next (m may be LR) */ \
	X(TBB, 1)      /* to arm_r15 + 2 * byte at n + m */ \
	X(TBH, 1)      /* to arm_r15 + 2 * halfword at n + 2 * m */ \
	X(SVC, 0)      /* imm: its immediate, which EABI ignores */ \
	X(HOSTCALL, 0) /* in the vDSO and the kuser page only: service imm */ \
	X(BKPT, 0)     /* SIGTRAP, TRAP_BRKPT */ \
	X(UDF, 0)      /* SIGILL, ILL_ILLOPC */ \
	/* --- the interpreter's own, behind the last op of a unit --- */ \
	X(END, 0)      /* goes on at key imm */ \
	X(STEP, 0)     /* to be done by arm_execute() */

#define ARM_OP_ENUM_(name, mem) ARM_##name,
enum arm_op {
	ARM_OPS(ARM_OP_ENUM_)
	ARM_OP_COUNT,
	ARM_SIMD = 0x100, /* enum arm_simd_op goes on from here */
};
#undef ARM_OP_ENUM_

/* ARM_PARALLEL, A4.4.6: what happens to a lane's sum or difference. Values of the encoding's op1. */
enum arm_prefix {
	ARM_PAR_S = 1,  /* modulo; GE: result >= 0 */
	ARM_PAR_Q = 2,  /* signed saturation */
	ARM_PAR_SH = 3, /* signed, halved */
	ARM_PAR_U = 5,  /* modulo; GE: carry of additions, no borrow of subtractions */
	ARM_PAR_UQ = 6, /* unsigned saturation */
	ARM_PAR_UH = 7,
};
/* Which lanes; values of the encoding's op2. */
enum arm_lanes {
	ARM_PAR_ADD16 = 0,
	ARM_PAR_ASX = 1,   /* h1 = n.h1 + m.h0, h0 = n.h0 - m.h1 */
	ARM_PAR_SAX = 2,   /* h1 = n.h1 - m.h0, h0 = n.h0 + m.h1 */
	ARM_PAR_SUB16 = 3,
	ARM_PAR_ADD8 = 4,
	ARM_PAR_SUB8 = 7,
};

/* CPSR bits. */
#define CPSR_N 0x80000000u
#define CPSR_Z 0x40000000u
#define CPSR_C 0x20000000u
#define CPSR_V 0x10000000u
#define CPSR_NZCV 0xf0000000u
#define CPSR_Q 0x08000000u
#define CPSR_GE 0x000f0000u
#define CPSR_GE_SHIFT 16
#define CPSR_IT 0x0600fc00u /* IT[1:0] in 26..25, IT[7:2] in 15..10 */
#define CPSR_E 0x200u
#define CPSR_T 0x20u
#define CPSR_USER 0x10u

#endif

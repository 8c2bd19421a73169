/* SPDX-License-Identifier: MIT */
/* i386 instruction bytes -> struct i386_insn, by tables. Covers every user-mode instruction we show in CPUID; what is
 * not encoded in the tables is K_UD. Reads nothing but the bytes given. Source: Intel SDM volume 2, AMD APM volume 3. */
#ifndef STRAIT_I386_DECODE_H
#define STRAIT_I386_DECODE_H

#include <stddef.h>
#include <stdint.h>

/* What the emitter must do with it. */
enum i386_kind {
	K_UD,          /* #UD */
	K_RAW,         /* same encoding on x86-64 but for register numbers, memory operand, prefixes */
	/* control flow */
	K_JMP, K_JCC, K_CALL, K_RET,            /* near direct (imm = target, wrapped to 16 bit with 66), ret [imm16] */
	K_JMP_IND, K_CALL_IND,                  /* FF /4, FF /2 */
	K_LOOP, K_JECXZ,                        /* E0..E2, E3: imm = target */
	K_JMP_FAR, K_CALL_FAR, K_JMP_FAR_IND, K_CALL_FAR_IND, K_RETF, K_IRET,
	K_INT, K_INT3, K_INT1, K_INTO, K_SYSENTER, K_SYSCALL_AMD, K_BOUND,
	/* stack */
	K_PUSH_R, K_PUSH_IMM, K_PUSH_RM, K_PUSH_SEG, K_PUSHA, K_PUSHF,
	K_POP_R, K_POP_RM, K_POP_SEG, K_POPA, K_POPF, K_ENTER, K_LEAVE,
	/* encodings that mean something else in 64-bit mode, or whose meaning changes */
	K_INC_R, K_DEC_R,                       /* 40..4F */
	K_MOV_MOFFS,                            /* A0..A3: disp = address */
	K_XLAT, K_STRING,                       /* A4..A7, AA..AF, and their REP forms */
	K_MASKMOV,                              /* (v)maskmovdqu, maskmovq: implicit [edi] */
	K_DAA, K_DAS, K_AAA, K_AAS, K_AAM, K_AAD, K_SALC,
	K_XCHG_R, K_NOP,                        /* 90..97; 90 is K_NOP, F3 90 (pause) K_RAW */
	/* segments and system */
	K_MOV_FROM_SEG, K_MOV_TO_SEG, K_LOAD_FAR, /* 8C, 8E, LES LDS LSS LFS LGS */
	K_ARPL, K_LAR, K_LSL, K_VERR, K_VERW,
	K_UMIP,                                 /* SGDT SIDT SLDT STR SMSW */
	K_PRIV,                                 /* #GP(0) in user mode: HLT CLI STI IN OUT INS OUTS MOV CR/DR, LGDT, WRMSR ... */
	K_CLD, K_STD, K_CPUID, K_RDTSC, K_RDTSCP, K_RDPMC, K_RDPID, K_XGETBV, K_RDPKRU, K_WRPKRU,
	K_FNSTENV, K_FLDENV, K_FNSAVE, K_FRSTOR, /* images hold instruction pointers; 66 selects the 16-bit image */
	K_FXSAVE, K_FXRSTOR, K_XSAVE, K_XSAVEOPT, K_XSAVEC, K_XRSTOR,
	K_COUNT
};

/* Register file that an operand field selects. */
enum i386_file { F_NONE, F_GPR8, F_GPR16, F_GPR32, F_GPRV /* 16 with 66, else 32 */, F_SEG, F_X87, F_MMX, F_XMM /* or ymm */, F_DIGIT /* opcode extension */ };

enum { PFX_66 = 1, PFX_67 = 2, PFX_F2 = 4, PFX_F3 = 8, PFX_LOCK = 16 };

/* What follows modrm, sib and displacement. V: 2 bytes with 66, else 4. */
enum i386_imm {
	IMM_NONE, IMM_8, IMM_S8 /* sign-extended */, IMM_16, IMM_V,
	IMM_REL8, IMM_RELV, /* imm becomes the target */
	IMM_FAR,            /* offset V, selector 16 */
	IMM_ENTER,          /* 16, then 8 */
	IMM_MOFFS,          /* an address, given as disp: 2 bytes with 67, else 4 */
	IMM_IS4,            /* register number in bits 6..4 */
};

/* A row of the opcode tables. */
struct i386_op {
	const char *name;
	uint8_t kind;          /* enum i386_kind */
	uint8_t reg, rm, vreg; /* enum i386_file of modrm.reg, modrm.rm (register form), VEX.vvvv */
	uint8_t short_reg;     /* file of the register in the low 3 opcode bits, F_NONE if there is none */
	uint8_t imm;           /* enum i386_imm */
	uint8_t flags_in, flags_out; /* FL_* of emu/uop.h; undefined flags count as out */
	uint16_t attr;
};

enum {
	OA_MODRM = 1,
	OA_MEM = 2,          /* modrm memory form is legal */
	OA_REG = 4,          /* modrm register form is legal */
	OA_REG_ALWAYS = 8,   /* modrm.mod is ignored: a register */
	OA_LOCK = 16,        /* LOCK is legal (with a memory destination) */
	OA_W_IGNORED = 32,   /* VEX.W is ignored outside 64-bit mode: emit it as 0 */
	OA_VSIB = 64,        /* index is a vector register */
	OA_WRITES_MEM = 128, /* memory operand is written */
	OA_NO_66 = 256,      /* 66 is a mandatory prefix or ignored: not an operand size */
	OA_L0 = 512, OA_L1 = 1024, OA_W0 = 2048, OA_W1 = 4096, /* what VEX.L and VEX.W must be */
	OA_VVVV_REG = 8192,  /* VEX.vvvv names a register in the register form only */
};

struct i386_insn {
	uint32_t pc;
	uint8_t len;          /* 1..15; with kind K_UD: bytes looked at */
	uint8_t kind;         /* copy of op->kind, refined */
	uint8_t map;          /* 0: one byte, 1: 0F, 2: 0F38, 3: 0F3A */
	uint8_t opcode;       /* last opcode byte; canonical: 82 is given as 80 */
	uint8_t modrm, sib;
	uint8_t prefix;       /* PFX_* seen */
	uint8_t rep;          /* which of F2/F3 came last: 0, 0xf2, 0xf3 */
	uint8_t seg;          /* enum i386_seg of the override, or 0xff */
	uint8_t vex;          /* 0: legacy; 2 or 3: length of the VEX prefix */
	uint8_t vex_w, vex_l, vex_pp, vex_v; /* vex_v not inverted, 3 bits */
	uint8_t vex_unused;   /* all bits that name the operand vex_v are set */
	uint8_t disp_size;    /* 0, 1, 2, 4 */
	uint8_t imm_size;     /* bytes of immediate: 0..6 (ENTER 3, far pointers 6) */
	uint8_t opsize;       /* 2 or 4: effective for F_GPRV */
	int32_t disp;         /* sign-extended */
	uint32_t imm;         /* sign-extended where the instruction does; branch target; ENTER: first imm16 */
	uint16_t imm2;        /* ENTER: nesting level; far pointers: selector */
	const struct i386_op *op;
	uint8_t flags_in, flags_out; /* refined (a shift by an immediate 0 writes none, REP CMPS may write none: then in=out) */
};

static inline unsigned insn_mod(const struct i386_insn *i) { return i->modrm >> 6; }
static inline unsigned insn_reg(const struct i386_insn *i) { return (i->modrm >> 3) & 7; }
static inline unsigned insn_rm(const struct i386_insn *i) { return i->modrm & 7; }

/*
 * Decode the instruction at bytes[0..avail), avail at most 15 being enough. Returns its length, 0 if more bytes than
 * avail are needed (then the caller decides: page fault on the next page, or #GP for an instruction over 15 bytes),
 * with len of K_UD covering what was consumed. Does not allocate, does not fault; about 20 ns.
 */
unsigned i386_decode(struct i386_insn *insn, const uint8_t *bytes, size_t avail, uint32_t pc);

#endif

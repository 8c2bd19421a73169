/* SPDX-License-Identifier: MIT */
/* One-byte opcodes of 32-bit mode, and the x87's D8..DF. */
#include "emu/guest/i386/opcodes.h"

/* reg, rm, vvvv, short */
#define REGLESS F_NONE, F_NONE, F_NONE, F_NONE
#define EbGb F_GPR8, F_GPR8, F_NONE, F_NONE
#define EvGv F_GPRV, F_GPRV, F_NONE, F_NONE
#define EwGw F_GPR16, F_GPR16, F_NONE, F_NONE
#define EvSw F_SEG, F_GPRV, F_NONE, F_NONE
#define Xb F_DIGIT, F_GPR8, F_NONE, F_NONE
#define Xv F_DIGIT, F_GPRV, F_NONE, F_NONE
#define Zb F_NONE, F_NONE, F_NONE, F_GPR8
#define Zv F_NONE, F_NONE, F_NONE, F_GPRV
#define Fp F_DIGIT, F_X87, F_NONE, F_NONE

#define NOT_C (FL_ALL & ~FL_C)
#define NOT_O (FL_ALL & ~FL_O)
#define CO (FL_C | FL_O)

/* clang-format off */
#define ROW(name, kind, ...) {name, K_##kind, __VA_ARGS__} /* registers, immediate, flags in, flags out, attributes */
#define ONE(name, kind, ...) {(const struct i386_op[]){ROW(name, kind, __VA_ARGS__)}, BY_NOTHING}
#define GROUP(...) {(const struct i386_op[8]){__VA_ARGS__}, BY_DIGIT}

/* op Eb,Gb  Ev,Gv  Gb,Eb  Gv,Ev  al,Ib  eax,Iz */
#define ALU(base, name, in, dst) \
	[base + 0] = ONE(name, RAW, EbGb, IMM_NONE, in, FL_ALL, dst), [base + 1] = ONE(name, RAW, EvGv, IMM_NONE, in, FL_ALL, dst), \
	[base + 2] = ONE(name, RAW, EbGb, IMM_NONE, in, FL_ALL, E_), [base + 3] = ONE(name, RAW, EvGv, IMM_NONE, in, FL_ALL, E_), \
	[base + 4] = ONE(name, RAW, REGLESS, IMM_8, in, FL_ALL, 0), [base + 5] = ONE(name, RAW, REGLESS, IMM_V, in, FL_ALL, 0)
#define GRP1(regs, imm) GROUP( \
	ROW("add", RAW, regs, imm, 0, FL_ALL, E_WL), ROW("or", RAW, regs, imm, 0, FL_ALL, E_WL), \
	ROW("adc", RAW, regs, imm, FL_C, FL_ALL, E_WL), ROW("sbb", RAW, regs, imm, FL_C, FL_ALL, E_WL), \
	ROW("and", RAW, regs, imm, 0, FL_ALL, E_WL), ROW("sub", RAW, regs, imm, 0, FL_ALL, E_WL), \
	ROW("xor", RAW, regs, imm, 0, FL_ALL, E_WL), ROW("cmp", RAW, regs, imm, 0, FL_ALL, E_))
/* rot: flags written by rotations, shift: by shifts; a count in CL may be 0 and leave them */
#define GRP2(regs, imm, rot, carry, shift) GROUP( \
	ROW("rol", RAW, regs, imm, 0, rot, E_W), ROW("ror", RAW, regs, imm, 0, rot, E_W), \
	ROW("rcl", RAW, regs, imm, FL_C, carry, E_W), ROW("rcr", RAW, regs, imm, FL_C, carry, E_W), \
	ROW("shl", RAW, regs, imm, 0, shift, E_W), ROW("shr", RAW, regs, imm, 0, shift, E_W), \
	ROW("shl", RAW, regs, imm, 0, shift, E_W), ROW("sar", RAW, regs, imm, 0, shift, E_W))
#define GRP3(regs, imm) GROUP( \
	ROW("test", RAW, regs, imm, 0, FL_ALL, E_), ROW("test", RAW, regs, imm, 0, FL_ALL, E_), \
	ROW("not", RAW, regs, IMM_NONE, 0, 0, E_WL), ROW("neg", RAW, regs, IMM_NONE, 0, FL_ALL, E_WL), \
	ROW("mul", RAW, regs, IMM_NONE, 0, FL_ALL, E_), ROW("imul", RAW, regs, IMM_NONE, 0, FL_ALL, E_), \
	ROW("div", RAW, regs, IMM_NONE, 0, FL_ALL, E_), ROW("idiv", RAW, regs, IMM_NONE, 0, FL_ALL, E_))
#define EIGHT(base, ...) [base] = ONE(__VA_ARGS__), [base + 1] = ONE(__VA_ARGS__), [base + 2] = ONE(__VA_ARGS__), \
	[base + 3] = ONE(__VA_ARGS__), [base + 4] = ONE(__VA_ARGS__), [base + 5] = ONE(__VA_ARGS__), \
	[base + 6] = ONE(__VA_ARGS__), [base + 7] = ONE(__VA_ARGS__)
#define JCC2(op, flags) [op] = ONE("jcc", JCC, REGLESS, IMM_REL8, flags, 0, 0), [op + 1] = ONE("jcc", JCC, REGLESS, IMM_REL8, flags, 0, 0)
#define SEGS(push, pop, name) [push] = ONE("push " name, PUSH_SEG, REGLESS, IMM_NONE, 0, 0, 0), [pop] = ONE("pop " name, POP_SEG, REGLESS, IMM_NONE, 0, 0, 0)
#define STR2(op, name, out) [op] = ONE(name, STRING, REGLESS, IMM_NONE, 0, out, 0), [op + 1] = ONE(name, STRING, REGLESS, IMM_NONE, 0, out, 0)
#define PRIV(name, imm) ONE(name, PRIV, REGLESS, imm, 0, 0, 0)

/* ---- x87: memory forms by digit, then register forms by digit and rm ---- */
#define F(name) ROW(name, RAW, Fp, IMM_NONE, 0, 0, E_)
#define FS(name) ROW(name, RAW, Fp, IMM_NONE, 0, 0, E_W)
#define FK(name, kind) ROW(name, kind, Fp, IMM_NONE, 0, 0, E_)
#define F_IN(name, in) ROW(name, RAW, Fp, IMM_NONE, in, 0, E_)
#define F_OUT(name) ROW(name, RAW, Fp, IMM_NONE, 0, FL_ALL, E_)
#define HOLE {0}
#define X8(row) row, row, row, row, row, row, row, row
#define HOLES X8(HOLE)
#define X87(...) {(const struct i386_op[72]){__VA_ARGS__}, BY_MEM_REG}

const struct slot i386_map_base[256] = {
	ALU(0x00, "add", 0, E_WL), ALU(0x08, "or", 0, E_WL), ALU(0x10, "adc", FL_C, E_WL), ALU(0x18, "sbb", FL_C, E_WL),
	ALU(0x20, "and", 0, E_WL), ALU(0x28, "sub", 0, E_WL), ALU(0x30, "xor", 0, E_WL), ALU(0x38, "cmp", 0, E_),
	SEGS(0x06, 0x07, "es"), [0x0e] = ONE("push cs", PUSH_SEG, REGLESS, IMM_NONE, 0, 0, 0), SEGS(0x16, 0x17, "ss"), SEGS(0x1e, 0x1f, "ds"),
	[0x27] = ONE("daa", DAA, REGLESS, IMM_NONE, FL_A | FL_C, FL_ALL, 0), [0x2f] = ONE("das", DAS, REGLESS, IMM_NONE, FL_A | FL_C, FL_ALL, 0),
	[0x37] = ONE("aaa", AAA, REGLESS, IMM_NONE, FL_A, FL_ALL, 0), [0x3f] = ONE("aas", AAS, REGLESS, IMM_NONE, FL_A, FL_ALL, 0),
	EIGHT(0x40, "inc", INC_R, Zv, IMM_NONE, 0, NOT_C, 0), EIGHT(0x48, "dec", DEC_R, Zv, IMM_NONE, 0, NOT_C, 0),
	EIGHT(0x50, "push", PUSH_R, Zv, IMM_NONE, 0, 0, 0), EIGHT(0x58, "pop", POP_R, Zv, IMM_NONE, 0, 0, 0),
	[0x60] = ONE("pusha", PUSHA, REGLESS, IMM_NONE, 0, 0, 0), [0x61] = ONE("popa", POPA, REGLESS, IMM_NONE, 0, 0, 0),
	[0x62] = ONE("bound", BOUND, EvGv, IMM_NONE, 0, 0, M_), [0x63] = ONE("arpl", ARPL, EwGw, IMM_NONE, 0, FL_Z, E_W),
	[0x68] = ONE("push", PUSH_IMM, REGLESS, IMM_V, 0, 0, 0), [0x69] = ONE("imul", RAW, EvGv, IMM_V, 0, FL_ALL, E_),
	[0x6a] = ONE("push", PUSH_IMM, REGLESS, IMM_S8, 0, 0, 0), [0x6b] = ONE("imul", RAW, EvGv, IMM_S8, 0, FL_ALL, E_),
	[0x6c] = PRIV("insb", IMM_NONE), [0x6d] = PRIV("ins", IMM_NONE), [0x6e] = PRIV("outsb", IMM_NONE), [0x6f] = PRIV("outs", IMM_NONE),
	JCC2(0x70, CC_O), JCC2(0x72, CC_B), JCC2(0x74, CC_Z), JCC2(0x76, CC_BE), JCC2(0x78, CC_S), JCC2(0x7a, CC_P), JCC2(0x7c, CC_L), JCC2(0x7e, CC_LE),
	[0x80] = GRP1(Xb, IMM_8), [0x81] = GRP1(Xv, IMM_V), [0x82] = GRP1(Xb, IMM_8), [0x83] = GRP1(Xv, IMM_S8),
	[0x84] = ONE("test", RAW, EbGb, IMM_NONE, 0, FL_ALL, E_), [0x85] = ONE("test", RAW, EvGv, IMM_NONE, 0, FL_ALL, E_),
	[0x86] = ONE("xchg", RAW, EbGb, IMM_NONE, 0, 0, E_WL), [0x87] = ONE("xchg", RAW, EvGv, IMM_NONE, 0, 0, E_WL),
	[0x88] = ONE("mov", RAW, EbGb, IMM_NONE, 0, 0, E_W), [0x89] = ONE("mov", RAW, EvGv, IMM_NONE, 0, 0, E_W),
	[0x8a] = ONE("mov", RAW, EbGb, IMM_NONE, 0, 0, E_), [0x8b] = ONE("mov", RAW, EvGv, IMM_NONE, 0, 0, E_),
	[0x8c] = ONE("mov", MOV_FROM_SEG, EvSw, IMM_NONE, 0, 0, E_W), [0x8d] = ONE("lea", RAW, EvGv, IMM_NONE, 0, 0, M_),
	[0x8e] = ONE("mov", MOV_TO_SEG, EvSw, IMM_NONE, 0, 0, E_), [0x8f] = GROUP(ROW("pop", POP_RM, Xv, IMM_NONE, 0, 0, E_W)),
	EIGHT(0x90, "xchg", XCHG_R, Zv, IMM_NONE, 0, 0, 0), /* 90: see refine() */
	[0x98] = ONE("cwde", RAW, REGLESS, IMM_NONE, 0, 0, 0), [0x99] = ONE("cdq", RAW, REGLESS, IMM_NONE, 0, 0, 0),
	[0x9a] = ONE("call far", CALL_FAR, REGLESS, IMM_FAR, 0, 0, 0), [0x9b] = ONE("fwait", RAW, REGLESS, IMM_NONE, 0, 0, 0),
	[0x9c] = ONE("pushf", PUSHF, REGLESS, IMM_NONE, FL_ALL, 0, 0), [0x9d] = ONE("popf", POPF, REGLESS, IMM_NONE, 0, FL_ALL, 0),
	[0x9e] = ONE("sahf", RAW, REGLESS, IMM_NONE, 0, NOT_O, 0), [0x9f] = ONE("lahf", RAW, REGLESS, IMM_NONE, NOT_O, 0, 0),
	[0xa0] = ONE("mov", MOV_MOFFS, REGLESS, IMM_MOFFS, 0, 0, 0), [0xa1] = ONE("mov", MOV_MOFFS, REGLESS, IMM_MOFFS, 0, 0, 0),
	[0xa2] = ONE("mov", MOV_MOFFS, REGLESS, IMM_MOFFS, 0, 0, 0), [0xa3] = ONE("mov", MOV_MOFFS, REGLESS, IMM_MOFFS, 0, 0, 0),
	STR2(0xa4, "movs", 0), STR2(0xa6, "cmps", FL_ALL), STR2(0xaa, "stos", 0), STR2(0xac, "lods", 0), STR2(0xae, "scas", FL_ALL),
	[0xa8] = ONE("test", RAW, REGLESS, IMM_8, 0, FL_ALL, 0), [0xa9] = ONE("test", RAW, REGLESS, IMM_V, 0, FL_ALL, 0),
	EIGHT(0xb0, "mov", RAW, Zb, IMM_8, 0, 0, 0), EIGHT(0xb8, "mov", RAW, Zv, IMM_V, 0, 0, 0),
	[0xc0] = GRP2(Xb, IMM_8, CO, 0, FL_ALL), [0xc1] = GRP2(Xv, IMM_8, CO, 0, FL_ALL), [0xd0] = GRP2(Xb, IMM_NONE, CO, CO, FL_ALL),
	[0xd1] = GRP2(Xv, IMM_NONE, CO, CO, FL_ALL), [0xd2] = GRP2(Xb, IMM_NONE, 0, 0, 0), [0xd3] = GRP2(Xv, IMM_NONE, 0, 0, 0),
	[0xc2] = ONE("ret", RET, REGLESS, IMM_16, 0, 0, 0), [0xc3] = ONE("ret", RET, REGLESS, IMM_NONE, 0, 0, 0),
	[0xc4] = ONE("les", LOAD_FAR, EvGv, IMM_NONE, 0, 0, M_), [0xc5] = ONE("lds", LOAD_FAR, EvGv, IMM_NONE, 0, 0, M_),
	[0xc6] = GROUP(ROW("mov", RAW, Xb, IMM_8, 0, 0, E_W)), [0xc7] = GROUP(ROW("mov", RAW, Xv, IMM_V, 0, 0, E_W)),
	[0xc8] = ONE("enter", ENTER, REGLESS, IMM_ENTER, 0, 0, 0), [0xc9] = ONE("leave", LEAVE, REGLESS, IMM_NONE, 0, 0, 0),
	[0xca] = ONE("retf", RETF, REGLESS, IMM_16, 0, 0, 0), [0xcb] = ONE("retf", RETF, REGLESS, IMM_NONE, 0, 0, 0),
	[0xcc] = ONE("int3", INT3, REGLESS, IMM_NONE, 0, 0, 0), [0xcd] = ONE("int", INT, REGLESS, IMM_8, 0, 0, 0),
	[0xce] = ONE("into", INTO, REGLESS, IMM_NONE, FL_O, 0, 0), [0xcf] = ONE("iret", IRET, REGLESS, IMM_NONE, 0, FL_ALL, 0),
	[0xd4] = ONE("aam", AAM, REGLESS, IMM_8, 0, FL_ALL, 0), [0xd5] = ONE("aad", AAD, REGLESS, IMM_8, 0, FL_ALL, 0),
	[0xd6] = ONE("salc", SALC, REGLESS, IMM_NONE, FL_C, 0, 0), [0xd7] = ONE("xlat", XLAT, REGLESS, IMM_NONE, 0, 0, 0),
	[0xd8] = X87(F("fadd"), F("fmul"), F("fcom"), F("fcomp"), F("fsub"), F("fsubr"), F("fdiv"), F("fdivr"),
		X8(F("fadd")), X8(F("fmul")), X8(F("fcom")), X8(F("fcomp")), X8(F("fsub")), X8(F("fsubr")), X8(F("fdiv")), X8(F("fdivr"))),
	[0xd9] = X87(F("fld"), HOLE, FS("fst"), FS("fstp"), FK("fldenv", FLDENV), F("fldcw"), FK("fnstenv", FNSTENV), FS("fnstcw"),
		X8(F("fld")), X8(F("fxch")), F("fnop"), HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, X8(F("fstp")),
		F("fchs"), F("fabs"), HOLE, HOLE, F("ftst"), F("fxam"), HOLE, HOLE,
		F("fld1"), F("fldl2t"), F("fldl2e"), F("fldpi"), F("fldlg2"), F("fldln2"), F("fldz"), HOLE,
		F("f2xm1"), F("fyl2x"), F("fptan"), F("fpatan"), F("fxtract"), F("fprem1"), F("fdecstp"), F("fincstp"),
		F("fprem"), F("fyl2xp1"), F("fsqrt"), F("fsincos"), F("frndint"), F("fscale"), F("fsin"), F("fcos")),
	[0xda] = X87(F("fiadd"), F("fimul"), F("ficom"), F("ficomp"), F("fisub"), F("fisubr"), F("fidiv"), F("fidivr"),
		X8(F_IN("fcmovb", FL_C)), X8(F_IN("fcmove", FL_Z)), X8(F_IN("fcmovbe", CC_BE)), X8(F_IN("fcmovu", FL_P)),
		HOLES, HOLE, F("fucompp"), HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLES, HOLES),
	[0xdb] = X87(F("fild"), FS("fisttp"), FS("fist"), FS("fistp"), HOLE, F("fld"), HOLE, FS("fstp"),
		X8(F_IN("fcmovnb", FL_C)), X8(F_IN("fcmovne", FL_Z)), X8(F_IN("fcmovnbe", CC_BE)), X8(F_IN("fcmovnu", FL_P)),
		F("fneni"), F("fndisi"), F("fnclex"), F("fninit"), F("fnsetpm"), HOLE, HOLE, HOLE, X8(F_OUT("fucomi")), X8(F_OUT("fcomi")), HOLES),
	[0xdc] = X87(F("fadd"), F("fmul"), F("fcom"), F("fcomp"), F("fsub"), F("fsubr"), F("fdiv"), F("fdivr"),
		X8(F("fadd")), X8(F("fmul")), X8(F("fcom")), X8(F("fcomp")), X8(F("fsubr")), X8(F("fsub")), X8(F("fdivr")), X8(F("fdiv"))),
	[0xdd] = X87(F("fld"), FS("fisttp"), FS("fst"), FS("fstp"), FK("frstor", FRSTOR), HOLE, FK("fnsave", FNSAVE), FS("fnstsw"),
		X8(F("ffree")), X8(F("fxch")), X8(F("fst")), X8(F("fstp")), X8(F("fucom")), X8(F("fucomp")), HOLES, HOLES),
	[0xde] = X87(F("fiadd"), F("fimul"), F("ficom"), F("ficomp"), F("fisub"), F("fisubr"), F("fidiv"), F("fidivr"),
		X8(F("faddp")), X8(F("fmulp")), X8(F("fcomp")), HOLE, F("fcompp"), HOLE, HOLE, HOLE, HOLE, HOLE, HOLE,
		X8(F("fsubrp")), X8(F("fsubp")), X8(F("fdivrp")), X8(F("fdivp"))),
	[0xdf] = X87(F("fild"), FS("fisttp"), FS("fist"), FS("fistp"), F("fbld"), F("fild"), FS("fbstp"), FS("fistp"),
		X8(F("ffreep")), X8(F("fxch")), X8(F("fstp")), X8(F("fstp")), F("fnstsw"), HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE,
		X8(F_OUT("fucomip")), X8(F_OUT("fcomip")), HOLES),
	[0xe0] = ONE("loopne", LOOP, REGLESS, IMM_REL8, FL_Z, 0, 0), [0xe1] = ONE("loope", LOOP, REGLESS, IMM_REL8, FL_Z, 0, 0),
	[0xe2] = ONE("loop", LOOP, REGLESS, IMM_REL8, 0, 0, 0), [0xe3] = ONE("jecxz", JECXZ, REGLESS, IMM_REL8, 0, 0, 0),
	[0xe4] = PRIV("in", IMM_8), [0xe5] = PRIV("in", IMM_8), [0xe6] = PRIV("out", IMM_8), [0xe7] = PRIV("out", IMM_8),
	[0xe8] = ONE("call", CALL, REGLESS, IMM_RELV, 0, 0, 0), [0xe9] = ONE("jmp", JMP, REGLESS, IMM_RELV, 0, 0, 0),
	[0xea] = ONE("jmp far", JMP_FAR, REGLESS, IMM_FAR, 0, 0, 0), [0xeb] = ONE("jmp", JMP, REGLESS, IMM_REL8, 0, 0, 0),
	[0xec] = PRIV("in", IMM_NONE), [0xed] = PRIV("in", IMM_NONE), [0xee] = PRIV("out", IMM_NONE), [0xef] = PRIV("out", IMM_NONE),
	[0xf1] = ONE("int1", INT1, REGLESS, IMM_NONE, 0, 0, 0), [0xf4] = PRIV("hlt", IMM_NONE),
	[0xf5] = ONE("cmc", RAW, REGLESS, IMM_NONE, FL_C, FL_C, 0), [0xf6] = GRP3(Xb, IMM_8), [0xf7] = GRP3(Xv, IMM_V),
	[0xf8] = ONE("clc", RAW, REGLESS, IMM_NONE, 0, FL_C, 0), [0xf9] = ONE("stc", RAW, REGLESS, IMM_NONE, 0, FL_C, 0),
	[0xfa] = PRIV("cli", IMM_NONE), [0xfb] = PRIV("sti", IMM_NONE),
	[0xfc] = ONE("cld", CLD, REGLESS, IMM_NONE, 0, 0, 0), [0xfd] = ONE("std", STD, REGLESS, IMM_NONE, 0, 0, 0),
	[0xfe] = GROUP(ROW("inc", RAW, Xb, IMM_NONE, 0, NOT_C, E_WL), ROW("dec", RAW, Xb, IMM_NONE, 0, NOT_C, E_WL)),
	[0xff] = GROUP(ROW("inc", RAW, Xv, IMM_NONE, 0, NOT_C, E_WL), ROW("dec", RAW, Xv, IMM_NONE, 0, NOT_C, E_WL),
		ROW("call", CALL_IND, Xv, IMM_NONE, 0, 0, E_), ROW("call far", CALL_FAR_IND, Xv, IMM_NONE, 0, 0, M_),
		ROW("jmp", JMP_IND, Xv, IMM_NONE, 0, 0, E_), ROW("jmp far", JMP_FAR_IND, Xv, IMM_NONE, 0, 0, M_), ROW("push", PUSH_RM, Xv, IMM_NONE, 0, 0, E_)),
};

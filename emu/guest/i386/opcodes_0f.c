/* SPDX-License-Identifier: MIT */
/* Two-byte opcodes 0F xx that a mandatory prefix does not change: system, conditional, bit and exchange instructions. */
#include "emu/guest/i386/opcodes.h"

#define REGLESS F_NONE, F_NONE, F_NONE, F_NONE
#define Eb F_DIGIT, F_GPR8, F_NONE, F_NONE
#define EbGb F_GPR8, F_GPR8, F_NONE, F_NONE
#define EvGv F_GPRV, F_GPRV, F_NONE, F_NONE
#define GvEb F_GPRV, F_GPR8, F_NONE, F_NONE
#define GvEw F_GPRV, F_GPR16, F_NONE, F_NONE
#define GdMd F_GPR32, F_GPR32, F_NONE, F_NONE
#define Xv F_DIGIT, F_GPRV, F_NONE, F_NONE
#define Xw F_DIGIT, F_GPR16, F_NONE, F_NONE
#define Nv F_NONE, F_GPRV, F_NONE, F_NONE
#define X F_DIGIT, F_NONE, F_NONE, F_NONE
#define Rd F_DIGIT, F_GPR32, F_NONE, F_NONE
#define Zv F_NONE, F_NONE, F_NONE, F_GPRV

/* clang-format off */
#define ROW(name, kind, ...) {name, K_##kind, __VA_ARGS__} /* registers, immediate, flags in, flags out, attributes */
#define ONE(name, kind, ...) {(const struct i386_op[]){ROW(name, kind, __VA_ARGS__)}, BY_NOTHING}
#define GROUP(...) {(const struct i386_op[8]){__VA_ARGS__}, BY_DIGIT}
#define PRIV(name, regs, attr) ROW(name, PRIV, regs, IMM_NONE, 0, 0, attr)
#define HOLE {0}
#define HOLES HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE
#define X8(row) row, row, row, row, row, row, row, row
#define CC2(op, flags) \
	[0x40 + op] = ONE("cmov", RAW, EvGv, IMM_NONE, flags, 0, E_), [0x41 + op] = ONE("cmov", RAW, EvGv, IMM_NONE, flags, 0, E_), \
	[0x80 + op] = ONE("jcc", JCC, REGLESS, IMM_RELV, flags, 0, 0), [0x81 + op] = ONE("jcc", JCC, REGLESS, IMM_RELV, flags, 0, 0), \
	[0x90 + op] = ONE("set", RAW, Eb, IMM_NONE, flags, 0, E_W), [0x91 + op] = ONE("set", RAW, Eb, IMM_NONE, flags, 0, E_W)
#define HINT ONE("nop", RAW, Nv, IMM_NONE, 0, 0, E_)
#define BSWAP(n) [0xc8 + n] = ONE("bswap", RAW, Zv, IMM_NONE, 0, 0, 0)
#define CRDR(name) ROW(name, PRIV, Rd, IMM_NONE, 0, 0, R_ | OA_REG_ALWAYS)
/* CR0, CR2, CR3, CR4: there are no others outside 64-bit mode. */
#define MOV_CR GROUP(CRDR("mov cr"), {0}, CRDR("mov cr"), CRDR("mov cr"), CRDR("mov cr"))
#define MOV_DR ONE("mov dr", PRIV, Rd, IMM_NONE, 0, 0, R_ | OA_REG_ALWAYS)

const struct slot i386_map_0f[256] = {
	[0x00] = GROUP(ROW("sldt", UMIP, Xv, IMM_NONE, 0, 0, E_W), ROW("str", UMIP, Xv, IMM_NONE, 0, 0, E_W), PRIV("lldt", Xw, E_), PRIV("ltr", Xw, E_),
		ROW("verr", VERR, Xw, IMM_NONE, 0, FL_Z, E_), ROW("verw", VERW, Xw, IMM_NONE, 0, FL_Z, E_)),
	[0x01] = {(const struct i386_op[72]){
		ROW("sgdt", UMIP, X, IMM_NONE, 0, 0, E_W), ROW("sidt", UMIP, X, IMM_NONE, 0, 0, E_W), PRIV("lgdt", X, E_), PRIV("lidt", X, E_),
		ROW("smsw", UMIP, Xv, IMM_NONE, 0, 0, E_W), HOLE, PRIV("lmsw", Xw, E_), PRIV("invlpg", X, E_),
		HOLES, HOLES, /* vmcall ... monitor, mwait, clac: #UD outside the kernel */
		ROW("xgetbv", XGETBV, X, IMM_NONE, 0, 0, E_), PRIV("xsetbv", X, E_), HOLE, HOLE, HOLE, HOLE, HOLE, HOLE,
		HOLES, X8(ROW("smsw", UMIP, Xv, IMM_NONE, 0, 0, E_)),
		HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, ROW("rdpkru", RDPKRU, X, IMM_NONE, 0, 0, E_), ROW("wrpkru", WRPKRU, X, IMM_NONE, 0, 0, E_),
		X8(PRIV("lmsw", Xw, E_)), HOLE, ROW("rdtscp", RDTSCP, X, IMM_NONE, 0, 0, E_)}, BY_MEM_REG},
	[0x02] = ONE("lar", LAR, GvEw, IMM_NONE, 0, FL_Z, E_), [0x03] = ONE("lsl", LSL, GvEw, IMM_NONE, 0, FL_Z, E_),
	[0x05] = ONE("syscall", SYSCALL_AMD, REGLESS, IMM_NONE, 0, 0, 0), [0x06] = ONE("clts", PRIV, REGLESS, IMM_NONE, 0, 0, 0),
	[0x07] = ONE("sysret", PRIV, REGLESS, IMM_NONE, 0, 0, 0), [0x08] = ONE("invd", PRIV, REGLESS, IMM_NONE, 0, 0, 0), [0x09] = ONE("wbinvd", PRIV, REGLESS, IMM_NONE, 0, 0, 0),
	[0x0b] = ONE("ud2", UD, REGLESS, IMM_NONE, 0, 0, 0), [0x0d] = HINT, /* prefetchw */
	[0x18] = HINT, [0x19] = HINT, [0x1a] = HINT, [0x1b] = HINT, [0x1c] = HINT, [0x1d] = HINT, [0x1e] = HINT, [0x1f] = HINT,
	[0x20] = MOV_CR, [0x21] = MOV_DR, [0x22] = MOV_CR, [0x23] = MOV_DR,
	[0x30] = ONE("wrmsr", PRIV, REGLESS, IMM_NONE, 0, 0, 0), [0x31] = ONE("rdtsc", RDTSC, REGLESS, IMM_NONE, 0, 0, 0),
	[0x32] = ONE("rdmsr", PRIV, REGLESS, IMM_NONE, 0, 0, 0), [0x33] = ONE("rdpmc", RDPMC, REGLESS, IMM_NONE, 0, 0, 0),
	[0x34] = ONE("sysenter", SYSENTER, REGLESS, IMM_NONE, 0, 0, 0), [0x35] = ONE("sysexit", PRIV, REGLESS, IMM_NONE, 0, 0, 0),
	CC2(0x0, CC_O), CC2(0x2, CC_B), CC2(0x4, CC_Z), CC2(0x6, CC_BE), CC2(0x8, CC_S), CC2(0xa, CC_P), CC2(0xc, CC_L), CC2(0xe, CC_LE),
	[0xa0] = ONE("push fs", PUSH_SEG, REGLESS, IMM_NONE, 0, 0, 0), [0xa1] = ONE("pop fs", POP_SEG, REGLESS, IMM_NONE, 0, 0, 0),
	[0xa8] = ONE("push gs", PUSH_SEG, REGLESS, IMM_NONE, 0, 0, 0), [0xa9] = ONE("pop gs", POP_SEG, REGLESS, IMM_NONE, 0, 0, 0),
	[0xa2] = ONE("cpuid", CPUID, REGLESS, IMM_NONE, 0, 0, 0),
	[0xa3] = ONE("bt", RAW, EvGv, IMM_NONE, 0, FL_C, E_), [0xab] = ONE("bts", RAW, EvGv, IMM_NONE, 0, FL_C, E_WL),
	[0xb3] = ONE("btr", RAW, EvGv, IMM_NONE, 0, FL_C, E_WL), [0xbb] = ONE("btc", RAW, EvGv, IMM_NONE, 0, FL_C, E_WL),
	[0xba] = GROUP(HOLE, HOLE, HOLE, HOLE, ROW("bt", RAW, Xv, IMM_8, 0, FL_C, E_), ROW("bts", RAW, Xv, IMM_8, 0, FL_C, E_WL),
		ROW("btr", RAW, Xv, IMM_8, 0, FL_C, E_WL), ROW("btc", RAW, Xv, IMM_8, 0, FL_C, E_WL)),
	[0xa4] = ONE("shld", RAW, EvGv, IMM_8, 0, FL_ALL, E_W), [0xa5] = ONE("shld", RAW, EvGv, IMM_NONE, 0, 0, E_W),
	[0xac] = ONE("shrd", RAW, EvGv, IMM_8, 0, FL_ALL, E_W), [0xad] = ONE("shrd", RAW, EvGv, IMM_NONE, 0, 0, E_W),
	[0xaf] = ONE("imul", RAW, EvGv, IMM_NONE, 0, FL_ALL, E_),
	[0xb0] = ONE("cmpxchg", RAW, EbGb, IMM_NONE, 0, FL_ALL, E_WL), [0xb1] = ONE("cmpxchg", RAW, EvGv, IMM_NONE, 0, FL_ALL, E_WL),
	[0xb2] = ONE("lss", LOAD_FAR, EvGv, IMM_NONE, 0, 0, M_), [0xb4] = ONE("lfs", LOAD_FAR, EvGv, IMM_NONE, 0, 0, M_), [0xb5] = ONE("lgs", LOAD_FAR, EvGv, IMM_NONE, 0, 0, M_),
	[0xb6] = ONE("movzx", RAW, GvEb, IMM_NONE, 0, 0, E_), [0xb7] = ONE("movzx", RAW, GvEw, IMM_NONE, 0, 0, E_),
	[0xbe] = ONE("movsx", RAW, GvEb, IMM_NONE, 0, 0, E_), [0xbf] = ONE("movsx", RAW, GvEw, IMM_NONE, 0, 0, E_),
	[0xb9] = ONE("ud1", UD, EvGv, IMM_NONE, 0, 0, E_), [0xff] = ONE("ud0", UD, EvGv, IMM_NONE, 0, 0, E_),
	[0xbc] = ONE("bsf", RAW, EvGv, IMM_NONE, 0, FL_ALL, E_), [0xbd] = ONE("bsr", RAW, EvGv, IMM_NONE, 0, FL_ALL, E_), /* F3: tzcnt, lzcnt */
	[0xc0] = ONE("xadd", RAW, EbGb, IMM_NONE, 0, FL_ALL, E_WL), [0xc1] = ONE("xadd", RAW, EvGv, IMM_NONE, 0, FL_ALL, E_WL),
	[0xc3] = ONE("movnti", RAW, GdMd, IMM_NONE, 0, 0, M_W | OA_NO_66),
	[0xc7] = {(const struct i386_op[72]){
		HOLE, ROW("cmpxchg8b", RAW, X, IMM_NONE, 0, FL_Z, E_WL), HOLE, PRIV("xrstors", X, E_), ROW("xsavec", XSAVEC, X, IMM_NONE, 0, 0, E_W), PRIV("xsaves", X, E_), HOLE, HOLE,
		HOLES, HOLES, HOLES, HOLES, HOLES, HOLES, X8(ROW("rdrand", RAW, Xv, IMM_NONE, 0, FL_ALL, E_)), X8(ROW("rdseed", RAW, Xv, IMM_NONE, 0, FL_ALL, E_))}, BY_MEM_REG},
	BSWAP(0), BSWAP(1), BSWAP(2), BSWAP(3), BSWAP(4), BSWAP(5), BSWAP(6), BSWAP(7),
};

/* SPDX-License-Identifier: MIT */
/*
 * SSE, MMX, AVX and BMI opcodes, a list for each map and mandatory prefix. A line is
 *   _(form, opcode, name, operands, attributes)
 * form: SSE legacy encoding only, VEX only, BOTH (then vvvv, which the legacy encoding lacks, is the first source).
 * operands: V xmm in modrm.reg, W xmm in modrm.rm, H xmm in vvvv; P, Q the same for mmx; G, E general registers; then i an
 * immediate byte, f flags written. X: modrm.reg is part of the opcode.
 */
#ifndef STRAIT_I386_SIMD_H
#define STRAIT_I386_SIMD_H

/* reg, rm, vvvv, short, immediate, flags in, out */
#define V_W F_XMM, F_XMM, F_NONE, F_NONE, IMM_NONE, 0, 0
#define V_W_i F_XMM, F_XMM, F_NONE, F_NONE, IMM_8, 0, 0
#define V_W_f F_XMM, F_XMM, F_NONE, F_NONE, IMM_NONE, 0, FL_ALL
#define V_W_i_f F_XMM, F_XMM, F_NONE, F_NONE, IMM_8, 0, FL_ALL
#define V_H_W F_XMM, F_XMM, F_XMM, F_NONE, IMM_NONE, 0, 0
#define V_H_W_i F_XMM, F_XMM, F_XMM, F_NONE, IMM_8, 0, 0
#define V_H_W_is4 F_XMM, F_XMM, F_XMM, F_NONE, IMM_IS4, 0, 0
#define V_Q F_XMM, F_MMX, F_NONE, F_NONE, IMM_NONE, 0, 0
#define P_Q F_MMX, F_MMX, F_NONE, F_NONE, IMM_NONE, 0, 0
#define P_Q_i F_MMX, F_MMX, F_NONE, F_NONE, IMM_8, 0, 0
#define P_W F_MMX, F_XMM, F_NONE, F_NONE, IMM_NONE, 0, 0
#define P_E F_MMX, F_GPR32, F_NONE, F_NONE, IMM_NONE, 0, 0
#define P_E_i F_MMX, F_GPR32, F_NONE, F_NONE, IMM_8, 0, 0
#define V_E F_XMM, F_GPR32, F_NONE, F_NONE, IMM_NONE, 0, 0
#define V_E_i F_XMM, F_GPR32, F_NONE, F_NONE, IMM_8, 0, 0
#define V_H_E F_XMM, F_GPR32, F_XMM, F_NONE, IMM_NONE, 0, 0
#define V_H_E_i F_XMM, F_GPR32, F_XMM, F_NONE, IMM_8, 0, 0
#define G_W F_GPR32, F_XMM, F_NONE, F_NONE, IMM_NONE, 0, 0
#define G_W_i F_GPR32, F_XMM, F_NONE, F_NONE, IMM_8, 0, 0
#define G_Q F_GPR32, F_MMX, F_NONE, F_NONE, IMM_NONE, 0, 0
#define G_Q_i F_GPR32, F_MMX, F_NONE, F_NONE, IMM_8, 0, 0
#define Gv_Ev F_GPRV, F_GPRV, F_NONE, F_NONE, IMM_NONE, 0, 0
#define Gv_Ev_f F_GPRV, F_GPRV, F_NONE, F_NONE, IMM_NONE, 0, FL_ALL
#define G_E_c F_GPR32, F_GPR32, F_NONE, F_NONE, IMM_NONE, FL_C, FL_C
#define G_E_o F_GPR32, F_GPR32, F_NONE, F_NONE, IMM_NONE, FL_O, FL_O
#define G_Eb F_GPR32, F_GPR8, F_NONE, F_NONE, IMM_NONE, 0, 0
#define G_Ev F_GPR32, F_GPRV, F_NONE, F_NONE, IMM_NONE, 0, 0
#define G_H_E F_GPR32, F_GPR32, F_GPR32, F_NONE, IMM_NONE, 0, 0
#define G_H_E_f F_GPR32, F_GPR32, F_GPR32, F_NONE, IMM_NONE, 0, FL_ALL
#define G_E_i F_GPR32, F_GPR32, F_NONE, F_NONE, IMM_8, 0, 0
#define NOTHING F_NONE, F_NONE, F_NONE, F_NONE, IMM_NONE, 0, 0

/* attributes, with OA_NO_66 added to all but the general-register ones (…v) */
#define E (E_ | OA_NO_66)
#define M (M_ | OA_NO_66)
#define R (R_ | OA_NO_66)
#define Ew (E_W | OA_NO_66)
#define Mw (M_W | OA_NO_66)
#define L0 | OA_L0
#define L1 | OA_L1
#define W0 | OA_W0
#define W1 | OA_W1
#define Wx | OA_W_IGNORED
#define Vr | OA_VVVV_REG

/* ---- 0F ---- */
/* The same integer instructions on mmx without prefix (_), on xmm with 66. */
#define MMX_OPS(_, form, ops) \
	_(form, 0x60, "punpcklbw", ops, E) _(form, 0x61, "punpcklwd", ops, E) _(form, 0x62, "punpckldq", ops, E) _(form, 0x63, "packsswb", ops, E) \
	_(form, 0x64, "pcmpgtb", ops, E) _(form, 0x65, "pcmpgtw", ops, E) _(form, 0x66, "pcmpgtd", ops, E) _(form, 0x67, "packuswb", ops, E) \
	_(form, 0x68, "punpckhbw", ops, E) _(form, 0x69, "punpckhwd", ops, E) _(form, 0x6a, "punpckhdq", ops, E) _(form, 0x6b, "packssdw", ops, E) \
	_(form, 0x74, "pcmpeqb", ops, E) _(form, 0x75, "pcmpeqw", ops, E) _(form, 0x76, "pcmpeqd", ops, E) \
	_(form, 0xd1, "psrlw", ops, E) _(form, 0xd2, "psrld", ops, E) _(form, 0xd3, "psrlq", ops, E) _(form, 0xd4, "paddq", ops, E) _(form, 0xd5, "pmullw", ops, E) \
	_(form, 0xd8, "psubusb", ops, E) _(form, 0xd9, "psubusw", ops, E) _(form, 0xda, "pminub", ops, E) _(form, 0xdb, "pand", ops, E) \
	_(form, 0xdc, "paddusb", ops, E) _(form, 0xdd, "paddusw", ops, E) _(form, 0xde, "pmaxub", ops, E) _(form, 0xdf, "pandn", ops, E) \
	_(form, 0xe0, "pavgb", ops, E) _(form, 0xe1, "psraw", ops, E) _(form, 0xe2, "psrad", ops, E) _(form, 0xe3, "pavgw", ops, E) \
	_(form, 0xe4, "pmulhuw", ops, E) _(form, 0xe5, "pmulhw", ops, E) \
	_(form, 0xe8, "psubsb", ops, E) _(form, 0xe9, "psubsw", ops, E) _(form, 0xea, "pminsw", ops, E) _(form, 0xeb, "por", ops, E) \
	_(form, 0xec, "paddsb", ops, E) _(form, 0xed, "paddsw", ops, E) _(form, 0xee, "pmaxsw", ops, E) _(form, 0xef, "pxor", ops, E) \
	_(form, 0xf1, "psllw", ops, E) _(form, 0xf2, "pslld", ops, E) _(form, 0xf3, "psllq", ops, E) _(form, 0xf4, "pmuludq", ops, E) \
	_(form, 0xf5, "pmaddwd", ops, E) _(form, 0xf6, "psadbw", ops, E) \
	_(form, 0xf8, "psubb", ops, E) _(form, 0xf9, "psubw", ops, E) _(form, 0xfa, "psubd", ops, E) _(form, 0xfb, "psubq", ops, E) \
	_(form, 0xfc, "paddb", ops, E) _(form, 0xfd, "paddw", ops, E) _(form, 0xfe, "paddd", ops, E)
/* Packed float: ps without prefix, pd with 66. */
#define PACKED_OPS(_, p) \
	_(BOTH, 0x14, "unpckl" p, V_H_W, E) _(BOTH, 0x15, "unpckh" p, V_H_W, E) _(BOTH, 0x17, "movh" p, V_W, Mw L0) _(BOTH, 0x13, "movl" p, V_W, Mw L0) \
	_(BOTH, 0x10, "movu" p, V_W, E) _(BOTH, 0x11, "movu" p, V_W, Ew) _(BOTH, 0x28, "mova" p, V_W, E) _(BOTH, 0x29, "mova" p, V_W, Ew) \
	_(BOTH, 0x2b, "movnt" p, V_W, Mw) _(BOTH, 0x2e, "ucomis", V_W_f, E) _(BOTH, 0x2f, "comis", V_W_f, E) _(BOTH, 0x50, "movmsk" p, G_W, R) \
	_(BOTH, 0x51, "sqrt" p, V_W, E) _(BOTH, 0x54, "and" p, V_H_W, E) _(BOTH, 0x55, "andn" p, V_H_W, E) _(BOTH, 0x56, "or" p, V_H_W, E) \
	_(BOTH, 0x57, "xor" p, V_H_W, E) _(BOTH, 0x58, "add" p, V_H_W, E) _(BOTH, 0x59, "mul" p, V_H_W, E) _(BOTH, 0x5c, "sub" p, V_H_W, E) \
	_(BOTH, 0x5d, "min" p, V_H_W, E) _(BOTH, 0x5e, "div" p, V_H_W, E) _(BOTH, 0x5f, "max" p, V_H_W, E) \
	_(BOTH, 0xc2, "cmp" p, V_H_W_i, E) _(BOTH, 0xc6, "shuf" p, V_H_W_i, E)
/* Scalar float: ss with F3, sd with F2. */
#define SCALAR_OPS(_, s) \
	_(BOTH, 0x10, "mov" s, V_H_W, E Vr) _(BOTH, 0x11, "mov" s, V_H_W, Ew Vr) _(BOTH, 0x2a, "cvtsi2" s, V_H_E, E Wx) \
	_(BOTH, 0x2c, "cvtt" s "2si", G_W, E Wx) _(BOTH, 0x2d, "cvt" s "2si", G_W, E Wx) _(BOTH, 0x51, "sqrt" s, V_H_W, E) \
	_(BOTH, 0x58, "add" s, V_H_W, E) _(BOTH, 0x59, "mul" s, V_H_W, E) _(BOTH, 0x5a, "cvt" s "2", V_H_W, E) _(BOTH, 0x5c, "sub" s, V_H_W, E) \
	_(BOTH, 0x5d, "min" s, V_H_W, E) _(BOTH, 0x5e, "div" s, V_H_W, E) _(BOTH, 0x5f, "max" s, V_H_W, E) _(BOTH, 0xc2, "cmp" s, V_H_W_i, E)

#define SIMD_0F_NP(_) \
	MMX_OPS(_, SSE, P_Q) PACKED_OPS(_, "ps") \
	_(BOTH, 0x12, "movlps", V_H_W, E L0) _(BOTH, 0x16, "movhps", V_H_W, E L0) \
	_(SSE, 0x2a, "cvtpi2ps", V_Q, E) _(SSE, 0x2c, "cvttps2pi", P_W, E) _(SSE, 0x2d, "cvtps2pi", P_W, E) \
	_(BOTH, 0x52, "rsqrtps", V_W, E) _(BOTH, 0x53, "rcpps", V_W, E) _(BOTH, 0x5a, "cvtps2pd", V_W, E) _(BOTH, 0x5b, "cvtdq2ps", V_W, E) \
	_(SSE, 0x6e, "movd", P_E, E) _(SSE, 0x6f, "movq", P_Q, E) _(SSE, 0x70, "pshufw", P_Q_i, E) _(BOTH, 0x77, "emms", NOTHING, OA_NO_66) \
	_(SSE, 0x7e, "movd", P_E, Ew) _(SSE, 0x7f, "movq", P_Q, Ew) _(SSE, 0xc4, "pinsrw", P_E_i, E) _(SSE, 0xc5, "pextrw", G_Q_i, R) \
	_(SSE, 0xd7, "pmovmskb", G_Q, R) _(SSE, 0xe7, "movntq", P_Q, Mw) _(SSE, 0xf7, "maskmovq", P_Q, R)
#define SIMD_0F_66(_) \
	MMX_OPS(_, BOTH, V_H_W) PACKED_OPS(_, "pd") \
	_(BOTH, 0x12, "movlpd", V_H_W, M L0) _(BOTH, 0x16, "movhpd", V_H_W, M L0) \
	_(SSE, 0x2a, "cvtpi2pd", V_Q, E) _(SSE, 0x2c, "cvttpd2pi", P_W, E) _(SSE, 0x2d, "cvtpd2pi", P_W, E) \
	_(BOTH, 0x5a, "cvtpd2ps", V_W, E) _(BOTH, 0x5b, "cvtps2dq", V_W, E) _(BOTH, 0x6c, "punpcklqdq", V_H_W, E) _(BOTH, 0x6d, "punpckhqdq", V_H_W, E) \
	_(BOTH, 0x6e, "movd", V_E, E L0 Wx) _(BOTH, 0x6f, "movdqa", V_W, E) _(BOTH, 0x70, "pshufd", V_W_i, E) \
	_(BOTH, 0x7c, "haddpd", V_H_W, E) _(BOTH, 0x7d, "hsubpd", V_H_W, E) _(BOTH, 0x7e, "movd", V_E, Ew L0 Wx) _(BOTH, 0x7f, "movdqa", V_W, Ew) \
	_(BOTH, 0xc4, "pinsrw", V_H_E_i, E L0) _(BOTH, 0xc5, "pextrw", G_W_i, R L0) _(BOTH, 0xd0, "addsubpd", V_H_W, E) _(BOTH, 0xd6, "movq", V_W, Ew L0) \
	_(BOTH, 0xd7, "pmovmskb", G_W, R) _(BOTH, 0xe6, "cvttpd2dq", V_W, E) _(BOTH, 0xe7, "movntdq", V_W, Mw) _(BOTH, 0xf7, "maskmovdqu", V_W, R L0)
#define SIMD_0F_F3(_) \
	SCALAR_OPS(_, "ss") \
	_(BOTH, 0x12, "movsldup", V_W, E) _(BOTH, 0x16, "movshdup", V_W, E) _(BOTH, 0x52, "rsqrtss", V_H_W, E) _(BOTH, 0x53, "rcpss", V_H_W, E) \
	_(BOTH, 0x5b, "cvttps2dq", V_W, E) _(BOTH, 0x6f, "movdqu", V_W, E) _(BOTH, 0x70, "pshufhw", V_W_i, E) _(BOTH, 0x7e, "movq", V_W, E L0) \
	_(BOTH, 0x7f, "movdqu", V_W, Ew) _(SSE, 0xb8, "popcnt", Gv_Ev_f, E_) _(SSE, 0xd6, "movq2dq", V_Q, R) _(BOTH, 0xe6, "cvtdq2pd", V_W, E)
#define SIMD_0F_F2(_) \
	SCALAR_OPS(_, "sd") \
	_(BOTH, 0x12, "movddup", V_W, E) _(BOTH, 0x70, "pshuflw", V_W_i, E) _(BOTH, 0x7c, "haddps", V_H_W, E) _(BOTH, 0x7d, "hsubps", V_H_W, E) \
	_(BOTH, 0xd0, "addsubps", V_H_W, E) _(SSE, 0xd6, "movdq2q", P_W, R) _(BOTH, 0xe6, "cvtpd2dq", V_W, E) _(BOTH, 0xf0, "lddqu", V_W, M)

/* ---- 0F38 ---- */
#define SSSE3_OPS(_, form, ops, unary) \
	_(form, 0x00, "pshufb", ops, E) _(form, 0x01, "phaddw", ops, E) _(form, 0x02, "phaddd", ops, E) _(form, 0x03, "phaddsw", ops, E) \
	_(form, 0x04, "pmaddubsw", ops, E) _(form, 0x05, "phsubw", ops, E) _(form, 0x06, "phsubd", ops, E) _(form, 0x07, "phsubsw", ops, E) \
	_(form, 0x08, "psignb", ops, E) _(form, 0x09, "psignw", ops, E) _(form, 0x0a, "psignd", ops, E) _(form, 0x0b, "pmulhrsw", ops, E) \
	_(form, 0x1c, "pabsb", unary, E) _(form, 0x1d, "pabsw", unary, E) _(form, 0x1e, "pabsd", unary, E)
#define FMA_OPS(_, base, order) \
	_(VEX, base + 6, "fmaddsub" order, V_H_W, E) _(VEX, base + 7, "fmsubadd" order, V_H_W, E) _(VEX, base + 8, "fmadd" order, V_H_W, E) \
	_(VEX, base + 9, "fmadds" order, V_H_W, E) _(VEX, base + 10, "fmsub" order, V_H_W, E) _(VEX, base + 11, "fmsubs" order, V_H_W, E) \
	_(VEX, base + 12, "fnmadd" order, V_H_W, E) _(VEX, base + 13, "fnmadds" order, V_H_W, E) _(VEX, base + 14, "fnmsub" order, V_H_W, E) \
	_(VEX, base + 15, "fnmsubs" order, V_H_W, E)

#define SIMD_0F38_NP(_) \
	SSSE3_OPS(_, SSE, P_Q, P_Q) \
	_(SSE, 0xc8, "sha1nexte", V_W, E) _(SSE, 0xc9, "sha1msg1", V_W, E) _(SSE, 0xca, "sha1msg2", V_W, E) _(SSE, 0xcb, "sha256rnds2", V_W, E) \
	_(SSE, 0xcc, "sha256msg1", V_W, E) _(SSE, 0xcd, "sha256msg2", V_W, E) _(SSE, 0xf0, "movbe", Gv_Ev, M_) _(SSE, 0xf1, "movbe", Gv_Ev, M_W) \
	_(VEX, 0xf2, "andn", G_H_E_f, E L0 Wx) _(VEX, 0xf5, "bzhi", G_H_E_f, E L0 Wx) _(VEX, 0xf7, "bextr", G_H_E_f, E L0 Wx)
#define SIMD_0F38_66(_) \
	SSSE3_OPS(_, BOTH, V_H_W, V_W) FMA_OPS(_, 0x90, "132") FMA_OPS(_, 0xa0, "213") FMA_OPS(_, 0xb0, "231") \
	_(VEX, 0x0c, "permilps", V_H_W, E W0) _(VEX, 0x0d, "permilpd", V_H_W, E W0) _(VEX, 0x0e, "testps", V_W_f, E W0) _(VEX, 0x0f, "testpd", V_W_f, E W0) \
	_(SSE, 0x10, "pblendvb", V_W, E) _(VEX, 0x13, "cvtph2ps", V_W, E W0) _(SSE, 0x14, "blendvps", V_W, E) _(SSE, 0x15, "blendvpd", V_W, E) \
	_(VEX, 0x16, "permps", V_H_W, E L1 W0) _(BOTH, 0x17, "ptest", V_W_f, E) _(VEX, 0x18, "broadcastss", V_W, E W0) _(VEX, 0x19, "broadcastsd", V_W, E L1 W0) \
	_(VEX, 0x1a, "broadcastf128", V_W, M L1 W0) \
	_(BOTH, 0x20, "pmovsxbw", V_W, E) _(BOTH, 0x21, "pmovsxbd", V_W, E) _(BOTH, 0x22, "pmovsxbq", V_W, E) _(BOTH, 0x23, "pmovsxwd", V_W, E) \
	_(BOTH, 0x24, "pmovsxwq", V_W, E) _(BOTH, 0x25, "pmovsxdq", V_W, E) _(BOTH, 0x28, "pmuldq", V_H_W, E) _(BOTH, 0x29, "pcmpeqq", V_H_W, E) \
	_(BOTH, 0x2a, "movntdqa", V_W, M) _(BOTH, 0x2b, "packusdw", V_H_W, E) _(VEX, 0x2c, "maskmovps", V_H_W, M W0) _(VEX, 0x2d, "maskmovpd", V_H_W, M W0) \
	_(VEX, 0x2e, "maskmovps", V_H_W, Mw W0) _(VEX, 0x2f, "maskmovpd", V_H_W, Mw W0) \
	_(BOTH, 0x30, "pmovzxbw", V_W, E) _(BOTH, 0x31, "pmovzxbd", V_W, E) _(BOTH, 0x32, "pmovzxbq", V_W, E) _(BOTH, 0x33, "pmovzxwd", V_W, E) \
	_(BOTH, 0x34, "pmovzxwq", V_W, E) _(BOTH, 0x35, "pmovzxdq", V_W, E) _(VEX, 0x36, "permd", V_H_W, E L1 W0) _(BOTH, 0x37, "pcmpgtq", V_H_W, E) \
	_(BOTH, 0x38, "pminsb", V_H_W, E) _(BOTH, 0x39, "pminsd", V_H_W, E) _(BOTH, 0x3a, "pminuw", V_H_W, E) _(BOTH, 0x3b, "pminud", V_H_W, E) \
	_(BOTH, 0x3c, "pmaxsb", V_H_W, E) _(BOTH, 0x3d, "pmaxsd", V_H_W, E) _(BOTH, 0x3e, "pmaxuw", V_H_W, E) _(BOTH, 0x3f, "pmaxud", V_H_W, E) \
	_(BOTH, 0x40, "pmulld", V_H_W, E) _(BOTH, 0x41, "phminposuw", V_W, E L0) _(VEX, 0x45, "psrlv", V_H_W, E) _(VEX, 0x46, "psravd", V_H_W, E W0) \
	_(VEX, 0x47, "psllv", V_H_W, E) _(VEX, 0x58, "pbroadcastd", V_W, E W0) _(VEX, 0x59, "pbroadcastq", V_W, E W0) _(VEX, 0x5a, "broadcasti128", V_W, M L1 W0) \
	_(VEX, 0x78, "pbroadcastb", V_W, E W0) _(VEX, 0x79, "pbroadcastw", V_W, E W0) _(VEX, 0x8c, "pmaskmov", V_H_W, M) _(VEX, 0x8e, "pmaskmov", V_H_W, Mw) \
	_(VEX, 0x90, "pgatherd", V_H_W, M | OA_VSIB) _(VEX, 0x91, "pgatherq", V_H_W, M | OA_VSIB) _(VEX, 0x92, "gatherdp", V_H_W, M | OA_VSIB) \
	_(VEX, 0x93, "gatherqp", V_H_W, M | OA_VSIB) _(BOTH, 0xdb, "aesimc", V_W, E L0) _(BOTH, 0xdc, "aesenc", V_H_W, E L0) \
	_(BOTH, 0xdd, "aesenclast", V_H_W, E L0) _(BOTH, 0xde, "aesdec", V_H_W, E L0) _(BOTH, 0xdf, "aesdeclast", V_H_W, E L0) \
	_(SSE, 0xf0, "movbe", Gv_Ev, M_) _(SSE, 0xf1, "movbe", Gv_Ev, M_W) _(SSE, 0xf6, "adcx", G_E_c, E) _(VEX, 0xf7, "shlx", G_H_E, E L0 Wx)
#define SIMD_0F38_F3(_) \
	_(SSE, 0xf6, "adox", G_E_o, E) _(VEX, 0xf5, "pext", G_H_E, E L0 Wx) _(VEX, 0xf7, "sarx", G_H_E, E L0 Wx)
#define SIMD_0F38_F2(_) \
	_(SSE, 0xf0, "crc32", G_Eb, E_) _(SSE, 0xf1, "crc32", G_Ev, E_) _(VEX, 0xf5, "pdep", G_H_E, E L0 Wx) _(VEX, 0xf6, "mulx", G_H_E, E L0 Wx) \
	_(VEX, 0xf7, "shrx", G_H_E, E L0 Wx)

/* ---- 0F3A ---- */
#define SIMD_0F3A_NP(_) \
	_(SSE, 0x0f, "palignr", P_Q_i, E) _(SSE, 0xcc, "sha1rnds4", V_W_i, E)
#define SIMD_0F3A_66(_) \
	_(VEX, 0x00, "permq", V_W_i, E L1 W1) _(VEX, 0x01, "permpd", V_W_i, E L1 W1) _(VEX, 0x02, "pblendd", V_H_W_i, E W0) _(VEX, 0x04, "permilps", V_W_i, E W0) \
	_(VEX, 0x05, "permilpd", V_W_i, E W0) _(VEX, 0x06, "perm2f128", V_H_W_i, E L1 W0) _(BOTH, 0x08, "roundps", V_W_i, E) _(BOTH, 0x09, "roundpd", V_W_i, E) \
	_(BOTH, 0x0a, "roundss", V_H_W_i, E) _(BOTH, 0x0b, "roundsd", V_H_W_i, E) _(BOTH, 0x0c, "blendps", V_H_W_i, E) _(BOTH, 0x0d, "blendpd", V_H_W_i, E) \
	_(BOTH, 0x0e, "pblendw", V_H_W_i, E) _(BOTH, 0x0f, "palignr", V_H_W_i, E) _(BOTH, 0x14, "pextrb", V_E_i, Ew L0) _(BOTH, 0x15, "pextrw", V_E_i, Ew L0) \
	_(BOTH, 0x16, "pextrd", V_E_i, Ew L0 Wx) _(BOTH, 0x17, "extractps", V_E_i, Ew L0) _(VEX, 0x18, "insertf128", V_H_W_i, E L1 W0) \
	_(VEX, 0x19, "extractf128", V_W_i, Ew L1 W0) _(VEX, 0x1d, "cvtps2ph", V_W_i, Ew W0) _(BOTH, 0x20, "pinsrb", V_H_E_i, E L0) \
	_(BOTH, 0x21, "insertps", V_H_W_i, E L0) _(BOTH, 0x22, "pinsrd", V_H_E_i, E L0 Wx) _(VEX, 0x38, "inserti128", V_H_W_i, E L1 W0) \
	_(VEX, 0x39, "extracti128", V_W_i, Ew L1 W0) _(BOTH, 0x40, "dpps", V_H_W_i, E) _(BOTH, 0x41, "dppd", V_H_W_i, E L0) _(BOTH, 0x42, "mpsadbw", V_H_W_i, E) \
	_(BOTH, 0x44, "pclmulqdq", V_H_W_i, E L0) _(VEX, 0x46, "perm2i128", V_H_W_i, E L1 W0) _(VEX, 0x4a, "blendvps", V_H_W_is4, E W0) \
	_(VEX, 0x4b, "blendvpd", V_H_W_is4, E W0) _(VEX, 0x4c, "pblendvb", V_H_W_is4, E W0) _(BOTH, 0x60, "pcmpestrm", V_W_i_f, E L0) \
	_(BOTH, 0x61, "pcmpestri", V_W_i_f, E L0) _(BOTH, 0x62, "pcmpistrm", V_W_i_f, E L0) _(BOTH, 0x63, "pcmpistri", V_W_i_f, E L0) \
	_(BOTH, 0xdf, "aeskeygenassist", V_W_i, E L0)
#define SIMD_0F3A_F3(_)
#define SIMD_0F3A_F2(_) _(VEX, 0xf0, "rorx", G_E_i, E L0 Wx)

#endif

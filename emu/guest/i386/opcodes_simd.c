/* SPDX-License-Identifier: MIT */
/* The tables of legacy SSE and of VEX opcodes, from the lists in simd.h, and the groups among them. */
#include "emu/guest/i386/opcodes.h"
#include "emu/guest/i386/simd.h"

/* clang-format off */
#define KIND(op) ((op) == 0xf7 ? K_MASKMOV : K_RAW) /* of map 0F; 0F38 F7 has a list without it */
#define ROW(kind, name, ...) {(const struct i386_op[]){{name, kind, __VA_ARGS__}}, BY_NOTHING}

#define LEGACY_SSE(kind, op, name, ...) [op] = ROW(kind, name, __VA_ARGS__),
#define LEGACY_BOTH(kind, op, name, ...) [op] = ROW(kind, name, __VA_ARGS__),
#define LEGACY_VEX(kind, op, name, ...)
#define VEX_SSE(kind, op, name, ...)
#define VEX_BOTH(kind, op, name, ...) [op] = ROW(kind, "v" name, __VA_ARGS__),
#define VEX_VEX(kind, op, name, ...) [op] = ROW(kind, "v" name, __VA_ARGS__),

#define LEGACY_0F(form, op, ...) LEGACY_##form(KIND(op), op, __VA_ARGS__)
#define VEX_0F(form, op, ...) VEX_##form(KIND(op), op, __VA_ARGS__)
#define LEGACY(form, op, ...) LEGACY_##form(K_RAW, op, __VA_ARGS__)
#define VEX(form, op, ...) VEX_##form(K_RAW, op, __VA_ARGS__)

#define GROUP(...) {(const struct i386_op[8]){__VA_ARGS__}, BY_DIGIT}
#define HOLE {0}
#define HOLES HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE
#define X8(row) row, row, row, row, row, row, row, row

/* Shifts by an immediate: 71 words, 72 doublewords, 73 quadwords; 3 and 7 of 73 shift the whole register by bytes. */
#define SHIFT(name, ...) {name, K_RAW, __VA_ARGS__, IMM_8, 0, 0, R}
#define MMX_IMM F_DIGIT, F_MMX, F_NONE, F_NONE
#define XMM_IMM F_DIGIT, F_XMM, F_XMM, F_NONE
#define SHIFTS(files, bytes_right, bytes_left) \
	[0x71] = GROUP(HOLE, HOLE, SHIFT("psrlw", files), HOLE, SHIFT("psraw", files), HOLE, SHIFT("psllw", files), HOLE), \
	[0x72] = GROUP(HOLE, HOLE, SHIFT("psrld", files), HOLE, SHIFT("psrad", files), HOLE, SHIFT("pslld", files), HOLE), \
	[0x73] = GROUP(HOLE, HOLE, SHIFT("psrlq", files), bytes_right, HOLE, HOLE, SHIFT("psllq", files), bytes_left)

/* 0F AE */
#define AE(kind, name, attr) {name, kind, F_DIGIT, F_NONE, F_NONE, F_NONE, IMM_NONE, 0, 0, attr}
#define FENCE(name) X8(AE(K_RAW, name, E))
/* BLSR, BLSMSK, BLSI: vvvv is the destination */
#define BLS(name) {name, K_RAW, F_DIGIT, F_GPR32, F_GPR32, F_NONE, IMM_NONE, 0, FL_ALL, E L0 Wx}

const struct slot i386_map_simd[3][4][256] = {
	{
		[PP_NP] = {
			SIMD_0F_NP(LEGACY_0F) SHIFTS(MMX_IMM, HOLE, HOLE),
			[0xae] = {(const struct i386_op[72]){
				AE(K_FXSAVE, "fxsave", E_W), AE(K_FXRSTOR, "fxrstor", E), AE(K_RAW, "ldmxcsr", E), AE(K_RAW, "stmxcsr", E_W),
				AE(K_XSAVE, "xsave", E_W), AE(K_XRSTOR, "xrstor", E), AE(K_XSAVEOPT, "xsaveopt", E_W), AE(K_RAW, "clflush", E),
				HOLES, HOLES, HOLES, HOLES, HOLES, FENCE("lfence"), FENCE("mfence"), FENCE("sfence")}, BY_MEM_REG},
		},
		[PP_66] = {
			SIMD_0F_66(LEGACY_0F) SHIFTS(XMM_IMM, SHIFT("psrldq", XMM_IMM), SHIFT("pslldq", XMM_IMM)),
			[0xae] = GROUP(HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, AE(K_RAW, "clwb", M), AE(K_RAW, "clflushopt", M)),
		},
		[PP_F3] = { SIMD_0F_F3(LEGACY_0F) },
		[PP_F2] = { SIMD_0F_F2(LEGACY_0F) },
	},
	{
		[PP_NP] = { SIMD_0F38_NP(LEGACY) }, [PP_66] = { SIMD_0F38_66(LEGACY) },
		[PP_F3] = { SIMD_0F38_F3(LEGACY) }, [PP_F2] = { SIMD_0F38_F2(LEGACY) },
	},
	{ [PP_NP] = { SIMD_0F3A_NP(LEGACY) }, [PP_66] = { SIMD_0F3A_66(LEGACY) } },
};

const struct slot i386_map_vex[3][4][256] = {
	{
		[PP_NP] = { SIMD_0F_NP(VEX_0F) [0xae] = GROUP(HOLE, HOLE, AE(K_RAW, "vldmxcsr", M L0), AE(K_RAW, "vstmxcsr", Mw L0)) },
		[PP_66] = { SIMD_0F_66(VEX_0F) SHIFTS(XMM_IMM, SHIFT("vpsrldq", XMM_IMM), SHIFT("vpslldq", XMM_IMM)) },
		[PP_F3] = { SIMD_0F_F3(VEX_0F) },
		[PP_F2] = { SIMD_0F_F2(VEX_0F) },
	},
	{
		[PP_NP] = { SIMD_0F38_NP(VEX) [0xf3] = GROUP(HOLE, BLS("blsr"), BLS("blsmsk"), BLS("blsi")) },
		[PP_66] = { SIMD_0F38_66(VEX) }, [PP_F3] = { SIMD_0F38_F3(VEX) }, [PP_F2] = { SIMD_0F38_F2(VEX) },
	},
	{ [PP_NP] = { SIMD_0F3A_NP(VEX) }, [PP_66] = { SIMD_0F3A_66(VEX) }, [PP_F2] = { SIMD_0F3A_F2(VEX) } },
};

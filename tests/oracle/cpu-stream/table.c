/* SPDX-License-Identifier: MIT */
/* The instruction forms of the streams, opcode map by opcode map, with the flags each one defines and leaves undefined. */
#include "stream.h"

#define ANY (P_NP | P_66 | P_F3 | P_F2)
#define NP66 (P_NP | P_66)
#define ALL FL_ALL
#define SZP (FL_S | FL_Z | FL_P)
#define CO (FL_C | FL_O)
#define OSAP (FL_O | FL_S | FL_A | FL_P)

#define R(pfx, map, op, ext, fmt, def, undef, use, feat, weight) {pfx, map, op, ext, fmt, def, undef, use, feat, weight}
#define I1(op, fmt, def, undef, use, w) R(P_NP, 1, op, -1, fmt, def, undef, use, 0, w)
#define G1(op, ext, fmt, def, undef, use, w) R(P_NP, 1, op, ext, fmt, def, undef, use, 0, w)
#define I2(op, fmt, def, undef, use, w) R(P_NP, 2, op, -1, fmt, def, undef, use, 0, w)
#define G2(op, ext, fmt, def, undef, use, w) R(P_NP, 2, op, ext, fmt, def, undef, use, 0, w)
#define S2(pfx, op, fmt) R(pfx, 2, op, -1, fmt, 0, 0, 0, 0, 2)
#define S2F(pfx, op, fmt, feat) R(pfx, 2, op, -1, fmt, 0, 0, 0, feat, 2)
#define S3(pfx, op, fmt, feat) R(pfx, 3, op, -1, fmt, 0, 0, 0, feat, 2)
#define S4(pfx, op, fmt, feat) R(pfx, 4, op, -1, fmt, 0, 0, 0, feat, 2)
#define ALU(base, undef, use) \
	I1(base + 0, "MbL", ALL, undef, use, 6), I1(base + 1, "MvL", ALL, undef, use, 8), I1(base + 2, "Mb", ALL, undef, use, 5), \
		I1(base + 3, "Mv", ALL, undef, use, 8), I1(base + 4, "b1i", ALL, undef, use, 2), I1(base + 5, "vzi", ALL, undef, use, 2)
#define GRP1(ext, undef, use, lock) \
	G1(0x80, ext, "Mb1" lock, ALL, undef, use, 3), G1(0x81, ext, "Mvz" lock, ALL, undef, use, 3), \
		G1(0x82, ext, "Mb1" lock, ALL, undef, use, 1), G1(0x83, ext, "Mv1" lock, ALL, undef, use, 5)
#define SHIFT(ext, def, undef, undef_wide, use) \
	G1(0xC0, ext, "Mb1e", 0, undef, use, 2), G1(0xC1, ext, "Mv1e", 0, undef_wide, use, 3), G1(0xD0, ext, "Mb", def, FL_A, use, 1), \
		G1(0xD1, ext, "Mv", def, FL_A, use, 2), G1(0xD2, ext, "Mbe", 0, undef, use, 2), G1(0xD3, ext, "Mve", 0, undef_wide, use, 3)
#define ROT(ext, use) \
	G1(0xC0, ext, "Mb1e", 0, FL_O, use, 2), G1(0xC1, ext, "Mv1e", 0, FL_O, use, 2), G1(0xD0, ext, "Mb", CO, 0, use, 1), \
		G1(0xD1, ext, "Mv", CO, 0, use, 1), G1(0xD2, ext, "Mbe", 0, FL_O, use, 1), G1(0xD3, ext, "Mve", 0, FL_O, use, 1)
#define FMA6(base) \
	S3(P_66, base + 6, "V3MSlW", F_FMA), S3(P_66, base + 7, "V3MSlW", F_FMA), S3(P_66, base + 8, "V3MSlW", F_FMA), \
		S3(P_66, base + 9, "V3MSW", F_FMA), S3(P_66, base + 10, "V3MSlW", F_FMA), S3(P_66, base + 11, "V3MSW", F_FMA), \
		S3(P_66, base + 12, "V3MSlW", F_FMA), S3(P_66, base + 13, "V3MSW", F_FMA), S3(P_66, base + 14, "V3MSlW", F_FMA), \
		S3(P_66, base + 15, "V3MSW", F_FMA)

/* clang-format off */
const struct row rows[] = {
	/* ---- one-byte map ---- */
	ALU(0x00, 0, 0), ALU(0x08, FL_A, 0), ALU(0x10, 0, FL_C), ALU(0x18, 0, FL_C),
	ALU(0x20, FL_A, 0), ALU(0x28, 0, 0), ALU(0x30, FL_A, 0),
	I1(0x38, "Mb", ALL, 0, 0, 6), I1(0x39, "Mv", ALL, 0, 0, 8), I1(0x3A, "Mb", ALL, 0, 0, 5),
	I1(0x3B, "Mv", ALL, 0, 0, 8), I1(0x3C, "b1", ALL, 0, 0, 2), I1(0x3D, "vz", ALL, 0, 0, 2),
	I1(0x27, "i6", SZP | FL_A | FL_C, FL_O, FL_A | FL_C, 2), I1(0x2F, "i6", SZP | FL_A | FL_C, FL_O, FL_A | FL_C, 2),
	I1(0x37, "i6", FL_A | FL_C, FL_O | SZP, FL_A, 2), I1(0x3F, "i6", FL_A | FL_C, FL_O | SZP, FL_A, 2),
	I1(0xD4, "1i6", SZP, FL_O | FL_A | FL_C, 0, 2), I1(0xD5, "1i6", SZP, FL_O | FL_A | FL_C, 0, 2),
	I1(0x40, "+v", FL_ALL & ~FL_C, 0, 0, 6), I1(0x48, "+v", FL_ALL & ~FL_C, 0, 0, 6),
	I1(0x50, "+v!", 0, 0, 0, 8), I1(0x58, "+v!", 0, 0, 0, 8),
	I1(0x60, "v!", 0, 0, 0, 1), I1(0x61, "v!i", 0, 0, 0, 1),
	I1(0x68, "vz!", 0, 0, 0, 3), I1(0x6A, "v1!", 0, 0, 0, 3),
	I1(0x69, "Mvz", CO, SZP | FL_A, 0, 2), I1(0x6B, "Mv1", CO, SZP | FL_A, 0, 2),
	GRP1(0, 0, 0, "L"), GRP1(1, FL_A, 0, "L"), GRP1(2, 0, FL_C, "L"), GRP1(3, 0, FL_C, "L"),
	GRP1(4, FL_A, 0, "L"), GRP1(5, 0, 0, "L"), GRP1(6, FL_A, 0, "L"), GRP1(7, 0, 0, ""),
	I1(0x84, "Mb", ALL, FL_A, 0, 3), I1(0x85, "Mv", ALL, FL_A, 0, 4), I1(0x86, "MbL", 0, 0, 0, 2), I1(0x87, "MvL", 0, 0, 0, 2),
	I1(0x88, "Mb", 0, 0, 0, 6), I1(0x89, "Mv", 0, 0, 0, 10), I1(0x8A, "Mb", 0, 0, 0, 6), I1(0x8B, "Mv", 0, 0, 0, 10),
	I1(0x8D, "mv", 0, 0, 0, 8), G1(0x8F, 0, "Mv!", 0, 0, 0, 2),
	I1(0x90, "+vi", 0, 0, 0, 3), I1(0x98, "vi", 0, 0, 0, 2), I1(0x99, "vi", 0, 0, 0, 2), I1(0x9B, "x", 0, 0, 0, 1),
	I1(0x9C, "v!", 0, 0, ALL, 3), I1(0x9E, "", SZP | FL_A | FL_C, 0, 0, 3), I1(0x9F, "i", 0, 0, SZP | FL_A | FL_C, 3),
	I1(0xA8, "b1", ALL, FL_A, 0, 1), I1(0xA9, "vz", ALL, FL_A, 0, 1),
	I1(0xB0, "+b1", 0, 0, 0, 4), I1(0xB8, "+vz", 0, 0, 0, 4), G1(0xC6, 0, "Mb1", 0, 0, 0, 2), G1(0xC7, 0, "Mvz", 0, 0, 0, 2),
	ROT(0, 0), ROT(1, 0), ROT(2, FL_C), ROT(3, FL_C),
	SHIFT(4, ALL, FL_A | FL_O | FL_C, FL_A | FL_O | FL_C, 0), SHIFT(5, ALL, FL_A | FL_O | FL_C, FL_A | FL_O | FL_C, 0),
	SHIFT(6, ALL, FL_A | FL_O | FL_C, FL_A | FL_O | FL_C, 0), SHIFT(7, ALL, FL_A | FL_O, FL_A | FL_O, 0),
	I1(0xD6, "i6", 0, 0, FL_C, 1), I1(0xF5, "", FL_C, 0, FL_C, 2), I1(0xF8, "", FL_C, 0, 0, 2), I1(0xF9, "", FL_C, 0, 0, 2),
	I1(0xFC, "", 0, 0, 0, 1), I1(0xFD, "", 0, 0, 0, 1),
	G1(0xF6, 0, "Mb1", ALL, FL_A, 0, 1), G1(0xF6, 1, "Mb1", ALL, FL_A, 0, 1), G1(0xF7, 0, "Mvz", ALL, FL_A, 0, 1),
	G1(0xF6, 2, "MbL", 0, 0, 0, 2), G1(0xF7, 2, "MvL", 0, 0, 0, 2), G1(0xF6, 3, "MbL", ALL, 0, 0, 2), G1(0xF7, 3, "MvL", ALL, 0, 0, 2),
	G1(0xF6, 4, "Mbi", CO, SZP | FL_A, 0, 2), G1(0xF7, 4, "Mvi", CO, SZP | FL_A, 0, 2),
	G1(0xF6, 5, "Mbi", CO, SZP | FL_A, 0, 2), G1(0xF7, 5, "Mvi", CO, SZP | FL_A, 0, 2),
	G1(0xF6, 6, "Mbif", 0, ALL, 0, 1), G1(0xF7, 6, "Mvif", 0, ALL, 0, 1), G1(0xF6, 7, "Mbif", 0, ALL, 0, 1), G1(0xF7, 7, "Mvif", 0, ALL, 0, 1),
	G1(0xFE, 0, "MbL", FL_ALL & ~FL_C, 0, 0, 2), G1(0xFE, 1, "MbL", FL_ALL & ~FL_C, 0, 0, 2),
	G1(0xFF, 0, "MvL", FL_ALL & ~FL_C, 0, 0, 2), G1(0xFF, 1, "MvL", FL_ALL & ~FL_C, 0, 0, 2), G1(0xFF, 6, "Mv!", 0, 0, 0, 2),
	I1(0x63, "M6", FL_Z, 0, 0, 1), I1(0x8C, "M6", 0, 0, 0, 1),
	/* faults by themselves */
	I1(0xF4, "f", 0, 0, 0, 1), I1(0xFA, "f", 0, 0, 0, 1), I1(0xE4, "1f", 0, 0, 0, 1), I1(0xEE, "f", 0, 0, 0, 1), I1(0x6C, "f", 0, 0, 0, 1),
	I1(0xCC, "f", 0, 0, 0, 1), I1(0xCE, "f6", 0, 0, FL_O, 1), I1(0xF1, "f", 0, 0, 0, 1), I1(0x62, "mvf6", 0, 0, 0, 1),
	I2(0x0B, "f", 0, 0, 0, 1), I2(0x06, "f", 0, 0, 0, 1), I2(0x20, "rf", 0, 0, 0, 1), I2(0xFF, "Mf", 0, 0, 0, 1), I2(0xB9, "Mf", 0, 0, 0, 1),
	/* ---- 0F ---- */
	I2(0x02, "Mv6", FL_Z, 0, 0, 1), I2(0x03, "Mv6", FL_Z, 0, 0, 1), G2(0x00, 4, "M6", FL_Z, 0, 0, 1), G2(0x00, 5, "M6", FL_Z, 0, 0, 1),
	I2(0x40, "cMv", 0, 0, 0, 14), I2(0x90, "cMb", 0, 0, 0, 10),
	I2(0xA3, "MvB", FL_C, OSAP, 0, 2), I2(0xAB, "MvBL", FL_C, OSAP, 0, 2), I2(0xB3, "MvBL", FL_C, OSAP, 0, 2), I2(0xBB, "MvBL", FL_C, OSAP, 0, 2),
	G2(0xBA, 4, "Mv1", FL_C, OSAP, 0, 1), G2(0xBA, 5, "Mv1L", FL_C, OSAP, 0, 1), G2(0xBA, 6, "Mv1L", FL_C, OSAP, 0, 1), G2(0xBA, 7, "Mv1L", FL_C, OSAP, 0, 1),
	I2(0xA4, "Mv1e", 0, ALL, 0, 2), I2(0xA5, "Mve", 0, ALL, 0, 2), I2(0xAC, "Mv1e", 0, ALL, 0, 2), I2(0xAD, "Mve", 0, ALL, 0, 2),
	I2(0xAF, "Mv", CO, SZP | FL_A, 0, 4), I2(0xB0, "MbLi", ALL, 0, 0, 2), I2(0xB1, "MvLi", ALL, 0, 0, 2),
	I2(0xB6, "Mv", 0, 0, 0, 4), I2(0xB7, "Mv", 0, 0, 0, 4), I2(0xBE, "Mv", 0, 0, 0, 4), I2(0xBF, "Mv", 0, 0, 0, 4),
	I2(0xBC, "Mv", FL_Z, OSAP | FL_C, 0, 2), I2(0xBD, "Mv", FL_Z, OSAP | FL_C, 0, 2),
	I2(0xC0, "MbL", ALL, 0, 0, 2), I2(0xC1, "MvL", ALL, 0, 0, 2), G2(0xC7, 1, "mLi", FL_Z, 0, 0, 2), I2(0xC8, "+d", 0, 0, 0, 3),
	I2(0x1F, "Mv", 0, 0, 0, 1), I2(0x18, "m", 0, 0, 0, 1), I2(0x0D, "m", 0, 0, 0, 1), I2(0x77, "", 0, 0, 0, 2), I2(0xC3, "md", 0, 0, 0, 1),
	G2(0xAE, 3, "m", 0, 0, 0, 1), G2(0xAE, 5, "r", 0, 0, 0, 1), G2(0xAE, 6, "r", 0, 0, 0, 1), G2(0xAE, 7, "M", 0, 0, 0, 1),
	R(P_F3, 2, 0xB8, -1, "Mv", ALL, 0, 0, F_POPCNT, 2), R(P_F3, 2, 0xBC, -1, "Mv", FL_C | FL_Z, OSAP, 0, F_BMI1, 2),
	R(P_F3, 2, 0xBD, -1, "Mv", FL_C | FL_Z, OSAP, 0, F_LZCNT, 2),
	R(P_NP, 3, 0xF0, -1, "mv", 0, 0, 0, F_MOVBE, 1), R(P_NP, 3, 0xF1, -1, "mv", 0, 0, 0, F_MOVBE, 1),
	R(P_F2, 3, 0xF0, -1, "Mb", 0, 0, 0, F_SSE42, 1), R(P_F2, 3, 0xF1, -1, "Mv", 0, 0, 0, F_SSE42, 2),
	R(P_66, 3, 0xF6, -1, "Md", FL_C, 0, FL_C, F_ADX, 1), R(P_F3, 3, 0xF6, -1, "Md", FL_O, 0, FL_O, F_ADX, 1),
	/* ---- BMI, with VEX ---- */
	R(P_NP, 3, 0xF2, -1, "V3M", FL_S | FL_Z | CO, FL_A | FL_P, 0, F_BMI1, 1),
	R(P_NP, 3, 0xF3, 1, "V3M", FL_S | FL_Z | CO, FL_A | FL_P, 0, F_BMI1, 1), R(P_NP, 3, 0xF3, 2, "V3M", FL_S | FL_Z | CO, FL_A | FL_P, 0, F_BMI1, 1),
	R(P_NP, 3, 0xF3, 3, "V3M", FL_S | FL_Z | CO, FL_A | FL_P, 0, F_BMI1, 1), R(P_NP, 3, 0xF7, -1, "V3M", FL_Z | CO, FL_A | FL_P | FL_S, 0, F_BMI1, 1),
	R(P_NP, 3, 0xF5, -1, "V3M", FL_S | FL_Z | CO, FL_A | FL_P, 0, F_BMI2, 1), R(P_F3 | P_F2, 3, 0xF5, -1, "V3M", 0, 0, 0, F_BMI2, 1),
	R(P_F2, 3, 0xF6, -1, "V3M", 0, 0, 0, F_BMI2, 1), R(P_66 | P_F3 | P_F2, 3, 0xF7, -1, "V3M", 0, 0, 0, F_BMI2, 2), R(P_F2, 4, 0xF0, -1, "VnM1", 0, 0, 0, F_BMI2, 1),
	/* ---- SSE, MMX ---- */
	S2(NP66, 0x10, "nMSl"), S2(NP66, 0x11, "nMSl"), S2(P_F3 | P_F2, 0x10, "nmS"), S2(P_F3 | P_F2, 0x10, "3rS"), S2(P_F3 | P_F2, 0x11, "nmS"), S2(P_F3 | P_F2, 0x11, "3rS"),
	S2(P_NP, 0x12, "3MS"), S2(P_66, 0x12, "3mS"), S2F(P_F3 | P_F2, 0x12, "nMSl", F_SSE3), S2(NP66, 0x13, "nmS"), S2(NP66, 0x14, "3MSl"), S2(NP66, 0x15, "3MSl"),
	S2(P_NP, 0x16, "3MS"), S2(P_66, 0x16, "3mS"), S2F(P_F3, 0x16, "nMSl", F_SSE3), S2(NP66, 0x17, "nmS"), S2(NP66, 0x28, "nMSl"), S2(NP66, 0x29, "nMSl"),
	S2(P_NP | P_66, 0x2A, "MSX"), S2(P_F3 | P_F2, 0x2A, "3MS"), S2(NP66, 0x2B, "nmSl"), S2(NP66, 0x2C, "MSX"), S2(P_F3 | P_F2, 0x2C, "nMSg"),
	S2(NP66, 0x2D, "MSX"), S2(P_F3 | P_F2, 0x2D, "nMSg"),
	R(NP66, 2, 0x2E, -1, "nMS", ALL, 0, 0, 0, 3), R(NP66, 2, 0x2F, -1, "nMS", ALL, 0, 0, 0, 3), S2(NP66, 0x50, "nrSlg"),
	S2(NP66, 0x51, "nMSl"), S2(P_F3 | P_F2, 0x51, "3MS"), S2(P_NP, 0x52, "nMSl"), S2(P_F3, 0x52, "3MS"), S2(P_NP, 0x53, "nMSl"), S2(P_F3, 0x53, "3MS"),
	S2(NP66, 0x54, "3MSl"), S2(NP66, 0x55, "3MSl"), S2(NP66, 0x56, "3MSl"), S2(NP66, 0x57, "3MSl"),
#define ARITH(op) S2(NP66, op, "3MSl"), S2(P_F3 | P_F2, op, "3MS")
	ARITH(0x58), ARITH(0x59), ARITH(0x5C), ARITH(0x5D), ARITH(0x5E), ARITH(0x5F), S2(NP66, 0x5A, "nMSl"), S2(P_F3 | P_F2, 0x5A, "3MS"), S2(P_NP | P_66 | P_F3, 0x5B, "nMSl"),
#define MI(op) S2(P_NP, op, "MSX"), S2(P_66, op, "3MSl")
	MI(0x60), MI(0x61), MI(0x62), MI(0x63), MI(0x64), MI(0x65), MI(0x66), MI(0x67), MI(0x68), MI(0x69), MI(0x6A), MI(0x6B), S2(P_66, 0x6C, "3MSl"), S2(P_66, 0x6D, "3MSl"),
	S2(P_NP, 0x6E, "MSX"), S2(P_66, 0x6E, "nMS"), S2(P_NP, 0x6F, "MSX"), S2(P_66 | P_F3, 0x6F, "nMSl"),
	S2(P_NP, 0x70, "MSX1"), S2(P_66 | P_F3 | P_F2, 0x70, "nMSl1"),
	R(NP66, 2, 0x71, 2, "rSX1", 0, 0, 0, 0, 1), R(NP66, 2, 0x71, 4, "rSX1", 0, 0, 0, 0, 1), R(NP66, 2, 0x71, 6, "rSX1", 0, 0, 0, 0, 1),
	R(NP66, 2, 0x72, 2, "rSX1", 0, 0, 0, 0, 1), R(NP66, 2, 0x72, 4, "rSX1", 0, 0, 0, 0, 1), R(NP66, 2, 0x72, 6, "rSX1", 0, 0, 0, 0, 1),
	R(NP66, 2, 0x73, 2, "rSX1", 0, 0, 0, 0, 1), R(NP66, 2, 0x73, 6, "rSX1", 0, 0, 0, 0, 1), R(P_66, 2, 0x73, 3, "3rSl1", 0, 0, 0, 0, 1), R(P_66, 2, 0x73, 7, "3rSl1", 0, 0, 0, 0, 1),
	R(P_66, 2, 0x71, 2, "V3rSl1", 0, 0, 0, F_AVX2, 1), R(P_66, 2, 0x72, 4, "V3rSl1", 0, 0, 0, F_AVX2, 1), R(P_66, 2, 0x73, 6, "V3rSl1", 0, 0, 0, F_AVX2, 1),
	MI(0x74), MI(0x75), MI(0x76), S2F(P_66 | P_F2, 0x7C, "3MSl", F_SSE3), S2F(P_66 | P_F2, 0x7D, "3MSl", F_SSE3),
	S2(P_NP, 0x7E, "MSXg"), S2(P_66, 0x7E, "nMSg"), S2(P_F3, 0x7E, "nMS"), S2(P_NP, 0x7F, "MSX"), S2(P_66 | P_F3, 0x7F, "nMSl"),
	S2(NP66, 0xC2, "3MSl1"), S2(P_F3 | P_F2, 0xC2, "3MS1"), S2(P_NP, 0xC4, "MSX1"), S2(P_66, 0xC4, "3MS1"), S2(P_NP, 0xC5, "rSX1g"), S2(P_66, 0xC5, "nrS1g"), S2(NP66, 0xC6, "3MSl1"),
	S2F(P_66 | P_F2, 0xD0, "3MSl", F_SSE3), MI(0xD1), MI(0xD2), MI(0xD3), MI(0xD4), MI(0xD5), S2(P_66, 0xD6, "nMS"), S2(P_F3 | P_F2, 0xD6, "rS"),
	S2(P_NP, 0xD7, "rSXg"), S2(P_66, 0xD7, "nrSlg"), MI(0xD8), MI(0xD9), MI(0xDA), MI(0xDB), MI(0xDC), MI(0xDD), MI(0xDE), MI(0xDF), MI(0xE0), MI(0xE1), MI(0xE2), MI(0xE3),
	MI(0xE4), MI(0xE5), S2(P_66 | P_F2, 0xE6, "nMSl"), S2(P_F3, 0xE6, "nMSl"), S2(P_NP, 0xE7, "mSX"), S2(P_66, 0xE7, "nmSl"), MI(0xE8), MI(0xE9), MI(0xEA), MI(0xEB), MI(0xEC), MI(0xED),
	MI(0xEE), MI(0xEF), S2F(P_F2, 0xF0, "nmSl", F_SSE3), MI(0xF1), MI(0xF2), MI(0xF3), MI(0xF4), MI(0xF5), MI(0xF6), MI(0xF8), MI(0xF9), MI(0xFA), MI(0xFB), MI(0xFC), MI(0xFD), MI(0xFE),
	S2F(P_F2 | P_66, 0x79, "rS", F_SSE4A), S2F(P_F3 | P_F2, 0x2B, "mS", F_SSE4A),
#define MI3(op) S3(P_NP, op, "MSX", F_SSSE3), S3(P_66, op, "3MSl", F_SSSE3)
	MI3(0x00), MI3(0x01), MI3(0x02), MI3(0x03), MI3(0x04), MI3(0x05), MI3(0x06), MI3(0x07), MI3(0x08), MI3(0x09), MI3(0x0A), MI3(0x0B),
	S3(P_NP, 0x1C, "MSX", F_SSSE3), S3(P_NP, 0x1D, "MSX", F_SSSE3), S3(P_NP, 0x1E, "MSX", F_SSSE3), S3(P_66, 0x1C, "nMSl", F_SSSE3), S3(P_66, 0x1D, "nMSl", F_SSSE3), S3(P_66, 0x1E, "nMSl", F_SSSE3),
	S3(P_66, 0x10, "MS", F_SSE41), S3(P_66, 0x14, "MS", F_SSE41), S3(P_66, 0x15, "MS", F_SSE41), R(P_66, 3, 0x17, -1, "nMSl", ALL, 0, 0, F_SSE41, 2),
#define M41(op) S3(P_66, op, "nMSl", F_SSE41)
#define N41(op) S3(P_66, op, "3MSl", F_SSE41)
	M41(0x20), M41(0x21), M41(0x22), M41(0x23), M41(0x24), M41(0x25), N41(0x28), N41(0x29), S3(P_66, 0x2A, "nmSl", F_SSE41), N41(0x2B),
	M41(0x30), M41(0x31), M41(0x32), M41(0x33), M41(0x34), M41(0x35), S3(P_66, 0x37, "3MSl", F_SSE42),
	N41(0x38), N41(0x39), N41(0x3A), N41(0x3B), N41(0x3C), N41(0x3D), N41(0x3E), N41(0x3F), N41(0x40), S3(P_66, 0x41, "nMS", F_SSE41),
	S3(P_66, 0xDB, "nMS", F_AES), S3(P_66, 0xDC, "3MS", F_AES), S3(P_66, 0xDD, "3MS", F_AES), S3(P_66, 0xDE, "3MS", F_AES), S3(P_66, 0xDF, "3MS", F_AES), S4(P_66, 0xDF, "nMS1", F_AES),
	S3(P_66, 0xDC, "V3MSl", F_VAES), S3(P_66, 0xDE, "V3MSl", F_VAES),
	S3(P_NP, 0xC8, "MS", F_SHA), S3(P_NP, 0xC9, "MS", F_SHA), S3(P_NP, 0xCA, "MS", F_SHA), S3(P_NP, 0xCB, "MS", F_SHA), S3(P_NP, 0xCC, "MS", F_SHA), S3(P_NP, 0xCD, "MS", F_SHA), S4(P_NP, 0xCC, "MS1", F_SHA),
	S4(P_66, 0x08, "nMSl1", F_SSE41), S4(P_66, 0x09, "nMSl1", F_SSE41), S4(P_66, 0x0A, "3MS1", F_SSE41), S4(P_66, 0x0B, "3MS1", F_SSE41), S4(P_66, 0x0C, "3MSl1", F_SSE41),
	S4(P_66, 0x0D, "3MSl1", F_SSE41), S4(P_66, 0x0E, "3MSl1", F_SSE41), S4(P_NP, 0x0F, "MSX1", F_SSSE3), S4(P_66, 0x0F, "3MSl1", F_SSSE3),
	S4(P_66, 0x14, "nMS1g", F_SSE41), S4(P_66, 0x15, "nMS1g", F_SSE41), S4(P_66, 0x16, "nMS1g", F_SSE41), S4(P_66, 0x17, "nMS1g", F_SSE41), S4(P_66, 0x20, "3MS1", F_SSE41),
	S4(P_66, 0x21, "3MS1", F_SSE41), S4(P_66, 0x22, "3MS1", F_SSE41), S4(P_66, 0x40, "3MSl1", F_SSE41), S4(P_66, 0x41, "3MS1", F_SSE41), S4(P_66, 0x42, "3MSl1", F_SSE41), S4(P_66, 0x44, "3MS1", F_PCLMUL),
	S4(P_66, 0x60, "nMS1", F_SSE42), R(P_66, 4, 0x61, -1, "nMS1i", ALL, 0, 0, F_SSE42, 2), S4(P_66, 0x62, "nMS1", F_SSE42), R(P_66, 4, 0x63, -1, "nMS1i", ALL, 0, 0, F_SSE42, 2),
	/* ---- AVX only ---- */
	S2F(P_NP, 0x77, "Vnl", F_AVX), S3(P_66, 0x0C, "V3MSl", F_AVX), S3(P_66, 0x0D, "V3MSl", F_AVX), R(P_66, 3, 0x0E, -1, "VnMSl", ALL, 0, 0, F_AVX, 1), R(P_66, 3, 0x0F, -1, "VnMSl", ALL, 0, 0, F_AVX, 1),
	S3(P_66, 0x13, "VnMSl", F_F16C), S4(P_66, 0x1D, "VnMSl1", F_F16C), S3(P_66, 0x16, "V3MSY", F_AVX2), S3(P_66, 0x36, "V3MSY", F_AVX2), S3(P_66, 0x18, "VnMSl", F_AVX2), S3(P_66, 0x19, "VnMSY", F_AVX2),
	S3(P_66, 0x1A, "VnmSY", F_AVX), S3(P_66, 0x5A, "VnmSY", F_AVX2), S3(P_66, 0x2C, "V3mSl", F_AVX), S3(P_66, 0x2D, "V3mSl", F_AVX), S3(P_66, 0x2E, "V3mSl", F_AVX), S3(P_66, 0x2F, "V3mSl", F_AVX),
	S3(P_66, 0x45, "V3MSlW", F_AVX2), S3(P_66, 0x46, "V3MSl", F_AVX2), S3(P_66, 0x47, "V3MSlW", F_AVX2), S3(P_66, 0x58, "VnMSl", F_AVX2), S3(P_66, 0x59, "VnMSl", F_AVX2), S3(P_66, 0x78, "VnMSl", F_AVX2), S3(P_66, 0x79, "VnMSl", F_AVX2),
	S3(P_66, 0x8C, "V3mSlW", F_AVX2), S3(P_66, 0x8E, "V3mSlW", F_AVX2), FMA6(0x90), FMA6(0xA0), FMA6(0xB0),
	S4(P_66, 0x00, "VnMSYw1", F_AVX2), S4(P_66, 0x01, "VnMSYw1", F_AVX2), S4(P_66, 0x02, "V3MSl1", F_AVX2), S4(P_66, 0x04, "VnMSl1", F_AVX), S4(P_66, 0x05, "VnMSl1", F_AVX), S4(P_66, 0x06, "V3MSY1", F_AVX),
	S4(P_66, 0x18, "V3MSY1", F_AVX), S4(P_66, 0x19, "VnMSY1", F_AVX), S4(P_66, 0x38, "V3MSY1", F_AVX2), S4(P_66, 0x39, "VnMSY1", F_AVX2), S4(P_66, 0x46, "V3MSY1", F_AVX2),
	S4(P_66, 0x4A, "V3MSl1", F_AVX), S4(P_66, 0x4B, "V3MSl1", F_AVX), S4(P_66, 0x4C, "V3MSl1", F_AVX2),
	/* ---- x87: every opcode; control instructions come from templates ---- */
	I1(0xD8, "Mx", 0, 0, 0, 30), I1(0xD9, "Mx", 0, 0, 0, 40), I1(0xDA, "Mx", 0, 0, 0, 20), I1(0xDB, "Mx", 0, 0, 0, 24),
	I1(0xDC, "Mx", 0, 0, 0, 24), I1(0xDD, "Mx", 0, 0, 0, 24), I1(0xDE, "Mx", 0, 0, 0, 20), I1(0xDF, "Mx", 0, 0, 0, 24),
};
/* clang-format on */
const unsigned n_rows = sizeof rows / sizeof rows[0];

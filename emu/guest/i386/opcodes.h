/* SPDX-License-Identifier: MIT */
/* Opcode tables of the i386 decoder: a slot for each opcode byte says which row it is, by itself or by more bits.
 * Source: Intel SDM volume 2, appendix A; AMD APM volume 3, appendix A. */
#ifndef STRAIT_I386_OPCODES_H
#define STRAIT_I386_OPCODES_H

#include "emu/guest/i386/decode.h"
#include "emu/guest/i386/state.h"
#include "emu/uop.h"

/* What chooses the row. */
enum slot_by {
	BY_NOTHING, /* row[0] */
	BY_DIGIT,   /* row[modrm.reg] */
	BY_MEM_REG, /* memory: row[modrm.reg]; register: row[8 + modrm.reg * 8 + modrm.rm] */
};

struct slot {
	const struct i386_op *row; /* NULL: #UD */
	uint8_t by;
};

/* By mandatory prefix, numbered as VEX.pp has them. Rows that are all 0 are holes: K_UD. */
enum { PP_NP, PP_66, PP_F3, PP_F2 };

extern const struct slot i386_map_base[256];  /* one-byte opcodes, x87 included */
extern const struct slot i386_map_0f[256];    /* those of 0F that no prefix changes; holes go on to the next */
extern const struct slot i386_map_simd[3][4][256]; /* [map - 1][prefix]: 0F, 0F38, 0F3A with mandatory prefixes */
extern const struct slot i386_map_vex[3][4][256];

/* Attributes: E either form, M memory, R register; X and the following as in decode.h. */
#define E_ (OA_MODRM | OA_MEM | OA_REG)
#define M_ (OA_MODRM | OA_MEM)
#define R_ (OA_MODRM | OA_REG)
#define E_W (E_ | OA_WRITES_MEM)
#define M_W (M_ | OA_WRITES_MEM)
#define E_WL (E_W | OA_LOCK)

/* Flags by condition code 0..15, two codes a row. */
#define CC_O FL_O
#define CC_B FL_C
#define CC_Z FL_Z
#define CC_BE (FL_C | FL_Z)
#define CC_S FL_S
#define CC_P FL_P
#define CC_L (FL_S | FL_O)
#define CC_LE (FL_Z | FL_S | FL_O)

#endif

/* SPDX-License-Identifier: MIT */
/* Where the parts of an i386 instruction lie: enough to copy it in pieces. Shares nothing with the decoder under test. */
#ifndef OUTLINE_H
#define OUTLINE_H

#include <stdbool.h>
#include <stdint.h>

enum { MAP_1 = 0, MAP_0F = 1, MAP_38 = 2, MAP_3A = 3, MAP_NONE = 4 };

/* [prefixes] [0F | 0F 38 | 0F 3A | C5 b | C4 b b] opcode [modrm [sib] [disp]] [imm] */
struct outline {
	const uint8_t *at;
	uint8_t n_prefix;
	bool p66, p67, lock;
	uint8_t rep, seg;            /* the byte that came last, or 0 */
	uint8_t vex;                 /* length of the VEX prefix, or 0 */
	uint8_t map, op, op_at;
	bool has_modrm;
	uint8_t modrm, sib, modrm_at;
	uint8_t disp_at, disp_len;   /* also the address of A0..A3 */
	uint8_t imm_at, imm_len;
	uint8_t len;
};

void outline(struct outline *o, const uint8_t *p);
bool has_operand(unsigned map, unsigned op);

#endif

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "outline.h"

/* An operand byte follows the opcode. */
bool has_operand(unsigned map, unsigned op)
{
	if (map == MAP_1)
		return (op < 0x40 && (op & 7) < 4) || op == 0x62 || op == 0x63 || op == 0x69 || op == 0x6B || (op >= 0x80 && op <= 0x8F) || op == 0xC0 ||
		       op == 0xC1 || (op >= 0xC4 && op <= 0xC7) || (op >= 0xD0 && op <= 0xD3) || op >= 0xFE || op == 0xF6 || op == 0xF7 ||
		       (op >= 0xD8 && op <= 0xDF);
	if (map == MAP_0F)
		return !((op >= 0x04 && op <= 0x0C) || op == 0x0E || (op >= 0x30 && op <= 0x37) || op == 0x77 || (op >= 0x80 && op <= 0x8F) ||
			 (op >= 0xA0 && op <= 0xA2) || (op >= 0xA8 && op <= 0xAA) || (op >= 0xC8 && op <= 0xCF));
	return true;
}

static unsigned immediate_0f(unsigned op, bool vex, unsigned wide)
{
	if (op >= 0x80 && op <= 0x8F)
		return vex ? 0 : wide;
	return op == 0x0F || (op >= 0x70 && op <= 0x73) || op == 0xA4 || op == 0xAC || op == 0xBA || op == 0xC2 || (op >= 0xC4 && op <= 0xC6);
}

static unsigned immediate(const struct outline *o)
{
	unsigned op = o->op, wide = o->p66 ? 2 : 4;

	if (o->map != MAP_1)
		return o->map == MAP_0F ? immediate_0f(op, o->vex, wide) : o->map == MAP_3A;
	if ((op < 0x40 && (op & 7) == 5) || op == 0x68 || op == 0x69 || op == 0x81 || op == 0xA9 || (op >= 0xB8 && op <= 0xBF) || op == 0xC7 || op == 0xE8 ||
	    op == 0xE9 || (op == 0xF7 && (o->modrm & 0x30) == 0))
		return wide;
	if ((op < 0x40 && (op & 7) == 4) || op == 0x6A || op == 0x6B || (op >= 0x70 && op <= 0x7F) || op == 0x80 || op == 0x82 || op == 0x83 || op == 0xA8 ||
	    (op >= 0xB0 && op <= 0xB7) || op == 0xC0 || op == 0xC1 || op == 0xC6 || op == 0xCD || op == 0xD4 || op == 0xD5 || (op >= 0xE0 && op <= 0xE7) ||
	    op == 0xEB || (op == 0xF6 && (o->modrm & 0x30) == 0))
		return 1;
	switch (op) {
	case 0xC2: case 0xCA:
		return 2;
	case 0xC8:
		return 3;
	case 0x9A: case 0xEA:
		return wide + 2;
	}
	return 0;
}

static bool prefix(struct outline *o, uint8_t c)
{
	switch (c) {
	case 0x66:
		o->p66 = true;
		return true;
	case 0x67:
		o->p67 = true;
		return true;
	case 0xF0:
		o->lock = true;
		return true;
	case 0xF2: case 0xF3:
		o->rep = c;
		return true;
	case 0x26: case 0x2E: case 0x36: case 0x3E: case 0x64: case 0x65:
		o->seg = c;
		return true;
	}
	return false;
}

static unsigned displacement(const struct outline *o)
{
	unsigned mod = o->modrm >> 6, rm = o->modrm & 7;

	if (mod == 1)
		return 1;
	if (o->p67)
		return mod == 2 || (mod == 0 && rm == 6) ? 2 : 0;
	return mod == 2 || (mod == 0 && (rm == 5 || (rm == 4 && (o->sib & 7) == 5))) ? 4 : 0;
}

void outline(struct outline *o, const uint8_t *p)
{
	unsigned n = 0;

	memset(o, 0, sizeof *o);
	o->at = p;
	while (n < 14 && prefix(o, p[n]))
		n++;
	o->n_prefix = (uint8_t)n;
	if ((p[n] == 0xC4 || p[n] == 0xC5) && p[n + 1] >= 0xC0) {
		o->vex = p[n] == 0xC4 ? 3 : 2;
		o->map = o->vex == 2 ? MAP_0F : (p[n + 1] & 31) - 1u < 3 ? p[n + 1] & 3 : MAP_NONE;
		n += o->vex;
	} else if (p[n] == 0x0F) {
		o->map = p[n + 1] == 0x38 ? MAP_38 : p[n + 1] == 0x3A ? MAP_3A : MAP_0F;
		n += o->map == MAP_0F ? 1 : 2;
	}
	o->op_at = (uint8_t)n;
	o->op = p[n++];
	o->has_modrm = has_operand(o->map, o->op);
	if (o->has_modrm) {
		o->modrm_at = (uint8_t)n;
		o->modrm = p[n++];
		if (o->modrm < 0xC0) {
			if ((o->modrm & 7) == 4 && !o->p67)
				o->sib = p[n++];
			o->disp_at = (uint8_t)n;
			o->disp_len = (uint8_t)displacement(o);
		}
	} else if (o->map == MAP_1 && o->op >= 0xA0 && o->op <= 0xA3) {
		o->disp_at = (uint8_t)n;
		o->disp_len = o->p67 ? 2 : 4;
	}
	n += o->disp_len;
	o->imm_at = (uint8_t)n;
	o->imm_len = (uint8_t)immediate(o);
	o->len = (uint8_t)(n + o->imm_len);
}

/* SPDX-License-Identifier: MIT */
/* One arbitrary encoding: any prefix, map, opcode and operand form, valid or not, save what cannot be compared or contained. */
#include <string.h>

#include "outline.h"
#include "stream.h"

/* Opcodes that 64-bit mode has not, or where it needs the kernel's segments. */
static bool only_32(unsigned map, unsigned op)
{
	static const uint8_t one[] = {0x06, 0x07, 0x0E, 0x16, 0x1E, 0x27, 0x2F, 0x37, 0x3F, 0x60, 0x61, 0x63, 0x8C, 0xCE, 0xD4, 0xD5, 0xD6, 0xEA};

	if (map == 1)
		return memchr(one, (int)op, sizeof one);
	return map == 2 && (op == 0x02 || op == 0x03 || op == 0xA0 || op == 0xA8);
}

/* Opcodes left out: they leave the block, enter the kernel, or read what differs from run to run. */
static bool left_out_one(unsigned op, unsigned modrm)
{
	unsigned reg = (modrm >> 3) & 7;
	bool mem = modrm < 0xC0;

	if ((op >= 0x70 && op <= 0x7F) || (op >= 0xE0 && op <= 0xE3) || (op >= 0xE8 && op <= 0xEB))
		return true; /* branches: templates make them */
	switch (op) {
	case 0x9A: case 0xC2: case 0xC3: case 0xCA: case 0xCB: case 0xCF: case 0xCD: case 0x0F:
	case 0x62: /* AVX-512 or BOUND */
	case 0xC4: case 0xC5: /* made by sweep_vex, else LES and LDS */
	case 0x07: case 0x17: case 0x1F: case 0x8E: /* segment loads: templates */
	case 0x06: case 0x0E: case 0x16: case 0x1E: /* pushes of them: templates, see there */
		return true;
	case 0x27: case 0x2F: case 0x37: case 0x3F: case 0xD4: case 0xD5: /* undefined flags: each processor has its own */
	case 0x9D:                                                        /* TF, AC */
		return true;
	case 0xFF:
		return reg >= 2 && reg <= 5;
	case 0xC6: case 0xC7:
		return reg == 7;
	case 0x8F:
		return reg != 0; /* XOP on some processors */
	case 0xD9: case 0xDD:
		return mem && (reg == 4 || reg == 6 || (op == 0xD9 && reg == 5)); /* instruction pointers in images, unmasking */
	}
	return false;
}

static bool left_out_0f(unsigned op, unsigned modrm, bool rep, uint32_t features)
{
	unsigned reg = (modrm >> 3) & 7;

	if (!(features & F_SSE4A) && (op == 0x78 || op == 0x79 || (op == 0x2B && rep)))
		return true; /* the processor may have them without CPUID saying so here */

	if (op >= 0x80 && op <= 0x8F)
		return true;
	switch (op) {
	case 0x00: case 0x01: case 0x05: case 0x07: case 0x31: case 0x32: case 0x33: case 0x34: case 0x35: case 0xA2: case 0xAE:
	case 0x38: case 0x3A:
	case 0xA1: case 0xA9: case 0xB2: case 0xB4: case 0xB5: /* segment loads */
	case 0xA0: case 0xA8:                                  /* and pushes */
		return true;
	case 0x1A: case 0x1B: case 0x1E: /* MPX, CET: processors differ in what is a NOP */
		return true;
	case 0xC7:
		return reg != 1;
	}
	return false;
}

static unsigned put_operand(uint8_t *p, unsigned modrm)
{
	uint32_t v;
	unsigned n = 0, mod = modrm >> 6, rm = modrm & 7;

	p[n++] = (uint8_t)modrm;
	if (mod == 3)
		return n;
	if (rm == 4) {
		unsigned sib = below(256);

		if (chance(70))
			sib = (sib & 0xC7) | 4 << 3;
		p[n++] = (uint8_t)sib;
		rm = mod == 0 && (sib & 7) == 5 ? 5 : 4;
	}
	if (mod == 1) {
		p[n++] = (uint8_t)rnd();
	} else if (mod == 2 || rm == 5) {
		v = mod == 2 ? below(1024) * 4 - 2048 : DATA_AREA + below(DATA_OPS / 16) * 16;
		memcpy(p + n, &v, 4);
		n += 4;
	}
	return n;
}

/* Immediates and what else may follow: the processor takes as many as it wants, the rest are one-byte NOPs in effect. */
static unsigned put_tail(uint8_t *p, unsigned map, unsigned op)
{
	uint32_t v = DATA_AREA + below(DATA_OPS / 4) * 4;
	unsigned n = 0;

	if (map == 1 && op >= 0xA0 && op <= 0xA3) {
		memcpy(p, &v, 4);
		return 4;
	}
	if (map == 4 || map == 1 || chance(50))
		p[n++] = (uint8_t)(0x90 + below(8)); /* an immediate, or XCHG with eax */
	if (map == 1) {
		memset(p + n, 0x90, 4);
		n += 4;
	}
	memset(p + n, 0x90, 3);
	return n + 3;
}

static bool vex_left_out(unsigned map, unsigned op, bool w, uint32_t features)
{
	if (map == 3 && op <= 1 && !w)
		return true; /* VPERMQ, VPERMPD with W 0: #UD says the manual, some processors take it */
	if (map == 3 && (op == 0x16 || op == 0x22) && w && !(features & F_VEX_Q))
		return true; /* VPEXTRQ, VPINSRQ: SDM 2 has W ignored outside 64-bit mode, AMD's processors raise #UD */
	if (!(features & F_VAES) && ((map == 2 && op >= 0xDC && op <= 0xDF) || (map == 3 && op == 0x44)))
		return true; /* on ymm they are a feature of their own */

	switch (map) {
	case 1: /* mask registers of AVX-512, ldmxcsr */
		return (op >= 0x41 && op <= 0x4B) || (op >= 0x90 && op <= 0x99) || op == 0xAE;
	case 2: /* VNNI, IFMA, gathers, GFNI */
		return (op >= 0x50 && op <= 0x53) || op == 0xB4 || op == 0xB5 || (op >= 0x90 && op <= 0x93) || op == 0xCF;
	default: /* masks, GFNI */
		return (op >= 0x30 && op <= 0x33) || op == 0xCE || op == 0xCF;
	}
}

static unsigned sweep_vex(uint8_t *p, uint32_t features, uint32_t options)
{
	unsigned n = 0, op = below(256), map = 1 + below(3), pp = below(4), named = chance(3) ? below(32) : map, last;

	last = (below(256) & ~3u) | pp;
	if (!(features & F_AVX2) || vex_left_out(map, op, last & 0x80, features) || (named && named < 4 && vex_left_out(named, op, last & 0x80, features)))
		return 0;
	if (chance(50))
		last |= 0x78; /* vvvv unused */
	if (options & OPT_COMMON)
		last |= 0x40; /* names no register here, one of the upper eight there */
	if (map == 1 && chance(30)) {
		p[n++] = 0xC5;
		p[n++] = (uint8_t)(0xC0 | last);
	} else {
		p[n++] = 0xC4;
		p[n++] = (uint8_t)(0xE0 | named);
		p[n++] = (uint8_t)last;
	}
	p[n++] = (uint8_t)op;
	if (map != 1 || op != 0x77)
		n += put_operand(p + n, below(256));
	return n + put_tail(p + n, map + 1, op);
}

unsigned sweep(uint8_t *p, uint32_t features, uint32_t options)
{
	static const uint8_t prefixes[] = {0x66, 0x66, 0xF2, 0xF2, 0xF3, 0xF3, 0xF0, 0x2E, 0x36, 0x3E, 0x26};
	unsigned n = 0, op, modrm, map = below(8);
	bool rep = false, lock = false;

	for (unsigned k = chance(50) ? 0 : 1 + below(2); k; k--) {
		p[n] = prefixes[below(sizeof prefixes)];
		rep |= p[n] == 0xF2 || p[n] == 0xF3;
		lock |= p[n] == 0xF0;
		n++;
	}
	op = below(256);
	/* CS cannot be written through; there it can; and what is left of x87 and MMX state then is each processor's own */
	if (options & (OPT_COMMON | OPT_TCG) || map > 1 || (op & 0xF8) == 0xD8)
		for (unsigned i = 0; i < n; i++)
			p[i] = p[i] == 0x2E ? 0x26 : p[i];
	if (map == 7) {
		unsigned v = sweep_vex(p + n, features, options);

		return v ? n + v : 0;
	}
	modrm = below(256);
	if (map <= 1) {
		if (left_out_one(op, modrm) || ((options & OPT_COMMON) && only_32(1, op)) || (op >= 0x64 && op <= 0x67) || op == 0x26 || op == 0x2E || op == 0x36 || op == 0x3E || op == 0xF0 || op == 0xF2 ||
		    op == 0xF3)
			return 0;
		p[n++] = (uint8_t)op;
		if (op >= 0xA0 && op <= 0xA3)
			return n + put_tail(p + n, 1, op);
		if (has_operand(MAP_1, op))
			n += put_operand(p + n, modrm);
		return n + put_tail(p + n, 1, op);
	}
	p[n++] = 0x0F;
	if (map <= 3) {
		if (left_out_0f(op, modrm, rep, features) || (lock && (op == 0x20 || op == 0x22)) /* CR8 on some processors */ || ((options & OPT_COMMON) && only_32(2, op)))
			return 0;
		map = 2;
	} else if (map <= 5) {
		if (op == 0xCF || op >= 0xF8 || (op >= 0x80 && op <= 0x82) || (op >= 0xF5 && op <= 0xF6 && !(features & F_ADX)))
			return 0;
		p[n++] = 0x38;
		map = 3;
	} else {
		if (op == 0xCE || op == 0xCF)
			return 0;
		p[n++] = 0x3A;
		map = 4;
	}
	p[n++] = (uint8_t)op;
	if (has_operand(map - 1, op))
		n += put_operand(p + n, modrm);
	return n + put_tail(p + n, map, op);
}

/* SPDX-License-Identifier: MIT */
/* The generator: rows and templates to bytes. It knows which registers hold good addresses and which flags are undefined. */
#include <string.h>

#include "stream.h"

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, NONE = 8 };
#define OPS_LEFT 16

struct label {
	uint8_t *at;   /* field to patch */
	int kind;      /* 1: rel8, 4: rel32, 32: absolute */
	int left;      /* items until it lands */
	uint32_t undef;
	uint8_t known;
};

struct func {
	uint8_t *call_at[4]; /* rel32 or absolute fields of its callers */
	int kind[4];
	int n_calls;
	unsigned pop;
};

static struct gen {
	struct block *b;
	uint8_t *p;
	uint32_t features, options, undef;
	uint8_t known;    /* registers whose value is known and a good address */
	uint32_t val[8];
	struct label labels[8];
	int n_labels;
	struct func funcs[4];
	int n_funcs;
	bool in_func, in_loop;
	bool counted;
	uint32_t item_undef;
	uint8_t *item_start;
} g;

static uint16_t data_sel;
static uint16_t pick[4096];
static unsigned n_pick;

struct mem {
	int seg; /* prefix byte or 0 */
	bool a16, reg;
	uint8_t mod, rm, sib;
	bool has_sib;
	int displen;
	uint32_t disp;
};

static void e8(uint32_t v)
{
	*g.p++ = (uint8_t)v;
}

static void e16(uint32_t v)
{
	memcpy(g.p, &v, 2);
	g.p += 2;
}

static void e32(uint32_t v)
{
	memcpy(g.p, &v, 4);
	g.p += 4;
}

static bool has(const char *fmt, char c)
{
	return strchr(fmt, c) != NULL;
}

static void kill_reg(int r)
{
	g.known &= (uint8_t)~(1u << r);
}

static void load(int r, uint32_t v) /* mov r, imm32: leaves flags alone */
{
	e8(0xB8 + (uint32_t)r);
	e32(v);
	kill_reg(r);
}

static void load_addr(int r, uint32_t v)
{
	load(r, v);
	g.known |= (uint8_t)(1u << r);
	g.val[r] = v;
}

static int any_reg(void) /* a register to write to; the stack pointer seldom */
{
	uint32_t r = below(8);

	return r == ESP && (g.in_func || chance(85)) ? (int)below(4) : (int)r;
}

static int base_reg(void)
{
	static const uint8_t r[] = {EAX, ECX, EDX, EBX, EBP, ESI, EDI};

	return r[below(7)];
}

static void need_stack(void)
{
	if (!(g.known & (1u << ESP)) || g.val[ESP] < DATA_AREA + DATA_OPS + 128 || g.val[ESP] > DATA_AREA + DATA_SIZE - 128) {
		if (!g.in_func && !((g.options & OPT_NOWILD) == 0 && chance(1)))
			load_addr(ESP, DATA_AREA + DATA_OPS + 256 + below(129) * 4);
	}
}

static uint32_t target(unsigned align)
{
	uint32_t a = DATA_AREA + below(DATA_OPS - 64);

	if (align > 1 && !chance(align == 16 ? 1 : 6))
		a &= ~(align - 1);
	if (!(g.options & OPT_NOWILD) && below(600) == 0)
		a = chance(50) ? DATA_AREA + DATA_SIZE - below(20) : DATA_AREA - 20 + below(40);
	return a;
}

/* Decide on a memory operand, emitting what makes its registers good. */
static void mem_choose(struct mem *m, unsigned align)
{
	uint32_t t = target(align), kind = below(100);
	int b, x;

	memset(m, 0, sizeof *m);
	if (chance(6))
		m->seg = (const uint8_t[]){0x3E, 0x36, 0x26, 0x2E}[below(4)];
	if (kind < 6 && data_sel && !g.in_func) { /* 16-bit addressing in a segment based at the data */
		static const uint8_t regs[8][2] = {{EBX, ESI}, {EBX, EDI}, {EBP, ESI}, {EBP, EDI}, {ESI, NONE}, {EDI, NONE}, {EBP, NONE}, {EBX, NONE}};
		uint16_t sum = 0, off, d8;

		m->a16 = true;
		m->seg = chance(50) ? 0x64 : 0x65; /* fs and gs start there; a template may have changed them */
		m->mod = (uint8_t)below(3);
		m->rm = (uint8_t)below(8);
		d8 = m->mod == 1 ? (uint16_t)(int8_t)rnd() : 0;
		if (m->mod == 0 && m->rm == 6) {
			m->displen = 2;
			m->disp = t - DATA_AREA;
			return;
		}
		for (int i = 0; i < 2; i++)
			if (regs[m->rm][i] != NONE) {
				uint32_t v = rnd_edge();

				if (i == 1 || regs[m->rm][1] == NONE)
					v = (v & 0xffff0000u) | (uint16_t)(t - DATA_AREA - sum - d8);
				load(regs[m->rm][i], v);
				sum = (uint16_t)(sum + v);
			}
		off = (uint16_t)(t - DATA_AREA - sum);
		m->displen = m->mod;
		m->disp = m->mod == 1 ? d8 : off;
		return;
	}
	if (kind < 14) { /* absolute */
		m->rm = 5;
		if (chance(30)) {
			m->has_sib = true;
			m->rm = 4;
			m->sib = (uint8_t)(below(4) << 6 | 4 << 3 | 5);
		}
		m->displen = 4;
		m->disp = t;
		return;
	}
	if (data_sel && kind < 18) { /* segment-relative */
		m->seg = chance(50) ? 0x64 : 0x65;
		t -= DATA_AREA;
	} else if (kind == 18 && !(g.options & OPT_NOWILD) && chance(30)) { /* whatever the registers hold */
		m->mod = (uint8_t)below(3);
		m->rm = (uint8_t)below(8);
		m->has_sib = m->rm == 4;
		m->sib = (uint8_t)rnd();
		m->disp = rnd_edge();
		m->displen = m->mod == 1 ? 1 : m->mod == 2 || m->rm == 5 || (m->has_sib && (m->sib & 7) == 5) ? 4 : 0;
		if (m->mod == 1)
			m->displen = 1;
		return;
	}
	b = base_reg();
	if (chance(50))
		for (int i = 0; i < 8; i++)
			if ((g.known & (1u << ((b + i) & 7))) && !m->seg) {
				b = (b + i) & 7;
				break;
			}
	x = chance(35) ? base_reg() : NONE;
	if (x == b)
		x = NONE;
	if (x != NONE) {
		uint32_t v = chance(70) ? below(64) : rnd_edge(), scale = below(4);

		load(x, v);
		t -= v << scale;
		m->has_sib = true;
		m->sib = (uint8_t)(scale << 6 | (uint32_t)x << 3);
		if (chance(15)) { /* index only */
			m->rm = 4;
			m->sib |= 5;
			m->displen = 4;
			m->disp = t;
			return;
		}
	}
	if (m->seg >= 0x64 || !(g.known & (1u << b))) {
		uint32_t d = chance(40) ? 0 : chance(60) ? (uint32_t)(int8_t)rnd() : rnd_edge();

		if (b == ESP)
			b = EBX, m->sib &= (uint8_t)~0x38u, m->has_sib = false;
		if (m->seg >= 0x64)
			load(b, t - d);
		else
			load_addr(b, t - d);
		m->disp = d;
	} else {
		m->disp = t - g.val[b];
	}
	if (m->disp == 0 && b != EBP)
		m->mod = 0;
	else if ((uint32_t)(int8_t)m->disp == m->disp && chance(90))
		m->mod = 1, m->displen = 1;
	else
		m->mod = 2, m->displen = 4;
	if (b == ESP && !m->has_sib)
		m->has_sib = true, m->sib = 4 << 3;
	if (m->has_sib)
		m->rm = 4, m->sib |= (uint8_t)b;
	else
		m->rm = (uint8_t)b;
}

static void mem_emit(const struct mem *m, unsigned reg)
{
	if (m->reg) {
		e8(0xC0 | reg << 3 | m->rm);
		return;
	}
	e8((uint32_t)m->mod << 6 | reg << 3 | m->rm);
	if (m->has_sib)
		e8(m->sib);
	if (m->displen == 1)
		e8(m->disp);
	if (m->displen == 2)
		e16(m->disp);
	if (m->displen == 4)
		e32(m->disp);
}

static void mem_prefix(const struct mem *m)
{
	if (m->seg)
		e8((uint32_t)m->seg);
	if (m->a16)
		e8(0x67);
}

/* The main instruction of an item starts here: everything before was preparation by MOV. */
static void start(void)
{
	g.item_start = g.p;
}

static uint32_t cond_use(unsigned cc)
{
	static const uint32_t use[] = {FL_O, FL_C, FL_Z, FL_C | FL_Z, FL_S, FL_P, FL_S | FL_O, FL_S | FL_O | FL_Z};

	return use[cc >> 1];
}

static int pick_cond(void)
{
	for (int i = 0; i < 20; i++) {
		int cc = (int)below(16);

		if (!(cond_use((unsigned)cc) & g.undef))
			return cc;
	}
	return -1;
}

/* Register forms that exist, aliases of older processors included: a bit for each modrm.rm. */
static bool x87_exists(unsigned op, unsigned reg, unsigned rm)
{
	static const uint8_t d9[8] = {0xff, 0xff, 0x01, 0xff, 0x33, 0x7f, 0xff, 0xff}, da[8] = {0xff, 0xff, 0xff, 0xff, 0, 2, 0, 0},
			     db[8] = {0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0}, dd[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0},
			     de[8] = {0xff, 0xff, 0xff, 2, 0xff, 0xff, 0xff, 0xff}, df[8] = {0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0};
	static const uint8_t *const t[8] = {NULL, d9, da, db, NULL, dd, de, df};

	return !t[op & 7] || ((t[op & 7][reg] >> rm) & 1);
}

static void x87_row(const struct row *r)
{
	struct mem m;
	unsigned reg = below(8), op = r->op;

	memset(&m, 0, sizeof m);
	m.reg = chance(55);
	m.rm = (uint8_t)below(8);
	if (op == 0x9B) {
		start();
		e8(op);
		return;
	}
	if (m.reg) {
		bool fcmov, fcomi;
		static const uint32_t use[] = {FL_C, FL_Z, FL_C | FL_Z, FL_P};

		while (!x87_exists(op, reg, m.rm) && !chance(1)) {
			reg = below(8);
			m.rm = (uint8_t)below(8);
		}
		fcmov = (op == 0xDA || op == 0xDB) && reg < 4;
		fcomi = (op == 0xDB || op == 0xDF) && (reg == 5 || reg == 6);
		if (fcmov && (use[reg] & g.undef))
			op = 0xD8;
		if (op == 0xDB && reg == 4 && m.rm == 3) /* fninit: rarely, it makes the rest of a block dull */
			m.rm = chance(20) ? 3 : 2;
		start();
		e8(op);
		mem_emit(&m, reg);
		if (fcomi && op == r->op)
			g.undef &= ~(FL_Z | FL_P | FL_C), g.undef |= FL_O | FL_S | FL_A;
		if (op == 0xDF && reg == 4)
			kill_reg(EAX);
		return;
	}
	/* Environment images hold instruction pointers, control words would unmask: templates do those. */
	if (op == 0xD9 && (reg == 4 || reg == 5 || reg == 6))
		reg = below(4);
	if (op == 0xDD && (reg == 4 || reg == 6))
		reg = below(4);
	if (((op == 0xDB && (reg == 4 || reg == 6)) || (op == 0xDD && reg == 5)) && !chance(2))
		reg = 7; /* reserved */
	if (op == 0xD9 && reg == 1)
		reg = 0;
	mem_choose(&m, 1);
	start();
	mem_prefix(&m);
	e8(op);
	mem_emit(&m, reg);
}

static void vex(unsigned pp, unsigned map, unsigned vvvv, bool l, bool w)
{
	unsigned last = (~vvvv & 15) << 3 | (l ? 4u : 0) | pp;

	if (map == 1 && !w && chance(70)) {
		e8(0xC5);
		e8(0x80 | last);
	} else {
		e8(0xC4);
		e8(0xE0 | map);
		e8((w ? 0x80u : 0) | last);
	}
}

static unsigned one_prefix(const struct row *r)
{
	unsigned p[4], n = 0;

	for (unsigned i = 0; i < 4; i++)
		if (r->pfx & (1u << i))
			p[n++] = i;
	return p[below(n)];
}

static void emit_row(const struct row *r)
{
	const char *f = r->fmt;
	struct mem m;
	unsigned op = r->op, reg, pfx = one_prefix(r); /* 0 none, 1: 66, 2: F3, 3: F2 */
	bool o16 = has(f, 'v') && chance(25), simd = has(f, 'S'), use_vex = false, w = false, l = false, lock = false;
	bool modrm = has(f, 'M') || has(f, 'm') || has(f, 'r');
	unsigned vv = 0;

	if (has(f, 'x')) {
		x87_row(r);
		return;
	}
	memset(&m, 0, sizeof m);
	if (has(f, 'V') || ((has(f, '3') || has(f, 'n')) && (g.features & F_AVX2) && chance(40))) {
		use_vex = true;
		w = has(f, 'w') || (has(f, 'W') && chance(50));
		l = has(f, 'Y') || (has(f, 'l') && chance(50));
		vv = has(f, '3') ? below(8) : 0;
	}
	if (has(f, 'c')) {
		int cc = pick_cond();

		op += cc < 0 ? 2 + below(2) : (unsigned)cc;
		if (cc < 0) { /* nothing defined to test: define first */
			e8(0x85);
			e8(0xC0 | below(64));
			g.undef = FL_A;
		}
	}
	if (has(f, '!'))
		need_stack();
	if (has(f, '+')) {
		int x = any_reg();

		op += (unsigned)x;
		if (op != 0x50u + (unsigned)x)
			kill_reg(has(f, 'b') ? x & 3 : x);
	}
	reg = r->ext >= 0 ? (unsigned)r->ext : simd ? below(8) : (unsigned)any_reg();
	if (modrm) {
		m.reg = has(f, 'r') || (!has(f, 'm') && chance(55));
		m.rm = simd ? (uint8_t)below(8) : (uint8_t)any_reg();
		if (has(f, 'B') && !m.reg && reg != ESP) {
			load((int)reg, chance(50) ? below(32) : below(512) - 256);
		}
		if (!m.reg) {
			mem_choose(&m, simd ? 16 : chance(70) ? 4 : 1);
			if (has(f, 'B') && (m.rm == reg || (m.has_sib && ((m.sib & 7u) == reg || ((m.sib >> 3) & 7u) == reg))) && !m.a16)
				reg = ESP; /* then an address in the data, seen as a bit number: may fault */
		}
		if (has(f, 'B') && reg == ESP && !m.reg)
			reg = m.a16 ? 0 : (m.rm == EDI ? ESI : EDI), load((int)reg, m.has_sib || m.rm == reg ? DATA_AREA / 8 : below(32));
	}
	if (r->ext < 0 && op == 0x8C && r->map == 1)
		reg = below(6);
	if (has(f, 'L') && modrm && !m.reg && chance(25))
		lock = !(r->map == 1 && !has(f, 'L'));
	/* the destination must be memory: forms with reg as destination are not marked L */
	start();
	if (lock)
		e8(0xF0);
	mem_prefix(&m);
	if (use_vex) {
		vex(pfx, r->map - 1u, vv, l, w);
	} else {
		if (o16)
			e8(0x66);
		if (pfx)
			e8((const uint8_t[]){0, 0x66, 0xF3, 0xF2}[pfx]);
		if (r->map >= 2)
			e8(0x0F);
		if (r->map == 3)
			e8(0x38);
		if (r->map == 4)
			e8(0x3A);
	}
	e8(op);
	if (modrm)
		mem_emit(&m, reg);
	if (has(f, '1'))
		e8(chance(50) ? rnd() : below(34));
	if (has(f, '2'))
		e16(rnd());
	if (has(f, 'z')) {
		if (o16)
			e16(rnd_edge());
		else
			e32(rnd_edge());
	}
	if (has(f, 'i'))
		g.known &= (uint8_t)~7u;
	if (op == 0x61 && r->map == 1)
		g.known = 0;
	if ((op & 0xF8) == 0x50 && r->map == 1 && has(f, '!'))
		g.val[ESP] -= o16 ? 2 : 4;
	else if ((op & 0xF8) == 0x58 && r->map == 1 && has(f, '!') && op != 0x5C)
		g.val[ESP] += o16 ? 2 : 4;
	else if (has(f, '!'))
		kill_reg(ESP);
	if (modrm && !simd) {
		bool byte = has(f, 'b');

		kill_reg(byte ? (int)(reg & 3) : (int)reg);
		if (m.reg)
			kill_reg(byte ? m.rm & 3 : m.rm);
		if (use_vex)
			kill_reg((int)vv);
	}
	if (modrm && simd) {
		kill_reg((int)reg);
		if (m.reg)
			kill_reg(m.rm);
	}
	if (!has(f, 'e'))
		g.undef &= ~(uint32_t)r->def;
	g.undef |= r->undef;
}

/* ---- templates: what needs more than one instruction to make sense ---- */

static bool t_string(void)
{
	static const uint8_t ops[] = {0xA4, 0xA6, 0xAA, 0xAC, 0xAE};
	uint8_t op = ops[below(5)] | (chance(60) ? 1 : 0);
	bool rep = chance(60), wild = !(g.options & OPT_NOWILD) && below(60) == 0;

	load_addr(ESI, target(4) / 2 + DATA_AREA / 2 + 256);
	load_addr(EDI, target(1) / 2 + DATA_AREA / 2 + 256);
	if (rep)
		load(ECX, wild ? rnd_edge() & 0xffff : below(20));
	start();
	if (chance(10))
		e8(0x3E);
	if (rep)
		e8(chance(50) ? 0xF3 : 0xF2);
	if ((op & 1) && chance(30))
		e8(0x66);
	e8(op);
	g.known &= (uint8_t)~(1u << ESI | 1u << EDI | 1u << EAX);
	if (op >= 0xA6 && (op < 0xA8 || op > 0xAD))
		g.undef = rep ? g.undef : 0; /* with count 0 the flags stay */
	return true;
}

static bool t_stack_misc(void)
{
	uint32_t v;

	need_stack();
	switch (below(8)) {
	case 0: /* popf of a chosen image */
		v = (rnd() & (FL_ALL | (chance(20) ? FL_D : 0))) | 2 | ((g.options & OPT_AC) && chance(10) ? 1u << 18 : 0);
		e8(0x68);
		e32(v | (chance(20) ? 1u << 21 : 0));
		start();
		e8(0x9D);
		g.undef = 0;
		return true;
	case 1:
		e8(0x66);
		e8(0x68);
		e16((rnd() & FL_ALL) | 2);
		start();
		e8(0x66);
		e8(0x9D);
		g.undef = 0;
		return true;
	case 2: /* enter */
		load_addr(EBP, DATA_AREA + DATA_OPS + 256);
		start();
		e8(0xC8);
		e16(below(64));
		e8(chance(60) ? 0 : below(4));
		g.known &= (uint8_t)~(1u << ESP | 1u << EBP);
		return true;
	case 3: /* leave */
		load_addr(EBP, DATA_AREA + DATA_OPS + 200 + below(200));
		start();
		if (chance(10))
			e8(0x66);
		e8(0xC9);
		g.known &= (uint8_t)~(1u << ESP | 1u << EBP);
		return true;
	case 4: /* push es; pop fs and the like */
		start();
		e8(0x06);
		if (chance(50))
			e8(0x07);
		else
			e8(0x58);
		kill_reg(EAX);
		return true;
	case 5:
		e8(0x0F);
		e8(chance(50) ? 0xA0 : 0xA8);
		start();
		e8(0x0F);
		e8(chance(50) ? 0xA1 : 0xA9);
		return true;
	case 6: /* pop into memory addressed by the stack pointer itself */
		start();
		e8(0x8F);
		e8(0x44);
		e8(0x24);
		e8(below(8) * 4);
		kill_reg(ESP);
		return true;
	default: /* push [esp+n] */
		start();
		e8(0xFF);
		e8(0x74);
		e8(0x24);
		e8(below(8) * 4);
		kill_reg(ESP);
		return true;
	}
}

static bool t_segment(void)
{
	static const uint16_t sels[] = {0x2b, 0, 3, 0x23};
	uint32_t v = chance(60) && data_sel ? data_sel : sels[below(4)];
	int r = base_reg(), s = (int)below(10);

	load(r, v | (chance(20) ? rnd() << 16 : 0));
	start();
	e8(0x8E);
	e8(0xC0 | (s < 5 ? 4u : 5u) << 3 | (uint32_t)r);
	return true;
}

static bool t_fpu_control(void)
{
	uint32_t a = DATA_AREA + below(DATA_OPS - 128);
	uint32_t v = 0x7f | (rnd() & 0xf00);

	if ((g.options & OPT_UNMASKED) || (chance(3) && !(g.options & OPT_NOFAULT)))
		v &= ~(rnd() & 0x3f);
	switch (below(5)) {
	case 0: /* fldcw */
		e8(0x66);
		e8(0xC7);
		e8(0x05);
		e32(a);
		e16(v);
		start();
		e8(0xD9);
		e8(0x2D);
		e32(a);
		return true;
	case 1: /* fnstenv or fnsave, then its pointers are wiped */
		start();
		if (chance(50)) {
			e8(0xD9);
			e8(0x35);
		} else {
			e8(0xDD);
			e8(0x35);
		}
		e32(a);
		for (uint32_t i = 12; i < 28; i += 4) {
			e8(0xC7);
			e8(0x05);
			e32(a + i);
			e32(0);
		}
		return true;
	case 2: /* frstor or fldenv of memory as it is, with a tame control word */
		e8(0xC7);
		e8(0x05);
		e32(a);
		e32(v | 0x3f);
		start();
		e8(chance(50) ? 0xD9 : 0xDD);
		e8(0x25);
		e32(a);
		return true;
	case 3: /* ldmxcsr */
		v = 0x1f80 | (rnd() & 0xe07f);
		if ((g.options & OPT_UNMASKED) || (chance(3) && !(g.options & OPT_NOFAULT)))
			v &= ~(rnd() & 0x1fbf);
		if (chance(2) && !(g.options & OPT_NOFAULT))
			v |= rnd();
		e8(0xC7);
		e8(0x05);
		e32(a);
		e32(v);
		start();
		e8(0x0F);
		e8(0xAE);
		e8(0x15);
		e32(a);
		return true;
	default: /* fstcw, fstsw */
		start();
		e8(chance(50) ? 0xD9 : 0xDD);
		e8(0x3D);
		e32(a);
		return true;
	}
}

static bool t_xlat(void)
{
	load_addr(EBX, DATA_AREA + below(DATA_OPS - 256));
	start();
	e8(0xD7);
	kill_reg(EAX);
	return true;
}

static bool t_div(void)
{
	int r = base_reg();
	bool s = chance(50);

	if (r == EAX || r == EDX)
		r = EBX;
	load(r, rnd_edge() | 0x100);
	if (!s) {
		load(EDX, below(64));
	} else {
		e8(0x99);
	}
	start();
	if (chance(20))
		e8(0x66);
	e8(0xF7);
	e8((s ? 0xF8u : 0xF0u) | (uint32_t)r);
	g.known &= (uint8_t)~7u;
	g.undef = FL_ALL;
	return true;
}

static bool t_maskmov(void)
{
	bool x = chance(50);

	load_addr(EDI, DATA_AREA + below(DATA_OPS - 32));
	start();
	if (x)
		e8(0x66);
	e8(0x0F);
	e8(0xF7);
	e8(0xC0 | (rnd() & 63));
	return true;
}

static bool t_gather(void)
{
	unsigned idx = below(8), dst = (idx + 1 + below(3)) & 7, mask = (idx + 5) & 7, op = 0x90 + below(4);
	bool l = chance(50);

	if (!(g.features & F_AVX2))
		return false;
	load_addr(ESI, DATA_AREA + 1024 + below(512));
	vex(1, 1, idx, true, false); /* vpsrld/q idx,idx,24..: small indices */
	e8((op & 1) ? 0x73 : 0x72);
	e8(0xD0 | idx);
	e8((op & 1) ? 56 : 24);
	start();
	vex(1, 2, mask, l, chance(50));
	e8(op);
	e8(4 | dst << 3);
	e8(below(3) << 6 | idx << 3 | ESI);
	return true;
}

static bool t_far_load(void) /* les/lfs/lgs with a good selector */
{
	uint32_t a = DATA_AREA + below(DATA_OPS);
	int r = base_reg();

	e8(0x66);
	e8(0xC7);
	e8(0x05);
	e32(a + 4);
	e16(data_sel ? data_sel : 0x2b);
	start();
	e8(0x0F);
	e8(chance(50) ? 0xB4 : 0xB5);
	e8(0x05 | (uint32_t)r << 3);
	e32(a);
	kill_reg(r);
	return true;
}

static void label_add(uint8_t *at, int kind, int items)
{
	g.labels[g.n_labels++] = (struct label){at, kind, items, g.undef, g.known};
}

static bool t_branch(void) /* forward over a few items */
{
	int n = 1 + (int)below(4), cc = pick_cond();
	uint32_t k = below(12);

	if (g.n_labels >= 6)
		return false;
	if (k < 8 && cc >= 0) {
		start();
		if (chance(50)) { /* short: one or two items keep it in reach */
			e8(0x70 + (uint32_t)cc);
			e8(0);
			label_add(g.p - 1, 1, 1);
		} else {
			e8(0x0F);
			e8(0x80 + (uint32_t)cc);
			e32(0);
			label_add(g.p - 4, 4, n);
		}
	} else if (k == 8) { /* jecxz, loop, loope, loopne */
		uint32_t op = chance(40) || (g.undef & FL_Z) ? 0xE2 + below(2) : 0xE0 + below(4);

		load(ECX, below(3));
		start();
		if (chance(15))
			e8(0x67);
		e8(op);
		e8(0);
		label_add(g.p - 1, 1, 1);
	} else if (k == 9) {
		start();
		e8(0xE9);
		e32(0);
		label_add(g.p - 4, 4, n);
	} else { /* computed: register or memory */
		int r = base_reg();

		if (g.in_func)
			return false;
		if (chance(50)) {
			load(r, 0);
			label_add(g.p - 4, 32, n);
			start();
			e8(0xFF);
			e8(0xE0 | (uint32_t)r);
		} else {
			uint32_t a = DATA_AREA + below(DATA_OPS / 4) * 4;

			e8(0xC7);
			e8(0x05);
			e32(a);
			e32(0);
			label_add(g.p - 4, 32, n);
			start();
			e8(0xFF);
			e8(0x25);
			e32(a);
		}
	}
	return true;
}

static bool t_call(void)
{
	struct func *f;
	uint32_t k = below(10);

	if (g.in_func || g.in_loop)
		return false;
	if (g.n_funcs < 4 && (g.n_funcs == 0 || chance(60))) {
		f = &g.funcs[g.n_funcs++];
		f->n_calls = 0;
		f->pop = chance(25) ? below(4) * 4 : 0;
	} else {
		f = &g.funcs[below((uint32_t)g.n_funcs)];
	}
	if (f->n_calls == 4)
		return false;
	need_stack();
	if (k < 6) {
		start();
		e8(0xE8);
		e32(0);
		f->kind[f->n_calls] = 4;
		f->call_at[f->n_calls++] = g.p - 4;
	} else {
		int r = base_reg();

		load(r, 0);
		f->kind[f->n_calls] = 32;
		f->call_at[f->n_calls++] = g.p - 4;
		start();
		e8(0xFF);
		e8(0xD0 | (uint32_t)r);
	}
	g.known = 0;
	g.undef = FL_ALL;
	return true;
}

static bool t_call_next(void) /* call +0; pop: position-independent code's idiom; and push/ret */
{
	need_stack();
	if (chance(60)) {
		start();
		e8(0xE8);
		e32(0);
		e8(0x58 + (uint32_t)base_reg());
		g.known &= 1u << ESP;
	} else {
		uint8_t *at;
		uint32_t to;

		e8(0x68);
		at = g.p;
		e32(0);
		start();
		if (chance(70)) {
			e8(0xC3);
		} else {
			e8(0xC2);
			e16(8);
			kill_reg(ESP);
		}
		to = (uint32_t)(uintptr_t)g.p;
		memcpy(at, &to, 4);
	}
	return true;
}

static bool t_mov_abs(void) /* A0..A3 */
{
	uint32_t op = 0xA0 + below(4), seg = chance(30) && data_sel ? 0x64 + below(2) : 0;
	uint32_t a = DATA_AREA + below(DATA_OPS - 4);

	start();
	if (seg)
		e8(seg), a -= DATA_AREA;
	if ((op & 1) && chance(20))
		e8(0x66);
	if (seg && chance(30)) {
		e8(0x67);
		e8(op);
		e16(a);
	} else {
		e8(op);
		e32(a);
	}
	if (op < 0xA2)
		kill_reg(EAX);
	return true;
}

static void any_encoding(void)
{
	unsigned n;

	for (int r = 0; r < 8; r++)
		if (r != ESP)
			load_addr(r, DATA_AREA + 512 + below((DATA_OPS - 1024) / 16) * 16);
	load_addr(ESP, DATA_AREA + DATA_OPS + 256 + below(129) * 4);
	start();
	while ((n = sweep(g.p, g.features)) == 0)
		;
	g.p += n;
	g.known = 0;
	g.undef = FL_ALL;
}

static const struct template {
	bool (*fn)(void);
	uint8_t weight;
	bool stack; /* not inside functions */
} templates[] = {
	{t_string, 14, false},  {t_stack_misc, 14, true}, {t_segment, 3, true}, {t_fpu_control, 8, false}, {t_xlat, 2, false},
	{t_div, 4, false},      {t_maskmov, 2, false},    {t_gather, 2, false}, {t_far_load, 1, true},     {t_branch, 26, false},
	{t_call, 10, true},     {t_call_next, 6, true},   {t_mov_abs, 4, false},
};

/* ---- items and blocks ---- */

void gen_init(uint32_t features, uint16_t data_selector)
{
	data_sel = data_selector;
	n_pick = 0;
	for (unsigned i = 0; i < n_rows; i++)
		if ((rows[i].feature & features) == rows[i].feature && !(has(rows[i].fmt, 'V') && !(features & (F_AVX2 | F_BMI1))))
			for (unsigned w = 0; w < rows[i].weight && n_pick < 4096; w++)
				pick[n_pick++] = (uint16_t)i;
}

static void land_labels(bool all)
{
	for (int i = 0; i < g.n_labels;) {
		struct label *l = &g.labels[i];
		uint32_t here = (uint32_t)(uintptr_t)g.p, rel;

		if (l->left-- > 0 && !all) {
			i++;
			continue;
		}
		rel = here - (uint32_t)(uintptr_t)l->at - (uint32_t)(l->kind == 1 ? 1 : 4);
		if (l->kind == 1)
			*l->at = rel > 127 ? 0 : (uint8_t)rel; /* out of reach: falls through to the next instruction */
		else
			memcpy(l->at, l->kind == 4 ? &rel : &here, 4);
		g.undef |= l->undef;
		g.known = 0;
		*l = g.labels[--g.n_labels];
	}
}

static bool one_row(void)
{
	const struct row *r = &rows[pick[below(n_pick)]];

	if (r->use & g.undef)
		return false;
	if (has(r->fmt, 'f') && ((g.options & OPT_NOFAULT) || g.in_func || !chance(12)))
		return false;
	if (has(r->fmt, '!') && g.in_func)
		return false;
	if (has(r->fmt, 'x') && (g.options & OPT_NOX87))
		return false;
	emit_row(r);
	return true;
}

static bool one_template(void)
{
	uint32_t total = 0, k;

	for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
		total += templates[i].weight;
	k = below(total);
	for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++) {
		if (k < templates[i].weight)
			return templates[i].stack && g.in_func ? false : templates[i].fn();
		k -= templates[i].weight;
	}
	return false;
}

static void one_item(void)
{
	struct block *b = g.b;
	struct item *it;
	uint8_t *p0;
	uint32_t before;

	if (b->n_items == MAX_ITEMS || g.p - b->code > (int)SLOT_SIZE - 256)
		return;
	land_labels(false);
	before = g.undef;
	p0 = g.p;
	g.item_start = g.p;
	if ((g.options & OPT_SWEEP) && chance(70))
		any_encoding();
	else
		while (!(chance(17) ? one_template() : one_row()))
			g.p = p0;
	it = &b->items[b->n_items++];
	it->start = (uint16_t)(p0 - b->code);
	it->end = (uint16_t)(g.p - b->code);
	it->undef_before = (uint16_t)before;
	it->undef_after = (uint16_t)(g.undef | before);
}

/* sub dword [counter], 1; jns back: bounded, whatever the body does. */
static void loop(void)
{
	uint32_t a = LOOP_AREA;
	uint8_t *head;

	land_labels(true);
	e8(0xC7);
	e8(0x05);
	e32(a);
	e32(1 + below(3));
	head = g.p;
	g.undef = FL_ALL;
	g.known = 0;
	g.in_loop = true;
	for (unsigned i = 1 + below(4); i; i--)
		one_item();
	land_labels(true);
	g.in_loop = false;
	e8(0x83);
	e8(0x2D);
	e32(a);
	e8(1);
	e8(0x0F);
	e8(0x89);
	e32((uint32_t)(head - g.p - 4));
	g.undef = 0;
	g.known = 0;
	g.b->items[g.b->n_items - 1].end = (uint16_t)(g.p - g.b->code);
}

static void function(struct func *f)
{
	uint32_t here = (uint32_t)(uintptr_t)g.p;

	for (int i = 0; i < f->n_calls; i++) {
		uint32_t rel = here - (uint32_t)(uintptr_t)f->call_at[i] - 4;

		memcpy(f->call_at[i], f->kind[i] == 4 ? &rel : &here, 4);
	}
	g.in_func = true;
	g.undef = FL_ALL;
	g.known = 0;
	for (unsigned i = 1 + below(4); i; i--)
		one_item();
	land_labels(true);
	if (f->pop) {
		e8(0xC2);
		e16(f->pop);
	} else {
		if (chance(10))
			e8(0xF3);
		e8(0xC3);
	}
	g.in_func = false;
	g.b->items[g.b->n_items - 1].end = (uint16_t)(g.p - g.b->code);
}

static void jump_to(uint32_t addr)
{
	e8(0xE9);
	e32(addr - (uint32_t)(uintptr_t)g.p - 4);
}

void generate(struct block *b, uint8_t *code, uint32_t features, uint32_t options, uint32_t exit_addr)
{
	unsigned n = options & OPT_SWEEP ? 2 + below(4) : 20 + below(31);

	memset(&g, 0, sizeof g);
	g.b = b;
	g.p = b->code = code;
	g.features = features;
	g.options = options;
	b->n_items = 0;
	while (b->n_items < n) {
		unsigned was = b->n_items;

		if (chance(3))
			loop();
		else
			one_item();
		if (b->n_items == was)
			break;
	}
	land_labels(true);
	b->n_main = b->n_items;
	b->undef_end = g.undef;
	jump_to(exit_addr);
	for (int i = 0; i < g.n_funcs; i++)
		function(&g.funcs[i]);
	b->size = (uint32_t)(g.p - code);
}

/* Keep the first items only, then leave; what lies behind traps. */
void truncate_block(struct block *b, unsigned items, uint32_t exit_addr)
{
	if (items >= b->n_items)
		return;
	g.p = b->code + b->items[items].start;
	b->undef_end = b->items[items].undef_before;
	memset(g.p, 0xCC, (size_t)(b->code + b->size - g.p));
	jump_to(exit_addr);
	if (b->size < (uint32_t)(g.p - b->code))
		b->size = (uint32_t)(g.p - b->code);
}

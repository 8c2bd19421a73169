/* SPDX-License-Identifier: MIT */
/* The generator: rows and templates to bytes. It knows which registers hold good addresses and which flags are undefined. */
#include "gen.h"

struct gen g;
uint16_t data_sel;
static uint16_t pick[4096];
static unsigned n_pick;

struct mem {
	int seg; /* prefix byte or 0 */
	bool a16, reg;
	uint16_t off; /* with a16: the offset that comes of it */
	uint8_t mod, rm, sib;
	bool has_sib;
	int displen;
	uint32_t disp;
};

static bool has(const char *fmt, char c)
{
	return strchr(fmt, c) != NULL;
}

void kill_reg(int r)
{
	g.known &= (uint8_t)~(1u << r);
}

void load(int r, uint32_t v) /* mov r, imm32: leaves flags alone */
{
	e8(0xB8 + (uint32_t)r);
	e32(v);
	kill_reg(r);
}

void load_addr(int r, uint32_t v)
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

int base_reg(void)
{
	static const uint8_t r[] = {EAX, ECX, EDX, EBX, EBP, ESI, EDI};

	return r[below(7)];
}

void need_stack(void)
{
	if (!(g.known & (1u << ESP)) || g.val[ESP] < DATA_AREA + DATA_OPS + 128 || g.val[ESP] > DATA_AREA + DATA_SIZE - 128) {
		if (!g.in_func && !((g.options & OPT_NOWILD) == 0 && chance(1)))
			load_addr(ESP, DATA_AREA + DATA_OPS + 256 + below(129) * 4);
	}
}

uint32_t target(unsigned align)
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
		m->seg = (const uint8_t[]){0x3E, 0x36, 0x26, 0x2E}[below(g.options & (OPT_COMMON | OPT_TCG) ? 3 : 4)]; /* CS cannot be written through */
	if (kind < (g.options & OPT_MODE32 ? 14u : 6u) && !(g.options & OPT_COMMON) && data_sel && !g.in_func) { /* 16-bit addressing in a segment based at the data */
		static const uint8_t regs[8][2] = {{EBX, ESI}, {EBX, EDI}, {EBP, ESI}, {EBP, EDI}, {ESI, NONE}, {EDI, NONE}, {EBP, NONE}, {EBX, NONE}};
		uint16_t sum = 0, off, d8;

		m->a16 = true;
		m->off = (uint16_t)(t - DATA_AREA);
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
	if (kind < 14 + (g.options & OPT_MODE32 ? 8u : 0u)) { /* absolute */
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
	if (data_sel && kind < (g.options & OPT_MODE32 ? 30u : 18u)) { /* segment-relative */
		m->seg = chance(50) ? 0x64 : 0x65;
		t -= DATA_AREA;
	} else if (kind == 40 && !(g.options & OPT_NOWILD) && chance(30)) { /* whatever the registers hold */
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
void start(void)
{
	g.item_start = g.p;
}

static uint32_t cond_use(unsigned cc)
{
	static const uint32_t use[] = {FL_O, FL_C, FL_Z, FL_C | FL_Z, FL_S, FL_P, FL_S | FL_O, FL_S | FL_O | FL_Z};

	return use[cc >> 1];
}

int pick_cond(void)
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

/* Not through CS: what is left of x87 and MMX state when that faults is each processor's own. */
static void data_segment(struct mem *m)
{
	if (m->seg == 0x2E)
		m->seg = 0x26;
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
	data_segment(&m);
	start();
	mem_prefix(&m);
	e8(op);
	mem_emit(&m, reg);
}

void vex(unsigned pp, unsigned map, unsigned vvvv, bool l, bool w)
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

/* VMASKMOVPS, VMASKMOVPD, VPMASKMOV near the end of what 16-bit addresses reach: AMD's processors go on at 0 with the elements behind, as if each
 * had an address of its own; SDM and APM do not say. Other operands do not. */
static bool wraps_by_element(const struct row *r, const struct mem *m)
{
	return m->a16 && m->off > 0x10000 - 32 && r->map == 3 && ((r->op >= 0x2C && r->op <= 0x2F) || r->op == 0x8C || r->op == 0x8E);
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
			do
				mem_choose(&m, simd ? 16 : chance(70) ? 4 : 1);
			while (wraps_by_element(r, &m));
			if (simd)
				data_segment(&m);
			if (has(f, 'B') && (m.rm == reg || (m.has_sib && ((m.sib & 7u) == reg || ((m.sib >> 3) & 7u) == reg))) && !m.a16)
				reg = ESP; /* then an address in the data, seen as a bit number: may fault */
		}
		if (has(f, 'B') && m.a16) /* where a bit is wraps at 64 KiB: not so far */
			reg = EAX, load(EAX, below(256));
		if (has(f, 'B') && reg == ESP && !m.reg)
			reg = m.rm == EDI ? ESI : EDI, load((int)reg, m.has_sib || m.rm == reg ? DATA_AREA / 8 : below(32));
	}
	if (r->ext < 0 && op == 0x8C && r->map == 1)
		reg = below(6);
	if (has(f, 'L') && modrm && !m.reg && chance(25))
		lock = !(g.options & OPT_TCG); /* which shows wrong flags when one faults */
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

/* ---- items and blocks ---- */

/* Moves and arithmetic of the one-byte map. */
static bool plain(const struct row *r)
{
	return r->map == 1 && !has(r->fmt, 'x') && !has(r->fmt, 'f') &&
	       (r->op < 0x40 || (r->op >= 0x80 && r->op <= 0x8D) || (r->op >= 0xA8 && r->op <= 0xBF) || r->op == 0xC6 || r->op == 0xC7 || r->op == 0xD1);
}

static unsigned weight_of(const struct row *r, uint32_t options)
{
	bool mode32 = has(r->fmt, '6'), stack = has(r->fmt, '!') || (r->map == 1 && (r->op & 0xf0) == 0x40);

	if ((options & OPT_TCG) && r->map == 2 && r->op == 0x02)
		return 0; /* LAR: what the manual leaves undefined, processors have from the descriptor */
	if (options & (OPT_COMMON | OPT_SWEEP)) /* sweeps do not care that BCD leaves flags undefined */
		return mode32 ? 0 : r->weight;
	if (options & OPT_MODE32)
		return mode32 || stack ? 6u * r->weight : plain(r) ? r->weight : 0;
	return r->weight;
}

void gen_init(uint32_t features, uint32_t options, uint16_t data_selector)
{
	data_sel = data_selector;
	n_pick = 0;
	for (unsigned i = 0; i < n_rows; i++)
		if ((rows[i].feature & features) == rows[i].feature && !(has(rows[i].fmt, 'V') && !(features & (F_AVX2 | F_BMI1))))
			for (unsigned w = weight_of(&rows[i], options); w && n_pick < 4096; w--)
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

static void any_encoding(void)
{
	unsigned n;

	for (int r = 0; r < 8; r++)
		if (r != ESP)
			load_addr(r, DATA_AREA + 512 + below((DATA_OPS - 1024) / 16) * 16);
	load_addr(ESP, DATA_AREA + DATA_OPS + 256 + below(129) * 4);
	start();
	while ((n = sweep(g.p, g.features, g.options)) == 0)
		;
	g.p += n;
	g.known = 0;
	g.undef = FL_ALL;
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

/* SPDX-License-Identifier: MIT */
/* Templates of the generator: what needs more than one instruction to make sense. */
#include "gen.h"

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
	switch (below(6)) {
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
		e16(below(64) & (g.options & OPT_AC ? ~3u : ~0u)); /* is the look at the new top checked for alignment? */
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
	case 4: /* pop into memory addressed by the stack pointer itself */
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
		if (chance(15) && !(g.options & OPT_COMMON))
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
	if (seg && chance(30) && !(g.options & OPT_COMMON)) {
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

/* INT n other than the system call: traps for 3 and 4, #GP with the vector in its error code for the rest. */
static bool t_int(void)
{
	/* QEMU counts 16 bytes to a vector in the error code; hypervisors have a use for some of the first 32. */
	uint32_t n = chance(40) || (g.options & OPT_TCG) ? 3 + below(2) : 0x20 + below(0xe0);

	if ((g.options & OPT_NOFAULT) || g.in_func || !chance(12))
		return false;
	start();
	e8(0xCD);
	e8(n == 0x80 ? 0x81 : n);
	return true;
}

static const struct template {
	bool (*fn)(void);
	uint8_t weight;
	bool stack;     /* not inside functions */
	uint32_t never; /* options under which it is not made */
} templates[] = {
	{t_string, 14, false, 0},
	{t_stack_misc, 14, true, 0},
	{t_fpu_control, 8, false, OPT_MODE32},
	{t_xlat, 2, false, 0},
	{t_div, 4, false, 0},
	{t_maskmov, 2, false, OPT_MODE32},
	{t_gather, 2, false, OPT_MODE32},
	{t_branch, 26, false, 0},
	{t_call, 10, true, 0},
	{t_call_next, 6, true, 0},
	{t_mov_abs, 4, false, 0},
	{t_push_segment, 4, true, OPT_COMMON},
	{t_segment, 3, true, OPT_COMMON},
	{t_bad_segment, 3, true, OPT_COMMON},
	{t_far_load, 2, true, OPT_COMMON},
	{t_far, 8, true, OPT_COMMON},
	{t_near16, 3, true, OPT_COMMON},
	{t_int, 2, false, 0},
	{t_string16, 4, true, OPT_COMMON},
};

bool one_template(void)
{
	uint32_t total = 0, k;

	for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++)
		total += templates[i].weight;
	k = below(total);
	for (unsigned i = 0; i < sizeof templates / sizeof templates[0]; i++) {
		if (k < templates[i].weight)
			return (templates[i].stack && g.in_func) || (templates[i].never & g.options) ? false : templates[i].fn();
		k -= templates[i].weight;
	}
	return false;
}

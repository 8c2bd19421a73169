/* SPDX-License-Identifier: MIT */
/* Templates for what 64-bit mode has not: segment registers, far transfers, software interrupts, 16-bit addresses and targets. */
#include "gen.h"

static const uint8_t segment_push[] = {0x06, 0x16, 0x1E, 0x0E}, segment_pop[] = {0x07, 0x17, 0x1F};

/* Push a segment register; some processors leave the upper half of the word as it is, so it is made 0 before. */
static void push_segment(uint32_t op)
{
	static const uint8_t zero_there[] = {0x6A, 0x00, 0x8D, 0x64, 0x24, 0x04}; /* push 0; lea esp, [esp + 4] */

	for (unsigned i = 0; i < sizeof zero_there; i++)
		e8(zero_there[i]);
	if (op >= 0xA0)
		e8(0x0F);
	e8(op);
}

bool t_push_segment(void)
{
	need_stack();
	switch (below(4)) {
	case 0: /* es, ss or ds and back */
		start();
		{
			uint32_t i = below(3);

			push_segment(segment_push[i]);
			e8(segment_pop[i]);
		}
		return true;
	case 1: /* one of them, cs too, to eax */
		start();
		push_segment(segment_push[below(4)]);
		e8(0x58);
		kill_reg(EAX);
		return true;
	case 2: /* in 16 bits */
		e8(0x66);
		e8(segment_push[below(4)]);
		start();
		e8(0x66);
		e8(0x58);
		kill_reg(EAX);
		return true;
	default: /* fs or gs to fs or gs */
		push_segment(chance(50) ? 0xA0 : 0xA8);
		start();
		e8(0x0F);
		e8(chance(50) ? 0xA1 : 0xA9);
		return true;
	}
}

bool t_segment(void)
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

/* A selector that may not be loaded: the kernel's, beyond the table, in a local table that is not there. */
bool t_bad_segment(void)
{
	int r = base_reg();

	if ((g.options & OPT_NOFAULT) || !chance(12))
		return false;
	load(r, chance(50) ? 0x80 + (rnd() & 0xff7f) : 8 + below(3) * 8 + below(4));
	start();
	e8(0x8E);
	e8(0xC0 | (const uint8_t[]){0, 2, 3, 4, 5, 1}[below(6)] << 3 | (uint32_t)r);
	return true;
}

bool t_far_load(void) /* les, lds, lfs, lgs with a good selector */
{
	uint32_t a = DATA_AREA + below(DATA_OPS), which = below(4);
	int r = base_reg();

	e8(0x66);
	e8(0xC7);
	e8(0x05);
	e32(a + 4);
	e16(which >= 2 && data_sel ? data_sel : 0x2b);
	start();
	if (which < 2) {
		e8(0xC4 + which);
	} else {
		e8(0x0F);
		e8(0xB4 + which - 2);
	}
	e8(0x05 | (uint32_t)r << 3);
	e32(a);
	kill_reg(r);
	return true;
}

/* An absolute address that becomes known when what follows it is there. */
static uint8_t *field32(void)
{
	e32(0);
	return g.p - 4;
}

static void here_is(uint8_t *field)
{
	uint32_t to = (uint32_t)(uintptr_t)g.p;

	memcpy(field, &to, 4);
}

static void store_far_pointer(uint32_t a, uint8_t **ret_field) /* mov [a], address; mov word [a + 4], cs */
{
	e8(0xC7);
	e8(0x05);
	e32(a);
	*ret_field = field32();
	e8(0x66);
	e8(0x8C);
	e8(0x0D);
	e32(a + 4);
}

bool t_far(void)
{
	uint32_t a = DATA_AREA + below(DATA_OPS - 8);
	bool jumps = g.options & OPT_NOFAR;
	uint8_t *to;

	need_stack();
	switch (jumps ? 3 + below(3) : below(6)) {
	case 0: /* push cs; push address; retf */
		push_segment(0x0E);
		e8(0x68);
		to = field32();
		start();
		if (chance(70)) {
			e8(0xCB);
		} else {
			e8(0xCA);
			e16(below(5) * 4);
		}
		break;
	case 1: /* push flags, cs, address; iret */
		e8(0x68);
		e32((rnd() & (FL_ALL | (chance(20) ? FL_D : 0))) | 2 | (chance(20) ? 1u << 21 : 0));
		push_segment(0x0E);
		e8(0x68);
		to = field32();
		start();
		e8(0xCF);
		g.undef = 0;
		break;
	case 2: /* call far, direct */
		start();
		e8(0x9A);
		to = field32();
		e16(0x23);
		break;
	case 3: /* jmp far, direct */
		start();
		e8(0xEA);
		to = field32();
		e16(0x23);
		break;
	default: /* jmp or call far through memory */
		store_far_pointer(a, &to);
		start();
		e8(0xFF);
		e8(chance(50) && !jumps ? 0x1D : 0x2D);
		e32(a);
		break;
	}
	here_is(to);
	kill_reg(ESP);
	return true;
}

/* Targets cut to 16 bits, where nothing is. */
bool t_near16(void)
{
	if ((g.options & OPT_NOFAULT) || !chance(12))
		return false;
	need_stack();
	start();
	e8(0x66);
	switch (below(3)) {
	case 0:
		e8(0xE8 + below(2)); /* call, jmp */
		e16(rnd());
		break;
	case 1:
		e8(0xEB);
		e8(rnd());
		break;
	default:
		e8(0xC3);
		break;
	}
	return true;
}

/* String instructions and XLAT in a segment, with 16-bit pointers. */
bool t_string16(void)
{
	static const uint8_t ops[] = {0xAC, 0xAD, 0xD7, 0xA6, 0xA4};
	uint32_t op = ops[below(5)], at = 16 + below(DATA_OPS - 256);
	bool rep = op != 0xD7 && chance(40);

	if (!data_sel)
		return false;
	load(op == 0xD7 ? EBX : ESI, (rnd() & 0xffff0000u) | at);
	if (op == 0xA6 || op == 0xA4) { /* es:di too: nothing is at 0, unless es says where */
		load(EAX, data_sel);
		e8(0x8E);
		e8(0xC0);
		load(EDI, (rnd() & 0xffff0000u) | (16 + below(DATA_OPS - 256)));
	}
	if (rep)
		load(ECX, (rnd() & 0xffff0000u) | below(20));
	start();
	e8(chance(50) ? 0x64 : 0x65);
	e8(0x67);
	if (rep)
		e8(chance(50) ? 0xF3 : 0xF2);
	e8(op);
	if (op == 0xA6 || op == 0xA4) { /* es as it was */
		load(EAX, 0x2b);
		e8(0x8E);
		e8(0xC0);
	}
	g.known &= (uint8_t)~(1u << EAX | 1u << EBX | 1u << ECX | 1u << ESI | 1u << EDI);
	if (op == 0xA6)
		g.undef = rep ? g.undef : 0;
	return true;
}

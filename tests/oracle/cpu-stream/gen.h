/* SPDX-License-Identifier: MIT */
/* What the parts of the generator share: the block being made, and how to put bytes, registers and addresses into it. */
#ifndef GEN_H
#define GEN_H

#include <string.h>

#include "stream.h"

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, NONE = 8 };

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

extern struct gen {
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
	uint8_t *item_start;
} g;

static inline void e8(uint32_t v)
{
	*g.p++ = (uint8_t)v;
}

static inline void e16(uint32_t v)
{
	memcpy(g.p, &v, 2);
	g.p += 2;
}

static inline void e32(uint32_t v)
{
	memcpy(g.p, &v, 4);
	g.p += 4;
}

/* gen.c */
void kill_reg(int r);
void load(int r, uint32_t v);
void load_addr(int r, uint32_t v);
int base_reg(void);
void need_stack(void);
uint32_t target(unsigned align);
void start(void);
int pick_cond(void);
void vex(unsigned pp, unsigned map, unsigned vvvv, bool l, bool w);

/* templates.c: one thing that takes several instructions; false when it does not fit here. */
bool one_template(void);

/* templates32.c */
bool t_push_segment(void);
bool t_segment(void);
bool t_bad_segment(void);
bool t_far_load(void);
bool t_far(void);
bool t_near16(void);
bool t_string16(void);

#endif

/* SPDX-License-Identifier: MIT */
/* A line of text in a fixed buffer: what core paths use in place of stdio. */
#include "syscalls/text.h"

void text_init(struct text *t)
{
	t->n = 0;
}

void text_char(struct text *t, char c)
{
	if (t->n < sizeof t->s - 1)
		t->s[t->n++] = c;
}

void text_str(struct text *t, const char *s)
{
	while (*s)
		text_char(t, *s++);
}

static void digits(struct text *t, uint64_t v, unsigned base, int min)
{
	char d[24];
	int n = 0;

	do {
		d[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v || n < min);
	while (n)
		text_char(t, d[--n]);
}

void text_num(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	digits(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, 1);
}

void text_hex_digits(struct text *t, uint64_t v, int min_digits)
{
	digits(t, v, 16, min_digits);
}

void text_hex(struct text *t, uint64_t v)
{
	text_str(t, "0x");
	digits(t, v, 16, 1);
}

void text_oct(struct text *t, uint32_t v)
{
	if (v)
		text_char(t, '0');
	digits(t, v, 8, 1);
}

const char *text_end(struct text *t)
{
	t->s[t->n] = 0;
	return t->s;
}

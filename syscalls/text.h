/* SPDX-License-Identifier: MIT */
/* A line of text in a fixed buffer, and reading numbers back: what core paths use in place of stdio. Overlong is cut. */
#ifndef STRAIT_SYSCALLS_TEXT_H
#define STRAIT_SYSCALLS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	size_t n;
	char s[1024];
};

void text_init(struct text *t);
void text_char(struct text *t, char c);
void text_str(struct text *t, const char *s);
void text_num(struct text *t, int64_t v);
void text_hex(struct text *t, uint64_t v); /* with 0x */
void text_hex_digits(struct text *t, uint64_t v, int min_digits);
void text_oct(struct text *t, uint32_t v); /* with a leading 0 */
/* NUL-terminated. */
const char *text_end(struct text *t);

#endif

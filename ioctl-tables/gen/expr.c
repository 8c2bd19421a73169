/* SPDX-License-Identifier: MIT */
/* Counts and selectors in allow-lists: EXPR = TERM +|- TERM, TERM = FACTOR *|/|&|<<|>> FACTOR, FACTOR = number, name, ^name, size, (EXPR). */
#include <string.h>

#include "allow.h"

struct parser {
	struct place at;
	const char *s;
	struct allow *a;
};

static void space(struct parser *p)
{
	while (*p->s == ' ' || *p->s == '\t')
		p->s++;
}

static bool take(struct parser *p, const char *word)
{
	space(p);
	if (strncmp(p->s, word, strlen(word)))
		return false;
	p->s += strlen(word);
	return true;
}

static struct expr *node(enum io_expr_kind op, struct expr *l, struct expr *r)
{
	struct expr *e = g_new0(struct expr, 1);

	e->op = op;
	e->l = l;
	e->r = r;
	return e;
}

static struct expr *sum(struct parser *p);

static struct expr *factor(struct parser *p)
{
	struct expr *e;
	const char *from;
	int ups = 0;

	if (take(p, "(")) {
		e = sum(p);
		if (!take(p, ")"))
			complain(p->at, "a ) is missing before '%s'", p->s);
		return e;
	}
	space(p);
	if (g_ascii_isdigit(*p->s) || (*p->s == '-' && g_ascii_isdigit(p->s[1]))) {
		e = node(IO_CONST, NULL, NULL);
		e->value = g_ascii_strtoll(p->s, (char **)&p->s, 0);
		return e;
	}
	while (take(p, "^"))
		ups++;
	from = p->s;
	while (g_ascii_isalnum(*p->s) || *p->s == '_' || (*p->s == '.' && p->s[1] != '.') || *p->s == '@')
		p->s++;
	if (p->s == from)
		complain(p->at, "a number or a name is missing before '%s'", p->s);
	e = node(IO_FIELD, NULL, NULL);
	e->name = g_strndup(from, p->s - from);
	e->ups = ups;
	if (!strcmp(e->name, "size"))
		e->op = IO_SIZE;
	else if (!ups && !strpbrk(e->name, ".@"))
		allow_name(p->a, e->name);
	return e;
}

static const struct {
	const char *word;
	enum io_expr_kind op;
} terms[] = {{"*", IO_MUL}, {"/", IO_DIV}, {"&", IO_AND}, {"<<", IO_SHL}, {">>", IO_SHR}}, sums[] = {{"+", IO_ADD}, {"-", IO_SUB}};

static struct expr *term(struct parser *p)
{
	struct expr *e = factor(p);

	for (unsigned i = 0; i < G_N_ELEMENTS(terms);)
		if (take(p, terms[i].word)) {
			e = node(terms[i].op, e, factor(p));
			i = 0;
		} else {
			i++;
		}
	return e;
}

static struct expr *sum(struct parser *p)
{
	struct expr *e = term(p);

	for (unsigned i = 0; i < G_N_ELEMENTS(sums);)
		if (take(p, sums[i].word)) {
			e = node(sums[i].op, e, term(p));
			i = 0;
		} else {
			i++;
		}
	return e;
}

struct expr *expr_parse(struct allow *a, struct place at, const char *text)
{
	struct parser p = {at, text, a};
	struct expr *e = sum(&p);

	space(&p);
	if (*p.s)
		complain(at, "'%s' is no part of an expression", p.s);
	return e;
}

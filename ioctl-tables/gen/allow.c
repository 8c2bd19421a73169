/* SPDX-License-Identifier: MIT */
/* Reads allow/NAME.ioctls, a line at a time. The language: ioctl-tables/README.md. */
#include "allow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void complain(struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s:%d: ", at.file, at.line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

struct allow *allow_new(void)
{
	struct allow *a = g_new0(struct allow, 1);

	a->rules = g_ptr_array_new();
	a->classes = g_ptr_array_new();
	a->tagged = g_ptr_array_new();
	a->layouts = g_ptr_array_new();
	a->more_headers = g_ptr_array_new();
	a->unencoded = g_ptr_array_new();
	a->extensible = g_ptr_array_new();
	a->made = g_ptr_array_new();
	a->types = g_hash_table_new(g_str_hash, g_str_equal);
	a->names = g_ptr_array_new();
	a->exprs = g_ptr_array_new();
	return a;
}

static void add_unique(GPtrArray *to, const char *s)
{
	for (unsigned i = 0; i < to->len; i++)
		if (!strcmp(to->pdata[i], s))
			return;
	g_ptr_array_add(to, g_strdup(s));
}

void allow_name(struct allow *a, const char *name)
{
	add_unique(a->names, name);
}

/* What the line being read belongs to. */
struct reader {
	struct allow *a;
	struct place at;
	int class;
	GPtrArray *explains; /* of the struct or command above */
	GPtrArray *picks;    /* of the union or tagged set above */
	bool tagged;
	const struct explain *by; /* the union's line, when its cases follow */
};

static const char *const dirs[] = {[IO_NONE] = "none", [IO_VALUE] = "value", [IO_IN] = "in", [IO_OUT] = "out", [IO_INOUT] = "inout"};

/* The direction that word is, or -1. */
static int direction(const char *word)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(dirs); i++)
		if (!strcmp(word, dirs[i]))
			return (int)i;
	return -1;
}

/* The words of s. */
static GPtrArray *words(const char *s)
{
	GPtrArray *w = g_ptr_array_new();
	char **v = g_strsplit_set(s, " \t", -1);

	for (char **p = v; *p; p++)
		if (**p)
			g_ptr_array_add(w, g_strdup(*p));
	g_ptr_array_add(w, NULL);
	g_strfreev(v);
	return w;
}

/* Words [from, to) with spaces between. */
static char *join(GPtrArray *w, unsigned from, unsigned to)
{
	GString *s = g_string_new(NULL);

	for (unsigned i = from; i < to; i++)
		g_string_append_printf(s, "%s%s", i > from ? " " : "", (char *)w->pdata[i]);
	return g_string_free(s, FALSE);
}

/* "TYPE[COUNT]": the type is returned, and the count cut off. */
static char *type_and_count(struct reader *r, char *text, struct expr **ret_count)
{
	char *open = strrchr(text, '['), *close = strrchr(text, ']');

	if (!*text)
		complain(r->at, "a type is missing");
	if (open && close && close[1])
		complain(r->at, "'%s' stands behind the ]", close + 1);
	if (open && close) {
		*close = 0;
		*ret_count = expr_parse(r->a, r->at, open + 1);
		*open = 0;
	}
	g_strchomp(text);
	if (strcmp(text, "bytes") && strcmp(text, "string") && strcmp(text, "linked") && !g_str_has_prefix(text, "tagged "))
		add_unique(r->a->exprs, text);
	return text;
}

/* "-> in bytes[n]" behind w[i]. */
static void read_pointer(struct reader *r, struct explain *e, GPtrArray *w, unsigned i)
{
	unsigned n = w->len - 1;
	int d = i + 1 < n ? direction(w->pdata[i + 1]) : -1;
	char *rest;

	if (d != IO_IN && d != IO_OUT && d != IO_INOUT)
		complain(r->at, "-> wants in, out or inout and what it points to");
	e->kind = EX_POINTER;
	e->dir = (enum io_dir)d;
	rest = type_and_count(r, join(w, i + 2, n), &e->expr);
	if (g_str_has_prefix(rest, "tagged "))
		e->tagged = rest + strlen("tagged ");
	else
		e->elem = rest;
}

/* A case that explains the field anew; NULL: it names a member. */
static struct explain *pick_explain(struct reader *r, const char *text)
{
	struct explain *e;

	if (!g_str_has_prefix(text, "->") && strcmp(text, "number"))
		return NULL;
	e = g_new0(struct explain, 1);
	e->at = r->at;
	e->path = (char *)"";
	e->kind = EX_NUMBER;
	e->owner = r->by;
	if (*text == '-')
		read_pointer(r, e, words(text), 0);
	return e;
}

/* "V, V..W: MEMBER", "else: MEMBER", "V: error EINVAL" */
static void read_pick(struct reader *r, char *line)
{
	char *colon = strchr(line, ':');
	char *member, **v;

	if (!colon)
		complain(r->at, "VALUE, VALUE: MEMBER is expected");
	*colon = 0;
	member = g_strstrip(g_strdup(colon + 1));
	if (!*member)
		complain(r->at, "what do these values stand for?");
	if (r->tagged && !g_str_has_prefix(member, "error "))
		add_unique(r->a->exprs, member);
	v = g_strsplit(line, ",", -1);
	for (char **p = v; *p; p++) {
		struct pick *k = g_new0(struct pick, 1);
		char *dots = strstr(g_strstrip(*p), "..");

		if (dots)
			*dots = 0;
		if (strcmp(*p, "else")) {
			k->lo = expr_parse(r->a, r->at, *p);
			k->hi = dots ? expr_parse(r->a, r->at, dots + 2) : k->lo;
		}
		if (g_str_has_prefix(member, "error "))
			k->error = member + strlen("error ");
		else if (!r->tagged && (k->explain = pick_explain(r, member)) != NULL)
			;
		else
			k->member = member;
		g_ptr_array_add(r->picks, k);
	}
	g_strfreev(v);
}

static void add_explain(struct reader *r, struct explain *e, GPtrArray *w, unsigned n)
{
	if (!n)
		complain(r->at, "which field?");
	for (unsigned i = 0; i < n; i++) {
		struct explain *x = g_memdup2(e, sizeof *e);

		x->at = r->at;
		x->path = strcmp(w->pdata[i], "@") ? w->pdata[i] : ""; /* the argument itself */
		g_ptr_array_add(r->explains, x);
	}
}

/* A line about a field. */
static void read_explain(struct reader *r, char *line)
{
	GPtrArray *w = words(line);
	unsigned n = w->len - 1;
	struct explain e = {0};

	r->picks = NULL;
	for (unsigned i = 0; i < n; i++) {
		const char *k = w->pdata[i];

		if (!strcmp(k, "->")) {
			read_pointer(r, &e, w, i);
			add_explain(r, &e, w, i);
			return;
		}
		if (!strcmp(k, "number") || !strcmp(k, "unused") || !strcmp(k, "bytes")) {
			if (i + 1 != n)
				complain(r->at, "'%s' stands behind %s", (char *)w->pdata[i + 1], k);
			e.kind = *k == 'n' ? EX_NUMBER : *k == 'u' ? EX_UNUSED : EX_BYTES;
			add_explain(r, &e, w, i);
			return;
		}
		if (!strcmp(k, "is")) {
			if (i + 2 != n)
				complain(r->at, "is wants the name of one member");
			e.kind = EX_IS;
			e.elem = w->pdata[i + 1];
			add_explain(r, &e, w, i);
			return;
		}
		if (!strcmp(k, "by")) {
			e.kind = EX_BY;
			e.expr = expr_parse(r->a, r->at, join(w, i + 1, n));
			e.picks = r->picks = g_ptr_array_new();
			r->tagged = false;
			add_explain(r, &e, w, i);
			r->by = r->explains->pdata[r->explains->len - 1];
			return;
		}
	}
	{
		char *text = g_strstrip(g_strdup(line)), *open = strchr(text, '['), *close = strrchr(text, ']');

		if (!open || !close || close[1])
			complain(r->at, "FIELD number, unused, bytes, -> ..., is MEMBER, by SELECTOR or FIELD[COUNT] is expected");
		*open = *close = 0;
		e.kind = EX_FLEX;
		e.expr = expr_parse(r->a, r->at, open + 1);
		w = words(text);
		add_explain(r, &e, w, w->len - 1);
	}
}

/* "WORD WORD...: text" of lines that begin with a keyword. */
static GPtrArray *before_colon(struct reader *r, const char *line, char **ret_text)
{
	const char *colon = strchr(line, ':');
	char *head;

	if (!colon)
		complain(r->at, "a : is missing");
	head = g_strndup(line, colon - line);
	*ret_text = g_strstrip(g_strdup(colon + 1));
	return words(head);
}

static void read_class(struct reader *r, const char *line)
{
	struct class *c = g_new0(struct class, 1);
	char *text;
	GPtrArray *w = before_colon(r, line, &text);
	char **v = g_strsplit(text, ",", -1);

	if (w->len != 3)
		complain(r->at, "class NAME: MATCH, MATCH... is expected");
	c->name = w->pdata[1];
	c->file = g_strdup(r->at.file);
	c->match = g_ptr_array_new();
	for (char **p = v; *p; p++)
		g_ptr_array_add(c->match, g_strstrip(g_strdup(*p)));
	r->class = (int)r->a->classes->len;
	for (unsigned i = 0; i < r->a->classes->len; i++)
		if (!strcmp(((struct class *)r->a->classes->pdata[i])->name, c->name))
			complain(r->at, "there is a class %s already", c->name);
	g_ptr_array_add(r->a->classes, c);
}

static struct rule *new_rule(struct reader *r, enum rule_kind kind)
{
	struct rule *u = g_new0(struct rule, 1);

	u->at = r->at;
	u->kind = kind;
	u->class = r->class;
	u->patterns = g_ptr_array_new();
	u->explains = g_ptr_array_new();
	u->dir = IO_INOUT;
	g_ptr_array_add(r->a->rules, u);
	return u;
}

static void read_command(struct reader *r, const char *line)
{
	GPtrArray *w = words(line);
	unsigned n = w->len - 1, i = 0;
	struct rule *u = new_rule(r, RULE_ALLOW);

	if (r->class < 0)
		complain(r->at, "commands stand below a class line");
	while (i < n && direction(w->pdata[i]) < 0 && strcmp(w->pdata[i], "custom"))
		g_ptr_array_add(u->patterns, w->pdata[i++]);
	if (!i)
		complain(r->at, "which command?");
	if (i < n && !strcmp(w->pdata[i], "custom")) {
		if (i + 1 == n)
			complain(r->at, "custom wants the name of a function");
		u->custom = w->pdata[i + 1];
		i += 2;
	}
	if (i < n) {
		int d = direction(w->pdata[i++]);

		if (d < 0)
			complain(r->at, "none, value, in, out or inout is expected, not %s", (char *)w->pdata[i - 1]);
		u->has_dir = true;
		u->dir = (enum io_dir)d;
		if (i < n && u->dir <= IO_VALUE)
			complain(r->at, "there is no type behind %s", dirs[d]);
		if (i < n)
			u->type = type_and_count(r, join(w, i, n), &u->count);
	}
	r->explains = u->explains;
}

static void read_top(struct reader *r, char *line)
{
	GPtrArray *w = words(line);
	const char *k = w->pdata[0];
	char *text;

	r->explains = NULL;
	r->picks = NULL;
	if (!strcmp(k, "class")) {
		read_class(r, line);
	} else if (!strcmp(k, "encoded")) {
		if (r->class < 0 || w->len != 2)
			complain(r->at, "encoded stands alone, below a class line");
		((struct class *)r->a->classes->pdata[r->class])->encoded = true;
	} else if (!strcmp(k, "struct") || !strcmp(k, "union") || !strcmp(k, "type")) {
		char *name = join(w, *k == 't' ? 1 : 0, w->len - 1);

		r->explains = g_hash_table_lookup(r->a->types, name);
		if (!r->explains) {
			r->explains = g_ptr_array_new();
			g_hash_table_insert(r->a->types, name, r->explains);
		}
	} else if (!strcmp(k, "tagged")) {
		struct tagged *t = g_new0(struct tagged, 1);

		if (w->len != 3)
			complain(r->at, "tagged NAME is expected");
		t->at = r->at;
		t->name = w->pdata[1];
		t->picks = r->picks = g_ptr_array_new();
		r->tagged = true;
		g_ptr_array_add(r->a->tagged, t);
	} else if (!strcmp(k, "layout")) {
		struct named_layout *l = g_new0(struct named_layout, 1);

		w = before_colon(r, line, &l->type);
		if (w->len != 3 || !*l->type)
			complain(r->at, "layout NAME: TYPE is expected");
		l->at = r->at;
		l->name = w->pdata[1];
		add_unique(r->a->exprs, l->type);
		g_ptr_array_add(r->a->layouts, l);
	} else if (!strcmp(k, "header")) {
		if (w->len != 3)
			complain(r->at, "header FILE is expected");
		g_ptr_array_add(r->a->more_headers, w->pdata[1]);
	} else if (!strcmp(k, "commands")) {
		struct unencoded *u = g_new0(struct unencoded, 1);

		w = before_colon(r, line, &text);
		if (w->len != 3)
			complain(r->at, "commands HEADER: PATTERN... is expected");
		u->header = w->pdata[1];
		u->patterns = words(text);
		g_ptr_array_add(r->a->unencoded, u);
	} else if (!strcmp(k, "extensible")) {
		for (unsigned i = 1; i + 1 < w->len; i++)
			g_ptr_array_add(r->a->extensible, w->pdata[i]);
	} else if (!strcmp(k, "command")) {
		struct made *m = g_new0(struct made, 1);

		w = before_colon(r, line, &m->expr);
		if (w->len != 4)
			complain(r->at, "command NAME HEADER: NUMBER is expected");
		m->name = w->pdata[1];
		m->header = w->pdata[2];
		g_ptr_array_add(r->a->made, m);
	} else if (!strcmp(k, "refuse") || !strcmp(k, "not")) {
		struct rule *u = new_rule(r, *k == 'r' ? RULE_REFUSE : RULE_NOT);

		w = before_colon(r, line, &u->reason);
		for (unsigned i = 1; i + 1 < w->len; i++)
			g_ptr_array_add(u->patterns, w->pdata[i]);
		if (!*u->reason)
			complain(r->at, "%s wants a reason behind the :", k);
	} else {
		read_command(r, line);
	}
}

void allow_read(struct allow *a, const char *file)
{
	struct reader r = {.a = a, .class = -1, .at = {.file = g_path_get_basename(file)}};
	GError *err = NULL;
	char *all, **lines;

	if (!g_file_get_contents(file, &all, NULL, &err))
		complain((struct place){file, 0}, "%s", err->message);
	lines = g_strsplit(all, "\n", -1);
	for (char **p = lines; *p; p++) {
		char *hash = strchr(*p, '#'), *line;
		int depth = 0;

		r.at.line++;
		if (hash)
			*hash = 0;
		g_strchomp(*p);
		for (line = *p; *line == '\t'; line++)
			depth++;
		if (!*line)
			continue;
		if (*line == ' ')
			complain(r.at, "lines are indented by tabs");
		if (!depth)
			read_top(&r, line);
		else if (r.picks && (depth == 2 || r.tagged))
			read_pick(&r, line);
		else if (depth == 1 && r.explains)
			read_explain(&r, line);
		else
			complain(r.at, "an indented line without a command, struct, union or tagged above it");
	}
	g_strfreev(lines);
	g_free(all);
}

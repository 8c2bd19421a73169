/* SPDX-License-Identifier: MIT */
/* From lines of the lists to rows: which commands they mean, what numbers those have, and what their arguments look like. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

/* ---- entries ---- */

static struct entry *add_entry(struct output *o, const struct command *c, const char *expr, const struct rule *r, bool sized)
{
	struct entry *e = g_new0(struct entry, 1);

	e->cmd = c;
	e->name = g_strdup(sized || expr == c->expr ? c->name : expr);
	e->expr = g_strdup(expr);
	e->rule = r;
	e->sized = sized;
	e->id = (int)o->entries->len;
	g_ptr_array_add(o->entries, e);
	return e;
}

/* "NAME(0..3,size)": all combinations, from argument k on. */
static void expand(struct output *o, const struct command *c, const struct rule *r, char **args, const char *so_far, bool sized)
{
	char *dots;
	long lo, hi;

	if (!*args) {
		g_autofree char *expr = g_strconcat(so_far, ")", NULL);

		add_entry(o, c, expr, r, sized);
		return;
	}
	g_strstrip(*args);
	dots = strstr(*args, "..");
	if (!strcmp(*args, "size")) {
		g_autofree char *s = g_strdup_printf("%s%s0", so_far, g_str_has_suffix(so_far, "(") ? "" : ",");

		expand(o, c, r, args + 1, s, true);
		return;
	}
	lo = strtol(*args, NULL, 0);
	hi = dots ? strtol(dots + 2, NULL, 0) : lo;
	for (long v = lo; v <= hi; v++) {
		g_autofree char *s = g_strdup_printf("%s%s%ld", so_far, g_str_has_suffix(so_far, "(") ? "" : ",", v);

		expand(o, c, r, args + 1, s, sized);
	}
}

/* How well pattern fits: 0 not at all. */
static int fit(const char *pattern, const struct command *c)
{
	const char *open = strchr(pattern, '(');
	g_autofree char *base = g_strndup(pattern, open ? (size_t)(open - pattern) : strlen(pattern));

	if (!strcmp(base, c->name))
		return 1000000;
	if (strchr(base, '/')) /* a whole header: any other line goes before it */
		return g_pattern_match_simple(base, c->header) && !(c->params >= 0 && c->wrapper);
	if (open || c->params >= 0 || !strpbrk(base, "*?") || !g_pattern_match_simple(base, c->name))
		return 0;
	return (int)strlen(base);
}

struct best {
	const struct rule *rule;
	const char *pattern;
	int fit;
};

static void match_command(struct output *o, const struct command *c, GHashTable *matched)
{
	const struct allow *a = o->allow;
	g_autofree struct best *class = g_new0(struct best, a->classes->len + 1);
	struct best no = {0};
	int top = 0;

	for (unsigned i = 0; i < a->rules->len; i++) {
		const struct rule *r = a->rules->pdata[i];
		struct best *b = r->kind == RULE_ALLOW ? &class[r->class] : &no;

		for (unsigned k = 0; k < r->patterns->len; k++) {
			int f = fit(r->patterns->pdata[k], c);

			if (!f)
				continue;
			g_hash_table_add(matched, r->patterns->pdata[k]);
			top = MAX(top, f);
			if (f == 1000000 && b->fit == f && b->rule != r && c->params < 0)
				complain(r->at, "%s is in line %d of %s already", c->name, b->rule->at.line, b->rule->at.file);
			if (f > b->fit)
				*b = (struct best){r, r->patterns->pdata[k], f};
			if (f == 1000000 && c->params >= 0 && r->kind == RULE_ALLOW) {
				const char *open = strchr(r->patterns->pdata[k], '(');
				g_autofree char *args = open ? g_strndup(open + 1, strcspn(open + 1, ")")) : NULL, *start = g_strconcat(c->name, "(", NULL);
				char **v;

				if (!open)
					complain(r->at, "%s has arguments: say which, as numbers, ranges or size", c->name);
				v = g_strsplit(args, ",", -1);
				expand(o, c, r, v, start, false);
				g_strfreev(v);
			}
		}
	}
	if (no.rule && no.fit == top) {
		if (no.rule->kind == RULE_NOT && no.fit)
			return;
		add_entry(o, c, c->expr, no.rule, false);
		return;
	}
	if (c->params >= 0) {
		if (!top && !c->wrapper)
			add_entry(o, c, c->expr, NULL, false);
		return;
	}
	if (!top)
		add_entry(o, c, c->expr, NULL, false);
	/* Several classes may allow it; one that does so by name silences patterns elsewhere. */
	for (unsigned i = 0; i < a->classes->len; i++)
		if (class[i].rule && (class[i].fit == top || top < 1000000))
			add_entry(o, c, c->expr, class[i].rule, false);
}

void entries_make(struct output *o)
{
	g_autoptr(GHashTable) matched = g_hash_table_new(g_direct_hash, g_direct_equal);

	o->entries = g_ptr_array_new();
	for (unsigned i = 0; i < o->headers->commands->len; i++)
		match_command(o, o->headers->commands->pdata[i], matched);
	for (unsigned i = 0; i < o->allow->rules->len; i++) {
		const struct rule *r = o->allow->rules->pdata[i];

		for (unsigned k = 0; k < r->patterns->len; k++)
			if (!g_hash_table_contains(matched, r->patterns->pdata[k]))
				g_ptr_array_add(o->notes, g_strdup_printf("%s:%d: %s is not in these headers", r->at.file, r->at.line,
									  (char *)r->patterns->pdata[k]));
	}
}

char *entries_tail(const struct output *o)
{
	GString *s = g_string_new("\n");

	for (unsigned i = 0; i < o->allow->names->len; i++)
		g_string_append_printf(s, "enum { kp_%u = 0x5eadbee0, k_%u = (%s) };\n", i, i, (char *)o->allow->names->pdata[i]);
	for (unsigned i = 0; i < o->allow->exprs->len; i++)
		g_string_append_printf(s, "extern __typeof__(%s) *x_%u;\n", (char *)o->allow->exprs->pdata[i], i);
	for (unsigned i = 0; i < o->entries->len; i++) {
		const struct entry *e = o->entries->pdata[i];

		g_string_append_printf(s, "enum { vp_%d = 0x5eadbee0, v_%d = (%s) };\n", e->id, e->id, e->expr);
	}
	/* From here on a command is a null pointer to its argument. */
	g_string_append(s, "#undef _IOC\n#define _IOC(dir, type, nr, size) (size)\n#undef _IOC_TYPECHECK\n"
			   "#define _IOC_TYPECHECK(t) ((__typeof__(t) *)0)\n");
	for (const char *const *d = (const char *const[]){"_IOR", "_IOW", "_IOWR", NULL}; *d; d++)
		g_string_append_printf(s, "#undef %s_BAD\n#define %s_BAD(type, nr, t) ((__typeof__(t) *)0)\n", *d, *d);
	for (unsigned i = 0; i < o->entries->len; i++) {
		const struct entry *e = o->entries->pdata[i];

		if (e->cmd->encoded && !e->sized)
			g_string_append_printf(s, "extern __typeof__(%s) *t_%d;\n", e->expr, e->id);
	}
	return g_string_free(s, FALSE);
}

/* ---- rows ---- */

static bool number_of(const struct flavour *f, const struct entry *e, uint32_t *ret)
{
	char key[16];
	const int64_t *v;

	snprintf(key, sizeof key, "v_%d", e->id);
	v = g_hash_table_lookup(f->values, key);
	if (v)
		*ret = (uint32_t)*v;
	return v;
}

/* What the header says arg points to. */
static const CXType *header_type(const struct flavour *f, const struct entry *e, CXType *buf)
{
	char key[16];
	const CXType *t;

	snprintf(key, sizeof key, "t_%d", e->id);
	t = g_hash_table_lookup(f->vars, key);
	if (!t || t->kind != CXType_Pointer)
		return NULL;
	*buf = clang_getCanonicalType(clang_getPointeeType(*t));
	return buf;
}

static uint8_t custom_index(struct output *o, const char *name)
{
	if (!name)
		return 0;
	for (unsigned i = 0; i < o->custom->len; i++)
		if (!strcmp(o->custom->pdata[i], name))
			return (uint8_t)(i + 1);
	g_ptr_array_add(o->custom, g_strdup(name));
	return (uint8_t)o->custom->len;
}

/* Layout, count and direction of an entry for one guest: false and why not. */
static bool describe(struct output *o, struct tables *t, const struct entry *e, struct ioctl_row *row, uint32_t dir_mask, char **ret_why)
{
	const struct rule *r = e->rule;
	CXType gbuf, hbuf;
	const CXType *g, *h;
	int l;

	row->dir = (uint8_t)r->dir;
	row->custom = custom_index(o, r->custom);
	if (r->custom || (r->has_dir && r->dir <= IO_VALUE))
		return true;
	if (!r->has_dir && !(row->guest & dir_mask)) {
		*ret_why = g_strdup("its number does not say what its argument is");
		return false;
	}
	if (r->type && !strcmp(r->type, "string")) {
		row->layout = (uint16_t)layout_bytes(t);
		return true;
	}
	if (r->type && !strcmp(r->type, "bytes")) {
		l = layout_bytes(t);
	} else {
		g = r->type ? mentioned(t, t->guest, r->type) : header_type(t->guest, e, &gbuf);
		h = r->type ? mentioned(t, t->host, r->type) : header_type(t->host, e, &hbuf);
		if (!g || !h) {
			*ret_why = r->type ? g_strdup_printf("no type %s in these headers", r->type) :
					     g_strdup("the header does not say the argument's type");
			return false;
		}
		l = layout_of(t, *g, *h, r->explains, ret_why);
	}
	if (l < 0)
		return false;
	row->layout = (uint16_t)l;
	if (r->count) {
		int x = expr_index(t, r->count, ret_why);

		if (x < 0)
			return false;
		row->count = (uint16_t)x;
	} else if (e->sized) {
		*ret_why = g_strdup("how many of these are in `size` bytes? TYPE[size/N]");
		return false;
	}
	return true;
}

static bool is_straight(struct tables *t, const struct ioctl_row *row)
{
	if (row->dir <= IO_VALUE)
		return true;
	return !row->custom && g_array_index(t->layouts, struct io_layout, row->layout).flags & IO_SAME;
}

/* Add, unless there is one of this number and class already. */
static bool add_row(struct output *o, int abi, const struct ioctl_row *row, char **ret_why)
{
	for (unsigned i = 0; i < o->rows[abi]->len; i++) {
		const struct ioctl_row *k = &g_array_index(o->rows[abi], struct ioctl_row, i);

		if (k->guest != row->guest || k->class != row->class || (k->flags & IO_ROW_SIZED) != (row->flags & IO_ROW_SIZED))
			continue;
		if (k->host == row->host && k->layout == row->layout && k->count == row->count)
			return true;
		*ret_why = g_strdup_printf("%s has the same number in this class", k->name);
		return false;
	}
	g_array_append_val(o->rows[abi], *row);
	return true;
}

static bool is_extensible(const struct allow *a, const struct entry *e)
{
	for (unsigned i = 0; i < a->extensible->len; i++)
		if (e->cmd->encoded && g_pattern_match_simple(a->extensible->pdata[i], e->name))
			return true;
	return false;
}

static void make_row(struct output *o, int f, struct entry *e)
{
	struct tables *t = o->tables[f / 2];
	struct ioctl_row row = {.flags = (uint8_t)((e->sized ? IO_ROW_SIZED : 0) | (f & 1 ? IO_ROW_TIME64 : 0)), .name = e->name};

	t->guest = o->guest[f];
	e->known[f] = number_of(o->guest[f], e, &row.guest);
	e->number[f] = row.guest;
	if (!e->rule || e->rule->kind != RULE_ALLOW)
		return;
	if (!e->known[f]) {
		e->why_not[f] = g_strdup("this ABI does not have it");
		return;
	}
	if (!number_of(o->host, e, &row.host)) {
		e->why_not[f] = g_strdup("the host does not have it");
		return;
	}
	if (f & 1 && e->known[f - 1] && e->number[f - 1] == row.guest) { /* the same with both widths of time */
		e->allowed[f] = e->allowed[f - 1];
		e->straight[f] = e->straight[f - 1];
		return;
	}
	row.class = (uint8_t)e->rule->class;
	if (is_extensible(o->allow, e))
		row.flags |= IO_ROW_EXTENSIBLE;
	e->allowed[f] = describe(o, t, e, &row, o->target[f / 2]->dir_mask, &e->why_not[f]) && add_row(o, f / 2, &row, &e->why_not[f]);
	e->straight[f] = e->allowed[f] && is_straight(t, &row);
}

static int by_number(const void *x, const void *y)
{
	const struct ioctl_row *a = x, *b = y;

	if (a->guest != b->guest)
		return a->guest < b->guest ? -1 : 1;
	if (a->class != b->class)
		return a->class - b->class;
	return (a->flags & IO_ROW_SIZED) - (b->flags & IO_ROW_SIZED);
}

void rows_make(struct output *o, int abi)
{
	o->rows[abi] = g_array_new(FALSE, TRUE, sizeof(struct ioctl_row));
	o->tables[abi] = tables_new(o->allow, o->guest[abi * 2], o->host);
	for (int f = abi * 2; f < abi * 2 + 2; f++)
		for (unsigned i = 0; i < o->entries->len; i++)
			make_row(o, f, o->entries->pdata[i]);
	g_array_sort(o->rows[abi], by_number);
}

/* SPDX-License-Identifier: MIT */
/* Frames: a layout finished and numbered, names in expressions resolved to places in frames, and what is to be proved. */
#include <string.h>

#include "layout.h"

struct tables *tables_new(struct allow *a, struct flavour *guest, struct flavour *host)
{
	struct tables *t = g_new0(struct tables, 1);
	struct io_expr one = {.op = IO_CONST, .g = 1};

	t->allow = a;
	t->guest = guest;
	t->host = host;
	t->layouts = g_array_new(FALSE, TRUE, sizeof(struct io_layout));
	t->ops = g_array_new(FALSE, TRUE, sizeof(struct io_op));
	t->cases = g_array_new(FALSE, TRUE, sizeof(struct io_case));
	t->exprs = g_array_new(FALSE, TRUE, sizeof(struct io_expr));
	t->layout_index = g_hash_table_new(g_str_hash, g_str_equal);
	t->proofs = g_ptr_array_new();
	t->proved = g_hash_table_new(g_str_hash, g_str_equal);
	g_array_append_val(t->exprs, one);
	return t;
}

/* ---- names ---- */

const CXType *mentioned(struct tables *t, struct flavour *f, const char *text)
{
	for (unsigned i = 0; i < t->allow->exprs->len; i++)
		if (!strcmp(t->allow->exprs->pdata[i], text)) {
			g_autofree char *key = g_strdup_printf("x_%u", i);
			const CXType *v = g_hash_table_lookup(f->vars, key);

			return v && clang_Type_getSizeOf(*v) >= 0 ? v : NULL;
		}
	return NULL;
}

/* The constant called name: 0, or -1. */
static int named_constant(struct tables *t, const char *name, int64_t *ret)
{
	for (unsigned i = 0; i < t->allow->names->len; i++)
		if (!strcmp(t->allow->names->pdata[i], name)) {
			g_autofree char *key = g_strdup_printf("k_%u", i);
			const int64_t *v = g_hash_table_lookup(t->guest->values, key);

			if (!v)
				return -1;
			*ret = *v;
			return 0;
		}
	return -1;
}

/* The field at path in t: its place and type. */
static bool find_field(CXType t, const char *path, uint32_t *at, CXType *ret)
{
	size_t n = strcspn(path, ".");
	GArray *f;
	bool found = false;

	if (t.kind != CXType_Record)
		return false;
	f = fields_of(t);
	for (unsigned i = 0; i < f->len && !found; i++) {
		CXCursor c = g_array_index(f, CXCursor, i);
		g_autofree char *name = field_name(c);
		uint32_t here = *at + (uint32_t)(clang_Cursor_getOffsetOfField(c) / 8);

		if (!*name) {
			uint32_t sub = here;

			found = find_field(field_type(c), path, &sub, ret);
			if (found)
				*at = sub;
		} else if (strlen(name) == n && !strncmp(name, path, n) && !clang_Cursor_isBitField(c)) {
			*ret = field_type(c);
			found = !path[n] || find_field(*ret, path + n + 1, &here, ret);
			*at = here;
		}
	}
	g_array_unref(f);
	return found;
}

static uint16_t add_node(struct tables *t, struct io_expr n)
{
	for (unsigned i = 0; i < t->exprs->len; i++)
		if (!memcmp(&g_array_index(t->exprs, struct io_expr, i), &n, sizeof n))
			return (uint16_t)i;
	g_array_append_val(t->exprs, n);
	return (uint16_t)(t->exprs->len - 1);
}

static bool same_place(const struct scope *a, const struct scope *b)
{
	return a->level == b->level && a->go == b->go && clang_equalTypes(a->g, b->g);
}

static bool field_node(struct walk *w, struct scope *said, const struct expr *e, struct io_expr *n)
{
	for (int ups = e->ups; said; said = said->up) {
		uint32_t g = said->go, h = said->ho;
		CXType gt, ht;

		if (!said->g.kind || (said->up && said->up->g.kind && same_place(said, said->up)))
			continue;
		if (ups > 0) {
			ups--;
			continue;
		}
		if (find_field(said->g, e->name, &g, &gt) && find_field(said->h, e->name, &h, &ht)) {
			long long size = clang_Type_getSizeOf(gt), hsize = clang_Type_getSizeOf(ht);

			if (size < 1 || size > 8 || hsize < size || hsize > 8)
				return why(w, "%s is no number to count or choose by", e->name);
			*n = (struct io_expr){.op = IO_FIELD, .size = (uint8_t)(size | hsize << 4), .g = g, .h = h,
					      .level = (uint8_t)(w->depth - said->level)};
			n->sign = gt.kind == CXType_Char_S || gt.kind == CXType_SChar || gt.kind == CXType_Short || gt.kind == CXType_Int ||
				  gt.kind == CXType_Long || gt.kind == CXType_LongLong;
			return true;
		}
		if (!e->ups)
			return false;
	}
	return false;
}

bool expr_of(struct walk *w, struct scope *said, const struct expr *e, uint16_t *ret)
{
	struct io_expr n = {.op = (uint8_t)e->op};
	int64_t v = e->value;

	switch (e->op) {
	case IO_SIZE: /* the command's, unless there is a field of that name */
		n.op = IO_SIZE;
		if (field_node(w, said, e, &n))
			break;
		n = (struct io_expr){.op = IO_SIZE};
		break;
	case IO_FIELD:
		if (field_node(w, said, e, &n))
			break;
		if (e->ups || named_constant(w->t, e->name, &v))
			return why(w, "%s: neither a field nor a constant of these headers", e->name);
		/* fall through */
	case IO_CONST:
		n = (struct io_expr){.op = IO_CONST, .g = (uint32_t)v, .h = (uint32_t)((uint64_t)v >> 32)};
		break;
	default:
		if (!expr_of(w, said, e->l, &n.l) || !expr_of(w, said, e->r, &n.r))
			return false;
	}
	*ret = add_node(w->t, n);
	return true;
}

static int64_t calculate(struct walk *w, const struct expr *e, bool *ok)
{
	int64_t l, r, v = 0;

	if (e->op == IO_CONST)
		return e->value;
	if (e->op == IO_FIELD || e->op == IO_SIZE) {
		if (e->op == IO_SIZE || named_constant(w->t, e->name, &v)) {
			*ok = false;
			why(w, "%s: no constant of these headers", e->name);
		}
		return v;
	}
	l = calculate(w, e->l, ok);
	r = calculate(w, e->r, ok);
	switch (e->op) {
	case IO_ADD:
		return l + r;
	case IO_SUB:
		return l - r;
	case IO_MUL:
		return l * r;
	case IO_DIV:
		return r ? l / r : 0;
	case IO_AND:
		return l & r;
	case IO_SHL:
		return l << r;
	case IO_SHR:
		return l >> r;
	case IO_CONST:
	case IO_FIELD:
	case IO_SIZE:
		break;
	}
	return 0;
}

bool constant_of(struct walk *w, const struct expr *e, int64_t *ret)
{
	bool ok = true;

	*ret = calculate(w, e, &ok);
	return ok;
}

int expr_index(struct tables *t, struct expr *e, char **ret_why)
{
	struct walk w = {.t = t, .ret_why = ret_why};
	uint16_t i;

	return expr_of(&w, NULL, e, &i) ? i : -1;
}

/* ---- layouts ---- */

static const struct io_layout *layout_at(struct tables *t, unsigned i)
{
	return &g_array_index(t->layouts, struct io_layout, i);
}

static uint16_t flags_of(struct tables *t, const struct io_op *ops, unsigned n);

/* IO_SAME and IO_REBASE of one operation. */
static uint16_t flags_of_op(struct tables *t, const struct io_op *o)
{
	uint16_t sub = 0, flags = IO_SAME;

	if (o->g != o->h)
		flags = 0;
	switch ((enum io_op_kind)o->kind) {
	case IO_COPY:
	case IO_UNUSED:
		return flags;
	case IO_NUMBER:
	case IO_SIGNED:
		return 0;
	case IO_STRAIGHT:
		return (o->gsize == o->hsize ? flags : 0) | IO_REBASE;
	case IO_POINTER:
		return (o->gsize == o->hsize ? flags & layout_at(t, o->sub)->flags : 0) | IO_REBASE;
	case IO_TAGGED:
		if (o->gsize != o->hsize)
			flags = 0;
		for (unsigned i = 0; i < o->n; i++) {
			const struct io_case *c = &g_array_index(t->cases, struct io_case, o->sub + i);

			if (c->n != IO_CASE_ERROR)
				flags &= layout_at(t, c->first)->flags;
		}
		return flags | IO_REBASE;
	case IO_ARRAY:
		sub = layout_at(t, o->sub)->flags;
		return (flags & sub) | (sub & IO_REBASE);
	case IO_CASES:
		for (unsigned i = 0; i < o->n; i++) {
			const struct io_case *c = &g_array_index(t->cases, struct io_case, o->sub + i);

			if (c->n == IO_CASE_ERROR)
				continue;
			sub = flags_of(t, &g_array_index(t->ops, struct io_op, c->first), c->n);
			flags = (flags & sub & IO_SAME) | ((flags | sub) & IO_REBASE);
		}
		return flags;
	}
	return 0;
}

static uint16_t flags_of(struct tables *t, const struct io_op *ops, unsigned n)
{
	uint16_t flags = IO_SAME;

	for (unsigned i = 0; i < n; i++) {
		uint16_t f = flags_of_op(t, &ops[i]);

		flags = (flags & f & IO_SAME) | ((flags | f) & IO_REBASE);
	}
	return flags;
}

static int finish(struct tables *t, struct io_layout *l, const GArray *ops)
{
	GString *key = g_string_new(NULL);
	void *known;

	l->n = (uint16_t)ops->len;
	l->flags |= flags_of(t, (const struct io_op *)ops->data, ops->len);
	if (l->gsize != l->hsize)
		l->flags &= (uint16_t)~IO_SAME;
	if (l->flags & IO_FLEX) {
		uint16_t f = layout_at(t, l->flex_sub)->flags;

		if (!(f & IO_SAME) || l->flex_g != l->flex_h)
			l->flags &= (uint16_t)~IO_SAME;
		l->flags |= f & IO_REBASE;
	}
	/* All bytes the same: one copy, padding and what is not used with it. */
	g_string_append_printf(key, "%u %u %u %u %u %u %u", l->gsize, l->hsize, l->flags, l->flex_sub, l->flex_expr, l->flex_g, l->flex_h);
	for (unsigned i = 0; i < ops->len; i++) {
		const struct io_op *o = &g_array_index(ops, struct io_op, i);

		g_string_append_printf(key, "|%u %u %u %u %u %u %u %u %u", o->kind, o->dir, o->gsize, o->hsize, o->g, o->h, o->n, o->sub, o->expr);
	}
	known = g_hash_table_lookup(t->layout_index, key->str);
	if (known)
		return GPOINTER_TO_INT(known) - 1;
	l->first = (uint16_t)t->ops->len;
	g_array_append_vals(t->ops, ops->data, ops->len);
	g_array_append_val(t->layouts, *l);
	g_hash_table_insert(t->layout_index, key->str, GINT_TO_POINTER((int)t->layouts->len));
	return (int)t->layouts->len - 1;
}

int layout_walk(struct walk *w, struct scope *s, CXType g, CXType h, const char *path)
{
	long long gs = clang_Type_getSizeOf(g), hs = clang_Type_getSizeOf(h);
	struct io_layout l = {.gsize = (uint32_t)gs, .hsize = (uint32_t)hs};

	if (gs < 0 || hs < 0) {
		why(w, "%s: an incomplete type", path);
		return -1;
	}
	if (!walk_field(w, s, path, g, h, 0, 0))
		return -1;
	if (w->flex) {
		l.flags = IO_FLEX;
		l.flex_sub = w->flex_sub;
		l.flex_expr = w->flex_expr;
		l.flex_g = w->flex_g;
		l.flex_h = w->flex_h;
	}
	return finish(w->t, &l, w->ops);
}

int layout_of(struct tables *t, CXType g, CXType h, GPtrArray *explains, char **ret_why)
{
	struct walk w = {.t = t, .ops = g_array_new(FALSE, TRUE, sizeof(struct io_op)), .ret_why = ret_why};
	struct scope top = {.explains = explains, .g = g, .h = h};

	return layout_walk(&w, &top, g, h, "");
}

int layout_bytes(struct tables *t)
{
	struct io_layout l = {.gsize = 1, .hsize = 1};
	g_autoptr(GArray) ops = g_array_new(FALSE, TRUE, sizeof(struct io_op));
	struct io_op copy = {.kind = IO_COPY, .n = 1};

	g_array_append_val(ops, copy);
	return finish(t, &l, ops);
}

/* ---- proofs ---- */

void prove_type(struct tables *t, const char *name, CXType g, GArray *fields)
{
	if (strchr(name, '(') || strchr(name, ':') || g_hash_table_contains(t->proved, name))
		return;
	g_hash_table_add(t->proved, g_strdup(name));
	g_ptr_array_add(t->proofs, g_strdup_printf("sizeof(%s) == %lld", name, (long long)clang_Type_getSizeOf(g)));
	for (unsigned i = 0; i < fields->len; i++) {
		CXCursor c = g_array_index(fields, CXCursor, i);
		g_autofree char *f = field_name(c);

		if (*f && !clang_Cursor_isBitField(c))
			g_ptr_array_add(t->proofs, g_strdup_printf("__builtin_offsetof(%s, %s) == %lld", name, f,
								   (long long)clang_Cursor_getOffsetOfField(c) / 8));
	}
}

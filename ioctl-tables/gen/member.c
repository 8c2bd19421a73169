/* SPDX-License-Identifier: MIT */
/* Members that a list explains: unions, flexible arrays, pointers to what a tag says. */
#include <string.h>

#include "layout.h"

#include <errno.h>

/* ---- unions ---- */

static bool find_member(CXType u, const char *name, CXCursor *ret)
{
	GArray *f = fields_of(u);
	bool found = false;

	for (unsigned i = 0; i < f->len && !found; i++) {
		CXCursor c = g_array_index(f, CXCursor, i);
		g_autofree char *n = field_name(c);

		if (!strcmp(n, name)) {
			*ret = c;
			found = true;
		} else if (!*n && *name == '@' && find_member(field_type(c), name + 1, ret)) {
			*ret = c; /* an anonymous struct, by its first member */
			found = true;
		}
	}
	g_array_unref(f);
	return found;
}

static bool all_same(const GArray *ops, uint32_t go, uint32_t ho)
{
	for (unsigned i = 0; i < ops->len; i++) {
		const struct io_op *o = &g_array_index(ops, struct io_op, i);

		if (o->kind != IO_COPY || o->g - go != o->h - ho)
			return false;
	}
	return true;
}

/* Not explained: fine if all members are the same bytes on both sides. */
bool union_plain(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	GArray *gf = fields_of(g), *hf = fields_of(h);
	long long n = clang_Type_getSizeOf(g);
	g_autofree char *name = type_name(g);

	if (n < 0 || clang_Type_getSizeOf(h) < n || gf->len != hf->len)
		return why(w, "%s: a union of another size for guest and host", path);
	for (unsigned i = 0; i < gf->len; i++) {
		CXCursor gc = g_array_index(gf, CXCursor, i), hc = g_array_index(hf, CXCursor, i);
		g_autofree char *reason = NULL, *member = field_name(gc), *sub = NULL;
		struct walk try = {.t = w->t, .ops = g_array_new(FALSE, TRUE, sizeof(struct io_op)), .depth = w->depth, .ret_why = &reason};
		bool ok;

		sub = g_strdup_printf("%s%s%s", path, *path && *member ? "." : "", member);
		ok = *member ? walk_field(&try, s, sub, field_type(gc), field_type(hc), go, ho) :
			       walk_type(&try, s, sub, field_type(gc), field_type(hc), go, ho);
		ok = ok && !try.flex && all_same(try.ops, go, ho);
		g_array_unref(try.ops);
		if (!ok)
			return why(w, "%s: union, not explained (%s%s%s)", *path ? path : name, *member ? member : "anonymous",
				   reason ? ": " : " differs", reason ? reason : "");
	}
	put(w, (struct io_op){.kind = IO_COPY, .g = go, .h = ho, .n = (uint32_t)n});
	g_array_unref(gf);
	g_array_unref(hf);
	return true;
}

static bool walk_member(struct walk *w, struct scope *s, const char *path, const char *member, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	CXCursor gc, hc;
	g_autofree char *sub = NULL;

	if (!strcmp(member, "nothing"))
		return true;
	if (!strcmp(member, "bytes")) {
		put(w, (struct io_op){.kind = IO_COPY, .g = go, .h = ho, .n = (uint32_t)MIN(clang_Type_getSizeOf(g), clang_Type_getSizeOf(h))});
		return true;
	}
	if (!find_member(g, member, &gc) || !find_member(h, member, &hc))
		return why(w, "%s: there is no member %s", path, member);
	if (*member == '@')
		return walk_type(w, s, path, field_type(gc), field_type(hc), go, ho);
	sub = g_strdup_printf("%s%s%s", path, *path ? "." : "", member);
	return walk_field(w, s, sub, field_type(gc), field_type(hc), go, ho);
}

bool union_is(struct walk *w, struct scope *s, const char *path, const struct explain *e, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	return walk_member(w, s, path, e->elem, g, h, go, ho);
}

static int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int value;
	} known[] = {{"EINVAL", EINVAL}, {"EOPNOTSUPP", EOPNOTSUPP}, {"ENOTTY", ENOTTY}, {"EPERM", EPERM}, {"ENXIO", ENXIO}};

	for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
		if (!strcmp(known[i].name, name))
			return known[i].value;
	return 0;
}

/* lo, hi and a possible error of a pick. */
static bool start_case(struct walk *w, struct place at, const struct pick *p, struct io_case *c)
{
	*c = (struct io_case){.lo = INT64_MIN, .hi = INT64_MAX};
	if (p->lo && (!constant_of(w, p->lo, &c->lo) || !constant_of(w, p->hi, &c->hi)))
		return false;
	if (p->error) {
		c->n = IO_CASE_ERROR;
		c->first = (uint16_t)errno_of(p->error);
		if (!c->first)
			complain(at, "the errno %s is not known here", p->error);
	}
	return true;
}

/* "V: MEMBER" whose constant these headers do not have is left out: they are older than the list. */
static bool older(struct walk *w, const struct pick *p)
{
	g_autofree char *reason = NULL;
	struct walk quiet = *w;
	int64_t v;

	quiet.ret_why = &reason;
	return p->lo && (!constant_of(&quiet, p->lo, &v) || !constant_of(&quiet, p->hi, &v));
}

bool union_by(struct walk *w, struct scope *s, const char *path, struct scope *said, const struct explain *e, CXType g, CXType h,
	      uint32_t go, uint32_t ho)
{
	struct io_op op = {.kind = IO_CASES, .g = go, .h = ho};
	g_autoptr(GArray) cases = g_array_new(FALSE, TRUE, sizeof(struct io_case));

	if (!expr_of(w, said, e->expr, &op.expr))
		return false;
	for (unsigned i = 0; i < e->picks->len; i++) {
		const struct pick *p = e->picks->pdata[i];
		struct walk sub = *w;
		struct io_case c;

		if (older(w, p))
			continue;
		if (!start_case(w, e->at, p, &c))
			return false;
		if (!p->error) {
			sub.ops = g_array_new(FALSE, TRUE, sizeof(struct io_op));
			sub.start = 0;
			if (p->explain ? !walk_explained(&sub, s, path, p->explain, g, h, go, ho) :
					 !walk_member(&sub, s, path, p->member, g, h, go, ho))
				return false;
			if (sub.flex)
				return why(w, "%s: a flexible array in a union", path);
			c.first = (uint16_t)w->t->ops->len;
			c.n = (uint16_t)sub.ops->len;
			g_array_append_vals(w->t->ops, sub.ops->data, sub.ops->len);
			g_array_unref(sub.ops);
		}
		g_array_append_val(cases, c);
	}
	op.sub = (uint16_t)w->t->cases->len;
	op.n = cases->len;
	g_array_append_vals(w->t->cases, cases->data, cases->len);
	put(w, op);
	return true;
}

/* ---- pointers to what a tag says ---- */

bool pointer_tagged(struct walk *w, struct scope *said, const char *path, const struct explain *e, struct io_op op)
{
	g_autoptr(GArray) cases = g_array_new(FALSE, TRUE, sizeof(struct io_case));
	const struct tagged *t = NULL;

	for (unsigned i = 0; i < w->t->allow->tagged->len && !t; i++) {
		t = w->t->allow->tagged->pdata[i];
		if (strcmp(t->name, e->tagged))
			t = NULL;
	}
	if (!t)
		complain(e->at, "there is no tagged %s", e->tagged);
	for (unsigned i = 0; i < t->picks->len; i++) {
		const struct pick *p = t->picks->pdata[i];
		struct io_case c;

		if (older(w, p))
			continue;
		if (!start_case(w, t->at, p, &c))
			return false;
		if (!p->error) {
			const CXType *g = mentioned(w->t, w->t->guest, p->member), *h = mentioned(w->t, w->t->host, p->member);
			int sub;

			if (!g || !h)
				return why(w, "%s: no type %s in these headers", path, p->member);
			sub = sub_frame(w, said, *g, *h, path, true);
			if (sub < 0)
				return false;
			c.first = (uint16_t)sub;
			c.n = 1;
		}
		g_array_append_val(cases, c);
	}
	op.kind = IO_TAGGED;
	op.sub = (uint16_t)w->t->cases->len;
	op.n = cases->len;
	g_array_append_vals(w->t->cases, cases->data, cases->len);
	put(w, op);
	return true;
}

/* ---- flexible arrays ---- */

bool flexible(struct walk *w, struct scope *s, const char *path, struct scope *said, const struct explain *e, CXType g, CXType h,
	      uint32_t go, uint32_t ho)
{
	CXType ge = clang_getCanonicalType(clang_getArrayElementType(g)), he = clang_getCanonicalType(clang_getArrayElementType(h));
	g_autofree char *elem = g_strconcat(path, "[]", NULL);
	int sub;

	if (g.kind != CXType_IncompleteArray && g.kind != CXType_ConstantArray)
		return why(w, "%s is no array", path);
	if (w->flex)
		return why(w, "%s: a second flexible array", path);
	sub = sub_frame(w, s, ge, he, elem, false);
	if (sub < 0 || !expr_of(w, said, e->expr, &w->flex_expr))
		return false;
	w->flex = true;
	w->flex_sub = (uint16_t)sub;
	w->flex_g = go;
	w->flex_h = ho;
	return true;
}

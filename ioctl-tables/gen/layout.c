/* SPDX-License-Identifier: MIT */
/*
 * Types to layouts: the guest's and the host's form of one type are walked side by side, and what differs becomes
 * operations. What the types do not say (pointers, numbers of another width, unions, flexible arrays) an allow-list must.
 */
#include "layout.h"

#include <string.h>

/* ---- types ---- */

static char *take(CXString s)
{
	char *r = g_strdup(clang_getCString(s));

	clang_disposeString(s);
	return r;
}

/* "" for an anonymous member. */
char *field_name(CXCursor c)
{
	char *s = take(clang_getCursorSpelling(c));

	/* Newer libclangs make up a name. */
	if (strchr(s, '(') || strchr(s, ' '))
		*s = 0;
	return s;
}

/* Bits without a name are padding. */
static enum CXVisitorResult collect(CXCursor c, CXClientData data)
{
	g_autofree char *name = field_name(c);

	if (*name || !clang_Cursor_isBitField(c))
		g_array_append_val((GArray *)data, c);
	return CXVisit_Continue;
}

GArray *fields_of(CXType t)
{
	GArray *a = g_array_new(FALSE, FALSE, sizeof(CXCursor));

	clang_Type_visitFields(t, collect, a);
	return a;
}

/* As C spells it, const and the like left off. */
char *type_name(CXType t)
{
	return take(clang_getTypeSpelling(clang_getCursorType(clang_getTypeDeclaration(t))));
}

CXType field_type(CXCursor c)
{
	return clang_getCanonicalType(clang_getCursorType(c));
}

/* The first named member: what an anonymous struct or union is called by, with @ in front. */
static char *anonymous_name(CXType t)
{
	GArray *f = fields_of(t);
	char *name = NULL;

	for (unsigned i = 0; i < f->len && !name; i++) {
		CXCursor c = g_array_index(f, CXCursor, i);

		name = field_name(c);
		if (!*name)
			name = anonymous_name(field_type(c));
		else
			name = g_strconcat("@", name, NULL);
	}
	g_array_unref(f);
	return name ? name : g_strdup("@");
}

static bool is_union(CXType t)
{
	return clang_getCursorKind(clang_getTypeDeclaration(t)) == CXCursor_UnionDecl;
}

bool is_unsigned(CXType t)
{
	switch (t.kind) {
	case CXType_Bool:
	case CXType_Char_U:
	case CXType_UChar:
	case CXType_UShort:
	case CXType_UInt:
	case CXType_ULong:
	case CXType_ULongLong:
	case CXType_Pointer:
		return true;
	case CXType_Enum:
		return is_unsigned(clang_getCanonicalType(clang_getEnumDeclIntegerType(clang_getTypeDeclaration(t))));
	default:
		return false;
	}
}

static bool is_integer(CXType t)
{
	return (t.kind >= CXType_Bool && t.kind <= CXType_LongLong) || t.kind == CXType_Enum;
}

/* ---- operations ---- */

void put(struct walk *w, struct io_op op)
{
	struct io_op *last;

	if (w->ops->len > w->start) {
		last = &g_array_index(w->ops, struct io_op, w->ops->len - 1);
		/* Bytes between that are padding on both sides go along. */
		if (op.kind == IO_COPY && last->kind == IO_COPY && op.g - last->g == op.h - last->h && op.g >= last->g) {
			uint32_t n = op.g - last->g + op.n;

			last->n = MAX(n, last->n);
			return;
		}
	}
	g_array_append_val(w->ops, op);
}

bool why(struct walk *w, const char *fmt, ...)
{
	va_list ap;

	if (!*w->ret_why) {
		va_start(ap, fmt);
		*w->ret_why = g_strdup_vprintf(fmt, ap);
		va_end(ap);
	}
	return false;
}

/* ---- what lists say ---- */

static struct explain *said_in(struct scope *s, const char *path, bool glob)
{
	const char *rel = path + s->path_at;

	for (unsigned i = 0; s->explains && i < s->explains->len; i++) {
		struct explain *e = s->explains->pdata[i];
		bool pattern = strpbrk(e->path, "*?");

		if (pattern == glob && (glob ? g_pattern_match_simple(e->path, rel) : !strcmp(e->path, rel)))
			return e;
	}
	return NULL;
}

/* The explanation of the field at path (of the whole argument): by name the outermost counts, by pattern the innermost. */
static struct explain *explained(struct scope *s, const char *path)
{
	struct explain *e = NULL, *x;

	for (struct scope *k = s; k; k = k->visible ? k->up : NULL) {
		x = said_in(k, path, false);
		if (x)
			e = x;
	}
	for (struct scope *k = s; k && !e; k = k->visible ? k->up : NULL)
		e = said_in(k, path, true);
	if (e)
		e->used = true;
	return e;
}

/* The scope in which e was written, from a field's. */
static struct scope *scope_of(struct scope *s, const struct explain *e)
{
	if (e->owner)
		e = e->owner;
	for (; s; s = s->up)
		for (unsigned i = 0; s->explains && i < s->explains->len; i++)
			if (s->explains->pdata[i] == e)
				return s;
	return NULL;
}

/* ---- walking ---- */

static bool walk_number(struct walk *w, uint32_t go, uint32_t ho, CXType g, CXType h)
{
	long long gs = clang_Type_getSizeOf(g), hs = clang_Type_getSizeOf(h);

	if (gs == hs) {
		put(w, (struct io_op){.kind = IO_COPY, .g = go, .h = ho, .n = (uint32_t)gs});
		return true;
	}
	if (gs > hs || hs > 8)
		return why(w, "is wider for the guest than for the host");
	put(w, (struct io_op){.kind = is_unsigned(g) ? IO_NUMBER : IO_SIGNED, .gsize = (uint8_t)gs, .hsize = (uint8_t)hs, .g = go, .h = ho});
	return true;
}

/* A frame of its own for type g, h: index of its layout, or -1. pointee: explanations from outside do not reach into it. */
int sub_frame(struct walk *w, struct scope *s, CXType g, CXType h, const char *path, bool pointee)
{
	struct walk sub = {.t = w->t, .ops = g_array_new(FALSE, TRUE, sizeof(struct io_op)), .ret_why = w->ret_why, .depth = w->depth + 1};
	struct scope barrier = {.up = s, .level = sub.depth};

	if (w->depth > 6) {
		why(w, "%s: nested too deeply", path);
		return -1;
	}
	return layout_walk(&sub, pointee ? &barrier : s, g, h, pointee ? "" : path);
}

static bool walk_array(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	long long n = clang_getArraySize(g);
	CXType ge = clang_getCanonicalType(clang_getArrayElementType(g)), he = clang_getCanonicalType(clang_getArrayElementType(h));
	const struct io_layout *l;
	int sub;

	if (n != clang_getArraySize(h))
		return why(w, "%s: another number of elements for guest and host", path);
	sub = sub_frame(w, s, ge, he, path, false);
	if (sub < 0)
		return false;
	l = &g_array_index(w->t->layouts, struct io_layout, sub);
	if ((l->flags & IO_SAME) && !(l->flags & IO_REBASE))
		put(w, (struct io_op){.kind = IO_COPY, .g = go, .h = ho, .n = (uint32_t)n * l->gsize});
	else
		put(w, (struct io_op){.kind = IO_ARRAY, .g = go, .h = ho, .n = (uint32_t)n, .sub = (uint16_t)sub});
	return true;
}

static bool walk_pointer(struct walk *w, struct scope *s, const char *path, const struct explain *e, CXType g, CXType h, uint32_t go,
			 uint32_t ho)
{
	struct io_op op = {.kind = IO_STRAIGHT, .dir = e->dir, .gsize = (uint8_t)clang_Type_getSizeOf(g),
			   .hsize = (uint8_t)clang_Type_getSizeOf(h), .g = go, .h = ho, .n = 1};
	struct scope *said = scope_of(s, e);

	if ((op.gsize != 4 && op.gsize != 8) || (op.hsize != 4 && op.hsize != 8) || op.hsize < op.gsize)
		return why(w, "%s: not of a pointer's width", path);
	if (op.hsize == 4)
		return why(w, "%s: a 4-byte address of the host", path);
	if (e->tagged)
		return pointer_tagged(w, said, path, e, op);
	if (e->expr && !expr_of(w, said, e->expr, &op.expr))
		return false;
	if (!strcmp(e->elem, "string")) {
		op.n = 0;
	} else if (!strcmp(e->elem, "bytes")) {
		op.n = e->expr ? 1 : 0;
	} else if (!strcmp(e->elem, "linked")) {
		op.n = 0;
		op.sub = IO_LINKED;
	} else {
		const CXType *ge = mentioned(w->t, w->t->guest, e->elem), *he = mentioned(w->t, w->t->host, e->elem);
		const struct io_layout *l;
		int sub;

		if (!ge || !he)
			return why(w, "%s: no type %s in these headers", path, e->elem);
		sub = sub_frame(w, said, *ge, *he, path, true);
		if (sub < 0)
			return false;
		l = &g_array_index(w->t->layouts, struct io_layout, sub);
		op.sub = (uint16_t)sub;
		op.n = l->gsize;
		if (!(l->flags & IO_SAME) || l->flags & IO_REBASE || l->flags & IO_FLEX)
			op.kind = IO_POINTER;
	}
	put(w, op);
	return true;
}

bool walk_explained(struct walk *w, struct scope *s, const char *path, struct explain *e, CXType g, CXType h, uint32_t go,
			   uint32_t ho)
{
	long long gs = clang_Type_getSizeOf(g), hs = clang_Type_getSizeOf(h);

	switch (e->kind) {
	case EX_NUMBER:
		if (g.kind == CXType_ConstantArray || g.kind == CXType_Record) /* those in it are numbers */
			return walk_type(w, s, path, g, h, go, ho);
		return walk_number(w, go, ho, g, h) || why(w, "%s: number", path);
	case EX_UNUSED:
		put(w, (struct io_op){.kind = IO_UNUSED, .g = go, .h = ho, .n = (uint32_t)gs});
		return true;
	case EX_BYTES:
		if (gs != hs)
			return why(w, "%s: %lld bytes for the guest, %lld for the host", path, gs, hs);
		put(w, (struct io_op){.kind = IO_COPY, .g = go, .h = ho, .n = (uint32_t)gs});
		return true;
	case EX_POINTER:
		if (g.kind == CXType_ConstantArray) /* of pointers */
			return walk_type(w, s, path, g, h, go, ho);
		return walk_pointer(w, s, path, e, g, h, go, ho);
	case EX_IS:
		return union_is(w, s, path, e, g, h, go, ho);
	case EX_BY:
		return union_by(w, s, path, scope_of(s, e), e, g, h, go, ho);
	case EX_FLEX:
		return flexible(w, s, path, scope_of(s, e), e, g, h, go, ho);
	}
	return false;
}

/* A u64 whose name speaks of an address is one until a list says otherwise. */
static bool looks_like_address(CXType g, const char *path)
{
	static const char *const words[] = {"*ptr", "ptr*", "*_ptr_*", "*pointer*", "*userptr*", "*uaddr*"};
	const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;

	if (clang_Type_getSizeOf(g) != 8 || !is_unsigned(g))
		return false;
	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_pattern_match_simple(words[i], name))
			return true;
	return false;
}

/* The next field, from i on, that counts: not one that only this side has, which an allow-list says nobody uses. */
static unsigned skip_unused(struct scope *s, const char *path, GArray *fields, unsigned i, GArray *others)
{
	for (; i < fields->len; i++) {
		g_autofree char *name = field_name(g_array_index(fields, CXCursor, i));
		g_autofree char *sub = g_strdup_printf("%s%s%s", path, *path ? "." : "", name);
		const struct explain *e = explained(s, sub);
		bool shared = !*name;

		for (unsigned k = 0; k < others->len && !shared; k++) {
			g_autofree char *other = field_name(g_array_index(others, CXCursor, k));

			shared = !strcmp(name, other);
		}
		if (shared || !e || e->kind != EX_UNUSED)
			break;
	}
	return i;
}

static bool walk_record(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	g_autofree char *name = type_name(g);
	struct scope here = {.up = s, .explains = g_hash_table_lookup(w->t->allow->types, name), .g = g, .h = h, .go = go, .ho = ho,
			     .path_at = strlen(path) + (*path != 0), .visible = true, .level = w->depth};
	GArray *gf = fields_of(g), *hf = fields_of(h);

	if (clang_Type_getSizeOf(g) < 0 || clang_Type_getSizeOf(h) < 0)
		return why(w, "%s is not complete in these headers", name);
	prove_type(w->t, name, g, gf);
	for (unsigned i = 0, k = 0; i < gf->len || k < hf->len; i++, k++) {
		CXCursor gc, hc;
		g_autofree char *gn = NULL, *hn = NULL;
		long long gbit, hbit;
		g_autofree char *sub = NULL;

		i = skip_unused(&here, path, gf, i, hf);
		k = skip_unused(&here, path, hf, k, gf);
		if (i == gf->len && k == hf->len)
			break;
		if (i == gf->len || k == hf->len)
			return why(w, "%s has other fields for guest and host", name);
		gc = g_array_index(gf, CXCursor, i);
		hc = g_array_index(hf, CXCursor, k);
		gn = field_name(gc);
		hn = field_name(hc);
		if (strcmp(gn, hn))
			return why(w, "%s has other fields for guest and host", name);
		gbit = clang_Cursor_getOffsetOfField(gc);
		hbit = clang_Cursor_getOffsetOfField(hc);
		if (gbit < 0 || hbit < 0)
			return why(w, "%s.%s: its place is not known", name, gn);
		if (clang_Cursor_isBitField(gc)) {
			long long first = gbit / 8, last = (gbit + clang_getFieldDeclBitWidth(gc) + 7) / 8;

			if ((gbit - hbit) % 8)
				return why(w, "%s.%s: its bits stand elsewhere", name, gn);
			put(w, (struct io_op){.kind = IO_COPY, .g = go + (uint32_t)first, .h = ho + (uint32_t)(hbit / 8),
					      .n = (uint32_t)(last - first)});
			continue;
		}
		if (!*gn) { /* its members are reached without a name: the path stays, and is ended by @member */
			struct explain *e;
			g_autofree char *at = anonymous_name(field_type(gc));

			sub = g_strdup_printf("%s%s%s", path, *path ? "." : "", at);
			e = explained(&here, sub);
			if (e) {
				if (!walk_explained(w, &here, path, e, field_type(gc), field_type(hc), go + (uint32_t)(gbit / 8),
						    ho + (uint32_t)(hbit / 8)))
					return why(w, "%s", sub);
				continue;
			}
			if (!walk_type(w, &here, path, field_type(gc), field_type(hc), go + (uint32_t)(gbit / 8), ho + (uint32_t)(hbit / 8)))
				return false;
			continue;
		}
		sub = g_strdup_printf("%s%s%s", path, *path ? "." : "", gn);
		if (!walk_field(w, &here, sub, field_type(gc), field_type(hc), go + (uint32_t)(gbit / 8), ho + (uint32_t)(hbit / 8)))
			return false;
	}
	g_array_unref(gf);
	g_array_unref(hf);
	return true;
}

bool walk_field(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	struct explain *e = explained(s, path);

	if (e)
		return walk_explained(w, s, path, e, g, h, go, ho);
	return walk_type(w, s, path, g, h, go, ho);
}

bool walk_type(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho)
{
	if (g.kind != h.kind && !(is_integer(g) && is_integer(h)))
		return why(w, "%s: another type for guest and host", path);
	if (is_integer(g)) {
		if (clang_Type_getSizeOf(g) != clang_Type_getSizeOf(h))
			return said_number(s, path) ? walk_number(w, go, ho, g, h) :
						      why(w, "%s: long, not explained", *path ? path : "the argument");
		if (looks_like_address(g, path) && !said_number(s, path))
			return why(w, "%s: looks like an address, not explained", path);
		return walk_number(w, go, ho, g, h);
	}
	switch ((int)g.kind) {
	case CXType_Float:
	case CXType_Double:
		return walk_number(w, go, ho, g, h);
	case CXType_Pointer:
		if (said_number(s, path))
			return walk_number(w, go, ho, g, h);
		return why(w, "%s: pointer, not explained", *path ? path : "the argument");
	case CXType_ConstantArray:
		if (!clang_getArraySize(g))
			return why(w, "%s: array without a length, not explained", path);
		return walk_array(w, s, path, g, h, go, ho);
	case CXType_IncompleteArray:
		return why(w, "%s: flexible array, not explained", path);
	case CXType_Record:
		if (is_union(g))
			return union_plain(w, s, path, g, h, go, ho);
		return walk_record(w, s, path, g, h, go, ho);
	default:
		return why(w, "%s: a type that is not known here", path);
	}
}

bool said_number(struct scope *s, const char *path)
{
	struct explain *e = explained(s, path);

	return e && e->kind == EX_NUMBER;
}


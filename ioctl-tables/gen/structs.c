/* SPDX-License-Identifier: MIT */
/*
 * syscall-layouts.h: the structures that layouts.list names, as each guest has them, in a form that the host's compiler lays out the
 * same: integers of fixed width, packed, gaps spelled out. One declaration where all guests agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

struct printer {
	const GHashTable *shared; /* type: what it is declared as already */
	GString *to;
	int depth, gaps;
};

static void print_fields(struct printer *p, CXType t, bool is_union);

/* "int32_t name[3];" */
static void print_field(struct printer *p, CXType t, const char *name)
{
	g_autoptr(GString) dims = g_string_new(NULL);
	long long n;

	for (; t.kind == CXType_ConstantArray; t = clang_getCanonicalType(clang_getArrayElementType(t)))
		g_string_append_printf(dims, "[%lld]", clang_getArraySize(t));
	n = clang_Type_getSizeOf(t);
	g_string_append_printf(p->to, "%.*s", p->depth, "\t\t\t\t\t\t\t\t");
	if (t.kind == CXType_Record) {
		g_autofree char *type = type_name(t);
		const char *known = g_hash_table_lookup((GHashTable *)p->shared, type);
		bool is_union = clang_getCursorKind(clang_getTypeDeclaration(t)) == CXCursor_UnionDecl;

		if (known) {
			g_string_append_printf(p->to, "struct g_%s %s%s;\n", known, name, dims->str);
			return;
		}
		g_string_append(p->to, is_union ? "union {\n" : "struct {\n");
		p->depth++;
		print_fields(p, t, is_union);
		p->depth--;
		g_string_append_printf(p->to, "%.*s} __attribute__((packed)) %s%s;\n", p->depth, "\t\t\t\t\t\t\t\t", name, dims->str);
	} else if (t.kind == CXType_Char_S || t.kind == CXType_Char_U) {
		g_string_append_printf(p->to, "char %s%s;\n", name, dims->str);
	} else {
		g_string_append_printf(p->to, "%sint%lld_t %s%s;\n", is_unsigned(t) ? "u" : "", n * 8, name, dims->str);
	}
}

static void print_gap(struct printer *p, long long n)
{
	g_string_append_printf(p->to, "%.*suint8_t gap%d[%lld];\n", p->depth, "\t\t\t\t\t\t\t\t", p->gaps++, n);
}

static void print_fields(struct printer *p, CXType t, bool is_union)
{
	GArray *f = fields_of(t);
	g_autofree char *first = f->len ? field_name(g_array_index(f, CXCursor, 0)) : g_strdup("");
	size_t prefix = *first == '_' || !strchr(first, '_') ? 0 : (size_t)(strchr(first, '_') - first) + 1;
	long long at = 0;

	for (unsigned i = 0; i < f->len; i++) {
		CXCursor c = g_array_index(f, CXCursor, i);
		g_autofree char *name = field_name(c);
		long long here = clang_Cursor_getOffsetOfField(c) / 8;

		if (clang_Cursor_isBitField(c) || !clang_Type_getSizeOf(field_type(c))) /* room to grow, without a name */
			continue;
		if (here > at && !is_union)
			print_gap(p, here - at);
		print_field(p, field_type(c), prefix && !strncmp(name, first, prefix) && strcmp(name + prefix, "int") ? name + prefix : name);
		at = here + clang_Type_getSizeOf(field_type(c));
	}
	if (!is_union && clang_Type_getSizeOf(t) > at)
		print_gap(p, clang_Type_getSizeOf(t) - at);
	g_array_unref(f);
}

/* All that is between the braces; NULL: this ABI has no such type. */
static char *body(struct tables *t, struct flavour *f, const GHashTable *shared, const char *type, long long *ret_size)
{
	const CXType *c = mentioned(t, f, type);
	struct printer p = {.shared = shared, .depth = 1};
	GArray *fields;

	if (!c)
		return NULL;
	fields = fields_of(*c);
	prove_type(t, type, *c, fields);
	g_array_unref(fields);
	p.to = g_string_new(NULL);
	print_fields(&p, *c, false);
	*ret_size = clang_Type_getSizeOf(*c);
	return g_string_free(p.to, FALSE);
}

static void print_struct(FILE *f, const char *prefix, const char *name, const char *body, long long size)
{
	fprintf(f, "\nstruct %s_%s {\n%s} __attribute__((packed, aligned(4)));\n", prefix, name, body);
	fprintf(f, "_Static_assert(sizeof(struct %s_%s) == %lld, \"\");\n", prefix, name, size);
}

void emit_layouts_header(const struct output *o, const char *path)
{
	g_autoptr(GHashTable) shared = g_hash_table_new(g_str_hash, g_str_equal);
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		exit(1);
	}
	fprintf(f, "/* %s */\n#ifndef STRAIT_SYSCALL_LAYOUTS_H\n#define STRAIT_SYSCALL_LAYOUTS_H\n\n#include <stdint.h>\n", o->stamp);
	for (unsigned i = 0; i < o->allow->layouts->len; i++) {
		const struct named_layout *l = o->allow->layouts->pdata[i];
		long long size[2] = {0};
		g_autofree char *i386 = body(o->tables[0], o->guest[0], shared, l->type, &size[0]);
		g_autofree char *arm = body(o->tables[1], o->guest[2], shared, l->type, &size[1]);

		if (!i386 && !arm)
			complain(l->at, "no type %s in these headers", l->type);
		if (i386 && arm && size[0] == size[1] && !strcmp(i386, arm)) {
			print_struct(f, "g", l->name, i386, size[0]);
			g_hash_table_insert(shared, l->type, l->name);
			continue;
		}
		if (i386)
			print_struct(f, "i386", l->name, i386, size[0]);
		if (arm)
			print_struct(f, "arm", l->name, arm, size[1]);
	}
	fprintf(f, "\n#endif\n");
	fclose(f);
}

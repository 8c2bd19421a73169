/* SPDX-License-Identifier: MIT */
/* Writes the tables, the proofs that an ABI's own compiler checks, and the list of all commands: C, a row a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static const char *const kinds[] = {"IO_COPY", "IO_NUMBER", "IO_SIGNED", "IO_UNUSED", "IO_STRAIGHT", "IO_POINTER", "IO_TAGGED", "IO_ARRAY", "IO_CASES"};
static const char *const dirs[] = {"IO_NONE", "IO_VALUE", "IO_IN", "IO_OUT", "IO_INOUT"};

static FILE *start(const struct output *o, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		exit(1);
	}
	fprintf(f, "/* %s */\n", o->stamp);
	return f;
}

/* ---- hash ---- */

static uint32_t slot(uint32_t cmd, uint32_t mul, unsigned bits)
{
	return (cmd * mul) >> (32 - bits);
}

/* Fill `to` with the first row of each command; the longest probe. */
static unsigned fill(const GArray *rows, uint16_t *to, uint32_t mul, unsigned bits)
{
	unsigned worst = 0, mask = (1u << bits) - 1;

	memset(to, 0, sizeof *to << bits);
	for (unsigned i = 0; i < rows->len; i++) {
		uint32_t cmd = g_array_index(rows, struct ioctl_row, i).guest, at = slot(cmd, mul, bits);
		unsigned n = 0;

		if (i && g_array_index(rows, struct ioctl_row, i - 1).guest == cmd)
			continue;
		while (to[at]) {
			at = (at + 1) & mask;
			n++;
		}
		to[at] = (uint16_t)(i + 1);
		worst = MAX(worst, n);
	}
	return worst;
}

static void emit_hash(FILE *f, const GArray *rows, uint32_t *ret_mul, unsigned *ret_bits)
{
	unsigned bits = 4, best = ~0u;
	uint32_t mul = 0;
	uint16_t *to;

	while (1u << bits < rows->len * 2)
		bits++;
	to = g_malloc(sizeof *to << bits);
	for (uint32_t k = 1; k < 2000 && best > 3; k++) {
		uint32_t m = (k * 2654435761u) | 1;
		unsigned worst = fill(rows, to, m, bits);

		if (worst < best) {
			best = worst;
			mul = m;
		}
	}
	fill(rows, to, mul, bits);
	fprintf(f, "\nstatic const uint16_t hash[] = { /* at most %u probes */", best + 1);
	for (unsigned i = 0; i < 1u << bits; i++)
		fprintf(f, "%s%u,", i % 32 ? "" : "\n\t", to[i]);
	fprintf(f, "\n};\n");
	g_free(to);
	*ret_mul = mul;
	*ret_bits = bits;
}

static const GArray *sorted_rows;
static uint32_t sorted_size_mask;

static int by_number_without_size(const void *x, const void *y)
{
	const struct ioctl_row *a = &g_array_index(sorted_rows, struct ioctl_row, *(const uint16_t *)x);
	const struct ioctl_row *b = &g_array_index(sorted_rows, struct ioctl_row, *(const uint16_t *)y);
	uint32_t p = a->guest & ~sorted_size_mask, q = b->guest & ~sorted_size_mask;

	if (p != q)
		return p < q ? -1 : 1;
	return *(const uint16_t *)x - *(const uint16_t *)y;
}

static unsigned emit_extensible(FILE *f, const GArray *rows, uint32_t size_mask)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(uint16_t));

	for (uint16_t i = 0; i < rows->len; i++)
		if (g_array_index(rows, struct ioctl_row, i).flags & IO_ROW_EXTENSIBLE)
			g_array_append_val(list, i);
	sorted_rows = rows;
	sorted_size_mask = size_mask;
	g_array_sort(list, by_number_without_size);
	fprintf(f, "\nstatic const uint16_t extensible[] = {");
	for (unsigned i = 0; i < list->len; i++)
		fprintf(f, "%s%u,", i % 32 ? "" : "\n\t", g_array_index(list, uint16_t, i));
	fprintf(f, "\n\t0};\n");
	return list->len;
}

/* ---- tables ---- */

static void emit_layouts(FILE *f, const struct tables *t)
{
	fprintf(f, "\nstatic const struct io_expr exprs[] = {\n");
	for (unsigned i = 0; i < t->exprs->len; i++) {
		const struct io_expr *e = &g_array_index(t->exprs, struct io_expr, i);

		fprintf(f, "\t{%u, 0x%x, %u, %u, %u, %u, %u, %u},\n", e->op, e->size, e->sign, e->level, e->l, e->r, e->g, e->h);
	}
	fprintf(f, "};\n\nstatic const struct io_case cases[] = {\n");
	for (unsigned i = 0; i < t->cases->len; i++) {
		const struct io_case *c = &g_array_index(t->cases, struct io_case, i);

		if (c->lo == INT64_MIN)
			fprintf(f, "\t{INT64_MIN, INT64_MAX, %u, %u},\n", c->first, c->n);
		else
			fprintf(f, "\t{%lld, %lld, %u, %u},\n", (long long)c->lo, (long long)c->hi, c->first, c->n);
	}
	fprintf(f, "\t{0},\n};\n\nstatic const struct io_op ops[] = {\n");
	for (unsigned i = 0; i < t->ops->len; i++) {
		const struct io_op *p = &g_array_index(t->ops, struct io_op, i);

		fprintf(f, "\t{%s, %s, %u, %u, %u, %u, %u, %u, %u},\n", kinds[p->kind], dirs[p->dir], p->gsize, p->hsize, p->g, p->h, p->n, p->sub, p->expr);
	}
	fprintf(f, "\t{0},\n};\n\nstatic const struct io_layout layouts[] = {\n");
	for (unsigned i = 0; i < t->layouts->len; i++) {
		const struct io_layout *l = &g_array_index(t->layouts, struct io_layout, i);

		fprintf(f, "\t{%u, %u, %u, %u, %u, %u, %u, %u, %u},\n", l->gsize, l->hsize, l->flex_g, l->flex_h, l->first, l->n, l->flex_sub, l->flex_expr,
			l->flags);
	}
	fprintf(f, "\t{0},\n};\n");
}

void emit_table(const struct output *o, int abi, const char *path)
{
	FILE *f = start(o, path);
	const GArray *rows = o->rows[abi];
	unsigned bits, n_extensible;
	uint32_t mul;

	fprintf(f, "#include \"ioctl-tables/table.h\"\n");
	emit_layouts(f, o->tables[abi]);
	fprintf(f, "\nstatic const struct ioctl_row rows[] = {\n");
	for (unsigned i = 0; i < rows->len; i++) {
		const struct ioctl_row *r = &g_array_index(rows, struct ioctl_row, i);

		fprintf(f, "\t{0x%08x, 0x%08x, %u, %u, %s, %u, %u, %u, \"%s\"},\n", r->guest, r->host, r->layout, r->count, dirs[r->dir], r->flags, r->class,
			r->custom, r->name);
	}
	fprintf(f, "};\n");
	emit_hash(f, rows, &mul, &bits);
	n_extensible = emit_extensible(f, rows, o->target[abi]->size_mask);
	fprintf(f, "\nextern ioctl_custom ioctl_no_custom");
	for (unsigned i = 0; i < o->custom->len; i++)
		fprintf(f, ", ioctl_%s", (char *)o->custom->pdata[i]);
	fprintf(f, ";\nstatic ioctl_custom *const custom[] = {ioctl_no_custom");
	for (unsigned i = 0; i < o->custom->len; i++)
		fprintf(f, ", ioctl_%s", (char *)o->custom->pdata[i]);
	fprintf(f, "};\n\nconst struct ioctl_table ioctl_table_%s = {rows, hash, 0x%08x, %u, extensible, %u, %u, 0x%08x, 16, layouts, ops, cases, exprs, "
		   "custom};\n", o->target[abi]->name, mul, bits, n_extensible, rows->len, o->target[abi]->size_mask);
	fclose(f);
}

void emit_proof(const struct output *o, int abi, const char *path)
{
	FILE *f = start(o, path);
	const struct tables *t = o->tables[abi];

	fprintf(f, "/* Compiled by the ABI's own compiler: sizes, offsets and numbers are what the tables say. */\n");
	fprintf(f, "#include <sys/types.h>\n#include <sys/socket.h>\n#include <xen/interface/xen.h>\n");
	for (unsigned i = 0; i < o->headers->files->len; i++)
		fprintf(f, "#if __has_include(<%s>)%s\n#include <%s>\n#endif\n", (char *)o->headers->files->pdata[i],
			strcmp(o->headers->files->pdata[i], "linux/kvm.h") ? "" : " && __has_include(<asm/kvm.h>)", (char *)o->headers->files->pdata[i]);
	for (unsigned i = 0; i < o->headers->more->len; i++)
		fprintf(f, "#include <%s>\n", (char *)o->headers->more->pdata[i]);
	for (unsigned i = 0; i < t->proofs->len; i++)
		fprintf(f, "_Static_assert(%s, \"\");\n", (char *)t->proofs->pdata[i]);
	for (unsigned i = 0; i < o->entries->len; i++) {
		const struct entry *e = o->entries->pdata[i];

		if (e->allowed[abi * 2])
			fprintf(f, "_Static_assert((unsigned)(%s) == 0x%08xu, \"\");\n", e->expr, e->number[abi * 2]);
	}
	fclose(f);
}

/* ---- the list of all commands ---- */

static const char *reason(const struct entry *e, int f)
{
	if (!e->rule)
		return "in no list";
	if (e->rule->kind == RULE_REFUSE)
		return e->rule->reason;
	return e->why_not[f] ? e->why_not[f] : "";
}

static const char *verdict(const struct entry *e, int f)
{
	return !e->allowed[f] ? "IOCTL_REFUSED" : e->straight[f] ? "IOCTL_STRAIGHT" : "IOCTL_CONVERTED";
}

void emit_list(const struct output *o, const char *path)
{
	FILE *f = start(o, path);

	fprintf(f, "#include <stddef.h>\n\n#include \"ioctl-tables/table.h\"\n\nconst struct ioctl_listed ioctl_listed[] = {\n");
	for (unsigned i = 0; i < o->entries->len; i++) {
		const struct entry *e = o->entries->pdata[i];
		g_autofree char *why = g_strescape(e->allowed[0] ? "" : reason(e, 0), NULL);

		fprintf(f, "\t{\"%s\", \"%s\", \"%s\", 0x%08x, 0x%08x, %d, %s, %s},\n", e->name, e->cmd->header, why, e->number[0], e->number[2],
			e->rule && e->rule->kind == RULE_ALLOW ? e->rule->class : 255, verdict(e, 0), verdict(e, 2));
	}
	fprintf(f, "};\nconst unsigned n_ioctl_listed = %u;\n\nconst struct ioctl_class ioctl_classes[] = {\n", o->entries->len);
	for (unsigned i = 0; i < o->allow->classes->len; i++) {
		const struct class *c = o->allow->classes->pdata[i];

		fprintf(f, "\t{\"%s\", (const char *const[]){", c->name);
		for (unsigned k = 0; k < c->match->len; k++)
			fprintf(f, "\"%s\", ", (char *)c->match->pdata[k]);
		fprintf(f, "NULL}, %s},\n", c->encoded ? "true" : "false");
	}
	fprintf(f, "\t{NULL, NULL, false},\n};\nconst unsigned n_ioctl_classes = %u;\n", o->allow->classes->len);
	fclose(f);
}

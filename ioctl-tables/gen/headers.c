/* SPDX-License-Identifier: MIT */
/* What the kernel's headers define: which commands there are, and what an ABI makes of an expression or a type. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen.h"

#define NO_VALUE 0x5eadbee0 /* in front of each enumerator: one more is what clang makes of an expression that has no value */

static const char *const folders[] = {"linux", "drm", "sound", "video", "mtd", "rdma", "misc", "scsi", "xen"};

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "ioctl-gen: %s: %s\n", what, why);
	exit(1);
}

/* ---- which files ---- */

/* Headers that another one of them stands for, or that contradict each other. They hold no commands. */
static bool left_out(const char *rel)
{
	static const char *const patterns[] = {"linux/byteorder/*", "linux/patchkey.h", "linux/netfilter*", "linux/a.out.h", NULL};

	for (const char *const *p = patterns; *p; p++)
		if (g_pattern_match_simple(*p, rel))
			return true;
	return false;
}

static void list_folder(GPtrArray *files, GHashTable *seen, const char *dir, const char *rel, bool only_encoded)
{
	g_autofree char *path = g_build_filename(dir, rel, NULL);
	GDir *d = g_dir_open(path, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		char *r = g_build_filename(rel, name, NULL);
		g_autofree char *full = g_build_filename(dir, r, NULL);

		if (g_file_test(full, G_FILE_TEST_IS_DIR)) {
			list_folder(files, seen, dir, r, only_encoded);
		} else if (g_str_has_suffix(name, ".h") && !left_out(r) && !g_hash_table_contains(seen, r)) {
			g_autofree char *text = NULL;

			if (only_encoded && (!g_file_get_contents(full, &text, NULL, NULL) || !strstr(text, "_IO")))
				continue;
			g_hash_table_add(seen, r);
			g_ptr_array_add(files, r);
		}
	}
	if (d)
		g_dir_close(d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_files(struct headers *h, const char *asm_dir)
{
	GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *above = g_path_get_dirname(asm_dir);

	h->files = g_ptr_array_new();
	for (unsigned k = 0; k < G_N_ELEMENTS(folders); k++)
		for (unsigned i = 0; i < h->dirs->len; i++)
			list_folder(h->files, seen, h->dirs->pdata[i], folders[k], false);
	list_folder(h->files, seen, above, "asm", true); /* the rest of asm/ is for others to include */
	g_ptr_array_sort(h->files, by_name);
	if (!g_hash_table_contains(seen, "linux/ioctl.h"))
		fail("no kernel headers", "install linux-libc-dev, or give -Duapi-include=");
}

static char *find_version(const struct headers *h)
{
	for (unsigned i = 0; i < h->dirs->len; i++) {
		g_autofree char *path = g_build_filename(h->dirs->pdata[i], "linux/version.h", NULL), *text = NULL;
		const char *p;
		unsigned v;

		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		p = strstr(text, "LINUX_VERSION_CODE");
		v = p ? (unsigned)strtoul(p + strlen("LINUX_VERSION_CODE"), NULL, 10) : 0;
		return g_strdup_printf("%u.%u.%u", v >> 16, v >> 8 & 255, v & 255);
	}
	return g_strdup("unknown");
}

/* ---- parsing ---- */

static GString *umbrella(const struct headers *h)
{
	/* The rest may rely on these, as on what a program includes before them. */
	GString *s = g_string_new("#include <sys/types.h>\n#include <sys/socket.h>\n#include <xen/interface/xen.h>\n");

	for (unsigned i = 0; i < h->files->len; i++) {
		const char *f = h->files->pdata[i];

		if (!strcmp(f, "linux/kvm.h")) /* not on ARM */
			g_string_append_printf(s, "#if __has_include(<asm/kvm.h>)\n#include <%s>\n#endif\n", f);
		else
			g_string_append_printf(s, "#if __has_include(<%s>)\n#include <%s>\n#endif\n", f, f);
	}
	for (unsigned i = 0; i < h->more->len; i++)
		g_string_append_printf(s, "#include <%s>\n", (const char *)h->more->pdata[i]);
	return s;
}

CXTranslationUnit headers_parse(const struct headers *h, const struct flavour *f, const char *tail, bool macros)
{
	GPtrArray *args = g_ptr_array_new();
	GString *text = umbrella(h);
	g_autofree char *above = g_path_get_dirname(f->asm_dir);
	struct CXUnsavedFile file = {.Filename = "umbrella.c"};
	unsigned flags = CXTranslationUnit_SkipFunctionBodies | CXTranslationUnit_KeepGoing;
	CXTranslationUnit tu;

	for (const char *const *p = (const char *const[]){"-target", f->target, "-nostdinc", "-w", "-ferror-limit=0", "-std=gnu11", "-I", h->libc,
							  "-I", above, NULL}; *p; p++)
		g_ptr_array_add(args, (char *)*p);
	for (unsigned i = 0; i < h->dirs->len; i++) {
		g_ptr_array_add(args, "-I");
		g_ptr_array_add(args, h->dirs->pdata[i]);
	}
	if (f->time64)
		g_ptr_array_add(args, "-D_TIME_BITS=64");
	g_string_append(text, tail);
	file.Contents = text->str;
	file.Length = text->len;
	if (macros)
		flags |= CXTranslationUnit_DetailedPreprocessingRecord;
	if (clang_parseTranslationUnit2(clang_createIndex(0, 0), "umbrella.c", (const char *const *)args->pdata, (int)args->len, &file, 1,
					flags, &tu))
		fail(f->name, "libclang does not parse the headers");
	g_string_free(text, TRUE);
	return tu;
}

static char *take(CXString s)
{
	char *r = g_strdup(clang_getCString(s) ? clang_getCString(s) : "");

	clang_disposeString(s);
	return r;
}

/* What was wrong in front of the tail: a header that is not to be trusted. */
static void check_headers(const struct flavour *f, CXTranslationUnit tu)
{
	unsigned n = clang_getNumDiagnostics(tu), bad = 0;

	for (unsigned i = 0; i < n; i++) {
		CXDiagnostic d = clang_getDiagnostic(tu, i);
		CXFile file;
		g_autofree char *name = NULL;

		clang_getExpansionLocation(clang_getDiagnosticLocation(d), &file, NULL, NULL, NULL);
		name = take(clang_getFileName(file));
		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error && strcmp(name, "umbrella.c") && bad++ < 20) {
			g_autofree char *text = take(clang_formatDiagnostic(d, CXDiagnostic_DisplaySourceLocation));

			fprintf(stderr, "ioctl-gen: %s: %s\n", f->name, text);
		}
		clang_disposeDiagnostic(d);
	}
	if (bad)
		fail(f->name, "the kernel's headers do not compile");
}

/* ---- commands ---- */

struct macro {
	char *name, *header;
	int params;
	GPtrArray *uses; /* identifiers of the body */
	int encoded;     /* -1: not known yet */
	bool used;       /* by another macro that is encoded */
};

struct search {
	struct headers *h;
	const struct allow *a;
	GHashTable *macros, *lines; /* lines: "file:line" where a macro that encodes is expanded */
	CXTranslationUnit tu;
	GPtrArray *commands;
};

/* The header of a cursor, as one includes it; NULL: none of ours. */
static char *header_of(const struct headers *h, CXCursor c, unsigned *ret_line)
{
	CXFile file;
	g_autofree char *path = NULL;
	const char *at;

	clang_getExpansionLocation(clang_getCursorLocation(c), &file, ret_line, NULL, NULL);
	if (!file)
		return NULL;
	path = take(clang_getFileName(file));
	if (g_str_has_prefix(path, h->libc))
		return NULL;
	for (unsigned i = 0; i < h->dirs->len; i++)
		if (g_str_has_prefix(path, h->dirs->pdata[i]))
			return g_strdup(path + strlen(h->dirs->pdata[i]) + 1);
	at = strstr(path, "/asm/");
	return at ? g_strdup(at + 1) : NULL;
}

static void read_macro(struct search *s, CXCursor c)
{
	char *header = header_of(s->h, c, NULL);
	struct macro *m;
	CXToken *t;
	unsigned n, i = 1;
	GHashTable *params;

	if (!header)
		return;
	m = g_new0(struct macro, 1);
	m->name = take(clang_getCursorSpelling(c));
	m->header = header;
	m->params = -1;
	m->encoded = -1;
	m->uses = g_ptr_array_new();
	params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	clang_tokenize(s->tu, clang_getCursorExtent(c), &t, &n);
	if (clang_Cursor_isMacroFunctionLike(c)) {
		m->params = 0;
		for (i = 2; i < n; i++) {
			char *word = take(clang_getTokenSpelling(s->tu, t[i]));

			if (!strcmp(word, ")"))
				break;
			if (strcmp(word, ",")) {
				m->params++;
				g_hash_table_add(params, word);
			}
		}
	}
	for (; i < n; i++) {
		CXTokenKind kind = clang_getTokenKind(t[i]);
		char *word;

		if (kind != CXToken_Identifier && kind != CXToken_Keyword)
			continue;
		word = take(clang_getTokenSpelling(s->tu, t[i]));
		if (!g_hash_table_contains(params, word))
			g_ptr_array_add(m->uses, word);
	}
	clang_disposeTokens(s->tu, t, n);
	g_hash_table_unref(params);
	g_hash_table_insert(s->macros, m->name, m);
}

static bool is_base(const char *name)
{
	static const char *const base[] = {"_IOC", "_IO", "_IOR", "_IOW", "_IOWR", "_IOR_BAD", "_IOW_BAD", "_IOWR_BAD"};

	for (unsigned i = 0; i < G_N_ELEMENTS(base); i++)
		if (!strcmp(name, base[i]))
			return true;
	return false;
}

static bool encodes(struct search *s, const char *name)
{
	struct macro *m;

	if (is_base(name))
		return true;
	m = g_hash_table_lookup(s->macros, name);
	if (!m)
		return false;
	if (m->encoded < 0) {
		m->encoded = 0; /* also ends circles */
		for (unsigned i = 0; i < m->uses->len; i++)
			if (encodes(s, m->uses->pdata[i]))
				m->encoded = 1;
	}
	return m->encoded;
}

static enum CXChildVisitResult visit_macros(CXCursor c, CXCursor parent, CXClientData data)
{
	(void)parent;
	if (clang_getCursorKind(c) == CXCursor_MacroDefinition)
		read_macro(data, c);
	return CXChildVisit_Continue;
}

static struct command *add_command(struct search *s, const char *name, const char *header, int params, bool encoded, bool wrapper)
{
	struct command *k = g_new0(struct command, 1);

	k->name = g_strdup(name);
	k->expr = k->name;
	k->header = g_strdup(header);
	k->params = params;
	k->encoded = encoded;
	k->wrapper = wrapper;
	g_ptr_array_add(s->commands, k);
	return k;
}

/* FOO_IOWR(nr, type): others are made with it, in these headers or in a driver. */
static bool makes_others(const struct macro *m)
{
	return m->params >= 0 && (m->used || g_str_has_suffix(m->name, "IO") || g_str_has_suffix(m->name, "IOR") ||
				  g_str_has_suffix(m->name, "IOW") || g_str_has_suffix(m->name, "IOWR"));
}

/* Enumerators whose value is made by such a macro. */
static enum CXChildVisitResult visit_enums(CXCursor c, CXCursor parent, CXClientData data)
{
	struct search *s = data;
	enum CXCursorKind kind = clang_getCursorKind(c);
	unsigned line;

	(void)parent;
	if (kind == CXCursor_EnumDecl)
		return CXChildVisit_Recurse;
	if (kind == CXCursor_MacroExpansion || kind == CXCursor_EnumConstantDecl) {
		g_autofree char *name = take(clang_getCursorSpelling(c)), *header = NULL, *where = NULL;

		if (kind == CXCursor_MacroExpansion && !encodes(s, name))
			return CXChildVisit_Continue;
		header = header_of(s->h, c, &line);
		if (!header)
			return CXChildVisit_Continue;
		where = g_strdup_printf("%s:%u", header, line);
		if (kind == CXCursor_MacroExpansion)
			g_hash_table_add(s->lines, g_steal_pointer(&where));
		else if (g_hash_table_contains(s->lines, where))
			add_command(s, name, header, -1, true, false);
	}
	return CXChildVisit_Continue;
}

/* Is m, whose number is not made by _IOC, a command? The lists say so. */
static bool declared(const struct allow *a, const struct macro *m)
{
	for (unsigned i = 0; i < a->rules->len; i++) {
		const struct rule *r = a->rules->pdata[i];

		for (unsigned k = 0; k < r->patterns->len; k++)
			if (!strcmp(r->patterns->pdata[k], m->name))
				return true;
	}
	for (unsigned i = 0; i < a->unencoded->len; i++) {
		const struct unencoded *u = a->unencoded->pdata[i];

		if (strcmp(u->header, m->header))
			continue;
		for (unsigned k = 0; k + 1 < u->patterns->len; k++)
			if (g_pattern_match_simple(u->patterns->pdata[k], m->name))
				return true;
	}
	return false;
}

static int by_command(const void *a, const void *b)
{
	return strcmp((*(struct command *const *)a)->name, (*(struct command *const *)b)->name);
}

void headers_find(struct headers *h, const struct flavour *host, const struct allow *a)
{
	struct search s = {.h = h, .a = a, .macros = g_hash_table_new(g_str_hash, g_str_equal),
			   .lines = g_hash_table_new(g_str_hash, g_str_equal), .commands = g_ptr_array_new()};
	GHashTableIter it;
	void *value;

	find_files(h, host->asm_dir);
	h->version = find_version(h);
	s.tu = headers_parse(h, host, "", true);
	check_headers(host, s.tu);
	clang_visitChildren(clang_getTranslationUnitCursor(s.tu), visit_macros, &s);
	g_hash_table_iter_init(&it, s.macros);
	while (g_hash_table_iter_next(&it, NULL, &value)) {
		struct macro *m = value;

		if (encodes(&s, m->name))
			for (unsigned i = 0; i < m->uses->len; i++) {
				struct macro *u = g_hash_table_lookup(s.macros, m->uses->pdata[i]);

				if (u)
					u->used = true;
			}
	}
	g_hash_table_iter_init(&it, s.macros);
	while (g_hash_table_iter_next(&it, NULL, &value)) {
		struct macro *m = value;
		bool encoded = encodes(&s, m->name) && !is_base(m->name);

		if (encoded || (m->params < 0 && declared(a, m)))
			add_command(&s, m->name, m->header, m->params, encoded, makes_others(m));
	}
	clang_visitChildren(clang_getTranslationUnitCursor(s.tu), visit_enums, &s);
	for (unsigned i = 0; i < a->made->len; i++) {
		const struct made *m = a->made->pdata[i];

		if (!g_hash_table_contains(s.macros, m->name))
			add_command(&s, m->name, m->header, -1, true, false)->expr = m->expr;
	}
	clang_disposeTranslationUnit(s.tu);
	g_ptr_array_sort(s.commands, by_command);
	h->commands = s.commands;
}

/* ---- values and types ---- */

static enum CXChildVisitResult visit_tail(CXCursor c, CXCursor parent, CXClientData data)
{
	struct flavour *f = data;
	enum CXCursorKind kind = clang_getCursorKind(c);
	char *name;

	if (kind != CXCursor_EnumDecl && kind != CXCursor_VarDecl && kind != CXCursor_EnumConstantDecl)
		return CXChildVisit_Continue;
	if (!clang_Location_isFromMainFile(clang_getCursorLocation(c)))
		return CXChildVisit_Continue;
	if (kind == CXCursor_EnumDecl)
		return CXChildVisit_Recurse;
	name = take(clang_getCursorSpelling(c));
	if (kind == CXCursor_EnumConstantDecl) {
		int64_t *v = g_new(int64_t, 1);

		switch (clang_getEnumDeclIntegerType(parent).kind) {
		case CXType_UInt:
		case CXType_ULong:
		case CXType_ULongLong:
			*v = (int64_t)clang_getEnumConstantDeclUnsignedValue(c);
			break;
		default:
			*v = clang_getEnumConstantDeclValue(c);
		}
		if (*v != NO_VALUE && *v != NO_VALUE + 1)
			g_hash_table_insert(f->values, name, v);
	} else if (!clang_isInvalidDeclaration(c)) {
		CXType *t = g_new(CXType, 1);

		*t = clang_getCanonicalType(clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(c))));
		g_hash_table_insert(f->vars, name, t);
	}
	return CXChildVisit_Continue;
}

void flavour_read(struct headers *h, struct flavour *f, const char *tail)
{
	f->vars = g_hash_table_new(g_str_hash, g_str_equal);
	f->values = g_hash_table_new(g_str_hash, g_str_equal);
	f->tu = headers_parse(h, f, tail, false);
	check_headers(f, f->tu);
	clang_visitChildren(clang_getTranslationUnitCursor(f->tu), visit_tail, f);
}

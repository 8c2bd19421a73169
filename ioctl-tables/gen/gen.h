/* SPDX-License-Identifier: MIT */
/* The generator of the ioctl tables: allow-lists and kernel headers in, C tables, proofs and the coverage report out. */
#ifndef STRAIT_IOCTL_GEN_H
#define STRAIT_IOCTL_GEN_H

#include <clang-c/Index.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "ioctl-tables/table.h"

/* ---- allow.c: the language of allow/, as read ---- */

struct place {
	const char *file;
	int line;
};

struct expr {
	enum io_expr_kind op;
	struct expr *l, *r;
	char *name; /* field path or constant */
	int ups;    /* number of ^ in front */
	int64_t value;
};

enum explain_kind { EX_NUMBER, EX_UNUSED, EX_BYTES, EX_POINTER, EX_FLEX, EX_IS, EX_BY };

struct explain;

/* One value or range of a selector, and the member (or type) it stands for. */
struct pick {
	struct expr *lo, *hi; /* NULL: else */
	char *member;
	char *error;          /* instead: the errno's name */
	struct explain *explain; /* or an explanation of the field: "-> in bytes[n]", "number" */
};

/* What a line says of a field. */
struct explain {
	struct place at;
	char *path;
	enum explain_kind kind;
	enum io_dir dir;     /* of a pointer */
	char *elem;          /* pointer: type, "bytes", "string"; EX_IS: member */
	char *tagged;        /* pointer: name of the tagged set */
	struct expr *expr;   /* count or selector; NULL: 1 */
	GPtrArray *picks;
	const struct explain *owner; /* the `by` whose case this is */
	bool used;
};

struct tagged {
	struct place at;
	char *name;
	GPtrArray *picks; /* member: a type */
};

struct class {
	char *name, *file;
	GPtrArray *match; /* words */
	char *about;      /* the comment in front of it */
	bool encoded;     /* a policy may admit commands as their numbers say */
};

/* A line that allows, refuses or explains away commands. */
enum rule_kind { RULE_ALLOW, RULE_REFUSE, RULE_NOT };

struct rule {
	struct place at;
	enum rule_kind kind;
	GPtrArray *patterns;
	bool has_dir;
	enum io_dir dir;
	char *type;   /* NULL: the header's */
	struct expr *count;
	char *custom; /* C function */
	char *reason;
	int class;
	GPtrArray *explains;
};

struct unencoded {
	char *header;
	GPtrArray *patterns;
};

/* A command that headers only tell the parts of. */
struct made {
	char *name, *header, *expr;
};

/* A structure of system calls that C code wants to know as guests have it. */
struct named_layout {
	struct place at;
	char *name, *type;
};

struct allow {
	GPtrArray *layouts, *more_headers; /* struct named_layout; headers that only those are in */
	GPtrArray *extensible; /* patterns of commands whose size may be another */
	GPtrArray *rules, *classes, *tagged, *unencoded, *made;
	GHashTable *types;  /* "struct x" -> GPtrArray of explain */
	GPtrArray *names;   /* constants that expressions may mention, unique */
	GPtrArray *exprs;   /* type texts that are mentioned, unique */
};

void allow_read(struct allow *a, const char *file);
struct allow *allow_new(void);
_Noreturn void complain(struct place at, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* ---- headers.c: what the kernel's headers define ---- */

struct command {
	char *name, *header;
	const char *expr; /* its number in C: the name, mostly */
	int params;    /* of a function-like macro; -1: a plain one */
	bool encoded;  /* made by _IOC */
	bool wrapper;  /* a macro with parameters that others are made with */
};

/* One way to read the headers: an ABI, and the width of time_t. */
struct flavour {
	const char *name, *target, *asm_dir;
	bool time64;
	CXTranslationUnit tu;
	GHashTable *vars;   /* "t_12" -> CXType of what arg points to */
	GHashTable *values; /* "v_12", "k_3" -> number */
};

struct headers {
	GPtrArray *dirs;     /* where linux/, drm/ ... are */
	GPtrArray *files;    /* sorted */
	GPtrArray *commands; /* sorted by name */
	const GPtrArray *more; /* that only structures of system calls are in */
	char *libc;          /* ioctl-tables/libc */
	char *version;
};

void headers_find(struct headers *h, const struct flavour *host, const struct allow *a);
/* Parse with `tail` behind all headers, and collect variables and enumerators that it declares. */
void flavour_read(struct headers *h, struct flavour *f, const char *tail);
CXTranslationUnit headers_parse(const struct headers *h, const struct flavour *f, const char *tail, bool macros);

/* ---- layout.c ---- */

/* The tables of one guest ABI while they grow. */
struct tables {
	struct flavour *guest, *host;
	struct allow *allow;
	GArray *layouts, *ops, *cases, *exprs;
	GHashTable *layout_index; /* text form -> index + 1 */
	GPtrArray *proofs;        /* assertions in C */
	GHashTable *proved;
};

struct tables *tables_new(struct allow *a, struct flavour *guest, struct flavour *host);
/* The layout of what arg points to, as index; or -1 and why not. explains: the rule's own. */
int layout_of(struct tables *t, CXType guest, CXType host, GPtrArray *explains, char **ret_why);
int layout_bytes(struct tables *t);
/* A type that a list mentions, as f has it; NULL: it does not. */
const CXType *mentioned(struct tables *t, struct flavour *f, const char *text);
int expr_index(struct tables *t, struct expr *e, char **ret_why);

/* ---- rows.c ---- */

enum { FLAVOURS = 4 }; /* i386, i386 with 64-bit times, arm, arm with 64-bit times */

/* A command and what is to become of it; more than one when several classes allow it. */
struct entry {
	const struct command *cmd;
	char *name, *expr;         /* as C spells it; expr with arguments */
	int id;                    /* v_ID, t_ID */
	const struct rule *rule;   /* NULL: in no list */
	bool sized;                /* its size field is free */
	char *why;                 /* not allowed for any guest: why */
	bool allowed[FLAVOURS], straight[FLAVOURS];
	char *why_not[FLAVOURS];
	bool known[FLAVOURS];
	uint32_t number[FLAVOURS];
};

/* A guest's ABI. */
struct target {
	const char *name, *triple;
	uint32_t size_mask, dir_mask; /* of a command's number */
};

struct output {
	const struct target *target[2];
	struct allow *allow;
	struct headers *headers;
	struct flavour *host, *guest[FLAVOURS];
	GPtrArray *entries;  /* sorted by name */
	GPtrArray *notes;    /* lines of lists that match nothing, and the like */
	GPtrArray *custom;   /* functions by name */
	struct tables *tables[2];
	GArray *rows[2];     /* of struct ioctl_row, name as in the entry */
	const char *stamp;   /* first line of all that is written */
};

/* Which command each rule means. */
void entries_make(struct output *o);
/* C for the end of the headers, that lets clang say numbers and types. */
char *entries_tail(const struct output *o);
/* Rows of guest ABI 0 or 1, from its two flavours. */
void rows_make(struct output *o, int abi);

/* ---- emit.c, report.c ---- */

void emit_table(const struct output *o, int abi, const char *path);
void emit_proof(const struct output *o, int abi, const char *path);
void emit_layouts_header(const struct output *o, const char *path); /* structs.c */
void emit_list(const struct output *o, const char *path);
void emit_man(const struct output *o, const char *path);
void emit_report(const struct output *o, const char *path);

#endif

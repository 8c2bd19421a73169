/* SPDX-License-Identifier: MIT */
/* Between the files that make layouts: layout.c walks types, member.c does what needs an explanation. */
#ifndef STRAIT_IOCTL_LAYOUT_H
#define STRAIT_IOCTL_LAYOUT_H

#include "ioctl-tables/gen/gen.h"

/* Where a field's explanation may stand, and where the names in it are looked up. */
struct scope {
	struct scope *up;
	bool visible;        /* explanations further up hold here too */
	GPtrArray *explains; /* of struct explain */
	CXType g, h;         /* the struct or union; kind 0: none */
	uint32_t go, ho;     /* its place in the frame */
	size_t path_at;      /* where the path's part below it begins */
	int level;           /* of its frame */
};

/* One frame being made. */
struct walk {
	struct tables *t;
	GArray *ops;
	unsigned start;  /* operations before are not to be merged with */
	int depth;       /* level of this frame */
	bool flex;       /* a flexible array ends it */
	uint16_t flex_sub, flex_expr;
	uint32_t flex_g, flex_h;
	char **ret_why;
};

/* layout.c */
GArray *fields_of(CXType t);
bool is_unsigned(CXType t);
char *type_name(CXType t);
char *field_name(CXCursor c);
CXType field_type(CXCursor c);
void put(struct walk *w, struct io_op op);
bool why(struct walk *w, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
bool said_number(struct scope *s, const char *path);
bool walk_type(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho);
bool walk_field(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho);

bool walk_explained(struct walk *w, struct scope *s, const char *path, struct explain *e, CXType g, CXType h, uint32_t go, uint32_t ho);

/* member.c */
bool union_plain(struct walk *w, struct scope *s, const char *path, CXType g, CXType h, uint32_t go, uint32_t ho);
bool union_is(struct walk *w, struct scope *s, const char *path, const struct explain *e, CXType g, CXType h, uint32_t go, uint32_t ho);
bool union_by(struct walk *w, struct scope *s, const char *path, struct scope *said, const struct explain *e, CXType g, CXType h,
	      uint32_t go, uint32_t ho);
bool pointer_tagged(struct walk *w, struct scope *said, const char *path, const struct explain *e, struct io_op op);
bool flexible(struct walk *w, struct scope *s, const char *path, struct scope *said, const struct explain *e, CXType g, CXType h,
	      uint32_t go, uint32_t ho);

/* frame.c */
int layout_walk(struct walk *w, struct scope *s, CXType g, CXType h, const char *path);
bool expr_of(struct walk *w, struct scope *said, const struct expr *e, uint16_t *ret);
bool constant_of(struct walk *w, const struct expr *e, int64_t *ret);
void prove_type(struct tables *t, const char *name, CXType g, GArray *fields);
int sub_frame(struct walk *w, struct scope *s, CXType g, CXType h, const char *path, bool pointee);

#endif

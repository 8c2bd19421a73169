/* SPDX-License-Identifier: MIT */
/*
 * The form of the generated ioctl tables: a row per command, layouts as lists of operations. One set per guest ABI, made
 * by gen/ from the allow-lists and the kernel's headers. Everything is constant data.
 */
#ifndef STRAIT_IOCTL_TABLE_H
#define STRAIT_IOCTL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* KEEP-ORDER: ops (gen/emit.c prints them by name) */
enum io_op_kind {
	IO_COPY,    /* n bytes, the same on both sides */
	IO_NUMBER,  /* an integer of gsize bytes, hsize on the host: zero-extended, truncated on the way back */
	IO_SIGNED,  /* same, sign-extended */
	IO_UNUSED,  /* gsize bytes that the kernel does not look at: 0 for the host, left alone in the guest */
	IO_STRAIGHT,/* pointer to memory that has the same form on both sides: count elements of n bytes; sub: 0 or IO_LINKED */
	IO_POINTER, /* pointer to count elements of layout sub, which are converted */
	IO_TAGGED,  /* pointer to what the u32 at its start says: cases sub..sub+n name layouts */
	IO_ARRAY,   /* n elements of layout sub, here */
	IO_CASES,   /* a union: the first of cases sub..sub+n that expr selects names operations of this same frame */
};

enum io_dir { IO_NONE, IO_VALUE, IO_IN, IO_OUT, IO_INOUT };

struct io_op {
	uint8_t kind, dir, gsize, hsize;
	uint32_t g, h;  /* where, in guest and host frame */
	uint32_t n;
	uint16_t sub, expr;
};

#define IO_LINKED 1 /* a 64-bit number, or an address of what holds further addresses: right while the window is at 0 only */

#define IO_CASE_ERROR 0xffff

struct io_case {
	int64_t lo, hi;       /* selects lo <= value <= hi */
	uint16_t first, n;    /* operations; for IO_TAGGED first is a layout. n == IO_CASE_ERROR: fails with errno `first` */
};

/* Counts and selectors. Node 0 is the constant 1. */
enum io_expr_kind { IO_CONST, IO_FIELD, IO_SIZE, IO_ADD, IO_SUB, IO_MUL, IO_DIV, IO_AND, IO_SHL, IO_SHR };

struct io_expr {
	uint8_t op, size, sign, level; /* a field, `level` frames out, of size & 15 bytes; on the host size >> 4 */
	uint16_t l, r;
	uint32_t g, h;                 /* its place; of a constant the lower and upper half */
};

#define IO_REBASE 1 /* holds addresses in integers: the same bytes only while the window is at 0 */
#define IO_SAME 2   /* the same bytes on both sides but for that */
#define IO_FLEX 4   /* ends in flex_expr elements of flex_sub, from offsets flex_g and flex_h on */

struct io_layout {
	uint32_t gsize, hsize, flex_g, flex_h;
	uint16_t first, n; /* operations */
	uint16_t flex_sub, flex_expr;
	uint16_t flags;
};

#define IO_ROW_SIZED 1    /* the command's size field is free: it is the length of the argument */
#define IO_ROW_TIME64 2   /* the form with 64-bit times */
#define IO_ROW_EXTENSIBLE 4 /* programs of other times know it with another size: the rest is 0 */

struct ioctl_row {
	uint32_t guest, host;
	uint16_t layout, count; /* what arg points to: `count` (an expression) elements of layout */
	uint8_t dir, flags, class, custom; /* custom: 1 + its place in the table's */
	const char *name;
};

/* What becomes of a small structure, complete in itself: see small.c. */
enum { IOCTL_SMALL_SIZE = 64, IOCTL_SMALL_OPS = 4 };

struct ioctl_small_op {
	uint8_t g, gsize, h, hsize; /* gsize bytes at g are hsize at h: the same, or an integer of another size */
	bool sign;
};

struct ioctl_small {
	uint8_t n, gsize;
	bool out; /* it is written back */
	struct ioctl_small_op op[IOCTL_SMALL_OPS];
};

struct ioctl_small_data {
	_Alignas(16) uint8_t g[IOCTL_SMALL_SIZE], h[IOCTL_SMALL_SIZE]; /* the guest's bytes, read once; the host's */
};

struct ioctl_call;
/* The few that operations cannot describe: before the call, and after it. 0 or -errno. See custom.c. */
typedef int ioctl_custom(struct ioctl_call *c, bool after);

struct ioctl_table {
	const struct ioctl_row *rows;
	const uint16_t *hash; /* row + 1 by command, open addressing; 0: none */
	uint32_t hash_mul;
	uint8_t hash_bits;
	const uint16_t *extensible; /* rows, by command without its size bits */
	uint16_t n_extensible;
	uint16_t n_rows;
	uint32_t size_mask;   /* the size bits of a command of this ABI */
	uint8_t size_shift;
	const struct io_layout *layouts;
	const struct io_op *ops;
	const struct io_case *cases;
	const struct io_expr *exprs;
	ioctl_custom *const *custom;
};

/* A command of the headers, for --list-ioctls. */
enum ioctl_verdict { IOCTL_STRAIGHT, IOCTL_CONVERTED, IOCTL_REFUSED };

struct ioctl_listed {
	const char *name, *header, *reason;
	uint32_t i386, arm; /* its numbers, 0: not there */
	uint8_t class, verdict, verdict_arm;
};

/* A class of devices: which open files are of it, as words that syscalls/ioctl_class.c knows. */
struct ioctl_class {
	const char *name;
	const char *const *match; /* ends with NULL */
	bool encoded;             /* a policy may admit commands that no list knows, as their numbers say */
};

extern const struct ioctl_listed ioctl_listed[];
extern const unsigned n_ioctl_listed;
extern const struct ioctl_class ioctl_classes[];
extern const unsigned n_ioctl_classes;

extern const struct ioctl_table ioctl_table_i386, ioctl_table_arm;

#endif

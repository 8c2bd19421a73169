/* SPDX-License-Identifier: MIT */
/*
 * The marshaller: executes a row's layout operations in both directions. The guest's memory is read once, before the call,
 * so that counts cannot change under us; after it, only what the kernel wrote is written back, whatever the command's
 * number says about direction. Memory for it is the caller's stack, then mmap, bounded; never malloc.
 */
#include "ioctl-tables/marshal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/hot.h"
#include "emu/window.h"
#include "ioctl-tables/changed.h"

struct ioctl_record {
	struct ioctl_record *next;
	const struct io_layout *l;
	uint32_t n, flex_n;
	struct ioctl_frame f; /* of the first element */
};

struct chunk {
	struct chunk *next;
	size_t size;
};

/* ---- bytes: most structures are small, and a call of libc's touches pages that nothing else does ---- */

typedef uint32_t half __attribute__((aligned(1)));
enum { SMALL = 256 };

/* Vectors would be for more than this. */
#define PLAIN __attribute__((noinline, optimize("no-tree-vectorize", "no-tree-loop-distribute-patterns", "no-unroll-loops"))) HOT_CONVERT

static PLAIN void copy(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n > SMALL) {
		memcpy(to, from, n);
		return;
	}
	for (; n >= sizeof(word); n -= sizeof(word), to += sizeof(word), from += sizeof(word))
		*(word *)to = *(const word *)from;
	for (; n; n--)
		*to++ = *from++;
}

static PLAIN bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
	if (n > SMALL)
		return !memcmp(a, b, n);
	for (; n >= sizeof(word); n -= sizeof(word), a += sizeof(word), b += sizeof(word))
		if (*(const word *)a != *(const word *)b)
			return false;
	for (; n; n--)
		if (*a++ != *b++)
			return false;
	return true;
}

static inline uint64_t load(const uint8_t *p, unsigned size)
{
	uint64_t v = 0;

	switch (size) {
	case 4:
		return *(const half *)p;
	case 8:
		return *(const word *)p;
	default:
		copy((uint8_t *)&v, p, size);
		return v;
	}
}

static inline void store(uint8_t *p, uint64_t v, unsigned size)
{
	if (size == sizeof(half))
		*(half *)p = (half)v;
	else if (size == sizeof(word))
		*(word *)p = v;
	else
		copy(p, (const uint8_t *)&v, size);
}

/* ---- memory ---- */

static __attribute__((noinline)) bool more_memory(struct ioctl_call *c, uint64_t n)
{
	size_t size = (n + sizeof(struct chunk) + 65535) & ~65535ull;
	struct chunk *k = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (k == MAP_FAILED)
		return false;
	k->next = c->chunks;
	k->size = size;
	c->chunks = k;
	c->next = (uint8_t *)k + 16;
	c->end = (uint8_t *)k + size;
	return true;
}

/* n bytes, whatever is in them. */
static inline void *room(struct ioctl_call *c, uint64_t n)
{
	void *p;

	n = (n + 15) & ~15ull;
	if (n > IOCTL_MEMORY_MAX - c->used || (n > (size_t)(c->end - c->next) && !more_memory(c, n)))
		return NULL;
	c->used += (uint32_t)n;
	p = c->next;
	c->next += n;
	return p;
}

PLAIN void *ioctl_memory(struct ioctl_call *c, uint64_t n)
{
	uint8_t *p = room(c, n);

	if (!p || n > SMALL)
		return p ? memset(p, 0, n) : NULL;
	for (uint64_t i = 0; i < n; i += 2 * sizeof(word))
		((word *)(p + i))[0] = ((word *)(p + i))[1] = 0;
	return p;
}

HOT_CONVERT void ioctl_end(struct ioctl_call *c)
{
	struct chunk *k = c->chunks, *next;

	for (; k; k = next) {
		next = k->next;
		munmap(k, k->size);
	}
	c->chunks = NULL;
}

uint64_t ioctl_bad_pointer(void)
{
	return (uint64_t)guest_ptr(ga(0xfffff000));
}

/* ---- numbers ---- */

/* Overflow gives a number that is too large for anything. */
static __attribute__((noinline)) int64_t value(const struct ioctl_call *c, const struct ioctl_frame *f, unsigned i)
{
	const struct io_expr *e = &c->table->exprs[i];
	int64_t l, r, v;
	unsigned size;

	switch ((enum io_expr_kind)e->op) {
	case IO_CONST:
		return (int64_t)(e->g | (uint64_t)e->h << 32);
	case IO_SIZE:
		return (c->cmd & c->table->size_mask) >> c->table->size_shift;
	case IO_FIELD:
		for (unsigned k = 0; k < e->level; k++)
			f = f->up;
		size = c->after ? e->size >> 4 : e->size & 15;
		v = (int64_t)load(c->after ? f->h + e->h : f->g + e->g, size);
		if (e->sign && size < 8)
			v = (int64_t)((uint64_t)v << (64 - size * 8)) >> (64 - size * 8);
		return v;
	default:
		break;
	}
	l = value(c, f, e->l);
	r = value(c, f, e->r);
	switch ((enum io_expr_kind)e->op) {
	case IO_ADD:
		return __builtin_add_overflow(l, r, &v) ? INT64_MAX : v;
	case IO_SUB:
		return __builtin_sub_overflow(l, r, &v) ? INT64_MAX : v;
	case IO_MUL:
		return __builtin_mul_overflow(l, r, &v) ? INT64_MAX : v;
	case IO_DIV:
		return r > 0 ? l / r : 0;
	case IO_AND:
		return l & r;
	case IO_SHL:
		return r < 0 || r > 31 ? 0 : l << r;
	case IO_SHR:
		return r < 0 || r > 63 ? 0 : l >> r;
	default:
		return 0;
	}
}

/* The case that selector v picks, or NULL. */
static const struct io_case *choose(const struct ioctl_call *c, const struct io_op *o, int64_t v)
{
	const struct io_case *k = &c->table->cases[o->sub];

	for (unsigned i = 0; i < o->n; i++, k++)
		if (k->lo <= v && v <= k->hi)
			return k;
	return NULL;
}

/* ---- in ---- */

static int ops_in(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_op *o, unsigned n);

static int layout_in(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_layout *l)
{
	return ops_in(c, f, &c->table->ops[l->first], l->n);
}

/* n structures side by side at g and h, below frame up. */
static __attribute__((noinline)) int elements_in(struct ioctl_call *c, const struct ioctl_frame *up, uint32_t at, const uint8_t *g, uint8_t *h,
		       const struct io_layout *l, uint32_t n)
{
	struct ioctl_frame *f = ioctl_memory(c, (uint64_t)n * sizeof *f);

	if (!f)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		int r;

		f[i] = (struct ioctl_frame){up, at + i * l->gsize, g + (size_t)i * l->gsize, h + (size_t)i * l->hsize, NULL, 0};
		r = layout_in(c, &f[i], l);
		if (r < 0)
			return r;
	}
	return 0;
}

/* How far a flexible array reaches: elements in *ret_n, and the sizes with it. */
static __attribute__((noinline)) int flexible(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_layout *l, uint32_t *ret_n, uint64_t *gsize,
		    uint64_t *hsize)
{
	const struct io_layout *sub = &c->table->layouts[l->flex_sub];
	int64_t n = value(c, f, l->flex_expr);

	if (n < 0) /* or so large that it looks so */
		return -EINVAL;
	if (n > IOCTL_MEMORY_MAX)
		return -ENOMEM;
	*ret_n = (uint32_t)n;
	if (l->flex_g + (uint64_t)n * sub->gsize > *gsize)
		*gsize = l->flex_g + (uint64_t)n * sub->gsize;
	if (l->flex_h + (uint64_t)n * sub->hsize > *hsize)
		*hsize = l->flex_h + (uint64_t)n * sub->hsize;
	return 0;
}

/* Convert n structures at a guest address; limit: one of which only so much is there, the rest is 0. *ret_h: where the host finds them; the bad pointer if they cannot be read. */
static HOT_CONVERT int memory_in(struct ioctl_call *c, const struct ioctl_frame *up, uint32_t at, const struct io_layout *l, int64_t count,
		     enum io_dir dir, uint32_t limit, uint64_t *ret_h)
{
	uint64_t gsize = (uint64_t)count * l->gsize, hsize = (uint64_t)count * l->hsize;
	struct ioctl_record *rec;
	uint8_t *g, *h;
	int r;

	if (count > IOCTL_MEMORY_MAX || gsize > IOCTL_MEMORY_MAX)
		return -ENOMEM;
	rec = room(c, sizeof *rec);
	g = room(c, gsize);
	if (!rec || !g)
		return -ENOMEM;
	if (guest_read(g, ga(at), limit ? limit : gsize)) {
		*ret_h = at ? ioctl_bad_pointer() : 0;
		return 0;
	}
	*rec = (struct ioctl_record){.l = l, .n = (uint32_t)count, .f = {.up = up, .at = at, .g = g, .limit = limit}};
	if (l->flags & IO_FLEX && count == 1) {
		uint64_t first = gsize;

		r = flexible(c, &rec->f, l, &rec->flex_n, &gsize, &hsize);
		if (r < 0)
			return r;
		if (gsize > first) {
			uint8_t *more = room(c, gsize);

			if (!more)
				return -ENOMEM;
			copy(more, g, first);
			if (guest_read(more + first, ga(at + (uint32_t)first), gsize - first)) {
				*ret_h = ioctl_bad_pointer();
				return 0;
			}
			rec->f.g = g = more;
		}
	}
	h = ioctl_memory(c, hsize);
	if (!h)
		return -ENOMEM;
	rec->f.h = h;
	if (count == 1)
		r = layout_in(c, &rec->f, l);
	else
		r = elements_in(c, up, at, g, h, l, (uint32_t)count);
	if (r == 0 && rec->flex_n)
		r = elements_in(c, &rec->f, at + l->flex_g, g + l->flex_g, h + l->flex_h, &c->table->layouts[l->flex_sub], rec->flex_n);
	if (r < 0)
		return r;
	if (dir != IO_IN) {
		rec->f.was = room(c, hsize);
		if (!rec->f.was)
			return -ENOMEM;
		copy(rec->f.was, h, hsize);
		*c->last = rec;
		c->last = &rec->next;
	}
	*ret_h = (uint64_t)h;
	return 0;
}

static __attribute__((noinline)) int pointer_in(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_op *o)
{
	uint64_t v = load(f->g + o->g, o->gsize), h = 0;
	const struct io_layout *l = NULL;
	uint32_t size = 0;
	int64_t n;
	int r = 0;

	if (v == 0)
		return 0;
	if (o->kind == IO_STRAIGHT && o->sub == IO_LINKED) {
		if (window_base)
			return -EOPNOTSUPP;
		h = v;
		goto out;
	}
	if (v >> 32) {
		h = ioctl_bad_pointer();
		goto out;
	}
	if (o->kind == IO_TAGGED) {
		const struct io_case *k;
		uint32_t tag;

		if (guest_get(&tag, ga((uint32_t)v))) {
			h = ioctl_bad_pointer();
			goto out;
		}
		k = choose(c, o, tag);
		if (!k || k->n == IO_CASE_ERROR)
			return k ? -(int)k->first : -EINVAL;
		l = &c->table->layouts[k->first];
		size = l->gsize;
		n = 1;
	} else {
		n = value(c, f, o->expr);
		if (n < 0) {
			h = ioctl_bad_pointer();
			goto out;
		}
		if (o->kind == IO_POINTER)
			l = &c->table->layouts[o->sub];
	}
	if (l && l->flags & IO_SAME && (!(l->flags & IO_REBASE) || !window_base))
		l = NULL; /* its own memory will do */
	if (l && n > 0) {
		r = memory_in(c, f, (uint32_t)v, l, n, (enum io_dir)o->dir, 0, &h);
		if (r < 0)
			return r;
	} else if (o->dir == IO_IN || n == 0) {
		h = (uint64_t)guest_ptr(ga((uint32_t)v));
	} else {
		uint64_t len = (uint64_t)n < GUEST_SPAN ? (uint64_t)n * (o->kind == IO_TAGGED ? size : o->n) : GUEST_SPAN;

		if (len > GUEST_SPAN - v)
			len = GUEST_SPAN - v;
		h = (uint64_t)guest_out(ga((uint32_t)v), len ? len : 1);
	}
out:
	store(f->h + o->h, h, o->hsize);
	return 0;
}

static HOT_CONVERT int ops_in(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_op *o, unsigned n)
{
	for (unsigned i = 0; i < n; i++, o++) {
		const struct io_case *k;
		uint64_t v;
		int r = 0;

		switch ((enum io_op_kind)o->kind) {
		case IO_COPY:
			copy(f->h + o->h, f->g + o->g, o->n);
			break;
		case IO_NUMBER:
			store(f->h + o->h, load(f->g + o->g, o->gsize), o->hsize);
			break;
		case IO_SIGNED:
			v = load(f->g + o->g, o->gsize);
			v = (uint64_t)((int64_t)(v << (64 - o->gsize * 8)) >> (64 - o->gsize * 8));
			store(f->h + o->h, v, o->hsize);
			break;
		case IO_UNUSED:
			break;
		case IO_STRAIGHT:
		case IO_POINTER:
		case IO_TAGGED:
			r = pointer_in(c, f, o);
			break;
		case IO_ARRAY:
			r = elements_in(c, f, f->at + o->g, f->g + o->g, f->h + o->h, &c->table->layouts[o->sub], o->n);
			break;
		case IO_CASES:
			k = choose(c, o, value(c, f, o->expr));
			if (!k)
				r = -EINVAL;
			else if (k->n == IO_CASE_ERROR)
				r = -(int)k->first;
			else
				r = ops_in(c, f, &c->table->ops[k->first], k->n);
			break;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- out ---- */

/* To the guest's structure, as far as that goes. */
static HOT_CONVERT int put(const struct ioctl_frame *f, uint32_t g, const void *from, uint32_t n)
{
	if (f->limit && g + n > f->limit)
		n = g < f->limit ? f->limit - g : 0;
	return n ? guest_write(ga(f->at + g), from, n) : 0;
}

/* Write back the n bytes at h that differ from what they were. */
static HOT_CONVERT int changed_out(const struct ioctl_frame *f, uint32_t g, uint32_t h, uint32_t n)
{
	struct changed c = changed_bytes(f->h + h, f->was + h, n);

	return c.n ? put(f, g + c.at, f->h + h + c.at, c.n) : 0;
}

static int ops_out(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_op *o, unsigned n);

static __attribute__((noinline)) int elements_out(struct ioctl_call *c, const struct ioctl_frame *up, const struct ioctl_frame *first, const struct io_layout *l, uint32_t n)
{
	int worst = 0;

	if (same(first->h, first->was, (size_t)n * l->hsize))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = i * l->gsize;
		struct ioctl_frame f = {up, first->at + at, first->g + at, first->h + (size_t)i * l->hsize, first->was + (size_t)i * l->hsize, 0};
		int r;

		if (first->limit && first->limit <= at)
			break;
		f.limit = first->limit ? first->limit - at : 0;
		r = ops_out(c, &f, &c->table->ops[l->first], l->n);

		if (r < 0)
			worst = r;
	}
	return worst;
}

/* An address that the kernel changed: the guest sees its own kind of address. */
static __attribute__((noinline)) int pointer_out(const struct ioctl_frame *f, const struct io_op *o)
{
	uint64_t v = load(f->h + o->h, o->hsize);

	if (same(f->h + o->h, f->was + o->h, o->hsize))
		return 0;
	if (v - window_base < GUEST_SPAN)
		v -= window_base;
	return put(f, o->g, &v, o->gsize);
}

/*
 * The case of a union that counts after the call. If the kernel changed the selector, what was an address by the old one is the
 * guest's again, lest the new one show it ours.
 */
static __attribute__((noinline)) const struct io_case *case_out(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_op *o)
{
	const struct io_case *now = choose(c, o, value(c, f, o->expr)), *before;

	c->after = false;
	before = choose(c, o, value(c, f, o->expr));
	c->after = true;
	if (before == now || !before || before->n == IO_CASE_ERROR)
		return now;
	for (unsigned i = 0; i < before->n; i++) {
		const struct io_op *p = &c->table->ops[before->first + i];
		uint64_t v;

		if ((p->kind == IO_STRAIGHT || p->kind == IO_POINTER || p->kind == IO_TAGGED) && same(f->h + p->h, f->was + p->h, p->hsize)) {
			v = load(f->g + p->g, p->gsize);
			store(f->h + p->h, v, p->hsize);
			store(f->was + p->h, v, p->hsize);
		}
	}
	return now;
}

static HOT_CONVERT int ops_out(struct ioctl_call *c, const struct ioctl_frame *f, const struct io_op *o, unsigned n)
{
	int worst = 0;

	for (unsigned i = 0; i < n; i++, o++) {
		struct ioctl_frame sub;
		const struct io_case *k;
		int r = 0;

		switch ((enum io_op_kind)o->kind) {
		case IO_COPY:
			r = changed_out(f, o->g, o->h, o->n);
			break;
		case IO_NUMBER:
		case IO_SIGNED:
			if (!same(f->h + o->h, f->was + o->h, o->hsize))
				r = put(f, o->g, f->h + o->h, o->gsize);
			break;
		case IO_UNUSED:
			break;
		case IO_STRAIGHT:
		case IO_POINTER:
		case IO_TAGGED:
			r = pointer_out(f, o);
			break;
		case IO_ARRAY:
			if (f->limit && f->limit <= o->g)
				break;
			sub = (struct ioctl_frame){f, f->at + o->g, f->g + o->g, f->h + o->h, f->was + o->h, f->limit ? f->limit - o->g : 0};
			r = elements_out(c, f, &sub, &c->table->layouts[o->sub], o->n);
			break;
		case IO_CASES:
			k = case_out(c, f, o);
			if (k && k->n != IO_CASE_ERROR)
				r = ops_out(c, f, &c->table->ops[k->first], k->n);
			break;
		}
		if (r < 0)
			worst = r;
	}
	return worst;
}

static HOT_CONVERT int record_out(struct ioctl_call *c, const struct ioctl_record *rec)
{
	const struct io_layout *l = rec->l;
	int r, worst;

	if (rec->n == 1) /* frames below refer to this one by address */
		worst = ops_out(c, &rec->f, &c->table->ops[l->first], l->n);
	else
		worst = elements_out(c, rec->f.up, &rec->f, l, rec->n);
	if (rec->flex_n) {
		struct ioctl_frame f = {&rec->f, rec->f.at + l->flex_g, rec->f.g + l->flex_g, rec->f.h + l->flex_h, rec->f.was + l->flex_h, 0};

		r = elements_out(c, &rec->f, &f, &c->table->layouts[l->flex_sub], rec->flex_n);
		if (r < 0)
			worst = r;
	}
	return worst;
}

/* ---- a call ---- */

static uint32_t slot(const struct ioctl_table *t, uint32_t cmd)
{
	return (cmd * t->hash_mul) >> (32 - t->hash_bits);
}

static const struct ioctl_row *look_up(const struct ioctl_table *t, uint32_t cmd, bool sized)
{
	uint32_t at = slot(t, cmd), mask = (1u << t->hash_bits) - 1;

	for (; t->hash[at]; at = (at + 1) & mask) {
		const struct ioctl_row *row = &t->rows[t->hash[at] - 1];

		for (; row->guest == cmd; row++) {
			if (!(row->flags & IO_ROW_SIZED) == !sized)
				return row;
			if (row + 1 == t->rows + t->n_rows)
				break;
		}
	}
	return NULL;
}

const struct ioctl_row *ioctl_find(const struct ioctl_table *t, uint32_t cmd)
{
	const struct ioctl_row *row = look_up(t, cmd, false);

	return row ? row : look_up(t, cmd & ~t->size_mask, true);
}

const struct ioctl_row *ioctl_find_extensible(const struct ioctl_table *t, uint32_t cmd, unsigned k)
{
	uint32_t key = cmd & ~t->size_mask;
	unsigned lo = 0, hi = t->n_extensible;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if ((t->rows[t->extensible[mid]].guest & ~t->size_mask) < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	lo += k;
	if (lo >= t->n_extensible || (t->rows[t->extensible[lo]].guest & ~t->size_mask) != key)
		return NULL;
	return &t->rows[t->extensible[lo]];
}

const struct ioctl_row *ioctl_find_next(const struct ioctl_table *t, const struct ioctl_row *row)
{
	const struct ioctl_row *next = row + 1;

	for (; next < t->rows + t->n_rows && next->guest == row->guest; next++)
		if (!((next->flags ^ row->flags) & IO_ROW_SIZED))
			return next;
	return NULL;
}

/* How many structures arg points to: the count of a row knows the command's size and no fields. */
static HOT_CONVERT int64_t count_of(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd)
{
	struct ioctl_call c;

	if (!row->count)
		return 1;
	c.table = t;
	c.cmd = cmd;
	c.after = false;
	return value(&c, NULL, row->count);
}

enum ioctl_way ioctl_way(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, size_t *ret_size)
{
	const struct io_layout *l = &t->layouts[row->layout];

	*ret_size = 0;
	if (row->custom)
		return IOCTL_CONVERT;
	if (row->dir <= IO_VALUE)
		return IOCTL_NUMBER;
	if (!(l->flags & IO_SAME) || (l->flags & IO_REBASE && window_base))
		return IOCTL_CONVERT;
	if (row->dir == IO_IN)
		return IOCTL_READ;
	*ret_size = (size_t)count_of(t, row, cmd) * l->gsize;
	return IOCTL_WRITTEN;
}

bool ioctl_straight(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, gaddr arg, uint64_t *ret_arg)
{
	size_t size;

	switch (ioctl_way(t, row, cmd, &size)) {
	case IOCTL_NUMBER:
		*ret_arg = arg.v;
		return true;
	case IOCTL_READ:
		*ret_arg = (uint64_t)guest_ptr(arg);
		return true;
	case IOCTL_WRITTEN:
		*ret_arg = (uint64_t)guest_out(arg, size);
		return true;
	case IOCTL_CONVERT:
		break;
	}
	return false;
}

/*
 * The guest knows an extensible structure as `size` bytes. Older: the rest is 0, as the kernel would make it. Newer: what we
 * do not know must be 0 or is refused.
 */
static int other_size(struct ioctl_call *c, const struct io_layout *l, uint32_t size)
{
	uint8_t more[256];

	for (uint32_t at = l->gsize, n; at < size; at += n) {
		n = size - at < sizeof more ? size - at : sizeof more;
		if (guest_read(more, ga(c->arg + at), n)) {
			c->host_arg = ioctl_bad_pointer();
			return 0;
		}
		for (uint32_t i = 0; i < n; i++)
			if (more[i])
				return -EINVAL;
	}
	if (!size)
		return -EINVAL;
	return memory_in(c, NULL, c->arg, l, 1, (enum io_dir)c->row->dir, size < l->gsize ? size : 0, &c->host_arg);
}

HOT_CONVERT int ioctl_in(struct ioctl_call *c, const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, gaddr arg)
{
	const struct io_layout *l = &t->layouts[row->layout];
	int64_t n;

	c->table = t;
	c->row = row;
	c->cmd = cmd;
	c->arg = arg.v;
	c->host_cmd = row->host;
	c->host_arg = arg.v;
	c->after = false;
	c->records = NULL;
	c->last = &c->records;
	c->chunks = c->custom = NULL;
	c->used = 0;
	c->next = c->local;
	c->end = c->local + sizeof c->local;
	if (row->custom)
		return t->custom[row->custom](c, false);
	n = count_of(t, row, cmd);
	if (row->flags & IO_ROW_SIZED) {
		uint64_t size = (cmd & t->size_mask) >> t->size_shift;

		size = size * l->hsize / l->gsize;
		if (size << t->size_shift & ~(uint64_t)t->size_mask)
			return -EINVAL;
		c->host_cmd |= (uint32_t)size << t->size_shift;
	}
	if (n <= 0 || !l->gsize) {
		c->host_arg = (uint64_t)guest_ptr(arg);
		return 0;
	}
	if (row->flags & IO_ROW_EXTENSIBLE && cmd != row->guest)
		return other_size(c, l, (cmd & t->size_mask) >> t->size_shift);
	return memory_in(c, NULL, arg.v, l, n, (enum io_dir)row->dir, 0, &c->host_arg);
}

HOT_CONVERT long ioctl_out(struct ioctl_call *c, long r)
{
	c->after = true;
	if (c->row->custom) {
		int bad;

		c->result = r;
		bad = c->table->custom[c->row->custom](c, true);
		return bad < 0 && r >= 0 ? bad : r;
	}
	for (struct ioctl_record *rec = c->records; rec; rec = rec->next)
		if (record_out(c, rec) < 0 && r >= 0)
			r = -EFAULT;
	return r;
}

ioctl_custom ioctl_no_custom;
int ioctl_no_custom(struct ioctl_call *c, bool after)
{
	(void)c;
	(void)after;
	return -ENOTTY;
}

/* SPDX-License-Identifier: MIT */
/* See model.h. */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/window.h"

struct frame {
	const struct frame *up;
	uint8_t *g, *h, *expect;
};

/* What walk() does at each field. */
enum what { PREPARE, CHECK_IN, PROTECT, KERNEL };

struct walk {
	struct model *m;
	enum what what;
	uint8_t *seen; /* CHECK_IN: host bytes that are described */
	const uint8_t *seen_base;
	enum io_dir dir;
};

static uint64_t state = 88172645463325252ull;
static uint32_t memory_at;

uint64_t random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

uint32_t random_below(uint32_t n)
{
	return (uint32_t)((random64() >> 32) % n);
}

static void random_bytes(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)random64();
}

void model_memory(void)
{
	memory_at = (uint32_t)window_mmap(ga(0), AREAS / 16 * (AREA_SIZE + 4096), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (uint32_t i = 0; i < AREAS / 16; i++)
		window_mprotect(ga(memory_at + i * (AREA_SIZE + 4096)), AREA_SIZE, PROT_READ | PROT_WRITE);
}

/* size random bytes that end where nothing is mapped. */
static struct area *new_area(struct model *m, uint32_t size, const struct io_layout *l, uint32_t n, enum io_dir dir)
{
	struct area *a = &m->area[m->n];

	if (m->n == AREAS / 16 || size > AREA_SIZE) {
		m->wrong = "too much";
		return NULL;
	}
	*a = (struct area){.at = memory_at + m->n * (AREA_SIZE + 4096) + AREA_SIZE - size, .size = size, .l = l, .n = n, .dir = dir};
	m->n++;
	random_bytes(guest_ptr(ga(a->at)), size);
	return a;
}

static struct area *area_at(struct model *m, uint32_t at)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->area[i].at == at && m->area[i].size)
			return &m->area[i];
	return NULL;
}

/* ---- expressions, on guest bytes ---- */

static int64_t number(const uint8_t *p, unsigned size, bool sign)
{
	uint64_t v = 0;

	memcpy(&v, p, size);
	if (sign && size < 8 && v >> (size * 8 - 1))
		v |= ~0ull << (size * 8);
	return (int64_t)v;
}

static int64_t value(const struct model *m, const struct frame *f, unsigned i)
{
	const struct io_expr *e = &m->t->exprs[i];
	int64_t l, r;

	if (e->op == IO_CONST)
		return (int64_t)(e->g | (uint64_t)e->h << 32);
	if (e->op == IO_SIZE)
		return (m->cmd & m->t->size_mask) >> m->t->size_shift;
	if (e->op == IO_FIELD) {
		for (unsigned k = 0; k < e->level; k++)
			f = f->up;
		return number(f->g + e->g, e->size & 15, e->sign);
	}
	l = value(m, f, e->l);
	r = value(m, f, e->r);
	switch (e->op) {
	case IO_ADD:
		return l + r;
	case IO_SUB:
		return l - r;
	case IO_MUL:
		return l * r;
	case IO_DIV:
		return r > 0 ? l / r : 0;
	case IO_AND:
		return l & r;
	case IO_SHL:
		return l << r;
	default:
		return l >> r;
	}
}

/* Call fn for each field that the expression reads. */
static void fields(const struct model *m, const struct frame *f, unsigned i, void (*fn)(const struct frame *, const struct io_expr *))
{
	const struct io_expr *e = &m->t->exprs[i];

	if (e->op == IO_FIELD) {
		for (unsigned k = 0; k < e->level; k++)
			f = f->up;
		fn(f, e);
	} else if (e->op > IO_SIZE) {
		fields(m, f, e->l, fn);
		fields(m, f, e->r, fn);
	}
}

static void make_small(const struct frame *f, const struct io_expr *e)
{
	uint64_t v = random_below(5);

	memcpy(f->g + e->g, &v, e->size & 15);
}

/* Host bytes that the kernel is to leave: counts and selectors decide what the rest means. */
static struct {
	uint8_t *at, was[8];
	unsigned n;
} kept[65536];
static unsigned n_kept;

static void keep(uint8_t *at, unsigned n)
{
	if (n_kept == sizeof kept / sizeof kept[0])
		abort();
	kept[n_kept].at = at;
	kept[n_kept].n = n;
	memcpy(kept[n_kept++].was, at, n);
}

static void keep_field(const struct frame *f, const struct io_expr *e)
{
	keep(f->h + e->h, e->size >> 4);
}

/* ---- the walk ---- */

static void walk_ops(struct walk *w, const struct frame *f, const struct io_op *o, unsigned n);
static void walk_area(struct walk *w, const struct frame *up, struct area *a, uint8_t *h);

static void wrong(struct walk *w, const char *what)
{
	if (!w->m->wrong)
		w->m->wrong = what;
}

static void seen(struct walk *w, const uint8_t *h, size_t n)
{
	memset(w->seen + (h - w->seen_base), 1, n);
}

static const struct io_case *choose(struct model *m, const struct io_op *o, int64_t v)
{
	for (unsigned i = 0; i < o->n; i++)
		if (m->t->cases[o->sub + i].lo <= v && v <= m->t->cases[o->sub + i].hi)
			return &m->t->cases[o->sub + i];
	return NULL;
}

static void leaf(struct walk *w, const struct frame *f, const struct io_op *o)
{
	unsigned gn = o->kind == IO_COPY ? o->n : o->gsize, hn = o->kind == IO_COPY ? o->n : o->hsize;
	uint64_t v;

	switch (w->what) {
	case PREPARE:
	case PROTECT:
		break;
	case CHECK_IN:
		seen(w, f->h + o->h, hn);
		if (o->kind == IO_COPY ? memcmp(f->g + o->g, f->h + o->h, gn) :
					 number(f->g + o->g, gn, o->kind == IO_SIGNED) != number(f->h + o->h, hn, false))
			wrong(w, "a field differs on the way in");
		break;
	case KERNEL:
		random_bytes(f->h + o->h, hn);
		for (unsigned i = 0; i < n_kept; i++) /* what of it is to stay */
			if (kept[i].at >= f->h + o->h && kept[i].at < f->h + o->h + hn)
				memcpy(kept[i].at, kept[i].was, kept[i].n);
		v = 0;
		if (w->dir == IO_IN)
			break;
		if (o->kind == IO_COPY) {
			memcpy(f->expect + o->g, f->h + o->h, gn);
		} else {
			memcpy(&v, f->h + o->h, hn);
			memcpy(f->expect + o->g, &v, gn);
		}
		break;
	}
}

/* Memory of the same form goes to the host as it is. */
static bool is_converted(const struct area *a)
{
	return a->l && !(a->l->flags & IO_SAME && (!(a->l->flags & IO_REBASE) || !window_base));
}

static void prepare_pointer(struct walk *w, const struct frame *f, const struct io_op *o)
{
	const struct io_layout *l = NULL;
	const struct io_case *k = NULL;
	int64_t n = 1;
	struct area *a;
	uint64_t v;

	if (o->kind == IO_TAGGED) {
		for (int tries = 0; tries < 100 && (!k || k->n == IO_CASE_ERROR); tries++)
			k = &w->m->t->cases[o->sub + random_below(o->n)];
		if (k->n == IO_CASE_ERROR)
			return;
		l = &w->m->t->layouts[k->first];
	} else {
		n = value(w->m, f, o->expr);
		if (o->kind == IO_POINTER)
			l = &w->m->t->layouts[o->sub];
	}
	if (n < 0 || n > 1000)
		n = 0;
	a = new_area(w->m, (uint32_t)n * (l ? l->gsize : o->n), l, (uint32_t)n, (enum io_dir)o->dir);
	v = a ? a->at : 0;
	if (o->kind == IO_STRAIGHT && o->sub == IO_LINKED && window_base) /* nothing else may pass */
		v = 0;
	memcpy(f->g + o->g, &v, o->gsize);
	if (!a || !l || !n)
		return;
	walk_area(w, f, a, NULL);
	v = a->at; /* room for a flexible array may have moved it */
	memcpy(f->g + o->g, &v, o->gsize);
	if (k) {
		uint32_t tag = k->lo == INT64_MIN ? (uint32_t)random64() : (uint32_t)k->lo;

		memcpy(guest_ptr(ga(a->at)), &tag, 4);
	}
}

static void pointer(struct walk *w, const struct frame *f, const struct io_op *o)
{
	uint64_t g = (uint64_t)number(f->g + o->g, o->gsize, false), h = f->h ? (uint64_t)number(f->h + o->h, o->hsize, false) : 0;
	struct area *a;

	if (w->what == PREPARE) {
		prepare_pointer(w, f, o);
		return;
	}
	if (w->what == CHECK_IN) {
		seen(w, f->h + o->h, o->hsize);
		if (g >> 32 ? h != ioctl_bad_pointer() : g && !h)
			wrong(w, "an address is not the host's");
	}
	if (!g || g >> 32)
		return;
	a = area_at(w->m, (uint32_t)g);
	if (w->what == CHECK_IN && (o->kind == IO_STRAIGHT || !a || !is_converted(a)) && h != window_base + g)
		wrong(w, "an address is not rebased");
	if (o->kind == IO_STRAIGHT || !a || !a->l || !is_converted(a))
		return;
	if (o->kind == IO_TAGGED && w->what == PROTECT)
		keep((uint8_t *)h, 4);
	walk_area(w, f, a, (uint8_t *)h);
}

static void cases(struct walk *w, const struct frame *f, const struct io_op *o)
{
	const struct io_expr *e = &w->m->t->exprs[o->expr];
	const struct io_case *k;

	if (w->what == PREPARE && e->op == IO_FIELD && e->level == 0) {
		k = &w->m->t->cases[o->sub + random_below(o->n)];
		if (k->n != IO_CASE_ERROR && k->lo != INT64_MIN)
			memcpy(f->g + e->g, &k->lo, e->size & 15);
	}
	if (w->what == PROTECT)
		fields(w->m, f, o->expr, keep_field);
	k = choose(w->m, o, value(w->m, f, o->expr));
	if (k && k->n != IO_CASE_ERROR)
		walk_ops(w, f, &w->m->t->ops[k->first], k->n);
	else if (w->what == PREPARE)
		w->m->wrong = "no case";
}

static void elements(struct walk *w, const struct frame *up, uint8_t *g, uint8_t *h, uint8_t *expect, const struct io_layout *l, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct frame f = {up, g + (size_t)i * l->gsize, h ? h + (size_t)i * l->hsize : NULL, expect ? expect + (size_t)i * l->gsize : NULL};

		walk_ops(w, &f, &w->m->t->ops[l->first], l->n);
	}
}

static void walk_ops(struct walk *w, const struct frame *f, const struct io_op *o, unsigned n)
{
	/* Counts first: what else is prepared depends on them. */
	for (unsigned i = 0; i < n && w->what <= PROTECT; i++)
		if (o[i].kind == IO_STRAIGHT || o[i].kind == IO_POINTER) {
			if (w->what == PREPARE)
				fields(w->m, f, o[i].expr, make_small);
			else if (w->what == PROTECT)
				fields(w->m, f, o[i].expr, keep_field);
		}
	for (unsigned i = 0; i < n; i++, o++)
		switch ((enum io_op_kind)o->kind) {
		case IO_COPY:
		case IO_NUMBER:
		case IO_SIGNED:
			leaf(w, f, o);
			break;
		case IO_UNUSED:
			break;
		case IO_STRAIGHT:
		case IO_POINTER:
		case IO_TAGGED:
			pointer(w, f, o);
			break;
		case IO_ARRAY:
			elements(w, f, f->g + o->g, f->h ? f->h + o->h : NULL, f->expect ? f->expect + o->g : NULL, &w->m->t->layouts[o->sub], o->n);
			break;
		case IO_CASES:
			cases(w, f, o);
			break;
		}
}

/* A whole pointee: its elements, its flexible array, and that nothing else is in the host's copy. */
static void walk_area(struct walk *outer, const struct frame *up, struct area *a, uint8_t *h)
{
	const struct io_layout *l = a->l, *sub = &outer->m->t->layouts[l->flex_sub];
	struct walk w = *outer;
	struct frame f = {up, guest_ptr(ga(a->at)), h, a->expect};
	size_t hsize = (size_t)a->n * l->hsize;
	bool flex = l->flags & IO_FLEX && a->n == 1;

	w.dir = a->dir;
	if (flex && w.what == PREPARE) {
		uint32_t size = l->flex_g;

		fields(w.m, &f, l->flex_expr, make_small);
		a->flex_n = (uint32_t)value(w.m, &f, l->flex_expr);
		if (a->flex_n > 100)
			a->flex_n = 0;
		size += a->flex_n * sub->gsize;
		if (size > a->size) { /* room for it: the structure moves down */
			uint8_t *to = f.g - (size - a->size);

			if (size > AREA_SIZE) {
				w.m->wrong = "too much";
				return;
			}
			memmove(to, f.g, a->size);
			random_bytes(to + a->size, size - a->size);
			a->at -= size - a->size;
			a->size = size;
			f.g = to;
		}
	}
	if (flex && w.what == PROTECT)
		fields(w.m, &f, l->flex_expr, keep_field);
	if (w.what == CHECK_IN) {
		if (flex && l->flex_h + (size_t)a->flex_n * sub->hsize > hsize)
			hsize = l->flex_h + (size_t)a->flex_n * sub->hsize;
		w.seen = calloc(1, hsize + 1);
		w.seen_base = h;
	}
	if (a->n == 1)
		walk_ops(&w, &f, &w.m->t->ops[l->first], l->n);
	else
		elements(&w, up, f.g, f.h, f.expect, l, a->n);
	if (flex && a->flex_n)
		elements(&w, &f, f.g + l->flex_g, f.h ? f.h + l->flex_h : NULL, f.expect ? f.expect + l->flex_g : NULL, sub, a->flex_n);
	if (w.what == CHECK_IN) {
		for (size_t i = 0; i < hsize; i++)
			if (!w.seen[i] && h[i])
				wrong(&w, "a host byte is set that nothing describes");
		free(w.seen);
	}
}

/* ---- the steps ---- */

uint32_t model_guest(struct model *m, const struct ioctl_row *row)
{
	const struct io_layout *l = &m->t->layouts[row->layout];
	int64_t n = row->count ? value(m, NULL, row->count) : 1;
	struct walk w = {.m = m, .what = PREPARE};
	struct area *a;

	a = new_area(m, (uint32_t)n * l->gsize, l, (uint32_t)n, (enum io_dir)row->dir);
	if (!a || !n)
		return 0;
	walk_area(&w, NULL, a, NULL);
	if (m->wrong)
		return 0;
	for (unsigned i = 0; i < m->n; i++) {
		m->area[i].before = malloc(m->area[i].size + 1);
		m->area[i].expect = malloc(m->area[i].size + 1);
		memcpy(m->area[i].before, guest_ptr(ga(m->area[i].at)), m->area[i].size);
		memcpy(m->area[i].expect, m->area[i].before, m->area[i].size);
	}
	return m->area[0].at;
}

bool model_check_in(struct model *m, const uint8_t *h)
{
	struct walk w = {.m = m, .what = CHECK_IN};

	walk_area(&w, NULL, &m->area[0], (uint8_t *)h);
	return !m->wrong;
}

void model_kernel(struct model *m, uint8_t *h)
{
	struct walk w = {.m = m, .what = PROTECT};

	n_kept = 0;
	walk_area(&w, NULL, &m->area[0], h);
	w.what = KERNEL;
	walk_area(&w, NULL, &m->area[0], h);
}

bool model_check_out(struct model *m)
{
	for (unsigned i = 0; i < m->n; i++)
		if (memcmp(guest_ptr(ga(m->area[i].at)), m->area[i].expect, m->area[i].size))
			m->wrong = m->area[i].dir == IO_IN ? "memory that is only read was written" : "the guest does not see what the kernel wrote";
	return !m->wrong;
}

void model_forget(struct model *m)
{
	for (unsigned i = 0; i < m->n; i++) {
		free(m->area[i].before);
		free(m->area[i].expect);
	}
	m->n = 0;
	m->wrong = NULL;
}

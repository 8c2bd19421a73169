/* SPDX-License-Identifier: MIT */
/*
 * Small structures without addresses, counts and unions, which most of the often used commands have: as the marshaller treats them, but
 * from a few bytes that say it all, and into memory that is at hand. No table is looked at.
 */
#include <string.h>

#include "emu/hot.h"
#include "emu/window.h"
#include "ioctl-tables/changed.h"
#include "ioctl-tables/marshal.h"

typedef uint32_t half __attribute__((aligned(1)));

bool ioctl_small(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, struct ioctl_small *ret)
{
	const struct io_layout *l = &t->layouts[row->layout];
	const struct io_op *o = &t->ops[l->first];

	if (row->custom || row->dir <= IO_VALUE || row->flags & IO_ROW_SIZED || row->count || cmd != row->guest || l->flags & IO_FLEX ||
	    !l->gsize || l->gsize > IOCTL_SMALL_SIZE || l->hsize > IOCTL_SMALL_SIZE)
		return false;
	*ret = (struct ioctl_small){.gsize = (uint8_t)l->gsize, .out = row->dir != IO_IN};
	for (unsigned i = 0; i < l->n; i++, o++) {
		struct ioctl_small_op s = {(uint8_t)o->g, o->gsize, (uint8_t)o->h, o->hsize, o->kind == IO_SIGNED};

		if (o->kind == IO_UNUSED)
			continue;
		if (ret->n == IOCTL_SMALL_OPS || (o->kind != IO_COPY && o->kind != IO_NUMBER && o->kind != IO_SIGNED))
			return false;
		if (o->kind == IO_COPY)
			s.gsize = s.hsize = (uint8_t)o->n;
		ret->op[ret->n++] = s;
	}
	return true;
}

static inline void copy(uint8_t *to, const uint8_t *from, unsigned n)
{
	for (; n >= sizeof(word); n -= sizeof(word), to += sizeof(word), from += sizeof(word))
		*(word *)to = *(const word *)from;
	if (n >= sizeof(half)) {
		*(half *)to = *(const half *)from;
		n -= sizeof(half), to += sizeof(half), from += sizeof(half);
	}
	for (; n; n--)
		*to++ = *from++;
}

static inline uint64_t load(const uint8_t *p, unsigned size)
{
	uint64_t v = 0;

	copy((uint8_t *)&v, p, size);
	return v;
}

/* An integer as the host has it. */
static inline uint64_t widened(const struct ioctl_small_op *o, const uint8_t *g)
{
	uint64_t v = load(g + o->g, o->gsize);
	unsigned shift = 64 - o->gsize * 8u;

	return o->sign ? (uint64_t)((int64_t)(v << shift) >> shift) : v;
}

HOT_TOO uint64_t ioctl_small_in(const struct ioctl_small *s, struct ioctl_small_data *d, gaddr arg)
{
	if (guest_read(d->g, arg, s->gsize))
		return arg.v ? ioctl_bad_pointer() : 0;
	memset(d->h, 0, sizeof d->h);
	for (const struct ioctl_small_op *o = s->op; o < s->op + s->n; o++)
		if (o->gsize == o->hsize) {
			copy(d->h + o->h, d->g + o->g, o->gsize);
		} else {
			uint64_t v = widened(o, d->g);

			copy(d->h + o->h, (uint8_t *)&v, o->hsize);
		}
	return (uint64_t)d->h;
}

/* n bytes at h: those that differ from what they were. */
static inline int changed_out(const struct ioctl_small_data *d, gaddr at, unsigned g, unsigned h, unsigned n)
{
	struct changed c = changed_bytes(d->h + h, d->g + g, n);

	return c.n ? guest_write(ga_add(at, g + c.at), d->h + h + c.at, c.n) : 0;
}

HOT_TOO long ioctl_small_out(const struct ioctl_small *s, const struct ioctl_small_data *d, gaddr arg, long r)
{
	for (const struct ioctl_small_op *o = s->op; o < s->op + s->n; o++) {
		int bad = 0;

		if (o->gsize == o->hsize) {
			bad = changed_out(d, arg, o->g, o->h, o->gsize);
		} else {
			uint64_t mask = o->hsize < 8 ? (1ull << o->hsize * 8) - 1 : ~0ull;

			if (load(d->h + o->h, o->hsize) != (widened(o, d->g) & mask))
				bad = guest_write(ga_add(arg, o->g), d->h + o->h, o->gsize);
		}
		if (bad < 0 && r >= 0)
			r = bad;
	}
	return r;
}

/* SPDX-License-Identifier: MIT */
/* One ioctl on its way to the host and back: find its row, convert the argument, (the caller calls,) convert it back. */
#ifndef STRAIT_IOCTL_MARSHAL_H
#define STRAIT_IOCTL_MARSHAL_H

#include <stddef.h>

#include "emu/gaddr.h"
#include "ioctl-tables/table.h"

/* What one call may need of the host's memory; a guest that wants more gets ENOMEM. */
#define IOCTL_MEMORY_MAX (16u << 20)

/* A structure that is being converted, in its three forms. Expressions look at g before the call, at h after it. */
struct ioctl_frame {
	const struct ioctl_frame *up;
	uint32_t at;        /* guest address */
	const uint8_t *g;   /* the guest's bytes, read once */
	uint8_t *h;         /* for the host's kernel */
	uint8_t *was;       /* h before the call: what differs is what the kernel wrote */
	uint32_t limit;     /* the guest's structure ends so far behind `at`; 0: all of it is there */
};

/* Converted memory that is to be converted back. */
struct ioctl_record;

struct ioctl_call {
	const struct ioctl_table *table;
	const struct ioctl_row *row;
	int fd; /* the caller's to set: custom functions may ask it something */
	uint32_t cmd, arg;
	uint32_t host_cmd; /* these two are for the host */
	uint64_t host_arg;
	bool after;
	long result; /* of the host's call, for a custom function that is called after it */
	struct ioctl_record *records, **last;
	void *chunks;
	uint32_t used;
	uint8_t *next, *end;
	void *custom; /* a custom function's own */
	_Alignas(16) uint8_t local[2048];
};

/* The first of the rows for cmd (others with the same number follow it), or NULL. */
const struct ioctl_row *ioctl_find(const struct ioctl_table *t, uint32_t cmd);
/* The one behind it with the same number, or NULL. */
const struct ioctl_row *ioctl_find_next(const struct ioctl_table *t, const struct ioctl_row *row);

/* cmd is no row's: the k-th that is extensible and is cmd but for its size, or NULL. ioctl_in() is for it, not ioctl_straight(). */
const struct ioctl_row *ioctl_find_extensible(const struct ioctl_table *t, uint32_t cmd, unsigned k);

/* What becomes of arg: a number; an address of what the kernel only reads, or writes (at most *ret_size bytes); or ioctl_in() is due. */
enum ioctl_way { IOCTL_NUMBER, IOCTL_READ, IOCTL_WRITTEN, IOCTL_CONVERT };
enum ioctl_way ioctl_way(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, size_t *ret_size);
/* May arg go to the host as it is? Then the value for the host is in *ret_arg. */
bool ioctl_straight(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, gaddr arg, uint64_t *ret_arg);

/* The command for the host, of a straight call. */
static inline uint32_t ioctl_host_command(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd)
{
	return row->flags & IO_ROW_SIZED ? row->host | (cmd & t->size_mask) : row->host;
}

/* Otherwise: fill c. 0 or -errno, then the call is not to be made. Either way ioctl_end() is due. */
int ioctl_in(struct ioctl_call *c, const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, gaddr arg);
/* The host answered r: write back what the kernel wrote. The guest's result. */
long ioctl_out(struct ioctl_call *c, long r);
void ioctl_end(struct ioctl_call *c);

/* Without an ioctl_call, where a structure is simple and small: is it? Then its address for the host, d->h or a bad one; only if it is d->h
 * and s->out the guest's result is that of ioctl_small_out(). */
bool ioctl_small(const struct ioctl_table *t, const struct ioctl_row *row, uint32_t cmd, struct ioctl_small *ret);
uint64_t ioctl_small_in(const struct ioctl_small *s, struct ioctl_small_data *d, gaddr arg);
long ioctl_small_out(const struct ioctl_small *s, const struct ioctl_small_data *d, gaddr arg, long r);

/* ---- for custom.c ---- */

/* n zeroed bytes until ioctl_end, or NULL. */
void *ioctl_memory(struct ioctl_call *c, uint64_t n);
/* A host address that no process has anything at: the kernel says EFAULT, or what it says before it looks. */
uint64_t ioctl_bad_pointer(void);

#endif

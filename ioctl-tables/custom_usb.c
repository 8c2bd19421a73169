/* SPDX-License-Identifier: MIT */
/*
 * USB requests that are under way. The kernel keeps the address of a request, writes to it when it is reaped, and gives the
 * address back: so requests have a form of the host's that stays until then. One list for the process; few are under way at once.
 */
#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/window.h"
#include "ioctl-tables/marshal.h"

ioctl_custom ioctl_urb_submit, ioctl_urb_discard, ioctl_urb_reap;

/* struct usbdevfs_urb of a 32-bit program; packets follow, which are the same for all. */
struct urb_guest {
	uint8_t type, endpoint;
	int32_t status;
	uint32_t flags, buffer;
	int32_t buffer_length, actual_length, start_frame, packets, error_count;
	uint32_t signr, usercontext;
};

enum { PACKETS_MAX = 128 }; /* the kernel's own limit */

struct urb {
	struct urb *next;
	int fd;
	uint32_t at; /* in the guest */
	uint32_t packets;
	size_t size; /* of all this */
	struct usbdevfs_urb host;
};

static struct urb *under_way;
static atomic_int holder; /* the process: one that another thread of its parent left locked is free */

static void lock(void)
{
	int self = getpid(), was = 0;

	while (!atomic_compare_exchange_weak(&holder, &was, self)) {
		if (was != self)
			continue;
		sched_yield();
		was = 0;
	}
}

static void unlock(void)
{
	atomic_store(&holder, 0);
}

/* Out of the list: the one that the kernel calls host. NULL: not ours. */
static struct urb *take(const void *host)
{
	struct urb **p, *u;

	lock();
	for (p = &under_way; (u = *p) && &u->host != host;)
		p = &u->next;
	if (u)
		*p = u->next;
	unlock();
	return u;
}

static struct urb *make(int fd, uint32_t at, const struct urb_guest *g)
{
	uint32_t n = g->type == USBDEVFS_URB_TYPE_ISO && g->packets > 0 && g->packets <= PACKETS_MAX ? (uint32_t)g->packets : 0;
	size_t size = sizeof(struct urb) + n * sizeof(struct usbdevfs_iso_packet_desc);
	struct urb *u = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (u == MAP_FAILED)
		return NULL;
	u->fd = fd;
	u->at = at;
	u->packets = n;
	u->size = size;
	u->host.type = g->type;
	u->host.endpoint = g->endpoint;
	u->host.status = g->status;
	u->host.flags = g->flags;
	if (g->buffer)
		u->host.buffer = g->endpoint & 0x80 || g->type == USBDEVFS_URB_TYPE_CONTROL ?
					 guest_out(ga(g->buffer), g->buffer_length > 0 ? (size_t)g->buffer_length : 1) : guest_ptr(ga(g->buffer));
	u->host.buffer_length = g->buffer_length;
	u->host.actual_length = g->actual_length;
	u->host.start_frame = g->start_frame;
	u->host.number_of_packets = g->packets;
	u->host.error_count = g->error_count;
	u->host.signr = g->signr;
	u->host.usercontext = (void *)(uintptr_t)g->usercontext;
	return u;
}

int ioctl_urb_submit(struct ioctl_call *c, bool after)
{
	struct urb *u = c->custom;
	struct urb_guest g;

	if (after) {
		if (u && c->result < 0 && take(&u->host))
			munmap(u, u->size);
		return 0;
	}
	if (guest_read(&g, ga(c->arg), sizeof g)) {
		c->host_arg = ioctl_bad_pointer();
		return 0;
	}
	u = make(c->fd, c->arg, &g);
	if (!u)
		return -ENOMEM;
	if (guest_read(u->host.iso_frame_desc, ga(c->arg + (uint32_t)sizeof g), u->packets * sizeof(struct usbdevfs_iso_packet_desc))) {
		munmap(u, u->size);
		c->host_arg = ioctl_bad_pointer();
		return 0;
	}
	c->custom = u;
	c->host_arg = (uint64_t)&u->host;
	lock();
	u->next = under_way;
	under_way = u;
	unlock();
	return 0;
}

int ioctl_urb_discard(struct ioctl_call *c, bool after)
{
	const struct urb *u;

	if (after)
		return 0;
	lock();
	for (u = under_way; u && (u->at != c->arg || u->fd != c->fd);)
		u = u->next;
	c->host_arg = u ? (uint64_t)&u->host : ioctl_bad_pointer();
	unlock();
	return 0;
}

/* The kernel has written to the request of the host's form what it writes; now the guest's. */
int ioctl_urb_reap(struct ioctl_call *c, bool after)
{
	void **host = c->custom;
	struct urb *u;
	int bad;

	if (!after) {
		host = c->custom = ioctl_memory(c, sizeof *host);
		if (!host)
			return -ENOMEM;
		c->host_arg = (uint64_t)host;
		return 0;
	}
	if (c->result < 0)
		return 0;
	u = take(*host);
	if (!u) /* of a program that was here before exec */
		return -EFAULT;
	bad = guest_write(ga(u->at + offsetof(struct urb_guest, status)), &u->host.status, 4) |
	      guest_write(ga(u->at + offsetof(struct urb_guest, actual_length)), &u->host.actual_length, 4) |
	      guest_write(ga(u->at + offsetof(struct urb_guest, error_count)), &u->host.error_count, 4) |
	      guest_write(ga(u->at + sizeof(struct urb_guest)), u->host.iso_frame_desc, u->packets * sizeof(struct usbdevfs_iso_packet_desc)) |
	      guest_write(ga(c->arg), &u->at, 4);
	munmap(u, u->size);
	return bad ? -EFAULT : 0;
}

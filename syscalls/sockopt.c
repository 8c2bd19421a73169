/* SPDX-License-Identifier: MIT */
/*
 * Socket options: straight through with their real length. The few whose structures differ for 32-bit tasks are in a
 * table; the packet filter's tables of rules (iptables and its kind), which are full of pointers, are refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "syscalls/net.h"
#include "syscalls/time.h"
#include "syscalls/timespec.h"

struct option {
	int fd, level, name;
	gaddr value;
	uint32_t len;  /* set */
	gaddr len_at;  /* get */
};

static gret set_host(const struct option *o, const void *value, size_t len)
{
	return sys_raw(SYS_setsockopt, o->fd, o->level, o->name, value, (int)len);
}

/* A value of len bytes for the guest, cut to the length it gave. */
static gret give(const struct option *o, const void *value, uint32_t len)
{
	int room;

	TRY(guest_get(&room, o->len_at));
	if (room < 0)
		return -EINVAL;
	if ((uint32_t)room < len)
		len = (uint32_t)room;
	TRY(guest_write(o->value, value, len));
	return guest_put(o->len_at, &len);
}

/* SO_RCVTIMEO, SO_SNDTIMEO in their old form: struct timeval */
static gret set_timeout(struct option *o)
{
	struct timeval tv;

	if (o->len < 8)
		return set_host(o, &tv, 0);
	TRY(timeval_in32(&tv, o->value));
	return set_host(o, &tv, sizeof tv);
}

static gret get_timeout(struct option *o)
{
	struct timeval tv;
	socklen_t len = sizeof tv;
	int32_t g[2];

	TRY(sys_raw(SYS_getsockopt, o->fd, o->level, o->name, &tv, &len));
	g[0] = (int32_t)tv.tv_sec;
	g[1] = (int32_t)tv.tv_usec;
	return give(o, g, sizeof g);
}

/* struct sock_fprog: a count and a pointer */
static gret set_filter(struct option *o)
{
	struct {
		uint16_t len, pad;
		uint32_t filter;
	} g;
	struct sock_fprog prog;

	if (o->len != sizeof g)
		return -EINVAL;
	TRY(guest_get(&g, o->value));
	prog.len = g.len;
	prog.filter = guest_ptr(ga(g.filter));
	return set_host(o, &prog, sizeof prog);
}

/* struct group_req, group_source_req: an index, then one or two addresses, which the host aligns to 8. */
static gret set_group(struct option *o)
{
	unsigned n = o->name == MCAST_JOIN_GROUP || o->name == MCAST_LEAVE_GROUP ? 1 : 2;
	struct {
		uint32_t index, pad;
		struct sockaddr_storage address[2];
	} h;

	if (o->len < 4 + n * sizeof(struct sockaddr_storage))
		return -EINVAL;
	memset(&h, 0, sizeof h);
	TRY(guest_get(&h.index, o->value));
	TRY(guest_read(h.address, ga_add(o->value, 4), n * sizeof(struct sockaddr_storage)));
	return set_host(o, &h, 8 + n * sizeof(struct sockaddr_storage));
}

/* struct group_filter: index, group, mode, count, addresses. 4 bytes less in front for a 32-bit task. */
enum { FILTER_FIXED = 4 + 128 + 8, FILTER_SOURCES = 64 };

struct host_filter {
	uint32_t index, pad;
	struct sockaddr_storage group;
	uint32_t mode, n;
	struct sockaddr_storage source[FILTER_SOURCES];
};

static gret set_msfilter(struct option *o)
{
	struct host_filter h;
	size_t sources;

	if (o->len < FILTER_FIXED)
		return -EINVAL;
	sources = o->len - FILTER_FIXED;
	if (sources > sizeof h.source)
		return -ENOBUFS;
	memset(&h, 0, sizeof h);
	TRY(guest_get(&h.index, o->value));
	TRY(guest_read(&h.group, ga_add(o->value, 4), 128 + 8 + sources));
	return set_host(o, &h, offsetof(struct host_filter, source) + sources);
}

static gret get_msfilter(struct option *o)
{
	struct host_filter h;
	socklen_t len;
	int room;

	TRY(guest_get(&room, o->len_at));
	if (room < FILTER_FIXED)
		return -EINVAL;
	memset(&h, 0, sizeof h);
	TRY(guest_get(&h.index, o->value));
	TRY(guest_read(&h.group, ga_add(o->value, 4), 128 + 8));
	if (h.n > FILTER_SOURCES)
		h.n = FILTER_SOURCES;
	len = (socklen_t)(offsetof(struct host_filter, source) + h.n * sizeof *h.source);
	TRY(sys_raw(SYS_getsockopt, o->fd, o->level, o->name, &h, &len));
	len -= 4;
	if (len > (socklen_t)room)
		len = (socklen_t)room;
	TRY(guest_write(ga_add(o->value, 4), &h.group, len - 4));
	return guest_put(o->len_at, &len);
}

/* TCP_ZEROCOPY_RECEIVE: 64-bit addresses inside; only where they are the host's as well. */
static gret get_zerocopy(struct option *o)
{
	if (window_base != 0)
		return -ENOPROTOOPT;
	return sys_raw(SYS_getsockopt, o->fd, o->level, o->name, guest_out(o->value, 64), guest_out(o->len_at, 4));
}

static gret refuse(struct option *o)
{
	(void)o;
	report_once(0x6f707400, "socket option: tables of packet filter rules are not offered to guests");
	return -ENOPROTOOPT;
}

struct option_row {
	int level, first, last;
	gret (*set)(struct option *o); /* NULL: straight through */
	gret (*get)(struct option *o);
};

enum { LEVEL_TCP = 6, LEVEL_PACKET = 263 };

/* clang-format off */
static const struct option_row option_rows[] = {
	{SOL_SOCKET, 20, 21, set_timeout, get_timeout},    /* SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD */
	{SOL_SOCKET, 26, 26, set_filter, NULL},            /* SO_ATTACH_FILTER; get: whole instructions, no pointer */
	{SOL_SOCKET, 51, 51, set_filter, NULL},            /* SO_ATTACH_REUSEPORT_CBPF */
	{LEVEL_PACKET, 22, 22, set_filter, NULL},          /* PACKET_FANOUT_DATA */
	{IPPROTO_IP, 42, 47, set_group, NULL},             /* MCAST_JOIN_GROUP .. MCAST_LEAVE_SOURCE_GROUP */
	{IPPROTO_IPV6, 42, 47, set_group, NULL},
	{IPPROTO_IP, 48, 48, set_msfilter, get_msfilter},  /* MCAST_MSFILTER */
	{IPPROTO_IPV6, 48, 48, set_msfilter, get_msfilter},
	{LEVEL_TCP, 35, 35, NULL, get_zerocopy},           /* TCP_ZEROCOPY_RECEIVE */
	{IPPROTO_IP, 64, 65, refuse, refuse},              /* IPT_SO_SET_REPLACE, _ADD_COUNTERS; GET_INFO, _ENTRIES */
	{IPPROTO_IPV6, 64, 65, refuse, refuse},
	{IPPROTO_IP, 96, 97, refuse, refuse},              /* arptables */
	{IPPROTO_IP, 128, 131, refuse, refuse},            /* ebtables */
};
/* clang-format on */

static const struct option_row *find(const struct option *o)
{
	for (unsigned i = 0; i < sizeof option_rows / sizeof *option_rows; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->level == o->level && o->name >= row->first && o->name <= row->last)
			return row;
	}
	return NULL;
}

SYS(setsockopt)
{
	struct option o = {(int)a[0], (int)a[1], (int)a[2], ga(a[3]), a[4], ga(0)};
	const struct option_row *row = find(&o);

	if ((int)a[4] < 0 || !row || !row->set)
		return sys_raw(SYS_setsockopt, o.fd, o.level, o.name, guest_ptr(o.value), (int)a[4]);
	TRY(sys_raw(SYS_sendmmsg, o.fd, NULL, 0, 0)); /* a socket? */
	return row->set(&o);
}

SYS(getsockopt)
{
	struct option o = {(int)a[0], (int)a[1], (int)a[2], ga(a[3]), 0, ga(a[4])};
	const struct option_row *row = find(&o);
	int len = 0;

	if (row && row->get) {
		TRY(sys_raw(SYS_sendmmsg, o.fd, NULL, 0, 0)); /* a socket? */
		return row->get(&o);
	}
	if (guest_get(&len, o.len_at) < 0 || len < 0)
		len = 0;
	return sys_raw(SYS_getsockopt, o.fd, o.level, o.name, guest_out(o.value, (size_t)len), guest_out(o.len_at, 4));
}

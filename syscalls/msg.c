/* SPDX-License-Identifier: MIT */
/*
 * Messages: struct msghdr and control messages. A control message has a 12-byte header and 4-byte alignment for 32-bit
 * tasks, 16 and 8 for the host; data goes over as it is, except times (net/compat.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "emu/host_clock.h"
#include "syscalls/net.h"
#include "syscalls/timespec.h"
#include "syscalls/unix_name.h"

struct g_msghdr {
	uint32_t name;
	int32_t namelen;
	uint32_t iov, iovlen, control, controllen, flags;
};
_Static_assert(sizeof(struct g_msghdr) == 28, "struct msghdr, 32 bits");

struct g_mmsghdr {
	struct g_msghdr hdr;
	uint32_t len;
};

struct g_cmsghdr {
	uint32_t len;
	int32_t level, type;
};
_Static_assert(sizeof(struct g_cmsghdr) == 12, "struct cmsghdr, 32 bits");

#define G_ALIGN(n) (((n) + 3u) & ~3u)
#define H_ALIGN(n) (((n) + 7ul) & ~7ul)
#define CONTROL_SMALL 2048
#define CONTROL_MAX (1u << 20) /* more than any net.core.optmem_max in use */

/* A buffer for control data: on the stack, or mapped when it is large. */
struct control {
	char *p;
	size_t size;
	_Alignas(16) char small[CONTROL_SMALL];
};

static int control_make(struct control *c, size_t size)
{
	long p;

	c->p = c->small;
	c->size = size;
	if (size <= sizeof c->small)
		return 0;
	p = sys_raw(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p < 0)
		return -ENOBUFS;
	c->p = (char *)p;
	return 0;
}

static void control_free(struct control *c)
{
	if (c->p != c->small)
		sys_raw(SYS_munmap, c->p, c->size);
}

/* ---- struct msghdr ---- */

static int msghdr_in(struct msghdr *h, const struct g_msghdr *g, struct iovec iov[IOV_MAX], bool receive)
{
	ssize_t n;

	memset(h, 0, sizeof *h);
	if (g->name && g->namelen < 0)
		return -EINVAL;
	h->msg_namelen = g->name ? (socklen_t)g->namelen : 0;
	if (h->msg_namelen > sizeof(struct sockaddr_storage))
		h->msg_namelen = sizeof(struct sockaddr_storage);
	h->msg_name = receive ? guest_out(ga(g->name), sizeof(struct sockaddr_storage)) : guest_ptr(ga(g->name));
	if (g->iovlen > IOV_MAX)
		return -EMSGSIZE;
	n = guest_iov(iov, ga(g->iov), g->iovlen);
	if (n < 0)
		return (int)n;
	for (uint32_t i = 0; receive && i < g->iovlen; i++)
		guest_out(ga((uint32_t)((uintptr_t)iov[i].iov_base - window_base)), iov[i].iov_len);
	h->msg_iov = iov;
	h->msg_iovlen = g->iovlen;
	return 0;
}

/* The descriptor is looked at before the message: is it a socket at all? */
static gret bad_message(int fd, gret error)
{
	gret r = sys_raw(SYS_sendmmsg, fd, NULL, 0, 0);

	return r < 0 ? r : error;
}

/* The message at `at`, its pointers the host's. */
static gret message_in(int fd, gaddr at, struct g_msghdr *g, struct msghdr *h, struct iovec iov[IOV_MAX], bool receive)
{
	gret r = guest_get(g, at);

	if (r == 0)
		r = msghdr_in(h, g, iov, receive);
	return r < 0 ? bad_message(fd, r) : r;
}

/* ---- sending ---- */

/* One control message from the guest's offset `at` to the host's `to`. Returns the guest's length, or -errno. */
static long cmsg_in(struct control *c, size_t *to, const struct g_msghdr *g, uint32_t at)
{
	struct g_cmsghdr gc;
	struct cmsghdr *hc = (struct cmsghdr *)(c->p + *to);
	size_t data;

	TRY(guest_get(&gc.len, ga_add(ga(g->control), at)));
	if (gc.len < sizeof gc || gc.len > g->controllen - at)
		return -EINVAL;
	TRY(guest_get(&gc, ga_add(ga(g->control), at)));
	data = gc.len - sizeof gc;
	if (gc.len > g->controllen - at || *to + sizeof *hc + H_ALIGN(data) > c->size) /* changed meanwhile */
		return -EINVAL;
	hc->cmsg_len = sizeof *hc + data;
	hc->cmsg_level = gc.level;
	hc->cmsg_type = gc.type;
	TRY(guest_read(hc + 1, ga_add(ga(g->control), at + (uint32_t)sizeof gc), data));
	*to += sizeof *hc + H_ALIGN(data);
	return gc.len;
}

static int control_in(struct control *c, struct msghdr *h, const struct g_msghdr *g)
{
	size_t to = 0;

	for (uint32_t at = 0; at < g->controllen;) {
		long len = cmsg_in(c, &to, g, at);

		if (len < 0)
			return (int)len;
		at += G_ALIGN((uint32_t)len);
	}
	h->msg_control = c->p;
	h->msg_controllen = to;
	return 0;
}

static gret send_host(struct cpu *cpu, int fd, struct msghdr *h, const struct g_msghdr *g, uint32_t flags)
{
	struct control c;
	gret r;

	if (g->controllen > INT_MAX)
		return -ENOBUFS;
	if (!g->controllen)
		return sys_safe(cpu, SYS_sendmsg, fd, h, flags);
	if (g->controllen < sizeof(struct g_cmsghdr))
		return -EINVAL;
	if (g->controllen > CONTROL_MAX)
		return -ENOBUFS;
	r = control_make(&c, g->controllen * 2ul + 64);
	if (r < 0)
		return r;
	r = control_in(&c, h, g);
	if (r == 0)
		r = sys_safe(cpu, SYS_sendmsg, fd, h, flags);
	control_free(&c);
	return r;
}

static gret send_one(struct cpu *cpu, int fd, gaddr at, uint32_t flags)
{
	struct iovec iov[IOV_MAX];
	struct unix_name u;
	struct g_msghdr g;
	struct msghdr h;
	gret r;

	TRY(message_in(fd, at, &g, &h, iov, false));
	if (!h.msg_name)
		return send_host(cpu, fd, &h, &g, flags);
	h.msg_name = (void *)unix_name_in(&u, ga(g.name), &h.msg_namelen, PATH_FILE);
	r = send_host(cpu, fd, &h, &g, flags);
	unix_name_done(&u);
	return r;
}

SYS(sendmsg)
{
	return send_one(cpu, (int)a[0], ga(a[1]), a[2]);
}

SYS(sendmmsg)
{
	uint32_t n = a[2] < IOV_MAX ? a[2] : IOV_MAX, done;
	gret r = 0;

	if (!n)
		return sys_raw(SYS_sendmmsg, (int)a[0], NULL, 0, a[3]);
	for (done = 0; done < n; done++) {
		gaddr at = ga_add(ga(a[1]), done * (uint32_t)sizeof(struct g_mmsghdr));
		uint32_t len;

		r = send_one(cpu, (int)a[0], at, a[3]);
		if (r < 0)
			break;
		len = (uint32_t)r;
		r = guest_put(ga_add(at, sizeof(struct g_msghdr)), &len);
		if (r < 0)
			break;
	}
	return done ? (gret)done : r;
}

/* ---- receiving ---- */

/* asm-generic/socket.h: the forms with the task's own longs; the NEW ones are 64 bits for everybody. */
enum { TIMESTAMP_OLD = 29, TIMESTAMPNS_OLD = 35, TIMESTAMPING_OLD = 37 };

/* Data of a control message for the guest: times are narrowed into buf. */
static const void *cmsg_data(const struct cmsghdr *hc, size_t *len, int32_t buf[6])
{
	const int64_t *t = (const int64_t *)(hc + 1);
	size_t n = 0;

	if (hc->cmsg_level == SOL_SOCKET && (hc->cmsg_type == TIMESTAMP_OLD || hc->cmsg_type == TIMESTAMPNS_OLD))
		n = 2;
	else if (hc->cmsg_level == SOL_SOCKET && hc->cmsg_type == TIMESTAMPING_OLD)
		n = 6;
	if (!n || *len != n * 8)
		return t;
	for (size_t i = 0; i < n; i++)
		buf[i] = (int32_t)t[i];
	*len = n * 4;
	return buf;
}

/* Descriptors that came in but do not fit into the guest's buffer. */
static void close_rest(const struct cmsghdr *hc, size_t fit)
{
	const int *fd = (const int *)(hc + 1);
	size_t n = (hc->cmsg_len - sizeof *hc) / sizeof *fd;

	for (size_t i = fit; i < n; i++)
		sys_raw(SYS_close, fd[i]);
}

/* One control message to the guest's buffer at *at with *room left: cut as the kernel cuts it. */
static int cmsg_out(gaddr *at, uint32_t *room, const struct cmsghdr *hc, int *flags)
{
	bool rights = hc->cmsg_level == SOL_SOCKET && hc->cmsg_type == SCM_RIGHTS;
	size_t len = hc->cmsg_len - sizeof *hc;
	int32_t buf[6];
	const void *data = cmsg_data(hc, &len, buf);
	struct g_cmsghdr gc = {(uint32_t)(sizeof gc + len), hc->cmsg_level, hc->cmsg_type};
	uint32_t space = G_ALIGN(gc.len);

	if (*room < sizeof gc) {
		if (rights)
			close_rest(hc, 0);
		*flags |= MSG_CTRUNC;
		return 0;
	}
	if (*room < gc.len) {
		*flags |= MSG_CTRUNC;
		gc.len = rights ? (uint32_t)sizeof gc + ((*room - (uint32_t)sizeof gc) & ~3u) : *room;
		if (rights)
			close_rest(hc, (gc.len - sizeof gc) / 4);
		if (rights && gc.len == sizeof gc)
			return 0;
	}
	TRY(guest_put(*at, &gc));
	TRY(guest_write(ga_add(*at, sizeof gc), data, gc.len - sizeof gc));
	if (rights)
		space = G_ALIGN(gc.len);
	if (space > *room)
		space = *room;
	*at = ga_add(*at, space);
	*room -= space;
	return 0;
}

static gret control_out(const struct msghdr *h, struct g_msghdr *g, int *flags)
{
	const char *p = h->msg_control, *end = p + h->msg_controllen;
	gaddr at = ga(g->control);
	uint32_t room = g->controllen;

	while ((size_t)(end - p) >= sizeof(struct cmsghdr)) {
		const struct cmsghdr *hc = (const struct cmsghdr *)p;

		if (hc->cmsg_len < sizeof *hc || hc->cmsg_len > (size_t)(end - p))
			break;
		TRY(cmsg_out(&at, &room, hc, flags));
		if (H_ALIGN(hc->cmsg_len) >= (size_t)(end - p))
			break;
		p += H_ALIGN(hc->cmsg_len);
	}
	g->controllen = at.v - g->control;
	return 0;
}

/* Results of a message received: lengths and flags back into the guest's msghdr at `at`. */
static gret received(gaddr at, struct g_msghdr *g, struct msghdr *h, gret r)
{
	int flags = h->msg_flags;

	if (h->msg_controllen && g->controllen)
		TRY(control_out(h, g, &flags));
	else
		g->controllen = 0;
	g->flags = (uint32_t)flags;
	g->namelen = (int32_t)h->msg_namelen;
	if (g->name)
		TRY(guest_put(ga_add(at, 4), &g->namelen));
	TRY(guest_put(ga_add(at, 20), &g->controllen));
	TRY(guest_put(ga_add(at, 24), &g->flags));
	return r;
}

static gret receive_host(struct cpu *cpu, int fd, gaddr at, struct msghdr *h, struct g_msghdr *g, uint32_t flags)
{
	struct control c;
	gret r;

	if (g->control && g->controllen >= sizeof(struct g_cmsghdr)) {
		uint32_t n = g->controllen < CONTROL_MAX ? g->controllen : CONTROL_MAX;

		TRY(control_make(&c, n * 2ul + 64));
		h->msg_control = c.p;
		h->msg_controllen = c.size;
	} else {
		TRY(control_make(&c, 0));
	}
	r = sys_safe(cpu, SYS_recvmsg, fd, h, flags);
	if (r >= 0)
		r = received(at, g, h, r);
	control_free(&c);
	return r;
}

static gret receive_one(struct cpu *cpu, int fd, gaddr at, uint32_t flags, int *ret_flags)
{
	struct iovec iov[IOV_MAX];
	struct g_msghdr g;
	struct msghdr h;
	gret r;

	TRY(message_in(fd, at, &g, &h, iov, true));
	r = receive_host(cpu, fd, at, &h, &g, flags);
	*ret_flags = h.msg_flags;
	return r;
}

SYS(recvmsg)
{
	int flags;

	return receive_one(cpu, (int)a[0], ga(a[1]), a[2], &flags);
}

/* What is left until `end`; false: nothing, stop receiving. */
static bool time_left(struct timespec *left, const struct timespec *end)
{
	struct timespec now;

	host_clock(CLOCK_MONOTONIC, &now);
	timespec_left(left, end, &now);
	return left->tv_sec || left->tv_nsec;
}

/* The kernel looks at the timeout only between datagrams. */
static gret receive_many(struct cpu *cpu, const uint32_t a[6], struct timespec *timeout)
{
	uint32_t n = a[2] < IOV_MAX ? a[2] : IOV_MAX, flags = a[3], done;
	struct timespec end = {0}, now;
	gret r = 0;

	if (timeout) {
		host_clock(CLOCK_MONOTONIC, &now);
		timespec_add(&end, &now, timeout);
	}
	for (done = 0; done < n;) {
		gaddr at = ga_add(ga(a[1]), done * (uint32_t)sizeof(struct g_mmsghdr));
		uint32_t len;
		int got;

		r = receive_one(cpu, (int)a[0], at, flags & ~(uint32_t)MSG_WAITFORONE, &got);
		if (r < 0)
			break;
		len = (uint32_t)r;
		r = guest_put(ga_add(at, sizeof(struct g_msghdr)), &len);
		if (r < 0)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if ((timeout && !time_left(timeout, &end)) || got & MSG_OOB)
			break;
	}
	return done ? (gret)done : r;
}

static gret receive_timed(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	struct timespec ts, *tp;
	gret r;

	TRY(timespec_in(&ts, ga(a[4]), time64, &tp));
	if (tp && !timespec_valid(tp))
		return -EINVAL;
	if (!a[2])
		return sys_raw(SYS_recvmmsg, (int)a[0], NULL, 0, a[3], NULL);
	r = receive_many(cpu, a, tp);
	if (r > 0 && tp)
		TRY(timespec_out(ga(a[4]), tp, time64));
	return r;
}

SYS(recvmmsg)
{
	return receive_timed(cpu, a, false);
}

SYS(recvmmsg_time64)
{
	return receive_timed(cpu, a, true);
}

/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors: poll, select, epoll, with both widths of time and with a signal mask for the wait. */
#include <poll.h>

#include <asm/unistd.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "emu/host_signal.h"
#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/abi.h"
#include "syscalls/fs.h"
#include "syscalls/restart.h"
#include "syscalls/signal.h"

#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif

/* ---- time and signal mask ---- */

struct wait {
	struct timespec ts, *tsp; /* tsp: &ts, or NULL for no limit */
	gaddr guest_ts;
	bool wide; /* struct __kernel_timespec rather than two ints */
	uint64_t mask, host_mask;
	bool masked;
};

static gret get_time(struct wait *w, gaddr ts, bool wide)
{
	struct g_timespec t;
	struct g_timespec64 t64;

	w->guest_ts = ts;
	w->wide = wide;
	w->tsp = NULL;
	if (!ts.v)
		return 0;
	w->tsp = &w->ts;
	if (wide) {
		TRY(guest_get(&t64, ts));
		w->ts = (struct timespec){t64.sec, (uint32_t)t64.nsec}; /* the upper half is padding for a 32-bit task */
	} else {
		TRY(guest_get(&t, ts));
		w->ts = (struct timespec){t.sec, t.nsec};
	}
	return 0;
}

/* The time left, as the host wrote it to w->ts. The kernel, too, does not mind a page that cannot be written. */
static void put_time(const struct wait *w)
{
	struct g_timespec t = {(int32_t)w->ts.tv_sec, (int32_t)w->ts.tv_nsec};
	struct g_timespec64 t64 = {w->ts.tv_sec, w->ts.tv_nsec};

	if (!w->tsp)
		return;
	if (w->wide)
		(void)guest_put(w->guest_ts, &t64);
	else
		(void)guest_put(w->guest_ts, &t);
}

/* The mask for the time of the wait: 0, -EINVAL or -EFAULT, in the kernel's order. */
static gret get_mask(struct wait *w, gaddr mask, uint32_t size)
{
	w->masked = mask.v;
	if (!mask.v)
		return 0;
	if (size != sizeof w->mask)
		return -EINVAL;
	return guest_get(&w->mask, mask);
}

/* For the host: it never blocks the synchronous signals, strait holds those that were sent. */
static const uint64_t *host_mask(struct wait *w)
{
	w->host_mask = w->mask & ~HOST_SYNC_SIGNALS;
	return w->masked ? &w->host_mask : NULL;
}

/* A held signal that the wait's mask lets through: then it does not wait. */
static bool pending(const struct cpu *cpu, const struct wait *w)
{
	return w->masked && atomic_load(&cpu->held.set) & ~w->mask;
}

/*
 * What the host answered. A signal ended the wait: its handler runs under the wait's mask, and the mask from before comes
 * back after it, as the kernel's saved_sigmask. The host kernel has restored the host's mask already.
 */
static gret waited(struct cpu *cpu, const struct wait *w, gret r)
{
	uint64_t old = cpu->sigmask;

	if (r == 0 && pending(cpu, w))
		r = -EINTR;
	if (r != -EINTR || !w->masked)
		return r;
	cpu->sigmask = w->mask & ~(1ull << 8 | 1ull << 18); /* never SIGKILL, SIGSTOP */
	if (signal_woke(cpu)) {
		cpu->sigmask_saved = old;
		cpu->sigmask_restore = true;
	} else {
		cpu->sigmask = old;
	}
	return r;
}

/* poll, select and their kind: made again if no handler runs. */
static gret nohand(gret r)
{
	return r == -EINTR ? -ERESTARTNOHAND : r;
}

/* ---- poll: struct pollfd is the same everywhere ---- */

static struct pollfd *pollfds(gaddr fds, uint32_t n)
{
	return guest_out(fds, n < 1u << 20 ? n * sizeof(struct pollfd) : 1u << 23);
}

/* v: fds, n, then seconds and nanoseconds left, and whether there is a limit. */
static gret poll_for(struct cpu *cpu, const struct restart *from)
{
	struct restart again = *from;
	struct timespec ts = {(time_t)from->v[2], (long)from->v[3]};
	uint32_t n = (uint32_t)from->v[1];
	gret r = sys_safe(cpu, __NR_ppoll, pollfds(ga((uint32_t)from->v[0]), n), n, from->v[4] ? &ts : NULL, NULL, 8);

	if (r != -EINTR)
		return r;
	again.v[2] = (uint64_t)ts.tv_sec;
	again.v[3] = (uint64_t)ts.tv_nsec;
	return restart_later(&again);
}

SYS(poll)
{
	int ms = (int)a[2];
	struct restart first = {.fn = poll_for, .v = {a[0], a[1], 0, 0, ms >= 0}};

	if (ms > 0) {
		first.v[2] = (uint64_t)ms / 1000;
		first.v[3] = (uint64_t)ms % 1000 * 1000000;
	}
	return poll_for(cpu, &first);
}

static gret do_ppoll(struct cpu *cpu, const uint32_t a[6], bool wide)
{
	struct timespec now = {0};
	struct wait w;
	gret r;

	TRY(get_time(&w, ga(a[2]), wide));
	if (w.tsp && (w.ts.tv_sec < 0 || (uint64_t)w.ts.tv_nsec >= 1000000000))
		return -EINVAL;
	TRY(get_mask(&w, ga(a[3]), a[4]));
	r = sys_safe(cpu, __NR_ppoll, pollfds(ga(a[0]), a[1]), a[1], pending(cpu, &w) ? &now : w.tsp, host_mask(&w), 8);
	put_time(&w);
	return nohand(waited(cpu, &w, r));
}

SYS(ppoll)
{
	return do_ppoll(cpu, a, false);
}

SYS(ppoll_time64)
{
	return do_ppoll(cpu, a, true);
}

/* ---- select: the guest's sets are rounded to 4 bytes, the host's to 8 ---- */

struct sets {
	uint32_t n, bytes; /* bytes: of one set in the guest's memory */
	gaddr guest[3];
	uint64_t *host[3]; /* NULL where the guest gave none */
	uint64_t small[3][16];
	void *large;
	size_t large_size;
};

/* More descriptors than can be open are not looked at, so that no set is larger than native would read. */
static uint32_t clamp(uint32_t n)
{
	struct rlimit l;

	if (n <= 1024)
		return n;
	if (sys_raw(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, &l) < 0 || l.rlim_cur > 1 << 20)
		l.rlim_cur = 1 << 20;
	return n <= l.rlim_cur ? n : l.rlim_cur > 1024 ? (uint32_t)l.rlim_cur : 1024;
}

static gret get_sets(struct sets *s, int32_t n, uint32_t in, uint32_t out, uint32_t ex)
{
	size_t host_bytes;

	if (n < 0)
		return -EINVAL;
	*s = (struct sets){.n = clamp((uint32_t)n), .guest = {ga(in), ga(out), ga(ex)}};
	s->bytes = (s->n + 31) / 32 * 4;
	host_bytes = (s->n + 63) / 64 * 8;
	if (host_bytes > sizeof s->small[0]) {
		long p = sys_raw(__NR_mmap, 0, host_bytes * 3, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p < 0 && p > -4096)
			return -ENOMEM;
		s->large = (void *)p;
		s->large_size = host_bytes * 3;
	}
	for (int i = 0; i < 3; i++) {
		if (!s->guest[i].v)
			continue;
		s->host[i] = s->large ? (uint64_t *)((char *)s->large + host_bytes * (size_t)i) : s->small[i];
		TRY(guest_read(s->host[i], s->guest[i], s->bytes));
	}
	return 0;
}

static gret put_sets(const struct sets *s)
{
	for (int i = 0; i < 3; i++)
		if (s->host[i])
			TRY(guest_write(s->guest[i], s->host[i], s->bytes));
	return 0;
}

static void drop_sets(const struct sets *s)
{
	if (s->large)
		sys_raw(__NR_munmap, s->large, s->large_size);
}

/* n, in, out, ex, struct timeval *. */
static gret do_select(struct cpu *cpu, const uint32_t a[5])
{
	struct timeval tv, *tvp = NULL;
	struct sets s = {0};
	int32_t t[2];
	gret r;

	if (a[4]) {
		TRY(guest_get(&t, ga(a[4])));
		tv = (struct timeval){t[0], t[1]};
		tvp = &tv;
		if (t[0] + t[1] / 1000000l < 0 || t[1] % 1000000 < 0)
			return -EINVAL;
	}
	r = get_sets(&s, (int32_t)a[0], a[1], a[2], a[3]);
	if (r == 0)
		r = sys_safe(cpu, __NR_select, s.n, s.host[0], s.host[1], s.host[2], tvp);
	if (r >= 0 && put_sets(&s) < 0)
		r = -EFAULT;
	drop_sets(&s);
	if (tvp) {
		t[0] = (int32_t)tv.tv_sec;
		t[1] = (int32_t)tv.tv_usec;
		(void)guest_put(ga(a[4]), &t);
	}
	return nohand(r);
}

SYS(_newselect)
{
	return do_select(cpu, a);
}

/* Number 82: the five arguments in memory. */
SYS(old_select)
{
	uint32_t args[5];

	TRY(guest_get(&args, ga(a[0])));
	return do_select(cpu, args);
}

static gret do_pselect(struct cpu *cpu, const uint32_t a[6], bool wide)
{
	uint32_t sig[2] = {0};
	struct timespec now = {0};
	struct sets s = {0};
	struct wait w;
	struct {
		const uint64_t *mask;
		size_t size;
	} host_sig;
	gret r;

	if (a[5])
		TRY(guest_get(&sig, ga(a[5])));
	TRY(get_time(&w, ga(a[4]), wide));
	if (w.tsp && (w.ts.tv_sec < 0 || (uint64_t)w.ts.tv_nsec >= 1000000000))
		return -EINVAL;
	TRY(get_mask(&w, ga(sig[0]), sig[1]));
	host_sig.mask = host_mask(&w);
	host_sig.size = 8;
	r = get_sets(&s, (int32_t)a[0], a[1], a[2], a[3]);
	if (r == 0)
		r = sys_safe(cpu, __NR_pselect6, s.n, s.host[0], s.host[1], s.host[2],
			     pending(cpu, &w) ? &now : w.tsp, &host_sig);
	if (r >= 0 && put_sets(&s) < 0)
		r = -EFAULT;
	drop_sets(&s);
	put_time(&w);
	return nohand(waited(cpu, &w, r));
}

SYS(pselect6)
{
	return do_pselect(cpu, a, false);
}

SYS(pselect6_time64)
{
	return do_pselect(cpu, a, true);
}

/* ---- epoll ---- */

#define EVENTS_AT_ONCE 256

static bool same_events(const struct cpu *cpu)
{
	return abi_of(cpu)->epoll_size == sizeof(struct epoll_event) &&
	       abi_of(cpu)->epoll_data == offsetof(struct epoll_event, data);
}

SYS(epoll_ctl)
{
	const struct guest_abi *abi = abi_of(cpu);
	struct epoll_event e = {0};
	char g[16];

	if (same_events(cpu) || a[1] == EPOLL_CTL_DEL)
		return sys_raw(__NR_epoll_ctl, (int)a[0], (int)a[1], (int)a[2], guest_ptr(ga(a[3])));
	TRY(guest_read(g, ga(a[3]), abi->epoll_size));
	memcpy(&e.events, g, 4);
	memcpy(&e.data, g + abi->epoll_data, 8);
	return sys_raw(__NR_epoll_ctl, (int)a[0], (int)a[1], (int)a[2], &e);
}

static gret put_events(const struct cpu *cpu, gaddr to, const struct epoll_event *e, gret n)
{
	const struct guest_abi *abi = abi_of(cpu);

	for (gret i = 0; i < n; i++) {
		char g[16] = {0};

		memcpy(g, &e[i].events, 4);
		memcpy(g + abi->epoll_data, &e[i].data, 8);
		if (guest_write(ga_add(to, (uint32_t)i * abi->epoll_size), g, abi->epoll_size) < 0)
			return i ? i : -EFAULT;
	}
	return n;
}

/* One of epoll_pwait (limit: milliseconds) and epoll_pwait2 (limit: struct timespec * or 0). */
static gret do_epoll(struct cpu *cpu, long nr, int fd, gaddr to, int max, long limit, struct wait *w)
{
	struct epoll_event e[EVENTS_AT_ONCE];
	const uint64_t *mask = host_mask(w);
	struct timespec now = {0};
	gret r;

	if (pending(cpu, w))
		limit = nr == __NR_epoll_pwait ? 0 : (long)&now;

	if (same_events(cpu) || max <= 0) {
		size_t bytes = max > 0 && max < 1 << 20 ? (size_t)max * sizeof e[0] : 0;

		r = sys_safe(cpu, nr, fd, guest_out(to, bytes), max, limit, mask, 8);
	} else {
		r = sys_safe(cpu, nr, fd, e, max < EVENTS_AT_ONCE ? max : EVENTS_AT_ONCE, limit, mask, 8);
		if (r > 0)
			r = put_events(cpu, to, e, r);
	}
	return waited(cpu, w, r);
}

SYS(epoll_wait)
{
	struct wait w = {.masked = false};

	return do_epoll(cpu, __NR_epoll_pwait, (int)a[0], ga(a[1]), (int)a[2], (int)a[3], &w);
}

SYS(epoll_pwait)
{
	struct wait w;

	TRY(get_mask(&w, ga(a[4]), a[5]));
	return do_epoll(cpu, __NR_epoll_pwait, (int)a[0], ga(a[1]), (int)a[2], (int)a[3], &w);
}

SYS(epoll_pwait2)
{
	struct wait w;

	TRY(get_time(&w, ga(a[3]), true));
	if (w.tsp && (w.ts.tv_sec < 0 || (uint64_t)w.ts.tv_nsec >= 1000000000))
		return -EINVAL;
	TRY(get_mask(&w, ga(a[4]), a[5]));
	return do_epoll(cpu, __NR_epoll_pwait2, (int)a[0], ga(a[1]), (int)a[2], (long)w.tsp, &w);
}

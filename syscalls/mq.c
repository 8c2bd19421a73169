/* SPDX-License-Identifier: MIT */
/* POSIX message queues and kernel keys. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/syscall.h>

#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/ipc.h"
#include "syscalls/strace.h"
#include "syscalls/time.h"
#include "syscalls/timespec.h"

/* ---- message queues ---- */

/* The kernel's has reserved room behind what libc declares. */
struct host_mq_attr {
	long flags, maxmsg, msgsize, curmsgs, reserved[4];
};

static int mq_attr_in(struct host_mq_attr *h, gaddr at)
{
	struct g_mq_attr g;
	int r = guest_get(&g, at);

	if (r == 0)
		*h = (struct host_mq_attr){g.flags, g.maxmsg, g.msgsize, g.curmsgs, {0}};
	return r;
}

SYS(mq_open)
{
	struct host_mq_attr attr;
	bool given = a[3] && a[1] & O_CREAT;

	if (given)
		TRY(mq_attr_in(&attr, ga(a[3])));
	return sys_raw(SYS_mq_open, guest_ptr(ga(a[0])), oflags_in(cpu, a[1]), a[2], given ? &attr : NULL);
}

SYS(mq_getsetattr)
{
	struct host_mq_attr new, old;
	struct g_mq_attr g;

	if (a[1])
		TRY(mq_attr_in(&new, ga(a[1])));
	TRY(sys_raw(SYS_mq_getsetattr, (int)a[0], a[1] ? &new : NULL, a[2] ? &old : NULL));
	if (!a[2])
		return 0;
	g = (struct g_mq_attr){(int32_t)old.flags, (int32_t)old.maxmsg, (int32_t)old.msgsize, (int32_t)old.curmsgs, {0}};
	return guest_put(ga(a[2]), &g);
}

static gret mq_send_timed(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	struct timespec ts, *tp;

	TRY(timespec_in(&ts, ga(a[4]), time64, &tp));
	return sys_safe(cpu, SYS_mq_timedsend, (int)a[0], guest_ptr(ga(a[1])), a[2], a[3], tp);
}

SYS(mq_timedsend)
{
	return mq_send_timed(cpu, a, false);
}

SYS(mq_timedsend_time64)
{
	return mq_send_timed(cpu, a, true);
}

static gret mq_receive_timed(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	struct timespec ts, *tp;

	TRY(timespec_in(&ts, ga(a[4]), time64, &tp));
	return sys_safe(cpu, SYS_mq_timedreceive, (int)a[0], guest_out(ga(a[1]), a[2]), a[2], guest_out(ga(a[3]), 4), tp);
}

SYS(mq_timedreceive)
{
	return mq_receive_timed(cpu, a, false);
}

SYS(mq_timedreceive_time64)
{
	return mq_receive_timed(cpu, a, true);
}

/* SIGEV_THREAD: the value points to a cookie that goes to a netlink socket. */
SYS(mq_notify)
{
	struct sigevent ev;

	if (!a[1])
		return sys_raw(SYS_mq_notify, (int)a[0], NULL);
	TRY(sigevent_in(&ev, ga(a[1])));
	if (ev.sigev_notify == SIGEV_THREAD)
		ev.sigev_value.sival_ptr = guest_ptr(ga((uint32_t)(uintptr_t)ev.sigev_value.sival_ptr));
	return sys_raw(SYS_mq_notify, (int)a[0], &ev);
}

/* ---- keys ---- */

SYS(add_key)
{
	return sys_raw(SYS_add_key, guest_ptr(ga(a[0])), guest_ptr(ga(a[1])), guest_ptr(ga(a[2])), a[3], (int)a[4]);
}

SYS(request_key)
{
	return sys_safe(cpu, SYS_request_key, guest_ptr(ga(a[0])), guest_ptr(ga(a[1])), guest_ptr(ga(a[2])), (int)a[3]);
}

/* keyctl's operations: which arguments are pointers (bit 1 is the one behind the operation). linux/keyctl.h */
enum { P1 = 2, P2 = 4, P3 = 8, P4 = 16, KEY_INSTANTIATE_IOV = 20, KEY_DH_COMPUTE = 23 };

static const unsigned char key_pointers[] = {
	[0] = 0,             /* get id of special keyring */
	[1] = P1,            /* join session: name */
	[2] = P2,            /* update: payload */
	[6] = P2,            /* describe: buffer */
	[10] = P2 | P3,      /* search: type, description */
	[11] = P2,           /* read: buffer */
	[12] = P2,           /* instantiate: payload */
	[17] = P2,           /* security label: buffer */
	[23] = P1 | P2,      /* Diffie-Hellman: parameters, buffer */
	[24] = P3 | P4,      /* public keys: query */
	[25] = P1 | P2 | P3 | P4, /* encrypt, decrypt, sign, verify: parameters, info, in, out */
	[26] = P1 | P2 | P3 | P4,
	[27] = P1 | P2 | P3 | P4,
	[28] = P1 | P2 | P3 | P4,
	[29] = P2 | P3,      /* restrict: type, restriction */
	[31] = P1,           /* capabilities: buffer */
	[32] = 0,            /* watch */
};

static gret key_instantiate_iov(const uint32_t a[6])
{
	struct iovec iov[IOV_MAX];

	if (a[2])
		TRY(guest_iov(iov, ga(a[2]), a[3]));
	return sys_raw(SYS_keyctl, KEY_INSTANTIATE_IOV, (int)a[1], a[2] ? iov : NULL, a[3], (int)a[4]);
}

SYS(keyctl)
{
	long h[5];

	if (a[0] == KEY_INSTANTIATE_IOV)
		return key_instantiate_iov(a);
	if (a[0] >= sizeof key_pointers || (a[0] == KEY_DH_COMPUTE && a[4]))
		return -EOPNOTSUPP;
	for (int i = 0; i < 5; i++)
		h[i] = !(key_pointers[a[0]] >> i & 1) ? (long)a[i] : (long)guest_ptr(ga(a[i]));
	return sys_safe(cpu, SYS_keyctl, (int)a[0], h[1], h[2], h[3], h[4]);
}

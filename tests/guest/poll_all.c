/* SPDX-License-Identifier: MIT */
/* poll, select and epoll: what is ready, what is left of the time, bad arguments, sets that end with their page. */
// guests: i386
#include "fs_util.h"

#include <poll.h>
#include <sys/epoll.h>

static int pipes[2][2];

static void polls(void)
{
	struct pollfd *f = tail(2 * sizeof *f);
	int ts[2] = {0, 1000000}, *tail_ts = tail(4);
	long long ts64[2] = {0, 0x700000000ll + 1000000}, mask = 0;

	f[0] = (struct pollfd){pipes[0][0], POLLIN, 99};
	f[1] = (struct pollfd){pipes[1][0], POLLIN, 99};
	SHOW("poll", 168, f, 2, 0);
	printf("%x %x\n", f[0].revents, f[1].revents);
	SHOW("poll wait", 168, f + 1, 1, 1);
	f[1].fd = 999;
	SHOW("poll closed", 168, f, 2, -1);
	printf("%x %x\n", f[0].revents, f[1].revents);
	SHOW("poll EFAULT", 168, f + 1, 2, 0);
	SHOW("poll many", 168, f, 1 << 30, 0);
	f[1].fd = pipes[1][0];
	SHOW("ppoll", 309, f + 1, 1, ts, NULL, 8);
	printf("%d %d\n", ts[0], ts[1]);
	ts[1] = 1000000000;
	SHOW("ppoll nsec", 309, f, 2, ts, NULL, 8);
	SHOW("ppoll ts EFAULT", 309, f, 2, tail_ts, NULL, 8);
	ts[1] = 0;
	SHOW("ppoll mask size", 309, f, 2, ts, &mask, 4);
	SHOW("ppoll mask EFAULT", 309, f, 2, ts, tail_ts, 8);
	SHOW("ppoll mask", 309, f, 2, NULL, &mask, 8);
	SHOW("ppoll_time64", 414, f + 1, 1, ts64, &mask, 8);
	printf("%lld %lld\n", ts64[0], ts64[1]);
	SHOW("ppoll_time64", 414, f, 2, ts64, &mask, 8);
}

static void selects(void)
{
	unsigned *in = tail(4), *out = tail(4), *ex = tail(8);
	int tv[2] = {0, 1000}, n = pipes[1][1] + 1;
	int ts[2] = {0, 1000000};
	long long ts64[2] = {0, 1};
	unsigned long long mask = 0;
	unsigned sig[2] = {(unsigned)&mask, 8};
	unsigned args[5] = {(unsigned)n, (unsigned)in, (unsigned)out, 0, (unsigned)tv};

#define SETS() (*in = 1u << pipes[0][0] | 1u << pipes[1][0], *out = 1u << pipes[0][1] | 1u << pipes[1][1])
#define PRINT() printf("%x %x\n", *in, *out)
	SETS();
	SHOW("_newselect", 142, n, in, out, NULL, tv);
	PRINT();
	*in = 1u << pipes[1][0];
	SHOW("_newselect wait", 142, n, in, NULL, NULL, tv);
	printf("%x, left %d %d\n", *in, tv[0], tv[1]);
	SETS();
	SHOW("select", 82, args);
	PRINT();
	SETS();
	SHOW("_newselect n 0", 142, 0, in, out, NULL, tv);
	PRINT();
	SHOW("_newselect neg", 142, -1, in, out, NULL, tv);
	ex[0] = ex[1] = 0;
	SETS();
	SHOW("_newselect 32", 142, 32, in, out, ex + 1, tv);
	PRINT();
	SHOW("_newselect 33", 142, 33, ex, NULL, ex, tv);
	SHOW("_newselect 33 EFAULT", 142, 33, in, NULL, ex, tv);
	*in = 1u << 30;
	SHOW("_newselect EBADF", 142, 31, in, NULL, NULL, tv);
	tv[1] = 2000000;
	*in = 1u << pipes[0][0];
	SHOW("_newselect usec", 142, n, in, NULL, NULL, tv);
	tv[1] = -1;
	SHOW("_newselect usec neg", 142, n, in, NULL, NULL, tv);
	tv[0] = 2, tv[1] = -1000000;
	SHOW("_newselect usec neg", 142, n, in, NULL, NULL, tv);
	SHOW("_newselect tv EFAULT", 142, n, in, NULL, NULL, tail(4));
	SETS();
	SHOW("pselect6", 308, n, in, out, NULL, ts, sig);
	PRINT();
	*in = 1u << pipes[1][0];
	SHOW("pselect6 wait", 308, n, in, NULL, NULL, ts, sig);
	printf("%d %d\n", ts[0], ts[1]);
	sig[1] = 4;
	SHOW("pselect6 size", 308, n, in, out, NULL, ts, sig);
	SHOW("pselect6 EFAULT", 308, n, in, out, NULL, ts, tail(4));
	SHOW("pselect6_time64", 413, n, in, NULL, NULL, ts64, NULL);
	ts64[0] = -1;
	SHOW("pselect6_time64 neg", 413, n, in, NULL, NULL, ts64, NULL);
	SHOW("old select EFAULT", 82, tail(8));
}

static void epolls(void)
{
	int e = RAW(329, 0);
	struct epoll_event *v = tail(2 * 12), one = {EPOLLIN, {.u64 = 0x1122334455667788ull}};
	long long ts64[2] = {0, 1000000};

	SHOW("epoll_create", 254, 0);
	SHOW("epoll_create1", 329, 1);
	SHOW("epoll_ctl", 255, e, EPOLL_CTL_ADD, pipes[0][0], &one);
	SHOW("epoll_ctl again", 255, e, EPOLL_CTL_ADD, pipes[0][0], &one);
	SHOW("epoll_ctl self", 255, e, EPOLL_CTL_ADD, e, &one);
	SHOW("epoll_ctl EFAULT", 255, e, EPOLL_CTL_ADD, pipes[1][0], NULL);
	SHOW("epoll_ctl bad", 255, e, EPOLL_CTL_ADD, 999, &one);
	one.data.u64 = 5;
	one.events = EPOLLOUT;
	SHOW("epoll_ctl", 255, e, EPOLL_CTL_ADD, pipes[1][1], &one);
	SHOW("epoll_wait", 256, e, v, 2, -1);
	show_bytes("", v, 24);
	SHOW("epoll_wait 1", 256, e, v + 1, 1, 0);
	SHOW("epoll_wait 0", 256, e, v, 0, 0);
	SHOW("epoll_wait EFAULT", 256, e, NULL, 2, 0);
	SHOW("epoll_wait bad", 256, 999, v, 2, 0);
	SHOW("epoll_pwait", 319, e, v, 2, 0, NULL, 0);
	SHOW("epoll_pwait size", 319, e, v, 2, 0, &one, 7);
	SHOW("epoll_pwait2", 441, e, v, 2, ts64, NULL, 0);
	SHOW("epoll_ctl del", 255, e, EPOLL_CTL_DEL, pipes[0][0], NULL);
	SHOW("epoll_ctl del", 255, e, EPOLL_CTL_DEL, pipes[1][1], NULL);
	SHOW("epoll_pwait2 wait", 441, e, v, 2, ts64, NULL, 0);
	ts64[1] = 0xffffffff;
	SHOW("epoll_pwait2 nsec", 441, e, v, 2, ts64, NULL, 0);
}

int main(void)
{
	pipe(pipes[0]);
	pipe(pipes[1]);
	if (write(pipes[0][1], "x", 1) != 1)
		return 1;
	polls();
	selects();
	epolls();
	return 0;
}

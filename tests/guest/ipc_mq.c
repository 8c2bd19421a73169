/* SPDX-License-Identifier: MIT */
/* POSIX message queues by raw calls: attributes, priorities, times, notification; reading another process's memory. */
#define _GNU_SOURCE
#include "fs_util.h"

#include <signal.h>
#include <sys/uio.h>
#include <time.h>

#define BAD ((void *)8)

struct attr {
	int flags, maxmsg, msgsize, curmsgs, reserved[4];
};

struct event {
	int value, signo, notify, rest[13];
};

static volatile int got, value, code;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	got = sig;
	value = info->si_value.sival_int;
	code = info->si_code;
}

static void queues(void)
{
	struct attr a = {0, 4, 64, 0, {0}}, b;
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO};
	struct event ev = {0x5678, SIGUSR1, SIGEV_SIGNAL, {0}};
	char name[32], buf[64];
	unsigned prio = 99;
	int past[2] = {1, 0}, fd;
	long long past64[2] = {1, 0};

	sprintf(name, "strait-%d", getpid());
	fd = RAW(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL, 0600, &a);
	if (fd == -ENOSYS)
		exit(77);
	printf("open %d\n", fd >= 0);
	show("open again", RAW(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL, 0600, &a));
	show("open bad attr", RAW(SYS_mq_open, "other", O_RDWR | O_CREAT, 0600, BAD));
	show("send", RAW(SYS_mq_timedsend, fd, "low", 4, 1, NULL));
	show("send", RAW(SYS_mq_timedsend_time64, fd, "high", 5, 7, NULL));
	memset(&b, 0xee, sizeof b);
	show("getattr", RAW(SYS_mq_getsetattr, fd, NULL, &b));
	printf("%x %d %d %d %d\n", b.flags, b.maxmsg, b.msgsize, b.curmsgs, b.reserved[0]);
	show("receive short", RAW(SYS_mq_timedreceive, fd, buf, 10, &prio, NULL));
	show("receive", RAW(SYS_mq_timedreceive, fd, buf, 64, &prio, NULL));
	printf("'%s' %u\n", buf, prio);
	show("receive64", RAW(SYS_mq_timedreceive_time64, fd, buf, 64, &prio, NULL));
	printf("'%s' %u\n", buf, prio);
	show("receive past", RAW(SYS_mq_timedreceive, fd, buf, 64, &prio, past));
	show("receive past 64", RAW(SYS_mq_timedreceive_time64, fd, buf, 64, &prio, past64));
	past[1] = -1;
	show("receive bad time", RAW(SYS_mq_timedreceive, fd, buf, 64, &prio, past));
	show("receive bad pointer", RAW(SYS_mq_timedreceive, fd, buf, 64, &prio, BAD));
	b.flags = O_NONBLOCK;
	show("setattr", RAW(SYS_mq_getsetattr, fd, &b, NULL));
	show("receive none", RAW(SYS_mq_timedreceive, fd, buf, 64, &prio, NULL));
	sigaction(SIGUSR1, &sa, NULL);
	show("notify", RAW(SYS_mq_notify, fd, &ev));
	show("notify again", RAW(SYS_mq_notify, fd, &ev));
	show("send", RAW(SYS_mq_timedsend, fd, "wake", 5, 0, NULL));
	printf("signal %d value %x code %d\n", got, value, code);
	show("notify none", RAW(SYS_mq_notify, fd, NULL));
	show("notify bad", RAW(SYS_mq_notify, fd, BAD));
	show("unlink", RAW(SYS_mq_unlink, name));
	show("unlink again", RAW(SYS_mq_unlink, name));
	show("bad fd", RAW(SYS_mq_getsetattr, 0, NULL, &b));
}

static void memory(void)
{
	char a[16] = "first", b[16] = "second", x[4] = "", y[32] = "";
	struct iovec local[2] = {{x, 3}, {y, 9}}, remote[2] = {{a, 6}, {b, 7}};

	show("readv", RAW(SYS_process_vm_readv, getpid(), local, 2, remote, 2, 0));
	printf("'%s' '%s'\n", x, y);
	strcpy(y, "WRITTEN");
	local[0].iov_len = 0;
	local[1].iov_len = 7;
	show("writev", RAW(SYS_process_vm_writev, getpid(), local, 2, remote, 2, 0));
	printf("'%s' '%s'\n", a, b);
	show("flags", RAW(SYS_process_vm_readv, getpid(), local, 2, remote, 2, 1));
	show("too many", RAW(SYS_process_vm_readv, getpid(), local, 2000, remote, 2, 0));
	remote[0].iov_base = BAD;
	show("bad remote", RAW(SYS_process_vm_readv, getpid(), local, 2, remote, 2, 0));
	show("bad iov", RAW(SYS_process_vm_readv, getpid(), BAD, 2, remote, 2, 0));
	show("no process", RAW(SYS_process_vm_readv, 0x3fffffff, local, 2, remote, 1, 0));
}

int main(void)
{
	queues();
	memory();
	return 0;
}

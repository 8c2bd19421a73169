/* SPDX-License-Identifier: MIT */
/* A signal in the middle of a wait: EINTR whatever SA_RESTART says, the wait's own mask, and the old mask back after it. */
#include "fs_util.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

static int pipes[2][2];

static int ticks;

static void tick(int sig)
{
	(void)sig;
	ticks++;
}

static void alarms(int flags)
{
	struct sigaction sa = {.sa_handler = tick, .sa_flags = flags};
	struct pollfd f = {pipes[1][0], POLLIN, 0};
	unsigned in = 1u << pipes[1][0];
	struct itimerval { int v[4]; } it = {{0, 0, 0, 20000}};
	unsigned long long none = 0, alrm = 1ull << (SIGALRM - 1);
	int e = RAW(SYS_epoll_create1, 0), ts[2] = {5, 0};
	struct epoll_event ev;

	sigaction(SIGALRM, &sa, NULL);
#define SOON() RAW(SYS_setitimer, 0, &it, NULL)
	SOON();
	SHOW("poll EINTR", SYS_poll, &f, 1, 5000);
	SOON();
	SHOW("select EINTR", SYS__newselect, 32, &in, NULL, NULL, NULL);
	SOON();
	SHOW("epoll_wait EINTR", SYS_epoll_wait, e, &ev, 1, 5000);
	sigprocmask(SIG_SETMASK, (sigset_t *)&alrm, NULL);
	SOON();
	SHOW("ppoll EINTR", SYS_ppoll, &f, 1, ts, &none, 8);
	printf("left %d\n", ts[0]);
	SOON();
	SHOW("epoll_pwait EINTR", SYS_epoll_pwait, e, &ev, 1, 5000, &none, 8);
	sigprocmask(SIG_SETMASK, NULL, (sigset_t *)&none);
	printf("mask %llx ticks %d\n", none, ticks);
	none = 0;
	sigprocmask(SIG_SETMASK, (sigset_t *)&none, NULL);
	close(e);
}

int main(void)
{
	pipe(pipes[0]);
	pipe(pipes[1]);
	alarms(0);
	alarms(SA_RESTART);
	return 0;
}

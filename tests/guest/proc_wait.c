/* SPDX-License-Identifier: MIT */
/* The wait family: statuses, options, siginfo and rusage layouts, wrong arguments. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <signal.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define BAD ((void *)8)

static pid_t child(int code, int sig)
{
	pid_t p;

	fflush(stdout);
	p = fork();
	if (p)
		return p;
	if (sig)
		raise(sig);
	if (sig == SIGSTOP) /* the next signal is to end it */
		pause();
	_exit(code);
}

static void show_info(const char *name, long r, const int *i, pid_t p)
{
	printf("%s = %ld: signo %d errno %d code %d pid %s uid %d status %d, behind %x\n", name, r, i[0], i[1], i[2],
	       i[3] == p ? "child" : i[3] ? "other" : "0", i[4] == (int)getuid(), i[5], i[6]);
}

int main(void)
{
	struct rlimit none = {0, 0};
	int status = -1, info[32], *edge = tail(4), ru[18];
	pid_t p;

	setrlimit(RLIMIT_CORE, &none);
	memset(info, 0xee, sizeof info);
	memset(ru, 0xee, sizeof ru);
	p = child(7, 0);
	printf("waitpid %d", RAW(SYS_waitpid, p, edge, 0) == p);
	printf(" status %x\n", *edge);
	p = child(0, SIGKILL);
	printf("wait4 %d", RAW(SYS_wait4, -1, &status, 0, ru) == p);
	printf(" status %x, faults %d, maxrss %d, last %d\n", status, ru[8] > 0, ru[4] > 0, ru[17] >= 0);
	p = child(0, SIGSEGV);
	RAW(SYS_wait4, p, &status, 0, NULL);
	printf("status %x\n", status);

	p = child(3, 0);
	show_info("waitid", RAW(SYS_waitid, P_PID, p, info, WEXITED | WNOWAIT, ru), info, p);
	show_info("waitid", RAW(SYS_waitid, P_ALL, 0, info, WEXITED, NULL), info, p);
	memset(info, 0xee, sizeof info);
	show_info("waitid none", RAW(SYS_waitid, P_ALL, 0, info, WEXITED, NULL), info, p);
	p = child(0, SIGSTOP);
	show_info("stopped", RAW(SYS_waitid, P_PID, p, info, WSTOPPED, NULL), info, p);
	memset(info, 0xee, sizeof info);
	show_info("nohang", RAW(SYS_waitid, P_PID, p, info, WEXITED | WNOHANG, NULL), info, p);
	kill(p, SIGCONT);
	show_info("continued", RAW(SYS_waitid, P_PID, p, info, WCONTINUED, NULL), info, p);
	kill(p, SIGTERM);
	show_info("exited", RAW(SYS_waitid, P_PID, p, info, WEXITED, NULL), info, p);
	p = child(0, SIGABRT);
	show_info("killed", RAW(SYS_waitid, P_PID, p, info, WEXITED, NULL), info, p);

	show("wait none", RAW(SYS_wait4, -1, &status, 0, NULL));
	show("bad options", RAW(SYS_wait4, -1, &status, 0x1000, NULL));
	show("waitid no options", RAW(SYS_waitid, P_ALL, 0, info, 0, NULL));
	show("waitid bad type", RAW(SYS_waitid, 77, 0, info, WEXITED, NULL));
	show("int min", RAW(SYS_wait4, 0x80000000, &status, 0, NULL));
	p = child(5, 0);
	show("bad status", RAW(SYS_wait4, p, BAD, 0, NULL));
	show("reaped", RAW(SYS_wait4, p, &status, 0, NULL));
	p = child(5, 0);
	show("bad usage", RAW(SYS_wait4, p, &status, 0, BAD));
	p = child(5, 0);
	show("bad info", RAW(SYS_waitid, P_PID, p, BAD, WEXITED, NULL));

	p = RAW(SYS_clone, 0, 0, 0, 0, 0); /* no exit signal */
	if (p == 0)
		_exit(9);
	usleep(20000);
	show("clone child", RAW(SYS_wait4, p, &status, 0, NULL));
	printf("with __WCLONE %d", RAW(SYS_wait4, p, &status, __WCLONE, NULL) == p);
	printf(" status %x\n", status);
	return 0;
}

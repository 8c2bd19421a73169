// SPDX-License-Identifier: MIT
// A signal in a blocking call, with SA_RESTART and without: which calls go on and which give EINTR.
// guests: i386
#include "sig_util.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

static volatile int ticks, writer = -1;
static int pipe_fd[2], pair[2], lock_fd, sem, queue, listener;
static pid_t sleeper;

/* After the third tick the call is given what it waits for, if it still waits. */
static void tick(int sig)
{
	(void)sig;
	if (++ticks == 3) {
		setitimer(ITIMER_REAL, &(struct itimerval){{0}}, 0);
		if (writer >= 0)
			write(writer, "x", 1);
		if (sleeper)
			kill(sleeper, SIGKILL);
	}
}

#define SYS(...) ({ errno = 0; long r_ = syscall(__VA_ARGS__); r_ < 0 ? -errno : r_; })

static long do_read(void) { char c; return SYS(SYS_read, pipe_fd[0], &c, 1); }
static long do_readv(void) { char c; struct { void *p; int n; } v = {&c, 1}; return SYS(SYS_readv, pipe_fd[0], &v, 1); }
static long do_recv(void) { char c; return SYS(SYS_recvfrom, pair[0], &c, 1, 0, 0, 0); }
static long do_recv_timeout(void)
{
	char c;
	struct timeval tv = {5, 0};

	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	long r = SYS(SYS_recvfrom, pair[0], &c, 1, 0, 0, 0);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 0}, sizeof tv);
	return r;
}
static long do_accept(void)
{
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 350000}, sizeof(struct timeval));
	return SYS(SYS_accept4, listener, 0, 0, 0);
}
static long do_wait(void)
{
	if (!(sleeper = fork())) {
		setitimer(ITIMER_REAL, &(struct itimerval){{0}}, 0);
		sleep(5);
		_exit(0);
	}
	long r = SYS(SYS_waitpid, sleeper, 0, 0);
	if (r > 0)
		r = 1;
	else {
		setitimer(ITIMER_REAL, &(struct itimerval){{0}}, 0);
		kill(sleeper, SIGKILL);
		waitpid(sleeper, 0, 0);
	}
	sleeper = 0;
	return r;
}
static long do_nanosleep(void)
{
	struct { int32_t s, ns; } ts = {0, 450000000}, left = {0, 0};
	long r = SYS(SYS_nanosleep, &ts, &left);

	return r < 0 ? r - 1000 * (left.ns > 0 && left.ns < 450000000) : r;
}
static long do_clock_abs(void)
{
	struct { int64_t s, ns; } ts;

	syscall(403, CLOCK_MONOTONIC, &ts);
	ts.ns += 450000000;
	if (ts.ns > 999999999) {
		ts.ns -= 1000000000;
		ts.s++;
	}
	return SYS(407, CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, 0);
}
static long do_poll(void) { return SYS(SYS_poll, &(struct pollfd){pipe_fd[0], POLLIN}, 1, 450); }
static long do_ppoll(void) { return SYS(SYS_ppoll, &(struct pollfd){pipe_fd[0], POLLIN}, 1, &(int32_t[]){0, 450000000}, 0, 8); }
static long do_select(void)
{
	fd_set s;

	FD_ZERO(&s);
	FD_SET(pipe_fd[0], &s);
	return SYS(SYS__newselect, pipe_fd[0] + 1, &s, 0, 0, &(int32_t[]){0, 450000});
}
static long do_futex(void) { int f = 0; return SYS(SYS_futex, &f, FUTEX_WAIT, 0, 0, 0, 0); }
static long do_futex_timeout(void) { int f = 0; return SYS(SYS_futex, &f, FUTEX_WAIT, 0, &(int32_t[]){0, 450000000}, 0, 0); }
static long do_futex_bitset(void) { int f = 0; int32_t ts[2] = {1, 0}; return SYS(SYS_futex, &f, FUTEX_WAIT_BITSET, 0, ts, 0, 1); }
static long do_flock(void) { return SYS(SYS_flock, lock_fd, LOCK_EX); }
static long do_fcntl(void) { return SYS(SYS_fcntl64, lock_fd, F_SETLKW, &(struct flock){.l_type = F_WRLCK}); }
static long do_semop(void) { return SYS(SYS_ipc, 1, sem, 1, 0, &(struct sembuf){0, -1, 0}, 0); }
static long do_msgrcv(void) { char b[64]; return SYS(SYS_ipc, 12 | 1 << 16, queue, 8, 0, b, 0); }
static long do_pause(void) { return SYS(SYS_pause); }
static long do_sigsuspend(void) { uint64_t m = 0; return SYS(SYS_rt_sigsuspend, &m, 8); }
static long do_epoll(void) { int e = syscall(SYS_epoll_create1, 0); long r = SYS(SYS_epoll_wait, e, &(char[16]){0}, 1, 450); close(e); return r; }
static long do_write(void) { static char big[1 << 17]; return SYS(SYS_write, pipe_fd[1], big, sizeof big); }

static const struct {
	const char *name;
	long (*fn)(void);
	char write, forever; /* p: pipe, s: socket; forever: only without SA_RESTART does it end */
} calls[] = {
	{"read", do_read, 'p', 0}, {"readv", do_readv, 'p', 0}, {"recv", do_recv, 's', 0}, {"recv timeout", do_recv_timeout, 's', 0}, {"accept timeout", do_accept, 0, 0},
	{"wait", do_wait, 0, 0}, {"nanosleep", do_nanosleep, 0, 0}, {"clock_nanosleep abs", do_clock_abs, 0, 0}, {"poll", do_poll, 0, 0}, {"ppoll", do_ppoll, 0, 0},
	{"select", do_select, 0, 0}, {"futex", do_futex, 0, 1}, {"futex timeout", do_futex_timeout, 0, 0}, {"futex bitset", do_futex_bitset, 0, 0},
	{"flock", do_flock, 0, 1}, {"fcntl", do_fcntl, 0, 1}, {"semop", do_semop, 0, 0}, {"msgrcv", do_msgrcv, 0, 0}, {"pause", do_pause, 0, 0},
	{"sigsuspend", do_sigsuspend, 0, 0}, {"epoll_wait", do_epoll, 0, 0}, {"write full pipe", do_write, 0, 1},
};

static void run(int i, int flags)
{
	ticks = 0;
	writer = calls[i].write == 'p' ? pipe_fd[1] : calls[i].write == 's' ? pair[1] : -1;
	ksigaction(SIGALRM, tick, flags, 0);
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 100000}, {0, 100000}}, 0);
	long r = calls[i].fn();
	int t = ticks;
	setitimer(ITIMER_REAL, &(struct itimerval){{0}}, 0);
	printf("%s%s: %ld, %s\n", calls[i].name, flags & SA_RESTART ? " restart" : "", r, t == 0 ? "none" : t == 1 ? "one" : "more");
	if (writer >= 0 && t < 3)
		return;
}

int main(void)
{
	char name[] = "/tmp/sig_restart_XXXXXX";
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	pid_t holder;
	int ready[2];

	setvbuf(stdout, 0, _IONBF, 0);
	pipe(pipe_fd);
	pipe(ready);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(listener, (void *)&sun, sizeof(sa_family_t));
	listen(listener, 1);
	sem = semget(IPC_PRIVATE, 1, 0600);
	queue = msgget(IPC_PRIVATE, 0600);
	lock_fd = mkstemp(name);
	if (!(holder = fork())) {
		int fd = open(name, O_RDWR);

		flock(fd, LOCK_EX);
		fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK});
		write(ready[1], "", 1);
		pause();
		_exit(0);
	}
	read(ready[0], name + 0, 0);
	{
		char c;
		read(ready[0], &c, 1);
	}
	unlink(name);
	for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
		run(i, 0);
		if (!calls[i].forever)
			run(i, SA_RESTART);
	}
	kill(holder, SIGKILL);
	waitpid(holder, 0, 0);
	semctl(sem, 0, IPC_RMID);
	msgctl(queue, IPC_RMID, 0);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Sleeping: how long, what is left after a signal, what is refused; interval timers and timer descriptors. */
// guests: i386
#include "fs_util.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#define BAD ((void *)8)

struct ts32 {
	int sec, nsec;
};

struct ts64 {
	long long sec, nsec;
};

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void slept(const char *name, long r, long long since, int least)
{
	long long d = now_ms() - since;

	printf("%s = %ld, long enough %d, not too long %d\n", name, r, d >= least, d < least + 1500);
}

static void in(int ms, int flags)
{
	struct itimerval it = {{0, 0}, {0, ms * 1000}};
	struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = flags};

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

static void plain(void)
{
	struct ts32 a = {0, 20000000}, rem = {77, 77};
	struct ts64 b = {0, 20000000}, abs;
	long long t = now_ms();

	slept("nanosleep", RAW(SYS_nanosleep, &a, &rem), t, 20);
	printf("rem untouched %d %d\n", rem.sec, rem.nsec);
	t = now_ms();
	slept("clock_nanosleep", RAW(SYS_clock_nanosleep, 0, 0, &a, NULL), t, 20);
	t = now_ms();
	slept("clock_nanosleep64", RAW(SYS_clock_nanosleep_time64, 1, 0, &b, NULL), t, 20);
	RAW(SYS_clock_gettime64, 1, &abs);
	abs.nsec += 30000000;
	abs.sec += abs.nsec / 1000000000;
	abs.nsec %= 1000000000;
	t = now_ms();
	slept("absolute", RAW(SYS_clock_nanosleep_time64, 1, TIMER_ABSTIME, &abs, NULL), t, 28);
	b.nsec |= 7ll << 40; /* the upper half is padding */
	t = now_ms();
	slept("padded", RAW(SYS_clock_nanosleep_time64, 1, 0, &b, NULL), t, 20);
}

static void refused(void)
{
	struct ts32 neg = {-1, 0}, big = {0, 1000000000}, zero = {0, 0};

	show("negative", RAW(SYS_nanosleep, &neg, NULL));
	show("too many ns", RAW(SYS_nanosleep, &big, NULL));
	show("bad pointer", RAW(SYS_nanosleep, BAD, NULL));
	show("zero", RAW(SYS_nanosleep, &zero, BAD));
	show("bad clock and pointer", RAW(SYS_clock_nanosleep, 77, 0, BAD, NULL));
	show("thread clock", RAW(SYS_clock_nanosleep, 3, 0, &zero, NULL));
	show("raw clock", RAW(SYS_clock_nanosleep, 4, 0, &zero, NULL));
	show("clock negative", RAW(SYS_clock_nanosleep, 1, 0, &neg, NULL));
}

static void interrupted(void)
{
	struct ts32 a = {3, 0}, rem = {0, 0};
	struct ts64 b = {3, 0}, rem64 = {0, 0}, abs;
	long r;

	in(50, 0);
	r = RAW(SYS_nanosleep, &a, &rem);
	printf("interrupted %ld, left %d, alarms %d\n", r, rem.sec == 2 && rem.nsec > 0, (int)alarms);
	in(50, SA_RESTART);
	r = RAW(SYS_clock_nanosleep_time64, 1, 0, &b, &rem64);
	printf("interrupted %ld, left %d, alarms %d\n", r, rem64.sec == 2 && rem64.nsec > 0, (int)alarms);
	in(50, 0);
	r = RAW(SYS_nanosleep, &a, BAD);
	printf("bad rem %ld, alarms %d\n", r, (int)alarms);
	in(50, SA_RESTART);
	RAW(SYS_clock_gettime64, 1, &abs);
	abs.sec += 3;
	rem64.sec = 99;
	r = RAW(SYS_clock_nanosleep_time64, 1, TIMER_ABSTIME, &abs, &rem64);
	printf("absolute %ld, rem untouched %d, alarms %d\n", r, rem64.sec == 99, (int)alarms);
}

static void stopped(void)
{
	struct ts32 a = {0, 300000000};
	long long t = now_ms();
	int status;
	pid_t p = fork();

	if (p == 0) {
		long r = RAW(SYS_nanosleep, &a, NULL);

		_exit(r == 0 ? 11 : 12);
	}
	usleep(50000);
	kill(p, SIGSTOP);
	waitpid(p, &status, WUNTRACED);
	printf("stopped %d\n", WIFSTOPPED(status));
	kill(p, SIGCONT);
	waitpid(p, &status, 0);
	printf("slept on: %d, in all %d\n", WEXITSTATUS(status), now_ms() - t >= 290 && now_ms() - t < 1500);
}

static void itimers(void)
{
	struct ts32 it[2] = {{5, 6}, {1000, 7}}, old[2] = {{1, 1}, {1, 1}}, bad[2] = {{0, 0}, {0, 1000000}};

	show("setitimer", RAW(SYS_setitimer, 0, it, NULL));
	show("getitimer", RAW(SYS_getitimer, 0, old));
	printf("%d %d, value %d\n", old[0].sec, old[0].nsec, old[1].sec == 999 || old[1].sec == 1000);
	show("setitimer null", RAW(SYS_setitimer, 0, NULL, old));
	show("getitimer", RAW(SYS_getitimer, 0, old));
	printf("%d %d %d %d\n", old[0].sec, old[0].nsec, old[1].sec, old[1].nsec);
	show("bad value", RAW(SYS_setitimer, 0, bad, NULL));
	show("bad which", RAW(SYS_setitimer, 9, it, NULL));
	show("bad pointer", RAW(SYS_setitimer, 0, BAD, NULL));
	show("get bad which", RAW(SYS_getitimer, 9, old));
	show("alarm", RAW(SYS_alarm, 100));
	show("alarm again", RAW(SYS_alarm, 0));
}

static void timerfd(void)
{
	int fd = RAW(SYS_timerfd_create, 1, O_NONBLOCK);
	struct ts32 it[2] = {{0, 0}, {0, 20000000}}, old[2];
	struct ts64 it64[2] = {{0, 5000000}, {0, 5000000}}, old64[2];
	struct pollfd p = {fd, POLLIN, 0};
	unsigned long long n = 0;

	show("settime", RAW(SYS_timerfd_settime, fd, 0, it, NULL));
	show("read early", RAW(SYS_read, fd, &n, 8));
	show("poll", poll(&p, 1, 2000));
	show("read", RAW(SYS_read, fd, &n, 8));
	printf("n %llu\n", n);
	show("settime64", RAW(SYS_timerfd_settime64, fd, 0, it64, old64));
	printf("old %lld %lld\n", old64[1].sec, old64[1].nsec);
	usleep(30000);
	show("gettime", RAW(SYS_timerfd_gettime, fd, old));
	printf("interval %d %d\n", old[0].sec, old[0].nsec);
	show("gettime64", RAW(SYS_timerfd_gettime64, fd, old64));
	printf("interval %lld %lld\n", old64[0].sec, old64[0].nsec);
	show("read", RAW(SYS_read, fd, &n, 8));
	printf("several %d\n", n >= 4);
	show("bad fd", RAW(SYS_timerfd_settime, 99, 0, it, NULL));
	show("not a timer", RAW(SYS_timerfd_settime, 0, 0, it, NULL));
	show("bad pointer", RAW(SYS_timerfd_settime, 99, 0, BAD, NULL));
	show("bad flags", RAW(SYS_timerfd_settime, fd, 99, it, NULL));
}

int main(void)
{
	plain();
	refused();
	interrupted();
	stopped();
	itimers();
	timerfd();
	return 0;
}

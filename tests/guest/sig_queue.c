// SPDX-License-Identifier: MIT
// Queued signals keep order and values; siginfo of every family as it arrives; sigtimedwait, signalfd, timers, SIGCHLD.
// guests: i386
#include "sig_util.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>

static char log_text[65536];
static int n_seen;

static void words(const char *what, const uint32_t *w)
{
	printf("%s:", what);
	for (int i = 0; i < 32; i++)
		if (w[i])
			printf(" %d:%x", i, i == 3 && w[i] == (uint32_t)getpid() ? 0x99999 : w[i]);
	printf("\n");
}

static void handler(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	(void)sig;
	words("  handler", (uint32_t *)info);
}

static void collect(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	sprintf(log_text + strlen(log_text), " %d=%x", sig, (unsigned)info->si_value.sival_int);
	n_seen++;
}

static long queue(int sig, int code, const uint32_t *rest, int n)
{
	uint32_t info[32] = {99, 7, code};

	memcpy(info + 3, rest, n * 4);
	return RAW(SYS_rt_sigqueueinfo, getpid(), sig, info);
}

static void order(void)
{
	kmask(SIG_BLOCK, ~0ull);
	for (int s = 32; s <= 64; s++)
		ksigaction(s, collect, SA_SIGINFO, ~0ull);
	for (uint32_t i = 0; i < 20; i++)
		for (int s = 64; s >= 32; s -= 8)
			queue(s, SI_QUEUE, (uint32_t[]){1, 2, 0x80000000u + i}, 3);
	for (int s = 32; s <= 64; s++) {
		log_text[0] = 0;
		kmask(SIG_UNBLOCK, BIT(s));
		if (log_text[0])
			printf("%s\n", log_text);
	}
	kmask(SIG_SETMASK, 0);
	printf("seen %d\n", n_seen);
}

static void families(void)
{
	static const struct { int sig, code; } f[] = {
		{SIGUSR1, SI_USER}, {SIGUSR1, SI_QUEUE}, {SIGUSR1, SI_TIMER}, {SIGUSR1, SI_MESGQ}, {SIGUSR1, SI_ASYNCIO}, {SIGUSR1, SI_SIGIO}, {SIGUSR1, SI_TKILL},
		{SIGUSR1, -60}, {SIGUSR1, SI_KERNEL}, {SIGUSR1, 1}, {SIGUSR1, 6}, {SIGUSR1, 7}, {SIGUSR1, 200}, {SIGIO, 1}, {SIGIO, 6}, {SIGIO, 7}, {SIGCHLD, 1}, {SIGCHLD, 6},
		{SIGCHLD, 7}, {SIGSYS, 1}, {SIGSYS, 3}, {40, SI_QUEUE}, {40, 2},
		{SIGSEGV, -1}, {SIGBUS, -1}, {SIGILL, SI_USER}, {SIGTRAP, -3}, {SIGFPE, SI_TKILL},
	};
	static const uint32_t rest[] = {0x11111111, 0x22222222, 0x83333333, 0x44444444, 0x85555555, 0x66666666, 0x77777777, 0x88888888, 0x99999999};

	for (unsigned i = 0; i < sizeof f / sizeof *f; i++) {
		printf("%d %d", f[i].sig, f[i].code);
		ksigaction(f[i].sig, handler, SA_SIGINFO, 0);
		printf(" -> %ld\n", queue(f[i].sig, f[i].code, rest, 9));
	}
	uint32_t user[32] = {10, 0, SI_USER};

	printf("errors %ld %ld", RAW(SYS_rt_sigqueueinfo, getpid(), 10, 8), RAW(SYS_rt_sigqueueinfo, getpid(), 70, rest));
	printf(" %ld %ld\n", RAW(SYS_rt_sigqueueinfo, getppid(), 10, user), RAW(SYS_rt_tgsigqueueinfo, getpid(), 1, 10, user));
}

static void timed(void)
{
	uint64_t set = BIT(SIGUSR1) | BIT(40) | BIT(SIGSEGV) | BIT(SIGTRAP);
	uint32_t info[32];
	int32_t ts[2] = {0, 1000000}, bad[2] = {0, 1000000000};
	int64_t ts64[2] = {0, 1000000};

	kmask(SIG_BLOCK, set);
	printf("wait %ld", RAW(SYS_rt_sigtimedwait, &set, info, ts, 8));
	printf(" time64 %ld bad %ld size %ld fault %ld\n", RAW(421, &set, info, ts64, 8), RAW(SYS_rt_sigtimedwait, &set, info, bad, 8),
	       RAW(SYS_rt_sigtimedwait, &set, info, ts, 4), RAW(SYS_rt_sigtimedwait, 8, info, ts, 8));
	queue(40, SI_QUEUE, (uint32_t[]){1, 2, 3}, 3);
	queue(40, SI_QUEUE, (uint32_t[]){1, 2, 4}, 3);
	RAW(SYS_kill, getpid(), SIGUSR1);
	RAW(SYS_kill, getpid(), SIGUSR1);
	RAW(SYS_kill, getpid(), SIGSEGV);
	RAW(SYS_tkill, getpid(), SIGTRAP);
	for (int i = 0; i < 6; i++) {
		memset(info, 0xee, sizeof info);
		long r = RAW(421, &set, info, ts64, 8);

		printf("got %ld\n", r);
		if (r > 0) {
			info[4] = r == 40 ? info[4] : 0; /* uid */
			words("  info", info);
		}
	}
	RAW(SYS_kill, getpid(), SIGUSR1);
	printf("no info %ld, bad info %ld\n", RAW(SYS_rt_sigtimedwait, &set, 0, ts, 8), (RAW(SYS_kill, getpid(), SIGUSR1), RAW(SYS_rt_sigtimedwait, &set, 8, ts, 8)));
	/* another signal's handler interrupts it */
	ksigaction(SIGALRM, collect, SA_SIGINFO | SA_RESTART, 0);
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 20000}}, 0);
	printf("interrupted %ld\n", RAW(SYS_rt_sigtimedwait, &set, info, 0, 8));
	int fd = RAW(SYS_signalfd4, -1, &set, 8, SFD_NONBLOCK);
	struct signalfd_siginfo s;

	queue(40, SI_QUEUE, (uint32_t[]){1, 2, 0x80000005}, 3);
	RAW(SYS_kill, getpid(), SIGUSR1);
	for (int i = 0; i < 3; i++) {
		long r = read(fd, &s, sizeof s);

		if (r > 0)
			printf("signalfd %ld: %d code %d int %x ptr %llx\n", r, s.ssi_signo, s.ssi_code, s.ssi_int, (unsigned long long)s.ssi_ptr);
		else
			printf("signalfd empty\n");
	}
	close(fd);
	kmask(SIG_SETMASK, 0);
}

static void sources(void)
{
	timer_t t;
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 50, .sigev_value.sival_int = 0x87654321};
	uint64_t set = BIT(50) | BIT(SIGCHLD) | BIT(SIGALRM);
	uint32_t info[32];

	kmask(SIG_BLOCK, set);
	timer_create(CLOCK_MONOTONIC, &ev, &t);
	timer_settime(t, 0, &(struct itimerspec){.it_value = {0, 1000000}}, 0);
	printf("timer %ld\n", RAW(SYS_rt_sigtimedwait, &set, info, 0, 8));
	printf("  code %d overrun %x value %x\n", (int)info[2], info[4], info[5]);
	timer_delete(t);
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 1000}}, 0);
	printf("itimer %ld\n", RAW(SYS_rt_sigtimedwait, &set, info, 0, 8));
	words("  info", info);
	pid_t p = fork();
	if (!p)
		_exit(0x123);
	printf("child %ld", RAW(SYS_rt_sigtimedwait, &set, info, 0, 8));
	printf(" code %d pid %d status %x\n", (int)info[2], (int)info[3] == p, info[5]);
	waitpid(p, 0, 0);
	p = fork();
	if (!p) {
		kmask(SIG_SETMASK, 0);
		ksigaction(SIGTERM, SIG_DFL, 0, 0);
		RAW(SYS_kill, getpid(), SIGTERM);
	}
	printf("child %ld", RAW(SYS_rt_sigtimedwait, &set, info, 0, 8));
	printf(" code %d status %x\n", (int)info[2], info[5]);
	waitpid(p, 0, 0);
	p = fork();
	if (!p) {
		RAW(SYS_kill, getpid(), SIGSTOP);
		_exit(0);
	}
	printf("child %ld", RAW(SYS_rt_sigtimedwait, &set, info, 0, 8));
	printf(" code %d status %x\n", (int)info[2], info[5]);
	RAW(SYS_kill, p, SIGCONT);
	int status = -1; /* two SIGCHLD may become one: the wait tells */
	printf("exited %d %d\n", waitpid(p, &status, 0) == p, WIFEXITED(status));
	int32_t none[2] = {0, 0};

	RAW(SYS_rt_sigtimedwait, &set, info, none, 8);
	kmask(SIG_SETMASK, 0);
	ksigaction(SIGCHLD, SIG_IGN, 0, 0);
	if (!(p = fork()))
		_exit(1);
	printf("ignored child %ld\n", RAW(SYS_waitpid, p, 0, 0));
	ksigaction(SIGCHLD, collect, SA_SIGINFO | SA_NOCLDWAIT, 0);
	if (!(p = fork()))
		_exit(1);
	printf("nocldwait %ld\n", RAW(SYS_waitpid, p, 0, 0));
}

int main(void)
{
	setvbuf(stdout, 0, _IONBF, 0);
	order();
	families();
	timed();
	sources();
	return 0;
}

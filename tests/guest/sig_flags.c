// SPDX-License-Identifier: MIT
// All 64 signals to handlers, SA_NODEFER, SA_RESETHAND, masks in and after handlers, several pending at once, the old calls.
// guests: i386
#include "sig_util.h"

static char order[4096];
static volatile int count[65];
static uint64_t inside;

static void note(int sig)
{
	sprintf(order + strlen(order), " %d", sig);
	count[sig]++;
	inside = kmask_now();
}

static void again(int sig)
{
	note(sig);
	if (count[sig] < 3)
		RAW(SYS_tgkill, getpid(), getpid(), sig);
	sprintf(order + strlen(order), " <%d", sig);
}

static void flush(const char *what)
{
	printf("%s:%s\n", what, order);
	order[0] = 0;
	memset((void *)count, 0, sizeof count);
}

static void all(void)
{
	for (int s = 1; s <= 64; s++) {
		long r = ksigaction(s, note, 0, 0);

		if (r)
			printf("sigaction %d: %ld\n", s, r);
	}
	printf("sigaction 0 %ld 65 %ld -1 %ld\n", ksigaction(0, note, 0, 0), ksigaction(65, note, 0, 0), ksigaction(-1, note, 0, 0));
	for (int s = 1; s <= 64; s++)
		if (s != SIGKILL && s != SIGSTOP)
			RAW(SYS_tgkill, getpid(), getpid(), s);
	flush("all, one by one");
	kmask(SIG_BLOCK, ~0ull);
	for (int s = 64; s; s--)
		if (s != SIGKILL && s != SIGSTOP)
			RAW(SYS_kill, getpid(), s);
	uint64_t pending = 0;
	RAW(SYS_rt_sigpending, &pending, 8);
	printf("blocked %llx pending %llx\n", kmask_now(), pending);
	kmask(SIG_SETMASK, ~(BIT(3) | BIT(11) | BIT(33) | BIT(64)));
	flush("four unblocked");
	RAW(SYS_rt_sigpending, &pending, 8);
	printf("still pending %llx\n", pending);
	kmask(SIG_SETMASK, 0);
	printf("count"); /* in which order the frames were stacked is the kernel's business only for each class */
	for (int s = 1; s <= 64; s++)
		printf(" %d", count[s]);
	printf("\n");
	order[0] = 0;
	memset((void *)count, 0, sizeof count);
}

int main(void)
{
	struct { uint32_t h, mask, flags, rest; } old, act = {(uint32_t)note, 0x12345678, 0xffffffff, 0x77};
	struct kact ka;
	uint32_t m;

	setvbuf(stdout, 0, _IONBF, 0);
	all();
	ksigaction(SIGUSR1, again, 0, 0);
	RAW(SYS_kill, getpid(), SIGUSR1);
	flush("deferred");
	ksigaction(SIGUSR1, again, SA_NODEFER, 0);
	RAW(SYS_kill, getpid(), SIGUSR1);
	flush("nodefer");
	ksigaction(SIGUSR1, note, SA_RESETHAND | SA_RESTART, BIT(5) | BIT(9) | BIT(40));
	RAW(SYS_kill, getpid(), SIGUSR1);
	printf("inside %llx after %llx\n", inside, kmask_now());
	RAW(SYS_rt_sigaction, SIGUSR1, 0, &ka, 8);
	printf("resethand leaves %d flags %x mask %llx\n", ka.handler != 0, ka.flags, ka.mask);
	ksigaction(SIGUSR1, note, SA_NODEFER, BIT(SIGUSR1));
	RAW(SYS_kill, getpid(), SIGUSR1);
	printf("nodefer with itself in mask %llx\n", inside);
	flush("resethand");

	printf("old sigaction %ld\n", RAW(SYS_sigaction, SIGUSR2, &act, &old));
	RAW(SYS_sigaction, SIGUSR2, 0, &act);
	printf("read back: %d %x %x %x\n", act.h == (uint32_t)note, act.mask, act.flags, act.rest);
	RAW(SYS_rt_sigaction, SIGUSR2, 0, &ka, 8);
	printf("rt read %x %x %llx\n", ka.flags, (uint32_t)ka.restorer, ka.mask);
	ka.flags = 0xffffffff;
	ka.mask = ~0ull;
	RAW(SYS_rt_sigaction, SIGUSR2, &ka, 0, 8);
	RAW(SYS_rt_sigaction, SIGUSR2, 0, &ka, 8);
	printf("rt all %x %llx\n", ka.flags, ka.mask);
	printf("sizes %ld %ld %ld %ld\n", RAW(SYS_rt_sigaction, SIGUSR2, 0, &ka, 4), RAW(SYS_rt_sigprocmask, 0, 0, &ka, 12), RAW(SYS_rt_sigpending, &m, 9),
	       RAW(SYS_rt_sigpending, &m, 4));
	printf("faults %ld %ld %ld %ld %ld %ld\n", RAW(SYS_rt_sigaction, SIGUSR2, 8, 0, 8), RAW(SYS_rt_sigaction, SIGUSR2, 0, 8, 8), RAW(SYS_rt_sigaction, 99, 8, 0, 8),
	       RAW(SYS_rt_sigprocmask, 77, 8, 0, 8), RAW(SYS_rt_sigprocmask, SIG_BLOCK, 0, 8, 8), RAW(SYS_rt_sigpending, 8, 8));
	printf("kill stop %ld %ld %ld\n", ksigaction(SIGKILL, SIG_IGN, 0, 0), ksigaction(SIGSTOP, note, 0, 0), RAW(SYS_rt_sigaction, SIGKILL, 0, &ka, 8));

	printf("signal %ld\n", RAW(SYS_signal, SIGHUP, again));
	printf("was %d\n", RAW(SYS_signal, SIGHUP, SIG_IGN) == (long)again);
	RAW(SYS_signal, SIGHUP, note);
	RAW(SYS_rt_sigaction, SIGHUP, 0, &ka, 8);
	printf("signal flags %x mask %llx\n", ka.flags, ka.mask);
	printf("signal bad %ld %ld\n", RAW(SYS_signal, 0, note), RAW(SYS_signal, SIGKILL, SIG_DFL));

	kmask(SIG_SETMASK, 0xff00000000ull);
	m = 0xfff;
	printf("sigprocmask %ld", RAW(SYS_sigprocmask, SIG_SETMASK, &m, 0));
	printf(" %llx", kmask_now());
	m = 0xf0;
	printf(" %ld", RAW(SYS_sigprocmask, SIG_UNBLOCK, &m, &m));
	printf(" %llx old %x", kmask_now(), m);
	m = 0x80000000;
	printf(" %ld", RAW(SYS_sigprocmask, SIG_BLOCK, &m, 0));
	printf(" %llx how %ld %ld\n", kmask_now(), RAW(SYS_sigprocmask, 3, &m, 0), RAW(SYS_sigprocmask, 3, 0, &m));
	printf("sgetmask %lx", RAW(68));
	printf(" ssetmask %lx", RAW(69, 0x600));
	printf(" %llx\n", kmask_now());
	kmask(SIG_SETMASK, 0);
	/* ignored while pending: dropped; default-ignored too */
	kmask(SIG_BLOCK, ~0ull);
	RAW(SYS_kill, getpid(), SIGTERM);
	RAW(SYS_kill, getpid(), SIGCHLD);
	RAW(SYS_kill, getpid(), SIGSEGV);
	ksigaction(SIGTERM, SIG_IGN, 0, 0);
	ksigaction(SIGCHLD, SIG_DFL, 0, 0);
	ksigaction(SIGSEGV, SIG_IGN, 0, 0);
	uint64_t pending = 0;
	RAW(SYS_rt_sigpending, &pending, 8);
	printf("after ignoring %llx\n", pending);
	kmask(SIG_SETMASK, 0);
	RAW(SYS_kill, getpid(), SIGTERM);
	RAW(SYS_kill, getpid(), SIGSEGV);
	RAW(SYS_kill, getpid(), SIGCHLD);
	printf("kill errors %ld %ld %ld %ld %ld\n", RAW(SYS_kill, getpid(), 65), RAW(SYS_kill, getpid(), -1), RAW(SYS_tgkill, getpid(), 0, 1), RAW(SYS_tkill, -1, 1),
	       RAW(SYS_kill, getpid(), 0));
	return 0;
}

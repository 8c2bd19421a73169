// SPDX-License-Identifier: MIT
// timeout: 120
// What signals do without a handler, as the parent sees it: death, stop, nothing; faults while blocked or ignored.
// guests: i386
#include "sig_util.h"

#include <sys/resource.h>

static void die_quietly(int sig)
{
	(void)sig;
	_exit(77);
}

static int child(void (*fn)(int), int arg)
{
	int status = 0;
	pid_t p = fork();

	if (!p) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		fn(arg);
		_exit(3);
	}
	while (waitpid(p, &status, WUNTRACED) == p && WIFSTOPPED(status)) {
		printf(" stopped by %d", WSTOPSIG(status));
		kill(p, SIGCONT);
	}
	return status;
}

static void self(int sig)
{
	RAW(SYS_kill, getpid(), sig);
}

static void self_thread(int sig)
{
	RAW(SYS_tkill, RAW(SYS_gettid), sig);
}

static void ignored(int sig)
{
	ksigaction(sig, SIG_IGN, 0, 0);
	self(sig);
}

static void blocked(int sig)
{
	kmask(SIG_BLOCK, BIT(sig));
	self(sig);
}

static void unblocked(int sig)
{
	blocked(sig);
	kmask(SIG_UNBLOCK, BIT(sig));
}

static void one_shot(int sig)
{
	ksigaction(sig, die_quietly, SA_RESETHAND | SA_NODEFER, 0);
	ksigaction(sig, SIG_DFL, 0, 0);
	self(sig);
}

static void fault(int kind)
{
	switch (kind) {
	case 0:
		*(volatile int *)0 = 1;
		break;
	case 1:
		__asm__ volatile("ud2");
		break;
	case 2:
		__asm__ volatile("div %%ecx" ::"a"(1), "d"(0), "c"(0));
		break;
	case 3:
		__asm__ volatile("int3");
		break;
	case 4:
		__asm__ volatile("hlt");
		break;
	case 5:
		__asm__ volatile("jmp *%0" ::"r"(0x1000));
		break;
	case 6:
		__asm__ volatile("pushf\n\torl $0x100, (%esp)\n\tpopf\n\tnop");
		break;
	}
}

static void fault_blocked(int kind)
{
	kmask(SIG_BLOCK, ~0ull);
	ksigaction(SIGSEGV, die_quietly, 0, 0);
	ksigaction(SIGFPE, die_quietly, 0, 0);
	fault(kind);
}

static void fault_ignored(int kind)
{
	static const int sigs[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP};

	for (int i = 0; i < 4; i++)
		ksigaction(sigs[i], SIG_IGN, 0, 0);
	fault(kind);
}

static void segv_in_handler(int sig)
{
	(void)sig;
	*(volatile int *)4 = 1;
	_exit(9);
}

static void fault_in_handler(int arg)
{
	ksigaction(SIGSEGV, segv_in_handler, 0, 0);
	fault(arg);
}

static void inherited(int sig)
{
	(void)sig;
	ksigaction(SIGTERM, SIG_IGN, 0, 0);
	ksigaction(SIGTRAP, SIG_IGN, 0, 0);
	ksigaction(SIGUSR1, die_quietly, 0, 0);
	kmask(SIG_SETMASK, BIT(10) | BIT(11) | BIT(33));
	self(SIGUSR1);
	execl("/proc/self/exe", "sig_default", "show", (char *)0);
	_exit(99);
}

static int show(void)
{
	uint64_t pending = 0;
	struct kact a;

	RAW(SYS_rt_sigpending, &pending, 8);
	printf("after exec: mask %llx pending %llx ignored", kmask_now(), pending);
	for (int s = 1; s <= 64; s++)
		if (RAW(SYS_rt_sigaction, s, 0, &a, 8) == 0 && a.handler)
			printf(" %d%s", s, a.handler == SIG_IGN ? "" : "!");
	printf("\n");
	return 4;
}

static void all(const char *what, void (*fn)(int), int from, int to)
{
	printf("%s:", what);
	for (int s = from; s <= to; s++)
		printf(" %x", child(fn, s));
	printf("\n");
}

int main(int argc, char **argv)
{
	(void)argv;
	setvbuf(stdout, 0, _IONBF, 0);
	if (argc > 1)
		return show();
	setpgid(0, 0);
	all("default", self, 1, 64);
	all("by tkill", self_thread, 1, 31);
	all("ignored", ignored, 1, 64);
	all("blocked", blocked, 1, 64);
	all("unblocked", unblocked, 1, 64);
	all("default again", one_shot, 1, 31);
	all("faults", fault, 0, 6);
	all("faults blocked", fault_blocked, 0, 6);
	all("faults ignored", fault_ignored, 0, 6);
	all("fault in handler", fault_in_handler, 0, 0);
	printf("exec %x\n", child(inherited, 0));
	return 0;
}

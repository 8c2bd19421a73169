// SPDX-License-Identifier: MIT
// The signal stack: entering, nesting, SS_AUTODISARM, what sigaltstack refuses, running over its end.
// guests: i386
#include "sig_util.h"

static char *stack;
static int depth;

static const char *where(void)
{
	char here;
	return &here > stack && &here <= stack + 65536 ? "alt" : "main";
}

static void show(const char *what)
{
	stack_t now = {0};
	long r = sigaltstack(0, &now);

	printf("%s: on %s, r %ld sp %s flags %x size %x\n", what, where(), r, now.ss_sp == stack ? "stack" : now.ss_sp ? "?" : "0", now.ss_flags, now.ss_size);
}

static long set(void *sp, int flags, size_t size)
{
	stack_t ss = {.ss_sp = sp, .ss_flags = flags, .ss_size = size};

	return RAW(SYS_sigaltstack, &ss, 0);
}

static void handler(int sig, siginfo_t *info, void *uc)
{
	(void)info;
	printf("handler %d depth %d uc_stack %s %x %x\n", sig, ++depth, UC(uc)->uc_stack.ss_sp == stack ? "stack" : UC(uc)->uc_stack.ss_sp ? "?" : "0",
	       UC(uc)->uc_stack.ss_flags, UC(uc)->uc_stack.ss_size);
	show("inside");
	printf("change inside: %ld\n", set(stack, 0, 65536));
	if (depth == 1)
		raise(SIGUSR2);
	depth--;
}

static void over(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	printf("overflow: %d code %d on %s\n", sig, info->si_code, where());
	_exit(5);
}

static void child(const char *what, void (*fn)(void))
{
	int status;
	pid_t p = fork();

	if (!p) {
		fn();
		_exit(0);
	}
	waitpid(p, &status, 0);
	printf("%s: status %x\n", what, status & 0xff7f);
}

/* No room for another frame on the signal stack. */
static void low(int sig)
{
	(void)sig;
	__asm__ volatile("mov %0, %%esp\n\tint $0x80" ::"r"(stack + 500), "a"(SYS_tkill), "b"(getpid()), "c"(SIGUSR2));
}

static void no_room(void)
{
	set(stack, 0, 65536);
	ksigaction(SIGUSR1, low, SA_ONSTACK, 0);
	RAW(SYS_tgkill, getpid(), getpid(), SIGUSR1);
}

static void no_room_caught(void)
{
	set(stack, 0, 65536);
	sigaltstack(0, 0);
	ksigaction(SIGSEGV, over, SA_SIGINFO, 0);
	no_room();
}

static void no_stack(void)
{
	ksigaction(SIGSEGV, over, SA_SIGINFO, 0);
	__asm__ volatile("mov $16, %esp\n\tmov $0, %eax\n\tmov %eax, (%eax)");
}

static void no_stack_alt(void)
{
	set(stack, 0, 65536);
	ksigaction(SIGSEGV, over, SA_SIGINFO | SA_ONSTACK, 0);
	__asm__ volatile("mov $16, %esp\n\tpush %eax");
}

static void deep(int n)
{
	volatile char pad[4096];

	pad[0] = pad[n & 1] = n;
	if (n < 1 << 20)
		deep(n + 1);
	pad[1] = n;
}

static void exhausted(void)
{
	set(stack, 0, 65536);
	ksigaction(SIGSEGV, over, SA_SIGINFO | SA_ONSTACK, 0);
	deep(0);
}

int main(void)
{
	setvbuf(stdout, 0, _IONBF, 0);
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, 0); /* the flags of before exec would show */
	stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ksigaction(SIGUSR1, handler, SA_SIGINFO | SA_ONSTACK, 0);
	ksigaction(SIGUSR2, handler, SA_SIGINFO | SA_ONSTACK, 0);
	show("start");
	raise(SIGUSR1);
	printf("set %ld\n", set(stack, 0, 65536));
	show("armed");
	raise(SIGUSR1);
	printf("autodisarm %ld\n", set(stack, 1u << 31, 65536));
	show("autodisarm");
	raise(SIGUSR1);
	show("after");
	printf("onstack flag %ld\n", set(stack, SS_ONSTACK, 65536));
	show("onstack");
	raise(SIGUSR1);
	printf("small %ld, smallest %ld, flags %ld %ld, disable %ld\n", set(stack, 0, 2047), set(stack, 0, 2048), set(stack, 4, 65536), set(stack, 3, 65536),
	       set(stack, SS_DISABLE, 5));
	printf("disable autodisarm %ld\n", set(stack, 1u << 31 | SS_DISABLE, 65536));
	show("disabled");
	printf("bad pointers %ld %ld\n", RAW(SYS_sigaltstack, 8, 0), RAW(SYS_sigaltstack, 0, 8));
	child("no room", no_room);
	child("no room, caught", no_room_caught);
	child("no stack", no_stack);
	child("no stack, alt", no_stack_alt);
	child("exhausted", exhausted);
	return 0;
}

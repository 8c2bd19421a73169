/* SPDX-License-Identifier: MIT */
/* The signal system calls. Order of checks and errnos: kernel/signal.c. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "emu/host_signal.h"
#include "syscalls/row.h"
#include "syscalls/sigcalls.h"
#include "syscalls/siginfo.h"
#include "syscalls/signal.h"
#include "syscalls/timespec.h"

#define NEVER_BLOCKED (SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))
#define SIGSET 8 /* bytes of a sigset_t */

/* ---- actions ---- */

struct guest_sigaction {
	uint32_t handler, flags, restorer, mask[2];
};

struct guest_old_sigaction {
	uint32_t handler, mask, flags, restorer;
};

gret sys_rt_sigaction(struct cpu *cpu, const uint32_t a[6])
{
	struct guest_sigaction g;
	struct ksigaction act = {0}, old;

	if (a[3] != SIGSET)
		return -EINVAL;
	if (a[1]) {
		TRY(guest_get(&g, ga(a[1])));
		act = (struct ksigaction){g.handler, g.flags, g.restorer, g.mask[0] | (uint64_t)g.mask[1] << 32};
	}
	TRY(signal_action(cpu, (int)a[0], a[1] ? &act : NULL, &old));
	if (!a[2])
		return 0;
	g = (struct guest_sigaction){old.handler, old.flags, old.restorer, {(uint32_t)old.mask, old.mask >> 32}};
	return guest_put(ga(a[2]), &g);
}

gret sys_sigaction(struct cpu *cpu, const uint32_t a[6])
{
	struct guest_old_sigaction g;
	struct ksigaction act = {0}, old;

	if (a[1]) {
		TRY(guest_get(&g, ga(a[1])));
		act = (struct ksigaction){g.handler, g.flags, g.restorer, g.mask};
	}
	TRY(signal_action(cpu, (int)a[0], a[1] ? &act : NULL, &old));
	if (!a[2])
		return 0;
	g = (struct guest_old_sigaction){old.handler, (uint32_t)old.mask, old.flags, old.restorer};
	return guest_put(ga(a[2]), &g);
}

/* The System V one: one shot, nothing blocked. */
gret sys_signal(struct cpu *cpu, const uint32_t a[6])
{
	struct ksigaction act = {.handler = a[1], .flags = GSA_RESETHAND | GSA_NODEFER}, old;

	TRY(signal_action(cpu, (int)a[0], &act, &old));
	return old.handler;
}

/* ---- masks ---- */

/* `bits`: which part of the mask the call knows; old ones only the first 32 signals. */
static gret change_mask(struct cpu *cpu, int how, uint64_t set, uint64_t bits)
{
	uint64_t mask = cpu->sigmask;

	switch (how) {
	case SIG_BLOCK:
		mask |= set;
		break;
	case SIG_UNBLOCK:
		mask &= ~set;
		break;
	case SIG_SETMASK:
		mask = (mask & ~bits) | set;
		break;
	default:
		return -EINVAL;
	}
	return signal_set_mask(cpu, mask);
}

gret sys_rt_sigprocmask(struct cpu *cpu, const uint32_t a[6])
{
	uint64_t old = cpu->sigmask, set;

	if (a[3] != SIGSET)
		return -EINVAL;
	if (a[1]) {
		TRY(guest_get(&set, ga(a[1])));
		TRY(change_mask(cpu, (int)a[0], set & ~NEVER_BLOCKED, ~0ull));
	}
	return a[2] ? guest_put(ga(a[2]), &old) : 0;
}

gret sys_sigprocmask(struct cpu *cpu, const uint32_t a[6])
{
	uint32_t old = (uint32_t)cpu->sigmask, set;

	if (a[1]) {
		TRY(guest_get(&set, ga(a[1])));
		TRY(change_mask(cpu, (int)a[0], set & ~(uint32_t)NEVER_BLOCKED, 0xffffffff));
	}
	return a[2] ? guest_put(ga(a[2]), &old) : 0;
}

gret sys_sgetmask(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return (uint32_t)cpu->sigmask;
}

gret sys_ssetmask(struct cpu *cpu, const uint32_t a[6])
{
	uint32_t old = (uint32_t)cpu->sigmask;

	TRY(signal_set_mask(cpu, a[0]));
	return old;
}

static uint64_t pending(struct cpu *cpu)
{
	uint64_t set = 0;

	sys_raw(SYS_rt_sigpending, &set, SIGSET);
	return (set | atomic_load(&cpu->held.set)) & cpu->sigmask;
}

gret sys_rt_sigpending(struct cpu *cpu, const uint32_t a[6])
{
	uint64_t set;

	if (a[1] > SIGSET)
		return -EINVAL;
	set = pending(cpu);
	return guest_write(ga(a[0]), &set, a[1]);
}

gret sys_sigpending(struct cpu *cpu, const uint32_t a[6])
{
	uint32_t set = (uint32_t)pending(cpu);

	return guest_put(ga(a[0]), &set);
}

/* ---- waiting ---- */

/* Until a signal comes that mask lets through; its frame restores the mask of now. */
static gret suspend(struct cpu *cpu, uint64_t mask)
{
	uint64_t old = cpu->sigmask, host;

	mask &= ~NEVER_BLOCKED;
	host = mask & ~HOST_SYNC_SIGNALS;
	for (;;) {
		if (cpu->captured.sig)
			return -ERESTARTNOINTR;
		if (!(atomic_load(&cpu->held.set) & ~mask) && sys_safe(cpu, SYS_rt_sigsuspend, &host, SIGSET) == -ERESTARTSYS)
			return -ERESTARTNOINTR; /* not begun */
		cpu->sigmask = mask;
		if (signal_woke(cpu))
			break;
		cpu->sigmask = old;
	}
	cpu->sigmask_saved = old;
	cpu->sigmask_restore = true;
	return -ERESTARTNOHAND;
}

gret sys_rt_sigsuspend(struct cpu *cpu, const uint32_t a[6])
{
	uint64_t mask;

	if (a[1] != SIGSET)
		return -EINVAL;
	TRY(guest_get(&mask, ga(a[0])));
	return suspend(cpu, mask);
}

/* The mask is the third argument, after two that nobody uses. */
gret sys_sigsuspend(struct cpu *cpu, const uint32_t a[6])
{
	return suspend(cpu, a[2]);
}

gret sys_pause(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	do {
		if (sys_safe(cpu, SYS_pause) == -ERESTARTSYS)
			return -ERESTARTNOINTR;
	} while (!signal_woke(cpu));
	return -ERESTARTNOHAND;
}

static gret timedwait(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	unsigned char out[GUEST_SIGINFO];
	struct timespec ts, *timeout;
	siginfo_t info;
	uint64_t set;
	gret r;

	if (a[3] != SIGSET)
		return -EINVAL;
	TRY(guest_get(&set, ga(a[0])));
	TRY(timespec_in(&ts, ga(a[2]), time64, &timeout));
	if (timeout && !timespec_valid(timeout))
		return -EINVAL;
	r = signal_take_held(cpu, set, &info);
	if (!r)
		r = sys_safe(cpu, SYS_rt_sigtimedwait, &set, &info, timeout, SIGSET);
	if (r == -ERESTARTSYS)
		return -ERESTARTNOINTR; /* not begun */
	if (r == -EINTR) /* a held one may have come meanwhile */
		r = signal_take_held(cpu, set, &info) ?: -EINTR;
	if (r > 0 && a[1]) {
		siginfo_to_guest(out, &info);
		TRY(guest_write(ga(a[1]), out, sizeof out));
	}
	return r;
}

gret sys_rt_sigtimedwait(struct cpu *cpu, const uint32_t a[6])
{
	return timedwait(cpu, a, false);
}

gret sys_rt_sigtimedwait_time64(struct cpu *cpu, const uint32_t a[6])
{
	return timedwait(cpu, a, true);
}

/* ---- sending ---- */

gret sys_kill(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(SYS_kill, (int)a[0], (int)a[1]);
}

gret sys_tkill(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(SYS_tkill, (int)a[0], (int)a[1]);
}

gret sys_tgkill(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(SYS_tgkill, (int)a[0], (int)a[1], (int)a[2]);
}

static int info_in(siginfo_t *info, gaddr at, int sig)
{
	unsigned char in[GUEST_SIGINFO];

	if (guest_read(in, at, sizeof in) < 0)
		return -EFAULT;
	siginfo_from_guest(info, in, sig);
	return 0;
}

gret sys_rt_sigqueueinfo(struct cpu *cpu, const uint32_t a[6])
{
	siginfo_t info;

	(void)cpu;
	TRY(info_in(&info, ga(a[2]), (int)a[1]));
	return sys_raw(SYS_rt_sigqueueinfo, (int)a[0], (int)a[1], &info);
}

gret sys_rt_tgsigqueueinfo(struct cpu *cpu, const uint32_t a[6])
{
	siginfo_t info;

	(void)cpu;
	TRY(info_in(&info, ga(a[3]), (int)a[2]));
	return sys_raw(SYS_rt_tgsigqueueinfo, (int)a[0], (int)a[1], (int)a[2], &info);
}

gret sys_signalfd4(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(SYS_signalfd4, (int)a[0], guest_ptr(ga(a[1])), a[2], (int)a[3]);
}

gret sys_signalfd(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(SYS_signalfd4, (int)a[0], guest_ptr(ga(a[1])), a[2], 0);
}

/* ---- signal stack, sigreturn ---- */

gret sys_sigaltstack(struct cpu *cpu, const uint32_t a[6])
{
	uint32_t sp = cpu->guest->get_sp(cpu), in[3];
	uint32_t old[3] = {cpu->altstack_sp, altstack_state(cpu, sp) | (cpu->altstack_flags & GSS_AUTODISARM), cpu->altstack_size};

	if (a[0]) {
		TRY(guest_get(&in, ga(a[0])));
		TRY(altstack_set(cpu, in[0], in[1], in[2], sp));
	}
	return a[1] ? guest_put(ga(a[1]), &old) : 0;
}

/* The mask first: if a signal was captured meanwhile it is delivered before anything changed, as before the call. */
static gret return_from_handler(struct cpu *cpu, bool rt)
{
	uint64_t mask;

	if (cpu->guest->frame_mask(cpu, rt, &mask) == 0) {
		TRY(signal_set_mask(cpu, mask));
		if (cpu->guest->pop_frame(cpu, rt) == 0)
			return 0;
	}
	signal_force(cpu, SIGSEGV, SI_KERNEL, 0);
	return 0;
}

gret sys_sigreturn(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return return_from_handler(cpu, false);
}

gret sys_rt_sigreturn(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return return_from_handler(cpu, true);
}

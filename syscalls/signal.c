/* SPDX-License-Identifier: MIT */
/* How do host signals and faults become the guest's: actions, delivery, default deaths. */
#define _GNU_SOURCE
#include "syscalls/signal.h"

#include <elf.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "emu/host_signal.h"
#include "emu/lock.h"
#include "syscalls/core.h"
#include "syscalls/row.h"
#include "syscalls/thread.h"

#define NEVER_BLOCKED (SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))
#define IGNORED_BY_DEFAULT (SIGBIT(SIGCHLD) | SIGBIT(SIGCONT) | SIGBIT(SIGURG) | SIGBIT(SIGWINCH))
#define STOPS_BY_DEFAULT (SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))
#define KNOWN_FLAGS                                                                                                    \
	(GSA_NOCLDSTOP | GSA_NOCLDWAIT | GSA_SIGINFO | GSA_EXPOSE_TAGBITS | GSA_RESTORER | GSA_ONSTACK | GSA_RESTART |  \
	 GSA_NODEFER | GSA_RESETHAND)
#define H_DFL 0u
#define H_IGN 1u
#define CODE_KERNEL 0x80

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#endif

/* The host kernel's struct sigaction. */
struct host_action {
	uintptr_t handler;
	uint64_t flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* The back-end's stubs: to engine_signal_handler in a state fit for C, and back to the kernel. */
void x86_signal_entry(int sig, siginfo_t *info, void *uc);
void x86_sigreturn(void);

static struct sighand first;
static struct lock actions; /* all tables, and the host's dispositions with them */

/* ---- the host's side ---- */

static uint64_t host_mask(const struct cpu *cpu)
{
	return cpu->sigmask & ~HOST_SYNC_SIGNALS;
}

static void set_host_mask(uint64_t mask)
{
	sys_raw(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
}

static bool is_sync(int sig)
{
	return HOST_SYNC_SIGNALS & SIGBIT(sig);
}

static void install(int sig, const struct ksigaction *act)
{
	struct host_action h = {.handler = act->handler, .flags = act->flags & (GSA_NOCLDSTOP | GSA_NOCLDWAIT)};

	if (is_sync(sig) || act->handler > H_IGN) {
		h.handler = (uintptr_t)x86_signal_entry;
		/* SA_RESTART: so that the kernel tells by the pc which calls it would restart */
		h.flags |= SA_SIGINFO | GSA_ONSTACK | GSA_RESTORER | GSA_RESTART;
		h.restorer = x86_sigreturn;
		h.mask = ~0ull;
	}
	sys_raw(SYS_rt_sigaction, sig, &h, NULL, 8);
}

/* Would the host's disposition stay the same? Setting an ignoring one again drops what is pending, so that counts. */
static bool same_on_host(int sig, const struct ksigaction *a, const struct ksigaction *b)
{
	if (is_sync(sig))
		return true;
	if ((a->flags ^ b->flags) & (GSA_NOCLDSTOP | GSA_NOCLDWAIT))
		return false;
	if (a->handler == H_DFL && b->handler == H_DFL) /* libc's posix_spawn does it to all of them */
		return !(IGNORED_BY_DEFAULT & SIGBIT(sig));
	return a->handler > H_IGN && b->handler > H_IGN;
}

/* ---- held signals: see struct held ---- */

static int sync_slot(int sig)
{
	return host_sync_slot(sig);
}

/* A captured signal that turned out to be blocked. Given back to the kernel when all slots are taken. */
static void hold(struct cpu *cpu, const siginfo_t *info)
{
	int sig = info->si_signo, slot = sync_slot(sig);

	if (slot >= 0) {
		host_hold(cpu, sig, info);
		return;
	}
	for (slot = 5; slot < HELD_SLOTS; slot++)
		if (!cpu->held.info[slot].si_signo) {
			cpu->held.info[slot] = *info;
			atomic_fetch_or(&cpu->held.set, SIGBIT(sig));
			return;
		}
	if (info->si_code == SI_TKILL)
		sys_raw(SYS_rt_tgsigqueueinfo, cpu->pid, cpu->tid, sig, info);
	else
		sys_raw(SYS_rt_sigqueueinfo, cpu->pid, sig, info);
}

int signal_take_held(struct cpu *cpu, uint64_t set, siginfo_t *ret_info)
{
	uint64_t ready = atomic_load(&cpu->held.set) & set;
	int sig, slot;

	if (!ready)
		return 0;
	sig = __builtin_ctzll(ready) + 1;
	slot = sync_slot(sig);
	for (int s = 5; slot < 0 && s < HELD_SLOTS; s++)
		if (cpu->held.info[s].si_signo == sig)
			slot = s;
	*ret_info = cpu->held.info[slot];
	cpu->held.info[slot].si_signo = 0;
	atomic_fetch_and(&cpu->held.set, ~SIGBIT(sig));
	return sig;
}

/* With all host signals blocked and none in hand: a held one that may be delivered is as if just captured. */
static bool promote(struct cpu *cpu)
{
	if (!cpu->captured.sig && atomic_load(&cpu->held.set) & ~cpu->sigmask) {
		cpu->captured.sig = signal_take_held(cpu, ~cpu->sigmask, &cpu->captured.info);
		atomic_fetch_or(&cpu->attention, ATTENTION_SIGNAL);
	}
	return cpu->captured.sig;
}

bool signal_woke(struct cpu *cpu)
{
	if (cpu->captured.sig)
		return true;
	if (!(atomic_load(&cpu->held.set) & ~cpu->sigmask))
		return false;
	set_host_mask(~0ull);
	return promote(cpu);
}

/* What unblocking made deliverable without the host's help. */
static void notice_held(struct cpu *cpu)
{
	if (atomic_load(&cpu->held.set) & ~cpu->sigmask)
		atomic_fetch_or(&cpu->attention, ATTENTION_SIGNAL);
}

/* ---- masks ---- */

gret signal_set_mask(struct cpu *cpu, uint64_t mask)
{
	uint64_t host;

	mask &= ~NEVER_BLOCKED;
	host = mask & ~HOST_SYNC_SIGNALS;
	if (host != host_mask(cpu) && sys_safe(cpu, SYS_rt_sigprocmask, SIG_SETMASK, &host, NULL, 8) < 0)
		return -ERESTARTNOINTR;
	cpu->sigmask = mask;
	notice_held(cpu);
	return 0;
}

/* The host's mask becomes the guest's, unless a signal is in hand: then delivery does it. */
static void settle_mask(struct cpu *cpu)
{
	uint64_t mask = host_mask(cpu);

	if (cpu->captured.sig || sys_safe(cpu, SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8) == 0)
		return;
	set_host_mask(~0ull); /* captured meanwhile, or only kicked */
	if (!cpu->captured.sig)
		set_host_mask(mask);
}

/* ---- actions ---- */

static uint32_t known_flags(const struct cpu *cpu)
{
	return KNOWN_FLAGS | (cpu->guest->elf_machine == EM_ARM ? GSA_THIRTYTWO : 0);
}

static bool ignores(int sig, const struct ksigaction *act)
{
	return act->handler == H_IGN || (act->handler == H_DFL && IGNORED_BY_DEFAULT & SIGBIT(sig));
}

/* Lock held. */
static struct ksigaction *action_of(struct sighand *s, int sig)
{
	struct host_action now;

	if (s->unasked & SIGBIT(sig)) {
		s->unasked &= ~SIGBIT(sig);
		if (sys_raw(SYS_rt_sigaction, sig, NULL, &now, 8) == 0 && now.handler == H_IGN)
			s->act[sig - 1].handler = H_IGN;
	}
	return &s->act[sig - 1];
}

int signal_action(struct cpu *cpu, int sig, const struct ksigaction *act, struct ksigaction *ret_old)
{
	struct ksigaction *now, new, old;
	siginfo_t dropped;

	if (sig < 1 || sig > 64 || (act && NEVER_BLOCKED & SIGBIT(sig)))
		return -EINVAL;
	lock_take(&actions);
	now = action_of(cpu->sighand, sig);
	old = *now;
	if (act) {
		new = *act;
		new.flags &= known_flags(cpu);
		new.mask &= ~NEVER_BLOCKED;
		*now = new;
		if (!same_on_host(sig, &old, &new))
			install(sig, &new);
		if (ignores(sig, &new))
			signal_take_held(cpu, SIGBIT(sig), &dropped);
	}
	lock_drop(&actions);
	*ret_old = old;
	return 0;
}

/* The action to deliver sig by; SA_RESETHAND takes effect. */
static struct ksigaction action_for(struct cpu *cpu, int sig)
{
	struct ksigaction *now, act;

	lock_take(&actions);
	now = action_of(cpu->sighand, sig);
	act = *now;
	if (act.handler > H_IGN && act.flags & GSA_RESETHAND) {
		now->handler = H_DFL;
		install(sig, now);
	}
	lock_drop(&actions);
	return act;
}

/* ---- delivery ---- */

/* The whole process dies of sig, as the parent will see. */
static _Noreturn void die(struct cpu *cpu, int sig, const siginfo_t *info)
{
	static atomic_int dying;
	struct rlimit none = {0};
	struct host_action dfl = {0};

	while (atomic_exchange(&dying, cpu->pid) == cpu->pid) /* another thread is at it and ends this one too */
		sys_raw(SYS_pause);
	if (core_dump(cpu, sig, info))
		core_report();
	else
		sys_raw(SYS_prlimit64, 0, RLIMIT_CORE, &none, NULL); /* a core of the emulator's helps nobody */
	set_host_mask(~0ull);
	sys_raw(SYS_rt_sigaction, sig, &dfl, NULL, 8);
	sys_raw(SYS_tgkill, cpu->pid, cpu->tid, sig);
	set_host_mask(~SIGBIT(sig));
	for (;;) /* only the init of a PID namespace comes here */
		sys_raw(SYS_exit_group, 128 + sig);
}

/* The host's disposition is the default too, but for the synchronous five, none of which stops. */
static void default_action(struct cpu *cpu, int sig, const siginfo_t *info)
{
	if (IGNORED_BY_DEFAULT & SIGBIT(sig))
		return;
	if (!(STOPS_BY_DEFAULT & SIGBIT(sig)))
		die(cpu, sig, info);
	sys_raw(SYS_rt_tgsigqueueinfo, cpu->pid, cpu->tid, sig, info);
}

static void force(struct cpu *cpu, const siginfo_t *info);

/* No frame could be written: SIGSEGV instead, and death if it was one. */
static void no_frame(struct cpu *cpu, int sig)
{
	siginfo_t info = {.si_signo = SIGSEGV, .si_code = CODE_KERNEL};

	if (sig == SIGSEGV)
		die(cpu, sig, &info);
	force(cpu, &info);
}

static void run_handler(struct cpu *cpu, const struct ksigaction *act, const siginfo_t *info)
{
	int sig = info->si_signo;
	uint64_t mask = cpu->sigmask_restore ? cpu->sigmask_saved : cpu->sigmask;

	syscall_settle(cpu, true, act->flags & GSA_RESTART);
	if (cpu->guest->push_frame(cpu, act, sig, info, mask) < 0) {
		no_frame(cpu, sig);
		return;
	}
	cpu->sigmask_restore = false;
	cpu->sigmask |= act->mask;
	if (!(act->flags & GSA_NODEFER))
		cpu->sigmask |= SIGBIT(sig);
	if (cpu->altstack_flags & GSS_AUTODISARM)
		altstack_reset(cpu);
}

/* As force_sig does it: a signal that cannot wait. Blocked or ignored, it kills. */
static void force(struct cpu *cpu, const siginfo_t *info)
{
	int sig = info->si_signo;
	struct ksigaction act;

	if (cpu->sigmask & SIGBIT(sig))
		die(cpu, sig, info);
	act = action_for(cpu, sig);
	if (act.handler <= H_IGN)
		die(cpu, sig, info);
	run_handler(cpu, &act, info);
}

static void deliver_one(struct cpu *cpu, const siginfo_t *info)
{
	struct ksigaction act = action_for(cpu, info->si_signo);

	cpu->fault.sig = 0; /* the frame is not a fault's */
	if (act.handler == H_DFL)
		default_action(cpu, info->si_signo, info);
	else if (act.handler != H_IGN)
		run_handler(cpu, &act, info);
}

/*
 * The next signal to be delivered, in hand: all host signals are blocked. Held ones first: the synchronous five come first in
 * the kernel too.
 */
static bool next_signal(struct cpu *cpu, siginfo_t *info)
{
	for (;;) {
		atomic_fetch_and(&cpu->attention, ~ATTENTION_SIGNAL); /* what comes from here on sets it again */
		if (!signal_woke(cpu))
			return false;
		if (signal_take_held(cpu, ~cpu->sigmask, info))
			return true;
		*info = cpu->captured.info;
		info->si_signo = cpu->captured.sig;
		cpu->captured.sig = 0;
		if (!(cpu->sigmask & SIGBIT(info->si_signo)))
			return true;
		hold(cpu, info); /* a handler of a fault, meanwhile begun, blocks it */
		set_host_mask(host_mask(cpu));
	}
}

void signal_deliver(struct cpu *cpu)
{
	siginfo_t info;

	while (next_signal(cpu, &info)) {
		deliver_one(cpu, &info);
		if (!cpu->captured.sig)
			set_host_mask(host_mask(cpu));
	}
	if (cpu->sigmask_restore) { /* no handler ran, so none will */
		cpu->sigmask_restore = false;
		cpu->sigmask = cpu->sigmask_saved;
		settle_mask(cpu);
		notice_held(cpu);
	}
	syscall_settle(cpu, false, false);
}

void signal_fault(struct cpu *cpu)
{
	const struct fault *f = &cpu->fault;
	siginfo_t info = {.si_signo = f->sig, .si_code = f->code};

	cpu->trap_nr = f->trapno;
	cpu->trap_err = f->err;
	if (f->trapno == 14) /* page fault, on ARM too */
		cpu->trap_cr2 = f->cr2;
	info.si_addr = (void *)(uintptr_t)f->addr;
	force(cpu, &info);
	cpu->fault.sig = 0;
	settle_mask(cpu);
}

void signal_force(struct cpu *cpu, int sig, int code, uint32_t addr)
{
	siginfo_t info = {.si_signo = sig, .si_code = code};

	cpu->fault.sig = 0;
	info.si_addr = (void *)(uintptr_t)addr;
	force(cpu, &info);
	settle_mask(cpu);
}

/* ---- beginnings and ends ---- */

void signal_handlers_again(void)
{
	static const struct ksigaction any;

	for (int sig = 1; sig < 32; sig++)
		if (is_sync(sig))
			install(sig, &any);
}

static void clear_handlers(struct sighand *s)
{
	for (int i = 0; i < 64; i++)
		if (s->act[i].handler != H_IGN)
			s->act[i] = (struct ksigaction){0};
}

static struct sighand *sighand_copy(const struct sighand *from)
{
	long p = sys_raw(SYS_mmap, NULL, sizeof *from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sighand *s = (struct sighand *)p;

	if (p < 0)
		return NULL;
	lock_take(&actions);
	s->unasked = from->unasked;
	memcpy(s->act, from->act, sizeof s->act);
	lock_drop(&actions);
	atomic_store(&s->refs, 1);
	return s;
}

/* A new thread, or a child that shares memory. */
static void on_clone(struct cpu *child, const struct cpu *parent, uint64_t flags)
{
	struct sighand *own;

	memset(&child->held, 0, sizeof child->held);
	child->sigmask_restore = false;
	own = flags & CLONE_SIGHAND ? NULL : sighand_copy(parent->sighand);
	if (!own) { /* shared, or no memory for a copy */
		atomic_fetch_add(&parent->sighand->refs, 1);
		return;
	}
	if (flags & CLONE_CLEAR_SIGHAND)
		clear_handlers(own);
	child->sighand = own;
}

/* A signal for the process that this thread had taken, but will not handle any more, goes to another thread. */
static void on_end(struct cpu *cpu)
{
	if (cpu == cpu_self && cpu->captured.sig && cpu->captured.info.si_code != SI_TKILL)
		sys_raw(SYS_rt_sigqueueinfo, cpu->pid, cpu->captured.sig, &cpu->captured.info);
	if (atomic_fetch_sub(&cpu->sighand->refs, 1) == 1 && cpu->sighand != &first)
		sys_raw(SYS_munmap, cpu->sighand, sizeof *cpu->sighand);
}

void signal_fork_child(struct cpu *cpu, bool clear)
{
	memset(&cpu->held, 0, sizeof cpu->held);
	if (atomic_load(&cpu->sighand->refs) != 1) /* a page less to copy */
		atomic_store(&cpu->sighand->refs, 1);
	if (clear) {
		clear_handlers(cpu->sighand);
		signal_handlers_again();
	}
}

void signal_init(struct cpu *cpu)
{
	static const struct thread_part part = {on_clone, on_end};

	atomic_store(&first.refs, 1);
	first.unasked = ~0ull;
	cpu->sighand = &first;
	for (int sig = 1; sig < 32; sig++)
		if (is_sync(sig))
			action_of(&first, sig);
	signal_handlers_again();
	sys_raw(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &cpu->sigmask, 8);
	set_host_mask(host_mask(cpu));
	thread_part(&part);
	fork_lock(&actions);
}

gret signal_exec(struct cpu *cpu)
{
	siginfo_t info;
	int sig;

	if (sys_safe(cpu, SYS_rt_sigprocmask, SIG_SETMASK, &cpu->sigmask, NULL, 8) < 0)
		return -ERESTARTNOINTR;
	while ((sig = signal_take_held(cpu, ~0ull, &info))) /* blocked, so it stays pending across exec */
		sys_raw(SYS_rt_tgsigqueueinfo, cpu->pid, cpu->tid, sig, &info);
	for (sig = 1; sig < 32; sig++)
		if (is_sync(sig) && cpu->sighand->act[sig - 1].handler == H_IGN) {
			struct host_action ignore = {.handler = H_IGN};

			sys_raw(SYS_rt_sigaction, sig, &ignore, NULL, 8);
		}
	return 0;
}

void signal_exec_failed(struct cpu *cpu)
{
	signal_handlers_again();
	settle_mask(cpu);
}

/* SPDX-License-Identifier: MIT */
/*
 * The one host signal handler. Synchronous faults of translated code become cpu->fault; of the boundary copies, -EFAULT;
 * asynchronous signals are captured, at most one at a time, and translated code is left at the next guest boundary.
 */
#define _GNU_SOURCE
#include "emu/host_signal.h"

#include <sys/syscall.h>
#include <ucontext.h>

#include "emu/backend.h"
#include "emu/block.h"
#include "emu/copy.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/window.h"
#include "syscalls/row.h"

/* A kick is a SIGTRAP to a thread with this value: never blocked, and never a guest's. */
#define KICK_CODE (-77)
#define KICK_VALUE ((void *)0x7374726169746bul)

void host_kick(struct cpu *cpu)
{
	siginfo_t info = {.si_signo = SIGTRAP, .si_code = KICK_CODE};

	info.si_value.sival_ptr = KICK_VALUE;
	sys_raw(SYS_rt_tgsigqueueinfo, cpu->pid, cpu->tid, SIGTRAP, &info);
}

/* All host signals but the synchronous ones stay blocked when this context goes on. */
static void keep_blocked(ucontext_t *uc)
{
	uint64_t mask = ~HOST_SYNC_SIGNALS;

	__builtin_memcpy(&uc->uc_sigmask, &mask, sizeof mask);
}

/* Leave translated code if this is a boundary; else single-step on. */
static void leave_or_step(struct cpu *cpu, ucontext_t *uc)
{
	uintptr_t pc = backend.get_pc(uc);
	const struct block *b;
	uint32_t guest_pc;
	bool exact;

	switch (backend.place(pc)) {
	case PLACE_GUEST:
		b = block_at(pc);
		if (b) {
			guest_pc = block_pc_at(b, pc, &exact);
			if (exact || backend.is_boundary(uc)) {
				cpu->stepping = false;
				cpu->stop = STOP_NONE;
				backend.leave(cpu, uc, guest_pc);
				return;
			}
		}
		cpu->stepping = true;
		backend.step(uc, true);
		return;
	case PLACE_ENTER:
		backend.abandon_enter(uc);
		break;
	case PLACE_EXIT:
	case PLACE_C:
		break;
	}
	cpu->stepping = false;
	backend.step(uc, false);
}

static void asynchronous(struct cpu *cpu, int sig, const siginfo_t *info, ucontext_t *uc)
{
	uintptr_t pc = backend.get_pc(uc);

	if (sig == SIGTRAP && info->si_code == KICK_CODE && info->si_value.sival_ptr == KICK_VALUE) {
		atomic_fetch_or(&cpu->attention, ATTENTION_KICK);
	} else if (host_sync_slot(sig) >= 0) { /* sent by somebody: the guest may block it */
		host_hold(cpu, sig, info);
		if (cpu->sigmask >> (sig - 1) & 1)
			return;
		atomic_fetch_or(&cpu->attention, ATTENTION_SIGNAL);
	} else {
		cpu->captured.sig = sig;
		cpu->captured.info = *info;
		keep_blocked(uc);
		atomic_fetch_or(&cpu->attention, ATTENTION_SIGNAL);
	}
	if (safe_syscall_rewind(&pc)) {
		backend.set_pc(uc, pc);
		return;
	}
	leave_or_step(cpu, uc);
}

static void die(int sig)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} dfl = {0};
	uint64_t none = 0;

	sys_raw(SYS_rt_sigaction, sig, &dfl, NULL, 8);
	sys_raw(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
	sys_raw(SYS_tgkill, sys_raw(SYS_getpid), sys_raw(SYS_gettid), sig);
}

static char *put_hex(char *to, uint64_t n)
{
	static const char digit[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4)
		*to++ = digit[n >> shift & 15];
	return to;
}

static char *put_text(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

static void say_crash(int sig, uintptr_t pc, uintptr_t addr)
{
	char line[128], *p = put_text(line, "strait: internal error: signal ");

	if (sig >= 10)
		*p++ = '0' + sig / 10;
	*p++ = '0' + sig % 10;
	p = put_hex(put_text(p, " at pc 0x"), pc);
	p = put_hex(put_text(p, " address 0x"), addr);
	*p++ = '\n';
	sys_raw(SYS_write, 2, line, p - line);
}

/* A fault in translated code. */
static void guest_fault(struct cpu *cpu, int sig, const siginfo_t *info, ucontext_t *uc)
{
	uintptr_t pc = backend.get_pc(uc);
	const struct block *b = block_at(pc);
	bool exact;
	uint32_t guest_pc = b ? block_pc_at(b, pc, &exact) : 0;
	uintptr_t addr = (uintptr_t)info->si_addr;
	bool in_window = addr - window_base < GUEST_SPAN;

	cpu->stop = STOP_NONE;
	if (b && (b->flags & BLOCK_DEAD) && sig == SIGSEGV && *(const uint8_t *)pc == 0xf4) {
		/* a boundary or landing of a block that was killed: go on from there with the new code */
		backend.leave(cpu, uc, exact ? guest_pc : backend.landing_pc(uc));
		return;
	}
	if (sig == SIGSEGV && in_window && engine_write_fault(addr - window_base, info->si_code == SEGV_ACCERR)) {
		backend.leave(cpu, uc, guest_pc);
		return;
	}
	if (sig == SIGSEGV && in_window && window_grow(addr - window_base))
		return;
	cpu->stop = STOP_FAULT;
	if (sig == SIGFPE && cpu->guest->fp_trap) {
		cpu->stop = STOP_HELPER;
		cpu->helper = cpu->guest->fp_trap;
	}
	cpu->fault_unit = b && block_mark_at(b, pc, &exact)->state & MARK_NO_STOP ? b->pc : 0;
	backend.fault_info(cpu, info, uc, guest_pc);
	backend.leave(cpu, uc, guest_pc);
}

static bool is_fault(int sig, const siginfo_t *info)
{
	return (HOST_SYNC_SIGNALS >> (sig - 1) & 1) && info->si_code > 0;
}

static void fault(struct cpu *cpu, int sig, const siginfo_t *info, ucontext_t *uc)
{
	uintptr_t pc = backend.get_pc(uc), addr = (uintptr_t)info->si_addr;

	if (cpu && sig == SIGTRAP && cpu->stepping) {
		leave_or_step(cpu, uc);
		return;
	}
	if (cpu && backend.place(pc) == PLACE_GUEST) {
		if (sig == SIGSEGV && backend.ret_stack_overflow(cpu, uc, addr))
			return;
		guest_fault(cpu, sig, info, uc);
		return;
	}
	if (sig == SIGSEGV && addr - window_base < GUEST_SPAN &&
	    (engine_write_fault(addr - window_base, info->si_code == SEGV_ACCERR) || window_grow(addr - window_base)))
		return;
	if (copy_fixup(&pc)) {
		backend.set_pc(uc, pc);
		return;
	}
	if (cpu && cpu->unwind && sig != SIGTRAP && addr - window_base < GUEST_SPAN + GUEST_PAGE) {
		backend.fault_info(cpu, info, uc, 0);
		backend.set_pc(uc, (uintptr_t)cpu->unwind);
		return;
	}
	if (sig == SIGTRAP) { /* single-stepping that ended in C */
		backend.step(uc, false);
		return;
	}
	say_crash(sig, pc, addr);
	die(sig);
}

void engine_signal_handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	struct cpu *cpu = cpu_self;

	if (is_fault(sig, info))
		fault(cpu, sig, info, uc);
	else if (cpu)
		asynchronous(cpu, sig, info, uc);
}

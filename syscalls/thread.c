/* SPDX-License-Identifier: MIT */
/* A guest thread is a host thread: fork copies, everything that shares memory gets a block of its own to run on. */
#define _GNU_SOURCE
#include "syscalls/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "emu/engine.h"
#include "emu/host/thread.h"
#include "emu/thread.h"
#include "syscalls/files.h"
#include "syscalls/row.h"
#include "syscalls/signal.h"

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#endif
#define SS_OFF 2 /* SS_DISABLE */

/* The host kernel's struct clone_args, as of version 2 (set_tid, cgroup). Same layout for every guest. */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
_Static_assert(sizeof(struct clone3_args) == 88, "UAPI");
#define CLONE3_SIZE0 64

/* One clone: what the guest asked for, and how the host is to be asked. */
struct clone_request {
	uint64_t flags;     /* without the exit signal */
	uint32_t exit_signal;
	uint32_t sp;        /* 0: the parent's */
	gaddr ptid, ctid;   /* for the classic call */
	uint32_t tls;
	struct clone3_args *v3; /* clone3; pointers are the host's already. NULL: classic */
};

void (*process_exit_hook)(struct cpu *cpu, int status);

static const struct thread_part *parts[8];
static struct lock *locks[16];

void thread_part(const struct thread_part *part)
{
	for (unsigned i = 0; i < 8; i++) {
		if (!parts[i]) {
			parts[i] = part;
			return;
		}
	}
}

void fork_lock(struct lock *l)
{
	for (unsigned i = 0; i < 16; i++) {
		if (!locks[i]) {
			locks[i] = l;
			return;
		}
	}
}

/* ---- fork: a copy of everything, this thread alone in it ---- */

static void fork_prepare(void)
{
	files_lock();
	for (unsigned i = 0; i < 16 && locks[i]; i++)
		lock_take(locks[i]);
	cpu_fork_prepare();
	window_lock();
	engine_fork_prepare();
}

static void fork_unlock(void)
{
	window_unlock();
	for (unsigned i = 16; i-- > 0;) {
		if (locks[i])
			lock_drop(locks[i]);
	}
	files_unlock();
}

static void fork_parent(void)
{
	engine_fork_parent();
	cpu_fork_parent();
	fork_unlock();
}

static void fork_child(struct cpu *cpu)
{
	cpu->tid = (int)sys_raw(SYS_gettid);
	cpu->pid = lock_pid = (int)sys_raw(SYS_getpid);
	engine_fork_child(cpu);
	cpu_fork_child(cpu);
	robust_fork_child();
	window_fork_child();
	fork_unlock();
}

/* Every host signal blocked; false if one was captured before: then it comes first, as a pending signal does in fork. */
static bool signals_off(struct cpu *cpu, uint64_t *ret_old)
{
	uint64_t all = ~0ull;

	sys_raw(SYS_rt_sigprocmask, SIG_BLOCK, &all, ret_old, 8);
	if (!cpu->captured.sig)
		return true;
	sys_raw(SYS_rt_sigprocmask, SIG_SETMASK, ret_old, NULL, 8);
	return false;
}

static void signals_on(uint64_t old)
{
	sys_raw(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
}

static void child_state(struct cpu *child, const struct clone_request *rq)
{
	child->clear_child_tid = rq->flags & CLONE_CHILD_CLEARTID ? rq->ctid.v : 0;
	child->robust_list = 0;
	child->syscall_restart = 0;
}

/* Would CLONE_SETTLS succeed? Tried on a copy, so that failure is the parent's to see. */
static __attribute__((noinline)) int try_tls(const struct cpu *cpu, const struct clone_request *rq)
{
	struct cpu probe = *cpu;

	return cpu->guest->fork_child(&probe, rq->sp, true, rq->tls);
}

static void *tid_at(gaddr a, uint64_t wanted)
{
	return wanted ? guest_out(a, 4) : guest_ptr(a);
}

static gret clone_copy(struct cpu *cpu, const struct clone_request *rq)
{
	uint64_t flags = rq->flags & ~(uint64_t)CLONE_SETTLS, old;
	/* before the window is locked, which these may do themselves */
	void *ptid = tid_at(rq->ptid, flags & (CLONE_PARENT_SETTID | CLONE_PIDFD));
	void *ctid = tid_at(rq->ctid, flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID));
	bool tls = rq->flags & CLONE_SETTLS;
	long r;

	if (tls)
		TRY(try_tls(cpu, rq));
	if (!signals_off(cpu, &old))
		return -ERESTARTNOINTR;
	if (flags & CLONE_FILES)
		files_share();
	fork_prepare();
	if (rq->v3) {
		rq->v3->flags = flags;
		rq->v3->stack = rq->v3->stack_size = rq->v3->tls = 0;
		r = sys_raw(SYS_clone3, rq->v3, sizeof *rq->v3);
	} else {
		r = sys_raw(SYS_clone, flags | rq->exit_signal, 0, ptid, ctid, 0);
	}
	if (r == 0) {
		fork_child(cpu);
		signal_fork_child(cpu, rq->flags & CLONE_CLEAR_SIGHAND);
		child_state(cpu, rq);
		cpu->guest->fork_child(cpu, rq->sp, tls, rq->tls);
	} else {
		fork_parent();
	}
	signals_on(old);
	return r;
}

/* ---- sharing memory: threads, vfork, and the odd ones in between ---- */

static void thread_main(void *arg)
{
	struct cpu *cpu = arg;
	uint64_t mask = cpu->scratch[0];

	cpu->tid = (int)sys_raw(SYS_gettid);
	if (!cpu->scratch[2])
		cpu->pid = (int)sys_raw(SYS_getpid);
	lock_pid = cpu->pid;
	host_tls_start(cpu->tid);
	engine_thread_start(cpu);
	if (cpu->scratch[1])
		signal_handlers_again();
	signals_on(mask);
	cpu_loop(cpu);
}

static int share_child(struct cpu *child, const struct cpu *parent, const struct clone_request *rq)
{
	int r = parent->guest->fork_child(child, rq->sp, rq->flags & CLONE_SETTLS, rq->tls);

	if (r < 0)
		return r;
	child_state(child, rq);
	child->rseq = 0;
	child->parent_frees = rq->flags & CLONE_VFORK;
	if (!(rq->flags & CLONE_VFORK)) { /* the kernel's rule: a thread has no signal stack, a vfork child its parent's */
		child->altstack_sp = child->altstack_size = 0;
		child->altstack_flags = SS_OFF;
	}
	child->files = rq->flags & CLONE_FILES ? files_ref(parent->files) : files_copy(parent->files);
	for (unsigned i = 0; i < 8 && parts[i]; i++) {
		if (parts[i]->clone)
			parts[i]->clone(child, parent, rq->flags);
	}
	return 0;
}

static void parts_end(struct cpu *cpu)
{
	files_unref(cpu->files);
	for (unsigned i = 0; i < 8 && parts[i]; i++) {
		if (parts[i]->end)
			parts[i]->end(cpu);
	}
}

/* Of a vfork child that has execed or exited: it left everything to its parent. */
static void bury(struct cpu *child)
{
	atomic_store(&child->in_code, 0);
	engine_thread_end(child);
	parts_end(child);
	cpu_free(child);
}

static long host_share(struct cpu *child, const struct clone_request *rq)
{
	uint64_t flags = rq->flags | CLONE_SETTLS;
	struct clone3_args *v3 = rq->v3;

	if (!v3)
		return host_clone(flags | rq->exit_signal, cpu_stack_top(child),
				  tid_at(rq->ptid, flags & (CLONE_PARENT_SETTID | CLONE_PIDFD)),
				  tid_at(rq->ctid, flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)), cpu_tls(child),
				  thread_main, child);
	v3->flags = flags;
	v3->stack = (uintptr_t)cpu_stack_top(child) - C_STACK_SIZE;
	v3->stack_size = C_STACK_SIZE;
	v3->tls = (uintptr_t)cpu_tls(child);
	return host_clone3(v3, sizeof *v3, thread_main, child);
}

static gret clone_share(struct cpu *cpu, const struct clone_request *rq)
{
	struct cpu *child = cpu_new(cpu);
	bool started;
	uint64_t old;
	long r;

	if (!child)
		return -ENOMEM;
	r = share_child(child, cpu, rq);
	if (r < 0) {
		cpu_free(child);
		return r;
	}
	if (!(rq->flags & CLONE_VFORK))
		robust_tell(cpu);
	r = -ERESTARTNOINTR;
	if (signals_off(cpu, &old)) {
		child->scratch[0] = old;
		child->scratch[1] = rq->flags & CLONE_CLEAR_SIGHAND;
		child->scratch[2] = rq->flags & CLONE_THREAD;
		cpu_shares = true;
		r = host_share(child, rq);
		started = r > 0;
		if (started && rq->flags & CLONE_VFORK)
			bury(child);
		signals_on(old);
	} else {
		started = false;
	}
	if (!started) {
		parts_end(child);
		cpu_free(child);
	}
	return r;
}

static gret do_clone(struct cpu *cpu, const struct clone_request *rq)
{
	return rq->flags & CLONE_VM ? clone_share(cpu, rq) : clone_copy(cpu, rq);
}

/* ---- the calls ---- */

gret sys_fork(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return do_clone(cpu, &(struct clone_request){.exit_signal = SIGCHLD});
}

gret sys_vfork(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return do_clone(cpu, &(struct clone_request){.flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD});
}

/* clone(flags, stack, parent_tid, tls, child_tid), the order of i386 and ARM (CONFIG_CLONE_BACKWARDS) */
gret sys_clone(struct cpu *cpu, const uint32_t a[6])
{
	struct clone_request rq = {
		.flags = a[0] & ~(uint32_t)CSIGNAL,
		.exit_signal = a[0] & CSIGNAL,
		.sp = a[1],
		.ptid = ga(a[2]),
		.ctid = ga(a[4]),
		.tls = a[3],
	};

	return do_clone(cpu, &rq);
}

/* A 64-bit field that holds a guest pointer. One that cannot be the guest's becomes one that faults for the host too. */
static uint64_t pointer64(uint64_t v, size_t n)
{
	return v >> 32 ? 1ull << 63 : (uintptr_t)guest_out(ga((uint32_t)v), n);
}

static int read_clone3(struct clone3_args *args, gaddr at, uint32_t size)
{
	unsigned char rest[64];

	if (size > GUEST_PAGE)
		return -E2BIG;
	if (size < CLONE3_SIZE0)
		return -EINVAL;
	memset(args, 0, sizeof *args);
	TRY(guest_read(args, at, size < sizeof *args ? size : sizeof *args));
	for (uint32_t done = sizeof *args; done < size; done += sizeof rest) {
		uint32_t n = size - done < sizeof rest ? size - done : sizeof rest;

		TRY(guest_read(rest, ga_add(at, done), n));
		for (uint32_t i = 0; i < n; i++) {
			if (rest[i])
				return -E2BIG;
		}
	}
	return 0;
}

gret sys_clone3(struct cpu *cpu, const uint32_t a[6])
{
	struct clone3_args args;
	struct clone_request rq = {.v3 = &args};

	TRY(read_clone3(&args, ga(a[0]), a[1]));
	if (args.stack ? args.stack_size == 0 || (args.stack + args.stack_size) >> 32 : args.stack_size != 0)
		return -EINVAL;
	rq.flags = args.flags;
	rq.sp = (uint32_t)(args.stack + args.stack_size);
	rq.tls = (uint32_t)args.tls;
	rq.ctid = ga((uint32_t)args.child_tid);
	if (args.flags & CLONE_PIDFD)
		args.pidfd = pointer64(args.pidfd, 4);
	if (args.flags & CLONE_PARENT_SETTID)
		args.parent_tid = pointer64(args.parent_tid, 4);
	if (args.flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))
		args.child_tid = pointer64(args.child_tid, 4);
	if (args.set_tid)
		args.set_tid = pointer64(args.set_tid, 0);
	return do_clone(cpu, &rq);
}

static _Noreturn void thread_end(struct cpu *cpu, int status)
{
	uint64_t all = ~0ull;

	sys_raw(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 8);
	robust_end(cpu, false);
	if (cpu->clear_child_tid) /* the kernel itself clears it: see that it can */
		guest_out(ga(cpu->clear_child_tid), 4);
	if (cpu->parent_frees) {
		for (;;)
			sys_raw(SYS_exit, status);
	}
	parts_end(cpu);
	engine_thread_end(cpu);
	cpu_exit(cpu, status);
}

gret sys_exit(struct cpu *cpu, const uint32_t a[6])
{
	if (process_exit_hook && cpu->tid == cpu->pid)
		process_exit_hook(cpu, (int)a[0]);
	thread_end(cpu, (int)a[0]);
}

gret sys_exit_group(struct cpu *cpu, const uint32_t a[6])
{
	if (process_exit_hook)
		process_exit_hook(cpu, (int)a[0]);
	robust_end(cpu, false);
	for (;;)
		sys_raw(SYS_exit_group, (int)a[0]);
}

/* The kernel clears it in guest memory by itself, also when the process is killed. */
gret sys_set_tid_address(struct cpu *cpu, const uint32_t a[6])
{
	cpu->clear_child_tid = a[0];
	return sys_raw(SYS_set_tid_address, guest_out(ga(a[0]), 4));
}

/* Restartable sequences are not offered: a program must do without them on older kernels too. */
gret sys_rseq(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	(void)a;
	return -ENOSYS;
}

gret sys_unshare(struct cpu *cpu, const uint32_t a[6])
{
	struct files *old = cpu->files;

	TRY(sys_raw(SYS_unshare, a[0]));
	if (a[0] & CLONE_FILES) {
		cpu->files = files_copy(old);
		files_unref(old);
	}
	return 0;
}

gret sys_setns(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	return sys_raw(SYS_setns, (int)a[0], (int)a[1]);
}

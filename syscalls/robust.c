/* SPDX-License-Identifier: MIT */
/*
 * Robust futex lists. Where the host kernel walks 32-bit lists itself it is told of them; with a window elsewhere than
 * at 0, or no such kernel, they are walked here, and a guardian sees to it that even SIGKILL leaves no lock behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "emu/engine.h"
#include "emu/host/thread.h"
#include "emu/host_signal.h"
#include "emu/thread.h"
#include "ioctl-tables/syscall-layouts.h"
#include "loader/loader.h"
#include "syscalls/row.h"
#include "syscalls/thread.h"

#define ROBUST_LIMIT 2048 /* the kernel's ROBUST_LIST_LIMIT */

gret sys_set_robust_list(struct cpu *cpu, const uint32_t a[6])
{
	if (a[1] != sizeof(struct g_robust_list_head))
		return -EINVAL;
	cpu->robust_list = a[0];
	cpu->robust_list_len = a[1];
	if (cpu_shares)
		robust_tell(cpu);
	robust_guard(cpu);
	return 0;
}

void robust_tell(struct cpu *cpu)
{
	if (window_base == 0 && cpu->robust_list && cpu->robust_list_len && host_set_robust_list32(cpu->robust_list, cpu->robust_list_len) == 0)
		cpu->robust_list_len = 0; /* the kernel's business */
}

struct wanted {
	int tid;
	uint32_t *head;
};

static void head_of(struct cpu *cpu, void *arg)
{
	struct wanted *w = arg;

	if (cpu->tid == w->tid)
		w->head = &cpu->robust_list;
}

gret sys_get_robust_list(struct cpu *cpu, const uint32_t a[6])
{
	uint32_t len = sizeof(struct g_robust_list_head);
	struct wanted w = {(int)a[0] ? (int)a[0] : cpu->tid, NULL};

	cpu_each(head_of, &w);
	if (w.head) {
		TRY(guest_put(ga(a[2]), &len));
		return guest_put(ga(a[1]), w.head);
	}
	if (sys_raw(SYS_getpriority, 0 /* PRIO_PROCESS */, w.tid) == -ESRCH)
		return -ESRCH;
	return window_base == 0 ? host_get_robust_list32(w.tid, a[1], a[2]) : -ENOSYS;
}

/* The kernel's handle_futex_death(): the owner of the word at a has died. */
static int owner_died(gaddr a, uint32_t tid, bool pi, bool pending)
{
	_Atomic uint32_t *word = guest_ptr(a);
	uint32_t v, next;

	if (a.v & 3)
		return -1;
	for (;;) {
		if (guest_get(&v, a) < 0)
			return -1;
		if (pending && !pi && !v) {
			sys_raw(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
			return 0;
		}
		if ((v & FUTEX_TID_MASK) != tid)
			return 0;
		if (window_prot(a) < 0 || !(window_prot(a) & PROT_WRITE) || (!cpu_self && window_watched(a.v)))
			return -1;
		guest_out(a, 4);
		next = (v & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		if (atomic_compare_exchange_strong(word, &v, next))
			break;
	}
	if (!pi && v & FUTEX_WAITERS)
		sys_raw(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	return 0;
}

/* Bit 0 of each link says: this one is a priority-inheritance futex. */
void robust_release(struct cpu *cpu)
{
	gaddr head_at = ga(cpu->robust_list);
	struct g_robust_list_head head;
	uint32_t at, next;

	if (!cpu->robust_list || !cpu->robust_list_len || guest_get(&head, head_at) < 0)
		return;
	at = head.list.next;
	for (int n = 0; (at & ~1u) != head_at.v && n < ROBUST_LIMIT; n++) {
		int r = guest_get(&next, ga(at & ~1u));

		if ((at & ~1u) != (head.list_op_pending & ~1u) &&
		    owner_died(ga((at & ~1u) + (uint32_t)head.futex_offset), (uint32_t)cpu->tid, at & 1, false) < 0)
			return;
		if (r < 0)
			return;
		at = next;
	}
	if (head.list_op_pending & ~1u)
		owner_died(ga((head.list_op_pending & ~1u) + (uint32_t)head.futex_offset), (uint32_t)cpu->tid, head.list_op_pending & 1, true);
}

/*
 * ---- the guardian ----
 * A process that shares this one's memory, but not its fate: it waits for this one's end, however it comes, walks the
 * lists of all its threads, and ends too. Only where somebody could be left waiting: with memory shared with others.
 */
#define GUARD_STACK 16384u
#define GUARD_FLAGS (CLONE_VM | CLONE_FILES | CLONE_SETTLS)

static struct {
	atomic_int owner; /* whom it guards; 0: there is none */
	int pid;
	void *map;
	size_t len;
} guardian;

int guardian_fd = -1;

static void release_dead(struct cpu *cpu, void *owner)
{
	if (cpu->pid == *(int *)owner)
		robust_release(cpu);
}

/* Without descriptors, process group or directory of its owner; cpu_self is NULL here. */
static void guard(void *arg)
{
	int owner = (int)(intptr_t)arg;
	struct pollfd news[2] = {{.fd = guardian_fd, .events = POLLIN}, {.events = POLLIN}};

	sys_raw(SYS_close_range, guardian_fd + 1, ~0u, CLOSE_RANGE_UNSHARE);
	sys_raw(SYS_close_range, 0, guardian_fd - 1, 0);
	sys_raw(SYS_setpgid, 0, 0);
	sys_raw(SYS_chdir, "/");
	news[1].fd = (int)sys_raw(SYS_pidfd_open, owner, 0);
	while (news[1].fd >= 0 && sys_raw(SYS_getppid) == owner && sys_raw(SYS_poll, news, 2, -1) == -EINTR)
		;
	if (!news[0].revents)
		cpu_each_dead(release_dead, &owner);
	for (;;)
		sys_raw(SYS_exit_group, 0);
}

void robust_guard(struct cpu *cpu)
{
	uint64_t mask = ~HOST_SYNC_SIGNALS, old;
	int nobody = 0;
	long map;

	if (!window_shares)
		return;
	robust_tell(cpu);
	if (!cpu->robust_list || !cpu->robust_list_len ||
	    !atomic_compare_exchange_strong(&guardian.owner, &nobody, cpu->pid))
		return;
	guardian.pid = 0;
	guardian.len = GUARD_STACK + host_tls_size();
	guardian_fd = own_fd_park((int)sys_raw(SYS_eventfd2, 0, O_CLOEXEC));
	map = sys_raw(SYS_mmap, NULL, guardian.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	guardian.map = (void *)map;
	if (map < 0 || guardian_fd < 0)
		return;
	sys_raw(SYS_rt_sigprocmask, SIG_BLOCK, &mask, &old, 8);
	guardian.pid = (int)host_clone(GUARD_FLAGS, (char *)map + GUARD_STACK, NULL, NULL,
				       host_tls_init((char *)map + GUARD_STACK), guard, (void *)(intptr_t)cpu->pid);
	/* At once: whoever is left with it and waits for this group would not be told that it went. */
	if (guardian.pid > 0)
		sys_raw(SYS_setpgid, guardian.pid, guardian.pid);
	sys_raw(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
}

void robust_dismiss(struct cpu *cpu)
{
	uint64_t one = 1;

	if (atomic_load(&guardian.owner) != cpu->pid)
		return;
	if (guardian.pid > 0) {
		sys_raw(SYS_write, guardian_fd, &one, sizeof one); /* it may not be ours to kill any more */
		while (sys_raw(SYS_wait4, guardian.pid, NULL, __WCLONE, NULL) == -EINTR)
			;
	}
	robust_fork_child();
}

/* The parent's guardian is not ours; of its memory there is a copy. */
void robust_fork_child(void)
{
	if (!atomic_load(&guardian.owner))
		return;
	sys_raw(SYS_munmap, guardian.map, guardian.len);
	sys_raw(SYS_close, guardian_fd);
	guardian_fd = -1;
	atomic_store(&guardian.owner, 0);
}

struct tally {
	int pid, threads;
};

static void count_thread(struct cpu *cpu, void *arg)
{
	struct tally *t = arg;

	t->threads += cpu->pid == t->pid;
}

/* The process ends in an orderly way, or execs: alone, this thread does the guardian's work itself. */
void robust_end(struct cpu *cpu, bool exec)
{
	struct tally t = {cpu->pid, 0};

	robust_release(cpu);
	if (atomic_load(&guardian.owner) != cpu->pid)
		return;
	cpu_each(count_thread, &t);
	if (t.threads > 1 && !exec)
		return;
	cpu_each(release_dead, &cpu->pid);
	robust_dismiss(cpu);
}

/* SPDX-License-Identifier: MIT */
/*
 * Robust futex lists. Where the host kernel walks 32-bit lists itself it is told of them, so that even SIGKILL leaves
 * no lock behind; with a window elsewhere than at 0, or no such kernel, the list is walked here.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/host/thread.h"
#include "syscalls/row.h"
#include "syscalls/thread.h"

/* struct robust_list_head of a 32-bit guest */
struct robust_head {
	uint32_t next;
	int32_t futex_offset;
	uint32_t pending;
};
_Static_assert(sizeof(struct robust_head) == 12, "UAPI");

#define ROBUST_LIMIT 2048 /* the kernel's ROBUST_LIST_LIMIT */

gret sys_set_robust_list(struct cpu *cpu, const uint32_t a[6])
{
	if (a[1] != sizeof(struct robust_head))
		return -EINVAL;
	cpu->robust_list = a[0];
	cpu->robust_list_len = a[1];
	if (window_base == 0 && host_set_robust_list32(a[0], a[1]) == 0)
		cpu->robust_list_len = 0; /* the kernel's business */
	return 0;
}

gret sys_get_robust_list(struct cpu *cpu, const uint32_t a[6])
{
	uint32_t len = sizeof(struct robust_head);
	int tid = (int)a[0];

	if (tid == 0 || tid == cpu->tid) {
		TRY(guest_put(ga(a[2]), &len));
		return guest_put(ga(a[1]), &cpu->robust_list);
	}
	return window_base == 0 ? host_get_robust_list32(tid, a[1], a[2]) : -ENOSYS;
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
		if (window_prot(a) < 0 || !(window_prot(a) & PROT_WRITE))
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
	struct robust_head head;
	uint32_t at, next;

	if (!cpu->robust_list || !cpu->robust_list_len || guest_get(&head, head_at) < 0)
		return;
	at = head.next;
	for (int n = 0; (at & ~1u) != head_at.v && n < ROBUST_LIMIT; n++) {
		int r = guest_get(&next, ga(at & ~1u));

		if ((at & ~1u) != (head.pending & ~1u) &&
		    owner_died(ga((at & ~1u) + (uint32_t)head.futex_offset), (uint32_t)cpu->tid, at & 1, false) < 0)
			return;
		if (r < 0)
			return;
		at = next;
	}
	if (head.pending & ~1u)
		owner_died(ga((head.pending & ~1u) + (uint32_t)head.futex_offset), (uint32_t)cpu->tid, head.pending & 1, true);
}

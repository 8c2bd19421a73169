/* SPDX-License-Identifier: MIT */
/* System V IPC: the calls, and ipc(2), which is all of them behind one number. Control structures: ipc_ctl.c. */
#define _GNU_SOURCE
#include "syscalls/ipc.h"

#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/syscall.h>

#include "syscalls/thread.h"
#include "syscalls/timespec.h"

/* These waits end with EINTR whatever the handler (signal(7)); asked to restart, they were not begun. */
static gret not_begun(gret r)
{
	return r == -ERESTARTSYS ? -ERESTARTNOINTR : r;
}

/* ---- semaphores ---- */

SYS(semget)
{
	return sys_raw(SYS_semget, (int)a[0], (int)a[1], (int)a[2]);
}

SYS(semop)
{
	gret r = sys_safe(cpu, SYS_semtimedop, (int)a[0], guest_ptr(ga(a[1])), a[2], NULL);

	return not_begun(r);
}

static gret sem_timed(struct cpu *cpu, const uint32_t a[6], bool time64)
{
	struct timespec ts, *tp;
	gret r;

	TRY(timespec_in(&ts, ga(a[3]), time64, &tp));
	r = sys_safe(cpu, SYS_semtimedop, (int)a[0], guest_ptr(ga(a[1])), a[2], tp);
	return not_begun(r);
}

SYS(semtimedop)
{
	return sem_timed(cpu, a, false);
}

SYS(semtimedop_time64)
{
	return sem_timed(cpu, a, true);
}

/* The calls with numbers of their own always speak ipc64; ipc(2) tells by the bit. */
SYS(semctl)
{
	return ipc_semctl((int)a[0], (int)a[1], (int)a[2] | IPC_64_, a[3]);
}

/* ---- shared memory ---- */

SYS(shmget)
{
	return sys_raw(SYS_shmget, (int)a[0], a[1], (int)a[2]);
}

SYS(shmat)
{
	gret r = window_shmat((int)a[0], ga(a[1]), (int)a[2]);

	robust_guard(cpu);
	return r;
}

SYS(shmdt)
{
	return window_shmdt(ga(a[0]));
}

SYS(shmctl)
{
	return ipc_shmctl((int)a[0], (int)a[1] | IPC_64_, ga(a[2]));
}

/* ---- message queues: struct msgbuf begins with a long ---- */

#define MSG_SMALL 4096
#define MSG_EXCEPT_ 020000
#define MSG_COPY_ 040000

struct buffer {
	int64_t *p; /* type, then the text */
	size_t size;
	_Alignas(16) char small[8 + MSG_SMALL];
};

static int buffer_make(struct buffer *b, uint32_t text)
{
	long p;

	b->p = (int64_t *)b->small;
	b->size = 8ul + text;
	if (text <= MSG_SMALL)
		return 0;
	p = sys_raw(SYS_mmap, NULL, b->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p < 0)
		return -ENOMEM;
	b->p = (int64_t *)p;
	return 0;
}

static void buffer_free(struct buffer *b)
{
	if (b->p != (int64_t *)b->small)
		sys_raw(SYS_munmap, b->p, b->size);
}

SYS(msgget)
{
	return sys_raw(SYS_msgget, (int)a[0], (int)a[1]);
}

/* The text cannot be read. The host finds out in its own order of checks: a type, and nothing behind it. */
static gret msgsnd_unreadable(int id, int32_t type, uint32_t size, int flags)
{
	long p = sys_raw(SYS_mmap, NULL, 2 * GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int64_t *m = (int64_t *)(p + GUEST_PAGE) - 1;
	gret r;

	if (p < 0)
		return -ENOMEM;
	*m = type;
	sys_raw(SYS_mprotect, p + GUEST_PAGE, GUEST_PAGE, PROT_NONE);
	r = sys_raw(SYS_msgsnd, id, m, (size_t)size, flags);
	sys_raw(SYS_munmap, p, 2 * GUEST_PAGE);
	return r;
}

SYS(msgsnd)
{
	struct buffer b;
	int32_t type;
	gret r;

	TRY(guest_get(&type, ga(a[1])));
	if ((int)a[2] < 0)
		return -EINVAL;
	TRY(buffer_make(&b, a[2]));
	b.p[0] = type;
	r = guest_read(b.p + 1, ga_add(ga(a[1]), 4), a[2]);
	if (r < 0)
		r = msgsnd_unreadable((int)a[0], type, a[2], (int)a[3]);
	else
		r = sys_safe(cpu, SYS_msgsnd, (int)a[0], b.p, (size_t)a[2], (int)a[3]);
	buffer_free(&b);
	return not_begun(r);
}

SYS(msgrcv)
{
	struct buffer b;
	int32_t type;
	gret r;

	if ((int)a[2] < 0)
		return -EINVAL;
	TRY(buffer_make(&b, a[2]));
	r = sys_safe(cpu, SYS_msgrcv, (int)a[0], b.p, (size_t)a[2], (int32_t)a[3], (int)a[4]);
	if (r >= 0) {
		type = (int32_t)b.p[0];
		if (guest_put(ga(a[1]), &type) < 0 || guest_write(ga_add(ga(a[1]), 4), b.p + 1, (size_t)r) < 0)
			r = -EFAULT;
	}
	buffer_free(&b);
	return not_begun(r);
}

SYS(msgctl)
{
	return ipc_msgctl((int)a[0], (int)a[1] | IPC_64_, ga(a[2]));
}

/* ---- ipc(call, first, second, third, ptr, fifth) ---- */

enum {
	CALL_SEMOP = 1, CALL_SEMGET, CALL_SEMCTL, CALL_SEMTIMEDOP,
	CALL_MSGSND = 11, CALL_MSGRCV, CALL_MSGGET, CALL_MSGCTL,
	CALL_SHMAT = 21, CALL_SHMDT, CALL_SHMGET, CALL_SHMCTL,
};

static gret ipc_semctl_call(uint32_t first, uint32_t second, uint32_t third, gaddr ptr)
{
	uint32_t arg;

	if (!ptr.v)
		return -EINVAL;
	TRY(guest_get(&arg, ptr));
	return ipc_semctl((int)first, (int)second, (int)third, arg);
}

/* Version 0 of msgrcv takes its buffer and type through a structure. */
static gret ipc_msgrcv_call(struct cpu *cpu, int version, const uint32_t a[6])
{
	struct {
		uint32_t buf;
		int32_t type;
	} kludge;

	if ((int)a[1] < 0 || (int)a[2] < 0)
		return -EINVAL;
	if (version != 0)
		return sys_msgrcv(cpu, (const uint32_t[6]){a[1], a[4], a[2], a[5], a[3]});
	if (!a[4])
		return -EINVAL;
	TRY(guest_get(&kludge, ga(a[4])));
	return sys_msgrcv(cpu, (const uint32_t[6]){a[1], kludge.buf, a[2], (uint32_t)kludge.type, a[3]});
}

static gret ipc_shmat_call(struct cpu *cpu, int version, const uint32_t a[6])
{
	uint32_t at;
	gret r;

	if (version == 1)
		return -EINVAL;
	r = sys_shmat(cpu, (const uint32_t[6]){a[1], a[4], a[2]});
	if (r < 0)
		return r;
	at = (uint32_t)r;
	return guest_put(ga(a[3]), &at);
}

SYS(ipc)
{
	int version = (int)(a[0] >> 16);
	const uint32_t direct[6] = {a[1], a[4], a[2], a[5]}; /* first, ptr, second, fifth */

	switch (a[0] & 0xffff) {
	case CALL_SEMOP:
		return sys_semop(cpu, direct);
	case CALL_SEMTIMEDOP:
		return sys_semtimedop(cpu, direct);
	case CALL_SEMGET:
		return sys_raw(SYS_semget, (int)a[1], (int)a[2], (int)a[3]);
	case CALL_SEMCTL:
		return ipc_semctl_call(a[1], a[2], a[3], ga(a[4]));
	case CALL_MSGSND:
		return sys_msgsnd(cpu, (const uint32_t[6]){a[1], a[4], a[2], a[3]});
	case CALL_MSGRCV:
		return ipc_msgrcv_call(cpu, version, a);
	case CALL_MSGGET:
		return sys_raw(SYS_msgget, (int)a[1], (int)a[2]);
	case CALL_MSGCTL:
		return ipc_msgctl((int)a[1], (int)a[2], ga(a[4]));
	case CALL_SHMAT:
		return ipc_shmat_call(cpu, version, a);
	case CALL_SHMDT:
		return window_shmdt(ga(a[4]));
	case CALL_SHMGET:
		return sys_raw(SYS_shmget, (int)a[1], a[2], (int)a[3]);
	case CALL_SHMCTL:
		return ipc_shmctl((int)a[1], (int)a[2], ga(a[4]));
	}
	return -ENOSYS;
}

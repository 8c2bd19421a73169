/* SPDX-License-Identifier: MIT */
/* Processes: waiting for them, what the system is called, scheduling, reaching into another one's memory. */
#define _GNU_SOURCE
#include "syscalls/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "loader/loader.h"
#include "syscalls/siginfo.h"
#include "syscalls/thread.h"
#include "syscalls/time.h"

const char *uname_release;

/* ---- running programs: loader/exec.c ---- */

SYS(execve)
{
	return exec_guest(cpu, AT_FDCWD, ga(a[0]), ga(a[1]), ga(a[2]), 0);
}

SYS(execveat)
{
	return exec_guest(cpu, (int)a[0], ga(a[1]), ga(a[2]), ga(a[3]), (int)a[4]);
}

/* ---- waiting ---- */

/* Waiting for all children, whatever their exit signal: there is one that the guest does not know of. */
static void before_wait(struct cpu *cpu, bool all, int options)
{
	if (all && options & (__WALL | __WCLONE))
		robust_dismiss(cpu);
}

static gret wait_pid(struct cpu *cpu, int pid, gaddr status, int options, gaddr usage)
{
	struct rusage ru;
	gret r;

	before_wait(cpu, pid == -1, options);
	r = sys_safe(cpu, SYS_wait4, pid, guest_out(status, 4), options, usage.v ? &ru : NULL);
	if (r > 0 && usage.v)
		TRY(rusage_out(usage, &ru));
	return r;
}

SYS(waitpid)
{
	return wait_pid(cpu, (int)a[0], ga(a[1]), (int)a[2], ga(0));
}

SYS(wait4)
{
	return wait_pid(cpu, (int)a[0], ga(a[1]), (int)a[2], ga(a[3]));
}

/* The part of siginfo that waitid writes, whatever its result is. */
struct g_waitinfo {
	int32_t signo, err, code, pid;
	uint32_t uid;
	int32_t status;
};

SYS(waitid)
{
	struct rusage ru;
	siginfo_t info = {0};
	struct g_waitinfo g;
	gret r;

	before_wait(cpu, (int)a[0] == P_ALL, (int)a[3]);
	r = sys_safe(cpu, SYS_waitid, (int)a[0], (int)a[1], &info, (int)a[3], a[4] ? &ru : NULL);

	if (r == 0 && info.si_signo && a[4])
		TRY(rusage_out(ga(a[4]), &ru));
	if (!a[2])
		return r;
	g = (struct g_waitinfo){info.si_signo, 0, info.si_code, info.si_pid, info.si_uid, info.si_status};
	TRY(guest_put(ga(a[2]), &g));
	return r;
}

/* ---- what the system is called ---- */

static void names(const struct cpu *cpu, struct utsname *u)
{
	sys_raw(SYS_uname, u);
	if (uname_release) {
		memset(u->release, 0, sizeof u->release);
		strncpy(u->release, uname_release, sizeof u->release - 1);
	}
	memset(u->machine, 0, sizeof u->machine);
	strncpy(u->machine, cpu->guest->uname_machine, sizeof u->machine - 1);
}

SYS(uname)
{
	struct utsname u;

	_Static_assert(sizeof u == 6 * 65, "struct new_utsname");
	names(cpu, &u);
	return guest_put(ga(a[0]), &u);
}

/* struct old_utsname: without the domain name */
SYS(olduname)
{
	struct utsname u;

	names(cpu, &u);
	return guest_write(ga(a[0]), &u, 5 * 65);
}

/* struct oldold_utsname: eight characters each */
SYS(oldolduname)
{
	struct utsname u;
	char g[5][9] = {{0}};

	names(cpu, &u);
	for (int i = 0; i < 5; i++)
		memcpy(g[i], (const char *)&u + 65 * i, 8);
	return guest_put(ga(a[0]), &g);
}

SYS(personality)
{
	gret old = sys_raw(SYS_personality, a[0]);

	if (old >= 0 && a[0] != 0xffffffff)
		window_layout.read_implies_exec = a[0] & READ_IMPLIES_EXEC;
	return old;
}

/* ---- scheduling ---- */

/* nice(2) is older than setpriority and says EPERM where that says EACCES. */
SYS(nice)
{
	int by = (int)a[0] < -40 ? -40 : (int)a[0] > 40 ? 40 : (int)a[0];
	long now = 20 - sys_raw(SYS_getpriority, PRIO_PROCESS, 0);
	long to = now + by < -20 ? -20 : now + by > 19 ? 19 : now + by;
	gret r = sys_raw(SYS_setpriority, PRIO_PROCESS, 0, to);

	return r == -EACCES ? -EPERM : r;
}

SYS(sched_setaffinity)
{
	return sys_raw(SYS_sched_setaffinity, (int)a[0], a[1], guest_ptr(ga(a[2])));
}

/* Whole 32-bit words for the guest, 64-bit ones for the host; the result is how many bytes are meaningful. */
SYS(sched_getaffinity)
{
	uint64_t mask[1024];
	uint32_t room = a[1] < sizeof mask ? a[1] : sizeof mask;
	gret n;

	if (a[1] & 3)
		return -EINVAL;
	n = sys_raw(SYS_sched_getaffinity, (int)a[0], (room + 7) & ~7u, mask);
	if (n < 0)
		return n;
	n = n < room ? n : room;
	TRY(guest_write(ga(a[2]), mask, (size_t)n));
	return n;
}

SYS(membarrier)
{
	return sys_raw(SYS_membarrier, (int)a[0], a[1], (int)a[2]);
}

/* ---- other processes ---- */

#define KCMP_EPOLL_TFD_ 7

SYS(kcmp)
{
	uintptr_t second = (int)a[2] == KCMP_EPOLL_TFD_ ? (uintptr_t)guest_ptr(ga(a[4])) : a[4];

	return sys_raw(SYS_kcmp, (int)a[0], (int)a[1], (int)a[2], a[3], second);
}

SYS(pidfd_send_signal)
{
	unsigned char g[GUEST_SIGINFO];
	siginfo_t info;

	if (!a[2])
		return sys_raw(SYS_pidfd_send_signal, (int)a[0], (int)a[1], NULL, a[3]);
	if (guest_get(&g, ga(a[2])) < 0)
		return sys_raw(SYS_pidfd_send_signal, (int)a[0], (int)a[1], BAD_POINTER, a[3]);
	memcpy(&info.si_signo, g, 4);
	siginfo_from_guest(&info, g, info.si_signo);
	return sys_raw(SYS_pidfd_send_signal, (int)a[0], (int)a[1], &info, a[3]);
}

/* Memory that the host kernel will write: also where code was translated from. */
static void will_write(const struct iovec *iov, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		guest_out(ga((uint32_t)((uintptr_t)iov[i].iov_base - window_base)), iov[i].iov_len);
}

/* The other side's addresses are its own window's: of the same base. */
static gret process_vm(struct cpu *cpu, long nr, const uint32_t a[6])
{
	struct iovec local[IOV_MAX], remote[IOV_MAX];

	TRY(guest_iov(local, ga(a[1]), a[2]));
	TRY(guest_iov(remote, ga(a[3]), a[4]));
	if (nr == SYS_process_vm_readv)
		will_write(local, a[2]);
	else if ((int)a[0] == cpu->pid)
		will_write(remote, a[4]);
	return sys_raw(nr, (int)a[0], local, a[2], remote, a[4], a[5]);
}

SYS(process_vm_readv)
{
	return process_vm(cpu, SYS_process_vm_readv, a);
}

SYS(process_vm_writev)
{
	return process_vm(cpu, SYS_process_vm_writev, a);
}

/* SPDX-License-Identifier: MIT */
/*
 * prctl: only options that are known to be right for a guest reach the host. Next to it the calls that are refused on
 * purpose, since they would act on the emulator instead of the guest.
 */
#include <errno.h>
#include <linux/prctl.h>
#include <sys/syscall.h>

#include "syscalls/process.h"
#include "syscalls/text.h"

#define PR_SET_MDWE_ 65
#define PR_GET_MDWE_ 66
#define PR_SET_MEMORY_MERGE_ 67
#define PR_GET_MEMORY_MERGE_ 68

/* What the arguments are: numbers all, or the second is a pointer to so many bytes that the kernel reads or writes. */
enum prctl_kind { PK_NUMBERS = 1, PK_IN, PK_OUT, PK_OWN };

struct prctl_row {
	uint32_t option;
	enum prctl_kind kind;
	unsigned size;
};

/* clang-format off */
static const struct prctl_row rows[] = {
	{PR_SET_PDEATHSIG, PK_NUMBERS, 0},      {PR_GET_PDEATHSIG, PK_OUT, 4},
	{PR_GET_DUMPABLE, PK_NUMBERS, 0},       {PR_SET_DUMPABLE, PK_NUMBERS, 0},
	{PR_GET_KEEPCAPS, PK_NUMBERS, 0},       {PR_SET_KEEPCAPS, PK_NUMBERS, 0},
	{PR_GET_TIMING, PK_NUMBERS, 0},         {PR_SET_TIMING, PK_NUMBERS, 0},
	{PR_SET_NAME, PK_IN, 16},               {PR_GET_NAME, PK_OUT, 16},
	{PR_GET_SECCOMP, PK_NUMBERS, 0},
	{PR_CAPBSET_READ, PK_NUMBERS, 0},       {PR_CAPBSET_DROP, PK_NUMBERS, 0},
	{PR_GET_TSC, PK_OWN, 4},                {PR_SET_TSC, PK_OWN, 0},
	{PR_GET_SECUREBITS, PK_NUMBERS, 0},     {PR_SET_SECUREBITS, PK_NUMBERS, 0},
	{PR_SET_TIMERSLACK, PK_NUMBERS, 0},     {PR_GET_TIMERSLACK, PK_NUMBERS, 0},
	{PR_TASK_PERF_EVENTS_DISABLE, PK_NUMBERS, 0}, {PR_TASK_PERF_EVENTS_ENABLE, PK_NUMBERS, 0},
	{PR_MCE_KILL, PK_NUMBERS, 0},           {PR_MCE_KILL_GET, PK_NUMBERS, 0},
	{PR_SET_CHILD_SUBREAPER, PK_NUMBERS, 0}, {PR_GET_CHILD_SUBREAPER, PK_OUT, 4},
	{PR_SET_NO_NEW_PRIVS, PK_NUMBERS, 0},   {PR_GET_NO_NEW_PRIVS, PK_NUMBERS, 0},
	{PR_GET_TID_ADDRESS, PK_OWN, 8},
	{PR_SET_THP_DISABLE, PK_NUMBERS, 0},    {PR_GET_THP_DISABLE, PK_NUMBERS, 0},
	{PR_CAP_AMBIENT, PK_NUMBERS, 0},
	{PR_GET_SPECULATION_CTRL, PK_NUMBERS, 0}, {PR_SET_SPECULATION_CTRL, PK_NUMBERS, 0},
	{PR_SET_IO_FLUSHER, PK_NUMBERS, 0},     {PR_GET_IO_FLUSHER, PK_NUMBERS, 0},
	{PR_SET_PTRACER, PK_NUMBERS, 0},
	{PR_SET_VMA, PK_OWN, 0},
	{PR_GET_MDWE_, PK_NUMBERS, 0},
	{PR_SET_MEMORY_MERGE_, PK_NUMBERS, 0},  {PR_GET_MEMORY_MERGE_, PK_NUMBERS, 0},
	/* the kernel of an x86 has none of these: its own EINVAL */
	{PR_GET_UNALIGN, PK_NUMBERS, 0},        {PR_SET_UNALIGN, PK_NUMBERS, 0},
	{PR_GET_FPEMU, PK_NUMBERS, 0},          {PR_SET_FPEMU, PK_NUMBERS, 0},
	{PR_GET_FPEXC, PK_NUMBERS, 0},          {PR_SET_FPEXC, PK_NUMBERS, 0},
	{PR_GET_ENDIAN, PK_NUMBERS, 0},         {PR_SET_ENDIAN, PK_NUMBERS, 0},
	{PR_MPX_ENABLE_MANAGEMENT, PK_NUMBERS, 0}, {PR_MPX_DISABLE_MANAGEMENT, PK_NUMBERS, 0},
	{PR_SET_FP_MODE, PK_NUMBERS, 0},        {PR_GET_FP_MODE, PK_NUMBERS, 0},
	{PR_SVE_SET_VL, PK_NUMBERS, 0},         {PR_SVE_GET_VL, PK_NUMBERS, 0},
	{PR_PAC_RESET_KEYS, PK_NUMBERS, 0},
	{PR_SET_TAGGED_ADDR_CTRL, PK_NUMBERS, 0}, {PR_GET_TAGGED_ADDR_CTRL, PK_NUMBERS, 0},
};
/* clang-format on */

static void refused(uint32_t key, const char *what, uint32_t n)
{
	struct text t;

	atomic_fetch_add(&syscalls_unknown, 1);
	text_init(&t);
	text_str(&t, what);
	text_str(&t, " ");
	text_num(&t, (int32_t)n);
	text_str(&t, ": not offered to guests");
	report_once(key + n, text_end(&t));
}

/* Time-stamp trapping would also stop the emulator's own clock; names of mappings need the host's addresses. */
static gret prctl_own(struct cpu *cpu, const uint32_t a[6])
{
	uint64_t tid_address = cpu->clear_child_tid; /* 8 bytes also for 32-bit tasks: the call has no compat form */
	uint32_t enabled = PR_TSC_ENABLE;

	switch (a[0]) {
	case PR_GET_TSC:
		return guest_put(ga(a[1]), &enabled);
	case PR_SET_TSC:
		return a[1] == PR_TSC_ENABLE ? 0 : -EINVAL;
	case PR_GET_TID_ADDRESS:
		return guest_put(ga(a[1]), &tid_address);
	case PR_SET_VMA:
		return sys_raw(SYS_prctl, PR_SET_VMA, a[1], guest_ptr(ga(a[2])), a[3], guest_ptr(ga(a[4])));
	}
	return -EINVAL;
}

SYS(prctl)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].option != a[0])
			continue;
		switch (rows[i].kind) {
		case PK_NUMBERS:
			return sys_raw(SYS_prctl, a[0], a[1], a[2], a[3], a[4]);
		case PK_IN:
			return sys_raw(SYS_prctl, a[0], guest_ptr(ga(a[1])), a[2], a[3], a[4]);
		case PK_OUT:
			return sys_raw(SYS_prctl, a[0], guest_out(ga(a[1]), rows[i].size), a[2], a[3], a[4]);
		case PK_OWN:
			return prctl_own(cpu, a);
		}
	}
	refused(0x70720000, "prctl", a[0]);
	return -EINVAL;
}

enum { SECCOMP_GET_ACTION_AVAIL_ = 2, SECCOMP_GET_NOTIF_SIZES_ = 3 };

/* A filter would judge the emulator's calls instead of the guest's: say that there are no filters. */
SYS(seccomp)
{
	if (a[0] == SECCOMP_GET_ACTION_AVAIL_ || a[0] == SECCOMP_GET_NOTIF_SIZES_)
		return sys_raw(SYS_seccomp, a[0], a[1], guest_out(ga(a[2]), 8));
	refused(0x73650000, "seccomp", a[0]);
	return -EINVAL;
}

SYS(ptrace)
{
	refused(0x70740000, "ptrace", a[0]);
	return -EPERM;
}

SYS(perf_event_open)
{
	refused(0x70650000, "perf_event_open", 0);
	return -ENOSYS;
}

SYS(bpf)
{
	refused(0x62700000, "bpf", a[0]);
	return -EPERM;
}

SYS(kexec_load)
{
	return -EPERM;
}

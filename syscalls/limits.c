/* SPDX-License-Identifier: MIT */
/* Resource limits and usage in 32-bit layouts. Limits of the address space are the window's, not the emulator's. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>

#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/process.h"

#define INFINITY32 0xffffffffu

static gret limit_get(uint32_t resource, struct rlimit *l)
{
	if (resource < RLIM_NLIMITS && window_getrlimit((int)resource, l) == 0)
		return 0;
	return sys_raw(SYS_prlimit64, 0, resource, NULL, l);
}

static bool may_raise_limits(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {0};

	return sys_raw(SYS_capget, &head, data) == 0 && data[0].effective >> CAP_SYS_RESOURCE & 1;
}

static gret limit_set(uint32_t resource, const struct rlimit *l)
{
	struct rlimit old;

	if (resource >= RLIM_NLIMITS || window_getrlimit((int)resource, &old) < 0)
		return sys_raw(SYS_prlimit64, 0, resource, l, NULL);
	if (l->rlim_cur > l->rlim_max)
		return -EINVAL;
	if (l->rlim_max > old.rlim_max && !may_raise_limits())
		return -EPERM;
	return window_setrlimit((int)resource, l);
}

static uint32_t clamp(uint64_t v, uint32_t most)
{
	return v > most ? most : (uint32_t)v;
}

static gret getrlimit32(const uint32_t a[6], uint32_t most)
{
	struct g_rlimit g;
	struct rlimit l;

	TRY(limit_get(a[0], &l));
	g.cur = clamp(l.rlim_cur, most);
	g.max = clamp(l.rlim_max, most);
	return guest_put(ga(a[1]), &g);
}

SYS(old_getrlimit)
{
	return getrlimit32(a, 0x7fffffff);
}

SYS(ugetrlimit)
{
	return getrlimit32(a, INFINITY32);
}

static rlim_t widen(uint32_t v)
{
	return v == INFINITY32 ? RLIM_INFINITY : v;
}

SYS(setrlimit)
{
	struct g_rlimit g;

	TRY(guest_get(&g, ga(a[1])));
	return limit_set(a[0], &(struct rlimit){widen(g.cur), widen(g.max)});
}

SYS(prlimit64)
{
	struct rlimit old, new;
	int pid = (int)a[0];
	bool self = pid == 0 || pid == cpu->tid || pid == cpu->pid;

	if (a[2])
		TRY(guest_get(&new, ga(a[2])));
	if (self && a[1] < RLIM_NLIMITS && window_getrlimit((int)a[1], &old) == 0) {
		if (a[2])
			TRY(limit_set(a[1], &new));
	} else {
		TRY(sys_raw(SYS_prlimit64, pid, a[1], a[2] ? &new : NULL, a[3] ? &old : NULL));
	}
	return a[3] ? guest_put(ga(a[3]), &old) : 0;
}

int rusage_out(gaddr at, const struct rusage *ru)
{
	struct g_rusage g = {
		.utime = {(int32_t)ru->ru_utime.tv_sec, (int32_t)ru->ru_utime.tv_usec},
		.stime = {(int32_t)ru->ru_stime.tv_sec, (int32_t)ru->ru_stime.tv_usec},
		.maxrss = (int32_t)ru->ru_maxrss,
		.ixrss = (int32_t)ru->ru_ixrss,
		.idrss = (int32_t)ru->ru_idrss,
		.isrss = (int32_t)ru->ru_isrss,
		.minflt = (int32_t)ru->ru_minflt,
		.majflt = (int32_t)ru->ru_majflt,
		.nswap = (int32_t)ru->ru_nswap,
		.inblock = (int32_t)ru->ru_inblock,
		.oublock = (int32_t)ru->ru_oublock,
		.msgsnd = (int32_t)ru->ru_msgsnd,
		.msgrcv = (int32_t)ru->ru_msgrcv,
		.nsignals = (int32_t)ru->ru_nsignals,
		.nvcsw = (int32_t)ru->ru_nvcsw,
		.nivcsw = (int32_t)ru->ru_nivcsw,
	};

	return guest_put(at, &g);
}

SYS(getrusage)
{
	struct rusage ru;

	TRY(sys_raw(SYS_getrusage, (int)a[0], &ru));
	return rusage_out(ga(a[1]), &ru);
}

SYS(times)
{
	struct tms t;
	long now = sys_raw(SYS_times, &t);
	uint32_t g[4] = {(uint32_t)t.tms_utime, (uint32_t)t.tms_stime, (uint32_t)t.tms_cutime, (uint32_t)t.tms_cstime};

	if (a[0])
		TRY(guest_put(ga(a[0]), &g));
	return (uint32_t)now;
}

/* Sizes that do not fit are given in larger units: as the kernel does for 32-bit tasks. */
SYS(sysinfo)
{
	struct sysinfo s;
	struct g_sysinfo g;
	uint32_t unit;
	int shift = 0;

	TRY(sys_raw(SYS_sysinfo, &s));
	unit = s.mem_unit;
	if (s.totalram >> 32 || s.totalswap >> 32) {
		for (; unit < GUEST_PAGE; unit <<= 1)
			shift++;
	}
	memset(&g, 0, sizeof g);
	g.uptime = (int32_t)s.uptime;
	for (int i = 0; i < 3; i++)
		g.loads[i] = (uint32_t)s.loads[i];
	g.totalram = (uint32_t)(s.totalram >> shift);
	g.freeram = (uint32_t)(s.freeram >> shift);
	g.sharedram = (uint32_t)(s.sharedram >> shift);
	g.bufferram = (uint32_t)(s.bufferram >> shift);
	g.totalswap = (uint32_t)(s.totalswap >> shift);
	g.freeswap = (uint32_t)(s.freeswap >> shift);
	g.procs = s.procs;
	g.totalhigh = (uint32_t)(s.totalhigh >> shift);
	g.freehigh = (uint32_t)(s.freehigh >> shift);
	g.mem_unit = unit;
	return guest_put(ga(a[0]), &g);
}

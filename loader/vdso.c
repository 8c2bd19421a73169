/* SPDX-License-Identifier: MIT */
/* The guest's vDSO: mapping the image, and answering its host calls without a system call. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "emu/guest.h"
#include "emu/host_clock.h"
#include "emu/window.h"
#include "loader/loader.h"
#include "loader/vdso/services.h"
#include "loader/vdso/vdso.h"
#include "syscalls/row.h"

static void fill(struct guest *g, const unsigned char *image, const unsigned char *end, const struct vdso_symbols *symbols)
{
	g->vdso = image;
	g->vdso_end = end;
	g->vdso_vsyscall = symbols->vsyscall;
	g->vdso_sigreturn = symbols->sigreturn;
	g->vdso_rt_sigreturn = symbols->rt_sigreturn;
}

uint32_t vdso_map(const struct guest *g)
{
	uint32_t size;
	gret at;

	fill(&guest_i386, vdso_i386, vdso_i386_end, &vdso_i386_symbols);
	fill(&guest_arm, vdso_arm, vdso_arm_end, &vdso_arm_symbols);
	if (!g->vdso)
		return 0;
	size = g->vdso_end - g->vdso;
	at = window_mmap(ga(0), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at < 0 || guest_write(ga(at), g->vdso, size) < 0)
		return 0;
	window_mprotect(ga(at), size, PROT_READ | PROT_EXEC);
	vdso_guest_start = at;
	vdso_guest_size = (size + GUEST_PAGE_MASK) & ~GUEST_PAGE_MASK;
	return at;
}

static gret put_time(gaddr to, const struct timespec *t, bool wide)
{
	int64_t w[2] = {t->tv_sec, t->tv_nsec};
	int32_t n[2] = {t->tv_sec, t->tv_nsec};

	return wide ? guest_write(to, w, sizeof w) : guest_write(to, n, sizeof n);
}

static gret clock_read(uint32_t clock, gaddr to, bool wide, bool res)
{
	struct timespec t;
	long r;

	r = res ? sys_raw(SYS_clock_getres, (int32_t)clock, &t) : host_clock((int32_t)clock, &t);
	if (r < 0)
		return r;
	return res && !to.v ? 0 : put_time(to, &t, wide);
}

static gret time_of_day(gaddr tv, gaddr tz)
{
	struct timespec t;
	struct timezone zone;
	int32_t v[2];

	if (tv.v) {
		host_clock(CLOCK_REALTIME, &t);
		v[0] = t.tv_sec;
		v[1] = t.tv_nsec / 1000;
		if (guest_put(tv, &v) < 0)
			return -EFAULT;
	}
	if (tz.v) {
		sys_raw(SYS_gettimeofday, NULL, &zone);
		return guest_put(tz, &zone);
	}
	return 0;
}

void vdso_service(struct cpu *cpu, uint32_t service)
{
	uint32_t a = cpu->guest->c_argument(cpu, 0), b = cpu->guest->c_argument(cpu, 1), part[2];
	struct timespec t;
	gret r = -ENOSYS;

	switch (service) {
	case VDSO_CLOCK_GETTIME:
		r = clock_read(a, ga(b), false, false);
		break;
	case VDSO_CLOCK_GETTIME64:
		r = clock_read(a, ga(b), true, false);
		break;
	case VDSO_CLOCK_GETRES:
		r = clock_read(a, ga(b), false, true);
		break;
	case VDSO_GETTIMEOFDAY:
		r = time_of_day(ga(a), ga(b));
		break;
	case VDSO_TIME:
		host_clock(CLOCK_REALTIME_COARSE, &t);
		r = (uint32_t)t.tv_sec;
		part[0] = r;
		if (a && guest_put(ga(a), &part[0]) < 0)
			r = -EFAULT;
		break;
	case VDSO_GETCPU:
		getcpu(&part[0], &part[1]);
		r = (a && guest_put(ga(a), &part[0]) < 0) || (b && guest_put(ga(b), &part[1]) < 0) ? -EFAULT : 0;
		break;
	default:
		break;
	}
	cpu->guest->syscall_ret(cpu, r);
}

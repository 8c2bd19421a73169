/* SPDX-License-Identifier: MIT */
/* ARM's private calls: arch/arm/kernel/traps.c, arm_syscall(). */
#define _GNU_SOURCE
#include "syscalls/arm.h"

#include <errno.h>
#include <signal.h>

#include "emu/engine.h"
#include "emu/guest/arm/uop.h"
#include "syscalls/signal.h"

static gret force_at_call(struct cpu *cpu, int sig, int code)
{
	cpu->arm.r[ARM_PC] -= cpu->arm.cpsr & CPSR_T ? 2 : 4;
	signal_force(cpu, sig, code, cpu->arm.r[ARM_PC]);
	return 0;
}

static gret breakpoint(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return force_at_call(cpu, SIGTRAP, TRAP_BRKPT);
}

/* start, end, flags */
static gret cacheflush(struct cpu *cpu, const uint32_t a[6])
{
	(void)cpu;
	if (a[1] < a[0] || a[2])
		return -EINVAL;
	if (a[1] > window_layout.task_size)
		return -EFAULT;
	if (a[1] > a[0])
		engine_code_changed(a[0] & ~3u, ((uint64_t)a[1] + 3) & ~3ull);
	return 0;
}

/* 26-bit modes: no processor of version 6 or later has them. */
static gret no_such_mode(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return force_at_call(cpu, SIGILL, ILL_ILLTRP);
}

static gret set_tls(struct cpu *cpu, const uint32_t a[6])
{
	cpu->arm.tls = a[0];
	return 0;
}

static gret get_tls(struct cpu *cpu, const uint32_t a[6])
{
	(void)a;
	return cpu->arm.tls;
}

const struct syscall_row arm_private_rows[ARM_PRIVATE_ROWS] = {
	[1] = {"breakpoint", breakpoint, 0, {0}, ROW_NORET},
	[2] = {"cacheflush", cacheflush, 0, {A_HEX, A_HEX, A_HEX}, 0},
	[3] = {"usr26", no_such_mode, 0, {0}, ROW_NORET},
	[4] = {"usr32", no_such_mode, 0, {0}, ROW_NORET},
	[5] = {"set_tls", set_tls, 0, {A_HEX}, 0},
	[6] = {"get_tls", get_tls, 0, {0}, ROW_HEX},
};

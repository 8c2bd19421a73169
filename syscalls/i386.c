/* SPDX-License-Identifier: MIT */
/* Calls that only x86 has: thread areas, the LDT, arch_prctl, and virtual-8086 mode, which 64-bit kernels lack. */
#include <errno.h>
#include <sys/syscall.h>

#include "emu/guest/i386/segments.h"
#include "syscalls/process.h"
#include "syscalls/thread.h"

SYS(set_thread_area)
{
	return i386_set_thread_area(cpu, ga(a[0]));
}

SYS(get_thread_area)
{
	return i386_get_thread_area(cpu, ga(a[0]));
}

SYS(modify_ldt)
{
	static atomic_int once;

	if (!atomic_exchange(&once, 1))
		fork_lock(&i386_ldt_lock);
	return i386_modify_ldt(cpu, (int)a[0], ga(a[1]), a[2]);
}

enum { ARCH_GET_CPUID_ = 0x1011, ARCH_SET_CPUID_ = 0x1012 };

/* 32-bit tasks have no FS and GS base calls; CPUID faulting is not offered: it would be the emulator's to take. */
SYS(arch_prctl)
{
	switch (a[0]) {
	case ARCH_GET_CPUID_:
		return 1;
	case ARCH_SET_CPUID_:
		return a[1] ? 0 : -ENODEV;
	}
	return -EINVAL;
}

SYS(vm86)
{
	return -ENOSYS;
}

SYS(vm86old)
{
	return -ENOSYS;
}

/* SPDX-License-Identifier: MIT */
/* The guests there are, and the loop every guest thread runs: from the reasons why it stopped to those who deal with them. */
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/hot.h"
#include "loader/loader.h"
#include "syscalls/row.h"
#include "syscalls/signal.h"
#include "syscalls/thread.h"

const struct guest *const guests[] = {&guest_i386, &guest_arm, NULL};

HOT bool cpu_serve(struct cpu *cpu, engine_again *again)
{
	if (cpu->stop == STOP_SYSCALL)
		return syscall_serve(cpu, again);
	vdso_service(cpu, cpu->hostcall);
	return engine_served(cpu, again);
}

void cpu_loop(struct cpu *cpu)
{
	for (;;) {
		switch (engine_run(cpu)) {
		case STOP_SYSCALL:
			syscall_dispatch(cpu);
			break;
		case STOP_HOSTCALL:
			vdso_service(cpu, cpu->hostcall);
			break;
		case STOP_FAULT:
			if (cpu->guest->refine_fault)
				cpu->guest->refine_fault(cpu);
			signal_fault(cpu);
			break;
		case STOP_SIGNAL:
		case STOP_NONE:
		case STOP_HELPER:
		case STOP_LINK:
		case STOP_ON:
		case STOP_CALLED:
			break;
		}
		if (atomic_load(&cpu->attention))
			signal_deliver(cpu);
	}
}

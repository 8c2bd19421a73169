/* SPDX-License-Identifier: MIT */
/* Handlers of the signal rows. */
#ifndef STRAIT_SYSCALLS_SIGCALLS_H
#define STRAIT_SYSCALLS_SIGCALLS_H

#include "emu/cpu.h"

gret sys_rt_sigaction(struct cpu *cpu, const uint32_t a[6]);
gret sys_sigaction(struct cpu *cpu, const uint32_t a[6]);
gret sys_signal(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigprocmask(struct cpu *cpu, const uint32_t a[6]);
gret sys_sigprocmask(struct cpu *cpu, const uint32_t a[6]);
gret sys_sgetmask(struct cpu *cpu, const uint32_t a[6]);
gret sys_ssetmask(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigpending(struct cpu *cpu, const uint32_t a[6]);
gret sys_sigpending(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigsuspend(struct cpu *cpu, const uint32_t a[6]);
gret sys_sigsuspend(struct cpu *cpu, const uint32_t a[6]);
gret sys_pause(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigtimedwait(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigtimedwait_time64(struct cpu *cpu, const uint32_t a[6]);
gret sys_kill(struct cpu *cpu, const uint32_t a[6]);
gret sys_tkill(struct cpu *cpu, const uint32_t a[6]);
gret sys_tgkill(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigqueueinfo(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_tgsigqueueinfo(struct cpu *cpu, const uint32_t a[6]);
gret sys_signalfd4(struct cpu *cpu, const uint32_t a[6]);
gret sys_signalfd(struct cpu *cpu, const uint32_t a[6]);
gret sys_sigaltstack(struct cpu *cpu, const uint32_t a[6]);
gret sys_sigreturn(struct cpu *cpu, const uint32_t a[6]);
gret sys_rt_sigreturn(struct cpu *cpu, const uint32_t a[6]);

#endif

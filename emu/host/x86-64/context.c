/* SPDX-License-Identifier: MIT */
/* Reading and changing an interrupted host context while translated code may be running in it. */
#define _GNU_SOURCE
#include "emu/host/x86-64/context.h"

#include <string.h>
#include <ucontext.h>

#include "emu/block.h"
#include "emu/engine.h"
#include "emu/host/x86-64/emit.h"
#include "emu/thread.h"
#include "emu/window.h"
#include "syscalls/row.h"

#define EFLAGS_TF 0x100
#define TRAPNO_PAGE_FAULT 14

static greg_t *regs(const void *uc)
{
	return ((ucontext_t *)(uintptr_t)uc)->uc_mcontext.gregs;
}

static bool within(uintptr_t pc, struct span s)
{
	return pc >= (uintptr_t)s.begin && pc < (uintptr_t)s.end;
}

/* Where calls can be given up, as distances from each number: from the check, up to the instruction, and where it is done. */
extern const struct safe_call {
	int32_t start, insn, abort;
} __start_safe_calls[], __stop_safe_calls[];

bool safe_syscall_rewind(uintptr_t *pc)
{
	for (const struct safe_call *c = __start_safe_calls; c < __stop_safe_calls; c++)
		if (*pc >= (uintptr_t)&c->start + c->start && *pc <= (uintptr_t)&c->insn + c->insn) {
			*pc = (uintptr_t)&c->abort + c->abort;
			return true;
		}
	return false;
}

enum place x86_place(uintptr_t pc)
{
	if (in_cache(pc) || within(pc, x86_guest->stubs))
		return PLACE_GUEST;
	if (within(pc, x86_guest->entering))
		return PLACE_ENTER;
	if (within(pc, x86_guest->leaving))
		return PLACE_EXIT;
	return PLACE_C;
}

uintptr_t x86_get_pc(const void *uc)
{
	return regs(uc)[REG_RIP];
}

void x86_set_pc(void *uc, uintptr_t pc)
{
	regs(uc)[REG_RIP] = pc;
}

bool x86_is_boundary(const void *uc)
{
	return x86_guest->is_boundary && x86_guest->is_boundary(uc);
}

void x86_abandon_enter(void *uc)
{
	x86_set_pc(uc, (uintptr_t)x86_guest->abandon);
}

void x86_leave(struct cpu *cpu, void *uc, uint32_t guest_pc)
{
	greg_t *r = regs(uc);
	const struct block *b = block_at(r[REG_RIP]);
	bool exact = false;
	const struct mark *mark = b ? block_mark_at(b, r[REG_RIP], &exact) : NULL;

	x86_guest->settle(cpu, uc, mark, exact);
	r[x86_guest->pc_greg] = guest_pc;
	r[REG_R14] = (uintptr_t)cpu;
	r[REG_RIP] = (uintptr_t)x86_guest->leave;
	r[REG_EFL] &= ~EFLAGS_TF;
}

/* The image that pushfq stores must not show our own TF: that instruction is done here. */
void x86_step(void *uc, bool on)
{
	greg_t *r = regs(uc);

	if (!on) {
		r[REG_EFL] &= ~EFLAGS_TF;
		return;
	}
	while (*(const uint8_t *)r[REG_RIP] == 0x9c) {
		uint64_t image = (r[REG_EFL] & ~EFLAGS_TF) | 0x202;

		x86_ret_stack_overflow(cpu_self, uc, r[REG_RSP] - 8);
		r[REG_RSP] -= 8;
		memcpy((void *)r[REG_RSP], &image, 8);
		r[REG_RIP]++;
	}
	r[REG_EFL] |= EFLAGS_TF;
}

/* A page fault's code and error as on a machine where what is outside the guest's mappings does not exist. */
static void page_fault(struct fault *f)
{
	if (f->sig != SIGSEGV)
		return;
	if (window_prot(ga(f->addr)) < 0) {
		f->code = SEGV_MAPERR;
		f->err &= ~1u;
	} else if (f->code != SEGV_PKUERR) {
		f->code = SEGV_ACCERR;
	}
}

void x86_fault_info(struct cpu *cpu, const siginfo_t *info, const void *uc, uint32_t guest_pc)
{
	const greg_t *r = regs(uc);
	struct fault *f = &cpu->fault;

	*f = (struct fault){
		.sig = info->si_signo,
		.code = info->si_code,
		.trapno = r[REG_TRAPNO],
		.err = r[REG_ERR],
		.cr2 = r[REG_CR2] - window_base,
	};
	if (f->trapno == TRAPNO_PAGE_FAULT) {
		f->addr = (uintptr_t)info->si_addr - window_base;
		page_fault(f);
	} else if (info->si_signo == SIGFPE || info->si_signo == SIGILL || info->si_signo == SIGTRAP) {
		f->addr = guest_pc;
	}
}

uint32_t x86_landing_pc(void *uc)
{
	return x86_guest->landing_pc(uc);
}

bool x86_ret_stack_overflow(struct cpu *cpu, void *uc, uintptr_t addr)
{
	uintptr_t low = (uintptr_t)cpu->ret_base + 64 - RET_STACK_SIZE;

	if (addr >= low || addr < low - GUEST_PAGE)
		return false;
	regs(uc)[REG_RSP] = (uintptr_t)cpu->ret_base;
	return true;
}

void x86_push_return(struct cpu *cpu)
{
	if ((uint8_t *)cpu->ret_sp <= (uint8_t *)cpu->ret_full)
		cpu->ret_sp = cpu->ret_base;
	cpu->ret_sp = (void **)cpu->ret_sp - 1;
	*(const void **)cpu->ret_sp = x86_guest->exit_on;
}

void x86_pop_return(struct cpu *cpu, uint32_t pc)
{
	const uint8_t *landing = *(const uint8_t **)cpu->ret_sp;

	if (in_cache((uintptr_t)landing) && x86_guest->returns_to(landing) == pc)
		cpu->ret_sp = (void **)cpu->ret_sp + 1;
}

void x86_reset_ret_stack(struct cpu *cpu, void *top)
{
	void **sentinel = (void **)((uint8_t *)top - 64);

	*sentinel = (void *)(uintptr_t)x86_guest->ret_empty;
	cpu->ret_base = cpu->ret_sp = sentinel;
	cpu->ret_full = (uint8_t *)top - (RET_STACK_SIZE - C_STACK_SIZE);
}

/* SPDX-License-Identifier: MIT */
/* The i386 guest: its registers for those who need not know which guest it is. */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "emu/guest.h"
#include "emu/hot.h"
#include "emu/guest/i386/frame.h"
#include "emu/guest/i386/i386.h"
#include "emu/guest/i386/segments.h"
#include "emu/window.h"

#define EFLAGS_TF 0x100

static HOT uint32_t get_pc(const struct cpu *cpu)
{
	return cpu->i386.eip;
}

static void set_pc(struct cpu *cpu, uint32_t pc)
{
	cpu->i386.eip = pc;
}

/* On the stack behind the return address. */
static uint32_t c_argument(const struct cpu *cpu, unsigned n)
{
	uint32_t v = 0;

	guest_get(&v, ga(cpu->i386.gpr[ESP] + 4 + 4 * n));
	return v;
}

static uint32_t get_sp(const struct cpu *cpu)
{
	return cpu->i386.gpr[ESP];
}

static HOT bool stepping(const struct cpu *cpu)
{
	return cpu->i386.eflags & EFLAGS_TF;
}

static void keep_stepping(struct cpu *cpu)
{
	cpu->i386.eflags |= EFLAGS_TF;
}

static void step_trap(struct cpu *cpu)
{
	i386_trap(cpu, TRAP(TRAP_DB, 0));
}

/* pc, or the first byte of the next page for an instruction that runs into it. */
static void fetch_fault(struct cpu *cpu, uint32_t pc)
{
	int prot = window_prot(ga(pc));

	if (prot >= 0 && (prot & PROT_EXEC))
		pc = (pc | GUEST_PAGE_MASK) + 1;
	i386_access_fault(cpu, pc, 1, false);
	cpu->fault.err |= PF_FETCH;
}

static void start(struct cpu *cpu, uint32_t pc, uint32_t sp)
{
	cpu->i386 = (struct i386_state){
		.eip = pc, .eflags = 0x202,
		.sel = {[SEG_ES] = 0x2b, [SEG_CS] = 0x23, [SEG_SS] = 0x2b, [SEG_DS] = 0x2b},
	};
	cpu->i386.gpr[ESP] = sp;
}

static int fork_child(struct cpu *child, uint32_t sp, bool set_tls, uint32_t tls)
{
	child->i386.gpr[EAX] = 0;
	if (sp)
		child->i386.gpr[ESP] = sp;
	return set_tls ? i386_set_tls(child, tls) : 0;
}

static HOT void syscall_args(struct cpu *cpu, uint32_t *nr, uint32_t arg[6])
{
	static const uint8_t order[6] = {EBX, ECX, EDX, ESI, EDI, EBP};

	*nr = cpu->i386.orig_eax = cpu->i386.gpr[EAX];
	for (unsigned k = 0; k < 6; k++)
		arg[k] = cpu->i386.gpr[order[k]];
}

static HOT void syscall_ret(struct cpu *cpu, gret r)
{
	cpu->i386.gpr[EAX] = (uint32_t)r;
}

/* Both int $80 and sysenter are two bytes. */
static void syscall_again(struct cpu *cpu, uint32_t nr)
{
	cpu->i386.gpr[EAX] = nr;
	cpu->i386.eip -= 2;
}

static int check_elf(uint32_t e_flags, const unsigned char *ident, const char **why)
{
	(void)e_flags, (void)ident, (void)why;
	return 0;
}

static void init(void)
{
	uint32_t out[4];

	i386_cpuid_init();
	i386_cpuid(1, 0, out);
	guest_i386.hwcap = out[3];
	guest_i386.hwcap2 = 0;
}

HOT_DATA struct guest guest_i386 = {
	.name = "i386",
	.uname_machine = "i686",
	.platform = "i686",
	.elf_machine = EM_386,
	.task_size = 0xffffe000,
	.elf_et_dyn_base = 0x56555000,
	.check_elf = check_elf,
	.decode = i386_decode_unit,
	.refine_fault = i386_refine_fault,
	.fetch_fault = fetch_fault,
	.stepping = stepping,
	.keep_stepping = keep_stepping,
	.step_trap = step_trap,
	.get_pc = get_pc,
	.set_pc = set_pc,
	.get_sp = get_sp,
	.c_argument = c_argument,
	.start = start,
	.fork_child = fork_child,
	.syscall_args = syscall_args,
	.syscall_ret = syscall_ret,
	.syscall_again = syscall_again,
	.push_frame = i386_push_frame,
	.frame_mask = i386_frame_mask,
	.pop_frame = i386_pop_frame,
	.core_regs = i386_core_regs,
	.core_note = i386_core_note,
	.init = init,
};

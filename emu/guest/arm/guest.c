/* SPDX-License-Identifier: MIT */
/* The ARM guest: its registers for those who need not know which guest it is. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

#include "emu/guest.h"
#include "emu/hot.h"
#include "emu/guest/arm/arm.h"
#include "emu/guest/arm/frame.h"
#include "emu/window.h"

#define TRAP_DATA 14 /* thread.trap_no of a memory fault */
#define TRAP_UNDEFINED 6

static HOT_TOO uint32_t get_pc(const struct cpu *cpu)
{
	return cpu->arm.r[ARM_PC] | (cpu->arm.cpsr & CPSR_T ? 1 : 0);
}

static void set_pc(struct cpu *cpu, uint32_t pc)
{
	cpu->arm.r[ARM_PC] = pc & ~1u;
}

static uint32_t get_sp(const struct cpu *cpu)
{
	return cpu->arm.r[ARM_SP];
}

static uint32_t c_argument(const struct cpu *cpu, unsigned n)
{
	return cpu->arm.r[n];
}

static HOT_TOO bool stepping(const struct cpu *cpu)
{
	(void)cpu;
	return false;
}

static void keep_stepping(struct cpu *cpu)
{
	(void)cpu;
}

static void step_trap(struct cpu *cpu)
{
	(void)cpu;
}

/* ---- faults ---- */

bool arm_access_fault(struct cpu *cpu, uint32_t addr, bool write)
{
	int prot = window_prot(ga(addr));

	cpu->fault = (struct fault){
		.sig = SIGSEGV, .code = prot < 0 ? SEGV_MAPERR : SEGV_ACCERR, .addr = addr,
		.trapno = TRAP_DATA, .err = 4 | (prot < 0 ? 0 : 1) | (write ? 2 : 0), .cr2 = addr,
	};
	return false;
}

/* pc is a key. The address is the instruction's, or the next page's for one that runs into it. */
static void fetch_fault(struct cpu *cpu, uint32_t pc)
{
	int prot = window_prot(ga(pc));

	pc &= ~1u;
	if (prot >= 0 && (prot & PROT_EXEC))
		pc = (pc | GUEST_PAGE_MASK) + 1;
	arm_access_fault(cpu, pc, false);
	cpu->fault.err |= 16;
}

bool arm_raise(struct cpu *cpu, uint32_t op)
{
	uint32_t pc = cpu->arm.r[ARM_PC];

	if (op == ARM_BKPT)
		cpu->fault = (struct fault){.sig = SIGTRAP, .code = TRAP_BRKPT, .addr = pc};
	else
		cpu->fault = (struct fault){.sig = SIGILL, .code = ILL_ILLOPC, .addr = pc, .trapno = TRAP_UNDEFINED};
	return false;
}

/* ---- life ---- */

static void start(struct cpu *cpu, uint32_t pc, uint32_t sp)
{
	cpu->arm = (struct arm_state){.cpsr = CPSR_USER | (pc & 1 ? CPSR_T : 0)};
	cpu->arm.r[ARM_PC] = pc & (pc & 1 ? ~1u : ~3u);
	cpu->arm.r[ARM_SP] = sp;
}

static int fork_child(struct cpu *child, uint32_t sp, bool set_tls, uint32_t tls)
{
	child->arm.r[0] = 0;
	child->arm.ex_size = 0;
	if (sp)
		child->arm.r[ARM_SP] = sp;
	if (set_tls)
		child->arm.tls = tls;
	return 0;
}

static HOT_TOO void syscall_args(struct cpu *cpu, uint32_t *nr, uint32_t arg[6])
{
	*nr = cpu->arm.r[7];
	cpu->arm.syscall_r0 = cpu->arm.r[0];
	for (unsigned k = 0; k < 6; k++)
		arg[k] = cpu->arm.r[k];
}

static HOT_TOO void syscall_ret(struct cpu *cpu, gret r)
{
	cpu->arm.r[0] = (uint32_t)r;
}

static void syscall_again(struct cpu *cpu, uint32_t nr)
{
	cpu->arm.r[0] = cpu->arm.syscall_r0;
	cpu->arm.r[7] = nr;
	cpu->arm.r[ARM_PC] -= cpu->arm.cpsr & CPSR_T ? 2 : 4;
}

/* include/uapi/asm/elf.h; BE8 images have big-endian data. */
#define EF_EABI_MASK 0xff000000u
#define EF_EABI_VER4 0x04000000u
#define EF_EABI_VER5 0x05000000u
#define EF_BE8 0x00800000u

static int check_elf(uint32_t e_flags, const unsigned char *ident, const char **why)
{
	(void)ident;
	*why = "it is for the old ARM ABI (OABI); EABI programs run, hard and soft float";
	if ((e_flags & EF_EABI_MASK) != EF_EABI_VER5 && (e_flags & EF_EABI_MASK) != EF_EABI_VER4)
		return -ENOEXEC;
	*why = "it is for big-endian ARM (BE8)";
	return e_flags & EF_BE8 ? -ENOEXEC : 0;
}

/* ---- what the processor has ---- */

enum {
	HWCAP_SWP = 1 << 0, HWCAP_HALF = 1 << 1, HWCAP_THUMB = 1 << 2, HWCAP_FAST_MULT = 1 << 4, HWCAP_VFP = 1 << 6,
	HWCAP_EDSP = 1 << 7, HWCAP_NEON = 1 << 12, HWCAP_VFPV3 = 1 << 13, HWCAP_TLS = 1 << 15, HWCAP_VFPV4 = 1 << 16,
	HWCAP_IDIVA = 1 << 17, HWCAP_IDIVT = 1 << 18, HWCAP_VFPD32 = 1 << 19, HWCAP_LPAE = 1 << 20,
};
enum { HWCAP2_AES = 1 << 0, HWCAP2_PMULL = 1 << 1, HWCAP2_SHA1 = 1 << 2, HWCAP2_SHA2 = 1 << 3, HWCAP2_CRC32 = 1 << 4 };

static const struct {
	unsigned feature;
	uint32_t hwcap, hwcap2;
} capabilities[] = {
	{0, HWCAP_SWP | HWCAP_HALF | HWCAP_THUMB | HWCAP_FAST_MULT | HWCAP_EDSP, 0},
	{ARM_HAS_V6, HWCAP_TLS, 0},
	{ARM_HAS_DIV, HWCAP_IDIVA | HWCAP_IDIVT, 0},
	{ARM_HAS_V7, HWCAP_LPAE, 0},
	{ARM_HAS_VFP, HWCAP_VFP | HWCAP_VFPV3 | HWCAP_VFPV4 | HWCAP_VFPD32, 0},
	{ARM_HAS_NEON, HWCAP_NEON, 0},
	{ARM_HAS_V8, 0, HWCAP2_CRC32},
	{ARM_HAS_V8 | ARM_HAS_NEON, 0, HWCAP2_AES | HWCAP2_PMULL | HWCAP2_SHA1 | HWCAP2_SHA2},
};

static const char *const feature_names[32] = {
	"swp", "half", "thumb", "26bit", "fastmult", "fpa", "vfp", "edsp", "java", "iwmmxt", "crunch", "thumbee", "neon", "vfpv3", "vfpv3d16",
	"tls", "vfpv4", "idiva", "idivt", "vfpd32", "lpae", "evtstrm",
};
static const char *const feature2_names[] = {"aes", "pmull", "sha1", "sha2", "crc32"};

static const struct {
	const char *name, *machine, *platform;
	unsigned features;
} models[] = {
	{"v7", "armv7l", "v7l", ARM_HAS_V6 | ARM_HAS_V7 | ARM_HAS_DIV | ARM_HAS_VFP | ARM_HAS_NEON},
	{"v8", "armv8l", "v8l", ARM_HAS_V6 | ARM_HAS_V7 | ARM_HAS_DIV | ARM_HAS_V8 | ARM_HAS_VFP | ARM_HAS_NEON},
	{"v6", "armv6l", "v6l", ARM_HAS_V6 | ARM_HAS_VFP},
	{"v5", "armv5tel", "v5l", 0},
};

static bool set_cpu(const char *name)
{
	for (unsigned i = 0; i < sizeof models / sizeof *models; i++)
		if (!__builtin_strcmp(models[i].name, name)) {
			guest_arm.uname_machine = models[i].machine;
			guest_arm.platform = models[i].platform;
			arm_features = models[i].features;
			return true;
		}
	return false;
}

/* arch/arm/kernel/setup.c, c_show(). */
static size_t cpuinfo(char *to, size_t size, int processor)
{
	int version = guest_arm.platform[1] - '0', n;

	if (processor < 0)
		return snprintf(to, size, "Hardware\t: Generic DT based system\nRevision\t: 0000\nSerial\t\t: 0000000000000000\n");
	n = snprintf(to, size, "processor\t: %d\nmodel name\t: ARMv%d Processor rev 1 (%s)\nBogoMIPS\t: 100.00\nFeatures\t: ", processor, version,
		     guest_arm.platform);
	for (unsigned k = 0; k < 32; k++)
		if (guest_arm.hwcap >> k & 1 && feature_names[k])
			n += snprintf(to + n, size - n, "%s ", feature_names[k]);
	for (unsigned k = 0; k < sizeof feature2_names / sizeof *feature2_names; k++)
		if (guest_arm.hwcap2 >> k & 1)
			n += snprintf(to + n, size - n, "%s ", feature2_names[k]);
	return n + snprintf(to + n, size - n,
			    "\nCPU implementer\t: 0x41\nCPU architecture: %d\nCPU variant\t: 0x2\nCPU part\t: 0xc0f\nCPU revision\t: 1\n\n", version);
}

static void init(void)
{
	for (unsigned i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
		if ((arm_features & capabilities[i].feature) == capabilities[i].feature) {
			guest_arm.hwcap |= capabilities[i].hwcap;
			guest_arm.hwcap2 |= capabilities[i].hwcap2;
		}
}

HOT_DATA struct guest guest_arm = {
	.name = "arm",
	.uname_machine = "armv7l",
	.platform = "v7l",
	.elf_machine = EM_ARM,
	.elf_flags = EF_EABI_VER5,
	.personality_pairs_even = true,
	.flushes = true,
	.task_size = 0xffff0000,
	.elf_et_dyn_base = 0x00400000,
	.check_elf = check_elf,
	.set_cpu = set_cpu,
	.decode = arm_decode_unit,
	.live_at = arm_live_at,
	.fault_inside = arm_fault_inside,
	.fp_trap = arm_execute,
	.interpret = arm_interpret,
	.interpret_cold = arm_interpret_cold,
	.settle = arm_settle,
	.forget = arm_forget,
	.fetch_fault = fetch_fault,
	.stepping = stepping,
	.keep_stepping = keep_stepping,
	.step_trap = step_trap,
	.get_pc = get_pc,
	.set_pc = set_pc,
	.get_sp = get_sp,
	.c_argument = c_argument,
	.start = start,
	.map_pages = arm_map_pages,
	.cpuinfo = cpuinfo,
	.fork_child = fork_child,
	.syscall_args = syscall_args,
	.syscall_ret = syscall_ret,
	.syscall_again = syscall_again,
	.push_frame = arm_push_frame,
	.frame_mask = arm_frame_mask,
	.pop_frame = arm_pop_frame,
	.core_regs = arm_core_regs,
	.core_note = arm_core_note,
	.init = init,
};

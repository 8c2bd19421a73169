/* SPDX-License-Identifier: MIT */
/* A guest architecture: data and functions. A new guest is a new filled-in struct, not an #ifdef. */
#ifndef STRAIT_GUEST_H
#define STRAIT_GUEST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "emu/cpu.h"

struct unit;
struct syscall_row;
struct guest_abi;
struct ksigaction;
struct start_info;

struct guest {
	const char *name;            /* "i386", "arm": also of strait-NAME */
	const char *uname_machine;   /* uname -m */
	const char *platform;        /* AT_PLATFORM */
	uint16_t elf_machine;        /* EM_386, EM_ARM */
	uint32_t elf_flags;          /* e_flags of any usual program */
	bool personality_pairs_even; /* 64-bit syscall arguments start on an even register (ARM EABI) */
	bool flushes;                /* programs say when they have changed code: no page is watched for it */
	uint32_t task_size;
	uint32_t elf_et_dyn_base;    /* where a PIE goes without ASLR */

	/* ELF flags acceptable? 0, or -ENOEXEC with a sentence. */
	int (*check_elf)(uint32_t e_flags, const unsigned char *ident, const char **why);
	/* Guest instructions at pc -> uops. See emu/uop.h. */
	void (*decode)(struct unit *u, struct cpu *cpu, uint32_t pc);
	/* FL_* that the code at pc may read before it writes them, as far as the pages of u tell; NULL: all. */
	unsigned (*live_at)(const struct unit *u, uint32_t pc);
	/* The state at a fault where uop.no_entry was set, in a unit that began at start. NULL: there is none. */
	void (*fault_inside)(struct cpu *cpu, uint32_t start);
	/* SIGFPE in translated code is not the guest's: this does the instruction at its pc (a cpu->helper). NULL: it is. */
	bool (*fp_trap)(struct cpu *cpu, uint32_t arg);
	/* Run without translating until a reason for the caller, or cpu->attention (STOP_NONE). NULL: there is no interpreter. */
	enum stop (*interpret)(struct cpu *cpu);
	/* The same for code that is not translated, up to some that is, or that has run so often that it is to be: STOP_ON,
	 * STOP_CALLED. NULL: it always is. */
	enum stop (*interpret_cold)(struct cpu *cpu);
	/* Bring the cpu to a state that a unit can begin in; NULL: any is. A reason for the caller, or STOP_NONE. */
	enum stop (*settle)(struct cpu *cpu);
	/* What the interpreter keeps of code in [start, end) is no longer so; NULL: nothing. */
	void (*forget)(uint32_t start, uint64_t end);

	/* cpu->fault where the guest's processor checks what the host's does not. NULL: nothing. */
	void (*refine_fault)(struct cpu *cpu);
	/* cpu->fault for an instruction at pc that may not be fetched. */
	void (*fetch_fault)(struct cpu *cpu, uint32_t pc);
	/* Does the guest single-step itself (x86 TF)? Say so again (translated code does not keep it). And cpu->fault for
	 * the trap behind a step. */
	bool (*stepping)(const struct cpu *cpu);
	void (*keep_stepping)(struct cpu *cpu);
	void (*step_trap)(struct cpu *cpu);

	uint32_t (*get_pc)(const struct cpu *cpu);
	void (*set_pc)(struct cpu *cpu, uint32_t pc);
	uint32_t (*get_sp)(const struct cpu *cpu);
	/* The n-th argument (at most 4) of the C function that is being entered. */
	uint32_t (*c_argument)(const struct cpu *cpu, unsigned n);
	/* Fresh registers for a new image (exec): pc and sp given. */
	void (*start)(struct cpu *cpu, uint32_t pc, uint32_t sp);
	/* Child of clone: result 0, sp if non-zero, tls if CLONE_SETTLS (0 or -errno). */
	int (*fork_child)(struct cpu *child, uint32_t sp, bool set_tls, uint32_t tls);

	/* syscalls */
	const struct syscall_row *rows;
	uint32_t n_rows;
	/* A second range of call numbers, from private_base on. */
	const struct syscall_row *private_rows;
	uint32_t private_base, n_private_rows;
	const struct guest_abi *abi; /* layouts of the guest's structures, syscalls/abi.h */
	void (*syscall_args)(struct cpu *cpu, uint32_t *nr, uint32_t arg[6]);
	void (*syscall_ret)(struct cpu *cpu, gret r);
	/* Put pc back on the syscall instruction so that it is made again; nr: with which number. */
	void (*syscall_again)(struct cpu *cpu, uint32_t nr);

	/* signals: write the frame of `act` for sig to the guest's stack and set the registers to enter the handler.
	 * 0 or -EFAULT (then the caller raises SIGSEGV). mask is what sigreturn is to restore. */
	int (*push_frame)(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask);

	/* sigreturn (rt: rt_sigreturn): the mask in the frame at sp; then all else, registers, FPU, signal stack.
	 * 0 or -EFAULT (then the caller raises SIGSEGV). */
	int (*frame_mask)(struct cpu *cpu, bool rt, uint64_t *ret_mask);
	int (*pop_frame)(struct cpu *cpu, bool rt);

	/* Core files: the words of pr_reg, how many; and this thread's k-th further register note (0 bytes: no more). */
	unsigned (*core_regs)(const struct cpu *cpu, uint32_t out[20]);
	unsigned (*core_note)(const struct cpu *cpu, unsigned k, uint8_t out[1024], uint32_t *ret_type);

	/* --cpu NAME, before init(): false if there is no such model. NULL: no choice. */
	bool (*set_cpu)(const char *name);
	/* /proc/cpuinfo: the part of one processor, or with -1 the end; its length. NULL: the host's text is right. */
	size_t (*cpuinfo)(char *to, size_t size, int processor);
	/* Pages that the guest's kernel maps into every program besides the vDSO: 0 or -errno. NULL: none. */
	int (*map_pages)(void);

	uint32_t hwcap, hwcap2; /* filled at start by init() */
	void (*init)(void);     /* once a process: CPUID policy and the like */
	/* vDSO image, linked at 0; symbols the kernel side needs. */
	const unsigned char *vdso, *vdso_end;
	uint32_t vdso_sigreturn, vdso_rt_sigreturn, vdso_vsyscall; /* offsets in it */
};

/* Where the vDSO was mapped: host calls are instructions only there. */
extern uint32_t vdso_guest_start, vdso_guest_size;

static inline bool in_vdso(uint32_t pc)
{
	return vdso_guest_start && pc - vdso_guest_start < vdso_guest_size;
}

extern const struct guest *const guests[]; /* NULL-terminated */
extern struct guest guest_i386, guest_arm;

#endif

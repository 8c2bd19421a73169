/* SPDX-License-Identifier: MIT */
/* Signal frames of ARM guests, byte for byte as arch/arm/kernel/signal.c writes them, VFP registers included. */
#include "emu/guest/arm/frame.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "emu/guest.h"
#include "emu/guest/arm/arm.h"
#include "emu/sigaction.h"
#include "emu/window.h"
#include "syscalls/siginfo.h"

struct context {
	uint32_t trap_no, error_code, oldmask;
	uint32_t r[16];
	uint32_t cpsr, fault_address;
};
_Static_assert(sizeof(struct context) == 84, "ARM UAPI");

#define VFP_MAGIC 0x56465001u
#define FPEXC_EN 0x40000000u

struct vfp {
	uint32_t magic, size;
	uint64_t d[32];
	uint32_t fpscr, pad;
	uint32_t fpexc, fpinst, fpinst2, pad2;
};
_Static_assert(sizeof(struct vfp) == 288, "ARM UAPI");

struct ucontext {
	uint32_t flags, link;
	uint32_t ss_sp, ss_flags, ss_size;
	struct context sc;
	uint32_t mask[2], unused[30];
	struct vfp vfp; /* uc_regspace, 512 bytes: coprocessors' state, ended by a word 0 */
	uint32_t end_magic, rest[55];
};
_Static_assert(offsetof(struct ucontext, vfp) == 232 && sizeof(struct ucontext) == 744, "ARM UAPI");

struct frame {
	struct ucontext uc;
	uint32_t retcode[4];
};

struct rt_frame {
	uint8_t info[GUEST_SIGINFO];
	struct frame sig;
};
_Static_assert(sizeof(struct rt_frame) == 888, "ARM UAPI");

#define UC_FLAGS_LEGACY 0x5ac3c35au /* "this is a struct sigframe with a ucontext": setup_frame() */

/* What sigreturn may not change, and what a frame must have: user mode, no masked interrupts. */
#define CPSR_MODE 0x1fu
#define CPSR_I 0x80u
#define CPSR_F_A 0x140u
#define CPSR_KEPT (0xff000000u | CPSR_GE | 0x0000ff00u | CPSR_T | CPSR_USER)

/* ---- faults as the kernel numbers them ---- */

/* cpu->trap_* hold an x86 host's page fault error: present, write, fetch. ARM's FSR: permission or translation, write. */
static uint32_t fault_status(const struct cpu *cpu)
{
	uint32_t err = cpu->trap_err;

	if (cpu->trap_nr != 14)
		return err;
	return (err & 16 ? 0x80000000u : 0) | (err & 1 ? 0xf : 7) | (err & 2 ? 0x800 : 0);
}

/* ---- writing ---- */

static void fill(struct ucontext *uc, const struct cpu *cpu, uint64_t mask)
{
	const struct arm_state *s = &cpu->arm;

	uc->sc = (struct context){
		.trap_no = cpu->trap_nr, .error_code = fault_status(cpu), .oldmask = (uint32_t)mask,
		.cpsr = s->cpsr, .fault_address = cpu->trap_cr2,
	};
	memcpy(uc->sc.r, s->r, sizeof uc->sc.r);
	uc->mask[0] = (uint32_t)mask;
	uc->mask[1] = mask >> 32;
	uc->vfp = (struct vfp){.magic = VFP_MAGIC, .size = sizeof(struct vfp), .fpscr = s->fpscr, .fpexc = FPEXC_EN};
	memcpy(uc->vfp.d, s->d, sizeof uc->vfp.d);
}

/* Where size bytes of frame go; 0: they would not fit the signal stack. */
static uint32_t place(const struct cpu *cpu, const struct ksigaction *act, uint32_t size)
{
	uint32_t sp = cpu->arm.r[ARM_SP];
	bool on_alt = altstack_on(cpu, sp);

	if (act->flags & GSA_ONSTACK && altstack_state(cpu, sp) == 0) {
		sp = cpu->altstack_sp + cpu->altstack_size;
		on_alt = true;
	}
	sp = (sp - size) & ~7u;
	return on_alt && !altstack_holds(cpu, sp) ? 0 : sp;
}

static void enter_handler(struct cpu *cpu, const struct ksigaction *act, int sig, uint32_t sp, uint32_t lr)
{
	bool thumb = act->handler & 1;
	uint32_t *r = cpu->arm.r;

	r[0] = sig;
	r[ARM_SP] = sp;
	r[ARM_LR] = lr;
	r[ARM_PC] = act->handler & (thumb ? ~1u : ~3u);
	cpu->arm.cpsr = (cpu->arm.cpsr & ~(0xff000000u | CPSR_E | CPSR_IT | CPSR_T)) | (thumb ? CPSR_T : 0);
}

/* Where the handler returns to; the frame holds the code for debuggers. */
static uint32_t return_code(const struct ksigaction *act, bool rt, uint32_t retcode[4])
{
	uint32_t at = arm_trampoline(rt, act->handler & 1, retcode);

	return act->flags & GSA_RESTORER ? act->restorer : at;
}

static int push_legacy(struct cpu *cpu, const struct ksigaction *act, int sig, uint64_t mask)
{
	uint32_t at = place(cpu, act, sizeof(struct frame)), lr;
	struct frame f = {.uc.flags = UC_FLAGS_LEGACY};

	fill(&f.uc, cpu, mask);
	lr = return_code(act, false, f.retcode);
	if (!at || guest_put(ga(at), &f) < 0)
		return -EFAULT;
	enter_handler(cpu, act, sig, at, lr);
	return 0;
}

static int push_rt(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask)
{
	uint32_t at = place(cpu, act, sizeof(struct rt_frame)), lr;
	struct rt_frame f = {
		.sig.uc.ss_sp = cpu->altstack_sp, .sig.uc.ss_flags = cpu->altstack_flags, .sig.uc.ss_size = cpu->altstack_size,
	};

	siginfo_to_guest(f.info, info);
	fill(&f.sig.uc, cpu, mask);
	lr = return_code(act, true, f.sig.retcode);
	if (!at || guest_put(ga(at), &f) < 0)
		return -EFAULT;
	enter_handler(cpu, act, sig, at, lr);
	cpu->arm.r[1] = at + offsetof(struct rt_frame, info);
	cpu->arm.r[2] = at + offsetof(struct rt_frame, sig.uc);
	return 0;
}

int arm_push_frame(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask)
{
	if (act->flags & GSA_SIGINFO)
		return push_rt(cpu, act, sig, info, mask);
	return push_legacy(cpu, act, sig, mask);
}

/* ---- reading ---- */

static uint32_t ucontext_at(const struct cpu *cpu, bool rt)
{
	return cpu->arm.r[ARM_SP] + (rt ? offsetof(struct rt_frame, sig.uc) : 0);
}

int arm_frame_mask(struct cpu *cpu, bool rt, uint64_t *ret_mask)
{
	if (cpu->arm.r[ARM_SP] & 7)
		return -EFAULT;
	return guest_get(ret_mask, ga(ucontext_at(cpu, rt) + offsetof(struct ucontext, mask)));
}

/* valid_user_regs(): an image that is not user mode's is made so, and refused. */
static int restore_cpsr(struct cpu *cpu, uint32_t cpsr)
{
	cpsr &= ~CPSR_F_A;
	if (!(cpsr & CPSR_I) && (cpsr & CPSR_MODE) == CPSR_USER) {
		cpu->arm.cpsr = cpsr;
		return 0;
	}
	cpu->arm.cpsr = (cpsr & CPSR_KEPT) | CPSR_USER;
	return -EFAULT;
}

int arm_pop_frame(struct cpu *cpu, bool rt)
{
	struct ucontext uc;

	if (cpu->arm.r[ARM_SP] & 7 || guest_read(&uc, ga(ucontext_at(cpu, rt)), offsetof(struct ucontext, end_magic)) < 0)
		return -EFAULT;
	memcpy(cpu->arm.r, uc.sc.r, sizeof uc.sc.r);
	cpu->arm.r[ARM_PC] &= uc.sc.cpsr & CPSR_T ? ~1u : ~3u;
	cpu->arm.ex_size = 0;
	if (restore_cpsr(cpu, uc.sc.cpsr) < 0 || uc.vfp.magic != VFP_MAGIC || uc.vfp.size != sizeof(struct vfp))
		return -EFAULT;
	memcpy(cpu->arm.d, uc.vfp.d, sizeof uc.vfp.d);
	cpu->arm.fpscr = uc.vfp.fpscr;
	if (rt)
		altstack_set(cpu, uc.ss_sp, uc.ss_flags, uc.ss_size, cpu->arm.r[ARM_SP]); /* what is not accepted stays as it is */
	return 0;
}

/* ---- core files ---- */

enum { NOTE_VFP = 0x400 };

/* struct pt_regs: r0..r15, cpsr, orig_r0 */
unsigned arm_core_regs(const struct cpu *cpu, uint32_t out[20])
{
	memcpy(out, cpu->arm.r, sizeof cpu->arm.r);
	out[16] = cpu->arm.cpsr;
	out[17] = cpu->arm.syscall_r0;
	return 18;
}

unsigned arm_core_note(const struct cpu *cpu, unsigned k, uint8_t out[1024], uint32_t *ret_type)
{
	if (k)
		return 0;
	*ret_type = NOTE_VFP;
	memcpy(out, cpu->arm.d, sizeof cpu->arm.d);
	memcpy(out + sizeof cpu->arm.d, &cpu->arm.fpscr, 4);
	return sizeof cpu->arm.d + 4;
}

/* SPDX-License-Identifier: MIT */
/* Signal frames as a 64-bit Linux kernel builds them for i386 programs, and sigreturn. Facts: arch/x86 of 6.18, each checked natively. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "emu/guest/i386/frame.h"

#include "emu/guest.h"
#include "emu/guest/i386/fpu.h"
#include "emu/guest/i386/i386.h"
#include "emu/guest/i386/segments.h"
#include "emu/sigaction.h"
#include "emu/window.h"
#include "syscalls/siginfo.h"

enum { CF = 1, PF = 4, AF = 16, ZF = 64, SF = 128, TF = 0x100, IF = 0x200, DF = 0x400, OF = 0x800, RF = 0x10000, AC = 0x40000 };

#define RETURNABLE (AC | OF | DF | TF | SF | ZF | AF | PF | CF) /* flags that sigreturn restores; RF lasts one instruction */
#define USER_CS 0x23
#define USER_DS 0x2b
#define NR_SIGRETURN 119
#define NR_RT_SIGRETURN 173
#define UC_FP_XSTATE 1
#define BOGUS_FRAME 0xffffffffu

/* Vectors whose saved EFLAGS image has RF set: faults, not traps (Intel SDM 3, 18.3.1.1). */
#define FAULT_VECTORS (1u << 0 | 1u << 5 | 1u << 6 | 1u << 7 | 0x1fu << 10 | 1u << 16 | 1u << 17 | 1u << 19)

struct context {
	uint32_t gs, fs, es, ds;
	uint32_t di, si, bp, sp, bx, dx, cx, ax;
	uint32_t trapno, err, ip, cs, flags, sp_at_signal, ss, fpstate, oldmask, cr2;
};
_Static_assert(sizeof(struct context) == 88, "i386 UAPI");

/* struct _fpstate's head: what FSAVE wrote. The FXSAVE and XSAVE image follows it. */
struct fsave {
	uint32_t cwd, swd, twd, fip, fcs, foo, fos;
	uint8_t st[8][10];
	uint16_t status, magic;
};
_Static_assert(sizeof(struct fsave) == 112, "i386 UAPI");
#define MAGIC_FXSR 0
#define MXCSR_INIT 0x1f80u
#define MXCSR_BITS 0xffffu

/* In the FXSAVE image's last 48 bytes. */
struct software {
	uint32_t magic1, extended_size, xfeatures[2], xstate_size, padding[7];
};
_Static_assert(sizeof(struct software) == 48, "i386 UAPI");
#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u

struct legacy_frame {
	uint32_t pretcode, sig;
	struct context sc;
	uint8_t fpstate_unused[624]; /* the kernel leaves what is there */
	uint32_t extramask;
	uint8_t retcode[8];
};
_Static_assert(sizeof(struct legacy_frame) == 732, "i386 UAPI");

struct rt_frame {
	uint32_t pretcode, sig, pinfo, puc;
	uint8_t info[GUEST_SIGINFO];
	uint32_t uc_flags, uc_link, ss_sp, ss_flags, ss_size;
	struct context sc;
	uint32_t mask[2];
	uint8_t retcode[8];
};
_Static_assert(sizeof(struct rt_frame) == 268, "i386 UAPI");
#define UC_OFFSET offsetof(struct rt_frame, uc_flags)

/* Debuggers know frames by these: popl %eax; movl $119, %eax; int $0x80 and movl $173, %eax; int $0x80. */
static const uint8_t retcode_legacy[8] = {0x58, 0xb8, NR_SIGRETURN, 0, 0, 0, 0xcd, 0x80};
static const uint8_t retcode_rt[8] = {0xb8, NR_RT_SIGRETURN, 0, 0, 0, 0xcd, 0x80, 0};

/* ---- floating point state in memory ---- */

static bool has_xsave(void)
{
	return i386_fpu_size() > 512;
}

/* Image and, with XSAVE, the second magic word behind it. */
static uint32_t fx_bytes(void)
{
	return i386_fpu_size() + (has_xsave() ? 4 : 0);
}

uint32_t i386_frame_size_max(void)
{
	return sizeof(struct fsave) + fx_bytes() + 63 + sizeof(struct legacy_frame) + 15;
}

/* One bit a register: empty or not -> two: valid, zero, special, empty. */
static uint32_t tags_to_fsave(const struct i386_fpu *f)
{
	unsigned top = f->fsw >> 11 & 7;
	uint32_t tags = 0xffff0000;

	for (unsigned i = 0; i < 8; i++) {
		const uint8_t *st = f->st[(i - top) & 7];
		uint64_t significand;
		uint16_t exponent;
		unsigned tag = 3;

		memcpy(&significand, st, 8);
		memcpy(&exponent, st + 8, 2);
		exponent &= 0x7fff;
		if (f->ftw >> i & 1) {
			if (exponent == 0)
				tag = significand ? 2 : 1;
			else
				tag = exponent != 0x7fff && significand >> 63 ? 0 : 2;
		}
		tags |= tag << 2 * i;
	}
	return tags;
}

static uint8_t tags_from_fsave(uint32_t tags)
{
	uint8_t ftw = 0;

	for (unsigned i = 0; i < 8; i++)
		if ((tags >> 2 * i & 3) != 3)
			ftw |= 1u << i;
	return ftw;
}

static void fsave_from(struct fsave *to, const struct i386_fpu *f, const struct cpu *cpu)
{
	*to = (struct fsave){
		.cwd = f->fcw | 0xffff0000u, .swd = f->fsw | 0xffff0000u, .twd = tags_to_fsave(f),
		.fip = (uint32_t)f->fip, .foo = (uint32_t)f->fdp,
		.fcs = cpu->i386.sel[SEG_CS], .fos = cpu->i386.sel[SEG_DS] | 0xffff0000u,
		.status = f->fsw, .magic = MAGIC_FXSR,
	};
	for (unsigned i = 0; i < 8; i++)
		memcpy(to->st[i], f->st[i], 10);
}

/* The older image counts for x87: it is what programs that know no FXSAVE change. */
static void fsave_into(struct i386_fpu *f, const struct fsave *from)
{
	f->fcw = from->cwd;
	f->fsw = from->swd;
	f->ftw = tags_from_fsave(from->twd);
	f->fop = from->fcs >> 16;
	f->fip = from->fip;
	f->fdp = from->foo;
	for (unsigned i = 0; i < 8; i++)
		memcpy(f->st[i], from->st[i], 10);
}

static int write_fpstate(const struct cpu *cpu, uint32_t at)
{
	uint32_t fx = at + sizeof(struct fsave), size = i386_fpu_size();
	struct {
		struct i386_fpu f;
		uint32_t magic2;
	} image __attribute__((aligned(64)));
	struct fsave old;
	struct software sw = {
		.magic1 = MAGIC1, .extended_size = sizeof(struct fsave) + size + 4, .xstate_size = size,
		.xfeatures = {(uint32_t)i386_fpu_features()},
	};
	uint32_t magic2 = MAGIC2;

	i386_fpu_save(cpu, &image.f);
	fsave_from(&old, &image.f, cpu);
	image.f.in_use |= XF_X87 | XF_SSE; /* for programs that only know FXSAVE and change its part */
	memcpy(image.f.software, &sw, sizeof sw);
	memcpy((char *)&image + size, &magic2, 4);
	if (guest_write(ga(at), &old, sizeof old) < 0 || guest_write(ga(fx), &image, offsetof(struct i386_fpu, unused)) < 0)
		return -EFAULT;
	return guest_write(ga(fx + offsetof(struct i386_fpu, software)), image.f.software,
			   fx_bytes() - offsetof(struct i386_fpu, software));
}

/* Is it an XSAVE image, with both magic words? Else only its FXSAVE part counts. 1, 0 or -EFAULT. */
static int is_xstate(uint32_t fx, const struct software *sw)
{
	uint32_t magic2, size = i386_fpu_size();

	if (!has_xsave() || sw->magic1 != MAGIC1 || sw->xstate_size < offsetof(struct i386_fpu, high) ||
	    sw->xstate_size > size || sw->xstate_size > sw->extended_size)
		return 0;
	if (guest_get(&magic2, ga(fx + size)) < 0)
		return -EFAULT;
	return magic2 == MAGIC2;
}

static int read_fpstate(uint32_t at, struct i386_fpu *f)
{
	uint32_t fx = at + sizeof(struct fsave);
	struct software sw;
	struct fsave old;
	int x;

	memset(f, 0, sizeof *f);
	if (guest_read(&sw, ga(fx + offsetof(struct i386_fpu, software)), sizeof sw) < 0)
		return -EFAULT;
	x = is_xstate(fx, &sw);
	if (x < 0 || guest_get(&old, ga(at)) < 0 || guest_read(f, ga(fx), x ? i386_fpu_size() : 512) < 0)
		return -EFAULT;
	if (x) {
		if (f->in_use & ~i386_fpu_features() || f->compact)
			return -EFAULT;
		for (unsigned i = 0; i < 6; i++)
			if (f->reserved[i])
				return -EFAULT;
	} else {
		f->in_use = XF_X87 | XF_SSE;
	}
	if (f->in_use && f->mxcsr & ~MXCSR_BITS)
		return -EFAULT;
	if (x)
		f->in_use &= sw.xfeatures[0];
	if (!(f->in_use & XF_SSE)) /* XRSTORS: MXCSR is of the SSE component */
		f->mxcsr = MXCSR_INIT;
	fsave_into(f, &old);
	return 0;
}

/* fpstate 0: the initial state. On failure too. */
static int restore_fpstate(struct cpu *cpu, uint32_t at)
{
	struct i386_fpu f __attribute__((aligned(64)));

	if (at && read_fpstate(at, &f) == 0) {
		i386_fpu_load(cpu, &f);
		return 0;
	}
	i386_fpu_reset(cpu);
	return at ? -EFAULT : 0;
}

/* ---- registers ---- */

static void context_from(struct context *sc, const struct cpu *cpu, uint32_t fpstate, uint64_t mask)
{
	const uint32_t *r = cpu->i386.gpr, *sel = cpu->i386.sel;
	bool is_fault = cpu->fault.sig && cpu->fault.trapno < 32 && FAULT_VECTORS >> cpu->fault.trapno & 1;

	*sc = (struct context){
		.gs = sel[SEG_GS], .fs = sel[SEG_FS], .es = sel[SEG_ES], .ds = sel[SEG_DS],
		.di = r[EDI], .si = r[ESI], .bp = r[EBP], .sp = r[ESP], .bx = r[EBX], .dx = r[EDX], .cx = r[ECX], .ax = r[EAX],
		.trapno = cpu->trap_nr, .err = cpu->trap_err, .cr2 = cpu->trap_cr2,
		.ip = cpu->i386.eip, .cs = sel[SEG_CS], .ss = sel[SEG_SS],
		.flags = cpu->i386.eflags | IF | 2 | (is_fault ? RF : 0),
		.sp_at_signal = r[ESP], .fpstate = fpstate, .oldmask = (uint32_t)mask,
	};
}

/* The selector with RPL 3 as user mode would load it; one that cannot be loaded becomes null, and iret makes any null 0. */
static void load_data_segment(struct cpu *cpu, unsigned seg, uint32_t selector)
{
	uint16_t sel = selector;

	sel = sel > 3 ? sel | 3 : 0;
	if (sel == cpu->i386.sel[seg])
		return;
	if (!i386_load_seg(cpu, seg, sel))
		i386_load_seg(cpu, seg, 0);
	cpu->fault.sig = 0;
}

/* As iret loads them: what cannot be is a general protection fault on the way back to user mode, with all else restored. */
static int load_code_and_stack(struct cpu *cpu, const struct context *sc)
{
	uint16_t cs = sc->cs | 3, ss = sc->ss | 3;

	if (cs == USER_CS && (ss == USER_DS || (ss > 3 && i386_load_seg(cpu, SEG_SS, ss)))) {
		cpu->i386.sel[SEG_CS] = cs;
		cpu->i386.sel[SEG_SS] = ss;
		return 0;
	}
	cpu->trap_nr = 13;
	cpu->trap_err = (cs != USER_CS ? cs : ss) & 0xfffc;
	cpu->i386.sel[SEG_CS] = cs;
	cpu->i386.sel[SEG_SS] = ss;
	return -EFAULT;
}

static int context_into(struct cpu *cpu, const struct context *sc)
{
	uint32_t *r = cpu->i386.gpr;

	r[EDI] = sc->di;
	r[ESI] = sc->si;
	r[EBP] = sc->bp;
	r[ESP] = sc->sp;
	r[EBX] = sc->bx;
	r[EDX] = sc->dx;
	r[ECX] = sc->cx;
	r[EAX] = sc->ax;
	cpu->i386.eip = sc->ip;
	cpu->i386.eflags = (cpu->i386.eflags & ~RETURNABLE) | (sc->flags & RETURNABLE) | IF | 2;
	cpu->i386.orig_eax = -1;
	load_data_segment(cpu, SEG_GS, sc->gs);
	load_data_segment(cpu, SEG_FS, sc->fs);
	load_data_segment(cpu, SEG_DS, sc->ds);
	load_data_segment(cpu, SEG_ES, sc->es);
	return restore_fpstate(cpu, sc->fpstate);
}

/* ---- frames ---- */

/* Where the frame goes; fpstate above it. BOGUS_FRAME when it would run over the signal stack. */
static uint32_t place_frame(const struct cpu *cpu, const struct ksigaction *act, uint32_t size, uint32_t *ret_fpstate)
{
	uint32_t sp = cpu->i386.gpr[ESP];
	bool on_alt = altstack_on(cpu, sp);

	if (act->flags & GSA_ONSTACK) {
		if (altstack_state(cpu, sp) == 0) {
			sp = cpu->altstack_sp + cpu->altstack_size;
			on_alt = true;
		}
	} else if (!on_alt && cpu->i386.sel[SEG_SS] != USER_DS && !(act->flags & GSA_RESTORER) && act->restorer) {
		sp = act->restorer; /* the oldest way to switch stacks: dosemu's */
		on_alt = true;
	}
	sp = ((sp - fx_bytes()) & ~63u) - sizeof(struct fsave);
	*ret_fpstate = sp;
	sp = ((sp - size + 4) & ~15u) - 4;
	return on_alt && !altstack_holds(cpu, sp) ? BOGUS_FRAME : sp;
}

static void enter_handler(struct cpu *cpu, const struct ksigaction *act, uint32_t sp, int sig, uint32_t info, uint32_t uc)
{
	uint32_t *r = cpu->i386.gpr;

	r[ESP] = sp;
	r[EAX] = sig; /* for handlers built with -mregparm=3 */
	r[EDX] = info;
	r[ECX] = uc;
	cpu->i386.eip = act->handler;
	cpu->i386.eflags &= ~(DF | RF | TF);
	cpu->i386.sel[SEG_CS] = USER_CS;
	cpu->i386.sel[SEG_SS] = cpu->i386.sel[SEG_DS] = cpu->i386.sel[SEG_ES] = USER_DS;
	for (unsigned s = SEG_ES; s <= SEG_DS; s++)
		cpu->i386.seg_base[s] = 0;
	i386_fpu_reset(cpu);
}

static uint32_t trampoline(const struct ksigaction *act, uint32_t in_vdso, uint32_t in_frame)
{
	if (act->flags & GSA_RESTORER)
		return act->restorer;
	return vdso_guest_size ? vdso_guest_start + in_vdso : in_frame;
}

static int push_legacy(struct cpu *cpu, const struct ksigaction *act, int sig, uint64_t mask)
{
	uint32_t fpstate, at = place_frame(cpu, act, sizeof(struct legacy_frame), &fpstate);
	struct legacy_frame f = {.sig = sig, .extramask = mask >> 32};

	if (at == BOGUS_FRAME || write_fpstate(cpu, fpstate) < 0)
		return -EFAULT;
	context_from(&f.sc, cpu, fpstate, mask);
	f.pretcode = trampoline(act, guest_i386.vdso_sigreturn, at + offsetof(struct legacy_frame, retcode));
	memcpy(f.retcode, retcode_legacy, 8);
	if (guest_write(ga(at), &f, offsetof(struct legacy_frame, fpstate_unused)) < 0 ||
	    guest_write(ga(at + offsetof(struct legacy_frame, extramask)), &f.extramask, 12) < 0)
		return -EFAULT;
	enter_handler(cpu, act, at, sig, 0, 0);
	return 0;
}

static int push_rt(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask)
{
	uint32_t fpstate, at = place_frame(cpu, act, sizeof(struct rt_frame), &fpstate);
	struct rt_frame f = {
		.sig = sig, .pinfo = at + offsetof(struct rt_frame, info), .puc = at + UC_OFFSET,
		.uc_flags = has_xsave() ? UC_FP_XSTATE : 0,
		.ss_sp = cpu->altstack_sp, .ss_flags = cpu->altstack_flags, .ss_size = cpu->altstack_size,
		.mask = {(uint32_t)mask, mask >> 32},
	};

	if (at == BOGUS_FRAME || write_fpstate(cpu, fpstate) < 0)
		return -EFAULT;
	context_from(&f.sc, cpu, fpstate, mask);
	siginfo_to_guest(f.info, info);
	f.pretcode = trampoline(act, guest_i386.vdso_rt_sigreturn, at + offsetof(struct rt_frame, retcode));
	memcpy(f.retcode, retcode_rt, 8);
	if (guest_write(ga(at), &f, sizeof f) < 0)
		return -EFAULT;
	enter_handler(cpu, act, at, sig, f.pinfo, f.puc);
	return 0;
}

int i386_push_frame(struct cpu *cpu, const struct ksigaction *act, int sig, const siginfo_t *info, uint64_t mask)
{
	if (act->flags & GSA_SIGINFO)
		return push_rt(cpu, act, sig, info, mask);
	return push_legacy(cpu, act, sig, mask);
}

/* The trampoline of a legacy frame has popped the return address and the signal number, that of an rt frame only the former. */
static uint32_t frame_at(const struct cpu *cpu, bool rt)
{
	return cpu->i386.gpr[ESP] - (rt ? 4 : 8);
}

int i386_frame_mask(struct cpu *cpu, bool rt, uint64_t *ret_mask)
{
	uint32_t at = frame_at(cpu, rt), low, high;

	if (rt)
		return guest_get(ret_mask, ga(at + offsetof(struct rt_frame, mask)));
	if (guest_get(&low, ga(at + offsetof(struct legacy_frame, sc.oldmask))) < 0 ||
	    guest_get(&high, ga(at + offsetof(struct legacy_frame, extramask))) < 0)
		return -EFAULT;
	*ret_mask = low | (uint64_t)high << 32;
	return 0;
}

int i386_pop_frame(struct cpu *cpu, bool rt)
{
	uint32_t at = frame_at(cpu, rt), stack[3];
	struct context sc;

	if (guest_get(&sc, ga(at + (rt ? offsetof(struct rt_frame, sc) : offsetof(struct legacy_frame, sc)))) < 0 ||
	    context_into(cpu, &sc) < 0)
		return -EFAULT;
	if (rt) {
		if (guest_get(&stack, ga(at + offsetof(struct rt_frame, ss_sp))) < 0)
			return -EFAULT;
		altstack_set(cpu, stack[0], stack[1], stack[2], cpu->i386.gpr[ESP]); /* what is not accepted stays as it is */
	}
	return load_code_and_stack(cpu, &sc);
}

/* ---- core files ---- */

enum { NOTE_FPREGS = 2, NOTE_XFP = 0x46e62b7f, NOTE_XSTATE = 0x202 };

/* struct user_regs_struct */
unsigned i386_core_regs(const struct cpu *cpu, uint32_t out[20])
{
	const uint32_t *r = cpu->i386.gpr, *sel = cpu->i386.sel;
	const uint32_t regs[17] = {
		r[EBX], r[ECX], r[EDX], r[ESI], r[EDI], r[EBP], r[EAX], sel[SEG_DS], sel[SEG_ES], sel[SEG_FS], sel[SEG_GS],
		cpu->i386.orig_eax, cpu->i386.eip, sel[SEG_CS], cpu->i386.eflags | IF | 2, r[ESP], sel[SEG_SS],
	};

	memcpy(out, regs, sizeof regs);
	return 17;
}

unsigned i386_core_note(const struct cpu *cpu, unsigned k, uint8_t out[1024], uint32_t *ret_type)
{
	struct i386_fpu f __attribute__((aligned(64)));
	struct software sw = {.xfeatures = {(uint32_t)i386_fpu_features()}};
	struct fsave old;

	i386_fpu_save(cpu, &f);
	fsave_from(&old, &f, cpu);
	switch (k) {
	case 0:
		*ret_type = NOTE_FPREGS;
		memcpy(out, &old, offsetof(struct fsave, status));
		return offsetof(struct fsave, status);
	case 1:
		*ret_type = NOTE_XFP;
		memcpy(out, &f, 512);
		return 512;
	case 2:
		if (!has_xsave())
			return 0;
		*ret_type = NOTE_XSTATE;
		memcpy(f.software, sw.xfeatures, 8); /* the note has XCR0 here */
		memcpy(out, &f, i386_fpu_size());
		return i386_fpu_size();
	default:
		return 0;
	}
}

/* SPDX-License-Identifier: MIT */
/* Rare i386 instructions, in C: flags images, segments, far transfers, BCD, CPUID. Pseudo-code: Intel SDM volume 2. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>

#include "emu/guest.h"
#include "emu/guest/i386/i386.h"
#include "emu/guest/i386/segments.h"
#include "emu/uop.h"
#include "emu/window.h"

enum { CF = 1, PF = 4, AF = 16, ZF = 64, SF = 128, TF = 0x100, IF = 0x200, DF = 0x400, OF = 0x800, NT = 0x4000, AC = 0x40000, ID = 0x200000 };

#define ARITH (CF | PF | AF | ZF | SF | OF)
#define SELECTOR_USER_CS 0x23 /* what a 64-bit kernel gives 32-bit programs */

typedef bool execute(struct cpu *cpu, const struct i386_insn *i);

/* ---- traps ---- */

/* Signal, si_code for each vector, as arch/x86/kernel/traps.c raises them. addr: eip where the kernel says so. */
static const struct {
	uint8_t sig, code;
	bool has_addr;
} traps[32] = {
	[0] = {SIGFPE, FPE_INTDIV, true}, [1] = {SIGTRAP, TRAP_TRACE, true}, [3] = {SIGTRAP, 0x80, false},
	[4] = {SIGSEGV, 0x80, false},     [5] = {SIGSEGV, 0x80, false},      [6] = {SIGILL, ILL_ILLOPN, true},
	[11] = {SIGBUS, 0x80, false},     [12] = {SIGBUS, 0x80, false},      [13] = {SIGSEGV, 0x80, false},
	[17] = {SIGBUS, BUS_ADRALN, false},
};

bool i386_trap(struct cpu *cpu, uint32_t trap)
{
	unsigned vector = trap & 0xff;

	cpu->fault = (struct fault){
		.sig = traps[vector].sig,
		.code = traps[vector].code,
		.addr = traps[vector].has_addr ? cpu->i386.eip : 0,
		.trapno = vector,
		.err = trap >> 8,
		.cr2 = cpu->fault.cr2,
	};
	return false;
}

bool i386_raise(struct cpu *cpu, uint32_t trap)
{
	return i386_trap(cpu, trap);
}

bool i386_access_fault(struct cpu *cpu, uint32_t addr, unsigned n, bool write)
{
	int prot = window_prot(ga(addr)), needed = write ? PROT_WRITE : PROT_READ;
	uint32_t next = (addr | GUEST_PAGE_MASK) + 1;

	if (prot >= 0 && prot & needed && next - addr < n) { /* the second page refused it */
		addr = next;
		prot = window_prot(ga(addr));
	}
	cpu->fault = (struct fault){
		.sig = SIGSEGV, .code = prot < 0 ? SEGV_MAPERR : SEGV_ACCERR, .addr = addr,
		.trapno = TRAP_PF, .err = 4 | (write ? PF_WRITE : 0) | (prot > 0), .cr2 = addr,
	};
	return false;
}

/* The instruction at eip. */
static bool read_insn(struct i386_insn *i, uint32_t pc, unsigned *ret_n)
{
	uint8_t bytes[15];
	unsigned n = 15;

	while (n && guest_read(bytes, ga(pc), n) < 0)
		n--;
	*ret_n = n;
	return n && i386_decode(i, bytes, n, pc);
}

void i386_refine_fault(struct cpu *cpu)
{
	struct i386_insn i;
	uint32_t sel;
	unsigned n;

	if ((cpu->fault.trapno != TRAP_PF && cpu->fault.trapno != TRAP_AC) || cpu->fault.err & PF_FETCH || !read_insn(&i, cpu->i386.eip, &n))
		return;
	if (i.seg != SEG_FS && i.seg != SEG_GS)
		return;
	sel = cpu->i386.sel[i.seg];
	if (!(sel & 0xfffc) || (cpu->fault.err & PF_WRITE && !i386_verw(cpu, sel)))
		i386_trap(cpu, TRAP(TRAP_GP, 0));
}

/* ---- operands ---- */

uint32_t i386_address(const struct cpu *cpu, const struct i386_insn *i)
{
	static const uint8_t rm16[8][2] = {{EBX, ESI}, {EBX, EDI}, {EBP, ESI}, {EBP, EDI}, {ESI, 8}, {EDI, 8}, {EBP, 8}, {EBX, 8}};
	const uint32_t *r = cpu->i386.gpr;
	unsigned rm = insn_rm(i), base = rm, seg = SEG_DS;
	uint32_t a = i->disp;

	if (i->prefix & PFX_67) {
		if (!(insn_mod(i) == 0 && rm == 6)) {
			a += r[rm16[rm][0]] + (rm16[rm][1] < 8 ? r[rm16[rm][1]] : 0);
			if (rm16[rm][0] == EBP)
				seg = SEG_SS;
		}
		a &= 0xffff;
	} else {
		if (rm == 4) {
			base = i->sib & 7;
			if ((i->sib >> 3 & 7) != 4)
				a += r[i->sib >> 3 & 7] << (i->sib >> 6);
		}
		if (!(insn_mod(i) == 0 && base == 5)) {
			a += r[base];
			if (base == ESP || base == EBP)
				seg = SEG_SS;
		}
	}
	return a + cpu->i386.seg_base[i->seg != 0xff ? i->seg : seg];
}

/* Of n bytes, or of the words that they are. */
static bool misaligned(const struct cpu *cpu, uint32_t addr, unsigned n)
{
	unsigned word = n & -n;

	return cpu->i386.eflags & AC && addr & ((word > 4 ? 4 : word) - 1);
}

static bool load(struct cpu *cpu, void *to, uint32_t addr, unsigned n)
{
	if (misaligned(cpu, addr, n))
		return i386_trap(cpu, TRAP(TRAP_AC, 0));
	return guest_read(to, ga(addr), n) == 0 || i386_access_fault(cpu, addr, n, false);
}

/* Of a store across pages nothing is done when it cannot be done whole. */
static bool both_pages_writable(uint32_t addr, unsigned n)
{
	uint8_t there[16];
	int first, last;

	if ((addr & GUEST_PAGE_MASK) + n <= GUEST_PAGE || n > sizeof there)
		return true;
	if (guest_read(there, ga(addr), n) < 0) /* lets a stack grow too */
		return false;
	first = window_prot(ga(addr));
	last = window_prot(ga(addr + n - 1));
	return first >= 0 && last >= 0 && first & last & PROT_WRITE;
}

static bool store(struct cpu *cpu, uint32_t addr, const void *from, unsigned n)
{
	if (misaligned(cpu, addr, n))
		return i386_trap(cpu, TRAP(TRAP_AC, 0));
	if (!both_pages_writable(addr, n))
		return i386_access_fault(cpu, addr, n, true);
	return guest_write(ga(addr), from, n) == 0 || i386_access_fault(cpu, addr, n, true);
}

static uint32_t ss(struct cpu *cpu, uint32_t offset)
{
	return cpu->i386.gpr[ESP] + offset + cpu->i386.seg_base[SEG_SS];
}

static bool read_rm16(struct cpu *cpu, const struct i386_insn *i, uint16_t *ret)
{
	if (insn_mod(i) == 3) {
		*ret = cpu->i386.gpr[insn_rm(i)];
		return true;
	}
	return load(cpu, ret, i386_address(cpu, i), 2);
}

static void set_reg(struct cpu *cpu, const struct i386_insn *i, unsigned reg, uint32_t v)
{
	if (i->opsize == 2)
		cpu->i386.gpr[reg] = (cpu->i386.gpr[reg] & 0xffff0000) | (v & 0xffff);
	else
		cpu->i386.gpr[reg] = v;
}

/* ---- flags ---- */

static bool ex_popf(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t can = ARITH | TF | DF | NT | AC | ID, image = 0;

	if (i->opsize == 2)
		can &= 0xffff;
	if (!load(cpu, &image, ss(cpu, 0), i->opsize))
		return false;
	cpu->i386.eflags = (cpu->i386.eflags & ~can) | (image & can) | 2 | IF;
	cpu->i386.gpr[ESP] += i->opsize;
	return true;
}

static void set_szp(struct cpu *cpu, uint8_t v, uint32_t rest)
{
	uint32_t f = cpu->i386.eflags & ~ARITH;

	f |= rest | (v ? 0 : ZF) | (v & 0x80 ? SF : 0) | (__builtin_parity(v) ? 0 : PF);
	cpu->i386.eflags = f;
}

/* DAA and DAS; OF is undefined and left clear. */
static bool ex_decimal(struct cpu *cpu, const struct i386_insn *i)
{
	uint8_t old = cpu->i386.gpr[EAX], al = old;
	uint32_t f = cpu->i386.eflags, out = 0;
	int sign = i->kind == K_DAA ? 1 : -1;

	if ((old & 15) > 9 || (f & AF)) {
		al += 6 * sign;
		out |= AF;
		if (f & CF || (sign > 0 ? old > 0xf9 : old < 6))
			out |= CF;
	}
	if (old > 0x99 || (f & CF)) {
		al += 0x60 * sign;
		out |= CF;
	} else if (sign > 0) {
		out &= ~CF;
	}
	cpu->i386.gpr[EAX] = (cpu->i386.gpr[EAX] & ~0xffu) | al;
	set_szp(cpu, al, out);
	return true;
}

/* AAA and AAS: only AF and CF are defined. */
static bool ex_ascii(struct cpu *cpu, const struct i386_insn *i)
{
	uint16_t ax = cpu->i386.gpr[EAX];
	bool adjust = (ax & 15) > 9 || (cpu->i386.eflags & AF);

	if (adjust)
		ax = i->kind == K_AAA ? ax + 0x106 : ax - 0x106;
	ax &= 0xff0f;
	cpu->i386.gpr[EAX] = (cpu->i386.gpr[EAX] & ~0xffffu) | ax;
	set_szp(cpu, ax, adjust ? AF | CF : 0);
	return true;
}

static bool ex_aam(struct cpu *cpu, const struct i386_insn *i)
{
	uint8_t al = cpu->i386.gpr[EAX], n = i->imm;

	if (!n)
		return i386_trap(cpu, TRAP_DE);
	cpu->i386.gpr[EAX] = (cpu->i386.gpr[EAX] & ~0xffffu) | (al / n) << 8 | al % n;
	set_szp(cpu, al % n, 0);
	return true;
}

static bool ex_aad(struct cpu *cpu, const struct i386_insn *i)
{
	uint8_t al = cpu->i386.gpr[EAX] + (cpu->i386.gpr[EAX] >> 8) * i->imm;

	cpu->i386.gpr[EAX] = (cpu->i386.gpr[EAX] & ~0xffffu) | al;
	set_szp(cpu, al, 0);
	return true;
}

static bool ex_salc(struct cpu *cpu, const struct i386_insn *i)
{
	(void)i;
	cpu->i386.gpr[EAX] = (cpu->i386.gpr[EAX] & ~0xffu) | (cpu->i386.eflags & CF ? 0xff : 0);
	return true;
}

/* ---- software interrupts, BOUND ---- */

static bool ex_int(struct cpu *cpu, const struct i386_insn *i)
{
	unsigned vector = i->imm & 0xff;

	if (vector == 3 || vector == 4) { /* gates that user mode may use: eip behind the instruction */
		cpu->i386.eip += i->len;
		return i386_trap(cpu, TRAP(vector, 0));
	}
	return i386_trap(cpu, TRAP(TRAP_GP, vector * 8 + 2));
}

static bool ex_int3(struct cpu *cpu, const struct i386_insn *i)
{
	cpu->i386.eip += i->len;
	return i386_trap(cpu, TRAP(TRAP_BP, 0));
}

static bool ex_int1(struct cpu *cpu, const struct i386_insn *i)
{
	cpu->i386.eip += i->len;
	i386_trap(cpu, TRAP(TRAP_DB, 0));
	cpu->fault.code = TRAP_BRKPT;
	return false;
}

static bool ex_bound(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t addr = i386_address(cpu, i);
	int32_t v, b32[2];
	int16_t b16[2];

	if (i->opsize == 2) {
		if (!load(cpu, b16, addr, 4))
			return false;
		b32[0] = b16[0];
		b32[1] = b16[1];
		v = (int16_t)cpu->i386.gpr[insn_reg(i)];
	} else {
		if (!load(cpu, b32, addr, 8))
			return false;
		v = cpu->i386.gpr[insn_reg(i)];
	}
	return (v >= b32[0] && v <= b32[1]) || i386_trap(cpu, TRAP(TRAP_BR, 0));
}

/* ---- segments and far transfers ---- */

static bool ex_mov_to_seg(struct cpu *cpu, const struct i386_insn *i)
{
	uint16_t sel;

	if (insn_reg(i) == SEG_CS || insn_reg(i) > SEG_GS)
		return i386_trap(cpu, TRAP(TRAP_UD, 0));
	return read_rm16(cpu, i, &sel) && i386_load_seg(cpu, insn_reg(i), sel);
}

static bool ex_pop_seg(struct cpu *cpu, const struct i386_insn *i)
{
	unsigned seg = i->opcode >> 3 & 7; /* 07 es, 17 ss, 1f ds, 0f a1 fs, 0f a9 gs */
	uint16_t sel;

	if (!load(cpu, &sel, ss(cpu, 0), 2) || !i386_load_seg(cpu, seg, sel))
		return false;
	cpu->i386.gpr[ESP] += i->opsize;
	return true;
}

static bool ex_load_far(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t addr = i386_address(cpu, i), off = 0;
	unsigned seg = i->map == 0 ? (i->opcode == 0xc4 ? SEG_ES : SEG_DS) : i->opcode & 7; /* 0f b2 ss, b4 fs, b5 gs */
	uint16_t sel;

	if (!load(cpu, &off, addr, i->opsize) || !load(cpu, &sel, addr + i->opsize, 2) || !i386_load_seg(cpu, seg, sel))
		return false;
	set_reg(cpu, i, insn_reg(i), off);
	return true;
}

/* The flat user code segment is the only one code runs in. */
static bool far_to(struct cpu *cpu, uint16_t sel, uint32_t off)
{
	if ((sel | 3) != SELECTOR_USER_CS)
		return i386_trap(cpu, TRAP(TRAP_GP, sel & 0xfffc));
	cpu->i386.eip = off;
	return true;
}

static bool ex_far(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t off = i->imm, cs = SELECTOR_USER_CS, next = cpu->i386.eip + i->len;
	uint16_t sel = i->imm2;

	if (i->kind == K_JMP_FAR_IND || i->kind == K_CALL_FAR_IND) {
		uint32_t addr = i386_address(cpu, i);

		off = 0;
		if (!load(cpu, &off, addr, i->opsize) || !load(cpu, &sel, addr + i->opsize, 2))
			return false;
	}
	if ((sel | 3) != SELECTOR_USER_CS)
		return i386_trap(cpu, TRAP(TRAP_GP, sel & 0xfffc));
	if (i->kind == K_CALL_FAR || i->kind == K_CALL_FAR_IND) {
		if (!store(cpu, ss(cpu, -i->opsize), &cs, i->opsize) || !store(cpu, ss(cpu, -2 * i->opsize), &next, i->opsize))
			return false;
		cpu->i386.gpr[ESP] -= 2 * i->opsize;
	}
	return far_to(cpu, sel, off);
}

static bool ex_retf(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t off = 0;
	uint16_t sel;

	if (!load(cpu, &off, ss(cpu, 0), i->opsize) || !load(cpu, &sel, ss(cpu, i->opsize), 2) || !far_to(cpu, sel, off))
		return false;
	cpu->i386.gpr[ESP] += 2 * i->opsize + (i->imm_size ? i->imm & 0xffff : 0);
	return true;
}

static bool ex_iret(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t frame[3] = {0}, can = ARITH | TF | DF | NT | AC | ID;
	uint16_t frame16[3];

	if (i->opsize == 2) {
		if (!load(cpu, frame16, ss(cpu, 0), 6))
			return false;
		for (unsigned k = 0; k < 3; k++)
			frame[k] = frame16[k];
		can &= 0xffff;
	} else if (!load(cpu, frame, ss(cpu, 0), 12)) {
		return false;
	}
	if (!far_to(cpu, frame[1], frame[0]))
		return false;
	cpu->i386.eflags = (cpu->i386.eflags & ~can) | (frame[2] & can) | 2 | IF;
	cpu->i386.gpr[ESP] += 3 * i->opsize;
	return true;
}

static void set_zf(struct cpu *cpu, bool on)
{
	cpu->i386.eflags = (cpu->i386.eflags & ~ZF) | (on ? ZF : 0);
}

static bool ex_arpl(struct cpu *cpu, const struct i386_insn *i)
{
	uint16_t dst, src = cpu->i386.gpr[insn_reg(i)];
	bool lower;

	if (!read_rm16(cpu, i, &dst))
		return false;
	lower = (dst & 3) < (src & 3);
	if (lower) {
		dst = (dst & ~3) | (src & 3);
		if (insn_mod(i) != 3) {
			if (i->seg == SEG_CS)
				return i386_trap(cpu, TRAP(TRAP_GP, 0));
			if (!store(cpu, i386_address(cpu, i), &dst, 2))
				return false;
		} else {
			cpu->i386.gpr[insn_rm(i)] = (cpu->i386.gpr[insn_rm(i)] & ~0xffffu) | dst;
		}
	}
	set_zf(cpu, lower);
	return true;
}

static bool ex_segment_test(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t v = 0;
	uint16_t sel;
	bool ok;

	if (!read_rm16(cpu, i, &sel))
		return false;
	if (i->kind == K_LAR)
		ok = i386_lar(cpu, sel, &v);
	else if (i->kind == K_LSL)
		ok = i386_lsl(cpu, sel, &v);
	else
		ok = i->kind == K_VERR ? i386_verr(cpu, sel) : i386_verw(cpu, sel);
	if (ok && (i->kind == K_LAR || i->kind == K_LSL))
		set_reg(cpu, i, insn_reg(i), v);
	set_zf(cpu, ok);
	return true;
}

/* What the kernel makes up for SGDT, SIDT, SMSW (arch/x86/kernel/umip.c); SLDT and STR the same way since 5.10. */
static bool ex_umip(struct cpu *cpu, const struct i386_insn *i)
{
	static const uint32_t gdt = 0xfffe0000, idt = 0xffff0000, msw = 0x80050033;
	unsigned reg = insn_reg(i);
	uint32_t addr, v = i->opcode == 0x00 ? (reg == 0 ? 0 : 0x40) : msw;
	uint8_t table[6] = {0};

	if (i->opcode == 0x01 && reg < 2) {
		__builtin_memcpy(table + 2, reg == 0 ? &gdt : &idt, 4);
		return store(cpu, i386_address(cpu, i), table, 6);
	}
	if (insn_mod(i) == 3) {
		set_reg(cpu, i, insn_rm(i), v);
		return true;
	}
	addr = i386_address(cpu, i);
	return store(cpu, addr, &v, 2);
}

/* ---- the rest ---- */

static bool ex_cpuid(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t out[4];

	(void)i;
	i386_cpuid(cpu->i386.gpr[EAX], cpu->i386.gpr[ECX], out);
	cpu->i386.gpr[EAX] = out[0];
	cpu->i386.gpr[EBX] = out[1];
	cpu->i386.gpr[ECX] = out[2];
	cpu->i386.gpr[EDX] = out[3];
	return true;
}

static bool ex_xgetbv(struct cpu *cpu, const struct i386_insn *i)
{
	(void)i;
	if (!i386_xcr0())
		return i386_trap(cpu, TRAP(TRAP_UD, 0));
	if (cpu->i386.gpr[ECX] > 1)
		return i386_trap(cpu, TRAP(TRAP_GP, 0));
	cpu->i386.gpr[EAX] = i386_xcr0();
	cpu->i386.gpr[EDX] = 0;
	return true;
}

static bool ex_enter(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t *r = cpu->i386.gpr, frame = r[ESP] - i->opsize, sp = frame, bp = r[EBP], v;
	unsigned level = i->imm2 & 31, n = i->opsize;
	uint32_t base = cpu->i386.seg_base[SEG_SS];

	if (!store(cpu, frame + base, &bp, n))
		return false;
	for (unsigned k = 1; k < level; k++) {
		bp -= n;
		sp -= n;
		if (!load(cpu, &v, bp + base, n) || !store(cpu, sp + base, &v, n))
			return false;
	}
	if (level) {
		sp -= n;
		if (!store(cpu, sp + base, &frame, n))
			return false;
	}
	sp -= i->imm & 0xffff;
	/* the new top must be writable (SDM 2, ENTER); its contents stay */
	if (guest_read(&v, ga(sp + base), n) < 0)
		return i386_access_fault(cpu, sp + base, n, true);
	if (!store(cpu, sp + base, &v, n))
		return false;
	set_reg(cpu, i, EBP, frame);
	r[ESP] = sp;
	return true;
}

/* LOOP, JECXZ with CX. */
static bool ex_loop16(struct cpu *cpu, const struct i386_insn *i)
{
	uint16_t cx = cpu->i386.gpr[ECX];
	bool taken, zf = cpu->i386.eflags & ZF;

	if (i->kind == K_JECXZ) {
		taken = cx == 0;
	} else {
		cx--;
		cpu->i386.gpr[ECX] = (cpu->i386.gpr[ECX] & ~0xffffu) | cx;
		taken = cx && (i->opcode == 0xe2 || zf == (i->opcode == 0xe1));
	}
	cpu->i386.eip = taken ? i->imm : i->pc + i->len;
	return true;
}

static uint32_t seg_of_source(const struct cpu *cpu, const struct i386_insn *i)
{
	return cpu->i386.seg_base[i->seg != 0xff ? i->seg : SEG_DS];
}

static void compare(struct cpu *cpu, uint32_t a, uint32_t b, unsigned n)
{
	uint32_t mask = n == 4 ? 0xffffffff : (1u << 8 * n) - 1, top = 1u << (8 * n - 1), d;
	uint32_t f = 0;

	a &= mask;
	b &= mask;
	d = (a - b) & mask;
	f |= a < b ? CF : 0;
	f |= (a ^ b ^ d) & AF;
	f |= ((a ^ b) & (a ^ d) & top) ? OF : 0;
	set_szp(cpu, d, f);
	cpu->i386.eflags = (cpu->i386.eflags & ~(ZF | SF)) | (d ? 0 : ZF) | (d & top ? SF : 0);
}

/* One step of a string instruction whose address size or segment the host's own cannot express. */
static bool string_step(struct cpu *cpu, const struct i386_insn *i, unsigned n, uint32_t mask)
{
	uint32_t *r = cpu->i386.gpr, a = 0, b = 0, step = cpu->i386.eflags & DF ? -n : n;
	uint32_t si = (r[ESI] & mask) + seg_of_source(cpu, i), di = (r[EDI] & mask) + cpu->i386.seg_base[SEG_ES];
	unsigned what = i->opcode & 0xfe;
	bool uses_si = what == 0xa4 || what == 0xa6 || what == 0xac, uses_di = what != 0xac;

	if (uses_si && !load(cpu, &a, si, n))
		return false;
	if ((what == 0xa6 || what == 0xae) && !load(cpu, &b, di, n))
		return false;
	if (what == 0xa4 && !store(cpu, di, &a, n))
		return false;
	if (what == 0xaa && !store(cpu, di, &r[EAX], n))
		return false;
	if (what == 0xac)
		__builtin_memcpy(&r[EAX], &a, n);
	if (what == 0xa6)
		compare(cpu, a, b, n);
	if (what == 0xae)
		compare(cpu, r[EAX], b, n);
	if (uses_si)
		r[ESI] = (r[ESI] & ~mask) | ((r[ESI] + step) & mask);
	if (uses_di)
		r[EDI] = (r[EDI] & ~mask) | ((r[EDI] + step) & mask);
	return true;
}

static bool ex_string(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t mask = i->prefix & PFX_67 ? 0xffff : 0xffffffff, *cx = &cpu->i386.gpr[ECX];
	unsigned n = i->opcode & 1 ? i->opsize : 1;
	uint32_t flags = cpu->i386.eflags;
	bool compares = (i->opcode & 0xf6) == 0xa6;

	if (!i->rep)
		return string_step(cpu, i, n, mask);
	while (*cx & mask) {
		if (!string_step(cpu, i, n, mask)) {
			if (!i386_faults_keep_flags())
				cpu->i386.eflags = flags;
			return false;
		}
		*cx = (*cx & ~mask) | ((*cx - 1) & mask);
		if (compares && ((cpu->i386.eflags & ZF) != 0) != (i->rep == 0xf3))
			break;
	}
	return true;
}

static bool ex_xlat(struct cpu *cpu, const struct i386_insn *i)
{
	uint32_t off = cpu->i386.gpr[EBX] + (uint8_t)cpu->i386.gpr[EAX];
	uint8_t v;

	if (i->prefix & PFX_67)
		off &= 0xffff;
	if (!load(cpu, &v, off + seg_of_source(cpu, i), 1))
		return false;
	cpu->i386.gpr[EAX] = (cpu->i386.gpr[EAX] & ~0xffu) | v;
	return true;
}

static bool ex_maskmov(struct cpu *cpu, const struct i386_insn *i)
{
	return i386_maskmov(cpu, i, (cpu->i386.gpr[EDI] & (i->prefix & PFX_67 ? 0xffff : 0xffffffff)) + seg_of_source(cpu, i));
}

/* A store by a mask through CS: only with an empty mask there is nothing to refuse. */
static bool ex_masked_to_code(struct cpu *cpu, const struct i386_insn *i)
{
	const uint8_t *mask = cpu->i386.ymm[i->vex_v];
	unsigned size = i->opcode == 0x2e || (i->opcode == 0x8e && !i->vex_w) ? 4 : 8;

	for (unsigned k = size - 1; k < (i->vex_l ? 32u : 16u); k += size)
		if (mask[k] & 0x80)
			return i386_trap(cpu, TRAP(TRAP_GP, 0));
	return true;
}

static bool ex_fp(struct cpu *cpu, const struct i386_insn *i)
{
	return i386_fp_image(cpu, i, i386_address(cpu, i));
}

static bool ex_ud(struct cpu *cpu, const struct i386_insn *i)
{
	(void)i;
	return i386_trap(cpu, TRAP(TRAP_UD, 0));
}

static execute *const executes[K_COUNT] = {
	[K_POPF] = ex_popf, [K_DAA] = ex_decimal, [K_DAS] = ex_decimal, [K_AAA] = ex_ascii, [K_AAS] = ex_ascii,
	[K_AAM] = ex_aam, [K_AAD] = ex_aad, [K_SALC] = ex_salc, [K_INT] = ex_int, [K_INT3] = ex_int3, [K_INT1] = ex_int1,
	[K_BOUND] = ex_bound, [K_MOV_TO_SEG] = ex_mov_to_seg, [K_POP_SEG] = ex_pop_seg, [K_LOAD_FAR] = ex_load_far,
	[K_JMP_FAR] = ex_far, [K_CALL_FAR] = ex_far, [K_JMP_FAR_IND] = ex_far, [K_CALL_FAR_IND] = ex_far,
	[K_RETF] = ex_retf, [K_IRET] = ex_iret, [K_ARPL] = ex_arpl, [K_LAR] = ex_segment_test, [K_LSL] = ex_segment_test,
	[K_VERR] = ex_segment_test, [K_VERW] = ex_segment_test, [K_UMIP] = ex_umip, [K_CPUID] = ex_cpuid,
	[K_XGETBV] = ex_xgetbv, [K_ENTER] = ex_enter, [K_LOOP] = ex_loop16, [K_JECXZ] = ex_loop16, [K_STRING] = ex_string,
	[K_XLAT] = ex_xlat, [K_RAW] = ex_masked_to_code, [K_MASKMOV] = ex_maskmov, [K_FNSTENV] = ex_fp, [K_FNSAVE] = ex_fp, [K_FXSAVE] = ex_fp, [K_XSAVE] = ex_fp,
	[K_XSAVEOPT] = ex_fp, [K_XSAVEC] = ex_fp, [K_XRSTOR] = ex_fp,
};

/* Those that set eip themselves. */
static bool jumps(unsigned kind)
{
	return (kind >= K_JMP_FAR && kind <= K_IRET) || kind == K_LOOP || kind == K_JECXZ;
}

bool i386_execute(struct cpu *cpu, uint32_t arg)
{
	struct i386_insn i;
	uint32_t pc = cpu->i386.eip;
	unsigned n;

	(void)arg;
	if (!read_insn(&i, pc, &n))
		return i386_access_fault(cpu, pc + n, 1, false);
	if (!(executes[i.kind] ? executes[i.kind] : ex_ud)(cpu, &i))
		return false;
	if (!jumps(i.kind))
		cpu->i386.eip = pc + i.len;
	return true;
}

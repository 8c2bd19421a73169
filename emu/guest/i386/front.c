/* SPDX-License-Identifier: MIT */
/* Guest code -> uops: how far a unit goes, and which class each instruction is in. */
#include <string.h>
#include <sys/mman.h>

#include "emu/engine.h"
#include "emu/guest/i386/i386.h"
#include "emu/guest.h"
#include "emu/uop.h"
#include "emu/window.h"

#define UNIT_BYTES 1024
#define UNIT_INSNS 64

bool i386_segments_used;

/* Bytes of guest code from pc, as far as it is executable: at most two pages. */
static unsigned fetch(uint8_t *buf, uint32_t pc)
{
	unsigned n = GUEST_PAGE - (pc & GUEST_PAGE_MASK);
	int prot = window_prot(ga(pc));

	if (prot < 0 || !(prot & PROT_EXEC))
		return 0;
	if (n < UNIT_BYTES && pc + n != 0) {
		prot = window_prot(ga(pc + n));
		if (prot >= 0 && (prot & PROT_EXEC))
			n = UNIT_BYTES;
	}
	if (n > UNIT_BYTES)
		n = UNIT_BYTES;
	if (guest_read(buf, ga(pc), n) == 0)
		return n;
	n = GUEST_PAGE - (pc & GUEST_PAGE_MASK); /* the second page only looked readable */
	return n < UNIT_BYTES && guest_read(buf, ga(pc), n) == 0 ? n : 0;
}

static void helper(struct uop *o, i386_helper *fn, uint32_t arg)
{
	o->op = UOP_HELPER;
	o->helper = fn;
	o->imm = arg;
}

/* INT n from user mode: 80 is the system call; 3 and 4 have gates for it; the others #GP with the vector's gate as error. */
static void software_int(struct uop *o, const struct i386_insn *i)
{
	if ((i->imm & 0xff) == 0x80)
		o->op = UOP_SYSCALL;
	else
		helper(o, i386_execute, 0);
}

/* 0F 3F service: undefined on every processor; in our own vDSO a call to the host. */
static bool hostcall(struct uop *o, const uint8_t *bytes, unsigned avail)
{
	if (avail < 3 || bytes[0] != 0x0f || bytes[1] != 0x3f || !in_vdso(o->pc))
		return false;
	o->op = UOP_HOSTCALL;
	o->len = 3;
	o->imm = bytes[2];
	return true;
}

/*
 * What code that runs anywhere calls for its own address: mov reg, [esp]; ret. 1 + reg, or 0 if target is anything else.
 * Few functions of a library do without one.
 */
static unsigned pc_thunk(uint32_t target)
{
	uint8_t b[4];
	int prot = window_prot(ga(target));

	if (prot < 0 || !(prot & PROT_EXEC) || (target & GUEST_PAGE_MASK) > GUEST_PAGE - sizeof b)
		return 0;
	for (int sure = 0; sure < 2; sure++) /* read again once a change would be seen */
		if (guest_read(b, ga(target), sizeof b) < 0 || b[0] != 0x8b || (b[1] & 0xc7) != 4 || b[1] >> 3 == ESP || b[2] != 0x24 ||
		    b[3] != 0xc3 || (!sure && !engine_relies_on(target)))
			return 0;
	return 1 + (b[1] >> 3);
}

/* VMASKMOVPS, VMASKMOVPD, VPMASKMOV and MASKMOV to memory: what they do not write they do not check. */
static bool stores_by_mask(const struct i386_insn *i)
{
	return i->kind == K_MASKMOV || (i->vex && i->map == 2 && (i->opcode == 0x2e || i->opcode == 0x2f || i->opcode == 0x8e));
}

/* A memory operand of the code segment that is written: no code segment is writable. */
static bool writes_code_segment(const struct i386_insn *i)
{
	if (i->seg != SEG_CS || !i->op)
		return false;
	if (i->kind == K_MOV_MOFFS)
		return i->opcode >= 0xa2;
	return i->kind == K_MASKMOV || (i->kind != K_UD && i->kind != K_ARPL && i->op->attr & OA_WRITES_MEM && insn_mod(i) != 3);
}

/* True if the unit ends behind this one. */
static bool classify(struct uop *o, const struct i386_insn *i)
{
	uint32_t next = i->pc + i->len;

	o->insn = i;
	o->op = UOP_RAW;
	if (writes_code_segment(i)) {
		if (stores_by_mask(i))
			helper(o, i386_execute, 0);
		else
			helper(o, i386_raise, TRAP(TRAP_GP, 0));
		return true;
	}
	switch ((enum i386_kind)i->kind) {
	case K_RAW:
	case K_PUSH_R: case K_PUSH_IMM: case K_PUSH_RM: case K_PUSH_SEG: case K_PUSHA: case K_PUSHF:
	case K_POP_R: case K_POP_RM: case K_POPA: case K_LEAVE:
	case K_INC_R: case K_DEC_R: case K_MOV_MOFFS: case K_XCHG_R: case K_NOP:
	case K_MOV_FROM_SEG: case K_CLD: case K_STD: case K_RDTSC: case K_RDTSCP:
		return false;
	case K_INTO: /* leaves in the middle */
		o->flags_in = FL_ALL;
		return false;
	case K_FLDENV: case K_FRSTOR: case K_FXRSTOR:
		return false;
	case K_XLAT: case K_STRING: case K_MASKMOV:
		if (!(i->prefix & PFX_67) && !i386_segments_used && i->seg != SEG_FS && i->seg != SEG_GS)
			return false;
		break;
	case K_LOOP: case K_JECXZ:
		if (i->prefix & PFX_67)
			break;
		o->flags_in = FL_ALL; /* leaves in the middle */
		o->target = i->imm;
		return false;
	case K_JMP:
		o->op = UOP_JMP;
		o->target = i->imm;
		return true;
	case K_JCC:
		o->op = UOP_JCC;
		o->cond = i->opcode & 15;
		o->target = i->imm;
		return false;
	case K_CALL:
		o->op = UOP_CALL;
		o->target = i->imm;
		o->imm = next;
		o->pc_reg = i->opsize == 4 ? pc_thunk(o->target) : 0;
		return false;
	case K_JMP_IND:
		o->op = UOP_JMP_IND;
		return true;
	case K_CALL_IND:
		o->op = UOP_CALL_IND;
		o->imm = next;
		return false;
	case K_RET:
		o->op = UOP_RET;
		o->imm = i->imm_size ? i->imm & 0xffff : 0;
		return true;
	case K_INT:
		software_int(o, i);
		return true;
	case K_UD:
		helper(o, i386_raise, TRAP(TRAP_UD, 0));
		return true;
	case K_PRIV:
	case K_RDPMC:
		helper(o, i386_raise, TRAP(TRAP_GP, 0));
		return true;
	case K_INT3: case K_INT1:
	case K_JMP_FAR: case K_CALL_FAR: case K_JMP_FAR_IND: case K_CALL_FAR_IND: case K_RETF: case K_IRET:
	case K_SYSENTER: case K_SYSCALL_AMD: case K_BOUND:
	case K_POP_SEG: case K_POPF: case K_ENTER:
	case K_DAA: case K_DAS: case K_AAA: case K_AAS: case K_AAM: case K_AAD: case K_SALC:
	case K_MOV_TO_SEG: case K_LOAD_FAR: case K_ARPL: case K_LAR: case K_LSL: case K_VERR: case K_VERW:
	case K_UMIP: case K_CPUID: case K_RDPID: case K_XGETBV: case K_RDPKRU: case K_WRPKRU:
	case K_FNSTENV: case K_FNSAVE: case K_FXSAVE: case K_XSAVE: case K_XSAVEOPT: case K_XSAVEC: case K_XRSTOR:
	case K_COUNT:
		break;
	}
	helper(o, i386_execute, 0);
	return true;
}

/* A fault shows the flags before the instruction, so one that may fault reads them all. */
static bool may_fault(const struct i386_insn *i)
{
	const struct i386_op *op = i->op;

	if (i->kind != K_RAW)
		return i->kind != K_INC_R && i->kind != K_DEC_R && i->kind != K_XCHG_R && i->kind != K_NOP && i->kind != K_JMP && i->kind != K_JCC;
	if (op->reg == F_XMM || op->reg == F_MMX || op->reg == F_X87 || op->rm == F_XMM || op->rm == F_MMX || op->rm == F_X87)
		return true; /* unmasked exceptions */
	if (i->map == 0 && ((i->opcode & 0xf8) == 0xd8 || i->opcode == 0x9b || ((i->opcode & 0xfe) == 0xf6 && insn_reg(i) >= 6)))
		return true; /* x87, division */
	return op->attr & OA_MODRM && insn_mod(i) != 3 && !(i->map == 0 && i->opcode == 0x8d);
}

/* How many bytes this unit's code has pushed and not popped; 0 where anything else moved the stack. */
static unsigned pushed_after(unsigned pushed, const struct i386_insn *i)
{
	const struct i386_op *op = i->op;
	bool esp = (op->short_reg != F_NONE && (i->opcode & 7) == ESP) ||
		   (op->attr & OA_MODRM && (insn_reg(i) == ESP || (insn_mod(i) == 3 && insn_rm(i) == ESP)));

	switch ((enum i386_kind)i->kind) {
	case K_PUSH_R: case K_PUSH_IMM: case K_PUSH_RM: case K_PUSH_SEG: case K_PUSHF:
		return pushed + i->opsize;
	case K_POP_R: case K_POP_RM: case K_POP_SEG: case K_POPF:
		return esp || pushed < i->opsize ? 0 : pushed - i->opsize;
	case K_CALL: case K_CALL_IND: case K_PUSHA: case K_POPA: case K_ENTER: case K_LEAVE:
		return 0;
	default:
		return esp ? 0 : pushed;
	}
}

/* Fetching the first byte that is missing faults: #PF there, or #GP for an instruction of more than 15 bytes. */
static bool truncated(struct unit *u, uint32_t pc, unsigned avail)
{
	if (u->n || avail < 15)
		return false;
	helper(&u->uop[0], i386_raise, TRAP(TRAP_GP, 0));
	u->uop[0].pc = pc;
	u->uop[0].len = 15;
	u->n = 1;
	u->end = pc + 15;
	return true;
}

void i386_decode_unit(struct unit *u, struct cpu *cpu, uint32_t pc)
{
	static struct i386_insn insns[UNIT_INSNS]; /* block_lock */
	static uint8_t bytes[UNIT_BYTES];
	unsigned avail = fetch(bytes, pc), at = 0, pushed = 0;

	(void)cpu;
	u->pc = u->end = pc;
	u->n = 0;
	u->decoded = insns;
	u->bytes = bytes;
	while (u->n < UNIT_INSNS) {
		struct uop *o = &u->uop[u->n];
		struct i386_insn *i = &insns[u->n];
		unsigned left = avail - at > 15 ? 15 : avail - at;
		bool last;

		*o = (struct uop){.pc = pc + at};
		if (hostcall(o, bytes + at, avail - at)) {
			last = true;
		} else {
			if (!i386_decode(i, bytes + at, left, pc + at)) {
				if (truncated(u, pc, left))
					return;
				break;
			}
			o->len = i->len;
			o->flags_in = may_fault(i) ? FL_ALL : i->flags_in;
			o->flags_out = i->flags_out;
			o->stores = (i->op && (i->op->attr & OA_WRITES_MEM)) || i->kind == K_STRING ||
				    (i->kind >= K_PUSH_R && i->kind <= K_PUSHF) || i->kind == K_MASKMOV ||
				    i->kind == K_MOV_MOFFS || i->kind == K_CALL || i->kind == K_CALL_IND;
			last = classify(o, i);
			if (i->kind == K_RET)
				o->ret = pushed >= i->opsize ? RET_JUMP : RET_PAIRED;
			pushed = pushed_after(pushed, i);
		}
		at += o->len;
		u->n++;
		u->end = pc + at;
		if (last)
			return;
	}
	if (u->n) {
		u->uop[u->n] = (struct uop){.op = UOP_END, .pc = pc + at, .target = pc + at};
		u->n++;
	}
}

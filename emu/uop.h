/* SPDX-License-Identifier: MIT */
/*
 * The translator's one intermediate form. A front-end turns guest instructions into uops, normally one each; a pass
 * over them backwards marks which flags are live; a back-end emits host code in one pass forwards.
 *
 * Operands name guest registers directly. Nothing is lost on the way: memory operands, scaled index, shifter operands,
 * predication, writeback and LOCK are in the form; a host that has such an instruction folds it, another splits it.
 * UOP_RAW carries a whole guest instruction that a host of the same family re-emits with registers and memory operand
 * mapped; a back-end that lacks it asks the front-end to lower it to typed uops (guest->lower).
 *
 * Any boundary between guest instructions is a valid entry and exit: all guest state is then in its home (the pinned
 * host register or the cpu struct), so that faults, signals and jumps into the middle of a unit need no bookkeeping; where a
 * back-end is elsewhere, its mark of the boundary tells, and nothing enters there.
 * x86 guests' loads and stores are ordered (TSO): uops carry UF_TSO for them, which x86 hosts ignore.
 */
#ifndef STRAIT_UOP_H
#define STRAIT_UOP_H

#include <stdbool.h>
#include <stdint.h>

/* Flags a uop reads, writes, or must leave alone; guest-neutral bits (x86: S Z A P C O D; ARM: N Z C V Q). */
enum {
	FL_C = 1 << 0,
	FL_P = 1 << 1,
	FL_A = 1 << 2,
	FL_Z = 1 << 3,
	FL_S = 1 << 4, /* N */
	FL_O = 1 << 5, /* V */
	FL_ALL = 0x3f,
};

enum uop_op {
	/* --- control flow: every unit ends with one --- */
	UOP_END,      /* go on at `target` (unit cut short) */
	UOP_JMP,      /* to `target` */
	UOP_JCC,      /* to `target` if `cond`, else fall through */
	UOP_CALL,     /* push/link return address `imm`, go to `target` */
	UOP_JMP_IND,  /* to operand */
	UOP_CALL_IND,
	UOP_RET,      /* imm: bytes to pop besides; ret: RET_* */
	UOP_SYSCALL,
	UOP_HOSTCALL, /* imm: service number (from the vDSO) */
	UOP_HELPER,   /* call `helper`(cpu, imm) with all guest state in the cpu struct; it sets the next pc itself */
	UOP_FAULT,    /* raise signal imm with code `code`: undefined instruction, privileged instruction, no access ... */
	/* --- a guest instruction as it is --- */
	UOP_RAW,
	/* --- typed: emu/guest/arm/uop.h --- */
	UOP_TYPED,
};

/* A return to a call's return address, as all are until something else is known; or to what the same code has pushed. */
enum { RET_PAIRED, RET_JUMP };

struct cpu;
struct i386_insn;
struct arm_uop;

struct uop {
	uint8_t op;         /* enum uop_op */
	uint8_t cond;       /* guest's condition encoding for UOP_JCC */
	uint8_t len;        /* bytes of the guest instruction */
	uint8_t flags_in;   /* FL_* read */
	uint8_t flags_out;  /* FL_* written (or left undefined by it) */
	uint8_t flags_live; /* FL_* needed by later uops: set by the liveness pass */
	uint8_t flags_target; /* FL_* that the code at `target` may read: set by the liveness pass */
	uint8_t stores;     /* writes guest memory */
	uint8_t no_entry;   /* other code cannot jump here, nor is a signal taken here: state that is not in the cpu (ARM: IT) */
	uint8_t ret;        /* UOP_RET: RET_* */
	uint8_t pc_reg;     /* UOP_CALL: 1 + the register that the callee puts the return address into, and that is all; else 0 */
	uint32_t pc;        /* guest address */
	uint32_t imm;
	uint32_t target;
	union {
		const struct i386_insn *insn;                /* UOP_RAW and the i386 control flow */
		const struct arm_uop *arm;                   /* UOP_TYPED and the ARM control flow */
		bool (*helper)(struct cpu *, uint32_t);      /* UOP_HELPER */
	};
};

#define UNIT_MAX 128 /* guest instructions */

/* One unit of translation: a straight run of guest code with exits to the side. */
struct unit {
	uint32_t pc;        /* first guest byte */
	uint32_t end;       /* behind the last */
	uint32_t known;     /* where the first code behind pc is that is translated already, or 0 */
	bool straight;      /* the caller's: only up to the first jump */
	uint16_t n;
	const uint8_t *bytes; /* the guest bytes that were decoded: memory may have others by now */
	void *decoded;      /* front-end's array of decoded instructions, UNIT_MAX of them */
	struct uop uop[UNIT_MAX + 1];
};

#endif

/* SPDX-License-Identifier: MIT */
/* The x86-64 back-end's state while it emits one unit, shared by its files. */
#ifndef STRAIT_X86_64_EMIT_H
#define STRAIT_X86_64_EMIT_H

#include "emu/block.h"
#include "emu/cpu.h"
#include "emu/host/x86-64/asm.h"
#include "emu/uop.h"

struct emit;
struct guest;

/* struct cpu, whatever the guest. */
#define R_CPU R14

/* Host code from begin to end. */
struct span {
	const uint8_t *begin, *end;
};

/*
 * An indirect jump that remembers one target, behind the unit, at a multiple of 8: to `learn` if the key is not pc_home, and if it is.
 * Its fields are written once, when it is first taken and when it has met several others: each lies within eight aligned bytes, and
 * whatever mix of old and new a thread sees is right.
 */
struct cached_jump {
	const char *code;
	uint8_t size;	  /* of code: up to behind the opcode of a call to `link` */
	uint8_t key;	  /* the target remembered, or its negation */
	uint8_t miss;	  /* rel32: to what learns, then to the look-up */
	uint8_t hit;	  /* rel32: there too, then to the target */
	bool negated;
};

/* What is different for each guest. A process runs one. */
struct x86_guest {
	const struct guest *guest;
	void (*init)(void); /* may be NULL */
	enum stop (*enter)(struct cpu *cpu, const uint8_t *host);
	/* A temporary that holds the guest's pc on the way to the look-up and out; its number in signal contexts. */
	uint8_t pc_home;
	int pc_greg;
	/* Stubs, pc in pc_home: through the jump table; link an exit; out with cpu->stop as it is; out to look again. */
	const uint8_t *const *lookup;
	const uint8_t *link, *leave, *exit_none;
	const uint8_t *abandon, *ret_empty;
	const struct cached_jump *cached;
	void (*lookup_here)(struct emit *e); /* what `lookup` does, in place: then the processor predicts this jump by itself */
	uint8_t jump_shift; /* what `lookup` takes for the jump table's index */
	/* The code of all stubs, and of entering and leaving. */
	struct span stubs, entering, leaving;
	/* Emit: the beginning of a unit, what must be before the boundary of a uop (may be NULL), a uop, what was put aside for behind the unit (may be NULL). */
	void (*begin)(struct emit *e);
	void (*before)(struct emit *e, const struct uop *u, unsigned n);
	void (*uop)(struct emit *e, const struct uop *u, unsigned n);
	void (*cold)(struct emit *e);
	bool (*again)(struct emit *e); /* the uops once more, with what is known by now (may be NULL) */
	/* An interrupted context: is it a boundary without a mark (may be NULL)? Make its registers guest state: at the boundary
	 * of `mark`, or behind it within the instruction (mark may be NULL). */
	bool (*is_boundary)(const void *uc);
	const uint8_t *exit_on;           /* a return's landing that leads out of translated code; NULL: this guest is not interpreted */
	uint32_t (*returns_to)(const uint8_t *landing); /* where the guest goes on behind it */
	uint32_t (*landing_pc)(void *uc); /* where the guest goes, at a return's landing */
	void (*settle)(struct cpu *cpu, void *uc, const struct mark *mark, bool exact);
};

extern const struct x86_guest x86_guest_i386, x86_guest_arm, *x86_guest;

/* target unless it is indirect: then the guest's pc is in pc_home */
struct exit_site {
	uint8_t *field; /* rel32 to be linked */
	uint32_t target;
	bool indirect;
};

struct fixup {
	uint8_t *field;
	uint16_t insn;
};

/* ARM: which of the flag groups FL_Z | FL_S, FL_C, FL_O the host's EFLAGS hold and which are in cpu->arm.nzcv. See arm_flags.c. */
struct flag_place {
	uint8_t host, stored;
	bool borrow; /* the host's CF is NOT C */
};

/* ARM: xmm8 and up have copies of extension registers, by number of the S register they begin with. */
struct xmm_copy {
	uint8_t first, words; /* 0 words: nothing, else 1, 2, 4 */
	bool clean;           /* bits beyond are 0 */
	uint16_t stamp;       /* when it came here */
};

/* ARM: a range of extension registers that was not held when it was read. */
struct missing {
	uint8_t first, words;
	uint16_t times;
};

/* ARM: the unit as a loop. seen: it jumps to its beginning, in this mode; on: it is emitted as one, which holds these there. */
struct loop {
	bool seen, on;
	uint8_t mode, n_kept, n_missing;
	uint8_t *entry; /* behind the way in */
	struct xmm_copy kept[8];
	struct missing missing[16];
};

/* ARM: from host offset `begin` to the instruction at `end`, memory is owed what register x has. See arm_owed.c. */
struct debt {
	uint16_t begin, end;
	uint8_t x, first, words, unused;
};

/* ARM: code behind the unit that a jump with this rel32 field leads to. */
struct cold {
	uint8_t *field;
	const struct arm_uop *arm;
	struct flag_place flags;
	uint32_t target;
	bool may_stop;
	uint8_t live; /* flags to be stored on the way to target */
	uint8_t kind;
	uint8_t *back; /* where the way leads back to; what is held there */
	struct xmm_copy held[8];
	uint8_t fp_mode, x; /* loops: what is known; results: the register, and is it a double? */
	bool is_double;
};

/* ARM: the exclusive load before the current instruction in this unit; no size: not known. */
struct exclusive {
	uint8_t base, size;
	uint32_t offset;
};

/* ARM: the lowest word of xmm3, in bytes of ones and zeros, is GE or its complement. */
enum ge_lanes { GE_UNKNOWN, GE_SET, GE_NOT };

/* What emitting an instruction changes besides filling arrays: saved to take it back. */
struct emit_state {
	struct code c;
	unsigned n_landings, n_exits, n_fixups, n_cold;
	struct flag_place flags;
	uint8_t spilled; /* flag groups stored within this instruction */
	uint8_t fp_mode; /* ARM: what MXCSR is known to hold, 0: not known */
	struct xmm_copy held[8];
	uint16_t held_stamp;
	uint16_t aligned; /* ARM: core registers that are known to be multiples of 4 */
	int16_t esp;      /* i386: esp - r15 */
	struct exclusive exclusive;
	bool ordered; /* ARM: nothing was stored since a locked instruction */
	uint8_t subtract; /* ARM: number of the conditional subtraction whose result is in edx, or 0 */
	const uint8_t *compared; /* ARM: behind this code EFLAGS are FPSCR's flags */
	uint8_t ge_lanes; /* ARM: enum ge_lanes */
	uint8_t words_base; /* ARM: at which offsets from this register words were stored: bit n for 4 * n */
	uint64_t words_stored;
	uint8_t owed; /* ARM: copies, by bit, that memory is owed */
	uint8_t n_debts, debt_of[8];
};

struct emit {
	union {
		struct emit_state state;
		struct {
			struct code c;
			unsigned n_landings, n_exits, n_fixups, n_cold;
			struct flag_place flags;
			uint8_t spilled;
			uint8_t fp_mode;
			struct xmm_copy held[8];
			uint16_t held_stamp;
			uint16_t aligned;
			int16_t esp;
			struct exclusive exclusive;
			bool ordered;
			uint8_t subtract;
			const uint8_t *compared;
			uint8_t ge_lanes;
			uint8_t words_base;
			uint64_t words_stored;
			uint8_t owed;
			uint8_t n_debts, debt_of[8];
		};
	};
	struct cpu *cpu;
	struct unit *u;
	unsigned how; /* EMIT_* */
	bool flat;    /* window base is 0 */
	uint8_t *entry;
	unsigned now; /* the current uop's number */
	struct loop loop;
	uint16_t table; /* the guest's own, from the entry; 0: none */
	bool careful; /* ARM: VFP in FP_MODE_CAREFUL */
	/* ARM, of the current instruction: flags that matter behind it, that it reads and writes */
	uint8_t live, reads, writes;
	/* ... in the body of a conditional one: groups that only EFLAGS held before, of these: should have been stored before */
	uint8_t before_body, wanted;
	bool may_stop; /* a unit can be entered behind it */
	uint8_t quiet; /* up to this uop no boundary can be left or entered: something is not in the cpu */
	bool flipped;  /* its condition was asked of CF with the other polarity than it began with */
	uint8_t *at[UNIT_MAX + 1];
	bool joins[UNIT_MAX + 1]; /* a jump from before leads here */
	struct mark marks[UNIT_MAX + 1];
	uint16_t landings[UNIT_MAX];
	struct exit_site exits[2 * UNIT_MAX];
	struct fixup fixups[UNIT_MAX];
	struct cold cold[4 * UNIT_MAX];
	struct debt debts[UNIT_MAX];
};

extern const uint8_t x86_stubs_begin[];
extern bool x86_has_bmi2;

void emit_exit(struct emit *e, uint32_t target);               /* jmp to guest target, linked when first taken */
void emit_exit_cc(struct emit *e, uint8_t cc, uint32_t target); /* the same if condition cc */
void emit_call(struct emit *e, uint32_t target);               /* the same by a host call */
/* To the guest pc in pc_home, by a jump or (0xe8) a host call straight to where that led first, elsewhere through the look-up. */
void emit_cached(struct emit *e, uint8_t opcode);
/* Index of the uop at guest pc in this unit if a jump may enter there, or -1. */
int emit_inside(const struct emit *e, uint32_t pc);

#endif

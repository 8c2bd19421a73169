/* SPDX-License-Identifier: MIT */
/* Emitting for i386 guests: what its files share. */
#ifndef STRAIT_X86_64_I386_H
#define STRAIT_X86_64_I386_H

#include "emu/guest/i386/decode.h"
#include "emu/host/x86-64/emit.h"

/* Fixed registers; see stubs.S. */
#define R_ESP R15
#define R_GS R13
#define R_BASE R12

/* Stubs (stubs.S). */
extern const uint8_t x86_exit_at[], x86_exit_none_at[], x86_exit_syscall[], x86_exit_helper[], x86_exit_hostcall[], x86_link[], x86_stale[],
	x86_ret_empty[], x86_stubs_end[], x86_enter_begin[], x86_enter_end[], x86_enter_abandon[], x86_exit_end[];
extern uint8_t x86_use_avx;

/* operands.c: guest operands in host form */
static inline uint8_t host_gpr(unsigned guest)
{
	return guest == 4 ? R_ESP : guest;
}
/* The address of a memory operand; may use r8d (and r9d for a segment base). extra is added to the displacement. */
struct mem operand(struct emit *e, const struct i386_insn *i, int32_t extra);
/* Address without segment base and window: what LEA computes. May use r8d for 16-bit forms. */
struct mem effective_address(struct emit *e, const struct i386_insn *i, int32_t extra);
/* An absolute guest address (moffs), with the segment of i. */
struct mem operand_abs(struct emit *e, const struct i386_insn *i, uint32_t addr);
/* Stack slot at esp + disp; may use r9d. */
struct mem stack_slot(struct emit *e, int32_t disp);
/* Guest memory at [host register, zero-extended 32 bit] + disp; may use r9d. */
struct mem guest_mem(struct emit *e, uint8_t reg, int32_t disp);

/* i386_esp.c */
void esp_add(struct emit *e, int32_t n);
void esp_settle(struct emit *e); /* r15 is esp */
void esp_before(struct emit *e, const struct uop *u, unsigned n); /* as far as uop n needs it, or who jumps there */
bool esp_copy(struct emit *e, const struct i386_insn *i); /* mov reg, esp; true if it was and r15 is not esp */
uint16_t esp_mark(const struct emit *e);  /* for the state of the mark at a boundary here */
int esp_lag(const struct mark *mark);     /* esp - r15 there */

/* raw.c: a guest instruction as it is */
void emit_raw(struct emit *e, const struct i386_insn *i);

/* i386.c: those translated by hand; true if i was one */
bool emit_special(struct emit *e, const struct uop *u);

/* i386_flow.c */
void emit_set_pc(struct emit *e, uint32_t pc);
void emit_helper(struct emit *e, bool (*fn)(struct cpu *, uint32_t), uint32_t arg, uint32_t pc);

#endif

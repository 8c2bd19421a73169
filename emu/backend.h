/* SPDX-License-Identifier: MIT */
/* A host architecture: emitting, entering and patching translated code, and reading a signal's context. */
#ifndef STRAIT_BACKEND_H
#define STRAIT_BACKEND_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu.h"
#include "emu/uop.h"

struct block;

/* How the unit is to be translated. */
enum {
	EMIT_CHECKED = 1, /* compare the guest bytes on entry; no loops inside */
	EMIT_SINGLE = 2,  /* one instruction for single-stepping: exits are not linked */
};

/* Where an interrupted host pc is. */
enum place {
	PLACE_C,         /* the emulator's own C code, or nothing of ours */
	PLACE_ENTER,     /* on the way in: can be abandoned */
	PLACE_EXIT,      /* on the way out: goes on to C by itself */
	PLACE_GUEST,     /* in translated code, or in the indirect-branch stubs */
};

struct backend {
	const char *name;
	void (*init)(const struct guest *g);
	bool (*translates)(const struct guest *g); /* false: only the guest's interpreter can run it */
	uintptr_t text; /* address that cached code must be able to reach */

	/* Emit at `at`, at most `room` bytes. Returns the block, or NULL if it did not fit. block_lock held. */
	struct block *(*emit)(struct cpu *cpu, struct unit *u, unsigned how, uint8_t *at, uint32_t room);
	/* Run translated code from host until it stops. */
	enum stop (*enter)(struct cpu *cpu, const uint8_t *host);
	/* An exit, or the entry of a block that was killed, was taken for the first time, to guest pc: let it go straight to `to` from
	 * now on. site: cpu->link_site. */
	void (*link)(uint64_t site, uint32_t pc, const uint8_t *to);
	/* Make a boundary trap; make an entry a way out to be linked. One atomic store each. Make that way one that looks up where to. */
	void (*trap_at)(uint8_t *host);
	void (*close_entry)(uint8_t *host);
	void (*look_up)(uint8_t *entry);

	/* signal contexts */
	enum place (*place)(uintptr_t pc);
	uintptr_t (*get_pc)(const void *uc);
	void (*set_pc)(void *uc, uintptr_t pc);
	/* Guest boundary here although no mark says so: an interrupted string instruction whose state leave() makes normal. */
	bool (*is_boundary)(const void *uc);
	void (*abandon_enter)(void *uc);
	/* Leave translated code from this context: registers are guest state, guest pc given, reason in cpu->stop. */
	void (*leave)(struct cpu *cpu, void *uc, uint32_t guest_pc);
	void (*step)(void *uc, bool on);
	/* Fill cpu->fault's machine part (trapno, err, cr2) and code/addr as the guest would see them. */
	void (*fault_info)(struct cpu *cpu, const siginfo_t *info, const void *uc, uint32_t guest_pc);
	/* Guest pc that a return landing was about to check; the registers are then as the return left them. */
	uint32_t (*landing_pc)(void *uc);
	/* What the interpreter did to what is expected of returns: the next one leads back to it; one to pc is done. */
	void (*push_return)(struct cpu *cpu);
	void (*pop_return)(struct cpu *cpu, uint32_t pc);
	/* A fault at addr was the return stack's guard: empty the stack and go on. */
	bool (*ret_stack_overflow)(struct cpu *cpu, void *uc, uintptr_t addr);
	/* An empty return stack that ends at top. */
	void (*reset_ret_stack)(struct cpu *cpu, void *top);
};

extern const struct backend backend;

#endif

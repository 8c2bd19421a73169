/* SPDX-License-Identifier: MIT */
/* Segment descriptors: the GDT as a 64-bit kernel shows it to 32-bit tasks, three TLS entries a thread, one LDT a process. */
#ifndef STRAIT_I386_SEGMENTS_H
#define STRAIT_I386_SEGMENTS_H

#include <stdbool.h>

#include "emu/cpu.h"
#include "emu/lock.h"

#define SELECTOR_USER_CS 0x23
#define SELECTOR_USER_DS 0x2b

/* Load segment register seg (enum i386_seg, not CS) as MOV, POP and the far loads do. False: cpu->fault is set. */
bool i386_load_seg(struct cpu *cpu, int seg, uint32_t sel);
/* Base of the segment that sel names; ok: it exists and user code may load it. */
uint32_t i386_desc_base(struct cpu *cpu, uint32_t sel, bool *ok);
/* Bases of all segment registers from their selectors, as after sigreturn: a selector gone bad loads as null. */
void i386_reload_segs(struct cpu *cpu);

/* LAR, LSL, VERR, VERW: true is ZF. */
bool i386_lar(struct cpu *cpu, uint32_t sel, uint32_t *ret_rights);
bool i386_lsl(struct cpu *cpu, uint32_t sel, uint32_t *ret_limit);
bool i386_verr(struct cpu *cpu, uint32_t sel);
bool i386_verw(struct cpu *cpu, uint32_t sel);

/* CLONE_SETTLS: tls is the guest address of a struct user_desc. 0 or -errno. */
int i386_set_tls(struct cpu *cpu, uint32_t tls);
gret i386_set_thread_area(struct cpu *cpu, gaddr desc);
gret i386_get_thread_area(struct cpu *cpu, gaddr desc);
gret i386_modify_ldt(struct cpu *cpu, int func, gaddr ptr, uint32_t bytes);

extern struct lock i386_ldt_lock; /* to be held around fork */

#endif

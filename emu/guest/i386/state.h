/* SPDX-License-Identifier: MIT */
/* Register state of an i386 guest thread while it is not running translated code. x87 and MMX stay in the host's unit. */
#ifndef STRAIT_I386_STATE_H
#define STRAIT_I386_STATE_H

#include <stdint.h>

enum i386_gpr { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };
enum i386_seg { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

struct i386_state {
	uint32_t gpr[8];
	uint32_t eip;
	uint32_t eflags;       /* complete image; bits TF DF NT AC ID live here, OSZAPC live in the host's flags while running */
	uint32_t seg_base[6];
	uint32_t sel[6];       /* visible selectors */
	uint32_t orig_eax;     /* the syscall's number, for restart and frames */
	uint32_t mxcsr;
	_Alignas(32) uint8_t ymm[8][32];
	uint64_t tls[3];       /* GDT entries 12..14 (set_thread_area), as descriptors */
};

#endif

/* SPDX-License-Identifier: MIT */
/* Disassembly for -d in_asm and out_asm, and for golden listings in tests. Not on any hot path: capstone, loaded with use. */
#ifndef STRAIT_DISAS_H
#define STRAIT_DISAS_H

#include <stddef.h>
#include <stdint.h>

enum disas_isa { DISAS_I386, DISAS_ARM, DISAS_THUMB, DISAS_X86_64, DISAS_AARCH64 };

/* Calls line() with the text of each instruction in bytes[0..n), whose first is at addr. */
void disas(enum disas_isa isa, const uint8_t *bytes, size_t n, uint64_t addr, void (*line)(const char *text, void *arg),
	   void *arg);

#endif

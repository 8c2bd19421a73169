/* SPDX-License-Identifier: MIT */
/* Disassembly by capstone. */
#include "emu/disas.h"

#include <capstone/capstone.h>
#include <stdbool.h>
#include <stdio.h>

static const struct {
	cs_arch arch;
	cs_mode mode;
} isas[] = {
	[DISAS_I386] = {CS_ARCH_X86, CS_MODE_32},     [DISAS_ARM] = {CS_ARCH_ARM, CS_MODE_ARM | CS_MODE_V8},
	[DISAS_THUMB] = {CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_V8}, [DISAS_X86_64] = {CS_ARCH_X86, CS_MODE_64},
	[DISAS_AARCH64] = {CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN},
};

void disas(enum disas_isa isa, const uint8_t *bytes, size_t n, uint64_t addr, void (*line)(const char *, void *), void *arg)
{
	char text[256];
	csh handle;
	cs_insn *insn;

	if (cs_open(isas[isa].arch, isas[isa].mode, &handle) != CS_ERR_OK)
		return;
	insn = cs_malloc(handle);
	while (n) {
		if (cs_disasm_iter(handle, &bytes, &n, &addr, insn)) {
			snprintf(text, sizeof text, "%08lx  %s%s%s", (unsigned long)insn->address, insn->mnemonic,
				 *insn->op_str ? " " : "", insn->op_str);
		} else {
			snprintf(text, sizeof text, "%08lx  .byte 0x%02x", (unsigned long)addr, *bytes);
			bytes++;
			addr++;
			n--;
		}
		line(text, arg);
	}
	cs_free(insn, 1);
	cs_close(&handle);
}

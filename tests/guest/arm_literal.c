/* SPDX-License-Identifier: MIT */
/* Thumb loads relative to the pc: every offset of up to 255 bytes both ways, among them those whose bits also name a register. */
// guests: arm
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const struct {
	const char *name;
	uint16_t op; /* the first halfword, of the negative form */
	int bytes;
	int is_signed;
} loads[] = {
	{"ldrb", 0xf81f, 1, 0}, {"ldrh", 0xf83f, 2, 0}, {"ldr", 0xf85f, 4, 0}, {"ldrsb", 0xf91f, 1, 1}, {"ldrsh", 0xf93f, 2, 1},
};
/* The same with r15 as what is loaded: PLD, PLDW (or its place), PLI (or its place). */
static const uint16_t hints[] = {0xf81f, 0xf83f, 0xf91f, 0xf93f};

static uint32_t expected(const uint8_t *at, int bytes, int is_signed)
{
	uint32_t v = 0;

	memcpy(&v, at, bytes);
	if (is_signed)
		v = bytes == 1 ? (uint32_t)(int8_t)v : (uint32_t)(int16_t)v;
	return v;
}

/* OP r0, [pc, +-imm]; bx lr */
static uint32_t run(uint16_t *code, uint16_t op, int reg, int imm, uint32_t r0)
{
	uint32_t (*f)(uint32_t) = (void *)((uintptr_t)code | 1);

	code[0] = op;
	code[1] = (uint16_t)(reg << 12 | imm);
	code[2] = 0x4770;
	__builtin___clear_cache((char *)code, (char *)(code + 3));
	return f(r0);
}

int main(void)
{
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint16_t *code = (uint16_t *)(page + 2048);
	int failed = 0;

	for (int i = 0; i < 4096; i++)
		page[i] = (uint8_t)(i * 37 + (i >> 8));
	for (unsigned k = 0; k < sizeof loads / sizeof *loads; k++)
		for (int imm = -255; imm < 256; imm++) {
			uint16_t op = imm < 0 ? loads[k].op : loads[k].op | 0x80;
			uint32_t got = run(code, op, 0, imm < 0 ? -imm : imm, 0x12345678);

			if (got != expected(page + 2048 + 4 + imm, loads[k].bytes, loads[k].is_signed)) {
				printf("%s r0, [pc, #%d]: %08x\n", loads[k].name, imm, (unsigned)got);
				failed = 1;
			}
		}
	for (unsigned k = 0; k < sizeof hints / sizeof *hints; k++)
		for (int imm = 0; imm < 256; imm++)
			if (run(code, hints[k], 15, imm, 77) != 77) {
				printf("hint %04x %03x is none\n", hints[k], (unsigned)imm);
				failed = 1;
			}
	return failed;
}

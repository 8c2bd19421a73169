/* SPDX-License-Identifier: MIT */
/* Executable sections of the 32-bit ELF files in files and directories, for what sweeps real code. */
#ifndef STRAIT_TESTS_ELF_FILES_H
#define STRAIT_TESTS_ELF_FILES_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file {
	const char *name; /* the last part of the path */
	const uint8_t *p;
	size_t size;
	const Elf32_Ehdr *e;
	const Elf32_Shdr *s; /* e->e_shnum of them */
};

/* Bytes [off, off + size) of the file, or NULL. */
const void *elf_inside(const struct elf_file *f, uint64_t off, uint64_t size);

/* Call visit(f, path) for each ELF file of `machine` (EM_*) that path, a file or a directory, has. False: path cannot be read. */
bool elf_files(const char *path, unsigned machine, void (*visit)(const struct elf_file *f, const char *path));

/* Call sweep(f, i, bytes) for each section i that has code. Returns how many; what sweep returns is summed up in ret_sum. */
unsigned elf_code(const struct elf_file *f, unsigned (*sweep)(const struct elf_file *f, unsigned i, const uint8_t *bytes), unsigned *ret_sum);

#endif

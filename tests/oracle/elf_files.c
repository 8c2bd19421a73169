/* SPDX-License-Identifier: MIT */
/* See elf_files.h. */
#define _GNU_SOURCE
#include "elf_files.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned wanted;
static void (*visitor)(const struct elf_file *f, const char *path);

const void *elf_inside(const struct elf_file *f, uint64_t off, uint64_t size)
{
	return off <= f->size && size <= f->size - off ? f->p + off : NULL;
}

static bool is_wanted(const struct elf_file *f)
{
	const Elf32_Ehdr *e = f->e;

	return !memcmp(e->e_ident, ELFMAG, SELFMAG) && e->e_ident[EI_CLASS] == ELFCLASS32 && e->e_machine == wanted &&
	       e->e_shentsize == sizeof(Elf32_Shdr) && elf_inside(f, e->e_shoff, (uint64_t)e->e_shnum * sizeof(Elf32_Shdr));
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct elf_file f = {.name = path + ftw->base, .size = (size_t)st->st_size};
	void *p;
	int fd;

	if (type != FTW_F || f.size < sizeof(Elf32_Ehdr))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	p = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return 0;
	f.p = p;
	f.e = p;
	if (is_wanted(&f)) {
		f.s = elf_inside(&f, f.e->e_shoff, 0);
		visitor(&f, path);
	}
	munmap(p, f.size);
	return 0;
}

bool elf_files(const char *path, unsigned machine, void (*to)(const struct elf_file *f, const char *path))
{
	wanted = machine;
	visitor = to;
	return nftw(path, visit, 16, FTW_PHYS) == 0;
}

unsigned elf_code(const struct elf_file *f, unsigned (*sweep)(const struct elf_file *f, unsigned i, const uint8_t *bytes), unsigned *ret_sum)
{
	unsigned n = 0;

	*ret_sum = 0;
	for (unsigned i = 0; i < f->e->e_shnum; i++) {
		const Elf32_Shdr *h = &f->s[i];
		const uint8_t *bytes = h->sh_type == SHT_PROGBITS && h->sh_flags & SHF_EXECINSTR ? elf_inside(f, h->sh_offset, h->sh_size) : NULL;

		if (!bytes)
			continue;
		*ret_sum += sweep(f, i, bytes);
		n++;
	}
	return n;
}

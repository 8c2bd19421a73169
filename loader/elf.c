/* SPDX-License-Identifier: MIT */
/* Is this file a program for one of our guests, and is it sound? Errnos as fs/binfmt_elf.c gives them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "emu/window.h"
#include "loader/loader.h"
#include "syscalls/row.h"

static int complain(struct complaint *bad, int err, const char *why, const char *hint)
{
	snprintf(bad->why, sizeof bad->why, "%s", why);
	snprintf(bad->hint, sizeof bad->hint, "%s", hint);
	return err;
}

static int damaged(struct complaint *bad, const char *why)
{
	return complain(bad, -ENOEXEC, why, "the file is damaged or was cut off; get it again");
}

static bool read_at(int fd, void *to, size_t n, uint64_t at)
{
	return sys_raw(SYS_pread64, fd, to, n, at) == (long)n;
}

static const struct guest *guest_of(uint16_t machine)
{
	for (unsigned i = 0; guests[i]; i++)
		if (guests[i]->elf_machine == machine)
			return guests[i];
	return NULL;
}

static bool map_headers(struct image *im)
{
	long at = sys_raw(SYS_mmap, NULL, sizeof(Elf32_Phdr[MAX_PHDRS]), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at < 0)
		return false;
	im->ph = (Elf32_Phdr *)at;
	return true;
}

void image_forget(struct image *im)
{
	if (im->ph != im->few)
		sys_raw(SYS_munmap, im->ph, sizeof(Elf32_Phdr[MAX_PHDRS]));
	im->ph = im->few;
}

static int check_header(struct image *im, struct complaint *bad)
{
	const Elf32_Ehdr *eh = &im->eh;
	const char *why = "the file's ELF flags are not those of a program for this guest";

	if (memcmp(eh->e_ident, ELFMAG, SELFMAG)) /* of e_ident the kernel looks at no more: the machine decides */
		return -ENOEXEC;
	im->guest = guest_of(eh->e_machine);
	if (!im->guest)
		return -ENOEXEC;
	if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
		return complain(bad, -ENOEXEC, "the file is an ELF object, not a program", "link it first");
	if (im->guest->check_elf(eh->e_flags, eh->e_ident, &why) < 0)
		return complain(bad, -ENOEXEC, why, "this kind of program cannot be run");
	if (eh->e_phentsize != sizeof(Elf32_Phdr) || eh->e_phnum < 1)
		return damaged(bad, "the program header table has no entries of the right size");
	if (eh->e_phnum > MAX_PHDRS)
		return damaged(bad, "the program header table is larger than any program's");
	if (eh->e_phnum > FEW_PHDRS && !map_headers(im))
		return -ENOMEM;
	if (!read_at(im->fd, im->ph, eh->e_phnum * sizeof(Elf32_Phdr), eh->e_phoff))
		return damaged(bad, "the program header table lies outside the file");
	return 0;
}

static int check_load(struct image *im, const Elf32_Phdr *ph, uint64_t file_size, struct complaint *bad)
{
	uint64_t end = (uint64_t)ph->p_vaddr + ph->p_memsz;

	if (ph->p_filesz > ph->p_memsz)
		return complain(bad, -EINVAL, "a segment is larger in the file than in memory", "the file is damaged");
	if ((ph->p_vaddr - ph->p_offset) & GUEST_PAGE_MASK)
		return complain(bad, -EINVAL, "a segment's address and file offset do not fit together", "the file is damaged");
	if (end > im->guest->task_size)
		return complain(bad, -ENOMEM, "a segment lies outside the address space", "the file is damaged");
	if (ph->p_filesz && (uint64_t)ph->p_offset + ph->p_filesz > file_size)
		return damaged(bad, "a segment reaches behind the end of the file");
	if ((ph->p_vaddr & ~GUEST_PAGE_MASK) < im->span_low)
		im->span_low = ph->p_vaddr & ~GUEST_PAGE_MASK;
	if (((end + GUEST_PAGE_MASK) & ~(uint64_t)GUEST_PAGE_MASK) > im->span_high)
		im->span_high = (end + GUEST_PAGE_MASK) & ~(uint64_t)GUEST_PAGE_MASK;
	return 0;
}

static int read_interp(struct image *im, const Elf32_Phdr *ph, struct complaint *bad)
{
	if (ph->p_filesz > PATH_MAX || ph->p_filesz < 2)
		return damaged(bad, "the name of the program interpreter has no sensible length");
	if (!read_at(im->fd, im->interp, ph->p_filesz, ph->p_offset))
		return complain(bad, -EIO, "the name of the program interpreter lies outside the file", "the file is damaged");
	if (im->interp[ph->p_filesz - 1])
		return damaged(bad, "the name of the program interpreter has no end");
	return 0;
}

/* .note.ABI-tag: name "GNU", type 1, words: OS (0: Linux), a, b, c. */
static void read_note(struct image *im, const Elf32_Phdr *ph)
{
	struct {
		uint32_t namesz, descsz, type;
		char name[4];
		uint32_t os, release[3];
	} note;

	for (uint32_t at = 0; at + sizeof note <= ph->p_filesz && at < 4096;) {
		if (!read_at(im->fd, &note, sizeof note, ph->p_offset + at))
			return;
		if (note.namesz == 4 && note.type == 1 && note.descsz >= 16 && !memcmp(note.name, "GNU", 4) && note.os == 0) {
			im->need_release = note.release[0] << 16 | (note.release[1] & 255) << 8 | (note.release[2] & 255);
			return;
		}
		if (note.namesz > 4096 || note.descsz > 4096)
			return;
		at += 12 + ((note.namesz + 3) & ~3u) + ((note.descsz + 3) & ~3u);
	}
}

static int read_image(struct image *im, int fd, struct complaint *bad)
{
	struct stat st;
	bool loads = false;
	int r;

	im->fd = fd; /* what comes from the file follows; two pages of zeros would be most of the work */
	im->ph = im->few;
	im->exec_stack = true;
	im->span_low = 0xffffffff;
	im->span_high = im->need_release = 0;
	im->interp[0] = 0;
	if (sys_raw(SYS_fstat, fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EACCES;
	if (!read_at(fd, &im->eh, sizeof im->eh, 0))
		return -ENOEXEC;
	r = check_header(im, bad);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < im->eh.e_phnum; i++) {
		const Elf32_Phdr *ph = &im->ph[i];

		if (ph->p_type == PT_LOAD && ph->p_memsz) {
			loads = true;
			r = check_load(im, ph, st.st_size, bad);
		} else if (ph->p_type == PT_INTERP && !im->interp[0]) {
			r = read_interp(im, ph, bad);
		} else if (ph->p_type == PT_GNU_STACK) {
			im->exec_stack = ph->p_flags & PF_X;
		} else if (ph->p_type == PT_NOTE && !im->need_release) {
			read_note(im, ph);
		}
		if (r < 0)
			return r;
	}
	return loads ? 0 : damaged(bad, "the file has nothing to load");
}

int image_read(struct image *im, int fd, struct complaint *bad)
{
	int r = read_image(im, fd, bad);

	if (r < 0)
		image_forget(im);
	return r;
}

/* SPDX-License-Identifier: MIT */
/*
 * libc would look its vDSO functions up before main; most programs never ask for the time, and a start pays for each page touched.
 * So it is done when the time is first asked for, from the vDSO's dynamic section as vdso(7) has it.
 */
#include "emu/host_clock.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "syscalls/row.h"

typedef long clock_fn(clockid_t clock, struct timespec *t);

static long clock_by_call(clockid_t clock, struct timespec *t)
{
	return sys_raw(SYS_clock_gettime, clock, t);
}

static const void *dynamic(const Elf64_Ehdr *eh, const Elf64_Dyn *d, Elf64_Sxword tag)
{
	for (; d->d_tag != DT_NULL; d++)
		if (d->d_tag == tag)
			return (const char *)eh + d->d_un.d_ptr;
	return NULL;
}

/* Linked at 0, so that addresses in it are distances; its strings follow its symbols. */
static clock_fn *find(const Elf64_Ehdr *eh)
{
	const Elf64_Phdr *ph = (const Elf64_Phdr *)((const char *)eh + eh->e_phoff);
	const Elf64_Sym *symbol = NULL;
	const char *names = NULL;

	for (unsigned i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_DYNAMIC) {
			symbol = dynamic(eh, (const Elf64_Dyn *)((const char *)eh + ph[i].p_offset), DT_SYMTAB);
			names = dynamic(eh, (const Elf64_Dyn *)((const char *)eh + ph[i].p_offset), DT_STRTAB);
		}
	if (!symbol || !names)
		return clock_by_call;
	for (; (const char *)(symbol + 1) <= names; symbol++) {
		const char *name = names + symbol->st_name;

		if (symbol->st_shndx != SHN_UNDEF && (!strcmp(name, "__vdso_clock_gettime") || !strcmp(name, "__kernel_clock_gettime")))
			return (clock_fn *)(uintptr_t)((const char *)eh + symbol->st_value);
	}
	return clock_by_call;
}

long host_clock(clockid_t clock, struct timespec *t)
{
	static clock_fn *_Atomic fn; /* found twice by two threads it is the same */
	clock_fn *f = fn;

	if (!f) {
		const Elf64_Ehdr *eh = (const Elf64_Ehdr *)getauxval(AT_SYSINFO_EHDR);

		fn = f = eh ? find(eh) : clock_by_call;
	}
	return f(clock, t);
}

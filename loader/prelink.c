/* SPDX-License-Identifier: MIT */
/* What libc does before main(), as far as it is done otherwise here: each page and system call that a start goes without counts. */
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/populate.h"

/*
 * What lets a static, prelinked executable live far above 4 GiB: libc refers to these weakly by 32-bit distances, and an
 * undefined weak symbol is at address 0, out of reach. Each is empty because what it would do is not needed here.
 */
void _dl_relocate_static_pie(void);
void __pthread_initialize_minimal(void);
void __call_tls_dtors(void);
void __cxa_finalize(void *);
_Noreturn void __pthread_unwind(void *);

void _dl_relocate_static_pie(void)
{
}

void __pthread_initialize_minimal(void)
{
}

void __call_tls_dtors(void)
{
}

void __cxa_finalize(void *dso)
{
	(void)dso;
}

void __pthread_unwind(void *buf)
{
	(void)buf;
	__builtin_trap();
}

/* The first thread's variables: not from the break, which would be a page and its tables far from all others. */
void *_dl_early_allocate(size_t size);
void *_dl_early_allocate(size_t size)
{
	static _Alignas(64) char first[6144];
	long r;

	if (size <= sizeof first)
		return first;
	r = sys_raw(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return r < 0 ? NULL : (void *)r;
}

/* Wrapped (meson.build): the dynamic loader's search paths and the host's vDSO, which emu/host_clock.c asks when needed ... */
void __wrap__dl_non_dynamic_init(void);
void __wrap__dl_non_dynamic_init(void)
{
}

/* ... and GLIBC_TUNABLES, which are the guest's. */
void __wrap___tunables_init(char **envp);
void __wrap___tunables_init(char **envp)
{
	(void)envp;
}

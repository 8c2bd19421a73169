/* SPDX-License-Identifier: MIT */
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

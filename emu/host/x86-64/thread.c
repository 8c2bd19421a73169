/* SPDX-License-Identifier: MIT */
/* Thread-local storage and the thread descriptor of glibc on x86-64 for threads that glibc did not make. */
#define _GNU_SOURCE
#include "emu/host/thread.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "syscalls/row.h"

long host_compat(uint32_t nr, uint32_t a, uint32_t b, uint32_t c);
void host_sigreturn(void);
void __ctype_init(void);

/*
 * x86-64 TLS, variant 2: the program's block ends at the thread pointer, libc's struct pthread starts there. Its first
 * words are ABI (compilers use 0x28): 0x00 tcb, 0x10 self, 0x28 stack guard, 0x30 pointer guard. The tid sits
 * at 0x2d0 since glibc 2.4 or so; believed only if it shows this thread's.
 */
enum { TCB_SELF = 0x10, TCB_STACK_GUARD = 0x28, TCB_POINTER_GUARD = 0x30, TCB_TID = 0x2d0, TCB_SIZE = 4096 };

/* How far the program was moved when it was loaded: 0 unless it is position-independent. */
static uintptr_t load_bias(void)
{
	const ElfW(Phdr) *ph = (const ElfW(Phdr) *)getauxval(AT_PHDR);

	for (unsigned long i = 0; ph && i < getauxval(AT_PHNUM); i++) {
		if (ph[i].p_type == PT_PHDR)
			return (uintptr_t)ph - ph[i].p_vaddr;
	}
	return 0;
}

static const ElfW(Phdr) * tls_segment(void)
{
	const ElfW(Phdr) *ph = (const ElfW(Phdr) *)getauxval(AT_PHDR);

	for (unsigned long n = getauxval(AT_PHNUM); ph && n; n--, ph++) {
		if (ph->p_type == PT_TLS)
			return ph;
	}
	return NULL;
}

static size_t tls_bytes(const ElfW(Phdr) * ph)
{
	size_t align = ph && ph->p_align > 64 ? ph->p_align : 64;

	return ph ? (ph->p_memsz + align - 1) & ~(align - 1) : 0;
}

static uint64_t *tcb(void)
{
	uint64_t *p;

	__asm__("mov %%fs:0x10, %0" : "=r"(p));
	return p;
}

size_t host_tls_size(void)
{
	return tls_bytes(tls_segment()) + TCB_SIZE;
}

void *host_tls_init(void *mem)
{
	const ElfW(Phdr) *ph = tls_segment();
	uint64_t *self = (uint64_t *)((char *)mem + tls_bytes(ph));
	const uint64_t *mine = tcb();

	__libc_single_threaded = 0;
	if (ph) {
		size_t align = ph->p_align ? ph->p_align : 1;
		size_t size = (ph->p_memsz + align - 1) & ~(align - 1);

		memcpy((char *)self - size, (const void *)(load_bias() + ph->p_vaddr), ph->p_filesz);
	}
	self[0] = (uint64_t)self;
	self[TCB_SELF / 8] = (uint64_t)self;
	self[TCB_STACK_GUARD / 8] = mine[TCB_STACK_GUARD / 8];
	self[TCB_POINTER_GUARD / 8] = mine[TCB_POINTER_GUARD / 8];
	/* Only a thread whose own descriptor is as expected may shape another's. */
	*(int *)((char *)self + TCB_TID) = *(const int *)((const char *)mine + TCB_TID) ? -1 : 0;
	return self;
}

void host_move(void *stack, void (*fn)(void *), void *arg)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%1\n\t"
			 "ud2"
			 :
			 : "r"((uintptr_t)stack & ~(uintptr_t)15), "r"(fn), "D"(arg)
			 : "memory");
	__builtin_unreachable();
}

void host_tls_start(int tid)
{
	int *p = (int *)((char *)tcb() + TCB_TID);

	if (*p == -1)
		*p = tid;
	__ctype_init();
}

/* ---- the kernel's 32-bit system calls, where it has them ---- */

static void no_int80(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RIP] += 2;
	uc->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
}

struct host_sigaction {
	void (*fn)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000
#endif

enum { I386_GETPID = 20, I386_SET_ROBUST_LIST = 311, I386_GET_ROBUST_LIST = 312 };

/* int $0x80 raises SIGSEGV on a kernel without the 32-bit table: try it once. */
static bool has_int80(void)
{
	static int known; /* 0: not tried, 1: yes, 2: no */
	struct host_sigaction try = {no_int80, SA_SIGINFO | SA_ONSTACK | SA_RESTORER, host_sigreturn, ~0ull}, old;

	if (!known) {
		sys_raw(SYS_rt_sigaction, SIGSEGV, &try, &old, 8);
		known = host_compat(I386_GETPID, 0, 0, 0) > 0 ? 1 : 2;
		sys_raw(SYS_rt_sigaction, SIGSEGV, &old, NULL, 8);
	}
	return known == 1;
}

long host_set_robust_list32(uint32_t head, uint32_t len)
{
	return has_int80() ? host_compat(I386_SET_ROBUST_LIST, head, len, 0) : -ENOSYS;
}

long host_get_robust_list32(int tid, uint32_t head_at, uint32_t len_at)
{
	return has_int80() ? host_compat(I386_GET_ROBUST_LIST, (uint32_t)tid, head_at, len_at) : -ENOSYS;
}

/* SPDX-License-Identifier: MIT */
/* What a host gives for threads: raw clone onto a new stack, libc's thread block without libc's help, an exit that leaves no stack. */
#ifndef STRAIT_HOST_THREAD_H
#define STRAIT_HOST_THREAD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* clone with a stack of its own (stack: its top); the child runs fn(arg), which never returns. Child's tid or -errno. */
long host_clone(uint64_t flags, void *stack, void *ptid, void *ctid, void *tls, void (*fn)(void *), void *arg);
/* Same by clone3; args is the host kernel's struct with stack, stack_size and tls filled in. */
long host_clone3(void *args, size_t size, void (*fn)(void *), void *arg);
/* End this thread and give back [block, block + len), which holds its stack. All signals are blocked. */
_Noreturn void host_exit_unmap(void *block, size_t len, int status);
/* Same, but what holds the stack goes to others: *leaving becomes 0 as this thread's last deed. */
_Noreturn void host_exit_leave(atomic_int *leaving, int status);

/* Go on in fn(arg) on another stack (its top); what this one holds is given up. */
_Noreturn void host_move(void *stack, void (*fn)(void *), void *arg);

/* Bytes a thread's TLS and libc's thread descriptor take. */
size_t host_tls_size(void);
/* Lay them out in zeroed mem (64-byte aligned); the thread pointer to give to clone. */
void *host_tls_init(void *mem);
/* First thing in the new thread, its tid known: libc's idea of the thread. */
void host_tls_start(int tid);

/* The kernel's own walk of a 32-bit robust list, if it has one for 32-bit tasks: 0, or -ENOSYS. */
long host_set_robust_list32(uint32_t head, uint32_t len);
/* The 32-bit robust list of thread tid (0: this one), likewise; results go to two words below 4 GiB. */
long host_get_robust_list32(int tid, uint32_t head_at, uint32_t len_at);

#endif

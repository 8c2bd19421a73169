/* SPDX-License-Identifier: MIT */
/* One guest thread: its registers and what the emulator knows about it. A guest thread is a host thread. */
#ifndef STRAIT_CPU_H
#define STRAIT_CPU_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "emu/gaddr.h"
#include "emu/guest/arm/state.h"
#include "emu/guest/i386/state.h"
#include "ioctl-tables/table.h"

struct guest;
struct sighand;
struct files;

/* Why translated code stopped; main wires reasons to handlers. */
enum stop {
	STOP_NONE,     /* look again at the guest's pc and go on (after a signal was handled, code was invalidated...) */
	STOP_SYSCALL,  /* the guest's system call instruction; pc is behind it */
	STOP_FAULT,    /* cpu->fault says which signal the guest instruction at pc raised */
	STOP_SIGNAL,   /* an asynchronous host signal was captured: cpu->captured */
	STOP_HELPER,   /* internal to emu: cpu->helper is to be called with this state */
	STOP_HOSTCALL, /* the guest's vDSO asks for service number cpu->hostcall */
	STOP_LINK,     /* internal to emu: a direct exit was taken for the first time */
	STOP_ON,       /* internal to emu: go on at the guest's pc, where the thread may have been before; */
	STOP_CALLED,   /* ... it went there by a call that was interpreted */
};

/* A synchronous fault as the kernel would report it. */
struct fault {
	int sig;        /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
	int code;       /* si_code */
	uint32_t addr;  /* si_addr */
	uint32_t trapno, err, cr2; /* x86 guests: as in the signal frame */
};

/* A host signal taken by the handler and not yet given to the guest. While set, host signals stay blocked. */
struct captured {
	int sig; /* 0: none */
	siginfo_t info;
};

/*
 * Signals the host gave us although the guest blocks them now: the synchronous five, which are never blocked on the
 * host, and a captured one overtaken by a fault's handler. The host handler fills slots 0..4, C code the others.
 */
#define HELD_SLOTS 8
struct held {
	_Atomic uint64_t set; /* bit 0 is signal 1 */
	siginfo_t info[HELD_SLOTS];
};

/* Where a guest pc that C code came back to is translated. */
#define GO_ON_BITS 6
struct go_on {
	uint32_t pc, host; /* from the beginning of the cache; 0: not known */
	uint64_t epoch;
};

/* What an ioctl of this thread found in the tables, for the next one like it; syscalls/ioctl.c. */
struct ioctl_known {
	int fd;
	uint32_t cmd, host_cmd, when, size;
	int way;
	const struct ioctl_row *row;
	struct ioctl_small small;
};
enum { IOCTLS_KNOWN = 8 };

struct cpu;

/* A host call that a handler leaves to the dispatcher: syscalls/row.h. */
struct host_call {
	long nr, a, b, c;
	gret (*after)(struct cpu *cpu, gret r); /* may be NULL */
};

struct cpu {
	/* Guest registers first: emitted code addresses them by small offsets from the context register. */
	union {
		struct i386_state i386;
		struct arm_state arm;
	};

	/* --- touched by emitted code and the stubs of the host back-end --- */
	_Alignas(64) void *host_sp;        /* stack of the C code that called run() */
	void *ret_sp, *ret_base;           /* return-prediction stack: current and empty */
	void *jump_table;                  /* indirect-branch table, see emu/block.h */
	bool (*helper)(struct cpu *, uint32_t arg); /* for STOP_HELPER; false: cpu->fault is set */
	uint32_t helper_arg;
	uint32_t hostcall;
	uint32_t stop;                     /* enum stop, written by the exit stubs */
	atomic_uint attention;             /* non-zero: do not enter translated code, look at captured/kick first */
	atomic_uint in_code;               /* this thread is between entry and exit of translated code */
	uint64_t link_site;                /* for STOP_LINK: host address behind the exit's call */
	uint64_t scratch[4];
	void *ret_full;                    /* ret_sp is above: C code has room enough below it */

	/* --- C only: first what every call looks at, on one page with the above --- */
	const struct guest *guest;
	struct files *files;               /* shared along CLONE_FILES: what we know per fd */
	atomic_uint out_first, out_end;    /* pages that the host's kernel may write in the call being made; out_end 0: none */
	uint64_t link_epoch;               /* state of the cache when translated code was last entered */
	uint32_t fault_unit;               /* fault inside a sequence that has no state of its own: where its unit began, or 0 */
	uint32_t syscall_nr;               /* the one being made, for restart */
	int syscall_restart;               /* ERESTART* code it ended with, until syscall_settle() */
	bool syscall_restart_ok;           /* the syscall just made may be restarted (set by safe_syscall) */
	bool single;                       /* in translated code for one guest instruction */
	struct host_call later;
	const struct ioctl_known *ioctl;   /* being made, with this argument and data */
	gaddr ioctl_arg;
	struct ioctl_small_data ioctl_data;
	struct ioctl_known ioctl_known[IOCTLS_KNOWN];
	struct go_on go_on[1 << GO_ON_BITS]; /* engine_run() */

	struct sighand *sighand;           /* shared along CLONE_SIGHAND */
	struct fault fault;
	struct captured captured;
	uint32_t trap_nr, trap_err, trap_cr2; /* of the last fault that became a signal: every later frame shows them */
	uint64_t sigmask;                  /* guest's blocked signals, bit 0 is signal 1 */
	uint64_t sigmask_saved;            /* to restore after sigsuspend and its kind */
	bool sigmask_restore;
	bool stepping;                     /* single-stepping on the host to the next guest boundary */
	bool parent_frees;                 /* a vfork child: what it has is given back by its parent */
	uint32_t altstack_sp, altstack_size, altstack_flags;
	uint32_t clear_child_tid;          /* guest address or 0 */
	uint32_t robust_list, robust_list_len;
	uint32_t rseq, rseq_len, rseq_sig;
	int tid, pid;                      /* host's = guest's thread id, thread group */
	void *stacks;                      /* engine_stacks_size() bytes: signal stack, interpreter, return stack */
	void *interp;                      /* interpreter's memory of this thread, all 0 at first, interp_size bytes */
	size_t interp_size;
	void (*unwind)(void);              /* where C code that executes guest instructions goes from a fault in guest memory */
	struct cpu *next_cpu, **prev_cpu;  /* all threads of this address space; engine's lock */
	struct held held;
};

extern _Thread_local struct cpu *cpu_self; /* this thread's */
extern bool cpu_shares;              /* another thread is, was or is about to be in this address space */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A syscall is a row: dispatch, argument marshalling, -strace text and the coverage report all read it.
 * Rows are written in syscalls/rows.list; one table per guest is made of it with the numbers from that guest's own kernel
 * headers (syscalls/gen-table.sh).
 */
#ifndef STRAIT_SYSCALLS_ROW_H
#define STRAIT_SYSCALLS_ROW_H

#include <stdatomic.h>

#include "emu/cpu.h"
#include "emu/engine.h"
#include "emu/guest.h"
#include "emu/host/call.h"
#include "emu/window.h"

/* Argument kinds: how a direct row passes the 32-bit guest value to the host, and how -strace prints it. */
enum arg {
	A_END,    /* no more arguments */
	A_INT,    /* int: sign-extended, decimal */
	A_UINT,   /* unsigned or length: zero-extended, decimal */
	A_HEX,    /* unsigned, printed in hex */
	A_FD,     /* file descriptor: sign-extended */
	A_DIRFD,  /* same, AT_FDCWD by name */
	A_PATH,   /* path: goes through the translation of -L and of /proc/PID/exe */
	A_LINK,   /* path where a link at the end is itself meant */
	A_STR,    /* any other string */
	A_PTR,    /* opaque pointer: guest_ptr */
	A_BUF,    /* data the kernel reads; its length is the next A_UINT */
	A_OUT,    /* data the kernel writes; its length is the next A_UINT */
	A_OCT,    /* mode */
	A_SIG,    /* signal number, by name */
	A_OFLAGS, /* open flags, by name */
	A_ATFLAGS, /* AT_*: whether the row's path means a link at its end */
	A_PAIR,   /* 64-bit value in a register pair: takes two argument slots, low first; on ARM starts even */
	A_LONG,   /* long: sign-extended */
	A_OUT_N_ = 0x80,
};
/* A structure of at most n bytes that the kernel writes; printed like A_PTR. */
#define A_OUT_N(n) (A_OUT_N_ | ((n) + 3) / 4)

struct syscall_row {
	const char *name;
	/* The handler, with the six raw argument registers; NULL: direct. */
	gret (*fn)(struct cpu *cpu, const uint32_t a[6]);
	short direct;     /* host number + 1 for a direct row; 0: none */
	unsigned char arg[7];
	unsigned char flags;
	unsigned char fds; /* bits: which arguments are descriptors */
};

#define ROW_NORET 1   /* does not return in the normal way: sigreturn, exit, exec. 0 is not stored, an error is */
#define ROW_BLOCKS 2  /* direct rows only: may block, goes through safe_syscall */
#define ROW_HEX 4     /* the result is an address: -strace prints hex */
#define ROW_ABSENT 8  /* the kernel itself answers ENOSYS: no report */

/* Give the guests their tables and layouts. Before the first guest instruction. */
void syscalls_init(void);

/* Made by gen-table.sh. */
extern const struct syscall_row syscall_rows_i386[], syscall_rows_arm[];
extern const uint32_t n_syscall_rows_i386, n_syscall_rows_arm;

/* From STOP_SYSCALL: find the row, trace, call, store the result (and restart state) in the cpu. */
void syscall_dispatch(struct cpu *cpu);
/* The same as an engine_service. */
bool syscall_serve(struct cpu *cpu, engine_again *again);

/*
 * For the signal layer. A syscall that ended with one of ERESTART* leaves it in cpu->syscall_restart (0: none) with a
 * signal in cpu->captured. Before a frame is pushed, or when no handler is going to run, settle it: the call is made
 * again or its result becomes EINTR. Where no signal was captured the dispatcher has settled it already.
 */
void syscall_settle(struct cpu *cpu, bool handler, bool sa_restart);

/* Unknown calls and ioctls, counted for --stats; each one is reported once. */
extern atomic_uint syscalls_unknown, ioctls_unknown;
/* One line on stderr or the log: "strait: what". At most once for each key. */
void report_once(uint32_t key, const char *what);
extern bool report_each; /* -d unimp: not once but each time */

/*
 * Host syscalls, raw: the value or -errno. Arguments are integers or pointers; int is sign-extended, uint32_t is not.
 * sys_raw: cannot block, or must not be interrupted.
 * sys_safe: may block. If a signal the guest must see is captured before the call has started, it is not made and the
 * result is -ERESTARTSYS (512), which the dispatcher turns into a restart or EINTR by the handler's SA_RESTART, as the
 * kernel does. Host handlers are installed with SA_RESTART, so a call that the kernel would restart is found back on
 * its instruction and is reported the same way; one that it would not (poll, nanosleep) gives -EINTR.
 */
#define sys_raw(...) SYS_ARGS_(sys_raw_, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define sys_safe(cpu, ...) SYS_SAFE_ARGS_(cpu, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYS_ARGS_(fn, nr, a, b, c, d, e, f, ...)                                                                       \
	fn((long)(nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define SYS_SAFE_ARGS_(cpu, nr, a, b, c, d, e, f, ...)                                                                 \
	sys_safe_(cpu, (long)(nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* sys_safe of three in place: emu/host/call.h. */
#define sys_safe3(cpu, nr, a, b, c) host_call_safe3(&(cpu)->attention, nr, (long)(a), (long)(b), (long)(c))
long sys_raw_(long nr, long a, long b, long c, long d, long e, long f);
long sys_safe_(struct cpu *cpu, long nr, long a, long b, long c, long d, long e, long f);

/*
 * A handler (row.fn) whose last act is a host call may leave that to the dispatcher, who makes it in place: return call_later(...).
 * after: from the host's result to the guest's.
 */
#define CALL_LATER INT64_MIN

static inline gret call_later(struct cpu *cpu, long nr, long a, long b, long c, gret (*after)(struct cpu *cpu, gret r))
{
	cpu->later = (struct host_call){nr, a, b, c, after};
	return CALL_LATER;
}

static inline __attribute__((always_inline)) gret call_now(struct cpu *cpu)
{
	gret r = sys_safe3(cpu, cpu->later.nr, cpu->later.a, cpu->later.b, cpu->later.c);

	return cpu->later.after ? cpu->later.after(cpu, r) : r;
}

/*
 * From the host signal handler, with the interrupted host pc: inside sys_safe and before the kernel was entered (or
 * after it asked for a restart) the pc moves to where sys_safe gives up with -ERESTARTSYS. True if it was moved.
 */
bool safe_syscall_rewind(uintptr_t *pc);

#define ERESTARTSYS 512           /* restart if SA_RESTART or no handler, else EINTR */
#define ERESTARTNOINTR 513        /* always restart */
#define ERESTARTNOHAND 514        /* restart if no handler, else EINTR */
#define ERESTART_RESTARTBLOCK 516 /* restart through restart_syscall if no handler, else EINTR */

/* Kernel-style results from within handlers. */
#define TRY(expr)                                                                                                      \
	do {                                                                                                           \
		long try_ = (expr);                                                                                    \
		if (try_ < 0)                                                                                          \
			return try_;                                                                                   \
	} while (0)

#endif

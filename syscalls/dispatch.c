/* SPDX-License-Identifier: MIT */
/* A guest's system call: find its row, convert what a row describes, call, settle restarts. */
#include <errno.h>
#include <fcntl.h>

#include "emu/host_signal.h"
#include "emu/hot.h"
#include "syscalls/files.h"
#include "syscalls/path.h"
#include "syscalls/row.h"
#include "syscalls/signal.h"
#include "syscalls/strace.h"

atomic_uint syscalls_unknown, ioctls_unknown;

static inline gret call_direct(struct cpu *cpu, const struct syscall_row *row, const long h[6])
{
	return row->flags & ROW_BLOCKS ? host_call_safe(&cpu->attention, row->direct - 1, h) : host_call(row->direct - 1, h);
}

/* Direct rows with a path: copied so that the path can be translated. Two at most (rename, link). */
static __attribute__((noinline)) gret direct_paths(struct cpu *cpu, const struct syscall_row *row, long h[6], gaddr p[2], int at_flags)
{
	char buf[2][PATH_MAX];
	const char *host[2];
	int at[2], k = 0;

	for (int i = 0; row->arg[i] != A_END && k < 2; i++)
		if (row->arg[i] == A_PATH || row->arg[i] == A_LINK)
			at[k++] = i;
	if (k == 2)
		path_pair_in(cpu, p, buf, host);
	else
		host[0] = path_in(cpu, p[0], buf[0], at_flags);
	while (k--)
		h[at[k]] = (long)host[k];
	return call_direct(cpu, row, h);
}

/* Guest registers to host arguments by the row's kinds; the paths among them and AT_* are found here. How many paths. */
static __attribute__((noinline)) HOT_TOO int arguments(struct cpu *cpu, const struct syscall_row *row, const uint32_t a[6], long h[6],
						       gaddr path[2], int *ret_at_flags)
{
	bool even = cpu->guest->personality_pairs_even;
	int paths = 0, slot = 0, at_flags = 0;

	for (int i = 0; i < 6 && row->arg[i] != A_END && slot < 6; i++) {
		uint32_t v = a[slot++];

		if (row->arg[i] & A_OUT_N_) {
			h[i] = (long)guest_out(ga(v), (row->arg[i] & 0x7fu) * 4);
			continue;
		}
		switch ((enum arg)row->arg[i]) {
		case A_INT:
		case A_FD:
		case A_DIRFD:
		case A_LONG:
		case A_SIG:
			h[i] = (int32_t)v;
			break;
		case A_UINT:
		case A_HEX:
		case A_OCT:
			h[i] = v;
			break;
		case A_OFLAGS:
			h[i] = oflags_in(cpu, v);
			break;
		case A_STR:
		case A_PTR:
		case A_BUF:
			h[i] = (long)guest_ptr(ga(v));
			break;
		case A_OUT:
			h[i] = (long)guest_out(ga(v), slot < 6 ? a[slot] : 0);
			break;
		case A_ATFLAGS:
			at_flags |= (int)v;
			h[i] = v;
			break;
		case A_LINK:
			at_flags |= AT_SYMLINK_NOFOLLOW;
			/* fall through */
		case A_PATH:
			if (paths < 2)
				path[paths++] = ga(v);
			break;
		case A_PAIR:
			if (even && (slot - 1) & 1)
				v = a[slot++];
			h[i] = (long)(v | (uint64_t)a[slot++] << 32);
			break;
		case A_OUT_N_:
		case A_END:
			break;
		}
	}
	*ret_at_flags = at_flags;
	return paths;
}

static inline gret direct(struct cpu *cpu, const struct syscall_row *row, const uint32_t a[6])
{
	gaddr path[2];
	long h[6] = {0};
	int at_flags;

	if (arguments(cpu, row, a, h, path, &at_flags))
		return direct_paths(cpu, row, h, path, at_flags);
	return call_direct(cpu, row, h);
}

static __attribute__((noinline)) gret unknown(const struct syscall_row *row, uint32_t nr)
{
	struct text t;

	if (row && row->flags & ROW_ABSENT)
		return -ENOSYS;
	atomic_fetch_add(&syscalls_unknown, 1);
	text_init(&t);
	text_str(&t, "system call ");
	text_num(&t, (int32_t)nr);
	if (row && row->name) {
		text_str(&t, " (");
		text_str(&t, row->name);
		text_str(&t, ")");
	}
	text_str(&t, ": not known here, the guest gets ENOSYS");
	report_once(nr, text_end(&t));
	return -ENOSYS;
}

__attribute__((noinline)) void syscall_settle(struct cpu *cpu, bool handler, bool sa_restart)
{
	int how = cpu->syscall_restart;

	cpu->syscall_restart = 0;
	cpu->syscall_restart_ok = false;
	switch (how) {
	case 0:
		return;
	case ERESTARTNOINTR:
		break;
	case ERESTARTSYS:
		if (handler && !sa_restart)
			goto interrupted;
		break;
	case ERESTART_RESTARTBLOCK:
		if (handler)
			goto interrupted;
		cpu->guest->syscall_again(cpu, 0); /* restart_syscall is number 0 on i386 and ARM */
		return;
	default: /* ERESTARTNOHAND */
		if (handler)
			goto interrupted;
		break;
	}
	cpu->guest->syscall_again(cpu, cpu->syscall_nr);
	return;
interrupted:
	cpu->guest->syscall_ret(cpu, -EINTR);
}

/* A descriptor of ours is none to the guest, whichever call names it (mmap, where it may not count, sees to that itself). */
static __attribute__((noinline)) bool is_ours(const struct syscall_row *row, const uint32_t a[6], int i)
{
	char c = 0;

	return fd_is_ours((int)a[i]) && (row->arg[i] == A_FD || guest_read(&c, ga(a[i + 1]), 1) < 0 || c != '/');
}

static bool names_ours(const struct syscall_row *row, const uint32_t a[6])
{
	for (unsigned fds = row->fds; fds; fds &= fds - 1) {
		int i = __builtin_ctz(fds);

		if ((int)a[i] >= own_fds_from && is_ours(row, a, i))
			return true;
	}
	return false;
}

static inline __attribute__((always_inline)) void dispatch(struct cpu *cpu)
{
	const struct guest *guest = cpu->guest;
	const struct syscall_row *row = NULL;
	uint32_t nr, a[6];
	gret r;

	guest->syscall_args(cpu, &nr, a);
	if (nr < guest->n_rows && guest->rows[nr].name)
		row = &guest->rows[nr];
	else if (nr - guest->private_base < guest->n_private_rows)
		row = &guest->private_rows[nr - guest->private_base];
	cpu->syscall_nr = nr;
	cpu->syscall_restart = 0;
	if (strace_on)
		strace_enter(cpu, row, nr, a);
	if (row && names_ours(row, a)) {
		r = -EBADF;
	} else if (row && row->fn) {
		r = row->fn(cpu, a);
		if (r == CALL_LATER)
			r = call_now(cpu);
	} else if (row && row->direct && row->arg[0] == A_END) {
		r = host_call0(row->direct - 1);
	} else if (row && row->direct) {
		r = direct(cpu, row, a);
	} else {
		r = unknown(row, nr);
	}
	atomic_store_explicit(&cpu->out_end, 0, memory_order_release);
	/* Interrupted by the engine's own kick, not by a signal of the guest's. */
	if (r == -EINTR && atomic_load(&cpu->attention) && !signal_woke(cpu))
		r = -ERESTARTNOINTR;
	if (r == -ERESTARTSYS && row && row->flags & ROW_NORET) /* an exec not begun: the signal first, then again */
		r = -ERESTARTNOINTR;
	if (strace_on)
		strace_exit(cpu, row, nr, r);
	if (r == 0 && row && row->flags & ROW_NORET)
		return;
	guest->syscall_ret(cpu, r);
	if (r <= -ERESTARTSYS && r >= -ERESTART_RESTARTBLOCK && r != -515) {
		cpu->syscall_restart = (int)-r;
		cpu->syscall_restart_ok = true;
		if (!(atomic_load(&cpu->attention) & ATTENTION_SIGNAL))
			syscall_settle(cpu, false, false);
	}
}

void syscall_dispatch(struct cpu *cpu)
{
	dispatch(cpu);
}

HOT bool syscall_serve(struct cpu *cpu, engine_again *again)
{
	dispatch(cpu);
	return engine_served(cpu, again);
}

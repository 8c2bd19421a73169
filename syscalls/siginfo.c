/* SPDX-License-Identifier: MIT */
/* siginfo_t: which members a signal number and si_code stand for (kernel/signal.c, siginfo_layout), and where they lie. */
#include "syscalls/siginfo.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum layout { L_KILL, L_TIMER, L_POLL, L_FAULT, L_MCEERR, L_BNDERR, L_PKUERR, L_PERF, L_CHLD, L_RT, L_SYS, L_COUNT };

/* One member: offset and size on the host and in the guest. A wider host member is zero- or sign-extended from the guest's. */
struct member {
	uint8_t host, host_size, guest, guest_size;
	bool is_signed;
};

/* clang-format off */
static const struct member layouts[L_COUNT][5] = {
	/*            pid, tid or address   uid, overrun, fd     value, status          utime, type       stime, flags */
	[L_KILL]   = {{16, 4, 12, 4},       {20, 4, 16, 4}},
	[L_TIMER]  = {{16, 4, 12, 4},       {20, 4, 16, 4},      {24, 8, 20, 4}},
	[L_POLL]   = {{16, 8, 12, 4, true}, {24, 4, 16, 4}},
	[L_FAULT]  = {{16, 8, 12, 4}},
	[L_MCEERR] = {{16, 8, 12, 4},       {24, 2, 16, 2}},
	[L_BNDERR] = {{16, 8, 12, 4},       {32, 8, 20, 4},      {40, 8, 24, 4}},
	[L_PKUERR] = {{16, 8, 12, 4},       {32, 4, 20, 4}},
	[L_PERF]   = {{16, 8, 12, 4},       {24, 8, 16, 4},      {32, 4, 20, 4},         {36, 4, 24, 4}},
	[L_CHLD]   = {{16, 4, 12, 4},       {20, 4, 16, 4},      {24, 4, 20, 4},         {32, 8, 24, 4, true}, {40, 8, 28, 4, true}},
	[L_RT]     = {{16, 4, 12, 4},       {20, 4, 16, 4},      {24, 8, 20, 4}},
	[L_SYS]    = {{16, 8, 12, 4},       {24, 4, 16, 4},      {28, 4, 20, 4}},
};

/* Signals with codes of their own, up to limit. */
static const struct {
	uint8_t limit, layout;
} families[] = {
	[SIGILL] = {11, L_FAULT}, [SIGFPE] = {15, L_FAULT}, [SIGSEGV] = {10, L_FAULT}, [SIGBUS] = {5, L_FAULT},
	[SIGTRAP] = {6, L_FAULT}, [SIGCHLD] = {6, L_CHLD},  [SIGPOLL] = {6, L_POLL},   [SIGSYS] = {2, L_SYS},
};
/* clang-format on */

#define FAMILIES (int)(sizeof families / sizeof families[0])
#define POLL_CODES 6
#define CODE_KERNEL 0x80
#define CODE_TIMER (-2)
#define CODE_SIGIO (-5)

/* Codes of a fault signal that carry more than the address. */
static enum layout fault_layout(int sig, int code)
{
	if (sig == SIGBUS && (code == 4 || code == 5)) /* BUS_MCEERR_AR, BUS_MCEERR_AO */
		return L_MCEERR;
	if (sig == SIGSEGV && code == 3) /* SEGV_BNDERR */
		return L_BNDERR;
	if (sig == SIGSEGV && code == 4) /* SEGV_PKUERR */
		return L_PKUERR;
	if (sig == SIGTRAP && code == 6) /* TRAP_PERF */
		return L_PERF;
	return L_FAULT;
}

static enum layout layout_of(int sig, int code)
{
	if (code > 0 && code < CODE_KERNEL) {
		if (sig > 0 && sig < FAMILIES && code <= families[sig].limit)
			return families[sig].layout == L_FAULT ? fault_layout(sig, code) : families[sig].layout;
		return code <= POLL_CODES ? L_POLL : L_KILL;
	}
	if (code == CODE_TIMER)
		return L_TIMER;
	if (code == CODE_SIGIO)
		return L_POLL;
	return code < 0 ? L_RT : L_KILL;
}

void siginfo_to_guest(unsigned char out[GUEST_SIGINFO], const siginfo_t *info)
{
	const struct member *m = layouts[layout_of(info->si_signo, info->si_code)];

	memset(out, 0, GUEST_SIGINFO);
	memcpy(out, info, 12); /* signo, errno, code */
	for (unsigned i = 0; i < 5 && m[i].host_size; i++)
		memcpy(out + m[i].guest, (const char *)info + m[i].host, m[i].guest_size);
}

void siginfo_from_guest(siginfo_t *ret_info, const unsigned char in[GUEST_SIGINFO], int sig)
{
	const struct member *m;

	memset(ret_info, 0, sizeof *ret_info);
	memcpy(ret_info, in, 12);
	ret_info->si_signo = sig;
	m = layouts[layout_of(sig, ret_info->si_code)];
	for (unsigned i = 0; i < 5 && m[i].host_size; i++) {
		uint64_t v = 0;

		memcpy(&v, in + m[i].guest, m[i].guest_size);
		if (m[i].is_signed)
			v = (uint64_t)(int32_t)v;
		memcpy((char *)ret_info + m[i].host, &v, m[i].host_size);
	}
}

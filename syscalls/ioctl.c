/* SPDX-License-Identifier: MIT */
/*
 * ioctl by a short list: commands whose argument has the same layout on every guest and on the host. Nothing else
 * reaches the host kernel: ENOTTY, said once for each command and counted.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/kd.h>
#include <linux/sockios.h>
#include <linux/vt.h>
#include <sys/ioctl.h>

#include "syscalls/fs.h"
#include "syscalls/text.h"

enum dir { NONE, VALUE, IN, OUT, INOUT }; /* VALUE: the argument is a number */

struct ioctl_row {
	uint32_t cmd;
	unsigned char dir, size;
};

/* clang-format off */
static const struct ioctl_row rows[] = {
	/* terminals: struct termios has 36 bytes, termios2 44, termio 17 (18 with its padding) */
	{TCGETS, OUT, 36}, {TCSETS, IN, 36}, {TCSETSW, IN, 36}, {TCSETSF, IN, 36},
	{0x802c542a /* TCGETS2 */, OUT, 44}, {0x402c542b, IN, 44}, {0x402c542c, IN, 44}, {0x402c542d, IN, 44},
	{TCGETA, OUT, 18}, {TCSETA, IN, 18}, {TCSETAW, IN, 18}, {TCSETAF, IN, 18},
	{TIOCGLCKTRMIOS, OUT, 36}, {TIOCSLCKTRMIOS, IN, 36},
	{TCSBRK, VALUE, 0}, {TCSBRKP, VALUE, 0}, {TCXONC, VALUE, 0}, {TCFLSH, VALUE, 0},
	{TIOCSBRK, NONE, 0}, {TIOCCBRK, NONE, 0}, {TIOCEXCL, NONE, 0}, {TIOCNXCL, NONE, 0}, {TIOCGEXCL, OUT, 4},
	{TIOCSCTTY, VALUE, 0}, {TIOCNOTTY, NONE, 0}, {TIOCGPGRP, OUT, 4}, {TIOCSPGRP, IN, 4}, {TIOCGSID, OUT, 4},
	{TIOCOUTQ, OUT, 4}, {TIOCSTI, IN, 1}, {TIOCGWINSZ, OUT, 8}, {TIOCSWINSZ, IN, 8},
	{TIOCMGET, OUT, 4}, {TIOCMBIS, IN, 4}, {TIOCMBIC, IN, 4}, {TIOCMSET, IN, 4},
	{TIOCGSOFTCAR, OUT, 4}, {TIOCSSOFTCAR, IN, 4}, {FIONREAD, OUT, 4}, {TIOCCONS, NONE, 0},
	{TIOCPKT, IN, 4}, {TIOCGPKT, OUT, 4}, {TIOCSETD, IN, 4}, {TIOCGETD, OUT, 4}, {TIOCGDEV, OUT, 4},
	{TIOCGPTN, OUT, 4}, {TIOCSPTLCK, IN, 4}, {TIOCGPTLCK, OUT, 4}, {TIOCSIG, VALUE, 0}, {TIOCVHANGUP, NONE, 0},
	{0x5441 /* TIOCGPTPEER */, VALUE, 0}, {TIOCMIWAIT, VALUE, 0},
	/* any file */
	{FIONBIO, IN, 4}, {FIOASYNC, IN, 4}, {FIOCLEX, NONE, 0}, {FIONCLEX, NONE, 0}, {FIOQSIZE, OUT, 8},
	{FIBMAP, INOUT, 4}, {FIGETBSZ, OUT, 4}, {FICLONE, VALUE, 0}, {FIFREEZE, NONE, 0}, {FITHAW, NONE, 0},
	{0xc0185879 /* FIFREEZE's neighbour FITRIM */, INOUT, 24}, {0x4020940d /* FICLONERANGE */, IN, 32},
	/* inode flags: encoded as long, used as int; the guest's numbers have size 4 */
	{0x80046601 /* FS_IOC_GETFLAGS */, OUT, 4}, {0x40046602, IN, 4},
	{0x80047601 /* FS_IOC_GETVERSION */, OUT, 4}, {0x40047602, IN, 4},
	{FS_IOC_FSGETXATTR, OUT, 28}, {FS_IOC_FSSETXATTR, IN, 28},
	/* consoles */
	{KDGKBTYPE, OUT, 1}, {KDGETMODE, OUT, 4}, {KDSETMODE, VALUE, 0}, {KDGKBMODE, OUT, 4}, {KDSKBMODE, VALUE, 0},
	{KDGETLED, OUT, 1}, {KDSETLED, VALUE, 0}, {KDGKBLED, OUT, 1}, {KDSKBLED, VALUE, 0},
	{KDGKBMETA, OUT, 4}, {KDSKBMETA, VALUE, 0}, {KIOCSOUND, VALUE, 0}, {KDMKTONE, VALUE, 0},
	{VT_OPENQRY, OUT, 4}, {VT_GETMODE, OUT, 8}, {VT_SETMODE, IN, 8}, {VT_GETSTATE, OUT, 6},
	{VT_RELDISP, VALUE, 0}, {VT_ACTIVATE, VALUE, 0}, {VT_WAITACTIVE, VALUE, 0}, {VT_DISALLOCATE, VALUE, 0},
	/* sockets without structures that hold pointers; struct ifreq waits for the tables */
	{SIOCATMARK, OUT, 4}, {SIOCGPGRP, OUT, 4}, {SIOCSPGRP, IN, 4}, {FIOSETOWN, IN, 4}, {FIOGETOWN, OUT, 4},
	{SIOCOUTQNSD, OUT, 4},
	/* random, pidfd and namespaces */
	{0x80045200 /* RNDGETENTCNT */, OUT, 4},
	{0xb701 /* NS_GET_USERNS */, NONE, 0}, {0xb702, NONE, 0}, {0xb703, NONE, 0}, {0xb704, OUT, 4},
};
/* clang-format on */

/* Numbers that carry size_t or long: the host's are others. */
static uint32_t host_command(uint32_t cmd)
{
	switch (cmd) {
	case 0x80046601:
		return FS_IOC_GETFLAGS;
	case 0x40046602:
		return FS_IOC_SETFLAGS;
	case 0x80047601:
		return FS_IOC_GETVERSION;
	case 0x40047602:
		return FS_IOC_SETVERSION;
	default:
		return cmd;
	}
}

static gret refuse(int fd, uint32_t cmd)
{
	struct text t;
	gret r = sys_raw(__NR_fcntl, fd, F_GETFD);

	if (r < 0)
		return r;
	atomic_fetch_add(&ioctls_unknown, 1);
	text_init(&t);
	text_str(&t, "ioctl ");
	text_hex(&t, cmd);
	text_str(&t, " (type ");
	text_hex(&t, _IOC_TYPE(cmd));
	text_str(&t, ", number ");
	text_num(&t, _IOC_NR(cmd));
	text_str(&t, ", size ");
	text_num(&t, _IOC_SIZE(cmd));
	text_str(&t, "): not in the list, the guest gets ENOTTY");
	report_once(cmd ^ 0x80000000u, text_end(&t));
	return -ENOTTY;
}

gret ioctl_guest(struct cpu *cpu, int fd, uint32_t cmd, gaddr arg)
{
	const struct ioctl_row *row = NULL;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0] && !row; i++)
		if (rows[i].cmd == cmd)
			row = &rows[i];
	if (!row)
		return refuse(fd, cmd);
	cmd = host_command(cmd);
	switch ((enum dir)row->dir) {
	case NONE:
	case VALUE:
		return sys_safe(cpu, __NR_ioctl, fd, cmd, arg.v);
	case IN:
		return sys_safe(cpu, __NR_ioctl, fd, cmd, guest_ptr(arg));
	case OUT:
	case INOUT:
		return sys_safe(cpu, __NR_ioctl, fd, cmd, guest_out(arg, row->size));
	}
	return -ENOTTY;
}

SYS(ioctl)
{
	return ioctl_guest(cpu, (int)a[0], a[1], ga(a[2]));
}

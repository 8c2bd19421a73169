/* SPDX-License-Identifier: MIT */
/* Terminals: every command of a pseudo terminal, with arguments at the end of memory, bad ones, and on what is no terminal. */
// machine: same
// strait: --audit=/dev/null
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <linux/serial.h>
#include <linux/tty.h>
#include <linux/vt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ioctl_util.h"

static void settings(int master, int slave)
{
	struct termios *t = edge(sizeof *t);
	struct termios2 *t2 = edge(sizeof *t2);
	struct termio *old = edge(18);

	TRY(slave, TCGETS, t);
	bytes("termios", t, sizeof *t);
	t->c_lflag &= ~ECHO;
	TRY(slave, TCSETSW, t);
	TRY(slave, TCGETS2, t2);
	bytes("termios2", t2, sizeof *t2);
	t2->c_cflag = (t2->c_cflag & ~CBAUD) | BOTHER;
	t2->c_ospeed = t2->c_ispeed = 12345;
	TRY(slave, TCSETS2, t2);
	TRY(slave, TCGETS2, t2);
	printf("speeds %u %u\n", t2->c_ispeed, t2->c_ospeed);
	TRY(slave, TCGETA, old);
	bytes("termio", old, 17);
	TRY(slave, TCSETA, old);
	TRY(slave, TIOCGLCKTRMIOS, t);
	TRY(master, TCGETS, t);
	/* One byte too few. */
	TRY(slave, TCGETS, (char *)t + 1);
	TRY(slave, TCSETS, (char *)t + 1);
	TRY(slave, TCGETS, NULL);
	TRY(slave, TCSETS, 16);
}

static void sizes(int master, int slave)
{
	struct winsize *w = edge(sizeof *w);

	TRY(slave, TIOCGWINSZ, w);
	bytes("winsize", w, sizeof *w);
	w->ws_row = 24;
	w->ws_col = 80;
	TRY(master, TIOCSWINSZ, w);
	memset(w, 0, sizeof *w);
	TRY(slave, TIOCGWINSZ, w);
	bytes("winsize", w, sizeof *w);
	TRY(slave, TIOCGWINSZ, (char *)w + 4);
	TRY(slave, TIOCSWINSZ, (char *)w + 4);
}

static void numbers(int master, int slave)
{
	int *n = edge(sizeof *n);

	TRY(master, TIOCGPTN, n);
	TRY(master, TIOCGPTLCK, n);
	printf("locked %d\n", *n);
	*n = 1;
	TRY(master, TIOCPKT, n);
	*n = 7;
	TRY(master, TIOCGPKT, n);
	printf("packet mode %d\n", *n);
	*n = 0;
	TRY(master, TIOCPKT, n);
	TRY(slave, TIOCGETD, n);
	printf("discipline %d\n", *n);
	TRY(slave, TIOCSETD, n);
	TRY(slave, TIOCOUTQ, n);
	TRY(slave, FIONREAD, n);
	printf("to read %d\n", *n);
	if (write(master, "abc\n", 4) != 4)
		exit(1);
	for (*n = 0; *n != 4; usleep(1000)) /* the line discipline works by itself */
		ioctl(slave, FIONREAD, n);
	printf("to read %d\n", *n);
	TRY(slave, TCFLSH, 2);
	TRY(slave, TCFLSH, 99);
	TRY(slave, FIONREAD, n);
	printf("to read %d\n", *n);
	TRY(slave, TIOCGEXCL, n);
	TRY(slave, TIOCEXCL, 0);
	TRY(slave, TIOCGEXCL, n);
	printf("exclusive %d\n", *n);
	TRY(slave, TIOCNXCL, 0);
	TRY(slave, TIOCMGET, n);
	TRY(slave, TIOCGSOFTCAR, n);
	TRY(slave, TIOCGPGRP, n);
	TRY(slave, TIOCGSID, n);
	TRY(master, TIOCSIG, SIGWINCH);
	TRY(master, TIOCSIG, 99999);
	TRY(slave, TCXONC, 0);
	TRY(slave, TCXONC, 1);
	TRY(slave, TCSBRK, 1);
	TRY(slave, TIOCGSERIAL, edge(sizeof(struct serial_struct)));
	TRY(slave, 0x54ff, n);
	TRY(slave, FIONBIO, n);
	TRY(slave, FIONBIO, 16);
}

static void job(int slave)
{
	pid_t child = fork();
	int *n = edge(sizeof *n);

	if (child == 0) {
		setsid();
		TRY(slave, TIOCSCTTY, 0);
		TRY(slave, TIOCGSID, n);
		printf("session ours: %d\n", *n == getpid());
		TRY(slave, TIOCGPGRP, n);
		printf("group ours: %d\n", *n == getpid());
		*n = 1;
		TRY(slave, TIOCSPGRP, n);
		TRY(slave, TIOCSTI, "x");
		TRY(slave, TIOCNOTTY, 0);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void others(void)
{
	int null = open("/dev/null", O_RDWR), pipes[2], path = open("/", O_PATH);
	struct winsize w;

	if (pipe(pipes))
		exit(1);
	TRY(null, TIOCGWINSZ, &w);
	TRY(pipes[0], TIOCGWINSZ, &w);
	TRY(pipes[0], FIONREAD, &w);
	TRY(path, TIOCGWINSZ, &w);
	TRY(99, TIOCGWINSZ, &w);
	TRY(-1, TIOCGWINSZ, &w);
	TRY(null, FIOCLEX, 0);
	printf("close on exec %d\n", fcntl(null, F_GETFD));
	TRY(null, VT_GETSTATE, &w);
	TRY(null, KDGKBTYPE, &w);
}

int main(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), slave, zero = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (master < 0) {
		fprintf(stderr, "no /dev/ptmx\n");
		return 77;
	}
	TRY(master, TIOCSPTLCK, &zero);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	printf("slave %d\n", slave >= 0);
	settings(master, slave);
	sizes(master, slave);
	numbers(master, slave);
	fflush(stdout);
	job(slave);
	others();
	return 0;
}

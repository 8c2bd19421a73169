/* SPDX-License-Identifier: MIT */
/* Job control on a terminal: foreground, background, stop, go on, the keys that signal, hanging up, orphans. */
// cflags: -static -O1
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master, tty, gone[2], left[2]; /* these end when the orphan does, and when all do */
static pid_t shell;

static void type(const char *keys)
{
	if (write(master, keys, strlen(keys)) < 0)
		perror("write to the master");
}

/* The terminal shows text, sooner or later; what follows it is for the next call. */
static void expect(const char *text)
{
	static char seen[4096];
	static size_t n;
	struct pollfd p = {.fd = master, .events = POLLIN};
	char *at;

	while (!(at = strstr(seen, text))) {
		ssize_t r = poll(&p, 1, 20000) > 0 ? read(master, seen + n, sizeof seen - 1 - n) : -1;

		if (r <= 0) {
			printf("waited for '%s', saw '%s'\n", text, seen);
			exit(1);
		}
		seen[n += r] = 0;
	}
	printf("terminal: %s\n", text);
	at += strlen(text);
	n -= at - seen;
	memmove(seen, at, n + 1);
}

static void say(const char *text)
{
	if (write(tty, text, strlen(text)) < 0)
		_exit(90);
}

/* In the session's leader: a job in a group of its own, in the foreground or not. */
static pid_t job(void (*fn)(void), int foreground)
{
	pid_t p = fork();

	if (p == 0) {
		alarm(50);
		setpgid(0, 0);
		if (foreground)
			while (tcgetpgrp(tty) != getpid())
				usleep(1000);
		signal(SIGHUP, SIG_DFL);
		signal(SIGTTOU, SIG_DFL);
		signal(SIGTTIN, SIG_DFL);
		signal(SIGTSTP, SIG_DFL);
		fn();
		_exit(0);
	}
	setpgid(p, p);
	if (foreground)
		tcsetpgrp(tty, p);
	return p;
}

static void wait_for(const char *what, pid_t p, int options)
{
	int status;
	pid_t r = waitpid(p, &status, options | WUNTRACED);
	char text[100];

	if (r != p)
		sprintf(text, "%s: waitpid %d %s", what, r, strerrorname_np(errno));
	else if (WIFSTOPPED(status))
		sprintf(text, "%s: stopped by %d", what, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		sprintf(text, "%s: goes on", what);
	else if (WIFSIGNALED(status))
		sprintf(text, "%s: killed by %d", what, WTERMSIG(status));
	else
		sprintf(text, "%s: exit %d", what, WEXITSTATUS(status));
	strcat(text, ";\n");
	tcsetpgrp(tty, shell);
	say(text);
}

static void reads(void)
{
	char line[64];
	ssize_t n = read(tty, line, sizeof line);

	if (n < 0)
		_exit(errno == EIO ? 50 : 51);
	_exit(n);
}

static void writes(void)
{
	say("written ");
	_exit(7);
}

static void sleeps(void)
{
	for (;;)
		pause();
}

static void ready_and_sleeps(void)
{
	say("ready ");
	sleeps();
}

static void takes_the_terminal(void)
{
	_exit(tcsetpgrp(tty, getpid()) == 0 ? 8 : errno);
}

static void ignores_and_takes(void)
{
	signal(SIGTTOU, SIG_IGN);
	_exit(tcsetpgrp(tty, getpid()) == 0 && tcgetpgrp(tty) == getpid() ? 9 : errno);
}

static void ignores_and_reads(void)
{
	signal(SIGTTIN, SIG_IGN);
	reads();
}

static void sets_modes(void)
{
	struct termios t;

	tcgetattr(tty, &t);
	_exit(tcsetattr(tty, TCSANOW, &t) == 0 ? 11 : errno);
}

static volatile sig_atomic_t stops, goes_on;

static void on_stop(int sig)
{
	(void)sig;
	stops++;
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
}

static void on_cont(int sig)
{
	(void)sig;
	goes_on++;
}

static void catches(void)
{
	sigset_t both, none;

	sigemptyset(&none);
	sigemptyset(&both);
	sigaddset(&both, SIGTSTP);
	sigaddset(&both, SIGCONT);
	signal(SIGTSTP, on_stop);
	signal(SIGCONT, on_cont);
	sigprocmask(SIG_BLOCK, &both, NULL); /* neither comes between the look and the wait */
	say("ready ");
	while (!goes_on)
		sigsuspend(&none);
	_exit(10 * stops + goes_on);
}

/* Leaves a child behind in its group, whose stop by the terminal must then not happen. */
static void leaves_an_orphan(void)
{
	pid_t leader = getpid();

	if (fork() == 0) {
		char text[40], c;

		while (getppid() == leader)
			usleep(1000);
		sprintf(text, "orphan: %s;\n", read(tty, &c, 1) < 0 ? strerrorname_np(errno) : "read");
		raise(SIGTSTP); /* not stopped either */
		say(text);
		_exit(0);
	}
	_exit(0);
}

static void modes(tcflag_t set, tcflag_t clear)
{
	struct termios t;

	tcgetattr(tty, &t);
	t.c_lflag = (t.c_lflag | set) & ~clear;
	tcsetattr(tty, TCSANOW, &t);
}

static volatile sig_atomic_t hung;

static void on_hup(int sig)
{
	(void)sig;
	hung = 1;
}

static void run_shell(void)
{
	pid_t p;
	char c;

	alarm(50);
	setsid();
	shell = getpid();
	ioctl(tty, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	modes(0, ECHO);

	p = job(ready_and_sleeps, 1);
	wait_for("^C", p, 0);
	p = job(ready_and_sleeps, 1);
	wait_for("^Z", p, 0);
	kill(-p, SIGCONT);
	wait_for("bg", p, WCONTINUED);
	tcsetpgrp(tty, p);
	say("again ");
	wait_for("^\\", p, 0);
	p = job(reads, 0);
	wait_for("read in the background", p, 0);
	tcsetpgrp(tty, p);
	say("reads ");
	kill(-p, SIGCONT);
	wait_for("fg", p, 0);
	p = job(ignores_and_reads, 0);
	wait_for("read in the background, SIGTTIN ignored", p, 0);
	p = job(writes, 0);
	wait_for("write in the background", p, 0);
	modes(TOSTOP, 0);
	p = job(writes, 0);
	wait_for("write in the background, tostop", p, 0);
	modes(0, TOSTOP);
	kill(-p, SIGCONT);
	wait_for("bg", p, 0);
	p = job(sets_modes, 0);
	wait_for("settings in the background", p, 0);
	kill(-p, SIGKILL);
	wait_for("SIGKILL of a stopped one", p, 0);
	p = job(takes_the_terminal, 0);
	wait_for("tcsetpgrp in the background", p, 0);
	tcsetpgrp(tty, p);
	kill(-p, SIGCONT);
	wait_for("fg", p, 0);
	p = job(ignores_and_takes, 0);
	wait_for("tcsetpgrp, SIGTTOU ignored", p, 0);
	p = job(catches, 1);
	wait_for("^Z caught", p, 0);
	kill(-p, SIGCONT);
	wait_for("goes on", p, 0);
	p = job(leaves_an_orphan, 0);
	waitpid(p, NULL, 0);
	close(gone[1]);
	if (read(gone[0], &c, 1))
		printf("the orphan wrote\n");

	signal(SIGHUP, on_hup);
	p = job(ready_and_sleeps, 1);
	while (!hung) /* the master is closed */
		pause();
	printf("SIGHUP; read %d, write %s, group %s\n", (int)read(tty, &c, 1), write(tty, "x", 1) < 0 ? strerrorname_np(errno) : "done",
	       tcgetpgrp(tty) < 0 ? strerrorname_np(errno) : "there");
	fflush(stdout);
	_exit(6); /* which hangs up on the job in the foreground */
}

int main(void)
{
	int status;
	pid_t p;
	char c;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master)) {
		fprintf(stderr, "no /dev/ptmx\n");
		return 77;
	}
	tty = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	p = pipe(gone) || pipe(left) ? -1 : fork();
	if (p == 0) {
		close(master);
		run_shell();
	}
	close(tty);
	close(gone[1]);
	close(left[1]);
	setvbuf(stdout, NULL, _IONBF, 0);
	expect("ready");
	type("\x03");
	expect("^C: killed by 2;");
	expect("ready");
	type("\x1a");
	expect("^Z: stopped by 20;");
	expect("bg: goes on;");
	expect("again");
	type("\x1c");
	expect("^\\: killed by 3;");
	expect("read in the background: stopped by 21;");
	expect("reads");
	type("hello\n");
	expect("fg: exit 6;");
	expect("read in the background, SIGTTIN ignored: exit 50;");
	expect("written");
	expect("write in the background: exit 7;");
	expect("write in the background, tostop: stopped by 22;");
	expect("bg: exit 7;");
	expect("settings in the background: stopped by 22;");
	expect("SIGKILL of a stopped one: killed by 9;");
	expect("tcsetpgrp in the background: stopped by 22;");
	expect("fg: exit 8;");
	expect("tcsetpgrp, SIGTTOU ignored: exit 9;");
	expect("ready");
	type("\x1a");
	expect("^Z caught: stopped by 20;");
	expect("goes on: exit 11;");
	expect("orphan: EIO;");
	expect("ready");
	close(master);
	waitpid(p, &status, 0);
	printf("shell: status %x\n", status);
	printf("the job ends too: %d\n", (int)read(left[0], &c, 1));
	return 0;
}

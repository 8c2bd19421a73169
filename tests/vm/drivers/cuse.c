/* SPDX-License-Identifier: MIT */
/* A device whose commands are in nobody's list: what their numbers say crosses, if the policy admits it. */
// modules: cuse
// strait: --ioctl-policy +cuse
#include <termios.h>

#include "cuse.h"

#define COMMAND(cmd, n) command(#cmd, dev, cmd, n)

static void command(const char *name, int dev, unsigned long cmd, size_t n)
{
	show(name, dev, cmd, numbered(n), n, (size_t[4]){0});
}

static void ask(const char *name, bool unrestricted)
{
	pid_t server;
	int dev = play(name, unrestricted, &server);
	int *one = NEW(int);

	COMMAND(FROBNICATE, 24);
	COMMAND(TELL, 300);
	COMMAND(TAKE, sizeof(int));
	COMMAND(OF_V4L2, 20);
	FAULT(dev, FROBNICATE, char[24]);
	FAULT(dev, TELL, char[300]);
	try_ioctl("BUMP", dev, BUMP, 0);
	try_ioctl("BUMP", dev, BUMP, 77);
	try_ioctl("TAKE", dev, TAKE, 0);
	COMMAND(TCGETS, 36);
	printf("a terminal: %d\n", isatty(dev));
	TRY(dev, FIONREAD, one);
	TRY(dev, FIONBIO, one);
	done(dev, server);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	ask("strait-restricted", false);
	ask("strait-unrestricted", true);
	return 0;
}

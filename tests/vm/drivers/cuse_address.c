/* SPDX-License-Identifier: MIT */
/* A command whose structure holds an address that the device's server follows: right where guest addresses are the host's. */
// modules: cuse
// strait: --ioctl-policy +cuse
// variants: base0
#include "cuse.h"

int main(void)
{
	struct gather *g = NEW(struct gather);
	pid_t server;
	int dev = play("strait-gather", true, &server);

	g->n = 40;
	g->at = (uint32_t)(uintptr_t)numbered(g->n);
	SHOW_BUT(dev, GATHER, g, at);
	show_bytes("gathered", (char *)(uintptr_t)g->at + sizeof *g, g->n - sizeof *g); /* behind the address itself */
	g->at = 16;
	TRY(dev, GATHER, g);
	done(dev, server);
	return 0;
}

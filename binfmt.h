/* SPDX-License-Identifier: MIT */
/* Being run by the kernel: registration with binfmt_misc, and a private instance of that in a user namespace. */
#ifndef STRAIT_BINFMT_H
#define STRAIT_BINFMT_H

#include <stdbool.h>
#include <stdint.h>

struct guest;

/* --binfmt ACTION WORD...: the exit status. Words are guests' names, or --force. */
int binfmt_command(const char *action, char **words, bool force);
/* --userns COMMAND...: does not come back. */
_Noreturn void userns_command(char **command);

#define BINFMT_DIR "/proc/sys/fs/binfmt_misc"

/* What the kernel looks at: the first bytes of an ELF header. */
#define BINFMT_BYTES 20
struct binfmt_pattern {
	uint8_t magic[BINFMT_BYTES], mask[BINFMT_BYTES];
};
void binfmt_pattern(const struct guest *g, struct binfmt_pattern *ret);
/* Register strait (self: its file's name) for the guest: 0 or -errno. */
int binfmt_register(const struct guest *g, const char *self);
/* Does the kernel run the guest's programs itself? */
bool binfmt_is_native(const struct guest *g);
/* The name of strait's file. */
const char *binfmt_self(void);

#endif

/* SPDX-License-Identifier: MIT */
/* What a call changed of some bytes: only that is written back, as the guest may have changed the rest meanwhile. */
#ifndef STRAIT_IOCTL_CHANGED_H
#define STRAIT_IOCTL_CHANGED_H

#include <stdint.h>

typedef uint64_t word __attribute__((aligned(1)));

struct changed {
	uint32_t at, n; /* n 0: nothing */
};

/* From the first to the last of n bytes that differ. */
static inline struct changed changed_bytes(const uint8_t *now, const uint8_t *was, uint32_t n)
{
	uint32_t at = 0;

	while (n >= sizeof(word) && *(const word *)(now + n - sizeof(word)) == *(const word *)(was + n - sizeof(word)))
		n -= sizeof(word);
	while (n && now[n - 1] == was[n - 1])
		n--;
	while (at < n && now[at] == was[at])
		at++;
	return (struct changed){at, n - at};
}

#endif

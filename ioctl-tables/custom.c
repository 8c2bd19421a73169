/* SPDX-License-Identifier: MIT */
/* Commands that no list of operations describes. Each says why. */
#include <errno.h>
#include <string.h>

#include "emu/window.h"
#include "ioctl-tables/marshal.h"

/* struct ifreq of the guest and of the host. */
#define GUEST_IFREQ 32u
#define HOST_IFREQ 40u
#define IFREQ_SAME 32u /* of them are the same: a name and an address */

struct ifconf_guest {
	uint32_t len, buf;
};

struct ifconf_host {
	int32_t len, pad;
	uint64_t buf;
};

struct ifconf_call {
	struct ifconf_guest guest;
	struct ifconf_host host;
};

ioctl_custom ioctl_ifconf, ioctl_one_long;

/* SIOCGIFCONF: the count is in bytes of structures whose size differs, on the way in and on the way out. */
int ioctl_ifconf(struct ioctl_call *c, bool after)
{
	struct ifconf_call *k = c->custom;
	uint32_t n, bytes;

	if (after && c->result < 0)
		return 0;
	if (after) {
		bytes = k->host.len > 0 ? (uint32_t)k->host.len / HOST_IFREQ * GUEST_IFREQ : 0;
		n = k->guest.buf ? bytes / GUEST_IFREQ : 0;
		for (uint32_t i = 0; i < n; i++)
			if (guest_write(ga(k->guest.buf + i * GUEST_IFREQ), (const uint8_t *)k->host.buf + (size_t)i * HOST_IFREQ, IFREQ_SAME))
				return -EFAULT;
		return guest_write(ga(c->arg), &bytes, sizeof bytes);
	}
	k = c->custom = ioctl_memory(c, sizeof *k);
	if (!k)
		return -ENOMEM;
	if (guest_read(&k->guest, ga(c->arg), sizeof k->guest)) {
		c->host_arg = ioctl_bad_pointer();
		return 0;
	}
	n = k->guest.len / GUEST_IFREQ;
	if (n > 4096) /* so many interfaces need a second call, as any that does not fit */
		n = 4096;
	k->host.len = (int32_t)(n * HOST_IFREQ);
	if (k->guest.buf) {
		k->host.buf = (uint64_t)ioctl_memory(c, (uint64_t)n * HOST_IFREQ);
		if (!k->host.buf)
			return -ENOMEM;
	}
	if ((int32_t)k->guest.len < 0)
		k->host.len = (int32_t)k->guest.len;
	c->host_arg = (uint64_t)&k->host;
	return 0;
}

/* Bits of an input device: the kernel gives, and says that it gives, a whole long where the program's own is half of it. */
int ioctl_one_long(struct ioctl_call *c, bool after)
{
	uint32_t size = (c->cmd & c->table->size_mask) >> c->table->size_shift;

	if (!after) {
		c->host_cmd |= (size < 4 ? size : 4) << c->table->size_shift;
		c->host_arg = (uint64_t)guest_out(ga(c->arg), size < 4 ? size : 4);
	}
	return 0;
}

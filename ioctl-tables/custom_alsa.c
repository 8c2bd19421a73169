/* SPDX-License-Identifier: MIT */
/* Sound commands that no list of operations describes. Each says why. */
#include <errno.h>
#include <sound/asound.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "emu/window.h"
#include "ioctl-tables/marshal.h"

ioctl_custom ioctl_elem_value, ioctl_sw_params, ioctl_xfern;

/* ---- a control's value ---- */

#define ID_SIZE 64u
#define VALUE_SIZE 512u    /* of the union, for a 32-bit program */
#define RESERVED_SIZE 128u

struct elem_call {
	struct snd_ctl_elem_value host;
	int32_t guest[VALUE_SIZE / 4];
	uint32_t at;               /* of the guest's value */
	uint32_t n;                /* so many longs are in it; 0: other things, which are the same bytes */
};

/* SNDRV_CTL_IOCTL_ELEM_READ and _WRITE: an array of long or of something else, and only the control itself knows. */
int ioctl_elem_value(struct ioctl_call *c, bool after)
{
	struct elem_call *k = c->custom;
	struct snd_ctl_elem_info info;
	uint32_t size = (c->cmd & c->table->size_mask) >> c->table->size_shift;

	if (after && c->result < 0)
		return 0;
	if (after) {
		for (uint32_t i = 0; i < k->n; i++)
			k->guest[i] = (int32_t)k->host.value.integer.value[i];
		if (!k->n)
			memcpy(k->guest, &k->host.value, VALUE_SIZE);
		return guest_write(ga(c->arg), &k->host.id, ID_SIZE) | guest_write(ga(k->at), k->guest, VALUE_SIZE);
	}
	k = c->custom = ioctl_memory(c, sizeof *k);
	if (!k)
		return -ENOMEM;
	k->at = c->arg + size - RESERVED_SIZE - VALUE_SIZE;
	if (guest_read(&k->host.id, ga(c->arg), ID_SIZE) || guest_read(k->guest, ga(k->at), VALUE_SIZE)) {
		c->host_arg = ioctl_bad_pointer();
		return 0;
	}
	memset(&info, 0, sizeof info);
	info.id = k->host.id;
	if (ioctl(c->fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info))
		return -errno;
	if (info.type == SNDRV_CTL_ELEM_TYPE_BOOLEAN || info.type == SNDRV_CTL_ELEM_TYPE_INTEGER)
		k->n = info.count < VALUE_SIZE / 4 ? info.count : VALUE_SIZE / 4;
	for (uint32_t i = 0; i < k->n; i++)
		k->host.value.integer.value[i] = k->guest[i];
	if (!k->n)
		memcpy(&k->host.value, k->guest, VALUE_SIZE);
	c->host_arg = (uint64_t)&k->host;
	return 0;
}

/* ---- where positions wrap ---- */

struct sw_params_guest {
	int32_t tstamp_mode;
	uint32_t period_step, sleep_min, avail_min, xfer_align, start_threshold, stop_threshold, silence_threshold, silence_size, boundary;
	uint32_t proto, tstamp_type;
	uint8_t reserved[56];
};

/* The size of the buffer doubled as often as a long can hold: the host's long gives the guest's by halving again. */
static uint32_t guest_boundary(uint64_t boundary)
{
	while (boundary > INT32_MAX)
		boundary >>= 1;
	return (uint32_t)boundary;
}

/*
 * SNDRV_PCM_IOCTL_SW_PARAMS: the kernel tells where positions wrap, which is another place for 32-bit programs; and a
 * silence_size from there on means "all that is free".
 */
int ioctl_sw_params(struct ioctl_call *c, bool after)
{
	struct snd_pcm_sw_params *h = c->custom, probe;
	struct sw_params_guest g;

	if (after) {
		if (c->result < 0)
			return 0;
		g.boundary = guest_boundary(h->boundary);
		return guest_write(ga(c->arg + offsetof(struct sw_params_guest, boundary)), &g.boundary, sizeof g.boundary);
	}
	h = c->custom = ioctl_memory(c, sizeof *h);
	if (!h)
		return -ENOMEM;
	if (guest_read(&g, ga(c->arg), sizeof g)) {
		c->host_arg = ioctl_bad_pointer();
		return 0;
	}
	*h = (struct snd_pcm_sw_params){.tstamp_mode = g.tstamp_mode, .period_step = g.period_step, .sleep_min = g.sleep_min,
		.avail_min = g.avail_min, .xfer_align = g.xfer_align, .start_threshold = g.start_threshold, .stop_threshold = g.stop_threshold,
		.silence_threshold = g.silence_threshold, .silence_size = g.silence_size, .boundary = g.boundary, .proto = g.proto,
		.tstamp_type = g.tstamp_type};
	memcpy(h->reserved, g.reserved, sizeof h->reserved);
	if (g.silence_size > INT32_MAX / 4) { /* no buffer is so large: to be asked without it, what the boundary is */
		probe = *h;
		probe.silence_size = probe.silence_threshold = 0;
		if (!ioctl(c->fd, SNDRV_PCM_IOCTL_SW_PARAMS, &probe) && g.silence_size >= guest_boundary(probe.boundary))
			h->silence_size = INT64_MAX;
	}
	c->host_arg = (uint64_t)h;
	return 0;
}

/* ---- frames of a channel each ---- */

#define CHANNELS_MAX 128u

struct xfern_guest {
	int32_t result;
	uint32_t bufs, frames;
};

struct xfern_call {
	struct snd_xfern host;
	uint64_t bufs[CHANNELS_MAX];
};

/* SNDRV_PCM_IOCTL_WRITEN_FRAMES and _READN_FRAMES: as many addresses as the stream has channels, which the kernel does not tell. */
int ioctl_xfern(struct ioctl_call *c, bool after)
{
	struct xfern_call *k = c->custom;
	struct xfern_guest guest;
	uint32_t buf;

	if (after && c->result < 0)
		return 0;
	if (after) {
		int32_t result = (int32_t)k->host.result;

		return guest_write(ga(c->arg), &result, sizeof result);
	}
	k = c->custom = ioctl_memory(c, sizeof *k);
	if (!k)
		return -ENOMEM;
	if (guest_read(&guest, ga(c->arg), sizeof guest)) {
		c->host_arg = ioctl_bad_pointer();
		return 0;
	}
	for (uint32_t i = 0; i < CHANNELS_MAX && !guest_read(&buf, ga(guest.bufs + i * 4), sizeof buf); i++)
		k->bufs[i] = buf ? (uint64_t)guest_out(ga(buf), 1) : 0;
	k->host.bufs = guest.bufs ? (void **)k->bufs : NULL;
	k->host.frames = guest.frames;
	c->host_arg = (uint64_t)&k->host;
	return 0;
}

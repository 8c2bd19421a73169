/* SPDX-License-Identifier: MIT */
/* Addresses where no list can say so: the header calls them numbers, and no structure of its own holds them. */
#include <errno.h>

#include "emu/window.h"
#include "ioctl-tables/marshal.h"

ioctl_custom ioctl_address, ioctl_perf_properties;

/* An address of the guest's as the host has it: what is none, 0 or above 4 GiB, stays, which the kernel then refuses or not. */
static uint64_t to_host(uint64_t v)
{
	return v && v < GUEST_SPAN ? v + window_base : v;
}

/* The argument is the address of an address (VHOST_SET_LOG_BASE). */
int ioctl_address(struct ioctl_call *c, bool after)
{
	uint64_t *v;

	if (after)
		return 0;
	v = ioctl_memory(c, sizeof *v);
	if (!v)
		return -ENOMEM;
	c->host_arg = guest_get(v, ga(c->arg)) ? ioctl_bad_pointer() : (uint64_t)v;
	*v = to_host(*v);
	return 0;
}

/* struct drm_i915_perf_open_param, and its properties: pairs of a name and a value, of which one is an address. */
struct perf_open {
	uint32_t flags, n;
	uint64_t properties;
};

struct perf_property {
	uint64_t name, value;
};

enum { PERF_GLOBAL_SSEU = 7, PERF_PROPERTIES_MAX = 64 /* the kernel knows some ten, and refuses to take more than it knows */ };

int ioctl_perf_properties(struct ioctl_call *c, bool after)
{
	struct perf_property *p;
	struct perf_open *o;

	if (after)
		return 0;
	if (!window_base) {
		c->host_arg = (uint64_t)guest_ptr(ga(c->arg));
		return 0;
	}
	o = ioctl_memory(c, sizeof *o);
	if (!o)
		return -ENOMEM;
	c->host_arg = ioctl_bad_pointer();
	if (guest_get(o, ga(c->arg)))
		return 0;
	c->host_arg = (uint64_t)o;
	if (!o->n || o->n > PERF_PROPERTIES_MAX || o->properties >= GUEST_SPAN) {
		o->properties = to_host(o->properties);
		return 0;
	}
	p = ioctl_memory(c, o->n * sizeof *p);
	if (!p)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->n; i++) {
		if (guest_get(&p[i], ga((uint32_t)o->properties + i * sizeof *p))) {
			o->properties = ioctl_bad_pointer();
			return 0;
		}
		if (p[i].name == PERF_GLOBAL_SSEU)
			p[i].value = to_host(p[i].value);
	}
	o->properties = (uint64_t)p;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Xen's public headers are no part of the kernel's; its device headers need these two. */
#pragma once

#include <linux/types.h>

typedef __u16 domid_t;
typedef __u32 grant_ref_t;
typedef unsigned long xen_pfn_t;
typedef unsigned long xen_ulong_t;

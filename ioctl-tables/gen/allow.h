/* SPDX-License-Identifier: MIT */
/* Between the files that read allow-lists. */
#ifndef STRAIT_IOCTL_ALLOW_H
#define STRAIT_IOCTL_ALLOW_H

#include "ioctl-tables/gen/gen.h"

struct expr *expr_parse(struct allow *a, struct place at, const char *text);
/* name may be a constant: the headers are asked for it. */
void allow_name(struct allow *a, const char *name);

#endif

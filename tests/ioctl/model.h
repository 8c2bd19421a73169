/* SPDX-License-Identifier: MIT */
/* A second reading of the ioctl tables, to check the marshaller against: written for clearness, walks guest and host side by side. */
#ifndef STRAIT_TEST_IOCTL_MODEL_H
#define STRAIT_TEST_IOCTL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioctl-tables/marshal.h"

/* Guest memory: areas with nothing mapped behind them, so that who reads too far is found out. */
#define AREAS 4096
#define AREA_SIZE 0x20000u

struct area {
	uint32_t at, size;
	const struct io_layout *l; /* NULL: plain bytes */
	uint32_t n, flex_n;
	enum io_dir dir;
	uint8_t *before, *expect;
};

struct model {
	const struct ioctl_table *t;
	uint32_t cmd;
	struct area area[AREAS];
	unsigned n;
	const char *wrong; /* what was found */
};

uint64_t random64(void);
uint32_t random_below(uint32_t n);

/* The memory that areas are cut from, once. */
void model_memory(void);
/* Random guest memory for one call of row: arg. 0: too much for the areas. */
uint32_t model_guest(struct model *m, const struct ioctl_row *row);
/* Is host memory at h what the guest's arg says? Bytes that nothing describes are 0. */
bool model_check_in(struct model *m, const uint8_t *h);
/* Let a kernel write into all that it may, and note what the guest is to see then. */
void model_kernel(struct model *m, uint8_t *h);
/* Does it? */
bool model_check_out(struct model *m);
void model_forget(struct model *m);

#endif

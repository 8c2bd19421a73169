/* SPDX-License-Identifier: MIT */
/* Copies that survive a fault in guest memory (host/<h>/copy.S). */
#ifndef STRAIT_COPY_H
#define STRAIT_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0, or -EFAULT if a byte could not be read or written; then how much was copied is not known. */
int copy_bytes(void *dst, const void *src, size_t n);
/* A host fault at *pc: if that is in copy_bytes, where to go on. */
bool copy_fixup(uintptr_t *pc);

#endif

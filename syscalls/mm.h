/* SPDX-License-Identifier: MIT */
/* Memory. */
#ifndef STRAIT_SYSCALLS_MM_H
#define STRAIT_SYSCALLS_MM_H

#include "syscalls/fs.h"

SYS(mmap); SYS(mmap2); SYS(munmap); SYS(mprotect); SYS(pkey_mprotect); SYS(pkey_alloc); SYS(pkey_free); SYS(mremap);
SYS(brk); SYS(madvise); SYS(msync); SYS(mlock); SYS(mlock2); SYS(munlock); SYS(mincore); SYS(remap_file_pages); SYS(mseal);
SYS(process_madvise);

#endif

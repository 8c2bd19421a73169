/* SPDX-License-Identifier: MIT */
/* vhost: memory, rings and the log of a network device that has no other side. */
// modules: vhost_net
#include <linux/vhost.h>
#include <sys/mman.h>

#include "driver.h"

int main(void)
{
	int fd = need("/dev/vhost-net", O_RDWR);
	char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vhost_memory *m = edge(sizeof *m + sizeof m->regions[0]);
	struct vhost_vring_state *state = NEW(struct vhost_vring_state);
	struct vhost_vring_addr *a = NEW(struct vhost_vring_addr);
	uint64_t *features = NEW(uint64_t), *log = NEW(uint64_t);
	int *none = NEW(int);

	TRY(fd, VHOST_SET_LOG_BASE, 16);
	TRY(fd, VHOST_SET_OWNER, 0);
	SHOW(fd, VHOST_GET_FEATURES, features);
	*features = 1ull << VHOST_F_LOG_ALL;
	SHOW(fd, VHOST_SET_FEATURES, features);
	memset(m, 0, sizeof *m + sizeof m->regions[0]);
	m->nregions = 1;
	m->regions[0].memory_size = 3 * 4096;
	m->regions[0].userspace_addr = (uintptr_t)page;
	TRY(fd, VHOST_SET_MEM_TABLE, m);
	state->num = 8;
	SHOW(fd, VHOST_SET_VRING_NUM, state);
	SHOW(fd, VHOST_GET_VRING_BASE, state);
	a->desc_user_addr = (uintptr_t)page;
	a->avail_user_addr = (uintptr_t)page + 4096;
	a->used_user_addr = (uintptr_t)page + 8192;
	TRY(fd, VHOST_SET_VRING_ADDR, a);
	*log = (uintptr_t)page;
	TRY(fd, VHOST_SET_LOG_BASE, log);
	*log = 0;
	TRY(fd, VHOST_SET_LOG_BASE, log);
	FAULT(fd, VHOST_SET_LOG_BASE, uint64_t);
	*none = -1;
	SHOW(fd, VHOST_SET_LOG_FD, none);
	TRY(fd, VHOST_RESET_OWNER, 0);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* shmat, shmdt: where, with what, and what is left. */
// guests: i386
#include <sys/ipc.h>
#include <sys/shm.h>

#include "mm_util.h"

static uint32_t at_(int id, uint32_t a, int flags)
{
	uint32_t ret = 0xaaaa, r = RAW(SYS_ipc, 21, id, flags, &ret, a);

	return is_err(r) ? r : ret;
}

static uint32_t dt(uint32_t a)
{
	return RAW(SYS_ipc, 22, 0, 0, 0, a);
}

int main(void)
{
	int id = shmget(IPC_PRIVATE, 3 * PG - 100, IPC_CREAT | 0600);
	uint32_t z, a, b;
	struct shmid_ds ds;

	touch_init();
	printf("start\n");
	z = arena(64);
	show_at("fixed", a = at_(id, z + 10 * PG, 0), z);
	show_pages("pages", z + 9 * PG, 5);
	show_at("again there", at_(id, z + 10 * PG, 0), z);
	show_at("overlapping", at_(id, z + 12 * PG, 0), z);
	show_at("unaligned", at_(id, z + 20 * PG + 5, 0), z);
	show_at("rounded, read-only", b = at_(id, z + 20 * PG + 5, SHM_RND | SHM_RDONLY), z);
	show_pages("pages", z + 20 * PG, 4);
	*(char *)a = 55;
	printf("%d\n", *(char *)b);
	show_at("remap", at_(id, z + 11 * PG, SHM_REMAP), z);
	show_at("remap nowhere", at_(id, 0, SHM_REMAP), z);
	show_maps("maps", z, 64);
	show_at("exec", at_(id, z + 30 * PG, SHM_EXEC), z);
	show_maps("maps", z + 30 * PG, 3);
	show_at("no such", at_(0x7fffffff, z, 0), z);
	show_at("top", at_(id, 0xffffd000, 0), z);
	b = at_(id, 5, SHM_RND);
	printf("rounded to 0: %s\n", is_err(b) ? err_name(b) : b ? "elsewhere" : "0"); /* vm.mmap_min_addr, privileges */
	shmctl(id, IPC_STAT, &ds);
	printf("attached %d\n", (int)ds.shm_nattch);
	ok("detach unaligned", dt(z + 10 * PG + 1));
	ok("detach middle", dt(z + 21 * PG));
	ok("detach nothing", dt(z));
	ok("detach anonymous", dt(map(0, PG, RW, ANON, -1, 0)));
	ok("detach first", dt(z + 10 * PG));
	show_pages("left", z + 9 * PG, 6);
	ok("detach second", dt(z + 11 * PG));
	show_pages("left", z + 9 * PG, 6);
	unmap(z + 21 * PG, PG);
	ok("detach with a hole", dt(z + 20 * PG));
	show_pages("left", z + 20 * PG, 4);
	RAW(SYS_mprotect, z + 31 * PG, PG, PROT_READ);
	ok("detach protected", dt(z + 30 * PG));
	show_pages("left", z + 30 * PG, 4);
	shmctl(id, IPC_STAT, &ds);
	printf("attached %d\n", (int)ds.shm_nattch);
	a = at_(id, z, 0);
	ok("beside it", map(z + 3 * PG, PG, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ok("grow", a = RAW(SYS_mremap, a, 3 * PG, 4 * PG, MREMAP_MAYMOVE, 0));
	show_at("move", b = RAW(SYS_mremap, a, 4 * PG, 4 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, z + 40 * PG), z);
	printf("%d\n", *(char *)b);
	ok("detach old", dt(z));
	ok("detach moved", dt(b));
	show_pages("left", b, 4);
	shmctl(id, IPC_RMID, NULL);
	return 0;
}

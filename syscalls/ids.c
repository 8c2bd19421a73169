/* SPDX-License-Identifier: MIT */
/*
 * The 16-bit user and group ids of old calls: 65535 as an argument is -1, an id that does not fit shows as 65534.
 * The host's own calls are made raw: on Linux identities belong to threads, and a guest's libc does the spreading.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "syscalls/process.h"

#define GROUPS_MAX 65536

SYS(getuid16)
{
	return id_to16((uint32_t)sys_raw(SYS_getuid));
}

SYS(getgid16)
{
	return id_to16((uint32_t)sys_raw(SYS_getgid));
}

SYS(geteuid16)
{
	return id_to16((uint32_t)sys_raw(SYS_geteuid));
}

SYS(getegid16)
{
	return id_to16((uint32_t)sys_raw(SYS_getegid));
}

SYS(setuid16)
{
	return sys_raw(SYS_setuid, id_from16(a[0]));
}

SYS(setgid16)
{
	return sys_raw(SYS_setgid, id_from16(a[0]));
}

SYS(setreuid16)
{
	return sys_raw(SYS_setreuid, id_from16(a[0]), id_from16(a[1]));
}

SYS(setregid16)
{
	return sys_raw(SYS_setregid, id_from16(a[0]), id_from16(a[1]));
}

SYS(setresuid16)
{
	return sys_raw(SYS_setresuid, id_from16(a[0]), id_from16(a[1]), id_from16(a[2]));
}

SYS(setresgid16)
{
	return sys_raw(SYS_setresgid, id_from16(a[0]), id_from16(a[1]), id_from16(a[2]));
}

SYS(setfsuid16)
{
	return sys_raw(SYS_setfsuid, id_from16(a[0]));
}

SYS(setfsgid16)
{
	return sys_raw(SYS_setfsgid, id_from16(a[0]));
}

static gret three_ids(long nr, const uint32_t a[3])
{
	uint32_t id[3];

	TRY(sys_raw(nr, &id[0], &id[1], &id[2]));
	for (int i = 0; i < 3; i++) {
		uint16_t v = id_to16(id[i]);

		TRY(guest_put(ga(a[i]), &v));
	}
	return 0;
}

SYS(getresuid16)
{
	return three_ids(SYS_getresuid, a);
}

SYS(getresgid16)
{
	return three_ids(SYS_getresgid, a);
}

static uint32_t *groups_map(uint32_t n)
{
	long p = sys_raw(SYS_mmap, NULL, n * 4ul + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p < 0 ? NULL : (uint32_t *)p;
}

static void groups_unmap(uint32_t *groups, uint32_t n)
{
	sys_raw(SYS_munmap, groups, n * 4ul + 1);
}

SYS(getgroups16)
{
	long n = sys_raw(SYS_getgroups, (int)a[0] < 0 ? -1 : 0, NULL);
	long room = n;
	uint32_t *groups;
	gret r = n;

	if (n <= 0 || a[0] == 0)
		return n;
	if ((int)a[0] < n)
		return -EINVAL;
	groups = groups_map((uint32_t)room);
	if (!groups)
		return -ENOMEM;
	n = sys_raw(SYS_getgroups, n, groups);
	for (long i = 0; i < n && r >= 0; i++) {
		uint16_t v = id_to16(groups[i]);

		if (guest_put(ga_add(ga(a[1]), (uint32_t)i * 2), &v) < 0)
			r = -EFAULT;
	}
	groups_unmap(groups, (uint32_t)room);
	return r;
}

SYS(setgroups16)
{
	uint32_t n = a[0], *groups;
	gret r = 0;

	if (n > GROUPS_MAX) /* permission is asked first */
		return sys_raw(SYS_setgroups, -1, NULL);
	groups = groups_map(n);
	if (!groups)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && r == 0; i++) {
		uint16_t v = 0;

		r = guest_get(&v, ga_add(ga(a[1]), i * 2));
		groups[i] = (uint32_t)id_from16(v);
	}
	r = sys_raw(SYS_setgroups, n, r < 0 ? (uint32_t *)~4095ul : groups);
	groups_unmap(groups, n);
	return r;
}

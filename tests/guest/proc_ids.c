/* SPDX-License-Identifier: MIT */
/* User and group ids in 16 and 32 bits, in children so that each begins anew. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <grp.h>

#define BAD ((void *)8)

static void in_child(void (*fn)(void))
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	if (status)
		printf("child ended with %x\n", status);
}

static void show_ids(void)
{
	unsigned short s[3];
	unsigned u[3];

	printf("16: %ld %ld %ld %ld", RAW(SYS_getuid), RAW(SYS_geteuid), RAW(SYS_getgid), RAW(SYS_getegid));
	printf(" res %ld", RAW(SYS_getresuid, &s[0], &s[1], &s[2]));
	printf(" %d %d %d", s[0], s[1], s[2]);
	printf(" %ld", RAW(SYS_getresgid, &s[0], &s[1], &s[2]));
	printf(" %d %d %d\n", s[0], s[1], s[2]);
	printf("32: %ld %ld", RAW(SYS_getuid32), RAW(SYS_getegid32));
	printf(" res %ld", RAW(SYS_getresuid32, &u[0], &u[1], &u[2]));
	printf(" %u %u %u\n", u[0], u[1], u[2]);
}

static void large(void)
{
	show("setresgid32", RAW(SYS_setresgid32, 70000, 70001, 5));
	show("setresuid32", RAW(SYS_setresuid32, 70000, 70001, 0));
	show_ids();
	show("fsuid", RAW(SYS_setfsuid, 0));
	show("fsuid32", RAW(SYS_setfsuid32, 70000));
	show("fsuid32", RAW(SYS_setfsuid32, -1));
	show("fsgid", RAW(SYS_setfsgid, -1));
}

static void minus_one(void)
{
	show("setreuid16 -1", RAW(SYS_setreuid, 0xffff, 0xffff));
	show("setregid16 -1 3", RAW(SYS_setregid, 0xffff, 3));
	show("setresuid16", RAW(SYS_setresuid, 0xffff, 1234, 0xffff));
	show_ids();
	show("setuid16 65535", RAW(SYS_setuid, 0xffff));
	show("setuid32 65535", RAW(SYS_setuid32, 0xffff));
	show("setuid32 -1", RAW(SYS_setuid32, -1));
}

static void dropped(void)
{
	show("setgid", RAW(SYS_setgid, 0x10005));
	show("setuid", RAW(SYS_setuid, 1000));
	show_ids();
	show("setuid back", RAW(SYS_setuid, 0));
	show("setgroups", RAW(SYS_setgroups, 1, BAD));
	show("setgroups many", RAW(SYS_setgroups, 70000, BAD));
	show("nice -1", RAW(SYS_nice, -1));
	show("nice 3", RAW(SYS_nice, 3));
	show("priority", RAW(SYS_getpriority, 0, 0));
	show("nice 100", RAW(SYS_nice, 100));
	show("priority", RAW(SYS_getpriority, 0, 0));
	show("sethostname", RAW(SYS_sethostname, "x", 1));
	show("stime", RAW(SYS_stime, (int[]){5}));
}

static void groups(void)
{
	unsigned g32[4] = {1, 70000, 65535, 4}, o32[8] = {0};
	unsigned short g16[3] = {7, 65535, 9}, o16[8] = {0};

	show("setgroups32", RAW(SYS_setgroups32, 4, g32));
	show("getgroups16", RAW(SYS_getgroups, 8, o16));
	for (int i = 0; i < 5; i++)
		printf(" %d", o16[i]);
	printf("\n");
	show("getgroups16 count", RAW(SYS_getgroups, 0, NULL));
	show("getgroups16 small", RAW(SYS_getgroups, 3, o16));
	show("getgroups16 negative", RAW(SYS_getgroups, -1, o16));
	show("getgroups16 bad", RAW(SYS_getgroups, 8, BAD));
	show("setgroups16 -1", RAW(SYS_setgroups, 3, g16));
	g16[1] = 8;
	show("setgroups16", RAW(SYS_setgroups, 3, g16));
	show("getgroups32", RAW(SYS_getgroups32, 8, o32));
	printf(" %u %u %u\n", o32[0], o32[1], o32[2]);
	show("setgroups16 bad", RAW(SYS_setgroups, 3, BAD));
	show("setgroups16 many", RAW(SYS_setgroups, 65537, g16));
	show("setgroups16 none", RAW(SYS_setgroups, 0, NULL));
	show("getgroups16 none", RAW(SYS_getgroups, 8, o16));
}

int main(void)
{
	if (getuid() != 0) {
		fprintf(stderr, "needs to be root\n");
		return 77;
	}
	in_child(large);
	in_child(minus_one);
	in_child(dropped);
	in_child(groups);
	show("getresuid bad", RAW(SYS_getresuid, BAD, BAD, BAD));
	return 0;
}

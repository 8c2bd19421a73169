/* SPDX-License-Identifier: MIT */
/* What a process can ask about itself and the machine: names, limits, usage, prctl, affinity, personality. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#define BAD ((void *)8)

static void names(void)
{
	char u[390], o[325], oo[45];

	memset(u, 0xee, sizeof u);
	show("uname", RAW(SYS_uname, u));
	show("olduname", RAW(SYS_olduname, o));
	show("oldolduname", RAW(SYS_oldolduname, oo));
	printf("%s\n", u);
	for (int i = 0; i < 4; i++)
		printf("%d %d\n", strcmp(u + 65 * i, o + 65 * i) == 0, strncmp(u + 65 * i, oo + 9 * i, 8) == 0 && !oo[9 * i + 8]);
	show("uname bad", RAW(SYS_uname, BAD));
}

static void limits(void)
{
	unsigned l[2] = {100, 200}, inf[2] = {0xffffffff, 0xffffffff};
	unsigned long long l64[2], old[2];

	show("setrlimit", RAW(SYS_setrlimit, RLIMIT_NOFILE, l));
	memset(l, 0xee, sizeof l);
	show("ugetrlimit", RAW(SYS_ugetrlimit, RLIMIT_NOFILE, l));
	printf("%u %u\n", l[0], l[1]);
	show("set core", RAW(SYS_setrlimit, RLIMIT_CORE, (unsigned[]){0, 0xffffffff}));
	show("get core", RAW(SYS_ugetrlimit, RLIMIT_CORE, l));
	printf("%x %x\n", l[0], l[1]);
	show("old core", RAW(SYS_getrlimit, RLIMIT_CORE, l));
	printf("%x %x\n", l[0], l[1]);
	show("prlimit core", RAW(SYS_prlimit64, 0, RLIMIT_CORE, NULL, l64));
	printf("%llx %llx\n", l64[0], l64[1]);
	l64[0] = 5ull << 32;
	l64[1] = 6ull << 32;
	show("prlimit fsize", RAW(SYS_prlimit64, getpid(), RLIMIT_FSIZE, l64, old));
	printf("%llx %llx\n", old[0], old[1]);
	show("get fsize", RAW(SYS_ugetrlimit, RLIMIT_FSIZE, l));
	printf("%x %x\n", l[0], l[1]);
	show("bad resource", RAW(SYS_ugetrlimit, 99, l));
	show("bad pointer", RAW(SYS_setrlimit, RLIMIT_CORE, BAD));
	show("soft above hard", RAW(SYS_setrlimit, RLIMIT_CORE, (unsigned[]){2, 1}));
	show("bad pid", RAW(SYS_prlimit64, 0x3fffffff, RLIMIT_CORE, NULL, l64));
	show("set as", RAW(SYS_setrlimit, RLIMIT_AS, (unsigned[]){200 << 20, 0xffffffff}));
	show("get as", RAW(SYS_ugetrlimit, RLIMIT_AS, l));
	printf("%x %x\n", l[0], l[1]);
	printf("map beyond it %d\n", mmap(NULL, 300 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	show("free as", RAW(SYS_setrlimit, RLIMIT_AS, inf));
	printf("map %d\n", mmap(NULL, 300 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

static void usage(void)
{
	int ru[18], tms[4], si[16];

	show("getrusage", RAW(SYS_getrusage, RUSAGE_SELF, ru));
	printf("%d %d\n", ru[4] > 0, ru[8] > 0);
	show("getrusage bad", RAW(SYS_getrusage, 99, ru));
	show("getrusage pointer", RAW(SYS_getrusage, 0, BAD));
	printf("times %d\n", RAW(SYS_times, tms) != -14);
	show("times bad", RAW(SYS_times, BAD));
	show("sysinfo", RAW(SYS_sysinfo, si));
	printf("unit %d, ram %d, free less %d, procs %d\n", si[13], si[4] != 0, (unsigned)si[5] < (unsigned)si[4], (si[10] & 0xffff) > 0);
	show("sysinfo bad", RAW(SYS_sysinfo, BAD));
}

static void controls(void)
{
	char name[16] = "", *edge = tail(16);
	int v = -1;
	long long wide = -1;

	memcpy(edge, "a-long-name-0123", 16);
	show("SET_NAME", RAW(SYS_prctl, PR_SET_NAME, edge, 0, 0, 0));
	show("GET_NAME", RAW(SYS_prctl, PR_GET_NAME, name, 0, 0, 0));
	printf("'%s'\n", name);
	show("SET_PDEATHSIG", RAW(SYS_prctl, PR_SET_PDEATHSIG, 12, 0, 0, 0));
	show("GET_PDEATHSIG", RAW(SYS_prctl, PR_GET_PDEATHSIG, &v, 0, 0, 0));
	printf("%d\n", v);
	show("SET_PDEATHSIG bad", RAW(SYS_prctl, PR_SET_PDEATHSIG, 99, 0, 0, 0));
	show("GET_DUMPABLE", RAW(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0));
	show("KEEPCAPS", RAW(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0));
	show("KEEPCAPS", RAW(SYS_prctl, PR_GET_KEEPCAPS, 0, 0, 0, 0));
	show("SUBREAPER", RAW(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	show("SUBREAPER", RAW(SYS_prctl, PR_GET_CHILD_SUBREAPER, &v, 0, 0, 0));
	printf("%d\n", v);
	show("NO_NEW_PRIVS", RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	show("NO_NEW_PRIVS", RAW(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	show("NO_NEW_PRIVS bad", RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	show("TIMERSLACK", RAW(SYS_prctl, PR_SET_TIMERSLACK, 60000, 0, 0, 0));
	show("TIMERSLACK", RAW(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0));
	show("GET_TSC", RAW(SYS_prctl, PR_GET_TSC, &v, 0, 0, 0));
	printf("%d\n", v);
	show("SECCOMP", RAW(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0));
	show("tid address", RAW(SYS_set_tid_address, &v) == getpid());
	show("GET_TID_ADDRESS", RAW(SYS_prctl, PR_GET_TID_ADDRESS, &wide, 0, 0, 0));
	printf("%d, upper half %x\n", (unsigned)wide == (unsigned)(long)&v, (unsigned)(wide >> 32));
	show("FPEMU", RAW(SYS_prctl, PR_SET_FPEMU, 1, 0, 0, 0));
	show("ENDIAN", RAW(SYS_prctl, PR_GET_ENDIAN, &v, 0, 0, 0));
	show("name bad", RAW(SYS_prctl, PR_SET_NAME, BAD, 0, 0, 0));
}

static void scheduling(void)
{
	unsigned mask[64];
	long n = RAW(SYS_sched_getaffinity, 0, sizeof mask, mask), four;

	printf("affinity size multiple of 4 %d, some %d\n", n > 0 && n % 4 == 0, mask[0] != 0);
	four = RAW(SYS_sched_getaffinity, 0, 4, mask);
	printf("small %d\n", four == 4 || four == -EINVAL);
	show("odd", RAW(SYS_sched_getaffinity, 0, 6, mask));
	show("zero", RAW(SYS_sched_getaffinity, 0, 0, mask));
	show("bad", RAW(SYS_sched_getaffinity, 0, 256, BAD));
	show("set", RAW(SYS_sched_setaffinity, 0, n, mask));
	show("set none", RAW(SYS_sched_setaffinity, 0, 4, (unsigned[]){0}));
	show("set bad", RAW(SYS_sched_setaffinity, 0, 4, BAD));
	show("scheduler", RAW(SYS_sched_getscheduler, 0));
	show("param", RAW(SYS_sched_getparam, 0, mask));
	memset(mask, 0xee, sizeof mask);
	show("getattr", RAW(SYS_sched_getattr, 0, mask, 56, 0));
	printf("size %u policy %u nice %u, behind %x\n", mask[0], mask[1], mask[4], mask[14]);
	show("getattr small", RAW(SYS_sched_getattr, 0, mask, 47, 0));
	mask[0] = 48;
	show("setattr", RAW(SYS_sched_setattr, 0, mask, 0));
	show("max", RAW(SYS_sched_get_priority_max, SCHED_FIFO));
	show("membarrier", RAW(SYS_membarrier, 1 << 4, 0, 0));
	show("membarrier", RAW(SYS_membarrier, 1 << 3, 0, 0));
	show("membarrier bad", RAW(SYS_membarrier, 12345, 0, 0));
	show("kcmp", RAW(SYS_kcmp, getpid(), getpid(), 0, 1, 1));
	show("kcmp bad", RAW(SYS_kcmp, getpid(), getpid(), 99, 1, 1));
	show("arch_prctl", RAW(SYS_arch_prctl, 0x1002, 0));
	show("vm86", RAW(SYS_vm86, 0, 0));
	show("getcpu", RAW(SYS_getcpu, &mask[0], &mask[1], NULL));
	show("personality", RAW(SYS_personality, -1));
	show("personality", RAW(SYS_personality, 0x0040000));
	show("personality", RAW(SYS_personality, 0));
}

int main(void)
{
	names();
	usage();
	controls();
	scheduling();
	limits();
	return 0;
}

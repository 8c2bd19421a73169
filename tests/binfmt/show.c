/* SPDX-License-Identifier: MIT */
/* What a program sees of how it was started. "--exec FILE WORD...": first starts FILE with these words. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct utsname u;
	char comm[16];

	if (argc > 2 && !strcmp(argv[1], "--exec")) {
		execv(argv[2], argv + 3);
		perror(argv[2]);
		return 1;
	}
	uname(&u);
	prctl(PR_GET_NAME, comm);
	printf("argv");
	for (int i = 0; i < argc; i++)
		printf(" [%s]", argv[i]);
	printf("\nexecfn %s\ncomm %s\nmachine %s\nsecure %lu\nuser %d %d %lu %lu\ngroup %d %d %lu %lu\nopen", (const char *)getauxval(AT_EXECFN),
	       comm, u.machine, getauxval(AT_SECURE), getuid(), geteuid(), getauxval(AT_UID), getauxval(AT_EUID), getgid(), getegid(),
	       getauxval(AT_GID), getauxval(AT_EGID));
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
	return 7;
}

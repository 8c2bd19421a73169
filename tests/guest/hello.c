/* SPDX-License-Identifier: MIT */
/* The least: output on both streams, arguments, environment, an exit status. */
// status: 42
// args: one "two three" ''
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(int argc, char **argv)
{
	int n = 0;

	printf("hello from %zu-bit code\n", sizeof(void *) * 8);
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = \"%s\"\n", i, argv[i]);
	for (char **e = environ; *e; e++)
		n++;
	printf("%d variables, LANG is %s\n", n, getenv("LANG"));
	fprintf(stderr, "on stderr\n");
	return 42;
}

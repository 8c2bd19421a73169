// SPDX-License-Identifier: MIT
// cflags: -static -O1
// A program that runs is not written: opening, emptying and cutting it off are ETXTBSY, until the last process is gone that runs it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "./program"

static void say(const char *what, long r)
{
	printf("%s: %s\n", what, r >= 0 ? "works" : strerrorname_np(errno));
}

static void try_open(const char *what, const char *name, int flags)
{
	int fd = open(name, flags, 0755);

	say(what, fd);
	if (fd >= 0)
		close(fd);
}

static off_t size(void)
{
	struct stat st;

	return stat(NAME, &st) ? -1 : st.st_size;
}

static void copy(const char *from)
{
	static char buf[65536];
	int in = open(from, O_RDONLY), out = open(NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof buf)) > 0)
		if (write(out, buf, (size_t)n) != n)
			exit(2);
	close(in);
	close(out);
}

/* Run it with a word that says what it does; its pid when it is there. */
static pid_t start(const char *word, int *ret_to)
{
	int there[2], to[2];
	char c;
	pid_t p;

	if (pipe(there) || pipe(to))
		exit(2);
	p = fork();
	if (p == 0) {
		dup2(to[0], 0);
		dup2(there[1], 1);
		close(there[0]);
		close(to[1]);
		execl(NAME, NAME, word, (char *)NULL);
		_exit(1);
	}
	close(there[1]);
	close(to[0]);
	if (read(there[0], &c, 1) != 1)
		exit(2);
	close(there[0]);
	*ret_to = to[1];
	return p;
}

static void all(const char *when)
{
	off_t before = size();

	printf("-- %s\n", when);
	try_open("write", NAME, O_WRONLY);
	try_open("read and write", NAME, O_RDWR);
	try_open("empty", NAME, O_WRONLY | O_TRUNC);
	try_open("make", NAME, O_WRONLY | O_CREAT | O_TRUNC);
	try_open("make anew", NAME, O_WRONLY | O_CREAT | O_EXCL);
	try_open("append", NAME, O_WRONLY | O_APPEND | O_NONBLOCK);
	try_open("read", NAME, O_RDONLY);
	say("truncate", truncate(NAME, 5));
	say("truncate64", truncate64(NAME, 6));
	say("chmod", chmod(NAME, 0700));
	printf("size %s\n", size() == before ? "as before" : "changed");
}

static int child(const char *word)
{
	char c;

	if (!strcmp(word, "fork") && fork())
		_exit(0);
	if (write(1, "", 1) != 1)
		return 1;
	close(1);
	if (read(0, &c, 1) == 1 && c == 'x')
		execl("/proc/self/exe", "other", "gone", (char *)NULL);
	return 0;
}

/* Locks of the whole file are nobody's program. */
static void locks(void)
{
	int fd = open("data", O_RDWR | O_CREAT, 0600), status;
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, read_lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	printf("-- locks\n");
	say("lock", fcntl(fd, F_SETLK, &l));
	if (fork() == 0) {
		try_open("write a locked file", "data", O_RDWR | O_TRUNC);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	say("of a description", fcntl(fd, F_SETLK, &(struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET}) | fcntl(fd, F_OFD_SETLK, &read_lock));
	try_open("write", "data", O_RDWR);
}

int main(int argc, char **argv)
{
	int to, fd;
	pid_t p;

	if (argc > 1)
		return child(argv[1]);
	setvbuf(stdout, NULL, _IONBF, 0);
	copy("/proc/self/exe");
	p = start("stay", &to);
	fd = open(NAME, O_WRONLY);
	if (fd >= 0) {
		fprintf(stderr, "this kernel lets programs that run be written (Linux 6.11 and 6.12)\n");
		return 77;
	}
	all("it runs");
	kill(p, SIGKILL);
	waitpid(p, NULL, 0);
	close(to);
	try_open("it is dead: write", NAME, O_WRONLY);
	p = start("fork", &to);
	waitpid(p, NULL, 0);
	try_open("its child runs: write", NAME, O_WRONLY);
	say("rename", rename(NAME, "other"));
	try_open("another name: write", "other", O_WRONLY);
	say("rename", rename("other", NAME));
	close(to);
	for (int i = 0; i < 500 && (fd = open(NAME, O_WRONLY)) < 0; i++)
		usleep(10000);
	say("in the end: write", fd);
	close(fd);
	locks();
	all("it does not run");
	return 0;
}

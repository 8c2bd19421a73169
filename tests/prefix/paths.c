/* SPDX-License-Identifier: MIT */
/* Does what its words say, one after the other, and prints what came of it: cat FILE, lstat FILE, exec FILE, cd DIR, make FILE, bind NAME,
 * connect NAME, sendto NAME, sendmsg NAME. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int answer(int r, const char *text)
{
	printf("%s\n", r < 0 ? strerrorname_np(errno) : text);
	return 0;
}

static int first_line(int fd)
{
	char line[64] = "";

	if (fd < 0 || read(fd, line, sizeof line - 1) < 0)
		return answer(-1, "");
	line[strcspn(line, "\n")] = 0;
	return answer(0, line);
}

static int cat(const char *path)
{
	return first_line(open(path, O_RDONLY));
}

static int look(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? answer(-1, "") : answer(0, S_ISLNK(st.st_mode) ? "link" : S_ISDIR(st.st_mode) ? "directory" : "other");
}

static int run(const char *path)
{
	fflush(stdout);
	return answer(execl(path, path, NULL), "");
}

static int cd(const char *path)
{
	return answer(chdir(path), "ok");
}

static int make(const char *path)
{
	return answer(open(path, O_CREAT | O_WRONLY, 0600), "ok");
}

static struct sockaddr_un name_of(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	strncpy(a.sun_path, path, sizeof a.sun_path);
	return a;
}

static int do_bind(const char *path)
{
	struct sockaddr_un a = name_of(path);

	return answer(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof a), "ok");
}

static int do_connect(const char *path)
{
	struct sockaddr_un a = name_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (void *)&a, sizeof a) < 0)
		return answer(-1, "");
	return first_line(fd);
}

static int do_sendto(const char *path)
{
	struct sockaddr_un a = name_of(path);

	return answer(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "to", 2, 0, (void *)&a, sizeof a), "ok");
}

static int do_sendmsg(const char *path)
{
	struct sockaddr_un a = name_of(path);
	struct iovec v = {"msg", 3};
	struct msghdr m = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1};

	return answer(sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &m, 0), "ok");
}

static const struct {
	const char *name;
	int (*fn)(const char *path);
} words[] = {
	{"cat", cat}, {"lstat", look}, {"exec", run}, {"cd", cd}, {"make", make}, {"bind", do_bind}, {"connect", do_connect}, {"sendto", do_sendto},
	{"sendmsg", do_sendmsg},
};

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2)
		for (unsigned k = 0; k < sizeof words / sizeof *words; k++)
			if (!strcmp(words[k].name, argv[i]))
				words[k].fn(argv[i + 1]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* /proc of this process, of its thread directory and of a child shows the program and nothing of an emulator. */
// guests: i386
#include "fs_util.h"

#include <dirent.h>
#include <elf.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

static char text[1 << 16];

static long slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	long n = 0, r;

	while (fd >= 0 && (r = read(fd, text + n, sizeof text - 1 - (size_t)n)) > 0)
		n += r;
	text[n] = 0;
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -errno : n;
}

static const char *base(const char *path)
{
	const char *s = strrchr(path, '/');

	return s ? s + 1 : path;
}

static void exe(const char *path, const char *self)
{
	char link[4096];
	struct stat a, b;
	long n = readlink(path, link, sizeof link - 1);
	int fd = open(path, O_RDONLY);
	char magic[4] = "";

	link[n > 0 ? n : 0] = 0;
	printf("exe: name %d, ", !strcmp(base(link), base(self)));
	printf("stat %d, ", stat(path, &a) == 0 && stat(self, &b) == 0 && a.st_ino == b.st_ino);
	printf("lstat %d, ", lstat(path, &a) == 0 && S_ISLNK(a.st_mode));
	printf("open %d\n", read(fd, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4));
	close(fd);
}

/* Mapped code, data, stack and heap stand in maps, with their rights; nothing is above 4 GiB. */
static void maps(const char *path, const char *self)
{
	static int data = 1;
	int local, found[4] = {0}, high = 0, named = 0, stack = 0;
	void *at[4] = {(void *)maps, &data, &local, malloc(1)};
	char *line, *rest;
	long n = slurp(path);

	printf("maps: %d", n > 0);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned long long s, e;
		char rights[8];

		if (sscanf(line, "%llx-%llx %7s", &s, &e, rights) != 3)
			continue;
		high |= e > 0x100000000ull;
		for (int i = 0; i < 4; i++)
			if ((unsigned)at[i] >= s && (unsigned)at[i] < e)
				found[i] = rights[0] == 'r' && (i == 0 ? rights[2] == 'x' : rights[1] == 'w');
		named |= !!strstr(line, base(self));
		stack |= !!strstr(line, "[stack]");
	}
	printf(" code %d data %d stack %d heap %d, high %d, named %d, [stack] %d\n", found[0], found[1], found[2], found[3], high,
	       named, stack);
}

static void auxv(void)
{
	long n = slurp("/proc/self/auxv");
	Elf32_auxv_t *v = (Elf32_auxv_t *)text;
	int good = 0, all = 0;

	for (long i = 0; i < n / (long)sizeof *v && v[i].a_type; i++) {
		all++;
		good += v[i].a_type == AT_HWCAP || getauxval(v[i].a_type) == v[i].a_un.a_val; /* libc has its own hwcap */
	}
	printf("auxv: %d, %ld bytes behind\n", all > 10 && good == all, n - all * (long)sizeof *v);
}

static void descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int list[64] = {0}, other = 0;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			atoi(e->d_name) < 64 ? list[atoi(e->d_name)]++ : other++;
	printf("fd:");
	for (int i = 0; i < 64; i++)
		if (list[i] && fcntl(i, F_GETFD) < 0)
			printf(" %d is shown and not open", i);
	printf(" others %d\n", other);
	closedir(d);
}

static void child(const char *self)
{
	char path[64];
	int p[2], pid;

	fflush(stdout);
	pipe(p);
	pid = fork();
	if (pid == 0) {
		execl(self, "a name", "wait", "an argument", (char *)NULL);
		_exit(1);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
		if (slurp(path) > 0 && !strcmp(text, "a name"))
			break;
		usleep(10000);
	}
	usleep(20000);
	long n = slurp(path);
	for (long i = 0; i < n; i++)
		putchar(text[i] ? text[i] : '|');
	printf("\n");
	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	slurp(path);
	printf("comm %d\n", !strncmp(text, base(self), strlen(text) - 1));
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	exe(path, self);
	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	slurp(path);
	printf("environ %d\n", !strcmp(text, *__environ ? *__environ : ""));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	char path[64];

	if (argc > 1) {
		pause();
		return 0;
	}
	exe("/proc/self/exe", argv[0]);
	exe("/proc/thread-self/exe", argv[0]);
	snprintf(path, sizeof path, "/proc/%d/task/%d/exe", getpid(), getpid());
	exe(path, argv[0]);
	printf("cmdline %d\n", slurp("/proc/self/cmdline") == (long)strlen(argv[0]) + 1 && !strcmp(text, argv[0]));
	slurp("/proc/self/comm");
	printf("comm %d\n", !strncmp(text, base(argv[0]), strlen(text) - 1));
	prctl(PR_SET_NAME, "renamed");
	slurp("/proc/self/comm");
	printf("comm %s", text);
	slurp("/proc/self/stat");
	printf("stat %d\n", !!strstr(text, "(renamed) R "));
	slurp("/proc/self/status");
	printf("status %d\n", !strncmp(text, "Name:\trenamed\n", 14));
	maps("/proc/self/maps", argv[0]);
	maps("/proc/thread-self/maps", argv[0]);
	auxv();
	descriptors();
	child(argv[0]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* execve and execveat: from a thread, by descriptor, of what was deleted, scripts in scripts, what is refused, what stays. */
// guests: i386
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *none[] = {NULL};

static int copy_self(const char *to, int mode)
{
	char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
	ssize_t n;

	while ((n = read(in, buf, sizeof buf)) > 0)
		if (write(out, buf, (size_t)n) != n)
			return -1;
	close(in);
	return close(out);
}

static void script(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	if (write(fd, text, strlen(text)) < 0)
		exit(98);
	close(fd);
}

/* What the new program sees of how it was called. */
static int shown(int argc, char **argv)
{
	struct sigaction sa;
	sigset_t mask;

	for (int i = 0; i < argc; i++)
		printf(" %s", argv[i]);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigaction(SIGUSR1, NULL, &sa);
	printf(" | usr1 %s blocked %d pending", sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "?",
	       sigismember(&mask, SIGUSR2));
	sigpending(&mask);
	printf(" %d, tid is pid %d, fd 50 %s 51 %s\n", sigismember(&mask, SIGUSR2), syscall(SYS_gettid) == getpid(),
	       fcntl(50, F_GETFD) < 0 ? "closed" : "open", fcntl(51, F_GETFD) < 0 ? "closed" : "open");
	return 33;
}

static void result(const char *name, pid_t p)
{
	int status = -1;

	waitpid(p, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s: signal %d\n", name, WTERMSIG(status));
	else
		printf("%s: exit %d\n", name, WEXITSTATUS(status));
	fflush(stdout);
}

/* In a child: at() runs something; if it comes back its errno is told. */
static void in_child(const char *name, int (*at)(void))
{
	pid_t p;

	printf("%s:", name);
	fflush(stdout);
	p = fork();
	if (p == 0) {
		at();
		printf(" %s\n", strerrorname_np(errno));
		fflush(stdout);
		_exit(1);
	}
	result(name, p);
}

static int by_fd_flags(int open_flags, const char *file)
{
	char *argv[] = {"by-fd", "shown", NULL};
	int fd = open(file, open_flags);

	return (int)syscall(SYS_execveat, fd, "", argv, none, AT_EMPTY_PATH);
}

static int plain(void) { return execve("./prog", (char *[]){"prog", "shown", "a b", "", NULL}, none); }
static int by_fd(void) { return by_fd_flags(O_RDONLY, "./prog"); }
static int by_path_fd(void) { return by_fd_flags(O_PATH, "./prog"); }
static int by_cloexec_fd(void) { return by_fd_flags(O_RDONLY | O_CLOEXEC, "./prog"); }
static int script_by_fd(void) { return by_fd_flags(O_RDONLY, "./one"); }
static int script_by_cloexec_fd(void) { return by_fd_flags(O_RDONLY | O_CLOEXEC, "./one"); }

static int relative(void)
{
	int fd = open("sub", O_RDONLY | O_DIRECTORY);

	return (int)syscall(SYS_execveat, fd, "prog", (char *[]){"in-sub", "shown", NULL}, none, 0);
}

static int no_follow(void)
{
	return (int)syscall(SYS_execveat, AT_FDCWD, "./link", (char *[]){"link", "shown", NULL}, none, AT_SYMLINK_NOFOLLOW);
}

static int bad_flags(void) { return (int)syscall(SYS_execveat, AT_FDCWD, "./prog", none, none, 0x10); }
static int empty_path(void) { return (int)syscall(SYS_execveat, AT_FDCWD, "", none, none, 0); }

static int deleted(void)
{
	int fd;

	copy_self("gone", 0755);
	fd = open("gone", O_RDONLY);
	unlink("gone");
	return (int)syscall(SYS_execveat, fd, "", (char *[]){"gone", "shown", NULL}, none, AT_EMPTY_PATH);
}

static int scripted(void) { return execve("./one", (char *[]){"ignored", "x", "y", NULL}, none); }
static int nested(void) { return execve("./two", (char *[]){"ignored", "x", NULL}, none); }
static int too_nested(void) { return execve("./s7", (char *[]){"ignored", NULL}, none); }
static int no_interpreter(void) { return execve("./lost", none, none); }
static int no_format(void) { return execve("./text", none, none); }
static int not_executable(void) { return execve("./plain", none, none); }
static int directory(void) { return execve("./sub", none, none); }
static int missing(void) { return execve("./missing", none, none); }
static int through_file(void) { return execve("./prog/x", none, none); }
static int bad_argv(void) { return (int)syscall(SYS_execve, "./prog", 8, none); }
static int bad_path(void) { return (int)syscall(SYS_execve, 8, none, none); }

static int busy(void)
{
	open("./prog", O_WRONLY);
	return execve("./prog", (char *[]){"prog", "shown", NULL}, none);
}

static int long_argument(void)
{
	static char big[(128 << 10) + 1];

	memset(big, 'x', sizeof big - 1);
	return execve("./prog", (char *[]){"prog", big, NULL}, none);
}

static int longest_argument(void)
{
	static char big[128 << 10];

	memset(big, 'x', sizeof big - 1);
	return execve("./prog", (char *[]){"prog", "count", big, NULL}, none);
}

static int many_arguments(void)
{
	static char *argv[300001];
	struct rlimit rl = {1 << 20, RLIM_INFINITY};

	setrlimit(RLIMIT_STACK, &rl);
	for (int i = 0; i < 300000; i++)
		argv[i] = "argument";
	return execve("./prog", argv, none);
}

static int no_argv(void)
{
	return (int)syscall(SYS_execve, "./prog", NULL, NULL);
}

static int inheriting(void)
{
	sigset_t s;

	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	sigprocmask(SIG_BLOCK, &s, NULL);
	raise(SIGUSR2);
	dup2(1, 50);
	dup3(1, 51, O_CLOEXEC);
	return execve("./prog", (char *[]){"prog", "shown", NULL}, none);
}

static void handler(int sig)
{
	(void)sig;
}

static void *spin(void *arg)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return arg;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *exec_here(void *arg)
{
	usleep(10000);
	execve("./prog", (char *[]){"prog", "shown", NULL}, none);
	return arg;
}

/* The thread that execs becomes the only one, with the process's id. */
static int from_thread(void)
{
	pthread_t t;

	signal(SIGUSR1, handler);
	pthread_create(&t, NULL, spin, NULL);
	pthread_create(&t, NULL, sleeper, NULL);
	pthread_create(&t, NULL, exec_here, NULL);
	pthread_join(t, NULL);
	return -1;
}

/* One that fails leaves threads and all else as they are. */
static int failing_from_thread(void)
{
	pthread_t t;

	dup3(1, 51, O_CLOEXEC);
	pthread_create(&t, NULL, sleeper, NULL);
	execve("./missing", none, none);
	printf(" %s, fd 51 %s, thread %d,", strerrorname_np(errno), fcntl(51, F_GETFD) < 0 ? "closed" : "open", pthread_kill(t, 0));
	return execve("./text", none, none);
}

/* What a failed one was given does not come with the next. */
static int after_more(void)
{
	static char *many[401];
	char *few[] = {"prog", "words", "last", NULL}, *env[] = {"A=1", NULL};

	for (int i = 0; i < 400; i++)
		many[i] = "one of many words";
	for (int n = 100; n <= 400; n += 100) {
		many[n] = NULL;
		execve("./missing", many, many);
		many[n] = many[0];
	}
	return execve("./prog", few, env);
}

static void prepare(void)
{
	char name[16], text[64];

	copy_self("prog", 0755);
	mkdir("sub", 0755);
	copy_self("sub/prog", 0755);
	if (symlink("prog", "link"))
		exit(97);
	script("one", "#!./prog shown first second\n");
	script("two", "#!./one\n");
	script("lost", "#!/no/such/interpreter\n");
	script("text", "just text\n");
	script("plain", "#!./prog\n");
	chmod("plain", 0644);
	script("s0", "#!./prog shown\n");
	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof name, "s%d", i);
		snprintf(text, sizeof text, "#!./s%d\n", i - 1);
		script(name, text);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strncmp(argv[1], "shown", 5)) /* a script's words are one argument */
		return shown(argc, argv);
	if (argc > 2 && !strcmp(argv[1], "count"))
		return strlen(argv[2]) == (128 << 10) - 1 ? 34 : 35;
	if (argc > 0 && !*argv[0]) { /* the kernel's repair of an empty argv */
		printf(" argc %d\n", argc);
		return 36;
	}
	if (argc > 1 && !strcmp(argv[1], "words")) {
		int n = 0;

		while (environ[n])
			n++;
		printf(" argc %d, %s, environment %d\n", argc, argv[argc - 1], n);
		return 37;
	}
	prepare();
	in_child("plain", plain);
	in_child("by fd", by_fd);
	in_child("by O_PATH fd", by_path_fd);
	in_child("by close-on-exec fd", by_cloexec_fd);
	in_child("relative to a directory", relative);
	in_child("link, not followed", no_follow);
	in_child("flags", bad_flags);
	in_child("empty path", empty_path);
	in_child("deleted", deleted);
	in_child("script", scripted);
	in_child("script by fd", script_by_fd);
	in_child("script by close-on-exec fd", script_by_cloexec_fd);
	in_child("nested script", nested);
	in_child("too nested", too_nested);
	in_child("no interpreter", no_interpreter);
	in_child("no format", no_format);
	in_child("not executable", not_executable);
	in_child("directory", directory);
	in_child("missing", missing);
	in_child("through a file", through_file);
	in_child("bad argv", bad_argv);
	in_child("bad path", bad_path);
	in_child("written to", busy);
	in_child("argument too long", long_argument);
	in_child("longest argument", longest_argument);
	in_child("too many arguments", many_arguments);
	in_child("no argv", no_argv);
	in_child("after more", after_more);
	in_child("inheriting", inheriting);
	in_child("from a thread", from_thread);
	in_child("failing from a thread", failing_from_thread);
	return 0;
}

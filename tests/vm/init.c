/* SPDX-License-Identifier: MIT */
/*
 * The first process of the test machine: mounts the host's files below a throw-away layer and answers requests to run programs.
 *
 * A request is one TCP connection. Both ways it is records: a kind (1 byte), a length (4 bytes, little endian), the content.
 * KEEP-ORDER: protocol (machine.py)
 *   to here    k token   a argument   e environment   f "MODE NAME\0" content, a file for the working directory
 *              d directory to work in (default: an empty one)   i stdin   l 16 x 2 u64 resource limits   n nice value (u32)
 *              u who: capabilities (u64), user, group, more groups (u32 each); default: all of root's   t seconds (u32)   g go
 *   from here  o stdout   e stderr   s wait status (u32)   x errno of a refused execve (u32)   t time is over   ! what went wrong here
 * Each program has process, mount, IPC and network namespaces of its own and all of it is killed when its pipes are closed, its time
 * is over, or the connection ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT 1
#define IDLE_SECONDS 180
#define MAX_WORDS 4096
#define MAX_RECORD (512u << 20)

static char token[128];
static unsigned long proc_flags; /* of the host's /proc: programs see them in statfs */

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "vm: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(ap);
}

/* --- The machine --- */

static void load_modules(void)
{
	char path[256];
	FILE *f = fopen("/modules.order", "re");

	while (f && fscanf(f, "%255s", path) == 1) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		size_t n = strlen(path);
		int flags = n > 3 && strcmp(path + n - 3, ".ko") ? 4 /* MODULE_INIT_COMPRESSED_FILE */ : 0;

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", flags) && errno != EEXIST))
			say("module %s", path);
		close(fd);
	}
	if (f)
		fclose(f);
}

static void mount_at(const char *what, const char *where, const char *type, unsigned long flags, const char *options)
{
	if (mkdir(where, 0755) && errno != EEXIST)
		say("mkdir %s", where);
	if (mount(what, where, type, flags, options))
		say("mount %s", where);
}

static void interface_up(const char *name, const char *address)
{
	struct ifreq ifr = {0};
	struct sockaddr_in in = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(ifr.ifr_name, name, sizeof ifr.ifr_name - 1);
	if (address) {
		in.sin_addr.s_addr = inet_addr(address);
		memcpy(&ifr.ifr_addr, &in, sizeof in);
		if (ioctl(fd, SIOCSIFADDR, &ifr))
			say("address of %s", name);
		in.sin_addr.s_addr = inet_addr("255.255.255.0");
		memcpy(&ifr.ifr_addr, &in, sizeof in);
		ioctl(fd, SIOCSIFNETMASK, &ifr);
	}
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		say("interface %s", name);
	close(fd);
}

/* A line of a small file of the initramfs, without its end. */
static void read_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	buf[0] = 0;
	if (!f || !fgets(buf, (int)size, f))
		say("%s", path);
	else
		buf[strcspn(buf, "\n")] = 0;
	if (f)
		fclose(f);
}

/* mkdir -p, which may meet what is there. */
static void make_path(const char *path)
{
	char part[1024];

	for (const char *p = path + 1; p[-1]; p++)
		if (*p == '/' || !*p) {
			snprintf(part, sizeof part, "%.*s", (int)(p - path), path);
			mkdir(part, 0755);
		}
}

/* The host's root, read-only, with what is written here in a layer on the scratch disk. */
static void make_root(void)
{
	static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"}, {"/proc/self/fd/0", "/dev/stdin"}, {"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"}};
	char modules[512], release[256], host[128], flags[32], target[512], from[1024];

	read_line("/modules.dir", modules, sizeof modules);
	read_line("/release", release, sizeof release);
	read_line("/hostname", host, sizeof host);
	read_line("/token", token, sizeof token);
	read_line("/proc.flags", flags, sizeof flags);
	proc_flags = strtoul(flags, NULL, 0);
	sethostname(host, strlen(host));
	mount_at("host", "/host", "9p", MS_RDONLY, "trans=virtio,version=9p2000.L,cache=loose,msize=512000");
	for (int i = 0; i < 100 && access("/dev/vda", F_OK); i++) /* its driver is still looking */
		usleep(50000);
	mount_at("/dev/vda", "/scratch", "ext4", MS_NOATIME, "");
	mkdir("/scratch/up", 0755);
	mkdir("/scratch/work", 0755);
	mkdir("/scratch/tmp", 01777);
	chmod("/scratch/tmp", 01777);
	mount_at("overlay", "/new", "overlay", 0, "lowerdir=/host,upperdir=/scratch/up,workdir=/scratch/work");
	snprintf(target, sizeof target, "/new/lib/modules/%s", release);
	make_path(target);
	snprintf(from, sizeof from, "/host%s", modules);
	mount_at(from, target, NULL, MS_BIND, NULL);
	mount_at("/scratch/tmp", "/new/tmp", NULL, MS_BIND, NULL);
	mount_at("proc", "/new/proc", "proc", proc_flags, "");
	mount_at("sysfs", "/new/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "");
	mount_at("dev", "/new/dev", "devtmpfs", MS_NOSUID, "");
	mount_at("devpts", "/new/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	mount_at("shm", "/new/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "");
	mount_at("run", "/new/run", "tmpfs", MS_NOSUID | MS_NODEV, "");
	mount_at("cgroup2", "/new/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "");
	if (chdir("/new") || mount("/new", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		say("the new root");
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			say("%s", links[i][1]);
}

/* --- One request --- */

struct job {
	int conn;
	char *argv[MAX_WORDS + 1], *envp[MAX_WORDS + 1];
	unsigned argc, envc;
	char dir[64], *cwd;
	char *input;
	uint32_t input_size, input_done;
	uint64_t limits[16][2];
	bool limited;
	uint32_t nice;
	uint64_t capabilities;
	gid_t group[64];
	unsigned n_groups;
	uid_t user;
	uint32_t seconds;
};

static bool read_all(int fd, void *to, size_t n)
{
	for (char *p = to; n;) {
		ssize_t r = read(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

static bool write_all(int fd, const void *from, size_t n)
{
	for (const char *p = from; n;) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

static bool reply(struct job *j, char kind, const void *content, uint32_t n)
{
	char head[5] = {kind};

	memcpy(head + 1, &n, 4);
	return write_all(j->conn, head, 5) && write_all(j->conn, content, n);
}

static void give_up(struct job *j, const char *what)
{
	char text[256];

	snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
	reply(j, '!', text, (uint32_t)strlen(text));
	_exit(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path), 0;
}

static void put_file(struct job *j, const char *content, uint32_t n)
{
	char path[512];
	char *name;
	unsigned long mode = strtoul(content, &name, 8);
	size_t skip = strlen(content) + 1;
	int fd;

	snprintf(path, sizeof path, "%s/%s", j->dir, name + 1);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || skip > n || !write_all(fd, content + skip, n - skip) || fchmod(fd, (mode_t)mode))
		give_up(j, path);
	close(fd);
}

static void word(struct job *j, char **list, unsigned *n, char *w)
{
	if (*n == MAX_WORDS) {
		errno = E2BIG;
		give_up(j, "request");
	}
	list[(*n)++] = w;
}

static void set_user(struct job *j, const char *content, uint32_t n)
{
	if (n < 16 || n > 12 + sizeof j->group)
		give_up(j, "user");
	memcpy(&j->capabilities, content, 8);
	memcpy(&j->user, content + 8, 4);
	memcpy(j->group, content + 12, n - 12);
	j->n_groups = (n - 12) / 4;
	if (chown(j->dir, j->user, j->group[0]))
		give_up(j, j->dir);
}

static void read_request(struct job *j)
{
	bool known = false;

	strcpy(j->dir, "/tmp/job.XXXXXX");
	if (!mkdtemp(j->dir) || chmod(j->dir, 0755))
		give_up(j, "/tmp");
	for (;;) {
		unsigned char head[5];
		uint32_t n;
		char *content;

		if (!read_all(j->conn, head, 5))
			_exit(1);
		memcpy(&n, head + 1, 4);
		content = n > MAX_RECORD ? NULL : malloc(n + 1);
		if (!content || !read_all(j->conn, content, n))
			give_up(j, "request");
		content[n] = 0;
		if (head[0] == 'k')
			known = !strcmp(content, token);
		if (!known)
			_exit(1);
		switch (head[0]) {
		case 'a': word(j, j->argv, &j->argc, content); continue;
		case 'e': word(j, j->envp, &j->envc, content); continue;
		case 'd': j->cwd = content; continue;
		case 'i':
			j->input = content;
			j->input_size = n;
			continue;
		case 'f': put_file(j, content, n); break;
		case 't': memcpy(&j->seconds, content, 4); break;
		case 'n': memcpy(&j->nice, content, 4); break;
		case 'u': set_user(j, content, n); break;
		case 'l':
			if (n == sizeof j->limits)
				memcpy(j->limits, content, n);
			j->limited = n == sizeof j->limits;
			break;
		case 'g':
			free(content);
			if (j->argc)
				return;
			errno = EINVAL;
			give_up(j, "request");
		}
		free(content);
	}
}

/* What the supervisor reports: how the program ended, or why it never began. */
struct end {
	uint32_t kind, value;
};

static void program(struct job *j, const int fds[3], int report)
{
	struct end e = {'x', 0};
	const char *path = "/usr/bin:/bin:/usr/sbin:/sbin";

	setsid();
	for (int i = 0; i < 3; i++)
		dup2(fds[i], i);
	for (int r = 0; r < 16 && j->limited; r++) {
		struct rlimit lim = {j->limits[r][0], j->limits[r][1]};

		setrlimit((__rlimit_resource_t)r, &lim);
	}
	for (int c = 0; c < 64; c++)
		if (!(j->capabilities >> c & 1))
			prctl(PR_CAPBSET_DROP, c);
	setpriority(PRIO_PROCESS, 0, (int)j->nice);
	for (int s = 1; s < 65; s++)
		signal(s, SIG_DFL);
	for (unsigned i = 0; i < j->envc; i++)
		if (!strncmp(j->envp[i], "PATH=", 5))
			path = j->envp[i] + 5;
	setenv("PATH", path, 1);
	if (setgroups(j->n_groups, j->group) || setgid(j->group[0]) || setuid(j->user))
		_exit(126);
	if (!chdir(j->cwd ? j->cwd : j->dir))
		execvpe(j->argv[0], j->argv, j->envp);
	e.value = (uint32_t)errno;
	write_all(report, &e, sizeof e);
	_exit(127);
}

/* The first processes of the namespaces: one to adopt, one to be the parent, then the program. */
static void first_process(struct job *j, const int fds[3], int report)
{
	struct end e = {'s', 0};
	int status;
	pid_t pid;

	mount("proc", "/proc", "proc", proc_flags, "");
	mount_at("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, "");
	interface_up("lo", NULL);
	if (fork() == 0) {
		pid = fork();
		if (pid == 0)
			program(j, fds, report);
		for (int i = 0; i < 3; i++)
			close(fds[i]);
		waitpid(pid, &status, 0);
		e.value = (uint32_t)status;
		write_all(report, &e, sizeof e);
		close(report);
		for (;;)
			pause();
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	close(report);
	for (;;)
		if (wait(NULL) < 0)
			pause();
}

static void pipe_or_give_up(struct job *j, int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		give_up(j, "pipe");
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Copy what came; false at the end of the pipe or of the connection. */
static bool pass_on(struct job *j, int fd, char kind)
{
	static char buf[65536];
	ssize_t n = read(fd, buf, sizeof buf);

	return n > 0 && reply(j, kind, buf, (uint32_t)n);
}

static void feed(struct job *j, struct pollfd *to)
{
	ssize_t n = write(to->fd, j->input + j->input_done, j->input_size - j->input_done);

	if (n > 0)
		j->input_done += (uint32_t)n;
	if ((n < 0 && errno != EAGAIN) || j->input_done == j->input_size) {
		close(to->fd);
		to->fd = -1;
	}
}

enum { IN, OUT, ERR, REPORT, CONN, N_FDS };

/* From start to end of the program. */
static void watch(struct job *j, struct pollfd *p)
{
	uint64_t end = now() + (uint64_t)j->seconds * 1000;
	struct end e = {'!', 0};

	if (!j->input_size) {
		close(p[IN].fd);
		p[IN].fd = -1;
	}
	while (p[OUT].fd >= 0 || p[ERR].fd >= 0 || p[REPORT].fd >= 0) {
		uint64_t t = now();
		int n = t >= end ? 0 : poll(p, N_FDS, (int)(end - t));

		if (n == 0) {
			reply(j, 't', "", 0);
			return;
		}
		if (p[IN].revents)
			feed(j, &p[IN]);
		if (p[OUT].revents && !pass_on(j, p[OUT].fd, 'o'))
			p[OUT].fd = -1;
		if (p[ERR].revents && !pass_on(j, p[ERR].fd, 'e'))
			p[ERR].fd = -1;
		if (p[REPORT].revents) {
			if (!read_all(p[REPORT].fd, &e, sizeof e))
				e.kind = '!';
			p[REPORT].fd = -1;
		}
		if (p[CONN].revents) /* nothing more is to come from there but the end */
			return;
	}
	reply(j, (char)e.kind, &e.value, e.kind == '!' ? 0 : 4);
}

static void serve(int conn)
{
	static struct job j;
	int in[2], out[2], err[2], report[2], one = 1;
	pid_t pid;

	j = (struct job){.conn = conn, .seconds = 60, .capabilities = ~0ull, .n_groups = 1};
	setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	signal(SIGPIPE, SIG_IGN);
	read_request(&j);
	pipe_or_give_up(&j, in);
	pipe_or_give_up(&j, out);
	pipe_or_give_up(&j, err);
	pipe_or_give_up(&j, report);
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		give_up(&j, "clone");
	if (pid == 0) {
		close(conn);
		close(in[1]);
		close(out[0]);
		close(err[0]);
		close(report[0]);
		mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL);
		first_process(&j, (int[]){in[0], out[1], err[1]}, report[1]);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(report[1]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	watch(&j, (struct pollfd[N_FDS]){{in[1], POLLOUT, 0}, {out[0], POLLIN, 0}, {err[0], POLLIN, 0}, {report[0], POLLIN, 0}, {conn, POLLIN, 0}});
	shutdown(conn, SHUT_WR);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	nftw(j.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	_exit(0);
}

static void stop_machine(void)
{
	sync();
	reboot(RB_POWER_OFF);
}

int main(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int s, running = 0;

	mount_at("proc", "/proc", "proc", 0, "");
	mount_at("dev", "/dev", "devtmpfs", 0, "");
	load_modules();
	make_root();
	interface_up("lo", NULL);
	interface_up("eth0", "10.0.2.15");
	s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s, (struct sockaddr *)&in, sizeof in) || listen(s, 64)) {
		say("listen");
		stop_machine();
	}
	fprintf(stderr, "vm: ready\n");
	for (;;) {
		struct pollfd p = {s, POLLIN, 0};
		bool idle = !running;
		int n = poll(&p, 1, idle ? IDLE_SECONDS * 1000 : 1000);

		while (waitpid(-1, NULL, WNOHANG) > 0)
			running -= running > 0;
		if (n > 0) {
			int conn = accept4(s, NULL, NULL, SOCK_CLOEXEC);

			if (conn >= 0 && fork() == 0)
				serve(conn);
			close(conn);
			running++;
		} else if (n == 0 && idle) {
			stop_machine();
		}
	}
}

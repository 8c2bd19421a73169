/* SPDX-License-Identifier: MIT */
/*
 * A character device that this program plays itself. Restricted, the kernel moves what a command's number says; unrestricted, the
 * server says what it wants, address by address. Either way it gives back the bytes it got, changed, and the command's number.
 */
#include <linux/fuse.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "driver.h"

/* Commands: the first three of no header at all, the last of another driver's number. */
#define FROBNICATE _IOWR(0xf7, 1, char[24])
#define TELL _IOR(0xf7, 2, char[300])
#define TAKE _IOW(0xf7, 3, int)
#define BUMP 0xf704
#define GATHER _IOWR(0xf7, 5, struct gather) /* only an unrestricted device follows the address in it */
#define OF_V4L2 _IOWR('V', 8, char[20])

struct gather {
	uint32_t at, n;
};

struct message {
	struct fuse_in_header h;
	union {
		struct {
			struct fuse_ioctl_in io;
			unsigned char data[1 << 16];
		};
		char bytes[1 << 17];
	};
};

static void reply(int fd, uint64_t unique, struct iovec *v, int n)
{
	struct fuse_out_header h = {.unique = unique, .len = sizeof h};

	v[0] = (struct iovec){&h, sizeof h};
	for (int i = 1; i < n; i++)
		h.len += v[i].iov_len;
	if (writev(fd, v, n) < 0)
		_exit(2);
}

/* Which parts of the caller's memory; the message has what was asked for so far. */
static unsigned wanted(const struct message *m, struct fuse_ioctl_iovec want[4], uint32_t *ret_in, uint32_t *ret_out)
{
	const struct fuse_ioctl_in *io = &m->io;
	unsigned n = 0;

	*ret_in = *ret_out = 0;
	if (io->cmd == TCGETS) {
		want[n++] = (struct fuse_ioctl_iovec){io->arg, 36};
		*ret_out = 1;
		return n;
	}
	if (_IOC_DIR(io->cmd) & _IOC_WRITE) {
		want[n++] = (struct fuse_ioctl_iovec){io->arg, _IOC_SIZE(io->cmd)};
		*ret_in = 1;
		if (io->cmd == GATHER && io->in_size >= sizeof(struct gather)) {
			const struct gather *g = (const void *)m->data;

			want[n++] = (struct fuse_ioctl_iovec){g->at, g->n};
			want[n++] = (struct fuse_ioctl_iovec){g->at, g->n};
			*ret_in = 2;
			*ret_out = 1;
			return n;
		}
	}
	if (_IOC_DIR(io->cmd) & _IOC_READ) {
		want[n++] = (struct fuse_ioctl_iovec){io->arg, _IOC_SIZE(io->cmd)};
		*ret_out = 1;
	}
	return n;
}

static void serve_ioctl(int fd, struct message *m, bool unrestricted)
{
	struct fuse_ioctl_out o = {.result = (int32_t)_IOC_NR(m->io.cmd) + (m->io.in_size ? m->data[0] << 8 : 0)}; /* so that the caller sees what was read */
	struct fuse_ioctl_iovec want[4];
	uint32_t n_in, n_out, size = 0, have = m->io.in_size;
	unsigned n = wanted(m, want, &n_in, &n_out);
	struct iovec v[3] = {{0}, {&o, sizeof o}};

	for (unsigned i = 0; i < n_in; i++)
		size += want[i].len;
	if (unrestricted && n && (size != have || (n_out && !m->io.out_size))) {
		o = (struct fuse_ioctl_out){.flags = FUSE_IOCTL_RETRY, .in_iovs = n_in, .out_iovs = n_out};
		v[2] = (struct iovec){want, n * sizeof want[0]};
		reply(fd, m->h.unique, v, 3);
		return;
	}
	for (uint32_t i = have; i < m->io.out_size; i++)
		m->data[i] = (unsigned char)i;
	for (uint32_t i = 0; i < m->io.out_size; i++)
		m->data[i] ^= 0x5a;
	v[2] = (struct iovec){m->data, m->io.out_size};
	reply(fd, m->h.unique, v, 3);
}

static void serve(int fd, const char *name, bool unrestricted)
{
	static struct message m;
	struct cuse_init_out init = {.major = 7, .minor = 31, .max_read = 4096, .max_write = 4096, .flags = unrestricted ? CUSE_UNRESTRICTED_IOCTL : 0};
	struct fuse_open_out open = {0};
	char device[40];

	while (ready(fd, POLLIN) && read(fd, &m, sizeof m) > 0) {
		struct iovec v[3] = {{0}};

		switch (m.h.opcode) {
		case CUSE_INIT:
			v[1] = (struct iovec){&init, sizeof init};
			v[2] = (struct iovec){device, (size_t)sprintf(device, "DEVNAME=%s", name) + 1};
			reply(fd, m.h.unique, v, 3);
			break;
		case FUSE_OPEN:
			v[1] = (struct iovec){&open, sizeof open};
			reply(fd, m.h.unique, v, 2);
			break;
		case FUSE_IOCTL:
			serve_ioctl(fd, &m, unrestricted);
			break;
		case FUSE_RELEASE:
			reply(fd, m.h.unique, v, 1);
			_exit(0);
		default:
			reply(fd, m.h.unique, v, 1);
		}
	}
	_exit(1);
}

/* The device, open; its server is *ret_server. */
static int play(const char *name, bool unrestricted, pid_t *ret_server)
{
	int fd = need("/dev/cuse", O_RDWR), dev = -1;
	char path[64];

	fflush(stdout);
	*ret_server = fork();
	if (*ret_server == 0)
		serve(fd, name, unrestricted);
	close(fd);
	sprintf(path, "/dev/%s", name);
	for (int i = 0; i < 200 && dev < 0; i++) {
		usleep(50000);
		dev = open(path, O_RDWR);
	}
	printf("%s: %s\n", name, dev < 0 ? "no device" : "open");
	return dev;
}

static void done(int dev, pid_t server)
{
	close(dev);
	kill(server, SIGKILL);
	while (waitpid(server, NULL, WNOHANG) == 0)
		usleep(10000);
}

static void *numbered(size_t n)
{
	unsigned char *p = edge(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(i * 7 + 1);
	return p;
}

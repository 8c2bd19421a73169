/* SPDX-License-Identifier: MIT */
/* Messages with control data: descriptors, credentials, times, cut short in every way. */
#define _GNU_SOURCE
#include "fs_util.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

static int sv[2];

static int open_fds(void)
{
	int n = 0;

	for (int i = 0; i < 200; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static long send_fds(int n, int extra)
{
	char control[CMSG_SPACE(sizeof(int) * 16) + CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = {"data", 4};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	size_t used = 0;

	memset(control, 0, sizeof control);
	if (n) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n);
		for (int i = 0; i < n; i++)
			((int *)CMSG_DATA(c))[i] = i % 3;
		used += CMSG_SPACE(sizeof(int) * n);
		c = CMSG_NXTHDR(&m, c);
	}
	if (extra) {
		struct ucred u = {getpid(), getuid(), getgid()};

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_CREDENTIALS;
		c->cmsg_len = CMSG_LEN(sizeof u);
		memcpy(CMSG_DATA(c), &u, sizeof u);
		used += CMSG_SPACE(sizeof u);
	}
	m.msg_controllen = used;
	return RAW(SYS_sendmsg, sv[0], &m, 0);
}

/* Receive with room for so many control bytes, in front of an unmapped page; say what came. */
static void receive(const char *name, size_t room)
{
	char data[16] = "", *control = room ? tail(room) : NULL;
	struct iovec iov[2] = {{data, 2}, {data + 2, 6}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2, .msg_control = control, .msg_controllen = room};
	int before = open_fds(), fds = 0;
	long r = RAW(SYS_recvmsg, sv[1], &m, MSG_DONTWAIT);

	printf("%s: %ld '%s' flags %x controllen %zu\n", name, r, data, m.msg_flags, (size_t)m.msg_controllen);
	for (struct cmsghdr *c = r >= 0 ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c)) {
		printf("  level %d type %d len %zu", c->cmsg_level, c->cmsg_type, (size_t)c->cmsg_len);
		if (c->cmsg_type == SCM_RIGHTS) {
			fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			for (int i = 0; i < fds; i++)
				printf(" %d", fcntl(((int *)CMSG_DATA(c))[i], F_GETFD) >= 0);
			for (int i = 0; i < fds; i++)
				close(((int *)CMSG_DATA(c))[i]);
		} else if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
			struct ucred *u = (struct ucred *)CMSG_DATA(c);

			printf(" %d %d %d", u->pid == getpid(), (int)u->uid == (int)getuid(), (int)u->gid == (int)getgid());
		}
		printf("\n");
	}
	printf("  leaked %d\n", open_fds() - before);
}

static void rights(void)
{
	char name[32];
	int on = 1, off = 0;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, sv);
	for (int n = 1; n <= 3; n++) {
		send_fds(n, 0);
		receive("rights", 64);
	}
	for (int room = 0; room <= 28; room += 1) {
		send_fds(3, 0);
		sprintf(name, "room %d", room);
		receive(name, room);
	}
	setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
	send_fds(2, 1);
	receive("both", 128);
	for (int room = 20; room <= 48; room += 4) {
		send_fds(2, 1);
		sprintf(name, "room %d", room);
		receive(name, room);
	}
	send_fds(0, 0);
	receive("credentials unasked", 64);
	setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
}

static void bad_control(void)
{
	unsigned int raw[8] = {0};
	struct iovec iov = {"x", 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = raw};

	for (int len = 0; len <= 32; len += 4) {
		m.msg_controllen = 16;
		raw[0] = len;
		raw[1] = SOL_SOCKET;
		raw[2] = SCM_RIGHTS;
		raw[3] = 1;
		printf("cmsg_len %d: %ld\n", len, RAW(SYS_sendmsg, sv[0], &m, 0));
		receive("", 64);
	}
	for (int len = 0; len <= 16; len += 2) {
		m.msg_controllen = len;
		raw[0] = 12;
		printf("controllen %d: %ld\n", len, RAW(SYS_sendmsg, sv[0], &m, 0));
		receive("", 64);
	}
	m.msg_controllen = 0x80000000;
	show("huge", RAW(SYS_sendmsg, sv[0], &m, 0));
	m.msg_controllen = 16;
	m.msg_control = (void *)8;
	show("bad control", RAW(SYS_sendmsg, sv[0], &m, 0));
	m.msg_controllen = 0;
	m.msg_iovlen = 1025;
	show("many iovecs", RAW(SYS_sendmsg, sv[0], &m, 0));
	m.msg_iovlen = 1;
	m.msg_iov = (void *)8;
	show("bad iov", RAW(SYS_sendmsg, sv[0], &m, 0));
	show("bad msghdr", RAW(SYS_sendmsg, sv[0], (void *)8, 0));
	show("bad fd and msghdr", RAW(SYS_sendmsg, 99, (void *)8, 0));
	show("no socket and bad msghdr", RAW(SYS_recvmsg, 0, (void *)8, 0));
}

static int udp(struct sockaddr_in *a)
{
	socklen_t len = sizeof *a;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	bind(fd, (struct sockaddr *)a, sizeof *a);
	getsockname(fd, (struct sockaddr *)a, &len);
	return fd;
}

/* Old and new forms of each time stamp, and packet information. */
static void stamps(void)
{
	static const struct {
		int level, name, value;
	} opt[] = {
		{SOL_SOCKET, 29, 1}, {SOL_SOCKET, 35, 1}, {SOL_SOCKET, 63, 1}, {SOL_SOCKET, 64, 1},
		{SOL_SOCKET, 37, 1 << 3 | 1 << 4}, {SOL_SOCKET, 65, 1 << 3 | 1 << 4}, {IPPROTO_IP, IP_PKTINFO, 1},
		{IPPROTO_IP, IP_RECVTTL, 1},
	};

	for (unsigned i = 0; i < sizeof opt / sizeof *opt; i++) {
		struct sockaddr_in a, from = {0};
		int fd = udp(&a), off = 0;
		char data[8], control[256];
		struct iovec iov = {data, sizeof data};
		struct msghdr m = {&from, sizeof from, &iov, 1, control, sizeof control, 0};
		struct cmsghdr *c;
		long r;

		printf("option %d: %ld\n", opt[i].name,
		       RAW(SYS_setsockopt, fd, opt[i].level, opt[i].name, &opt[i].value, sizeof(int)));
		do { /* the kernel begins to stamp a little after it was asked to */
			m.msg_controllen = sizeof control;
			m.msg_namelen = sizeof from;
			sendto(fd, "hello", 5, 0, (struct sockaddr *)&a, sizeof a);
			r = RAW(SYS_recvmsg, fd, &m, 0);
		} while (r >= 0 && !m.msg_controllen);
		printf("  %ld namelen %u from self %d flags %x controllen %zu\n", r, m.msg_namelen, from.sin_port == a.sin_port,
		       m.msg_flags, (size_t)m.msg_controllen);
		for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
			long long sec = 0;

			memcpy(&sec, CMSG_DATA(c), c->cmsg_type > 60 ? 8 : 4);
			printf("  level %d type %d len %zu near now %d\n", c->cmsg_level, c->cmsg_type, (size_t)c->cmsg_len,
			       opt[i].level == SOL_SOCKET && llabs(sec - time(NULL)) < 5);
		}
		setsockopt(fd, opt[i].level, opt[i].name, &off, sizeof off);
		close(fd);
	}
}

static void many(void)
{
	struct mmsghdr m[4] = {0};
	char data[4][8];
	struct iovec iov[4];
	struct timespec ts = {0, 50000000};
	long long ts64[2] = {0, 50000000};

	for (int i = 0; i < 4; i++) {
		sprintf(data[i], "msg%d", i);
		iov[i] = (struct iovec){data[i], i + 3};
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	show("sendmmsg", RAW(SYS_sendmmsg, sv[0], m, 4, 0));
	for (int i = 0; i < 4; i++)
		printf("  len %u\n", m[i].msg_len);
	memset(data, 0, sizeof data);
	for (int i = 0; i < 4; i++)
		iov[i].iov_len = 8;
	show("recvmmsg", RAW(SYS_recvmmsg, sv[1], m, 2, 0, &ts));
	for (int i = 0; i < 2; i++)
		printf("  len %u '%.8s'\n", m[i].msg_len, data[i]);
	show("recvmmsg one and wait", RAW(SYS_recvmmsg, sv[1], m, 4, MSG_WAITFORONE, NULL));
	show("recvmmsg none", RAW(SYS_recvmmsg, sv[1], m, 4, MSG_DONTWAIT, NULL));
	show("sendmmsg", RAW(SYS_sendmmsg, sv[0], m, 1, 0));
	show("recvmmsg64", RAW(SYS_recvmmsg_time64, sv[1], m, 1, 0, ts64));
	printf("left %d\n", ts64[0] == 0 && ts64[1] > 0 && ts64[1] <= 50000000);
	ts.tv_nsec = -1;
	show("bad timeout", RAW(SYS_recvmmsg, sv[1], m, 1, MSG_DONTWAIT, &ts));
	show("none at all", RAW(SYS_recvmmsg, sv[1], m, 0, 0, NULL));
	show("send none", RAW(SYS_sendmmsg, sv[0], m, 0, 0));
	show("bad fd", RAW(SYS_sendmmsg, 99, m, 0, 0));
	m[1].msg_hdr.msg_iov = (void *)8;
	show("second bad", RAW(SYS_sendmmsg, sv[0], m, 3, 0));
	receive("first", 0);
}

int main(void)
{
	rights();
	bad_control();
	stamps();
	many();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Socket calls, directly and through socketcall; options whose structures have longs or pointers. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define BAD ((void *)8)

static long call(int nr, long a, long b, long c, long d, long e, long f)
{
	long args[6] = {a, b, c, d, e, f};

	return RAW(SYS_socketcall, nr, args);
}

static void listen_and_connect(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, b;
	socklen_t len = sizeof a;
	int l = call(1, AF_INET, SOCK_STREAM, 0, 0, 0, 0), c, s;
	char buf[32] = "";

	show("bind", call(2, l, (long)&a, sizeof a, 0, 0, 0));
	show("listen", call(4, l, 5, 0, 0, 0, 0));
	show("getsockname", call(6, l, (long)&a, (long)&len, 0, 0, 0));
	printf("len %u family %d\n", len, a.sin_family);
	c = RAW(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	show("connect", call(3, c, (long)&a, sizeof a, 0, 0, 0));
	len = 4;
	s = call(5, l, (long)&b, (long)&len, 0, 0, 0);
	printf("accepted %d, len %u\n", s >= 0, len);
	show("getpeername", RAW(SYS_getpeername, c, &b, (len = sizeof b, &len)));
	printf("port %d\n", b.sin_port == a.sin_port);
	show("send", call(9, c, (long)"one", 3, 0, 0, 0));
	show("recv", call(10, s, (long)buf, 10, 0, 0, 0));
	show("sendto", call(11, c, (long)"two2", 4, 0, 0, 0));
	show("recvfrom", call(12, s, (long)buf, 10, MSG_PEEK, 0, 0));
	show("recvfrom", RAW(SYS_recvfrom, s, buf, 10, 0, NULL, NULL));
	printf("'%s'\n", buf);
	show("shutdown", call(13, c, SHUT_WR, 0, 0, 0, 0));
	show("recv end", call(10, s, (long)buf, 10, 0, 0, 0));
	show("accept4 flags", call(18, l, 0, 0, 0x123, 0, 0));
	show("accept nonblock", (fcntl(l, F_SETFL, O_NONBLOCK), call(18, l, 0, 0, 0, 0, 0)));
	show("connect bad", RAW(SYS_connect, c, BAD, 16));
	show("connect long", RAW(SYS_connect, c, &a, 200));
	show("connect negative", RAW(SYS_connect, c, &a, -1));
	show("bind bad fd", RAW(SYS_bind, 99, &a, 16));
	show("bind not socket", RAW(SYS_bind, 0, &a, 16));
	show("socketcall 0", call(0, 0, 0, 0, 0, 0, 0));
	show("socketcall 21", call(21, 0, 0, 0, 0, 0, 0));
	show("socketcall args", RAW(SYS_socketcall, 1, BAD));
	close(c);
	close(s);
	close(l);
}

static void get(int fd, int level, int name, int room)
{
	unsigned char v[64];
	int len = room;
	long r;

	memset(v, 0xee, sizeof v);
	r = RAW(SYS_getsockopt, fd, level, name, v, &len);
	printf("get %d/%d room %d: %ld len %d", level, name, room, r, len);
	if (r == 0) {
		for (int i = 0; i < room && i < 16; i++)
			printf(" %02x", v[i]);
	}
	printf("\n");
}

static void timeouts(void)
{
	int fd = RAW(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	int tv[2] = {0, 100000}, bad[2] = {1, 1000000};
	long long tv64[2] = {3, 500000};
	char c;

	show("set old", RAW(SYS_setsockopt, fd, SOL_SOCKET, 20, tv, 8));
	for (int room = 0; room <= 16; room += 4)
		get(fd, SOL_SOCKET, 20, room);
	get(fd, SOL_SOCKET, 66, 16);
	show("recv", RAW(SYS_recvfrom, fd, &c, 1, 0, NULL, NULL));
	show("set new", RAW(SYS_setsockopt, fd, SOL_SOCKET, 67, tv64, 16));
	get(fd, SOL_SOCKET, 21, 8);
	get(fd, SOL_SOCKET, 67, 16);
	get(fd, SOL_SOCKET, 67, 8);
	show("short", RAW(SYS_setsockopt, fd, SOL_SOCKET, 20, tv, 7));
	show("short new", RAW(SYS_setsockopt, fd, SOL_SOCKET, 66, tv64, 8));
	show("out of range", RAW(SYS_setsockopt, fd, SOL_SOCKET, 20, bad, 8));
	show("bad pointer", RAW(SYS_setsockopt, fd, SOL_SOCKET, 20, BAD, 8));
	show("bad fd", RAW(SYS_setsockopt, 99, SOL_SOCKET, 20, BAD, 8));
	show("negative length", RAW(SYS_setsockopt, fd, SOL_SOCKET, 20, tv, -1));
	show("get negative", RAW(SYS_getsockopt, fd, SOL_SOCKET, 20, tv, (int[]){-1}));
	close(fd);
}

static void filters(void)
{
	struct sock_filter code[] = {
		{BPF_LD | BPF_W | BPF_LEN, 0, 0, 0}, {BPF_JMP | BPF_JGT | BPF_K, 0, 1, 3}, {BPF_RET | BPF_K, 0, 0, 100},
		{BPF_RET | BPF_K, 0, 0, 0},
	};
	struct sock_fprog prog = {4, code};
	int sv[2], len = 100;
	char buf[800] = "";

	socketpair(AF_UNIX, SOCK_DGRAM, 0, sv);
	show("attach", RAW(SYS_setsockopt, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog));
	show("short", RAW(SYS_setsockopt, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, 4));
	show("long", RAW(SYS_setsockopt, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, 16));
	prog.filter = BAD;
	show("bad code", RAW(SYS_setsockopt, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog));
	show("bad prog", RAW(SYS_setsockopt, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, BAD, sizeof prog));
	show("read back", RAW(SYS_getsockopt, sv[1], SOL_SOCKET, SO_ATTACH_FILTER, buf, &len));
	printf("len %d same %d\n", len, memcmp(buf, code, sizeof code) == 0);
	show("short one", RAW(SYS_sendto, sv[0], "abc", 3, 0, NULL, 0));
	show("long one", RAW(SYS_sendto, sv[0], "abcdef", 6, 0, NULL, 0));
	show("received", RAW(SYS_recvfrom, sv[1], buf, 100, MSG_DONTWAIT, NULL, NULL));
	show("detach", RAW(SYS_setsockopt, sv[1], SOL_SOCKET, SO_DETACH_FILTER, &len, 4));
}

static void options(void)
{
	int fd = RAW(SYS_socket, AF_INET, SOCK_STREAM, 0), u = RAW(SYS_socket, AF_INET, SOCK_DGRAM, 0), one = 1, len;
	struct linger l = {1, 7};
	char name[16] = "reno", info[256];
	struct {
		unsigned index;
		struct sockaddr_storage group;
	} __attribute__((packed, aligned(4))) gr = {0};
	struct sockaddr_in *g = (struct sockaddr_in *)&gr.group;

	get(fd, SOL_SOCKET, SO_TYPE, 4);
	get(fd, SOL_SOCKET, SO_TYPE, 2);
	show("linger", RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
	get(fd, SOL_SOCKET, SO_LINGER, 8);
	show("nodelay", RAW(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &one, 4));
	get(fd, IPPROTO_TCP, TCP_NODELAY, 4);
	show("congestion", RAW(SYS_setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, name, 4));
	get(fd, IPPROTO_TCP, TCP_CONGESTION, 16);
	show("info", RAW(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, info, (len = 104, &len)));
	printf("len %d state %d\n", len, info[0]);
	show("pacing", RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_MAX_PACING_RATE, &(int){12345}, 4));
	get(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 4);
	get(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 8);
	get(fd, SOL_SOCKET, SO_PEERCRED, 12);
	get(fd, SOL_SOCKET, SO_DOMAIN, 4);
	get(fd, SOL_SOCKET, 9999, 4);
	get(fd, 9999, 1, 4);
	show("transparent bad", RAW(SYS_setsockopt, fd, IPPROTO_IP, IP_TOS, &one, 0));
	gr.index = 1;
	*g = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xe0000105)};
	show("join group", RAW(SYS_setsockopt, u, IPPROTO_IP, MCAST_JOIN_GROUP, &gr, sizeof gr));
	show("join again", RAW(SYS_setsockopt, u, IPPROTO_IP, MCAST_JOIN_GROUP, &gr, sizeof gr));
	show("leave group", RAW(SYS_setsockopt, u, IPPROTO_IP, MCAST_LEAVE_GROUP, &gr, sizeof gr));
	show("leave again", RAW(SYS_setsockopt, u, IPPROTO_IP, MCAST_LEAVE_GROUP, &gr, sizeof gr));
	show("join short", RAW(SYS_setsockopt, u, IPPROTO_IP, MCAST_JOIN_GROUP, &gr, sizeof gr - 4));
	close(fd);
	close(u);
}

static void unix_names(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "s"}, b;
	socklen_t len = sizeof b;
	int s, c;

	enter();
	s = RAW(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	c = RAW(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	show("bind", RAW(SYS_bind, s, &a, 4));
	show("bind again", RAW(SYS_bind, s, &a, 4));
	show("connect early", RAW(SYS_connect, c, &a, 4));
	show("listen", RAW(SYS_listen, s, 1));
	show("connect", RAW(SYS_connect, c, &a, 4));
	show("getpeername", RAW(SYS_getpeername, c, &b, &len));
	printf("len %u '%s'\n", len, b.sun_path);
	memset(&a.sun_path, 0, 8);
	strcpy(a.sun_path + 1, "abstract-strait");
	show("socketpair", RAW(SYS_socketpair, AF_INET, SOCK_STREAM, 0, &s));
	show("socketpair bad", RAW(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD));
	leave();
}

int main(void)
{
	listen_and_connect();
	timeouts();
	filters();
	options();
	unix_names();
	return 0;
}

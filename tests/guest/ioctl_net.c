/* SPDX-License-Identifier: MIT */
/* Network interfaces: each member of struct ifreq, lists of interfaces in buffers of all sizes, times of packets. */
// machine: same
// strait: --audit=/dev/null
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ioctl_util.h"

static struct ifreq *lo(void)
{
	struct ifreq *r = edge(sizeof *r);

	memset(r, 0, sizeof *r);
	strcpy(r->ifr_name, "lo");
	return r;
}

#define ASK(cmd, member)                                                                                               \
	do {                                                                                                           \
		struct ifreq *r = lo();                                                                                \
		TRY(s, cmd, r);                                                                                        \
		bytes(r->ifr_name, &r->member, sizeof r->member);                                                      \
	} while (0)

static void interface(int s)
{
	struct ifreq *r = lo();

	ASK(SIOCGIFFLAGS, ifr_flags);
	ASK(SIOCGIFMTU, ifr_mtu);
	ASK(SIOCGIFINDEX, ifr_ifindex);
	ASK(SIOCGIFMETRIC, ifr_metric);
	ASK(SIOCGIFADDR, ifr_addr);
	ASK(SIOCGIFNETMASK, ifr_netmask);
	ASK(SIOCGIFBRDADDR, ifr_broadaddr);
	ASK(SIOCGIFHWADDR, ifr_hwaddr);
	ASK(SIOCGIFTXQLEN, ifr_qlen);
	ASK(SIOCGIFMAP, ifr_map.irq);
	r->ifr_ifindex = 1;
	TRY(s, SIOCGIFNAME, r);
	printf("name %s\n", r->ifr_name);
	strcpy(r->ifr_name, "nosuch0");
	TRY(s, SIOCGIFMTU, r);
	TRY(s, SIOCGIFMTU, (char *)r + 8);
	TRY(s, SIOCGIFMTU, NULL);
	TRY(s, SIOCGIFMTU, 16);
	TRY(0, SIOCGIFMTU, r);
}

static void list(int s)
{
	struct ifconf *c = edge(sizeof *c);
	int all;

	c->ifc_len = 0;
	c->ifc_buf = NULL;
	TRY(s, SIOCGIFCONF, c);
	all = c->ifc_len / (int)sizeof(struct ifreq);
	printf("some interfaces: %d\n", all > 0);
	for (int n = 0; n <= all && n < 4; n++)
		for (int extra = 0; extra < 2; extra++) {
			struct ifreq *r = edge((size_t)n * sizeof *r + (size_t)extra * 8);

			c->ifc_len = n * (int)sizeof *r + extra * 8;
			c->ifc_req = r;
			TRY(s, SIOCGIFCONF, c);
			printf("room for %d and %d bytes: %d\n", n, extra * 8, c->ifc_len / (int)sizeof *r);
			if (n) {
				printf("first %s %s\n", r->ifr_name, inet_ntoa(((struct sockaddr_in *)&r->ifr_addr)->sin_addr));
				bytes("its end", (char *)r + 24, 8);
			}
		}
	c->ifc_len = 1000;
	c->ifc_buf = (char *)16;
	TRY(s, SIOCGIFCONF, c);
	c->ifc_len = -1;
	TRY(s, SIOCGIFCONF, c);
	TRY(s, SIOCGIFCONF, NULL);
}

static void ethtool(int s)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
	struct ifreq *r = lo();

	r->ifr_data = (void *)&link;
	TRY(s, SIOCETHTOOL, r);
	printf("link %u\n", link.data);
	r->ifr_data = (void *)&info;
	TRY(s, SIOCETHTOOL, r);
	printf("driver %s\n", info.driver);
	r->ifr_data = (void *)16;
	TRY(s, SIOCETHTOOL, r);
	r->ifr_data = NULL;
	TRY(s, SIOCETHTOOL, r);
}

static void packets(int s)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	struct timeval *v = edge(sizeof *v);
	int64_t *v64 = edge(16);
	int *waiting = edge(sizeof *waiting);
	time_t now = time(NULL);
	char buf[8];

	bind(s, (struct sockaddr *)&at, sizeof at);
	getsockname(s, (struct sockaddr *)&at, &n);
	TRY(s, SIOCGSTAMP_OLD, v);
	sendto(s, "hello", 5, 0, (struct sockaddr *)&at, n);
	TRY(s, FIONREAD, waiting);
	printf("waiting %d\n", *waiting);
	recv(s, buf, sizeof buf, 0);
	sendto(s, "hello", 5, 0, (struct sockaddr *)&at, n);
	recv(s, buf, sizeof buf, 0);
	TRY(s, SIOCGSTAMP_OLD, v);
	printf("about now: %d\n", v->tv_sec >= now - 1 && v->tv_sec <= now + 10 && v->tv_usec < 1000000);
	TRY(s, SIOCGSTAMPNS_OLD, v);
	printf("about now: %d\n", v->tv_sec >= now - 1 && v->tv_sec <= now + 10 && v->tv_usec < 1000000000);
	TRY(s, SIOCGSTAMP_NEW, v64);
	printf("about now: %d\n", v64[0] >= now - 1 && v64[0] <= now + 10 && v64[1] < 1000000);
	TRY(s, SIOCGSTAMP_OLD, (char *)v + 4);
	TRY(s, SIOCOUTQ, waiting);
	TRY(s, SIOCATMARK, waiting);
	TRY(s, SIOCGPGRP, waiting);
	printf("owner %d\n", *waiting);
}

static void tables(int s)
{
	struct arpreq *a = edge(sizeof *a);
	struct rtentry *r = edge(sizeof *r);

	memset(a, 0, sizeof *a);
	a->arp_pa.sa_family = AF_INET;
	strcpy(a->arp_dev, "lo");
	TRY(s, SIOCGARP, a);
	memset(r, 0, sizeof *r);
	r->rt_dst.sa_family = AF_INET;
	((struct sockaddr_in *)&r->rt_dst)->sin_addr.s_addr = htonl(0xc6336407);
	r->rt_dev = "nosuch0";
	TRY(s, SIOCDELRT, r);
	r->rt_dev = (char *)16;
	TRY(s, SIOCDELRT, r);
	TRY(s, SIOCDELRT, 16);
}

int main(void)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);

	setvbuf(stdout, NULL, _IOLBF, 0);
	interface(s);
	interface(local);
	list(s);
	ethtool(s);
	packets(s);
	tables(s);
	return 0;
}

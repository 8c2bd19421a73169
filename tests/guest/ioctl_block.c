/* SPDX-License-Identifier: MIT */
/* Block devices, on a loop device of our own: what fs.h, hdreg.h, blkpg.h and loop.h say. Also TUN. Needs root. */
// machine: same
// strait: --audit=/dev/null
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ioctl_util.h"

static int loop_device(int control)
{
	int n = ioctl(control, LOOP_CTL_GET_FREE);
	char name[32];

	if (n < 0)
		return -1;
	snprintf(name, sizeof name, "loopdev");
	mknod(name, S_IFBLK | 0600, makedev(7, n));
	return open(name, O_RDWR);
}

static void loop(int dev, int file)
{
	struct loop_info *i = edge(sizeof *i);
	struct loop_info64 *i64 = edge(sizeof *i64);

	TRY(dev, LOOP_GET_STATUS64, i64);
	TRY(dev, LOOP_SET_FD, 999);
	TRY(dev, LOOP_SET_FD, file);
	memset(i64, 0, sizeof *i64);
	strcpy((char *)i64->lo_file_name, "a name");
	i64->lo_offset = 512;
	TRY(dev, LOOP_SET_STATUS64, i64);
	memset(i, 0x5a, sizeof *i);
	TRY(dev, LOOP_GET_STATUS, i);
	printf("name %s, offset %d, flags %x\n", i->lo_name, i->lo_offset, i->lo_flags);
	i->lo_offset = 1024;
	TRY(dev, LOOP_SET_STATUS, i);
	TRY(dev, LOOP_GET_STATUS64, i64);
	printf("offset %llu, name %s\n", (unsigned long long)i64->lo_offset, i64->lo_file_name);
	TRY(dev, LOOP_GET_STATUS, 16);
	TRY(dev, LOOP_SET_STATUS, (char *)i + 4);
	TRY(dev, LOOP_SET_DIRECT_IO, 0);
	TRY(dev, LOOP_SET_BLOCK_SIZE, 3);
	TRY(dev, LOOP_SET_CAPACITY, 0);
}

static void block(int dev)
{
	unsigned long *l = edge(sizeof *l);
	uint64_t *l64 = edge(8);
	int *n = edge(sizeof *n);
	unsigned short *s = edge(sizeof *s);
	struct hd_geometry *g = edge(sizeof *g);
	struct blkpg_ioctl_arg *p = edge(sizeof *p);
	struct blkpg_partition *part = edge(sizeof *part + 4); /* a 64-bit kernel reads its own size */

	*l = ~0ul;
	TRY(dev, BLKGETSIZE, l);
	printf("sectors %lu\n", *l);
	TRY(dev, BLKGETSIZE64, l64);
	printf("bytes %llu\n", (unsigned long long)*l64);
	TRY(dev, BLKSSZGET, n);
	printf("sector %d\n", *n);
	TRY(dev, BLKBSZGET, n);
	*n = 1024;
	TRY(dev, BLKBSZSET, n);
	TRY(dev, BLKRAGET, l);
	TRY(dev, BLKRASET, 100);
	TRY(dev, BLKRAGET, l);
	printf("read ahead %lu\n", *l);
	TRY(dev, BLKROGET, n);
	printf("read only %d\n", *n);
	TRY(dev, BLKSECTGET, s);
	TRY(dev, BLKROTATIONAL, s);
	TRY(dev, BLKIOMIN, n);
	TRY(dev, BLKALIGNOFF, n);
	printf("offset %d\n", *n);
	TRY(dev, BLKFLSBUF, 0);
	l64 = edge(16);
	l64[0] = 3;
	l64[1] = 512;
	TRY(dev, BLKZEROOUT, l64);
	l64[0] = 0;
	TRY(dev, BLKZEROOUT, l64);
	TRY(dev, HDIO_GETGEO, g);
	memset(part, 0, sizeof *part);
	*p = (struct blkpg_ioctl_arg){.op = BLKPG_DEL_PARTITION, .datalen = sizeof *part, .data = part};
	part->pno = 9;
	TRY(dev, BLKPG, p);
	p->data = (void *)16;
	TRY(dev, BLKPG, p);
	p->op = BLKPG_ADD_PARTITION;
	p->data = part;
	part->start = 3;
	TRY(dev, BLKPG, p);
	TRY(dev, BLKGETSIZE, 16);
	TRY(dev, BLKGETSIZE64, (char *)l64 + 12);
}

static void tun(void)
{
	int fd = open("/dev/net/tun", O_RDWR), *n = edge(sizeof *n);
	struct ifreq *r = edge(sizeof *r);

	if (fd < 0)
		return;
	memset(r, 0, sizeof *r);
	strcpy(r->ifr_name, "try%d");
	r->ifr_flags = IFF_TUN | IFF_NO_PI;
	TRY(fd, TUNGETFEATURES, n);
	TRY(fd, TUNGETIFF, r);
	TRY(fd, TUNSETIFF, r);
	printf("named %.3s\n", r->ifr_name);
	TRY(fd, TUNGETIFF, r);
	printf("flags %x\n", (unsigned short)r->ifr_flags);
	TRY(fd, TUNSETPERSIST, 0);
	TRY(fd, TUNGETSNDBUF, n);
	*n = 1000;
	TRY(fd, TUNSETSNDBUF, n);
	TRY(fd, TUNGETSNDBUF, n);
	printf("buffer %d\n", *n);
	TRY(fd, TUNSETOFFLOAD, 0);
	TRY(fd, TUNSETIFF, 16);
	TRY(fd, TUNSETOWNER, 0);
}

int main(void)
{
	int control, file = open("file", O_RDWR | O_CREAT, 0600), dev;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (access("/dev/loop-control", F_OK) && system("modprobe -a loop tun 2>/dev/null") != 0)
		return 77;
	control = open("/dev/loop-control", O_RDWR);
	if (control < 0 || ftruncate(file, 1 << 20) || (dev = loop_device(control)) < 0) {
		fprintf(stderr, "no loop device can be had\n");
		return 77;
	}
	loop(dev, file);
	block(dev);
	TRY(dev, LOOP_CLR_FD, 0);
	tun();
	return 0;
}

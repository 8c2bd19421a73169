/* SPDX-License-Identifier: MIT */
/* Files of any file system, random numbers, namespaces, and files without names. */
// machine: same
// strait: --audit=/dev/null
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/nsfs.h>
#include <linux/random.h>
#define _LINUX_FCNTL_H /* the C library has it */
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ioctl_util.h"

static void flags(int fd)
{
	int *n = edge(sizeof *n);
	struct fsxattr *x = edge(sizeof *x);
	int64_t *size = edge(8);

	*n = 0x5a5a5a5a;
	TRY(fd, FS_IOC_GETFLAGS, n);
	TRY(fd, FS_IOC_GETVERSION, n);
	TRY(fd, FS_IOC_FSGETXATTR, x);
	TRY(fd, FIGETBSZ, n);
	*n = 0;
	TRY(fd, FIBMAP, n);
	TRY(fd, FIOQSIZE, size);
	printf("size %lld\n", (long long)*size);
	lseek(fd, 10, SEEK_SET);
	TRY(fd, FIONREAD, n);
	printf("left %d\n", *n);
	TRY(fd, FS_IOC_GETFLAGS, 16);
	TRY(fd, FS_IOC_SETFLAGS, 16);
	TRY(fd, FIGETBSZ, (char *)n + 1);
}

static void extents(int fd)
{
	struct fiemap *m = edge(sizeof *m + 2 * sizeof(struct fiemap_extent));

	memset(m, 0, sizeof *m);
	m->fm_length = ~0ull;
	m->fm_flags = FIEMAP_FLAG_SYNC;
	TRY(fd, FS_IOC_FIEMAP, m);
	m->fm_extent_count = 2;
	TRY(fd, FS_IOC_FIEMAP, m);
	m->fm_extent_count = 0x7fffffff;
	TRY(fd, FS_IOC_FIEMAP, m);
	m->fm_flags = 0x40000000;
	m->fm_extent_count = 2;
	TRY(fd, FS_IOC_FIEMAP, m);
	TRY(fd, FS_IOC_FIEMAP, 16);
}

static void sharing(int fd)
{
	int other = open("other", O_RDWR | O_CREAT, 0600);
	struct file_clone_range *c = edge(sizeof *c);
	struct file_dedupe_range *d = edge(sizeof *d + sizeof(struct file_dedupe_range_info));

	TRY(other, FICLONE, -1);
	*c = (struct file_clone_range){.src_fd = -1};
	TRY(other, FICLONERANGE, c);
	memset(d, 0, sizeof *d + sizeof(struct file_dedupe_range_info));
	d->dest_count = 1;
	d->info[0].dest_fd = -1;
	TRY(fd, FIDEDUPERANGE, d);
	printf("status %d\n", d->info[0].status);
	d->dest_count = 0xffff;
	TRY(fd, FIDEDUPERANGE, d);
	close(other);
}

static void namespaces(void)
{
	int ns = open("/proc/self/ns/net", O_RDONLY), user;
	unsigned *uid = edge(sizeof *uid);

	printf("type %x\n", ioctl(ns, NS_GET_NSTYPE));
	user = ioctl(ns, NS_GET_USERNS);
	printf("owner %d\n", user >= 0 || errno == EPERM);
	TRY(ns, NS_GET_OWNER_UID, uid);
	TRY(ns, NS_GET_PARENT, 0);
	if (user >= 0) {
		TRY(user, NS_GET_OWNER_UID, uid);
		printf("uid %u\n", *uid);
		TRY(user, NS_GET_OWNER_UID, 16);
	}
}

static void unnamed(void)
{
	int random = open("/dev/urandom", O_RDWR), watch = inotify_init(), *n = edge(sizeof *n);
	int faults = (int)syscall(SYS_userfaultfd, 1 /* user mode only */);
	struct rand_pool_info *pool = edge(sizeof *pool + 4);

	TRY(random, RNDGETENTCNT, n);
	printf("bits %d\n", *n >= 0);
	TRY(random, RNDGETENTCNT, 16);
	*n = 8;
	TRY(random, RNDADDTOENTCNT, n);
	pool->entropy_count = 0;
	pool->buf_size = 4;
	TRY(random, RNDADDENTROPY, pool);
	TRY(watch, FIONREAD, n);
	printf("events %d\n", *n);
	if (faults >= 0) {
		struct uffdio_api *api = edge(sizeof *api);
		struct uffdio_register *r = edge(sizeof *r);
		struct uffdio_zeropage *z = edge(sizeof *z);
		char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		*api = (struct uffdio_api){.api = UFFD_API};
		TRY(faults, UFFDIO_API, api);
		*r = (struct uffdio_register){.range = {(unsigned long)page, 8192}, .mode = UFFDIO_REGISTER_MODE_MISSING};
		TRY(faults, UFFDIO_REGISTER, r);
		*z = (struct uffdio_zeropage){.range = {(unsigned long)page, 4096}};
		TRY(faults, UFFDIO_ZEROPAGE, z);
		printf("zeroed %lld, holds %d\n", (long long)z->zeropage, page[100]);
		r->range.start++;
		TRY(faults, UFFDIO_UNREGISTER, &r->range);
		r->range.start--;
		TRY(faults, UFFDIO_UNREGISTER, &r->range);
		TRY(faults, UFFDIO_API, 16);
	}
}

int main(void)
{
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	char block[8192] = {1};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (write(fd, block, sizeof block) != sizeof block)
		return 1;
	flags(fd);
	extents(fd);
	sharing(fd);
	namespaces();
	unnamed();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What is no device of a class: KVM, userfaultfd, name spaces, zram, loop, CUSE, and file systems on images of their own. */
// modules: kvm-amd zram loop cuse fuse btrfs xfs
#include <linux/btrfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fuse.h>
#include <linux/kvm.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "driver.h"

static void kvm(void)
{
	int fd = need("/dev/kvm", O_RDWR), vm, vcpu;
	struct kvm_msr_list *m = edge(sizeof *m + 4);
	struct kvm_regs *r = NEW(struct kvm_regs);
	struct kvm_sregs *s = NEW(struct kvm_sregs);
	struct kvm_userspace_memory_region *mem = NEW(struct kvm_userspace_memory_region);
	struct kvm_dirty_log *log = NEW(struct kvm_dirty_log);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	TRY(fd, KVM_GET_API_VERSION, 0);
	TRY(fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	TRY(fd, KVM_CHECK_EXTENSION, KVM_CAP_IRQCHIP);
	TRY(fd, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY);
	memset(m, 0, sizeof *m + 4);
	TRY(fd, KVM_GET_MSR_INDEX_LIST, m);
	m->nmsrs = 1;
	TRY(fd, KVM_GET_MSR_INDEX_LIST, m);
	vm = ioctl(fd, KVM_CREATE_VM, 0);
	printf("vm %d\n", vm >= 0);
	mem->memory_size = 4096;
	mem->userspace_addr = (uintptr_t)page;
	mem->flags = KVM_MEM_LOG_DIRTY_PAGES;
	SHOW_BUT(vm, KVM_SET_USER_MEMORY_REGION, mem, userspace_addr);
	log->dirty_bitmap = edge(8);
	TRY(vm, KVM_GET_DIRTY_LOG, log);
	show_bytes("dirty", log->dirty_bitmap, 8);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	printf("vcpu %d\n", vcpu >= 0);
	SHOW(vcpu, KVM_GET_REGS, r);
	r->rax = 0x123456789abcdefull;
	SHOW(vcpu, KVM_SET_REGS, r);
	SHOW(vcpu, KVM_GET_SREGS, s);
	FAULT(vcpu, KVM_GET_REGS, struct kvm_regs);
	close(vcpu);
	close(vm);
	close(fd);
}

static char *uffd_page;

static void *touch(void *arg)
{
	(void)arg;
	return (void *)(uintptr_t)(unsigned char)uffd_page[5];
}

static void userfault(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct uffdio_api *a = NEW(struct uffdio_api);
	struct uffdio_register *r = NEW(struct uffdio_register);
	struct uffdio_copy *c = NEW(struct uffdio_copy);
	struct uffdio_zeropage *z = NEW(struct uffdio_zeropage);
	struct uffdio_writeprotect *w = NEW(struct uffdio_writeprotect);
	struct uffdio_range *range = NEW(struct uffdio_range);
	struct uffd_msg *message = NEW(struct uffd_msg);
	char *from = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t t;
	void *seen;

	printf("userfaultfd %d\n", fd >= 0);
	a->api = 7;
	SHOW(fd, UFFDIO_API, a);
	close(fd);
	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	memset(a, 0, sizeof *a);
	a->api = UFFD_API;
	SHOW(fd, UFFDIO_API, a);
	memset(from, 0x77, 4096);
	uffd_page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r->range.start = (uintptr_t)uffd_page;
	r->range.len = 3 * 4096;
	r->mode = UFFDIO_REGISTER_MODE_MISSING;
	SHOW_BUT(fd, UFFDIO_REGISTER, r, range.start);
	pthread_create(&t, NULL, touch, NULL);
	printf("poll %x\n", ready(fd, POLLIN));
	result("message", read(fd, message, sizeof *message));
	printf("event %x, flags %llx, at %d\n", message->event, message->arg.pagefault.flags, message->arg.pagefault.address == (uintptr_t)uffd_page);
	c->dst = (uintptr_t)uffd_page;
	c->src = (uintptr_t)from;
	c->len = 4096;
	SHOW_BUT2(fd, UFFDIO_COPY, c, dst, src);
	pthread_join(t, &seen);
	printf("seen %x\n", (unsigned)(uintptr_t)seen);
	c->copy = 0;
	SHOW_BUT2(fd, UFFDIO_COPY, c, dst, src);
	c->src = 16;
	c->dst = (uintptr_t)uffd_page + 4096;
	SHOW_BUT(fd, UFFDIO_COPY, c, dst);
	z->range.start = (uintptr_t)uffd_page + 8192;
	z->range.len = 4096;
	SHOW_BUT(fd, UFFDIO_ZEROPAGE, z, range.start);
	w->range = r->range;
	SHOW_BUT(fd, UFFDIO_WRITEPROTECT, w, range.start);
	*range = r->range;
	SHOW_BUT(fd, UFFDIO_WAKE, range, start);
	SHOW_BUT(fd, UFFDIO_UNREGISTER, range, start);
	FAULT(fd, UFFDIO_COPY, struct uffdio_copy);
	close(fd);
}

static void name_spaces(void)
{
	int fd = need("/proc/self/ns/uts", O_RDONLY), user, *n = NEW(int);

	TRY(fd, NS_GET_NSTYPE, 0);
	user = ioctl(fd, NS_GET_USERNS);
	printf("user %d\n", user >= 0);
	TRY(user, NS_GET_OWNER_UID, n);
	TRY(user, NS_GET_PARENT, 0);
	TRY(fd, NS_GET_OWNER_UID, n);
	TRY(fd, NS_GET_PARENT, 0);
	close(user);
	close(fd);
}

static void zram(void)
{
	int fd;
	uint64_t *size = NEW(uint64_t);
	unsigned *n = NEW(unsigned);
	uint64_t range[2] = {0, 4096};

	write_file("/sys/block/zram0/reset", "1");
	write_file("/sys/block/zram0/disksize", "16M");
	fd = need("/dev/zram0", O_RDWR);
	SHOW(fd, BLKGETSIZE64, size);
	SHOW(fd, BLKSSZGET, n);
	SHOW(fd, BLKPBSZGET, n);
	SHOW(fd, BLKBSZGET, n);
	TRY(fd, BLKFLSBUF, 0);
	TRY(fd, BLKDISCARD, range);
	TRY(fd, BLKZEROOUT, range);
	close(fd);
	write_file("/sys/block/zram0/reset", "1");
}

/* A file system of a type, made by its own tool where there is one, on a loop device; the directory that it is mounted on. */
static int mounted(const char *type, const char *make, int size, const char *options)
{
	char path[32], image[32], dir[32], command[128];
	int control = need("/dev/loop-control", O_RDWR), n = ioctl(control, LOOP_CTL_GET_FREE), loop, file;

	snprintf(image, sizeof image, "%s.img", type);
	snprintf(dir, sizeof dir, "%s.dir", type);
	file = open(image, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || ftruncate(file, size))
		exit(1);
	snprintf(command, sizeof command, "%s %s >/dev/null 2>&1", make, image);
	if (system(command)) {
		fprintf(stderr, "%s does not run\n", make);
		exit(1);
	}
	snprintf(path, sizeof path, "/dev/loop%d", n);
	loop = need(path, O_RDWR);
	ioctl(loop, LOOP_SET_FD, file);
	mkdir(dir, 0755);
	result("mount", mount(path, dir, type, 0, options));
	ioctl(loop, LOOP_CLR_FD, 0); /* when it is unmounted */
	close(loop);
	close(file);
	close(control);
	return open(dir, O_RDONLY | O_DIRECTORY);
}

static void common_files(int dir)
{
	int fd = openat(dir, "file", O_RDWR | O_CREAT, 0644), other = openat(dir, "other", O_RDWR | O_CREAT, 0644), *n = NEW(int);
	struct fiemap *f = edge(sizeof *f + sizeof(struct fiemap_extent));
	struct fsxattr *x = NEW(struct fsxattr);
	struct file_clone_range *cr = NEW(struct file_clone_range);
	struct file_dedupe_range *dr = edge(sizeof *dr + sizeof(struct file_dedupe_range_info));
	struct fstrim_range *tr = NEW(struct fstrim_range);
	char *block = memset(malloc(8192), 0x33, 8192), label[FSLABEL_MAX] = "";

	result("write", pwrite(fd, block, 8192, 0) + pwrite(other, block, 8192, 0));
	fsync(fd);
	SHOW(fd, FS_IOC_GETFLAGS, n);
	*n |= FS_NOATIME_FL;
	SHOW(fd, FS_IOC_SETFLAGS, n);
	SHOW(fd, FS_IOC_FSGETXATTR, x);
	SHOW(fd, FS_IOC_FSSETXATTR, x);
	memset(f, 0, sizeof *f + sizeof(struct fiemap_extent));
	f->fm_length = ~0ull;
	f->fm_extent_count = 1;
	TRY(fd, FS_IOC_FIEMAP, f);
	printf("mapped %u, length %llu, flags %x\n", f->fm_mapped_extents, (unsigned long long)f->fm_extents[0].fe_length, f->fm_extents[0].fe_flags);
	TRY(fd, FS_IOC_FIEMAP, 16);
	*cr = (struct file_clone_range){.src_fd = other, .src_length = 4096, .dest_offset = 4096};
	SHOW(fd, FICLONERANGE, cr);
	TRY(fd, FICLONE, other);
	memset(dr, 0, sizeof *dr + sizeof dr->info[0]);
	dr->src_length = 4096;
	dr->dest_count = 1;
	dr->info[0].dest_fd = other;
	TRY(fd, FIDEDUPERANGE, dr);
	show_bytes("same", dr, sizeof *dr + sizeof dr->info[0]);
	tr->len = ~0ull;
	TRY(dir, FITRIM, tr);
	TRY(dir, FS_IOC_GETFSLABEL, label);
	TRY(dir, FS_IOC_SETFSLABEL, "new");
	TRY(dir, FS_IOC_GETFSLABEL, label);
	printf("label %s\n", label);
	TRY(fd, FS_IOC_GETVERSION, n); /* XFS: by chance */
	close(fd);
	close(other);
	free(block);
}

/* Not GET_SUBVOL_INFO: a 64-bit kernel does not know the number that 32-bit programs have for it. */
static void btrfs(void)
{
	int dir = mounted("btrfs", "mkfs.btrfs -q -U 11111111-2222-3333-4444-555555555555", 120 << 20, "");
	struct btrfs_ioctl_vol_args *v = NEW(struct btrfs_ioctl_vol_args);
	struct btrfs_ioctl_vol_args_v2 *v2 = NEW(struct btrfs_ioctl_vol_args_v2);
	struct btrfs_ioctl_fs_info_args *fi = NEW(struct btrfs_ioctl_fs_info_args);
	struct btrfs_ioctl_dev_info_args *di = NEW(struct btrfs_ioctl_dev_info_args);
	struct btrfs_ioctl_space_args *sp = edge(sizeof *sp + 4 * sizeof(struct btrfs_ioctl_space_info));
	struct btrfs_ioctl_ino_lookup_args *il = NEW(struct btrfs_ioctl_ino_lookup_args);
	struct btrfs_ioctl_search_args *s = NEW(struct btrfs_ioctl_search_args);
	struct btrfs_ioctl_received_subvol_args *rs = NEW(struct btrfs_ioctl_received_subvol_args);
	struct btrfs_ioctl_feature_flags *ff = edge(3 * sizeof *ff);
	uint64_t *flags = NEW(uint64_t);
	int sub;

	common_files(dir);
	strcpy(v->name, "sub");
	TRY(dir, BTRFS_IOC_SUBVOL_CREATE, v);
	TRY(dir, BTRFS_IOC_SUBVOL_CREATE, v);
	sub = openat(dir, "sub", O_RDONLY);
	v2->fd = sub;
	strcpy(v2->name, "snap");
	TRY(dir, BTRFS_IOC_SNAP_CREATE_V2, v2);
	SHOW(sub, BTRFS_IOC_SUBVOL_GETFLAGS, flags);
	*flags = BTRFS_SUBVOL_RDONLY;
	SHOW(sub, BTRFS_IOC_SUBVOL_SETFLAGS, flags);
	*flags = 0;
	SHOW(sub, BTRFS_IOC_SUBVOL_SETFLAGS, flags);
	memset(rs->uuid, 7, sizeof rs->uuid);
	rs->stransid = 9;
	rs->stime.sec = 123456789;
	rs->stime.nsec = 5;
	SHOW_BUT(sub, BTRFS_IOC_SET_RECEIVED_SUBVOL, rs, rtime);
	SHOW(dir, BTRFS_IOC_FS_INFO, fi);
	di->devid = 1;
	SHOW_BUT2(dir, BTRFS_IOC_DEV_INFO, di, uuid, path);
	memset(sp, 0, sizeof *sp + 4 * sizeof(struct btrfs_ioctl_space_info));
	sp->space_slots = 4;
	TRY(dir, BTRFS_IOC_SPACE_INFO, sp);
	printf("%llu of %llu\n", (unsigned long long)sp->space_slots, (unsigned long long)sp->total_spaces);
	il->objectid = 256;
	TRY(dir, BTRFS_IOC_INO_LOOKUP, il);
	s->key = (struct btrfs_ioctl_search_key){.tree_id = 1, .max_objectid = ~0ull, .max_type = ~0u, .max_offset = ~0ull, .max_transid = ~0ull, .nr_items = 3};
	TRY(dir, BTRFS_IOC_TREE_SEARCH, s);
	printf("items %u\n", s->key.nr_items);
	TRY(dir, BTRFS_IOC_GET_FEATURES, ff);
	TRY(dir, BTRFS_IOC_GET_SUPPORTED_FEATURES, ff);
	show_bytes("features", ff, 3 * sizeof *ff);
	TRY(dir, BTRFS_IOC_SYNC, 0);
	TRY(dir, BTRFS_IOC_START_SYNC, flags);
	TRY(dir, BTRFS_IOC_WAIT_SYNC, flags);
	close(sub);
	TRY(dir, BTRFS_IOC_SNAP_DESTROY, v);
	FAULT(dir, BTRFS_IOC_FS_INFO, struct btrfs_ioctl_fs_info_args);
	FAULT(dir, BTRFS_IOC_TREE_SEARCH, struct btrfs_ioctl_search_args);
	close(dir);
	result("umount", umount("btrfs.dir"));
}

static void xfs(void)
{
	int dir = mounted("xfs", "mkfs.xfs -q -m uuid=11111111-2222-3333-4444-555555555555", 320 << 20, "");

	common_files(dir);
	close(dir);
	result("umount", umount("xfs.dir"));
}

/* ---- a device of a program's own ---- */

static bool answer(int fd)
{
	static union {
		char bytes[1 << 17];
		struct {
			struct fuse_in_header h;
			union {
				struct cuse_init_in init;
				struct fuse_ioctl_in io;
			} u;
		} in;
	} m;
	struct {
		struct fuse_out_header h;
		union {
			struct {
				struct cuse_init_out o;
				char name[24];
			} init;
			struct fuse_open_out open;
			struct fuse_ioctl_out io;
		} u;
	} out = {0};
	size_t n = 0;

	if (!ready(fd, POLLIN) || read(fd, &m, sizeof m) <= 0)
		return false;
	out.h.unique = m.in.h.unique;
	switch (m.in.h.opcode) {
	case CUSE_INIT:
		out.u.init.o = (struct cuse_init_out){.major = 7, .minor = 31, .max_read = 4096, .max_write = 4096};
		n = sizeof out.u.init.o + (size_t)sprintf(out.u.init.name, "DEVNAME=strait-cuse") + 1;
		break;
	case FUSE_OPEN:
		n = sizeof out.u.open;
		break;
	case FUSE_IOCTL:
		out.u.io.result = (int32_t)(m.in.u.io.cmd & 0xff);
		n = sizeof out.u.io;
		break;
	}
	out.h.len = (uint32_t)(sizeof out.h + n);
	return write(fd, &out, out.h.len) > 0 && m.in.h.opcode != FUSE_RELEASE;
}

static void cuse(void)
{
	int fd = need("/dev/cuse", O_RDWR), dev = -1;
	uint32_t *n = NEW(uint32_t);
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		while (answer(fd))
			;
		_exit(0);
	}
	close(fd);
	for (int i = 0; i < 100 && dev < 0; i++) {
		usleep(50000);
		dev = open("/dev/strait-cuse", O_RDWR);
	}
	printf("device %d\n", dev >= 0);
	TRY(dev, FIONREAD, n); /* may be asked of any file: the device says the command's number */
	TRY(dev, FIOQSIZE, n);
	close(dev);
	kill(child, SIGKILL);
	while (waitpid(child, NULL, WNOHANG) == 0)
		usleep(10000);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm();
	userfault();
	name_spaces();
	zram();
	btrfs();
	xfs();
	cuse();
	return 0;
}

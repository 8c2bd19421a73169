/* SPDX-License-Identifier: MIT */
/* The class of an open file: what kind it is, and for devices what sysfs says; fixed names where there is no sysfs. */
#define _GNU_SOURCE
#include "syscalls/ioctl_class.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "ioctl-tables/table.h"
#include "syscalls/files.h"
#include "syscalls/row.h"
#include "syscalls/text.h"

/* ---- what a file is, as words of a match: "char", "input/event3" ---- */

struct file_words {
	const char *sort;
	char name[128];
};

/* The last part of what a link in sysfs or /proc points to; false: no such link. */
static bool link_name(const char *path, char *to, size_t size, bool whole)
{
	char buf[256], *slash;
	long n = sys_raw(__NR_readlink, path, buf, sizeof buf - 1);

	if (n <= 0)
		return false;
	buf[n] = 0;
	slash = whole ? NULL : strrchr(buf, '/');
	slash = slash ? slash + 1 : buf;
	if (strlen(slash) >= size)
		return false;
	strcpy(to, slash);
	return true;
}

static const char *device_path(struct text *t, char sort, dev_t dev, const char *tail)
{
	text_init(t);
	text_str(t, sort == 'c' ? "/sys/dev/char/" : "/sys/dev/block/");
	text_num(t, (int64_t)major(dev));
	text_char(t, ':');
	text_num(t, (int64_t)minor(dev));
	text_str(t, tail);
	return text_end(t);
}

/* Without sysfs: numbers that never change (Documentation/admin-guide/devices.txt). Misc devices and the rest have no name then. */
static void fixed_name(struct file_words *w, dev_t dev)
{
	static const struct {
		unsigned char major, first, last;
		const char *name;
	} known[] = {
		{1, 8, 8, "mem/random"}, {1, 9, 9, "mem/urandom"}, {4, 0, 255, "tty/tty"}, {5, 0, 255, "tty/tty"},
		{10, 200, 200, "misc/tun"}, {10, 223, 223, "misc/uinput"}, {10, 229, 229, "misc/fuse"}, {10, 232, 232, "misc/kvm"},
		{10, 234, 234, "misc/btrfs-control"}, {10, 235, 235, "misc/autofs"}, {10, 236, 236, "misc/device-mapper"},
		{10, 237, 237, "misc/loop-control"}, {10, 239, 239, "misc/uhid"}, {10, 242, 242, "misc/rfkill"}, {10, 130, 130, "misc/watchdog"},
		{13, 0, 31, "input/js"}, {13, 32, 63, "input/mouse"}, {13, 64, 255, "input/event"}, {21, 0, 255, "scsi_generic/sg"},
		{29, 0, 255, "graphics/fb"}, {81, 0, 255, "video4linux/video"}, {89, 0, 255, "i2c-dev/i2c"}, {90, 0, 255, "mtd/mtd"},
		{108, 0, 0, "ppp/ppp"}, {116, 0, 255, "sound/sound"}, {189, 0, 255, "usb/usb"}, {212, 0, 255, "dvb/dvb"}, {226, 0, 255, "drm/card"},
	};

	for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].major == major(dev) && known[i].first <= minor(dev) && minor(dev) <= known[i].last)
			strcpy(w->name, known[i].name);
	if (major(dev) >= 136 && major(dev) <= 143)
		strcpy(w->name, "tty/pts");
}

/* "SUBSYSTEM/NAME" of a character device, "NAME" of a block device. */
static void device(struct file_words *w, char sort, dev_t dev)
{
	struct text t;
	char subsystem[48], name[64];

	if (!link_name(device_path(&t, sort, dev, ""), name, sizeof name, false)) {
		if (sort == 'c')
			fixed_name(w, dev);
		return;
	}
	if (sort == 'b') {
		strcpy(w->name, name);
		return;
	}
	if (!link_name(device_path(&t, sort, dev, "/subsystem"), subsystem, sizeof subsystem, false))
		strcpy(subsystem, "none");
	strcpy(w->name, subsystem);
	strcat(w->name, "/");
	strcat(w->name, name);
}

static const char *family_name(int family)
{
	static const struct {
		int family;
		const char *name;
	} known[] = {{AF_UNIX, "unix"}, {AF_INET, "inet"}, {AF_INET6, "inet6"}, {AF_PACKET, "packet"}, {AF_NETLINK, "netlink"},
		     {AF_BLUETOOTH, "bluetooth"}, {AF_CAN, "can"}, {AF_VSOCK, "vsock"}, {AF_AX25, "ax25"}, {AF_NETROM, "netrom"},
		     {AF_ROSE, "rose"}, {AF_X25, "x25"}, {AF_ATMPVC, "atm"}, {AF_ATMSVC, "atm"}, {AF_APPLETALK, "appletalk"},
		     {AF_KCM, "kcm"}, {AF_PPPOX, "pppox"}, {AF_PHONET, "phonet"}, {AF_QIPCRTR, "qipcrtr"}, {AF_TIPC, "tipc"}};

	for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].family == family)
			return known[i].name;
	return "other";
}

static const struct {
	uint32_t magic;
	const char *name;
	bool internal; /* objects of the kernel, not files in directories */
} file_systems[] = {
	{EXT4_SUPER_MAGIC, "ext4", false},       {BTRFS_SUPER_MAGIC, "btrfs", false},   {XFS_SUPER_MAGIC, "xfs", false},
	{F2FS_SUPER_MAGIC, "f2fs", false},       {MSDOS_SUPER_MAGIC, "vfat", false},    {EXFAT_SUPER_MAGIC, "exfat", false},
	{OVERLAYFS_SUPER_MAGIC, "overlay", false}, {FUSE_SUPER_MAGIC, "fuse", false},   {TMPFS_MAGIC, "tmpfs", false},
	{NFS_SUPER_MAGIC, "nfs", false},         {CEPH_SUPER_MAGIC, "ceph", false},     {0xfe534d42 /* SMB2 */, "cifs", false},
	{0xff534d42 /* CIFS */, "cifs", false},  {NILFS_SUPER_MAGIC, "nilfs2", false},  {OCFS2_SUPER_MAGIC, "ocfs2", false},
	{REISERFS_SUPER_MAGIC, "reiserfs", false}, {UDF_SUPER_MAGIC, "udf", false},     {ISOFS_SUPER_MAGIC, "iso9660", false},
	{AUTOFS_SUPER_MAGIC, "autofs", false},   {PROC_SUPER_MAGIC, "proc", false},     {SYSFS_MAGIC, "sysfs", false},
	{CODA_SUPER_MAGIC, "coda", false},       {ECRYPTFS_SUPER_MAGIC, "ecryptfs", false}, {0xca451a4e, "bcachefs", false},
	{0x3153464a, "jfs", false},              {0x01161970, "gfs2", false},           {EFIVARFS_MAGIC, "efivarfs", false},
	{NSFS_MAGIC, "nsfs", true},              {0x50494446 /* pidfs */, "pidfs", true}, {DMA_BUF_MAGIC, "dmabuf", true},
	{PIPEFS_MAGIC, "pipefs", true},          {SECRETMEM_MAGIC, "secretmem", true},  {0x19800202, "mqueue", false},
	{BINDERFS_SUPER_MAGIC, "binder", false}, {CGROUP2_SUPER_MAGIC, "cgroup2", false}, {HUGETLBFS_MAGIC, "hugetlbfs", false}, {0xa647361, "functionfs", false},
};

static const char *file_system(int fd, bool *ret_internal)
{
	struct statfs st;

	*ret_internal = false;
	if (sys_raw(__NR_fstatfs, fd, &st) < 0)
		return "other";
	for (unsigned i = 0; i < sizeof file_systems / sizeof file_systems[0]; i++)
		if (file_systems[i].magic == (uint32_t)st.f_type) {
			*ret_internal = file_systems[i].internal;
			return file_systems[i].name;
		}
	return (uint32_t)st.f_type == ANON_INODE_FS_MAGIC ? "" : "other";
}

/* Anonymous inodes: what /proc calls them, without brackets. */
static void anonymous(struct file_words *w, int fd)
{
	struct text t;
	char name[128], *from;

	w->sort = "anon";
	text_init(&t);
	text_str(&t, "/proc/self/fd/");
	text_num(&t, fd);
	if (!link_name(text_end(&t), name, sizeof name, true))
		return;
	from = strchr(name, ':');
	from = from ? from + 1 : name;
	if (*from == '[')
		from++;
	strcpy(w->name, from);
	w->name[strcspn(w->name, "]")] = 0;
}

/* True: the file also counts as plain "file". */
static bool describe(struct file_words *w, int fd, const struct stat *st)
{
	socklen_t n = sizeof(int);
	bool internal;
	int family = 0;
	const char *fs;

	w->name[0] = 0;
	switch (st->st_mode & S_IFMT) {
	case S_IFCHR:
		w->sort = "char";
		device(w, 'c', st->st_rdev);
		if (!w->name[0] && !strcmp(file_system(fd, &internal), "binder")) /* its devices are in no sysfs */
			strcpy(w->name, "misc/binder");
		return false;
	case S_IFBLK:
		w->sort = "block";
		device(w, 'b', st->st_rdev);
		return false;
	case S_IFSOCK:
		w->sort = "socket";
		sys_raw(__NR_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &family, &n);
		strcpy(w->name, family_name(family));
		return false;
	default:
		fs = file_system(fd, &internal);
		if (!*fs) {
			anonymous(w, fd);
			return false;
		}
		w->sort = "file";
		strcpy(w->name, fs);
		return !internal && (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode));
	}
}

/* The driver of a DRM device, by its own word. */
static void drm_driver(struct file_words *w, int fd)
{
	struct {
		int version[3];
		uint64_t name_len, name, date_len, date, desc_len, desc;
	} v = {.name_len = sizeof w->name - 1, .name = (uint64_t)w->name};

	w->sort = "drm";
	memset(w->name, 0, sizeof w->name);
	if (sys_raw(__NR_ioctl, fd, 0xc0406400u /* DRM_IOCTL_VERSION */, &v) < 0)
		strcpy(w->name, "unknown");
}

/* ---- matching ---- */

static uint64_t allowed[IOCTL_CLASSES_MAX / 64] = {~0ull, ~0ull, ~0ull, ~0ull};

static bool admitted[IOCTL_CLASSES_MAX]; /* "+" */

static void set_bit(uint64_t *bits, unsigned class)
{
	bits[class / 64] |= 1ull << (class % 64);
}

/* "char input/event*" against "char" and "input/event3". */
static bool fits(const char *match, const struct file_words *w, bool plain_file)
{
	size_t n = strcspn(match, " ");

	if (strlen(w->sort) != n || strncmp(match, w->sort, n))
		return false;
	if (!match[n])
		return strcmp(w->sort, "file") || plain_file;
	return !fnmatch(match + n + 1, w->name, 0);
}

static void add_classes(struct ioctl_kind *k, const struct file_words *w, bool plain_file)
{
	for (unsigned i = 0; i < n_ioctl_classes; i++)
		for (const char *const *m = ioctl_classes[i].match; *m; m++)
			if (!strcmp(*m, "any") || fits(*m, w, plain_file))
				set_bit(k->bits, i);
}

/* The few sets of classes that there are, each kept once and for ever. */
static const struct ioctl_kind *keep(const struct ioctl_kind *k)
{
	static struct ioctl_kind *kept;
	static unsigned n, room;

	for (unsigned i = 0; i < n; i++)
		if (!memcmp(&kept[i], k, sizeof *k))
			return &kept[i];
	if (n == room) { /* pages, never given back: others hold pointers into them */
		long p = sys_raw(__NR_mmap, 0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p < 0 && p > -4096)
			return NULL;
		kept = (struct ioctl_kind *)p;
		n = 0;
		room = 16384 / sizeof *k;
	}
	kept[n] = *k;
	return &kept[n++];
}

static const struct ioctl_kind *find_out(int fd)
{
	struct ioctl_kind k = {0};
	struct file_words w;
	struct stat st;
	bool plain;
	long flags;

	flags = sys_raw(__NR_fcntl, fd, F_GETFL);
	if (fd_is_ours(fd) || flags < 0 || flags & O_PATH || sys_raw(__NR_fstat, fd, &st) < 0)
		return NULL;
	plain = describe(&w, fd, &st);
	add_classes(&k, &w, plain);
	if (S_ISCHR(st.st_mode) && !strncmp(w.name, "tty/", 4)) {
		w.sort = "tty";
		memmove(w.name, w.name + 4, strlen(w.name + 4) + 1);
		add_classes(&k, &w, false);
	} else if (S_ISCHR(st.st_mode) && !strncmp(w.name, "drm/", 4)) {
		drm_driver(&w, fd);
		add_classes(&k, &w, false);
	}
	for (unsigned i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		k.denied[i] = k.bits[i] & ~allowed[i];
		k.bits[i] &= allowed[i];
	}
	for (unsigned i = 0; i < n_ioctl_classes; i++)
		if (ioctl_classes[i].encoded && ioctl_of_class(k.bits, i)) {
			k.could = 1;
			k.encoded |= admitted[i];
		}
	k.events = S_ISCHR(st.st_mode) && (!strncmp(w.name, "input/event", 11) || !strcmp(w.name, "misc/uinput"));
	k.faults = !strcmp(w.sort, "anon") && !strcmp(w.name, "userfaultfd");
	k.device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
	return keep(&k);
}

const struct ioctl_kind *ioctl_kind(struct cpu *cpu, int fd)
{
	const struct ioctl_kind *k = files_kind(cpu, fd);

	if (k)
		return k;
	files_lock(); /* so that it is kept only if fd is not closed meanwhile */
	k = find_out(fd);
	if (k)
		files_set_kind(cpu, fd, k);
	files_unlock();
	return k;
}

/* ---- policy ---- */

static int class_named(const char *name, size_t n)
{
	for (unsigned i = 0; i < n_ioctl_classes; i++)
		if (strlen(ioctl_classes[i].name) == n && !strncmp(ioctl_classes[i].name, name, n))
			return (int)i;
	return -1;
}

bool ioctl_policy_set(const char *policy, const char **ret_bad)
{
	uint64_t only[IOCTL_CLASSES_MAX / 64] = {0}, not[IOCTL_CLASSES_MAX / 64] = {0};
	bool narrows = false;

	for (const char *p = policy; *p;) {
		bool no = *p == '!', also = *p == '+';
		size_t n = strcspn(p += no || also, ",");
		int c = class_named(p, n);

		if (c < 0 || (also && !ioctl_classes[c].encoded)) {
			*ret_bad = p;
			return false;
		}
		set_bit(no ? not : only, (unsigned)c);
		if (also)
			admitted[c] = true;
		narrows |= !no && !also;
		p += n + (p[n] == ',');
	}
	if (narrows && class_named("any", 3) >= 0)
		set_bit(only, (unsigned)class_named("any", 3));
	for (unsigned i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		allowed[i] = (narrows ? only[i] : ~0ull) & ~not[i];
	return true;
}

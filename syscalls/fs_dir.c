/* SPDX-License-Identifier: MIT */
/*
 * Reading directories. Every position the guest sees is a token of at most 31 bits (files.h); the host's getdents64 fills
 * a buffer here, entries are rewritten into the guest's, and the host's position is put behind the last one that fitted.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

#include "syscalls/files.h"
#include "syscalls/fs.h"
#include "syscalls/text.h"

struct host_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

#define HOST_BUF 16384

/* Which entry is to be hidden: a descriptor of ours, in /proc/PID/fd or fdinfo of this process. */
static bool hidden(int fd, const char *name)
{
	struct statfs fs;
	char link[64];
	struct text t;
	long n, v = 0;

	for (; *name; name++) {
		if (*name < '0' || *name > '9' || v > INT32_MAX / 10)
			return false;
		v = v * 10 + (*name - '0');
	}
	if (!fd_is_ours((int)v) || sys_raw(__NR_fstatfs, fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	text_init(&t);
	text_str(&t, "/proc/self/fd/");
	text_num(&t, fd);
	n = sys_raw(__NR_readlinkat, AT_FDCWD, text_end(&t), link, sizeof link - 1);
	if (n < 3)
		return false;
	link[n] = 0;
	if (!strcmp(link + n - 3, "/fd"))
		link[n - 3] = 0;
	else if (n > 7 && !strcmp(link + n - 7, "/fdinfo"))
		link[n - 7] = 0;
	else
		return false;
	/* ".../PID" or ".../PID/task/TID": ours if PID is. */
	text_init(&t);
	text_str(&t, "/");
	text_num(&t, sys_raw(__NR_getpid));
	text_end(&t);
	n = (long)strlen(link) - (long)t.n;
	return (n >= 0 && !strcmp(link + n, t.s)) || (strstr(link, t.s) && strstr(link, "/task/"));
}

/* One guest's form of an entry. */
struct form {
	uint32_t (*size)(size_t namelen);
	/* 0 or -errno; e has size() bytes, zeroed. */
	int (*put)(char *e, uint32_t size, const struct host_dirent *d, size_t namelen, uint32_t token);
};

static uint32_t size32(size_t namelen)
{
	return (uint32_t)(10 + namelen + 2 + 3) & ~3u;
}

/* struct linux_dirent: ino, off, reclen at 8, name at 10, d_type in the last byte. */
static int put32(char *e, uint32_t size, const struct host_dirent *d, size_t namelen, uint32_t token)
{
	uint32_t ino = (uint32_t)d->ino;
	uint16_t reclen = (uint16_t)size;

	if (ino != d->ino)
		return -EOVERFLOW;
	memcpy(e, &ino, 4);
	memcpy(e + 4, &token, 4);
	memcpy(e + 8, &reclen, 2);
	memcpy(e + 10, d->name, namelen);
	e[size - 1] = (char)d->type;
	return 0;
}

static uint32_t size64(size_t namelen)
{
	return (uint32_t)(19 + namelen + 1 + 7) & ~7u;
}

/* struct linux_dirent64: as the host's. */
static int put64(char *e, uint32_t size, const struct host_dirent *d, size_t namelen, uint32_t token)
{
	int64_t off = token;
	uint16_t reclen = (uint16_t)size;

	memcpy(e, &d->ino, 8);
	memcpy(e + 8, &off, 8);
	memcpy(e + 16, &reclen, 2);
	e[18] = (char)d->type;
	memcpy(e + 19, d->name, namelen);
	return 0;
}

static const struct form form32 = {size32, put32}, form64 = {size64, put64};

struct fill {
	struct cpu *cpu;
	const struct form *form;
	int fd;
	gaddr to;
	uint32_t room, done;
	int64_t pos; /* the host's position behind what was taken */
	int error; /* why it stopped early: -EINVAL no room, -EFAULT, -EOVERFLOW; reported if nothing was done */
};

/* Entries of buf[n] into the guest's buffer. False: stopped early, the host's position is behind the last one taken. */
static bool take(struct fill *f, const char *buf, long n)
{
	_Alignas(8) char e[320];

	for (long at = 0; at < n;) {
		const struct host_dirent *d = (const struct host_dirent *)(buf + at);
		size_t namelen = strlen(d->name);
		uint32_t size = f->form->size(namelen);

		at += d->reclen;
		if (hidden(f->fd, d->name)) {
			f->pos = d->off;
			continue;
		}
		memset(e, 0, size < sizeof e ? size : sizeof e);
		if (size > sizeof e)
			f->error = -EIO;
		else if (size > f->room - f->done)
			f->error = -EINVAL;
		else
			f->error = f->form->put(e, size, d, namelen, dir_token(f->cpu, f->fd, d->off));
		if (!f->error)
			f->error = guest_write(ga_add(f->to, f->done), e, size);
		if (f->error) {
			sys_raw(__NR_lseek, f->fd, f->pos, SEEK_SET);
			return false;
		}
		f->done += size;
		f->pos = d->off;
	}
	return true;
}

static gret read_entries(struct cpu *cpu, const struct form *form, const uint32_t a[6])
{
	struct fill f = {.cpu = cpu, .form = form, .fd = (int)a[0], .to = ga(a[1]), .room = a[2]};
	_Alignas(8) char buf[HOST_BUF];

	f.pos = sys_raw(__NR_lseek, f.fd, 0, SEEK_CUR);
	for (;;) {
		uint32_t left = f.room - f.done;
		long n = sys_safe(cpu, __NR_getdents64, f.fd, buf, left < sizeof buf ? left : sizeof buf);

		/* The host's form of an entry is larger than struct linux_dirent: one may fit yet. */
		if (n == -EINVAL && form == &form32 && left >= 12)
			n = sys_raw(__NR_getdents64, f.fd, buf, left + 24 < sizeof buf ? left + 24 : sizeof buf);
		if (n <= 0)
			return f.done ? (gret)f.done : n;
		if (!take(&f, buf, n))
			return f.done ? (gret)f.done : f.error;
	}
}

SYS(getdents)
{
	return read_entries(cpu, &form32, a);
}

SYS(getdents64)
{
	return read_entries(cpu, &form64, a);
}

/* The oldest form: one entry, with its own position, and the name's length; 1, or 0 at the end. */
SYS(readdir)
{
	struct {
		uint32_t ino, off;
		uint16_t namlen;
		char name[256];
	} __attribute__((packed)) g = {0};
	_Alignas(8) char buf[1024];
	const struct host_dirent *d = (const struct host_dirent *)buf;
	int64_t start = sys_raw(__NR_lseek, (int)a[0], 0, SEEK_CUR);
	size_t len;
	long n;

	do {
		n = sys_safe(cpu, __NR_getdents64, (int)a[0], buf, sizeof buf);
		if (n <= 0)
			return n;
		sys_raw(__NR_lseek, (int)a[0], d->off, SEEK_SET);
	} while (hidden((int)a[0], d->name));
	len = strlen(d->name);
	if (len > 255)
		return -EIO;
	g.ino = (uint32_t)d->ino;
	if (g.ino != d->ino)
		return -EOVERFLOW;
	g.off = dir_token(cpu, (int)a[0], start);
	g.namlen = (uint16_t)len;
	memcpy(g.name, d->name, len);
	TRY(guest_write(ga(a[1]), &g, 10 + len + 1));
	return 1;
}

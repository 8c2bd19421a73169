/* SPDX-License-Identifier: MIT */
/* quotactl: by command, since what the last argument points to depends on it. */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/dqblk_xfs.h>
#include <linux/quota.h>
#include <string.h>

#include "syscalls/abi.h"
#include "syscalls/fs.h"
#include "syscalls/path.h"

/* struct if_dqblk: 68 bytes where u64 is aligned to 4 (i386), 72 elsewhere. */
static size_t dqblk_size(const struct cpu *cpu)
{
	return cpu->guest->personality_pairs_even ? 72 : 68;
}

/* struct fs_qfilestat is 20 bytes on i386 and 24 elsewhere; two of them stand in struct fs_quota_stat. */
static gret put_quota_stat(struct cpu *cpu, gaddr to, const struct fs_quota_stat *s)
{
	char g[80] = {0};
	size_t tail = offsetof(struct fs_quota_stat, qs_incoredqs);

	if (cpu->guest->personality_pairs_even)
		return guest_put(to, s);
	memcpy(g, s, 4);
	memcpy(g + 4, &s->qs_uquota, 20);
	memcpy(g + 24, &s->qs_gquota, 20);
	memcpy(g + 44, (const char *)s + tail, 20);
	return guest_write(to, g, 64);
}

/* Which file system is meant: a device's path, or a descriptor in it. */
struct target {
	bool by_fd;
	int fd;
	gaddr special;
	uint32_t id;
};

static gret call(struct cpu *cpu, uint32_t cmd, const struct target *t, void *addr)
{
	char buf[PATH_MAX];

	if (t->by_fd)
		return sys_raw(__NR_quotactl_fd, t->fd, cmd, t->id, addr);
	return sys_raw(__NR_quotactl, cmd, path_in(cpu, t->special, buf, 0), t->id, addr);
}

static gret do_quotactl(struct cpu *cpu, uint32_t cmd, const struct target *t, gaddr addr)
{
	struct fs_quota_stat stat;
	struct if_dqblk blk = {0};
	gret r;

	switch (cmd >> SUBCMDSHIFT) {
	case Q_GETQUOTA:
		r = call(cpu, cmd, t, &blk);
		return r < 0 ? r : guest_write(addr, &blk, dqblk_size(cpu));
	case Q_SETQUOTA:
		if (guest_read(&blk, addr, dqblk_size(cpu)) < 0)
			return call(cpu, cmd, t, NULL);
		return call(cpu, cmd, t, &blk);
	case Q_XGETQSTAT:
		memset(&stat, 0, sizeof stat);
		r = call(cpu, cmd, t, &stat);
		return r < 0 ? r : put_quota_stat(cpu, addr, &stat);
	default: /* the same layout, a path, or nothing */
		return call(cpu, cmd, t, guest_out(addr, sizeof(struct fs_disk_quota) * 2));
	}
}

SYS(quotactl)
{
	struct target t = {.special = ga(a[1]), .id = a[2]};

	return do_quotactl(cpu, a[0], &t, ga(a[3]));
}

SYS(quotactl_fd)
{
	struct target t = {.by_fd = true, .fd = (int)a[0], .id = a[2]};

	return do_quotactl(cpu, a[1], &t, ga(a[3]));
}

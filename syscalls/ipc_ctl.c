/* SPDX-License-Identifier: MIT */
/*
 * Control structures of System V IPC: the host's, the 32-bit ipc64 ones, and the older ones with 16-bit ids. Layouts are
 * those of a 64-bit kernel's compat tasks (asm/compat.h); one description per structure serves all directions.
 */
#include "ioctl-tables/syscall-layouts.h"
#include "syscalls/ipc.h"

#include <asm/ipcbuf.h>
#include <asm/msgbuf.h>
#include <asm/sembuf.h>
#include <asm/shmbuf.h>
#include <errno.h>
#include <limits.h>
#include <linux/ipc.h>
#include <linux/msg.h>
#include <linux/sem.h>
#include <linux/shm.h>
#include <string.h>
#include <sys/syscall.h>

static struct g_perm64 perm64(const struct ipc64_perm *p)
{
	return (struct g_perm64){
		.key = p->key,
		.uid = p->uid,
		.gid = p->gid,
		.cuid = p->cuid,
		.cgid = p->cgid,
		.mode = (uint16_t)p->mode,
		.seq = p->seq,
	};
}

static struct g_perm perm_old(const struct ipc64_perm *p)
{
	return (struct g_perm){
		.key = p->key,
		.uid = id_to16(p->uid),
		.gid = id_to16(p->gid),
		.cuid = id_to16(p->cuid),
		.cgid = id_to16(p->cgid),
		.mode = (uint16_t)p->mode,
		.seq = p->seq,
	};
}

/* IPC_SET changes owner and mode only. */
static int perm_in(struct ipc64_perm *p, gaddr at, bool new)
{
	struct g_perm64 g64;
	struct g_perm g;
	int r = new ? guest_get(&g64, at) : guest_get(&g, at);

	if (r < 0)
		return r;
	p->uid = new ? g64.uid : g.uid;
	p->gid = new ? g64.gid : g.gid;
	p->mode = new ? g64.mode : g.mode;
	return 0;
}

/* ---- semaphores ---- */

#define SEM_MAX 32000 /* SEMMSL: the largest array GETALL can write */

static int sem_out(gaddr at, const struct semid64_ds *s, bool new)
{
	struct g_semid64 g64;
	struct g_semid g;

	if (new) {
		g64 = (struct g_semid64){
			.perm = perm64(&s->sem_perm),
			.otime = (uint32_t)s->sem_otime,
			.otime_high = (uint32_t)((uint64_t)s->sem_otime >> 32),
			.ctime = (uint32_t)s->sem_ctime,
			.ctime_high = (uint32_t)((uint64_t)s->sem_ctime >> 32),
			.nsems = (uint32_t)s->sem_nsems,
		};
		return guest_put(at, &g64);
	}
	g = (struct g_semid){
		.perm = perm_old(&s->sem_perm),
		.otime = (uint32_t)s->sem_otime,
		.ctime = (uint32_t)s->sem_ctime,
		.nsems = (uint16_t)s->sem_nsems,
	};
	return guest_put(at, &g);
}

gret ipc_semctl(int id, int n, int cmd, uint32_t arg)
{
	bool new = cmd & IPC_64_;
	struct semid64_ds s;
	gret r;

	cmd &= ~IPC_64_;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return sys_raw(SYS_semctl, id, n, cmd, guest_out(ga(arg), sizeof(struct seminfo)));
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		r = sys_raw(SYS_semctl, id, n, cmd, &s);
		if (r >= 0)
			TRY(sem_out(ga(arg), &s, new));
		return r;
	case GETALL:
		return sys_raw(SYS_semctl, id, n, cmd, guest_out(ga(arg), SEM_MAX * 2));
	case SETALL:
		return sys_raw(SYS_semctl, id, n, cmd, guest_ptr(ga(arg)));
	case IPC_SET:
		memset(&s, 0, sizeof s);
		TRY(perm_in(&s.sem_perm, ga(arg), new));
		return sys_raw(SYS_semctl, id, n, cmd, &s);
	}
	return sys_raw(SYS_semctl, id, n, cmd, (int)arg);
}

/* ---- message queues ---- */

static int msg_out(gaddr at, const struct msqid64_ds *m, bool new)
{
	struct g_msqid64 g64;
	struct g_msqid g;

	if (new) {
		g64 = (struct g_msqid64){
			.perm = perm64(&m->msg_perm),
			.stime = (uint32_t)m->msg_stime,
			.stime_high = (uint32_t)((uint64_t)m->msg_stime >> 32),
			.rtime = (uint32_t)m->msg_rtime,
			.rtime_high = (uint32_t)((uint64_t)m->msg_rtime >> 32),
			.ctime = (uint32_t)m->msg_ctime,
			.ctime_high = (uint32_t)((uint64_t)m->msg_ctime >> 32),
			.cbytes = (uint32_t)m->msg_cbytes,
			.qnum = (uint32_t)m->msg_qnum,
			.qbytes = (uint32_t)m->msg_qbytes,
			.lspid = (uint32_t)m->msg_lspid,
			.lrpid = (uint32_t)m->msg_lrpid,
		};
		return guest_put(at, &g64);
	}
	g = (struct g_msqid){
		.perm = perm_old(&m->msg_perm),
		.stime = (uint32_t)m->msg_stime,
		.rtime = (uint32_t)m->msg_rtime,
		.ctime = (uint32_t)m->msg_ctime,
		.cbytes = (uint16_t)m->msg_cbytes,
		.qnum = (uint16_t)m->msg_qnum,
		.qbytes = (uint16_t)m->msg_qbytes,
		.lspid = (uint16_t)m->msg_lspid,
		.lrpid = (uint16_t)m->msg_lrpid,
	};
	return guest_put(at, &g);
}

static int msg_in(struct msqid64_ds *m, gaddr at, bool new)
{
	uint32_t qbytes = 0;
	int r;

	memset(m, 0, sizeof *m);
	r = perm_in(&m->msg_perm, at, new);
	if (r < 0)
		return r;
	r = new ? guest_read(&qbytes, ga_add(at, offsetof(struct g_msqid64, qbytes)), 4)
		: guest_read(&qbytes, ga_add(at, offsetof(struct g_msqid, qbytes)), 2);
	m->msg_qbytes = qbytes;
	return r;
}

gret ipc_msgctl(int id, int cmd, gaddr at)
{
	bool new = cmd & IPC_64_;
	struct msqid64_ds m;
	gret r;

	cmd &= ~IPC_64_;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return sys_raw(SYS_msgctl, id, cmd, guest_out(at, sizeof(struct msginfo)));
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		r = sys_raw(SYS_msgctl, id, cmd, &m);
		if (r >= 0)
			TRY(msg_out(at, &m, new));
		return r;
	case IPC_SET:
		TRY(msg_in(&m, at, new));
		return sys_raw(SYS_msgctl, id, cmd, &m);
	}
	return sys_raw(SYS_msgctl, id, cmd, NULL);
}

/* ---- shared memory ---- */

static int shm_out(gaddr at, const struct shmid64_ds *s, bool new)
{
	struct g_shmid64 g64;
	struct g_shmid g;

	if (new) {
		g64 = (struct g_shmid64){
			.perm = perm64(&s->shm_perm),
			.segsz = (uint32_t)s->shm_segsz,
			.atime = (uint32_t)s->shm_atime,
			.atime_high = (uint32_t)((uint64_t)s->shm_atime >> 32),
			.dtime = (uint32_t)s->shm_dtime,
			.dtime_high = (uint32_t)((uint64_t)s->shm_dtime >> 32),
			.ctime = (uint32_t)s->shm_ctime,
			.ctime_high = (uint32_t)((uint64_t)s->shm_ctime >> 32),
			.cpid = (uint32_t)s->shm_cpid,
			.lpid = (uint32_t)s->shm_lpid,
			.nattch = (uint32_t)s->shm_nattch,
		};
		return guest_put(at, &g64);
	}
	g = (struct g_shmid){
		.perm = perm_old(&s->shm_perm),
		.segsz = (uint32_t)s->shm_segsz,
		.atime = (uint32_t)s->shm_atime,
		.dtime = (uint32_t)s->shm_dtime,
		.ctime = (uint32_t)s->shm_ctime,
		.cpid = (uint16_t)s->shm_cpid,
		.lpid = (uint16_t)s->shm_lpid,
		.nattch = (uint16_t)s->shm_nattch,
	};
	return guest_put(at, &g);
}

/* struct shminfo64 has four words more than struct shminfo. */
static gret shm_limits(int id, gaddr at, bool new)
{
	struct shminfo64 i;
	uint32_t g[9] = {0};
	gret r = sys_raw(SYS_shmctl, id, IPC_INFO, &i);

	if (r < 0)
		return r;
	g[0] = i.shmmax > INT_MAX ? INT_MAX : (uint32_t)i.shmmax;
	g[1] = (uint32_t)i.shmmin;
	g[2] = (uint32_t)i.shmmni;
	g[3] = (uint32_t)i.shmseg;
	g[4] = (uint32_t)i.shmall;
	TRY(guest_write(at, g, new ? 36 : 20));
	return r;
}

static gret shm_usage(int id, gaddr at)
{
	struct shm_info i;
	uint32_t g[6];
	gret r = sys_raw(SYS_shmctl, id, SHM_INFO, &i);

	if (r < 0)
		return r;
	g[0] = (uint32_t)i.used_ids;
	g[1] = (uint32_t)i.shm_tot;
	g[2] = (uint32_t)i.shm_rss;
	g[3] = (uint32_t)i.shm_swp;
	g[4] = (uint32_t)i.swap_attempts;
	g[5] = (uint32_t)i.swap_successes;
	TRY(guest_put(at, &g));
	return r;
}

gret ipc_shmctl(int id, int cmd, gaddr at)
{
	bool new = cmd & IPC_64_;
	struct shmid64_ds s;
	gret r;

	cmd &= ~IPC_64_;
	switch (cmd) {
	case IPC_INFO:
		return shm_limits(id, at, new);
	case SHM_INFO:
		return shm_usage(id, at);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		r = sys_raw(SYS_shmctl, id, cmd, &s);
		if (r >= 0)
			TRY(shm_out(at, &s, new));
		return r;
	case IPC_SET:
		memset(&s, 0, sizeof s);
		TRY(perm_in(&s.shm_perm, at, new));
		return sys_raw(SYS_shmctl, id, cmd, &s);
	}
	return sys_raw(SYS_shmctl, id, cmd, NULL);
}

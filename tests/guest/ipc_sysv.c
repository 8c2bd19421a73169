/* SPDX-License-Identifier: MIT */
/* System V IPC through its own calls and through ipc(2), both generations of control structures. */
// guests: i386
#define _GNU_SOURCE
#include "fs_util.h"

#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#define BAD ((void *)8)
#define NEW 0x100

/* Words of a structure that do not depend on the run: times become whether they are near now. */
static void words(const char *name, const void *p, int n, unsigned times, unsigned skip)
{
	const int *w = p;

	printf("%s:", name);
	for (int i = 0; i < n; i++) {
		if (skip >> i & 1)
			printf(" -");
		else if (times >> i & 1)
			printf(" %s", !w[i] ? "never" : abs(w[i] - (int)time(NULL)) < 5 ? "now" : "then");
		else
			printf(" %x", w[i]);
	}
	printf("\n");
}

static long ipc(int call, long first, long second, long third, const void *ptr, long fifth)
{
	return RAW(SYS_ipc, call, first, second, third, ptr, fifth);
}

static void semaphores(void)
{
	int id = RAW(SYS_semget, IPC_PRIVATE, 3, 0640 | IPC_CREAT);
	unsigned short v[3] = {5, 6, 7}, out[3];
	struct sembuf op[2] = {{0, -2, 0}, {1, 3, 0}}, wait[1] = {{2, -100, 0}}, nowait[1] = {{2, -100, IPC_NOWAIT}};
	int buf[32], ts[2] = {0, 20000000};
	long long ts64[2] = {0, 20000000};
	long arg;

	printf("semget %d\n", id >= 0);
	show("SETALL", RAW(SYS_semctl, id, 0, SETALL, v));
	show("semop", ipc(1, id, 2, 0, op, 0));
	show("GETALL", RAW(SYS_semctl, id, 0, GETALL, out));
	printf("%d %d %d\n", out[0], out[1], out[2]);
	show("GETVAL", RAW(SYS_semctl, id, 1, GETVAL, 0));
	arg = 42;
	show("SETVAL ipc", ipc(3, id, 1, SETVAL | NEW, &arg, 0));
	show("GETVAL", RAW(SYS_semctl, id, 1, GETVAL, 0));
	printf("GETPID %d\n", RAW(SYS_semctl, id, 1, GETPID, 0) == getpid());
	show("nowait", ipc(1, id, 1, 0, nowait, 0));
	show("timed ipc", ipc(4, id, 1, 0, wait, (long)ts));
	show("timed 64", RAW(SYS_semtimedop_time64, id, wait, 1, ts64));
	show("timed nowait", RAW(SYS_semtimedop_time64, id, nowait, 1, NULL));
	show("timed bad", ipc(4, id, 1, 0, wait, (long)BAD));
	show("ops bad", ipc(1, id, 1, 0, BAD, 0));
	show("none", ipc(1, id, 0, 0, op, 0));
	memset(buf, 0xee, sizeof buf);
	show("STAT", RAW(SYS_semctl, id, 0, IPC_STAT, buf));
	words("semid64", buf, 17, 1 << 9 | 1 << 11, 1 << 6);
	memset(buf, 0xee, sizeof buf);
	arg = (long)buf;
	show("STAT old", ipc(3, id, 0, IPC_STAT, &arg, 0));
	words("semid", buf, 12, 1 << 4 | 1 << 5, 1 << 3);
	memset(buf, 0, sizeof buf);
	show("STAT", RAW(SYS_semctl, id, 0, IPC_STAT, buf));
	buf[5] = 0600;
	show("SET", RAW(SYS_semctl, id, 0, IPC_SET, buf));
	show("STAT", RAW(SYS_semctl, id, 0, IPC_STAT, buf));
	printf("mode %o\n", buf[5] & 0777);
	printf("INFO %d\n", RAW(SYS_semctl, 0, 0, IPC_INFO, buf) >= 0);
	words("seminfo", buf, 10, 0, 0);
	show("bad id", RAW(SYS_semctl, 0x7fffffff, 0, IPC_STAT, buf));
	show("bad cmd", RAW(SYS_semctl, id, 0, 99, buf));
	show("bad pointer", RAW(SYS_semctl, id, 0, IPC_STAT, BAD));
	show("RMID", RAW(SYS_semctl, id, 0, IPC_RMID, 0));
	show("gone", ipc(1, id, 1, 0, nowait, 0));
}

static void on(int sig)
{
	(void)sig;
}

static void messages(void)
{
	int id = RAW(SYS_msgget, IPC_PRIVATE, 0600 | IPC_CREAT);
	struct {
		int type;
		char text[5000];
	} m = {3, "hello"}, r;
	struct {
		void *buf;
		int type;
	} kludge = {&r, 0};
	struct sigaction sa = {.sa_handler = on, .sa_flags = SA_RESTART};
	int buf[32];

	printf("msgget %d\n", id >= 0);
	show("snd", RAW(SYS_msgsnd, id, &m, 6, 0));
	m.type = 4;
	memset(m.text, 'x', sizeof m.text);
	show("snd ipc", ipc(11, id, 5000, 0, &m, 0));
	memset(buf, 0xee, sizeof buf);
	show("STAT", RAW(SYS_msgctl, id, IPC_STAT, buf));
	words("msqid64", buf, 23, 1 << 9 | 1 << 11 | 1 << 13, 1 << 6 | 1 << 18);
	memset(buf, 0xee, sizeof buf);
	show("STAT old", ipc(14, id, IPC_STAT, 0, buf, 0));
	words("msqid", buf, 15, 1 << 6 | 1 << 7 | 1 << 8, 1 << 3 | 1 << 12);
	memset(&r, 0, sizeof r);
	show("rcv 4", RAW(SYS_msgrcv, id, &r, 5000, 4, 0));
	printf("type %d last %c\n", r.type, r.text[4999]);
	show("rcv too big", RAW(SYS_msgrcv, id, &r, 3, 0, 0));
	show("rcv cut", RAW(SYS_msgrcv, id, &r, 3, 0, MSG_NOERROR));
	printf("type %d '%.3s'\n", r.type, r.text);
	show("rcv none", RAW(SYS_msgrcv, id, &r, 3, 0, IPC_NOWAIT));
	m.type = 9;
	show("snd", ipc(11, id, 4, 0, &m, 0));
	show("rcv kludge", ipc(12, id, 10, 0, &kludge, 0));
	printf("type %d\n", r.type);
	show("snd", ipc(11, id, 4, 0, &m, 0));
	show("rcv version 1", ipc(12 | 1 << 16, id, 10, 0, &r, 9));
	show("rcv kludge null", ipc(12, id, 10, 0, NULL, 0));
	m.type = 0;
	show("type 0", RAW(SYS_msgsnd, id, &m, 4, 0));
	m.type = -1;
	show("type -1", RAW(SYS_msgsnd, id, &m, 4, 0));
	m.type = 1;
	show("size -1", RAW(SYS_msgsnd, id, &m, -1, 0));
	show("size large", RAW(SYS_msgsnd, id, &m, 100000, 0));
	show("bad pointer", RAW(SYS_msgsnd, id, BAD, 4, 0));
	show("bad rcv pointer", (RAW(SYS_msgsnd, id, &m, 4, 0), RAW(SYS_msgrcv, id, BAD, 4, 0, IPC_NOWAIT)));
	sigaction(SIGALRM, &sa, NULL);
	ualarm(30000, 0);
	show("interrupted", RAW(SYS_msgrcv, id, &r, 3, 77, 0));
	show("STAT", RAW(SYS_msgctl, id, IPC_STAT, buf));
	buf[17] = 1234;
	show("SET", RAW(SYS_msgctl, id, IPC_SET, buf));
	show("STAT", RAW(SYS_msgctl, id, IPC_STAT, buf));
	printf("qbytes %d\n", buf[17]);
	printf("INFO %d\n", RAW(SYS_msgctl, 0, IPC_INFO, buf) >= 0);
	show("RMID", RAW(SYS_msgctl, id, IPC_RMID, 0));
	show("gone", RAW(SYS_msgrcv, id, &r, 3, 0, 0));
}

static void shared(void)
{
	int id = RAW(SYS_shmget, IPC_PRIVATE, 10000, 0600 | IPC_CREAT), buf[32], status;
	unsigned at = 0;
	char *p = (char *)RAW(SYS_shmat, id, NULL, 0), *q;

	printf("shmat %d aligned %d\n", (unsigned)p < 0xfffff000, ((unsigned)p & 0xfff) == 0);
	show("shmat ipc", ipc(21, id, SHM_RDONLY, (long)&at, NULL, 0));
	q = (char *)at;
	strcpy(p, "through memory");
	printf("'%s'\n", q);
	if (fork() == 0) {
		strcpy(p, "from the child");
		_exit(0);
	}
	wait(&status);
	printf("'%s'\n", q);
	memset(buf, 0xee, sizeof buf);
	show("STAT", RAW(SYS_shmctl, id, IPC_STAT, buf));
	words("shmid64", buf, 22, 1 << 10 | 1 << 12 | 1 << 14, 1 << 6 | 1 << 16 | 1 << 17);
	memset(buf, 0xee, sizeof buf);
	show("STAT old", ipc(24, id, IPC_STAT, 0, buf, 0));
	words("shmid", buf, 10, 1 << 5 | 1 << 6 | 1 << 7, 1 << 3 | 1 << 8);
	show("shmdt ipc", ipc(22, 0, 0, 0, q, 0));
	show("shmdt again", RAW(SYS_shmdt, q));
	show("shmat unaligned", RAW(SYS_shmat, id, p + 1, 0));
	show("shmat taken", RAW(SYS_shmat, id, p, 0));
	show("shmat bad id", RAW(SYS_shmat, 0x7fffffff, NULL, 0));
	show("RMID", RAW(SYS_shmctl, id, IPC_RMID, NULL));
	show("STAT dest", RAW(SYS_shmctl, id, IPC_STAT, buf));
	printf("mode %o, attached %d\n", buf[5], buf[18]);
	show("shmdt", RAW(SYS_shmdt, p));
	show("gone", RAW(SYS_shmctl, id, IPC_STAT, buf));
	memset(buf, 0xee, sizeof buf);
	printf("INFO %d\n", ipc(24, 0, IPC_INFO | NEW, 0, buf, 0) >= 0);
	words("shminfo64", buf, 10, 0, 0);
	memset(buf, 0xee, sizeof buf);
	printf("INFO old %d\n", ipc(24, 0, IPC_INFO, 0, buf, 0) >= 0);
	words("shminfo", buf, 6, 0, 0);
	show("size 0", RAW(SYS_shmget, IPC_PRIVATE, 0, 0600));
	show("ipc 99", ipc(99, 0, 0, 0, NULL, 0));
}

int main(void)
{
	semaphores();
	messages();
	shared();
	return 0;
}

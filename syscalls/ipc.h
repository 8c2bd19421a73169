/* SPDX-License-Identifier: MIT */
/* System V IPC, POSIX message queues, keys: the handlers of ipc.c, ipc_ctl.c and mq.c. */
#ifndef STRAIT_SYSCALLS_IPC_H
#define STRAIT_SYSCALLS_IPC_H

#include "syscalls/fs.h"

SYS(ipc);
SYS(semget); SYS(semop); SYS(semtimedop); SYS(semtimedop_time64); SYS(semctl);
SYS(shmget); SYS(shmat); SYS(shmdt); SYS(shmctl);
SYS(msgget); SYS(msgsnd); SYS(msgrcv); SYS(msgctl);

SYS(mq_open); SYS(mq_timedsend); SYS(mq_timedsend_time64); SYS(mq_timedreceive); SYS(mq_timedreceive_time64);
SYS(mq_notify); SYS(mq_getsetattr);
SYS(add_key); SYS(request_key); SYS(keyctl);

/* cmd of semctl, shmctl, msgctl: with this bit the structures are the ipc64 ones. */
#define IPC_64_ 0x100

gret ipc_semctl(int id, int n, int cmd, uint32_t arg);
gret ipc_shmctl(int id, int cmd, gaddr at);
gret ipc_msgctl(int id, int cmd, gaddr at);

#endif

/* SPDX-License-Identifier: MIT */
/* Sockets: the handlers of net.c, msg.c and sockopt.c. Addresses and data need no conversion, only what holds pointers or longs. */
#ifndef STRAIT_SYSCALLS_NET_H
#define STRAIT_SYSCALLS_NET_H

#include "syscalls/fs.h"

SYS(socketcall);
SYS(socket); SYS(socketpair); SYS(bind); SYS(connect); SYS(listen); SYS(accept); SYS(accept4); SYS(shutdown);
SYS(getsockname); SYS(getpeername); SYS(getsockopt); SYS(setsockopt);
SYS(send); SYS(sendto); SYS(sendmsg); SYS(sendmmsg);
SYS(recv); SYS(recvfrom); SYS(recvmsg); SYS(recvmmsg); SYS(recvmmsg_time64);

#endif

/* SPDX-License-Identifier: MIT */
/* Socket calls whose arguments are the host's too, and socketcall, which is all of them behind one number. */
#define _GNU_SOURCE
#include "syscalls/net.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "syscalls/time.h"
#include "syscalls/unix_name.h"

/* The kernel never writes more of an address than this. */
#define ADDRESS_MAX sizeof(struct sockaddr_storage)

SYS(socket)
{
	return sys_raw(SYS_socket, (int)a[0], (int)a[1], (int)a[2]);
}

SYS(socketpair)
{
	return sys_raw(SYS_socketpair, (int)a[0], (int)a[1], (int)a[2], guest_out(ga(a[3]), 8));
}

SYS(bind)
{
	struct unix_name u;
	socklen_t len = a[2];
	const void *name = unix_name_in(&u, ga(a[1]), &len, PATH_LINK);
	gret r = sys_raw(SYS_bind, (int)a[0], name, (int)len);

	unix_name_done(&u);
	return r;
}

SYS(connect)
{
	struct unix_name u;
	socklen_t len = a[2];
	const void *name = unix_name_in(&u, ga(a[1]), &len, PATH_FILE);
	gret r = sys_safe(cpu, SYS_connect, (int)a[0], name, (int)len);

	unix_name_done(&u);
	return r;
}

SYS(listen)
{
	return sys_raw(SYS_listen, (int)a[0], (int)a[1]);
}

SYS(accept)
{
	return sys_safe(cpu, SYS_accept, (int)a[0], guest_out(ga(a[1]), ADDRESS_MAX), guest_out(ga(a[2]), 4));
}

SYS(accept4)
{
	return sys_safe(cpu, SYS_accept4, (int)a[0], guest_out(ga(a[1]), ADDRESS_MAX), guest_out(ga(a[2]), 4), (int)a[3]);
}

SYS(shutdown)
{
	return sys_raw(SYS_shutdown, (int)a[0], (int)a[1]);
}

SYS(getsockname)
{
	return sys_raw(SYS_getsockname, (int)a[0], guest_out(ga(a[1]), ADDRESS_MAX), guest_out(ga(a[2]), 4));
}

SYS(getpeername)
{
	return sys_raw(SYS_getpeername, (int)a[0], guest_out(ga(a[1]), ADDRESS_MAX), guest_out(ga(a[2]), 4));
}

SYS(sendto)
{
	struct unix_name u;
	socklen_t len = a[5];
	const void *name = unix_name_in(&u, ga(a[4]), &len, PATH_FILE);
	gret r = sys_safe(cpu, SYS_sendto, (int)a[0], guest_ptr(ga(a[1])), a[2], a[3], name, (int)len);

	unix_name_done(&u);
	return r;
}

SYS(send)
{
	return sys_safe(cpu, SYS_sendto, (int)a[0], guest_ptr(ga(a[1])), a[2], a[3], NULL, 0);
}

SYS(recvfrom)
{
	return sys_safe(cpu, SYS_recvfrom, (int)a[0], guest_out(ga(a[1]), a[2]), a[2], a[3],
			guest_out(ga(a[4]), ADDRESS_MAX), guest_out(ga(a[5]), 4));
}

SYS(recv)
{
	return sys_safe(cpu, SYS_recvfrom, (int)a[0], guest_out(ga(a[1]), a[2]), a[2], a[3], NULL, NULL);
}

/* ---- socketcall(call, args): numbers from linux/net.h ---- */

struct socket_row {
	gret (*fn)(struct cpu *cpu, const uint32_t a[6]);
	unsigned char args;
};

static const struct socket_row socket_rows[] = {
	[1] = {sys_socket, 3},
	[2] = {sys_bind, 3},
	[3] = {sys_connect, 3},
	[4] = {sys_listen, 2},
	[5] = {sys_accept, 3},
	[6] = {sys_getsockname, 3},
	[7] = {sys_getpeername, 3},
	[8] = {sys_socketpair, 4},
	[9] = {sys_send, 4},
	[10] = {sys_recv, 4},
	[11] = {sys_sendto, 6},
	[12] = {sys_recvfrom, 6},
	[13] = {sys_shutdown, 2},
	[14] = {sys_setsockopt, 5},
	[15] = {sys_getsockopt, 5},
	[16] = {sys_sendmsg, 3},
	[17] = {sys_recvmsg, 3},
	[18] = {sys_accept4, 4},
	[19] = {sys_recvmmsg, 5},
	[20] = {sys_sendmmsg, 4},
};

SYS(socketcall)
{
	uint32_t b[6] = {0}, call = a[0];

	if (call < 1 || call >= sizeof socket_rows / sizeof *socket_rows)
		return -EINVAL;
	TRY(guest_read(b, ga(a[1]), socket_rows[call].args * 4u));
	return socket_rows[call].fn(cpu, b);
}

/* SPDX-License-Identifier: MIT */
/* binder: a server that is the context manager, and a client that asks it something; every command that comes back is shown. */
// modules: binder_linux
// variants: base0
#include <linux/android/binder.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "driver.h"

#define MAPPED 65536

struct session {
	int fd;
	uint64_t map; /* what is in it is shown by its distance */
};

static struct session session(void)
{
	struct session s = {need("/dev/binder", O_RDWR | O_CLOEXEC), 0};
	void *p = mmap(NULL, MAPPED, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, s.fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	s.map = (uintptr_t)p;
	return s;
}

/* Write so many bytes of commands, read what comes. */
static uint32_t exchange(struct session s, const void *out, size_t n, void *in, size_t room)
{
	struct binder_write_read *b = NEW(struct binder_write_read);

	b->write_buffer = (uintptr_t)out;
	b->write_size = n;
	b->read_buffer = (uintptr_t)in;
	b->read_size = room;
	SHOW_BUT2(s.fd, BINDER_WRITE_READ, b, write_buffer, read_buffer);
	return (uint32_t)b->read_consumed;
}

/* What came; a transaction or reply is copied to *ret. */
static void show_commands(struct session s, const char *at, uint32_t n, struct binder_transaction_data *ret)
{
	for (const char *end = at + n; at + 4 <= end;) {
		struct binder_transaction_data t;
		uint32_t cmd;

		memcpy(&cmd, at, sizeof cmd);
		at += sizeof cmd;
		printf("command %08x\n", cmd);
		if (cmd == BR_TRANSACTION || cmd == BR_REPLY) {
			memcpy(&t, at, sizeof t);
			*ret = t;
			printf("code %x, flags %x, data %u at %u, offsets %u: %s\n", t.code, t.flags, (unsigned)t.data_size, (unsigned)(t.data.ptr.buffer - s.map),
			       (unsigned)t.offsets_size, (const char *)(uintptr_t)t.data.ptr.buffer);
		}
		at += _IOC_SIZE(cmd);
	}
}

struct __attribute__((packed)) sent {
	uint32_t cmd;
	struct binder_transaction_data t;
};

static struct sent send_text(uint32_t cmd, const char *text)
{
	struct sent s = {cmd, {.code = 0x51, .data_size = strlen(text) + 1}};

	s.t.data.ptr.buffer = (uintptr_t)text;
	return s;
}

static void client(void)
{
	struct session s = session();
	struct sent t = send_text(BC_TRANSACTION, "a question");
	struct binder_transaction_data got = {0};
	char in[256];
	uint32_t n;

	n = exchange(s, &t, sizeof t, in, sizeof in);
	show_commands(s, in, n, &got);
	while (!got.data.ptr.buffer && (n = exchange(s, NULL, 0, in, sizeof in)) != 0)
		show_commands(s, in, n, &got);
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	struct session s = session();
	struct binder_version *v = NEW(struct binder_version);
	struct binder_node_debug_info *d = NEW(struct binder_node_debug_info);
	struct binder_transaction_data got = {0};
	uint32_t *max = NEW(uint32_t), enter = BC_ENTER_LOOPER, n;
	char in[256];
	int go[2];
	pid_t child;

	SHOW(s.fd, BINDER_VERSION, v);
	*max = 3;
	SHOW(s.fd, BINDER_SET_MAX_THREADS, max);
	TRY(s.fd, BINDER_SET_CONTEXT_MGR, 0);
	FAULT(s.fd, BINDER_WRITE_READ, struct binder_write_read);
	exchange(s, &enter, sizeof enter, NULL, 0);
	exchange(s, (void *)16, 4, NULL, 0);
	SHOW(s.fd, BINDER_GET_NODE_DEBUG_INFO, d);
	fflush(stdout);
	if (pipe(go) || (child = fork()) < 0)
		return 1;
	if (child == 0) {
		char c;

		if (read(go[0], &c, 1) == 1) /* one speaks after the other */
			client();
		_exit(1);
	}
	if (write(go[1], "", 1) != 1)
		return 1;
	freopen("/dev/null", "w", stdout); /* which of the two is where is chance; the client shows the answer */
	while (!got.data.ptr.buffer && (n = exchange(s, NULL, 0, in, sizeof in)) != 0)
		show_commands(s, in, n, &got);
	{
		struct sent t = send_text(BC_REPLY, got.code == 0x51 && !strcmp((char *)(uintptr_t)got.data.ptr.buffer, "a question") ? "an answer" : "what?");

		exchange(s, &t, sizeof t, NULL, 0);
	}
	waitpid(child, NULL, 0);
	return 0;
}

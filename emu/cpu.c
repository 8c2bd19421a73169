/* SPDX-License-Identifier: MIT */
/* Where a guest thread lives on the host: one mapping for its C stack, libc's thread block and struct cpu. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/host/thread.h"
#include "emu/lock.h"
#include "emu/thread.h"
#include "syscalls/row.h"

/* Map, low to high: guard page | C stack | libc's thread block | this. */
struct thread_block {
	struct cpu cpu; /* first: a cpu's address is its block's */
	void *map, *tls;
	size_t len;
	struct thread_block *next, **prev;
};

static struct thread_block *blocks;
static struct lock blocks_lock;

static struct thread_block *block_of(struct cpu *cpu)
{
	return (struct thread_block *)cpu;
}

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static void block_link(struct thread_block *b)
{
	lock_take(&blocks_lock);
	b->next = blocks;
	b->prev = &blocks;
	if (blocks)
		blocks->prev = &b->next;
	blocks = b;
	lock_drop(&blocks_lock);
}

static void block_unlink(struct thread_block *b)
{
	lock_take(&blocks_lock);
	*b->prev = b->next;
	if (b->next)
		b->next->prev = b->prev;
	lock_drop(&blocks_lock);
}

struct cpu *cpu_new(const struct cpu *parent)
{
	size_t tls_at = GUEST_PAGE + C_STACK_SIZE;
	size_t cpu_at = round_up(tls_at + host_tls_size(), 64);
	size_t len = round_up(cpu_at + sizeof(struct thread_block), GUEST_PAGE);
	long map = sys_raw(SYS_mmap, NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct thread_block *b;

	if (map < 0)
		return NULL;
	sys_raw(SYS_mprotect, map, GUEST_PAGE, PROT_NONE);
	b = (struct thread_block *)(map + cpu_at);
	if (parent) /* the FPU image is meaningful only while it says so */
		memcpy(&b->cpu, parent, parent->fp_saved ? sizeof b->cpu : offsetof(struct cpu, fp_image));
	b->map = (void *)map;
	b->len = len;
	b->tls = host_tls_init((char *)map + tls_at);
	b->cpu.thread_block = b;
	b->cpu.captured.sig = 0;
	atomic_store(&b->cpu.attention, 0);
	atomic_store(&b->cpu.in_code, 0);
	b->cpu.next_cpu = NULL;
	b->cpu.prev_cpu = NULL;
	block_link(b);
	return &b->cpu;
}

void cpu_free(struct cpu *cpu)
{
	struct thread_block *b = block_of(cpu);

	block_unlink(b);
	sys_raw(SYS_munmap, b->map, b->len);
}

_Noreturn void cpu_exit(struct cpu *cpu, int status)
{
	struct thread_block *b = block_of(cpu);

	block_unlink(b);
	host_exit_unmap(b->map, b->len, status);
}

void *cpu_stack_top(struct cpu *cpu)
{
	return (char *)block_of(cpu)->map + GUEST_PAGE + C_STACK_SIZE;
}

void *cpu_tls(struct cpu *cpu)
{
	return block_of(cpu)->tls;
}

void cpu_each_dead(void (*fn)(struct cpu *cpu, void *arg), void *arg)
{
	for (struct thread_block *b = blocks; b; b = b->next)
		fn(&b->cpu, arg);
}

void cpu_each(void (*fn)(struct cpu *cpu, void *arg), void *arg)
{
	lock_take(&blocks_lock);
	cpu_each_dead(fn, arg);
	lock_drop(&blocks_lock);
}

void cpu_fork_prepare(void)
{
	lock_take(&blocks_lock);
}

void cpu_fork_parent(void)
{
	lock_drop(&blocks_lock);
}

void cpu_fork_child(struct cpu *cpu)
{
	struct thread_block *next;

	for (struct thread_block *b = blocks; b; b = next) {
		next = b->next;
		if (&b->cpu != cpu)
			sys_raw(SYS_munmap, b->map, b->len);
	}
	blocks = block_of(cpu);
	blocks->next = NULL;
	blocks->prev = &blocks;
	lock_drop(&blocks_lock);
}

/* SPDX-License-Identifier: MIT */
/* Where a guest thread lives on the host: one mapping for its C stack, libc's thread block and struct cpu. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/engine.h"
#include "emu/host/thread.h"
#include "emu/lock.h"
#include "emu/populate.h"
#include "emu/thread.h"
#include "syscalls/row.h"

/* Map, low to high: guard page | C stack | libc's thread block | engine's stacks | this. */
struct thread_block {
	void *map, *tls;
	size_t len;
	struct thread_block *next, **prev; /* among those in use, or next free one */
	atomic_int leaving;                /* a free one whose thread still runs on it */
	struct cpu cpu;
};

/* The first thread's: with the executable's variables, as a page table more costs as much as the pages. */
static BIG_TABLE _Alignas(GUEST_PAGE) uint8_t first_map[128 * GUEST_PAGE];
static bool first_taken;

static struct thread_block *blocks, *free_blocks;
static unsigned n_free;
static struct lock blocks_lock;

#define KEEP_FREE 16 /* blocks with their stacks: mapping them is most of what a thread costs */

static struct thread_block *block_of(struct cpu *cpu)
{
	return (struct thread_block *)((char *)cpu - offsetof(struct thread_block, cpu));
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

#define C_STACK_AT GUEST_PAGE
#define TLS_AT (C_STACK_AT + C_STACK_SIZE)

static struct thread_block *block_map(void)
{
	size_t stacks_at = round_up(TLS_AT + host_tls_size(), GUEST_PAGE);
	size_t block_at = stacks_at + engine_stacks_size();
	size_t len = round_up(block_at + sizeof(struct thread_block), GUEST_PAGE);
	struct thread_block *b;
	size_t below;
	long map;

	if (!first_taken && len <= sizeof first_map)
		map = (long)first_map;
	else
		map = sys_raw(SYS_mmap, NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map < 0)
		return NULL;
	first_taken = true;
	sys_raw(SYS_mprotect, map, GUEST_PAGE, PROT_NONE);
	sys_raw(SYS_mprotect, map + block_at - RET_STACK_SIZE - GUEST_PAGE, GUEST_PAGE, PROT_NONE);
	populate((char *)map + TLS_AT - GUEST_PAGE, GUEST_PAGE + host_tls_size());
	b = (struct thread_block *)(map + block_at);
	below = (uint8_t *)map == first_map ? 4 * GUEST_PAGE : GUEST_PAGE; /* a start translates, and copies names */
	populate((uint8_t *)b - below, below + sizeof *b);
	b->map = (void *)map;
	b->cpu.stacks = (void *)(map + stacks_at);
	b->len = len;
	return b;
}

/* One whose thread has gone for good, or NULL. */
static struct thread_block *block_reuse(void)
{
	struct thread_block *b, **link = &free_blocks;

	lock_take(&blocks_lock);
	while ((b = *link) && atomic_load(&b->leaving))
		link = &b->next;
	if (b) {
		*link = b->next;
		n_free--;
	}
	lock_drop(&blocks_lock);
	if (b)
		memset((char *)b->map + TLS_AT, 0, host_tls_size());
	return b;
}

struct cpu *cpu_new(const struct cpu *parent)
{
	struct thread_block *b = block_reuse() ?: block_map();
	void *stacks;

	if (!b)
		return NULL;
	stacks = b->cpu.stacks;
	if (parent)
		b->cpu = *parent;
	b->tls = host_tls_init((char *)b->map + TLS_AT);
	b->cpu.stacks = stacks;
	b->cpu.captured.sig = 0;
	atomic_store(&b->cpu.attention, 0);
	atomic_store(&b->cpu.in_code, 0);
	atomic_store(&b->cpu.out_end, 0);
	b->cpu.next_cpu = NULL;
	b->cpu.prev_cpu = NULL;
	block_link(b);
	return &b->cpu;
}

/* Among the free ones if there is room. */
static bool keep(struct thread_block *b, bool leaving)
{
	bool kept;

	lock_take(&blocks_lock);
	kept = n_free < KEEP_FREE;
	if (kept) {
		atomic_store(&b->leaving, leaving);
		b->next = free_blocks;
		free_blocks = b;
		n_free++;
	}
	lock_drop(&blocks_lock);
	return kept;
}

void cpu_free(struct cpu *cpu)
{
	struct thread_block *b = block_of(cpu);

	block_unlink(b);
	if (!keep(b, false))
		sys_raw(SYS_munmap, b->map, b->len);
}

_Noreturn void cpu_exit(struct cpu *cpu, int status)
{
	struct thread_block *b = block_of(cpu);

	block_unlink(b);
	if (keep(b, true))
		host_exit_leave(&b->leaving, status);
	host_exit_unmap(b->map, b->len, status);
}

void *cpu_stack_top(struct cpu *cpu)
{
	return (char *)block_of(cpu)->map + TLS_AT;
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
	for (struct thread_block *b = free_blocks; b; b = b->next)
		atomic_store(&b->leaving, 0);
	blocks = block_of(cpu);
	populate((uint8_t *)blocks - GUEST_PAGE, GUEST_PAGE + sizeof *blocks);
	populate((char *)cpu_stack_top(cpu) - GUEST_PAGE, GUEST_PAGE);
	blocks->next = NULL;
	blocks->prev = &blocks;
	lock_drop(&blocks_lock);
}

/* SPDX-License-Identifier: MIT */
/* Exclusives, swaps, acquire and release: host atomics on guest memory. */
#include <time.h>

#include "emu/guest/arm/interp.h"
#include "emu/guest/arm/memory.h"
#include "emu/host_clock.h"

static void aligned(struct cpu *cpu, uint32_t addr, unsigned log2)
{
	if (addr & ((1u << log2) - 1))
		arm_misaligned(cpu, addr);
}

#define HOST(bits, addr) ((uint##bits##_t *)(window_base + (addr)))

static uint64_t load(uint32_t addr, unsigned log2)
{
	switch (log2) {
	case 0:
		return __atomic_load_n(HOST(8, addr), __ATOMIC_SEQ_CST);
	case 1:
		return __atomic_load_n(HOST(16, addr), __ATOMIC_SEQ_CST);
	case 2:
		return __atomic_load_n(HOST(32, addr), __ATOMIC_SEQ_CST);
	default:
		return __atomic_load_n(HOST(64, addr), __ATOMIC_SEQ_CST);
	}
}

static void store(uint32_t addr, unsigned log2, uint32_t v)
{
	switch (log2) {
	case 0:
		__atomic_store_n(HOST(8, addr), v, __ATOMIC_SEQ_CST);
		break;
	case 1:
		__atomic_store_n(HOST(16, addr), v, __ATOMIC_SEQ_CST);
		break;
	default:
		__atomic_store_n(HOST(32, addr), v, __ATOMIC_SEQ_CST);
		break;
	}
}

#define EXCHANGE(bits) \
	do { \
		uint##bits##_t old = from; \
		return __atomic_compare_exchange_n(HOST(bits, addr), &old, (uint##bits##_t)to, false, __ATOMIC_SEQ_CST, \
						   __ATOMIC_SEQ_CST); \
	} while (0)

static bool exchange_if(uint32_t addr, unsigned log2, uint64_t from, uint64_t to)
{
	switch (log2) {
	case 0:
		EXCHANGE(8);
	case 1:
		EXCHANGE(16);
	case 2:
		EXCHANGE(32);
	default:
		EXCHANGE(64);
	}
}

static void load_exclusive(struct cpu *cpu, const struct arm_uop *u, uint32_t addr)
{
	uint64_t v = load(addr, u->amount);

	cpu->arm.ex_addr = addr;
	cpu->arm.ex_size = 1u << u->amount;
	cpu->arm.ex_value = v;
	cpu->arm.r[u->d] = (uint32_t)v;
	if (u->amount == 3)
		cpu->arm.r[u->a] = v >> 32;
}

static void store_exclusive(struct cpu *cpu, const struct arm_uop *u, uint32_t addr)
{
	struct arm_state *s = &cpu->arm;
	uint64_t v = u->amount == 3 ? s->r[u->m] | (uint64_t)s->r[u->a] << 32 : s->r[u->m];
	bool mine = s->ex_size == 1u << u->amount && s->ex_addr == addr;
	bool done = mine && exchange_if(addr, u->amount, s->ex_value, v);

	s->ex_size = 0;
	s->r[u->d] = !done;
}

void arm_exec_sync(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t *r = cpu->arm.r, addr = u->n == ARM_NONE ? 0 : r[u->n] + u->imm;

	switch (u->op) {
	case ARM_SWP:
		aligned(cpu, addr, 2);
		r[u->d] = __atomic_exchange_n(HOST(32, addr), r[u->m], __ATOMIC_SEQ_CST);
		return;
	case ARM_SWPB:
		r[u->d] = __atomic_exchange_n(HOST(8, addr), (uint8_t)r[u->m], __ATOMIC_SEQ_CST);
		return;
	case ARM_CLREX:
		cpu->arm.ex_size = 0;
		return;
	}
	aligned(cpu, addr, u->amount);
	switch (u->op) {
	case ARM_LDREX:
		load_exclusive(cpu, u, addr);
		break;
	case ARM_STREX:
		store_exclusive(cpu, u, addr);
		break;
	case ARM_LDA:
		r[u->d] = load(addr, u->amount);
		break;
	case ARM_STL:
		store(addr, u->amount, r[u->d]);
		break;
	}
}

uint64_t arm_counter(void)
{
	struct timespec t;

	host_clock(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

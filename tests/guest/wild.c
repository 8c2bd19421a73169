/* SPDX-License-Identifier: MIT */
/* A guest that jumps, reads or writes where nothing is dies by its own signal, whatever the address. */
// guests: i386
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint32_t addrs[] = {0, 4, 0xfff, 0x1000, 0xffff, 0xffffe000, 0xffffefff, 0xfffff000, 0xfffffffc, 0xfffffffe, 0xffffffff};
static uint8_t *hole; /* unmapped page between two mapped ones */

static void jump(uint32_t a)
{
	((void (*)(void))(uintptr_t)a)();
}

static void call_bad_stack(uint32_t a)
{
	__asm__ volatile("mov %0, %%esp\n\tcall 1f\n1:" : : "r"(a) : "memory");
}

static void push_bad_stack(uint32_t a)
{
	__asm__ volatile("mov %0, %%esp\n\tpush %%eax" : : "r"(a) : "memory");
}

static void ret_bad_stack(uint32_t a)
{
	__asm__ volatile("mov %0, %%esp\n\tret" : : "r"(a) : "memory");
}

static void read32(uint32_t a)
{
	(void)*(volatile uint32_t *)(uintptr_t)a;
}

static void write32(uint32_t a)
{
	*(volatile uint32_t *)(uintptr_t)a = 1;
}

static void write8(uint32_t a)
{
	*(volatile uint8_t *)(uintptr_t)a = 1;
}

static void movs(uint32_t a)
{
	uint32_t n = 0x10000;
	uint8_t *to = hole - 64;

	__asm__ volatile("rep movsb" : "+S"(a), "+D"(to), "+c"(n) : : "memory");
}

static void fp_load(uint32_t a)
{
	__asm__ volatile("fldt (%0)\n\tfstp %%st" : : "r"(a));
}

static const struct {
	const char *name;
	void (*fn)(uint32_t);
} acts[] = {{"jump", jump},     {"call", call_bad_stack}, {"push", push_bad_stack}, {"ret", ret_bad_stack}, {"read", read32},
	    {"write", write32}, {"write8", write8},       {"movs", movs},           {"fld", fp_load}};

static void attempt(const char *name, void (*fn)(uint32_t), uint32_t a, const char *label)
{
	int status;
	pid_t p;

	fflush(stdout);
	p = fork();
	if (p == 0) {
		fn(a);
		_exit(0);
	}
	waitpid(p, &status, 0);
	/* a pop that goes on at 0: of two ways to fault, which one is the processor's choice (AMD #SS, Intel #PF) */
	if (fn == ret_bad_stack && a > 0xfffffffc && WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
		status = SIGSEGV;
	printf("%s %s: %s %d\n", name, label, WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int main(void)
{
	struct rlimit none = {0, 0};
	char label[32];

	setrlimit(RLIMIT_CORE, &none);
	hole = (uint8_t *)mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 4096;
	munmap(hole, 4096);
	for (unsigned i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		for (unsigned k = 0; k < sizeof addrs / sizeof addrs[0]; k++) {
			snprintf(label, sizeof label, "%08x", (unsigned)addrs[k]);
			attempt(acts[i].name, acts[i].fn, addrs[k], label);
		}
		attempt(acts[i].name, acts[i].fn, (uint32_t)(uintptr_t)hole, "hole");
		attempt(acts[i].name, acts[i].fn, (uint32_t)(uintptr_t)hole - 2, "over the edge");
	}
	return 0;
}

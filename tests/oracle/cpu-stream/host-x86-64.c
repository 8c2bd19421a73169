/* SPDX-License-Identifier: MIT */
/*
 * Blocks run in the form that 64-bit mode has for the same instructions. The bytes stay as they are but for a prefix 67
 * where an address is formed, so it is this processor that says what an i386 instruction does. What 64-bit mode lacks or
 * does in another size (stack, calls, short INC and DEC) is spelled out with moves and LEA, which touch no flags; registers
 * from r8 on serve for that. The block's i386 bytes are in memory too, where they belong, and are never executed.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "outline.h"
#include "stream.h"

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, R8, R9, R10 };

#define SELECTOR 0x6b /* what set_thread_area gives a static i386 program that asks for its second entry */
/* A static i386 program has its image, heap and (see host-i386.c) stack here: what wild addresses find there is no matter. */
#define OWN_IMAGE 0x08048000u
#define OWN_STACK 0x40000000u
#define OWN_SIZE  0x00100000u

void exit_block(void);
void leave_block(void);
void skip_block(void);
void signal_entry(void);
void signal_c(int sig, siginfo_t *info, void *uc) __attribute__((used));

#define HOST_CODE_SIZE 131072
uint8_t host_code[HOST_CODE_SIZE] __attribute__((aligned(4096)));
const uint8_t *landing[SLOT_SIZE]; /* where an i386 instruction's form starts, by its offset in the block */

static uint8_t *p;
static uint16_t starts[SLOT_SIZE]; /* i386 offsets of the instructions in order */
static const uint8_t *forms[SLOT_SIZE + 1];
static unsigned n_insns;
static struct fixup {
	uint8_t *field;
	uint32_t target;
} fixups[SLOT_SIZE];
static unsigned n_fixups;
static uint8_t code_before[SLOT_SIZE];

/* ---- what is spelled out ---- */

static void put(unsigned b)
{
	*p++ = (uint8_t)b;
}

static void put32(uint32_t v)
{
	memcpy(p, &v, 4);
	p += 4;
}

static void jump_host(const void *to)
{
	put(0xE9);
	put32((uint32_t)((const uint8_t *)to - p - 4));
}

static void jump_guest(uint32_t target)
{
	put(0xE9);
	fixups[n_fixups++] = (struct fixup){p, target};
	put32(0);
}

static void skip(unsigned reason)
{
	put(0x41);
	put(0xB8); /* mov r8d, reason */
	put32(reason);
	jump_host((const void *)skip_block);
}

/* op reg, [base + disp] */
static void mem_op(unsigned size, unsigned op, unsigned reg, unsigned base, int disp)
{
	unsigned rex = 0x40 | reg >> 3 << 2 | base >> 3;

	put(0x67);
	if (size == 2)
		put(0x66);
	if (rex != 0x40)
		put(rex);
	if (op > 0xff)
		put(op >> 8);
	put(op);
	put(0x80 | (reg & 7) << 3 | (base & 7));
	if ((base & 7) == ESP)
		put(0x24);
	put32((uint32_t)disp);
}

static void load(unsigned size, unsigned reg, unsigned base, int disp)
{
	mem_op(4, size == 2 ? 0x0FB7 : 0x8B, reg, base, disp);
}

static void store(unsigned size, unsigned reg, unsigned base, int disp)
{
	mem_op(size, 0x89, reg, base, disp);
}

static void lea(unsigned reg, unsigned base, int disp)
{
	mem_op(4, 0x8D, reg, base, disp);
}

static void mov(unsigned size, unsigned to, unsigned from)
{
	if (size == 2)
		put(0x66);
	put(0x40 | from >> 3 << 2 | to >> 3);
	put(0x89);
	put(0xC0 | (from & 7) << 3 | (to & 7));
}

static void push(unsigned size, unsigned reg)
{
	store(size, reg, ESP, -(int)size);
	lea(ESP, ESP, -(int)size);
}

static void push_imm(unsigned size, uint32_t v)
{
	mem_op(size, 0xC7, 0, ESP, -(int)size);
	put(v);
	put(v >> 8);
	if (size == 4) {
		put(v >> 16);
		put(v >> 24);
	}
	lea(ESP, ESP, -(int)size);
}

/* The prefixes that still mean something, 67 where there is an address. */
static void prefixes(const struct outline *o, bool address)
{
	for (unsigned i = 0; i < o->n_prefix; i++) {
		uint8_t c = o->at[i];

		if (c == 0x64 || c == 0x65)
			put(0x65); /* both segments start at the data */
		else if (c == 0x66 || c == 0xF0 || c == 0xF2 || c == 0xF3)
			put(c);
	}
	if (address)
		put(0x67);
}

static void operand(const struct outline *o, unsigned reg)
{
	unsigned modrm = (o->modrm & 0xC7) | (reg & 7) << 3;

	if ((o->modrm & 0xC7) == 5) { /* an address alone: else it would count from the instruction */
		put(modrm - 1);
		put(0x25);
	} else {
		put(modrm);
		if (o->modrm < 0xC0 && (o->modrm & 7) == 4)
			put(o->sib);
	}
	for (unsigned i = 0; i < o->disp_len; i++)
		put(o->at[o->disp_at + i]);
}

/* mov r8d, operand */
static void operand_op(const struct outline *o, unsigned op, unsigned reg)
{
	prefixes(o, o->modrm < 0xC0);
	put(0x40 | reg >> 3 << 2);
	put(op);
	operand(o, reg);
}

static uint32_t immediate(const struct outline *o)
{
	uint32_t v = 0;

	memcpy(&v, o->at + o->imm_at, o->imm_len > 4 ? 4 : o->imm_len);
	return o->imm_len == 1 ? (uint32_t)(int8_t)v : v;
}

static uint32_t next_address(const struct outline *o)
{
	return (uint32_t)(uintptr_t)o->at + o->len;
}

static void our_stack(void)
{
	put(0x49), put(0x89), put(0xE6); /* mov r14, rsp */
	put(0x4C), put(0x89), put(0xFC); /* mov rsp, r15 */
}

static void block_stack(void)
{
	put(0x4C), put(0x89), put(0xF4); /* mov rsp, r14 */
}

static void pushf(unsigned size)
{
	our_stack();
	put(0x9C);
	put(0x41), put(0x58); /* pop r8 */
	block_stack();
	push(size, R8);
}

static void popf(unsigned size)
{
	load(size, R8, ESP, 0);
	lea(ESP, ESP, (int)size);
	our_stack();
	if (size == 2) {
		put(0x9C);
		put(0x66), put(0x44), put(0x89), put(0x04), put(0x24); /* mov [rsp], r8w */
	} else {
		put(0x41), put(0x50); /* push r8 */
	}
	put(0x9D);
	block_stack();
}

static void pop_operand(const struct outline *o, unsigned size)
{
	if (o->modrm >= 0xC0) {
		load(size, R8, ESP, 0);
		lea(ESP, ESP, (int)size);
		mov(size, o->modrm & 7, R8);
		return;
	}
	load(size, R8, ESP, 0);
	lea(ESP, ESP, (int)size); /* an address that uses it sees the new value */
	put(0x67), put(0x44), put(0x8D); /* lea r9d, operand */
	operand(o, R9);
	lea(ESP, ESP, -(int)size); /* but a fault shows the old one */
	if (o->seg >= 0x64)
		put(0x65);
	store(size, R8, R9, 0);
	lea(ESP, ESP, (int)size);
}

static void pusha(unsigned size)
{
	for (unsigned r = 0; r < 8; r++)
		store(size, r, ESP, -(int)(size * (r + 1)));
	lea(ESP, ESP, -8 * (int)size);
}

static void popa(unsigned size)
{
	for (unsigned r = EDI + 1; r-- > EAX;)
		if (r != ESP) {
			load(size, R8, ESP, (int)size * (EDI - (int)r));
			mov(size, r, R8);
		}
	lea(ESP, ESP, 8 * (int)size);
}

static void enter(const struct outline *o)
{
	uint32_t imm = immediate(o);
	int frame = (int)(imm & 0xffff), level = imm >> 16 & 31;

	store(4, EBP, ESP, -4);
	for (int i = 1; i < level; i++) {
		load(4, R8, EBP, -4 * i);
		store(4, R8, ESP, -4 - 4 * i);
	}
	lea(R9, ESP, -4);
	if (level)
		store(4, R9, ESP, -4 - 4 * level);
	mem_op(4, 0x87, R8, ESP, -4 - 4 * level - frame); /* the new top must be writable: xchg, and back */
	mem_op(4, 0x87, R8, ESP, -4 - 4 * level - frame);
	lea(ESP, ESP, -4 - 4 * level - frame);
	mov(4, EBP, R9);
}

static void leave(unsigned size)
{
	load(size, R8, EBP, 0);
	lea(ESP, EBP, (int)size);
	mov(size, EBP, R8);
}

/* ---- instructions ---- */

/* 64-bit mode uses VEX.W of those with general registers, other modes ignore it. */
static bool w_means_64(const struct outline *o)
{
	switch (o->map) {
	case MAP_0F:
		return o->op == 0x2A || o->op == 0x2C || o->op == 0x2D || o->op == 0x6E || o->op == 0x7E;
	case MAP_38:
		return o->op >= 0xF2 && o->op <= 0xF7;
	default:
		return o->op == 0x14 || o->op == 0x16 || o->op == 0x20 || o->op == 0x22 || o->op == 0xF0;
	}
}

static bool implicit_address(const struct outline *o)
{
	if (o->map == MAP_0F)
		return o->op == 0xF7;
	return o->map == MAP_1 && ((o->op >= 0x6C && o->op <= 0x6F) || (o->op >= 0xA0 && o->op <= 0xA7) || (o->op >= 0xAA && o->op <= 0xAF) || o->op == 0xD7 ||
				   (o->op >= 0xE0 && o->op <= 0xE3));
}

static void as_it_is(const struct outline *o)
{
	bool is4 = o->vex && o->map == MAP_3A && o->op >= 0x4A && o->op <= 0x4C;

	prefixes(o, (o->has_modrm && o->modrm < 0xC0) || implicit_address(o));
	for (unsigned i = o->n_prefix; i < o->op_at; i++) {
		unsigned b = o->at[i];

		if (o->vex == 3 && i == o->op_at - 1u)
			b = (b | 0x40) & (w_means_64(o) ? 0x7F : 0xFF);
		put(b);
	}
	put(o->map == MAP_1 && o->op == 0x82 ? 0x80 : o->op);
	if (o->has_modrm)
		operand(o, o->modrm >> 3 & 7);
	else
		for (unsigned i = 0; i < o->disp_len; i++)
			put(o->at[o->disp_at + i]);
	for (unsigned i = 0; i < o->imm_len; i++)
		put(is4 ? o->at[o->imm_at + i] & 0x7F : o->at[o->imm_at + i]);
}

static void branch_if(const struct outline *o)
{
	uint32_t target = next_address(o) + immediate(o);
	uint8_t *around;

	if (o->map == MAP_1 && o->op >= 0xE0) { /* LOOP, JECXZ: over a jump */
		put(0x67);
		put(o->op);
		put(2);
	} else {
		put(0x70 | (o->op & 15));
		put(2);
	}
	put(0xEB);
	around = p++;
	jump_guest(target);
	*around = (uint8_t)(p - around - 1);
}

static void call(const struct outline *o)
{
	push_imm(4, next_address(o));
	jump_guest(next_address(o) + immediate(o));
}

static void to_r8(void)
{
	put(0x41), put(0xFF), put(0xE5); /* jmp r13 */
}

static void ret(int pop)
{
	load(4, R8, ESP, 0);
	lea(ESP, ESP, 4 + pop);
	to_r8();
}

/* FF: the forms that push or go somewhere. */
static void group_5(const struct outline *o, unsigned size)
{
	unsigned form = o->modrm >> 3 & 7;

	if (size == 2 && form != 6)
		return skip(SKIP_FORM);
	switch (form) {
	case 2:
		operand_op(o, 0x8B, R8);
		push_imm(4, next_address(o));
		return to_r8();
	case 4:
		operand_op(o, 0x8B, R8);
		return to_r8();
	case 6:
		operand_op(o, 0x8B, R8);
		return push(size, R8);
	default:
		return skip(SKIP_FORM);
	}
}

/* Those of the one-byte map that 64-bit mode has differently or not at all; false: it is the same. */
static bool spelled_out(const struct outline *o)
{
	unsigned size = o->p66 ? 2 : 4, op = o->op;

	if (o->map == MAP_0F && !o->vex && op >= 0x80 && op <= 0x8F) {
		branch_if(o);
		return true;
	}
	if (o->map != MAP_1)
		return false;
	switch (op) {
	case 0x40 ... 0x4F:
		if (size == 2)
			put(0x66);
		put(0xFF);
		put(0xC0 | (op & 15));
		break;
	case 0x50 ... 0x57:
		push(size, op & 7);
		break;
	case 0x58 ... 0x5F:
		load(size, R8, ESP, 0);
		lea(ESP, ESP, (int)size);
		mov(size, op & 7, R8);
		break;
	case 0x60:
		pusha(size);
		break;
	case 0x61:
		popa(size);
		break;
	case 0x68: case 0x6A:
		push_imm(size, immediate(o));
		break;
	case 0x70 ... 0x7F: case 0xE0 ... 0xE3:
		branch_if(o);
		break;
	case 0x8F:
		if (o->modrm & 0x38)
			return false; /* XOP, or #UD */
		pop_operand(o, size);
		break;
	case 0x9C:
		pushf(size);
		break;
	case 0x9D:
		popf(size);
		break;
	case 0xC2:
		ret((int)immediate(o));
		break;
	case 0xC3:
		ret(0);
		break;
	case 0xC8:
		enter(o);
		break;
	case 0xC9:
		leave(size);
		break;
	case 0xE8:
		call(o);
		break;
	case 0xE9: case 0xEB:
		jump_guest(next_address(o) + immediate(o));
		break;
	case 0xFF:
		if ((o->modrm >> 3 & 7) < 2 || (o->modrm >> 3 & 7) == 7)
			return false;
		group_5(o, size);
		break;
	default:
		return false;
	}
	return true;
}

/* Not to be had in 64-bit mode, or in no way that says something of i386. */
static bool unknown(const struct outline *o)
{
	static const uint8_t one[] = {0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x62, 0x63, 0x8C, 0x8E, 0x9A, 0xCA, 0xCB, 0xCE, 0xCF,
				      0xD4, 0xD5, 0xD6, 0xEA};

	if (o->p67 || o->seg == 0x2E)
		return true;
	if (o->vex)
		return false;
	if (o->map == MAP_1)
		return memchr(one, o->op, sizeof one) || o->op == 0xC4 || o->op == 0xC5 || (o->op == 0xC8 && o->p66);
	return o->map == MAP_0F && (o->op <= 0x03 || o->op == 0x05 || o->op == 0x07 || o->op == 0x34 || o->op == 0x35 || (o->op >= 0xA0 && o->op <= 0xA1) ||
				    o->op == 0xA8 || o->op == 0xA9 || o->op == 0xB2 || o->op == 0xB4 || o->op == 0xB5);
}

static void translate(const struct outline *o)
{
	uint8_t *start = p;

	if (unknown(o)) {
		skip(SKIP_FORM);
	} else if (!spelled_out(o)) {
		as_it_is(o);
	} else if (o->lock) {
		p = start;
		n_fixups -= n_fixups && fixups[n_fixups - 1].field >= start;
		put(0x0F), put(0x0B); /* LOCK is for none of them: UD2 */
	}
}

void host_prepare(const struct block *b)
{
	uint32_t base = (uint32_t)(uintptr_t)b->code;

	memcpy(code_before, b->code, b->size);
	memset(landing, 0, sizeof landing);
	p = host_code;
	n_insns = n_fixups = 0;
	for (unsigned i = 0; i < b->size;) {
		struct outline o;

		outline(&o, b->code + i);
		starts[n_insns] = (uint16_t)i;
		forms[n_insns++] = landing[i] = p;
		translate(&o);
		i += o.len;
	}
	forms[n_insns] = p;
	skip(SKIP_LEFT);
	for (unsigned i = 0; i < n_fixups; i++) {
		const uint8_t *field = fixups[i].field, *to = forms[n_insns];
		int32_t rel;

		if (fixups[i].target == EXIT_AREA)
			to = (const uint8_t *)exit_block;
		else if (fixups[i].target - base < SLOT_SIZE && landing[fixups[i].target - base])
			to = landing[fixups[i].target - base];
		rel = (int32_t)(to - field - 4);
		memcpy(fixups[i].field, &rel, 4);
	}
	memcpy(st_out.sel, st_in.sel, sizeof st_out.sel); /* what would change them is not made */
	st_out.sel[3] = 0x2b;
}

/* A block that changed its own code ran on as it was here. */
void host_finish(const struct block *b)
{
	if (memcmp(code_before, b->code, b->size))
		skipped = SKIP_CHANGED;
}

/* ---- faults ---- */

/* The i386 offset of the instruction whose form rip is in. */
static uint32_t offset_of(uintptr_t rip)
{
	unsigned lo = 0, hi = n_insns;

	while (lo + 1 < hi) {
		unsigned mid = (lo + hi) / 2;

		if ((uintptr_t)forms[mid] <= rip)
			lo = mid;
		else
			hi = mid;
	}
	return starts[lo];
}

void signal_c(int sig, siginfo_t *info, void *ucv)
{
	ucontext_t *uc = ucv;
	greg_t *r = uc->uc_mcontext.gregs;
	const uint8_t *fp = (const uint8_t *)uc->uc_mcontext.fpregs;
	static const uint8_t reg[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI};
	uintptr_t addr = (uintptr_t)info->si_addr;
	uint32_t magic;

	if (sig == SIGALRM) {
		memset(&st_out, 0, sizeof st_out);
		fault = (struct fault){.sig = sig};
		leave_block();
	}
	for (int i = 0; i < 8; i++)
		st_out.gpr[i] = (uint32_t)r[reg[i]];
	st_out.eflags = (uint32_t)r[REG_EFL];
	memcpy(st_out.fx, fp, 416);
	memcpy(&magic, fp + 464, 4);
	if (st_avx && magic == 0x46505853)
		memcpy(st_out.ymmh, fp + 576, sizeof st_out.ymmh);
	if (sig != SIGSEGV && sig != SIGBUS)
		addr = addr ? offset_of(addr) : -st_code; /* INT3 has none */
	else if (addr >> 32)
		skipped = SKIP_WRAPPED;
	else if (addr - OWN_IMAGE < OWN_SIZE || addr - OWN_STACK < OWN_SIZE || addr - EXIT_AREA < 4096)
		skipped = SKIP_OWN_MEMORY;
	fault = (struct fault){sig, info->si_code, (uint32_t)addr, offset_of((uintptr_t)r[REG_RIP]), (uint32_t)r[REG_TRAPNO], (uint32_t)r[REG_ERR]};
	leave_block();
}

void host_start(void (*run)(void))
{
	run(); /* nothing of ours lies below 4 GiB: a position-independent executable */
	_exit(0);
}

uint16_t host_set_up(void)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
	static uint8_t alt[65536];
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
	struct sigaction sa = {.sa_sigaction = (void (*)(int, siginfo_t *, void *))(void *)signal_entry, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

	if (sigaltstack(&ss, NULL))
		die("sigaltstack");
	for (unsigned i = 0; i < sizeof sigs / sizeof sigs[0]; i++)
		if (sigaction(sigs[i], &sa, NULL))
			die("sigaction");
	if (mprotect(host_code, sizeof host_code, PROT_READ | PROT_WRITE | PROT_EXEC))
		die("mprotect");
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, (unsigned long)DATA_AREA))
		die("arch_prctl");
	return SELECTOR;
}

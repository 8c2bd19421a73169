/* SPDX-License-Identifier: MIT */
/* Random i386 instruction streams: what generator, state keeper and runner share. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fixed addresses, so that every run of a block sees the same numbers. */
#define CODE_AREA 0x30000000u
#define SLOT_SIZE 4096u
#define N_SLOTS   128u
#define DATA_AREA 0x20000000u /* one page, inaccessible neighbours */
#define DATA_SIZE 4096u
#define DATA_OPS  3072u       /* operands go below, the stack lives above */
#define EXIT_AREA 0x2ff00000u /* where a block goes in the end */
#define LOOP_AREA 0x20100000u /* loop counters: random stores do not come here */

#define FL_C 0x001u
#define FL_P 0x004u
#define FL_A 0x010u
#define FL_Z 0x040u
#define FL_S 0x080u
#define FL_D 0x400u
#define FL_O 0x800u
#define FL_NEVER 0x8028u /* no processor has them set */
#define FL_ALL (FL_O | FL_S | FL_Z | FL_A | FL_P | FL_C)

/* CPU features a row may need; the run's set is an option, so that native and emulated run generate the same. */
enum {
	F_NONE = 0,
	F_SSE3 = 1 << 0,
	F_SSSE3 = 1 << 1,
	F_SSE41 = 1 << 2,
	F_SSE42 = 1 << 3,
	F_AES = 1 << 4,
	F_PCLMUL = 1 << 5,
	F_SHA = 1 << 6,
	F_MOVBE = 1 << 7,
	F_POPCNT = 1 << 8,
	F_LZCNT = 1 << 9,
	F_BMI1 = 1 << 10,
	F_BMI2 = 1 << 11,
	F_ADX = 1 << 12,
	F_AVX = 1 << 13,
	F_AVX2 = 1 << 14,
	F_FMA = 1 << 15,
	F_F16C = 1 << 16,
	F_SSE4A = 1 << 17,
	F_VAES = 1 << 18,
	F_VEX_Q = 1 << 19, /* VPEXTRD, VPINSRD with VEX.W 1 outside 64-bit mode */
};

enum { P_NP = 1, P_66 = 2, P_F3 = 4, P_F2 = 8 }; /* mandatory prefixes a row may take */

/* One instruction form. fmt letters:
 *   M modrm any   m modrm memory   r modrm register   / ext is in modrm.reg
 *   b byte   v 16 or 32 bits   d 32 bits only   1 imm8   2 imm16   z imm16 or imm32
 *   L lockable when the operand is memory   + register in the opcode   c condition in the opcode
 *   S xmm operands   X mmx when there is no prefix   x x87   i changes eax, ecx or edx by itself
 *   V VEX only   3 also VEX with vvvv   n also VEX without vvvv   l both vector lengths   1.. as above
 *   W VEX.W either   Y VEX.L must be 1   w VEX.W must be 1   ! stack   B bit offset register   f may well fault
 *   e shift: count 0 leaves flags alone   6 not in 64-bit mode, or depends on the kernel's segments */
struct row {
	uint8_t pfx;
	uint8_t map; /* 1: one byte, 2: 0F, 3: 0F38, 4: 0F3A */
	uint8_t op;
	int8_t ext;
	const char *fmt;
	uint16_t def, undef, use;
	uint32_t feature;
	uint8_t weight;
};
extern const struct row rows[];
extern const unsigned n_rows;

/* Everything a block can see and change in registers. Offsets are known to enter.S. */
struct state {
	uint32_t gpr[8];   /* 0 */
	uint32_t eflags;   /* 32 */
	uint32_t sel[4];   /* 36: es fs gs ds */
	uint32_t pad[3];
	uint8_t fx[512];   /* 64 */
	uint8_t ymmh[8][16]; /* 576 */
} __attribute__((aligned(64)));

struct fault {
	int32_t sig, code;
	uint32_t addr, eip, trapno, err;
};

struct item {
	uint16_t start, end;
	uint16_t undef_before, undef_after;
};

#define MAX_ITEMS 128
struct block {
	uint8_t *code; /* = address */
	uint32_t size;
	unsigned n_items, n_main;
	struct item items[MAX_ITEMS];
	uint32_t undef_end;
};

/* random.c part of state.c */
void rnd_seed(uint64_t seed, uint64_t block);
uint32_t rnd(void);
static inline uint32_t below(uint32_t n)
{
	return (uint32_t)(((uint64_t)rnd() * n) >> 32);
}
static inline bool chance(uint32_t percent)
{
	return below(100) < percent;
}
uint32_t rnd_edge(void); /* an integer that likes to sit at an edge */

uint32_t features_here(void);
void state_seed(struct state *s, uint32_t features, uint32_t options);
void memory_seed(uint64_t seed);
void memory_reset(void);
void state_dump(const struct state *s, const struct fault *f, uint32_t undef);
void state_hash(const struct state *s, uint32_t undef, uint32_t out[4]); /* gpr, flags, x87, sse */
uint32_t hash_bytes(const void *p, size_t n, uint32_t h);

enum { OPT_RF = 1, OPT_STRICT = 2, OPT_UNMASKED = 4, OPT_AC = 8, OPT_NOWILD = 16, OPT_NOX87 = 32, OPT_NOFAULT = 64, OPT_SWEEP = 128,
       OPT_COMMON = 256, /* only what 64-bit mode has too, or what host-x86-64.c can say in it */
       OPT_MODE32 = 512, /* mostly what it has not, with moves and arithmetic around it */
       OPT_TCG = 1024,   /* compared with QEMU: its mistakes are not ours */
       OPT_NOFAR = 2048  /* no far calls and returns: in QEMU's whole machine their stack accesses end in a fault of the kernel (SMAP) */ };
/* Any encoding at p (20 bytes at most): its length, or 0 when the one found is left out. */
unsigned sweep(uint8_t *p, uint32_t features, uint32_t options);
void generate(struct block *b, uint8_t *code, uint32_t features, uint32_t options, uint32_t exit_addr);
void truncate_block(struct block *b, unsigned items, uint32_t exit_addr);
extern uint16_t data_sel; /* of a segment based at the data, 0 if there is none */
void gen_init(uint32_t features, uint32_t options, uint16_t data_selector);


/*
 * How a block is run. host-i386.c: as it is. host-x86-64.c: where the kernel runs no 32-bit code, in the form that 64-bit
 * mode has for the same instructions, as the same processor executes them; made with OPT_COMMON only.
 */
extern struct state st_in, st_out;
extern uint32_t st_code, st_avx;
extern struct fault fault;
extern uint32_t skipped; /* not 0: the block came upon what this host cannot compare; a KEEP-ORDER of run-cpu-stream's SKIPPED */
enum { SKIP_NOT = 0, SKIP_FORM, SKIP_OWN_MEMORY, SKIP_WRAPPED, SKIP_LEFT, SKIP_CHANGED };

void host_start(void (*run)(void)) __attribute__((noreturn)); /* on a stack that is the same in every run */
uint16_t host_set_up(void);                                  /* handlers, and a segment based at the data: its selector */
void host_prepare(const struct block *b);
void host_finish(const struct block *b);
void enter_block(void);
void map_area(uint32_t at, uint32_t size, int prot);
void die(const char *what);

#endif

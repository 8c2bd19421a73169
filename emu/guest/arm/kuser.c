/* SPDX-License-Identifier: MIT */
/*
 * Pages that the kernel gives every ARM program: the user helpers at 0xffff0000 (Documentation/arch/arm/kernel_user_helpers.rst),
 * and the signal trampolines. Both are guest code.
 */
#include <sys/mman.h>

#include "emu/guest.h"
#include "emu/guest/arm/frame.h"
#include "emu/window.h"

#define VECTORS 0xffff0000u
#define HELPERS_VERSION 5

/* At most 32 bytes each, from the top of the page down. */
struct helper {
	uint16_t offset;
	uint32_t code[16];
};

static const struct helper helpers[] = {
	{0xffc, {HELPERS_VERSION}},
	/* __kuser_get_tls: mrc p15, 0, r0, c13, c0, 3; bx lr */
	{0xfe0, {0xee1d0f70, 0xe12fff1e}},
	/* __kuser_cmpxchg(r0 old, r1 new, r2 at): r0 0 and C set if it was done */
	{0xfc0,
	 {
		 0xf57ff05b, /*    dmb ish          */
		 0xe1923f9f, /* 1: ldrex r3, [r2]   */
		 0xe0533000, /*    subs r3, r3, r0  */
		 0x01823f91, /*    strexeq r3, r1, [r2] */
		 0x03330001, /*    teqeq r3, #1     */
		 0x0afffffa, /*    beq 1b           */
		 0xe2730000, /*    rsbs r0, r3, #0  */
		 0xeaffffef, /*    b __kuser_memory_barrier */
	 }},
	/* __kuser_memory_barrier: dmb ish; bx lr */
	{0xfa0, {0xf57ff05b, 0xe12fff1e}},
	/* __kuser_cmpxchg64(r0 -> old, r1 -> new, r2 at) */
	{0xf60,
	 {
		 0xe92d40f0, /*    push {r4-r7, lr} */
		 0xe8900030, /*    ldm r0, {r4, r5} */
		 0xe89100c0, /*    ldm r1, {r6, r7} */
		 0xf57ff05b, /*    dmb ish          */
		 0xe1b20f9f, /* 1: ldrexd r0, r1, [r2] */
		 0xe0303004, /*    eors r3, r0, r4  */
		 0x00313005, /*    eorseq r3, r1, r5 */
		 0x01a23f96, /*    strexdeq r3, r6, r7, [r2] */
		 0x03330001, /*    teqeq r3, #1     */
		 0x0afffff9, /*    beq 1b           */
		 0xf57ff05b, /*    dmb ish          */
		 0xe2730000, /*    rsbs r0, r3, #0  */
		 0xe8bd80f0, /*    pop {r4-r7, pc}  */
	 }},
};

/* sigreturn ARM, Thumb; rt_sigreturn ARM, Thumb: debuggers know frames by them (arch/arm/kernel/sigreturn_codes.S). */
static const uint32_t trampolines[4][2] = {
	{0xe3a07077, 0xef900077},
	{0xdf002777, 0},
	{0xe3a070ad, 0xef9000ad},
	{0xdf0027ad, 0},
};
#define NO_PAGE 0xffffffffu

static uint32_t signal_page = NO_PAGE;

static int map_helpers(void)
{
	uint32_t task_size = window_layout.task_size;
	gret r;

	window_layout.task_size = VECTORS + GUEST_PAGE;
	r = window_mmap(ga(VECTORS), GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (unsigned i = 0; r >= 0 && i < sizeof helpers / sizeof *helpers; i++)
		for (unsigned k = 0; k < 16 && helpers[i].code[k]; k++)
			guest_put(ga(VECTORS + helpers[i].offset + 4 * k), &helpers[i].code[k]);
	if (r >= 0)
		r = window_mprotect(ga(VECTORS), GUEST_PAGE, PROT_READ | PROT_EXEC);
	window_layout.task_size = task_size;
	return r < 0 ? r : 0;
}

int arm_map_pages(void)
{
	gret at = window_mmap(ga(0), GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at < 0)
		return at;
	guest_put(ga(at), &trampolines);
	window_mprotect(ga(at), GUEST_PAGE, PROT_READ | PROT_EXEC);
	signal_page = at;
	return map_helpers();
}

uint32_t arm_trampoline(bool rt, bool thumb, uint32_t words[2])
{
	unsigned k = rt * 2 + thumb;

	words[0] = trampolines[k][0];
	words[1] = trampolines[k][1];
	return signal_page + k * 8 + thumb;
}

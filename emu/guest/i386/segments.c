/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables of an i386 task and the instructions that read them. Rules: Intel SDM volume 3, "Protection";
 * which entries there are and who may change them: arch/x86/kernel/{tls,ldt}.c; checked natively on 6.18.
 */
#include "emu/guest/i386/segments.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "emu/engine.h"
#include "emu/guest/i386/i386.h"
#include "emu/window.h"
#include "syscalls/row.h"

/*
 * A descriptor: 63..56 base 31..24 | G | D | L | AVL | limit 19..16 | P | DPL | S | type | base 23..0 | limit 15..0
 * type: bit 3 code, bit 2 expand down or conforming, bit 1 writable or readable, bit 0 accessed
 */
enum { GDT_CODE32 = 4, GDT_DATA = 5, GDT_CODE64 = 6, GDT_TLS = 12, GDT_CPU = 15, GDT_ENTRIES = 16 };
enum { TYPE_RW = 2, TYPE_DOWN = 4, TYPE_CODE = 8, TYPE_CONFORMING = 12 };

#define LDT_ENTRIES 8192u
#define LDT_SIZE (LDT_ENTRIES * 8)

struct lock i386_ldt_lock;
static uint64_t *ldt; /* LDT_ENTRIES, mapped with the first entry */
static uint32_t ldt_used;

/* ---- reading descriptors ---- */

static unsigned desc_type(uint64_t d)
{
	return d >> 40 & 15;
}

static bool desc_user(uint64_t d)
{
	return (d >> 44 & 1) && (d >> 45 & 3) == 3;
}

static bool desc_present(uint64_t d)
{
	return d >> 47 & 1;
}

static uint32_t desc_base(uint64_t d)
{
	return (uint32_t)((d >> 16 & 0xffffff) | (d >> 32 & 0xff000000));
}

static uint32_t desc_raw_limit(uint64_t d)
{
	return (uint32_t)((d & 0xffff) | (d >> 32 & 0xf0000));
}

static bool readable(uint64_t d)
{
	return !(desc_type(d) & TYPE_CODE) || desc_type(d) & TYPE_RW;
}

static bool writable(uint64_t d)
{
	return !(desc_type(d) & TYPE_CODE) && desc_type(d) & TYPE_RW;
}

/* Limit is the CPU's number, node above bit 12: how the vDSO's getcpu works. */
static uint64_t cpu_desc(void)
{
	unsigned cpu = 0, node = 0;

	sys_raw(SYS_getcpu, &cpu, &node, NULL);
	return 0x0040f50000000000ull | (cpu & 0xfff) | (node & 0xf) << 12 | (uint64_t)(node >> 4 & 0xf) << 48;
}

static uint64_t gdt_entry(const struct cpu *cpu, uint32_t n)
{
	switch (n) {
	case GDT_CODE32:
		return 0x00cffb000000ffffull;
	case GDT_DATA:
		return 0x00cff3000000ffffull;
	case GDT_CODE64:
		return 0x00affb000000ffffull;
	case GDT_TLS:
	case GDT_TLS + 1:
	case GDT_TLS + 2:
		return cpu->i386.tls[n - GDT_TLS];
	case GDT_CPU:
		return cpu_desc();
	}
	return 0; /* the kernel's own, or none: not for user code either way */
}

/* The descriptor of a selector that is not null; 0 where user code finds none. */
static uint64_t find(const struct cpu *cpu, uint32_t sel)
{
	uint32_t n = (sel & 0xffff) >> 3;
	uint64_t d;

	if (sel & 4)
		d = n < __atomic_load_n(&ldt_used, __ATOMIC_ACQUIRE) ? __atomic_load_n(&ldt[n], __ATOMIC_RELAXED) : 0;
	else
		d = gdt_entry(cpu, n);
	return desc_user(d) ? d : 0;
}

static bool null(uint32_t sel)
{
	return !(sel & 0xfffc);
}

uint32_t i386_desc_base(struct cpu *cpu, uint32_t sel, bool *ok)
{
	uint64_t d = null(sel) ? 0 : find(cpu, sel);

	*ok = null(sel) || (desc_present(d) && readable(d));
	return *ok ? desc_base(d) : 0;
}

/* ---- segment registers ---- */

static void set_seg(struct cpu *cpu, int seg, uint32_t sel, uint32_t base)
{
	cpu->i386.sel[seg] = sel & 0xffff;
	cpu->i386.seg_base[seg] = base;
	if (base && seg != SEG_FS && seg != SEG_GS && !i386_segments_used) {
		i386_segments_used = true;
		engine_code_changed(0, GUEST_SPAN); /* translated without bases */
	}
}

static bool refuse(struct cpu *cpu, unsigned trap, uint32_t sel)
{
	cpu->fault = (struct fault){
		.sig = trap == TRAP_GP ? SIGSEGV : SIGBUS,
		.code = SI_KERNEL,
		.trapno = trap,
		.err = sel & 0xfffc,
	};
	return false;
}

enum { TRAP_NP = 11, TRAP_SS = 12 };

bool i386_load_seg(struct cpu *cpu, int seg, uint32_t sel)
{
	uint64_t d;

	if (null(sel)) {
		if (seg == SEG_SS)
			return refuse(cpu, TRAP_GP, 0);
		set_seg(cpu, seg, sel, 0);
		return true;
	}
	d = find(cpu, sel);
	if (!d || !readable(d) || (seg == SEG_SS && (!writable(d) || (sel & 3) != 3)))
		return refuse(cpu, TRAP_GP, sel);
	if (!desc_present(d))
		return refuse(cpu, seg == SEG_SS ? TRAP_SS : TRAP_NP, sel);
	set_seg(cpu, seg, sel, desc_base(d));
	return true;
}

static void reload(struct cpu *cpu, int seg)
{
	uint32_t base;
	bool ok;

	base = i386_desc_base(cpu, cpu->i386.sel[seg], &ok);
	set_seg(cpu, seg, ok ? cpu->i386.sel[seg] : 0, base);
}

void i386_reload_segs(struct cpu *cpu)
{
	static const unsigned char all[] = {SEG_ES, SEG_DS, SEG_SS, SEG_FS, SEG_GS};

	for (unsigned i = 0; i < sizeof all; i++)
		reload(cpu, all[i]);
}

/* A descriptor changed: registers that hold it see the new one at once. */
static void refresh(struct cpu *cpu, uint32_t sel)
{
	static const unsigned char data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};

	for (unsigned i = 0; i < sizeof data; i++) {
		if ((cpu->i386.sel[data[i]] | 3) == (sel | 3))
			reload(cpu, data[i]);
	}
}

/* ---- instructions that ask about selectors; not being present does not matter to them ---- */

bool i386_lar(struct cpu *cpu, uint32_t sel, uint32_t *ret_rights)
{
	uint64_t d = null(sel) ? 0 : find(cpu, sel);

	if (d)
		*ret_rights = (uint32_t)(d >> 32) & 0x00ffff00;
	return d;
}

bool i386_lsl(struct cpu *cpu, uint32_t sel, uint32_t *ret_limit)
{
	uint64_t d = null(sel) ? 0 : find(cpu, sel);

	if (d)
		*ret_limit = d >> 55 & 1 ? desc_raw_limit(d) << 12 | 0xfff : desc_raw_limit(d);
	return d;
}

bool i386_verr(struct cpu *cpu, uint32_t sel)
{
	uint64_t d = null(sel) ? 0 : find(cpu, sel);

	return d && readable(d);
}

bool i386_verw(struct cpu *cpu, uint32_t sel)
{
	uint64_t d = null(sel) ? 0 : find(cpu, sel);

	return d && writable(d);
}

/* ---- struct user_desc ---- */

struct user_desc {
	uint32_t entry, base, limit, flags;
};
enum {
	UD_32BIT = 1,
	UD_CONTENTS = 6, /* two bits: data, expand-down data, code, conforming code */
	UD_READ_EXEC_ONLY = 8,
	UD_PAGES = 16,
	UD_NOT_PRESENT = 32,
	UD_USEABLE = 64,
	UD_LM = 128,
	UD_ALL = 255,
};

/* An all-zero one, or the one that get_thread_area gives for an empty entry. */
static bool empty(const struct user_desc *u)
{
	uint32_t f = u->flags & (UD_ALL & ~UD_LM);

	if (u->base || u->limit)
		return false;
	return f == (UD_READ_EXEC_ONLY | UD_NOT_PRESENT) || f == 0;
}

/* LDT entries: only the second form means empty. */
static bool ldt_empty(const struct user_desc *u)
{
	return empty(u) && u->flags & UD_NOT_PRESENT;
}

static uint64_t desc_make(const struct user_desc *u)
{
	uint64_t base = u->base, limit = u->limit, d;
	unsigned f = u->flags;
	unsigned type = 1 | (f & UD_READ_EXEC_ONLY ? 0 : TYPE_RW) | (f & UD_CONTENTS) << 1;

	d = (limit & 0xffff) | (base & 0xffffff) << 16 | (limit >> 16 & 0xf) << 48 | (base >> 24) << 56;
	d |= (uint64_t)type << 40 | 0xfull << 44; /* S, DPL 3, and P */
	if (f & UD_NOT_PRESENT)
		d &= ~(1ull << 47);
	if (f & UD_USEABLE)
		d |= 1ull << 52;
	if (f & UD_32BIT)
		d |= 1ull << 54;
	if (f & UD_PAGES)
		d |= 1ull << 55;
	return d;
}

static struct user_desc desc_show(uint32_t entry, uint64_t d)
{
	struct user_desc u = {.entry = entry, .base = desc_base(d), .limit = desc_raw_limit(d)};
	unsigned type = desc_type(d);

	u.flags = (d >> 54 & 1 ? UD_32BIT : 0) | (type >> 1 & UD_CONTENTS) | (type & TYPE_RW ? 0 : UD_READ_EXEC_ONLY) |
		  (d >> 55 & 1 ? UD_PAGES : 0) | (desc_present(d) ? 0 : UD_NOT_PRESENT) | (d >> 52 & 1 ? UD_USEABLE : 0) |
		  (d >> 53 & 1 ? UD_LM : 0);
	return u;
}

/* ---- thread areas ---- */

static bool tls_okay(const struct user_desc *u)
{
	if (empty(u) && !(u->flags & UD_LM))
		return true;
	return u->flags & UD_32BIT && (u->flags & UD_CONTENTS) <= 2 && !(u->flags & (UD_NOT_PRESENT | UD_LM));
}

static int free_tls(const struct cpu *cpu)
{
	for (int i = 0; i < 3; i++) {
		if (!cpu->i386.tls[i])
			return GDT_TLS + i;
	}
	return -ESRCH;
}

static gret set_area(struct cpu *cpu, gaddr at, bool allocate)
{
	struct user_desc u;
	int entry;

	TRY(guest_get(&u, at));
	if (!tls_okay(&u))
		return -EINVAL;
	entry = (int)u.entry;
	if (entry == -1 && allocate) {
		entry = free_tls(cpu);
		if (entry < 0)
			return entry;
		TRY(guest_put(at, &entry));
	}
	if (entry < GDT_TLS || entry > GDT_TLS + 2)
		return -EINVAL;
	cpu->i386.tls[entry - GDT_TLS] = empty(&u) ? 0 : desc_make(&u);
	refresh(cpu, (uint32_t)entry << 3);
	return 0;
}

int i386_set_tls(struct cpu *cpu, uint32_t tls)
{
	return (int)set_area(cpu, ga(tls), false);
}

gret i386_set_thread_area(struct cpu *cpu, gaddr desc)
{
	return set_area(cpu, desc, true);
}

gret i386_get_thread_area(struct cpu *cpu, gaddr desc)
{
	struct user_desc u;
	uint32_t entry;

	TRY(guest_get(&entry, desc));
	if (entry < GDT_TLS || entry > GDT_TLS + 2)
		return -EINVAL;
	u = desc_show(entry, cpu->i386.tls[entry - GDT_TLS]);
	return guest_put(desc, &u);
}

/* ---- the LDT ---- */

static gret clear_guest(gaddr at, uint32_t n)
{
	static const char zero[GUEST_PAGE];

	for (uint32_t done = 0; done < n; done += sizeof zero)
		TRY(guest_write(ga_add(at, done), zero, n - done < sizeof zero ? n - done : sizeof zero));
	return 0;
}

static gret read_ldt(gaddr at, uint32_t bytes)
{
	uint32_t have = __atomic_load_n(&ldt_used, __ATOMIC_ACQUIRE) * 8;

	if (!have)
		return 0;
	bytes = bytes > LDT_SIZE ? LDT_SIZE : bytes;
	have = have > bytes ? bytes : have;
	TRY(guest_write(at, ldt, have));
	TRY(clear_guest(ga_add(at, have), bytes - have));
	return bytes;
}

static gret read_default_ldt(gaddr at, uint32_t bytes)
{
	bytes = bytes > 128 ? 128 : bytes;
	TRY(clear_guest(at, bytes));
	return bytes;
}

static bool ldt_make(void)
{
	long p;

	if (ldt)
		return true;
	p = sys_raw(SYS_mmap, NULL, LDT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p < 0)
		return false;
	ldt = (uint64_t *)p;
	return true;
}

static gret put_ldt(uint32_t entry, uint64_t d)
{
	bool made;

	lock_take(&i386_ldt_lock);
	made = ldt_make();
	if (made) {
		__atomic_store_n(&ldt[entry], d, __ATOMIC_RELAXED);
		if (entry >= ldt_used)
			__atomic_store_n(&ldt_used, entry + 1, __ATOMIC_RELEASE);
	}
	lock_drop(&i386_ldt_lock);
	return made ? 0 : -ENOMEM;
}

static gret write_ldt(struct cpu *cpu, gaddr at, uint32_t bytes, bool old)
{
	struct user_desc u;
	uint64_t d = 0;

	if (bytes != sizeof u)
		return -EINVAL;
	TRY(guest_get(&u, at));
	if (u.entry >= LDT_ENTRIES)
		return -EINVAL;
	if ((u.flags & UD_CONTENTS) == UD_CONTENTS && (old || !(u.flags & UD_NOT_PRESENT)))
		return -EINVAL;
	if (!(old && !u.base && !u.limit) && !ldt_empty(&u)) {
		if (old)
			u.flags &= ~(uint32_t)UD_USEABLE;
		d = desc_make(&u);
	}
	TRY(put_ldt(u.entry, d));
	refresh(cpu, u.entry << 3 | 4);
	return 0;
}

gret i386_modify_ldt(struct cpu *cpu, int func, gaddr ptr, uint32_t bytes)
{
	switch (func) {
	case 0:
		return read_ldt(ptr, bytes);
	case 1:
		return write_ldt(cpu, ptr, bytes, true);
	case 2:
		return read_default_ldt(ptr, bytes);
	case 0x11:
		return write_ldt(cpu, ptr, bytes, false);
	}
	return -ENOSYS;
}

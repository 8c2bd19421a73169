/* SPDX-License-Identifier: MIT */
/* Mapping a checked image and its interpreter, and the first stack: addresses and layout as fs/binfmt_elf.c makes them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "emu/populate.h"
#include "emu/window.h"
#include "loader/loader.h"
#include "syscalls/proc.h"
#include "syscalls/process.h"
#include "syscalls/row.h"

#define MIN_GAP (128u << 20)             /* between stack top and the mmap area: arch/x86/mm/mmap.c */
#define MAX_GAP(task) ((task) / 6 * 5)
#define STACK_RANDOM (16u << 20)
#define STACK_GUARD_GAP (256 * GUEST_PAGE)
#define STACK_FIRST (132u << 10)         /* mapped at once; it grows from there */

static uint32_t round_page(uint32_t n)
{
	return (n + GUEST_PAGE_MASK) & ~GUEST_PAGE_MASK;
}

/* Chance for where things are, had by one call. */
static uint32_t random32(bool aslr, uint32_t mask)
{
	static AT_START uint32_t pool[8];
	static unsigned left;

	if (!aslr)
		return 0;
	if (!left) {
		sys_raw(SYS_getrandom, pool, sizeof pool, 1);
		left = sizeof pool / sizeof pool[0];
	}
	return pool[--left] & mask;
}

/* ---- segments ---- */

static int prot_of(const Elf32_Phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) | (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Zero from the end of the file's part to the end of its page. */
static int zero_tail(uint32_t at)
{
	static const uint8_t zeros[GUEST_PAGE];
	uint32_t n = -at & GUEST_PAGE_MASK;

	return n ? guest_write(ga(at), zeros, n) : 0;
}

/* The few pages of variables that a small program or the dynamic linker has are all written before it is at its main(). */
#define SMALL_DATA (8 * GUEST_PAGE)

static void populate_data(const Elf32_Phdr *ph, uint32_t start, uint32_t end)
{
	if (ph->p_flags & PF_W && ph->p_memsz <= SMALL_DATA)
		populate((const void *)(window_base + start), end - start);
}

static int map_segment(const struct image *im, const Elf32_Phdr *ph, uint32_t bias)
{
	uint32_t addr = ph->p_vaddr + bias, page = addr & ~GUEST_PAGE_MASK;
	uint32_t file_end = addr + ph->p_filesz, mem_end = addr + ph->p_memsz;
	int prot = prot_of(ph);
	gret r;

	if (ph->p_filesz) {
		r = window_mmap(ga(page), round_page(file_end) - page, prot, MAP_PRIVATE | MAP_FIXED, im->fd,
				ph->p_offset & ~GUEST_PAGE_MASK);
		if (r < 0)
			return r;
		populate_data(ph, page, file_end);
		if (ph->p_memsz > ph->p_filesz && prot & PROT_WRITE) { /* the kernel does not mind that it cannot elsewhere */
			r = zero_tail(file_end);
			if (r < 0)
				return r;
		}
		page = round_page(file_end);
	}
	if (round_page(mem_end) <= page)
		return 0;
	r = window_mmap(ga(page), round_page(mem_end) - page, prot, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
	if (r < 0)
		return r;
	populate_data(ph, page, mem_end);
	return 0;
}

static uint32_t max_align(const struct image *im)
{
	uint32_t align = GUEST_PAGE;

	for (unsigned i = 0; i < im->eh.e_phnum; i++) {
		uint32_t a = im->ph[i].p_align;

		if (im->ph[i].p_type == PT_LOAD && a > align && !(a & (a - 1)))
			align = a;
	}
	return align;
}

/* Of a program with addresses of its own only the first segment must meet nothing (fs/binfmt_elf.c). */
static gret find_fixed(const struct image *im)
{
	const Elf32_Phdr *ph = im->ph;
	uint32_t from, end;

	while (ph->p_type != PT_LOAD || !ph->p_memsz)
		ph++;
	from = ph->p_vaddr & ~GUEST_PAGE_MASK;
	end = round_page(ph->p_vaddr + ph->p_filesz);
	return end == from ? 0 : window_find(ga(from), end - from, MAP_FIXED_NOREPLACE);
}

static gret find_place(const struct image *im, uint32_t want, uint32_t *ret_bias)
{
	gret r = window_find(ga(want & ~(max_align(im) - 1)), im->span_high - im->span_low, want ? MAP_FIXED_NOREPLACE : 0);

	*ret_bias = (uint32_t)r - im->span_low;
	return r == -EEXIST ? -ENOMEM : r;
}

static int map_image(const struct image *im, uint32_t want, uint32_t *ret_bias)
{
	gret r;

	*ret_bias = 0;
	r = im->eh.e_type == ET_EXEC ? find_fixed(im) : find_place(im, want, ret_bias);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < im->eh.e_phnum; i++)
		if (im->ph[i].p_type == PT_LOAD && im->ph[i].p_memsz) {
			r = map_segment(im, &im->ph[i], *ret_bias);
			if (r < 0)
				return r;
		}
	return 0;
}

static uint32_t phdr_addr(const struct image *im, uint32_t bias)
{
	for (unsigned i = 0; i < im->eh.e_phnum; i++) {
		const Elf32_Phdr *ph = &im->ph[i];

		if (ph->p_type == PT_LOAD && ph->p_offset <= im->eh.e_phoff && im->eh.e_phoff < ph->p_offset + ph->p_filesz)
			return im->eh.e_phoff - ph->p_offset + ph->p_vaddr + bias;
	}
	return 0;
}

/* ---- address space ---- */

static void layout(const struct guest *g, bool aslr, uint32_t *ret_stack_top)
{
	struct rlimit rl = {.rlim_cur = 8 << 20};
	uint32_t gap, rnd = random32(aslr, 0xff) << 12; /* 8 bits: vm.mmap_rnd_compat_bits */

	if (window_getrlimit(RLIMIT_STACK, &rl) < 0)
		getrlimit(RLIMIT_STACK, &rl);
	gap = rl.rlim_cur > MAX_GAP(g->task_size) ? MAX_GAP(g->task_size) : rl.rlim_cur;
	if (gap + STACK_RANDOM + STACK_GUARD_GAP > gap)
		gap += STACK_RANDOM + STACK_GUARD_GAP;
	if (gap < MIN_GAP)
		gap = MIN_GAP;
	if (gap > MAX_GAP(g->task_size))
		gap = MAX_GAP(g->task_size);
	*ret_stack_top = (g->task_size - (random32(aslr, 0x7ff) << 12)) & ~GUEST_PAGE_MASK;
	window_layout.task_size = g->task_size;
	window_layout.mmap_base = (g->task_size - gap - rnd) & ~GUEST_PAGE_MASK;
	window_layout.stack_low = *ret_stack_top - (gap < rl.rlim_cur ? gap : (uint32_t)rl.rlim_cur);
}

/* ---- the stack ---- */

struct stack {
	uint32_t sp;
	bool failed;
};

static uint32_t put(struct stack *s, const void *bytes, uint32_t n)
{
	s->sp -= n;
	if (guest_write(ga(s->sp), bytes, n) < 0)
		s->failed = true;
	return s->sp;
}

static uint32_t put_str(struct stack *s, const char *str)
{
	return put(s, str, strlen(str) + 1);
}

struct auxv {
	uint32_t word[64];
	unsigned n;
};

static void aux(struct auxv *v, uint32_t type, uint32_t value)
{
	v->word[v->n++] = type;
	v->word[v->n++] = value;
}

/* Order as create_elf_tables() writes it. */
static void fill_auxv(struct auxv *v, const struct image *im, const struct start *st, uint32_t bias, uint32_t interp_base,
		      uint32_t vdso)
{
	const struct guest *g = im->guest;

	if (vdso && g->vdso_vsyscall)
		aux(v, 32, vdso + g->vdso_vsyscall); /* AT_SYSINFO */
	if (vdso)
		aux(v, AT_SYSINFO_EHDR, vdso);
	aux(v, 51, getauxval(51) ? getauxval(51) : 2048); /* AT_MINSIGSTKSZ */
	aux(v, AT_HWCAP, g->hwcap);
	aux(v, AT_PAGESZ, GUEST_PAGE);
	aux(v, AT_CLKTCK, 100);
	aux(v, AT_PHDR, phdr_addr(im, bias));
	aux(v, AT_PHENT, sizeof(Elf32_Phdr));
	aux(v, AT_PHNUM, im->eh.e_phnum);
	aux(v, AT_BASE, interp_base);
	aux(v, AT_FLAGS, 0); /* a kernel that has the program run itself says no more */
	aux(v, AT_ENTRY, im->eh.e_entry + bias);
	aux(v, AT_UID, getauxval(AT_UID));
	aux(v, AT_EUID, getauxval(AT_EUID));
	aux(v, AT_GID, getauxval(AT_GID));
	aux(v, AT_EGID, getauxval(AT_EGID));
	aux(v, AT_SECURE, st->secure);
}

static uint32_t put_strings(struct stack *s, const char **str, unsigned n)
{
	for (unsigned i = n; i-- > 0;)
		put_str(s, str[i]);
	return s->sp;
}

/* Pointers to n strings that lie one behind the other from str on, and a NULL; the address behind it. */
static uint32_t put_pointers(uint32_t at, const char **strings, unsigned n, uint32_t str)
{
	uint32_t null = 0;

	for (unsigned k = 0; k < n; k++, at += 4) {
		guest_write(ga(at), &str, 4);
		str += strlen(strings[k]) + 1;
	}
	guest_write(ga(at), &null, 4);
	return at + 4;
}

static int build_stack(struct cpu *cpu, const struct image *im, const struct start *st, struct stack *s, struct auxv *v, bool aslr)
{
	uint32_t zero = 0, execfn, arg_start, arg_end, env_start, env_end, random, platform, words, at;
	uint8_t bytes[16];

	put(s, &zero, 4);
	execfn = put_str(s, st->execfn);
	env_end = s->sp;
	env_start = put_strings(s, st->envp, st->envc);
	arg_end = s->sp;
	arg_start = put_strings(s, st->argv, st->argc);
	s->sp = (s->sp - random32(aslr, 8191)) & ~15u;
	platform = put_str(s, im->guest->platform);
	sys_raw(SYS_getrandom, bytes, sizeof bytes, 0);
	random = put(s, bytes, sizeof bytes);
	aux(v, AT_RANDOM, random);
	aux(v, AT_HWCAP2, im->guest->hwcap2);
	aux(v, AT_EXECFN, execfn);
	aux(v, AT_PLATFORM, platform);
	aux(v, AT_NULL, 0);
	words = 1 + st->argc + 1 + st->envc + 1 + v->n;
	s->sp = ((s->sp & ~15u) - words * 4) & ~15u;
	at = s->sp;
	if (guest_write(ga(at), &st->argc, 4) < 0)
		return -EFAULT;
	at = put_pointers(at + 4, st->argv, st->argc, arg_start);
	at = put_pointers(at, st->envp, st->envc, env_start);
	if (guest_write(ga(at), v->word, v->n * 4) < 0 || s->failed)
		return -EFAULT;
	proc_self.arg_start = arg_start;
	proc_self.arg_end = arg_end;
	proc_self.env_start = env_start;
	proc_self.env_end = env_end;
	proc_self.auxv = at;
	proc_self.auxv_size = v->n * 4;
	proc_self.start_stack = s->sp;
	(void)cpu;
	return 0;
}

static uint32_t stack_need(const struct start *st)
{
	uint64_t n = strlen(st->execfn) + 16384;

	for (unsigned i = 0; i < st->argc; i++)
		n += strlen(st->argv[i]) + 5;
	for (unsigned i = 0; i < st->envc; i++)
		n += strlen(st->envp[i]) + 5;
	return n > 1u << 30 ? 1u << 30 : n;
}

static int map_stack(const struct image *im, uint32_t top, const struct start *st, bool exec)
{
	uint32_t size = round_page(stack_need(st)) + STACK_FIRST;
	gret r = window_mmap(ga(top - size), size, PROT_READ | PROT_WRITE | (exec ? PROT_EXEC : 0),
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN | MAP_STACK, -1, 0);

	(void)im;
	return r < 0 ? r : 0;
}

/* ---- the interpreter ---- */

static int open_interp(const struct image *im, struct image *interp, struct complaint *bad)
{
	char buf[PATH_MAX];
	const char *path = prefix_path(im->interp, buf);
	int fd = sys_raw(SYS_open, path, O_RDONLY | O_CLOEXEC, 0), r;

	if (fd < 0) {
		snprintf(bad->why, sizeof bad->why, "its interpreter %.200s is not here", im->interp);
		snprintf(bad->hint, sizeof bad->hint, "say -L DIR with a directory that holds the %s libraries, or install libc6:%s",
			 im->guest->name, im->guest->name);
		return fd;
	}
	r = image_read(interp, fd, bad);
	if (r == 0 && interp->guest != im->guest)
		r = -ELIBBAD;
	if (r < 0) {
		snprintf(bad->why, sizeof bad->why, "its interpreter %.200s is no %s program", im->interp, im->guest->name);
		r = -ELIBBAD;
	}
	return r;
}

/* Up to three numbers with dots between them. Not by sscanf(): every start comes here, and that is slow. */
static int release_number(const char *s)
{
	unsigned part[3] = {0};

	for (unsigned i = 0; i < 3; i++, s++) {
		for (; *s >= '0' && *s <= '9'; s++)
			part[i] = part[i] * 10 + (*s - '0');
		if (*s != '.')
			break;
	}
	return part[0] << 16 | (part[1] & 255) << 8 | (part[2] > 255 ? 255 : part[2]);
}

static int check_release(const struct image *im, struct complaint *bad)
{
	struct {
		char field[6][65];
	} u;
	const char *have = uname_release;

	if (!have) {
		sys_raw(SYS_uname, &u);
		have = u.field[2];
	}
	if (!im->need_release || release_number(have) >= (int)im->need_release)
		return 0;
	snprintf(bad->why, sizeof bad->why, "it needs Linux %u.%u.%u or later, and is told %s", im->need_release >> 16,
		 im->need_release >> 8 & 255, im->need_release & 255, have);
	snprintf(bad->hint, sizeof bad->hint, "-r %u.%u.%u makes uname say so", im->need_release >> 16,
		 im->need_release >> 8 & 255, im->need_release & 255);
	return -ENOEXEC;
}

static void set_brk(const struct image *im, uint32_t bias, bool aslr)
{
	uint32_t end = 0;

	for (unsigned i = 0; i < im->eh.e_phnum; i++)
		if (im->ph[i].p_type == PT_LOAD && im->ph[i].p_vaddr + im->ph[i].p_memsz > end)
			end = im->ph[i].p_vaddr + im->ph[i].p_memsz;
	window_layout.brk_start = round_page(end + bias) + (random32(aslr, 0x1fff) << 12);
}

int program_load(struct cpu *cpu, const struct image *im, const struct start *st, struct complaint *bad)
{
	static AT_START struct image interp;
	const struct guest *g = im->guest;
	struct auxv v = {.n = 0};
	struct stack s = {0};
	uint32_t bias = 0, ibias = 0, top, vdso, entry;
	uint32_t persona = (uint32_t)sys_raw(SYS_personality, 0xffffffff);
	bool aslr = !(persona & ADDR_NO_RANDOMIZE), pie = im->eh.e_type == ET_DYN && im->interp[0];
	int r = check_release(im, bad);

	if (r < 0)
		return r;
	if (im->interp[0]) {
		r = open_interp(im, &interp, bad);
		if (r < 0)
			return r;
	}
	snprintf(bad->why, sizeof bad->why, "it does not fit into the address space");
	layout(g, aslr, &top);
	window_layout.read_implies_exec = im->exec_stack || persona & READ_IMPLIES_EXEC;
	r = map_stack(im, top, st, im->exec_stack);
	if (r == 0)
		r = map_image(im, pie ? g->elf_et_dyn_base + (random32(aslr, 0xff) << 12) : 0, &bias);
	if (r < 0)
		return r;
	set_brk(im, bias, aslr);
	entry = im->eh.e_entry + bias;
	if (im->interp[0]) {
		r = map_image(&interp, 0, &ibias);
		if (r < 0)
			return r;
		entry = interp.eh.e_entry + ibias;
		sys_raw(SYS_close, interp.fd);
	}
	vdso = vdso_map(g);
	if (g->map_pages) {
		r = g->map_pages();
		if (r < 0)
			return r;
	}
	fill_auxv(&v, im, st, bias, im->interp[0] ? interp.span_low + ibias : 0, vdso);
	s.sp = top;
	r = build_stack(cpu, im, st, &s, &v, aslr);
	if (r < 0)
		return r;
	proc_self.start_code = im->span_low + bias;
	proc_self.end_code = im->span_high + bias;
	proc_self.vdso = vdso;
	proc_self.vdso_end = vdso ? vdso + round_page(g->vdso_end - g->vdso) : 0;
	g->start(cpu, entry, s.sp);
	return 0;
}

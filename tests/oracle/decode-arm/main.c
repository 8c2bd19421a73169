/* SPDX-License-Identifier: MIT */
/*
 * decode-arm: the A32 and T32 decoder against capstone, instruction by instruction, each by itself and outside IT blocks.
 * With files or directories: every executable section of every ARM ELF file there. The state is what mapping symbols ($a $t $d) say;
 * without them, A32 in .plt and elsewhere that of the last function before it in .dynsym, before the first that of the entry point. Where
 * that is wrong, or data, the bits are as good as any: both read the same.
 * With --synthetic N: every 16-bit instruction, and N random ones of 32 bits in each state.
 * Validity, lengths and operands must be equal, or the difference is in known.c with its reason.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reading.h"
#include "tests/oracle/elf_files.h"

static csh handle[2];
static cs_insn *insn[2];
static unsigned passed, failed, n_files, show = 40;
static uint64_t n_insns;
static char where[128];

/* Findings, one for each kind; and known differences by reason. */
#define MAX_KINDS 4096
static struct kind {
	char text[128];
	uint64_t count;
	uint32_t bits;
	char example[288], where[128];
} findings[MAX_KINDS], known[MAX_KINDS];
static unsigned n_findings, n_known;

static struct kind *count(struct kind *kinds, unsigned *n, const char *text)
{
	struct kind *k = kinds;

	while (k < kinds + *n && strcmp(k->text, text))
		k++;
	if (k == kinds + *n) {
		if (*n == MAX_KINDS)
			return kinds;
		++*n;
		snprintf(k->text, sizeof k->text, "%s", text);
	}
	k->count++;
	return k;
}

static const char *differs(const struct reading *r)
{
	bool valid = r->ours.op != ARM_UDF, theirs = r->theirs_valid && r->cs->id != ARM_INS_UDF && r->cs->id != ARM_INS_TRAP;

	if (valid != theirs)
		return valid ? "only ours" : "only theirs";
	if (!valid)
		return NULL;
	return r->theirs != r->len ? "length" : operands_differ(r);
}

static bool compare(uint32_t bits, unsigned len, bool thumb, uint32_t pc)
{
	uint8_t bytes[4] = {bits, bits >> 8, bits >> 16, bits >> 24}, in, out;
	const uint8_t *at = bytes;
	uint64_t address = pc;
	size_t n = len;
	struct reading r = {.bits = bits, .len = len, .thumb = thumb, .cs = insn[thumb]};
	const char *what, *why;
	struct kind *k;
	char text[128];

	if (thumb && len == 4) {
		memcpy(bytes, (uint8_t[]){bits >> 16, bits >> 24, bits, bits >> 8}, 4);
	}
	arm_decode(&r.ours, bits, len, pc | thumb, 0, &in, &out);
	r.theirs_valid = cs_disasm_iter(handle[thumb], &at, &n, &address, insn[thumb]);
	r.theirs = r.theirs_valid ? r.cs->size : 0;
	if (thumb && len == 2 && bits >> 8 == 0xbf && bits & 15) { /* capstone would go on in the IT block */
		cs_insn *one = NULL;

		n = cs_disasm(handle[1], (const uint8_t *)"\x00\xbf", 2, 0, 1, &one);
		if (n)
			cs_free(one, n);
	}
	n_insns++;
	what = differs(&r);
	if (!what)
		return true;
	why = known_difference(&r, what);
	if (why) {
		count(known, &n_known, why);
		return true;
	}
	snprintf(text, sizeof text, "%s %s: %s, %s", thumb ? "t32" : "a32", what, op_name(r.ours.op),
		 r.theirs_valid ? cs_insn_name(handle[thumb], r.cs->id) : "(invalid)");
	k = count(findings, &n_findings, text);
	if (k->count == 1) {
		k->bits = bits;
		snprintf(k->example, sizeof k->example, "%0*x %s %s", len * 2, bits, r.theirs_valid ? r.cs->mnemonic : "", r.theirs_valid ? r.cs->op_str : "");
		strcpy(k->where, where);
	}
	return false;
}

static void part_done(const char *name, unsigned bad)
{
	if (bad) {
		failed++;
		printf("FAILED  %s: %u differences\n", name, bad);
	} else {
		passed++;
	}
}

/* ---- real code ---- */

/* Where the state changes: 'a' 't' 'd', by address. */
struct change {
	uint32_t at;
	char state;
};

static struct change *changes;
static unsigned n_changes;
static bool mapped; /* by mapping symbols */

static int by_address(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void symbols(const struct elf_file *f, unsigned type, bool mapping)
{
	for (unsigned i = 0; i < f->e->e_shnum; i++) {
		const Elf32_Shdr *h = &f->s[i], *sh = h->sh_link < f->e->e_shnum ? &f->s[h->sh_link] : NULL;
		const Elf32_Sym *y = h->sh_type == type ? elf_inside(f, h->sh_offset, h->sh_size) : NULL;
		const char *strings = sh ? elf_inside(f, sh->sh_offset, sh->sh_size) : NULL;
		unsigned n = h->sh_size / sizeof *y;

		if (!y || !strings || !sh->sh_size || strings[sh->sh_size - 1])
			continue;
		changes = realloc(changes, (n_changes + n) * sizeof *changes);
		for (unsigned k = 0; k < n; k++) {
			const char *name = y[k].st_name < sh->sh_size ? strings + y[k].st_name : "";

			if (mapping && name[0] == '$' && name[1] && strchr("atd", name[1]) && (!name[2] || name[2] == '.'))
				changes[n_changes++] = (struct change){y[k].st_value, name[1]};
			else if (!mapping && ELF32_ST_TYPE(y[k].st_info) == STT_FUNC && y[k].st_shndx)
				changes[n_changes++] = (struct change){y[k].st_value & ~1u, y[k].st_value & 1 ? 't' : 'a'};
		}
	}
}

static void find_states(const struct elf_file *f)
{
	n_changes = 0;
	symbols(f, SHT_SYMTAB, true);
	mapped = n_changes > 0;
	if (!mapped)
		symbols(f, SHT_DYNSYM, false);
	if (n_changes)
		qsort(changes, n_changes, sizeof *changes, by_address);
}

static unsigned sweep_section(const struct elf_file *f, unsigned number, const uint8_t *p)
{
	const Elf32_Shdr *h = &f->s[number], *strs = f->e->e_shstrndx < f->e->e_shnum ? &f->s[f->e->e_shstrndx] : NULL;
	const char *title = strs ? elf_inside(f, (uint64_t)strs->sh_offset + h->sh_name, 5) : NULL;
	bool plt = title && !memcmp(title, ".plt", 4);
	uint32_t size = h->sh_size, addr = h->sh_addr;
	char state = plt || mapped || !(f->e->e_entry & 1) ? 'a' : 't';
	unsigned bad = 0, c = 0, len;
	uint32_t bits;

	snprintf(where, sizeof where, "%s section %u", f->name, number);
	for (uint32_t i = 0; i + 2 <= size; i += len) {
		for (; c < n_changes && changes[c].at <= addr + i; c++)
			if (changes[c].at >= addr)
				state = changes[c].state;
		len = state == 't' ? arm_fetch_insn(p + i, size - i, true, &bits) : state == 'a' ? arm_fetch_insn(p + i, size - i, false, &bits) : 0;
		if (len)
			bad += !compare(bits, len, state == 't', addr + i);
		else
			len = 2;
	}
	return bad;
}

static void sweep_elf(const struct elf_file *f, const char *path)
{
	unsigned bad;

	find_states(f);
	if (!elf_code(f, sweep_section, &bad))
		return;
	n_files++;
	part_done(path, bad);
}

/* ---- random encodings ---- */

static uint32_t rnd(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state * 0x2545f4914f6cdd1d) >> 32;
}

static void synthetic(unsigned n)
{
	unsigned bad = 0;

	strcpy(where, "16 bits");
	for (uint32_t bits = 0; bits < 0xe800; bits++)
		bad += !compare(bits, 2, true, 0x8000);
	part_done(where, bad);
	strcpy(where, "random T32");
	bad = 0;
	for (unsigned k = 0; k < n; k++) {
		uint32_t bits = rnd();

		bad += !compare(bits >> 27 >= 0x1d ? bits : bits | 0xe8000000 | rnd() << 27, 4, true, 0x8000);
	}
	part_done(where, bad);
	strcpy(where, "random A32");
	bad = 0;
	for (unsigned k = 0; k < n; k++)
		bad += !compare(k & 3 ? (rnd() & 0x0fffffff) | 0xe0000000 : rnd(), 4, false, 0x8000);
	part_done(where, bad);
}

static int by_count(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : strcmp(x->text, y->text);
}

static void start(bool thumb)
{
	if (cs_open(CS_ARCH_ARM, (thumb ? CS_MODE_THUMB : CS_MODE_ARM) | CS_MODE_V8, &handle[thumb])) {
		fputs("decode-arm: capstone does not start\n", stderr);
		exit(2);
	}
	cs_option(handle[thumb], CS_OPT_DETAIL, CS_OPT_ON);
	insn[thumb] = cs_malloc(handle[thumb]);
}

int main(int argc, char **argv)
{
	unsigned want = 0;

	start(false);
	start(true);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--synthetic") && i + 1 < argc) {
			synthetic((unsigned)atoi(argv[++i]));
		} else if (!strcmp(argv[i], "--show") && i + 1 < argc) {
			show = (unsigned)atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--at-least") && i + 1 < argc) {
			want = (unsigned)atoi(argv[++i]);
		} else if (argv[i][0] == '-' || !elf_files(argv[i], EM_ARM, sweep_elf)) {
			fputs("usage: decode-arm [--show KINDS] [--at-least FILES] [--synthetic N] [FILE or DIRECTORY]...\n", stderr);
			return 2;
		}
	}
	if (n_files < want)
		part_done("enough ARM files", want - n_files);
	qsort(findings, n_findings, sizeof *findings, by_count);
	qsort(known, n_known, sizeof *known, by_count);
	for (unsigned i = 0; i < n_findings && i < show; i++)
		printf("%8llu  %-44s %s  first in %s\n", (unsigned long long)findings[i].count, findings[i].text, findings[i].example, findings[i].where);
	for (unsigned i = 0; i < n_known; i++)
		printf("known %10llu  %s\n", (unsigned long long)known[i].count, known[i].text);
	printf("%llu instructions in %u files and the synthetic sweep\n%u passed, %u failed\n", (unsigned long long)n_insns, n_files, passed, failed);
	return failed || !passed;
}

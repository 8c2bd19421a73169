/* SPDX-License-Identifier: MIT */
/*
 * decode-lengths: the i386 decoder against capstone, instruction by instruction.
 * With files or directories: a linear sweep over every executable section of every i386 ELF file there.
 * With --synthetic: every opcode of every map with prefixes, operand bytes and VEX forms.
 * Lengths, validity and the targets of direct branches must be equal, or the difference is in known.c with its reason.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lengths.h"
#include "tests/oracle/elf_files.h"

#define MAX_INSN 15

static csh handle;
static cs_insn *insn;
static unsigned passed, failed, n_files, show = 40;
static uint64_t n_insns, n_known, per_reason[64];

/* Findings, one for each kind of instruction. */
#define MAX_FINDINGS 4096
static struct finding {
	uint64_t key, count;
	uint8_t bytes[MAX_INSN + 1], n;
	char text[288], where[96];
} findings[MAX_FINDINGS];
static unsigned n_findings;
static char where[96];

void read_outline(struct outline *o, const uint8_t *p, size_t avail)
{
	size_t i = 0;

	memset(o, 0, sizeof *o);
	for (; i < avail; i++) {
		uint8_t c = p[i];

		if (c == 0x66)
			o->p66 = true;
		else if (c == 0x67)
			o->p67 = true;
		else if (c == 0xf2)
			o->f2 = true;
		else if (c == 0xf3)
			o->f3 = true;
		else if (c == 0xf0)
			o->lock = true;
		else if (c != 0x26 && c != 0x2e && c != 0x36 && c != 0x3e && c != 0x64 && c != 0x65)
			break;
	}
	o->prefixes = (uint8_t)i;
#define NEXT (i < avail ? p[i++] : 0)
	o->op = NEXT;
	if ((o->op == 0xc4 || o->op == 0xc5) && i < avail && p[i] >= 0xc0) {
		uint8_t b = NEXT;

		o->vex = true;
		o->map = MAP_0F;
		if (o->op == 0xc4) {
			o->map = (b & 31) >= 1 && (b & 31) <= 3 ? (b & 31) : MAP_OTHER;
			b = NEXT;
			o->w = b >> 7;
		}
		o->pp = b & 3;
		o->l = b >> 2 & 1;
		o->vvvv = ~b >> 3 & 15;
		o->op = NEXT;
	} else if (o->op == 0x0f) {
		o->map = MAP_0F;
		o->op = NEXT;
		if (o->op == 0x38 || o->op == 0x3a) {
			o->map = o->op == 0x38 ? MAP_0F38 : MAP_0F3A;
			o->op = NEXT;
		}
	}
	o->modrm = NEXT;
#undef NEXT
}

bool reads_the_same(const struct reading *r, const uint8_t *changed, size_t n)
{
	static cs_insn *other;
	uint64_t address = r->insn.pc;

	if (!other)
		other = cs_malloc(handle);
	return cs_disasm_iter(handle, &changed, &n, &address, other) && !strcmp(other->mnemonic, r->cs->mnemonic) &&
	       !strcmp(other->op_str, r->cs->op_str);
}

/* Opcodes whose meaning is chosen by modrm.reg, or by all of modrm in the register form. */
static bool by_digit(const struct outline *o)
{
	if (o->vex || o->map == MAP_0F38 || o->map == MAP_0F3A)
		return o->map == MAP_0F38 && o->op == 0xf3;
	if (o->map == MAP_0F)
		return o->op <= 0x01 || o->op == 0x0d || o->op == 0x18 || (o->op >= 0x71 && o->op <= 0x73) || o->op == 0xae ||
		       o->op == 0xba || o->op == 0xc7;
	return (o->op >= 0x80 && o->op <= 0x83) || o->op == 0x8f || o->op == 0xc0 || o->op == 0xc1 || o->op == 0xc6 ||
	       o->op == 0xc7 || (o->op >= 0xd0 && o->op <= 0xd3) || (o->op >= 0xd8 && o->op <= 0xdf) || o->op == 0xf6 ||
	       o->op == 0xf7 || o->op >= 0xfe;
}

static void hex(char *out, const uint8_t *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		out += sprintf(out, "%02x ", p[i]);
	*out = 0;
}

static void report(const struct reading *r, const char *what)
{
	const struct outline *o = &r->o;
	uint64_t key = (uint64_t)(uint8_t)what[0] << 56 | (uint64_t)o->map << 48 | (uint64_t)o->op << 40 |
		       (uint64_t)o->vex << 39 | o->pp << 28 | o->l << 27;
	struct finding *f = findings;

	if (o->vex)
		key |= (uint64_t)o->w << 26 | (uint64_t)(o->vvvv != 0) << 25 | (o->modrm >= 0xc0) << 24;
	key |= o->p66 << 16 | o->f2 << 17 | o->f3 << 18 | o->lock << 19 | o->p67 << 20 | (o->modrm >= 0xc0) << 21;
	if (by_digit(o))
		key |= o->modrm & 0x38;
	for (; f < findings + n_findings; f++)
		if (f->key == key) {
			f->count++;
			return;
		}
	if (n_findings == MAX_FINDINGS)
		return;
	n_findings++;
	*f = (struct finding){.key = key, .count = 1, .n = MAX_INSN};
	memcpy(f->bytes, r->bytes, MAX_INSN);
	f->n = r->ours > r->theirs ? r->ours : r->theirs;
	snprintf(f->text, sizeof f->text, "%s: ours %u%s %s, capstone %u %s %s", what, r->ours, r->ours_valid ? "" : " (#UD)",
		 r->insn.op ? r->insn.op->name : "", r->theirs, r->theirs ? r->cs->mnemonic : "(invalid)",
		 r->theirs ? r->cs->op_str : "");
	strcpy(f->where, where);
}

static bool branch_target(const struct reading *r, uint32_t *ret)
{
	const cs_x86 *x = &r->cs->detail->x86;

	if (x->op_count != 1 || x->operands[0].type != X86_OP_IMM)
		return false;
	*ret = (uint32_t)x->operands[0].imm;
	if (r->cs->id == X86_INS_LOOP || r->cs->id == X86_INS_LOOPE || r->cs->id == X86_INS_LOOPNE) /* in no group */
		return true;
	for (unsigned i = 0; i < r->cs->detail->groups_count; i++)
		if (r->cs->detail->groups[i] == X86_GRP_JUMP || r->cs->detail->groups[i] == X86_GRP_CALL)
			return true;
	return false;
}

static bool direct_branch(uint8_t kind)
{
	return kind == K_JMP || kind == K_JCC || kind == K_CALL || kind == K_LOOP || kind == K_JECXZ;
}

/* What differs in words, or NULL. */
static const char *differs(const struct reading *r)
{
	uint32_t target;

	if (!r->ours != !r->theirs && (r->ours_valid || !r->ours || r->theirs))
		return r->ours_valid || !r->ours ? "validity" : strncmp(r->cs->mnemonic, "ud", 2) ? "missing" : NULL;
	if (!r->theirs)
		return NULL;
	if (!r->ours_valid)
		return strncmp(r->cs->mnemonic, "ud", 2) ? "missing" : NULL;
	if (r->ours != r->theirs)
		return "length";
	if (branch_target(r, &target) != direct_branch(r->insn.kind))
		return "branch";
	if (direct_branch(r->insn.kind) && target != r->insn.imm)
		return "target";
	return NULL;
}

/* Read the instruction at p both ways; false for a finding. r tells how far each came. */
static bool compare(struct reading *r, const uint8_t *p, size_t avail, uint32_t pc)
{
	const uint8_t *at = p;
	size_t n = avail;
	uint64_t address = pc;
	const char *what, *why;

	if (n > MAX_INSN)
		avail = n = MAX_INSN;
	*r = (struct reading){.bytes = p, .cs = insn};
	r->ours = i386_decode(&r->insn, p, avail, pc);
	r->ours_valid = r->ours && r->insn.kind != K_UD;
	r->theirs = cs_disasm_iter(handle, &at, &n, &address, insn) ? insn->size : 0;
	n_insns++;
	what = differs(r);
	if (!what)
		return true;
	read_outline(&r->o, p, avail);
	why = known_difference(r);
	if (why) {
		n_known++;
		per_reason[reason_index(why)]++;
		return true;
	}
	report(r, what);
	return false;
}

/* Count a part of the work as a test. */
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

static unsigned sweep_section(const struct elf_file *f, unsigned number, const uint8_t *p)
{
	size_t size = f->s[number].sh_size;
	unsigned bad = 0;

	snprintf(where, sizeof where, "%s section %u", f->name, number);
	for (size_t i = 0; i < size;) {
		struct reading r;

		bad += !compare(&r, p + i, size - i, (uint32_t)(f->s[number].sh_addr + i));
		i += r.theirs ? r.theirs : r.ours_valid ? r.ours : 1;
	}
	return bad;
}

static void sweep_elf(const struct elf_file *f, const char *path)
{
	unsigned bad;

	if (!elf_code(f, sweep_section, &bad))
		return;
	n_files++;
	part_done(path, bad);
}

/* ---- every encoding ---- */

/* The decoder must not look at more than it says, and say when it needs more. */
static bool honest(const struct reading *r, const uint8_t *p)
{
	struct i386_insn i;

	if (!r->ours_valid)
		return true;
	for (unsigned n = 0; n < r->ours; n++)
		if (i386_decode(&i, p, n, 0) != 0)
			return false;
	return i386_decode(&i, p, r->ours, 0) == r->ours;
}

static unsigned one_encoding(const uint8_t *head, unsigned n, unsigned modrm)
{
	static const uint8_t sibs[] = {0x00, 0x24, 0x25, 0x65, 0xe5, 0xbc};
	unsigned bad = 0, n_sibs = modrm < 0xc0 && (modrm & 0x3f) == 4 ? sizeof sibs : 1;

	for (unsigned k = 0; k < n_sibs; k++) {
		uint8_t b[32] = {0};
		struct reading r;

		memcpy(b, head, n);
		b[n] = (uint8_t)modrm;
		b[n + 1] = sibs[k];
		for (unsigned i = n + 2; i < sizeof b; i++)
			b[i] = (uint8_t)(0x11 * (i - n));
		bad += !compare(&r, b, sizeof b, 0x8048000);
		if (k == 0 && (modrm & 0x3f) == 5 && !honest(&r, b)) {
			report(&r, "short buffer");
			bad++;
		}
	}
	return bad;
}

static const struct {
	const char *name;
	uint8_t n, bytes[6];
} prefix_sets[] = {
    {"no prefix", 0, {0}},
    {"66", 1, {0x66}},
    {"f3", 1, {0xf3}},
    {"f2", 1, {0xf2}},
    {"67", 1, {0x67}},
    {"lock", 1, {0xf0}},
    {"gs", 1, {0x65}},
    {"66 f3", 2, {0x66, 0xf3}},
    {"f2 66", 2, {0xf2, 0x66}},
    {"f2 f3", 2, {0xf2, 0xf3}},
    {"f3 f2", 2, {0xf3, 0xf2}},
    {"66 67", 2, {0x66, 0x67}},
    {"66 66 2e", 3, {0x66, 0x66, 0x2e}},
    {"f2 lock", 2, {0xf2, 0xf0}},
    {"lock 66", 2, {0xf0, 0x66}},
};

/* The operand bytes: every mod and reg, and the rm that are forms of their own. */
static unsigned operands(const uint8_t *head, unsigned n)
{
	static const uint8_t rms[] = {0, 4, 5, 7};
	unsigned bad = 0;

	for (unsigned i = 0; i < 32 * sizeof rms; i++)
		bad += one_encoding(head, n, (i / sizeof rms) << 3 | rms[i % sizeof rms]);
	return bad;
}

static void synthetic_legacy(void)
{
	static const uint8_t escapes[4][3] = {{0}, {1, 0x0f}, {2, 0x0f, 0x38}, {2, 0x0f, 0x3a}};

	for (unsigned p = 0; p < sizeof prefix_sets / sizeof *prefix_sets; p++)
		for (unsigned map = 0; map < 4; map++) {
			unsigned bad = 0, n = prefix_sets[p].n;
			uint8_t head[8];

			snprintf(where, sizeof where, "prefixes %s, map %u", prefix_sets[p].name, map);
			memcpy(head, prefix_sets[p].bytes, n);
			memcpy(head + n, escapes[map] + 1, escapes[map][0]);
			n += escapes[map][0];
			for (unsigned op = 0; op < 256; op++) {
				head[n] = (uint8_t)op;
				if (p < 4)
					for (unsigned modrm = 0; modrm < 256; modrm++)
						bad += one_encoding(head, n + 1, modrm);
				else
					bad += operands(head, n + 1);
			}
			part_done(where, bad);
		}
}

static void synthetic_vex(void)
{
	static const uint8_t vvvvs[] = {0xf, 0x8, 0x3}; /* none, 7, 12: its top bit means nothing here */

	for (unsigned map = 0; map < 5; map++)
		for (unsigned last = 0; last < 16 * sizeof vvvvs; last++) {
			uint8_t third = (uint8_t)((last & 8) << 4 | vvvvs[last >> 4] << 3 | (last & 7));
			unsigned bad = 0;

			snprintf(where, sizeof where, "VEX map %u, W %u, vvvv %x, L %u, pp %u", map, third >> 7, third >> 3 & 15,
				 third >> 2 & 1, third & 3);
			for (unsigned op = 0; op < 256; op++) {
				const uint8_t three[] = {0xc4, (uint8_t)(0xe0 | map), third, (uint8_t)op},
					      two[] = {0xc5, third | 0x80, (uint8_t)op};

				bad += operands(three, sizeof three);
				if (map == 1)
					bad += operands(two, sizeof two);
			}
			part_done(where, bad);
		}
}

/* Fifteen bytes are an instruction, sixteen are none. */
static void synthetic_long(void)
{
	uint8_t b[32];
	struct i386_insn i;
	unsigned bad = 0;

	for (unsigned n = 10; n <= 20; n++) {
		memset(b, 0x2e, n);
		memcpy(b + n, "\x89\x05\x01\x02\x03\x04", 6);
		bad += i386_decode(&i, b, 15, 0) != (n + 6 <= 15 ? n + 6 : 0);
	}
	part_done("fifteen bytes at most", bad);
}

static int by_count(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : x->key < y->key ? -1 : 1;
}

static void print_findings(void)
{
	char text[64];

	qsort(findings, n_findings, sizeof *findings, by_count);
	for (unsigned i = 0; i < n_findings && i < show; i++) {
		hex(text, findings[i].bytes, findings[i].n);
		printf("%8llu  %-36s %s\n          first in %s\n", (unsigned long long)findings[i].count, text, findings[i].text,
		       findings[i].where);
	}
	if (n_findings > show)
		printf("          ... and %u more kinds (--show N)\n", n_findings - show);
}

int main(int argc, char **argv)
{
	unsigned want = 0;

	if (cs_open(CS_ARCH_X86, CS_MODE_32, &handle)) {
		fputs("decode-lengths: capstone does not start\n", stderr);
		return 2;
	}
	cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
	insn = cs_malloc(handle);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--synthetic")) {
			synthetic_legacy();
			synthetic_vex();
			synthetic_long();
		} else if (!strcmp(argv[i], "--show") && i + 1 < argc) {
			show = (unsigned)atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--at-least") && i + 1 < argc) {
			want = (unsigned)atoi(argv[++i]);
		} else if (argv[i][0] == '-' || !elf_files(argv[i], EM_386, sweep_elf)) {
			fputs("usage: decode-lengths [--show KINDS] [--at-least FILES] [--synthetic] [FILE or DIRECTORY]...\n",
			      stderr);
			return 2;
		}
	}
	if (n_files < want)
		part_done("enough i386 files", want - n_files);
	print_findings();
	for (unsigned i = 0; i < n_reasons; i++)
		if (per_reason[i])
			printf("known %10llu  %s\n", (unsigned long long)per_reason[i], reason_text(i));
	printf("%llu instructions in %u files and the synthetic sweep, %llu known differences\n%u passed, %u failed\n",
	       (unsigned long long)n_insns, n_files, (unsigned long long)n_known, passed, failed);
	return failed || !passed;
}

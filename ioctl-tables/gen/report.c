/* SPDX-License-Identifier: MIT */
/* What the tables cover: every command of every header, and why those are refused that are. For people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static FILE *start(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

static const char *reason(const struct entry *e, int f)
{
	if (!e->rule)
		return "in no list";
	if (e->rule->kind == RULE_REFUSE)
		return e->rule->reason;
	return e->why_not[f] ? e->why_not[f] : "";
}

static const char *word(const struct entry *e, int f)
{
	return !e->allowed[f] ? "refused" : e->straight[f] ? "straight" : "converted";
}

struct count {
	unsigned straight, converted, refused;
};

static void count(struct count *c, const struct entry *e, int f)
{
	unsigned *n = !e->allowed[f] ? &c->refused : e->straight[f] ? &c->straight : &c->converted;

	(*n)++;
}

static int by_header(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	int r = strcmp(x->cmd->header, y->cmd->header);

	return r ? r : strcmp(x->name, y->name);
}

void emit_report(const struct output *o, const char *path)
{
	FILE *f = start(path);
	g_autoptr(GPtrArray) all = g_ptr_array_copy(o->entries, NULL, NULL);
	struct count total[2] = {0};
	const char *header = "";

	g_ptr_array_sort(all, by_header);
	for (unsigned i = 0; i < all->len; i++)
		for (int abi = 0; abi < 2; abi++)
			count(&total[abi], all->pdata[i], abi * 2);
	fprintf(f, "%s\n\n", o->stamp);
	for (int abi = 0; abi < 2; abi++)
		fprintf(f, "%s: %u commands: %u straight, %u converted, %u refused\n", abi ? "arm" : "i386", all->len, total[abi].straight,
			total[abi].converted, total[abi].refused);
	for (unsigned i = 0; i < all->len; i++) {
		const struct entry *e = all->pdata[i];
		const char *why[2] = {reason(e, 0), reason(e, 2)};

		if (strcmp(header, e->cmd->header)) {
			struct count c = {0};

			header = e->cmd->header;
			for (unsigned k = i; k < all->len && !strcmp(((struct entry *)all->pdata[k])->cmd->header, header); k++)
				count(&c, all->pdata[k], 0);
			fprintf(f, "\n%s: %u straight, %u converted, %u refused\n", header, c.straight, c.converted, c.refused);
		}
		fprintf(f, "  %-40s %-10s %-10s", e->name, word(e, 0), word(e, 2));
		if (e->rule && e->rule->kind == RULE_ALLOW)
			fprintf(f, " [%s]", ((struct class *)o->allow->classes->pdata[e->rule->class])->name);
		if (!e->allowed[0])
			fprintf(f, " %s", why[0]);
		if (!e->allowed[2] && strcmp(why[0], why[1]))
			fprintf(f, " arm: %s", why[1]);
		for (int k = 0; k < 4; k += 2)
			if (e->allowed[k] && !e->allowed[k + 1])
				fprintf(f, " %swith 64-bit times: %s", k ? "arm " : "", e->why_not[k + 1]);
		fputc('\n', f);
	}
	if (o->notes->len)
		fprintf(f, "\nLines of the lists that say nothing about these headers:\n");
	for (unsigned i = 0; i < o->notes->len; i++)
		fprintf(f, "  %s\n", (char *)o->notes->pdata[i]);
	fclose(f);
}

/* strait-ioctl(7) */
void emit_man(const struct output *o, const char *path)
{
	FILE *f = start(path);

	fprintf(f, ".\\\" %s\n.TH STRAIT-IOCTL 7\n.SH NAME\nstrait-ioctl \\- ioctl commands that strait passes on\n.SH DESCRIPTION\n"
		   "An ioctl reaches the host's kernel only if its command is listed here for the kind of file it is made on; any other gets "
		   "ENOTTY, and is reported once. .I strait --list-ioctls\ntells of every command of the kernel's headers whether it is "
		   "allowed, and why not. Classes are what\n.I --ioctl-policy\nnames.\n", o->stamp);
	for (unsigned k = 0; k < o->allow->classes->len; k++) {
		const struct class *c = o->allow->classes->pdata[k];

		fprintf(f, ".SH CLASS %s\nFiles: ", c->name);
		for (unsigned i = 0; i < c->match->len; i++)
			fprintf(f, "%s%s", i ? ", " : "", (char *)c->match->pdata[i]);
		fprintf(f, ".\n");
		if (c->encoded)
			fprintf(f, ".PP\nWith\n.I --ioctl-policy +%s\nalso commands that are not listed: what crosses is as direction and size in the number say.\n", c->name);
		fprintf(f, ".PP\n.nf\n");
		for (unsigned i = 0; i < o->entries->len; i++) {
			const struct entry *e = o->entries->pdata[i];

			if (e->rule && e->rule->kind == RULE_ALLOW && e->rule->class == (int)k && (e->allowed[0] || e->allowed[2]))
				fprintf(f, "%-40s %s%s\n", e->name, word(e, e->allowed[0] ? 0 : 2),
					!e->allowed[0] ? ", arm only" : !e->allowed[2] ? ", i386 only" : "");
		}
		fprintf(f, ".fi\n");
	}
	fclose(f);
}

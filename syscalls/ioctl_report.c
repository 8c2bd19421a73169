/* SPDX-License-Identifier: MIT */
/* What is said about ioctls: a line for each command refused, in words or JSON, and the list of all commands. */
#define _GNU_SOURCE
#include "syscalls/ioctl_report.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ioctl-tables/table.h"
#include "syscalls/row.h"
#include "syscalls/text.h"

int ioctl_audit_fd = -1;

static const char *const dirs[] = {"none", "write", "read", "read and write"};

/* By its number for either guest, those in a class first; NULL: in no header. */
static const struct ioctl_listed *listed(uint32_t cmd)
{
	const struct ioctl_listed *found = NULL;

	for (unsigned i = 0; i < n_ioctl_listed; i++)
		if (ioctl_listed[i].i386 == cmd || ioctl_listed[i].arm == cmd)
			if (!found || (found->class >= n_ioctl_classes && ioctl_listed[i].class < n_ioctl_classes))
				found = &ioctl_listed[i];
	return found;
}

static void file_name(int fd, char *to, size_t size)
{
	struct text t;
	long n;

	text_init(&t);
	text_str(&t, "/proc/self/fd/");
	text_num(&t, fd);
	n = sys_raw(__NR_readlink, text_end(&t), to, size - 1);
	to[n > 0 ? n : 0] = 0;
}

static void quoted(struct text *t, const char *s)
{
	text_char(t, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_char(t, '\\');
		text_char(t, (unsigned char)*s < ' ' ? '?' : *s);
	}
	text_char(t, '"');
}

static const char *reason(const struct ioctl_listed *l, enum ioctl_refusal why)
{
	switch (why) {
	case IOCTL_ELSEWHERE:
		return "not for this kind of device";
	case IOCTL_POLICY:
		return "not by --ioctl-policy";
	case IOCTL_UNLISTED:
		return "not listed for this kind of device; --ioctl-policy +CLASS would pass it as its number says";
	case IOCTL_UNKNOWN:
		break;
	}
	return l && l->reason[0] ? l->reason : "in no list";
}

static void in_words(int fd, uint32_t cmd, const char *path, const struct ioctl_listed *l, const char *because)
{
	struct text t;

	text_init(&t);
	text_str(&t, "ioctl ");
	text_str(&t, l ? l->name : "unknown");
	text_str(&t, " ");
	text_hex(&t, cmd);
	text_str(&t, " on ");
	text_num(&t, fd);
	text_str(&t, " <");
	text_str(&t, path);
	text_str(&t, "> (");
	text_str(&t, dirs[_IOC_DIR(cmd)]);
	text_str(&t, ", type ");
	text_hex(&t, _IOC_TYPE(cmd));
	text_str(&t, ", number ");
	text_num(&t, _IOC_NR(cmd));
	text_str(&t, ", size ");
	text_num(&t, _IOC_SIZE(cmd));
	text_str(&t, "): the guest gets ENOTTY: ");
	text_str(&t, because);
	report_once(cmd ^ 0x80000000u, text_end(&t));
}

static void in_json(int fd, uint32_t cmd, const char *path, const struct ioctl_listed *l, const char *because)
{
	struct text t;

	text_init(&t);
	text_str(&t, "{\"pid\":");
	text_num(&t, sys_raw(__NR_getpid));
	text_str(&t, ",\"ioctl\":");
	quoted(&t, l ? l->name : "");
	text_str(&t, ",\"command\":\"");
	text_hex(&t, cmd);
	text_str(&t, "\",\"direction\":");
	quoted(&t, dirs[_IOC_DIR(cmd)]);
	text_str(&t, ",\"type\":");
	text_num(&t, _IOC_TYPE(cmd));
	text_str(&t, ",\"number\":");
	text_num(&t, _IOC_NR(cmd));
	text_str(&t, ",\"size\":");
	text_num(&t, _IOC_SIZE(cmd));
	text_str(&t, ",\"fd\":");
	text_num(&t, fd);
	text_str(&t, ",\"file\":");
	quoted(&t, path);
	text_str(&t, ",\"reason\":");
	quoted(&t, because);
	text_str(&t, "}\n");
	sys_raw(__NR_write, ioctl_audit_fd, text_end(&t), t.n);
}

gret ioctl_refuse(int fd, uint32_t cmd, enum ioctl_refusal why)
{
	const struct ioctl_listed *l;
	char path[256];
	gret r = sys_raw(__NR_fcntl, fd, F_GETFL);

	if (r < 0)
		return r;
	atomic_fetch_add(&ioctls_unknown, 1);
	l = listed(cmd);
	file_name(fd, path, sizeof path);
	if (ioctl_audit_fd >= 0)
		in_json(fd, cmd, path, l, reason(l, why));
	else
		in_words(fd, cmd, path, l, reason(l, why));
	return -ENOTTY;
}

/* ---- the list ---- */

static const char *const verdicts[] = {"straight", "converted", "refused"};

static const char *class_name(const struct ioctl_listed *l)
{
	return l->class < n_ioctl_classes ? ioctl_classes[l->class].name : "";
}

static void print_quoted(const char *s)
{
	struct text t;

	text_init(&t);
	quoted(&t, s);
	fputs(text_end(&t), stdout);
}

void ioctl_list(bool json)
{
	if (json)
		puts("[");
	for (unsigned i = 0; i < n_ioctl_listed; i++) {
		const struct ioctl_listed *l = &ioctl_listed[i];

		if (!json) {
			printf("%-40s %08x %-10s %08x %-10s %-12s %s%s%s\n", l->name, l->i386, verdicts[l->verdict], l->arm, verdicts[l->verdict_arm],
			       class_name(l), l->header, l->reason[0] ? ": " : "", l->reason);
			continue;
		}
		printf("{\"name\":\"%s\",\"header\":\"%s\",\"class\":\"%s\",\"i386\":\"0x%08x\",\"i386_verdict\":\"%s\",\"arm\":\"0x%08x\",\"arm_verdict\":\"%s\","
		       "\"reason\":", l->name, l->header, class_name(l), l->i386, verdicts[l->verdict], l->arm, verdicts[l->verdict_arm]);
		print_quoted(l->reason);
		puts(i + 1 < n_ioctl_listed ? "}," : "}");
	}
	if (json)
		puts("]");
}

#!/bin/sh
# SPDX-License-Identifier: MIT
# One guest's syscall table in C, from syscalls/rows.list and the numbers in that guest's kernel headers.
# usage: gen-table.sh GUEST rows.list newer.list HEADER... > table-GUEST.c
# A number without a row is listed on stderr; the table then holds its name alone, which answers ENOSYS with a report.
set -eu
guest=$1 rows=$2 newer=$3
shift 3
LC_ALL=C exec awk -v guest="$guest" '
function kind(s) {
	return s ~ /^out:/ ? "A_OUT_N(" substr(s, 5) ")" : "A_" toupper(s)
}

FNR == 1 { file++ }

# rows.list
file == 1 && NF && $1 !~ /^#/ {
	n = split($1, part, "/")
	if (n == 2 && part[1] != guest)
		next
	name = part[n]
	if (n == 1 && name in own)
		next
	if (name in how) {
		printf "gen-table: %s: two rows\n", name > "/dev/stderr"
		failed = 1
	}
	if (n == 2)
		own[name]
	how[name] = $2
	args[name] = ""
	for (i = 3; i <= NF; i++)
		args[name] = args[name] (i > 3 ? ", " : "") kind($i)
}

# newer.list
file == 2 && NF == 2 && $1 !~ /^#/ { young[$1] = $2 }

# kernel headers
file > 2 && $1 == "#define" && $2 ~ /^__NR_/ && match($0, /[0-9]+\)?$/) {
	name = substr($2, 6)
	nr = substr($0, RSTART) + 0
	if (name != "SYSCALL_BASE" && name != "OABI_SYSCALL_BASE")
		number[name] = nr
}

# Which arguments are descriptors, as bits; behind a pair they would be elsewhere.
function descriptors(name,    a, n, i, bits) {
	n = split(args[name], a, ", ")
	for (i = 1; i <= n && a[i] != "A_PAIR"; i++)
		if (a[i] == "A_FD" || a[i] == "A_DIRFD")
			bits += 2 ^ (i - 1)
	return bits + 0
}

function row(nr, name,    h, target, flags, p) {
	if (!(name in how)) {
		printf "gen-table: %s: number %d, %s: no row\n", guest, nr, name > "/dev/stderr"
		return sprintf("{.name = \"%s\"}", name)
	}
	h = how[name]
	target = name
	if ((p = index(h, "="))) {
		target = substr(h, p + 1)
		h = substr(h, 1, p - 1)
	}
	if (h == "direct" || h == "blocks")
		return sprintf("{\"%s\", NULL, __NR_%s + 1, {%s}, %s, %d}", name, target, args[name], h == "blocks" ? "ROW_BLOCKS" : "0", descriptors(name))
	if (h == "absent")
		return sprintf("{.name = \"%s\", .flags = ROW_ABSENT}", name)
	if (h == "missing")
		return sprintf("{.name = \"%s\", .arg = {%s}}", name, args[name])
	flags = h == "noret" ? "ROW_NORET" : h == "fn,hex" ? "ROW_HEX" : h == "fn" ? "0" : ""
	if (flags == "") {
		printf "gen-table: %s: how is that: %s\n", name, h > "/dev/stderr"
		failed = 1
	}
	handler["sys_" target]
	return sprintf("{\"%s\", sys_%s, 0, {%s}, %s, %d}", name, target, args[name], flags, descriptors(name))
}

END {
	for (name in young)
		if (!(name in number))
			number[name] = young[name]
	for (name in number)
		if (number[name] < 4096) {
			by[number[name]] = name
			if (number[name] > last)
				last = number[name]
		}
	for (nr = 0; nr <= last; nr++)
		if (nr in by)
			text = text sprintf("\t[%d] = %s,\n", nr, row(nr, by[nr]))
	printf "/* Made by syscalls/gen-table.sh: %s. */\n", guest
	print "#include <asm/unistd.h>\n\n#include \"syscalls/row.h\"\n"
	for (nr = 0; nr <= last; nr++)
		if (nr in by && by[nr] in young)
			printf "#ifndef __NR_%s\n#define __NR_%s %d\n#endif\n", by[nr], by[nr], young[by[nr]]
	for (h in handler)
		list[++k] = h
	for (i = 2; i <= k; i++) {
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
		}
	}
	print ""
	for (i = 1; i <= k; i++)
		printf "__attribute__((weak)) gret %s(struct cpu *cpu, const uint32_t a[6]);\n", list[i]
	printf "\n/* clang-format off */\nconst struct syscall_row syscall_rows_%s[] = {\n%s};\n", guest, text
	printf "const uint32_t n_syscall_rows_%s = sizeof syscall_rows_%s / sizeof syscall_rows_%s[0];\n", guest, guest, guest
	exit failed
}' "$rows" "$newer" "$@"

cd /usr/share/perl5 2>/dev/null || cd /usr/share
grep -rhoE '\b[A-Z][a-z]+\b' /usr/share/perl/5*/Pod | sort | uniq -c | sort -k1,1nr -k2 | head -20
grep -rlF 'sub new' /usr/share/perl | sort | sha256sum; grep -c . /etc/no-such-file /etc/passwd; grep -P '(?<=root:)x' /etc/passwd; grep nothing /etc/passwd; echo $?
seq 1 200 | sed -n '5~7{s/\([0-9]\)\([0-9]\)/\2\1/;p}' | paste -sd' '
sed -E 's/([a-z]+):x:([0-9]+).*/\2 \1/; t; d' /etc/passwd | sort -n
awk -F: '{n[$7]++} END {for (s in n) print s, n[s]}' /etc/passwd | sort
awk 'BEGIN {for (i = 0; i < 20; i++) printf "%.6f %d %s\n", sin(i) * exp(i / 3), i ^ 5, substr("abcdefghij", i % 10, 3)}'
command -v gawk >/dev/null && gawk 'BEGIN {srand(1); x = 0; for (i = 0; i < 100000; i++) x = (x * 31 + i) % 1000003; print x; print toupper(sprintf("%c%05.1f", 97, 3.14159)); print strftime("%F", 0, 1)}'
true

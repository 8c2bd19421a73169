seq 1 50000 | sort -r | sort -n | sha256sum
seq 1 50000 | shuf --random-source=<(yes) | sort | md5sum
seq 1 1000 | sha512sum; seq 1 1000 | b2sum; seq 1 1000 | cksum
printf 'b 2\na 1\nc 3\n' | sort -k2,2nr | cut -d' ' -f1 | paste -sd+
seq 1 100 | split -l 30 - part; wc -l part*; cat part* | cmp - <(seq 1 100) && echo same
echo 'hello world' | tr a-z A-Z | rev | fold -w 4; echo abc | base64; factor 123456789 4294967296 18446744073709551557
dd if=/dev/zero bs=1k count=64 2>/dev/null | od -An -tx1 | head -2; truncate -s 5G big; stat -c '%s %F' big; expr 3 \* 4
date -u -d @1700000000 '+%F %T'; printf '%.10e %g %x\n' 3.14159 1e100 255; numfmt --to=iec 123456789; seq 0 0.25 1
mkdir -p a/b/c; touch a/x; ln -s x a/y; ln a/x a/z; stat -c '%n %h %F' a/x a/y; readlink a/y; realpath --relative-to=. a/y; rm -r a; ls
join <(printf 'a 1\nb 2\n') <(printf 'a 3\nb 4\n'); comm -12 <(seq 1 5) <(seq 3 8); tac <(seq 3); nl <(seq 2); pr -t -2 <(seq 4); id -u; env | sort | grep ^HOME
chmod 640 big; stat -c %a big; cp --sparse=always big big2; du --apparent-size -k big2; df / >/dev/null && echo df; mktemp -u XXXX >/dev/null && echo mktemp; uname -s

set -o pipefail
seq 1 2000 | awk '{s += $1} END {print s}'
for i in a b c; do echo $i; done | while read -r x; do echo "<$x>"; done
false | true; echo "status $? ${PIPESTATUS[*]}"
diff <(printf '1\n2\n') <(printf '1\n3\n'); echo "diff $?"
f() { local n=$1; [ "$n" -le 1 ] && echo 1 || echo $((n * $(f $((n - 1))))); }; f 10
trap 'echo trapped' USR1; kill -USR1 $$; trap 'echo bye' EXIT
x=$(cat <<'E'
here "document" $x
E
); echo "$x"
declare -A m=([one]=1 [two]=2); echo "${m[one]}${m[two]} ${!m[@]}" | tr ' ' '\n' | sort
printf '%s\n' {1..5}{a,b} | paste -sd,
[[ abc123 =~ ([a-z]+)([0-9]+) ]] && echo "${BASH_REMATCH[@]}"
nosuchcommand; echo "status $?"
cat /nonexistent; echo "status $?"
(exit 3); echo $?
{ sh -c 'kill -SEGV $$'; } 2>/dev/null; echo $?

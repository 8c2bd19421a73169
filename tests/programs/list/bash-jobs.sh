exec 2>/dev/null # when bash tells of a job's end depends on the moment
set -m
sleep 0.3 & sleep 0.2 & wait; echo "waited $?"
(sleep 30) & p=$!
kill -STOP $p; sleep 0.1; kill -CONT $p; kill $p; sleep 1; wait $p 2>/dev/null; echo "killed $?"
for i in 1 2 3 4 5; do (exit $i) & pids="$pids $!"; done
for p in $pids; do wait $p; echo "exit $?"; done
sleep 5 & fgpid=$!; disown $fgpid; kill $fgpid; echo disowned
coproc cat; echo hello >&"${COPROC[1]}"; read -r l <&"${COPROC[0]}"; echo "$l"
timeout 0.2 sleep 10; echo "timeout $?"

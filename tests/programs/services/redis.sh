# timeout: 120
# needs: redis-server redis-benchmark
# modes: chroot
redis-server --port 6400 --save '' --dir "$PWD" >log 2>&1 &
server=$!
c() { redis-cli -p 6400 "$@"; }
for i in $(seq 100); do c ping >/dev/null 2>&1 && break; sleep 0.2; done
c set a 1
redis-benchmark -p 6400 -n "${REQUESTS:-5000}" -c 20 -q -t set,get,incr,lpush,lrange_100,mset | tr '\r' '\n' | sed -n 's/\(requests per second\).*/\1/; s/: [0-9.]* requests/: requests/p'
c get counter:__rand_int__
c eval 'local s = 0; for i = 1, 100000 do s = s + i end; return s' 0
c bgsave
for i in $(seq 100); do [ "$(c info persistence | tr -d '\r' | grep rdb_bgsave_in_progress)" = rdb_bgsave_in_progress:0 ] && break; sleep 0.2; done
c info persistence | tr -d '\r' | grep rdb_last_bgsave_status
c dbsize
c shutdown nosave
wait $server
echo "status $?"
redis-server --port 6400 --dir "$PWD" >log 2>&1 &
for i in $(seq 100); do c ping >/dev/null 2>&1 && break; sleep 0.2; done
c dbsize
c get a
kill -TERM $!
wait $!
echo "status $?"
grep -cE 'crashed|Guru' log || :

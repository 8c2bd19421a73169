# timeout: 300
# needs: pg_ctlcluster su
# modes: chroot
bin=$(echo /usr/lib/postgresql/*/bin)
mkdir -p data /run/postgresql
chown postgres data . /run/postgresql
as() { su postgres -c "$1"; }
as "$bin/initdb -D data -A trust >/dev/null && $bin/pg_ctl -D data -o '-c listen_addresses=127.0.0.1 -p 5544' -w -l log start >/dev/null"
echo "start $?"
as "$bin/createdb -p 5544 b && $bin/pgbench -p 5544 -h 127.0.0.1 -i -q b 2>&1 | grep -c 'done in'"
as "$bin/pgbench -p 5544 -h 127.0.0.1 -c 4 -j 2 -T ${SECONDS_OF_LOAD:-10} b 2>&1" | grep -E 'failed|aborted|error'
as "$bin/psql -p 5544 b -At" <<'SQL'
select count(*), sum(abalance) = (select sum(delta) from pgbench_history) from pgbench_accounts;
select count(*) > 20 from pgbench_history;
select sum(bbalance) = (select sum(tbalance) from pgbench_tellers) from pgbench_branches;
select md5(string_agg(i::text, ',')), sum(sqrt(i)) from generate_series(1, 20000) i;
create table t as select i, repeat(md5(i::text), 3) s from generate_series(1, 20000) i;
create index on t (s);
select count(*) from t a join t b using (s);
do $$ begin perform 1 / 0; exception when division_by_zero then raise notice 'caught'; end $$;
select version() like '%32-bit';
SQL
as "$bin/pg_ctl -D data -m fast -w stop" | tail -n 1
# A worker that vacuums when the server stops is told so, which is not an error.
grep -E 'PANIC|FATAL|server process .* was terminated' log | grep -cv 'terminating autovacuum process' || :

# differs: 2\.7182818284590[0-9]* -- i386 prints by way of an 80-bit long double
sqlite3 x.db <<'E'
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) insert into t select i, printf('%05d', i * 7919 % 20011), i / 3.0 from n;
select count(*), sum(a), round(avg(c), 6), min(b), max(b) from t; create index i on t(b); select a, b from t order by b limit 5; select a % 10 as k, count(*), total(c) from t group by k;
.mode csv
select upper(hex(substr(b, 1, 3))), typeof(c), json_object('a', a) from t where a < 4;
pragma integrity_check; delete from t where a % 2; vacuum; select changes(), count(*) from t; select strftime('%Y', 1e9, 'unixepoch'), abs(-5), exp(1), sqrt(2), 1e300 * 1e10;
select * from nosuch;
E
echo "status $?"; sha256sum x.db

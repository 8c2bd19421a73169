python3 - <<'E'
import sqlite3
c = sqlite3.connect("db.sqlite"); c.execute("create table t(id integer primary key, n real, s text)"); c.executemany("insert into t(n, s) values(?, ?)", ((i / 7, "row %d" % (i * 7919 % 1000)) for i in range(5000))); c.commit()
print(c.execute("select count(*), sum(n), min(s), max(s) from t").fetchone(), c.execute("select s, count(*) k from t group by s order by k desc, s limit 5").fetchall())
c.execute("create index x on t(s)"); print(c.execute("explain query plan select * from t where s = 'row 5'").fetchall()[0][3]); c.execute("delete from t where id % 3 = 0"); c.commit(); print(c.execute("pragma integrity_check").fetchone(), c.total_changes)
c.create_function("f", 1, lambda x: x[::-1]); print(c.execute("select f(s) from t limit 3").fetchall())
try: c.execute("select nothing")
except sqlite3.OperationalError as e: print(e)
E

# timeout: 180
cat >m.py <<'E'
import multiprocessing as mp, os, sys
def sq(x): return x * x
def child(c, n): c.send([n, os.getppid() == int(sys.argv[1]) if len(sys.argv) > 1 else True]); c.close()
if __name__ == "__main__":
    for how in ("fork", "spawn", "forkserver"):
        ctx = mp.get_context(how)
        with ctx.Pool(3) as p: print(how, sum(p.map(sq, range(500))))
    a, b = mp.Pipe(); p = mp.Process(target=child, args=(b, 7)); p.start(); print(a.recv()); p.join(); print(p.exitcode)
    v = mp.Value("i", 0); l = mp.Lock()
    def inc():
        for _ in range(1000):
            with l: v.value += 1
    ps = [mp.get_context("fork").Process(target=inc) for _ in range(4)]; [p.start() for p in ps]; [p.join() for p in ps]; print(v.value)
E
python3 m.py

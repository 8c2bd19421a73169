python3 - <<'E'
import threading, queue, time, concurrent.futures as cf, signal, os, socket, select, tempfile, mmap
q, out, lock = queue.Queue(), [], threading.Lock()
def work():
    while (x := q.get()) is not None:
        with lock: out.append(x * x)
ts = [threading.Thread(target=work) for _ in range(8)]; [t.start() for t in ts]
for i in range(2000): q.put(i)
for _ in ts: q.put(None)
[t.join() for t in ts]; print(len(out), sum(out))
with cf.ThreadPoolExecutor(16) as p: print(sum(p.map(lambda x: x % 7, range(1000))))
e = threading.Event(); t = threading.Timer(0.05, e.set); t.start(); print(e.wait(5)); b = threading.Barrier(4); r = []
ts = [threading.Thread(target=lambda: (b.wait(), r.append(1))) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(r))
signal.signal(signal.SIGALRM, lambda *a: print("alarm")); signal.setitimer(signal.ITIMER_REAL, .05); time.sleep(.2); s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); c = socket.create_connection(s.getsockname()); k, _ = s.accept()
c.sendall(b"x" * 100000); c.close(); n = 0
while d := k.recv(65536): n += len(d)
print(n); ev = select.epoll(); a, b = socket.socketpair(); ev.register(b, select.EPOLLIN); a.send(b"!"); print(ev.poll(1)[0][1]); f = tempfile.TemporaryFile(); f.truncate(8192); m = mmap.mmap(f.fileno(), 8192); m[4096:4101] = b"hello"; f.seek(4096); print(f.read(5)); print(time.clock_gettime(time.CLOCK_MONOTONIC) > 0)
E

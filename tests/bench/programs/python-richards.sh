exec python3 -c '
class Task:
    def __init__(s, n, q): s.n, s.q, s.c = n, q, 0
    def step(s, w):
        s.c += 1
        x = w.queue[s.q % len(w.queue)]; x.append(s.n * s.c % 97)
        if len(x) > 10: x.pop(0); w.moves += 1
        return w.tasks[(s.n + x[-1]) % len(w.tasks)]
class World:
    def __init__(s): s.queue = [[] for _ in range(6)]; s.tasks = [Task(i, i * 3) for i in range(11)]; s.moves = 0
    def run(s, n):
        t = s.tasks[0]
        for _ in range(n): t = t.step(s)
        return s.moves
print(World().run(700000))'

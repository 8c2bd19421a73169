python3 - <<'E'
from decimal import *; from fractions import Fraction; import cmath, statistics, array, heapq, bisect
getcontext().prec = 60; print(Decimal(2).sqrt(), Decimal(1) / 7, Decimal("1e-50").exp(), (Decimal(10) ** 50).ln())
print(Fraction(355, 113) ** 5, cmath.exp(1j * cmath.pi), statistics.stdev(range(100)), statistics.median([3, 1, 2]))
def pi(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    while n:
        if 4 * q + r - t < m * t: yield m; n -= 1; q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else: q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
print("".join(map(str, pi(300)))); print(2 ** 4000 // 3 ** 1000 % 10 ** 30, [float.hex(x) for x in (0.1, 1e-310, 1.7976931348623157e308)], float.fromhex("0x1.8p-1074"))
a = array.array("d", (x / 7 for x in range(1000))); print(sum(a), max(a)); h = [(x * 7919) % 1009 for x in range(500)]; heapq.heapify(h); print([heapq.heappop(h) for _ in range(5)])
E

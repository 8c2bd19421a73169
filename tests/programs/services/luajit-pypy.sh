# timeout: 240
# needs: luajit pypy3
cat >b.lua <<'LUA'
local function fannkuch(n)
	local p, q, s, sign, maxflips, sum = {}, {}, {}, 1, 0, 0
	for i = 1, n do p[i] = i; q[i] = i; s[i] = i end
	repeat
		local q0 = p[1]
		if q0 ~= 1 then
			for i = 2, n do q[i] = p[i] end
			local flips = 1
			while true do
				local qq = q[q0]
				if qq == 1 then
					sum = sum + sign * flips
					if flips > maxflips then maxflips = flips end
					break
				end
				q[q0] = q0
				if q0 >= 4 then
					local i, j = 2, q0 - 1
					repeat q[i], q[j] = q[j], q[i]; i = i + 1; j = j - 1 until i >= j
				end
				q0 = qq
				flips = flips + 1
			end
		end
		if sign == 1 then
			p[1], p[2] = p[2], p[1]
			sign = -1
		else
			p[2], p[3] = p[3], p[2]
			sign = 1
			for i = 3, n do
				local sx = s[i]
				if sx ~= 1 then s[i] = sx - 1; break end
				if i == n then return sum, maxflips end
				s[i] = i
				local t = p[1]
				for j = 1, i do p[j] = p[j + 1] end
				p[i + 1] = t
			end
		end
	until false
end
print(fannkuch(8))
local t = {}
for i = 1, 200000 do t[#t + 1] = tostring(i % 1000) end
table.sort(t)
print(#t, t[1], t[100000], t[#t])
local x = 0
for i = 1, 3000000 do x = bit.bxor(x, bit.lshift(i, i % 7)) end
print(x, string.format("%.10f", (function() local s = 0; for i = 1, 1000000 do s = s + math.sin(i) / i end; return s end)()))
local ffi = require("ffi")
ffi.cdef("int getpid(void); int abs(int); struct pair { int64_t a; double b; };")
local p = ffi.new("struct pair", 1, 2.5)
for i = 1, 100000 do p.a = p.a + ffi.C.abs(-i) end
print(tostring(p.a), ffi.sizeof(p), ffi.C.getpid() > 0)
local co = coroutine.wrap(function() for i = 1, 100000 do coroutine.yield(i) end end)
local s = 0
for i = 1, 100000 do s = s + co() end
print(s, pcall(error, "caught"))
LUA
luajit b.lua
echo "status $?"
luajit -joff b.lua
echo "status $?"
cat >b.py <<'PY'
import hashlib, json, re, subprocess, threading, zlib

def richards(n):
    q, s = list(range(50)), 0
    for i in range(n):
        a = q.pop(0)
        s = (s * 31 + a * i) % 1000003
        q.append((a + i) % 97)
    return s

class Node:
    def __init__(self, d):
        self.l, self.r = (Node(d - 1), Node(d - 1)) if d else (None, None)
    def count(self):
        return 1 + (self.l.count() + self.r.count() if self.l else 0)

print(richards(300000), Node(15).count())
print(sum(x * x % 7 for x in range(1000000)), "%.9f" % sum(1 / (i * i) for i in range(1, 500000)))
words = re.findall(r"\w+", "the quick brown fox jumps over the lazy dog " * 5000)
print(len(words), hashlib.md5(json.dumps({w: i for i, w in enumerate(words)}, sort_keys=True).encode()).hexdigest())
print(2 ** 2000 % 1000000007, zlib.crc32(zlib.compress(b"abc" * 10000)))
got = []
def work(n):
    got.append(richards(20000 + n))
ts = [threading.Thread(target=work, args=(i,)) for i in range(6)]
[t.start() for t in ts]; [t.join() for t in ts]
print(sorted(got), subprocess.check_output(["sh", "-c", "echo child"]))
try:
    (lambda f: f(f))(lambda f: 1 + f(f))
except RecursionError as e:
    print("recursion")
raise SystemExit(6)
PY
pypy3 b.py
echo "status $?"

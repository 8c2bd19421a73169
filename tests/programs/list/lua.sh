cat >t.lua <<'E'
local function fannkuch(n) local p, q, s, sign, maxf, sum = {}, {}, {}, 1, 0, 0 for i = 1, n do p[i], q[i], s[i] = i, i, i end
repeat local q0 = p[1] if q0 ~= 1 then for i = 2, n do q[i] = p[i] end local f = 1 while true do local qq = q[q0] if qq == 1 then sum = sum + sign * f if f > maxf then maxf = f end break end q[q0] = q0
if q0 >= 4 then local i, j = 2, q0 - 1 repeat q[i], q[j] = q[j], q[i] i = i + 1 j = j - 1 until i >= j end q0 = qq f = f + 1 end end
if sign == 1 then p[1], p[2] = p[2], p[1] sign = -1 else p[2], p[3] = p[3], p[2] sign = 1 for i = 3, n do local sx = s[i] if sx ~= 1 then s[i] = sx - 1 break end if i == n then return sum, maxf end s[i] = i local t = p[1] for j = 1, i do p[j] = p[j + 1] end p[i + 1] = t end end until false end
print(fannkuch(8)) local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1009 end table.sort(t) print(t[1], t[500], t[1000], #t, 7 // 2, -7 % 3, 2 ^ 53, 1 / 3, math.maxinteger, string.format("%q %5.2f %x", "a\nb", math.pi, 255))
for w, n in string.gmatch("a=1, b=2", "(%w+)=(%w+)") do io.write(w, n, " ") end print(pcall(error, "e")) local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co(), co()) print(string.rep("ab", 3, "-"), ("x"):byte(), math.sin(1), math.exp(10), 0x7fffffffffffffff + 1, 1e15, 2^63)
print(select("#", table.unpack({1, 2, nil, 4}, 1, 4)), os.time{year=2020, month=1, day=1, hour=0}, utf8.char(9786)) error("at the end")
E
lua5.4 t.lua; echo "status $?"

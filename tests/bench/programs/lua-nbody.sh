cat >n.lua <<'E'
local b = {} for i = 1, 5 do b[i] = {x = i, y = i * i, z = 3 - i, vx = 0, vy = 0.1 * i, vz = 0, m = 1 / i} end
for s = 1, 150000 do for i = 1, 5 do local p = b[i] for j = i + 1, 5 do local q = b[j] local dx, dy, dz = p.x - q.x, p.y - q.y, p.z - q.z local d = dx * dx + dy * dy + dz * dz local f = 0.001 / (d * math.sqrt(d))
p.vx = p.vx - dx * q.m * f p.vy = p.vy - dy * q.m * f p.vz = p.vz - dz * q.m * f q.vx = q.vx + dx * p.m * f q.vy = q.vy + dy * p.m * f q.vz = q.vz + dz * p.m * f end end
for i = 1, 5 do local p = b[i] p.x = p.x + 0.001 * p.vx p.y = p.y + 0.001 * p.vy p.z = p.z + 0.001 * p.vz end end print(b[1].x, b[5].z)
E
exec lua5.4 n.lua

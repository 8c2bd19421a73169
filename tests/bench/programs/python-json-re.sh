exec python3 -c '
import json, re
d = [{"id": i, "name": "item %d" % i, "v": [i * 0.1, None, True]} for i in range(4000)]
for _ in range(6):
    s = json.dumps(d, indent=1); e = json.loads(s); n = len(re.findall(r"item (\d+)7\b", s)); t = re.sub(r"[aeiou](\w)", r"<\1>", s)
print(len(s), n, len(t), e == d)'

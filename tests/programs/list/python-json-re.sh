# differs: 52\.34277778455352[0-9]* -- i386's libm has hypot with 64 bits of precision
python3 - <<'E'
import json, re, hashlib, collections, random, math, struct, zlib, base64, datetime, itertools, textwrap
random.seed(42); d = [{"i": i, "x": random.random(), "s": "".join(random.choice("abcdefg \u263a") for _ in range(20)), "n": None, "l": list(range(i % 7))} for i in range(2000)]
s = json.dumps(d, sort_keys=True, indent=1); print(len(s), hashlib.sha256(s.encode()).hexdigest(), json.loads(s) == d)
print(len(re.findall(r"[a-c]+(?=d)", s)), re.sub(r"(\w)(\w)", r"\2\1", "swap letters"), re.split(r"[,;]\s*", "a, b;c"))
print(collections.Counter(s).most_common(5)); print(math.sin(1e22), math.gamma(5.5), math.erf(.3), math.fsum([.1] * 10), 7 ** 333 % 10 ** 20, 1e308 * 10, float("nan"), -0.0)
print(struct.pack("<idqH", -1, 2.5, 2 ** 40, 7).hex(), zlib.crc32(s.encode()), len(zlib.compress(s.encode(), 9)), base64.b85encode(b"strait"))
print(datetime.datetime.fromtimestamp(1e9, datetime.timezone.utc), sum(1 for _ in itertools.permutations(range(7))), textwrap.fill("word " * 30, 40))
print([hashlib.new(h, b"abc").hexdigest()[:16] for h in ("md5", "sha1", "sha512", "sha3_256", "blake2b")]); print(sorted(random.sample(range(10 ** 6), 8)), round(2.675, 2), 0.1 + 0.2, 1 / 3)
try: json.loads("{bad")
except ValueError as e: print(e)
raise SystemExit(5)
E
echo "status $?"; python3 -c 'import nosuch'; echo "status $?"

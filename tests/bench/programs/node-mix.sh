# needs: usr/bin/node
exec node -e '
let x = 1, words = [];
const next = () => x = (x * 1103515245 + 12345) % 2147483648;
for (let i = 0; i < 200000; i++) words.push("w" + (next() >> 8) % 5000);
const count = {}, m = new Float64Array(1 << 16);
for (const w of words) count[w] = (count[w] || 0) + 1;
for (let t = 0; t < 20; t++) for (let i = 1; i < m.length; i++) m[i] = (m[i - 1] + i * t) % 1000;
const text = JSON.stringify(count), again = JSON.parse(text);
console.log(text.length, Object.keys(again).sort().length, text.replace(/"w(\d)/g, "$1").length, m[m.length - 1]);'

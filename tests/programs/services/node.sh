# timeout: 120
# needs: node
cat >mix.js <<'JS'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const cp = require('child_process'), crypto = require('crypto'), fs = require('fs'), http = require('http'), zlib = require('zlib');

function sum(n) {
	let s = 0;
	for (let i = 0; i < 3e6; i++)
		s = (s * 31 + i * n) % 1000003;
	return s;
}

const worker = n => new Promise((ok, no) => {
	const w = new Worker(__filename, { workerData: n });
	w.on('message', ok);
	w.on('error', no);
});
const child = n => new Promise(ok => {
	const c = cp.spawn('sh', ['-c', `cat; echo child ${n}`], { stdio: ['pipe', 'pipe', 'inherit'] });
	let text = '';
	c.stdout.on('data', d => text += d);
	c.on('close', (code, signal) => ok(text.trim().split('\n').join() + ' ' + code + signal));
	c.stdin.end('to ' + n + '\n');
});
const get = (port, i) => new Promise((ok, no) => {
	http.get({ host: '127.0.0.1', port, path: '/' + i, agent: new http.Agent() }, r => {
		let text = '';
		r.on('data', d => text += d);
		r.on('end', () => ok(text === 'hello /' + i));
	}).on('error', no);
});

async function main() {
	console.log('workers', (await Promise.all([1, 2, 3, 4].map(worker))).join());
	console.log('children', (await Promise.all([1, 2, 3, 4, 5, 6].map(child))).join('; '));
	try {
		cp.execSync('kill -TERM $$');
	} catch (e) {
		console.log('killed', e.signal);
	}
	console.log('sha256', crypto.createHash('sha256').update('x'.repeat(1e6)).digest('hex'));
	console.log('zlib', zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(1e6, 'ab'))).length);
	await Promise.all(Array.from({ length: 50 }, (_, i) => fs.promises.writeFile('f' + i, 'x'.repeat(i))));
	console.log('files', fs.readdirSync('.').filter(f => /^f/.test(f)).reduce((n, f) => n + fs.statSync(f).size, 0));

	const server = http.createServer((q, r) => r.end('hello ' + q.url));
	await new Promise(ok => server.listen(0, '127.0.0.1', ok));
	let ok = 0;
	for (let k = 0; k < 20; k++)
		for (const good of await Promise.all(Array.from({ length: 50 }, (_, i) => get(server.address().port, k * 50 + i))))
			ok += good;
	server.close();
	console.log('http', ok);

	const o = {};
	for (let i = 0; i < 200000; i++)
		o['k' + i % 977] = (o['k' + i % 977] || 0) + Math.sqrt(i);
	console.log('objects', Object.keys(o).length, o.k5.toFixed(6));
}

if (isMainThread)
	main();
else
	parentPort.postMessage(sum(workerData));
JS
node mix.js
echo "status $?"
node -e 'process.exit(7)'
echo "status $?"
node -e 'function f() { f(); } try { f(); } catch (e) { console.log(e.name); } null.x' 2>&1 | grep -v '^Node.js\|^ *at \|node:internal'

# SPDX-License-Identifier: MIT
"""A Debian kernel in QEMU, for what this host's kernel cannot answer: it runs i386 programs and has drivers to talk to.

The machine sees the host's files at their usual places, copy on write; what it changes is gone with it. It starts at the first request,
serves all processes that use the same folder, and switches itself off after some minutes without one.
Files that change while it runs must travel with the request (files=...): the rest is cached inside.
"""
import contextlib
import fcntl
import functools
import glob
import json
import os
import resource
import secrets
import signal
import socket
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.environ.get("STRAIT_VM", os.path.join(ROOT, "build", "vm"))
# Whose kernel: one that is near in age to the kernels that strait's own answers follow.
SUITE = os.environ.get("STRAIT_VM_SUITE", "bookworm-backports")
MIRROR = os.environ.get("STRAIT_MIRROR", "http://deb.debian.org/debian")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MODULES = ["virtio_pci", "virtio_net", "virtio_blk", "virtio_rng", "9p", "9pnet_virtio", "overlay", "crc32c_generic", "ext4", "binfmt_misc"]
SCRATCH_SIZE = 8 << 30
# On either side of 4 GiB as the host is: 32-bit programs are told of memory in another unit above.
MEMORY = os.environ.get("STRAIT_VM_MEMORY", "5G" if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 4 << 30 else "2G")
START_TIME = 180
# A program may need more time there than natively: every limit is multiplied.
SLOWNESS = 8


class MachineError(Exception):
	"""The machine could not be made or asked; not a property of the program that was to run."""


class Refused(OSError):
	"""The machine's kernel refused the execve."""


def path(*names):
	return os.path.join(FOLDER, *names)


# --- Making it ---

def quiet(argv, **kw):
	p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, **kw)
	if p.returncode:
		raise MachineError("%s: %s" % (" ".join(argv[:3]), p.stdout[-500:].strip()))
	return p.stdout


@contextlib.contextmanager
def locked(name):
	"""Against other threads and other processes."""
	os.makedirs(FOLDER, exist_ok=True)
	with open(path(name), "w", encoding="ascii") as f:
		fcntl.flock(f, fcntl.LOCK_EX)
		yield


def apt_options():
	"""For apt with a state of its own: the host's sources, lists and packages stay as they are."""
	apt = path("apt")
	for d in ("lists/partial", "archives/partial", "etc"):
		os.makedirs(os.path.join(apt, d), exist_ok=True)
	with open(os.path.join(apt, "status"), "w", encoding="ascii"):
		pass
	with open(os.path.join(apt, "etc", "sources.list"), "w", encoding="ascii") as f:
		f.write("deb [arch=amd64 signed-by=%s] %s %s main\n" % (KEYRING, MIRROR, SUITE))
	settings = {"APT::Architecture": "amd64", "APT::Architectures::": "amd64", "APT::Sandbox::User": "root", "Debug::NoLocking": "1",
		    "Dir::State::lists": apt + "/lists", "Dir::State::status": apt + "/status", "Dir::Cache": apt,
		    "Dir::Etc::sourcelist": apt + "/etc/sources.list", "Dir::Etc::sourceparts": "-", "Dir::Etc::preferencesparts": "-"}
	return [w for k, v in settings.items() for w in ("-o", k + "=" + v)]


def kernel_package(options):
	"""The package that linux-image-amd64 stands for."""
	for line in quiet(["apt-cache"] + options + ["depends", "linux-image-amd64"]).splitlines():
		word = line.split()
		if len(word) == 2 and word[0] == "Depends:" and word[1].startswith("linux-image-"):
			return word[1]
	raise MachineError("%s has no linux-image-amd64" % SUITE)


def fetch_kernel():
	"""Kernel and modules in FOLDER/kernel; nothing is installed. Its release."""
	done = path("kernel", "complete")
	with locked("lock-kernel"):
		if not os.path.exists(done):
			options = apt_options()
			os.makedirs(path("kernel"), exist_ok=True)
			quiet(["apt-get", "-q"] + options + ["update"])
			package = kernel_package(options)
			quiet(["apt-get", "-q"] + options + ["download", package], cwd=path("kernel"))
			deb = sorted(glob.glob(path("kernel", package + "_*.deb")))[-1]
			quiet(["dpkg-deb", "-x", deb, path("kernel")])
			os.unlink(deb)
			release = os.path.basename(glob.glob(path("kernel", "boot", "vmlinuz-*"))[0])[len("vmlinuz-"):]
			quiet(["/sbin/depmod", "-b", path("kernel"), release])
			with open(done, "w", encoding="ascii") as f:
				f.write(release)
		return read(done).decode()


def module_order(base):
	"""Paths of MODULES below base with what they need, each after its needs."""
	needs = {}
	with open(os.path.join(base, "modules.dep"), encoding="ascii") as f:
		for line in f:
			name, deps = line.split(":")
			needs[name] = deps.split()
	by_name = {os.path.basename(n).split(".")[0].replace("-", "_"): n for n in needs}
	order = []

	def add(name):
		for d in reversed(needs[name]):
			if d not in order:
				add(d)
		if name not in order:
			order.append(name)

	for m in MODULES:
		if m in by_name:  # else it is built in
			add(by_name[m])
	return order


def cpio(files):
	"""An archive in the kernel's initramfs form ("newc") of {name: (mode, content)}, folders by a mode that says so."""
	out = bytearray()

	def put(n, name, mode, content):
		raw = name.encode() + b"\0"
		out.extend(b"070701" + b"".join(b"%08x" % v for v in (n, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)) + raw)
		out.extend(b"\0" * (-len(out) % 4))
		out.extend(content)
		out.extend(b"\0" * (-len(out) % 4))

	for n, (name, (mode, content)) in enumerate(files.items(), 1):
		put(n, name, mode, content)
	put(0, "TRAILER!!!", 0, b"")
	return bytes(out)


def read(name):
	with open(name, "rb") as f:
		return f.read()


def make_initramfs(release, token):
	quiet([os.environ.get("CC", "gcc"), "-static", "-O2", "-Wall", "-Wextra", "-o", path("init"), os.path.join(HERE, "init.c")])
	base = path("kernel", "lib", "modules", release)
	order = module_order(base)
	files = {"m": (0o40755, b""), "dev": (0o40755, b""), "proc": (0o40755, b""), "init": (0o100755, read(path("init")))}
	names = []
	for m in order:
		names.append("m/" + os.path.basename(m))
		files[names[-1]] = (0o100644, read(os.path.join(base, m)))
	for name, text in (("modules.order", "\n".join("/" + n for n in names)), ("modules.dir", base), ("release", release),
			   ("token", token), ("hostname", socket.gethostname()), ("proc.flags", "%d" % (os.statvfs("/proc").f_flag & 14))):
		files[name] = (0o100600, (text + "\n").encode())
	with open(os.open(path("initramfs"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
		f.write(cpio(files))


def make_scratch():
	with open(path("scratch.img"), "wb") as f:
		f.truncate(SCRATCH_SIZE)
	quiet(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-O", "^has_journal", path("scratch.img")])


@functools.cache
def identity():
	"""What results depend on beside the program: kernel, emulator, and how requests are served."""
	return (fetch_kernel() + quiet(["qemu-system-x86_64", "--version"])).encode() + read(os.path.join(HERE, "init.c"))


def free_port():
	with socket.socket() as s:
		s.bind(("127.0.0.1", 0))
		return s.getsockname()[1]


def qemu(release, port, accelerator):
	return ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", MEMORY, "-smp", "%d" % min(os.cpu_count() or 1, 8),
		"-accel", accelerator, "-cpu", "max,la57=off",
		"-kernel", path("kernel", "boot", "vmlinuz-" + release), "-initrd", path("initramfs"),
		"-append", "console=ttyS0 loglevel=3 panic=-1 mitigations=off nokaslr random.trust_cpu=on tsc=reliable rcupdate.rcu_expedited=1" + ("" if alarm_clocks() else " initcall_blacklist=cmos_init"),
		"-serial", "file:" + path("console.log"),
		"-device", "virtio-rng-pci",
		"-drive", "if=none,id=scratch,format=raw,cache=unsafe,file=" + path("scratch.img"), "-device", "virtio-blk-pci,drive=scratch",
		"-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap", "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
		"-netdev", "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-10.0.2.15:1" % port, "-device", "virtio-net-pci,netdev=net,romfile=",
		"-device", "virtio-gpu-pci,romfile="]


def alarm_clocks():
	"""Has this host CLOCK_REALTIME_ALARM? Only with a clock chip that can wake it."""
	try:
		return time.clock_getres(8) is not None
	except OSError:
		return False


def alive(pid):
	try:
		os.kill(pid, 0)
		with open("/proc/%d/cmdline" % pid, "rb") as f:
			return b"qemu-system" in f.read()
	except OSError:
		return False


def state():
	"""Of the machine that runs, or None."""
	try:
		with open(path("state"), encoding="ascii") as f:
			s = json.load(f)
	except (OSError, ValueError):
		return None
	return s if alive(s["pid"]) else None


def start():
	"""The state of a machine that answers; boots one when there is none."""
	source = os.stat(os.path.join(HERE, "init.c")).st_mtime_ns
	release = fetch_kernel()
	with locked("lock"):
		s = state()
		if s and s.get("source") == source:
			return s
		if s:
			end(s)
		s = {"port": free_port(), "token": secrets.token_hex(24), "release": release, "source": source}
		make_initramfs(release, s["token"])
		make_scratch()
		boot(s)
		with open(os.open(path("state"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as f:
			json.dump(s, f)
		return s


def boot(s):
	"""By KVM where it is there and can; where the host is a virtual machine itself, it may start and then give up."""
	accelerators = (["kvm"] if os.access("/dev/kvm", os.R_OK | os.W_OK) else []) + ["tcg,thread=multi"]
	for accelerator in accelerators:
		log = os.open(path("qemu.log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
		p = subprocess.Popen(qemu(s["release"], s["port"], accelerator), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
		os.close(log)
		s["pid"] = p.pid
		try:
			return wait_until_ready(s, p)
		except MachineError:
			if accelerator == accelerators[-1]:
				raise


def wait_until_ready(s, process):
	end_time = time.monotonic() + START_TIME
	while time.monotonic() < end_time and process.poll() is None:
		if b"KVM internal error" in read(path("qemu.log")):
			break # it stands still then
		try:
			if b"vm: ready" in read(path("console.log")) and ask(s, ["true"], timeout=30)[0] == 0:
				return
		except (OSError, MachineError):
			pass
		time.sleep(0.2)
	if process.poll() is None:
		process.kill()
	logs = "".join(read(path(n)).decode("utf-8", "replace")[-1500:] for n in ("qemu.log", "console.log") if os.path.exists(path(n)))
	raise MachineError("the test machine does not start:\n" + logs)


def end(s):
	try:
		os.kill(s["pid"], signal.SIGTERM)
	except OSError:
		return
	for _ in range(100):
		if not alive(s["pid"]):
			return
		time.sleep(0.1)


def stop():
	s = state()
	if s:
		end(s)


# --- Asking it. KEEP-ORDER: protocol (init.c) ---

def record(kind, content=b""):
	return kind + struct.pack("<I", len(content)) + content


def limits():
	out = b""
	for r in range(16):
		soft, hard = resource.getrlimit(r)
		soft = 0 if r == resource.RLIMIT_CORE else soft  # as harness.run()
		out += struct.pack("<QQ", soft & (1 << 64) - 1, hard & (1 << 64) - 1)
	return out


def user():
	with open("/proc/self/status", encoding="ascii") as f:
		effective = next(int(l.split()[1], 16) for l in f if l.startswith("CapBnd:"))
	groups = [os.getegid()] + sorted(os.getgroups())[:63]
	return struct.pack("<QI%dI" % len(groups), effective, os.geteuid(), *groups)


def receive(sock, n):
	data = b""
	while len(data) < n:
		more = sock.recv(min(n - len(data), 1 << 20))
		if not more:
			raise MachineError("the test machine broke off")
		data += more
	return data


def ask(s, argv, files=None, env=None, stdin=b"", timeout=60, cwd=None, root=False):
	"""(wait status or None when time was over, stdout, stderr) of one program there. files: {name: (mode, content)}."""
	req = [record(b"k", s["token"].encode())]
	req += [record(b"a", os.fsencode(a)) for a in argv]
	req += [record(b"e", os.fsencode("%s=%s" % kv)) for kv in (env or {}).items()]
	req += [record(b"f", b"%o %s\0" % (mode, os.fsencode(name)) + content) for name, (mode, content) in (files or {}).items()]
	req += [] if root else [record(b"u", user())]
	req += [record(b"d", os.fsencode(cwd))] if cwd else []
	req += [record(b"i", stdin), record(b"l", limits()), record(b"n", struct.pack("<i", os.nice(0))),
		record(b"t", struct.pack("<I", timeout)), record(b"g")]
	out = {b"o": [], b"e": []}
	with socket.create_connection(("127.0.0.1", s["port"]), timeout=timeout + 60) as sock:
		sock.sendall(b"".join(req))
		while True:
			head = receive(sock, 5)
			kind, content = head[:1], receive(sock, struct.unpack("<I", head[1:])[0])
			if kind in out:
				out[kind].append(content)
				continue
			texts = b"".join(out[b"o"]), b"".join(out[b"e"])
			if kind == b"s":
				return (struct.unpack("<I", content)[0],) + texts
			if kind == b"t":
				return (None,) + texts
			if kind == b"x":
				code = struct.unpack("<I", content)[0]
				raise Refused(code, os.strerror(code), argv[0])
			raise MachineError("the test machine: " + content.decode("utf-8", "replace"))


def run(argv, files=None, env=None, stdin=b"", timeout=60, cwd=None, root=False):
	"""(exit code or minus the signal or None, stdout, stderr); files: {name: path on the host} for the working directory. root: with all of root's powers, else as here."""
	content = {name: (os.stat(p).st_mode & 0o7777, read(p)) for name, p in (files or {}).items()}
	status, out, err = ask(start(), argv, content, env, stdin, timeout * SLOWNESS, cwd, root)
	if status is not None:
		status = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
	return status, out, err

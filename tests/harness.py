# SPDX-License-Identifier: MIT
"""What all test runners here share: run a command, compare two runs, count, and find strait, compilers and the tree."""
import argparse
import functools
import glob
import hashlib
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "vm"))
import machine

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CFLAGS = "-static -O1 -pthread"
CC = os.environ.get("I386_CC", "i686-linux-gnu-gcc")
GUEST_CC = {"arm": os.environ.get("ARM_CC", "arm-linux-gnueabihf-gcc")}
# A window base that is neither 0 nor near anything the host maps by itself.
NONZERO_BASE = "0x100000000000"
VARIANTS = {
	"base0": [],
	"nonzero": ["--window-base=" + NONZERO_BASE],
}
ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LANG": "C", "LC_ALL": "C", "TERM": "dumb"}


class Result:
	"""How one run ended. status: exit code, or minus the signal's number, or 'timeout'. where: "host", or "vm" for the test machine."""

	def __init__(self, status, out, err, where="host"):
		self.status, self.out, self.err, self.where = status, out, err, where

	def __str__(self):
		return "status %s, stdout %r, stderr %r" % (status_name(self.status), self.out[-2000:], self.err[-2000:])


def status_name(status):
	if isinstance(status, int) and status < 0:
		try:
			return signal.Signals(-status).name
		except ValueError:
			return "signal %d" % -status
	return str(status)


def _limits():
	import resource
	resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
	for s in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):  # a job in the background ignores some
		signal.signal(s, signal.SIG_DFL)


def run(argv, cwd=None, env=None, timeout=60, stdin=b""):
	"""Run to the end in a session of its own; at the time limit that session's processes are killed."""
	p = subprocess.Popen(argv, cwd=cwd, env=env or ENV, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			     stderr=subprocess.PIPE, start_new_session=True, preexec_fn=_limits)
	try:
		out, err = p.communicate(stdin, timeout=timeout)
		status = p.returncode
	except subprocess.TimeoutExpired:
		_kill_session(p.pid)
		try:
			out, err = p.communicate(timeout=5)
		except subprocess.TimeoutExpired:
			out, err = b"", b""
		status = "timeout after %d s" % timeout
	return Result(status, out, err)


def _kill_session(sid):
	for pid in filter(str.isdigit, os.listdir("/proc")):
		try:
			if os.getsid(int(pid)) == sid:
				os.kill(int(pid), signal.SIGKILL)
		except OSError:
			pass


def run_in_scratch(argv, files, env=None, timeout=60, stdin=b""):
	"""As run(), in an empty directory but for files, {name: path}: "./name" and relative paths are then equal in all runs."""
	cwd = scratch()
	try:
		for name, path in files.items():
			path = os.path.abspath(path)
			(os.link if os.stat(path).st_dev == os.stat(cwd).st_dev else os.symlink)(path, os.path.join(cwd, name))
		return run(argv, cwd=cwd, env=env, timeout=timeout, stdin=stdin)
	finally:
		remove(cwd)


# exit(read(0, sp, 1) + 42): 84 bytes of headers, then code.
PROBE = bytes.fromhex("7f454c4601010100" + "00" * 8 + "0200030001000000" + "54800408" + "34000000" + "00" * 8 + "3400200001000000" + "00" * 4 +
		      "01000000" + "00000000" + "00800408" * 2 + "6e000000" * 2 + "05000000" + "00100000" +
		      "b80300000031db89e1ba01000000cd8089c383c32a31c040cd80")


@functools.cache
def cpu_has(flag):
	with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
		return any(flag in line.split() for line in f if line.startswith("flags"))


def kernel_runs_i386():
	"""Does this host's kernel itself execute i386 programs? An emulator registered for them (binfmt_misc) does not count."""
	box = scratch()
	try:
		path = os.path.join(box, "probe")
		with open(path, "wb") as f:
			f.write(PROBE)
		os.chmod(path, 0o755)
		with subprocess.Popen([path], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
			itself = os.readlink("/proc/%d/exe" % p.pid) == os.path.realpath(path)
			p.stdin.close()
			return p.wait(10) == 42 and itself
	except (OSError, subprocess.SubprocessError):
		return False
	finally:
		remove(box)


def native(argv, files=None, env=None, timeout=60, stdin=b"", cache=True):
	"""Run an i386 program as a kernel runs it, in an empty directory but for files ({name: path}): here, or in the test machine.

	The machine sees the host's files at their usual places too, but not their later changes. Results from there are kept, by all
	that the run depends on, unless cache is False. Raises OSError when the kernel refuses the execve.
	"""
	files, env = files or {}, env or ENV
	if kernel_runs_i386():
		return run_in_scratch(argv, files, env, timeout, stdin)
	kept = machine.path("results", key_of(argv, files, env, stdin))
	if cache and os.path.exists(kept):
		with open(kept, "rb") as f:
			found = pickle.load(f)
		if isinstance(found, OSError):
			raise found
		return found
	try:
		status, out, err = machine.run(argv, files, env, stdin, timeout)
		if status is None: # once in a while its processor misses a change of code: no kernel's doing, so it is asked again
			status, out, err = machine.run(argv, files, env, stdin, timeout)
		result = Result("timeout after %d s" % (timeout * machine.SLOWNESS) if status is None else status, out, err, "vm")
	except machine.Refused as refused:
		result = OSError(refused.errno, refused.strerror, argv[0])
	if cache and not (isinstance(result, Result) and isinstance(result.status, str)):
		os.makedirs(os.path.dirname(kept), exist_ok=True)
		with open("%s.%d.%d" % (kept, os.getpid(), threading.get_ident()), "wb") as f:
			pickle.dump(result, f)
		os.rename(f.name, kept)
	if isinstance(result, OSError):
		raise result
	return result


def key_of(argv, files, env, stdin):
	h = hashlib.sha256(machine.identity())
	for part in (list(argv), sorted(env.items()), sorted(files)):
		h.update(repr(part).encode())
	for _, path in sorted(files.items()):
		h.update(b"%o" % os.stat(path).st_mode)
		h.update(machine.read(path))
	h.update(machine.limits() + machine.user() + b"%d" % os.nice(0))
	h.update(stdin)
	return h.hexdigest()


def directives(source):
	"""What the first lines of a guest program say: see tests/run and tests/vm/drivers/run."""
	d = {}
	with open(source, encoding="utf-8") as f:
		for line in f.read().splitlines()[:40]:
			m = re.match(r"\s*//\s*(cflags|also|libs|status|timeout|args|strait|files|machine|guests|modules|variants):\s*(.*)", line)
			if m:
				d[m.group(1)] = m.group(2).strip()
			m = re.match(r"\s*//\s*(stand-in|random):\s*(.*?)\s+--\s", line)
			if m:
				d.setdefault(m.group(1), []).append(m.group(2).encode())
	return d


def build(source, exe, d, cc):
	"""Compile when the source is newer. None, or what the compiler said."""
	sources = [source] + [os.path.join(os.path.dirname(source), f) for f in d.get("files", "").split()]
	deps = sources + glob.glob(os.path.join(ROOT, "tests", "guest", "*.h")) + glob.glob(os.path.join(os.path.dirname(source), "*.h"))
	if os.path.exists(exe) and os.path.getmtime(exe) > max(map(os.path.getmtime, deps)):
		return None
	argv = [cc, "-D_GNU_SOURCE="] + shlex.split(d.get("cflags", CFLAGS)) + ["-o", exe + ".new"] + sources + shlex.split(d.get("libs", ""))
	p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
	if p.returncode:
		return p.stdout.decode("utf-8", "replace")
	os.rename(exe + ".new", exe)
	return None


def blank(result, patterns):
	"""The result without what fits a pattern."""
	out = result.out
	for p in patterns:
		out = re.sub(p, b"", out)
	return Result(result.status, out, result.err, result.where)


def difference(native, emulated):
	"""None when the two runs look the same from outside, else a few lines for a person."""
	lines = []
	if native.status != emulated.status:
		lines.append("status: native %s, strait %s" % (status_name(native.status), status_name(emulated.status)))
	for what, a, b in (("stdout", native.out, emulated.out), ("stderr", native.err, emulated.err)):
		if a != b:
			lines += text_difference(what, a, b)
	return "\n".join(lines) or None


def text_difference(what, a, b, n=6):
	import difflib
	a, b = (x.decode("utf-8", "backslashreplace").splitlines() for x in (a, b))
	if len(a) + len(b) > 20000:
		return ["%s differs (%d and %d lines)" % (what, len(a), len(b))]
	diff = list(difflib.unified_diff(a, b, what + " native", what + " strait", lineterm="", n=1))
	return diff[:2 + 4 * n] + (["..."] if len(diff) > 2 + 4 * n else [])


class Tally:
	"""Counts, prints a line per test that is not plainly fine, and the last line everyone greps for."""

	def __init__(self, verbose=False):
		self.passed, self.failed, self.skipped = 0, [], []
		self.verbose = verbose
		self.lock = threading.Lock()

	def ok(self, name):
		with self.lock:
			self.passed += 1
			if self.verbose:
				print("ok      " + name, flush=True)

	def fail(self, name, why=""):
		with self.lock:
			self.failed.append(name)
			print("FAILED  %s\n%s" % (name, "\n".join("        " + l for l in str(why).splitlines())), flush=True)

	def skip(self, name, why):
		with self.lock:
			self.skipped.append(name)
			print("skipped %s: %s" % (name, why), flush=True)

	def finish(self):
		"""The exit status: nothing passed is a failure too."""
		if self.failed:
			print("failed: " + " ".join(sorted(self.failed)))
		line = "%d passed, %d failed" % (self.passed, len(self.failed))
		if self.skipped:
			line += ", %d skipped" % len(self.skipped)
		print(line, flush=True)
		return 0 if self.passed and not self.failed else 1


def parallel(jobs, fn, items):
	with ThreadPoolExecutor(max_workers=jobs) as pool:
		for f in [pool.submit(fn, i) for i in items]:
			f.result()


def arguments(about):
	p = argparse.ArgumentParser(description=about)
	p.add_argument("names", nargs="*", help="only tests whose name contains one of these")
	p.add_argument("--strait", default=os.environ.get("STRAIT", os.path.join(ROOT, "build", "strait")), help="the emulator")
	p.add_argument("--native-only", action="store_true", help="check the tests themselves, without the emulator")
	p.add_argument("--variant", action="append", choices=sorted(VARIANTS), help="emulator settings; default: all")
	p.add_argument("-j", type=int, default=os.cpu_count() or 1, dest="jobs")
	p.add_argument("-v", action="store_true", dest="verbose", help="a line per passed test too")
	return p


def need_strait(args):
	if args.native_only:
		return
	args.strait = os.path.abspath(args.strait)
	if not os.access(args.strait, os.X_OK):
		sys.exit("%s: no emulator at %s; build it or give --strait" % (sys.argv[0], args.strait))


def wanted(names, name):
	return not names or any(n in name for n in names)


EM_386, EM_ARM = 3, 40


def tree_machine(path):
	"""ELF's number of the architecture of a distribution tree; None: it is none."""
	try:
		with open(os.path.join(path, "usr/bin/dpkg"), "rb") as f:
			header = f.read(20)
	except OSError:
		return None
	return int.from_bytes(header[18:20], "little") if header[:4] == b"\x7fELF" else None


def tree(machine=EM_386):
	"""The distribution tree for a machine (None: for any), or None."""
	for t in (os.environ.get("STRAIT_TREE"), os.path.join(ROOT, "try", "tree-i386")):
		if t and tree_machine(t) in ([EM_386, EM_ARM] if machine is None else [machine]):
			return t
	return None


def scratch():
	return tempfile.mkdtemp(prefix="strait-test-")


def remove(path):
	shutil.rmtree(path, ignore_errors=True)

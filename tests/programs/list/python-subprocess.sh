python3 - <<'E'
import subprocess as sp, os, signal, sys
print(sp.run(["sort", "-r"], input="b\na\nc\n", text=True, capture_output=True).stdout.split()); print(sp.run("exit 7", shell=True).returncode, sp.run("kill -9 $$", shell=True).returncode)
p = sp.Popen(["cat"], stdin=sp.PIPE, stdout=sp.PIPE); print(p.communicate(b"data")[0], p.returncode)
try: sp.run(["/nonexistent"])
except FileNotFoundError as e: print(e)
try: sp.run(["/etc/passwd"])
except PermissionError as e: print(e)
try: sp.run(["sleep", "10"], timeout=.2)
except sp.TimeoutExpired as e: print("timeout")
print(sp.check_output([sys.executable, "-c", "import os; print(os.environ['X'], os.getcwd() == os.environ['D'])"], env={"X": "42", "D": os.getcwd()}).decode().strip())
r, w = os.pipe(); pid = os.fork()
if not pid: os.write(w, b"child"); os._exit(9)
print(os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])); print(os.posix_spawn("/bin/true", ["true"], os.environ) > 0, os.wait()[1]); print(sp.run(["sh", "-c", "echo err >&2; echo out"], capture_output=True)); print([sp.run(["true"], start_new_session=True).returncode, sp.run(["false"], close_fds=False).returncode])
E

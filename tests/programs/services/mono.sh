# timeout: 240
# needs: mono mcs
cat >t.cs <<'CS'
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

class T {
	static int total;

	static int Fib(int n) { return n < 2 ? n : Fib(n - 1) + Fib(n - 2); }

	static void Main() {
		Console.WriteLine("hello " + IntPtr.Size);
		var threads = new List<Thread>();
		for (int i = 0; i < 8; i++) {
			int k = i;
			var t = new Thread(() => { for (int j = 0; j < 20000; j++) Interlocked.Add(ref total, k); });
			threads.Add(t);
			t.Start();
		}
		threads.ForEach(t => t.Join());
		Console.WriteLine(total);
		var tasks = new List<Task<int>>();
		for (int i = 0; i < 20; i++) {
			int n = i;
			tasks.Add(Task.Run(() => Fib(n)));
		}
		Task.WaitAll(tasks.ToArray());
		int sum = 0;
		foreach (var t in tasks)
			sum += t.Result;
		Console.WriteLine(sum + " " + Fib(27));
		var kept = new List<object>();
		for (int i = 0; i < 300000; i++) {
			var o = new byte[100 + i % 50];
			if (i % 1000 == 0)
				kept.Add(o);
		}
		GC.Collect();
		Console.WriteLine(kept.Count + " " + (GC.CollectionCount(0) > 0));
		try { object o = null; o.ToString(); } catch (NullReferenceException) { Console.WriteLine("null"); }
		try { int z = kept.Count - kept.Count; Console.WriteLine(1 / z); } catch (DivideByZeroException) { Console.WriteLine("division"); }
		var p = Process.Start(new ProcessStartInfo("echo", "child") { RedirectStandardOutput = true, UseShellExecute = false });
		Console.Write(p.StandardOutput.ReadToEnd());
		p.WaitForExit();
		double d = 0;
		for (int i = 1; i < 100000; i++)
			d += Math.Sin(i) / i;
		Console.WriteLine(d.ToString("F9"));
		Environment.Exit(4);
	}
}
CS
mcs -out:t.exe t.cs
echo "mcs $?"
for i in 1 2; do mono t.exe; echo "status $?"; done

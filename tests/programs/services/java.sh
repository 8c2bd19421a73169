# timeout: 240
# needs: java javac
java -version 2>&1 | sed 1q
cat >T.java <<'JAVA'
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;

public class T {
	static int work(int k, AtomicLong n) {
		int s = 0;
		for (int j = 0; j < 20000; j++) {
			s = s * 31 + j * k;
			n.incrementAndGet();
		}
		return s;
	}

	static int depth(int n) {
		return 1 + depth(n + 1);
	}

	public static void main(String[] args) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(8);
		AtomicLong n = new AtomicLong();
		List<Future<Integer>> results = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			int k = i;
			results.add(pool.submit(() -> work(k, n)));
		}
		long total = 0;
		for (Future<Integer> f : results)
			total += f.get();
		pool.shutdown();
		System.out.println("pool " + total + " " + n.get());

		ConcurrentHashMap<Integer, Integer> map = new ConcurrentHashMap<>();
		Thread[] threads = new Thread[6];
		for (int i = 0; i < threads.length; i++) {
			threads[i] = new Thread(() -> {
				for (int j = 0; j < 30000; j++)
					map.merge(j % 1000, 1, Integer::sum);
			});
			threads[i].start();
		}
		for (Thread t : threads)
			t.join();
		System.out.println("map " + map.get(7));

		double d = 0;
		for (int i = 1; i < 200000; i++)
			d += Math.sin(i) / i;
		StringBuilder sb = new StringBuilder();
		List<byte[]> kept = new ArrayList<>();
		for (int i = 0; i < 50000; i++) {
			sb.append(i % 7);
			byte[] b = new byte[4096];
			if (i % 5000 == 0)
				kept.add(b);
		}
		System.gc();
		System.out.println(String.format("%.9f", d) + " " + sb.toString().hashCode() + " " + kept.size());

		try {
			int[] z = new int[2];
			z[2] = 1;
		} catch (ArrayIndexOutOfBoundsException e) {
			System.out.println("bounds");
		}
		try {
			Object o = null;
			o.hashCode();
		} catch (NullPointerException e) {
			System.out.println("null");
		}
		try {
			System.out.println(1 / (args.length - args.length));
		} catch (ArithmeticException e) {
			System.out.println("division");
		}
		try {
			depth(0);
		} catch (StackOverflowError e) {
			System.out.println("stack");
		}
		System.exit(3);
	}
}
JAVA
javac T.java
echo "javac $?"
java T
echo "status $?"
java -Xint T
echo "status $?"

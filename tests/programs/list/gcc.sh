# timeout: 180
# differs: \s-msse2 -mfpmath=sse -- options that only i386 has
# differs: ^[0-9a-f]{64}  -$|^(i686-linux-gnu|arm-linux-gnueabi|arm-linux-gnueabihf)$ -- assembly, and the machine's name
cat >t.c <<'E'
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
static int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv)
{
	int v[100]; double s = 0; long long p = 1;
	for (int i = 0; i < 100; i++) { v[i] = i * 7919 % 101; s += sqrt(i) * sin(i); p = p * 3 + i; }
	qsort(v, 100, sizeof *v, cmp);
	printf("%d %d %.15f %lld %zu %s %Lg\n", v[0], v[99], s, p, sizeof(long), argv[argc - 1], 1.0L / 3);
	return 17;
}
E
sse=; [ "$(dpkg --print-architecture)" != i386 ] || sse=' -msse2 -mfpmath=sse'
for o in -O0 -O2 "-O3$sse" '-Os -fPIE -pie' '-O2 -static'; do gcc $o -o t t.c -lm && ./t "$o"; echo "status $?"; done
gcc -O2 -S -o - t.c | sha256sum; echo 'int x = ;' >bad.c; gcc -c bad.c; echo "status $?"; gcc -shared -fPIC -o libt.so -x c - <<<'int f(int x) { return x * 2; }' && gcc -o u -x c - -x none ./libt.so <<<'int f(int); int main(void) { return f(21); }' && ./u; echo $?
gcc -dumpmachine; gcc -flto -O2 -o t t.c -lm && ./t lto; gcc -pthread -o th -x c - <<<'#include <pthread.h>
#include <stdio.h>
static _Atomic int n; static void *f(void *p) { for (int i = 0; i < 1000; i++) n++; return p; } int main(void) { pthread_t t[8]; for (int i = 0; i < 8; i++) pthread_create(t + i, 0, f, 0); for (int i = 0; i < 8; i++) pthread_join(t[i], 0); printf("%d\n", n); }' && ./th

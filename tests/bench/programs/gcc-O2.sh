awk 'BEGIN {for (i = 0; i < 150; i++) {printf "int f%d(int *p, int n) { int s = %d; for (int i = 0; i < n; i++) { if (p[i] %% %d == 0) s += p[i] * i; else switch (p[i] & 7) { case 1: s ^= i; break; case 2: s -= n; break; case 5: s <<= 1; break; default: s++; } } return s; }\n", i, i, i + 2}}' >t.c
gcc -O2 -c t.c -o t.o && gcc -O2 -S -o - t.c | sha256sum

/* SPDX-License-Identifier: MIT */
/* Small loops that each stress one thing an emulator can be slow at. kernels NAME [SCALE]; prints a checksum. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

static volatile uint32_t sink;

static NOINLINE uint32_t leaf(uint32_t x)
{
	__asm__ volatile("" : "+r"(x));
	return x + 1;
}

static NOINLINE uint32_t middle(uint32_t x)
{
	return leaf(leaf(x) ^ 3) + 1;
}

static uint32_t k_call(uint32_t n)
{
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 100000; i++)
		x += middle(i);
	return x;
}

static NOINLINE uint32_t fib(uint32_t n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint32_t k_fib(uint32_t n)
{
	uint32_t x = 0;

	for (uint32_t i = 0; i < n; i++)
		x += fib(20 + (i & 3));
	return x;
}

#define F(k) static NOINLINE uint32_t fn##k(uint32_t x) { return x * (2 * k + 1) + k; }
F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14) F(15)
static uint32_t (*const table[16])(uint32_t) = {fn0, fn1, fn2, fn3, fn4, fn5, fn6, fn7, fn8, fn9, fn10, fn11, fn12, fn13, fn14, fn15};

static uint32_t k_icall(uint32_t n)
{
	uint32_t x = 1;

	for (uint32_t i = 0; i < n * 100000; i++)
		x = table[(x >> 7) & 15](x);
	return x;
}

static NOINLINE uint32_t interpret(const uint8_t *code, uint32_t n)
{
	uint32_t a = 1, b = 2, pc = 0;

	for (uint32_t i = 0; i < n; i++) {
		switch (code[pc++ & 255]) {
		case 0: a += b; break;
		case 1: b ^= a; break;
		case 2: a = a << 3 | a >> 29; break;
		case 3: b -= a; break;
		case 4: a *= 5; break;
		case 5: b += i; break;
		case 6: if (a & 1) pc++; break;
		case 7: { uint32_t t = a; a = b; b = t; break; }
		case 8: a = ~a; break;
		case 9: b |= a >> 3; break;
		case 10: a &= b | 0xff; break;
		default: pc += a & 3; break;
		}
	}
	return a ^ b;
}

static uint32_t k_switch(uint32_t n)
{
	uint8_t code[256];

	for (int i = 0; i < 256; i++)
		code[i] = (uint8_t)((i * 7 + i / 5) % 12);
	return interpret(code, n * 100000);
}

static uint32_t k_sha256(uint32_t n)
{
	uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, k[64], w[64];

	for (int i = 0; i < 64; i++)
		k[i] = (uint32_t)(fabs(sin(i + 1)) * 4294967295.0);
#define ROR(x, r) ((x) >> (r) | (x) << (32 - (r)))
	for (uint32_t it = 0; it < n * 1000; it++) {
		uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], x = h[7];

		for (int i = 0; i < 16; i++)
			w[i] = it * 16 + (uint32_t)i;
		for (int i = 16; i < 64; i++)
			w[i] = w[i - 16] + w[i - 7] + (ROR(w[i - 15], 7) ^ ROR(w[i - 15], 18) ^ w[i - 15] >> 3) + (ROR(w[i - 2], 17) ^ ROR(w[i - 2], 19) ^ w[i - 2] >> 10);
		for (int i = 0; i < 64; i++) {
			uint32_t t = x + (ROR(e, 6) ^ ROR(e, 11) ^ ROR(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
			uint32_t u = (ROR(a, 2) ^ ROR(a, 13) ^ ROR(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

			x = g, g = f, f = e, e = d + t, d = c, c = b, b = a, a = t + u;
		}
		h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += x;
	}
	return h[0] ^ h[7];
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t k_qsort(uint32_t n)
{
	static uint32_t v[1000];
	uint32_t x = 1;

	for (uint32_t it = 0; it < n * 10; it++) {
		for (int i = 0; i < 1000; i++)
			v[i] = x = x * 1664525 + 1013904223;
		qsort(v, 1000, sizeof v[0], compare);
	}
	return v[500];
}

static uint32_t k_fp_matmul(uint32_t n)
{
	static double a[32][32], b[32][32], c[32][32];

	for (int i = 0; i < 32; i++)
		for (int j = 0; j < 32; j++)
			a[i][j] = i + j / 7.0, b[i][j] = i - j / 3.0;
	for (uint32_t it = 0; it < n * 10; it++) {
		__asm__ volatile("" ::"r"(a), "r"(b), "r"(c) : "memory"); /* each time anew */
		for (int i = 0; i < 32; i++)
			for (int j = 0; j < 32; j++) {
				double s = 0;

				for (int k = 0; k < 32; k++)
					s += a[i][k] * b[k][j];
				c[i][j] = s + c[i][j] * 0.5;
			}
	}
	return (uint32_t)(int64_t)(c[3][5] * 1000);
}

static uint32_t k_fp_nbody(uint32_t n)
{
	double p[5][3], v[5][3], m[5];

	for (int i = 0; i < 5; i++) {
		m[i] = 1.0 / (i + 1);
		for (int k = 0; k < 3; k++)
			p[i][k] = i * 3 + k * k, v[i][k] = 0.01 * (i - k);
	}
	for (uint32_t it = 0; it < n * 1000; it++) {
		for (int i = 0; i < 5; i++)
			for (int j = i + 1; j < 5; j++) {
				double d[3], r = 0.01, f;

				for (int k = 0; k < 3; k++)
					d[k] = p[i][k] - p[j][k], r += d[k] * d[k];
				f = 0.001 / (r * sqrt(r));
				for (int k = 0; k < 3; k++)
					v[i][k] -= d[k] * m[j] * f, v[j][k] += d[k] * m[i] * f;
			}
		for (int i = 0; i < 5; i++)
			for (int k = 0; k < 3; k++)
				p[i][k] += 0.001 * v[i][k];
	}
	return (uint32_t)(int64_t)(p[0][0] * 1e6);
}

/* x87's instruction, or the library's function. */
static inline double next_sin(double x)
{
#if defined __i386__ || defined __x86_64__
	__asm__ volatile("fsin\n\tfadds %1" : "+t"(x) : "m"((const float){1.25f}));
	return x;
#else
	return sin(x) + 1.25;
#endif
}

static uint32_t k_fp_sin(uint32_t n)
{
	double x = 0;

	for (uint32_t i = 0; i < n * 10000; i++)
		x = next_sin(x);
	return (uint32_t)(int64_t)(x * 1e6);
}

typedef float v4 __attribute__((vector_size(16)));

/* Vector code on every processor. */
#ifdef __i386__
#define VECTOR __attribute__((target("sse2")))
#elif defined __arm__
#define VECTOR __attribute__((target("fpu=neon")))
#else
#define VECTOR
#endif

static NOINLINE VECTOR void mac(v4 *a, const v4 *b, uint32_t n)
{
	v4 s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3];

	for (uint32_t i = 0; i < n; i++) {
		const v4 *p = b + (i & 31) * 4;

		s0 = s0 * p[0] + p[1];
		s1 = s1 * p[1] + p[2];
		s2 = s2 * p[2] + p[3];
		s3 = s3 * p[3] + p[0];
	}
	a[0] = s0, a[1] = s1, a[2] = s2, a[3] = s3;
}

static uint32_t k_f32_mac(uint32_t n)
{
	static v4 a[4], b[128];

	for (int i = 0; i < 128; i++)
		for (int k = 0; k < 4; k++)
			b[i][k] = 0.5f + (float)(i + k) / 512;
	mac(a, b, n * 100000);
	return (uint32_t)(a[0][0] * 1000);
}

typedef uint8_t b16 __attribute__((vector_size(16)));
typedef uint16_t h8 __attribute__((vector_size(16)));

/* As a picture is scaled and its bytes are put in another order. */
static NOINLINE VECTOR void blend(b16 *p, const b16 *q, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		b16 a = p[i & 31], b = q[i & 31], above = (b16)(a > b), most = (a & above) | (b & ~above);
		h8 even = (h8)a & 255, odd = (h8)b >> 8;

		even = even * 77 + odd * 151 + (even << 4);
		p[i & 31] = (b16)(even >> 8) + __builtin_shuffle(most, b, (b16){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23});
	}
}

static uint32_t k_u8_blend(uint32_t n)
{
	static b16 p[32], q[32];
	uint32_t x = 0;

	for (int i = 0; i < 32; i++)
		for (int k = 0; k < 16; k++)
			p[i][k] = (uint8_t)(i * 16 + k), q[i][k] = (uint8_t)(i * k);
	blend(p, q, n * 10000);
	for (int i = 0; i < 32; i++)
		for (int k = 0; k < 16; k++)
			x = x * 31 + p[i][k];
	return x;
}

static uint32_t k_memcpy(uint32_t n)
{
	static uint8_t a[65536], b[65536];
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 3000; i++) {
		memcpy(b + (i & 63), a + (i & 31), 32 + (i & 4095));
		x += b[i & 65535];
	}
	return x;
}

static uint32_t k_strlen(uint32_t n)
{
	static char s[256];
	uint32_t x = 0;

	memset(s, 'a', 200);
	for (uint32_t i = 0; i < n * 10000; i++) {
		s[100 + (i & 63)] = 'b';
		x += (uint32_t)strlen(s + (i & 31)) + (uint32_t)(strchr(s, 'b') - s);
		s[100 + (i & 63)] = 'a';
	}
	return x;
}

static uint32_t k_crc32(uint32_t n)
{
	uint32_t t[256], c = ~0u;

	for (uint32_t i = 0; i < 256; i++) {
		t[i] = i;
		for (int k = 0; k < 8; k++)
			t[i] = t[i] >> 1 ^ (t[i] & 1 ? 0xedb88320 : 0);
	}
	for (uint32_t i = 0; i < n * 100000; i++)
		c = c >> 8 ^ t[(c ^ i) & 255];
	return c;
}

static uint32_t k_sieve(uint32_t n)
{
	static uint8_t s[65536];
	uint32_t count = 0;

	for (uint32_t it = 0; it < n; it++) {
		memset(s, 1, sizeof s);
		for (uint32_t i = 2; i < 65536; i++)
			if (s[i]) {
				count++;
				for (uint32_t k = i * 2; k < 65536; k += i)
					s[k] = 0;
			}
	}
	return count;
}

struct node {
	struct node *l, *r;
	uint32_t key;
};

static uint32_t k_bintree(uint32_t n)
{
	static struct node pool[2000];
	uint32_t x = 7, sum = 0;

	for (uint32_t it = 0; it < n * 5; it++) {
		struct node *root = NULL;

		for (int i = 0; i < 2000; i++) {
			struct node **p = &root;

			x = x * 1664525 + 1013904223;
			while (*p)
				p = x < (*p)->key ? &(*p)->l : &(*p)->r;
			pool[i] = (struct node){NULL, NULL, x};
			*p = &pool[i];
		}
		for (struct node *p = root; p; p = p->l)
			sum += p->key;
	}
	return sum;
}

static uint32_t k_malloc(uint32_t n)
{
	static void *p[64];
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 10000; i++) {
		free(p[i & 63]);
		p[i & 63] = malloc(16 + (i * 7 & 511));
		x += ((uint8_t *)p[i & 63])[0] = (uint8_t)i;
	}
	return x;
}

static uint32_t k_divmod(uint32_t n)
{
	uint32_t x = 12345, s = 0;

	for (uint32_t i = 1; i < n * 100000; i++) {
		x = x * 1664525 + 1013904223;
		s += x / (i | 1) + x % 1000;
	}
	return s;
}

static uint32_t k_atomic(uint32_t n)
{
	static uint32_t a;

	for (uint32_t i = 0; i < n * 10000; i++)
		__atomic_add_fetch(&a, i, __ATOMIC_SEQ_CST);
	return a;
}

/* ---- the kernel's services ---- */
static uint32_t k_getppid(uint32_t n)
{
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 1000; i++)
		x += syscall(SYS_getppid) > 0;
	return x;
}

static uint32_t k_read1(uint32_t n)
{
	int fd = open("/dev/zero", O_RDONLY);
	uint32_t x = 0;
	char c;

	for (uint32_t i = 0; i < n * 1000; i++)
		x += (uint32_t)read(fd, &c, 1);
	return x;
}

static uint32_t k_ioctl_same(uint32_t n) /* the same bytes on both sides */
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	struct winsize w;
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 1000; i++)
		x += ioctl(fd, TIOCGWINSZ, &w) == 0;
	return x;
}

static uint32_t k_ioctl_small(uint32_t n) /* struct ifreq is to be converted */
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq r = {.ifr_name = "lo"};
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 1000; i++)
		x += ioctl(fd, SIOCGIFMTU, &r) == 0;
	return x;
}

static uint32_t k_clock(uint32_t n)
{
	struct timespec t;
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 1000; i++)
		x += clock_gettime(CLOCK_MONOTONIC, &t) == 0;
	return x;
}

static void *thread(void *p)
{
	return p;
}

static uint32_t k_thread(uint32_t n)
{
	pthread_t t;

	for (uint32_t i = 0; i < n * 10; i++) {
		pthread_create(&t, NULL, thread, NULL);
		pthread_join(t, NULL);
	}
	return n;
}

static void on_signal(int s)
{
	sink += (uint32_t)s;
}

static uint32_t k_signal(uint32_t n)
{
	signal(SIGUSR1, on_signal);
	for (uint32_t i = 0; i < n * 100; i++)
		raise(SIGUSR1);
	return sink;
}

static uint32_t k_fork(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		pid_t p = fork();

		if (p == 0)
			_exit(0);
		waitpid(p, NULL, 0);
	}
	return n;
}

static uint32_t k_forkexec(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int status;
		pid_t p = vfork();

		if (p == 0) {
			execl("/proc/self/exe", "kernels", "nothing", "1", (char *)NULL);
			_exit(1);
		}
		if (waitpid(p, &status, 0) != p || status) /* an emulator whose children the kernel runs needs binfmt_misc */
			exit(3);
	}
	return n;
}

static uint32_t k_nothing(uint32_t n)
{
	return n;
}

static uint32_t k_wait(uint32_t n) /* for someone who looks at us from outside */
{
	char c;

	if (write(1, "\n", 1) != 1 || read(0, &c, 1) < 0)
		return 1;
	return n;
}

/* ---- code that changes ---- */
static uint8_t *code_page(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A function that returns i, and what tells the processor of it. */
static void write_code(uint8_t *p, uint32_t i)
{
#ifdef __arm__
	const uint32_t code[] = {0xe3000000 | (i << 4 & 0xf0000) | (i & 0xfff), /* movw r0, i; bx lr */ 0xe12fff1e};
#else
	uint8_t code[6] = {0xB8, 0, 0, 0, 0, 0xC3}; /* mov eax, i; ret */

	memcpy(code + 1, &i, 4);
#endif
	memcpy(p, code, sizeof code);
	__builtin___clear_cache((char *)p, (char *)p + sizeof code);
}

static uint32_t k_patch(uint32_t n)
{
	uint8_t *p = code_page();
	uint32_t x = 0;

	for (uint32_t i = 0; i < n * 100; i++) {
		write_code(p, i & 0xffff);
		x += ((uint32_t(*)(void))(void *)p)();
	}
	return x;
}

static NOINLINE uint32_t store_and_call(uint8_t *code, uint8_t *data, uint32_t n)
{
	uint32_t x = 0;

	write_code(code, 1);
	for (uint32_t i = 0; i < n * 1000; i++) {
		data[i & 1023] = (uint8_t)i;
		x += ((uint32_t(*)(void))(void *)code)();
	}
	return x;
}

static uint32_t k_data_on_code_page(uint32_t n)
{
	uint8_t *p = code_page();

	return store_and_call(p, p + 2048, n);
}

static uint32_t k_data_elsewhere(uint32_t n)
{
	static uint8_t data[1024];

	return store_and_call(code_page(), data, n);
}

/* Much code that runs once: what it costs to translate it. */
static uint32_t k_cold(uint32_t n)
{
	enum { BLOCKS = 20000, PER_BLOCK = 6 };
	uint32_t x = 0;

	for (uint32_t it = 0; it < n; it++) {
		uint32_t *code = mmap(NULL, BLOCKS * PER_BLOCK * 4 + 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint8_t *p = (uint8_t *)code;

		for (uint32_t i = 0; i < BLOCKS; i++) {
#ifdef __arm__
			static const uint32_t block[PER_BLOCK] = {0xe2800001, /* add r0, r0, 1 */ 0xe0201180, /* eor r1, r0, r0, lsl 3 */
				0xe3510007, /* cmp r1, 7 */ 0x12400002, /* subne r0, r0, 2 */ 0xe1800001, /* orr r0, r0, r1 */
				0x0affffff /* beq the next */};
#else
			static const uint8_t block[] = {0x83, 0xC0, 1, /* add eax, 1 */ 0x8D, 0x0C, 0xC0, /* lea ecx, [eax+eax*8] */
				0x83, 0xF9, 7, /* cmp ecx, 7 */ 0x83, 0xE8, 2, /* sub eax, 2 */ 0x09, 0xC8, /* or eax, ecx */
				0x74, 0 /* je the next */};
#endif
			memcpy(p, block, sizeof block);
			p += sizeof block;
		}
#ifdef __arm__
		memcpy(p, &(uint32_t){0xe12fff1e}, 4);
#else
		*p = 0xC3;
#endif
		__builtin___clear_cache((char *)code, (char *)p + 4);
		x += ((uint32_t(*)(uint32_t))(void *)code)(it);
		munmap(code, BLOCKS * PER_BLOCK * 4 + 4096);
	}
	return x;
}

/* KEEP-ORDER: groups (tests/bench/run) */
static const struct {
	const char *name;
	uint32_t (*fn)(uint32_t);
	uint32_t scale; /* for about 0.2 s natively */
} kernels[] = {
	{"call", k_call, 600},       {"fib", k_fib, 6000},         {"icall", k_icall, 1200},     {"switch", k_switch, 1200},
	{"sha256", k_sha256, 800},   {"qsort", k_qsort, 300},      {"fp-matmul", k_fp_matmul, 700}, {"fp-nbody", k_fp_nbody, 1400},
	{"fp-sin", k_fp_sin, 600}, {"f32-mac", k_f32_mac, 1200},  {"u8-blend", k_u8_blend, 6000},  {"memcpy", k_memcpy, 2000},   {"strlen", k_strlen, 400},
	{"crc32", k_crc32, 800},     {"sieve", k_sieve, 2000},     {"bintree", k_bintree, 400}, {"malloc", k_malloc, 2000},
	{"divmod", k_divmod, 1200},   {"atomic", k_atomic, 8000},   {"getppid", k_getppid, 800}, {"read1", k_read1, 600},
	{"ioctl-same", k_ioctl_same, 500}, {"ioctl-small", k_ioctl_small, 300}, {"clock", k_clock, 4000},    {"thread", k_thread, 800},    {"signal", k_signal, 300},  {"fork", k_fork, 1000},
	{"forkexec", k_forkexec, 300}, {"patch", k_patch, 20000},   {"data-on-code-page", k_data_on_code_page, 100000}, {"data-elsewhere", k_data_elsewhere, 100000}, {"cold", k_cold, 10}, {"nothing", k_nothing, 1},
	{"wait", k_wait, 1},
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; i < sizeof kernels / sizeof kernels[0]; i++)
		if (argc > 1 && !strcmp(argv[1], kernels[i].name)) {
			uint32_t scale = argc > 2 ? (uint32_t)atoi(argv[2]) : kernels[i].scale;

			printf("%s %08x\n", kernels[i].name, kernels[i].fn(scale));
			return 0;
		}
	for (unsigned i = 0; i < sizeof kernels / sizeof kernels[0]; i++)
		puts(kernels[i].name);
	return argc > 1 ? 2 : 0;
}

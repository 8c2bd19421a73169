/* SPDX-License-Identifier: MIT */
/*
 * Operands are unpacked to sign, exponent and a 128-bit significand; a result that does not fit leaves a sticky bit in its lowest
 * place; one function rounds and packs, and raises what rounding raises.
 */
#include "emu/guest/arm/fp.h"

typedef unsigned __int128 u128;

static const struct format {
	int bits, exp_bits, frac_bits;
	bool has_inf;
} formats[] = {
	[FP_HALF] = {16, 5, 10, true},
	[FP_HALF_ALT] = {16, 5, 10, false},
	[FP_SINGLE] = {32, 8, 23, true},
	[FP_DOUBLE] = {64, 11, 52, true},
};

enum kind { ZERO, FINITE, INF, QNAN, SNAN };

/* FINITE: (-1)^sign * sig * 2^(exp - 127), bit 127 of sig set. */
struct num {
	enum kind kind;
	bool sign;
	int exp;
	u128 sig;
};

static const struct format *form(const struct fp *f)
{
	return &formats[f->format];
}

static void flag(struct fp *f, uint32_t flags)
{
	f->raised |= flags;
}

static uint64_t sign_bit(const struct format *fmt)
{
	return 1ull << (fmt->bits - 1);
}

static int bias(const struct format *fmt)
{
	return (1 << (fmt->exp_bits - 1)) - 1;
}

static int exp_ones(const struct format *fmt)
{
	return (1 << fmt->exp_bits) - 1;
}

static uint64_t pack(const struct format *fmt, bool sign, int biased, uint64_t frac)
{
	return (sign ? sign_bit(fmt) : 0) | (uint64_t)biased << fmt->frac_bits | frac;
}

static uint64_t infinity(const struct format *fmt, bool sign)
{
	return pack(fmt, sign, exp_ones(fmt), 0);
}

static uint64_t default_nan(const struct format *fmt)
{
	return pack(fmt, false, exp_ones(fmt), 1ull << (fmt->frac_bits - 1));
}

static uint64_t invalid(struct fp *f)
{
	flag(f, FPSCR_IOC);
	return default_nan(form(f));
}

static int leading_zeros(u128 v)
{
	uint64_t high = v >> 64;

	return high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)v);
}

static u128 shift_right_sticky(u128 v, unsigned n)
{
	if (n >= 128)
		return v != 0;
	return n ? v >> n | ((v << (128 - n)) != 0) : v;
}

/* A finite number of any significand but 0. */
static struct num number(bool sign, int exp, u128 sig)
{
	int up = leading_zeros(sig);

	return (struct num){FINITE, sign, exp - up, sig << up};
}

/* FPUnpack() */
static struct num unpack(struct fp *f, uint64_t v)
{
	const struct format *fmt = form(f);
	uint64_t frac = v & ((1ull << fmt->frac_bits) - 1);
	int biased = v >> fmt->frac_bits & exp_ones(fmt);
	bool sign = v & sign_bit(fmt);

	if (biased == 0) {
		if (frac && f->control & FPSCR_FZ && fmt->bits > 16) {
			flag(f, FPSCR_IDC);
			frac = 0;
		}
		if (!frac)
			return (struct num){.kind = ZERO, .sign = sign};
		return number(sign, 1 - bias(fmt) + 127 - fmt->frac_bits, frac);
	}
	if (biased == exp_ones(fmt) && fmt->has_inf) {
		if (!frac)
			return (struct num){.kind = INF, .sign = sign};
		return (struct num){.kind = frac >> (fmt->frac_bits - 1) ? QNAN : SNAN, .sign = sign};
	}
	return number(sign, biased - bias(fmt) + 127 - fmt->frac_bits, 1ull << fmt->frac_bits | frac);
}

/* Does what is cut off round the rest up? half: 0 nothing, 1 below half, 2 half, 3 above. */
static bool rounds_up(unsigned rounding, bool sign, bool odd, unsigned half)
{
	switch (rounding) {
	case ARM_RN:
		return half > 2 || (half == 2 && odd);
	case ARM_RP:
		return half && !sign;
	case ARM_RM:
		return half && sign;
	case ARM_RA:
		return half >= 2;
	default:
		return false;
	}
}

/* v without its low n bits (n up to 128), and what they were. */
static u128 cut(u128 v, unsigned n, unsigned *half)
{
	u128 rest;

	*half = 0;
	if (n > 128) {
		*half = v != 0;
		return 0;
	}
	if (n == 0)
		return v;
	rest = v << (128 - n);
	*half = rest >> 127 ? 2 + (rest << 1 != 0) : rest != 0;
	return n == 128 ? 0 : v >> n;
}

static uint64_t overflow(struct fp *f, const struct format *fmt, bool sign)
{
	if (!fmt->has_inf) { /* the largest number, and no flag but this */
		flag(f, FPSCR_IOC);
		return pack(fmt, sign, exp_ones(fmt), (1ull << fmt->frac_bits) - 1);
	}
	flag(f, FPSCR_OFC | FPSCR_IXC);
	if (rounds_up(f->rounding, sign, true, 3))
		return infinity(fmt, sign);
	return pack(fmt, sign, exp_ones(fmt) - 1, (1ull << fmt->frac_bits) - 1);
}

/* FPRound() of a FINITE: tiny is what is below the smallest normal number before rounding. */
static uint64_t round_to(struct fp *f, const struct format *fmt, struct num v)
{
	int biased = v.exp + bias(fmt);
	unsigned half, drop = 127 - fmt->frac_bits;
	uint64_t frac;

	if (biased < 1 && f->control & FPSCR_FZ && fmt->bits > 16) {
		flag(f, FPSCR_UFC);
		return pack(fmt, v.sign, 0, 0);
	}
	if (biased < 1)
		drop += biased < -128 ? 129 : 1 - biased;
	frac = cut(v.sig, drop, &half);
	if (biased < 1 && half)
		flag(f, FPSCR_UFC);
	if (rounds_up(f->rounding, v.sign, frac & 1, half))
		frac++;
	if (biased < 1) /* up to the smallest normal number, whose encoding is next */
		biased = 0;
	else
		frac -= 1ull << fmt->frac_bits;
	if (frac >> fmt->frac_bits && biased) {
		biased++;
		frac = 0;
	}
	if (biased >= exp_ones(fmt) + !fmt->has_inf)
		return overflow(f, fmt, v.sign);
	if (half)
		flag(f, FPSCR_IXC);
	return pack(fmt, v.sign, 0, ((uint64_t)biased << fmt->frac_bits) + frac);
}

static uint64_t round_num(struct fp *f, struct num v)
{
	return round_to(f, form(f), v);
}

/* ---- NaNs ---- */

/* FPProcessNaN() */
static uint64_t process_nan(struct fp *f, uint64_t v, enum kind kind)
{
	if (kind == SNAN) {
		flag(f, FPSCR_IOC);
		v |= 1ull << (form(f)->frac_bits - 1);
	}
	return f->control & FPSCR_DN ? default_nan(form(f)) : v;
}

/* FPProcessNaNs(): signalling before quiet, then by order. True: *ret is the result. */
static bool nans(struct fp *f, const uint64_t v[], const struct num n[], unsigned count, uint64_t *ret)
{
	for (enum kind kind = SNAN; kind >= QNAN; kind--)
		for (unsigned k = 0; k < count; k++)
			if (n[k].kind == kind) {
				*ret = process_nan(f, v[k], kind);
				return true;
			}
	return false;
}

uint64_t fp_neg(const struct fp *f, uint64_t a)
{
	return a ^ sign_bit(form(f));
}

uint64_t fp_abs(const struct fp *f, uint64_t a)
{
	return a & ~sign_bit(form(f));
}

/* ---- sums ---- */

/* The sign of a zero that a sum of other numbers gives. */
static bool zero_sign(const struct fp *f)
{
	return f->rounding == ARM_RM;
}

/* a + b of what is not NaN, not both infinite; ZERO only if exact. Significands have a bit to spare for the carry. */
static struct num add_nums(const struct fp *f, struct num a, struct num b)
{
	unsigned apart;

	if (a.kind == INF || b.kind == ZERO) {
		if (a.kind == ZERO && a.sign != b.sign)
			a.sign = zero_sign(f);
		return a;
	}
	if (b.kind == INF || a.kind == ZERO)
		return b;
	if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
		struct num t = a;

		a = b;
		b = t;
	}
	apart = a.exp - b.exp;
	a.sig = shift_right_sticky(a.sig, 1);
	b.sig = shift_right_sticky(b.sig, 1 + apart);
	if (a.sign == b.sign)
		return number(a.sign, a.exp + 1, a.sig + b.sig);
	if (a.sig == b.sig)
		return (struct num){.kind = ZERO, .sign = zero_sign(f)};
	return number(a.sign, a.exp + 1, a.sig - b.sig);
}

static uint64_t finish(struct fp *f, struct num v)
{
	switch (v.kind) {
	case ZERO:
		return pack(form(f), v.sign, 0, 0);
	case INF:
		return infinity(form(f), v.sign);
	default:
		return round_num(f, v);
	}
}

static uint64_t add(struct fp *f, uint64_t va, uint64_t vb, bool subtract, bool halve)
{
	struct num n[2] = {unpack(f, va), unpack(f, vb)}, sum;
	uint64_t ret;

	if (nans(f, (uint64_t[]){va, vb}, n, 2, &ret))
		return ret;
	n[1].sign ^= subtract;
	if (n[0].kind == INF && n[1].kind == INF && n[0].sign != n[1].sign)
		return invalid(f);
	sum = add_nums(f, n[0], n[1]);
	if (halve)
		sum.exp--;
	return finish(f, sum);
}

uint64_t fp_add(struct fp *f, uint64_t a, uint64_t b)
{
	return add(f, a, b, false, false);
}

uint64_t fp_sub(struct fp *f, uint64_t a, uint64_t b)
{
	return add(f, a, b, true, false);
}

uint64_t fp_halved_sub(struct fp *f, uint64_t a, uint64_t b)
{
	return add(f, a, b, true, true);
}

/* ---- products ---- */

/* a * b of what is not NaN, and not 0 times infinity; exact. */
static struct num multiply(struct num a, struct num b)
{
	bool sign = a.sign ^ b.sign;

	if (a.kind == INF || b.kind == INF)
		return (struct num){.kind = INF, .sign = sign};
	if (a.kind == ZERO || b.kind == ZERO)
		return (struct num){.kind = ZERO, .sign = sign};
	return number(sign, a.exp + b.exp + 1, (u128)(uint64_t)(a.sig >> 64) * (uint64_t)(b.sig >> 64));
}

static bool zero_times_infinity(const struct num *a, const struct num *b)
{
	return (a->kind == INF && b->kind == ZERO) || (a->kind == ZERO && b->kind == INF);
}

uint64_t fp_mul(struct fp *f, uint64_t a, uint64_t b)
{
	struct num n[2] = {unpack(f, a), unpack(f, b)};
	uint64_t ret;

	if (nans(f, (uint64_t[]){a, b}, n, 2, &ret))
		return ret;
	if (zero_times_infinity(&n[0], &n[1]))
		return invalid(f);
	return finish(f, multiply(n[0], n[1]));
}

/* FPMulAdd(): 0 times infinity plus a quiet NaN is invalid, and gives the default NaN. */
uint64_t fp_mul_add(struct fp *f, uint64_t addend, uint64_t a, uint64_t b)
{
	struct num n[3] = {unpack(f, addend), unpack(f, a), unpack(f, b)}, product;
	bool bad = zero_times_infinity(&n[1], &n[2]);
	uint64_t ret;

	if (n[0].kind == QNAN && bad)
		return invalid(f);
	if (nans(f, (uint64_t[]){addend, a, b}, n, 3, &ret))
		return ret;
	if (bad)
		return invalid(f);
	product = multiply(n[1], n[2]);
	if (n[0].kind == INF && product.kind == INF && n[0].sign != product.sign)
		return invalid(f);
	return finish(f, add_nums(f, n[0], product));
}

uint64_t fp_div(struct fp *f, uint64_t a, uint64_t b)
{
	struct num n[2] = {unpack(f, a), unpack(f, b)};
	bool sign = n[0].sign ^ n[1].sign;
	u128 top, quotient;
	uint64_t ret, by;

	if (nans(f, (uint64_t[]){a, b}, n, 2, &ret))
		return ret;
	if ((n[0].kind == INF && n[1].kind == INF) || (n[0].kind == ZERO && n[1].kind == ZERO))
		return invalid(f);
	if (n[0].kind == INF || n[1].kind == ZERO) {
		if (n[0].kind != INF)
			flag(f, FPSCR_DZC);
		return infinity(form(f), sign);
	}
	if (n[0].kind == ZERO || n[1].kind == INF)
		return pack(form(f), sign, 0, 0);
	top = n[0].sig >> 1; /* 64 bits at least in the quotient: significands have 53 */
	by = n[1].sig >> 64;
	quotient = top / by;
	quotient = quotient << 1 | (top % by != 0);
	return finish(f, number(sign, n[0].exp - n[1].exp + 63, quotient));
}

uint64_t fp_sqrt(struct fp *f, uint64_t a)
{
	struct num n = unpack(f, a);
	u128 rest, root = 0;
	uint64_t ret;

	if (nans(f, &a, &n, 1, &ret))
		return ret;
	if (n.kind == ZERO)
		return pack(form(f), n.sign, 0, 0);
	if (n.sign)
		return invalid(f);
	if (n.kind == INF)
		return infinity(form(f), false);
	rest = n.exp & 1 ? n.sig : n.sig >> 1; /* an even power of two below it */
	for (u128 bit = (u128)1 << 126; bit; bit >>= 2) {
		if (rest >= root + bit) {
			rest -= root + bit;
			root = root >> 1 | bit;
		} else {
			root >>= 1;
		}
	}
	return finish(f, number(false, (n.exp - (n.exp & 1)) / 2 + 63, root << 1 | (rest != 0)));
}

/* ---- comparisons ---- */

/* -1, 0, 1 of what is not NaN. */
static int order(const struct num *a, const struct num *b)
{
	int sign_a = a->kind == ZERO ? 0 : a->sign ? -1 : 1, sign_b = b->kind == ZERO ? 0 : b->sign ? -1 : 1, larger;

	if (sign_a != sign_b)
		return sign_a < sign_b ? -1 : 1;
	if (sign_a == 0)
		return 0;
	if (a->kind != b->kind)
		larger = a->kind == INF ? 1 : -1;
	else if (a->kind == INF)
		larger = 0;
	else if (a->exp != b->exp)
		larger = a->exp > b->exp ? 1 : -1;
	else
		larger = a->sig > b->sig ? 1 : a->sig < b->sig ? -1 : 0;
	return sign_a * larger;
}

unsigned fp_compare(struct fp *f, uint64_t a, uint64_t b, bool quiet)
{
	struct num n[2] = {unpack(f, a), unpack(f, b)};

	if (n[0].kind >= QNAN || n[1].kind >= QNAN) {
		if (!quiet || n[0].kind == SNAN || n[1].kind == SNAN)
			flag(f, FPSCR_IOC);
		return 3;
	}
	return (const unsigned[]){8, 6, 2}[order(&n[0], &n[1]) + 1];
}

static uint64_t extreme(struct fp *f, uint64_t a, uint64_t b, int want)
{
	struct num n[2] = {unpack(f, a), unpack(f, b)}, *pick;
	uint64_t ret;

	if (nans(f, (uint64_t[]){a, b}, n, 2, &ret))
		return ret;
	if (n[0].kind == ZERO && n[1].kind == ZERO) /* -0 is below +0 */
		return pack(form(f), want < 0 ? n[0].sign || n[1].sign : n[0].sign && n[1].sign, 0, 0);
	pick = order(&n[0], &n[1]) == want ? &n[0] : &n[1];
	return finish(f, *pick);
}

uint64_t fp_max(struct fp *f, uint64_t a, uint64_t b)
{
	return extreme(f, a, b, 1);
}

uint64_t fp_min(struct fp *f, uint64_t a, uint64_t b)
{
	return extreme(f, a, b, -1);
}

static bool is_quiet_nan(const struct fp *f, uint64_t v)
{
	const struct format *fmt = form(f);

	return (v >> (fmt->frac_bits - 1) & ((2u << fmt->exp_bits) - 1)) == (2u << fmt->exp_bits) - 1;
}

/* FPMaxNum(), FPMinNum(): one quiet NaN counts as the infinity that loses. */
static uint64_t extreme_number(struct fp *f, uint64_t a, uint64_t b, int want)
{
	uint64_t loser = infinity(form(f), want > 0);
	bool nan_a = is_quiet_nan(f, a), nan_b = is_quiet_nan(f, b);

	if (nan_a && !nan_b)
		a = loser;
	else if (nan_b && !nan_a)
		b = loser;
	return extreme(f, a, b, want);
}

uint64_t fp_max_num(struct fp *f, uint64_t a, uint64_t b)
{
	return extreme_number(f, a, b, 1);
}

uint64_t fp_min_num(struct fp *f, uint64_t a, uint64_t b)
{
	return extreme_number(f, a, b, -1);
}

/* ---- conversions ---- */

/* A NaN keeps its sign and the upper bits of its fraction. */
static uint64_t convert_nan(uint64_t a, const struct format *from, const struct format *to)
{
	uint64_t frac = a & ((1ull << from->frac_bits) - 1);
	int up = to->frac_bits - from->frac_bits;

	frac = up > 0 ? frac << up : frac >> -up;
	return pack(to, a & sign_bit(from), exp_ones(to), frac | 1ull << (to->frac_bits - 1));
}

uint64_t fp_convert(struct fp *f, uint64_t a, enum fp_format format)
{
	const struct format *to = &formats[format];
	struct num n = unpack(f, a);

	switch (n.kind) {
	case SNAN:
	case QNAN:
		if (n.kind == SNAN || !to->has_inf)
			flag(f, FPSCR_IOC);
		if (!to->has_inf)
			return pack(to, n.sign, 0, 0);
		return f->control & FPSCR_DN ? default_nan(to) : convert_nan(a, form(f), to);
	case INF:
		return to->has_inf ? infinity(to, n.sign) : overflow(f, to, n.sign);
	case ZERO:
		return pack(to, n.sign, 0, 0);
	default:
		return round_to(f, to, n);
	}
}

/* The magnitude of n * 2^fraction as an integer; half says what was cut. Too large: all ones. */
static u128 integer_part(const struct fp *f, struct num n, int fraction, unsigned *half)
{
	int drop = 127 - (n.exp + fraction);
	u128 v;

	*half = 0;
	if (drop < 0)
		return ~(u128)0;
	v = cut(n.sig, drop > 129 ? 129 : drop, half);
	return v + rounds_up(f->rounding, n.sign, v & 1, *half);
}

uint64_t fp_to_fixed(struct fp *f, uint64_t a, unsigned bits, unsigned fraction, bool is_unsigned)
{
	struct num n = unpack(f, a);
	uint64_t ones = bits == 64 ? ~0ull : (1ull << bits) - 1, most = is_unsigned ? ones : ones >> 1;
	u128 v, limit;
	unsigned half = 0;

	if (n.kind >= QNAN) {
		flag(f, FPSCR_IOC);
		return 0;
	}
	if (n.kind == ZERO)
		return 0;
	limit = n.sign ? (is_unsigned ? 0 : most + 1) : most;
	v = n.kind == INF ? ~(u128)0 : integer_part(f, n, fraction, &half);
	if (v > limit) {
		flag(f, FPSCR_IOC);
		v = limit;
	} else if (half) {
		flag(f, FPSCR_IXC);
	}
	return (n.sign ? -(uint64_t)v : (uint64_t)v) & ones;
}

uint64_t fp_from_fixed(struct fp *f, int64_t v, unsigned fraction)
{
	if (!v)
		return 0;
	return finish(f, number(v < 0, 127 - (int)fraction, v < 0 ? -(u128)v : (u128)v));
}

uint64_t fp_round_int(struct fp *f, uint64_t a, bool exact)
{
	struct num n = unpack(f, a);
	uint64_t ret;
	unsigned half;
	u128 v;

	if (nans(f, &a, &n, 1, &ret))
		return ret;
	if (n.kind != FINITE)
		return finish(f, n);
	if (n.exp >= form(f)->frac_bits)
		return a;
	v = integer_part(f, n, 0, &half);
	if (half && exact)
		flag(f, FPSCR_IXC);
	if (!v)
		return pack(form(f), n.sign, 0, 0);
	return finish(f, number(n.sign, 127, v));
}

/* ---- estimates, A2.7.8; and steps ---- */

/* recip_estimate(): a and the result are fractions of 512ths, 256..511. */
static unsigned recip_estimate(unsigned a)
{
	unsigned r = (1u << 19) / (2 * a + 1);

	return (r + 1) / 2;
}

/* recip_sqrt_estimate(): a is 128..511; the result 256..511. */
static unsigned rsqrt_estimate(unsigned a)
{
	unsigned b = 512;

	if (a < 256)
		a = 2 * a + 1;
	else
		a = ((a & ~1u) + 1) * 2;
	while (a * (b + 1) * (b + 1) < 1u << 28)
		b++;
	return (b + 1) / 2;
}

uint32_t arm_recip_estimate(uint32_t a)
{
	return a >> 31 ? recip_estimate(a >> 23) << 23 : 0xffffffff;
}

uint32_t arm_rsqrt_estimate(uint32_t a)
{
	return a >> 30 ? rsqrt_estimate(a >> 23) << 23 : 0xffffffff;
}

uint64_t fp_recip_estimate(struct fp *f, uint64_t a)
{
	struct num n = unpack(f, a);
	uint64_t ret;

	if (nans(f, &a, &n, 1, &ret))
		return ret;
	if (n.kind == INF)
		return pack(form(f), n.sign, 0, 0);
	if (n.kind == ZERO) {
		flag(f, FPSCR_DZC);
		return infinity(form(f), n.sign);
	}
	if (n.exp >= 126) { /* the result would be denormal */
		flag(f, FPSCR_UFC);
		return pack(form(f), n.sign, 0, 0);
	}
	return pack(form(f), n.sign, 253 - (n.exp + 127), (uint64_t)(recip_estimate(n.sig >> 119) & 0xff) << 15);
}

uint64_t fp_rsqrt_estimate(struct fp *f, uint64_t a)
{
	struct num n = unpack(f, a);
	uint64_t ret;
	int biased;

	if (nans(f, &a, &n, 1, &ret))
		return ret;
	if (n.kind == ZERO) {
		flag(f, FPSCR_DZC);
		return infinity(form(f), n.sign);
	}
	if (n.sign)
		return invalid(f);
	if (n.kind == INF)
		return 0;
	biased = n.exp + 127;
	return pack(form(f), false, (380 - biased) / 2, (uint64_t)(rsqrt_estimate(n.sig >> (biased & 1 ? 120 : 119)) & 0xff) << 15);
}

/* FPRecipStep(), FPRSqrtStep(): 0 times infinity counts as 0. */
static uint64_t step(struct fp *f, uint64_t a, uint64_t b, uint64_t constant, bool halve)
{
	struct num n[2] = {unpack(f, a), unpack(f, b)};
	uint64_t ret;

	if (nans(f, (uint64_t[]){a, b}, n, 2, &ret))
		return ret;
	if (zero_times_infinity(&n[0], &n[1]))
		return halve ? 0x3fc00000 : constant;
	return add(f, constant, fp_mul(f, a, b), true, halve);
}

uint64_t fp_recip_step(struct fp *f, uint64_t a, uint64_t b)
{
	return step(f, a, b, 0x40000000, false);
}

uint64_t fp_rsqrt_step(struct fp *f, uint64_t a, uint64_t b)
{
	return step(f, a, b, 0x40400000, true);
}

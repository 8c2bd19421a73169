/* SPDX-License-Identifier: MIT */
/* ARM's floating point: what the manual says of rounding, tininess, NaNs and flags, by single values. */
#include <criterion/criterion.h>

#include "emu/guest/arm/fp.h"

#define MIN_NORMAL 0x00800000u

static struct fp single(uint32_t control, unsigned rounding)
{
	return (struct fp){.control = control, .rounding = rounding, .format = FP_SINGLE};
}

Test(arm_fp, tiny_before_rounding)
{
	struct fp f = single(0, ARM_RN);

	/* the largest number below 1 times the smallest normal one rounds up to that, and is tiny */
	cr_assert_eq(fp_mul(&f, 0x3f7fffff, MIN_NORMAL), MIN_NORMAL);
	cr_assert_eq(f.raised, FPSCR_UFC | FPSCR_IXC);
	f = single(FPSCR_FZ, ARM_RN);
	cr_assert_eq(fp_mul(&f, 0x3f7fffff, MIN_NORMAL), 0);
	cr_assert_eq(f.raised, FPSCR_UFC);
}

Test(arm_fp, nan_order)
{
	struct fp f = single(0, ARM_RN);

	cr_assert_eq(fp_add(&f, 0x7fc00001, 0x7f800002), 0x7fc00002, "a signalling NaN goes first, made quiet");
	cr_assert_eq(f.raised, FPSCR_IOC);
	f = single(0, ARM_RN);
	cr_assert_eq(fp_add(&f, 0x7fc00001, 0xffc00002), 0x7fc00001);
	cr_assert_eq(f.raised, 0);
	f = single(FPSCR_DN, ARM_RN);
	cr_assert_eq(fp_add(&f, 0xffc00001, 0), 0x7fc00000);
	f = single(0, ARM_RN);
	cr_assert_eq(fp_mul_add(&f, 0x7fc00001, 0, 0x7f800000), 0x7fc00000, "0 times infinity and a quiet NaN");
	cr_assert_eq(f.raised, FPSCR_IOC);
}

Test(arm_fp, roundings)
{
	static const uint32_t third[4] = {0x3eaaaaab, 0x3eaaaaab, 0x3eaaaaaa, 0x3eaaaaaa};

	for (unsigned r = ARM_RN; r <= ARM_RZ; r++) {
		struct fp f = single(0, r);

		cr_assert_eq(fp_div(&f, 0x3f800000, 0x40400000), third[r]);
		cr_assert_eq(f.raised, FPSCR_IXC);
	}
}

Test(arm_fp, once_and_twice)
{
	struct fp f = single(0, ARM_RN);
	uint32_t x = 0x3f800001; /* 1 + e: its square is 1 + 2e + e*e */

	cr_assert_eq(fp_mul_add(&f, 0xbf800002, x, x), 0x28800000, "the last term is left");
	cr_assert_eq(fp_add(&f, 0xbf800002, fp_mul(&f, x, x)), 0);
}

Test(arm_fp, to_integers)
{
	struct fp f = single(0, ARM_RZ);

	cr_assert_eq(fp_to_fixed(&f, 0x4f000000, 32, 0, false), 0x7fffffff);
	cr_assert_eq(f.raised, FPSCR_IOC);
	f = single(0, ARM_RZ);
	cr_assert_eq(fp_to_fixed(&f, 0xbf000000, 32, 0, true), 0, "-0.5 is 0, inexact");
	cr_assert_eq(f.raised, FPSCR_IXC);
	f = single(0, ARM_RA);
	cr_assert_eq(fp_to_fixed(&f, 0x40200000, 32, 0, false), 3, "2.5, ties away");
}

Test(arm_fp, estimates)
{
	struct fp f = single(FPSCR_FZ | FPSCR_DN, ARM_RN);

	cr_assert_eq(fp_recip_estimate(&f, 0x3f800000), 0x3f7f8000);
	cr_assert_eq(fp_rsqrt_estimate(&f, 0x3f800000), 0x3f7f8000);
	cr_assert_eq(arm_recip_estimate(0x7fffffff), 0xffffffff);
	cr_assert_eq(fp_recip_step(&f, 0, 0x7f800000), 0x40000000);
}

Test(arm_fp, half_precision)
{
	struct fp f = single(0, ARM_RN);

	cr_assert_eq(fp_convert(&f, 0x7f800000, FP_HALF), 0x7c00);
	cr_assert_eq(f.raised, 0);
	cr_assert_eq(fp_convert(&f, 0x7f800000, FP_HALF_ALT), 0x7fff, "no infinity there");
	cr_assert_eq(f.raised, FPSCR_IOC);
}

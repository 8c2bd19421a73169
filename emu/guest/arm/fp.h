/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic as the ARM manual defines it (DDI 0406C, A2.7), in integers: exact on any host, whatever its modes.
 * Values are bit patterns in the low bits of a uint64_t. A function's name is the manual's.
 */
#ifndef STRAIT_ARM_FP_H
#define STRAIT_ARM_FP_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/guest/arm/simd.h"

/* A format; HALF_ALT is half precision with FPSCR.AHP: no infinities, no NaNs. */
enum fp_format { FP_HALF, FP_HALF_ALT, FP_SINGLE, FP_DOUBLE };

/* What an operation works under, and the cumulative flags it raises (FPSCR_*C). */
struct fp {
	uint32_t control; /* FPSCR_DN, FPSCR_FZ */
	uint32_t raised;
	uint8_t rounding; /* enum arm_rounding */
	uint8_t format;   /* enum fp_format */
};

uint64_t fp_add(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_sub(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_halved_sub(struct fp *f, uint64_t a, uint64_t b); /* (a - b) / 2 */
uint64_t fp_mul(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_div(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_mul_add(struct fp *f, uint64_t addend, uint64_t a, uint64_t b);
uint64_t fp_sqrt(struct fp *f, uint64_t a);
uint64_t fp_max(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_min(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_max_num(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_min_num(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_recip_estimate(struct fp *f, uint64_t a);      /* single */
uint64_t fp_rsqrt_estimate(struct fp *f, uint64_t a);
uint64_t fp_recip_step(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_rsqrt_step(struct fp *f, uint64_t a, uint64_t b);
uint64_t fp_round_int(struct fp *f, uint64_t a, bool exact);
/* NZCV in bits 3..0; quiet: a quiet NaN is no invalid operation. */
unsigned fp_compare(struct fp *f, uint64_t a, uint64_t b, bool quiet);

/* To format `to`; f->format is a's. */
uint64_t fp_convert(struct fp *f, uint64_t a, enum fp_format to);
/* a * 2^fraction as an integer of `bits` bits, saturated. */
uint64_t fp_to_fixed(struct fp *f, uint64_t a, unsigned bits, unsigned fraction, bool is_unsigned);
/* v is the integer already extended to 64 bits. */
uint64_t fp_from_fixed(struct fp *f, int64_t v, unsigned fraction);

/* VRECPE, VRSQRTE of unsigned fractions. */
uint32_t arm_recip_estimate(uint32_t a);
uint32_t arm_rsqrt_estimate(uint32_t a);

uint64_t fp_neg(const struct fp *f, uint64_t a);
uint64_t fp_abs(const struct fp *f, uint64_t a);

#endif

/* SPDX-License-Identifier: MIT */
/* Multiplies, saturating and parallel arithmetic, bit fields and checksums in integer registers, as emu/guest/arm/uop.h defines them. */
#include "emu/guest/arm/interp.h"

static int64_t half(uint32_t v, unsigned top)
{
	return (int16_t)(top ? v >> 16 : v);
}

static uint32_t rotated(uint32_t v, unsigned n)
{
	return n ? v >> n | v << (32 - n) : v;
}

static uint32_t set_q(struct cpu *cpu, bool saturated, uint32_t v)
{
	if (saturated)
		cpu->arm.cpsr |= CPSR_Q;
	return v;
}

/* The low 32 bits; Q if they are not all of it. */
static uint32_t overflowing(struct cpu *cpu, int64_t v)
{
	return set_q(cpu, v != (int32_t)v, (uint32_t)v);
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static uint32_t saturate32(struct cpu *cpu, int64_t v)
{
	int64_t to = clamp(v, INT32_MIN, INT32_MAX);

	return set_q(cpu, to != v, (uint32_t)to);
}

static int64_t saturate(struct cpu *cpu, bool is_signed, unsigned bits, int64_t v)
{
	int64_t low = is_signed ? -(1ll << (bits - 1)) : 0, high = is_signed ? (1ll << (bits - 1)) - 1 : (1ll << bits) - 1;
	int64_t to = clamp(v, low, high);

	set_q(cpu, to != v, 0);
	return to;
}

static void flags32(struct cpu *cpu, const struct arm_uop *u, uint64_t v, bool is_long)
{
	if (!(u->attr & UA_S))
		return;
	cpu->arm.cpsr &= ~(CPSR_N | CPSR_Z);
	if (is_long ? v >> 63 : v >> 31 & 1)
		cpu->arm.cpsr |= CPSR_N;
	if (is_long ? !v : !(uint32_t)v)
		cpu->arm.cpsr |= CPSR_Z;
}

static uint64_t pair(const uint32_t *r, const struct arm_uop *u)
{
	return r[u->d] | (uint64_t)r[u->a] << 32;
}

static void set_pair(struct cpu *cpu, const struct arm_uop *u, uint64_t v)
{
	cpu->arm.r[u->d] = (uint32_t)v;
	cpu->arm.r[u->a] = v >> 32;
	flags32(cpu, u, v, true);
}

/* ---- parallel addition and subtraction ---- */

/* One lane; bits is 8 or 16. *ge: what a modulo prefix puts into GE. */
static uint32_t lane(unsigned prefix, bool subtract, uint32_t a, uint32_t b, unsigned bits, bool *ge)
{
	bool is_signed = prefix < 4;
	int32_t x = is_signed ? (int32_t)(a << (32 - bits)) >> (32 - bits) : (int32_t)a;
	int32_t y = is_signed ? (int32_t)(b << (32 - bits)) >> (32 - bits) : (int32_t)b;
	int32_t v = subtract ? x - y : x + y;
	int32_t top = 1 << (bits - 1);

	*ge = is_signed || subtract ? v >= 0 : v >> bits;
	switch (prefix) {
	case ARM_PAR_Q:
		v = (int32_t)clamp(v, -top, top - 1);
		break;
	case ARM_PAR_UQ:
		v = (int32_t)clamp(v, 0, 2 * top - 1);
		break;
	case ARM_PAR_SH:
	case ARM_PAR_UH:
		v >>= 1;
		break;
	}
	return (uint32_t)v & (2 * top - 1);
}

static uint32_t parallel(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t n = cpu->arm.r[u->n], m = cpu->arm.r[u->m], v = 0, ge = 0;
	bool bytes = u->imm >= ARM_PAR_ADD8, cross = u->imm == ARM_PAR_ASX || u->imm == ARM_PAR_SAX, g;
	unsigned bits = bytes ? 8 : 16, mask = bytes ? 0xff : 0xffff;

	if (cross)
		m = m >> 16 | m << 16;
	for (unsigned at = 0; at < 32; at += bits) {
		bool subtract = u->imm == ARM_PAR_SUB8 || u->imm == ARM_PAR_SUB16 || (u->imm == ARM_PAR_ASX && at == 0) ||
				(u->imm == ARM_PAR_SAX && at);

		v |= lane(u->amount, subtract, n >> at & mask, m >> at & mask, bits, &g) << at;
		if (g)
			ge |= (bytes ? 1u : 3u) << at / 8;
	}
	if (u->amount == ARM_PAR_S || u->amount == ARM_PAR_U)
		cpu->arm.cpsr = (cpu->arm.cpsr & ~CPSR_GE) | ge << CPSR_GE_SHIFT;
	return v;
}

static uint32_t select_bytes(uint32_t ge, uint32_t n, uint32_t m)
{
	uint32_t mask = 0;

	for (unsigned k = 0; k < 4; k++)
		if (ge >> k & 1)
			mask |= 0xffu << 8 * k;
	return (n & mask) | (m & ~mask);
}

static uint32_t differences(uint32_t n, uint32_t m)
{
	uint32_t sum = 0;

	for (unsigned at = 0; at < 32; at += 8) {
		int d = (int)(n >> at & 0xff) - (int)(m >> at & 0xff);

		sum += d < 0 ? -d : d;
	}
	return sum;
}

/* ---- bits ---- */

static uint32_t reverse_bits(uint32_t v)
{
	v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
	v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
	v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(v);
}

static uint32_t swap_in_halves(uint32_t v)
{
	return (v & 0x00ff00ff) << 8 | (v >> 8 & 0x00ff00ff);
}

/* Reflected, as the instructions have it: both are the bit-reversed polynomial. */
static uint32_t crc(uint32_t acc, uint32_t v, unsigned bytes, uint32_t poly)
{
	for (; bytes; bytes--, v >>= 8) {
		acc ^= v & 0xff;
		for (unsigned k = 0; k < 8; k++)
			acc = acc >> 1 ^ (acc & 1 ? poly : 0);
	}
	return acc;
}

static uint32_t field_mask(const struct arm_uop *u)
{
	return (u->imm == 32 ? 0xffffffffu : (1u << u->imm) - 1) << u->amount;
}

static uint32_t divide(int64_t n, int64_t m)
{
	return m ? (uint32_t)(n / m) : 0;
}

/* ---- the ops ---- */

void arm_exec_media(struct cpu *cpu, const struct arm_uop *u)
{
	uint32_t *r = cpu->arm.r, v = 0;
	uint32_t n = u->n == ARM_NONE ? 0 : r[u->n], m = u->m == ARM_NONE ? 0 : r[u->m], a = u->a == ARM_NONE ? 0 : r[u->a];
	int64_t sn = (int32_t)n, sm = (int32_t)m, sa = (int32_t)a;
	uint32_t mr = rotated(m, u->amount & 31);

	switch (u->op) {
	case ARM_MUL:
		v = n * m;
		flags32(cpu, u, v, false);
		break;
	case ARM_MLA:
		v = n * m + a;
		flags32(cpu, u, v, false);
		break;
	case ARM_MLS:
		v = a - n * m;
		break;
	case ARM_UMULL:
		set_pair(cpu, u, (uint64_t)n * m);
		return;
	case ARM_UMLAL:
		set_pair(cpu, u, (uint64_t)n * m + pair(r, u));
		return;
	case ARM_SMULL:
		set_pair(cpu, u, sn * sm);
		return;
	case ARM_SMLAL:
		set_pair(cpu, u, (uint64_t)(sn * sm) + pair(r, u));
		return;
	case ARM_UMAAL:
		set_pair(cpu, u, (uint64_t)n * m + r[u->a] + r[u->d]);
		return;
	case ARM_SDIV:
		v = divide(sn, sm);
		break;
	case ARM_UDIV:
		v = divide(n, m);
		break;
	case ARM_SMULXY:
		v = (uint32_t)(half(n, u->amount & 2) * half(m, u->amount & 1));
		break;
	case ARM_SMLAXY:
		v = overflowing(cpu, half(n, u->amount & 2) * half(m, u->amount & 1) + sa);
		break;
	case ARM_SMLALXY:
		set_pair(cpu, u, (uint64_t)(half(n, u->amount & 2) * half(m, u->amount & 1)) + pair(r, u));
		return;
	case ARM_SMULWY:
		v = (uint32_t)(sn * half(m, u->amount) >> 16);
		break;
	case ARM_SMLAWY:
		v = overflowing(cpu, (sn * half(m, u->amount) >> 16) + sa);
		break;
	case ARM_SMLAD:
		v = overflowing(cpu, half(n, 0) * half(m, u->amount) + half(n, 1) * half(m, !u->amount) + sa);
		break;
	case ARM_SMLSD:
		v = overflowing(cpu, half(n, 0) * half(m, u->amount) - half(n, 1) * half(m, !u->amount) + sa);
		break;
	case ARM_SMLALD:
		set_pair(cpu, u, (uint64_t)(half(n, 0) * half(m, u->amount) + half(n, 1) * half(m, !u->amount)) + pair(r, u));
		return;
	case ARM_SMLSLD:
		set_pair(cpu, u, (uint64_t)(half(n, 0) * half(m, u->amount) - half(n, 1) * half(m, !u->amount)) + pair(r, u));
		return;
	case ARM_SMMLA:
		v = (((uint64_t)a << 32) + (uint64_t)(sn * sm) + (u->amount ? 1u << 31 : 0)) >> 32;
		break;
	case ARM_SMMLS:
		v = (((uint64_t)a << 32) - (uint64_t)(sn * sm) + (u->amount ? 1u << 31 : 0)) >> 32;
		break;
	case ARM_QADD:
		v = saturate32(cpu, sm + sn);
		break;
	case ARM_QSUB:
		v = saturate32(cpu, sm - sn);
		break;
	case ARM_QDADD:
		v = saturate32(cpu, sm + (int32_t)saturate32(cpu, 2 * sn));
		break;
	case ARM_QDSUB:
		v = saturate32(cpu, sm - (int32_t)saturate32(cpu, 2 * sn));
		break;
	case ARM_SSAT:
		v = (uint32_t)saturate(cpu, true, u->imm, (int32_t)arm_operand(r, u));
		break;
	case ARM_USAT:
		v = (uint32_t)saturate(cpu, false, u->imm, (int32_t)arm_operand(r, u));
		break;
	case ARM_SSAT16:
		v = ((uint32_t)saturate(cpu, true, u->imm, half(m, 0)) & 0xffff) | (uint32_t)saturate(cpu, true, u->imm, half(m, 1)) << 16;
		break;
	case ARM_USAT16:
		v = (uint32_t)saturate(cpu, false, u->imm, half(m, 0)) | (uint32_t)saturate(cpu, false, u->imm, half(m, 1)) << 16;
		break;
	case ARM_PARALLEL:
		v = parallel(cpu, u);
		break;
	case ARM_SEL:
		v = select_bytes(cpu->arm.cpsr >> CPSR_GE_SHIFT, n, m);
		break;
	case ARM_USADA8:
		v = differences(n, m) + a;
		break;
	case ARM_PKHBT:
		v = (arm_operand(r, u) & 0xffff0000) | (n & 0xffff);
		break;
	case ARM_PKHTB:
		v = (n & 0xffff0000) | (arm_operand(r, u) & 0xffff);
		break;
	case ARM_SXTB:
		v = n + (uint32_t)(int8_t)mr;
		break;
	case ARM_SXTH:
		v = n + (uint32_t)(int16_t)mr;
		break;
	case ARM_UXTB:
		v = n + (uint8_t)mr;
		break;
	case ARM_UXTH:
		v = n + (uint16_t)mr;
		break;
	case ARM_SXTB16:
		v = ((n + (uint32_t)(int8_t)mr) & 0xffff) | ((n >> 16) + (uint32_t)(int8_t)(mr >> 16)) << 16;
		break;
	case ARM_UXTB16:
		v = ((n + (uint8_t)mr) & 0xffff) | ((n >> 16) + (uint8_t)(mr >> 16)) << 16;
		break;
	case ARM_SBFX:
		v = (uint32_t)((int32_t)(n << (32 - u->imm - u->amount)) >> (32 - u->imm));
		break;
	case ARM_UBFX:
		v = (n & field_mask(u)) >> u->amount;
		break;
	case ARM_BFI:
		v = (r[u->d] & ~field_mask(u)) | (n << u->amount & field_mask(u));
		break;
	case ARM_CLZ:
		v = m ? __builtin_clz(m) : 32;
		break;
	case ARM_RBIT:
		v = reverse_bits(m);
		break;
	case ARM_REV:
		v = __builtin_bswap32(m);
		break;
	case ARM_REV16:
		v = swap_in_halves(m);
		break;
	case ARM_REVSH:
		v = (uint32_t)(int16_t)swap_in_halves(m);
		break;
	case ARM_CRC32:
		v = crc(n, m, 1u << u->amount, 0xedb88320);
		break;
	case ARM_CRC32C:
		v = crc(n, m, 1u << u->amount, 0x82f63b78);
		break;
	default:
		__builtin_unreachable();
	}
	r[u->d] = v;
}

# SPDX-License-Identifier: MIT
"""Where the peer, qemu-arm, and strait differ on ARM instructions, and why neither is asked to change: docs/arm-notes.md in code."""

SIGILL, SIGBUS, SIGSEGV = 4, 7, 11


def a32_form(w):
	"""T32's VFP and Advanced SIMD in A32's bits, that have all fields in the same places."""
	if w >> 24 in (0xef, 0xff):
		return 0xf2000000 | (w >> 28 & 1) << 24 | w & 0x00ffffff
	return 0xf4000000 | w & 0x00ffffff if w >> 24 == 0xf9 else w


def simd_unpredictable(w):
	"""Encodings of VFP and Advanced SIMD (A32 form) that may do anything: strait has them undefined, the peer does something."""
	d, regs = w >> 12 & 15 | w >> 18 & 16, w & 255
	if w & 0x0fba0e50 == 0x0eba0a40 and not w & 0x80 and w << 1 & 30 | w >> 5 & 1 > 16:  # fixed point beyond its 16 bits
		return True
	if w & 0x0fe00ed0 == 0x0c400a10:  # pairs
		return (w >> 20 & 1 and (w >> 12 ^ w >> 16) & 15 == 0) or (not w & 0x100 and w & 0x2f == 0x2f)
	if w & 0xff000000 == 0xf4000000:
		if w & 0x800000:
			last = (w >> 8 & 3) * 2 or 1
		else:
			last = {0: 6, 1: 6, 2: 3, 3: 3, 4: 4, 5: 4, 6: 2, 8: 1, 9: 2, 10: 1}.get(w >> 8 & 15, 0)
		return d + last > 31
	if w & 0xffb00c00 == 0xf3b00800:  # VTBL
		return True
	if w & 0x0e000e00 == 0x0c000a00:  # VLDM, VSTM
		single = d << 1 & 30 | d >> 4
		return regs == 0 or (d + regs // 2 > 32 or regs > 33 if w & 0x100 else single + regs > 32)
	if w & 0xffb30c00 in (0xf3b20000, 0xf3b20400):  # VTRN, VUZP, VZIP of a register with itself
		return True
	return False


# Extensions after ARMv8.0 that the peer has: (mask, value), A32 form.
LATER = [
	(0xff800f10, 0xf3000b10), (0xff800f10, 0xf3000c10),  # VQRDMLAH, VQRDMLSH
	(0xfe800f50, 0xf2800e40), (0xfe800f50, 0xf2800f40),  # the same by scalar
	# half-precision arithmetic
	(0xfe900c00, 0xf2100c00), (0xfeb00350, 0xf2900140), (0xffbf0c00, 0xf3b50400), (0xffbf0c00, 0xf3b60400), (0xffbf0800, 0xf3b70000),
	(0xfea00c90, 0xf2a00c10), (0x0f000f00, 0x0e000900), (0x0f000e00, 0x0d000800), (0xff000f00, 0xfe000900),
	# complex numbers, dot products, matrices, JavaScript's conversion
	(0xfe000e00, 0xfc000800), (0xff000f00, 0xfe000800), (0xff000e00, 0xfe000c00), (0xfe000f00, 0xfc000d00), (0xff000e00, 0xfe000a00), (0x0fbf0fd0, 0x0eb90bc0),
]


def later(w):
	return any(w & mask == value for mask, value in LATER)


LONG = ("UMULL", "UMLAL", "SMULL", "SMLAL", "UMAAL", "SMLALXY", "SMLALD", "SMLSLD")


def unpredictable(w, op, isa):
	"""Integer encodings that strait has undefined and the peer executes."""
	n, d, second, m = w >> 16 & 15, w >> 12 & 15, w >> 8 & 15, w & 15
	pre, wb = w >> 24 & 1, w >> 21 & 1
	if op in LONG:
		return n == d if isa == "a32" else d == second
	if op in ("LDRD", "STRD"):
		if isa == "t32":
			return (op == "LDRD" and d == second) or (wb and n in (d, second))
		return d & 1 or d == 14 or (wb and not pre) or ((wb or not pre) and n in (d, d + 1)) or (op == "LDRD" and not w >> 22 & 1 and m in (d, d + 1))
	if op.startswith("CRC32"):
		return isa == "a32" and w >> 28 != 14
	if op.startswith("LDR") and isa == "a32":
		return n == d and (wb or not pre)
	if isa == "t32":  # a modified immediate of two or four bytes that are 0
		return w >> 28 == 15 and not w >> 25 & 1 and not w >> 15 & 1 and w & 0x040070ff in (0x1000, 0x2000, 0x3000)
	return False


def reason(op, isa, w, strait, peer):
	"""Why the one instruction w ended otherwise; strait and peer: (signal, instructions done, address). None: not known."""
	(sig, done, address), (peer_sig, peer_done, _) = strait, peer
	if sig == SIGILL and not done:
		if unpredictable(w, op, isa) or ("_" in op and simd_unpredictable(a32_form(w))):
			return "UNPREDICTABLE, undefined in strait"
		return "an extension later than ARMv8.0" if "_" in op and later(a32_form(w)) else None
	if op == "LDM" and peer_sig == SIGILL and not peer_done and w >> 21 & 1 and w >> (w >> 16 & 15) & 1:
		return "UNPREDICTABLE, undefined in the peer: LDM with write-back of a register that it loads"
	if op in ("LDRD", "STRD", "LDM", "STM") and peer_sig == SIGBUS:
		return "the kernel fixes the alignment"
	if op == "STREX" and sig == SIGBUS and peer_done:
		return "the peer's STREX without a monitor does not look at the address"
	if op in ("V_LD", "V_ST") and sig == SIGBUS and w >> 4 & 3 == 3:
		return "the peer looks for 16 bytes of an alignment of 32"
	if sig == SIGSEGV and peer_sig == SIGILL and 0x40000000 <= address < 0x48000000:
		return "an address where the peer has memory of its own"
	return None

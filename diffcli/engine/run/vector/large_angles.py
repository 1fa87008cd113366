"""The reduction of large angles by multiples of pi/2 (Payne and Hanek), as a helper for the few lanes that have one."""

from __future__ import annotations

from ..lanes import DOUBLE, HELPERS, INTEGER, Lanes, literal

NAME = "large_angle"
LARGE = 800000.0  # smaller angles are reduced in lanes
# The first 1216 binary digits of 2 / pi; they follow 64 zeros in the table of words.
WORDS = 20
TWO_OVER_PI = int(
    "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921c"
    "fe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980f"
    "ef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d08"
    "56033046fc7b6bab",
    16,
)
PI_HALF = 0xC90FDAA22168C234C4C6628B80DC1CD1  # pi / 2 * 2**127

# The place in the table of the digit that an angle's exponent (as it stands in its bits) gives the weight 2.
BEFORE = 1075 - 62

# An angle is m * 2**e with a whole number m of 53 digits. Of 2 / pi the 192 digits from the one that 2**e gives the
# weight 2 make the product modulo 4 in units of 2**-190, with an error below 2**-137, while no double is nearer to a
# multiple of pi/2 than 2**-62. Shifted by the two digits of the quarter the rest is a signed fraction of it.
TEXT = """@{name}_digits = internal constant [{words} x i64] [{digits}]
define internal {record} @{name}({real} %x, {whole} %q, {real} %h, {real} %l) noinline #0 {{
entry:
  %xs = alloca {real}
  %qs = alloca {whole}
  %hs = alloca {real}
  %ls = alloca {real}
  store {real} %x, ptr %xs
  store {whole} %q, ptr %qs
  store {real} %h, ptr %hs
  store {real} %l, ptr %ls
  br label %lane
lane:
  %i = phi i64 [ 0, %entry ], [ %next_i, %again ]
  %x_place = getelementptr double, ptr %xs, i64 %i
  %q_place = getelementptr i64, ptr %qs, i64 %i
  %h_place = getelementptr double, ptr %hs, i64 %i
  %l_place = getelementptr double, ptr %ls, i64 %i
  %angle = load double, ptr %x_place
  %small = fcmp olt double %angle, {large}
  br i1 %small, label %again, label %check
check:
  %finite = fcmp olt double %angle, 0x7FF0000000000000
  br i1 %finite, label %reduce, label %none
none:
  store double 0x7FF8000000000000, ptr %h_place
  br label %again
reduce:
  %bits = bitcast double %angle to i64
  %e = lshr i64 %bits, 52
  %start = sub i64 %e, {before}
  %index = lshr i64 %start, 6
  %digits = getelementptr i64, ptr @{name}_digits, i64 %index
{window}
  %fraction = and i64 %bits, 4503599627370495
  %m = or i64 %fraction, 4503599627370496
  %m192 = zext i64 %m to i192
  %product = mul i192 %window, %m192
  %turns192 = lshr i192 %product, 190
  %turns = trunc i192 %turns192 to i64
  %rest = shl i192 %product, 2
  %up = icmp slt i192 %rest, 0
  %carry = zext i1 %up to i64
  %quarter = add i64 %turns, %carry
  %negated = sub i192 0, %rest
  %size = select i1 %up, i192 %negated, i192 %rest
  %size_2 = lshr i192 %size, 128
  %size_1 = lshr i192 %size, 64
  %s2 = trunc i192 %size_2 to i64
  %s1 = trunc i192 %size_1 to i64
  %s0 = trunc i192 %size to i64
  %zeros = call i64 @llvm.ctlz.i64(i64 %s2, i1 false)
  %n1 = call i64 @llvm.fshl.i64(i64 %s2, i64 %s1, i64 %zeros)
  %n0 = call i64 @llvm.fshl.i64(i64 %s1, i64 %s0, i64 %zeros)
  %wide1 = zext i64 %n1 to i256
  %wide0 = zext i64 %n0 to i256
  %shifted1 = shl i256 %wide1, 64
  %normal = or i256 %shifted1, %wide0
  %remainder = mul i256 %normal, {pi_half}
  %top256 = lshr i256 %remainder, 203
  %top = trunc i256 %top256 to i64
  %next256 = lshr i256 %remainder, 150
  %next64 = trunc i256 %next256 to i64
  %next = and i64 %next64, 9007199254740991
  %exponent = sub i64 971, %zeros
  %scale_bits = shl i64 %exponent, 52
  %scale = bitcast i64 %scale_bits to double
  %negative = fneg double %scale
  %factor = select i1 %up, double %negative, double %scale
  %top_number = sitofp i64 %top to double
  %next_number = sitofp i64 %next to double
  %below = fmul double %next_number, 0x3CA0000000000000
  %sum = fadd double %top_number, %below
  %added = fsub double %sum, %top_number
  %error = fsub double %below, %added
  %high = fmul double %sum, %factor
  %low = fmul double %error, %factor
  store i64 %quarter, ptr %q_place
  store double %high, ptr %h_place
  store double %low, ptr %l_place
  br label %again
again:
  %next_i = add i64 %i, 1
  %done = icmp eq i64 %next_i, {width}
  br i1 %done, label %end, label %lane
end:
  %qr = load {whole}, ptr %qs
  %hr = load {real}, ptr %hs
  %lr = load {real}, ptr %ls
  %r0 = insertvalue {record} poison, {whole} %qr, 0
  %r1 = insertvalue {record} %r0, {real} %hr, 1
  %r2 = insertvalue {record} %r1, {real} %lr, 2
  ret {record} %r2
}}
"""


def digits_window() -> str:
    """The 192 binary digits from the start: four words of the table, shifted into three."""
    lines = []
    for word in range(4):
        lines.append(f"  %a{word} = getelementptr i64, ptr %digits, i64 {word}")
        lines.append(f"  %w{word} = load i64, ptr %a{word}")
    for word in range(3):
        lines.append(f"  %f{word} = call i64 @llvm.fshl.i64(i64 %w{word}, i64 %w{word + 1}, i64 %start)")
        lines.append(f"  %z{word} = zext i64 %f{word} to i192")
    lines += ["  %y0 = shl i192 %z0, 128", "  %y1 = shl i192 %z1, 64"]
    return "\n".join([*lines, "  %y2 = or i192 %y0, %y1", "  %window = or i192 %y2, %z2"])


def helper(lanes: Lanes) -> str:
    """The function on all lanes: each that has a large angle gets its quarter and remainder, NaN if it is not finite."""
    lanes.module.declarations["@llvm.ctlz.i64"] = "declare i64 @llvm.ctlz.i64(i64, i1)"
    lanes.module.declarations["@llvm.fshl.i64"] = "declare i64 @llvm.fshl.i64(i64, i64, i64)"
    whole, real = lanes.vector(INTEGER), lanes.vector(DOUBLE)
    return TEXT.format(
        name=f"{NAME}_{lanes.width}",
        width=lanes.width,
        whole=whole,
        real=real,
        record=f"{{ {whole}, {real}, {real} }}",
        large=literal(LARGE, DOUBLE),
        words=WORDS,
        digits=", ".join(f"i64 {(TWO_OVER_PI >> (64 * word)) & (2**64 - 1)}" for word in reversed(range(WORDS))),
        before=BEFORE,
        window=digits_window(),
        pi_half=PI_HALF,
    )


HELPERS[NAME] = helper

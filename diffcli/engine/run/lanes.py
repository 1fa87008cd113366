"""The builder of vector code: each value is one register of lanes, each operation one instruction of LLVM's language.

The elementary functions (vector/) and the operators' `llvm` rules are written once against it. An instruction that was
emitted before is not emitted again, so functions share what they have in common (sin and cos of one argument, say).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lane import BITS, DOUBLE, INTEGER, SINGLE, TRUTH, Lane, Operand, literal, value_of

__all__ = [
    "BITS",
    "DOUBLE",
    "FUNCTIONS",
    "HELPERS",
    "INTEGER",
    "SHIFT",
    "SINGLE",
    "SMALLEST_NORMAL",
    "TRUTH",
    "Lane",
    "Lanes",
    "Module",
    "Operand",
    "function",
    "literal",
    "value_of",
]

SHIFT = 6755399441055744.0  # 1.5 * 2**52: adding it rounds a smaller number to a whole one, held in the low bits
SMALLEST_NORMAL = 2.2250738585072014e-308

# Functions of lanes by name: (v, *operands) -> Lane. Filled by vector/.
FUNCTIONS: dict[str, Callable[..., Lane]] = {}
# Text of functions that are entered by few lanes, by name: (lanes) -> the definition, with `{name}` as its own name.
HELPERS: dict[str, Callable[[Lanes], str]] = {}


def function(body: Callable[..., Lane]) -> Callable[..., Lane]:
    """States a function of lanes, under its own name."""
    FUNCTIONS[body.__name__.rstrip("_")] = body
    return body


class Lanes:
    """Instructions in order, for registers of `width` lanes; `fma` tells whether the machine multiplies and adds in one.

    `module` is shared by the builders of one module: the definitions and declarations that their code calls. `avx512`
    tells whether the machine has that instruction set, whose own instructions take numbers apart and scale them.
    """

    def __init__(
        self, width: int, fma: bool = True, inline: bool = True, module: Module | None = None, avx512: bool = False
    ) -> None:
        self.width = width
        self.has_fma = fma
        self.has_avx512 = avx512
        self.inline = inline
        self.module = module if module is not None else Module()
        self.lines: list[str] = []
        self.block = "entry"  # the basic block that the next instruction belongs to
        self._known: dict[str, Lane] = {}
        self._count = 0

    # ---- values

    def vector(self, type: str) -> str:
        """The type of a register."""
        return f"<{self.width} x {type}>"

    def lift(self, value: Operand, type: str) -> Lane:
        """A Python number as a constant of that type; a lane as it is, widened or narrowed to the type if need be."""
        if not isinstance(value, Lane):
            return self.constant(value, type)
        return value if value.type == type else self.convert(value, type)

    def constant(self, value: float, type: str = DOUBLE) -> Lane:
        """The same number in every lane."""
        return Lane(self, f"splat ({type} {literal(value, type)})", type)

    def convert(self, x: Lane, type: str) -> Lane:
        """A value as another type: doubles rounded to floats and back, truth as 0 or 1."""
        opcodes = {(SINGLE, DOUBLE): "fpext", (DOUBLE, SINGLE): "fptrunc", (TRUTH, DOUBLE): "uitofp"}
        opcodes |= {(TRUTH, SINGLE): "uitofp", (TRUTH, INTEGER): "zext"}
        if x.type == type:
            return x
        if x.name.startswith("splat") and type in (DOUBLE, SINGLE) and x.type in (DOUBLE, SINGLE):
            return self.constant(value_of(x), type)
        opcode = opcodes[x.type, type]
        return self.emit(f"{opcode} {self.vector(x.type)} {x.name} to {self.vector(type)}", type)

    def numbers(self, *operands: Lane) -> tuple[Lane, ...]:
        """The operands as numbers of one type; truth values as 0 and 1."""
        type = next((each.type for each in operands if each.type != TRUTH), DOUBLE)
        return tuple(self.convert(each, type) for each in operands)

    def truth(self, x: Lane) -> Lane:
        """Where a number is not 0; a truth value as it is."""
        return x if x.type == TRUTH else x.differs(0.0)

    # ---- instructions

    def fresh(self) -> str:
        """A new register name."""
        self._count += 1
        return f"%v{self._count}"

    def emit(self, text: str, type: str) -> Lane:
        """The value of an instruction; one that was emitted before is not emitted again."""
        found = self._known.get(text)
        if found is None:
            name = self.fresh()
            self.lines.append(f"  {name} = {text}")
            found = self._known[text] = Lane(self, name, type)
        return found

    def intrinsic(self, name: str, *operands: Lane) -> Lane:
        """LLVM's own function of that name (fabs, sqrt, floor, …), on operands of one type."""
        type = operands[0].type
        suffix = {DOUBLE: "f64", SINGLE: "f32", INTEGER: "i64"}[type]
        vector = self.vector(type)
        symbol = f"@llvm.{name}.v{self.width}{suffix}"
        self.module.declarations[symbol] = f"declare {vector} {symbol}({', '.join([vector] * len(operands))})"
        arguments = ", ".join(f"{vector} {operand.name}" for operand in operands)
        return self.emit(f"call {vector} {symbol}({arguments})", type)

    def select(self, condition: Lane, yes: Operand, no: Operand) -> Lane:
        """`yes` in the lanes where the condition holds, else `no`."""
        type = next((each.type for each in (yes, no) if isinstance(each, Lane)), DOUBLE)
        first, second = self.lift(yes, type), self.lift(no, type)
        vector = self.vector(type)
        if first.name == second.name:
            return first
        return self.emit(
            f"select {self.vector(TRUTH)} {condition.name}, {vector} {first.name}, {vector} {second.name}", type
        )

    def fma(self, a: Operand, b: Operand, c: Operand) -> Lane:
        """a * b + c, rounded once where the machine can; twice elsewhere."""
        type = next(each.type for each in (a, b, c) if isinstance(each, Lane))
        first, second, third = (self.lift(each, type) for each in (a, b, c))
        if not self.has_fma:
            return first * second + third
        return self.intrinsic("fma", first, second, third)

    def polynomial(self, x: Lane, coefficients: Sequence[float]) -> Lane:
        """c0 + c1*x + c2*x**2 + … by Horner's scheme."""
        result: Lane = self.constant(coefficients[-1], x.type)
        for each in reversed(coefficients[:-1]):
            result = self.fma(result, x, each)
        return result

    def product(self, a: Lane, b: Lane) -> tuple[Lane, Lane]:
        """a * b as the rounded product and its error, exactly (barring under- and overflow)."""
        rounded = a * b
        if self.has_fma:
            return rounded, self.fma(a, b, -rounded)
        a_high, a_low = self.halves(a)
        b_high, b_low = self.halves(b)
        error = a_high * b_high - rounded
        error = error + a_high * b_low
        error = error + a_low * b_high
        return rounded, error + a_low * b_low

    def minus_product(self, c: Operand, a: Lane, b: Lane) -> Lane:
        """c - a * b where both are near, with the product unrounded."""
        if self.has_fma:
            return self.fma(-a, b, c)
        rounded, error = self.product(a, b)
        return (c - rounded) - error

    def halves(self, a: Lane) -> tuple[Lane, Lane]:
        """A double as the sum of two numbers of 26 digits each (Dekker)."""
        scaled = a * 134217729.0
        high = scaled - (scaled - a)
        return high, a - high

    def sum(self, a: Lane, b: Lane) -> tuple[Lane, Lane]:
        """a + b as the rounded sum and its error, exactly (Knuth)."""
        rounded = a + b
        part = rounded - a
        return rounded, (a - (rounded - part)) + (b - part)

    def fast_sum(self, a: Lane, b: Lane) -> tuple[Lane, Lane]:
        """a + b as the rounded sum and its error, exactly, where a is the larger in size (Dekker)."""
        rounded = a + b
        return rounded, b - (rounded - a)

    def split_polynomial(self, x: Lane, square: Lane, coefficients: Sequence[float]) -> Lane:
        """c0 + c1*x + c2*x**2 + … with half the wait of Horner's scheme: in pairs (c0 + c1*x) + x**2 * ((c2 + c3*x) + …).

        Where products are rounded, even and odd powers apart are more accurate.
        """
        if not self.has_fma:
            even, odd = (self.polynomial(square, coefficients[start::2]) for start in (0, 1))
            return self.fma(odd, x, even)
        pairs = [self.polynomial(x, coefficients[start : start + 2]) for start in range(0, len(coefficients), 2)]
        result = pairs[-1]
        for each in reversed(pairs[:-1]):
            result = self.fma(result, square, each)
        return result

    def scale(self, x: Lane, shifted: Lane, normal: bool = False) -> Lane:
        """x * 2**k rounded once, for a whole number |k| <= 2044 that is given as k + SHIFT.

        If `normal`, neither 2**k nor the result overflows or is subnormal.
        """
        k = shifted - SHIFT
        if self.has_avx512:
            return self.avx512("scalef.pd", x, k)
        if normal:
            return x * self.from_bits((self.bits(shifted) << 52) + self.bits(self.constant(1.0)))
        whole, half = self.bits(shifted), self.bits(k * 0.5 + SHIFT)
        one = self.bits(self.constant(1.0))
        return x * self.from_bits((half << 52) + one) * self.from_bits(((whole - half) << 52) + one)

    def exponent(self, x: Lane, low: float = 0.75) -> tuple[Lane, Lane]:
        """k and m with x = m * 2**k and m in [low, 2 * low), for a positive finite x; low is 0.75 or 1, k a double."""
        if self.has_avx512:
            if low == 1.0:
                return self.avx512("getexp.pd", x), self.avx512("getmant.pd", x, immediate=0b1100)
            mantissa = self.avx512("getmant.pd", x, immediate=0b1111)
            return self.avx512("getexp.pd", x) - self.avx512("getexp.pd", mantissa), mantissa
        tiny = x < SMALLEST_NORMAL
        # Counted from the bits of the lower bound, so that a carry into the exponent happens at twice it.
        first = self.bits(self.constant(low))
        above = self.bits(self.select(tiny, x * 2.0**54, x)) - (first - (1023 << 52))
        biased = self.from_bits(self.shift_right(above, 52) | self.bits(self.constant(2.0**52)))
        k = biased - self.select(tiny, 2.0**52 + 1023 + 54, self.constant(2.0**52 + 1023))
        return k, self.from_bits((above & ((1 << 52) - 1)) + first)

    def avx512(self, name: str, *operands: Lane, immediate: int | None = None) -> Lane:
        """An instruction of AVX-512 on doubles, applied to each eight lanes."""
        register = "<8 x double>"
        symbol = f"@llvm.x86.avx512.mask.{name}.512"
        types = [register] * len(operands) + (["i32"] if immediate is not None else []) + [register, "i8", "i32"]
        self.module.declarations[symbol] = f"declare {register} {symbol}({', '.join(types)})"
        parts = []
        for start in range(0, self.width, 8):
            eight = [f"{register} {self._eight(each, start).name}" for each in operands]
            given = [f"i32 {immediate}"] if immediate is not None else []
            arguments = ", ".join([*eight, *given, f"{register} zeroinitializer", "i8 -1", "i32 4"])
            parts.append(self.emit(f"call {register} {symbol}({arguments})", DOUBLE))
        if len(parts) == 1:
            return parts[0]
        indices = ", ".join(f"i32 {index}" for index in range(16))
        pair = f"{register} {parts[0].name}, {register} {parts[1].name}"
        return self.emit(f"shufflevector {pair}, <16 x i32> <{indices}>", DOUBLE)

    def _eight(self, x: Lane, start: int) -> Lane:
        """Eight of sixteen lanes; eight as they are."""
        if self.width == 8 or x.name.startswith("splat"):
            return x
        vector, indices = self.vector(x.type), ", ".join(f"i32 {start + index}" for index in range(8))
        return self.emit(f"shufflevector {vector} {x.name}, {vector} poison, <8 x i32> <{indices}>", x.type)

    def bits(self, x: Lane) -> Lane:
        """The 64 bits of a double as an integer."""
        return self.emit(f"bitcast {self.vector(x.type)} {x.name} to {self.vector(INTEGER)}", INTEGER)

    def from_bits(self, x: Lane) -> Lane:
        """The double that has these bits."""
        return self.emit(f"bitcast {self.vector(INTEGER)} {x.name} to {self.vector(DOUBLE)}", DOUBLE)

    def shift_right(self, x: Lane, count: Operand) -> Lane:
        """The logical shift: zeros come in from the left."""
        second = self.lift(count, INTEGER)
        return self.emit(f"lshr {self.vector(INTEGER)} {x.name}, {second.name}", INTEGER)

    def sqrt(self, x: Lane) -> Lane:
        """The square root, correctly rounded."""
        return self.intrinsic("sqrt", x)

    def copysign(self, size: Operand, sign: Lane) -> Lane:
        """The size of the first with the sign of the second."""
        return self.intrinsic("copysign", self.lift(size, sign.type), sign)

    def is_nan(self, x: Lane) -> Lane:
        """Where x is NaN."""
        return self.emit(f"fcmp uno {self.vector(x.type)} {x.name}, {x.name}", TRUTH)

    def any(self, condition: Lane) -> str:
        """The name of one bit: whether the condition holds in any lane."""
        bits = self.emit(f"bitcast {self.vector(TRUTH)} {condition.name} to i{self.width}", TRUTH)
        return self.emit(f"icmp ne i{self.width} {bits.name}, 0", TRUTH).name

    def rarely(self, condition: Lane, helper: str, operands: Sequence[Lane], usual: Sequence[Lane]) -> list[Lane]:
        """The usual values, or what the helper makes of the operands and them if the condition holds in any lane.

        The helper is called with all lanes: operands, then usual values; it returns a structure of the usual values'
        types and must leave the lanes alone that it is not meant for.
        """
        key = f"rarely {helper} " + " ".join(each.name for each in (condition, *operands, *usual))
        found = [self._known.get(f"{key} {index}") for index in range(len(usual))]
        if all(each is not None for each in found):
            return [each for each in found if each is not None]
        symbol = self.module.helper(helper, self)
        test = self.any(condition)
        label = self.fresh()[1:]
        rare, join, before = f"rare_{label}", f"join_{label}", self.block
        self.lines += [f"  br i1 {test}, label %{rare}, label %{join}, !prof !0", f"{rare}:"]
        record = "{ " + ", ".join(self.vector(each.type) for each in usual) + " }"
        arguments = ", ".join(f"{self.vector(each.type)} {each.name}" for each in (*operands, *usual))
        called = self.fresh()
        self.lines.append(f"  {called} = call {record} {symbol}({arguments})")
        parts = []
        for index in range(len(usual)):
            part = self.fresh()
            self.lines.append(f"  {part} = extractvalue {record} {called}, {index}")
            parts.append(part)
        self.lines += [f"  br label %{join}", f"{join}:"]
        self.block = join
        result = []
        for index, (each, part) in enumerate(zip(usual, parts, strict=True)):
            name = self.fresh()
            self.lines.append(
                f"  {name} = phi {self.vector(each.type)} [ {each.name}, %{before} ], [ {part}, %{rare} ]"
            )
            self._known[f"{key} {index}"] = Lane(self, name, each.type)
            result.append(self._known[f"{key} {index}"])
        return result

    # ---- functions

    def call(self, name: str, *operands: Operand) -> Lane:
        """A function of lanes by name. It computes in doubles; floats are widened before and rounded after."""
        type = next((each.type for each in operands if isinstance(each, Lane)), DOUBLE)
        doubles = [self.lift(each, DOUBLE) for each in operands]
        if self.inline:
            result = FUNCTIONS[name](self, *doubles)
        else:
            symbol = self.module.outlined(name, len(doubles), self)
            vector = self.vector(DOUBLE)
            arguments = ", ".join(f"{vector} {each.name}" for each in doubles)
            result = self.emit(f"call {vector} {symbol}({arguments})", DOUBLE)
        return result if type == DOUBLE else self.convert(result, type)


class Module:
    """What the code of a module calls: declarations of intrinsics, helpers, functions kept out of line."""

    def __init__(self) -> None:
        self.declarations: dict[str, str] = {}
        self.definitions: dict[str, str] = {}

    def helper(self, name: str, lanes: Lanes) -> str:
        """The symbol of a helper, defined on first use."""
        symbol = f"@{name}_{lanes.width}"
        if symbol not in self.definitions:
            self.definitions[symbol] = ""  # a helper may call itself by name
            self.definitions[symbol] = HELPERS[name](lanes)
        return symbol

    def outlined(self, name: str, arity: int, lanes: Lanes) -> str:
        """The symbol of a function kept out of line, defined on first use."""
        symbol = f"@{name}_{lanes.width}"
        if symbol not in self.definitions:
            self.definitions[symbol] = ""
            body = Lanes(lanes.width, lanes.has_fma, True, self, lanes.has_avx512)
            operands = [Lane(body, f"%x{index}", DOUBLE) for index in range(arity)]
            result = FUNCTIONS[name](body, *operands)
            vector = lanes.vector(DOUBLE)
            arguments = ", ".join(f"{vector} {each.name}" for each in operands)
            self.definitions[symbol] = "\n".join(
                [
                    f"define internal {vector} {symbol}({arguments}) noinline #0 {{",
                    "entry:",
                    *body.lines,
                    f"  ret {vector} {result.name}",
                    "}",
                ]
            )
        return symbol

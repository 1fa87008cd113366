"""More than two hundred files that are wrong, each in a way a user's file may be."""

from __future__ import annotations

VALID = """var x = 3
var w = [1, 2, 3]
y = x**2 + sum(w * 2)
expect grad(y, x) == 6
"""

# Pieces that make a line wrong wherever it stands.
BROKEN_LINES = (
    "y = ", "= 3", "y == ", "y = x +", "y = * x", "y = (x", "y = x)", "y = [1, 2", "y = 1, 2]", "y = sin(x", "y = sin x", "y = x y", "y = 2x", "y = 2 x",
    "y = x[", "y = x[0", "y = w[1:2:3:4]", "y = x..y", "y = x!", "y = !x", "y = x && y", "y = x || y", "y = a ? b : c", "y = x ** ** 2", "y = x */ 2",
    "y = 'text'", "y = \"text", "y = x if x", "y = if x then 2", "y = if x then else 3", "y = 1 < x < 3", "y = x = 3", "y := 3", "y += 1", "let y = 3",
    "def f(x)", "def f(x) =", "def f(x = x", "def (x) = x", "def f(x, x) = x", "def f(x) { return }", "def f(x) { u = x }", "def f(x) { return x", "def 2f(x) = x",
    "var", "var = 3", "var 3", "var x3 =", "var v: = 3", "var v: [ = 3", "var v: [2,] [", "var v: [-1] = 3", "var v = 3 in", "var v = 3 in [0", "var v = 3 ±",
    "frozen", "const", "const k", "input 3", "output", "output 3", "stop", "stop 4", "minimize", "minimize 3 + 4", "watch", "tape", "tape {", "tape x { y = 1 }",
    "pause {", "}", "{", "repeat {", "repeat 3", "repeat 3 { z = ", "expect", "expect ==", "expect x ==", "expect x == 3 tol", "expect error", "expect error 3",
    "use", "use lib", "use 3", "dtype", "dtype 3", "corr(x) = 1", "corr(x, ) = 1", "y = x @", "y = not", "y = and x", "y = x and", "y = x.shape", "y = x.T.",
    "y = import('os')", "import os", "from os import path", "lambda x: x", "y = lambda x: x", "y = x;;= 3", "y = [[1, 2], [3]]", "y = [", "y = ]", "y = ()",
    "y = sum(i = 1.., i)", "y = sum(i = 1..3)", "y = sum(= 1..3, i)", "y = 1e", "y = 1.2.3", "y = 0x1F", "y = 1__0", "y = @x", "y = $x", "y = x # 2 +\n+",
    "y = “x”", "y = x → 2", "y = x ^", "y = √", "y = ²", "y = x ²²x", "return x", "y = `x`", "y = x\\\n+ 1", "%timeit x", "y = x ~ 2", "y = ~x",
)

# Lines that are well formed and mean nothing, or do not fit.
WRONG_LINES = (
    "z = missing", "z = missng + y", "x = 4", "var x = 5", "z = foo(x)", "z = sine(x)", "z = sin()", "z = sin(x, x)", "z = sum(w, axes=0)", "z = w + [1, 2]",
    "z = w @ [1, 2]", "z = reshape(w, [2, 2])", "z = [w, x]", "z = w[7]", "z = w[0, 0]", "z = x[0]", "z = sum(w, axis=3)", "z = matmul(x, w)", "z = concat([w, [[1]]])",
    "output missing", "stop missing", "minimize missing", "watch x", "pause { z = 1 }", "var s: [2] = [1, 2, 3]", "var s: [3, 3] = w", "z = grad(y, missing)",
    "z = grad(y)", "z = grad(y, x) + grad(x, y)", "z = jacobian(y, x, x, x)", "z = reshape(w, x)", "z = sum(i = 1..x, i)", "repeat x { y = 1 }", "repeat 2.5 { q = 1 }",
    "def f(a) = f(a)", "def f(a) = a; z = f()", "def f(a) = a; z = f(1, 2)", "def f(a) = a; z = f(b=1)", "z = zeros(x)", "z = arange(x)", "use \"missing.expr\"",
    "use \"../outside.expr\"", "use \"/etc/passwd\"", "dtype float16", "z = w.T @ [1, 2]", "z = where(w > [1, 2], 1, 2)", "z = det(w)", "z = inv([[1, 2, 3]])",
    "z = einsum(\"ij,jk->ik\", w, w)", "z = one_hot(w, x)", "z = z + 1", "const k = kk", "z = w[1.5]", "z = sum(y=3)", "z = norm()", "z = stack()", "z = x(3)",
    "corr(x, missing) = 0.5", "z = clip(x)", "z = transpose(w, [0, 5])", "z = none + 1", "z = hessian(w, x, 3, 4)", "z = gather(w, [9])[0, 0, 0]", "z = x.missing(3)",
)


def texts() -> list[bytes]:
    """Files with one wrong line among right ones, truncated files, and files in the wrong clothes."""
    files = [f"{VALID}{line}\n".encode() for line in (*BROKEN_LINES, *WRONG_LINES)]
    files += [line.encode() for line in BROKEN_LINES[:20]]
    full_width = str.maketrans({"(": "（", ")": "）", "=": "＝", "+": "＋", "*": "＊"})
    files += [f"{VALID}{line}\n".translate(full_width).encode() for line in ("y = (x", "y = 2x", "z = missing + (1)", "z = sin()", "x = 4", "y = x +")]
    files += [f"var 损失 = 1\n{line}\n".encode() for line in ("y = 损 + 1", "y = 损失 损失", "y = （损失", "y = sin（损失，损失）")]
    whole = "var x = 3\ny = (x + [1, 2, 3] * sin(x)) @ [4, 5, 6]\nz = where(y > (2 * x), [x, y], [y, x])\n"
    files += [whole[:cut].encode() for cut in (8, 14, 15, 18, 22, 25, 30, 36, 52, 54, 60, 70, 76, 84)]
    files += [VALID.encode("utf-16"), VALID.encode("utf-16-le"), VALID.encode("utf-16-be"), VALID.encode("utf-32"), "var größe = 3\n".encode("latin-1"), "变量 = 3".encode("gb18030"),
              b"\x00\x01\x02\x03" * 100, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\x7fELF" + bytes(200), b"PK\x03\x04" + bytes(range(200)), VALID.encode() + b"\xff\xfe",
              b"\xef\xbb\xbf" + b"y = (x", VALID.encode() + b"\x00", b"\x1f\x8b\x08" + bytes(range(100, 200)), b"y = x\xc3\x28\n", VALID.encode().replace(b"\n", b"\r") + b"y = (",
              b"y = 1\x08\x08 + \n"]
    files += [b"y = " + b"(" * 50_000, b"y = " + b")" * 50_000, b"y = " + b"[" * 5_000 + b"1" + b"]" * 5_000, b"y = " + b"-" * 50_000, b"y = x" + b" + " * 20_000,
              b"y = " + b"sin(" * 50_000 + b"x", b"y = " + b"1" * 100_000 + b"x", b"a" * 200_000 + b" b", b"{" * 20_000, b"tape {" * 20_000, b"\"" * 9_999,
              b"y = zeros([1000000, 1000000])", b"repeat 1000000000 { x = 1 }", b"y = sum(i = 1..100000000000, i)", b"y = [1" + b",1" * 10_000]
    return files

"""The largest errors of the vector code's functions next to those of the C library and NumPy, against mpmath.

python -m tests.benchmarks.accuracy [points] [names]: so many points (100000) in each range of each function (all).
The truth is mpmath's to 40 digits, to 360 for sine, cosine and tangent; errors are in units of the last place.
"""

import math
import sys

import mpmath
import numpy as np

from diffcli.engine import gaussian, ieee
from tests.engine.run.vector_points import WIDTHS, evaluate, exact, near, spread, ulps

ANYWHERE = (-1e308, 1e308)
POSITIVE = (1e-308, 1e308)


def softplus(x):
    """log(1 + exp(x)), of as many digits where exp(x) is small."""
    return mpmath.log1p(mpmath.exp(x))


# Functions: ranges of each operand, numbers around which errors may peak, the truth, the C library's function.
ONE_OPERAND = {
    "exp": ([(-745.0, 709.7), (-1.0, 1.0)], [0.0], mpmath.exp, ieee.exp),
    "exp2": ([(-1074.0, 1023.9), (-1.0, 1.0)], [0.0], lambda x: mpmath.mpf(2) ** x, ieee.exp2),
    "expm1": ([(-50.0, 709.7), (-1.0, 1.0)], [0.0], mpmath.expm1, ieee.expm1),
    "log": ([POSITIVE, (0.5, 2.0)], [1.0], mpmath.log, ieee.log),
    "log2": ([POSITIVE, (0.5, 2.0)], [1.0], lambda x: mpmath.log(x, 2), ieee.log2),
    "log10": ([POSITIVE, (0.5, 2.0)], [1.0], mpmath.log10, ieee.log10),
    "log1p": ([POSITIVE, (-0.99, 2.0)], [0.0], mpmath.log1p, ieee.log1p),
    "cbrt": ([ANYWHERE, (-8.0, 8.0)], [1.0], lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), math.cbrt),
    "sinh": ([(-710.0, 710.0), (-2.0, 2.0)], [0.0], mpmath.sinh, ieee.sinh),
    "cosh": ([(-710.0, 710.0), (-2.0, 2.0)], [0.0], mpmath.cosh, ieee.cosh),
    "tanh": ([(-20.0, 20.0), (-1.0, 1.0)], [0.0], mpmath.tanh, math.tanh),
    "asinh": ([ANYWHERE, (-4.0, 4.0)], [0.0], mpmath.asinh, math.asinh),
    "acosh": ([(1.0, 1e308), (1.0, 4.0)], [], mpmath.acosh, ieee.acosh),
    "atanh": ([(-0.9999999, 0.9999999)], [0.5], mpmath.atanh, ieee.atanh),
    "sigmoid": ([(-745.0, 40.0), (-2.0, 2.0)], [0.0], lambda x: 1 / (1 + mpmath.exp(-x)), ieee.sigmoid),
    "sigmoid_minus": (
        [(-40.0, 745.0), (-2.0, 2.0)],
        [0.0],
        lambda x: 1 / (1 + mpmath.exp(x)),
        lambda x: ieee.sigmoid(-x),
    ),
    "softplus": ([(-745.0, 40.0), (-2.0, 2.0)], [0.0], softplus, ieee.softplus),
    "log_sigmoid": ([(-40.0, 745.0), (-2.0, 2.0)], [0.0], lambda x: -softplus(-x), ieee.log_sigmoid),
    "sin": ([ANYWHERE, (-8e5, 8e5), (-10.0, 10.0)], [math.pi, 100.0 * math.pi, 8e5], mpmath.sin, ieee.sin),
    "cos": ([ANYWHERE, (-8e5, 8e5), (-10.0, 10.0)], [0.5 * math.pi, 99.5 * math.pi, 8e5], mpmath.cos, ieee.cos),
    "tan": ([ANYWHERE, (-8e5, 8e5), (-10.0, 10.0)], [0.25 * math.pi, 99.5 * math.pi, 8e5], mpmath.tan, ieee.tan),
    "asin": ([(-1.0, 1.0)], [0.5, -0.5], mpmath.asin, ieee.asin),
    "acos": ([(-1.0, 1.0)], [0.5, -0.5], mpmath.acos, ieee.acos),
    "atan": ([ANYWHERE, (-4.0, 4.0)], [1.0, -1.0], mpmath.atan, math.atan),
    "bell": ([(-27.3, 27.3), (-2.0, 2.0)], [0.0], lambda x: mpmath.exp(-x * x), gaussian.gaussian),
    "erf": ([(-6.0, 6.0), (-1.0, 1.0)], [1.0], mpmath.erf, math.erf),
    "erfc": ([(-6.0, 27.3), (-1.0, 1.0)], [0.75], mpmath.erfc, math.erfc),
    "normal_pdf": ([(-38.6, 38.6), (-2.0, 2.0)], [0.0], mpmath.npdf, gaussian.normal_pdf),
    "normal_cdf": (
        [(-38.5, 8.0), (-2.0, 2.0)],
        [-1.06],
        lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
        gaussian.normal_cdf,
    ),
}
TWO_OPERANDS = {
    "power": ([(POSITIVE, (-1.0, 1.0)), ((0.5, 2.0), (-700.0, 700.0)), ((1e-3, 1e3), (-100.0, 100.0))], mpmath.power),
    "atan2": ([(ANYWHERE, ANYWHERE), ((-5.0, 5.0), (-5.0, 5.0))], mpmath.atan2),
    "hypot": ([((-1e307, 1e307), (-1e307, 1e307)), ((-5.0, 5.0), (-5.0, 5.0))], mpmath.hypot),
    "inverse_part": (
        [((1e-150, 1e150), (1e-150, 1e150)), ((-5.0, 5.0), (-5.0, 5.0))],
        lambda x, y: y / (x * x + y * y),
    ),
}
BY_C = {"power": ieee.power, "atan2": math.atan2, "hypot": math.hypot, "inverse_part": ieee.inverse_part}
BY_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh"}
BY_NUMPY |= {"atanh": "arctanh", "atan2": "arctan2", "power": "float_power"}


def samples(name, count):
    """Rows of operands, as one array for each range: evenly and by exponents, and near the critical numbers."""
    random = np.random.default_rng(1)
    if name in TWO_OPERANDS:
        return [[spread(random, *each, count) for each in pair] for pair in TWO_OPERANDS[name][0]]
    ranges, critical, *_ = ONE_OPERAND[name]
    rows = [[spread(random, *each, count)] for each in ranges]
    return rows + [[near(random, each, count // 10)] for each in critical]


def errors(name, columns):
    """The largest error in these rows: ours at each width, the C library's, NumPy's (NaN where it has no such function)."""
    truth = exact(
        ONE_OPERAND[name][2] if name in ONE_OPERAND else TWO_OPERANDS[name][1],
        *columns,
        digits=360 if name in ("sin", "cos", "tan") else 40,
    )
    by_c = BY_C[name] if name in BY_C else ONE_OPERAND[name][3]
    by_numpy = getattr(np, BY_NUMPY.get(name, name), None)
    rows = zip(*[each.tolist() for each in columns], strict=True)
    with np.errstate(all="ignore"):
        found = [evaluate(name, *columns, width=width) for width in WIDTHS]
        found += [np.array([by_c(*row) for row in rows])]
        found += [by_numpy(*columns)] if by_numpy is not None else []
    worst = [float(ulps(each, truth).max()) for each in found]
    return worst if by_numpy is not None else [*worst, math.nan]


def main(arguments):
    """Prints a line for each function."""
    count = int(float(arguments[0])) if arguments else 100_000
    names = arguments[1:] or [*ONE_OPERAND, *TWO_OPERANDS]
    print(f"{'largest error, ulp':20}" + "".join(f"{f'{each} lanes':>9}" for each in WIDTHS) + "   C lib.    NumPy")
    for name in names:
        worst = np.max([errors(name, columns) for columns in samples(name, count)], axis=0)
        print(f"{name:20}" + "".join(f"{each:9.3f}" for each in worst), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

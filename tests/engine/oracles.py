"""What each element-wise operator means in 50-digit arithmetic, written without looking at the table of operators.

`MEANING[name]` takes and returns mpmath numbers; `DOMAIN[name]` is where random points are drawn, argument by argument.
"""

from __future__ import annotations

import mpmath as mp

DIGITS = 50
mp.mp.dps = DIGITS

ZERO, ONE, TWO = mp.mpf(0), mp.mpf(1), mp.mpf(2)


def round_half_even(x):
    below = mp.floor(x)
    rest = x - below
    if rest == mp.mpf("0.5"):
        return below if below % 2 == 0 else below + 1
    return below if rest < mp.mpf("0.5") else below + 1


def trunc(x):
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def real_power(x, y):
    return mp.re(mp.power(x, y))


def cbrt(x):
    return mp.sign(x) * mp.cbrt(abs(x))


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def elu(x, alpha=ONE):
    return x if x >= 0 else alpha * mp.expm1(x)


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")
SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")

MEANING = {
    # identities and arithmetic
    "identity": lambda x: x,
    "stop_gradient": lambda x: x,
    "float": lambda x: x,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda x: -x,
    "floor_divide": lambda a, b: mp.floor(a / b),
    "mod": lambda a, b: a - b * mp.floor(a / b),
    "power": real_power,
    "square": lambda x: x * x,
    "squared_difference": lambda a, b: (a - b) ** 2,
    "multiply_no_nan": lambda a, b: a * b,
    "divide_no_nan": lambda a, b: a / b,
    "reciprocal": lambda x: 1 / x,
    "sign": mp.sign,
    "abs": abs,
    "held_below": lambda y, x, hi: x > y and y == hi,
    "guard": lambda a, b: a,
    "log_positive": lambda x: mp.log(x) if x > 0 else ZERO,
    "one_minus_square": lambda x: 1 - x * x,
    # roots, exponentials, logarithms
    "sqrt": mp.sqrt,
    "rsqrt": lambda x: 1 / mp.sqrt(x),
    "cbrt": cbrt,
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    # angles
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "inverse_part": lambda a, b: b / (a * a + b * b),
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    # hyperbolic
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    # truth values
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "logical_and": lambda a, b: a != 0 and b != 0,
    "logical_or": lambda a, b: a != 0 or b != 0,
    "logical_not": lambda x: x == 0,
    "isnan": mp.isnan,
    "isinf": mp.isinf,
    "isfinite": mp.isfinite,
    # choices, corners, steps
    "where": lambda c, a, b: a if c else b,
    "maximum": lambda a, b: a if a >= b else b,
    "minimum": lambda a, b: a if a <= b else b,
    "clip": lambda x, lo, hi: max(min(x, hi), lo),
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": round_half_even,
    "ste_round": round_half_even,
    "trunc": trunc,
    "int": trunc,
    # logistic
    "sigmoid": sigmoid,
    "sigmoid_minus": lambda x: sigmoid(-x),
    "softplus": lambda x: mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x)),
    "log_sigmoid": lambda x: -mp.log1p(mp.exp(-x)) if x > 0 else x - mp.log1p(mp.exp(x)),
    "logaddexp": lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))),
    # special functions
    "bell": lambda x: mp.exp(-x * x),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "normal_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "normal_cdf": normal_cdf,
    "polygamma": lambda n, x: mp.polygamma(int(n), x),
    "digamma": mp.digamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "xdivy": lambda a, b: a / b,
    "xlogy": lambda a, b: a * mp.log(b),
    "xlog1py": lambda a, b: a * mp.log1p(b),
    # activations
    "relu": lambda x: max(x, ZERO),
    "relu6": lambda x: min(max(x, ZERO), mp.mpf(6)),
    "leaky_relu": lambda x, alpha: x if x > 0 else alpha * x,
    "elu": elu,
    "selu": lambda x: SELU_SCALE * elu(x, SELU_ALPHA),
    "silu": lambda x: x * sigmoid(x),
    "softsign": lambda x: x / (1 + abs(x)),
    "gelu": lambda x: x * normal_cdf(x),
}

ANYWHERE = (-20.0, 20.0)
POSITIVE = (1e-6, 1e6)

DOMAIN = {
    "power": (POSITIVE, (-5.0, 5.0)),
    "sqrt": (POSITIVE,),
    "rsqrt": (POSITIVE,),
    "log": (POSITIVE,),
    "log2": (POSITIVE,),
    "log10": (POSITIVE,),
    "log_positive": (POSITIVE,),
    "log1p": ((-0.999, 1e6),),
    "asin": ((-0.999, 0.999),),
    "acos": ((-0.999, 0.999),),
    "atanh": ((-0.999, 0.999),),
    "one_minus_square": ((-0.999, 0.999),),
    "acosh": ((1.001, 1e6),),
    "xlogy": (ANYWHERE, POSITIVE),
    "xlog1py": (ANYWHERE, (-0.999, 1e3)),
    "clip": (ANYWHERE, (-10.0, -1.0), (1.0, 10.0)),
    "where": ((0.0, 1.0), ANYWHERE, ANYWHERE),
    "leaky_relu": (ANYWHERE, (0.0, 1.0)),
    "elu": (ANYWHERE, (0.1, 3.0)),
    "polygamma": ((1.0, 6.0), (0.01, 50.0)),
    "digamma": ((0.01, 50.0),),
    "lgamma": ((0.01, 50.0),),
    "normal_cdf": ((-37.0, 8.0),),
    "normal_pdf": ((-37.0, 37.0),),
    "bell": ((-26.0, 26.0),),
    "erf": ((-6.0, 6.0),),
    "erfc": ((-6.0, 26.0),),
    "gelu": ((-36.0, 20.0),),
    "mod": (ANYWHERE, (0.5, 7.0)),
    "floor_divide": (ANYWHERE, (0.5, 7.0)),
}


def domain(name: str, arity: int):
    return DOMAIN.get(name, (ANYWHERE,) * arity)


def value(name: str, point):
    return MEANING[name](*[mp.mpf(x) for x in point])


def derivative(name: str, point, orders):
    """The partial derivative of the given order in each argument, by differences at 50 digits and more."""
    return mp.diff(MEANING[name], tuple(mp.mpf(x) for x in point), tuple(orders))

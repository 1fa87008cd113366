"""The four programs of the row benchmarks, each stated once: a text that is valid in diffcli and in Python, and its C.

Every peer but the C compiler runs the same text with its own functions. The C is value and partials with shared parts
computed once, by hand: what a careful person would write, so that the ceiling owes nothing to a tool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .columns import empty

if TYPE_CHECKING:
    from numpy import ndarray


class Program(NamedTuple):
    """A scalar function `f` of named columns: `body` are assignments, `wrt` the inputs that partials are taken for."""

    name: str
    title: str
    inputs: tuple[str, ...]
    wrt: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    body: str
    c: str

    @property
    def text(self) -> str:
        """The program as a file of diffcli."""
        return "".join(f"input {name}\n" for name in self.inputs) + self.body + "output f\n"

    @property
    def places(self) -> tuple[int, ...]:
        """Where the inputs that partials are taken for stand among the inputs."""
        return tuple(self.inputs.index(name) for name in self.wrt)

    def function(self, namespace: Mapping[str, Any]) -> Callable[..., Any]:
        """The program as a Python function that uses the functions of `namespace`."""
        lines = [f"def f({', '.join(self.inputs)}):", *self.body.splitlines(), "return f"]
        scope = dict(namespace)
        exec("\n    ".join(lines), scope)
        found: Callable[..., Any] = scope["f"]
        return found

    def columns(self, rows: int, aligned: bool = True) -> list[ndarray]:
        """The same random columns in every process."""
        import numpy

        generator = numpy.random.default_rng(20)
        found = [empty(rows, place, aligned) for place in range(len(self.inputs))]
        for column, low, high in zip(found, self.low, self.high, strict=True):
            column[:] = generator.uniform(low, high, rows)
        return found


def _rosenbrock(size: int) -> Program:
    """The chained Rosenbrock function; in C the parts of neighbours are shared."""
    names = tuple(f"x{i}" for i in range(size))
    terms = [f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(size - 1)]
    c = [f"double r{i} = x{i + 1} - x{i}*x{i}, o{i} = 1 - x{i}, h{i} = 200*r{i};" for i in range(size - 1)]
    c.append("double f = " + " + ".join(f"100*(r{i}*r{i}) + o{i}*o{i}" for i in range(size - 1)) + ";")
    for i in range(size):
        parts = [f"-2*(h{i}*x{i} + o{i})" if i < size - 1 else "", f"h{i - 1}" if i else ""]
        c.append(f"double f_x{i} = {' + '.join(part for part in parts if part)};")
    body = f"f = {' + '.join(terms)}\n"
    return Program(
        "rosen",
        f"Rosenbrock in {size} variables",
        names,
        names,
        (0.5,) * size,
        (1.5,) * size,
        body,
        "\n".join(c),
    )


BLACK_SCHOLES = Program(
    "bs",
    "Black-Scholes call, 5 partials",
    ("S", "K", "r", "v", "T"),
    ("S", "K", "r", "v", "T"),
    (80.0, 80.0, 0.01, 0.1, 0.25),
    (120.0, 120.0, 0.1, 0.5, 2.0),
    """\
w = v*sqrt(T)
a = (log(S/K) + (r + v**2/2)*T)/w
b = a - w
p = 0.5*(1 + erf(a*0.7071067811865476))
q = 0.5*(1 + erf(b*0.7071067811865476))
f = S*p - K*exp(-r*T)*q
""",
    """\
double s = sqrt(T), w = v*s, d = exp(-r*T);
double a = (log(S/K) + (r + 0.5*v*v)*T)/w, b = a - w;
double p = 0.5 + 0.5*erf(a*0.7071067811865476), q = 0.5 + 0.5*erf(b*0.7071067811865476);
double e = S*0.3989422804014327*exp(-0.5*a*a), Kdq = K*d*q;
double f = S*p - Kdq;
double f_S = p, f_K = -d*q, f_r = Kdq*T, f_v = e*s, f_T = r*Kdq + 0.5*e*v/s;
""",
)

MIX = Program(
    "mix",
    "sin, exp, log, sqrt and tanh of 4 variables",
    ("a", "b", "c", "d"),
    ("a", "b", "c", "d"),
    (0.5,) * 4,
    (2.0,) * 4,
    """\
p = sin(a*b)*exp(c - d)
q = log(a**2 + d**2)*sqrt(b + c)
f = p + q + tanh(a*c - b*d)
""",
    """\
double e = exp(c - d), p = sin(a*b)*e, k = cos(a*b)*e;
double m = a*a + d*d, l = log(m), r = sqrt(b + c), t = tanh(a*c - b*d), u = 1 - t*t;
double h = 0.5*l/r, w = 2*r/m;
double f = p + l*r + t;
double f_a = k*b + w*a + u*c, f_b = k*a + h - u*d, f_c = p + h + u*a, f_d = w*d - p - u*b;
""",
)

LOGISTIC = Program(
    "logit",
    "logistic loss, 5 partials",
    ("w1", "w2", "x1", "x2", "b", "y"),
    ("w1", "w2", "x1", "x2", "b"),
    (-2.0, -2.0, -2.0, -2.0, -2.0, -1.0),
    (2.0, 2.0, 2.0, 2.0, 2.0, 1.0),
    """\
z = w1*x1 + w2*x2 + b
f = log1p(exp(-y*z))
""",
    """\
double e = exp(-y*(w1*x1 + w2*x2 + b)), g = -y*e/(1 + e);
double f = log1p(e);
double f_w1 = g*x1, f_w2 = g*x2, f_x1 = g*w1, f_x2 = g*w2, f_b = g;
""",
)

PROGRAMS = {each.name: each for each in (_rosenbrock(8), BLACK_SCHOLES, MIX, LOGISTIC)}

"""Programs of any length, and what their value and derivative are, by a plain loop."""

from __future__ import annotations

import math

STEP = 1e-5
# Each statement of the chain has a sine, a product and a sum.
PER_STATEMENT = 3


def chain(operations: int) -> str:
    """A chain of statements of one variable; its derivative neither vanishes nor grows, however long it is."""
    count = operations // PER_STATEMENT
    steps = "".join(f"t{i + 1} = t{i} + {STEP}*sin(t{i})\n" for i in range(count))
    return f"input x\nt0 = x\n{steps}f = t{count}\noutput f\n"


def chain_value(operations: int, x: float) -> tuple[float, float]:
    """The value and the derivative of the chain."""
    slope = 1.0
    for _ in range(operations // PER_STATEMENT):
        slope *= 1 + STEP * math.cos(x)
        x += STEP * math.sin(x)
    return x, slope


def mixture(statements: int) -> str:
    """A chain over four inputs in which elementary functions take turns; every number stays of the order of one."""
    forms = (
        "sin(t{i})*x{k} + {c}",
        "exp(-t{i}**2) + x{k}*{c}",
        "log(1 + t{i}**2)*{c} + x{k}",
        "tanh(t{i} - x{k})*{c}",
        "sqrt(t{i}**2 + x{k}**2)*{c}",
        "t{i}/(1 + x{k}**2) - {c}",
    )
    steps = [f"t{i + 1} = {forms[i % 6].format(i=i, k=i % 4, c=0.5 + i % 7 / 8)}\n" for i in range(statements)]
    inputs = "".join(f"input x{k}\n" for k in range(4))
    return f"{inputs}t0 = x0*x1\n{''.join(steps)}f = t{statements}\noutput f\n"

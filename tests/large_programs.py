"""Programs of any size, the same text on every machine: what tests and benchmarks of large files read.

Each has exactly as many operations (signs and calls) as it is asked for, and a gradient that neither vanishes nor explodes.
"""

from __future__ import annotations

from collections.abc import Callable

FUNCTIONS = ("sin", "cos", "tanh", "exp")
HEAD = "var x = 0.5\nvar y = 0.25\n"


def factor(turn: int) -> str:
    """A number between 0.1 and 0.9 that seldom comes twice, so that few operations are shared."""
    return f"{0.1 + 0.8 * (turn * 7919 % 1_000_003) / 1_000_003:.6f}"


def terms(operations: int) -> str:
    """One expression: a long sum of products, quotients and functions of two variables."""
    parts: list[str] = []
    used = turn = 0
    while used < operations:
        number, variable, function = factor(turn), "xy"[turn % 2], FUNCTIONS[turn % 4]
        cost, term = (
            (2, f"{function}({number} * {variable})"),
            (1, f"{number} * {variable}"),
            (2, f"{number} * x * y"),
            (3, f"{function}({number} - {variable}) / {number}"),
            (1, f"{variable}**2"),
        )[turn % 5]
        if used + cost + 1 > operations:
            cost, term = 0, number
        parts.append(f"{'+-'[turn % 3 == 2]} {term}")
        used += cost + 1
        turn += 1
    return f"{HEAD}out = x {' '.join(parts)}\n"


def statements(operations: int) -> str:
    """Many short statements of three operations, each a function of the one before and of a variable."""
    turns = range(operations // 3)
    lines = [f"a{turn + 1} = {FUNCTIONS[turn % 3]}({factor(turn)} * a{turn}) + {'xy'[turn % 2]}\n" for turn in turns]
    return f"{HEAD}a0 = x\n{''.join(lines)}out = a{len(turns)}{' + y' * (operations % 3)}\n"


def chain(operations: int) -> str:
    """One expression of functions inside functions, three operations a level."""
    levels = range(operations // 3)
    opening = [f"{FUNCTIONS[turn % 3]}({'xy'[turn % 2]} + {factor(turn)} * " for turn in levels]
    return f"{HEAD}out = {''.join(opening)}x{')' * len(opening)}{' + y' * (operations % 3)}\n"


def steps(operations: int) -> str:
    """As many statements as operations: the most names that a file can have."""
    lines = [
        f"a{turn + 1} = {f'sin(a{turn})' if turn % 2 else f'a{turn} + ' + 'xy'[turn // 2 % 2]}\n"
        for turn in range(operations)
    ]
    return f"{HEAD}a0 = x\n{''.join(lines)}out = a{operations}\n"


PROGRAMS: dict[str, Callable[[int], str]] = {
    "terms": terms,
    "statements": statements,
    "chain": chain,
    "steps": steps,
}

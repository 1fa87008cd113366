"""Walking a tape on a terminal: forward through the values, then backward through the adjoints."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from diffcli.results_trace import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.cli.env import Environment
    from diffcli.results_trace import TraceResult, TraceRow

OPEN, CLOSE, CLEAR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H\x1b[2J"
HELP = "space next · b back · q quit"


def walk(result: TraceResult, environment: Environment, keys: Iterable[str] | None = None) -> None:
    """Show the tape step by step; keys come from the terminal unless they are given."""
    steps = list(turns(result))
    if not steps:
        return
    width, height = size(environment)
    place = 0
    environment.write(OPEN)
    try:
        waiting = iter(pressed(environment) if keys is None else keys)
        while place < len(steps):
            environment.write(CLEAR + "\n".join(screen(result, steps, place, width, height)))
            environment.flush()
            key = next(waiting, "q")
            if key in ("q", "\x03", "\x1b"):
                break
            place = max(0, place - 1) if key in ("b", "\x7f") else place + (key in (" ", "\r", "\n", "n"))
    finally:
        environment.write(CLOSE)
        environment.flush()


def turns(result: TraceResult) -> Iterator[tuple[int, bool]]:
    """The steps: a row and whether its derivative is the news; with tangents one pass does both."""
    count = len(result.nodes)
    yield from ((row, False) for row in range(count))
    if result.mode != "forward":
        yield from ((row, True) for row in reversed(range(count)))


def screen(result: TraceResult, steps: list[tuple[int, bool]], place: int, width: int, height: int) -> list[str]:
    """The lines of one step: what is known so far, the row in turn marked, and what happens there."""
    current, backward = steps[place]
    forward_mode = result.mode == "forward"
    phase = "forward: values and tangents" if forward_mode else "backward: adjoints" if backward else "forward: values"
    names = max(len(row.node) for row in result.nodes)
    lines = []
    for index, row in enumerate(result.nodes):
        known_value = backward or index <= current
        known_sum = (index >= current) if backward else forward_mode and index <= current
        value = f" = {short(row.value)}" if known_value else ""
        label = "tangent" if forward_mode else "adjoint"
        derivative = (
            f"   {label} {row.status if row.derivative is None else short(row.derivative)}" if known_sum else ""
        )
        mark = ">" if index == current else " "
        lines.append(f"{mark} {row.node:<{names}} = {call(row)}{value}{derivative}"[:width])
    room = max(3, height - 8)
    first = max(0, min(current - room // 2, len(lines) - room))
    told = [each[:width] for each in news(result.nodes[current], backward or forward_mode, forward_mode)]
    head = f"{result.file} · {phase} · step {place + 1} of {len(steps)}"[:width]
    return [head, "", *lines[first : first + room], "", *told[:4], HELP[:width]]


def call(row: TraceRow) -> str:
    """The operation with its operands."""
    return f"{row.op}({row.given})" if row.operands else row.op


def news(row: TraceRow, derivative: bool, forward: bool) -> list[str]:
    """What happens at the row."""
    partials = [f"∂{row.node}/∂{part.node} = {short(part.value)}" for part in row.partials]
    if not derivative:
        return partials
    if forward:
        return [*partials, f"tangent of {row.node}: {row.sum}"]
    came = ", ".join(f"{short(part.value)} from {part.node}" for part in row.parts)
    return [f"adjoint of {row.node}: {row.sum}", *([f"where {came}"] if came else []), *partials]


def size(environment: Environment) -> tuple[int, int]:
    """Columns and lines of the terminal."""
    width = environment.width(environment.stdout) or 80
    try:
        return width, os.get_terminal_size(environment.stdout.fileno()).lines  # type: ignore[union-attr]  # a terminal was asked for before
    except (OSError, ValueError, AttributeError):
        return width, 24


def pressed(environment: Environment) -> Iterator[str]:
    """Single keys, as they are pressed."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            yield msvcrt.getwch()
    import termios
    import tty

    assert environment.stdin is not None
    descriptor = environment.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSADRAIN)  # what was typed ahead is kept
        while key := os.read(descriptor, 1):
            yield key.decode("latin-1")
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

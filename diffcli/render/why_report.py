"""The report of `why`: per target and source the verdict, the excerpts with what went wrong, the paths, and what to type."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from diffcli.document import place
from diffcli.render.cells import cell_text
from diffcli.render.diagnostics import excerpt, paint
from diffcli.render.width import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from diffcli.render import Style
    from diffcli.results_why import Cause, Fix, PathRow, PathStep, Spot, WhyResult, WhyRow

WIDE, NARROW = 100, 40
STEPS = 16  # of a path
MOST = 6  # causes and paths of a pair
COUNTLESS = 10**9
SEVERITY = {"nan": "error", "inf": "error", "none": "warning", "zero": "warning"}


def report(result: WhyResult, style: Style) -> str:
    """The whole report of one file."""
    columns = max(NARROW, style.width or WIDE)
    lines = [paint(line, "bold", style.color) for line in filled(visible(result.heading()), "", columns)]
    for row in result.pairs:
        lines += ["", *pair(row, style, columns)]
    if not result.pairs:
        lines.append("no target and source")
    return "\n".join(lines) + "\n"


def pair(row: WhyRow, style: Style, columns: int) -> Iterator[str]:
    """The lines of one target and source."""
    color = SEVERITY.get(row.status, "note")
    verdict = row.verdict if row.verdict == "connected" else f"not connected ({row.verdict})"
    shown = cell_text(row.value, style).replace("\n", " ") if row.value is not None else row.status
    status = "" if shown == row.status or row.status in ("none", "formula", "ok") else f" ({row.status})"
    head = f"d{row.of}/d{row.wrt} = {shown}{status}" if row.status != "formula" else f"d{row.of}/d{row.wrt}"
    yield f"{paint(visible(head), color, style.color)}{paint(f': {verdict}', 'bold', style.color)}"
    if not row.causes:
        yield from filled(visible(row.message), "  ", columns)
    for index, cause in enumerate(row.causes[:MOST]):
        yield from told(
            cause,
            "  " if not index else "  then " if cause.code in ("forward", "backward") else "  and ",
            color,
            style,
            columns,
        )
    if len(row.causes) > MOST:
        yield f"  and at {len(row.causes) - MOST} more places"
    for number, path in enumerate(row.paths[:MOST], 1):
        yield from drawn(path, number, row, style, columns)
    hidden = row.path_count - len(row.paths[:MOST])
    if hidden > 0:
        yield f"  and {hidden if hidden < COUNTLESS else 'countless'} more path{'s' * (hidden != 1)}"
    for fix in row.fixes:
        yield from typed(fix, style, columns)
    for note in row.notes:
        yield from filled(visible(f"note: {note}"), "  ", columns, "        ")


def told(cause: Cause, lead: str, severity: str, style: Style, columns: int) -> Iterator[str]:
    """A cause in words, then its line with the place underlined and the numbers that met there."""
    yield from filled(f"{lead}{visible(cause.message)}", "", columns, "    ")
    if cause.spot is not None:
        shown = [f"{each.text} = {cell_text(each.value, style)}" for each in cause.operands]
        yield from framed(cause.spot, severity, style, columns)
        if shown:
            yield from filled(f"with {visible(', '.join(shown))}", "      ", columns, "        ")


def framed(spot: Spot, severity: str, style: Style, columns: int) -> Iterator[str]:
    """The line of a place, the place underlined."""
    gutter = " " * len(str(spot.at.line))
    end = spot.at.end_column - 1 if spot.at.end_line == spot.at.line else len(spot.line)
    shown = excerpt(spot.line, spot.at.column - 1, end, max(20, columns - len(gutter) - 8))
    yield f"   {paint(f'{gutter}-->', 'frame', style.color)} {visible(place(spot.file, spot.at))}"
    yield f"    {paint(f'{spot.at.line} |', 'frame', style.color)} {shown.text}"
    yield f"    {paint(f'{gutter} |', 'frame', style.color)} {' ' * shown.indent}{paint('^' * shown.length, severity, style.color)}"


def drawn(path: PathRow, number: int, row: WhyRow, style: Style, columns: int) -> Iterator[str]:
    """A path from the target to the source, and where it ends."""
    state = "flows" if path.cut is None else path.cut.code
    label = f"  path {number} [{state}]: "
    yield from filled(label + " <- ".join(shortened([visible(step(each)) for each in path.steps])), "", columns, "    ")
    if path.cut is not None and path.cut.spot is not None:
        known = any(path.cut.message == cause.message for cause in row.causes)
        where = f"{path.cut.spot.at.line}:{path.cut.spot.at.column}"
        yield from filled(
            f"cut at {where} by {path.cut.op}" + ("" if known else f": {visible(path.cut.message)}"),
            "    ",
            columns,
            "      ",
        )


def shortened(steps: list[str]) -> list[str]:
    """The steps of a long path without its middle."""
    left = len(steps) - STEPS
    return steps if left <= 1 else [*steps[: STEPS // 2], f"… {left} more …", *steps[-STEPS // 2 :]]


def step(each: PathStep) -> str:
    """One node: its name and operation, or what was written, with its place."""
    where = f" {each.spot.at.line}:{each.spot.at.column}" if each.spot is not None else ""
    if each.name is not None:
        return f"{each.name} ({each.op}{where})" if each.op else f"{each.name} ({where.strip()})"
    return f"{each.op}{where}" if each.op != each.text else f"{each.text}{where}"


def typed(fix: Fix, style: Style, columns: int) -> Iterator[str]:
    """What to type, why, and the gradient with it."""
    word = "fix" if fix.equal else "instead"
    yield from filled(f"{word}: {visible(fix.message)}", "  ", columns, "    ")
    if fix.option is not None:
        yield f"    {visible(fix.option)}"
    for edit in fix.edits:
        where = f"{edit.at.line}:{edit.at.column}"
        for sign, text, color in (("-", edit.old, "error"), ("+", edit.new, "note")):
            if text:
                line = f"{sign} {visible(' '.join(text.split()))}"
                yield f"    {where} {paint(line, color, style.color)}"
                where = " " * len(where)
    value = cell_text(fix.value, style).replace("\n", " ")
    yield f"    the gradient is then {value}" + (" (zero)" if fix.status == "zero" and len(value) > 3 else "")


def filled(text: str, indent: str, columns: int, further: str | None = None) -> Iterable[str]:
    """A paragraph of so many columns."""
    lines = wrap(
        text,
        columns,
        initial_indent=indent,
        subsequent_indent=indent if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [indent]

"""Problems of a file, of its values or of a request, as exceptions that carry the diagnostics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError
from ..engine.shape import OperandError
from ..source import Source

# Diagnostics are worded for the command line; here its options are arguments.
WORDS = (
    (re.compile(r"--at (?=\S+=)"), ""),
    (re.compile(r"--at\b"), "at(…)"),
    (re.compile(r"--max-([a-z]+)"), r"limits=Limits(\1=…)"),
    (re.compile(r"--([a-z]+)\b"), r"\1="),
)


class DiffError(DiagnosticError):
    """Raised when a file, a value or a request cannot be used; `diagnostics` has every problem that was found.

    As text it is what the command line prints: each problem with its code, `file:line:column`, the line with a caret
    under the place, and a hint. Each diagnostic has `code`, `message`, `span` (`span.position()` counts lines and columns
    from 1), `notes`, `help` and `as_dict()`.
    """

    def __str__(self) -> str:
        from ..render.diagnostics import render

        return render(self.diagnostics).rstrip()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.diagnostics


@contextmanager
def readable() -> Iterator[None]:
    """Work whose problems reach a Python user: as DiffError, in the words of Python."""
    try:
        yield
    except DiagnosticError as error:
        if isinstance(error, DiffError):
            raise
        raise DiffError(*map(reworded, error.diagnostics)) from None
    except OperandError as error:
        raise DiffError(Diagnostic("E0601", error.message, help=error.hint)) from None


def reworded(problem: Diagnostic) -> Diagnostic:
    """The problem with arguments in place of options."""
    text = problem.help
    for option, argument in WORDS:
        text = text and option.sub(argument, text)
    span = problem.span
    if span is not None and span.source.name.startswith("--"):
        span = Source(span.source.name.removeprefix("--"), span.source.text).span(span.start, span.end)
    return replace(problem, help=text, span=span)

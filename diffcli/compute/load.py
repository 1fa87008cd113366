"""From a request to a model: parse, check the names, lower; every problem of the file in one go."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..diagnostic import Diagnostic, DiagnosticError, closest
from ..engine import op as operators
from ..engine.graph import Node
from ..lang.ast import Expect
from ..lang.lower import lower
from ..lang.model import Model
from ..lang.parse import flat, parse, parse_expression
from ..lang.resolve import resolve
from ..source import Source, Span
from .request import Request


def name_of(text: str) -> str:
    """A name from the command line as the language compares names."""
    return unicodedata.normalize("NFKC", text)


def load(request: Request, testing: bool = False, defaults: bool = True) -> Model:
    """The model of a file with the request's values in place; DiagnosticError carries every problem.

    Without defaults, inputs whose declared shape has a letter do not have the value that stands beside them: the letter stays open.
    """
    module, problems = parse(request.source, request.limits)
    modules = [module]
    if module.uses:
        from ..lang.uses import load_modules

        used, found = load_modules(module, Path(request.base) if request.base is not None else None, request.limits)
        modules, problems = list(used), [*problems, *found]
    resolution = resolve(modules, operators)
    # Only `test` runs expectations; what is wrong inside one is nothing to the other commands.
    ignored = [] if testing else [each for each in flat(module.statements) if isinstance(each, Expect)]
    problems = [*problems, *(each for each in resolution.diagnostics if not _expected(each, module.source, ignored))]
    feeds = {name_of(name): _expression("--at", name, text) for name, text in request.at}
    model = lower(
        modules,
        resolution,
        feeds,
        strict=request.strict_tf,
        limits=request.limits,
        testing=testing,
        defaults=defaults,
        seed=request.seed,
        tape=request.tape,
        manual=not request.watch_accessed,
        watch=[name_of(name) for name in request.watch],
    )
    errors = [*problems, *(each for each in model.diagnostics if not any(_inside(other, each) for other in problems))]
    # A refused file may lack the very declaration that `--at` or `--wrt` names.
    if not errors:
        errors = unknown(model, feeds, "--at", inputs_only=True) + unknown(
            model, [name_of(each) for each in request.watch], "--watch"
        )
    if any(each.severity == "error" for each in errors):
        raise DiagnosticError(*sorted(errors, key=lambda each: each.span.start if each.span is not None else 0))
    if request.dtype is not None:
        model.dtype = request.dtype
    if request.weights is not None:
        from .weights import take

        take(model, request.weights, {name_of(name) for name, _ in request.at})
    if request.arrays is not None:
        from .weights import take

        take(model, request.arrays, ())
    return model


def _expected(problem: Diagnostic, source: Source, statements: Iterable[Expect]) -> bool:
    """Whether a problem stands in one of the expectations."""
    span = problem.span
    return (
        span is not None and span.source is source and any(each.start <= span.start <= each.end for each in statements)
    )


def _inside(inner: Diagnostic, outer: Diagnostic) -> bool:
    """Whether one problem stands within another: an expression is not refused for what is already said of a part of it."""
    a, b = inner.span, outer.span
    return a is not None and b is not None and a.source is b.source and b.start <= a.start and a.end <= b.end


def _expression(option: str, name: str, text: str) -> tuple[Source, Any]:
    source = Source(f"{option} {name}", text)
    return source, parse_expression(source)


def in_option(option: str, text: str) -> Span:
    """A place on the command line: the text that was given to an option."""
    return Span(Source(option, text), 0, len(text))


def unknown(model: Model, names: Iterable[str], option: str, inputs_only: bool = False) -> list[Diagnostic]:
    """A diagnostic for each name of an option that the file does not define."""
    known = list(model.leaves) if inputs_only else list(model.names)
    problems = []
    for name in names:
        if name in known:
            continue
        guess = closest(name, known)
        if inputs_only and name in model.names:
            message, hint = f"`{name}` is computed, not declared", "values can be given to declared names alone"
        else:
            message = f"{model.source.name} has no name `{name}`"
            hint = (
                f"did you mean `{guess}`?"
                if guess
                else f"it has {', '.join(known[:8])}"
                if known
                else "it defines no names"
            )
        problems.append(Diagnostic("E0307", message, in_option(option, name), help=hint))
    return problems


def values_of(option: str, pairs: Iterable[tuple[str, str]], model: Model) -> dict[str, Node]:
    """The nodes of NAME=VALUE options: constants of the model's graph."""
    from ..engine.op import lift
    from ..engine.shape import OperandError
    from ..lang.lower import constant_expression

    result = {}
    for name, text in pairs:
        source, expression = _expression(option, name, text)
        value = constant_expression(model, source, expression)
        try:
            result[name_of(name)] = lift(model.graph, value)
        except OperandError as error:
            raise DiagnosticError(
                Diagnostic("E0402", error.message, Span(source, 0, len(text)), help=error.hint)
            ) from None
    return result

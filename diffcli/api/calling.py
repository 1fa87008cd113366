"""Compiled callables: floats go straight into generated code, all else by way of a program for its shapes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature
from keyword import iskeyword
from operator import itemgetter
from typing import Any

from ..compute.load import name_of
from ..diagnostic import Diagnostic, DiagnosticError, closest
from ..engine.graph import Node
from ..engine.program import program
from ..engine.run import runner, scalar_program
from ..engine.run.point import compile_point
from ..engine.shape import OperandError, text
from .asked import SEED, Asked
from .building import BUILDING, KEPT, Built, File, build, fits
from .errors import DiffError, readable
from .values import MISSING, Kind, assembler, converted, kind_of

Run = Callable[..., Sequence[Any]]
Given = tuple[tuple[str, Kind], ...]
FLOATS = {float}
SCALAR: Kind = ((), False)


class Calls:
    """How a question is answered for any values of some parameters; all other names keep their values.

    `defaults` stand in for values that are not given.
    """

    def __init__(
        self, file: File, asked: Asked, names: tuple[str, ...], defaults: Sequence[Any], fixed: Mapping[str, Any]
    ) -> None:
        self.file = file
        self.asked = asked
        self.names = names
        self.defaults = tuple(defaults)
        self.fixed = fixed
        self.places = {name: place for place, name in enumerate(names)}
        self.answers: dict[tuple[str, Given], Callable[[Sequence[Any]], Any]] = {}

    def function(self, executor: str) -> Callable[..., Any]:
        """The function of the parameters, by place and by name. Calls with floats alone look nothing up."""
        names, defaults, count = self.names, self.defaults, len(self.names)
        pick = itemgetter(*names) if count > 1 else None
        arrange, general = self.arranged, self.answer
        run, assemble = self.on_floats(executor)

        def call(*values: Any, **named: Any) -> Any:
            given: Sequence[Any] = values
            if named or len(values) != count:
                if pick is not None and len(named) == count and not values:
                    try:
                        given = pick(named)
                    except KeyError:
                        given = arrange(values, named)
                elif named or len(values) > count:
                    given = arrange(values, named)
                else:
                    given = values + defaults[len(values) :]
            kinds = {*map(type, given)}
            if run is None:
                return general(given, executor)
            if kinds <= FLOATS:
                return assemble(run(*given))
            if all(issubclass(kind, float) or kind is int for kind in kinds):
                return assemble(run(*map(float, given)))
            return general(given, executor)

        call.__signature__ = self.signature()  # type: ignore[attr-defined]  # functions and classes take attributes
        return call

    def signature(self) -> Signature:
        """The parameters as Python's tools show them; a name that Python does not have stands for its place alone."""
        found = []
        legal = [name.isidentifier() and not iskeyword(name) for name in self.names]
        for place, (name, default) in enumerate(zip(self.names, self.defaults, strict=True)):
            by_place = not all(legal[place:])
            kind = Parameter.POSITIONAL_ONLY if by_place else Parameter.POSITIONAL_OR_KEYWORD
            found.append(Parameter(name if legal[place] else f"_{place}", kind, default=default))
        return Signature(found)

    def arranged(self, values: Sequence[Any], named: Mapping[str, Any]) -> Sequence[Any]:
        """All values in the order of the parameters."""
        if len(values) > len(self.names):
            raise TypeError(f"{len(self.names)} values are taken ({', '.join(self.names)}), not {len(values)}")
        given = [*values, *self.defaults[len(values) :]]
        for name, value in named.items():
            place = self.places.get(name)
            if place is None:
                place = self.places.get(name_of(name))
            if place is None:
                raise unknown(self.file, self.names, name)
            if place < len(values):
                raise TypeError(f"{name} is given by its place and by its name")
            given[place] = value
        return given

    # ---- programs

    def on_floats(self, executor: str) -> tuple[Run | None, Callable[[Sequence[Any]], Any]]:
        """The program for floats in all places, None where there is none, and how its results are put together."""
        if executor not in ("auto", "floats"):
            return None, tuple
        given = dict.fromkeys(self.names, SCALAR)
        leaves = {} if self.file.model is None else self.file.model.leaves
        if executor == "auto" and any(not fits(leaves[name], SCALAR) for name in self.names if name in leaves):
            return None, tuple
        try:
            with BUILDING, readable():
                built = build(self.file, self.asked, {**self.fixed_kinds(), **given})
                run = self.point(built, self.names)
        except DiagnosticError:
            if executor == "floats":
                raise
            return None, tuple  # the names take tensors, or what is missing is told when it is missed
        if run is None and executor == "floats":
            raise ValueError(
                "not every value is a scalar that floats can compute: executor auto, jit, blocked or arrays"
            )
        return run, assembler(built.form, whole(built))

    def fixed_kinds(self) -> dict[str, Kind]:
        return {name: kind_of(value) for name, value in self.fixed.items() if name not in self.places}

    def point(self, built: Built, names: Sequence[str]) -> Run | None:
        """Generated code on floats, where all is scalar."""
        fixed = [name for name in self.fixed if name not in self.places]
        inputs = [built.parameters[name] for name in (*names, *fixed)]
        if any(node.shape for node in inputs) or not scalar_program(program(built.targets, set(inputs))):
            return None
        model = built.model
        run = compile_point(built.targets, inputs, model.dtype, model.graph.strict)
        if not fixed:
            return run
        rest = tuple(self.fixed[name] for name in fixed)
        return lambda *values: run(*values, *rest)

    def answer(self, values: Sequence[Any], executor: str) -> Any:
        """The answer for any values."""
        given = {
            name: converted(name, value) for name, value in zip(self.names, values, strict=True) if value is not MISSING
        }
        lacking = next((name for name in self.names if name.startswith(SEED) and name not in given), None)
        if lacking is not None:
            help = f"give it by its place, or by name: **{{{lacking!r}: 1.0}}"
            raise DiffError(Diagnostic("E0608", f"`{lacking}` has no value", help=help))
        key = executor, tuple((name, kind_of(value)) for name, value in given.items())
        found = self.answers.get(key)
        if found is None:
            with BUILDING, readable():
                found = self.prepared(key[1], executor)
                if len(self.answers) >= KEPT:
                    self.answers.clear()
                self.answers[key] = found
        return found(tuple(given.values()))

    def prepared(self, given: Given, executor: str) -> Callable[[Sequence[Any]], Any]:
        """A program for values of some kinds: a function of these values."""
        built = build(self.file, self.asked, {**self.fixed_kinds(), **dict(given)})
        names = [name for name, _ in given]
        assemble = assembler(built.form, whole(built))
        if executor in ("auto", "floats"):
            run = None if any(shape for _, (shape, _) in given) else self.point(built, names)
            if run is not None:
                return lambda values: assemble(run(*values))
            if executor == "floats":
                raise ValueError("floats compute scalars alone: executor auto, jit, blocked or arrays")
        fixed = {name: value for name, value in self.fixed.items() if name not in self.places}
        rest = tuple(fixed.values())
        nodes = [built.parameters[name] for name in (*names, *fixed)]
        work = on_arrays(built, nodes, executor)

        def answer(values: Sequence[Any]) -> Any:
            shaped = [in_shape(value, node) for value, node in zip((*values, *rest), nodes, strict=True)]
            return assemble(guarded(built, lambda: work(shaped)))

        return answer


def unknown(file: File, names: Sequence[str], name: str) -> Exception:
    """The complaint about a name that takes no value; `names` do."""
    shown = file.request.source.name
    near = closest(name, names)
    if name in file.constants:
        message, help = f"`{name}` is a const of {shown}", f"at({name}=…) makes a program with another value"
    elif name in file.parameters:
        message, help = f"`{name}` was not named to compile", f"the parameters are {', '.join(names)}"
    else:
        message = f"{shown} has no input `{name}`"
        help = f"did you mean `{near}`?" if near else f"it has {', '.join(names[:8])}"
    return DiffError(Diagnostic("E0307", message, help=help))


def on_arrays(built: Built, nodes: Sequence[Node], executor: str) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """A function of arrays: planned once ("auto", "jit", "blocked"), or walked node by node ("arrays")."""
    dtype, strict = built.model.dtype, built.model.graph.strict
    if executor == "arrays":
        steps, walk = program(built.targets, set(nodes)), runner(False)

        def walked(values: Sequence[Any]) -> Sequence[Any]:
            found = walk(steps, dict(zip(nodes, values, strict=True)), dtype, strict)
            return [own(found[target]) for target in built.targets]

        return walked
    from ..engine.run.tensors import plan

    planned = plan(built.targets, nodes, dtype, strict, executor)
    turn = threading.Lock()  # a plan has its own arrays, so that calls from several threads take turns

    def run(values: Sequence[Any]) -> Sequence[Any]:
        with turn:
            return [own(each) for each in planned.run(values)]

    return run


def own(value: Any) -> Any:
    """A result that nothing else writes to: a number for a scalar, else a copy."""
    if not hasattr(value, "shape"):
        return value
    return value.item() if value.shape == () else value.copy()


def in_shape(value: Any, node: Node) -> Any:
    """A value in the shape of its name; a number stands for all elements."""
    shape = getattr(value, "shape", ())
    if shape == node.shape:
        return value
    import numpy

    try:
        return numpy.broadcast_to(value, tuple(size for size in node.shape if isinstance(size, int)))
    except ValueError:
        name = node.attributes[0]
        what = f"the seed of {name.removeprefix(SEED)}" if name.startswith(SEED) else name
        raise ValueError(f"{what} has shape {text(shape)} instead of {text(node.shape)}") from None


def whole(built: Built) -> list[bool]:
    """Which results are whole numbers."""
    return [node.kind == "int" for node in built.targets]


def guarded(built: Built, work: Callable[[], Any]) -> Any:
    """What an operator refuses at run time, at its expression."""
    try:
        return work()
    except OperandError as error:
        span = built.model.span(error.node) if isinstance(error.node, Node) else None
        raise DiffError(Diagnostic("E0802", error.message, span, help=error.hint)) from None

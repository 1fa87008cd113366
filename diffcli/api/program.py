"""Programs: expression files as Python callables with derivatives, reasons, formulas and pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..compute import Request
from ..compute.load import name_of
from ..lang.limits import LIMITS, Limits
from ..source import Source, decode
from .asked import Asked, Names, listed
from .building import File
from .calling import unknown
from .errors import readable
from .fitting import fit
from .function import Function
from .reading import file_of
from .reports import Reports
from .training import minimize
from .values import converted, written

if TYPE_CHECKING:
    from .values import Value

Mode = Literal["auto", "reverse", "forward"]


def parse(
    text: str,
    *,
    name: str = "<expression>",
    folder: str | os.PathLike[str] | None = None,
    dtype: Literal["float64", "float32"] | None = None,
    tape: bool = False,
    watch: Iterable[str] = (),
    watch_accessed: bool = True,
    strict_tf: bool = False,
    limits: Limits = LIMITS,
) -> Program:
    """The program that a text in the expression language is.

    `name` stands for the text in messages; `folder` is where a relative `use` starts (without it there is none).
    `dtype` overrides the file's. `tape` asks for the rules of `tf.GradientTape`, `watch` and `watch_accessed` say what it
    watches; `strict_tf` for TensorFlow's numbers where ours differ. `limits` bounds what a stranger's text may ask for.

    Raises DiffError with every problem of the text.
    """
    base = None if folder is None else os.fspath(folder)
    request = Request(
        Source(name, text),
        tape=tape,
        watch=tuple(watch),
        watch_accessed=watch_accessed,
        strict_tf=strict_tf,
        dtype=dtype,
        limits=limits,
        base=base,
    )
    return Program(file_of(request), {})


def parsed(program: Program | str) -> Program:
    """The program; a text is parsed."""
    return parse(program) if isinstance(program, str) else program


def load(path: str | os.PathLike[str], **settings: Any) -> Program:
    """The program of an expression file; settings as those of `parse`, but `name` and `folder`, which are the file's.

    Raises DiffError with every problem of the file, OSError where it cannot be read.
    """
    shown = os.fspath(path)
    with open(shown, "rb") as file:
        content = file.read()
    with readable():
        source = decode(shown, content)
    return parse(source.text, name=shown, folder=os.path.dirname(os.path.abspath(shown)), **settings)


class Program(Reports):
    """An expression file as a callable: `program(x=3.0)` is the value of its target, `program.grad("x")` a gradient.

    A program is not changed by anything and may be used from several threads: `minimize` and `fit` give another one with
    the values that were found. It takes the declared names that are no constants (`inputs`), by place or by name; see
    `Function` for what values and results are. Several targets come as a dict by name.
    """

    def __init__(self, file: File, fixed: Mapping[str, Any]) -> None:
        self._file = file
        self._fixed = dict(fixed)
        self._functions: dict[Asked, Function] = {}

    @property
    def text(self) -> str:
        """The text of the file."""
        return self._file.request.source.text

    @property
    def name(self) -> str:
        """The name of the file in messages."""
        return self._file.request.source.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names that take values, in the order of the file: inputs and variables."""
        return self._file.parameters

    @property
    def constants(self) -> tuple[str, ...]:
        """The declared constants, which `at` alone can give other values."""
        return self._file.constants

    @property
    def dtype(self) -> str:
        """float64 or float32."""
        model = self._file.model
        return (self._file.request.dtype or "float64") if model is None else model.dtype

    @cached_property
    def _values(self) -> Function:
        return self.values()

    def __call__(self, /, *values: Value, **named: Value) -> Any:
        """The value of the target at a point; of several targets a dict by name."""
        return self._values(*values, **named)

    def compile(self, *names: str, executor: str = "auto") -> Any:
        """A plain function of these inputs that gives the value, see `Function.compile`."""
        return self._values.compile(*names, executor=executor)

    def rows(self, table: Mapping[str, Value] | Any, *, executor: str = "auto", threads: int = 1) -> Any:
        """The value in every row of a table, see `Function.rows`."""
        return self._values.rows(table, executor=executor, threads=threads)

    def at(self, values: Mapping[str, Value] | None = None, /, **named: Value) -> Program:
        """The program with other values of some names, constants included: what a call does not give is taken from there."""
        given = {name_of(name): converted(name, value) for name, value in {**(values or {}), **named}.items()}
        for name in given:
            if name not in self.inputs and name not in self.constants:
                raise unknown(self._file, (*self.inputs, *self.constants), name)
        texts = {name: written(value) for name, value in given.items() if name in self.constants}
        file = self._file
        if texts:
            at = {**dict(file.request.at), **texts}
            file = file_of(file.request._replace(at=tuple(at.items())))
        rest = {name: value for name, value in given.items() if name not in texts}
        return Program(file, {**self._fixed, **rest})

    # ---- what can be asked

    def values(self, of: Names = None) -> Function:
        """The values of these targets; without names those that the file puts out."""
        return self._function("values", None, of, (), "auto")

    def grad(
        self,
        wrt: Names = None,
        of: Names = None,
        *,
        stop: Iterable[str] = (),
        unconnected: Literal["none", "zero"] = "none",
        mode: Mode = "auto",
        value: bool = False,
    ) -> Function:
        """The gradient of the sum of the targets: of the shape of each source, None where no path leads to it.

        `wrt` names sources (default: all trainable variables, else all inputs), `of` targets. What is named by `stop` is
        a constant for differentiation; `unconnected="zero"` gives zeros in place of None. With `value=True` a call
        gives the pair of value and gradient, computed together. As tf.gradients; under a tape as GradientTape.gradient.
        """
        return self._function("grad", wrt, of, stop, mode, unconnected, value)

    def jacobian(
        self,
        wrt: Names = None,
        of: Names = None,
        *,
        stop: Iterable[str] = (),
        unconnected: Literal["none", "zero"] = "none",
        mode: Mode = "auto",
    ) -> Function:
        """The derivative of each element of a target by each of a source, of shape target.shape + source.shape.

        Of several, a dict by target of dicts by source. As GradientTape.jacobian.
        """
        return self._function("jacobian", wrt, of, stop, mode, unconnected)

    def hessian(
        self, wrt: Names = None, of: Names = None, *, stop: Iterable[str] = (), mode: Mode = "auto"
    ) -> Function:
        """The second derivatives of the sum of the targets, of shape source.shape + source.shape; zeros where linear.

        Of several sources a dict of dicts: `result["x"]["y"]`. As tf.hessians.
        """
        return self._function("hessian", wrt, of, stop, mode)

    def jvp(self, wrt: Names = None, of: Names = None, *, stop: Iterable[str] = (), mode: Mode = "auto") -> Function:
        """The Jacobian times a direction of the sources, of the shape of each target.

        The directions are parameters of the function, `v.NAME` of the shape of each source, and come first:
        `program.jvp("x")(1.0, x=3.0)`. As ForwardAccumulator.jvp.
        """
        return self._function("jvp", wrt, of, stop, mode)

    def vjp(
        self,
        wrt: Names = None,
        of: Names = None,
        *,
        stop: Iterable[str] = (),
        unconnected: Literal["none", "zero"] = "none",
        mode: Mode = "auto",
    ) -> Function:
        """Weights of the targets times the Jacobian, of the shape of each source.

        The weights are parameters of the function, `v.NAME` of the shape of each target, and come first. As the
        output_gradients of GradientTape.gradient.
        """
        return self._function("vjp", wrt, of, stop, mode, unconnected)

    def hvp(self, wrt: Names = None, of: Names = None, *, stop: Iterable[str] = (), mode: Mode = "auto") -> Function:
        """The Hessian of the sum of the targets times a direction of the sources, without the Hessian.

        The directions are parameters of the function, as those of `jvp`; the result is of the shape of each source.
        """
        return self._function("hvp", wrt, of, stop, mode)

    # ---- what finds values of variables

    minimize = minimize
    fit = fit

    def _function(
        self,
        kind: str,
        wrt: Names,
        of: Names,
        stop: Iterable[str],
        mode: str,
        unconnected: str = "none",
        value: bool = False,
    ) -> Function:
        if mode not in ("auto", "reverse", "forward"):
            raise ValueError(
                f"no mode {mode!r} to compile: auto, reverse or forward (explain has numeric and symbolic)"
            )
        if unconnected not in ("none", "zero"):
            raise ValueError(f"unconnected is 'none' or 'zero', not {unconnected!r}")
        asked = Asked(
            kind,
            listed(wrt, "wrt"),
            listed(of, "of"),
            isinstance(wrt, str),
            isinstance(of, str),
            listed(stop) or (),
            unconnected,
            mode,
            value,
        )
        found = self._functions.get(asked)
        if found is None:
            found = self._functions[asked] = Function(self._file, self._fixed, asked)
        return found

    def __repr__(self) -> str:
        return f"<program {self.name}: {', '.join(self.inputs)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._file.request, self._fixed)


def _again(request: Request, fixed: Mapping[str, Any]) -> Program:
    """A program from what is kept of it when it goes to another process."""
    return Program(file_of(request), fixed)

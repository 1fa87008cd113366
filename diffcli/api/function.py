"""A question about a program as a callable: values, gradients, Jacobians, Hessians, products with seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..compute.load import name_of
from ..compute.values import feeds_of
from ..engine.graph import ancestors
from .asked import SEED, Asked
from .building import BUILDING, File, question_of
from .calling import Calls, unknown
from .errors import readable
from .values import MISSING

if TYPE_CHECKING:
    from .values import Value

EXECUTORS = ("auto", "floats", "jit", "blocked", "arrays")


class Function:
    """A derivative (or the values) of a program, to be called at points and over rows.

    Call it like a Python function: by place, in the order of `parameters`, or by name. A name that is not given keeps the
    value that the file or `at` gives it. Numbers are float64, or float32 where the file says so; a scalar result is a
    float, a tensor a new `numpy.ndarray`, and a gradient that is none is None. One source (or target) that is named, or
    that is the only one, gives its value; a list of names gives a dict by name.

    A value may have another shape than in the file: then a program for it is made, and kept. Everything may be called
    from several threads; compiling, and programs of tensors, take turns.

    Raises DiffError: an unknown name, a missing value, shapes that do not fit.
    """

    def __init__(self, file: File, fixed: Mapping[str, Any], asked: Asked) -> None:
        self._file = file
        self._fixed = fixed
        self._asked = asked
        self._call: Callable[..., Any] | None = None
        self._parameters: tuple[str, ...] | None = None
        self._row_programs: dict[Any, Any] = {}
        if file.model is not None:
            with BUILDING, readable():
                self._check()

    def _check(self) -> None:
        """Refuses names that the file does not have."""
        model = self._file.model
        assert model is not None
        asked = self._asked
        question = question_of(model, self._file.request, asked)
        if asked.kind in ("jvp", "hvp", "vjp"):
            seeded = question.targets if asked.kind == "vjp" else question.sources
            self._parameters = (*(SEED + name for name, _ in seeded), *self._file.parameters)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that a call takes, in their order: seeds (`v.NAME`, see `jvp`), then the names of the file."""
        if self._parameters is not None:
            return self._parameters
        if self._asked.kind not in ("jvp", "hvp", "vjp"):
            return self._file.parameters
        named = self._asked.of if self._asked.kind == "vjp" else self._asked.wrt
        if named is None:
            raise ValueError(f"name the {'targets' if self._asked.kind == 'vjp' else 'sources'} of this program")
        return (*(SEED + name_of(name) for name in named), *self._file.parameters)

    def __call__(self, /, *values: Value, **named: Value) -> Any:
        """The result at a point."""
        call = self._call
        if call is None:
            call = self._call = self.compile()
        return call(*values, **named)

    def compile(self, *names: str, executor: str = "auto") -> Callable[..., Any]:
        """A plain function of these parameters (all of them without names): the fastest call.

        The function takes floats or arrays by place or by name; all other names keep their values. `executor` is
        "floats" (generated code, scalars alone), "jit" (LLVM, needs the extra `jit`), "blocked" (NumPy, planned once),
        "arrays" (NumPy, node by node: the definition) or "auto": floats where all is scalar, else the first that works.
        """
        if executor not in EXECUTORS:
            raise ValueError(f"no executor {executor!r}: {', '.join(EXECUTORS)}")
        chosen = tuple(map(name_of, names)) if names else self.parameters
        twice = {name for name in chosen if chosen.count(name) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is named twice")
        for name in chosen:
            if name not in self.parameters:
                raise unknown(self._file, self.parameters, name)
        calls = Calls(self._file, self._asked, chosen, [self._default(name) for name in chosen], self._fixed)
        call = calls.function(executor)
        call.__name__ = call.__qualname__ = self._asked.kind
        call.__doc__ = f"{self!r}: {', '.join(chosen)}"
        return call

    def _default(self, name: str) -> Any:
        """The value that stands in for a name: a float where the file or `at` gives one that depends on nothing."""
        if name in self._fixed:
            return self._fixed[name]
        leaf = None if self._file.model is None else self._file.model.leaves.get(name)
        if leaf is None or leaf.value is None or leaf.node.shape or leaf.node.kind != "float":
            return MISSING
        if any(each.op.role == "leaf" and each.attributes[1] != "const" for each in ancestors([leaf.value])):
            return MISSING  # its value may follow from one that is given
        with BUILDING:
            feeds, _ = feeds_of(self._file.model, [leaf.node])  # type: ignore[arg-type]  # a leaf comes from a model that is there
        return float(feeds[leaf.node])

    def rows(self, table: Mapping[str, Value] | Any, *, executor: str = "auto", threads: int = 1) -> Any:
        """The results in every row of a table: arrays of shape (rows, *shape), put together as those of a call.

        `table` has a column for each name that differs from row to row: a mapping of names to arrays (a data frame is
        one) or a structured array. A scalar name takes an array of shape (rows,), a vector of 3 one of (rows, 3). A value
        with the shape of its name is the same in all rows, as is each name that is not given. A column that the
        program does not have is an error: choose columns first, as in `frame[["S", "K"]]`.

        `executor` is "jit" (LLVM, needs the extra `jit`), "blocked" (NumPy in blocks) or "auto", the first that works;
        which agree but for rounding. `threads` share the rows. Whole numbers come as float64.
        """
        from .rows import Rows

        rows = Rows(self._file, self._asked, self.parameters, self._fixed, self._row_programs)
        return rows.computed(table, executor, threads)

    def __repr__(self) -> str:
        asked = self._asked
        of = ", ".join(asked.of or ())
        wrt = ", ".join(asked.wrt or ())
        parts = [asked.kind, *([f"of {of}"] if of else []), *([f"wrt {wrt}"] if wrt else [])]
        return f"<{' '.join(parts)} in {self._file.request.source.name}>"

"""What a program says about itself: the records of the command line, which show themselves in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from ..compute import Request
from ..compute.load import name_of
from ..document import Result
from ..results import DiffResult, FormulaRow, GradResult
from ..results_graph import DIGITS, GraphResult
from ..results_why import WhyResult
from .asked import Names, listed
from .building import BUILDING, File
from .errors import readable
from .values import Values, converted, is_large, kind_of, stand_in, written

if TYPE_CHECKING:
    from ..results_propagate import PropagateResult
    from ..results_summary import SummaryResult
    from .values import Value

R = TypeVar("R", bound=Result)


class Sent:
    """A record that goes to other processes as a plain one, and shows itself there again."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        record: Any = type(self).__bases__[1]
        return displayed, (record._make(self),)


class Displayed(Sent):
    """A record that is printed as the command line prints it, and is an HTML table in a notebook."""

    __slots__ = ()

    def __str__(self) -> str:
        from ..render import Outcome, Style, renderer

        return "".join(renderer("table")([Outcome(self)], Style())).rstrip()  # type: ignore[arg-type]  # what this is mixed into is a result

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        from ..render import Outcome, Style
        from ..render.html import render

        return "".join(render([Outcome(self)], Style()))  # type: ignore[arg-type]  # what this is mixed into is a result


class Pictured(Sent):
    """A graph that is printed as a tree, and is a picture in a notebook."""

    __slots__ = ()

    def __str__(self) -> str:
        from ..render.pictures.tree import tree

        return tree(self, DIGITS, None).rstrip()  # type: ignore[arg-type]  # what this is mixed into is a result

    def _repr_svg_(self) -> str:
        from ..render.pictures.svg import svg

        return svg(self, DIGITS)  # type: ignore[arg-type]  # what this is mixed into is a result

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self._repr_svg_(), "text/plain": str(self)}


@cache
def displayed_class(kind: Any) -> Any:
    """The class of a record, which also shows itself."""
    how = Pictured if issubclass(kind, GraphResult) else Displayed
    return type(kind.__name__, (how, kind), {"__slots__": (), "__doc__": kind.__doc__, "__module__": kind.__module__})


def displayed(result: R) -> R:
    """The same record, which also shows itself."""
    if isinstance(result, Sent):
        return result
    kind: Any = type(result)
    made: R = displayed_class(kind)._make(result)
    return made


class Formula(FormulaRow):
    """A derivative as a formula: `text` in the expression language, `latex`, and the `definitions` that it uses."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join([*(f"{name} = {text}" for name, text in self.definitions), self.text])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


class Shown(ABC):
    """An answer with more to it than its record, which it shows in a notebook and as text."""

    def __init__(self, record: Any) -> None:
        self.record = displayed(record)

    @abstractmethod
    def brief(self) -> str:
        """The answer in a line."""

    def __repr__(self) -> str:
        return f"<{self.brief()}>"

    def __str__(self) -> str:
        return str(self.record)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        text: str = self.record._repr_html_()
        return text

    def as_dict(self) -> dict[str, Any]:
        """The document, as the command line prints it with --json."""
        found: dict[str, Any] = self.record.as_dict()
        return found


class Reports:
    """The questions whose answers are records."""

    _file: File
    _fixed: dict[str, Any]

    def _request(self, at: Mapping[str, Any], **asked: Any) -> Request:
        """The request of the command line that asks the same."""
        given = {**self._fixed, **{name_of(name): converted(name, value) for name, value in at.items()}}
        large = {name: each for name, each in given.items() if is_large(each) and name not in self._file.constants}
        texts = {name: stand_in(kind_of(value)) if name in large else written(value) for name, value in given.items()}
        texts = {**dict(self._file.request.at), **texts}
        return self._file.request._replace(at=tuple(texts.items()), arrays=large or None, **asked)

    def explain(
        self,
        wrt: Names = None,
        of: Names = None,
        *,
        stop: Iterable[str] = (),
        unconnected: str = "none",
        mode: str = "auto",
        **at: Value,
    ) -> GradResult:
        """Gradients with status and reason, watched variables and stopped nodes: what `diffcli grad` prints.

        `result.gradients` has a row for each source: `wrt`, `value` (nested lists; None for none), `status` (ok, zero,
        none, nan or inf), `reason` (`code`, `message`, `hint`, positions `at`), `notes`. Values of names are given by
        keyword, or by `at` for names that are taken here. `mode` may be numeric or symbolic, too.
        """
        from ..compute import gradient

        asked = {"wrt": listed(wrt, "wrt"), "of": listed(of, "of"), "stop": listed(stop) or ()}
        return answered(gradient, self._request(at, unconnected=unconnected, mode=mode, **asked))

    def why(self, wrt: Names = None, of: Names = None, *, stop: Iterable[str] = (), **at: Value) -> WhyResult:
        """Why each gradient is none, zero, NaN or infinite, with paths, causes and fixes: what `diffcli why` prints."""
        from ..compute.why import why

        return answered(why, self._request(at, wrt=listed(wrt, "wrt"), of=listed(of, "of"), stop=listed(stop) or ()))

    def graph(
        self,
        wrt: Names = None,
        of: Names = None,
        *,
        only: str | None = None,
        depth: int | None = None,
        full: bool = False,
        **at: Value,
    ) -> GraphResult:
        """The op graph with values and adjoints, a picture in a notebook: what `diffcli graph` draws.

        `only` draws what one name is computed from, `depth` so many steps back, `full` does not fold large graphs.
        """
        from ..compute.graphs import graph

        request = self._request(at, wrt=listed(wrt, "wrt"), of=listed(of, "of"))
        return answered(lambda asked: graph(asked, only, depth, full), request)

    def propagate(
        self,
        of: Names = None,
        *,
        uncertainties: Mapping[str, Value] | None = None,
        correlations: Mapping[tuple[str, str], float] | None = None,
        coverage: float | None = None,
        level: float | None = None,
        order: Literal[1, 2] = 1,
        digits: int = 2,
        monte_carlo: int | None = None,
        seed: int = 0,
        interval: Literal["symmetric", "shortest"] = "symmetric",
        **at: Value,
    ) -> PropagateResult:
        """The uncertainty of each target and the budget that it is made of: what `diffcli propagate` prints.

        `uncertainties` are standard ones by name, `correlations` by pairs of names, beside those of the file or in
        their place. `result.targets` has a row for each target: `value`, `uncertainty`, `expanded` (by the factor
        `coverage`, 2, or so that it covers `level`); `result.budget` one for each source. `monte_carlo` draws the
        sources so often, and compares.
        """
        from ..compute.propagation import Asked, demand_sense, propagate
        from ..compute.propagation_monte_carlo import Draws

        deviations = [(name_of(name), written(converted(name, each))) for name, each in (uncertainties or {}).items()]
        joint = [(*map(name_of, pair), repr(float(each))) for pair, each in (correlations or {}).items()]
        request = self._request(
            at, of=listed(of, "of"), uncertainties=tuple(deviations), correlations=tuple(joint), measured=()
        )
        draws = None if monte_carlo is None else Draws(monte_carlo, seed, interval)
        asked = Asked(coverage, level, order, digits, draws)

        def work(request: Request) -> PropagateResult:
            demand_sense(asked)
            return propagate(request, asked)

        return answered(work, request)

    def summary(self, **at: Value) -> SummaryResult:
        """Layers and variables with shapes and numbers of parameters: what `diffcli summary` prints."""
        from ..compute.summary import summarize

        return answered(cast("Callable[[Request], SummaryResult]", summarize), self._request(at))

    def formula(self, wrt: Names = None, of: Names = None, *, order: int = 1, **at: Value) -> Any:
        """The derivative as a formula: `str()` of it is an expression, `latex` is LaTeX, as a notebook shows it.

        One target by one source gives a Formula; several give a dict by target of dicts by source.
        """
        from ..compute import formula

        request = self._request(at, wrt=listed(wrt, "wrt"), of=listed(of, "of"), order=order)
        found: DiffResult = answered(formula, request)
        rows = [Formula(*row) for row in found.formulas]
        if len(rows) == 1 and (wrt is None or isinstance(wrt, str)) and (of is None or isinstance(of, str)):
            return rows[0]
        return Values(
            {
                each: Values({row.wrt: row for row in rows if row.of == each})
                for each in dict.fromkeys(row.of for row in rows)
            }
        )


def answered(command: Callable[[Request], R], request: Request) -> R:
    """The answer of a command, which also shows itself."""
    with BUILDING, readable():
        return displayed(command(request))

"""Minimization by methods of scipy, which look at the loss over all the data and choose their steps themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from ...data import FormatError, MissingExtra
from ...engine.diff import jvp
from ...engine.graph import Node
from ...engine.op import leaf
from ...engine.run import execute
from .batches import Batches, data_of
from .evaluation import evaluation
from .events import Finished, StepDone
from .problem import Problem

if TYPE_CHECKING:
    from .loop import Training

# What scipy says in its own words, and what we say.
WORDS = {
    "NORM OF PROJECTED GRADIENT": "the gradient is 0 but for rounding",
    "PROJECTED GRADIENT": "the gradient is 0 but for rounding",
    "RELATIVE REDUCTION": "the loss gets no smaller",
    "`gtol`": "the gradient is 0 but for rounding",
    "`xtol`": "the steps are 0 but for rounding",
}


class Ended(Exception):
    """The run is over before scipy thinks so."""


def by_scipy(training: Training) -> Finished:
    """The whole run; observers hear of every step of the method, a step being one iteration."""
    try:
        from scipy.optimize import Bounds, minimize
    except ImportError:
        raise MissingExtra(training.plan.wanted.chosen.optimizer.name, "scipy", "fit") from None
    import numpy as np

    chosen, first = training.plan.wanted.chosen, training.first
    if any((chosen.clipping, training.plan.wanted.clipping)[place] != type(chosen.clipping)() for place in (0, 1)):
        raise FormatError(f"{chosen.optimizer.name} takes the gradients as they are", "leave out clipping")
    run = Run(training)
    bounds = bounds_of(first)
    settings = dict(chosen.settings)
    for whole in ("maxcor", "maxls"):
        if whole in settings:
            settings[whole] = int(settings[whole])
    settings["maxiter"] = training.plan.steps
    start = run.packed(training.trainer.state)
    run.look(start)
    why, converged = "", False
    try:
        if not training.plan.steps:
            raise Ended("0 steps done")
        if run.reached():
            raise Ended(run.until_text(), True)
        found = minimize(
            run.value,
            start,
            jac=run.slope,
            hessp=run.product if chosen.optimizer.name == "trust-constr" else None,
            method=chosen.optimizer.name,
            bounds=None if bounds is None else Bounds(*bounds),
            callback=run.step,
            options=settings,
        )
        limit = training.trainer.count >= (training.plan.steps or 0)
        message = str(found.message)
        ended = bool(found.success) and not limit
        converged = ended and training.plan.until is None  # what was asked for has not come about
        known = next((ours for theirs, ours in WORDS.items() if theirs in message), message.lower())
        why = f"{training.trainer.count:,} steps done" if limit and not ended else known
        run.look(np.asarray(found.x))
    except Ended as ended:
        why, converged = ended.args[0], len(ended.args) > 1
    return Finished(training.trainer.count, why, converged, training.standing().loss)


class Run:
    """The problem as scipy sees it: one vector of numbers, with its loss, gradient and curvature."""

    def __init__(self, training: Training) -> None:
        import numpy as np

        self.training = training
        state = training.trainer.state[: len(training.first.variables)]
        self.shapes = [np.shape(each) for each in state]
        self.ends = np.cumsum([np.size(each) for each in state])
        self.at: Any = None
        self.found: list[Any] = []
        self.before: tuple[Any, list[Any]] | None = None
        self.products: dict[int, Callable[[Sequence[Any]], Sequence[Any]]] = {}

    def packed(self, values: Sequence[Any]) -> Any:
        """Variables as one vector."""
        import numpy as np

        return np.concatenate([np.ravel(each) for each in values[: len(self.shapes)]]).astype(float)

    def unpacked(self, x: Any) -> list[Any]:
        """One vector as variables."""
        import numpy as np

        parts = np.split(x, self.ends[:-1])
        return [
            part.reshape(shape).astype(self.training.first.dtype) if shape else float(part[0])
            for part, shape in zip(parts, self.shapes, strict=True)
        ]

    def look(self, x: Any) -> list[Any]:
        """The loss, the metrics and the gradients at a point, which becomes the state."""
        if self.at is None or not (x == self.at).all():
            self.at = x.copy()
            self.training.trainer.state = self.unpacked(x)
            self.found = self.training.measures.gradients(self.training.plan.table, self.training.trainer.state)
        return self.found

    def value(self, x: Any) -> float:
        """The loss; a point where it is no number is no better than any other."""
        loss = float(self.look(x)[0])
        return loss if isfinite(loss) else float("inf")

    def slope(self, x: Any) -> Any:
        """The gradient as one vector."""
        return self.packed(self.look(x)[1 + len(self.training.first.metrics) :])

    def product(self, x: Any, direction: Any) -> Any:
        """The Hessian times a direction, exactly."""
        training, state, along = self.training, self.unpacked(x), self.unpacked(direction)
        table, batches = training.plan.table, training.plan.batches
        total = 0.0 * direction
        groups = [()] if table is None or batches is None else Batches(table.rows, batches.size, False).of(0)
        for rows in groups:
            found = training.problem(len(rows))
            if id(found) not in self.products:
                self.products[id(found)] = curvature(found)
            share = len(rows) / table.rows if table is not None else 1.0
            total = total + share * self.packed(
                self.products[id(found)]([*state, *along, *data_of(found, table, rows)])
            )
        return total

    def step(self, intermediate_result: Any) -> None:
        """Called by scipy after each of its iterations."""
        training, plan = self.training, self.training.plan
        number = training.trainer.count
        before_x, before = self.before or (None, [])
        point = intermediate_result.x
        wanted = any(each.wants(number) for each in training.observers) and before_x is not None
        names = training.first.names
        gradients = before[1 + len(training.first.metrics) :]
        pairs = dict(zip(names, gradients, strict=True)) if wanted else None
        variables = dict(zip(names, self.unpacked(before_x), strict=True)) if wanted else None
        loss = float(before[0]) if before else float("nan")
        training.trainer.count = number + 1
        training.tell(StepDone(number, loss, 1.0, pairs, variables, training.skipped, pairs))
        self.before = (point.copy(), list(self.look(point)))
        if plan.until is not None and self.reached():
            raise Ended(self.until_text(), True)
        if training.trainer.count >= (plan.steps or 0):
            raise StopIteration

    def reached(self) -> bool:
        """Whether the condition of --until holds at the point last looked at."""
        self.before = self.before or (self.at, list(self.found))
        until, names = self.training.plan.until, ["loss", *(name for name, _ in self.training.first.metrics)]
        if until is None:
            return False
        counts = {"step": self.training.trainer.count, "epoch": 0}
        logs = dict(zip(names, map(float, self.found[: len(names)]), strict=True))
        return until.holds({**self.training.by_all_names(logs), **counts})

    def until_text(self) -> str:
        """Why the condition ended the run."""
        assert self.training.plan.until is not None
        return f"{self.training.plan.until.text} after {self.training.trainer.count:,} steps"


def bounds_of(problem: Problem) -> tuple[list[float], list[float]] | None:
    """The bounds of all elements, None when no variable has any."""
    import numpy as np

    lowest, highest = [], []
    for each in problem.variables:
        size = int(np.prod(each.node.shape)) if each.node.shape else 1  # type: ignore[arg-type]  # sizes of variables are known
        if each.bounds is None:
            low, high = float("-inf"), float("inf")
        else:
            values = execute(each.bounds, {}, problem.dtype, problem.strict)
            low, high = (float(values[end]) for end in each.bounds)
        lowest += [low] * size
        highest += [high] * size
    if all(each.bounds is None for each in problem.variables):
        return None
    return lowest, highest


def curvature(problem: Problem) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """The Hessian times a direction, from values of the variables, of the direction, and of the data."""
    step = problem.step
    along = [leaf(step.loss.graph, "direction", "seed", each.shape) for each in step.variables]
    products = jvp(list(step.gradients), list(step.variables), list(along))
    targets: list[Node] = [
        variable * 0.0 if product is None else product
        for variable, product in zip(step.variables, products, strict=True)
    ]
    return evaluation(targets, [*step.variables, *along, *step.data], problem.dtype, problem.strict)

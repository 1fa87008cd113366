"""Programs over tensors of fixed shapes, to be run many times: element-wise steps in fused loops, products and other
operations on whole arrays between them, and all buffers planned once.

Numbers are those of run/array.py: the same bits where no sum and no elementary function is involved; the rounding of
sums is stated in nest.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph import Node
from ..lower import in_parts, lowered
from . import native
from .layout import Layout, laid_out
from .registers import Work, overwrites, whole_works
from .stages import grouped, in_sequence, reaches

Step = Callable[[], Any]


class TensorProgram:
    """A planned program. `inputs` and `outputs` are its own arrays, which stay where they are.

    An input that is given as the program's own array (filled in place, or a result that was written there) is not copied.
    A program runs in one thread at a time. After an error some inputs may have been replaced already.
    """

    def __init__(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        steps: Sequence[Step],
        text: Sequence[str],
        memory: Sequence[Any],
        compiled: bool,
    ) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.steps = tuple(steps)
        self.text = tuple(text)
        self.memory = tuple(memory)  # compiled loops know its addresses alone
        self.compiled = compiled  # whether no step is NumPy's, which would warn of what is not finite

    def run(self, values: Sequence[Any] | None = None) -> list[Any]:
        """The targets for these values of the inputs, in arrays of the program that are valid until it runs again.

        Without values it runs on what its input arrays hold.
        """
        if values is not None:
            self._take(values)
        if self.compiled:
            for step in self.steps:
                step()
        else:
            with np.errstate(all="ignore"):
                for step in self.steps:
                    step()
        return self.outputs.copy()

    def _take(self, values: Sequence[Any]) -> None:
        """Copies values into the input arrays, all checked before the first is."""
        if len(values) != len(self.inputs):
            raise ValueError(f"{len(self.inputs)} inputs are needed, {len(values)} given")
        taken = [
            (own, self._checked(own, value)) for own, value in zip(self.inputs, values, strict=True) if value is not own
        ]
        if taken:
            with np.errstate(all="ignore"):
                for own, value in taken:
                    np.copyto(own, value, casting="unsafe")

    def _checked(self, own: Any, value: Any) -> Any:
        given = np.asarray(value)
        if given.shape != own.shape:
            raise ValueError(f"an input has shape {list(given.shape)} instead of {list(own.shape)}")
        if given.base is not None and any(np.may_share_memory(given, each) for each in self.inputs):
            return given.copy()  # it would change while the inputs are filled
        return given

    def explain(self) -> str:
        """What runs, in order, a line each."""
        return "\n".join(self.text)


def plan(
    targets: Sequence[Node],
    inputs: Sequence[Node],
    dtype: str = "float64",
    strict: bool = False,
    executor: str = "auto",
    donate: Mapping[int, int] | None = None,
) -> TensorProgram:
    """A program that computes the targets from the inputs; all sizes must be known.

    `executor` is "jit" (llvmlite; ImportError says how to install it), "blocked" (NumPy alone), or "auto": the first of
    them that works here. `donate` says which targets replace which inputs (place of the target: place of the input):
    such a target is written into the input's array, for the next run to start from.
    """
    from .binding import Binding

    if executor not in ("auto", "jit", "blocked"):
        raise ValueError(f"no executor {executor!r}: jit, blocked or auto")
    if executor == "jit":
        native.binding()
    compiled = executor != "blocked" and native.available()
    goals = lowered(in_parts(targets, inputs), set(inputs))
    layout = laid_out(goals, inputs, dtype, strict)
    works, homes = put_in_order(layout, goals, compiled, strict, donate or {})
    return Binding(layout, works, homes, dtype, strict).program(goals, donate or {})


def put_in_order(
    layout: Layout, goals: Sequence[Node], compiled: bool, strict: bool, donate: Mapping[int, int]
) -> tuple[list[Work], dict[Node, Node]]:
    """The work in order, and the targets that can be written straight into the input that they replace."""
    items = grouped(layout, compiled, strict)
    works = whole_works(layout, items, goals)
    makers = {node: place for place, work in enumerate(works) for node in work.item.nodes}
    after = {
        place: {makers[base] for base in _bases(layout, work) if base in makers} for place, work in enumerate(works)
    }
    homes: dict[Node, Node] = {}
    for target, place in donate.items():
        goal, source = goals[target], layout.inputs[place]
        if goal.shape != source.shape or goal.kind != source.kind:
            raise ValueError(f"target {target} cannot replace input {place}: it is of another shape or kind")
        if goal not in makers or goal in homes or source in homes.values():
            continue
        writer = makers[goal]
        others = {each for each, work in enumerate(works) if source in _bases(layout, work)}
        if writer in others and not overwrites(layout, works[writer], goal, source):
            continue
        others.discard(writer)
        if any(reaches(each, writer, after) for each in others):
            continue  # something needs the new value and the old one: it is copied at the end
        after[writer] |= others
        homes[goal] = source
    return [works[place] for place in in_sequence(items, after)], homes


def _bases(layout: Layout, work: Work) -> set[Node]:
    return {layout.views[operand].base for _, operand in work.reads}

"""A program over rows, planned: which part of it runs once, which in a loop over lanes, which on arrays, and by what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..graph import Node, ancestors
from ..lower import in_parts, lowered
from ..op import Op
from ..program import TRANSPARENT
from ..unroll import Unrolled, unroll
from . import native
from .kernel import Loop

# work(columns, uniforms, outputs, start, stop): computes the rows from start to stop of contiguous columns.
Work = Callable[[Sequence[Any], Sequence[float], Sequence[Any], int, int], None]


class Segment(NamedTuple):
    """A part of a program that one executor runs on a block of rows.

    executor: "jit" or "blocked" for a loop over scalar steps, "arrays" for operations on whole tensors. In a loop,
    needs and gives are scalar nodes of the program taken apart.
    """

    executor: str
    nodes: tuple[Node, ...]
    needs: tuple[Node, ...]
    gives: tuple[Node, ...]
    loop: Loop | None = None
    work: Work | None = None


class RowProgram(NamedTuple):
    """A program that computes its targets in every row; they are lowered forms of those that were asked for.

    once: the nodes that are the same in all rows and that others need.
    """

    targets: tuple[Node, ...]
    columns: tuple[Node, ...]
    once: tuple[Node, ...]
    segments: tuple[Segment, ...]
    unrolled: Unrolled
    dtype: str
    strict: bool
    threads: int

    def run(
        self, columns: Sequence[Any], feeds: Mapping[Node, Any] | None = None, out: Sequence[Any] | None = None
    ) -> list[Any]:
        """The targets in every row: an array of shape (rows, *shape) each, in `out` if it is given.

        `columns` has an array of shape (rows, *shape) for each column of the program, `feeds` the value of each other
        leaf, which is the same in all rows. Floats are of the program's dtype, whole numbers float64.
        """
        from .driving import run

        return run(self, columns, feeds or {}, out)


def compile_rows(
    targets: Sequence[Node],
    columns: Sequence[Node],
    dtype: str = "float64",
    strict: bool = False,
    executor: str = "auto",
    threads: int = 1,
) -> RowProgram:
    """The program that computes the targets of each row from its columns.

    `executor` is "jit" (llvmlite; ImportError says how to install it), "blocked" (NumPy), or "auto": the first of them
    that works here. Operators that have no meaning in a lane run on arrays, whatever the executor.
    """
    plan = plan_rows(targets, columns, dtype, strict, executor, threads)
    return plan._replace(segments=tuple(prepared(each, threads) for each in plan.segments))


def plan_rows(
    targets: Sequence[Node],
    columns: Sequence[Node],
    dtype: str = "float64",
    strict: bool = False,
    executor: str = "auto",
    threads: int = 1,
) -> RowProgram:
    """The program as `compile_rows` would make it, with nothing compiled yet."""
    chosen = ("jit" if native.available() else "blocked") if executor == "auto" else executor
    targets = lowered(in_parts(targets, columns), columns)
    nodes = ancestors(targets, stop=set(columns).__contains__)
    varying = depending(nodes, columns)
    literals = {node for node in nodes if not node.inputs and node.op.role != "leaf"}
    once = {node for node in nodes if node not in varying and node not in literals}
    unrolled = unroll([node for node in nodes if node not in once], {*columns, *once}, in_lanes)
    plan = Plan(unrolled, varying, columns, targets)
    segments = [
        loop_segment(plan, level, chosen, dtype, strict) if level % 2 == 0 else array_segment(plan, level)
        for level in sorted(set(plan.levels.values()))
    ]
    needed = {unrolled.sources[part][0] for each in segments if each.loop for part in each.loop.uniforms}
    needed.update(each for segment in segments if segment.executor == "arrays" for each in segment.needs)
    needed.update(targets)
    constant = tuple(sorted((node for node in needed if node not in varying), key=lambda node: node.order))
    return RowProgram(
        tuple(targets),
        tuple(columns),
        constant,
        tuple(each for each in segments if each.gives),
        unrolled,
        dtype,
        strict,
        threads,
    )


def in_lanes(op: Op) -> bool:
    """Whether an element-wise operator has a meaning in a lane."""
    return op.llvm is not None


def depending(nodes: Iterable[Node], sources: Collection[Node]) -> set[Node]:
    """The nodes, given in topological order, that depend on a source, and the sources."""
    found = set(sources)
    for node in nodes:
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


class Plan:
    """The order of work: scalar steps on even levels, whole tensors on odd ones; each needs lower levels only."""

    def __init__(
        self, unrolled: Unrolled, varying: Collection[Node], columns: Sequence[Node], targets: Sequence[Node]
    ) -> None:
        self.unrolled = unrolled
        self.varying = varying
        self.whole = {node for node in unrolled.whole if node in varying}
        self.columns = set(columns)
        self.wanted = [part for target in targets for part in self.behind(target)]
        self.levels: dict[Node, int] = {}
        for item in self.ordered():
            self.levels[item] = self.level(item)

    def behind(self, node: Node) -> list[Node]:
        """What must be computed for a node: itself if it stays whole, else its parts; nothing if it is given."""
        if node in self.whole:
            return [node]
        given = node in self.columns or node not in self.varying
        return [] if given else list(self.unrolled.elements(node).flat)

    def needs(self, item: Node) -> list[Node]:
        """What must be there before a scalar step or a whole tensor can be computed."""
        if item in self.whole:
            return [part for each in item.inputs for part in self.behind(each)]
        source = self.unrolled.sources.get(item)
        if source is not None:
            return [source[0]] if source[0] in self.whole else []
        return list(item.inputs)

    def uniform(self, item: Node) -> bool:
        """Whether a scalar is the same in all rows and comes from outside."""
        source = self.unrolled.sources.get(item)
        return source is not None and source[0] not in self.varying

    def ordered(self) -> list[Node]:
        """Everything that the targets need, each after what it needs itself."""
        result: dict[Node, None] = {}
        stack = [(item, False) for item in reversed(self.wanted)]
        while stack:
            item, ready = stack.pop()
            if item in result:
                continue
            if ready:
                result[item] = None
            else:
                stack.append((item, True))
                stack.extend((each, False) for each in self.needs(item) if each not in result)
        return list(result)

    def level(self, item: Node) -> int:
        """The level on which something is computed."""
        below = max((self.levels[each] for each in self.needs(item)), default=0)
        return below + (below % 2 != (item in self.whole))


def loop_segment(plan: Plan, level: int, executor: str, dtype: str, strict: bool) -> Segment:
    """The scalar steps of one level as a loop."""
    here = [item for item, found in plan.levels.items() if found == level]
    computed = [item for item in here if item not in plan.unrolled.sources]
    steps = dict.fromkeys(computed)
    needs = {item: None for item in here if item in plan.unrolled.sources}
    for item in computed:
        for each in item.inputs:
            if each not in steps:  # constants are stated again in each loop, the rest is handed over
                (steps if each.op.role == "constant" else needs)[each] = None
    outside = {each for item, found in plan.levels.items() if found > level for each in plan.needs(item)}
    outside.update(plan.wanted)
    gives = tuple(item for item in here if item in outside)
    uniforms = tuple(item for item in needs if plan.uniform(item))
    columns = tuple(item for item in needs if not plan.uniform(item))
    loop = Loop(tuple(sorted(steps, key=lambda node: node.order)), columns, uniforms, gives, dtype, strict)
    return Segment(executor, loop.steps, columns, gives, loop)


def prepared(segment: Segment, threads: int = 1) -> Segment:
    """The segment, ready to run."""
    if segment.loop is None:
        return segment
    if segment.executor == "jit":
        from . import jit

        return segment._replace(work=jit.prepare(segment.loop))
    if segment.executor == "blocked":
        from . import blocked

        return segment._replace(work=blocked.prepare(segment.loop, threads))
    raise ValueError(f"no executor {segment.executor!r}: jit, blocked or auto")


def array_segment(plan: Plan, level: int) -> Segment:
    """The whole tensors of one level."""
    nodes = tuple(item for item, found in plan.levels.items() if found == level)
    needs = {each: None for node in nodes for each in node.inputs if each not in nodes}
    return Segment("arrays", nodes, tuple(needs), nodes)


def operations(segment: Segment) -> int:
    """The operations that a segment does in each row."""
    return sum(node.op.cost for node in segment.nodes if node.inputs and node.op.role not in TRANSPARENT)

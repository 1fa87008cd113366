"""Sparse Jacobians and Hessians: one sweep per colour of the pattern, and each entry read from where it stands alone.

Curtis, Powell and Reid, On the estimation of sparse Jacobian matrices, IMA J. Appl. Math. 13 (1974); direct recovery of
symmetric matrices after Coleman and Moré, Estimation of sparse Hessian matrices, Math. Program. 28 (1984).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import colouring, higher
from .colouring import Colouring
from .diff import Contribution, Mask, filled, gradients, push, sweep
from .graph import Node, ancestors, substitute
from .op import alias, leaf
from .pattern import MOST, Crowded, Pattern, empty, full, transposed, united
from .probing import size, with_constants
from .run import execute
from .shape import OperandError, known
from .sparsity import HINT, backward, forward, joinable, pattern, symmetric

# A matrix whose sweeps cannot be joined is computed in full if it has at most so many entries.
SMALL = 1 << 20


class Compressed(NamedTuple):
    """A matrix of derivatives by its pattern: the nodes to evaluate, and where each entry stands in their values.

    `seeds` are to be fed beside the inputs of the graph. `mode` is "forward" or "reverse", or "" without entries.
    """

    y: Node
    x: Node
    barrier: Collection[Node]
    mode: str
    pattern: Pattern
    groups: Colouring
    targets: tuple[Node, ...]
    seeds: Mapping[Node, Any]
    places: Any

    @property
    def rows(self) -> Any:
        """The row of each entry: the element of the target."""
        return self.pattern.row_numbers

    @property
    def columns(self) -> Any:
        """The column of each entry: the element of the source."""
        return self.pattern.places

    @property
    def colours(self) -> int:
        """The number of sweeps that all entries take."""
        return self.groups.number

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return self.pattern.rows, self.pattern.columns

    def values(self, computed: Sequence[Any]) -> Any:
        """The entries, from the values of the targets."""
        if not self.targets:
            return np.zeros(0)
        return np.concatenate([np.asarray(each).reshape(-1) for each in computed]).take(self.places)


def sparse_jacobian(y: Node, x: Node, barrier: Collection[Node] = frozenset(), mode: str = "auto") -> Compressed:
    """The entries of the pattern of the Jacobian of a target by a source.

    Forward mode takes a sweep per colour of the columns, reverse mode one per colour of the rows; "auto" takes the fewer.
    """
    if not joinable(y, x, barrier):
        return _whole(y, x, barrier, mode)
    return _swept(coloured(y, x, barrier, mode))


def sparse_hessian(
    ys: Sequence[Node], x1: Node, x2: Node, barrier: Collection[Node] = frozenset(), mode: str = "auto"
) -> Compressed:
    """The entries of the pattern of the second derivatives of the sum of the targets: the Jacobian of the gradient.

    By one and the same source each entry may also be read as its mirror image, where that takes fewer sweeps and the
    matrix as it is computed is sure to be symmetric: see `symmetric`.
    """
    first = gradients(ys, [x1], None, barrier)[0]
    if first is None or first.op.role == "constant":
        return _bare(x1, x2, barrier, empty(size(x1), size(x2)))
    gradient = alias(first, "")
    if not joinable(gradient, x2, barrier):
        return _whole(gradient, x2, barrier, mode)
    plain = coloured(gradient, x2, barrier, mode)
    if x1 is x2 and plain.colours > 3 and symmetric(ys, x1, barrier):
        both = united([plain.pattern, transposed(plain.pattern)])
        groups = colouring.star(both)
        if groups.number < plain.colours:
            at, colours = colouring.mirrored(both, groups.colours)
            way = "forward" if mode == "auto" else mode
            places = colours * both.rows + at
            return _swept(plain._replace(mode=way, pattern=both, groups=groups, places=places))
    return _swept(plain)


def _whole(y: Node, x: Node, barrier: Collection[Node], mode: str) -> Compressed:
    """All entries, computed as the full matrix is, sweep by sweep."""
    rows, columns = size(y), size(x)
    if rows * columns > SMALL:
        raise OperandError(
            "limit",
            f"{rows} by {columns} derivatives are more than {SMALL}, and TensorFlow's rules, a gradient of your own or an"
            " infinite value keep them from being computed together",
            HINT,
        )
    matrix = higher.jacobian(y, x, barrier, mode)
    found = full(rows, columns) if matrix is not None else empty(rows, columns)
    bare = _bare(y, x, barrier, found)
    if matrix is None:
        return bare
    way = higher.cheaper_mode(y, x) if mode == "auto" else mode
    sweeps = columns if way == "forward" else rows
    return bare._replace(
        mode=way, groups=Colouring(np.arange(sweeps), sweeps), targets=(matrix,), places=np.arange(rows * columns)
    )


def coloured(y: Node, x: Node, barrier: Collection[Node], mode: str) -> Compressed:
    """The pattern of a Jacobian with the colouring of its columns or rows, and where each entry will stand."""
    found = pattern(y, x, barrier)
    bare = _bare(y, x, barrier, found)
    if not found.entries:
        return bare
    options: list[tuple[str, Colouring]] = []
    # One row is one sweep backwards; that many columns need not be coloured to know that they are more.
    if mode != "reverse" and not (mode == "auto" and found.rows == 1 < found.entries):
        options.append(("forward", colouring.columns(found)))
    if mode != "forward":
        options.append(("reverse", colouring.rows(found)))
    if higher.cheaper_mode(y, x) == "reverse" and options[-1][1].number == 1:
        options.reverse()  # a single sweep is that of the gradient
    way, groups = min(options, key=lambda each: each[1].number)
    if way == "forward":
        places = colouring.direct(found, groups.colours) * found.rows + found.row_numbers
    else:
        colours = np.empty(found.entries, np.int64)
        colours[np.argsort(found.places, kind="stable")] = colouring.direct(transposed(found), groups.colours)
        places = colours * found.columns + found.places
    return bare._replace(mode=way, groups=groups, places=places)


def _bare(y: Node, x: Node, barrier: Collection[Node], found: Pattern) -> Compressed:
    """A matrix whose sweeps are not chosen yet; all there is to one without entries."""
    none = np.zeros(0, np.int64)
    return Compressed(y, x, barrier, "", found, Colouring(none, 0), (), {}, none)


def _swept(bare: Compressed) -> Compressed:
    """The matrix with its sweeps. OperandError when they are so many that their seeds alone would take gigabytes."""
    y, groups = bare.y, bare.groups
    seeded = bare.x if bare.mode == "forward" else y
    if groups.number * max(bare.shape) > MOST:
        raise OperandError(
            "limit",
            f"the {bare.pattern.entries} entries of the {bare.shape[0]} by {bare.shape[1]} derivatives take"
            f" {groups.number} sweeps",
            HINT,
        )
    targets, seeds = [], {}
    for colour in range(groups.number):
        if groups.number == 1:
            seed = filled(seeded, 1.0)
        else:
            seed = leaf(y.graph, "", "direction", seeded.shape)
            seeds[seed] = (groups.colours == colour).astype(np.float64).reshape(known(seeded.shape) or ())
        targets.append(_sweep(bare, seed, {}))
    return bare._replace(targets=tuple(targets), seeds=seeds)


def _sweep(bare: Compressed, seed: Node, masks: Mapping[Node, Mask]) -> Node:
    y, x = bare.y, bare.x
    if bare.mode == "forward":
        found = push([y], {x: [Contribution(seed)]}, bare.barrier, masks)[0]
    else:
        found = sweep([(y, Contribution(seed))], [x], bare.barrier, None, masks)[0]
    return found if found is not None else filled(y if bare.mode == "forward" else x, 0.0)


def careful(sparse: Compressed) -> Compressed:
    """The same entries for points where some are infinite or NaN.

    A sweep adds up products, 0 times infinity among them, for elements that its seeds do not reach. Here each sweep has
    zeros put in there; where it is not known which elements those are, the full matrix is computed.
    """
    y, x, barrier, mode = sparse.y, sparse.x, sparse.barrier, sparse.mode
    if not joinable(y, x, barrier):
        return sparse
    try:
        reached = dict(forward(y, x, barrier)) if mode == "forward" else backward(y, x, barrier)
    except Crowded:
        whole = _whole(y, x, barrier, mode)
        return sparse._replace(targets=whole.targets, seeds={}, places=sparse.rows * size(x) + sparse.columns)
    targets, feeds = [], {}
    known_masks: dict[tuple[Any, bytes], Node] = {}
    for colour in range(sparse.colours):
        masks: dict[Node, Mask] = {}
        for node, each in reached.items():
            inside = np.zeros(each.rows, np.bool_)
            inside[each.row_numbers[sparse.groups.colours[each.places] == colour]] = True
            if inside.all():
                continue
            key = (node.shape, inside.tobytes())
            if key not in known_masks:
                known_masks[key] = mask = leaf(y.graph, "", "mask", node.shape, "bool")
                feeds[mask] = inside.reshape(known(node.shape) or ())
            masks[node] = ((known_masks[key], True),)
        seed = filled(x if mode == "forward" else y, 1.0)
        targets.append(_sweep(sparse, seed, masks))
    return sparse._replace(targets=tuple(targets), seeds=feeds)


def finite(values: Any) -> bool:
    """Whether no entry is infinite or NaN."""
    return bool(np.isfinite(values).all())


def evaluate(sparse: Compressed, feeds: Mapping[Node, Any], dtype: str = "float64", strict: bool = False) -> Any:
    """The entries at one point, given by the values of the leaves."""
    values = _entries(sparse, feeds, dtype, strict)
    return values if finite(values) else _entries(careful(sparse), feeds, dtype, strict)


def _entries(sparse: Compressed, feeds: Mapping[Node, Any], dtype: str, strict: bool) -> Any:
    found = execute(sparse.targets, {**feeds, **sparse.seeds}, dtype, strict)
    return sparse.values([found[target] for target in sparse.targets])


def compiled(
    sparse: Compressed,
    inputs: Sequence[Node],
    dtype: str = "float64",
    strict: bool = False,
    executor: str = "auto",
) -> Callable[[Sequence[Any]], Any]:
    """A function from the values of the inputs to the entries, for many points: planned once, run without allocation.

    Declared constants are part of it and no inputs, as the pattern knows their zeros. `executor` is that of
    run/tensors.py.
    """
    from .run.tensors import plan

    fixed_names = [each.attributes[0] for each in inputs if each in each.graph.bound and each is not sparse.x]
    if fixed_names:
        raise ValueError(f"declared constants are no inputs: {', '.join(fixed_names)}")
    sparse = sparse._replace(targets=tuple(with_constants(sparse.targets, inputs)))
    settled = constant_parts(sparse.targets, sparse.seeds, dtype, strict)
    given = {node: leaf(node.graph, "", "direction", node.shape, node.kind) for node in settled}
    program = plan(substitute(sparse.targets, given), [*inputs, *given.values()], dtype, strict, executor)
    own = program.inputs[: len(inputs)]
    for place, value in zip(program.inputs[len(inputs) :], settled.values(), strict=True):
        place[...] = value
    spare: list[Compressed] = []

    def entries(values: Sequence[Any]) -> Any:
        for place, value in zip(own, values, strict=True):
            if np.shape(value) != place.shape:
                raise ValueError(f"an input has shape {list(np.shape(value))} instead of {list(place.shape)}")
            place[...] = value
        result = sparse.values(program.run())
        if not finite(result):
            if not spare:
                again = careful(sparse)
                spare.append(again._replace(targets=tuple(with_constants(again.targets, inputs))))
            result = _entries(spare[0], dict(zip(inputs, values, strict=True)), dtype, strict)
        return result

    return entries


def constant_parts(targets: Iterable[Node], seeds: Mapping[Node, Any], dtype: str, strict: bool) -> dict[Node, Any]:
    """The values of the nodes that depend on the seeds alone, as far as others are computed from them."""
    fixed: set[Node] = set()
    wanted: dict[Node, None] = {}
    for node in ancestors(targets):
        if node in seeds or (node.op.role != "leaf" and all(parent in fixed for parent in node.inputs)):
            fixed.add(node)
        else:
            wanted.update(dict.fromkeys(parent for parent in node.inputs if parent in fixed))
    wanted.update(dict.fromkeys(target for target in targets if target in fixed))
    found = [each for each in wanted if each.op.role != "constant"]
    values = execute(found, seeds, dtype, strict)
    return {each: values[each] for each in found}

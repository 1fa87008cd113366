"""From a file and a question to what is computed: nodes for values of certain shapes, all else in its declared values."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..compute import Request
from ..compute.choose import node_named, sources_of, stops_of, targets_of
from ..compute.load import load, name_of
from ..compute.question import Question, guarded
from ..compute.values import demand
from ..engine import op as operators
from ..engine.graph import Node, ancestors, substitute
from ..lang.model import Leaf, Model
from .asked import Asked, derived
from .values import Form, Kind, stand_in

# Graphs, the table of operators and compilers are used by one thread at a time; what is compiled runs in any.
BUILDING = threading.RLock()
# Answers of one file, or of one question for values of different shapes, that are kept.
KEPT = 64


class Built(NamedTuple):
    """Nodes to compute, the node of each parameter, and how the results are put together."""

    model: Model
    targets: tuple[Node, ...]
    parameters: Mapping[str, Node]
    form: Form


class File(NamedTuple):
    """A file as it was read: its names and, where it has a meaning without further values, its model.

    `own` are the operators of the user that it needs, as they were then; `built` keeps what was made of it.
    """

    request: Request
    model: Model | None
    parameters: tuple[str, ...]
    constants: tuple[str, ...]
    own: Mapping[str, Any]
    built: dict[Any, Built]


def build(file: File, asked: Asked, given: Mapping[str, Kind]) -> Built:
    """What a question computes when values of these kinds are given; the same for the same question."""
    key = asked, frozenset(given.items())
    if key in file.built:
        return file.built[key]
    for name, op in file.own.items():
        if operators.OPS.get(name) is not op:
            raise RuntimeError(f"the operator {name} is another one than when the program was made: parse it again")
    model = model_for(file, given)
    request = file.request._replace(mode=asked.mode, unconnected=asked.unconnected)
    question = question_of(model, request, asked)
    found = guarded(question, lambda: derived(question, asked))
    parameters = {name: model.leaves[name].node for name in given if name in model.leaves} | found.seeds
    targets = settled(model, found.targets, set(parameters.values()))
    if len(file.built) >= KEPT:
        file.built.clear()
    built = file.built[key] = Built(model, tuple(targets), parameters, found.form)
    return built


def model_for(file: File, given: Mapping[str, Kind]) -> Model:
    """The file lowered for values of these kinds."""
    leaves = {} if file.model is None else file.model.leaves
    at = [(name, stand_in(kind)) for name, kind in given.items() if name in file.parameters]
    if file.model is not None:
        at = [(name, text) for name, text in at if not fits(leaves[name], given[name])]
        if not at:
            return file.model
    return load(file.request._replace(at=(*file.request.at, *at)))


def fits(leaf: Leaf, kind: Kind) -> bool:
    """Whether a value is of the shape and kind that the name has already."""
    return (leaf.node.shape, leaf.node.kind) == (kind[0], "bool" if kind[1] else "float")


def question_of(model: Model, request: Request, asked: Asked) -> Question:
    """Targets, sources and stops by name, or those that the file chooses."""

    def named(names: Sequence[str] | None, option: str) -> list[tuple[str, Node]] | None:
        if names is None:
            return None
        found = map(name_of, names)
        return [(name, node_named(model, name, option, source=option != "of")) for name in found]

    targets = named(asked.of, "of") or targets_of(model, request)
    sources: list[tuple[str, Node]] = []
    if asked.kind != "values":
        sources = named(asked.wrt, "wrt") or sources_of(model, request)
    stops = stops_of(model, request) | {node for _, node in named(asked.stop, "stop") or ()}
    return Question(request._replace(wrt=asked.wrt), model, targets, sources, stops)


def settled(model: Model, targets: Sequence[Node], given: set[Node]) -> list[Node]:
    """The targets with declared values in place of all names that are not given; DiagnosticError where there is none."""
    found = list(targets)
    by_node = {leaf.node: leaf for leaf in model.leaves.values() if leaf.node not in given}
    while True:
        present = [by_node[node] for node in ancestors(found) if node in by_node]
        if not present:
            return found
        demand(model, [leaf for leaf in present if leaf.value is None])
        found = substitute(found, {leaf.node: leaf.value for leaf in present if leaf.value is not None})

"""Row programs for tests: the sample files with their gradients, and random columns around what they declare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffcli.compute.derive import gradient
from diffcli.compute.plan import NODES, row_sources
from diffcli.compute.question import ask
from diffcli.compute.request import Request
from diffcli.compute.values import feeds_of
from diffcli.diagnostic import DiagnosticError
from diffcli.engine.graph import Node
from diffcli.engine.shape import known
from diffcli.source import Source

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
FILES = sorted(path for path in SAMPLES.rglob("*.expr") if "errors" not in path.parts and "lib" not in path.parts)


class RowCase(NamedTuple):
    """A program over rows: what to compute, what differs from row to row, what does not, and the file's rules."""

    targets: list[Node]
    columns: list[Node]
    values: dict[Node, Any]
    feeds: dict[Node, Any]
    dtype: str
    strict: bool


def case_of(path: Path, rows: int, seed: int = 1) -> RowCase | None:
    """The values and gradients of a sample over rows of random numbers; None for a sample without any to vary."""
    request = Request(Source(str(path), path.read_text("utf-8")), base=str(path.parent))
    try:
        question = ask(request)
        nodes = [node for node in NODES[gradient](question) if node is not None]
    except DiagnosticError:
        return None
    targets = [*question.ys, *nodes]
    columns = row_sources(question, targets)
    if not columns or any(known(node.shape) is None for node in [*targets, *columns]):
        return None
    feeds, missing = feeds_of(question.model, targets)
    random = np.random.default_rng(seed)
    values = {}
    for node in columns:
        declared = np.asarray(feeds.get(node, 0.7), dtype=float)
        spread = random.uniform(0.5, 1.5, (rows, *node.shape)) * np.where(declared == 0, 1.0, declared)
        values[node] = np.round(spread) if node.kind == "int" else spread.astype(question.model.dtype)
    rest = {node: value for node, value in feeds.items() if node not in values}
    if any(leaf.node not in values for leaf in missing):
        return None
    return RowCase(targets, columns, values, rest, question.model.dtype, question.model.graph.strict)


def cases(rows: int) -> Iterator[tuple[Path, RowCase]]:
    """Every sample that can be run over rows."""
    for path in FILES:
        case = case_of(path, rows)
        if case is not None:
            yield path, case

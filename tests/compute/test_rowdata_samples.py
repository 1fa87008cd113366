"""Every sample over rows gives the numbers of that sample at each row's point."""

from __future__ import annotations

import math
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from diffcli.compute import Request, gradient
from diffcli.compute.load import load
from diffcli.compute.rowdata.opening import Job
from diffcli.compute.values import feeds_of, flat
from diffcli.data import FormatError
from diffcli.diagnostic import DiagnosticError
from diffcli.engine.shape import known
from diffcli.source import Source
from tests.compute.rowdata import cells, table, written

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted(path for path in (ROOT / "samples").rglob("*.expr") if path.parent.name not in ("errors", "data"))
MOST = 40  # numbers in a row: larger samples have tests of their own


def columns_of(model: Any) -> dict[str, tuple[float, ...]]:
    """The declared numbers that a row could hold, by the names of their columns."""
    leaves = [leaf for leaf in model.leaves.values() if leaf.kind != "const" and leaf.node.kind == "float"]
    feeds, _ = feeds_of(model, [leaf.node for leaf in leaves])
    found = {}
    for leaf in leaves:
        sizes, value = known(leaf.node.shape), feeds.get(leaf.node)
        if value is None or sizes is None:
            continue
        numbers = flat(value.tolist() if hasattr(value, "tolist") else value)
        places = ["_".join([leaf.name, *map(str, place)]) for place in product(*map(range, sizes))]
        found |= dict(zip(places, numbers, strict=False) if len(numbers) == len(places) else {})
    return found


def nested(values: list[float], sizes: tuple[int, ...]) -> str:
    if not sizes:
        return repr(values[0])
    step = len(values) // sizes[0] if sizes[0] else 0
    return "[" + ", ".join(nested(values[at * step : (at + 1) * step], sizes[1:]) for at in range(sizes[0])) + "]"


def number_of(text: str) -> float | None:
    words = {"": None, "true": 1.0, "false": 0.0}
    return words[text] if text in words else float(text)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_over_rows_is_that_sample_at_each_point(path, tmp_path):
    request = Request(Source(path.name, path.read_text("utf-8")), base=str(path.parent))
    try:
        model = load(request)
        columns = columns_of(model)
        gradient(request)
    except DiagnosticError:
        pytest.skip("it has no gradient without more being said")
    if not columns or len(columns) > MOST:
        pytest.skip("nothing to vary, or too much")
    draw = random.Random(path.name)
    rows = {name: [value * draw.uniform(0.97, 1.03) for _ in range(3)] for name, value in columns.items()}
    data = table(tmp_path / "rows.csv", rows)
    try:
        found = cells(written(Job(gradient, request, (str(data),), only=True)))
    except FormatError as refused:
        pytest.skip(refused.message)
    shapes = {leaf.name: known(leaf.node.shape) for leaf in model.leaves.values()}
    names = [name for name in shapes if any(each == name or each.startswith(name + "_") for each in columns)]
    near, close = (1e-9, 1e-11) if model.dtype == "float64" else (2e-6, 1e-6)
    for row in range(3):
        at = []
        for name in names:
            places = ["_".join([name, *map(str, place)]) for place in product(*map(range, shapes[name] or ()))]
            if all(place in rows for place in places):
                at.append((name, nested([rows[place][row] for place in places], shapes[name] or ())))
        point = gradient(request._replace(at=tuple(at)))
        expected = [each for part in point.targets for each in flat(part.value)]
        for part in point.gradients:
            count = math.prod(size for size in part.shape if isinstance(size, int))
            expected += [None] * count if part.value is None else flat(part.value)
        values = [number_of(texts[row]) for texts in found.values()]
        size = max((abs(each) for each in expected if each is not None and math.isfinite(each)), default=1.0)
        assert len(values) == len(expected)
        for mine, other in zip(values, expected, strict=True):
            assert (mine is None) == (other is None)
            if other is not None:
                assert mine == pytest.approx(float(other), rel=near, abs=close * size, nan_ok=True)

"""Vectors from several columns or from lists; Jacobians, Hessians and products in every row."""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from diffcli.compute import Request, evaluate, gradient, hessian, jacobian, jvp, vjp
from diffcli.compute.rowdata.opening import opened
from diffcli.data import DataError, FormatError
from diffcli.diagnostic import DiagnosticError
from diffcli.source import Source
from tests.compute.rowdata import cells, job, table, written

ROWS = 12


@pytest.fixture
def points(tmp_path: Path) -> Path:
    draw = random.Random(11)
    names = ["x_0", "x_1", "x_2", "a", "b"]
    return table(tmp_path / "p.csv", {name: [draw.uniform(0.5, 2) for _ in range(ROWS)] for name in names})


def at(found: dict[str, list[str]], row: int) -> tuple[tuple[str, str], ...]:
    vector = ", ".join(found[f"x_{place}"][row] for place in range(3))
    return ("x", f"[{vector}]"), ("a", found["a"][row]), ("b", found["b"][row])


def flat(value: Any) -> list[float]:
    return [each for part in value for each in flat(part)] if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    "text",
    [
        "sum(a * x**2) / b",
        "input x: [3]; input a; input b; a*x[0] + b*sum(sin(x))",
        "input x: [n]; input a; input b; norm(x)*a + b",
    ],
)
def test_gradients_by_vectors_are_those_of_a_point(points, text):
    request = {"wrt": ("x", "b")}
    found = cells(written(job(text, points, request=request, jobs=2, block=5)))
    assert list(found)[5:] == ["value", "grad.x_0", "grad.x_1", "grad.x_2", "grad.b"]
    for row in range(ROWS):
        point = gradient(Request(Source("f", text), wrt=("x", "b"), at=at(found, row)))
        expected = [*flat(point.gradients[0].value), point.gradients[1].value]
        got = [float(found[name][row]) for name in list(found)[6:]]
        assert got == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobians_are_those_of_a_point(points, mode):
    text, request = "y = a * x**2 + b; z = sum(x)", {"wrt": ("x", "a"), "mode": mode}
    found = cells(written(job(text, points, command=jacobian, request=request)))
    names = [f"jacobian.y.x_{i}_{j}" for i, j in product(range(3), repeat=2)]
    names += [f"jacobian.y.a_{i}" for i in range(3)] + [f"jacobian.z.x_{j}" for j in range(3)] + ["jacobian.z.a"]
    assert list(found)[5:] == ["value.y_0", "value.y_1", "value.y_2", "value.z", *names]
    assert set(found["jacobian.z.a"]) == {""}
    for row in range(ROWS):
        point = jacobian(Request(Source("f", text), wrt=("x", "a"), at=at(found, row)))
        expected = [each for part in point.jacobians[:3] for each in flat(part.value)]
        assert [float(found[name][row]) for name in names[:-1]] == pytest.approx(expected, rel=1e-14)


def test_hessians_are_those_of_a_point(points):
    text = "prod(x) * a + 0*b"
    found = cells(written(job(text, points, command=hessian, request={"wrt": ("x", "a")})))
    names = [f"hessian.x.x_{i}_{j}" for i, j in product(range(3), repeat=2)] + [f"hessian.x.a_{i}" for i in range(3)]
    names += [f"hessian.a.x_{j}" for j in range(3)] + ["hessian.a.a"]
    assert list(found)[5:] == ["value", *names]
    for row in range(ROWS):
        point = hessian(Request(Source("f", text), wrt=("x", "a"), at=at(found, row)))
        expected = [each for part in point.hessians for each in flat(part.value)]
        assert [float(found[name][row]) for name in names] == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_products_are_those_of_a_point(points):
    text = "input x: [3]; input a; input b; y = a * x**2; z = sum(x) * b"
    directions = (("x", "[1, 0, -2]"), ("a", "0.5"))
    found = cells(written(job(text, points, command=jvp, request={"directions": directions})))
    assert list(found)[9:] == ["jvp.y_0", "jvp.y_1", "jvp.y_2", "jvp.z"]
    weights = (("y", "[1, 0, -2]"), ("z", "3"))
    back = cells(written(job(text, points, command=vjp, request={"directions": weights})))
    assert list(back)[9:] == ["vjp.x_0", "vjp.x_1", "vjp.x_2", "vjp.a", "vjp.b"]
    for row in range(ROWS):
        point = jvp(Request(Source("f", text), directions=directions, at=at(found, row)))
        expected = [
            each for part in point.rows()[:2] for each in flat(part[[c.key for c in point.columns()].index("value")])
        ]
        assert [float(found[name][row]) for name in list(found)[9:]] == pytest.approx(expected, rel=1e-14)
        there = vjp(Request(Source("f", text), directions=weights, at=at(found, row)))
        key = [column.key for column in there.columns()].index("value")
        expected = [each for part in there.rows() for each in flat(part[key])]
        assert [float(back[name][row]) for name in list(back)[9:]] == pytest.approx(expected, rel=1e-14)


def test_lists_feed_vectors(tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [[1.0, 2.0], [3.0, 4.5]]
    lines = tmp_path / "t.ndjson"
    lines.write_text("".join(json.dumps({"k": 2, "x": row}) + "\n" for row in rows), "utf-8")
    parquet = tmp_path / "t.parquet"
    pq.write_table(pa.table({"k": [2, 2], "x": pa.array(rows, pa.list_(pa.float64(), 2))}), parquet)
    free = tmp_path / "free.parquet"
    pq.write_table(pa.table({"k": [2, 2], "x": pa.array(rows)}), free)
    for path in (lines, parquet, free):
        text = "input x: [2]; input k; k * sum(x**2)"
        found = cells(written(job(text, path, only=True)))
        assert found["value"] == ["10", "58.5"]
        assert found["grad.x_1"] == ["8", "18"]
    assert cells(written(job("sum(x) * k", parquet, only=True)))["value"] == ["6", "15"]
    with pytest.raises((DataError, DiagnosticError), match="shape"):
        written(job("input x: [3]; input k; k * sum(x)", parquet))
    with pytest.raises((DataError, FormatError), match="x"):
        written(job("input x: [3]; input k; k * sum(x)", free))


def test_lists_pass_through(tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, out = tmp_path / "t.parquet", tmp_path / "o.parquet"
    columns = {"v": pa.array([[1, 2, 3], [], None], pa.list_(pa.int32())), "x": pa.array([1, 2, 3], pa.int16())}
    pq.write_table(pa.table(columns), path)
    out.write_bytes(written(job("x/2", path), "parquet"))
    read = pq.read_table(out)
    assert read.drop_columns(["value", "grad.x"]).equals(pq.read_table(path))
    assert read["value"].to_pylist() == [0.5, 1.0, 1.5]


def test_matrices_come_element_by_element(tmp_path):
    path = table(tmp_path / "m.csv", {f"m_{i}_{j}": [i + 2.0 * j + 1] for i, j in product(range(2), repeat=2)})
    found = cells(written(job("det(m)", path, only=True)))
    # |1 3; 2 4| = -2, and the gradient of a determinant holds its cofactors.
    assert [float(each[0]) for each in found.values()] == pytest.approx([-2, 4, -2, -3, 1])


def test_sizes_that_do_not_fit_are_told(tmp_path, points):
    with pytest.raises(DataError, match="3 columns x_"):
        opened(job("input x: [4]; sum(x)", points))
    gaps = table(tmp_path / "g.csv", {"x_0": [1.0], "x_2": [2.0]})
    with pytest.raises((DataError, FormatError, DiagnosticError)):
        opened(job("input x: [n]; sum(x)", gaps))
    scalar = table(tmp_path / "s.csv", {"x": [1.0]})
    with pytest.raises(DataError, match="holds numbers"):
        opened(job("input x: [2]; sum(x)", scalar))


def test_a_value_given_by_hand_is_not_fed(points):
    found = cells(written(job("sum(x) * a", points, command=evaluate, request={"at": (("x", "[1, 1, 1]"),)})))
    assert [float(each) for each in found["value"]] == [3 * float(each) for each in found["a"]]

"""The executor in 50 digits: every element-wise operator against an oracle that does not know it, tensors against NumPy."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

import diffcli.engine.ops  # noqa: F401 - fills the table
from diffcli.engine.graph import Graph
from diffcli.engine.op import OPS, leaf
from diffcli.engine.run import execute, precise
from tests.engine import oracles

ELEMENTWISE = [name for name, op in OPS.items() if op.elementwise and op.role not in ("alias", "derivative", "custom")]


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name in oracles.MEANING])
def test_meanings_agree_with_the_oracle(name):
    op = OPS[name]
    for stated in op.at:
        point = [float(each) for each in (stated if isinstance(stated, tuple) else (stated,))]
        graph = Graph()
        xs = [leaf(graph, f"x{place}", "var", ()) for place in range(len(point))]
        node = op(*xs)
        found = precise.run([node], dict(zip(xs, point, strict=True)))[node]
        with mp.workdps(50):
            want = oracles.value(name, point)
            # The oracle has a few constants to 31 digits, the operator as doubles.
            tolerance = mp.mpf("1e-15") if name == "selu" else mp.mpf("1e-45")
            assert abs(mp.mpf(str(found) if not isinstance(found, bool) else found) - want) <= tolerance * (
                1 + abs(want)
            )


def test_every_elementwise_operator_has_a_meaning():
    assert {name for name in ELEMENTWISE if OPS[name].expand is None} <= set(precise.MEANINGS)


A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]])
TENSORS = {
    "sum": (lambda a: OPS["sum"](a, 0), A),
    "prod": (lambda a: OPS["prod"](a), A),
    "max": (lambda a: OPS["max"](a), A),
    "norm": (lambda a: OPS["norm"](a), A),
    "std": (lambda a: OPS["std"](a), A),
    "softmax": (lambda a: OPS["softmax"](a), A),
    "logsumexp": (lambda a: OPS["logsumexp"](a), A),
    "log_softmax": (lambda a: OPS["log_softmax"](a), A),
    "matmul": (lambda a: OPS["matmul"](a, a), A),
    "inv": (lambda a: OPS["inv"](a), A),
    "solve": (lambda a: OPS["solve"](a, a), A),
    "cofactor": (lambda a: OPS["cofactor"](a), A),
    "cholesky": (lambda a: OPS["cholesky"](a), A),
    "det": (lambda a: OPS["det"](a), A),
    "logdet": (lambda a: OPS["logdet"](a), A),
    "cumsum": (lambda a: OPS["cumsum"](a), A[0]),
    "cumprod": (lambda a: OPS["cumprod"](a), A[0]),
    "sort": (lambda a: OPS["sort"](a), A),
    "gather": (lambda a: OPS["gather"](a, OPS["argmax"](a, 0)), A),
    "einsum": (lambda a: OPS["einsum"]("ij,jk->ik", a, a), A),
}


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_are_worth_what_numpy_finds(name):
    make, value = TENSORS[name]
    x = leaf(Graph(), "x", "var", value.shape)
    node = make(x)
    found = precise.run([node], {x: value})[node]
    want = execute([node], {x: value})[node]
    assert np.asarray(found, dtype=float) == pytest.approx(np.asarray(want, dtype=float), rel=1e-12, abs=1e-14)


def test_what_has_no_meaning_says_so(monkeypatch):
    monkeypatch.delitem(precise.MEANINGS, "sin")
    x = leaf(Graph(), "x", "var", ())
    with pytest.raises(precise.Unavailable, match="sin has no meaning in 50 digits"):
        precise.run([OPS["sin"](x)], {x: 1.0})


def test_outside_the_domain_is_nan_and_beyond_all_doubles_is_infinite():
    x = leaf(Graph(), "x", "var", ())
    root, tower = OPS["sqrt"](x), OPS["exp"](OPS["exp"](OPS["exp"](-x)))
    found = precise.run([root, tower], {x: -1e3})
    assert mp.isnan(found[root]) and mp.isinf(found[tower])

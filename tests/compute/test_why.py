"""The table of rewrites: both sides are equal, and a form is found in whatever way it is written."""

from __future__ import annotations

import math
import random

import pytest

from diffcli.compute import remedies, rewriting
from diffcli.compute.load import load
from diffcli.compute.matching import match, pattern
from diffcli.compute.request import Request
from diffcli.compute.wording import words
from diffcli.engine.graph import Graph
from diffcli.engine.op import leaf
from diffcli.engine.run import execute
from diffcli.source import Source

EQUAL = [remedy for remedy in remedies.REMEDIES if remedy.equal]


def first(text: str, status: str = "nan") -> str | None:
    """What the surest remedy of a formula's last node writes instead."""
    model = load(Request(Source("text", text)))
    node = model.names["out"].inputs[0]
    found = rewriting.remedies_of(node, status)
    found = [each for each in found if each.remedy.equal]
    return words(found[0].instead).strip("`") if found else None


@pytest.mark.parametrize("remedy", EQUAL, ids=lambda remedy: remedy.why)
def test_both_sides_are_equal(remedy: remedies.Remedy) -> None:
    """At random positive points, where every form is defined; the two sides are different computations."""
    numbers = random.Random(7)
    shape = (3,) if remedy.vector else ()
    for _ in range(20):
        graph = Graph()
        places = [leaf(graph, name, "input", shape) for name in "abc"[: remedy.places]]
        old, new = remedy.form(*places), remedy.instead(*places)
        feeds = {
            place: [numbers.uniform(0.2, 2.0) for _ in range(3)] if shape else numbers.uniform(0.2, 2.0)
            for place in places
        }
        if shape:
            import numpy

            feeds = {place: numpy.array(value) for place, value in feeds.items()}
        values = execute([old, new], feeds)
        left, right = (value.tolist() if hasattr(value, "tolist") else value for value in (values[old], values[new]))
        assert left == pytest.approx(right, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("log(exp(x) + 1)", "softplus(x)"),
        ("log(1 + exp(2 * x))", "softplus(2 * x)"),
        ("log1p(exp(x))", "softplus(x)"),
        ("sqrt(x * x)", "abs(x)"),
        ("(x**2)**0.5", "abs(x)"),
        ("sqrt(square(x) + y**2)", "hypot(x, y)"),
        ("log(x) * y", "xlogy(y, x)"),
        ("1 / (exp(-x) + 1)", "sigmoid(x)"),
        ("log(1 - sigmoid(x))", "log_sigmoid(-x)"),
        ("log(sum(exp([x, y])))", "logsumexp([x, y])"),
        ("x**x", "exp(xlogy(x, x))"),
    ],
)
def test_a_form_is_found_however_it_is_written(text: str, instead: str) -> None:
    assert first(text) == instead


@pytest.mark.parametrize("text", ["log(2 + exp(x))", "sqrt(x**3)", "exp(x) / sum(exp([x, y]))", "x - y", "sqrt(x)"])
def test_another_form_is_left_alone(text: str) -> None:
    assert first(text) is None


def test_names_are_seen_through() -> None:
    model = load(Request(Source("text", "var x = 3\nq = exp(x)\ns = 1 + q\ny = log(s)\n")))
    found = rewriting.rewrites([model.names["q"]], model.names["y"], "nan")
    assert words(found[0].instead) == "`softplus(x)`"


def test_an_axis_is_kept() -> None:
    text = "var x = [[1, 2], [3, 4]]\ny = sqrt(sum(x**2, axis=1))\nz = exp(x) / sum(exp(x), axis=1, keepdims=true)\n"
    model = load(Request(Source("text", text)))
    [norm] = rewriting.remedies_of(model.names["y"].inputs[0], "nan")
    assert norm.instead.shape == (2,)
    values = execute([norm.instead, model.names["y"]], {model.leaves["x"].node: [[1.0, 2.0], [3.0, 4.0]]})
    assert values[norm.instead].tolist() == pytest.approx([math.sqrt(5), 5.0])
    found = rewriting.remedies_of(model.names["z"].inputs[0], "nan")
    assert found and found[0].instead.shape == (2, 2)


def test_a_place_stands_for_one_node() -> None:
    graph = Graph()
    a, b = (leaf(graph, name, "input", ()) for name in "ab")
    form = pattern(lambda x: x + x * x, 1, ())
    assert match(form, a + a * a) is not None
    assert match(form, a + a * b) is None

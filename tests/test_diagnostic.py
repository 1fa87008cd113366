"""Problems as data, and guesses at what a word was meant to be."""

from __future__ import annotations

import pytest

from diffcli.diagnostic import Diagnostic, DiagnosticError, Label, closest
from diffcli.source import Source


def test_as_dict_has_every_part():
    source = Source("f.expr", "x = 1\nx = 2\n")
    diagnostic = Diagnostic(
        "E0302",
        "`x` is defined twice",
        source.span(6, 7),
        (Label(source.span(0, 1), "first defined here"),),
        ("a note",),
        "x2",
    )
    assert diagnostic.as_dict() == {
        "code": "E0302",
        "severity": "error",
        "message": "`x` is defined twice",
        "file": "f.expr",
        "at": {"line": 2, "column": 1, "end_column": 2},
        "related": [
            {"file": "f.expr", "at": {"line": 1, "column": 1, "end_column": 2}, "message": "first defined here"}
        ],
        "notes": ["a note"],
        "help": "x2",
    }


def test_a_diagnostic_without_place_has_none():
    assert Diagnostic("E0201", "m").as_dict()["at"] is None
    assert Diagnostic("E0201", "m").as_dict()["file"] is None


def test_the_error_carries_all_diagnostics_and_reads_as_text():
    error = DiagnosticError(Diagnostic("E0201", "a"), Diagnostic("E0301", "b"))
    assert [each.code for each in error.diagnostics] == ["E0201", "E0301"]
    assert str(error) == "E0201 a; E0301 b"


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("totl", ["total", "loss"], "total"),
        ("lsos", ["loss", "total"], "loss"),  # a swap is one slip
        ("True", ["true", "tau"], "true"),
        ("sine", ["sin", "sign", "sinh"], "sin"),  # a tie goes to the one that the word starts with
        ("axes", ["axis", "keepdims"], "axis"),
        ("SIGMA", ["sigma"], "sigma"),
        ("sqroot", ["sqrt", "root"], "sqrt"),
    ],
)
def test_closest_finds_what_was_meant(word, candidates, meant):
    assert closest(word, candidates) == meant


@pytest.mark.parametrize(
    ("word", "candidates"),
    [
        ("velocity", ["x", "y", "loss"]),
        ("q", ["x", "p"]),  # one letter is as good as another
        ("w1", ["w2", "w3"]),
        ("x", ["x"]),
        ("abc", []),
        ("sgn", ["sin", "son"]),
    ],
)
def test_closest_does_not_guess(word, candidates):
    assert closest(word, candidates) is None

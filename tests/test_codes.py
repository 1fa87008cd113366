"""Every code has its explanation, and its examples are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import diffcli.engine.ops  # noqa: F401  (registers the operators)
from diffcli.causes import CAUSES
from diffcli.codes import CODES, REASONS
from diffcli.compute import Request, self_test
from diffcli.compute.why import why
from diffcli.engine import op
from diffcli.lang.parse import parse
from diffcli.lang.resolve import resolve
from diffcli.source import Source

ROOT = Path(__file__).resolve().parent.parent
# What the parser and the resolver find; the rest needs shapes, values, or other files.
LATE = ("E0309", "E0310", "E0311", "E0404", "E0405")
EARLY = [
    code
    for code, entry in CODES.items()
    if entry.wrong and code[:3] in ("E01", "E02", "E03", "E04") and code not in LATE
]


def problems(text: str) -> list[str]:
    module, found = parse(Source("f.expr", text))
    return [each.code for each in [*found, *resolve(module, op).diagnostics]]


def test_every_code_in_the_sources_is_in_the_table_and_the_other_way_round():
    used = set()
    for path in (ROOT / "diffcli").rglob("*.py"):
        if path.name != "codes.py":
            used |= set(re.findall(r'"(E0\d{3})"', path.read_text("utf-8")))
    assert used == set(CODES)


def test_every_code_has_a_sample_and_every_sample_a_code():
    assert {path.stem for path in (ROOT / "samples" / "errors").glob("*.expr")} == set(CODES)


def test_the_reasons_are_those_of_the_contract():
    assert set(REASONS) == {"unused", "unwatched", "frozen", "stopped", "cut", "integer", "before-tape", "paused"}


@pytest.mark.parametrize("entry", [*CODES.values(), *REASONS.values()], ids=lambda entry: entry.code)
def test_explanations_are_several_sentences_with_an_exit_code(entry):
    assert len(re.findall(r"[.;:]( |$)", entry.text)) >= 2
    assert not entry.title.endswith(".")
    assert entry.exit_code in ((2, 3, 4) if entry.code in CODES else (None,))
    assert entry.text in entry.explanation and entry.wrong.split("\n")[0] in entry.explanation


@pytest.mark.parametrize("code", EARLY)
def test_the_wrong_example_has_that_problem_alone(code):
    assert set(problems(CODES[code].wrong)) == {code}


@pytest.mark.parametrize("code", [code for code, entry in (CODES | REASONS).items() if entry.right])
def test_the_mended_example_has_none(code):
    assert problems((CODES | REASONS)[code].right) == []


def test_every_cause_that_why_gives_is_explained():
    schema = json.loads((ROOT / "diffcli" / "schemas" / "why.json").read_text())
    assert set(schema["$defs"]["code"]["enum"]) == set(REASONS) | set(CAUSES)


@pytest.mark.parametrize("entry", [*REASONS.values(), *CAUSES.values()], ids=lambda entry: entry.code)
def test_the_examples_of_reasons_and_causes_hold(entry):
    for text in filter(None, (entry.wrong, entry.right)):
        cases = self_test(Request(Source("f.expr", text))).cases
        assert cases and all(case.passed for case in cases), [case.message for case in cases]


def test_why_gives_the_cause_that_the_example_shows():
    for entry in CAUSES.values():
        if entry.code == "zero":
            continue  # it is given where nothing more is known, and here something is
        pairs = why(Request(Source("f.expr", entry.wrong))).pairs
        assert entry.code in {cause.code for pair in pairs for cause in pair.causes}, entry.code

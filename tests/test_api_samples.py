"""Every sample from Python: the numbers of the command line, by each executor, at points and over rows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import diffcli
from diffcli.compute import Request, evaluate, gradient, hessian, jacobian
from diffcli.diagnostic import DiagnosticError
from diffcli.source import decode

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
# A network of some size: its Jacobians and Hessians are a matter of seconds.
SLOW = ("001-three-dense-layers",)
FOLDERS = ("classics", "language", "semantics", "tutorials", "why")
FILES = sorted(path for name in FOLDERS for path in (SAMPLES / name).glob("*.expr") if path.stem not in SLOW)
QUESTIONS = {"values": evaluate, "grad": gradient, "jacobian": jacobian, "hessian": hessian}
TOLERANCE = {"float64": 1e-11, "float32": 1e-4}


def asked(path, kind):
    """What the command line computes: rows, or the codes of what it refuses."""
    request = Request(decode(str(path), path.read_bytes()), base=str(path.parent))
    try:
        return QUESTIONS[kind](request).main()
    except DiagnosticError as error:
        return [each.code for each in error.diagnostics]


def found(program, kind, executor):
    try:
        return getattr(program, kind)().compile(executor=executor)()
    except diffcli.DiffError as error:
        return [each.code for each in error.diagnostics]


def leaves(answer):
    """The values of an answer in order."""
    return [leaf for each in answer.values() for leaf in leaves(each)] if isinstance(answer, dict) else [answer]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_has_the_numbers_of_the_command_line(path):
    program = diffcli.load(path)
    compared = 0
    for kind in QUESTIONS:
        rows = asked(path, kind)
        for executor in ("auto", "blocked", "arrays"):
            answer = found(program, kind, executor)
            if rows and isinstance(rows[0], str):
                assert answer == rows
                continue
            if any(getattr(row, "expression", None) for row in rows):
                assert answer == ["E0801"] * len(answer)  # an input has no value, and there is a formula instead
                continue
            assert len(leaves(answer)) == len(rows)
            for row, value in zip(rows, leaves(answer), strict=True):
                if row.value is None:
                    assert value is None
                    continue
                compared += 1
                tolerance = TOLERANCE[program.dtype]
                assert np.shape(value) == np.shape(row.value)
                np.testing.assert_allclose(value, row.value, rtol=tolerance, atol=tolerance)
    assert compared or not program.inputs


SCALAR = re.compile(r"^(?:var|input|frozen) \w+( = -?[\d.]+)?\s*(?:$|[;#])", re.MULTILINE)
SCALARS = [path for path in FILES if path.parent.name == "classics" and SCALAR.search(path.read_text("utf-8"))]


@pytest.mark.parametrize("path", SCALARS, ids=lambda path: path.stem)
def test_rows_of_a_sample_are_points(path):
    program = diffcli.load(path)
    records = program.explain(program.inputs).gradients
    values = {each.wrt: 0.7 if each.at is None else each.at for each in records if each.shape == ()}
    names = list(values)[:3]
    rest = {name: value for name, value in values.items() if name not in names}
    columns = {name: values[name] * np.array([1.0, 1.01, 0.98, 1.02]) for name in names}
    function = program.grad(names, value=True)
    for executor in ("blocked", "auto"):
        rows = flat(function.rows({**columns, **rest}, executor=executor))
        for place in range(4):
            point = flat(function(**{name: column[place] for name, column in columns.items()}, **rest))
            for row, value in zip(rows, point, strict=True):
                if value is None:
                    assert row is None
                else:
                    np.testing.assert_allclose(row[place], value, rtol=1e-10, atol=1e-10)


def flat(answer):
    value, slopes = answer
    return [*leaves(value), *leaves(slopes)]


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "classics"], ids=lambda path: path.stem)
def test_products_of_a_sample_are_those_of_its_matrices(path):
    program = diffcli.load(path)
    try:
        jacobians, hessians, gradients = program.jacobian()(), program.hessian()(), program.grad()()
    except diffcli.DiffError as error:
        pytest.skip(error.diagnostics[0].message)
    records = program.explain()
    sources = {each.wrt: np.ones(each.shape) * 0.5 for each in records.gradients}
    weights = {each.name: np.ones(each.shape) for each in records.targets}
    rows = dict(zip(weights, parts(jacobians, weights), strict=True))
    tolerance = TOLERANCE[program.dtype] * 100
    for name, found in zip(weights, leaves(program.jvp()(*sources.values())), strict=True):
        terms = list(zip(sources.values(), leaves(rows[name]), strict=True))
        wanted = sum(np.tensordot(part, v, v.ndim) for v, part in terms if part is not None)
        assert found is not None or all(part is None for _, part in terms)
        np.testing.assert_allclose(0.0 if found is None else found, wanted, rtol=tolerance, atol=tolerance)
    for found, wanted in zip(leaves(program.vjp()(*weights.values())), leaves(gradients), strict=True):
        assert (found is None) == (wanted is None)
        np.testing.assert_allclose(0.0 if found is None else found, 0.0 if wanted is None else wanted)
    for found, row in zip(leaves(program.hvp()(*sources.values())), parts(hessians, sources), strict=True):
        wanted = sum(np.tensordot(part, v, v.ndim) for v, part in zip(sources.values(), leaves(row), strict=True))
        np.testing.assert_allclose(0.0 if found is None else found, wanted, rtol=tolerance, atol=tolerance)


def parts(answer, names):
    """The answer for each of some names; for one name it is the answer itself."""
    return list(answer.values()) if len(names) > 1 else [answer]

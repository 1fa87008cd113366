"""What loading a file with a request's values does."""

from pathlib import Path

import pytest

from diffcli.compute import Request, evaluate, gradient, self_test
from diffcli.compute.load import load
from diffcli.diagnostic import DiagnosticError
from diffcli.source import Source


def request(text: str, *at: tuple[str, str], **options: object) -> Request:
    return Request(Source("test", text), at=at, **options)  # type: ignore[arg-type]


def codes(error: pytest.ExceptionInfo[DiagnosticError]) -> list[str]:
    return [each.code for each in error.value.diagnostics]


def test_all_independent_problems_are_reported_at_once() -> None:
    with pytest.raises(DiagnosticError) as error:
        load(request("var x = 3\nvar x = 4\ny = missing + 1\nz = [1, 2] + [1, 2, 3]\nw = sin(1, 2)\n"))
    assert codes(error) == ["E0302", "E0301", "E0501", "E0401"]


def test_what_uses_a_refused_expression_is_not_refused_once_more() -> None:
    with pytest.raises(DiagnosticError) as error:
        load(request("y = [1, 2] + [1, 2, 3]\nz = y * 2\nw = sum(z)\n"))
    assert codes(error) == ["E0501"]


def test_values_from_outside_take_the_place_of_declared_ones() -> None:
    assert evaluate(request("var x = 3\ny = x**2", ("x", "1/2 + 1"))).targets[0].value == 2.25


def test_a_value_may_bring_its_shape() -> None:
    found = gradient(request("input x\ninput w = 2\ny = sum(w * x**2)", ("x", "[1, 2, 3]"), wrt=("x", "w"))).gradients
    assert [each.value for each in found] == [[4.0, 8.0, 12.0], 14.0]


def test_letters_agree_wherever_their_value_stands() -> None:
    model = load(request("input a: [n]\ny = sum(a)\ninput b: [n] = [1, 2, 3]"))
    assert model.leaves["a"].node.shape == (3,)
    with pytest.raises(DiagnosticError) as error:
        load(request("input a: [n] = [1, 2]\ninput b: [n] = [1, 2, 3]\ny = sum(a) + sum(b)"))
    assert codes(error) == ["E0502"]
    assert "n" in error.value.diagnostics[0].message and error.value.diagnostics[0].secondary


def test_names_on_the_command_line_are_compared_as_in_files() -> None:
    assert evaluate(request("input x1\nx1 * 2", ("𝑥1", "4"))).targets[0].value == 8.0


@pytest.mark.parametrize(
    "option",
    [{"wrt": ("q",)}, {"of": ("q",)}, {"stop": ("q",)}, {"tape": True, "watch": ("q",)}, {"at": (("q", "1"),)}],
)
def test_unknown_names_are_told_with_a_guess(option: dict[str, object]) -> None:
    with pytest.raises(DiagnosticError) as error:
        gradient(Request(Source("test", "var x = 3\nquantity = x**2"), **option))  # type: ignore[arg-type]
    assert codes(error) == ["E0307"]


def test_missing_inputs_are_all_named() -> None:
    with pytest.raises(DiagnosticError) as error:
        gradient(request("input a\ninput b\ninput c\ny = a * b * c", ("a", "1")))
    assert [each.message for each in error.value.diagnostics] == ["`b` has no value", "`c` has no value"]


def test_inputs_that_the_targets_do_not_need_may_be_missing() -> None:
    assert (
        gradient(request("input a\ninput b\ny = a**2\nz = b", ("a", "3"), of=("y",), wrt=("a",))).gradients[0].value
        == 6.0
    )


def test_only_tests_look_at_expectations() -> None:
    text = "var x = 3\ny = x**2\nexpect nothing(y) == 3\n"
    assert gradient(request(text)).gradients[0].value == 6.0
    with pytest.raises(DiagnosticError):
        self_test(request(text))


def test_functions_see_the_latest_meaning_of_a_rebound_name() -> None:
    text = "var a = 1\nx = a\ndef f(t) = t * x\nrepeat 3 { x = x + f(1) }\n"
    assert evaluate(request(text, of=("x",))).targets[0].value == 8.0


def test_a_function_that_is_called_often_is_inlined_once() -> None:
    lines = ["def f0(x) = x + 1"] + [f"def f{i}(x) = f{i - 1}(x) * f{i - 1}(x)" for i in range(1, 60)]
    model = load(request("\n".join(["var x = 0.5", *lines, "y = f59(x)"])))
    assert model.graph.count < 200


def test_float32_is_computed_in_float32() -> None:
    assert evaluate(request("dtype float32\nvar x = 2e19\ny = x**2")).targets[0].value == float("inf")
    assert gradient(request("dtype float32\nvar x = 10\ny = softplus(x)")).gradients[0].value == 0.9999546


def test_positions_in_a_used_file_name_it(tmp_path: Path) -> None:
    (tmp_path / "lib.expr").write_text("def f(t) = floor(t)\n")
    request_ = Request(Source("main.expr", 'use "lib.expr"\nvar x = 1.5\ny = f(x)'), base=str(tmp_path))
    (found,) = gradient(request_).gradients
    assert found.reason is not None
    (position,) = found.reason.at
    assert (position.line, position.column) == (1, 12)
    assert position.file is not None and position.file.endswith("lib.expr")

"""Pictures of a training run: what is on them, on which axes."""

from __future__ import annotations

import re
import sys
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest

from diffcli.compute.training.curves import CurveRecorder
from diffcli.render.curves.training import drawn, panel
from diffcli.results_training import StepCurve, TrainingCurves
from tests.numpy_training import Training, train

if TYPE_CHECKING:
    from collections.abc import Sequence

pytest.importorskip("matplotlib")
# What Matplotlib 3.10 calls of pyparsing is deprecated there, in a class of UserWarning.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning", "error::UserWarning", "ignore::DeprecationWarning")


def trained(how: Training) -> TrainingCurves:
    recorder = CurveRecorder()
    train(how, [recorder])
    return recorder.curves("a$b_network.expr")


def axes_of(*curves: Sequence[float]) -> Any:
    """The axes that some curves are drawn on."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    panel(axes, [StepCurve(f"w{place}", range(len(each)), each) for place, each in enumerate(curves)], "norm")
    return axes


def legend(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize(("format", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_each_format_is_drawn_the_same_every_time(format: str, start: bytes) -> None:
    curves = trained(Training(epochs=2))
    picture = drawn(curves, format)
    assert picture.startswith(start) and drawn(curves, format) == picture
    assert "matplotlib.pyplot" not in sys.modules


def test_the_picture_names_what_it_shows() -> None:
    written = re.findall("<!-- (.*?) -->", drawn(trained(Training(epochs=2)), "svg").decode())
    for words in ("a$b_network.expr", "loss", "mean loss of the epoch", "loss on validation data", "step"):
        assert words in written
    assert {"norm of the gradient", "dense/kernel", "dense/bias", "out/kernel"} <= set(written)


def test_a_run_without_gradients_has_one_panel() -> None:
    loss = StepCurve("loss", [0, 1, 2], [3.0, 2.0, 1.0])
    written = re.findall("<!-- (.*?) -->", drawn(TrainingCurves("m.expr", (loss,), ()), "svg").decode())
    assert "norm of the gradient" not in written and written.count("loss") == 1


@pytest.mark.parametrize(
    ("curves", "scale"),
    [
        (([1.0, 0.5, 0.1],), "linear"),
        (([1.0, 0.1, 0.01],), "log"),
        (([1.0, 0.9], [0.01, 0.009]), "log"),
        (([1.0, 0.01, -0.01],), "linear"),
        (([1.0, 0.01, 0.0],), "log"),
        (([0.0, 0.0],), "linear"),
        (([nan, inf],), "linear"),
        (([],), "linear"),
    ],
)
def test_values_far_apart_have_a_logarithmic_axis(curves: tuple[list[float], ...], scale: str) -> None:
    assert axes_of(*curves).get_yscale() == scale


def test_the_curves_are_the_numbers() -> None:
    axes = axes_of([1.0, 0.5, 0.25], [2.0, nan, 1.0])
    first, second = axes.lines[:2]
    assert first.get_xydata().tolist() == [[0, 1.0], [1, 0.5], [2, 0.25]]
    assert second.get_ydata()[[0, 2]].tolist() == [2.0, 1.0] and second.get_ydata()[1] != second.get_ydata()[1]


def test_what_cannot_be_drawn_is_said() -> None:
    assert legend(axes_of([1.0, 2.0, inf, nan], [1.0, nan, nan, nan])) == ["w0", "w1", "not finite from step 1"]
    assert legend(axes_of([1.0, 1e-3, 0.0, 0.0], [0.0] * 4)) == ["w0 (0 at 2 of 4 steps)", "w1 (0 throughout)"]
    assert legend(axes_of([1.0, 0.5], [0.0, 0.0])) == ["w0", "w1"]


def test_many_names_stand_beside_the_picture() -> None:
    axes = axes_of(*([float(place + 1)] * 5 for place in range(30)))
    assert len(legend(axes)) == 30
    styles = {(line.get_color(), line.get_linestyle(), str(line._unscaled_dash_pattern)) for line in axes.lines}
    assert len(styles) == 30


def test_a_run_that_blows_up_is_drawn() -> None:
    curves = trained(Training(epochs=12, rate=20.0))
    written = re.findall("<!-- (.*?) -->", drawn(curves, "svg").decode())
    assert any(text.startswith("not finite from step ") for text in written)


@pytest.mark.parametrize("base", [1e-12, 1e12])
def test_numbers_at_the_ends_of_the_range(base: float) -> None:
    values = [base**power for power in range(26)] + ([0.0] if base < 1 else [inf])
    curve = StepCurve("loss", range(27), values)
    assert drawn(TrainingCurves("", (curve,), (curve,)), "png").startswith(b"\x89PNG")


def test_the_picture_of_a_run_that_ended_at_once() -> None:
    assert drawn(TrainingCurves("", (StepCurve("loss", [], []),), ()), "png").startswith(b"\x89PNG")

"""Learning rates after so many steps, from the formulas that Keras publishes for its schedules."""

from __future__ import annotations

import math
from typing import Any

import pytest

from diffcli.engine.optim.schedules import REQUIRED, SCHEDULES, warmed


def rate(name: str, step: int, **given: Any) -> float:
    """The rate with the defaults of the schedule where nothing is given."""
    schedule = SCHEDULES[name]
    assert set(given) <= set(schedule.settings)
    values = {**schedule.settings, **given}
    assert REQUIRED not in values.values()
    return schedule.rate(step, values)


def exponential(step: int, staircase: bool) -> float:
    return rate("exponential", step, initial_learning_rate=0.1, decay_steps=4, decay_rate=0.5, staircase=staircase)


def test_every_schedule_is_stated_whole() -> None:
    assert set(SCHEDULES) == {"constant", "exponential", "inverse_time", "polynomial", "cosine", "piecewise"}
    for name, schedule in SCHEDULES.items():
        assert schedule.name == name
        assert schedule.doc.endswith(".")


def test_constant() -> None:
    assert [rate("constant", step, initial_learning_rate=0.3) for step in (0, 1, 10**6)] == [0.3] * 3


@pytest.mark.parametrize("step", [0, 1, 3, 4, 5, 8, 11, 100])
def test_exponential(step: int) -> None:
    # initial_learning_rate * decay_rate ** (step / decay_steps)
    assert exponential(step, False) == pytest.approx(0.1 * 0.5 ** (step / 4), rel=1e-15)
    assert exponential(step, True) == pytest.approx(0.1 * 0.5 ** (step // 4), rel=1e-15)


@pytest.mark.parametrize("step", [0, 1, 3, 4, 5, 8, 11, 100])
def test_inverse_time(step: int) -> None:
    # initial_learning_rate / (1 + decay_rate * step / decay_steps)
    given = {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}
    assert rate("inverse_time", step, **given) == pytest.approx(0.1 / (1 + 0.5 * step / 4), rel=1e-15)
    assert rate("inverse_time", step, **given, staircase=True) == pytest.approx(
        0.1 / (1 + 0.5 * (step // 4)), rel=1e-15
    )


@pytest.mark.parametrize("power", [1.0, 0.5, 2.0])
def test_polynomial(power: float) -> None:
    # (initial - end) * (1 - min(step, decay_steps) / decay_steps) ** power + end
    given = {"initial_learning_rate": 0.1, "decay_steps": 8, "end_learning_rate": 0.01, "power": power}
    for step in (0, 1, 4, 7, 8, 9, 100):
        wanted = (0.1 - 0.01) * (1 - min(step, 8) / 8) ** power + 0.01
        assert rate("polynomial", step, **given) == pytest.approx(wanted, rel=1e-15)
    # cycle: decay_steps becomes decay_steps * ceil(step / decay_steps)
    for step, length in ((0, 8), (1, 8), (8, 8), (9, 16), (12, 16), (16, 16), (17, 24)):
        wanted = (0.1 - 0.01) * (1 - step / length) ** power + 0.01
        assert rate("polynomial", step, **given, cycle=True) == pytest.approx(wanted, rel=1e-15)


def test_the_end_of_a_polynomial_is_a_ten_thousandth_unless_given() -> None:
    assert rate("polynomial", 10, initial_learning_rate=0.1, decay_steps=10) == pytest.approx(1e-4, rel=1e-15)


def test_what_has_no_value_is_not_a_number_and_what_has_no_end_is_infinite() -> None:
    given = {"initial_learning_rate": 0.1, "decay_steps": 2}
    assert math.isnan(rate("exponential", 1, **given, decay_rate=-0.5))
    assert rate("exponential", 2, **given, decay_rate=-0.5) == -0.05
    assert rate("exponential", 10**9, **given, decay_rate=2.0) == math.inf
    assert rate("inverse_time", 1, **given, decay_rate=-2.0) == math.inf
    assert rate("polynomial", 2, **given, power=-1.0) == math.inf


def test_cosine() -> None:
    given = {"initial_learning_rate": 0.1, "decay_steps": 10}
    for step in (0, 1, 5, 9, 10, 11, 1000):
        wave = 0.5 * (1 + math.cos(math.pi * min(step, 10) / 10))
        assert rate("cosine", step, **given) == pytest.approx(0.1 * wave, rel=1e-15, abs=1e-18)
        assert rate("cosine", step, **given, alpha=0.2) == pytest.approx(0.1 * (0.8 * wave + 0.2), rel=1e-15)


def test_cosine_after_its_warm_up() -> None:
    # From initial to the target in warmup_steps; then the cosine of step - warmup_steps, from the target.
    given = {"initial_learning_rate": 0.0, "decay_steps": 10, "warmup_target": 0.2, "warmup_steps": 4}
    assert [rate("cosine", step, **given) for step in range(5)] == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2])
    for step in (4, 5, 9, 13, 14, 15, 1000):
        wave = 0.5 * (1 + math.cos(math.pi * min(step - 4, 10) / 10))
        assert rate("cosine", step, **given) == pytest.approx(0.2 * wave, rel=1e-15, abs=1e-17)
    # Without a target there is no warm-up, as in Keras.
    alone = {"initial_learning_rate": 0.1, "decay_steps": 10}
    assert rate("cosine", 3, **alone, warmup_steps=4) == rate("cosine", 3, **alone)


def test_piecewise_keeps_a_value_up_to_and_with_its_boundary() -> None:
    given = {"boundaries": [3, 7], "values": [1.0, 0.5, 0.1]}
    found = [rate("piecewise", step, **given) for step in range(10)]
    assert found == [1.0] * 4 + [0.5] * 4 + [0.1] * 2
    assert rate("piecewise", 5, boundaries=[], values=[0.4]) == 0.4


def test_a_warm_up_rises_in_equal_parts_to_the_first_rate() -> None:
    after = warmed(lambda step: 0.8 / (1 + step), 3)
    assert [after(step) for step in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.4, 0.8 / 3], rel=1e-15)
    assert [warmed(lambda step: 0.5 + step, 0)(step) for step in range(3)] == [0.5, 1.5, 2.5]


@pytest.mark.parametrize("name", ["exponential", "inverse_time", "polynomial", "cosine"])
def test_a_schedule_begins_with_its_first_rate(name: str) -> None:
    given = {"initial_learning_rate": 0.7, "decay_steps": 5, "decay_rate": 0.9}
    assert rate(name, 0, **{key: each for key, each in given.items() if key in SCHEDULES[name].settings}) == 0.7

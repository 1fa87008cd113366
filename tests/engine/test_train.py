"""Training steps: all from the old values, the same numbers whoever computes them, a state that can be put down and taken up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from diffcli.compute import Request
from diffcli.compute.load import load
from diffcli.engine.diff import gradients
from diffcli.engine.op import constant
from diffcli.engine.optim import OPTIMIZERS
from diffcli.engine.run import native
from diffcli.engine.shape import OperandError
from diffcli.engine.train import (
    NO_CLIPPING,
    Clipping,
    OnFloats,
    StepGraph,
    Trainer,
    first_state,
    step_graph,
)
from diffcli.source import Source

needs_compiler = pytest.mark.skipif(not native.available(), reason="needs llvmlite")
EXECUTORS = [pytest.param("jit", marks=needs_compiler), "blocked"]
ALL = [(name, variant) for name, variants in OPTIMIZERS.items() for variant in variants if variant != "scipy"]


def graph_of(
    text: str,
    variables: str,
    data: str = "",
    optimizer: tuple[str, str] = ("sgd", "keras"),
    clipping: Clipping = NO_CLIPPING,
    bounds: dict[str, tuple[float, float]] | None = None,
    watched: str = "",
    **given: Any,
) -> StepGraph:
    """The step of the `loss` of a text; names are given with spaces between them."""
    model = load(Request(Source("test", text)))
    leaves = {name: model.leaves[name].node for name in (variables + " " + data).split()}
    trained = [leaves[name] for name in variables.split()]
    slopes = [each for each in gradients([model.names["loss"]], trained) if each is not None]
    chosen = OPTIMIZERS[optimizer[0]][optimizer[1]]
    kept = {
        leaves[name]: (constant(trained[0].graph, low), constant(trained[0].graph, high))
        for name, (low, high) in (bounds or {}).items()
    }
    return step_graph(
        model.names["loss"],
        trained,
        slopes,
        [leaves[name] for name in data.split()],
        chosen,
        {**chosen.settings, **given},
        clipping,
        kept,
        [model.names[name] for name in watched.split()],
    )


def trainer_of(graph: StepGraph, start: Sequence[Any], dtype: str = "float64", executor: str = "auto") -> Trainer:
    return Trainer(first_state(graph, start, dtype), dtype, executor=executor)


def same(one: Sequence[Any], other: Sequence[Any]) -> None:
    """Bit for bit."""
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert type(left) is type(right)
        left, right = np.asarray(left), np.asarray(right)
        assert (left.dtype, left.shape, left.tobytes()) == (right.dtype, right.shape, right.tobytes())


def flat(values: Sequence[Any]) -> list[float]:
    return [float(each) for value in values for each in np.ravel(value)]


# ---- one step


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("shape", ["", ": [1]"])
def test_a_step_is_made_from_the_old_values(shape: str, executor: str) -> None:
    # The example of compute_gradients, clip_by_norm and apply_gradients, as TensorFlow computes it.
    text = f"input w{shape}\ninput x{shape}\nloss = w * x"
    graph = graph_of(text, "w x", clipping=Clipping(norm=6.0))
    start = [5.0, 10.0] if not shape else [np.array([5.0]), np.array([10.0])]
    trainer = trainer_of(graph, start, executor=executor)
    taken = trainer.step(graph, (), 0.1, gradients=True)
    assert taken.loss == 50.0
    assert flat(taken.gradients) == [10.0, 5.0]
    assert flat(taken.applied) == [6.0, 5.0]
    assert flat(trainer.state) == pytest.approx([4.4, 9.5], rel=1e-15)
    assert trainer.step(graph, (), 0.1).loss == pytest.approx(41.8, rel=1e-15)
    assert trainer.count == 2
    assert trainer.on(OnFloats) == (not shape)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_the_elements_of_a_loss_are_summed(executor: str) -> None:
    graph = graph_of("input a: [2]\ninput b: [2]\nloss = 5 * a + 3 * b", "a b")
    trainer = trainer_of(graph, [np.array([1.0, 2.0]), np.array([3.0, 4.0])], executor=executor)
    taken = trainer.step(graph, (), 3.0)
    assert taken.loss == 36.0
    assert flat(trainer.state) == [-14.0, -13.0, -6.0, -5.0]


CLIPPED = "input g: [2]\ninput h\ninput v: [2]\ninput u\nloss = sum(g * v) + h * u"


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize(
    ("clipping", "applied"),
    [
        (Clipping(), [3.0, -4.0, 12.0]),
        (Clipping(value=3.5), [3.0, -3.5, 3.5]),
        (Clipping(norm=1.0), [0.6, -0.8, 1.0]),
        (Clipping(global_norm=6.5), [1.5, -2.0, 6.0]),
        (Clipping(global_norm=13.0), [3.0, -4.0, 12.0]),
        (Clipping(value=3.0, norm=3.0, global_norm=1.0), [0.5, -0.5, 2**-0.5]),  # one after another
    ],
)
def test_gradients_are_clipped(clipping: Clipping, applied: list[float], executor: str) -> None:
    graph = graph_of(CLIPPED, "v u", "g h", clipping=clipping)
    trainer = trainer_of(graph, [np.zeros(2), 0.0], executor=executor)
    taken = trainer.step(graph, (np.array([3.0, -4.0]), 12.0), 1.0, gradients=True)
    assert flat(taken.gradients) == [3.0, -4.0, 12.0]
    assert flat(taken.applied) == pytest.approx(applied, rel=1e-15)
    assert flat(trainer.state) == [-each for each in flat(taken.applied)]


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan])
def test_a_common_length_that_is_not_finite_spoils_all_gradients(special: float, executor: str) -> None:
    graph = graph_of(CLIPPED, "v u", "g h", clipping=Clipping(global_norm=1.0))
    trainer = trainer_of(graph, [np.zeros(2), 0.0], executor=executor)
    taken = trainer.step(graph, (np.array([3.0, special]), 12.0), 1.0, gradients=True)
    assert all(map(math.isnan, flat(taken.applied)))
    assert all(map(math.isnan, flat(trainer.state)))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_bounds_hold_after_the_update(executor: str) -> None:
    graph = graph_of(
        "input a: [2]\ninput b\nloss = 5 * sum(a) - 3 * b", "a b", bounds={"a": (-0.1, 0.0), "b": (-1.0, 2.0)}
    )
    trainer = trainer_of(graph, [np.array([1.0, 2.0]), 1.5], executor=executor)
    taken = trainer.step(graph, (), 3.0)
    assert taken.loss == 10.5  # at what was given, inside or not
    assert flat(trainer.state) == [-0.1, -0.1, 2.0]
    assert trainer.step(graph, (), 1e-3).loss == pytest.approx(-7.0, rel=1e-15)
    assert flat(trainer.state) == pytest.approx([-0.1, -0.1, 2.0], rel=1e-15)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_is_watched_is_of_the_old_values(executor: str) -> None:
    text = "input x: [2]\ninput w\np = w * x\nq = w > 1\nloss = sum(p)"
    graph = graph_of(text, "w", "x", watched="p q")
    trainer = trainer_of(graph, [2.0], executor=executor)
    first = trainer.step(graph, (np.array([1.0, 2.0]),), 0.5)
    second = trainer.step(graph, (np.array([3.0, 5.0]),), 0.5)
    assert flat(first.watched) == [2.0, 4.0, 1.0]
    assert flat(second.watched) == [1.5, 2.5, 0.0]


def test_what_was_found_is_the_callers() -> None:
    text = "input x: [2]\ninput v: [2]\np = v * x\nloss = sum(p**2)"
    graph = graph_of(text, "v", "x", watched="p")
    start = np.array([1.0, 2.0])
    trainer = trainer_of(graph, [start], executor="blocked")
    trainer.state[0][:] = 77.0  # of no effect
    x = np.array([1.0, 3.0])
    taken = trainer.step(graph, (x,), 0.1, gradients=True)
    state = trainer.state[0]
    kept = [taken.loss, *flat(taken.watched), *flat(taken.gradients), *flat(state)]
    assert type(taken.loss) is float
    trainer.step(graph, (x,), 0.1, gradients=True)
    state[:] = 77.0  # of no effect
    before = trainer.state[0]
    assert not (before == 77.0).any()
    assert kept[:-2] == [taken.loss, *flat(taken.watched), *flat(taken.gradients)]
    assert list(start) == [1.0, 2.0]
    assert list(x) == [1.0, 3.0]


# ---- the same numbers


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("optimizer", ALL, ids="-".join)
def test_floats_and_arrays_give_the_same_numbers(optimizer: tuple[str, str], executor: str) -> None:
    found = []
    for shape, start in (("", [2.0, -1.5]), (": [1]", [np.array([2.0]), np.array([-1.5])])):
        text = f"input w{shape}\ninput b{shape}\nloss = (w * b + 1)**2 + 0.1 * w**2"
        graph = graph_of(text, "w b", optimizer=optimizer)
        trainer = trainer_of(graph, start, executor=executor)
        path = []
        for done in range(12):
            loss = trainer.step(graph, (), 0.05 * 0.9**done).loss
            path.append([loss, *flat(trainer.state)])
        found.append(path)
        assert trainer.on(OnFloats) == (not shape)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-13, atol=1e-15)


LINE = "input x: [{0}]\ninput y: [{0}]\ninput w\ninput b\nloss = mean((w * x + b - y)**2)"


def batches(sizes: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(8)
    points = [generator.standard_normal(size) for size in sizes]
    return [(x, 3.0 * x + 2.0 + 0.1 * generator.standard_normal(len(x))) for x in points]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_batches_of_several_sizes_share_one_state(executor: str) -> None:
    sizes = [4, 4, 3, 4, 1, 4, 3]
    graphs = {size: graph_of(LINE.format(size), "w b", "x y", momentum=0.9) for size in set(sizes)}
    trainer = trainer_of(graphs[4], [0.5, -0.5], executor=executor)
    state, moments = np.array([0.5, -0.5]), np.zeros(2)
    for size, (x, y) in zip(sizes, batches(sizes), strict=True):
        loss = trainer.step(graphs[size], (x, y), 0.05).loss
        error = state[0] * x + state[1] - y
        assert loss == pytest.approx(np.mean(error**2), rel=1e-12)
        moments = 0.9 * moments - 0.05 * np.array([np.mean(2 * error * x), np.mean(2 * error)])
        state = state + moments
        assert flat(trainer.state) == pytest.approx([*state, *moments], rel=1e-12)
    assert trainer.count == len(sizes)


RUNS = ["floats", *EXECUTORS]


def problem(kind: str, optimizer: tuple[str, str] = ("adam", "keras")) -> tuple[StepGraph, list[Any], list[Any]]:
    """A graph, its start and six batches: scalar or on arrays."""
    given = batches([3] * 6)
    if kind == "floats":
        graph = graph_of("input x\ninput y\ninput w\ninput b\nloss = (w * x + b - y)**2", "w b", "x y", optimizer)
        return graph, [0.5, -0.5], [(float(x[0]), float(y[0])) for x, y in given]
    return graph_of(LINE.format(3), "w b", "x y", optimizer), [0.5, -0.5], list(given)


def falling(done: int) -> float:
    return 0.1 / (1 + done)


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", [("adam", "keras"), ("nadam", "keras"), ("ftrl", "tf1"), ("sgd", "tf1")])
def test_a_run_that_is_taken_up_goes_on_as_if_uninterrupted(optimizer: tuple[str, str], dtype: str, kind: str) -> None:
    executor = "auto" if kind == "floats" else kind
    graph, start, data = problem(kind, optimizer)
    whole = trainer_of(graph, start, dtype, executor)
    for each in data:
        last = whole.step(graph, each, falling(whole.count))
    first = trainer_of(graph, start, dtype, executor)
    for each in data[:3]:
        first.step(graph, each, falling(first.count))
    again, _, _ = problem(kind, optimizer)  # as another process would build it
    second = Trainer(first.state, dtype, count=first.count, executor=executor)
    for each in data[3:]:
        found = second.step(again, each, falling(second.count))
    assert found == last
    same(second.state, whole.state)
    assert second.count == whole.count == 6


@pytest.mark.parametrize("kind", RUNS)
def test_a_state_that_is_set_is_that_which_is_read(kind: str) -> None:
    graph, start, data = problem(kind)
    trainer = trainer_of(graph, start, executor="auto" if kind == "floats" else kind)
    trainer.step(graph, data[0], 0.1)
    before = trainer.state
    one = trainer.step(graph, data[1], 0.1)
    after = trainer.state
    trainer.state, trainer.count = before, 1
    same(trainer.state, before)
    assert trainer.step(graph, data[1], 0.1) == one
    same(trainer.state, after)


@pytest.mark.parametrize("kind", RUNS)
def test_advancing_is_stepping(kind: str) -> None:
    graph, start, data = problem(kind)
    executor = "auto" if kind == "floats" else kind
    one, other = (trainer_of(graph, start, executor=executor) for _ in range(2))
    for each in data:
        taken = one.step(graph, each, falling(one.count))
    assert other.advance(graph, data, falling) == taken
    same(one.state, other.state)
    assert one.count == other.count == 6
    assert other.advance(graph, [], falling) is None
    same(one.state, other.state)


@pytest.mark.parametrize("kind", RUNS)
def test_asking_for_gradients_changes_no_number(kind: str) -> None:
    graph, start, data = problem(kind)
    executor = "auto" if kind == "floats" else kind
    one, other = (trainer_of(graph, start, executor=executor) for _ in range(2))
    for turn, each in enumerate(data):
        plain = one.step(graph, each, 0.1)
        asked = other.step(graph, each, 0.1, gradients=turn % 2 == 0)
        assert asked.loss == plain.loss
    same(one.state, other.state)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_single_precision_is_computed_in_single_precision(executor: str) -> None:
    graph = graph_of("input x: [3]\ninput v: [3]\nloss = sum(x * v * v)", "v", "x", momentum=0.9)
    v, x, m = np.array([0.1, 0.7, -1.3], "f"), np.array([1.1, 0.3, 0.9], "f"), np.zeros(3, "f")
    trainer = trainer_of(graph, [v], "float32", executor)
    for _ in range(5):
        trainer.step(graph, (x,), 0.1)
        g = x * v + x * v  # each product and sum rounded
        m = np.float32(0.9) * m - np.float32(0.1) * g
        v = v + m
    found = trainer.state
    assert found[0].dtype == found[1].dtype == np.float32
    np.testing.assert_allclose(found[0], v, rtol=5e-7)
    exact = trainer_of(graph, [np.array([0.1, 0.7, -1.3])], "float64", executor)
    exact.advance(graph, [(np.array([1.1, 0.3, 0.9]),)] * 5, lambda done: 0.1)
    assert (np.abs(found[0] - exact.state[0]) > 1e-9).any()


def test_single_precision_on_floats_is_rounded_at_every_step() -> None:
    graph = graph_of("input w\nloss = 0.5 * w * w", "w", momentum=0.9)
    trainer = trainer_of(graph, [0.1], "float32")
    w, m = np.float32(0.1), np.float32(0.0)
    for _ in range(20):
        trainer.step(graph, (), 0.1)
        m = np.float32(0.9) * m - np.float32(0.1) * w
        w = w + m
    assert trainer.state == [float(w), float(m)]
    assert trainer.on(OnFloats)


# ---- what goes wrong


@pytest.mark.parametrize("kind", RUNS)
def test_an_interrupted_advance_counts_the_steps_that_were_made(kind: str) -> None:
    graph, start, data = problem(kind)
    executor = "auto" if kind == "floats" else kind
    one, other = (trainer_of(graph, start, executor=executor) for _ in range(2))
    for each in data[:3]:
        one.step(graph, each, falling(one.count))

    def interrupted() -> Iterator[Any]:
        yield from data[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        other.advance(graph, interrupted(), falling)
    assert other.count == 3
    same(one.state, other.state)


def test_data_that_do_not_fit_are_refused_and_change_nothing() -> None:
    graph, start, data = problem("blocked")
    trainer = trainer_of(graph, start, executor="blocked")
    trainer.step(graph, data[0], 0.1)
    before = trainer.state
    x, y = data[1]
    with pytest.raises(ValueError, match=r"shape \[2\] instead of \[3\]"):
        trainer.step(graph, (x, y[:2]), 0.1)
    with pytest.raises(ValueError, match="2 data are needed, 1 given"):
        trainer.step(graph, (x,), 0.1)
    with pytest.raises(ValueError, match=r"shape \[2\] instead of \[\]"):
        Trainer([np.zeros(2), *before[1:]], executor="blocked").step(graph, data[0], 0.1)
    assert trainer.count == 1
    same(trainer.state, before)


def test_a_step_that_failed_halfway_leaves_no_state_to_save() -> None:
    text = "input labels: [2]\ninput v: [2, 3]\nloss = sparse_categorical_crossentropy(labels, v, from_logits=true)"
    graph = graph_of(text, "v", "labels")
    trainer = trainer_of(graph, [np.zeros((2, 3))], executor="blocked")
    trainer.step(graph, (np.array([0.0, 2.0]),), 0.1)
    before = trainer.state
    with pytest.raises(OperandError, match=r"no class 0\.5"):
        trainer.step(graph, (np.array([0.5, 2.0]),), 0.1)
    assert trainer.count == 1
    with pytest.raises(RuntimeError, match="interrupted"):
        _ = trainer.state
    trainer.state = before
    same(trainer.state, before)

"""tf.summary: what is written for TensorBoard (section 12)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffcli.tensorflow as tf

from .graphs import numbers

pytest.importorskip("tensorboard")


@pytest.fixture(autouse=True)
def _no_step_is_left() -> Iterator[None]:
    yield
    tf.summary.experimental.set_step(None)


def events(folder: Path) -> list[Any]:
    """The events of a folder, read by TensorBoard."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    return [event for path in sorted(folder.iterdir()) for event in EventFileLoader(str(path)).Load()]


def values(folder: Path) -> list[tuple[int, str, Any]]:
    """Step, tag and tensor of each value."""
    from tensorboard.util.tensor_util import make_ndarray

    return [
        (event.step, value.tag, make_ndarray(value.tensor).tolist())
        for event in events(folder)
        for value in event.summary.value
    ]


def test_scalars_are_written_once_there_is_a_writer(tmp_path: Path) -> None:
    assert tf.summary.scalar("loss", 0.5, step=1) is False
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        assert tf.summary.scalar("loss", 0.5, step=1) is True
        assert tf.summary.scalar("loss", tf.Variable(0.25), tf.constant(2)) is True
        tf.summary.scalar("loss", 0.125, step=2)
    assert tf.summary.scalar("loss", 0.5, step=3) is False
    # Both events of a step stay.
    assert values(tmp_path) == [(1, "loss", 0.5), (2, "loss", 0.25), (2, "loss", 0.125)]


def test_what_a_scalar_demands(tmp_path: Path) -> None:
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        with pytest.raises(ValueError, match="No step set"):
            tf.summary.scalar("loss", 0.5)
        with pytest.raises(ValueError, match="no scalar"):
            tf.summary.scalar("loss", [0.5], step=1)
        with pytest.raises(ValueError, match="None"):
            tf.summary.scalar("loss", None, step=1)
        tf.summary.experimental.set_step(4)
        tf.summary.scalar("loss", 0.5)
    with tf.summary.create_file_writer(str(tmp_path)).as_default(step=7):
        tf.summary.scalar("loss", 0.25)
    assert values(tmp_path) == [(4, "loss", 0.5), (7, "loss", 0.25)]


def test_the_first_event_is_the_version(tmp_path: Path) -> None:
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.scalar("loss", 0.5, step=1)
    writer.close()
    found = events(tmp_path)
    assert found[0].file_version == "brain.Event:2"
    assert found[1].summary.value[0].metadata.plugin_data.plugin_name == "scalars"
    assert found[1].summary.value[0].tensor.dtype == 1  # DT_FLOAT


@pytest.mark.parametrize(
    ("data", "buckets", "rows"),
    [
        ([1.0, 2.0, 2.0, 5.0], 4, [[1, 2, 1], [2, 3, 2], [3, 4, 0], [4, 5, 1]]),
        ([3.0, 3.0], 3, [[3, 3, 0], [3, 3, 0], [3, 3, 2]]),
        ([], 2, [[0, 0, 0], [0, 0, 0]]),
        ([1.0, 2.0], 0, []),
    ],
)
def test_histograms(tmp_path: Path, data: list[float], buckets: int, rows: list[list[float]]) -> None:
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        assert tf.summary.histogram("weights", tf.constant(data), step=3, buckets=buckets)
    assert values(tmp_path) == [(3, "weights", rows)]


def test_a_histogram_has_thirty_buckets(tmp_path: Path) -> None:
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        tf.summary.histogram("weights", np.arange(100.0), step=0)
    ((_, _, rows),) = values(tmp_path)
    assert len(rows) == 30
    assert sum(row[2] for row in rows) == 100


def test_a_loss_is_written_inside_a_tape(tmp_path: Path) -> None:
    x = tf.Variable(3.0)
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        with tf.GradientTape() as tape:
            y = 3 * x**2
            tf.summary.scalar("y", y, step=0)
        gradient = tape.gradient(y, x)
        tf.summary.scalar("grads", gradient, step=0)
    assert numbers(gradient) == 18
    assert values(tmp_path) == [(0, "y", 27.0), (0, "grads", 18.0)]


# TensorFlow 1


def written(folder: Path) -> list[tuple[int, Any]]:
    """The raw values of version 1."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    (path,) = folder.iterdir()
    loaded = LegacyEventFileLoader(str(path)).Load()
    return [(event.step, value) for event in loaded for value in event.summary.value]


def test_version_1_writes_what_a_session_ran(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, ())
        tf.summary.scalar("loss", x * 2)
        tf.summary.histogram("weights", [x, -x])
        merged = tf.summary.merge_all()
        with tf.Session() as session, tf.summary.FileWriter(tmp_path) as writer:
            for step in (1, 2):
                writer.add_summary(session.run(merged, {x: float(step)}), step)
    found = written(tmp_path)
    assert [(step, value.tag) for step, value in found] == [(1, "loss"), (1, "weights"), (2, "loss"), (2, "weights")]
    assert [value.simple_value for _, value in found[::2]] == [2, 4]
    histo = found[3][1].histo
    assert (histo.min, histo.max, histo.num, histo.sum, histo.sum_squares) == (-2, 2, 2, 0, 8)
    # Limits grow by a tenth from 1e-12, mirrored, with 0 between: the numbers lie below the next limit above them.
    limits = [limit for limit, count in zip(histo.bucket_limit, histo.bucket, strict=True) if count]
    assert limits[1] / 1.1 <= 2 < limits[1]
    assert limits[0] / 1.1 < -2 < limits[0] < 0 or -2 < limits[0] <= -2 / 1.1


def test_names_of_version_1() -> None:
    with tf.Graph().as_default():
        made = [tf.summary.scalar(name, tf.constant(2.0)) for name in ("a b:c", "a b:c", "a b:c", "loss")]
        assert [each.name for each in made] == ["a_b_c", "a_b_c_1", "a_b_c_2", "loss"]


def test_version_1_wants_a_number_for_a_scalar() -> None:
    # The tutorial's slip: `gradients` returns a list, which is no scalar even if it has one entry.
    with tf.Graph().as_default():
        v = tf.Variable(3.0)
        gradients = tf.gradients(v * v, v)
        wrong, right = tf.summary.scalar("norm_grads", gradients), tf.summary.histogram("norm_grads", gradients)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"not the same shape: \[\] != \[1\]"):
                session.run(wrong)
            session.run(right)


def test_version_1_refuses_nan_in_a_histogram() -> None:
    with tf.Graph().as_default():
        summary = tf.summary.histogram("weights", tf.constant([1.0, float("nan")]))
        with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="NaN in summary histogram"):
            session.run(summary)


def test_there_may_be_nothing_to_merge() -> None:
    with tf.Graph().as_default():
        assert tf.summary.merge_all() is None


def test_graphs_are_not_written(tmp_path: Path) -> None:
    with tf.Graph().as_default() as graph, pytest.warns(UserWarning, match="diffcli graph"):
        tf.summary.FileWriter(tmp_path, graph).close()
    with pytest.raises(AttributeError, match=r"tf\.summary\.image"):
        _ = tf.summary.image

"""Event files: what TensorBoard reads back, and histograms as TensorFlow makes them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from diffcli.data import MissingExtra, WriteError
from diffcli.data.event_file import EventWriter, histogram_rows, histogram_v1

if TYPE_CHECKING:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytest.importorskip("tensorboard")
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
LARGEST = sys.float_info.max


def read(folder: Path) -> EventAccumulator:
    """All that TensorBoard reads from a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"tensors": 0, "scalars": 0, "histograms": 0})
    return found.Reload()


def tensors(folder: Path, name: str) -> list[tuple[int, Any]]:
    """Steps and arrays of a name."""
    from tensorboard.util.tensor_util import make_ndarray

    return [(event.step, make_ndarray(event.tensor_proto)) for event in read(folder).Tensors(name)]


def plugin(folder: Path, name: str) -> str:
    return str(read(folder).SummaryMetadata(name).plugin_data.plugin_name)


def test_numbers_come_back(tmp_path: Path) -> None:
    with EventWriter(str(tmp_path / "new" / "folder")) as writer:
        for step in range(300):
            writer.scalar("σ/loss", 1 / (step + 3), step)
        writer.scalar("σ/loss", np.float32(5), 299)
        writer.scalar("count", True, 1)
    folder = tmp_path / "new" / "folder"
    found = tensors(folder, "σ/loss")
    expected = [(step, np.float32(1 / (step + 3))) for step in range(300)] + [(299, np.float32(5))]
    assert found == expected and all(value.dtype == np.float32 and value.shape == () for _, value in found)
    assert tensors(folder, "count") == [(1, 1.0)]
    assert plugin(folder, "σ/loss") == "scalars"


def test_the_file_begins_with_its_version(tmp_path: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    with EventWriter(str(tmp_path)) as writer:
        writer.scalar("loss", 1, 0)
    [file] = tmp_path.iterdir()
    assert file.name.startswith("events.out.tfevents.")
    data = file.read_bytes()
    events = []
    while data:
        size, check = struct.unpack_from("<QI", data)
        assert check == masked_crc32c(data[:8])
        body, (sealed,) = data[12 : 12 + size], struct.unpack_from("<I", data, 12 + size)
        assert sealed == masked_crc32c(body)
        events.append(Event.FromString(body))
        data = data[16 + size :]
    assert [event.file_version for event in events] == ["brain.Event:2", ""]
    assert events[1].summary.value[0].tag == "loss"


def test_two_writers_of_a_folder_have_two_files(tmp_path: Path) -> None:
    with EventWriter(str(tmp_path)) as one, EventWriter(str(tmp_path)) as other:
        one.scalar("a", 1, 0)
        other.scalar("b", 2, 0)
    assert len(list(tmp_path.iterdir())) == 2
    assert tensors(tmp_path, "a") == [(0, 1.0)] and tensors(tmp_path, "b") == [(0, 2.0)]


def test_what_was_flushed_can_be_read_while_the_file_is_open(tmp_path: Path) -> None:
    with EventWriter(str(tmp_path)) as writer:
        writer.scalar("loss", 2, 0)
        writer.flush()
        assert tensors(tmp_path, "loss") == [(0, 2.0)]
    writer.close()


def test_numbers_that_32_bits_do_not_hold(tmp_path: Path) -> None:
    with EventWriter(str(tmp_path)) as writer:
        for step, value in enumerate([float("nan"), float("inf"), -1e300, 1e-300]):
            writer.scalar("loss", value, step)
    values = [float(value) for _, value in tensors(tmp_path, "loss")]
    assert np.isnan(values[0]) and values[1:] == [float("inf"), float("-inf"), 0.0]


def test_a_scalar_has_no_shape(tmp_path: Path) -> None:
    with EventWriter(str(tmp_path)) as writer:
        for write in (writer.scalar, writer.scalar_v1):
            with pytest.raises(ValueError, match=r"norms is no scalar: its shape is \[1\]"):
                write("norms", [1.0], 0)


def test_a_run_that_goes_on_replaces_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    for first, last, value in ((0, 11, 1.0), (5, 9, 2.0)):
        with EventWriter(str(tmp_path)) as writer:
            writer.begin(first)
            for step in range(first, last):
                writer.scalar("loss", value, step)
    # The reader of the server, which drops what was replaced.
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    found = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0}).Reload()
    assert [(event.step, event.tensor_proto.float_val[0]) for event in found.Tensors("loss")] == [
        *((step, 1.0) for step in range(5)),
        *((step, 2.0) for step in range(5, 9)),
    ]


# Measured with tf.summary.histogram of TensorFlow 2.21 in 64 bits.
HISTOGRAMS = [
    ([1, 2, 2, 5], 4, [[1, 2, 1], [2, 3, 2], [3, 4, 0], [4, 5, 1]]),
    ([3.0, 3.0], 4, [[3, 3, 0], [3, 3, 0], [3, 3, 0], [3, 3, 2]]),
    ([], 3, [[0, 0, 0]] * 3),
    ([1.0, 2.0], 1, [[1, 2, 2]]),
    (
        [0.1 * place for place in range(11)],
        10,
        [
            [0, 0.1, 1],
            [0.1, 0.2, 1],
            [0.2, 0.30000000000000004, 1],
            [0.30000000000000004, 0.4, 1],
            [0.4, 0.5, 1],
            [0.5, 0.6000000000000001, 1],
            [0.6000000000000001, 0.7000000000000001, 1],
            [0.7000000000000001, 0.8, 1],
            [0.8, 0.9, 1],
            [0.9, 1, 2],
        ],
    ),
]


@pytest.mark.parametrize(("data", "buckets", "rows"), HISTOGRAMS)
def test_histograms_are_those_of_tensorflow(
    tmp_path: Path, data: list[float], buckets: int, rows: list[list[float]]
) -> None:
    with EventWriter(str(tmp_path)) as writer:
        writer.histogram("weights", data, 7, buckets)
    [(step, found)] = tensors(tmp_path, "weights")
    assert step == 7 and found.dtype == np.float64 and found.tolist() == rows
    assert plugin(tmp_path, "weights") == "histograms"


def test_a_histogram_counts_as_numpy_does() -> None:
    data = np.random.default_rng(3).normal(size=(40, 50))
    rows = histogram_rows(data)
    counts, edges = np.histogram(data, 30)
    assert rows.shape == (30, 3)
    assert np.allclose(rows[:, 0], edges[:-1], rtol=1e-14) and np.allclose(rows[:, 1], edges[1:], rtol=1e-14)
    assert rows[:, 2].tolist() == counts.tolist()


@pytest.mark.parametrize(
    ("data", "buckets", "rows"),
    [
        ([1.0, np.nan, 2.0, np.inf, -np.inf], 2, [[1, 1.5, 1], [1.5, 2, 1]]),
        ([np.nan], 2, [[0, 0, 0], [0, 0, 0]]),
        ([-LARGEST, LARGEST, 1.0], 2, [[-LARGEST, 0, 1], [0, LARGEST, 2]]),
    ],
)
def test_a_histogram_is_one_of_finite_numbers(data: list[float], buckets: int, rows: list[list[float]]) -> None:
    assert histogram_rows(data, buckets).tolist() == rows


@pytest.mark.parametrize("buckets", [0, -1])
def test_no_buckets_are_no_rows(tmp_path: Path, buckets: int) -> None:
    with EventWriter(str(tmp_path)) as writer:
        writer.histogram("weights", [1.0, 2.0], 0, buckets)
    [(_, found)] = tensors(tmp_path, "weights")
    assert found.shape == (0, 3)


def test_the_smallest_numbers_have_a_place() -> None:
    rows = histogram_rows([0.0, 5e-324, 1e-322], 30)
    assert rows[:, 2].sum() == 3 and rows[0, 0] == 0 and rows[-1, 1] == 1e-322


# Measured with tf.compat.v1.summary.histogram of TensorFlow 2.21: min, max, num, sum, sum_squares, limits, counts.
HISTOGRAMS_V1 = [
    (
        [1.0, 2.0, 2.0, 5.0],
        (1, 5, 4, 10, 34),
        [
            *(0.917246389039776, 1.0089710279437536, 1.9661990955585713, 2.1628190051144287),
            *(4.636194617418625, 5.099814079160488, LARGEST),
        ],
        [0, 1, 0, 2, 0, 1, 0],
    ),
    ([0.0, 0.0], (0, 0, 2, 0, 0), [0, 1e-12, LARGEST], [0, 2, 0]),
    ([], (LARGEST, -LARGEST, 0, 0, 0), [LARGEST], [0]),
    (
        [-1e-13, 0.0, 1e-13, 1e-12, 1e20, 1e21, -1e30, 3.5],
        (-1.0000000150474662e30, 1.0000000200408773e21, 8, -1.0000000139474662e30, 1.0000000300949327e60),
        [
            *(-LARGEST, -9.920775621859783e19, -1e-12, 0, 1e-12, 3.48324163592684, 3.8315657995195243),
            *(9.920775621859783e19, LARGEST),
        ],
        [0, 1, 0, 1, 3, 0, 1, 0, 2],
    ),
]


@pytest.mark.parametrize(("data", "moments", "limits", "counts"), HISTOGRAMS_V1)
def test_histograms_of_version_1(
    tmp_path: Path, data: list[float], moments: tuple[float, ...], limits: list[float], counts: list[int]
) -> None:
    with EventWriter(str(tmp_path)) as writer:
        writer.histogram_v1("weights", np.float32(data), 4)
    [event] = read(tmp_path).Histograms("weights")
    found = event.histogram_value
    assert (event.step, found.bucket_limit, found.bucket) == (4, limits, counts)
    assert (found.min, found.max, found.num, found.sum, found.sum_squares) == moments


def test_version_1_writes_plain_numbers_and_refuses_others(tmp_path: Path) -> None:
    with EventWriter(str(tmp_path)) as writer:
        writer.scalar_v1("loss", 0.1, 2)
        with pytest.raises(ValueError, match="NaN in the histogram weights"):
            writer.histogram_v1("weights", [1, np.nan, np.inf], 2)
        with pytest.raises(ValueError, match="infinity in the histogram weights"):
            writer.histogram_v1("weights", [1, np.inf], 2)
    [event] = read(tmp_path).Scalars("loss")
    assert (event.step, event.value) == (2, np.float32(0.1))
    assert histogram_v1([LARGEST, -LARGEST])["sum_squares"] == np.inf


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match=r"cannot write .*file"):
        EventWriter(str(tmp_path / "file" / "logs"))


def test_without_tensorboard_there_is_a_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto", None)
    with pytest.raises(MissingExtra) as caught:
        EventWriter(str(tmp_path / "logs"))
    assert 'pip install "diffcli[tensorboard]"' in (caught.value.help or "")
    assert not (tmp_path / "logs").exists()

"""`--plot FILE`: mistakes are told before the run, the picture is written whole."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest

from diffcli.cli.env import Environment
from diffcli.cli.errors import OutputError, UsageError
from diffcli.cli.training_plot import check_plot, write_plot
from diffcli.compute.training.curves import CurveRecorder
from tests.numpy_training import Training, train


def test_the_ending_decides(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert check_plot(str(tmp_path / "loss.png")) == "png" and check_plot(str(tmp_path / "v1.2.SVG")) == "svg"
    assert check_plot(str(tmp_path / "loss.pdf")) == "pdf"


@pytest.mark.parametrize("path", ["loss.gif", "loss", "-", "png"])
def test_an_unknown_ending(path: str) -> None:
    with pytest.raises(UsageError, match="no picture is known by this ending") as caught:
        check_plot(path)
    assert caught.value.help == "the known endings are .png, .svg, .pdf"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(OutputError, match="there is no such folder"):
        check_plot(str(tmp_path / "none" / "loss.png"))
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        check_plot(str(tmp_path / "folder.png"))


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match="matplotlib, which is not installed") as caught:
        check_plot("loss.png")
    assert caught.value.help == 'pip install "diffcli[plot]"'


def test_the_picture_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    recorder = CurveRecorder()
    train(Training(epochs=2), [recorder])
    stdout = BytesIO()
    write_plot(str(tmp_path / "loss.pdf"), recorder.curves("m.expr"), Environment(BytesIO(), stdout, BytesIO(), {}))
    assert (tmp_path / "loss.pdf").read_bytes().startswith(b"%PDF") and stdout.getvalue() == b""
    assert [file.name for file in tmp_path.iterdir()] == ["loss.pdf"]

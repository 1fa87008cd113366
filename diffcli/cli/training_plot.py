"""`--plot FILE`: a picture of a training run, asked for before it and written after it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from diffcli.cli.errors import UsageError
from diffcli.cli.output import write_chunks
from diffcli.cli.pictures import missing
from diffcli.cli.training_files import check_place

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.results_training import TrainingCurves

FORMATS = ("png", "svg", "pdf")


def check_plot(path: str) -> str:
    """The format of the picture by its name; what would keep it from being written is said before the run."""
    format = os.path.splitext(path)[1].lstrip(".").lower()
    if format not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise UsageError(f"--plot {path}: no picture is known by this ending", f"the known endings are {known}")
    try:
        import matplotlib  # noqa: F401, only whether it is there
    except ImportError:
        raise missing(f"--plot {path}", "matplotlib", "plot") from None
    check_place(path)
    return format


def write_plot(path: str, curves: TrainingCurves, environment: Environment) -> None:
    """Draw the curves and write them to a file."""
    from diffcli.render.curves.training import drawn

    write_chunks([drawn(curves, check_plot(path))], path, environment)

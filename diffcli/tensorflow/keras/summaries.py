"""A model as Keras shows it: a table of layers, then numbers of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any

from ...results_summary import shaped, sized
from ..variable import Variable
from .layer import Layer, parameters

HEADER = (("Layer (type)", "left"), ("Output Shape", "left"), ("Param #", "right"))
# Where columns end, as parts of a line of so many characters at most.
ENDS, LENGTH, TRAINABLE = (0.45, 0.80, 1.0), 88, 12


def summary(model: Any, line_length: int | None, show_trainable: bool) -> str:
    """The lines of a summary."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    header = (*HEADER, ("Trainable", "center")) if show_trainable else HEADER
    ends = (*(0.9 * end for end in ENDS), 1.0) if show_trainable else ENDS
    most = LENGTH + TRAINABLE if show_trainable else LENGTH
    length = line_length or min(most, get_terminal_size().columns - 4)
    places = [int(end * length) for end in ends]
    widths = [end - start for start, end in zip((0, *places), places, strict=False)]
    if min(widths) < 4:
        raise ValueError("Insufficient console width to print summary.")
    columns = [Column(title, justify=side, width=w) for (title, side), w in zip(header, widths, strict=True)]  # type: ignore[arg-type]  # the side is a word that Rich knows
    table = Table(*columns, width=length, show_lines=True)
    for layer in model.layers:
        table.add_row(*map(Text, _cells(layer)[: len(header)]))
    console = Console(file=StringIO(), width=length, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(Text(f'Model: "{model.name}"'))
        console.print(table)
    return captured.get() + "\n".join(_totals(model))


def _cells(layer: Layer) -> list[str]:
    shape = "?" if layer.output_shape is None else shaped(layer.output_shape)
    count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    trained = "-" if not layer.weights else "Y" if layer.trainable else "N"
    return [f"{layer.name} ({type(layer).__name__})", shape, count, trained]


def _totals(model: Any) -> list[str]:
    kept = model.optimizer.variables if model.optimizer is not None and model.optimizer.built else []
    lines = [
        _line("Total", [*model.weights, *kept]),
        _line("Trainable", model.trainable_variables),
        _line("Non-trainable", model.non_trainable_variables),
    ]
    return [*lines, _line("Optimizer", kept)] if kept else lines


def _line(title: str, variables: Sequence[Variable]) -> str:
    size = sum(parameters([each]) * each.dtype.numpy.itemsize for each in variables)
    return f" {title} params: {parameters(variables):,} ({sized(size)})"

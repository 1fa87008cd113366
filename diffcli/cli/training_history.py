"""The history of a training in a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffcli.cli.errors import UsageError
from diffcli.cli.output import write_chunks
from diffcli.render.json import text

if TYPE_CHECKING:
    from diffcli.cli.env import Environment
    from diffcli.results_minimize import MinimizeResult


def check_history(path: str) -> str:
    """The format that the name of the file says, before there is a history."""
    suffix = path.rpartition(".")[2].lower()
    if suffix not in ("csv", "json"):
        raise UsageError(f"--history-file {path}: CSV and JSON are known", "name it history.csv or history.json")
    return suffix


def write_history(result: MinimizeResult, path: str, environment: Environment) -> None:
    """The history in a file: what Keras keeps of epochs, or the steps; CSV or JSON by the file's name."""
    rows = history_rows(result)
    if check_history(path) == "json":
        kept: Any = result.epochs or list(result.as_dict()["history"])
        if result.epochs:
            kept = {name: [each for each in values if each is not None] for name, values in result.epochs.items()}
        write_chunks([f"{text(kept)}\n"], path, environment)
        return
    lines = [",".join(map(str, row)) + "\n" for row in rows]
    write_chunks(lines, path, environment)


def history_rows(result: MinimizeResult) -> list[list[Any]]:
    """The history as a flat table with its heading: a row per epoch, or per step with its scalar variables."""
    if result.epochs:
        columns = list(result.epochs)
        rows = zip(*result.epochs.values(), strict=True)
        return [columns, *([("" if each is None else each) for each in row] for row in rows)]
    turns = result.history
    known = turns[0].get("variables", {}) if turns else {}
    scalars = [name for name, value in known.items() if not isinstance(value, list)]
    body = [[turn["step"], turn["loss"], *(turn["variables"][name] for name in scalars)] for turn in turns]
    return [["step", "loss", *scalars], *body]

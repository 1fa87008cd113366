"""Jobs over data for the tests: files made of columns, programs run over them, and what comes out."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from diffcli.compute import Request, gradient
from diffcli.compute.rowdata.opening import Job, opened
from diffcli.compute.rowdata.run import Totals, write_rows
from diffcli.source import Source

SCHOLES = Path(__file__).resolve().parents[2] / "samples" / "classics" / "black-scholes.expr"


def table(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """A CSV file of these columns; floats as `repr` has them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def job(text: str, *paths: Path, command: Any = gradient, request: Mapping[str, Any] | None = None, **rest: Any) -> Job:
    """A job over files."""
    asked = Request(Source("f.expr", text), **(request or {}))
    return Job(command, asked, tuple(map(str, paths)), **rest)


def written(work: Job, form: str = "csv") -> bytes:
    """What a job writes."""
    stream, run = BytesIO(), opened(work)
    write_rows(run, stream, form, Totals(), lambda totals: None)
    run.reader.close()
    return stream.getvalue()


def cells(data: bytes) -> dict[str, list[str]]:
    """The columns of a CSV text."""
    rows = list(csv.reader(data.decode().splitlines()))
    return {name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])}

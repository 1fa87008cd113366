"""Measures how long a command takes from start to end, against importing NumPy; run by hand: python tests/benchmarks/cold_start.py [ROUNDS]."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

PROGRAM = """var x = 1.2
var y = 0.7
const k = 3
a = sin(x) * exp(x * y)
b = log(x**2 + y**2)
c = a + b
d = tanh(c / k)
f = d * a + sqrt(b)
output f
minimize f
"""


def processor_time(command: list[str], environment: dict[str, str]) -> float:
    """User and system seconds of one run."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(
    rounds: int, scripts: Mapping[str, str] | None = None, say: Callable[[str], None] = lambda text: None
) -> dict[str, list[float]]:
    """The times of interleaved runs of our commands, and of Python scripts beside them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ten.expr"
        path.write_text(PROGRAM)
        environment = {**os.environ, "DIFFCLI_CACHE_DIR": folder, "PYTHONPYCACHEPREFIX": str(Path(folder) / "pyc")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        diffcli = [sys.executable, "-m", "diffcli"]
        commands = {
            "import numpy": [sys.executable, "-c", "import numpy"],
            "--version": [*diffcli, "--version"],
            "grad --json": [*diffcli, "grad", str(path), "--json"],
            "grad, table": [*diffcli, "grad", str(path)],
            **{name: [sys.executable, "-c", script] for name, script in (scripts or {}).items()},
        }
        for command in commands.values():
            processor_time(command, environment)  # byte code and tables are cached from here on
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(rounds):
            say(f"  round {turn + 1} of {rounds}")
            for name, command in commands.items():
                times[name].append(processor_time(command, environment))
        return times


def summary(found: list[float], base: list[float]) -> dict[str, float]:
    """Median and minimum, and the ratios of both to those of another command."""
    median, least = statistics.median(found), min(found)
    return {
        "median": median,
        "minimum": least,
        "ratio": median / statistics.median(base),
        "ratio_of_minima": least / min(base),
    }


def main(rounds: int) -> None:
    """Prints median, minimum and both ratios of each command."""
    times = measure(rounds)
    for name, found in times.items():
        each = summary(found, times["import numpy"])
        print(
            f"{name:14} median {each['median'] * 1000:6.1f} ms  min {each['minimum'] * 1000:6.1f} ms  ratio {each['ratio']:.2f} / {each['ratio_of_minima']:.2f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)

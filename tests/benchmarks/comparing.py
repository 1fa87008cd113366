"""Peers side by side on one case: each prepared once, checked, then timed in turns."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .peers import CEILINGS, OURS, Peer, version
from .reference import TOLERANCE
from .worker import Worker


class Settings(NamedTuple):
    """What the command line chooses for all sections."""

    rounds: int = 7
    seconds: float = 0.05
    limit: float = 120.0
    clock: str = "cpu"
    rows: tuple[int, ...] = (1_000_000,)
    aligned: bool = True
    peers: tuple[Peer, ...] = ()
    programs: tuple[str, ...] = ()
    say: Callable[[str], None] = print


class Case(NamedTuple):
    """Something to compute: the kind of task, what makes its arguments, and how many rows or runs one run stands for."""

    section: str
    kind: str
    name: str
    given: tuple[Any, ...]
    reference: Callable[[], list[Any]]
    tolerance: float = TOLERANCE
    heavy: bool = False  # too much memory for all peers at a time: one after another instead of in turns


class Measurement(NamedTuple):
    """One peer on one case. Times are seconds of one run; `ratio` is its time over that of the first of ours."""

    case: str
    peer: str
    median: float | None = None
    minimum: float | None = None
    first: float | None = None
    error: float | None = None
    ratios: dict[str, float] | None = None
    problem: str | None = None

    @property
    def counts(self) -> bool:
        return self.median is not None and self.problem is None


def compare_peers(settings: Settings, cases: Iterable[Case]) -> list[Measurement]:
    """All peers on all cases; a peer keeps its process from one case to the next."""
    workers: dict[str, Worker] = {}
    found = []
    try:
        for case in cases:
            found += _one(settings, case, workers)
    finally:
        for worker in workers.values():
            worker.close()
    return found


def able(peers: Iterable[Peer], kind: str) -> list[Peer]:
    """The installed peers that have such a task."""
    return [peer for peer in peers if kind in peer.tasks and version(peer) is not None]


def _one(settings: Settings, case: Case, workers: dict[str, Worker]) -> list[Measurement]:
    """One case: prepared and checked one after another, timed in turns."""
    ready: dict[str, Measurement] = {}
    samples: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "reference.npz")
        _save(path, case.reference())
        for peer in able(settings.peers, case.kind):
            settings.say(f"  {case.name}: preparing {peer.name}")
            ready[peer.name] = _prepared(settings, case, peer, workers, path)
            if case.heavy:
                _time(settings, case, [peer.name], workers, ready, samples)
                workers.pop(peer.name).close()
    if not case.heavy:
        _time(settings, case, list(ready), workers, ready, samples)
    return with_times(ready, samples)


def _time(
    settings: Settings,
    case: Case,
    names: Sequence[str],
    workers: dict[str, Worker],
    ready: dict[str, Measurement],
    samples: dict[str, list[list[float]]],
) -> None:
    """Times peers in turns; one that fails on the way has no times, and says why."""
    running = [name for name in names if ready[name].error is not None]
    for turn in range(settings.rounds):
        settings.say(f"  {case.name}: round {turn + 1} of {settings.rounds}")
        for name in list(running):
            reply = workers[name].ask("measure", settings.seconds, settings.clock)
            if reply.problem is None:
                samples.setdefault(name, []).append(reply.value)
            else:
                running.remove(name)
                samples.pop(name, None)
                ready[name] = ready[name]._replace(problem=reply.problem)


def _save(path: str, outputs: Sequence[Any]) -> None:
    import numpy

    numpy.savez(path, **{f"output{place:03}": each for place, each in enumerate(outputs)})


def _prepared(settings: Settings, case: Case, peer: Peer, workers: dict[str, Worker], path: str) -> Measurement:
    """Has a peer make its task, run it once and compare the outputs."""
    worker = workers.get(peer.name)
    if worker is None or not worker.alive:
        worker = workers[peer.name] = Worker(settings.limit)
    reply = worker.ask("prepare", case.section, case.kind, peer.tasks[case.kind], case.given)
    if reply.problem is not None:
        return Measurement(case.name, peer.name, problem=reply.problem)
    checked = worker.ask("check", path, case.tolerance)
    if checked.problem is not None:
        return Measurement(case.name, peer.name, first=reply.value, problem=checked.problem)
    error, agrees = checked.value
    problem = None if agrees else f"disagrees by {error:.1e}"
    return Measurement(case.name, peer.name, first=reply.value, error=error, problem=problem)


def with_times(ready: dict[str, Measurement], samples: dict[str, list[list[float]]]) -> list[Measurement]:
    """The measurements with their times, and the ratio of each to each of ours: the median over the rounds.

    One that disagrees has no ratio.
    """
    turns = {name: [statistics.median(each) for each in found] for name, found in samples.items() if found}
    ours = [name for name in OURS if name in turns and ready[name].problem is None]
    result = []
    for name, measurement in ready.items():
        if name not in turns:
            result.append(measurement)
            continue
        ratios = None
        if measurement.problem is None:
            ratios = {
                mine: statistics.median(a / b for a, b in zip(turns[name], turns[mine], strict=False)) for mine in ours
            }
        result.append(
            measurement._replace(
                median=statistics.median(turns[name]),
                minimum=min(min(each) for each in samples[name]),
                ratios=ratios,
            )
        )
    return result


def best_peer(measurements: Sequence[Measurement]) -> Measurement | None:
    """The fastest peer that agrees: neither one of ours nor a ceiling."""
    peers = [each for each in measurements if each.counts and each.peer not in (*OURS, *CEILINGS)]
    return min(peers, key=lambda each: each.median or 0.0, default=None)

"""What a user asks for: a file, sources, targets, values and the rules to use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..lang.limits import LIMITS, Limits
from ..source import Source


class Request(NamedTuple):
    """One question about one file. Pairs are (name, text of the value as the user wrote it).

    weights: arrays for declared names, in place of the declared values · arrays: the same in place of what `at` says, too, which
    gives their sizes alone
    """

    source: Source
    wrt: tuple[str, ...] | None = None
    of: tuple[str, ...] | None = None
    at: tuple[tuple[str, str], ...] = ()
    grad_ys: tuple[tuple[str, str], ...] = ()
    directions: tuple[tuple[str, str], ...] = ()
    stop: tuple[str, ...] = ()
    tape: bool = False
    watch: tuple[str, ...] = ()
    watch_accessed: bool = True
    unconnected: str = "none"
    mode: str = "auto"
    strict_tf: bool = False
    dtype: str | None = None
    limits: Limits = LIMITS
    base: str | None = None
    sparse: bool = False
    order: int = 1
    steps: bool = False
    seed: int = 0  # of the first values of layers that have no seed of their own
    weights: Mapping[str, Any] | None = None
    arrays: Mapping[str, Any] | None = None
    # Of `propagate`: standard uncertainties by name, correlations by two names, and the names, each with its shape, whose
    # uncertainty a column of the data gives (None: data gives no uncertainties).
    uncertainties: tuple[tuple[str, str], ...] = ()
    correlations: tuple[tuple[str, str, str], ...] = ()
    measured: tuple[tuple[str, tuple[int, ...]], ...] | None = None

"""The request that a command line makes of the middle layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffcli.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.cli.options import Options
    from diffcli.compute import Request
    from diffcli.lang.limits import Limits

STATUSES = ("none", "nan", "inf", "zero")


def split(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Names from repeated and comma separated options; a comma inside brackets does not separate."""
    found = []
    for text in texts or ():
        depth, start = 0, 0
        for index, mark in enumerate(text + ","):
            depth += (mark in "([{") - (mark in ")]}")
            if mark == "," and (depth <= 0 or index == len(text)):
                found.append(text[start:index].strip())
                start = index + 1
    return tuple(name for name in found if name)


def pairs(texts: Iterable[str] | None, option: str) -> tuple[tuple[str, str], ...]:
    """NAME=VALUE pairs; the value stays text, the language reads it."""
    found = []
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise UsageError(
                f"{option} needs NAME=VALUE and got {text!r}", f"for example {option} x=2 or {option} 'w=[1, 2, 3]'"
            )
        found.append((name.strip(), value.strip()))
    return tuple(found)


def names(texts: Iterable[str] | None) -> tuple[str, ...] | None:
    """Names, or None when the option was not given."""
    return split(texts) or None


def failing(options: Options) -> frozenset[str]:
    """The statuses that `--fail-on` names."""
    asked = split(options.fail_on)
    for status in asked:
        if status not in STATUSES:
            raise UsageError(f"--fail-on cannot be {status}", f"one or several of {','.join(STATUSES)}")
    return frozenset(asked)


def limits(options: Options) -> Limits:
    """The limits with those that were given in place."""
    from diffcli.lang.limits import LIMITS

    given = {name: getattr(options, f"max_{name}") for name in ("bytes", "depth", "elements", "nodes", "repeat")}
    return LIMITS._replace(**{name: value for name, value in given.items() if value is not None})


def weights(path: str) -> dict[str, Any]:
    """The arrays of a file of weights, by name."""
    from diffcli.cli.env import system
    from diffcli.data.weights import read_weights

    return read_weights(system(path))


def template(options: Options) -> Request:
    """The request that a command line makes of every file; `source` and `base` are still to be filled in.

    It is made before anything is read, so that a mistake in an option is told once and not for every file.
    """
    from diffcli.compute import Request
    from diffcli.source import Source

    request = Request(
        source=Source("", ""),
        wrt=names(options.wrt),
        of=names(options.of),
        at=pairs(options.at, "--at"),
        grad_ys=pairs(options.grad_ys, "--grad-ys"),
        directions=pairs(options.direction, "--v"),
        stop=split(options.stop),
        tape=options.tape,
        watch=split(options.watch),
        watch_accessed=options.watch_accessed,
        unconnected=options.unconnected,
        mode=options.mode,
        strict_tf=options.strict_tf,
        dtype=options.dtype,
        limits=limits(options),
        sparse=options.sparse,
        order=options.order,
        steps=options.steps,
        weights=weights(options.load) if options.load else None,
    )
    return options.extended(request)

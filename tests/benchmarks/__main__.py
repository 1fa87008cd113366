"""Measures diffcli and its peers: python -m tests.benchmarks [SECTION …]."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .comparing import Settings
from .peers import PEERS, Peer, version
from .programs import PROGRAMS
from .sections import SECTIONS, section
from .worker import CLOCKS, pin

FEATURES = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512dq", "avx512vl", "asimd", "sve")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"{', '.join(SECTIONS)} (all of them unless named)")
    parser.add_argument("--rows", default="1e6", help="numbers of rows, with commas (1e6)")
    parser.add_argument("--programs", default="", help=f"some of {', '.join(PROGRAMS)}, with commas (all)")
    parser.add_argument("--peers", default="", help=f"some of {', '.join(names)}, with commas (all that are installed)")
    parser.add_argument("--skip", default="", help="peers to leave out, with commas: torch.compile takes a while")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each peer (7)")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long a turn takes about (0.05)")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a peer is given up (120)")
    parser.add_argument("--clock", choices=list(CLOCKS), default="cpu", help="processor time or wall time (cpu)")
    parser.add_argument("--core", type=int, help="the core to use (the last one)")
    parser.add_argument("--unaligned", action="store_true", help="leave it to NumPy where columns start in memory")
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--quiet", action="store_true", help="say nothing on the way")
    chosen = parser.parse_args(given)
    for kind, found, known in (
        ("section", chosen.sections, SECTIONS),
        ("peer", _names(chosen.peers) + _names(chosen.skip), names),
        ("program", _names(chosen.programs), PROGRAMS),
    ):
        for name in found:
            if name not in known:
                parser.error(f"there is no {kind} {name!r}; there are {', '.join(known)}")
    return chosen


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def features() -> list[str]:
    """The vector instructions of the processor, where the system says them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
    flags = next((line.split(":")[1].split() for line in lines if line.startswith(("flags", "Features"))), [])
    return [name for name in FEATURES if name in flags]


def machine() -> dict[str, Any]:
    """What the numbers depend on, without anything that names the machine."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "features": features(),
        "python": platform.python_version(),
        "libraries": {name: found for name in ("numpy", "scipy", "llvmlite") if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def chosen_peers(wanted: Sequence[str], skipped: Sequence[str]) -> tuple[Peer, ...]:
    """The peers that take part if they are installed."""
    return tuple(peer for peer in PEERS if (not wanted or peer.name in wanted) and peer.name not in skipped)


def settings_of(chosen: argparse.Namespace) -> Settings:
    """The options as sections read them."""

    def say(text: str) -> None:
        if not chosen.quiet:
            print(f"\r{text:78}", end="", file=sys.stderr, flush=True)

    return Settings(
        rounds=chosen.rounds,
        seconds=chosen.seconds,
        limit=chosen.limit,
        clock=chosen.clock,
        rows=tuple(int(float(each)) for each in _names(chosen.rows)),
        aligned=not chosen.unaligned,
        peers=chosen_peers(_names(chosen.peers), _names(chosen.skip)),
        programs=tuple(_names(chosen.programs)),
        say=say,
    )


def finite(value: Any) -> Any:
    """A result as JSON can have it: no number stands for what is infinite or no number."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main(given: Sequence[str] | None = None) -> int:
    """Runs the sections, prints each when it is done, and writes all of them as JSON."""
    chosen = _arguments(given)
    settings = settings_of(chosen)
    installed = {peer.name: version(peer) for peer in settings.peers}
    result: dict[str, Any] = {
        "machine": machine(),
        "settings": {
            **{name: getattr(settings, name) for name in ("rounds", "seconds", "clock", "aligned")},
            "threads": 1,
        },
        "versions": {name: found for name, found in installed.items() if found is not None},
        "skipped": {
            peer.name: f"{peer.packages[0]} is not installed" for peer in settings.peers if not installed[peer.name]
        },
        "sections": {},
    }
    print(", ".join(f"{name} {found}" for name, found in result["versions"].items()))
    for name, reason in result["skipped"].items():
        print(f"skipped: {name} ({reason})")
    with tempfile.TemporaryDirectory() as folder:
        # Compiled code that is left from other runs, ours or of a peer, may be another than is compiled here.
        os.environ["DIFFCLI_CACHE_DIR"] = os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        pin(chosen.core)
        for name in chosen.sections or SECTIONS:
            found = section(name).run(settings)
            settings.say("")
            result["sections"][name] = found
            print("\n".join(["", f"\r{name}", *section(name).lines(found)]), flush=True)
            if chosen.json is not None:
                chosen.json.write_text(json.dumps(finite(result), indent=1, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

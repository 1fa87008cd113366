"""Files that can be built again, kept in the user's cache folder: whole or not at all, whoever else writes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

CHECKSUM = 4


def folder() -> Path | None:
    """The folder for files that can be built again, as the platform has it; None where there is no home."""
    chosen = os.environ.get("DIFFCLI_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "diffcli" / "cache" if base else None
    if sys.platform != "darwin":
        base = os.environ.get("XDG_CACHE_HOME")
        if base and os.path.isabs(base):
            return Path(base) / "diffcli"
    home = os.path.expanduser("~")
    if home == "~":
        return None
    return Path(home, "Library", "Caches", "diffcli") if sys.platform == "darwin" else Path(home, ".cache", "diffcli")


def read(path: Path) -> bytes | None:
    """What was kept under a path, or None for a file that is missing or not whole."""
    from zlib import crc32

    try:
        content = path.read_bytes()
    except OSError:
        return None
    kept = content[CHECKSUM:]
    return kept if crc32(kept).to_bytes(CHECKSUM, "little") == content[:CHECKSUM] else None


def write(path: Path, content: bytes) -> None:
    """Keeps the content for the next run; a folder that cannot be written costs time, nothing else."""
    from zlib import crc32

    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(crc32(content).to_bytes(CHECKSUM, "little") + content)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()

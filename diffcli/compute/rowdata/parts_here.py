"""Parts in a folder of this machine, or of one that machines share."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from shutil import rmtree
from typing import Any
from uuid import uuid4

from ...data import WriteError
from ...source import remote
from . import parts
from .opening import Opened
from .parts import Parts, key_of

# What the folder of a finished run is renamed to end in.
GONE = re.compile(r"\.[0-9a-f]{32}")


def parts_of(opened: Opened, target: str, format: str) -> Parts:
    """The parts of an output: in a folder beside it, or in object storage where it goes there."""
    if remote(target):
        from .parts_stored import StoredParts

        return StoredParts(opened, target, format)
    return FolderParts(opened, target, format)


class FolderParts(Parts):
    """The folder `.NAME.parts` beside the output, which one run holds at a time."""

    def __init__(self, opened: Opened, target: str, format: str) -> None:
        super().__init__(opened, target, format)
        beside, name = os.path.split(os.path.realpath(target))
        self._folder = Path(beside, f".{name}.parts")
        self.folder = self.beside = str(self._folder)
        try:
            self._folder.mkdir(exist_ok=True)
            self._lock = locked(self._folder / "lock", target)
            self._prepare(key_of(opened, format))
        except OSError as error:
            raise WriteError(self.folder, error.strerror or str(error), error.errno) from None

    def _prepare(self, key: str) -> None:
        """Leave only whole parts of the same key, and nothing of a run that was killed while it took its parts away."""
        for path in self._folder.parent.iterdir():
            if path.name.startswith(f"{self._folder.name}.") and GONE.fullmatch(path.suffix):
                rmtree(path, ignore_errors=True)
        manifest = {"key": key, "rows": parts.PART}
        known = self.facts("manifest") if (self._folder / "manifest.json").exists() else None
        same = known == manifest
        self.anew = known is not None and not same
        for path in self._folder.iterdir():
            if path.name.endswith(".part") or (not same and path.suffix in (".data", ".json")):
                path.unlink(missing_ok=True)
        if not same:
            self.record("manifest", manifest)

    def record(self, name: str, facts: Any) -> None:
        """Write a small file, complete or not at all."""
        beside = self._folder / f"{name}.json.part"
        with beside.open("w", encoding="utf-8") as file:
            json.dump(facts, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._folder / f"{name}.json")

    def facts(self, name: str) -> Any:
        """What a small file says; None where there is none."""
        try:
            return json.loads((self._folder / f"{name}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def path(self, part: int) -> str:
        """The file of a part."""
        return str(self._folder / f"{part:08d}.data")

    def size(self, part: int) -> int:
        """The size of the file of a part; OSError where there is none."""
        return os.path.getsize(self.path(part))

    def place(self, part: int, file: str) -> None:
        """Give a file of the folder, as a worker named it, the name of a part."""
        os.replace(self._folder / file, self.path(part))

    def clear(self) -> None:
        """Start anew: take the parts away, but for the folder."""
        for path in self._folder.iterdir():
            if path.name[:8].isdigit() or path.name == "end.json":
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take the parts away, under another name first: no worker that was given up can put a file there any more."""
        if os.name == "nt":  # where no folder is renamed that has an open file
            self._lock.close()
        gone = self._folder.rename(self._folder.with_name(f"{self._folder.name}.{uuid4().hex}"))
        self._lock.close()
        rmtree(gone, ignore_errors=True)

    def close(self) -> None:
        """Let another run have the folder; without a finished part it goes."""
        if self._folder.is_dir() and not any(self._folder.glob("*.data")):
            self.remove()
        self._lock.close()


def locked(path: Path, target: str) -> Any:
    """A file that one run holds at a time."""
    lock = path.open("w")
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # not on Windows
        pass
    except OSError:
        lock.close()
        raise WriteError(target, "another run is writing it") from None
    return lock

"""Parts in object storage, where nothing can be renamed or locked, and an object is there as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from shutil import rmtree
from typing import Any

from ...data import DataError, WriteError
from ...data.output import Output
from ...data.storage import local
from ...data.stored_files import content, delete, size_of, sizes_below
from . import parts
from .opening import Opened
from .parts import Parts, key_of

# What this program writes; nothing else is ever taken away.
OWN = re.compile(r"[0-9a-f]{32}/(\d{8}\.(data|json)|(manifest|end)\.json|\..*\.part)")


class StoredParts(Parts):
    """Objects `NAME.parts/KEY/…` beside the output.

    KEY, of the program, its options and the state of the data, stands in the name of each, so that whoever writes an object
    (a worker that was given up, a run on another machine) writes the same bytes. There is no lock: of two runs that write one
    output, those of one key share their parts, and of two keys the later one takes the parts of the other away, which then
    ends with an error that names the part it misses. The output is that of the run that ends last, and whole. Objects that
    a worker writes after the end of its run are left beside the output.
    """

    def __init__(self, opened: Opened, target: str, format: str) -> None:
        super().__init__(opened, target, format)
        self._above = f"{target}.parts"
        key = hashlib.sha256(f"{key_of(opened, format)} {parts.PART}".encode()).hexdigest()[:32]
        self.folder = f"{self._above}/{key}"
        try:
            here = self.beside = local(self.folder)
            if here is not None:
                os.makedirs(here, exist_ok=True)
            found = sizes_below(self._above)
            others = [name for name in found if OWN.fullmatch(name) and not name.startswith(key)]
            self.anew = bool(others) and f"{key}/manifest.json" not in found
            delete([f"{self._above}/{name}" for name in others])
            # What is there is asked for once: to ask for each part takes as long as to compute it.
            self._sizes = {name[len(key) + 1 :]: size for name, size in found.items() if name.startswith(f"{key}/")}
        except OSError as error:
            raise WriteError(self._above, error.strerror or str(error), error.errno) from None
        if "manifest.json" not in self._sizes:
            self.record("manifest", {"key": key, "rows": parts.PART, "output": target})

    def record(self, name: str, facts: Any) -> None:
        """Write a small object."""
        output = Output(f"{self.folder}/{name}.json")
        try:
            data = json.dumps(facts).encode()
            output.write(data)
            output.commit()
        except BaseException:
            output.abandon()
            raise
        self._sizes[f"{name}.json"] = len(data)

    def facts(self, name: str) -> Any:
        """What a small object says; None where there is none."""
        if f"{name}.json" not in self._sizes:
            return None
        try:
            return json.loads(content(f"{self.folder}/{name}.json"))
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise DataError(f"cannot be read: {error}", f"{self.folder}/{name}.json") from None

    def path(self, part: int) -> str:
        """The object of a part."""
        return f"{self.folder}/{part:08d}.data"

    def size(self, part: int) -> int:
        """The size of the object of a part; OSError where there is none."""
        name = f"{part:08d}.data"
        if name not in self._sizes:
            self._sizes[name] = size_of(self.path(part))
        return self._sizes[name]

    def place(self, part: int, file: str) -> None:
        """It has its name; how large it is has to be asked for."""
        self._sizes.pop(f"{part:08d}.data", None)

    def note(self, part: int, totals: Any) -> None:
        """Record the counts of a part whose object is there: now it is complete."""
        self._sizes.pop(f"{part:08d}.data", None)
        super().note(part, totals)

    def clear(self) -> None:
        """Start anew: take the parts away."""
        self._delete([name for name in self._sizes if name != "manifest.json"])

    def remove(self) -> None:
        """Take the parts away, and all that belongs to them."""
        with suppress(OSError):
            key = self.folder.rpartition("/")[2]
            found = [name for name in sizes_below(self.folder) if OWN.fullmatch(f"{key}/{name}")]
            self._delete(found)
        here = local(self.folder)
        if here is not None:
            rmtree(here, ignore_errors=True)
            with suppress(OSError):
                os.rmdir(os.path.dirname(here))

    def close(self) -> None:
        """Without a finished part all goes."""
        if not any(name.endswith(".data") for name in self._sizes):
            self.remove()

    def _delete(self, names: list[str]) -> None:
        """Take objects away; what cannot be taken away is left, for the output does not depend on it."""
        with suppress(OSError):
            delete([f"{self.folder}/{name}" for name in names])
        for name in names:
            self._sizes.pop(name, None)

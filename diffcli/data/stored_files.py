"""Files in object storage as a whole: which ones a path means, what they hold, and taking them away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from glob import has_magic
from typing import Any

from .records import FormatError
from .storage import WEB, Stored, as_os_errors, filesystem, scheme_of


def content(path: str) -> bytes:
    """All bytes of a file."""
    with Stored(path) as file:
        return file.read()


def size_of(path: str) -> int:
    """The size of a file, as it is now."""
    system, key = filesystem(path)
    with as_os_errors():
        system.invalidate_cache(key)
        return int(system.info(key)["size"])


def expanded(path: str, wanted: Callable[[str], bool]) -> list[str] | None:
    """The files that a path means, sorted: itself, a folder's that are `wanted` by name, a pattern's; None: there is none."""
    system, key = filesystem(path)
    if scheme_of(path) in WEB:
        return [path]
    with as_os_errors():
        system.invalidate_cache()
        found: dict[str, Any] | None
        try:
            found = system.info(key)
        except FileNotFoundError:
            found = None
        if found is not None and found["type"] != "directory":
            return [path]
        if found is None and not has_magic(path):
            return None
        if found is None:
            base, names = (
                _before_pattern(path),
                [name for name, each in _globbed(system, key) if each["type"] == "file"],
            )
        else:
            base = path.rstrip("/")
            inside = [each["name"] for each in system.ls(key, detail=True) if each["type"] == "file"]
            names = [name for name in inside if wanted(name.rpartition("/")[2])]
        root = system._strip_protocol(base)
        return sorted(base + name.removeprefix(root) for name in names)


def _globbed(system: Any, key: str) -> Iterable[tuple[str, Any]]:
    return system.glob(key, detail=True).items()  # type: ignore[no-any-return]  # fsspec has no types


def _before_pattern(path: str) -> str:
    """The folders of a path in whose names there are no signs of a pattern."""
    scheme, _, rest = path.partition("://")
    plain: list[str] = []
    for name in rest.split("/"):
        if has_magic(name):
            break
        plain.append(name)
    if not any(plain):
        raise FormatError(f"{path}: a pattern needs a folder or bucket that is named before it")
    return f"{scheme}://{'/'.join(plain)}"


def sizes_below(path: str) -> dict[str, int]:
    """The names of the files below a folder, from there on, with their sizes."""
    system, key = filesystem(path)
    with as_os_errors():
        system.invalidate_cache()
        try:
            found = system.find(key, detail=True)
        except FileNotFoundError:
            return {}
        root = system._strip_protocol(path).rstrip("/") + "/"
        return {name.removeprefix(root): int(each["size"] or 0) for name, each in found.items()}


def delete(paths: list[str]) -> None:
    """Take files away; those that are gone already do not count."""
    if not paths:
        return
    system = filesystem(paths[0])[0]
    keys = [filesystem(path)[1] for path in paths]
    with as_os_errors():
        if not any(map(has_magic, keys)):
            with suppress(FileNotFoundError):
                system.rm(keys)  # many at a time, where the storage knows how
                return
        for key in keys:
            with suppress(FileNotFoundError):
                system.rm_file(key)

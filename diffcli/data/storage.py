"""Object storage: files whose path has a scheme, as s3://bucket/key or https://host/file, through fsspec.

Files are read as they stream in. An object appears under its name only when it is complete: nothing that was given up is
ever closed, for closing is what makes an object appear.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from diffcli.source import remote

from .records import FormatError, WriteError

INSTALL = 'pip install "diffcli[storage]"'
BACKENDS = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az"), "adlfs"),
    **dict.fromkeys(("http", "https"), "aiohttp"),
}
WEB = ("http", "https")
# Here an object appears when its upload is completed, so that it can be sent while it is made; elsewhere it is made first.
STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az")
# Bytes that are sent at a time: S3 takes 10,000 such pieces, which makes 335 GB.
UPLOADED = 1 << 25
# What tells two states of an object apart, the surest first.
MARKS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "Last-Modified", "created")
# What is fetched where a file is read from start to end, in large pieces here and there, and in small ones.
FORWARD: Mapping[str, Any] = {"cache_type": "readahead", "block_size": 1 << 23}
PIECES: Mapping[str, Any] = {"cache_type": "none", "block_size": 1 << 23}
SCATTERED: Mapping[str, Any] = {"cache_type": "blockcache", "block_size": 1 << 20, "cache_options": {"maxblocks": 32}}


def scheme_of(path: str) -> str:
    """What stands before the colon: `s3` of s3://bucket/key."""
    return path.partition("://")[0].lower()


def local(path: str) -> str | None:
    """The path on this machine that a file:// path means; None for all others."""
    if scheme_of(path) not in ("file", "local"):
        return None
    return str(filesystem(path)[1])


def absolute(path: str) -> str:
    """The path as every process of every machine understands it."""
    if not remote(path):
        return path if path == "-" else os.path.abspath(path)
    here = local(path)
    return path if here is None else f"file://{here}"


def filesystem(path: str) -> tuple[Any, str]:
    """The file system of a path and the name there; FormatError where nobody knows the scheme or a library is missing."""
    scheme = scheme_of(path)
    try:
        from fsspec.core import url_to_fs
        from fsspec.registry import known_implementations
    except ImportError:
        raise FormatError(f"{scheme}:// needs fsspec, which is not installed", f"install it: {INSTALL}") from None
    try:
        return url_to_fs(path, **_web_options() if scheme in WEB else {})  # type: ignore[no-any-return]  # fsspec has no types
    except ImportError as error:
        backend = BACKENDS.get(scheme)
        if backend is None:
            raise FormatError(f"{scheme}:// cannot be used: {error}") from None
        needs = f"{scheme}:// needs {backend}, which is not installed"
        raise FormatError(needs, f"install it: pip install {backend}") from None
    except ValueError as error:
        if scheme in known_implementations:
            raise FormatError(f"{path}: {error}") from None
        known = ", ".join(f"{each}://" for each in ("s3", "gs", "abfs", "https", "file"))
        raise FormatError(f"{path}: no storage is known for {scheme}://", f"known are {known} and others") from None


def _web_options() -> dict[str, Any]:
    """No limit to how long a file may take, as long as bytes are coming."""
    from aiohttp import ClientTimeout

    return {"client_kwargs": {"timeout": ClientTimeout(total=None, sock_connect=30, sock_read=120)}}


class StorageError(OSError):
    """What went wrong on the way to a file that may be sound itself."""


@contextmanager
def as_os_errors() -> Iterator[None]:
    """Whatever a backend raises, as OSError with words for it."""
    try:
        yield
    except (FormatError, StorageError):
        raise
    except Exception as error:
        found = _cause(error)
        if isinstance(found, FileNotFoundError):
            raise FileNotFoundError(errno.ENOENT, "there is no such file") from None
        words = (str(getattr(found, "strerror", None) or found).splitlines() or [""])[0][:200]
        name = type(found).__name__
        raise StorageError(words if isinstance(found, OSError) and words else f"{name}: {words}".strip(": ")) from None


def _cause(error: BaseException) -> BaseException:
    """What went wrong: a file on the web is said not to be there whatever the reason is, and the reason stands behind that."""
    cause = error.__cause__
    if not isinstance(error, FileNotFoundError) or not type(cause).__module__.startswith("aiohttp"):
        return error
    assert cause is not None
    return error if getattr(cause, "status", None) in (404, 410) else cause


class Stored(io.RawIOBase):
    """A file in object storage, to be read in one of the ways above; OSError says what goes wrong."""

    def __init__(self, path: str, way: Mapping[str, Any] = FORWARD) -> None:
        self._system, self._key = filesystem(path)
        self._file: Any = io.BytesIO()
        self._seekable = True
        with as_os_errors():
            self._file = self._system.open(self._key, "rb", **way)
            self.stamp = _stamp(getattr(self._file, "details", None) or {})
            if not self.stamp[1]:
                self.stamp = _stamp(self._system.info(self._key))
            if scheme_of(path) in WEB and not _in_ranges(self._file):
                self._take_whole(way)
            elif hasattr(self._file, "getvalue"):  # one file in memory is the same to all who have it open
                self._file = io.BytesIO(self._file.getvalue())

    def _take_whole(self, way: Mapping[str, Any]) -> None:
        """Read from a server that sends whole files only; into a file without a name where the order is not that of the file."""
        self._file.close()
        self._file, self._seekable = self._system.open(self._key, "rb", block_size=0), False
        if way is not FORWARD:
            spool = tempfile.TemporaryFile()  # noqa: SIM115, it outlives this function
            shutil.copyfileobj(self._file, spool, 1 << 18)
            self._file.close()
            spool.seek(0)
            self._file, self._seekable = spool, True

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes."""
        with as_os_errors():
            return bytes(self._file.read(-1 if size is None else size))

    def readinto(self, buffer: Any) -> int:
        """The next bytes, into a buffer."""
        view = memoryview(buffer).cast("B")
        found = self.read(len(view))
        view[: len(found)] = found
        return len(found)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        with as_os_errors():
            self._file.seek(offset, whence)
            return int(self._file.tell())

    def tell(self) -> int:
        """The place."""
        return int(self._file.tell())

    def seekable(self) -> bool:
        """Whether it can be read in any order."""
        return self._seekable

    def readable(self) -> bool:
        """It is."""
        return True

    def now(self) -> tuple[int, str]:
        """The stamp that the file has by now."""
        with as_os_errors():
            self._system.invalidate_cache(self._key)
            return _stamp(self._system.info(self._key))

    def close(self) -> None:
        """Let the file go."""
        if not self.closed and hasattr(self, "_file"):
            with suppress(Exception):
                self._file.close()
        super().close()


def _in_ranges(file: Any) -> bool:
    """Whether a web server sends parts of a file; one that does not say so is asked for a byte."""
    if not getattr(file, "size", None) or file.size < 2:
        return False
    try:
        file._fetch_range(1, 2)
    except ValueError:
        return False
    return True


def _stamp(info: dict[str, Any]) -> tuple[int, str]:
    """Size and mark of a state of a file."""
    mark = next((info[name] for name in MARKS if info.get(name)), "")
    return int(info.get("size") or 0), str(mark).strip('"')


class Upload(io.RawIOBase):
    """A file on its way into object storage: `commit` makes it appear, `discard` leaves nothing."""

    def __init__(self, path: str) -> None:
        if scheme_of(path) in WEB:
            raise FormatError(f"{path} can be read only", "name a file or an object: s3://…, gs://…")
        if path.endswith("/"):
            raise WriteError(path, "it is a folder")
        self._system, self._key = filesystem(path)
        self._streamed = scheme_of(path) in STORES
        self._file: Any = self._opened() if self._streamed else tempfile.TemporaryFile()  # noqa: SIM115, it outlives this function

    def _opened(self) -> Any:
        with self._errors():
            return self._system.open(self._key, "wb", block_size=UPLOADED)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with as_os_errors():
                yield
        except FileNotFoundError:
            raise StorageError("there is no such bucket or folder") from None

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Whether what was written can be gone back to."""
        return not self._streamed

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back to a place."""
        return int(self._file.seek(offset, whence))

    def write(self, data: Any) -> int:
        """Write the next bytes."""
        with self._errors():
            return int(self._file.write(data))

    def commit(self) -> None:
        """Let the file appear, all of it."""
        if not self._streamed:
            spool, self._file, self._streamed = self._file, self._opened(), True
            with spool, self._errors():
                spool.seek(0)
                shutil.copyfileobj(spool, self._file, 1 << 20)
        with self._errors():
            self._file.close()

    def discard(self) -> None:
        """Leave nothing."""
        if self._file.closed:
            return
        if not self._streamed:
            self._file.close()
            return
        with suppress(Exception):
            self._file.discard()
        with suppress(AttributeError):
            self._file.closed = True  # or it would be closed, and so appear, when nobody has it any more

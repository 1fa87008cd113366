"""Bytes of input files: opened, unpacked, and with every good byte handed over before what is wrong with the rest."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, BinaryIO, cast

from diffcli.source import remote

from .formats import packing_of
from .numeric import arrow
from .records import DataError, MissingExtra
from .storage import FORWARD, PIECES, Stored

_STEP = 1 << 18
_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}


class Input:
    """A file or stream that is read from start to end; `failure` is what ended it early."""

    def __init__(self, path: str, stream: BinaryIO | None = None, unpack: bool = True) -> None:
        self.path = path
        self.name = shown(path)
        self.failure: DataError | None = None
        self.taken = 0  # bytes of the file, packed as they are
        self.given = 0  # bytes that were handed over
        self._held = bytearray()
        try:
            self._owned = path != "-" or stream is None
            raw: Any = opened(path) if self._owned else stream
            self._raw = raw
            self._head = self._first()
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror or error}", self.name) from None
        self.stamp = stamp(self._raw) if self._owned else None
        packing = (
            next((kind for magic, kind in _MAGIC.items() if self._head.startswith(magic)), None) if unpack else None
        )
        said = packing_of(path) if unpack else None
        if said and packing is None and self._head:
            raise DataError(f"is not {'gzip' if said == 'gz' else 'zstd'} data, as its name says", self.name)
        if packing == "zst" and _zstd() is None and arrow() is None:
            raise MissingExtra("zstd")
        self.steady = self._owned and packing is None and self._raw.seekable()
        chunks = self._chunks(self._head)
        self._source = gunzip(chunks) if packing == "gz" else _unzstd(chunks) if packing == "zst" else chunks

    def _first(self) -> bytes:
        """The first bytes. From then on the buffer of a stream is left out: a thread that waits at it for a pipe holds
        its lock, and the interpreter could not end."""
        if self._owned or not isinstance(self._raw, io.BufferedReader):
            return bytes(self._raw.read(4096))
        head = self._raw.read(len(self._raw.peek(1)))
        self._raw = self._raw.raw
        while len(head) < 4 and (more := self._raw.read(4096)):
            head += more
        return head

    def _chunks(self, head: bytes | None = None) -> Iterator[bytes]:
        chunk = self._raw.read(_STEP) if head is None else head
        while chunk:
            self.taken += len(chunk)
            yield chunk
            chunk = self._raw.read(_STEP)

    def read(self, count: int) -> bytes:
        """The next bytes, `count` of them unless the input ends (or breaks off: then `failure` says why)."""
        while len(self._held) < count and self.failure is None:
            try:
                self._held += next(self._source)
            except StopIteration:
                break
            except (EOFError, zlib.error) as error:
                self.failure = DataError(f"the compressed data is damaged: {error}", self.name)
            except OSError as error:
                self.failure = DataError(f"cannot be read further: {error.strerror or error}", self.name)
        if len(self._held) <= count:
            found, self._held = bytes(self._held), bytearray()
        else:
            found = bytes(memoryview(self._held)[:count])
            del self._held[:count]
        self.given += len(found)
        return found

    def start_at(self, offset: int) -> None:
        """Go on from another byte, where the input is `steady`."""
        self._raw.seek(offset)
        self._held.clear()
        self.taken = self.given = offset
        self._source = self._chunks()

    def changed(self) -> bool:
        """Whether the file is another one now than when it was opened."""
        return self.stamp is not None and stamp_now(self._raw) != self.stamp

    def close(self) -> None:
        """Let the file go; a stream that was given stays open."""
        if self._owned:
            self._raw.close()


Stamp = tuple[int, "int | str"]


def stamp(stream: BinaryIO) -> Stamp | None:
    """Size and time of change (ns) of an open regular file; of one in object storage size and mark."""
    if isinstance(stream, Stored):
        return stream.stamp
    try:
        status = os.fstat(stream.fileno())
    except (OSError, AttributeError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if status.st_mode & 0o170000 == 0o100000 else None


def stamp_now(stream: BinaryIO) -> Stamp | None:
    """The same, asked for anew."""
    try:
        return stream.now() if isinstance(stream, Stored) else stamp(stream)
    except OSError:
        return None


def opened(path: str, way: Mapping[str, Any] = FORWARD) -> BinaryIO:
    """A file of this machine or of object storage, read in one of the ways of storage.py."""
    return cast("BinaryIO", Stored(path, way)) if remote(path) else open(path, "rb")


def gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of gzip data, of several members too; EOFError when it is cut off."""
    unpack = zlib.decompressobj(31)
    begun = False
    for chunk in chunks:
        data = chunk
        while data:
            if unpack.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                unpack, begun = zlib.decompressobj(31), False
            begun = True
            yield unpack.decompress(data, _STEP)
            data = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
        while not unpack.eof and (more := unpack.decompress(unpack.unconsumed_tail, _STEP)):
            yield more
    if begun and not unpack.eof:
        raise EOFError("it is cut off")


def _zstd() -> Any:
    """Python's own zstd, from 3.14 on."""
    try:
        return import_module("compression.zstd")
    except ImportError:
        return None


class _Reading:
    """Chunks as a file that a decompressor can read from."""

    closed = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._held = chunks, b""

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        if not self._held:
            self._held = next(self._chunks, b"")
        found, self._held = (self._held, b"") if count < 0 else (self._held[:count], self._held[count:])
        return found

    def close(self) -> None:
        """Nothing is held."""

    def readable(self) -> bool:
        """It is."""
        return True


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    own, pyarrow = _zstd(), arrow()
    if own is not None:
        stream = own.ZstdFile(_Reading(chunks))
    else:
        stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(_Reading(chunks), mode="r"), "zstd")
    while True:
        try:
            found = stream.read(1 << 16)
        except Exception as error:
            raise EOFError("it is cut off" if "runcated" in str(error) else str(error)) from None
        if not found:
            return
        yield found


def seekable(path: str, stream: BinaryIO | None, way: Mapping[str, Any] = PIECES) -> BinaryIO:
    """A file that can be read in any order; what comes through a pipe is put into one that has no name."""
    try:
        if path != "-" or stream is None:
            file = opened(path, way)
            if file.seekable():
                return file
            stream = file
        spool = tempfile.TemporaryFile()  # noqa: SIM115, it outlives this function
        shutil.copyfileobj(stream, spool, _STEP)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", shown(path)) from None
    spool.seek(0)
    return spool


def shown(path: str) -> str:
    """The name of an input in messages."""
    return "<stdin>" if path == "-" else path

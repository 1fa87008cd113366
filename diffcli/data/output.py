"""A file that is either complete or not there, and the streams that cannot be taken back."""

from __future__ import annotations

import io
import os
import stat
import zlib
from typing import Any, BinaryIO, cast

from diffcli.source import remote

from .formats import packing_of
from .numeric import arrow
from .records import MissingExtra, WriteError
from .storage import Upload, local
from .streams import _zstd


class Output(io.RawIOBase):
    """Where bytes go: beside the target until `commit`, which gives them its name; into object storage, where they appear
    with `commit`; or straight to a stream or device.

    A closed pipe raises BrokenPipeError, all else that goes wrong WriteError.
    """

    def __init__(
        self, path: str, stream: BinaryIO | None = None, level: int | None = None, beside: str | None = None
    ) -> None:
        self.path = path
        self.failure: BaseException | None = None
        self._beside: str | None = None
        self._upload: Upload | None = None
        self._owned = path != "-" or stream is None
        self._pack = _packer(packing_of(path), level)
        self._position = 0
        self._stopped = False
        if not self._owned:
            assert stream is not None
            self._raw: BinaryIO = stream
            return
        here = local(path) if remote(path) else path
        try:
            if here is None:
                self._upload = Upload(path)
                self._raw = cast("BinaryIO", self._upload)
                return
            self._target = os.path.realpath(here)
            if os.path.isdir(self._target):
                raise WriteError(path, "it is a folder")
            if os.path.exists(self._target) and not stat.S_ISREG(os.stat(self._target).st_mode):
                self._raw = open(self._target, "wb", buffering=0)  # noqa: SIM115, it outlives this function
            else:
                folder, name = os.path.split(self._target)
                self._beside = os.path.join(beside or folder, f".{name}.{os.getpid()}.{id(self):x}.part")
                self._raw = open(self._beside, "w+b", buffering=0)  # noqa: SIM115, it outlives this function
        except OSError as error:
            raise WriteError(path, error.strerror or str(error), error.errno) from None

    @property
    def seekable_file(self) -> bool:
        """Whether what was written can be gone back to."""
        patched = self._beside is not None or (self._upload is not None and self._upload.seekable())
        return patched and self._pack is None

    @property
    def file(self) -> str | None:
        """The file beside the target, where a library may write to it by itself; None where bytes have to come here."""
        return self._beside if self._pack is None else None

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Write all of the data."""
        if self._pack is not None:
            packed = self._pack.compress(data)
            if packed:
                self._send(packed)
        else:
            self._send(data)
        size = memoryview(data).nbytes
        self._position += size
        return size

    def tell(self) -> int:
        """How many bytes were written."""
        return self._position

    def patch(self, offset: int, data: bytes) -> None:
        """Overwrite bytes that were written before."""
        try:
            self._raw.seek(offset)
            self._raw.write(data)
            self._raw.seek(0, os.SEEK_END)
        except OSError as error:
            raise self._failed(error) from None

    def stop(self) -> None:
        """Take nothing more: what a library writes when it closes a file that is given up goes nowhere."""
        self._stopped = True

    @property
    def folder(self) -> str | None:
        """Where there is room for what belongs to the output; None for streams."""
        return os.path.dirname(self._beside) if self._beside else None

    def _send(self, data: Any) -> None:
        if self._stopped:
            return
        view = memoryview(data).cast("B")
        try:
            while len(view):
                # Pieces, so that Ctrl-C and a full disk are noticed between them.
                view = view[self._raw.write(view[: 1 << 20]) or 0 :]
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> BaseException:
        if isinstance(error, BrokenPipeError):
            self.failure = error
        else:
            self.failure = WriteError(self.path, error.strerror or str(error), error.errno)
        return self.failure

    def commit(self) -> None:
        """Push everything to disk and only then give the file its name."""
        if self.failure is not None:
            raise self.failure
        if self._pack is not None:
            self._send(self._pack.flush())
        try:
            if not self._owned:
                self._raw.flush()
                return
            if self._upload is not None:
                self._upload.commit()
                return
            if self._beside is not None:
                os.fsync(self._raw.fileno())
            self._raw.close()
            if self._beside is not None:
                if os.path.exists(self._target):
                    os.chmod(self._beside, os.stat(self._target).st_mode & 0o7777)
                os.replace(self._beside, self._target)
                self._beside = None
                _sync_folder(os.path.dirname(self._target))
        except OSError as error:
            raise self._failed(error) from None

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._upload is not None:
            self._upload.discard()
        elif self._owned and not self._raw.closed:
            self._raw.close()
        if self._beside is not None and os.path.exists(self._beside):
            os.unlink(self._beside)
        self._beside = None


def _sync_folder(folder: str) -> None:
    """Push a renaming to disk, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems cannot; the file itself is on disk
    finally:
        os.close(handle)


class _Zstd:
    """pyarrow's zstd, with the face of a compressor object."""

    def __init__(self, pyarrow: Any) -> None:
        self._sink = _Collected()
        self._stream = pyarrow.CompressedOutputStream(pyarrow.PythonFile(self._sink, mode="w"), "zstd")

    def compress(self, data: Any) -> bytes:
        """What can be written so far."""
        self._stream.write(data)
        return self._sink.taken()

    def flush(self) -> bytes:
        """The rest."""
        self._stream.close()
        return self._sink.taken()


class _Collected(io.RawIOBase):
    """Bytes that were written and not yet taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep a copy."""
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """All that came in since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _packer(packing: str | None, level: int | None) -> Any:
    """What compresses the output, or None."""
    if packing == "gz":
        # The header that zlib writes has neither name nor time: the same rows give the same bytes.
        return zlib.compressobj(6 if level is None else level, zlib.DEFLATED, 31)
    if packing == "zst":
        own, pyarrow = _zstd(), arrow()
        if own is not None:
            return own.ZstdCompressor(level=3 if level is None else level)
        if pyarrow is None:
            raise MissingExtra("zstd")
        return _Zstd(pyarrow)
    return None

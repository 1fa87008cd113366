"""Where results go: standard output, or a file that is either complete or not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from diffcli.cli.env import system
from diffcli.cli.errors import OutputError
from diffcli.source import remote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffcli.cli.env import Environment


def write_chunks(chunks: Iterable[str | bytes], path: str | None, environment: Environment) -> None:
    """Write text as it comes to standard output, or to a file that takes its name only when all of it is on disk."""
    if path is None or path == "-":
        for chunk in chunks:
            environment.write(chunk) if isinstance(chunk, str) else environment.write_bytes(chunk)
        return
    if remote(path):
        write_stored(chunks, path)
        return
    target = os.path.realpath(system(path))
    if os.path.isdir(target):
        raise OutputError(path, "it is a folder")
    if os.path.exists(target) and not os.path.isfile(target):
        write_through(chunks, target)
    else:
        write_beside(chunks, path, target)


def encoded(chunk: str | bytes) -> bytes:
    """Text as UTF-8, undecodable file names as escapes; the bytes of a picture as they are."""
    return chunk if isinstance(chunk, bytes) else chunk.encode("utf-8", "backslashreplace")


def write_stored(chunks: Iterable[str | bytes], path: str) -> None:
    """Write into object storage, where a file appears when it is complete."""
    from diffcli.data.storage import Upload, local

    here = local(path)
    if here is not None:
        write_beside(chunks, path, here)
        return
    upload = None
    try:
        upload = Upload(path)
        for chunk in chunks:
            upload.write(encoded(chunk))
        upload.commit()
        upload = None
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from error
    finally:
        if upload is not None:
            upload.discard()


def write_through(chunks: Iterable[str | bytes], target: str) -> None:
    """Write straight to a device or a named pipe, which cannot be renamed over."""
    try:
        with open(target, "wb") as stream:
            stream.writelines(map(encoded, chunks))
    except OSError as error:
        raise OutputError(target, error.strerror or str(error)) from error


def write_beside(chunks: Iterable[str | bytes], path: str, target: str) -> None:
    """Write a file beside the target, push it to disk, and only then give it the name."""
    beside = f"{target}.{os.getpid()}.part"
    done = False
    try:
        with open(beside, "wb") as stream:
            stream.writelines(map(encoded, chunks))
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(target):
            os.chmod(beside, os.stat(target).st_mode & 0o7777)
        os.replace(beside, target)
        done = True
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from error
    finally:
        if not done and os.path.exists(beside):
            os.unlink(beside)

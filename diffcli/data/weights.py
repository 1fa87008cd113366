"""Files of named arrays: the weights of a model, as .npz or .safetensors."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .output import Output
from .records import DataError, FormatError, MissingExtra
from .streams import opened


class Kind(NamedTuple):
    """A kind of file: arrays to bytes and back."""

    suffix: str
    packed: Callable[[Mapping[str, Any]], bytes]
    unpacked: Callable[[str, bytes], dict[str, Any]]


def _npz(arrays: Mapping[str, Any]) -> bytes:
    import numpy as np

    found = io.BytesIO()
    named: dict[str, Any] = {name: np.asarray(each) for name, each in arrays.items()}
    np.savez(found, **named)
    return found.getvalue()


def _from_npz(path: str, content: bytes) -> dict[str, Any]:
    import numpy as np

    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, KeyError, AttributeError, zipfile.BadZipFile) as error:
        raise DataError(f"this is no complete .npz file of numbers: {error}", path) from None


def _safetensors(arrays: Mapping[str, Any]) -> bytes:
    import numpy as np

    try:
        from safetensors.numpy import save
    except ImportError:
        raise MissingExtra("a .safetensors file", "safetensors", "fit") from None
    found: bytes = save({name: np.ascontiguousarray(each).reshape(np.shape(each)) for name, each in arrays.items()})
    return found


def _from_safetensors(path: str, content: bytes) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ImportError:
        raise MissingExtra("a .safetensors file", "safetensors", "fit") from None
    try:
        return dict(load(content))
    except (SafetensorError, KeyError, TypeError) as error:
        raise DataError(f"this is no complete .safetensors file of numbers: {error}", path) from None


KINDS = (Kind(".npz", _npz, _from_npz), Kind(".safetensors", _safetensors, _from_safetensors))


def kind_of(path: str) -> Kind:
    """The kind that the end of a name says; FormatError with those that are known."""
    for each in KINDS:
        if path.lower().endswith(each.suffix):
            return each
    known = " and ".join(each.suffix for each in KINDS)
    raise FormatError(f"weights are kept in {known} files, and {path} is neither", f"name it {path}.npz")


def write_weights(path: str, arrays: Mapping[str, Any]) -> None:
    """Writes named arrays; the file appears when it is complete."""
    content = kind_of(path).packed(arrays)
    output = Output(path)
    try:
        output.write(content)
        output.commit()
    except BaseException:
        output.abandon()
        raise


def is_there(path: str) -> bool:
    """Whether there is such a file, here or in object storage; DataError when that cannot be told."""
    try:
        opened(path).close()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DataError(error.strerror or str(error), path) from None
    return True


def read_weights(path: str) -> dict[str, Any]:
    """The arrays of a file by name; DataError when it is not there or damaged."""
    kind = kind_of(path)
    try:
        with opened(path) as file:
            content = file.read()
    except OSError as error:
        raise DataError(error.strerror or str(error), path) from None
    return kind.unpacked(path, content)

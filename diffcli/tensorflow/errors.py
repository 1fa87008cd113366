"""The errors of TensorFlow that there can be here, in its classes; `tf.errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..engine.shape import OperandError


class OpError(Exception):
    """An operation could not be carried out."""

    def __init__(self, *details: Any) -> None:
        super().__init__(*details)
        self.message = next((each for each in reversed(details) if isinstance(each, str)), "")


class InvalidArgumentError(OpError):
    """An operation got operands that it cannot take."""


class FailedPreconditionError(OpError):
    """Something is used before it is there, such as the value of a variable that was not initialised."""


class NotFoundError(OpError):
    """Something that was asked for does not exist."""


class UnimplementedError(OpError):
    """An operation is not there for these operands."""


def told(error: OperandError) -> str:
    """The message of the engine with its advice."""
    return error.message if error.hint is None else f"{error.message}; {error.hint}"


@contextmanager
def refusals(kind: type[Exception] = InvalidArgumentError, refused: type[Exception] = OperandError) -> Iterator[None]:
    """What the engine refuses becomes an error of TensorFlow's class."""
    try:
        yield
    except refused as error:
        raise kind(told(error) if isinstance(error, OperandError) else str(error)) from None

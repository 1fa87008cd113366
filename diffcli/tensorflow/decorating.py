"""tf.function and what else leaves a program as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])


@overload
def function(func: F, **options: Any) -> F: ...


@overload
def function(func: None = None, **options: Any) -> Callable[[F], F]: ...


def function(func: Any = None, **options: Any) -> Any:
    """The function itself: what is recorded is compiled when it comes again, so there is nothing to prepare."""
    return func if func is not None else lambda given: given


@contextmanager
def _scope(*unused: Any, **options: Any) -> Iterator[None]:
    yield


def device(name: str) -> Any:
    """Everything is computed on the processor, whatever the name."""
    return _scope()


def name_scope(name: str, *unused: Any, **options: Any) -> Any:
    """Names are no part of what is computed."""
    return _scope()

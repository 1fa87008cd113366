"""Reading ahead and writing behind in threads, so that input, computing and output go on at the same time."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_TICK = 0.1
_PATIENCE = 1.0


class _End:
    """The last thing that a queue brings: how its thread ended."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], depth: int = 2) -> Generator[T]:
    """The same items, made in a thread up to `depth` before they are asked for.

    What goes wrong there is raised here, after the items that came before. Close the generator (or leave the loop)
    and the thread ends.
    """
    line: queue.Queue[Any] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: Any) -> bool:
        while not stop.is_set():
            try:
                line.put(item, timeout=_TICK)
                return True
            except queue.Full:
                continue
        return False

    def run() -> None:
        end = _End()
        iterator = iter(items)
        try:
            for item in iterator:
                if not put(item):
                    break
                del item
        except BaseException as error:
            end = _End(error)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                with contextlib.suppress(Exception):
                    close()
        put(end)

    thread = threading.Thread(target=run, name="read ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = line.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            del item
    finally:
        stop.set()
        thread.join(_PATIENCE)  # it may be waiting for a pipe that brings nothing; it ends with the process then


class Behind(Generic[T]):
    """Hands items to `act` in a thread, in order, at most `depth` waiting.

    As a context: leaving it waits until all is done; leaving it by an exception drops what waits. What goes wrong
    in the thread is raised by the next `put`, or on leaving.
    """

    def __init__(self, act: Callable[[T], object], depth: int = 2) -> None:
        self._act = act
        self._line: queue.Queue[Any] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._dropped = False
        self._thread = threading.Thread(target=self._run, name="write behind", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            item = self._line.get()
            if isinstance(item, _End):
                return
            if self._error is None and not self._dropped:
                try:
                    self._act(item)
                except BaseException as error:
                    self._error = error
            del item

    def put(self, item: T) -> None:
        """Hand over an item, waiting while the queue is full."""
        if self._error is not None:
            raise self._error
        self._line.put(item)

    def close(self, drop: bool = False) -> None:
        """Wait until everything handed over is done, or dropped."""
        self._dropped = self._dropped or drop
        self._line.put(_End())
        self._thread.join()
        if self._error is not None and not drop:
            raise self._error

    def __enter__(self) -> Behind[T]:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        self.close(drop=kind is not None)

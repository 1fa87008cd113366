"""Reading ahead and writing behind: order, errors, and threads that end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from diffcli.data import Behind, ahead


def threads() -> set[str]:
    return {each.name for each in threading.enumerate()} & {"read ahead", "write behind"}


def test_items_come_in_their_order() -> None:
    assert list(ahead(range(1000))) == list(range(1000))
    assert not threads()


def test_no_more_is_made_ahead_than_asked_for() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            made.append(item)
            yield item

    reading = ahead(items(), depth=3)
    assert next(reading) == 0
    reading.close()
    assert len(made) <= 6
    assert not threads()


def test_what_goes_wrong_ahead_is_raised_after_what_was_good() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    found = []
    with pytest.raises(ValueError, match="third"):
        for item in ahead(items()):
            found.append(item)  # noqa: PERF402, what came before the error counts
    assert found == [1, 2]
    assert not threads()


def test_an_interrupt_while_reading_ends_the_thread_and_closes_what_it_read() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.set()

    reading = ahead(items())
    with pytest.raises(KeyboardInterrupt):
        for item in reading:
            if item == 10:
                raise KeyboardInterrupt
    reading.close()
    assert closed.is_set()
    assert not threads()


def test_what_is_handed_over_is_done_in_order_before_the_end() -> None:
    done: list[int] = []
    with Behind(done.append) as writing:
        for item in range(500):
            writing.put(item)
    assert done == list(range(500))
    assert not threads()


def test_what_goes_wrong_behind_is_raised_at_the_next_item_and_nothing_more_is_done() -> None:
    done: list[int] = []

    def act(item: int) -> None:
        if item == 3:
            raise OSError("full")
        done.append(item)

    with pytest.raises(OSError, match="full"), Behind(act) as writing:
        for item in range(100_000):
            writing.put(item)
    assert done == [0, 1, 2]
    assert not threads()


def test_what_goes_wrong_with_the_last_item_is_raised_too() -> None:
    def act(item: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError), Behind(act) as writing:
        writing.put(1)


def test_an_interrupt_drops_what_waits() -> None:
    done: list[int] = []
    gate = threading.Event()

    def act(item: int) -> None:
        gate.wait(10)
        done.append(item)

    with pytest.raises(KeyboardInterrupt), Behind(act, depth=4) as writing:
        for item in range(4):
            writing.put(item)
        threading.Timer(0.05, gate.set).start()
        raise KeyboardInterrupt
    assert len(done) <= 1
    assert not threads()


def test_reading_computing_and_writing_go_on_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def items() -> Iterator[int]:
        yield 0
        yield 1
        together.wait()
        yield 2

    def act(item: int) -> None:
        if item == 0:
            together.wait()

    with Behind(act) as writing:
        for item in ahead(items()):
            if item == 1:
                together.wait()
            writing.put(item)

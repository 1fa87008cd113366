"""The search for garbage, put off while a graph is built: everything is still in use, and looking through all of it
again and again would take longer than the building."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Work during which Python does not search for garbage; also a decorator."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()

"""The renderings are those that were reviewed."""

from __future__ import annotations

import pytest

from tests.golden.renderings import FOLDER, renderings

MADE = dict(renderings())


@pytest.mark.parametrize("name", MADE)
def test_rendering_is_the_reviewed_one(name: str) -> None:
    assert MADE[name] == (FOLDER / name).read_bytes().decode(), (
        "if this is meant: python -m tests.golden.update, and review the difference"
    )


def test_no_golden_file_is_left_over() -> None:
    files = {f"{folder}/{path.name}" for folder in ("render", "help") for path in (FOLDER / folder).iterdir()}
    assert files == set(MADE)

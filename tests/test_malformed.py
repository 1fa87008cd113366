"""Every wrong file ends with a diagnostic that points into it and the right exit code, never with a traceback."""

import re

import pytest

from tests.cli.running import run
from tests.malformed import texts

FILES = texts()


def test_there_are_two_hundred_of_them() -> None:
    assert len(FILES) >= 200


@pytest.mark.parametrize("content", FILES, ids=lambda content: repr(content[-40:]))
def test_a_wrong_file_ends_with_a_diagnostic_that_points_into_it(content: bytes) -> None:
    ran = run("grad", "-", stdin=content)
    assert ran.code in (3, 4), ran
    assert re.search(r"error\[E\d{4}\]: \S", ran.err), ran.err
    place = re.search(r"--> <stdin>:(\d+):(\d+)", ran.err)
    assert place, ran.err
    assert 1 <= int(place[1]) <= len(re.split(rb"\r\n|\r|\n", content)) + 1
    assert "Traceback" not in ran.err and "internal error" not in ran.err
    assert not re.search(r"\b(RPAR|LPAR|NEWLINE|RSQB|LSQB|__ANON|_NL|\$END)\b", ran.err), (
        "names of tokens are not the user's words"
    )
    assert ran.out == ""

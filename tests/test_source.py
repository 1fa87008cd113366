"""Text, places in it, and bytes that are not text."""

from __future__ import annotations

import pytest

from diffcli.diagnostic import DiagnosticError
from diffcli.source import Position, Source, decode


def refusal(content: bytes):
    with pytest.raises(DiagnosticError) as caught:
        decode("f.expr", content)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_columns_count_characters_from_one_and_the_end_is_exclusive():
    source = Source("f.expr", "var x = 3\nσ = x**2\n")
    assert source.position(0, 5) == Position(1, 1, 1, 6)
    assert source.position(10, 11) == Position(2, 1, 2, 2)
    assert source.position(14, 18).as_dict() == {"line": 2, "column": 5, "end_column": 9}


def test_end_line_is_told_only_when_it_differs():
    source = Source("f.expr", "y = (1 +\n2)")
    assert source.position(4, 11).as_dict() == {"line": 1, "column": 5, "end_line": 2, "end_column": 3}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_once(end):
    source = Source("f.expr", f"a = 1{end}b = 2{end}{end}c = 3")
    place = source.text.index("c")
    assert source.line_column(place) == (4, 1)
    assert [source.line(number) for number in (1, 2, 3, 4)] == ["a = 1", "b = 2", "", "c = 3"]


def test_a_line_that_is_not_there_is_empty():
    assert Source("f.expr", "a").line(0) == ""
    assert Source("f.expr", "a").line(2) == ""


def test_the_end_of_the_text_has_a_position():
    assert Source("f.expr", "a\n").line_column(2) == (2, 1)
    assert Source("f.expr", "").line_column(0) == (1, 1)


def test_a_byte_order_mark_is_dropped():
    assert decode("f.expr", b"\xef\xbb\xbfy = 3").text == "y = 3"
    assert decode("f.expr", "σ = 1\r\n".encode()).text == "σ = 1\r\n"


def test_a_latin_1_byte_is_pointed_at():
    diagnostic = refusal("a = 1\nb = 2 # café".encode("latin-1"))
    assert diagnostic.code == "E0101"
    assert diagnostic.span.position() == Position(2, 12, 2, 13)
    assert "0xe9" in diagnostic.message
    assert diagnostic.help == "save the file as UTF-8"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_with_and_without_mark(encoding):
    assert refusal("y = x**2 + 3*x\n".encode(encoding)).code == "E0102"


def test_a_binary_file_is_no_text():
    assert refusal(b"\x7fELF\x02\x01\x01" + bytes(range(32)) * 8).code == "E0103"
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).code == "E0103"


def test_a_nul_character_is_pointed_at():
    diagnostic = refusal(b"var x = 3\ny = x\x00**2 + 100\n")
    assert diagnostic.code == "E0104"
    assert diagnostic.span.position() == Position(2, 6, 2, 7)


def test_a_truncated_utf_8_sequence_is_refused():
    assert refusal("y = σ".encode()[:-1]).code == "E0101"


def test_an_empty_file_is_text():
    assert decode("f.expr", b"").text == ""

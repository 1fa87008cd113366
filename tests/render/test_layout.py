"""Columns share a narrow terminal so that numbers stay whole."""

from __future__ import annotations

from diffcli.render.layout import fit, least, natural


def test_a_column_is_as_wide_as_its_longest_line() -> None:
    assert natural(["ab\nabcd", "損失"]) == 4
    assert natural([]) == 0


def test_words_and_numbers_are_not_broken() -> None:
    assert least(["0.1234567890123456"]) == 18
    assert least(["a few words that make a sentence"]) == 20
    assert least(["two words"]) == 5


def test_without_a_width_every_column_is_natural() -> None:
    assert fit([["a" * 50], ["b" * 70]], [True, True], None) == [50, 70]


def test_prose_wraps_before_numbers() -> None:
    number, prose = "[0.1234567890123456, 0.1234567890123456, 0.3]", "a note of many words " * 5
    assert fit([[number], [prose]], [False, True], 80) == [len(number), 80 - 7 - len(number)]


def test_what_does_not_fit_is_no_table() -> None:
    assert fit([["1" * 30], ["2" * 30]], [False, False], 60) is None


def test_the_sum_fits() -> None:
    columns = [["word " * n] for n in (1, 8, 20, 3)]
    for room in range(80, 200):
        widths = fit(columns, [True] * 4, room)
        assert widths is not None
        assert sum(widths) + 3 * 4 + 1 <= room

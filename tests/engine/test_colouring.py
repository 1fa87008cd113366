"""Colourings: valid on any pattern, as few colours as the mathematics allows on known ones, and wrong ones noticed."""

from __future__ import annotations

import numpy as np
import pytest

from diffcli.engine.colouring import Clash, columns, direct, mirrored, rows, star
from diffcli.engine.pattern import Pattern, full, gathered, identity, transposed


def of(matrix: object) -> Pattern:
    """The pattern of a dense matrix."""
    dense = np.asarray(matrix) != 0
    at, places = np.nonzero(dense)
    return gathered(dense.shape[0], dense.shape[1], at, places)


def banded(size: int, lower: int, upper: int) -> Pattern:
    offsets = np.subtract.outer(np.arange(size), np.arange(size))
    return of((offsets <= lower) & (offsets >= -upper))


def arrow(size: int) -> Pattern:
    """The first row, the first column and the diagonal."""
    dense = np.eye(size)
    dense[0], dense[:, 0] = 1, 1
    return of(dense)


def drawn(seed: int, symmetric: bool) -> np.ndarray:
    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 16))
    other = count if symmetric else int(generator.integers(1, 16))
    dense: np.ndarray = generator.random((count, other)) < generator.choice([0.05, 0.2, 0.5])
    return dense | dense.T | np.eye(count, dtype=bool) if symmetric else dense


@pytest.mark.parametrize("seed", range(200))
def test_no_row_has_two_entries_of_one_colour(seed: int) -> None:
    dense = drawn(seed, symmetric=False)
    found = columns(of(dense))
    for row in dense:
        colours = found.colours[row].tolist()
        assert len(set(colours)) == len(colours) and -1 not in colours
    assert found.number == found.colours.max(initial=-1) + 1 <= max(dense.sum(), 0)
    assert (found.colours[~dense.any(axis=0)] == -1).all()
    assert rows(of(dense)).number == columns(of(dense.T)).number


@pytest.mark.parametrize("seed", range(200))
def test_stars_leave_no_path_of_four_in_two_colours(seed: int) -> None:
    dense = drawn(seed, symmetric=True)
    colours = star(of(dense)).colours
    near = [[j for j in np.flatnonzero(row) if j != i] for i, row in enumerate(dense)]
    for b, after in enumerate(near):
        for c in after:
            assert colours[b] != colours[c]
            for a in near[b]:
                for d in near[c]:
                    if len({a, b, c, d}) == 4:
                        assert len({colours[each] for each in (a, b, c, d)}) > 2


@pytest.mark.parametrize("seed", range(200))
def test_every_entry_of_a_symmetric_matrix_is_read_back(seed: int) -> None:
    dense = drawn(seed, symmetric=True)
    generator = np.random.default_rng(seed)
    matrix = generator.integers(1, 1000, dense.shape) * dense
    matrix = np.tril(matrix) + np.tril(matrix, -1).T
    pattern = of(matrix)
    found = star(pattern)
    product = matrix @ (found.colours[:, None] == np.arange(found.number))
    at, colours = mirrored(pattern, found.colours)
    assert (product[at, colours] == matrix[pattern.row_numbers, pattern.places]).all()


@pytest.mark.parametrize(("lower", "upper"), [(0, 0), (1, 1), (2, 2), (0, 3), (1, 2)])
def test_bands_take_as_many_colours_as_they_are_wide(lower: int, upper: int) -> None:
    assert columns(banded(40, lower, upper)).number == lower + upper + 1
    assert rows(banded(40, lower, upper)).number == lower + upper + 1


def test_an_arrow_takes_two_colours_where_symmetry_is_used() -> None:
    assert columns(arrow(30)).number == 30  # its first row is full
    assert star(arrow(30)).number == 2


def test_a_path_takes_three_colours() -> None:
    assert star(banded(30, 1, 1)).number == 3  # the star chromatic number of a path of four vertices or more


def test_a_full_matrix_takes_all_colours_and_an_empty_one_none() -> None:
    assert columns(full(3, 7)).number == 7
    assert rows(full(3, 7)).number == 3
    assert columns(gathered(3, 4, np.zeros(0, int), np.zeros(0, int))).number == 0
    assert columns(identity(5)).number == 1


def test_one_dense_row_and_one_dense_column() -> None:
    dense = np.eye(20)
    dense[:, 4] = 1
    assert (columns(of(dense)).number, rows(of(dense)).number) == (2, 20)


def test_the_order_is_the_same_every_time() -> None:
    dense = drawn(5, symmetric=True)
    assert (columns(of(dense)).colours == columns(of(dense)).colours).all()
    assert (star(of(dense)).colours == star(of(dense)).colours).all()


def test_a_wrong_colouring_is_noticed() -> None:
    pattern = banded(9, 1, 1)
    with pytest.raises(Clash):
        direct(pattern, np.arange(9) % 2)  # columns 0 and 2 meet in row 1
    with pytest.raises(Clash):
        direct(pattern, np.r_[-1, np.arange(8) % 3])
    with pytest.raises(Clash):
        mirrored(pattern, np.arange(9) % 2)  # a path in two colours
    with pytest.raises(Clash):
        mirrored(pattern, np.zeros(9, int))
    direct(pattern, np.arange(9) % 3)
    mirrored(pattern, np.arange(9) % 3)


def test_transposing_twice_changes_nothing() -> None:
    pattern = of(drawn(3, symmetric=False))
    again = transposed(transposed(pattern))
    assert (again.starts == pattern.starts).all() and (again.places == pattern.places).all()
    assert again.columns == pattern.columns


def test_large_patterns_are_coloured_with_little_work() -> None:
    size = 30_000
    middle = np.arange(size)
    hub = np.zeros(size, int)
    large = gathered(size, size, np.r_[middle, middle, hub], np.r_[middle, hub, middle])
    # Looking at every pair of spokes would be 900 million steps.
    assert (star(large).number, columns(large).number) == (2, size)

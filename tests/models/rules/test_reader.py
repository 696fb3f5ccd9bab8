"""What a reader can reckon from numbers, held against every number that could be meant; and what is withheld for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.rules.answers import number_solver
from models.rules.answers.reader import Cell, Reader, Sum, Tie
from models.rules.answers.withheld_sums import Printed, withheld

CELLS = [(row, column) for row in range(2) for column in range(2)]
A, B, C, D = CELLS


def sums(*several: Iterable[Cell]) -> list[Sum]:
    """Return each as a sum."""
    return [frozenset(one) for one in several]


def possible(
    numbers: Mapping[Cell, int], ties: Sequence[Tie], known: Sequence[Sum], asked: Sum, most: int
) -> set[int]:
    """Return what the asked sum can be, by trying every number up to `most` in every cell."""

    def of(values: Mapping[Cell, int], cells: Iterable[Cell]) -> int:
        return sum(values[cell] for cell in cells)

    found = set()
    for guess in product(*(range(min(1, number), most + 1) for number in numbers.values())):
        other = dict(zip(numbers, guess, strict=True))
        if all(of(other, one) == of(numbers, one) for one in known) and all(
            other[whole] - of(other, parts) == numbers[whole] - of(numbers, parts) for whole, parts in ties
        ):
            found.add(of(other, asked))
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.lists(st.frozensets(st.sampled_from(CELLS), min_size=1), max_size=4),
    st.frozensets(st.sampled_from(CELLS), min_size=1, max_size=2),
    st.lists(st.tuples(st.just(D), st.frozensets(st.sampled_from(CELLS[:3]), min_size=1)), max_size=2),
)
# One of the asked cells grows as the other does: their sum goes up and down by two.
@example([0, 2, 0, 2], sums({B, D}, {C, D}), frozenset({B, C}), [])
# One cell is none for sure, the other can be anything up to what the three come to.
@example([0, 1, 2, 0], sums(CELLS, CELLS[:3]), frozenset({A, D}), [])
# Whole numbers alone settle it: a and b, b and c, c and a come to 2 each, with halves as without.
@example([1, 1, 1, 0], sums({A, B}, {B, C}, {C, A}), frozenset({A}), [])
def test_told_is_what_all_numbers_that_fit_agree_on(
    counts: list[int], known: list[Sum], asked: Sum, ties: list[Tie]
) -> None:
    numbers = dict(zip(CELLS, counts, strict=True))
    told = [one for one, _ in Reader(numbers, ties).told({*known}, [asked])]
    # Two more than a sum of all is enough room for a cell that no sum bounds.
    assert told == [asked] * (len(possible(numbers, ties, known, asked, 7)) == 1)


def test_told_sum_comes_with_the_known_ones_that_it_follows_from() -> None:
    numbers = {A: 3, B: 9, C: 4, D: 8}
    asked, whole, part, other = sums({A}, {A, B}, {B}, {C, D})
    read = Reader(numbers, [])
    assert dict(read.told({whole, part, other}, [asked])) == {asked: {whole, part}}
    # The same again from what was found, and not from what is no longer known.
    assert dict(read.told({whole, part}, [asked])) == {asked: {whole, part}}
    assert dict(read.told({whole, other}, [asked])) == {}


def test_who_doubts_that_a_hidden_number_stands_for_somebody_is_told_less() -> None:
    numbers = {A: 1, B: 1}
    both, one = sums({A, B}, {A})
    assert [cells for cells, _ in Reader(numbers, []).told({both}, [one])] == [one]
    assert [*Reader(numbers, [], doubts=True).told({both}, [one])] == []


def test_what_was_known_before_is_known() -> None:
    both, one, other = sums({A, B}, {A}, {B})
    reader = Reader({A: 3, B: 9}, [], {both})
    assert dict(reader.told({other}, [one])) == {one: {both, other}}


def test_whole_numbers_are_looked_for_where_halves_are_found_first() -> None:
    numbers = {(str(at), 0): number for at, number in enumerate((3, 1, 2, 0, 2, 3, 1))}
    known = sums(*([(at, 0) for at in line] for line in ("146", "56", "12", "236", "15")))
    assert [*Reader(numbers, []).told({*known}, sums([("0", 0)]))] == []


def test_sum_that_is_not_proved_in_time_counts_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    square = [[(row, column) for column in range(3)] for row in range(3)]
    numbers = {cell: 2 + cell[0] + cell[1] for line in square for cell in line}
    known = {*sums(*square, *zip(*square, strict=True))}
    (asked,) = sums({A})
    assert [*Reader(numbers, []).told(known, [asked])] == []
    monkeypatch.setattr(number_solver, "_MOST_SECONDS", 0.0)
    assert [one for one, _ in Reader(numbers, []).told(known, [asked])] == [asked]


def test_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    asked, whole = sums({A}, {A, B})
    assert [*Reader({A: 3, B: 9}, []).told({whole}, [asked])] == []
    assert capfd.readouterr() == ("", "")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=3),
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=2),
)
def test_withheld_are_enough_and_none_of_them_is_needless(cells: list[list[int]], before: set[Cell]) -> None:
    numbers = {(row, column): number for row, line in enumerate(cells) for column, number in enumerate(line)}
    rows, columns = range(len(cells)), range(3)
    totals = sums(
        *(((row, column) for column in columns) for row in rows),
        *(((row, column) for row in rows) for column in columns),
    )
    single = sums(*({cell} for cell in numbers))
    printed = [
        Printed(one, sum(numbers[cell] for cell in one), one in totals)
        for one in dict.fromkeys([*single, *totals])
    ]
    known = {one for one in single if one <= before}
    small = {one.cells for one in printed if 0 < one.number < 5}
    asked = small - {one for one, _ in Reader(numbers, []).told(known, small)}
    found = withheld({Reader(numbers, []): asked}, known, printed, asked)
    shown = known | ({one.cells for one in printed} - found)
    assert asked <= found
    assert [*Reader(numbers, []).told(shown, asked)] == []
    for one in found - asked:
        assert [*Reader(numbers, []).told(shown | {one}, asked)] != []


def test_withheld_guards_each_reader_s_own() -> None:
    numbers = {A: 1, B: 3, C: 9}
    whole, first, second, third = sums({A, B, C}, {A}, {B}, {C})
    printed = [
        Printed(one, sum(numbers[cell] for cell in one), total=one == whole) for one in (whole, second, third)
    ]
    trusting, doubting = Reader(numbers, [], {first}), Reader(numbers, [], doubts=True)
    # To the one B follows from the others, to the other A does.
    assert withheld({trusting: [second]}, set(), printed, {second}) == {second, third}
    assert withheld({trusting: [], doubting: [first]}, set(), printed, set()) == {second}


def test_of_numbers_that_help_as_much_one_of_lower_worth_is_withheld_then_the_smallest() -> None:
    numbers = {A: 3, B: 9, C: 7, D: 8}
    (asked,), whole, single = sums({A}), frozenset(CELLS), sums({B}, {C}, {D})

    def partner(*worth: int) -> frozenset[Sum]:
        printed = [
            Printed(one, sum(numbers[cell] for cell in one), total=False, worth=by)
            for one, by in zip((asked, *single), (1, *worth), strict=True)
        ]
        return withheld({Reader(numbers, []): [asked]}, {whole}, printed, {asked}) - {asked}

    assert partner(1, 1, 1) == {single[1]}
    assert partner(0, 1, 1) == {single[0]}

"""Small numbers: hidden with what would give them away, proved by counting every table that a reader could think of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.programme.question import OverPeriods
from models.rules.answers.counted_people import sentences_to_look_at, small_counts
from models.rules.answers.joined_periods import join_periods
from models.rules.answers.reader import Reader, Sum
from tasks.documents.facts.people_cells import OtherPeriod, Told, periods_of
from tasks.documents.facts.repeated import Shown
from tasks.documents.facts.report import NOTHING, FigureRow, FigureTable
from tasks.documents.facts.small_figures import PeopleFigures
from tasks.documents.facts.treated_people import CHOICES, Choice
from tasks.wording.words import speaker


def follows(asked: Sum, known: list[Sum], rows: int, columns: int = 4) -> bool:
    """Whether a sum of cells follows from known ones: it adds nothing to their rank, counted modulo a prime."""
    cells = [(row, column) for row in range(rows) for column in range(columns)]
    lines = [[int(cell in one) for cell in cells] for one in known]
    return rank(lines) == rank([*lines, [int(cell in asked) for cell in cells]])


def rank(lines: list[list[int]], prime: int = 1_000_003) -> int:
    """Return the rank of a matrix modulo a prime."""
    rest, found = [list(line) for line in lines], 0
    while rest:
        line = rest.pop()
        first = next((place for place, value in enumerate(line) if value), None)
        if first is None:
            continue
        found += 1
        inverse = pow(line[first], -1, prime)
        rest = [
            [(a - other[first] * inverse * b) % prime for a, b in zip(other, line, strict=True)]
            for other in rest
        ]
    return found


CELLS = [(row, column) for row in range(2) for column in range(2)]


def test_quarter_of_a_later_document_does_not_give_an_earlier_one_s_hidden_number_away() -> None:
    report = PeopleFigures([a_row("girls", 12, 4, 0, 0)], QUARTERS, 5, [])
    treated = report.treat(speaker("en"), {"people": "hide"})
    assert treated.tables[0].rows[0].cells == ("*", "*", "0", "0")
    rest = [
        OtherPeriod(key, name, {"girls": number})
        for (key, name), number in zip(list(QUARTERS.items())[1:], (4, 0, 0), strict=True)
    ]
    # 12 of a quarter is not small, but with the year's 16 and two noughts it leaves 4 for the next.
    follow_up = PeopleFigures([a_row("girls", 12)], {"2010-Q1": "quarter 1"}, 5, [treated.told], rest)
    (asked,) = follow_up.flagged(speaker("en"))
    assert (asked.small, asked.partners[0]) == (("girls, quarter 2: 4",), "girls, quarter 1: 12")
    hidden = follow_up.treat(speaker("en"), {"people": "hide"})
    assert hidden.tables[0].rows[0].cells == ("*",)


Leaving = list[tuple[tuple[int, ...], Choice]]


# Which own rows a table's rows add up, and which rows they are the sums of: in "crossed" the own ones are not printed.
OWN = {f"r{at}": {at} for at in range(3)}
SHAPES: dict[str, tuple[dict[str, set[int]], dict[str, tuple[tuple[str, ...], ...]]]] = {
    "alone": (OWN, {}),
    "sum": ({"all": {0, 1, 2}, **OWN}, {"all": (("r0", "r1", "r2"),)}),
    "nested": (
        {"all": {0, 1, 2}, "some": {0, 1}, **OWN},
        {"all": (("some", "r2"),), "some": (("r0", "r1"),)},
    ),
    "crossed": (
        {"all": {0, 1, 2, 3}, "men": {0, 1}, "women": {2, 3}, "young": {0, 2}, "old": {1, 3}},
        {"all": (("men", "women"), ("young", "old"))},
    ),
}


@st.composite
def leavings(draw: st.DrawFn) -> tuple[list[list[int]], str, Leaving]:
    """Return numbers by own row and quarter, what rows they make, and the documents in their order."""
    shape, width = draw(st.sampled_from([*SHAPES])), draw(st.integers(2, 4 if draw(st.booleans()) else 3))
    number = st.one_of(st.just(0), st.integers(0, 12))
    height = 4 if shape == "crossed" else 3
    rows = draw(st.lists(st.lists(number, min_size=width, max_size=width), min_size=height, max_size=height))
    each = tuple(range(width))
    order = draw(st.permutations([each, *((quarter,) for quarter in each)]))
    choice = st.sampled_from(CHOICES)
    return rows, shape, [(quarters, draw(choice)) for quarters in order]


@settings(max_examples=60, deadline=None)
@given(leavings())
# Each time a nought, which would be shown, was what the last document lacked to give an earlier one's number away.
@example(
    (
        [[11, 0, 4], [0, 0, 0], [0, 0, 0]],
        "alone",
        [((0, 1, 2), "merge"), ((0,), "hide"), ((2,), "merge"), ((1,), "hide")],
    )
)
@example(
    (
        [[11, 0, 4, 0], [8, 0, 0, 0], [0, 0, 0, 0]],
        "sum",
        [((0,), "send"), ((3,), "send"), ((0, 1, 2, 3), "merge"), ((1,), "merge")],
    )
)
@example(
    (
        [[0, 0, 3, 7], [0, 1, 0, 4], [10, 5, 0, 0]],
        "sum",
        [((0, 1, 2, 3), "merge"), ((0,), "send"), ((2,), "merge"), ((1,), "merge"), ((3,), "hide")],
    )
)
# The second quarter's sum less one part of its second breakdown is the other: and that is joined with the first's 4.
@example(
    (
        [[12, 3], [2, 5], [3, 6], [2, 8]],
        "crossed",
        [((0, 1), "merge"), ((1,), "hide"), ((0,), "hide")],
    )
)
def test_no_document_gives_away_what_another_hides_in_whatever_order_they_leave(
    life: tuple[list[list[int]], str, Leaving],
) -> None:
    rows, shape, leaving = life
    keys, adds = SHAPES[shape]
    names = [*QUARTERS][: len(rows[0])]

    def figures(quarters: Sequence[int]) -> list[FigureRow]:
        return [
            a_row(key, *(sum(rows[row][one] for row in own) for one in quarters), adds=adds.get(key, ()))
            for key, own in keys.items()
        ]

    def sum_of(key: str, periods: Iterable[str]) -> Sum:
        return frozenset((row, names.index(period)) for row in keys[key] for period in periods)

    numbers = {(at, quarter): number for at, line in enumerate(rows) for quarter, number in enumerate(line)}
    asked = {sum_of(key, periods) for key in keys for periods in (names, *([one] for one in names))}
    small = {one for one in asked if 0 < sum(numbers[cell] for cell in one) < 5}
    told: list[Shown] = []
    for quarters, choice in leaving:
        others = [
            OtherPeriod(names[one], names[one], {row.key: int(row.values[0] or 0) for row in figures([one])})
            for one in range(len(names))
            if one not in quarters
        ]
        periods = {names[one]: names[one] for one in quarters}
        people = PeopleFigures(figures(quarters), periods, 5, [Told(tuple(told))], others)
        chosen = [one.key for one in people.flagged(speaker("en")) if one.asks]
        before = [sum_of(*one) for one in told]
        told += people.treat(speaker("en"), dict.fromkeys(chosen, choice)).told.shown
        if chosen and choice == "send":
            continue
        after = [sum_of(*one) for one in told]
        known = told_by(after, numbers, small)
        assert not any(follows(one, after, len(rows)) for one in small - known)
        if shape == "crossed":
            # Of its own rows nothing is printed: not that they are one or more either.
            each = {sum_of(key, [one]) for key in keys for one in names} & small
            assert not any(follows(one, after, 4) and not follows(one, before, 4) for one in each)
            continue
        # What only adds noughts to cells that were told one by one says nothing of anybody else.
        cells = {cell: told_by(before, numbers, [frozenset({cell})]) for cell in numbers if numbers[cell]}
        new = known - told_by(before, numbers, small)
        assert [one for one in new if not all(cells.get(cell, True) for cell in one)] == []


def told_by(known: Iterable[Sum], numbers: dict[tuple[int, int], int], asked: Iterable[Sum]) -> set[Sum]:
    """Return the asked sums that a reader of the known ones can tell."""
    return {one for one, _ in Reader(numbers, ()).told({*known}, asked)}


def test_joined_periods_do_not_leave_only_ones_for_hidden_numbers() -> None:
    rows = {"a": (3, 2, 1, 2), "b": (1, 2, 1, 1), "c": (1, 4, 0, 5)}
    whole = [sum(column) for column in zip(*rows.values(), strict=True)]
    figures = [
        a_row("all", *whole, adds=(tuple(rows),)),
        *(a_row(key, *line, part=True) for key, line in rows.items()),
    ]
    told = [(key, ("2010-Q2",)) for key in ("all", *rows)]
    people = PeopleFigures(figures, QUARTERS, 5, [Told(tuple(told))])
    # "b" comes to 5, of which 2 are told: three quarters are left for 3, and a hidden number is 1 or more.
    treated = people.treat(speaker("en"), {"all": "merge"})
    assert treated.choices == {"all": "hide"}
    b = next(row for row in treated.tables[0].rows if row.key == "b")
    assert (b.cells, b.total) == (("*", "2", "*", "*"), "*")


def test_small_number_of_another_period_that_was_told_is_not_asked_about() -> None:
    girls = [a_row("girls", 3)], {"2010-Q1": "quarter 1"}
    told = PeopleFigures(*girls, 5, []).treat(speaker("en"), {}).told
    others = [OtherPeriod("2010-Q1", "quarter 1", {"girls": 3})]
    people = PeopleFigures([a_row("girls", 12)], {"2010-Q2": "quarter 2"}, 5, [told], others)
    assert people.flagged(speaker("en")) == ()


def a_row(
    key: str,
    *numbers: int,
    adds: tuple[tuple[str, ...], ...] = (),
    part: bool = False,
    over_periods: OverPeriods = "sum",
) -> FigureRow:
    """Return a row of numbers of people, as a report has it."""
    values = tuple(Decimal(number) for number in numbers)
    cells = tuple(str(number) for number in numbers)
    total = join_periods(values, over_periods)
    return FigureRow(key, cells, str(total), values, False, True, key, adds, part, over_periods)


QUARTERS = {f"2010-Q{number}": f"quarter {number}" for number in (1, 2, 3, 4)}
ONE_BY_ONE = [("girls", (quarter,)) for quarter in list(QUARTERS)[:3]]


@pytest.mark.parametrize(
    ("told", "choice", "cells"),
    [
        ([], "send", [["3", "9", "12", "8", "32"]]),
        ([], "hide", [["*", "9", "12", "*", "32"]]),
        ([], "merge", [["12", "12", "8", "32"]]),
        # A quarter that a follow-up told is known; the others are not small.
        (ONE_BY_ONE, "hide", [["3", "9", "12", "8", "32"]]),
        # It is joined all the same where joining was chosen: it gives nothing away that was not told.
        (ONE_BY_ONE[:1], "merge", [["12", "12", "8", "32"]]),
        # Three quarters together are known: with the year's total the fourth would be too, but it is not small.
        ([("girls", tuple(QUARTERS)[:3])], "hide", [["*", "*", "12", "8", "32"]]),
    ],
)
def test_small_numbers_are_treated_as_chosen(
    told: list[Shown], choice: Choice, cells: list[list[str]]
) -> None:
    people = PeopleFigures([a_row("girls", 3, 9, 12, 8)], QUARTERS, 5, [Told(tuple(told))])
    treated = people.treat(speaker("en"), {"people": choice})
    assert [[*row.cells, row.total] for table in treated.tables for row in table.rows] == cells


@pytest.mark.parametrize(
    ("rows", "whole", "printed"),
    [
        ([(10, 3, 7)], False, ["10 * * 20"]),  # 3 follows from the total: the smallest other goes too
        ([(1, 1, 20)], False, ["* * * 22"]),  # two hidden ones that make 2 are 1 and 1
        ([(2, 2, 9)], False, ["* * * 13"]),  # two that make 4 are a small number too
        ([(10, 20), (30, 40)], True, ["10 20 30", "30 40 70", "40 60 100"]),
        ([(0, 0), (0, 0)], True, ["0 0 0"] * 3),
        ([(3, 20), (30, 40)], True, ["* * 23", "* * 70", "33 60 93"]),  # a square, so that no side tells
        ([(3, 0, 0)], False, ["* 0 0 *"]),  # a number goes before a nought
    ],
)
def test_partners_are_hidden_too(rows: list[tuple[int, ...]], whole: bool, printed: list[str]) -> None:
    figures = [a_row(f"r{at}", *line, part=whole) for at, line in enumerate(rows)]
    if whole:
        sums = map(sum, zip(*rows, strict=True))
        figures.append(a_row("all", *sums, adds=(tuple(row.key for row in figures),)))
    names = dict([*QUARTERS.items()][: len(rows[0])])
    treated = PeopleFigures(figures, names, 5, []).treat(
        speaker("en"), {"all" if whole else "people": "hide"}
    )
    assert [" ".join((*row.cells, row.total)) for row in treated.tables[0].rows] == printed


def test_quarter_that_leaves_two_hidden_ones_of_a_report_few_together_is_hidden() -> None:
    say, numbers = speaker("en"), (1, 3, 9, 20)
    report = PeopleFigures([a_row("girls", *numbers)], QUARTERS, 5, []).treat(say, {"people": "hide"})
    assert report.tables[0].rows[0].cells == ("*", "*", "*", "20")
    rest = [OtherPeriod(key, key, {"girls": one}) for key, one in zip(QUARTERS, numbers, strict=True)]
    third = {"2010-Q3": "quarter 3"}
    follow_up = PeopleFigures([a_row("girls", 9)], third, 5, [report.told], [*rest[:2], rest[3]])
    (asked,) = follow_up.flagged(say)
    assert asked.small == ("girls, 2010-Q1 and 2010-Q2: 4",)
    assert follow_up.treat(say, {"people": "hide"}).tables[0].rows[0].cells == ("*",)


@pytest.mark.parametrize("few", [(4, 5), (2, 3, 4), (2, 2, 2, 3)])
def test_few_people_in_up_to_four_rows_are_hidden_together(few: tuple[int, ...]) -> None:
    parts = [a_row(f"r{at}", number, part=True) for at, number in enumerate((*few, 30))]
    whole = a_row("all", sum(few) + 30, adds=(tuple(row.key for row in parts),))
    people = PeopleFigures([whole, *parts], {"2010-Q1": "quarter 1"}, 10, [])
    rows = people.treat(speaker("en"), {"all": "hide"}).tables[0].rows
    # None of them is told by 30 of the sum, but all of them together are.
    assert [row.cells for row in rows].count(("*",)) == len(few) + 1


def test_few_people_in_two_rows_over_all_periods_are_hidden_together() -> None:
    lines = {"r0": (2, 2), "r1": (2, 2), "r2": (15, 16)}
    whole = a_row("all", *map(sum, zip(*lines.values(), strict=True)), adds=(tuple(lines),))
    figures = [whole, *(a_row(key, *line, part=True) for key, line in lines.items())]
    people = PeopleFigures(figures, dict([*QUARTERS.items()][:2]), 10, [])
    printed = {row.key: row.total for row in people.treat(speaker("en"), {"all": "hide"}).tables[0].rows}
    assert (printed["r0"], printed["r1"]) == ("*", "*")
    assert "*" in (printed["all"], printed["r2"])


def test_total_of_a_sum_is_hidden_where_a_row_of_its_breakdown_does_not_add_up_over_periods() -> None:
    figures = [
        a_row("persons", 12, 21, adds=(("women", "men"),)),
        a_row("women", 9, 9, part=True),
        a_row("men", 3, 12, part=True, over_periods="last"),
    ]
    names = dict([*QUARTERS.items()][:2])
    treated = PeopleFigures(figures, names, 5, []).treat(speaker("en"), {"persons": "hide"})
    persons, women, men = ((*row.cells, row.total) for row in treated.tables[0].rows)
    assert men[0] == "*"
    # The quarter's 12 less 9 would leave it, and 33 less 18 the men of both quarters: that of one gives the other.
    assert "*" in (persons[0], women[0])
    assert "*" in (persons[2], women[2], men[1])


def test_sum_so_far_tells_no_number_of_periods_that_are_joined() -> None:
    names, say = dict([*QUARTERS.items()][:3]), speaker("en")
    so_far = {key: ((("girls", (*names,)[: at + 1]),),) for at, key in enumerate(names)}
    again = replace(a_row("again", 4, 13, 22, over_periods="last"), again=so_far, sensitive=False)
    people = PeopleFigures([a_row("girls", 4, 9, 9), again], names, 5, [])
    treated = people.treat(say, {"people": "merge", "people-standing": "merge"})
    printed = {row.key: (*row.cells, row.total) for table in treated.tables for row in table.rows}
    assert printed["girls"] == ("13", "9", "22")
    assert printed["again"][0] == "*"


def test_joined_numbers_are_written_as_the_others_of_the_report() -> None:
    say = speaker("sv")
    people = PeopleFigures([a_row("girls", 5021, 3, 6043, 7011)], QUARTERS, 5, [])
    (asked,) = people.flagged(say)
    assert asked.partners == ("girls, quarter 1: 5\N{NO-BREAK SPACE}021",)
    (table,) = people.treat(say, {"people": "merge"}).tables
    assert table.rows[0].cells[1] == "6\N{NO-BREAK SPACE}046"


@given(
    st.lists(st.integers(0, 12), min_size=4, max_size=4),
    st.sampled_from(["last", "highest"]),
    st.sampled_from(["hide", "merge"]),
)
def test_a_stock_hides_its_small_numbers_and_a_total_that_says_one_again(
    numbers: list[int], how: OverPeriods, choice: Choice
) -> None:
    people = PeopleFigures([a_row("girls", *numbers, over_periods=how)], QUARTERS, 5, [])
    treated = people.treat(speaker("en"), {"people-standing": choice})
    (row,) = treated.tables[0].rows
    # No difference gives a quarter away: only small ones are hidden, and nothing is added up.
    assert row.cells == tuple("*" if 0 < number < 5 else str(number) for number in numbers)
    total = numbers[-1] if how == "last" else max(numbers)
    assert row.total == ("*" if 0 < total < 5 else str(total))
    assert treated.choices == {"people-standing": "hide"}
    assert [one.joins for one in people.flagged(speaker("en"))] == [False] * any(0 < n < 5 for n in numbers)


def test_table_that_joining_does_not_help_is_hidden_and_says_so() -> None:
    people = PeopleFigures([a_row("girls", 1, 0, 2, 0)], QUARTERS, 5, [])
    (table,) = people.flagged(speaker("en"))
    treated = people.treat(speaker("en"), {"people": "merge"})
    assert (table.joins, treated.choices) == (False, {"people": "hide"})
    assert "*" in treated.tables[0].rows[0].cells


def test_breakdown_is_a_table_of_its_own_with_its_own_choice() -> None:
    figures = [
        a_row("persons", 12, 20, 15, 18, adds=(("persons.women", "persons.men"),)),
        a_row("persons.women", 9, 12, 7, 16, part=True),
        a_row("persons.men", 3, 8, 8, 2, part=True),
        a_row("girls", 7, 9, 1, 8),
    ]
    people = PeopleFigures(figures, QUARTERS, 5, [])
    asked = people.flagged(speaker("en"))
    assert [(one.key, one.small) for one in asked] == [
        ("persons", ("persons.men, quarter 1: 3", "persons.men, quarter 4: 2")),
        ("people", ("girls, quarter 3: 1",)),
    ]
    treated = people.treat(speaker("en"), {"persons": "hide", "people": "merge"})
    assert [(table.periods[-1], [[*row.cells] for row in table.rows]) for table in treated.tables] == [
        ("quarter 4", [["12", "20", "15", "18"], ["*", "12", "7", "*"], ["*", "8", "8", "*"]]),
        ("quarter 3 – quarter 4", [["7", "9", "9"]]),
    ]
    shown = {key for key, periods in treated.told.shown if periods == ("2010-Q1",)}
    assert shown == {"persons", "girls"}


def test_breakdown_that_an_explanation_stands_beside_is_held_to_by_how_much_it_does_not_add_up() -> None:
    figures = [
        a_row("persons", 12, 20, 15, 19, adds=(("persons.women", "persons.men"),)),
        a_row("persons.women", 9, 12, 7, 16, part=True),
        a_row(
            "persons.men", 8, 8, 8, 4, part=True
        ),  # 20 in the last quarter: the text beside may say that one is both
    ]
    (table,) = PeopleFigures(figures, QUARTERS, 5, []).treat(speaker("en"), {"persons": "hide"}).tables
    assert [[*row.cells, row.total] for row in table.rows] == [
        ["12", "20", "15", "19", "66"],
        ["9", "12", "*", "*", "44"],
        ["8", "8", "*", "*", "28"],
    ]


@pytest.mark.parametrize(
    ("whole", "women", "printed"),
    [
        ((23, 27, 3), (20, 15, None), ["23 27 * *", "20 15 – 35"]),  # the total would tell the third
        ((20, 15, None), (23, 27, 3), ["20 15 – 35", "23 27 * *"]),
    ],
)
def test_small_number_is_not_told_by_its_total_where_its_breakdown_is_not_answered(
    whole: tuple[int | None, ...], women: tuple[int | None, ...], printed: list[str]
) -> None:
    figures = [
        unanswered(a_row("persons", *(one or 0 for one in whole), adds=(("persons.women",),)), whole),
        unanswered(a_row("persons.women", *(one or 0 for one in women), part=True), women),
    ]
    names = dict([*QUARTERS.items()][:3])
    treated = PeopleFigures(figures, names, 5, []).treat(speaker("en"), {"persons": "hide"})
    assert [" ".join((*row.cells, row.total)) for row in treated.tables[0].rows] == printed


def unanswered(row: FigureRow, answers: Sequence[int | None]) -> FigureRow:
    """Return the row without the numbers that nobody answered."""
    lacks = [answer is None for answer in answers]
    cells = tuple(NOTHING if lack else cell for cell, lack in zip(row.cells, lacks, strict=True))
    values = tuple(None if lack else value for value, lack in zip(row.values, lacks, strict=True))
    return replace(row, cells=cells, values=values)


# Which rows are sums of which, in ways that meet: a part of a part, a part of two, and two breakdowns of one.
MEETING: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "all of persons and others": {"all": (("persons", "z"),), "persons": (("x", "y"),)},
    "x in two": {"a": (("x", "y"),), "b": (("x", "z"),)},
    "persons by sex and by age": {"persons": (("x", "y"), ("z", "rest"))},
}


@pytest.mark.parametrize("shape", MEETING)
@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=3, max_size=3),
    st.sampled_from(["hide", "merge"]),
    st.booleans(),
)
@example([[2, 0], [0, 3], [4, 4]], "hide", False)
@example([[4, 4], [1, 0], [4, 4]], "merge", True)
# With their totals shown, only one table fits: two of the two breakdowns' rows hang together by a chain of ones.
@example([[0, 4, 3], [2, 1, 0], [1, 1, 2]], "hide", False)
def test_rows_that_are_sums_in_ways_that_meet_give_no_number_away(
    shape: str, lines: list[list[int]], choice: Choice, first: bool
) -> None:
    wholes, width = MEETING[shape], len(lines[0])
    own = dict(zip("xyz", (tuple(line) for line in lines), strict=True))
    if "rest" in str(wholes):  # what the other breakdown leaves, where it leaves that much
        own["z"] = tuple(min(x + y, z) for x, y, z in zip(*own.values(), strict=True))
    numbers = all_of(own, wholes)
    rows = [a_row(key, *numbers[key], adds=wholes.get(key, ())) for key in numbers]
    rows.sort(key=lambda row: not row.adds if first else bool(row.adds))
    people = PeopleFigures(rows, {f"q{at}": f"q{at}" for at in range(width)}, 3, [])
    treated = people.treat(
        speaker("en"), {one.key: choice for one in people.flagged(speaker("en")) if one.asks}
    )
    shown = [
        (row.key, int(cell), periods)
        for table in treated.tables
        for row in table.rows
        for periods, cell in zip(columns_of(table, width), (*row.cells, row.total), strict=True)
        if cell != "*"
    ]
    stars = {
        (row.key, periods)
        for table in treated.tables
        for row in table.rows
        for periods, cell in zip(columns_of(table, width), row.cells, strict=False)
        if cell == "*"
    }
    every = [*((at,) for at in range(width)), tuple(range(width))]
    small = {
        (key, at) for key, line in numbers.items() for at in every if 0 < sum(line[one] for one in at) < 3
    }
    told = dict.fromkeys(small, 0)
    for guess in every_guess(own, shown, stars):
        other = all_of(guess, wholes)
        if (
            all(number >= 0 for line in other.values() for number in line)
            and all(sum(other[key][one] for one in at) == number for key, number, at in shown)
            and all(other[key][at] for key, (at,) in stars)
        ):
            for key, at in small:
                told[key, at] |= sum(other[key][one] for one in at) != sum(numbers[key][one] for one in at)
    assert [one for one, hidden in told.items() if not hidden] == []


def columns_of(table: FigureTable, width: int) -> list[tuple[int, ...]]:
    """Return which quarters each column of a row of a printed table is the sum of, its total last."""
    ends = [name.split(" – ") for name in table.periods]
    return [*(tuple(range(int(one[0][1:]), int(one[-1][1:]) + 1)) for one in ends), tuple(range(width))]


def all_of(
    own: dict[str, tuple[int, ...]], wholes: dict[str, tuple[tuple[str, ...], ...]]
) -> dict[str, tuple[int, ...]]:
    """Return the rows with those that are sums of them."""
    found = dict(own)
    for key in reversed(wholes):
        found[key] = tuple(map(sum, zip(*(found[part] for part in wholes[key][0]), strict=True)))
        for way in wholes[key][1:]:
            left = [key_ for key_ in way if key_ not in found]
            for rest in left:
                known = (found[part] for part in way if part != rest)
                taken = map(sum, zip(*known, strict=True))
                found[rest] = tuple(one - two for one, two in zip(found[key], taken, strict=True))
    return found


def every_guess(
    own: dict[str, tuple[int, ...]],
    shown: Iterable[tuple[str, int, tuple[int, ...]]],
    stars: set[tuple[str, tuple[int, ...]]],
) -> Iterable[dict[str, tuple[int, ...]]]:
    """Yield the own rows that a reader can think of, a little above what they are at most."""
    choices = []
    for key in own:
        said = [(number, at) for name, number, at in shown if name == key]
        choices.append(
            [
                pair
                for pair in product(range(6), repeat=len(own[key]))
                if all(sum(pair[one] for one in at) == number for number, at in said)
                and all(pair[at] for name, (at,) in stars if name == key)
            ]
        )
    for lines in product(*choices):
        yield dict(zip(own, lines, strict=True))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tre personer under 20 år har fått stöd.", ["Tre personer"]),
        ("10 personer under 18 år och 3 under 20 år.", ["3 under 20"]),
        ("Vi mötte 4 unga flickor. Av dem var två yngre barn", ["4 unga", "två yngre barn"]),
        ("En anmälan är inte en person, och en person kan anmälas två gånger.", []),
        ("Kvartal 3 hade 14 anmälningar och 12 flickor under 4 år.", []),
        ("Two girls and 11 boys, 3 of the women", ["Two girls", "3 of the women"]),
        ("En flicka placerades, ett barn fick stöd och one boy came.", ["En flicka", "ett barn", "one boy"]),
        (
            "En av de unga, den enda kvinnan och båda systrarnas barn",
            ["En av de unga", "enda kvinnan", "båda systrarnas barn"],
        ),
        ("Ett par unga. Bara en kvinna, båda barnen", ["Ett par unga", "en kvinna", "båda barnen"]),
        (
            "En person kan söka. En grupp unga, inte ett barn, fler än en familj, a part of one group of girls",
            [],
        ),
        ("Elva flickor och fyra pojkar. I två fall en förälder", ["fyra pojkar", "två fall", "en förälder"]),
        ("I kvartal 3 personer som söker. Under 4 år: barn. Annex 2 persons", []),
        ("Möte 2. Barnen kom inte. 2010-01-03 personer 1 250 personer", []),
    ],
)
def test_small_numbers_in_texts_are_found_to_look_at(text: str, found: list[str]) -> None:
    assert [*small_counts(text, 5)] == found


def test_sentence_with_a_small_number_is_quoted_whole() -> None:
    text = (
        "Vi mötte många. Av dem var två unga flickor, bl.a. en syster. Resten kom 2010. Tre barn fick stöd!"
    )
    assert [*sentences_to_look_at(text, 5)] == [
        "Av dem var två unga flickor, bl.a. en syster.",
        "Tre barn fick stöd!",
    ]
    assert [*sentences_to_look_at("Ingen kom.", 5)] == []


def test_sentence_with_a_personal_number_is_quoted_without_it() -> None:
    text = "Vi mötte många. Bland dem var 811218-9876, som är i skolan. Det var 2010."
    assert [*sentences_to_look_at(text, 5)] == ["Bland dem var •••, som är i skolan."]


def test_number_words_follow_the_programmes_threshold() -> None:
    assert [*small_counts("Elva flickor, tolv pojkar, nineteen women", 12)] == ["Elva flickor"]


def test_quarter_that_was_corrected_is_asked_about_though_another_document_shows_it() -> None:
    before = PeopleFigures([a_row("girls", 12, 9, 8, 0)], QUARTERS, 5, []).treat(speaker("en"), {})
    people = PeopleFigures([a_row("girls", 12, 9, 8, 3)], QUARTERS, 5, [before.told])
    (asked,) = people.flagged(speaker("en"))
    assert (asked.asks, asked.small, asked.told) == (True, ("girls, quarter 4: 3",), ())
    # The other quarters are told: with the year's sum they would leave the fourth.
    (row,) = people.treat(speaker("en"), {"people": "hide"}).tables[0].rows
    assert (row.cells, row.total) == (("12", "9", "8", "*"), "*")


def test_number_that_was_hidden_before_it_was_corrected_is_not_told_by_the_others() -> None:
    before = PeopleFigures([a_row("girls", 12, 9, 8, 3)], QUARTERS, 5, []).treat(
        speaker("en"), {"people": "hide"}
    )
    (row,) = before.tables[0].rows
    assert (row.cells, row.total) == (("12", "9", "*", "*"), "32")
    people = PeopleFigures([a_row("girls", 12, 9, 8, 7)], QUARTERS, 5, [before.told])
    # Nothing is small now, but the third quarter's 8 leaves 3 of the sum that was told.
    (asked,) = people.flagged(speaker("en"))
    assert (asked.small, asked.cells) == (
        ("girls, quarter 4, before it was corrected: 3",),
        (("girls", ("2010-Q4",)),),
    )
    (row,) = people.treat(speaker("en"), {"people": "hide"}).tables[0].rows
    assert row.cells[2] == "*"
    assert [row.cells[3], row.total].count("*") == 1


def test_sum_so_far_that_leaves_an_earlier_hidden_number_is_asked_about_and_hidden() -> None:
    names = dict(list(QUARTERS.items())[:2])
    so_far = {key: ((("girls", (*names,)[: at + 1]),),) for at, key in enumerate(names)}

    def figures(at: int) -> list[FigureRow]:
        again = replace(a_row("again", (3, 13)[at], over_periods="last"), again=so_far, sensitive=False)
        return [a_row("girls", (3, 10)[at]), again]

    say, keys = speaker("en"), [*names]
    rest = [
        OtherPeriod(key, names[key], {"girls": g, "again": a})
        for key, g, a in zip(keys, (3, 10), (3, 13), strict=True)
    ]
    first = PeopleFigures(figures(0), {keys[0]: names[keys[0]]}, 5, [], rest[1:])
    told = first.treat(say, {"people": "hide", "people-standing": "hide"}).told
    assert (keys[0],) not in [periods for _, periods in told.shown]
    second = PeopleFigures(figures(1), {keys[1]: names[keys[1]]}, 5, [told], rest[:1])
    (asked,) = second.flagged(say)
    assert (asked.small, asked.partners) == (("girls, quarter 1: 3",), ("again, quarter 2: 13",))
    rows = {row.key: row for row in second.treat(say, {"people": "hide"}).tables[0].rows}
    assert (rows["girls"].cells, rows["again"].cells, rows["again"].total) == (("10",), ("*",), "*")


def test_periods_are_not_joined_where_that_leaves_a_number_as_it_was_before_it_was_corrected() -> None:
    before = PeopleFigures([a_row("girls", 12, 9, 8, 3)], QUARTERS, 5, []).treat(
        speaker("en"), {"people": "hide"}
    )
    people = PeopleFigures([a_row("girls", 2, 10, 8, 7)], QUARTERS, 5, [before.told])
    # Joined, the first two are 12: but then the third quarter's 8 leaves 3 of the 11 that were told of the last two.
    treated = people.treat(speaker("en"), {"people": "merge"})
    assert (treated.choices, treated.tables[0].rows[0].cells[2]) == ({"people": "hide"}, "*")


def test_part_that_was_corrected_is_told_by_no_part_that_was_not() -> None:
    def figures(men: int) -> list[FigureRow]:
        return [
            a_row("persons", 12 + men, adds=(("persons.women", "persons.men"),)),
            a_row("persons.women", 12, part=True),
            a_row("persons.men", men, part=True),
        ]

    quarter = {"2010-Q1": "quarter 1"}
    before = PeopleFigures(figures(3), quarter, 5, []).treat(speaker("en"), {"persons": "hide"})
    shown = {row.key for table in before.tables for row in table.rows if row.cells == ("15",)}
    assert shown == {"persons"}
    people = PeopleFigures(figures(7), quarter, 5, [before.told])
    (asked,) = people.flagged(speaker("en"))
    assert asked.small == ("persons.men, quarter 1, before it was corrected: 3",)
    after = people.treat(speaker("en"), {"persons": "hide"})
    assert {row.key for row in after.tables[0].rows if row.cells == ("*",)} >= {"persons.women"}


def by_sex_and_by_age(women: Sequence[int], old: Sequence[int]) -> list[FigureRow]:
    """Return what is broken down in two ways over three quarters: the women and the old as said, the others fixed."""
    men, young = (0, 13, 9), (7, 11, 7)
    lines = {"women": women, "men": men, "young": young, "old": old}
    whole = map(sum, zip(women, men, strict=True))
    adds = (("women", "men"), ("young", "old"))
    return [a_row("all", *whole, adds=adds), *(a_row(key, *line, part=True) for key, line in lines.items())]


def test_breakdown_that_was_corrected_is_not_told_by_another_of_the_same_sum() -> None:
    names, say = dict(list(QUARTERS.items())[:3]), speaker("en")
    before = PeopleFigures(by_sex_and_by_age((13, 0, 0), (6, 2, 2)), names, 5, []).treat(
        say, {"all": "merge"}
    )
    assert [row.cells for row in before.tables[0].rows] == [("35",), ("13",), ("22",), ("25",), ("10",)]
    people = PeopleFigures(by_sex_and_by_age((13, 6, 5), (6, 8, 7)), names, 5, [before.told])
    # Women were 13 in all, and are in the first quarter: so all in the others were men, and not all of them young.
    (asked,) = people.flagged(say)
    assert asked.small == (
        "old, quarter 2, before it was corrected: 2",
        "old, quarter 3, before it was corrected: 2",
    )
    assert old_ones_before(people.treat(say, {}).tables[0].rows) == {(6, 2, 2)}
    found = old_ones_before(people.treat(say, {"all": "hide"}).tables[0].rows)
    assert [len({line[at] for line in found}) > 1 for at in (1, 2)] == [True, True]


def old_ones_before(rows: Sequence[FigureRow]) -> set[tuple[int, ...]]:
    """Return what the old ones can have been, for a reader who takes it that what is the same now always was."""
    now = {row.key: [int(cell) if cell != "*" else None for cell in row.cells] for row in rows}
    corrected = {"women": (1, 2), "old": (1, 2)}

    def fits(key: str, line: Sequence[int]) -> bool:
        same = (at for at in range(3) if at not in corrected.get(key, ()))
        return all(now[key][at] in (None, line[at]) for at in same)

    def lines(key: str, whole: int) -> list[tuple[int, int, int]]:
        every = ((one, two, whole - one - two) for one in range(whole + 1) for two in range(whole + 1 - one))
        return [line for line in every if fits(key, line)]

    each = product(lines("women", 13), lines("men", 22), lines("young", 25))
    old = {tuple(w + m - y for w, m, y in zip(*three, strict=True)) for three in each}
    return {line for line in old if min(line) >= 0 and fits("old", line)}


def test_answer_that_says_one_again_of_no_report_is_held_to_nothing() -> None:
    way = (("girls", ("2010-Q1",)), ("planned", ()))
    again = replace(a_row("again", 3), again={"2010-Q1": (way,)})
    people = PeopleFigures([a_row("girls", 3), again], {"2010-Q1": "quarter 1"}, 5, [])
    (asked,) = people.flagged(speaker("en"))
    assert asked.small == ("girls, quarter 1: 3", "again, quarter 1: 3")


def test_period_of_no_answer_is_joined_as_none_and_printed_as_such() -> None:
    names = dict(list(QUARTERS.items())[:4])
    row = replace(
        a_row("girls", 3, 9, 0, 0), cells=("3", "9", "–", "–"), values=(Decimal(3), Decimal(9), None, None)
    )
    other = a_row("boys", 9, 9, 2, 9)
    treated = PeopleFigures([row, other], names, 5, []).treat(speaker("en"), {"people": "merge"})
    assert [line.cells for line in treated.tables[0].rows] == [("12", "–"), ("18", "11")]
    assert treated.told.numbers["girls"] == {"2010-Q1": 3, "2010-Q2": 9, "2010-Q3": None, "2010-Q4": None}


def test_part_of_a_person_counts_as_a_small_number() -> None:
    half = FigureRow(
        "girls", ("0.5", "12"), "12.5", (Decimal("0.5"), Decimal(12)), sensitive=True, key="girls"
    )
    named = dict(list(QUARTERS.items())[:2])
    # As what another document says of them, too.
    assert [one.numbers for one in periods_of([half], named)] == [{"girls": 1}, {"girls": 12}]
    people = PeopleFigures([half], named, 5, [])
    (asked,) = people.flagged(speaker("en"))
    assert asked.small == ("girls, quarter 1: 0.5",)
    assert people.treat(speaker("en"), {"people": "hide"}).tables[0].rows[0].cells[0] == "*"


Correction = tuple[int, int, int]
Event = tuple[tuple[int, ...], Choice] | Correction


@st.composite
def corrected_lives(draw: st.DrawFn) -> tuple[list[list[int]], bool, list[Event]]:
    """Return numbers by row and quarter, whether they add up, and what happens: documents, and answers corrected."""
    width, height = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    number = st.one_of(st.just(0), st.integers(0, 9))
    rows = draw(st.lists(st.lists(number, min_size=width, max_size=width), min_size=height, max_size=height))
    periods = st.one_of(st.just(tuple(range(width))), st.tuples(st.integers(0, width - 1)))
    document = st.tuples(periods, st.sampled_from(CHOICES))
    correction = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1), number)
    return rows, draw(st.booleans()), draw(st.lists(st.one_of(document, correction), min_size=2, max_size=6))


@settings(max_examples=100, deadline=None)
@given(corrected_lives(), st.sampled_from(["no", "year", "so far"]))
@example(([[12, 9, 0]], False, [((0, 1, 2), "hide"), (0, 2, 3), ((0, 1, 2), "hide")]), "no")
@example(([[12, 3, 9]], False, [((0, 1, 2), "hide"), (0, 1, 7), ((0, 1, 2), "hide")]), "no")
@example(([[12], [3]], True, [((0,), "hide"), (1, 0, 7), ((0,), "hide")]), "no")
@example(([[9, 8, 7], [2, 1, 1]], True, [((0, 1, 2), "hide"), (1, 1, 9), ((0, 1, 2), "hide")]), "no")
# The last quarter's own answer of the year's sum, before a quarter was corrected and after.
@example(([[1, 10, 6], [0, 5, 1]], True, [((2,), "send"), (1, 0, 4), ((0, 1, 2), "hide")]), "year")
# Two hidden quarters come to 4, which the answer of the second would say.
@example(([[1, 3, 8, 0]], False, [((0, 1, 2, 3), "hide")]), "so far")
def test_no_document_gives_away_what_another_hides_though_answers_are_corrected(
    life: tuple[list[list[int]], bool, list[Event]], again: str
) -> None:
    """A cell is another one when its number is: neither the old nor the new follows from all that is shown."""
    numbers, whole, events = life
    names, cells = [*QUARTERS][: len(numbers[0])], dict[tuple[int, int, int], int]()
    # Which quarters' sum each quarter's answer to one more question says again.
    said = {"no": {}, "year": {len(names) - 1: range(len(names))}}.get(
        again, {at: range(at + 1) for at in range(len(names))}
    )
    of = "all" if whole else "r0"
    told: list[Told] = []
    known: list[set[int]] = []
    asked: dict[frozenset[int], int] = {}

    def cells_of(key: str, quarters: Iterable[int]) -> set[int]:
        if key == "again":
            return set().union(*(cells_of(of, said.get(one, ())) for one in quarters))
        rows = range(len(numbers)) if key == "all" else [int(key[1:])]
        wanted = [(row, quarter, numbers[row][quarter]) for row in rows for quarter in quarters]
        return {cells.setdefault(one, len(cells)) for one in wanted}

    def figures(quarters: Sequence[int]) -> list[FigureRow]:
        parts = [
            a_row(f"r{at}", *(line[one] for one in quarters), part=whole) for at, line in enumerate(numbers)
        ]
        sums = [sum(line[one] for line in numbers) for one in quarters]
        found = [a_row("all", *sums, adds=(tuple(part.key for part in parts),)), *parts] if whole else parts
        return [*found, *again_row(quarters)]

    def again_row(quarters: Sequence[int]) -> list[FigureRow]:
        summed = range(len(numbers)) if whole else [0]
        values = [sum(numbers[row][at] for row in summed for at in said.get(one, ())) for one in quarters]
        ways = {names[one]: (((of, tuple(names[at] for at in several)),),) for one, several in said.items()}
        row = a_row("again", *values, over_periods="last" if again == "so far" else "sum")
        return [replace(row, again=ways, sensitive=whole)] if said else []

    for event in events:
        if len(event) == 3:
            numbers[event[0]][event[1]] = event[2]
            continue
        quarters, choice = event
        # A sum of quarters is a number that a document has only where it is about them all.
        every = {(one,) for one in range(len(names))} | {quarters}
        for row in figures(range(len(names))):
            for at in every if row.key != "again" else {(one,) for one in said}:
                number = sum(int(row.values[one] or 0) for one in at)
                if 0 < number < 5:
                    asked[frozenset(cells_of(row.key, at))] = number
        others = [
            OtherPeriod(names[one], names[one], {row.key: int(row.values[0] or 0) for row in figures([one])})
            for one in range(len(names))
            if one not in quarters
        ]
        people = PeopleFigures(
            figures(quarters), {names[one]: names[one] for one in quarters}, 5, told, others
        )
        chosen = [one.key for one in people.flagged(speaker("en")) if one.asks]
        treated = people.treat(speaker("en"), dict.fromkeys(chosen, choice))
        told.append(treated.told)
        after = [*known, *(cells_of(key, [*map(names.index, at)]) for key, at in treated.told.shown)]
        if not chosen or choice != "send":
            for one in asked:
                apart = all(adds_to([{cell}], known) for cell in one if number_of(cells, cell))
                assert apart or adds_to([one], known) or not adds_to([one], after)
        known = after


def number_of(cells: dict[tuple[int, int, int], int], cell: int) -> int:
    """Return the number of a cell."""
    return next(number for (_, _, number), one in cells.items() if one == cell)


def adds_to(asked: Sequence[Iterable[int]], known: Sequence[Iterable[int]]) -> bool:
    """Whether the sums of cells follow from known ones by adding and subtracting."""
    width = 1 + max((cell for one in (*asked, *known) for cell in one), default=0)
    lines = [[int(cell in {*one}) for cell in range(width)] for one in known]
    return rank(lines) == rank([*lines, *([int(cell in {*one}) for cell in range(width)] for one in asked)])


def test_year_s_sum_that_a_corrected_quarter_makes_small_is_not_told_by_the_quarter() -> None:
    others = {"r0": (1, 0, 5), "r2": (2, 4, 0)}
    names = dict(list(QUARTERS.items())[:3])

    def figures(corrected: int, quarters: Sequence[int]) -> list[FigureRow]:
        lines = {**others, "r1": (corrected, 1, 1)}
        parts = [a_row(key, *(lines[key][one] for one in quarters), part=True) for key in ("r0", "r1", "r2")]
        sums = [sum(line[one] for line in lines.values()) for one in quarters]
        return [a_row("all", *sums, adds=(("r0", "r1", "r2"),)), *parts]

    before = PeopleFigures(figures(4, (0, 1, 2)), names, 5, []).treat(speaker("en"), {"all": "hide"})
    rest = [
        OtherPeriod(key, name, {row.key: int(row.values[0] or 0) for row in figures(2, (at,))})
        for at, (key, name) in enumerate(names.items())
        if at
    ]
    people = PeopleFigures(figures(2, (0,)), {"2010-Q1": "quarter 1"}, 5, [before.told], rest)
    (asked,) = people.flagged(speaker("en"))
    # Its 6 was shown; that the whole is 2 less tells that it is 4 now.
    assert "r1, quarter 1, quarter 2 and quarter 3: 4" in asked.small
    whole = people.treat(speaker("en"), {"all": "hide"}).tables[0].rows[0]
    assert (whole.key, whole.cells) == ("all", ("*",))


def test_sum_that_two_corrections_leave_as_it_was_is_held_against_the_numbers_as_they_are() -> None:
    names, say = dict(list(QUARTERS.items())[:2]), speaker("en")
    before = PeopleFigures([a_row("girls", 9, 3)], names, 5, []).treat(say, {"people": "merge"})
    assert before.tables[0].rows[0].cells == ("12",)
    rest = [OtherPeriod("2010-Q2", "quarter 2", {"girls": 2})]
    people = PeopleFigures([a_row("girls", 10)], {"2010-Q1": "quarter 1"}, 5, [before.told], rest)
    (asked,) = people.flagged(say)
    assert asked.small == ("girls, quarter 2: 2",)

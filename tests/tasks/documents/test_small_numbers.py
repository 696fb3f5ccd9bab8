"""Small numbers of people: what is printed of them by each choice, and which texts state what is not printed."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.programme.question import OverPeriods
from models.rules.answers.small_numbers import (
    Count,
    Shown,
    SmallNumbers,
    decide_shown,
    find_sentences_with_numbers,
    find_sentences_with_personal_numbers,
    find_text_key,
    is_undecided,
    list_unread,
)
from models.rules.answers.validation import join_periods
from tasks.documents.facts.figures import FigureRow, FigureTable, people_in
from tasks.documents.facts.small_numbers_choice import name_small, treat_figures
from tasks.words.translator import translator

SHOW, FEWER, TOTALS = SmallNumbers
QUARTERS = ("quarter 1", "quarter 2")
ALL, TOTAL, NOTHING = Shown.ALL, Shown.TOTAL, Shown.NOTHING


def a_count(key: str, *numbers: int | None, adds: str = "", near: str = "", people: bool = True) -> Count:
    values = tuple(None if number is None else Decimal(number) for number in numbers)
    total = join_periods(values, "sum")
    return Count(key, values, total, frozenset(adds.split()), frozenset(near.split()), people)


def a_row(
    key: str, *numbers: int, adds: str = "", people: bool = True, over_periods: OverPeriods = "sum"
) -> FigureRow:
    values = tuple(Decimal(number) for number in numbers)
    total = join_periods(values, over_periods)
    return FigureRow(
        key,
        tuple(map(str, numbers)),
        "–" if total is None else str(total),
        values,
        sensitive=people,
        key=key,
        adds=frozenset(adds.split()),
        over_periods=over_periods,
    )


REPORTS = a_count("reports", 4, 10, adds="girls boys", people=False)


@pytest.mark.parametrize(
    ("counts", "choice", "shown"),
    [
        pytest.param([a_count("girls", 2, 9)], SHOW, {"girls": ALL}, id="as it is"),
        pytest.param([a_count("girls", 2, 9)], FEWER, {"girls": TOTAL}, id="a quarter is small"),
        pytest.param([a_count("girls", 2, 0)], FEWER, {"girls": TOTAL}, id="the total is small itself"),
        pytest.param([a_count("girls", 0, 9)], FEWER, {"girls": ALL}, id="nought is nobody"),
        pytest.param([a_count("girls", 5, 9)], FEWER, {"girls": ALL}, id="five are not few"),
        pytest.param([a_count("girls", 5, 9)], TOTALS, {"girls": TOTAL}, id="totals only"),
        pytest.param(
            [a_count("girls", 2, 9), a_count("boys", 5, 9)],
            FEWER,
            {"girls": TOTAL, "boys": ALL},
            id="a number that hangs together with none is printed",
        ),
        pytest.param(
            [REPORTS, a_count("girls", 3, 7), a_count("boys", 1, 2)],
            FEWER,
            {"reports": TOTAL, "girls": NOTHING, "boys": NOTHING},
            id="a part is small: the whole alone",
        ),
        pytest.param(
            [REPORTS, a_count("girls", 3, 6), a_count("boys", 1, 4)],
            FEWER,
            {"reports": TOTAL, "girls": TOTAL, "boys": TOTAL},
            id="only quarters are small: no quarters of what hangs together",
        ),
        pytest.param(
            [a_count("girls", 2, None), a_count("girls_in_all", None, 2, near="girls")],
            FEWER,
            {"girls": TOTAL, "girls_in_all": NOTHING},
            id="an answer that repeats another is not printed beside it",
        ),
        pytest.param([a_count("visits", 2, 1, people=False)], FEWER, {}, id="visits are nobody"),
    ],
)  # fmt: skip
def test_what_is_printed_of_numbers_of_people(
    counts: list[Count], choice: SmallNumbers, shown: dict[str, Shown]
) -> None:
    assert decide_shown(counts, choice, 5) == shown


def printed(choice: SmallNumbers, *rows: FigureRow, periods: tuple[str, ...] = QUARTERS) -> list[list[str]]:
    """Return the lines of the tables that a document prints."""
    tables = treat_figures(translator("en"), rows, periods, choice, 5)
    return [[row.title, *row.cells, row.total] for table in tables for row in table.rows]


def test_breakdown_with_a_small_number_is_printed_as_its_total() -> None:
    rows = a_row("reports", 4, 10, adds="girls boys"), a_row("girls", 3, 7), a_row("boys", 1, 2)
    other = a_row("visits", 2, 3, people=False)
    assert printed(SHOW, *rows) == [
        ["reports", "4", "10", "14"],
        ["girls", "3", "7", "10"],
        ["boys", "1", "2", "3"],
    ]
    assert printed(FEWER, *rows, other) == [["visits", "2", "3", "5"], ["reports", "14"]]
    assert printed(TOTALS, *rows, a_row("adults", 8, 9)) == [["reports", "14"], ["adults", "17"]]


@pytest.mark.parametrize(
    ("row", "periods", "lines"),
    [
        (a_row("girls", 1, 2), QUARTERS, [["girls", "fewer than 5"]]),
        (a_row("girls", 3), QUARTERS[:1], [["girls", "fewer than 5", "fewer than 5"]]),
        (a_row("girls", 9, 3, over_periods="last"), QUARTERS, [["girls", "fewer than 5"]]),
        (a_row("girls", 9, 3, over_periods="highest"), QUARTERS, [["girls", "9"]]),
        (a_row("girls", 9, 3, over_periods="none"), QUARTERS, []),
    ],
)
def test_total_that_is_small_itself_is_printed_as_fewer(
    row: FigureRow, periods: tuple[str, ...], lines: list[list[str]]
) -> None:
    assert printed(FEWER, row, periods=periods) == lines


def test_small_numbers_are_named_with_their_period_and_in_all() -> None:
    rows = [a_row("reports", 4, 10, adds="girls"), a_row("girls", 3, 0), a_row("visits", 1, 1, people=False)]
    assert people_in(rows) == {"reports", "girls"}
    named = ["reports, quarter 1: 4", "girls, quarter 1: 3", "girls, in all: 3"]
    assert [*name_small(translator("en"), rows, QUARTERS, 5)] == named


def guesses(tables: tuple[FigureTable, ...], most: int) -> Iterator[dict[tuple[str, int | str], int]]:
    """Yield the numbers that a reader can think of who knows that the whole is girls and boys, and adds up."""
    lines = {row.key: row for table in tables for row in table.rows}
    wide = {row.key for table in tables for row in table.rows if table.periods}
    for g1, g2, b1, b2 in product(range(most + 1), repeat=4):
        numbers = {"girls": (g1, g2), "boys": (b1, b2), "all": (g1 + b1, g2 + b2)}
        said = (
            (shown, sum(numbers[key]) if at == "all" else numbers[key][int(at)])
            for key, row in lines.items()
            for at, shown in [("all", row.total), *(enumerate(row.cells) if key in wide else ())]
        )
        if all(
            0 < number < 5 if shown.startswith("fewer") else shown == str(number) for shown, number in said
        ):
            yield {(key, at): one[at] for key, one in numbers.items() for at in (0, 1)} | {
                (key, "all"): sum(one) for key, one in numbers.items()
            }


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=4, max_size=4), st.sampled_from([FEWER, TOTALS]))
@example([4, 0, 4, 0], FEWER)
@example([5, 0, 0, 1], FEWER)
@example([1, 4, 0, 5], FEWER)
def test_no_small_number_can_be_reckoned_back(numbers: list[int], choice: SmallNumbers) -> None:
    g1, g2, b1, b2 = numbers
    rows = a_row("all", g1 + b1, g2 + b2, adds="girls boys"), a_row("girls", g1, g2), a_row("boys", b1, b2)
    tables = treat_figures(translator("en"), rows, QUARTERS, choice, 5)
    possible: dict[tuple[str, int | str], set[int]] = {}
    for guess in guesses(tables, 8):
        for place, number in guess.items():
            possible.setdefault(place, set()).add(number)
    own: dict[tuple[str, int | str], int] = {
        (row.key, at): number for row in rows for at, number in enumerate(map(int, row.cells))
    } | {(row.key, "all"): int(row.total) for row in rows}
    assert all(own[place] in found for place, found in possible.items())
    assert [place for place, number in own.items() if 0 < number < 5 and len(possible[place]) < 2] == []


def test_sentences_with_a_number_in_figures_are_listed() -> None:
    text = "Vi mötte 14. Av dem var 10 under 18 år. Tre flickor kom. Den 2010-03-03 var 811218-9876 här."
    found = ["Vi mötte 14.", "Av dem var 10 under 18 år.", "Den 2010-03-03 var ••• här."]
    assert [*find_sentences_with_numbers(text)] == found


def test_paragraph_that_somebody_has_read_is_not_asked_about_again_and_one_is_asked_about_once() -> None:
    texts = ["Heltid i sex månader.", "Sex unga kom.", "", "Sex unga kom."]
    assert list_unread(texts, {find_text_key("Heltid i sex månader.")}) == ("Sex unga kom.",)


@pytest.mark.parametrize(
    ("choice", "small", "unread", "undecided"),
    [
        (None, ["girls: 3"], [], True),
        (None, [], ["Tre flickor kom."], False),
        (SHOW, ["girls: 3"], ["Tre flickor kom."], False),
        (FEWER, ["girls: 3"], ["Tre flickor kom."], True),
        (FEWER, [], ["Tre flickor kom."], False),
        (TOTALS, ["girls: 3"], [], False),
    ],
)
def test_texts_are_read_before_a_paper_that_hides_numbers_is_made(
    choice: SmallNumbers | None, small: list[str], unread: list[str], undecided: bool
) -> None:
    assert is_undecided(choice, small, unread) == undecided


def test_sentence_with_a_personal_number_is_quoted_without_it() -> None:
    text = "Vi mötte många. Bland dem var 811218-9876, som är i skolan. Det var 2010."
    assert [*find_sentences_with_personal_numbers(text)] == ["Bland dem var •••, som är i skolan."]
    assert [*find_sentences_with_personal_numbers("Det var 2010.")] == []

"""Hold the sentences about sums: what each says, that it is printed as it is read, and what a slip is answered with."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.programme.language.amounts import (
    CHECK,
    KEEPS,
    NEED,
    ORIGIN,
    PRICE,
    REPAYS,
    SHARE,
    WHEN,
    Check,
    Keeps,
    Origin,
    Price,
    Repays,
    RowCondition,
    Share,
    When,
)
from models.programme.language.each import read_each
from models.programme.language.grammar import Sentence
from models.programme.language.kinds import AskedQuestion
from models.programme.language.known_names import ProgrammeNames, find_faults
from models.programme.language.rule import Name
from models.programme.language.tokens import SentenceFault
from tests.models.programme.test_sentences import KNOWN

SENTENCES: dict[str, Sentence[Any]] = {
    "share": SHARE,
    "keeps": KEEPS,
    "repays": REPAYS,
    "when": WHEN,
    "late": PRICE,
    "check": CHECK,
    "from": ORIGIN,
}
LINES = (Path(__file__).parent / "wrong-amounts.txt").read_text(encoding="utf-8").splitlines()
VOCABULARY = ProgrammeNames(
    dates=["final_audit"],
    questions={"report": ["people"], "close": []},
    amounts=["price_base"],
    sources=["ledger"],
)


def faults_of(kind: str, sentence: str) -> Iterator[SentenceFault]:
    """Yield what is wrong with a sentence of a kind."""
    try:
        if kind in SENTENCES:
            yield from find_faults(SENTENCES[kind].read(sentence), VOCABULARY)
        elif kind == "needs":
            yield from find_faults(NEED.read(sentence), KNOWN)
        else:
            read_each(sentence)
    except SentenceFault as fault:
        yield fault


@pytest.mark.parametrize(("sentence", "said"), list(zip(LINES[0::2], LINES[1::2], strict=True)))
def test_wrong_sentence_is_answered_with(sentence: str, said: str) -> None:
    """The kind of sentence stands in brackets at the end."""
    said, _, kind = said.removesuffix("]").rpartition("  [")
    (fault,) = faults_of(kind, sentence)
    assert fault.drawn_under(sentence) == f"{sentence}\n{said}"


SPENT, PEOPLE = AskedQuestion("report", "spent"), AskedQuestion("final-report", "people_helped")
SAYS: tuple[tuple[str, str, Any], ...] = (
    ("share", "80 %", Share("part", Fraction(4, 5))),
    ("share", "1/3 rounded down to 100", Share("part", Fraction(1, 3), rounded="down", unit=100)),
    ("share", "500 000", Share("sum", sum=Decimal(500_000))),
    ("share", "80.00", Share("sum", sum=Decimal(80))),
    ("share", "rest", Share("rest")),
    (
        "share",
        "rest of 60 % of report.spent and final-report.people_helped",
        Share("rest", Fraction(3, 5), asks=(SPENT, PEOPLE)),
    ),
    ("share", "kept", Share("kept")),
    ("share", "claimed", Share("claimed")),
    ("share", "sum of the decision at most 75 %", Share("decided", at_most=Fraction(3, 4))),
    (
        "share",
        "60 % of report.spent up to 90 % in all",
        Share("costs", Fraction(3, 5), asks=(SPENT,), in_all=Fraction(9, 10)),
    ),
    (
        "share",
        "25 % less what report.spent lacks of 80 % of paid rounded up to 1 000",
        Share("part", Fraction(1, 4), unused=SPENT, unused_of=Fraction(4, 5), rounded="up", unit=1000),
    ),
    (
        "keeps",
        '5 % for "the mutual insurance mechanism"',
        Keeps(Fraction(1, 20), "the mutual insurance mechanism"),
    ),
    ("keeps", '12.5 % of the claim for "the county"', Keeps(Fraction(1, 8), "the county", of_claim=True)),
    ("repays", "paid less report.spent if over 1 000", Repays((SPENT,), over=Decimal(1000))),
    (
        "repays",
        "paid less report.spent if over 1/2 price_base",
        Repays((SPENT,), over=Fraction(1, 2), amount=Name("price_base")),
    ),
    ("repays", "paid less 2/3 of report.spent", Repays((SPENT,), Fraction(2, 3))),
    ("when", "award from 5 price_base", When("award", "from", Decimal(5), Name("price_base"))),
    ("when", "award below 294 000", When("award", "below", Decimal(294_000))),
    ("when", "final_audit of the decision given", When("given", date=Name("final_audit"))),
    ("when", "grant longer than 24 months", When("length", "longer", months=24)),
    ("check", "at most award so far", Check("at_most", ("award",), so_far=True)),
    ("check", "at least 80 % of paid or refuse", Check("at_least", ("paid",), 80, refuse=True)),
    ("check", "at most 2 500.50", Check("at_most", Decimal("2500.5"))),
    ("check", "equals under_18 and report.people", Check("equals", ("under_18", "report.people"))),
    ("check", "changes at most 200 %", Check("changes", percent=200)),
    ("check", "lines at most 10 % over budget or 10 000", Check("lines", percent=10, or_by=Decimal(10_000))),
    ("check", "moves at most 0 % of budget or refuse", Check("moves", percent=0, refuse=True)),
    ("check", "in period", Check("in_period")),
    ("check", "not all 0", Check("not_all_0")),
    ("from", "figures", Origin("column", Name("figures"))),
    (
        "from",
        'sum of Belopp in ledger by Konto where Projekt is "7" where "Kst nr" is "{reference}"',
        Origin(
            "column",
            Name("ledger"),
            "Belopp",
            rows="sum",
            account="Konto",
            where=(RowCondition("Projekt", "7"), RowCondition("Kst nr", "{reference}")),
        ),
    ),
    ("from", "sum of cell C5:C9 in book", Origin("cell", Name("book"), cell="C5:C9", rows="sum")),
    ("from", "answer report.spent", Origin("answer", answer=SPENT)),
    ("late", "14 days : 10 %", Price(14, "days", Fraction(1, 10))),
    ("from", "answer report.spent all", Origin("answer", answer=SPENT, rows="all")),
    ("from", '"cell" in book', Origin("column", Name("book"), "cell")),
)


@pytest.mark.parametrize(("kind", "sentence", "value"), SAYS)
def test_sentence_says(kind: str, sentence: str, value: Any) -> None:
    assert SENTENCES[kind].read(sentence) == value
    assert SENTENCES[kind].printed(value) == sentence


def test_need_is_an_event() -> None:
    found = NEED.read("final-report.approved")
    assert found == Name("final-report.approved")
    assert not list(find_faults(found, KNOWN))


PARTS = st.builds(Fraction, st.integers(1, 999), st.just(999)) | st.builds(
    Fraction, st.integers(1, 1000), st.just(1000)
)
SUMS = st.decimals(Decimal("0.01"), Decimal(10**12), places=2)
ASKS = st.sampled_from([SPENT, PEOPLE, AskedQuestion("close", "spent")])
SEVERAL = st.lists(ASKS, min_size=1, max_size=3).map(tuple)
HEADINGS = st.text(st.characters(categories=["L", "Nd"]) | st.sampled_from(" .-_,()%"), min_size=1).filter(
    str.strip
)
TEXTS = HEADINGS | st.sampled_from(["7", "in", "the", "sum of"])
SOURCES = st.sampled_from([Name("ledger"), Name("book"), Name("sum")])


def some(strategy: st.SearchStrategy[Any], absent: Any = None) -> st.SearchStrategy[Any]:
    """Return a field that may be left out."""
    return st.just(absent) | strategy


COSTS: dict[str, Any] = {"part": some(PARTS), "asks": SEVERAL}
BASES: dict[str, dict[str, Any]] = {
    "part": {"part": PARTS},
    "sum": {"sum": SUMS},
    "costs": COSTS,
    "rest": {},
    "kept": {},
    "claimed": {},
    "decided": {"at_most": some(PARTS)},
}
MORE: dict[str, Any] = {"in_all": some(PARTS)}
UNUSED = st.fixed_dictionaries({"unused": ASKS, "unused_of": some(PARTS)})
ROUNDED = st.fixed_dictionaries({"rounded": st.sampled_from(["up", "down"]), "unit": st.integers(1, 10**6)})


@st.composite
def shares(draw: st.DrawFn) -> Share:
    """Return any share that a sentence can say."""
    kind: Any = draw(st.sampled_from([*BASES]))
    fields = {**BASES[kind], **(COSTS if kind == "rest" and draw(st.booleans()) else {}), **MORE}
    held = {name: draw(one) for name, one in fields.items()}
    held |= draw(some(UNUSED, {})) | draw(some(ROUNDED, {}))
    return Share(kind, **held)


LIMITS = SUMS | st.lists(
    st.sampled_from(["award", "paid", "under_18", "report.people"]), min_size=1, max_size=3
).map(tuple)
CHECKS = st.one_of(
    st.builds(
        Check,
        st.sampled_from(["at_most", "at_least"]),
        LIMITS,
        some(st.integers(1, 1000)),
        so_far=st.booleans(),
        refuse=st.booleans(),
    ),
    st.builds(
        Check,
        st.sampled_from(["changes", "lines", "moves"]),
        percent=st.integers(1, 1000),
        or_by=some(SUMS),
        refuse=st.booleans(),
    ),
    st.builds(Check, st.sampled_from(["in_period", "not_all_0"]), refuse=st.booleans()),
)
ROWS = some(st.sampled_from(["sum", "last"]))
ORIGINS = st.one_of(
    st.builds(
        Origin,
        st.just("column"),
        SOURCES,
        some(TEXTS, ""),
        rows=ROWS,
        account=some(TEXTS, ""),
        where=st.lists(st.builds(RowCondition, TEXTS, TEXTS), max_size=2).map(tuple),
    ),
    st.builds(Origin, st.just("cell"), SOURCES, cell=st.sampled_from(["C7", "AA10:AA12"]), rows=ROWS),
    st.builds(Origin, st.just("answer"), answer=ASKS, rows=some(st.sampled_from(["sum", "last", "all"]))),
)
SIDES = st.sampled_from(["from", "below"])
WHENS = st.one_of(
    st.builds(When, st.just("award"), SIDES, SUMS, some(st.just(Name("price_base")))),
    st.builds(When, st.just("length"), st.sampled_from(["longer", "shorter"]), months=st.integers(1, 240)),
)
KEPT = st.builds(Keeps, PARTS, TEXTS, st.booleans())
TIMES = SUMS | st.fractions(Fraction(1, 999), 1, max_denominator=999)
BACK = st.builds(Repays, SEVERAL, some(PARTS), over=some(SUMS)) | st.builds(
    Repays, SEVERAL, over=TIMES, amount=st.just(Name("price_base"))
)
VALUES = st.one_of(
    st.tuples(st.just("share"), shares()),
    st.tuples(st.just("check"), CHECKS),
    st.tuples(st.just("from"), ORIGINS),
    st.tuples(st.just("when"), WHENS),
    st.tuples(st.just("keeps"), KEPT),
    st.tuples(st.just("repays"), BACK),
)


@given(VALUES)
def test_printed_sentence_is_read_as_the_same_value(said: tuple[str, Any]) -> None:
    kind, value = said
    sentence = SENTENCES[kind].printed(value)
    assert SENTENCES[kind].read(sentence) == value

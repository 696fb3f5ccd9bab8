"""Hold every kind of due rule and of period: what it gives, and that it is printed as it is read."""

import json
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from models.programme.expand.words import called
from models.programme.language.each import Each, print_each, read_each
from models.programme.language.parser import print_rule, read_rule
from models.programme.language.rule import (
    DayPlace,
    DayReading,
    Either,
    Name,
    Off,
    PartOfTime,
    Published,
    Rule,
    SeveralDays,
    Shift,
    Weekday,
    YearDay,
)
from models.programme.plan import Programme
from models.programme.step import joins
from models.reading.date import SPANS
from models.reading.fields import Words
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.due import plan_due
from models.rules.dates.periods import cut_periods
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from tasks.programmes.files import read_programme
from tasks.programmes.strict_yaml import read_yaml
from tests.receipt_words import in_words

HERE = Path(__file__).parents[2] / "programmes"
DUE = read_yaml((HERE / "due-rules.yaml").read_text(encoding="utf-8"))[0]
PERIODS = read_yaml((HERE / "period-rules.yaml").read_text(encoding="utf-8"))[0]
FIRST, LAST, DECIDED = date(2024, 2, 15), date(2025, 2, 14), date(2024, 1, 20)
GIVEN = {"decided_on": KnownDate(DECIDED), "report_on": KnownDate(date(2025, 4, 30), "the decision letter")}
SWEDEN = WorkCalendar("SE")


def programme_of(due: str, each: str = "quarter", **more: Any) -> Programme:
    """Return a programme of one step a period, with that due rule."""
    content = {
        "programme": "one-rule",
        "title": "one rule",
        "source": "the decision letter",
        "currency": "SEK",
        "country": "SE",
        "dates": {"report": {"sv": "rapportens dag", "en": "the report's day"}},
        "steps": {"report": {"each": each, "due": due, **more}},
        "payments": {"whole": {"share": "100 %"}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one-rule.yaml"
        path.write_text(json.dumps(content), encoding="utf-8")
        return read_programme(path)


@pytest.mark.parametrize("case", DUE, ids=lambda case: case["en"])
def test_rule_gives(case: dict[str, Any]) -> None:
    used = GIVEN if " else " in case["rule"] else {"decided_on": GIVEN["decided_on"]}
    programme = programme_of(case["rule"])
    plan = plan_steps(programme, PlanFacts(used, FIRST, LAST))
    (step,) = [one for one in plan if one.key == "report-2024-q4"]
    english, swedish = (in_words(step.receipt, one, programme, step.rule.due).rule for one in ("en", "sv"))
    assert (str(step.due_on), english, swedish) == (case["due"], case["en"], case["sv"])


def days(due: str, **more: Any) -> dict[str, date | None]:
    """Return the days of the report of every period."""
    plan = plan_steps(programme_of(due, **more), PlanFacts({"decided_on": GIVEN["decided_on"]}, FIRST, LAST))
    return {one.key: one.due_on for one in plan}


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("1 month after period_end {published}", "2 months after grant_end"),
        ("1 month after period_end", "2 months after grant_end {published}"),
    ],
)
def test_date_published_for_the_last_period_holds_beside_what_the_rule_says_of_it(
    rule: str, last: str
) -> None:
    published = "except 2025-Q1 on 2025-03-03 (the funder's notice)"
    found = days(rule.format(published=published), last={"due": last.format(published=published)})
    assert found["report-2025-q1"] == date(2025, 3, 3)
    assert found["report-2024-q4"] == date(2025, 1, 31)


def test_end_of_a_cut_period_is_the_whole_periods_end_and_its_cut_end_the_grants() -> None:
    assert days("30 days after period_end")["report-2025-q1"] == date(2025, 4, 30)
    assert days("30 days after period_cut_end")["report-2025-q1"] == date(2025, 3, 16)


@pytest.mark.parametrize("case", PERIODS, ids=lambda case: ", ".join(map(str, list(case.values())[:-1])))
def test_time_is_cut(case: dict[str, Any]) -> None:
    edges = {name: case[name] for name in ("first", "last") if name in case}
    rule = programme_of("on 2024-01-01", case["each"], **edges).step("report")
    found = cut_periods(read_each(case["each"]), FIRST, LAST, joins(rule.first, rule.last))
    assert [f"{one.label} {one.start_on} {one.end_on}" for one in found] == case["periods"]


# Forty years, with leap days and year ends among them.
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31)) | st.sampled_from(
    [date(year, month, day) for year in (2004, 2023, 2024) for month, day in ((2, 28), (12, 31), (1, 1))]
    + [date(2004, 2, 29), date(2024, 2, 29)]
)
POINTS: st.SearchStrategy[Any] = st.recursive(
    st.just(Name("decision")),
    lambda inner: st.one_of(
        st.builds(
            Shift,
            st.integers(0, 40),
            st.sampled_from(["days", "working days", "months"]),
            st.booleans(),
            inner,
        ),
        st.builds(
            lambda place, nth, span, relation, point: DayPlace(
                place, nth if relation != "of" else 1, span, relation, point
            ),
            st.sampled_from(["end", "start", "1", "15", "31", "first Monday", "last Friday", "third Sunday"]),
            st.integers(1, 5),
            st.sampled_from(["month", "quarter", "half", "year"]),
            st.sampled_from(["of", "after", "before"]),
            inner,
        ),
        st.builds(Weekday, st.integers(0, 6), st.booleans(), inner),
        st.builds(
            lambda day, relation, point: YearDay(day[0], day[1], relation, point),
            st.sampled_from([(1, 1), (29, 2), (30, 6), (31, 12)]),
            st.sampled_from(["of", "after", "before"]),
            inner,
        ),
    ),
    max_leaves=3,
).filter(lambda point: depth(point) < 5)
TEXTS = st.sampled_from(["2 CFR 200.329(c)(1)", "our choice", "our choice, two weeks", "SFS 2009:381, § 4"])
WHOLE = st.one_of(
    POINTS,
    st.builds(
        lambda later, some: SeveralDays(later, tuple(some)),
        st.booleans(),
        st.lists(POINTS, min_size=2, max_size=3),
    ),
    st.builds(
        lambda some: Either(tuple(some)),
        st.lists(st.builds(DayReading, POINTS, TEXTS), min_size=2, max_size=3),
    ),
)
MOVES = st.one_of(
    st.none(),
    st.builds(Off, st.sampled_from(["stays", "statute"])),
    st.builds(Off, st.sampled_from(["next", "previous"]), st.sampled_from(["", "SE", "GB-ENG"])),
)


def depth(point: Any) -> int:
    """Return how many days count from each other."""
    return 1 + depth(point.point) if hasattr(point, "point") else 0


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Return any rule that a sentence can say."""
    what = draw(WHOLE | st.just(PartOfTime(Fraction(1, 3), "grant")))
    source = "" if isinstance(what, Either) else draw(st.just("") | TEXTS)
    published = Published("2023-24", date(2024, 9, 30), "the notice")
    rule = Rule(what, draw(MOVES), source, draw(st.sampled_from([(), (published,)])))
    return Rule(Name("report of the decision"), otherwise=rule) if draw(st.booleans()) else rule


@given(rule=rules())
def test_printed_rule_is_read_as_the_same_rule(rule: Rule) -> None:
    said = print_rule(rule)
    assert read_rule(said) == rule
    assert print_rule(read_rule(said)) == said


@given(rules=st.tuples(rules(), rules()))
def test_two_rules_are_never_printed_alike(rules: tuple[Rule, Rule]) -> None:
    assert (rules[0] == rules[1]) == (print_rule(rules[0]) == print_rule(rules[1]))


def due_on(rule: Rule, day: date) -> date:
    """Return what the rule gives for a decision of the day."""
    due = plan_due(rule, Anchors({"decided_on": KnownDate(day)}), SWEDEN)
    assert due.on is not None
    return due.on


@given(what=WHOLE, days=st.tuples(DAYS, DAYS))
def test_later_anchor_never_gives_earlier_date(what: Any, days: tuple[date, date]) -> None:
    first, last = sorted(days)
    assert due_on(Rule(what), first) <= due_on(Rule(what), last)


@given(
    what=WHOLE,
    day=DAYS,
    off=MOVES.filter(lambda off: off is not None and off.move != "stays" and not off.country),
)
def test_rolled_date_is_a_working_day_and_says_so(what: Any, day: date, off: Off) -> None:
    due = plan_due(Rule(what, off), Anchors({"decided_on": KnownDate(day)}), SWEDEN)
    assert due.on is not None
    assert SWEDEN.is_working(due.on)
    if due.receipt.rolled:
        assert due.receipt.rolled in in_words(due.receipt).arithmetic


@given(what=WHOLE, day=DAYS)
def test_time_of_our_own_choice_is_a_working_day(what: Any, day: date) -> None:
    due = plan_due(Rule(what, source="our choice"), Anchors({"decided_on": KnownDate(day)}), SWEDEN)
    assert due.on is not None
    assert SWEDEN.is_working(due.on)
    assert not due.receipt.readings or isinstance(what, Either)


EACHES = st.one_of(
    st.builds(Each, st.sampled_from([1, 2, 3, 4, 6, 12]), st.just(False), st.integers(1, 12)),
    st.builds(Each, st.integers(1, 40), st.just(True)),
    st.sampled_from([Each(ranges=((1, 5), (6, 18), (19, 19))), Each(ranges=((1, 18), (19, 0)))]),
    st.builds(lambda name: Each(3, without=(name,)), st.sampled_from(["Q1", "Q4"])),
)
LISTED = Each(listed=("first_report", "second_report", "third_report"))
JOINS = st.tuples(*[st.sampled_from([None, 0, 1, 6])] * 2)


@given(each=EACHES | st.just(LISTED))
def test_printed_periods_are_read_as_the_same_periods(each: Each) -> None:
    assert read_each(print_each(each)) == each


@given(
    each=EACHES.filter(lambda each: not each.without), first=DAYS, length=st.integers(0, 2_500), edges=JOINS
)
def test_periods_tile_the_grant(
    each: Each, first: date, length: int, edges: tuple[int | None, int | None]
) -> None:
    last = first + timedelta(days=length)
    found = cut_periods(each, first, last, edges)
    assert (found[0].start_on, found[-1].end_on) == (first, last)
    assert all(one.start_on <= one.end_on <= one.runs_to for one in found)
    assert all(later.start_on - one.end_on == timedelta(days=1) for one, later in pairwise(found))
    assert len({one.label for one in found}) == len(found)


@given(first=DAYS, length=st.integers(0, 2_500), ends=st.sets(DAYS, min_size=1, max_size=3))
def test_listed_periods_tile_the_grant_and_end_on_the_listed_days(
    first: date, length: int, ends: set[date]
) -> None:
    last = first + timedelta(days=length)
    found = cut_periods(LISTED, first, last, ends=sorted(ends))
    assert (found[0].start_on, found[-1].end_on) == (first, last)
    assert all(later.start_on - one.end_on == timedelta(days=1) for one, later in pairwise(found))
    assert {one.end_on for one in found[:-1]} <= ends
    assert [one.label for one in found] == [str(number) for number in range(1, len(found) + 1)]


@given(
    months=st.sampled_from([1, 3, 6, 12, 5]),
    first=DAYS | st.sampled_from([date(2023, 8, 31), date(2023, 11, 30), date(2024, 1, 31)]),
    length=st.integers(0, 2_500),
)
def test_project_periods_count_from_the_first_day_and_do_not_drift(
    months: int, first: date, length: int
) -> None:
    found = cut_periods(Each(months, project=True), first, first + timedelta(days=length))
    begins = [first + relativedelta(months=months * position) for position in range(len(found))]
    assert [one.start_on for one in found] == begins


@given(each=EACHES, first=DAYS, length=st.integers(0, 2_500), edges=JOINS)
def test_joined_ends_lose_only_the_cut_periods(
    each: Each, first: date, length: int, edges: tuple[int | None, int | None]
) -> None:
    last = first + timedelta(days=length)
    kept, joined = cut_periods(each, first, last), cut_periods(each, first, last, edges)
    spanned = {name for one in joined for name in one.label.split(SPANS)}
    assert spanned <= {one.label for one in kept} or each.without or each.project or each.ranges
    assert len(kept) - len(joined) <= 2


@pytest.mark.parametrize(
    ("title", "definite"),
    [("lägesrapport", "lägesrapporten"), ("slutlig ekonomisk redovisning", None), ("intyg", None)],
)
def test_report_of_an_offices_own_name_is_said_in_a_sentence(title: str, definite: str | None) -> None:
    said = called("status-report", Words(sv=title, en="status report"), {}).definite
    assert (said and said.sv) == definite
    assert said is None or said.en == "the status report"

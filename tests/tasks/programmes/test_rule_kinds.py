"""Hold every kind of due rule and of period: what it gives, and the line that a slip in it is answered with."""

from __future__ import annotations

from contextlib import chdir
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ProgrammeInvalid
from models.programme.due import DueRule
from models.programme.file import Programme
from models.programme.period import PeriodRule
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.due import work_out_due
from models.rules.dates.periods import cut_periods
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from models.rules.dates.spans import SPAN_MONTHS
from tasks.programmes.files import read_programme
from tasks.programmes.strict_yaml import read_yaml
from tests.receipt_words import in_words

HERE = Path(__file__).parents[2] / "programmes"
DUE = read_yaml((HERE / "due-rules.yaml").read_text(encoding="utf-8"))[0]
PERIODS = read_yaml((HERE / "period-rules.yaml").read_text(encoding="utf-8"))[0]
FIRST, LAST, DECIDED = date(2024, 2, 15), date(2025, 2, 14), date(2024, 1, 20)
GIVEN = {"decided_on": KnownDate(DECIDED), "report_on": KnownDate(date(2025, 4, 30), "the decision letter")}
SWEDEN = WorkCalendar("SE")


def programme_text(due: Any, periods: Any = "quarter") -> str:
    """Return a programme of one step a period, with that due rule."""
    words = {"sv": "rapport", "en": "report"}
    day = {"sv": "rapportens dag", "en": "the report's day"}
    content = {
        "programme": "one-rule",
        "title": words,
        "source": "the decision letter",
        "currency": "SEK",
        "calendar": {"country": "SE"},
        "calendars": {"england": {"country": "GB", "subdivision": "ENG"}},
        "fiscal_year_starts": 4,
        "dates": {"report_on": {"title": day, "given_by": "decision", "required": False}},
        "periods": {"parts": periods},
        "ladders": {"default": [{"days": 0, "to": ["owner"]}]},
        "steps": [
            {
                "key": "report",
                "phase": "follow-up",
                "kind": "report",
                "title": words,
                "todo": words,
                "each": "parts",
                "due": due,
            }
        ],
        "instalments": [{"number": 1, "share": "100 %"}],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def read(text: str) -> Programme:
    with TemporaryDirectory() as folder, chdir(folder):
        path = Path("one-rule.yaml")
        path.write_text(text, encoding="utf-8")
        return read_programme(path)


def complaint(text: str, prefix: str) -> str:
    with pytest.raises(ProgrammeInvalid) as caught:
        read(text)
    told = str(caught.value.detail)
    line, _, sentence = told.removeprefix("one-rule.yaml, line ").partition(": ")
    assert line.isdecimal()
    return sentence.removeprefix(prefix)


@pytest.mark.parametrize("case", DUE["good"], ids=lambda case: case["en"])
def test_rule_gives(case: dict[str, Any]) -> None:
    used = GIVEN if case["rule"].get("unless") else {"decided_on": GIVEN["decided_on"]}
    plan = plan_steps(read(programme_text(case["rule"])), PlanFacts(used, FIRST, LAST))
    (step,) = [one for one in plan if one.key == "report-2024-q4"]
    programme = read(programme_text(case["rule"]))
    english, swedish = (in_words(step.receipt, one, programme, step.rule.due).rule for one in ("en", "sv"))
    assert (str(step.due_on), english, swedish) == (case["due"], case["en"], case["sv"])


@pytest.mark.parametrize("case", DUE["bad"], ids=lambda case: case["error"][:60])
def test_slip_in_a_rule_is_answered_with(case: dict[str, Any]) -> None:
    prefix = "steps.report: " if case.get("at") == "step" else "steps.report."
    assert complaint(programme_text(case["rule"]), prefix) == case["error"]


def test_date_published_for_the_last_period_holds_beside_what_the_rule_says_of_it() -> None:
    published = {"2025-Q1": {"date": "2025-03-03", "source": "the funder's notice"}}
    last = {"after": "grant_end_on", "months": 2}
    for rule in (
        {"after": "period_end", "months": 1, "last": last, "exceptions": published},
        {"after": "period_end", "months": 1, "last": {**last, "exceptions": published}},
    ):
        plan = plan_steps(
            read(programme_text(rule)), PlanFacts({"decided_on": GIVEN["decided_on"]}, FIRST, LAST)
        )
        days = {one.key: one.due_on for one in plan}
        assert days["report-2025-q1"] == date(2025, 3, 3)
        assert days["report-2024-q4"] == date(2025, 1, 31)


@pytest.mark.parametrize(
    ("rrule", "label", "said"),
    [
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1", "2026-03-01", ""),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1", "2026-02-01", ""),  # as the grant begins
        ("FREQ=MONTHLY;INTERVAL=2", "2026-03-15", ""),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1", "2026-03-15", "2026-03-15; the nearest begins on 2026-03-01"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-11-26", "2026-11-26; the nearest begins on 2026-11-23"),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1", "2026-01-31", "2026-01-31; the nearest begins on 2026-07-01"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2026-01-31", "2026-01-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "2026-02-31", "2026-02-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "0001-01-02", "0001-01-02"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "9999-12-31", "9999-12-31"),
    ],
)  # fmt: skip
def test_date_published_for_a_day_on_which_no_period_begins_is_answered_with(
    rrule: str, label: str, said: str
) -> None:
    due = {
        "after": "period_end",
        "months": 1,
        "exceptions": {label: {"date": "2026-06-01", "source": "the notice"}},
    }
    text = programme_text(due, {"rrule": rrule})
    if not said:
        assert read(text).steps[0].due.exceptions
        return
    whole = f"due.exceptions.{label}: no period of 'parts' begins on {said}"
    assert complaint(text, "steps.report.") == whole


@pytest.mark.parametrize("case", PERIODS["good"], ids=lambda case: str(case["rule"]))
def test_time_is_cut(case: dict[str, Any]) -> None:
    rule = read(programme_text({"date": "2024-01-01"}, case["rule"])).periods["parts"]
    found = cut_periods(rule, FIRST, LAST, 4)
    assert [f"{one.label} {one.start_on} {one.end_on}" for one in found] == case["periods"]


@pytest.mark.parametrize("case", PERIODS["bad"], ids=lambda case: str(case["rule"]))
def test_slip_in_a_period_is_answered_with(case: dict[str, Any]) -> None:
    assert complaint(programme_text({"date": "2024-01-01"}, case["rule"]), "") == case["error"]


# Forty years, with leap days and year ends among them.
DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31)) | st.sampled_from(
    [date(year, month, day) for year in (2004, 2023, 2024) for month, day in ((2, 28), (12, 31), (1, 1))]
    + [date(2004, 2, 29), date(2024, 2, 29)]
)
ANCHORED = st.deferred(lambda: st.just("decided_on") | RULES)
_SHIFTS = st.sampled_from(["days", "working_days", "weeks", "months", "quarters", "years"])
RULES: st.SearchStrategy[dict[str, Any]] = st.deferred(
    lambda: st.one_of(
        st.builds(
            lambda side, anchor, unit, count: {side: anchor, unit: count},
            st.sampled_from(["after", "before"]),
            ANCHORED,
            _SHIFTS,
            st.integers(0, 40),
        ),
        st.builds(
            lambda edge, span, anchor: {edge: span, "holding": anchor},
            st.sampled_from(["end_of", "start_of"]),
            st.sampled_from(["month", "quarter", "half_year", "year", "fiscal_year"]),
            ANCHORED,
        ),
        st.builds(lambda day, anchor: {"day_of_month": day, "holding": anchor}, st.integers(1, 31), ANCHORED),
        st.builds(
            lambda day, anchor: {"weekday": day, "following": anchor},
            st.sampled_from(["monday", "thursday", "sunday"]),
            ANCHORED,
        ),
        st.builds(
            lambda day, name, anchor: {"yearly": day, name: anchor},
            st.sampled_from(["01-01", "02-29", "06-30", "12-31"]),
            st.sampled_from(["holding", "following"]),
            ANCHORED,
        ),
        st.builds(
            lambda form, first, second: {form: [first, second]},
            st.sampled_from(["earliest_of", "latest_of", "either"]),
            ANCHORED,
            ANCHORED,
        ),
        st.builds(
            lambda rule, roll: {"on": rule, "roll": roll}, ANCHORED, st.sampled_from(["next", "previous"])
        ),
    )
)


def due_on(rule: DueRule, day: date) -> date:
    """Return what the rule gives for a decision of the day."""
    due = work_out_due(rule, Anchors({"decided_on": KnownDate(day)}, fiscal_month=4), SWEDEN)
    assert due.on is not None
    return due.on


@given(rule=RULES, days=st.tuples(DAYS, DAYS))
def test_later_anchor_never_gives_earlier_date(rule: dict[str, Any], days: tuple[date, date]) -> None:
    read_rule = DueRule.model_validate(rule)
    first, last = sorted(days)
    assert due_on(read_rule, first) <= due_on(read_rule, last)


@given(rule=RULES, day=DAYS, roll=st.sampled_from(["next", "previous", "sfs-1930-173"]))
def test_rolled_date_is_a_working_day_and_says_so(rule: dict[str, Any], day: date, roll: str) -> None:
    due = work_out_due(
        DueRule.model_validate({"on": rule, "roll": roll}), Anchors({"decided_on": KnownDate(day)}), SWEDEN
    )
    assert due.on is not None
    assert SWEDEN.is_working(due.on)
    if due.receipt.rolled:
        assert due.receipt.rolled in in_words(due.receipt).arithmetic


PERIOD_RULES = st.one_of(
    st.builds(
        lambda every, first, last: {"every": every, "first": first, "last": last},
        st.sampled_from(["month", "quarter", "half_year", "year", "fiscal_year"]),
        st.sampled_from(["keep", "merge"]),
        st.sampled_from(["keep", "merge"]),
    ),
    st.builds(
        lambda every, unit, count: {
            "every": every,
            "first": "merge",
            "last": "merge",
            "shorter_than": {unit: count},
        },
        st.sampled_from(["quarter", "half_year", "year", "fiscal_year"]),
        st.sampled_from(["days", "weeks", "months"]),
        st.integers(0, 60),
    ),
    st.builds(
        lambda project, last: {"project": project, "last": last},
        st.sampled_from(["month", "quarter", "half_year", "year"]),
        st.sampled_from(["keep", "merge"]),
    ),
    st.just({"months": ["M1-M5", "M6-M18", "M19"]}),
    st.sampled_from(
        [
            {"rrule": "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1", "first": "merge"},
            {"rrule": "FREQ=MONTHLY;BYMONTHDAY=31"},
            {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "last": "merge"},
            {"rrule": "FREQ=WEEKLY;BYDAY=MO,TH"},
        ]
    ),
)


@given(rule=PERIOD_RULES, first=DAYS, length=st.integers(0, 2_500), fiscal_month=st.integers(1, 12))
def test_periods_tile_the_grant(rule: dict[str, Any], first: date, length: int, fiscal_month: int) -> None:
    last = first + timedelta(days=length)
    found = cut_periods(PeriodRule.model_validate(rule), first, last, fiscal_month)
    assert (found[0].start_on, found[-1].end_on) == (first, last)
    assert all(one.start_on <= one.end_on for one in found)
    assert all(later.start_on - one.end_on == timedelta(days=1) for one, later in pairwise(found))
    assert len({one.label for one in found}) == len(found)


@given(
    project=st.sampled_from(["month", "quarter", "half_year", "year"]),
    first=DAYS | st.sampled_from([date(2023, 8, 31), date(2023, 11, 30), date(2024, 1, 31)]),
    length=st.integers(0, 2_500),
)
def test_project_periods_count_from_the_first_day_and_do_not_drift(
    project: str, first: date, length: int
) -> None:
    found = cut_periods(PeriodRule(project=project), first, first + timedelta(days=length))
    months = SPAN_MONTHS[project]
    begins = [first + relativedelta(months=months * position) for position in range(len(found))]
    assert [one.start_on for one in found] == begins


@given(
    every=st.sampled_from(["month", "quarter", "half_year", "year", "fiscal_year"]),
    first=DAYS,
    length=st.integers(0, 2_500),
)
def test_skipped_ends_lose_only_the_short_periods(every: str, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    kept = cut_periods(PeriodRule(every=every), first, last, 4)
    left = cut_periods(PeriodRule(every=every, first="skip", last="skip"), first, last, 4)
    assert left
    assert set(left) <= set(kept)
    assert len(kept) - len(left) <= 2
    assert set(kept) - set(left) <= {kept[0], kept[-1]}

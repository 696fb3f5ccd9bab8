"""Hold that what is impossible or unwise in a plan is found, and that the rest is not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.programme.language.each import Each
from models.rules.dates.anchors import KnownDate
from models.rules.dates.periods import cut_periods
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from models.rules.watch.concerns import Concern, ConcernKind, find_concerns, find_dead_ends, find_early_days
from tasks.programmes.sample_award import SampleAward, sample_awards
from tests.receipt_words import concern_in_words
from tests.rule_builders import a_small_programme, a_step_rule, reference_programme

YEAR = PlanFacts({"decided_on": KnownDate(date(2024, 1, 10))}, date(2024, 1, 1), date(2024, 12, 31))


def concerns(*steps: dict[str, Any], **changes: Any) -> list[Concern]:
    programme = a_small_programme(*steps, **changes)
    return list(find_concerns(programme, plan_steps(programme, YEAR)))


def due(rule: str) -> dict[str, Any]:
    head, bracket, source = rule.partition(" except ")
    return {"due": f"{head} even on a day off{bracket}{source}"}


LATE_DRAFT = [
    a_step_rule("draft", **due("on 2024-05-06")),
    a_step_rule("final", needs=["draft"], **due("on 2024-05-01")),
]
KINDS = ConcernKind


@pytest.mark.parametrize(
    ("steps", "kind", "sentence"),
    [
        (
            [a_step_rule("report", opens="on 2024-05-02", **due("on 2024-05-01"))],
            KINDS.OPENS_AFTER_DUE,
            "report is due on 2024-05-01, but opens only on 2024-05-02",
        ),
        # The period's last day is in it.
        (
            [a_step_rule("report", each="quarter", **due("at period_end"))],
            KINDS.DUE_BEFORE_DATA,
            "report-2024-q1 is due on 2024-03-31, before its period is over (2024-03-31)",
        ),
        (
            LATE_DRAFT,
            KINDS.DUE_BEFORE_NEEDED,
            "final is due on 2024-05-01, but waits for draft, due on 2024-05-06",
        ),
        # So does a move of the funder's.
        (
            [
                a_step_rule("answer", with_funder=True, kind="funder", **due("on 2024-05-06")),
                a_step_rule("final", needs=["answer"], **due("on 2024-05-01")),
            ],
            KINDS.DUE_BEFORE_NEEDED,
            "final is due on 2024-05-01, but waits for answer, due on 2024-05-06",
        ),
        # Monday and Sunday of a week.
        (
            [a_step_rule("one", **due("on 2024-04-29")), a_step_rule("two", **due("on 2024-05-05"))],
            KINDS.SAME_WEEK,
            "one (2024-04-29) and two (2024-05-05) are due in the same week",
        ),
        # A rule that is silent about a Saturday.
        (
            [a_step_rule("report", due="4 days after grant_end")],
            KINDS.READ_IN_TWO_WAYS,
            "report can be read as 2025-01-04, 2025-01-07",
        ),
    ],
)
def test_concern_is_found(steps: list[dict[str, Any]], kind: ConcernKind, sentence: str) -> None:
    (first, *_) = found = concerns(*steps)
    assert {one.kind for one in found} == {kind}
    assert concern_in_words(first) == sentence
    assert concern_in_words(first, "sv") != sentence


@pytest.mark.parametrize(
    "steps",
    [
        # It opens on the day; a day after the period; a week between them; Sunday and Monday.
        [a_step_rule("report", opens="on 2024-05-02", **due("on 2024-05-02"))],
        [a_step_rule("report", each="quarter", **due("1 day after period_end"))],
        [
            a_step_rule("draft", **due("on 2024-05-01")),
            a_step_rule("final", needs=["draft"], **due("on 2024-05-08")),
        ],
        [a_step_rule("one", **due("on 2024-05-05")), a_step_rule("two", **due("on 2024-05-06"))],
        # The same day as another, because the rule says so; our own choice.
        [a_step_rule("one", **due("on 2024-05-06")), a_step_rule("two", **due("at one"))],
        [a_step_rule("report", due="4 days after grant_end even on a day off (our choice)")],
    ],
)
def test_plan_without_concern(steps: list[dict[str, Any]]) -> None:
    assert concerns(*steps) == []


BEFORE_GRANT = "before the grant begins on 2024-01-01"
PUBLISHED = due("20 days after period_end except 2024-Q1 on 2023-04-20 (the account form)")


@pytest.mark.parametrize(
    ("step", "on", "before"),
    [
        (a_step_rule("report", **due("on 2023-12-31")), "2023-12-31", BEFORE_GRANT),
        # A day of every year, and a published day.
        (
            a_step_rule("report", **due("3 months before 1 March of the year of decision")),
            *("2023-12-01", BEFORE_GRANT),
        ),
        (a_step_rule("report", each="quarter", **PUBLISHED), "2023-04-20", BEFORE_GRANT),
        (
            a_step_rule("claim", phase="release", kind="claim", instalment=1, **due("on 2024-01-09")),
            *("2024-01-09", "before the award of 2024-01-10"),
        ),
        # The grant's first day, an application, and no fixed day.
        (a_step_rule("report", **due("on 2024-01-01")), None, ""),
        (a_step_rule("application", phase="application", **due("on 2023-09-15")), None, ""),
        (a_step_rule("plan", phase="follow-up", **due("10 days before grant_start")), None, ""),
    ],
)
def test_fixed_day_before_the_grant_is_found(step: dict[str, Any], on: str | None, before: str) -> None:
    programme = a_small_programme(step)
    key = f"{step['key']}-2024-q1" if step.get("each") else step["key"]
    sentence = f"{key} is due on {on}, a fixed day of the programme's, {before}" if on else None
    found = list(find_early_days(plan_steps(programme, YEAR), YEAR))
    assert [concern_in_words(one) for one in found] == ([sentence] if sentence else [])
    assert {one.kind for one in found} <= {ConcernKind.DUE_BEFORE_GRANT}
    assert all(concern_in_words(one, "sv") != concern_in_words(one) for one in found)


def test_day_that_a_decision_gives_before_the_grant_is_found() -> None:
    programme = a_small_programme(
        a_step_rule("report", **due("at report_on of the decision")),
        dates={"report_on": {"title": {"sv": "sista dag", "en": "last day"}, "given_by": "decision"}},
    )
    given = {**YEAR.dates, "report_on": KnownDate(date(2023, 1, 20))}
    facts = replace(YEAR, dates=given)
    (found,) = find_early_days(plan_steps(programme, facts), facts)
    assert (found.kind, concern_in_words(found)) == (
        ConcernKind.GIVEN_BEFORE_GRANT,
        "report is due on 2023-01-20 (report_on), before the grant begins on 2024-01-01",
    )


@pytest.mark.parametrize(
    ("months", "ends"),
    [
        (12, ["close never gets a date: it waits until the last “final report” is done"]),
        (24, []),
    ],
)
def test_step_that_waits_for_what_a_short_award_does_not_have_is_a_dead_end(
    months: int, ends: list[str]
) -> None:
    programme = a_small_programme(
        a_step_rule("report", each="project year", last={"skip": True}, **due("2 months after period_end")),
        a_step_rule("close", **due("14 days after report.last.done")),
    )
    found = {
        tuple(concern_in_words(one, "en", programme) for one in find_dead_ends(award.planned))
        for award in sample_awards(programme)
        if len(cut_periods(Each(1, project=True), *time_of(award))) == months
    }
    assert found == {tuple(ends)}


def time_of(award: SampleAward) -> tuple[date, date]:
    """Return the first and the last day of a sample award's time."""
    first, last = award.facts.period_start_on, award.facts.period_end_on
    assert first
    assert last
    return first, last


def test_sample_awards_differ_in_length_start_and_day() -> None:
    awards = [time_of(one) for one in sample_awards(reference_programme("lona"))]
    assert len(set(awards)) == len(awards) == 60
    assert {first.month for first, _ in awards} == set(range(1, 13))
    assert len({(last - first).days // 28 for first, last in awards}) >= 6

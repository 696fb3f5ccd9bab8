"""Hold the plan that a programme gives a grant: the two reference grants as exact tables, and what is true of any."""

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.dates.anchors import KnownDate
from models.rules.dates.committee import MeetingFacts, MeetingTaken
from models.rules.dates.plan import decide_step_status, plan_steps
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.dates.thresholds import Stated
from models.rules.steps.needs import expand_needs, goes_to_funder, goes_when_approved
from models.vocabulary import SETTLED, DecisionKind, StepStatus
from tests.plan_files import read_plan
from tests.receipt_words import in_words
from tests.rule_builders import a_small_programme, a_step_rule, reference_programme

FUNDS_2010 = reference_programme("development-funds-2009")
FUNDS_2009 = reference_programme("project-funds-2009")
LETTER = "Länsstyrelsens beslut 2009-11-05"
CHOSEN = KnownDate(date(2009, 9, 15), "Ansökan, september 2009", choice=True)


def days(**known: str) -> dict[str, date]:
    """Return dates by step key; underscores in the names stand for hyphens."""
    return {name.replace("_", "-"): date.fromisoformat(on) for name, on in known.items()}


DRAFT_DAY = "the last day for the draft of “the committee's approval of the final report”"
APPLIED = PlanFacts({"applied_on": CHOSEN}, date(2010, 1, 1), date(2010, 12, 31))
DECIDED = replace(
    APPLIED,
    dates={
        "applied_on": CHOSEN,
        "decided_on": KnownDate(date(2009, 11, 5), LETTER),
        "final_report_on": KnownDate(date(2011, 1, 20), LETTER),
    },
    done=days(application="2009-09-15"),
)
CLOSED = replace(
    DECIDED,
    done=days(
        application="2009-09-15",
        funder_decision="2009-11-05",
        claim_advance="2009-11-18",
        payment_advance="2009-12-11",
        final_report="2011-01-19",
        final_report_approval="2011-02-24",
        claim_balance="2011-03-01",
        payment_balance="2011-03-22",
    ),
)
GRANT_1 = PlanFacts(
    {
        "applied_on": KnownDate(date(2009, 1, 9), choice=True),
        "decided_on": KnownDate(date(2009, 4, 16), "Länsstyrelsens beslut 2009-04-16"),
    },
    date(2009, 1, 1),
    date(2009, 12, 31),
    days(application="2009-01-08", claim_whole="2009-04-24"),
)


def table(plan: tuple[PlannedStep, ...]) -> list[tuple[str, str, str, str]]:
    """Return the plan as rows: key, the day it opens, the day it is due, the counting."""
    return [
        (
            step.key,
            str(step.opens_on or "-"),
            str(step.due_on or "-"),
            in_words(step.receipt, "en", FUNDS_2010).arithmetic,
        )
        for step in plan
    ]


def test_plan_of_grant_2_before_the_decision() -> None:
    assert table(plan_steps(FUNDS_2010, APPLIED)) == [
        ("application", "-", "2009-09-15", "2009-09-15"),
        (
            "funder-decision",
            "-",
            "-",
            "waits until “application” is done; at the latest 2009-10-30, if that is in time",
        ),
        ("claim-advance", "-", "-", "waits for the decision"),
        ("payment-advance", "-", "-", "waits until “claim of the first part” is done"),
        ("follow-up-2010-q1", "2010-04-01", "2010-04-30", "2010-03-31 + 1 month = 2010-04-30"),
        ("follow-up-2010-q2", "2010-07-01", "2010-07-30", "2010-06-30 + 1 month = 2010-07-30"),
        (
            "follow-up-2010-q3",
            "2010-10-01",
            "2010-11-01",
            "2010-09-30 + 1 month = 2010-10-30, not a working day, moved to 2010-11-01",
        ),
        ("draft", "2011-01-01", "-", f"waits for {DRAFT_DAY}"),
        ("draft-approval", "-", "-", "waits for “final report”"),
        ("final-report", "2011-01-01", "-", "waits for last day for the final report"),
        ("final-report-approval", "-", "-", "waits until “final report” is done"),
        ("claim-balance", "-", "-", "waits until “the funder's approval of the final report” is done"),
        ("payment-balance", "-", "-", "waits until “claim of the last part” is done"),
        ("close", "-", "-", "waits until “payment of the last part” is done"),
    ]


def test_decision_dates_claim_draft_approval_and_report_of_grant_2() -> None:
    before, after = (table(plan_steps(FUNDS_2010, facts)) for facts in (APPLIED, DECIDED))
    assert [row for row in after if row not in before] == [
        ("funder-decision", "-", "2009-10-30", "2009-09-15 + 45 days = 2009-10-30"),
        ("claim-advance", "-", "2009-11-19", "2009-11-05 + 14 days = 2009-11-19"),
        *waiting(("payment-advance", "claim of the first part", "2009-12-21")),
        (
            "draft",
            "2011-01-01",
            "2011-01-10",
            "meeting on 2011-01-18; documents 2011-01-14 - 4 working days for reading and one return = 2011-01-10",
        ),
        ("draft-approval", "-", "2011-01-18", "2011-01-20 - 2 working days = 2011-01-18"),
        ("final-report", "2011-01-01", "2011-01-20", "2011-01-20"),
        *waiting(
            ("final-report-approval", "final report", "2011-02-21"),
            ("claim-balance", "the funder's approval of the final report", "2011-03-07"),
            ("payment-balance", "claim of the last part", "2011-04-06"),
            ("close", "payment of the last part", "2011-04-20"),
        ),
    ]


def waiting(*rows: tuple[str, str, str]) -> list[tuple[str, str, str, str]]:
    """Return rows of steps that wait for another, with the day that they are due where that is in time."""
    said = "waits until “{}” is done; at the latest {}, if that is in time"
    return [(key, "-", "-", said.format(what, last)) for key, what, last in rows]


def test_what_waits_is_told_the_day_on_which_it_is_due_at_the_latest() -> None:
    plan = plan_steps(FUNDS_2010, DECIDED)
    as_if_done = {
        one.key: str(one.due_on) for one in plan_steps(FUNDS_2010, replace(DECIDED, as_if_done=True))
    }
    last = {one.key: one.receipt.counted[0]["last"] for one in plan if one.due_on is None}
    assert last == {key: as_if_done[key] for key in last}
    early = replace(DECIDED, done={**DECIDED.done, "final-report": date(2011, 1, 10)})
    moved = {one.key: one for one in plan_steps(FUNDS_2010, early)}
    assert str(moved["final-report-approval"].due_on) < last["final-report-approval"]
    assert moved["claim-balance"].receipt.counted[0]["last"] < last["claim-balance"]


def test_earlier_of_two_days_does_not_wait_for_the_one_that_is_not_known() -> None:
    rule = a_step_rule("last", due="earlier of 5 days after first.done and 90 days after grant_end")
    programme = a_small_programme(a_step_rule("first", due="10 days after grant_end"), rule)
    facts = PlanFacts({}, date(2026, 1, 1), date(2026, 6, 30))
    due = {one.key: str(one.due_on) for one in plan_steps(programme, facts)}
    assert due == {"first": "2026-07-10", "last": "2026-09-28"}
    due = {one.key: str(one.due_on) for one in plan_steps(programme, replace(facts, as_if_done=True))}
    assert due == {"first": "2026-07-10", "last": "2026-07-15"}


def test_what_is_done_dates_the_rest_of_grant_2() -> None:
    before, after = (table(plan_steps(FUNDS_2010, facts)) for facts in (DECIDED, CLOSED))
    assert [row for row in after if row not in before] == [
        ("payment-advance", "-", "2009-12-18", "2009-11-18 + 30 days = 2009-12-18"),
        ("final-report-approval", "-", "2011-02-18", "2011-01-19 + 30 days = 2011-02-18"),
        ("claim-balance", "-", "2011-03-10", "2011-02-24 + 14 days = 2011-03-10"),
        ("payment-balance", "-", "2011-03-31", "2011-03-01 + 30 days = 2011-03-31"),
        ("close", "-", "2011-04-05", "2011-03-22 + 14 days = 2011-04-05"),
    ]


def test_plan_of_grant_1() -> None:
    assert table(plan_steps(FUNDS_2009, GRANT_1)) == [
        ("application", "-", "2009-01-09", "2009-01-09"),
        (
            "funder-decision",
            "-",
            "2009-02-23",
            "2009-01-08 + 45 days = 2009-02-22, not a working day, moved to 2009-02-23",
        ),
        ("claim-whole", "-", "2009-04-30", "2009-04-16 + 14 days = 2009-04-30"),
        (
            "payment-whole",
            "-",
            "2009-05-25",
            "2009-04-24 + 30 days = 2009-05-24, not a working day, moved to 2009-05-25",
        ),
        ("follow-up-2009-q1", "2009-04-01", "2009-04-30", "2009-03-31 + 1 month = 2009-04-30"),
        ("follow-up-2009-q2", "2009-07-01", "2009-07-30", "2009-06-30 + 1 month = 2009-07-30"),
        ("follow-up-2009-q3", "2009-10-01", "2009-10-30", "2009-09-30 + 1 month = 2009-10-30"),
        ("final-report", "2010-01-01", "2010-03-31", "2009-12-31 + 3 months = 2010-03-31"),
    ]


def the_step(key: str, facts: PlanFacts, programme: Any = FUNDS_2010) -> PlannedStep:
    """Return one step of a plan."""
    return next(step for step in plan_steps(programme, facts) if step.key == key)


WAYS_OUT = (
    "ways out: (1) a delegated decision; (2) an extra meeting of the committee by 2011-01-18; (3) an extension from"
    " the funder past the next meeting; (4) send by 2011-01-20 with the decision to follow"
)


@pytest.mark.parametrize(
    ("key", "facts", "rule", "rolled", "source", "warnings"),
    [
        pytest.param(
            *("application", APPLIED, "last day to apply", None, "Ansökan, september 2009"),
            ["last day to apply is a choice in the data: the real day is not known"],
            id="a date that is a choice says so",
        ),
        pytest.param(
            *("follow-up-2010-q3", APPLIED, "1 month after the end of the period", "2010-10-30"),
            *("our own choice", []),
            id="a Saturday that rolled says from where",
        ),
        pytest.param(
            *("final-report", DECIDED, "last day for the final report", None, LETTER, []),
            id="a date of the decision letter cites it",
        ),
        pytest.param(
            *("draft-approval", DECIDED, "2 working days before “final report”", None, "our own choice"),
            ["no meetings of the committee are known: add those up to 2011-01-18", WAYS_OUT],
            id="a date counted from another step",
        ),
        pytest.param(
            *("final-report", APPLIED, "last day for the final report", None, "", []),
            id="a date that is not known yet still says its rule",
        ),
    ],
)
def test_receipt_says_why(
    key: str, facts: PlanFacts, rule: str, rolled: str | None, source: str, warnings: list[str]
) -> None:
    step = the_step(key, facts)
    found = in_words(step.receipt, "en", FUNDS_2010, step.rule.due)
    assert (found.rule, step.receipt.rolled, found.source) == (rule, rolled, source)
    assert list(found.warnings) == warnings


def test_time_of_our_own_choice_gives_way_to_what_waits_for_it() -> None:
    early = replace(
        DECIDED,
        dates={**DECIDED.dates, "final_report_on": KnownDate(date(2010, 11, 2), "the letter")},
        period_end_on=date(2010, 10, 12),
    )
    draft, third = (the_step(key, early) for key in ("draft", "follow-up-2010-q3"))
    assert (draft.due_on, third.due_on) == (date(2010, 10, 19), date(2010, 10, 19))
    words = [in_words(third.receipt, one, FUNDS_2010, third.rule.due) for one in ("en", "sv")]
    assert tuple(one.rule for one in words) == (
        (
            "1 month after the end of the period; at the latest when"
            " “draft of the final report”, which waits for it, is due"
        ),
        (
            "1 månad efter periodens slut; senast när ”utkast till slutrapport”, som väntar på"
            " det, ska vara klart"
        ),
    )
    assert words[0].arithmetic == (
        "2010-09-30 + 1 month = 2010-10-30, not a working day, moved to 2010-11-01; “draft of the final report” is due"
        " on 2010-10-19"
    )
    assert the_step("follow-up-2010-q2", early) == the_step("follow-up-2010-q2", DECIDED)
    # What a person set stays; so does the funder's own time.
    fixed = replace(early, fixed={"follow-up-2010-q3": (date(2010, 10, 29), "an extension")})
    assert the_step("follow-up-2010-q3", fixed).due_on == date(2010, 10, 29)


def test_time_that_the_funder_says_or_that_opens_later_does_not_give_way() -> None:
    programme = a_small_programme(
        a_step_rule("funders", due="on 2024-05-13 even on a day off"),
        a_step_rule("ours", due="on 2024-05-13 (our choice)"),
        a_step_rule("later", due="on 2024-05-13 (our choice)", opens="on 2024-05-07"),
        a_step_rule("last", needs=["funders", "ours", "later"], due="on 2024-05-06 even on a day off"),
    )
    assert {step.key: str(step.due_on) for step in plan_steps(programme, PlanFacts())} == {
        "funders": "2024-05-13",
        "ours": "2024-05-06",
        "later": "2024-05-13",
        "last": "2024-05-06",
    }


@pytest.mark.parametrize(
    ("period", "labels", "draft"),
    [
        ((date(2010, 1, 1), date(2010, 12, 31)), ["2010-Q1", "2010-Q2", "2010-Q3"], "2010-Q4"),
        ((date(2010, 1, 1), date(2010, 3, 31)), [], "2010-Q1"),
        ((None, None), [], None),
    ],
    ids=["a year", "one quarter", "no period"],
)
def test_last_quarter_is_folded_into_draft(
    period: tuple[date | None, date | None], labels: list[str], draft: str | None
) -> None:
    first, last = period
    plan = plan_steps(FUNDS_2010, replace(APPLIED, period_start_on=first, period_end_on=last))
    found = {step.key: step.period and step.period.label for step in plan}
    assert [label for key, label in found.items() if key.startswith("follow-up")] == labels
    assert found["draft"] == draft
    assert [step.position for step in plan] == list(range(1, len(plan) + 1))
    assert (next(step for step in plan if step.key == "draft").opens_on is None) is (first is None)


def test_fixed_date_beats_formula_and_moves_what_counts_from_it() -> None:
    moved = replace(DECIDED, fixed={"final-report": (date(2011, 2, 17), "extension of 2011-01-10")})
    report = the_step("final-report", moved)
    assert report.due_on == date(2011, 2, 17)
    assert in_words(report.receipt).rule == "2011-02-17, set by extension of 2011-01-10"
    assert (
        in_words(report.receipt).arithmetic
        == "2011-02-17; it beats 2011-01-20 (Länsstyrelsens beslut 2009-11-05)"
    )
    assert the_step("draft-approval", moved).due_on == date(2011, 2, 15)
    assert the_step("draft", moved).due_on == date(2011, 2, 7)


def test_day_done_is_not_a_due_date() -> None:
    # Done five days early: the approval counts from the day done, the draft still from the due date.
    early = replace(DECIDED, done=days(application="2009-09-15", final_report="2011-01-15"))
    assert the_step("final-report-approval", early).due_on == date(2011, 2, 14)
    assert the_step("draft", early).due_on == date(2011, 1, 10)


def test_later_date_of_grants_end_beats_its_period() -> None:
    prolonged = replace(
        GRANT_1, dates={**GRANT_1.dates, "grant_end_on": KnownDate(date(2010, 3, 31), LETTER)}
    )
    report = the_step("final-report", prolonged, FUNDS_2009)
    assert report.due_on == date(2010, 6, 30)


@pytest.mark.parametrize(
    ("opens", "others", "opens_on", "warnings"),
    [
        ("30 days before final-report", {}, date(2010, 12, 21), ()),
        ("1 day after close", {}, date(2011, 1, 21), ("it opens on 2011-01-21, after it is due",)),
        ("1 day after close.done", {}, None, ()),
        ("at close", {"due": "at final-report", "opens": "at final-report"}, date(2011, 1, 20), ()),
    ],
    ids=[
        "before its own due date",
        "after it is due",
        "when another is done",
        "with a step that opens with it",
    ],
)
def test_step_opens(
    opens: str, others: dict[str, str], opens_on: date | None, warnings: tuple[str, ...]
) -> None:
    steps = a_step_rule("final-report", opens=opens), a_step_rule("close", **others)
    report = plan_steps(a_small_programme(*steps), PlanFacts())[0]
    assert report.opens_on == opens_on
    assert in_words(report.receipt).warnings == warnings


def test_due_dates_can_count_from_steps_further_down() -> None:
    chain = [a_step_rule(f"step-{n}", due=f"1 day before step-{n + 1}") for n in range(30)]
    plan = plan_steps(a_small_programme(*chain, a_step_rule("step-30")), PlanFacts())
    assert plan[0].due_on == date(2011, 1, 20) - timedelta(days=30)


def test_added_instalment_gets_claim_and_payment_of_its_own() -> None:
    plan = plan_steps(FUNDS_2010, replace(CLOSED, added={3: 50_000_000}))
    added = [step for step in plan if step.rule.instalment == 3]
    assert [(step.key, step.rule.kind, str(step.due_on), step.rule.needs) for step in added] == [
        ("claim-balance-3", "claim", "2011-03-10", ("final-report-approval",)),
        ("payment-balance-3", "payment", "None", ("claim-balance-3",)),
    ]


AWARD, SUPPLEMENT, AMENDMENT = DecisionKind.AWARD, DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT
NOVEMBER, APRIL = "2009-11-05", "2010-04-16"


@pytest.mark.parametrize(
    ("stated", "due_on"),
    [
        # Of a large award; a small one has none; a supplement to a large one moves nothing.
        ([(AWARD, NOVEMBER, 300)], "2009-12-05"),
        ([(AWARD, NOVEMBER, 200)], None),
        ([(AWARD, NOVEMBER, 300), (SUPPLEMENT, APRIL, 400)], "2009-12-05"),
        # The supplement switches it on, or states the sum; the first of two that reach it; it was gone meanwhile.
        ([(AWARD, NOVEMBER, 200), (SUPPLEMENT, APRIL, 300)], "2010-05-16"),
        ([(AWARD, NOVEMBER, None), (SUPPLEMENT, APRIL, 300)], "2010-05-16"),
        ([(AWARD, NOVEMBER, 200), (AMENDMENT, APRIL, 300), (SUPPLEMENT, "2010-05-01", 400)], "2010-05-16"),
        ([(AWARD, NOVEMBER, 300), (AMENDMENT, "2010-01-10", 200), (SUPPLEMENT, APRIL, 300)], "2010-05-16"),
    ],
)
def test_step_that_only_a_later_decision_switches_on_counts_from_it(
    stated: list[tuple[DecisionKind, str, int | None]], due_on: str | None
) -> None:
    rule = a_step_rule("certificate", due="30 days after decision", when=["award from 250"])
    decisions = tuple(
        Stated(kind, date.fromisoformat(on), total * 100 if total else None) for kind, on, total in stated
    )
    facts = replace(DECIDED, award_minor=decisions[-1].total_minor, stated=decisions)
    plan = plan_steps(a_small_programme(rule), facts)
    assert [str(step.due_on) for step in plan] == ([due_on] if due_on else [])
    assert all(
        ("rests_on" in [one["kind"] for one in step.receipt.made]) == (due_on == "2010-05-16")
        for step in plan
    )


@pytest.mark.parametrize(
    ("when", "end", "there"),
    [
        ("grant longer than 12 months", "2010-12-31", False),
        ("grant longer than 12 months", "2011-01-01", True),
        ("grant shorter than 12 months", "2010-12-31", False),
        ("grant shorter than 12 months", "2010-12-30", True),
    ],
)
def test_step_is_there_by_how_long_the_grant_is(when: str, end: str, there: bool) -> None:
    rule = a_step_rule("certificate", due="30 days after decision", when=[when])
    facts = replace(DECIDED, period_start_on=date(2010, 1, 1), period_end_on=date.fromisoformat(end))
    assert [one.key for one in plan_steps(a_small_programme(rule), facts)] == ["certificate"] * there


@pytest.mark.parametrize(
    ("sums", "due_on"),
    [((1, 1), "2009-12-05"), ((0, 1), "2010-05-16"), ((0, 0, 1), "2010-07-01")],
    ids=["the award states it", "an amendment states it", "a later one does"],
)
def test_claim_of_a_sum_that_a_later_decision_states_counts_from_it(
    sums: tuple[int, ...], due_on: str
) -> None:
    rule = a_step_rule("claim", kind="claim", instalment=1, due="30 days after decision")
    days = (date(2009, 11, 5), date(2010, 4, 16), date(2010, 6, 1))
    stated = tuple(
        Stated(AMENDMENT if place else AWARD, days[place], 50_000_000, sums=frozenset({1} if said else ()))
        for place, said in enumerate(sums)
    )
    programme = a_small_programme(
        rule,
        instalments=[
            {"number": 1, "share": "sum of the decision at most 40 %"},
            {"number": 2, "share": "rest"},
        ],
    )
    plan = plan_steps(programme, replace(DECIDED, award_minor=50_000_000, stated=stated))
    assert [str(step.due_on) for step in plan] == [due_on]


def test_what_was_done_before_the_supplement_counts_as_done_on_its_day_for_what_it_adds() -> None:
    stated = (
        Stated(AWARD, date(2009, 11, 5), 50_000_000),
        Stated(SUPPLEMENT, date(2011, 6, 1), 60_000_000),
    )
    plan = plan_steps(FUNDS_2010, replace(CLOSED, added={3: 50_000_000}, stated=stated))
    found = {step.key: step for step in plan}
    assert (str(found["claim-balance"].due_on), str(found["claim-balance-3"].due_on)) == (
        "2011-03-10",
        "2011-06-15",
    )
    assert found["claim-balance-3"].receipt.form == "composed"
    assert in_words(found["claim-balance-3"].receipt).arithmetic.startswith(
        "the supplement of 2011-06-01; 2011-06-01 + "
    )


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        # Its quarters and its draft stay in the house, and the closing sends nothing.
        ("development-funds-2009", ["application", "final-report"]),
        ("home-visits-2024", ["application", "final-report"]),
        ("horizon-europe", ["application", "periodic-report"]),
        ("lona", ["application", "activity-report", "final-report"]),
        ("mucf", ["application", "interim-report", "final-report", "audit-certificate"]),
        ("project-funds-2009", ["application", "final-report"]),
    ],
)
def test_report_is_sent_to_the_funder_or_handed_in_inside_the_house(name: str, sent: list[str]) -> None:
    programme = reference_programme(name)
    assert [rule.key for rule in programme.steps if goes_to_funder(rule, programme)] == sent


@pytest.mark.parametrize(
    ("name", "sent", "when_approved"),
    [
        # The funder approves the very quarters of which the last report is made: it has them.
        ("strangers/donor-foundation", ["progress", "popular"], []),
        # What the boards approve is sent as another report.
        ("strangers/health-authority", ["indicators", "result"], []),
        ("good/terms", ["application", "audit", "interim"], ["unit-approval"]),
    ],
)
def test_report_that_is_approved_here_goes_to_the_funder_with_what_waits_for_that_or_by_itself(
    name: str, sent: list[str], when_approved: list[str]
) -> None:
    programme = read_plan(Path(__file__).parents[2] / "programmes" / f"{name}.yaml")
    assert [rule.key for rule in programme.steps if goes_to_funder(rule, programme)] == sent
    assert [rule.key for rule in programme.steps if goes_when_approved(rule, programme)] == when_approved


def test_need_for_step_of_each_period_is_need_for_all() -> None:
    def needs(key: str) -> tuple[str, ...]:
        return expand_needs(FUNDS_2010.step(key), None, steps, FUNDS_2010)

    plan = plan_steps(FUNDS_2010, APPLIED)
    steps = {step.key: (step.rule.key, step.period.label if step.period else None) for step in plan}
    assert needs("draft") == (
        "follow-up-2010-q1",
        "follow-up-2010-q2",
        "follow-up-2010-q3",
    )
    assert needs("draft-approval") == ("draft",)
    assert needs("application") == ()


@pytest.mark.parametrize(
    ("status", "dated", "needs", "expected"),
    [
        pytest.param("waiting", True, [], "open", id="a dated step with no needs opens"),
        pytest.param("waiting", True, ["done", "approved", "skipped", "cancelled"], "open", id="settled needs"),
        pytest.param("waiting", True, ["done", "open"], "waiting", id="an open need keeps it waiting"),
        pytest.param("waiting", True, ["waiting"], "waiting", id="so does a waiting one"),
        pytest.param("waiting", False, [], "waiting", id="a step without a date waits"),
        pytest.param("open", True, ["open"], "waiting", id="a need that reopens makes it wait again"),
        pytest.param("open", False, [], "waiting", id="so does a date that is taken back"),
        *[pytest.param(str(one), False, ["open"], str(one), id=f"a step that is {one} stays {one}") for one in SETTLED],
    ],
)  # fmt: skip
def test_step_stands(status: str, dated: bool, needs: list[str], expected: str) -> None:
    due_on = date(2011, 1, 20) if dated else None
    assert (
        decide_step_status(StepStatus(status), due_on, [StepStatus(need) for need in needs], has_come=True)
        == expected
    )


calendar_days = st.dates(date(2008, 1, 1), date(2012, 12, 31))


@st.composite
def plan_facts(draw: st.DrawFn) -> PlanFacts:
    """Facts of a grant of which some things are known and others not."""
    dates = draw(
        st.dictionaries(
            st.sampled_from(["applied_on", "decided_on", "final_report_on"]), calendar_days.map(KnownDate)
        )
    )
    keys = st.sampled_from([rule.key for rule in FUNDS_2010.steps if not rule.each])
    start = draw(st.none() | calendar_days)
    end = start + timedelta(days=draw(st.integers(0, 800))) if start else None
    fixed = draw(st.dictionaries(keys, st.tuples(calendar_days, st.just("an extension")), max_size=3))
    return PlanFacts(dates, start, end, draw(st.dictionaries(keys, calendar_days)), fixed)


@given(facts=plan_facts())
def test_plan_is_pure(facts: PlanFacts) -> None:
    before = deepcopy(facts)
    assert plan_steps(FUNDS_2010, facts) == plan_steps(FUNDS_2010, facts)
    assert facts == before


@given(facts=plan_facts())
def test_every_step_has_one_place_and_a_receipt(facts: PlanFacts) -> None:
    plan = plan_steps(FUNDS_2010, facts)
    assert len({step.key for step in plan}) == len(plan)
    for step in plan:
        found = in_words(step.receipt, "en", FUNDS_2010, step.rule.due)
        assert found.arithmetic.startswith("waits ") == (step.due_on is None)
        assert found.rule
        if step.due_on is not None:
            assert step.due_on.isoformat() in found.arithmetic


@given(facts=plan_facts(), held=st.sets(calendar_days, min_size=1, max_size=20))
def test_plan_stays_as_it_is_with_the_meetings_that_it_chose(facts: PlanFacts, held: set[date]) -> None:
    meetings = tuple(MeetingFacts(day) for day in sorted(held))
    known = replace(facts, meetings=dict.fromkeys(FUNDS_2010.bodies, meetings))
    plan = plan_steps(FUNDS_2010, known)
    chosen = {
        step.key: read_planned_meeting(step.receipt.as_json()) for step in plan if step.key not in facts.fixed
    }
    taken = {
        key: MeetingTaken(held_on=meeting.held_on, needed_on=meeting.needed_on)
        for key, meeting in chosen.items()
        if meeting is not None and meeting.is_in_time
    }
    assert plan_steps(FUNDS_2010, replace(known, taken=taken)) == plan


@given(
    facts=plan_facts(),
    day=calendar_days,
    name=st.sampled_from(["applied_on", "decided_on", "final_report_on"]),
)
def test_learning_a_date_never_takes_one_away(facts: PlanFacts, day: date, name: str) -> None:
    known = replace(facts, dates={name: KnownDate(day), **facts.dates})
    before = {step.key: step.due_on for step in plan_steps(FUNDS_2010, facts)}
    after = {step.key: step.due_on for step in plan_steps(FUNDS_2010, known)}
    assert {key: after[key] for key, due_on in before.items() if due_on} == {
        k: d for k, d in before.items() if d
    }


@given(
    facts=plan_facts(),
    later=st.integers(1, 60),
    name=st.sampled_from(["applied_on", "decided_on", "final_report_on"]),
)
def test_later_date_moves_no_due_date_earlier(facts: PlanFacts, later: int, name: str) -> None:
    known = facts.dates.get(name, KnownDate(date(2010, 6, 1)))
    moved = known._replace(on=known.on + timedelta(days=later))
    first, second = (
        {
            step.key: step.due_on
            for step in plan_steps(FUNDS_2010, replace(facts, dates={**facts.dates, name: one}))
        }
        for one in (known, moved)
    )
    for key, due_on in first.items():
        assert due_on is None or (second[key] or date.min) >= due_on


def test_last_period_of_one_grant_is_another_time_in_a_longer_one() -> None:
    rule = a_step_rule("report", each="quarter", due="on 2026-12-01", last={"due": "on 2027-03-01"})
    programme = a_small_programme(rule)
    for ends, expected in ((date(2026, 3, 31), date(2027, 3, 1)), (date(2026, 6, 30), date(2026, 12, 1))):
        plan = {one.key: one for one in plan_steps(programme, PlanFacts({}, date(2026, 1, 1), ends))}
        assert plan["report-2026-q1"].due_on == expected

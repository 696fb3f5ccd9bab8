"""What a letter may say of a step: decided from facts alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.facts.letter import Progress
from models.notice_kinds import NOTICES
from models.programme.plan import Programme
from models.programme.question import Question, Words
from models.rules.dates.committee import Fit
from models.rules.notices.contents import (
    ConditionFacts,
    InstalmentFacts,
    NoticeNow,
    count_progress,
    expand_all_needs,
    find_instalments_at_risk,
    is_told,
)
from models.rules.notices.order import can_be_lost, sort_key
from models.vocabulary import InstalmentStatus, NoticeKind, StepStatus
from tests.builders import a_programme
from tests.rule_builders import a_meeting

DUE = date(2011, 1, 20)
PROGRAMME = Programme.model_validate(a_programme())


def a_condition(status: StepStatus = StepStatus.WAITING, position: int = 7) -> ConditionFacts:
    """The funder's approval, seventh in the grant."""
    return ConditionFacts(step_id=70, template_key="final-report-approval", position=position, status=status)


def the_last_fifth(
    status: InstalmentStatus = InstalmentStatus.WITHHELD, *conditions: ConditionFacts
) -> InstalmentFacts:
    """The withheld instalment."""
    return InstalmentFacts(2, 10_000_000, status, None, conditions or (a_condition(),))


TO_CONFIRM = the_last_fifth(InstalmentStatus.RELEASABLE, a_condition(StepStatus.APPROVED))
CONFIRM, OPEN = NoticeKind.CONFIRM_RELEASE, (StepStatus.OPEN, DUE, 1)


@pytest.mark.parametrize(
    ("kind", "step", "instalment", "expected"),
    [
        (NoticeKind.REMINDER, OPEN, None, True),
        (NoticeKind.REMINDER, (StepStatus.WAITING, DUE, 1), None, True),
        (NoticeKind.REMINDER, (StepStatus.DONE, DUE, 1), None, False),
        (NoticeKind.STAND_IN, (StepStatus.CANCELLED, DUE, 1), None, False),
        (NoticeKind.ESCALATION, (StepStatus.OPEN, None, 1), None, False),
        (NoticeKind.RETURNED, (StepStatus.OPEN, DUE, 2), None, False),
        (NoticeKind.APPROVED, (StepStatus.DONE, None, 9), None, True),  # news stays
        (NoticeKind.NO_MEETING, OPEN, None, True),
        (NoticeKind.NO_MEETING, (StepStatus.OPEN, DUE, 2, True), None, False),  # now there is one
        # To be confirmed; out already; the approval was taken back; the reader has confirmed already.
        (CONFIRM, (StepStatus.WAITING, None, 9), TO_CONFIRM, True),
        (CONFIRM, OPEN, replace(TO_CONFIRM, status=InstalmentStatus.CLAIMED), False),
        (CONFIRM, OPEN, the_last_fifth(InstalmentStatus.WITHHELD, a_condition(StepStatus.OPEN)), False),
        (CONFIRM, OPEN, replace(TO_CONFIRM, requested_by_id=5), False),
        (CONFIRM, OPEN, None, True),
    ],
)
def test_notice_is_told_or_dropped(
    kind: NoticeKind,
    step: tuple[StepStatus, date | None, int] | tuple[StepStatus, date | None, int, bool],
    instalment: InstalmentFacts | None,
    expected: bool,
) -> None:
    status, due_on, version, *fits = step
    receipt = {"meeting": a_meeting(Fit.FITS).as_json()} if fits else {}
    notice = NoticeNow(kind, 5, DUE, 1, status, due_on, version, receipt)

    assert is_told(notice, instalment) is expected


def test_every_kind_has_its_place_in_a_letter() -> None:
    assert sorted(NOTICES) == sorted(NoticeKind)


@pytest.mark.parametrize(
    ("step_key", "instalment", "held"),
    [
        # The approval needs it, itself or by way of others; and the approval itself.
        ("final-report", the_last_fifth(), True),
        ("follow-up", the_last_fifth(), True),
        ("final-report-approval", the_last_fifth(), True),
        # What comes before it in the grant and is not needed, and what comes after it.
        ("work-plan", the_last_fifth(), False),
        ("claim-balance", the_last_fifth(), False),
        # Approved, released, planned; no condition.
        ("final-report", TO_CONFIRM, False),
        ("final-report", the_last_fifth(InstalmentStatus.RELEASED), False),
        ("final-report", the_last_fifth(InstalmentStatus.PLANNED), True),
        ("final-report", InstalmentFacts(1, 1, InstalmentStatus.PLANNED), False),
    ],
)
def test_money_at_risk(step_key: str, instalment: InstalmentFacts, held: bool) -> None:
    found = find_instalments_at_risk(step_key, [instalment], expand_all_needs(PROGRAMME))

    assert [one for one, _ in found] == ([instalment] if held else [])


def test_money_at_risk_names_the_first_condition_that_is_missing() -> None:
    first, second = a_condition(position=7), a_condition(position=9)
    met = a_condition(StepStatus.APPROVED, position=6)
    instalment = the_last_fifth(InstalmentStatus.WITHHELD, second, met, first)

    assert find_instalments_at_risk("follow-up", [instalment], expand_all_needs(PROGRAMME)) == [
        (instalment, first)
    ]


def test_needs_reach_as_far_as_they_go() -> None:
    before = expand_all_needs(PROGRAMME)

    assert before["follow-up"] == frozenset()
    assert before["final-report-approval"] == {
        "final-report",
        "draft-approval",
        "draft",
        "follow-up",
    }


def a_question(key: str, *, column: str | None = None, required: bool = True) -> Question:
    """A question for a number."""
    return Question(key=key, title=Words(sv=key, en=key), column=column, required=required)


QUESTIONS = (
    a_question("a", column="a"),
    a_question("b", column="b"),
    a_question("c"),
    a_question("d", required=False),
)


@pytest.mark.parametrize(
    ("known", "has_source", "expected"),
    [
        (set(), True, Progress(3, 0, 2)),
        (set(), False, Progress(3, 0, 0)),
        ({"a"}, True, Progress(3, 1, 1)),
        ({"a", "b", "c", "e"}, True, Progress(3, 3, 0)),
        ({"d"}, True, Progress(3, 0, 2)),  # an optional answer does not count
    ],
)
def test_progress_counts_required_answers(known: set[str], has_source: bool, expected: Progress) -> None:
    assert count_progress(QUESTIONS, known, has_source) == expected


def test_parts_are_answers_of_their_own_that_no_source_gives() -> None:
    parts = (
        {"key": "women", "title": {"sv": "kvinnor", "en": "women"}},
        {"key": "men", "title": {"sv": "män", "en": "men"}},
    )
    persons = Question.model_validate(
        {"key": "persons", "title": {"sv": "personer", "en": "persons"}, "column": "persons", "parts": parts}
    )

    assert count_progress([persons], {"persons"}, True) == Progress(3, 1, 0)
    assert count_progress([persons], set(), True) == Progress(3, 0, 1)
    assert count_progress([persons], {"persons", "persons.women", "persons.men"}, True) == Progress(3, 3, 0)


def test_step_that_asks_nothing_has_no_progress() -> None:
    assert count_progress(QUESTIONS[3:], set(), True) is None


SOON, LATER = date(2011, 1, 20), date(2011, 2, 20)


@pytest.mark.parametrize(
    ("holds_money", "on", "lost"),
    [
        pytest.param(True, date(2011, 1, 3), True, id="late"),
        pytest.param(True, date(2011, 2, 12), True, id="due in thirty days"),
        pytest.param(True, date(2011, 2, 13), False, id="far away"),
        pytest.param(True, None, False, id="no day"),
        pytest.param(False, date(2011, 1, 3), False, id="late, and no money hangs on it"),
    ],
)
def test_money_can_be_lost_by_what_is_late_or_near(holds_money: bool, on: date | None, lost: bool) -> None:
    assert can_be_lost(holds_money=holds_money, on=on, today=date(2011, 1, 13)) is lost


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            {"losable": True, "on": LATER}, {"on": SOON}, id="what can be lost before what is sooner"
        ),
        pytest.param({"losable": True}, {"losable": True, "on": LATER}, id="of what can be lost, the sooner"),
        pytest.param({"kind": NoticeKind.ESCALATION, "step_id": 9}, {}, id="of a day, the more pressing"),
        pytest.param({}, {"on": None}, id="the undated after the dated"),
        pytest.param({"on": LATER}, {"mine": False, "losable": True}, id="one's own before another's"),
        pytest.param(
            {"mine": False}, {"with_funder": True, "losable": True}, id="the funder's after all of ours"
        ),
        pytest.param({"with_funder": True}, {"asks": False, "losable": True}, id="news last"),
    ],
)
def test_letter_and_page_tell_in_one_order(first: dict[str, Any], second: dict[str, Any]) -> None:
    plain: dict[str, Any] = {"asks": True, "mine": True, "with_funder": False, "losable": False}
    plain |= {"on": SOON, "kind": NoticeKind.REMINDER, "step_id": 1}
    assert sort_key(**(plain | first)) < sort_key(**(plain | second))

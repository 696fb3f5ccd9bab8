"""What a letter may say of a step: decided from facts alone."""

from __future__ import annotations

from datetime import date

import pytest

from models.facts.letter import Progress
from models.programme.plan import Programme
from models.programme.question import Question, Words
from models.rules.notices.contents import (
    PRESSING,
    ConditionFacts,
    InstalmentFacts,
    NoticeNow,
    count_progress,
    instalments_at_stake,
    is_told,
    needs_closure,
)
from models.vocabulary import InstalmentStatus, NoticeKind, StepStatus
from tests.builders import a_programme

DUE = date(2011, 1, 20)
PROGRAMME = Programme.model_validate(a_programme())


def a_condition(status: StepStatus = StepStatus.WAITING, position: int = 7) -> ConditionFacts:
    """The funder's approval, seventh in the grant."""
    return ConditionFacts(step_id=70, template_key="final-report-approval", position=position, status=status)


def the_last_fifth(
    status: InstalmentStatus = InstalmentStatus.WITHHELD,
    *conditions: ConditionFacts,
    asked_by: int | None = None,
) -> InstalmentFacts:
    """The withheld instalment."""
    return InstalmentFacts(2, 10_000_000, status, asked_by, conditions or (a_condition(),))


@pytest.mark.parametrize(
    ("kind", "step", "instalment", "expected"),
    [
        pytest.param(NoticeKind.REMINDER, (StepStatus.OPEN, DUE, 1), None, True, id="nothing changed"),
        pytest.param(NoticeKind.REMINDER, (StepStatus.WAITING, DUE, 1), None, True, id="it waits still"),
        pytest.param(NoticeKind.REMINDER, (StepStatus.DONE, DUE, 1), None, False, id="answered"),
        pytest.param(NoticeKind.STAND_IN, (StepStatus.CANCELLED, DUE, 1), None, False, id="cancelled"),
        pytest.param(NoticeKind.ESCALATION, (StepStatus.OPEN, None, 1), None, False, id="no date now"),
        pytest.param(NoticeKind.RETURNED, (StepStatus.OPEN, DUE, 2), None, False, id="a later version"),
        pytest.param(NoticeKind.APPROVED, (StepStatus.DONE, None, 9), None, True, id="news stays"),
        pytest.param(NoticeKind.NO_MEETING, (StepStatus.OPEN, DUE, 1), None, True, id="no meeting yet"),
        pytest.param(NoticeKind.NO_MEETING, (StepStatus.OPEN, DUE, 2, True), None, False, id="now there is"),
        pytest.param(
            NoticeKind.CONFIRM_RELEASE,
            (StepStatus.WAITING, None, 9),
            the_last_fifth(InstalmentStatus.RELEASABLE, a_condition(StepStatus.APPROVED)),
            True,
            id="to be confirmed",
        ),
        pytest.param(
            NoticeKind.CONFIRM_RELEASE,
            (StepStatus.OPEN, DUE, 1),
            the_last_fifth(InstalmentStatus.CLAIMED, a_condition(StepStatus.APPROVED)),
            False,
            id="out already",
        ),
        pytest.param(
            NoticeKind.CONFIRM_RELEASE,
            (StepStatus.OPEN, DUE, 1),
            the_last_fifth(InstalmentStatus.WITHHELD, a_condition(StepStatus.OPEN)),
            False,
            id="the approval was taken back",
        ),
        pytest.param(
            NoticeKind.CONFIRM_RELEASE,
            (StepStatus.OPEN, DUE, 1),
            the_last_fifth(InstalmentStatus.RELEASABLE, a_condition(StepStatus.APPROVED), asked_by=5),
            False,
            id="the reader has confirmed already",
        ),
        pytest.param(
            NoticeKind.CONFIRM_RELEASE, (StepStatus.OPEN, DUE, 1), None, True, id="no instalment known"
        ),
    ],
)  # fmt: skip
def test_notice_is_told_or_dropped(
    kind: NoticeKind,
    step: tuple[StepStatus, date | None, int] | tuple[StepStatus, date | None, int, bool],
    instalment: InstalmentFacts | None,
    expected: bool,
) -> None:
    status, due_on, version, *fits = step
    receipt = {"meeting": {"fit": "fits"}} if fits else {}
    notice = NoticeNow(kind, 5, DUE, 1, status, due_on, version, receipt)

    assert is_told(notice, instalment) is expected


def test_every_kind_has_its_place_in_a_letter() -> None:
    assert sorted(PRESSING) == sorted(NoticeKind)


@pytest.mark.parametrize(
    ("step_key", "instalment", "held"),
    [
        pytest.param("final-report", the_last_fifth(), True, id="the approval needs it"),
        pytest.param("follow-up", the_last_fifth(), True, id="far below the approval"),
        pytest.param("final-report-approval", the_last_fifth(), True, id="the approval itself"),
        pytest.param("work-plan", the_last_fifth(), False, id="comes before it in the grant, and is not needed"),
        pytest.param("claim-balance", the_last_fifth(), False, id="comes after it"),
        pytest.param(
            "final-report",
            the_last_fifth(InstalmentStatus.RELEASABLE, a_condition(StepStatus.APPROVED)),
            False,
            id="approved",
        ),
        pytest.param("final-report", the_last_fifth(InstalmentStatus.RELEASED), False, id="released"),
        pytest.param("final-report", the_last_fifth(InstalmentStatus.PLANNED), True, id="planned"),
        pytest.param(
            "final-report", InstalmentFacts(1, 1, InstalmentStatus.PLANNED), False, id="no condition"
        ),
    ],
)  # fmt: skip
def test_money_at_stake(step_key: str, instalment: InstalmentFacts, held: bool) -> None:
    found = instalments_at_stake(step_key, [instalment], needs_closure(PROGRAMME))

    assert [one for one, _ in found] == ([instalment] if held else [])


def test_money_at_stake_names_the_first_condition_that_is_missing() -> None:
    first, second = a_condition(position=7), a_condition(position=9)
    met = a_condition(StepStatus.APPROVED, position=6)
    instalment = the_last_fifth(InstalmentStatus.WITHHELD, second, met, first)

    assert instalments_at_stake("follow-up", [instalment], needs_closure(PROGRAMME)) == [(instalment, first)]


def test_needs_reach_as_far_as_they_go() -> None:
    before = needs_closure(PROGRAMME)

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
        pytest.param(set(), True, Progress(3, 0, 2), id="the source gives two"),
        pytest.param(set(), False, Progress(3, 0, 0), id="there is no source"),
        pytest.param({"a"}, True, Progress(3, 1, 1), id="one is in"),
        pytest.param({"a", "b", "c", "e"}, True, Progress(3, 3, 0), id="all are in"),
        pytest.param({"d"}, True, Progress(3, 0, 2), id="an optional answer does not count"),
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

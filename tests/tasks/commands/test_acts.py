"""Take what people say about steps on both databases, and move due dates: who may, when, and what comes of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError

from deployments.shipped_files import PROGRAMMES
from models.commands.steps import Extend
from models.errors import (
    AnswerRefused,
    BadInput,
    NotAllowed,
    Refused,
    ReleaseRefused,
    UnknownPerson,
    UnknownStep,
)
from models.tables.letter import Notice
from models.tables.step import Answer
from models.vocabulary import AnswerKind, LetterStatus
from tasks.commands.replan.preview import Consequences, What
from tasks.overview.explanation import explain_step
from tasks.store.database import transaction
from tests.database_kinds import on_both
from tests.grant_scenes import (
    ADMIN,
    CONTROLLER,
    DEPUTY,
    FIGURES,
    HEAD,
    INSTALMENT,
    LETTER,
    MANAGER,
    OWNER,
    SECRETARY,
    STRANGER,
    TOP,
    a_grant_that_was,
    a_staff,
    act,
    an_entry,
    answer,
    at,
    bring_in,
    do_round,
    dump,
    events,
    grant,
    open_grants,
    parts,
    person_id,
    play,
    refused,
    release,
    rows,
    steps,
    sums,
    told,
)
from tests.personal_numbers import MADE_UP, tells_number
from tests.receipt_words import in_words
from tests.tasks.documents.test_sent_papers import APPROVAL as MANAGERS_APPROVAL
from tests.tasks.documents.test_sent_papers import SENDING as SENT_BY_ANOTHER
from tests.tasks.documents.test_sent_papers import a_grant as a_grant_with

APPROVED, RETURNED, WITHDRAWN = AnswerKind.APPROVED, AnswerKind.RETURNED, AnswerKind.WITHDRAWN
NOT_YET, NOT_ME = AnswerKind.NOT_YET, AnswerKind.NOT_ME
APRIL = date(2010, 4, 27)
Q1 = "follow-up-2010-q1"


# Done.


@on_both
def test_answer_is_kept_as_it_was_given(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    status = answer(engine, Q1, APRIL, data=FIGURES | {"spent": "118 000,50"}, note="Klart.")
    assert status == "done"
    step = steps(engine)[Q1]
    assert (step.done_on, step.done_by_id) == (APRIL, person_id(engine, OWNER))
    assert (step.next_action_on, step.version) == (None, 2)
    given = rows(engine, Answer)[-1]
    assert (given.kind, given.step_version, given.note) == ("done", 1, "Klart.")
    assert given.answered_at == at(APRIL)
    assert given.data == {
        "reports_to_social_services": 3,
        "persons_under_18": 2,
        "persons_under_20": 1,
        "spent": "118000.50",
        "activities": "Samverkan med polisen.",
    }
    assert events(engine)[-1] == "step_done"


@pytest.mark.parametrize("by", [DEPUTY, TOP, ADMIN])
def test_who_has_a_part_may_answer(sqlite: Engine, by: str) -> None:
    a_grant_that_was(sqlite, "first paid")
    assert answer(sqlite, Q1, APRIL, by, data=FIGURES) == "done"


def test_stranger_may_not_answer(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    with refused(engine, NotAllowed, f"{STRANGER} has no part in {Q1} of REF-1"):
        answer(engine, Q1, APRIL, by=STRANGER, data=FIGURES)


def test_stand_in_of_someone_away_may_answer(sqlite: Engine) -> None:
    away = {"absences": [{"first": date(2010, 4, 26), "last": date(2010, 4, 30)}], "deputy": STRANGER}
    open_grants(sqlite, people=a_staff(controller=away))
    play(sqlite, "first paid")
    with refused(sqlite, NotAllowed, "has no part"):
        answer(sqlite, Q1, date(2010, 4, 23), by=STRANGER, data=FIGURES)
    assert answer(sqlite, Q1, APRIL, STRANGER, data=FIGURES) == "done"


@pytest.mark.parametrize(
    ("reaches", "step", "on", "values", "error", "says"),
    [
        pytest.param(
            "first paid",
            "lost",
            APRIL,
            {},
            UnknownStep,
            "'lost' in REF-1; did you mean 'close'",
            id="no step",
        ),
        pytest.param(
            "first paid", Q1, APRIL, {"by": "x@example.org"}, UnknownPerson, "import the person", id="nobody"
        ),
        pytest.param(
            "followed up",
            Q1,
            date(2010, 11, 1),
            {"data": FIGURES},
            AnswerRefused,
            f"{Q1}: it is settled already: done on 2010-04-27",
            id="settled",
        ),
        pytest.param(
            "decided", "claim-advance", APRIL, {}, AnswerRefused, "settled by 'grants claim'", id="claim"
        ),
        pytest.param(
            "first claimed",
            "payment-advance",
            APRIL,
            {},
            AnswerRefused,
            "settled by 'grants paid'",
            id="payment",
        ),
        pytest.param(
            "first paid",
            Q1,
            APRIL,
            {"data": FIGURES, "version": 2},
            AnswerRefused,
            "has changed since the page was opened; open it again",
            id="stale",
        ),
    ],
)
def test_answer_that_does_not_fit_changes_nothing(
    sqlite: Engine,
    reaches: str,
    step: str,
    on: date,
    values: dict[str, Any],
    error: type[Exception],
    says: str,
) -> None:
    a_grant_that_was(sqlite, reaches)
    with refused(sqlite, error, says):
        answer(sqlite, step, on, **values)


# Not yet, and not me.


@on_both
def test_not_yet_keeps_the_step_and_its_date(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    before = steps(engine)[Q1]
    assert answer(engine, Q1, APRIL, kind=NOT_YET, expected_on=date(2010, 5, 7), note="Semester.") == "open"
    after = steps(engine)[Q1]
    assert (after.due_on, after.expected_on) == (before.due_on, date(2010, 5, 7))
    assert after.version == before.version + 1
    assert after.next_action_on == date(
        2010, 5, 10
    )  # what is due then is of our own choice: the promise is waited for
    assert rows(engine, Answer)[-1].note == "Semester."


@on_both
def test_not_me_hands_the_step_to_a_colleague(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    assert answer(engine, Q1, APRIL, kind=NOT_ME, colleague=STRANGER) == "open"
    step = steps(engine)[Q1]
    assert (step.owner_id, step.owner_since_on) == (person_id(engine, STRANGER), APRIL)
    assert told(engine, "handed_over") == [(Q1, f"handed-over-{step.version}", STRANGER)]
    assert answer(engine, Q1, APRIL, STRANGER, data=FIGURES) == "done"


def test_not_me_to_someone_away_is_told_to_the_stand_in(engine: Engine) -> None:
    open_grants(engine, people=a_staff(stranger={"deputy": MANAGER, "departed_on": date(2010, 1, 1)}))
    play(engine, "first paid")
    answer(engine, Q1, APRIL, kind=NOT_ME, colleague=STRANGER)
    assert [who for _, _, who in told(engine, "handed_over")] == [MANAGER]
    do_round(engine, date(2010, 4, 28))
    assert steps(engine)[Q1].owner_id == person_id(engine, MANAGER)


# Approved, and returned.


@on_both
def test_approval_settles_and_tells_the_coordinator(engine: Engine) -> None:
    a_grant_that_was(engine, "committee approved")
    step = steps(engine)["draft-approval"]
    assert (step.status, step.done_on) == ("approved", date(2011, 1, 18))
    assert step.done_by_id == person_id(engine, SECRETARY)
    assert steps(engine)["final-report"].status == "open"
    assert told(engine, "approved") == [("draft-approval", f"approved-{step.version}", OWNER)]


def test_report_may_be_named_for_its_approval(engine: Engine) -> None:
    a_grant_that_was(engine, "drafted")
    assert answer(engine, "draft", date(2011, 1, 18), SECRETARY, APPROVED) == "approved"
    assert steps(engine)["draft-approval"].status == "approved"


@on_both
def test_returned_report_opens_again_with_time_to_mend_it(engine: Engine) -> None:
    a_grant_that_was(engine, "drafted")
    note = "Redovisa kostnaderna."
    status = answer(engine, "draft", date(2011, 1, 12), SECRETARY, RETURNED, note=note)
    assert status == "waiting"
    found = steps(engine)
    report = found["draft"]
    assert (report.status, report.done_on, report.returned_count) == ("open", None, 1)
    # Five working days would be 2011-01-19; documents for the committee's meeting are due on 2011-01-14.
    assert report.due_on == date(2011, 1, 14)
    assert told(engine, "returned") == [("draft", "returned-1", OWNER)]
    answer(engine, "draft", date(2011, 1, 14), data=FIGURES)
    assert answer(engine, "draft-approval", date(2011, 1, 14), SECRETARY, APPROVED) == "approved"


def test_report_that_the_funder_sends_back_says_so(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "sent")
    answer(sqlite, "final-report-approval", date(2011, 2, 1), OWNER, RETURNED, note="Visa kostnaderna.")
    details = [row.detail for row in rows(sqlite, Notice) if row.kind == "returned"]
    assert [one["by_funder"] for one in details] == [True]


def test_report_returned_on_the_last_day_has_until_the_next(engine: Engine) -> None:
    a_grant_that_was(engine, "drafted")
    for times, on in enumerate((date(2011, 1, 17), date(2011, 1, 18)), start=1):
        answer(engine, "draft-approval", on, SECRETARY, RETURNED, note="Igen.")
        report = steps(engine)["draft"]
        assert (report.due_on, report.returned_count) == (date(2011, 1, 17 + times), times)
        answer(engine, "draft", on, data=FIGURES)
    assert [rung for _, rung, _ in told(engine, "returned")] == [
        "returned-1",
        "returned-2",
        "returned-2-manager",
    ]


# Withdrawn.


def test_approval_withdrawn_before_the_release_shuts_the_gate(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    on = date(2011, 2, 25)
    assert answer(engine, "final-report-approval", on, OWNER, WITHDRAWN, note="Fel beslut.") == "open"
    part = sums(engine)[1]
    assert part == ("withheld", 10_000_000)
    assert steps(engine)["claim-balance"].status == "waiting"
    assert "recovery_opened" not in events(engine)
    # Everyone about the money hears of it, but not the one who did it.
    assert [who for _, _, who in told(engine, "withdrawn")] == [CONTROLLER, MANAGER]
    # Approved again, the release begins again with a first person.
    answer(engine, "final-report-approval", date(2011, 2, 28), kind=APPROVED)
    assert sums(engine)[1] == ("releasable", 10_000_000)
    assert parts(engine)[1].requested_by_id is None


@pytest.mark.parametrize("by", [OWNER, CONTROLLER, MANAGER, STRANGER])
def test_approval_is_withdrawn_by_who_gave_it_or_holds_its_role(engine: Engine, by: str) -> None:
    a_grant_that_was(engine, "sent")
    with refused(engine, NotAllowed, "taken back by who gave it or has that role now"):
        answer(engine, "draft-approval", date(2011, 1, 20), by, WITHDRAWN, note="Fel siffror.")


def test_whose_approval_is_withdrawn_hears_of_it(engine: Engine) -> None:
    a_grant_that_was(engine, "sent")
    new = "new.secretary@example.org"
    bring_in(
        engine,
        people=[{"email": new, "name": "Ny"}],
        grants=[an_entry(roles={"committee": new})],
    )
    answer(engine, "draft-approval", date(2011, 1, 20), new, WITHDRAWN, note="Fel siffror.")
    assert "given_on" not in detail_to(engine, SECRETARY)  # it is the committee's, not hers


def test_who_gave_an_approval_hears_that_it_was_theirs(tmp_path: Path) -> None:
    engine = a_grant_with(tmp_path, MANAGERS_APPROVAL, SENT_BY_ANOTHER)
    step, new = "quarter-approval-2010-q1", "new.manager@example.org"
    answer(engine, Q1, APRIL, data=FIGURES)
    answer(engine, step, date(2010, 4, 29), MANAGER, APPROVED)
    answer(engine, "quarter-report-2010-q1", date(2010, 5, 4))
    entry = an_entry(programme=str(tmp_path / "own.yaml"), roles={"unit_manager": new})
    bring_in(engine, people=[{"email": new, "name": "Ny"}], grants=[entry])
    answer(engine, step, date(2010, 5, 6), new, WITHDRAWN, note="Fel siffror.")
    detail = detail_to(engine, MANAGER)
    engine.dispose()
    found = [detail[name] for name in ("given_on", "withdrawn_on", "sent")]
    assert found == ["2010-04-29", "2010-05-06", True]


def detail_to(engine: Engine, email: str) -> Any:
    """Return what a person is told of the approval that was withdrawn."""
    who = ("withdrawn", person_id(engine, email))
    (detail,) = (one.detail for one in rows(engine, Notice) if (one.kind, one.person_id) == who)
    return detail


def test_whose_approval_falls_with_another_hears_of_it(sqlite: Engine) -> None:
    open_grants(sqlite, an_entry(programme=str(PROGRAMMES / "development-funds-2009-office.yaml")))
    play(sqlite, "drafted")
    for step, by in (
        ("draft-head-of-department", HEAD),
        ("draft-head-of-administration", TOP),
        ("draft-approval", SECRETARY),
    ):
        answer(sqlite, step, date(2011, 1, 18), by, APPROVED)
    answer(sqlite, "draft-head-of-administration", date(2011, 1, 19), TOP, WITHDRAWN, note="Fel siffror.")
    assert steps(sqlite)["draft-approval"].status == "waiting"
    heard = {who for _, _, who in told(sqlite, "withdrawn")}
    assert heard == {OWNER, CONTROLLER, MANAGER, SECRETARY}  # not who came before, nor who did it
    assert detail_to(sqlite, SECRETARY)["decided_on"] == "2011-01-18"


def test_committee_that_withdraws_its_approval_shuts_the_gate(engine: Engine) -> None:
    """The funder's approval stands on a report that the committee no longer stands behind."""
    a_grant_that_was(engine, "asked")
    on = date(2011, 2, 25)
    assert answer(engine, "draft-approval", on, SECRETARY, WITHDRAWN, note="Fel siffror.") == "open"
    found = steps(engine)
    assert [found[key].status for key in ("final-report", "final-report-approval", "claim-balance")] == [
        "waiting"
    ] * 3
    assert sums(engine)[1] == ("withheld", 10_000_000)
    with pytest.raises(ReleaseRefused, match="its condition is not approved: final-report-approval"):
        release(engine, on, CONTROLLER)
    by_hand = update(INSTALMENT).where(INSTALMENT.c.number == 2)
    by_hand = by_hand.values(status="released", released_on=on, requested_by_id=1, confirmed_by_id=2)
    shut = pytest.raises(DBAPIError, match="withheld until its condition steps are approved")
    with shut, transaction(engine) as connection:
        connection.execute(by_hand)
    # The report had been sent in time: it is due again, and the committee before it.
    assert (found["final-report"].due_on, found["draft-approval"].due_on) == (
        date(2011, 3, 4),
        date(2011, 3, 2),
    )
    assert events(engine, "step_reopened") == ["step_reopened"] * 2


def test_report_that_is_approved_again_is_released_again(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    on = date(2011, 2, 25)
    answer(engine, "draft-approval", on, SECRETARY, WITHDRAWN, note="Fel siffror.")
    answer(engine, "draft-approval", on, SECRETARY, APPROVED)
    assert sums(engine)[1] == ("withheld", 10_000_000)
    answer(engine, "final-report", on)
    answer(engine, "final-report-approval", date(2011, 3, 10), kind=APPROVED)
    assert sums(engine)[1] == ("releasable", 10_000_000)
    assert parts(engine)[1].requested_by_id is None


def test_committee_that_withdraws_after_the_release_opens_a_recovery(engine: Engine) -> None:
    a_grant_that_was(engine, "last paid")
    answer(engine, "draft-approval", date(2011, 3, 23), SECRETARY, WITHDRAWN, note="Fel siffror.")
    found = steps(engine)
    assert (found["recovery-2"].status, found["final-report-approval"].status) == ("open", "waiting")
    assert [found[key].status for key in ("claim-balance", "payment-balance")] == ["done", "done"]
    assert sums(engine)[1] == ("paid", 10_000_000)


def test_release_is_asked_for_again_after_letters_about_it_have_left(engine: Engine) -> None:
    """Also when the claim's own date stays where it was."""
    a_grant_that_was(engine, "asked")
    on = date(2011, 2, 25)
    act(engine, Extend("REF-1", "claim-balance", date(2011, 4, 29), "Avtalat"), on)
    asked = told(engine, "confirm_release")
    for day in (28, 28):
        letters_leave(engine)
        again = date(2011, 2, day)
        answer(engine, "final-report-approval", again, OWNER, WITHDRAWN, note="Fel beslut.")
        answer(engine, "final-report-approval", again, kind=APPROVED)
        more = told(engine, "confirm_release")
        assert [who for _, _, who in more[len(asked) :]] == [OWNER]
        asked = more


def letters_leave(engine: Engine) -> None:
    """Mark every letter as accepted by a mail server."""
    with transaction(engine) as connection:
        connection.execute(update(LETTER).values(status=LetterStatus.ACCEPTED, content=b"sent"))


@on_both
def test_approval_withdrawn_after_the_release_opens_a_recovery(engine: Engine) -> None:
    a_grant_that_was(engine, "last claimed")
    on = date(2011, 3, 4)
    answer(engine, "final-report-approval", on, OWNER, WITHDRAWN, note="Granskad igen.")
    assert sums(engine)[1] == ("claimed", 10_000_000)  # never a silent reversal
    step = steps(engine)["recovery-2"]
    assert (step.kind, step.status, step.due_on) == ("recovery", "open", date(2011, 3, 11))
    assert step.owner_id == person_id(engine, OWNER)
    assert step.next_action_on == on
    assert in_words(step.receipt).arithmetic == "opened on 2011-03-04 + 5 working days = 2011-03-11"
    assert step.receipt["source"] == "Granskad igen."
    said = explain_step(engine, "REF-1", "recovery-2", on).sentences
    assert said[0] == "Repayment (recovery-2) of REF-1 is due on Friday 11 March 2011, in 7 days."
    assert "The reason: Granskad igen." in said
    swedish = explain_step(engine, "REF-1", "recovery-2", on, "sv").sentences
    assert (
        "Regeln: godkännandet som del 2 vilar på återkallades efter att delen var klar att rekvirera."
        in swedish
    )
    assert answer(engine, "recovery-2", date(2011, 3, 7), note="Återbetalt.") == "done"


def test_recovery_is_chased_like_any_step(engine: Engine) -> None:
    a_grant_that_was(engine, "released")
    answer(engine, "final-report-approval", date(2011, 3, 4), OWNER, WITHDRAWN, note="Granskad igen.")
    for day in (7, 8, 9, 10, 11, 14, 15, 16, 17, 18):
        do_round(engine, date(2011, 3, day))
    climbed = [(rung, who) for key, rung, who in told(engine) if key == "recovery-2"]
    assert climbed == [
        ("7-days-before", OWNER),
        ("1-day-before", OWNER),
        ("on-the-day", OWNER),
        ("1-working-day-after", OWNER),
        ("1-working-day-after", MANAGER),
        ("5-working-days-after", OWNER),
        ("5-working-days-after", HEAD),
    ]


def test_approval_withdrawn_twice_in_a_day_is_one_recovery(engine: Engine) -> None:
    a_grant_that_was(engine, "released")
    on = date(2011, 3, 4)
    for _ in range(2):
        answer(engine, "final-report-approval", on, OWNER, WITHDRAWN, note="Granskad igen.")
        answer(engine, "final-report-approval", on, kind=APPROVED)
    assert [key for key in steps(engine) if key.startswith("recovery")] == ["recovery-2"]
    answer(engine, "recovery-2", on)
    answer(engine, "final-report-approval", on, OWNER, WITHDRAWN, note="En gång till.")
    assert [key for key in steps(engine) if key.startswith("recovery")] == ["recovery-2", "recovery-2-2"]


@on_both
def test_approval_withdrawn_after_the_close_opens_the_grant_again(engine: Engine) -> None:
    a_grant_that_was(engine, "closed")
    on = date(2011, 4, 4)
    answer(engine, "final-report-approval", on, OWNER, WITHDRAWN, note="Revisionen.")
    assert (grant(engine).status, grant(engine).closed_on) == ("open", None)
    assert steps(engine)["recovery-2"].next_action_on == on
    answer(engine, "recovery-2", on)
    answer(engine, "final-report-approval", on, kind=APPROVED)
    assert (grant(engine).status, grant(engine).closed_on) == ("closed", on)


# Extensions.

FINAL = date(2011, 1, 20)  # the day of the final report, which is the funder's


def moved_days(found: Consequences) -> list[tuple[str, str | None, str | None]]:
    """Return the due dates that move: the step's key, the day before and the day after."""
    due = {(What.DATE, ""), (What.PAYMENT, "by")}
    return [(one.name, one.before, one.after) for one in found.changes if (one.what, one.detail) in due]


def extended(
    engine: Engine, step: str = "final-report", to_on: date = date(2011, 2, 28), **values: Any
) -> Any:
    """Say that a step has more time, on 3 January; return what moves."""
    command = Extend("REF-1", step, to_on, "Sjukdom", **values)
    return moved_days(act(engine, command, date(2011, 1, 3), OWNER))


def test_funders_date_moves_by_paper_and_its_manager_is_told(engine: Engine) -> None:
    a_grant_that_was(engine, "followed up")
    assert ("final-report", "2011-01-20", "2011-02-28") in extended(engine, paper="Dnr 701-88-2011")
    step = steps(engine)["final-report"]
    assert (step.due_on, step.was_due_on) == (date(2011, 2, 28), FINAL)
    assert told(engine, "extended") == [("final-report", "extended-2011-02-28-2011-01-03", MANAGER)]
    # The day before the first extension is the one that is shown.
    extended(engine, to_on=date(2011, 3, 31), paper="Dnr 701-99-2011")
    assert steps(engine)["final-report"].was_due_on == FINAL
    why = " ".join(explain_step(engine, "REF-1", "final-report", date(2011, 1, 3), "sv").sentences)
    assert "anståndet, Dnr 701-99-2011: Sjukdom" in why
    assert "Tänk på: anstånd från 20 januari." in why


def test_call_moves_nothing_until_paper_is_there(engine: Engine) -> None:
    a_grant_that_was(engine, "followed up")
    call: dict[str, Any] = {"told_by": "Maria Ek", "told_on": date(2010, 12, 30)}
    assert extended(engine, **call) == []
    step = steps(engine)["final-report"]
    assert (step.due_on, step.said_due_on, step.fixed_due_on) == (FINAL, date(2011, 2, 28), None)
    assert step.said_due_source == {"kind": "call", "on": "2010-12-30", "by": "Maria Ek"}
    assert [who for _, _, who in told(engine, "extended")] == [MANAGER]
    assert events(engine, "extension_said", "step_extended") == ["extension_said"]
    why = explain_step(engine, "REF-1", "final-report", date(2011, 1, 3), "sv").sentences
    assert (
        "Tänk på: anstånd till 28 februari enligt Maria Ek den 30 december 2010;"
        " dagen gäller tills brevet är registrerat."
    ) in why
    assert "(att bidragsgivaren i telefon sagt att det blir anstånd)" in " ".join(why)
    # Late counts from the old day.
    do_round(engine, date(2011, 1, 21))
    assert ("final-report", "1-working-day-after", MANAGER) in told(engine, "escalation")
    extended_on = Extend("REF-1", "final-report", date(2011, 2, 28), "Sjukdom", "Dnr 701-88-2011")
    act(engine, extended_on, date(2011, 1, 24))
    step = steps(engine)["final-report"]
    assert (step.due_on, step.said_due_on, step.said_due_source) == (date(2011, 2, 28), None, None)


@pytest.mark.parametrize(
    ("step", "to_on", "values", "error", "says"),
    [
        (
            "final-report",
            date(2011, 2, 28),
            {},
            Refused,
            "a day of the funder's: say by which decision or letter",
        ),
        ("final-report", date(2011, 2, 28), {"paper": " "}, Refused, "a day of the funder's"),
        ("final-report", date(2011, 2, 28), {"told_by": "Maria Ek"}, Refused, "a day of the funder's"),
        (
            "final-report",
            date(2011, 2, 28),
            {"told_by": "Maria Ek", "told_on": date(2011, 1, 4)},
            BadInput,
            "a call on 2011-01-04 lies in the future",
        ),
        (
            "draft",
            date(2011, 2, 28),
            {},
            Refused,
            "draft-approval waits for draft and is due on .* is too late",
        ),
        (
            "draft",
            date(2011, 1, 11),
            {"paper": "p"},
            BadInput,
            "draft is our own: leave out the funder's number",
        ),
        ("draft", date(2011, 1, 11), {"told_by": "Maria Ek"}, BadInput, "draft is our own"),
    ],
)
def test_date_that_may_not_move_stays(
    sqlite: Engine, step: str, to_on: date, values: dict[str, Any], error: type[Exception], says: str
) -> None:
    a_grant_that_was(sqlite, "followed up")
    with refused(sqlite, error, says):
        extended(sqlite, step, to_on, **values)


def test_date_of_our_own_moves_and_the_manager_sees_it(engine: Engine) -> None:
    a_grant_that_was(engine, "followed up")
    was = steps(engine)["draft"].due_on
    to_on = was + timedelta(days=1)
    assert ("draft", str(was), str(to_on)) in extended(engine, "draft", to_on)
    assert {who for key, _, who in told(engine, "moved") if key == "draft"} == {OWNER, MANAGER}
    assert steps(engine)["draft"].fixed_due_source == {"kind": "choice", "sv": "Sjukdom", "en": "Sjukdom"}


def extend(
    engine: Engine,
    step: str,
    to_on: date,
    apply: bool,
    by: str = OWNER,
    reason: str = "Länsstyrelsen medgav",
    today: date = date(2010, 10, 8),
) -> list[tuple[str, str | None, str | None]]:
    """Ask for an extension; return the due dates that move."""
    command = Extend("REF-1", step, to_on, reason)
    found: Consequences = act(engine, command, today, by, apply=apply)
    return moved_days(found)


@pytest.mark.parametrize(
    ("step", "to_on", "values", "error", "says"),
    [
        ("application", date(2010, 11, 1), {}, Refused, "application is done; there is nothing to extend"),
        (Q1, date(2010, 11, 1), {"by": STRANGER}, NotAllowed, "has no part in REF-1"),
        (Q1, date(2010, 11, 1), {"reason": " "}, BadInput, "say why the date moves"),
        (
            Q1,
            date(2010, 11, 1),
            {"reason": "Vårdar 811218-9876"},
            BadInput,
            "reason: holds a personal identity number: write without it, for reports are public documents$",
        ),
    ],
)
@pytest.mark.parametrize("apply", [False, True])
def test_extension_that_cannot_be_changes_nothing(
    sqlite: Engine,
    apply: bool,
    step: str,
    to_on: date,
    values: dict[str, Any],
    error: type[Exception],
    says: str,
) -> None:
    a_grant_that_was(sqlite, "first paid")
    with refused(sqlite, error, says):
        extend(sqlite, step, to_on, apply, **values)


@pytest.mark.parametrize(
    ("stage", "step", "by", "kind"),
    [
        pytest.param("first paid", Q1, OWNER, AnswerKind.NOT_YET, id="why it is late"),
        pytest.param("drafted", "draft-approval", SECRETARY, AnswerKind.RETURNED, id="returned"),
        pytest.param("closed", "draft-approval", SECRETARY, WITHDRAWN, id="withdrawn"),
    ],
)
def test_note_with_a_personal_number_changes_nothing_and_is_not_repeated(
    sqlite: Engine, stage: str, step: str, by: str, kind: AnswerKind
) -> None:
    a_grant_that_was(sqlite, stage)
    before = dump(sqlite)
    with pytest.raises(BadInput, match="note: holds a personal identity number: write without") as refused:
        answer(sqlite, step, date(2011, 4, 1), by, kind, note=f"Barnet, {MADE_UP}, är sjukt.")
    assert not tells_number(str(refused.value))
    assert dump(sqlite) == before

"""Release, claim and book money on both databases: the gate, four eyes, the order, and two people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, update

from models.commands.clock import Clock, SignedIn
from models.commands.money import DeclineRelease, Release
from models.errors import (
    BadInput,
    GrantError,
    ImportInvalid,
    InstalmentNotReady,
    NotAllowed,
    ReleaseRefused,
    UnknownInstalment,
    UnknownPerson,
)
from models.rules.money.claim import ClaimDecision, ClaimReason
from models.rules.money.gate import DeclineDecision, DeclineReason, GateReason, ReleaseDecision
from models.rules.money.payment import PaymentDecision, PaymentReason
from models.tables.columns import id_of, table_of
from models.tables.grant import GrantRole
from models.vocabulary import AnswerKind, DecisionKind, OverClaim
from tasks.commands.command_faults import Paying
from tasks.commands.refusals import find_money_message
from tasks.documents.offers import money_changed
from tasks.perform import perform
from tasks.store.database import reading, transaction
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    DEPUTY,
    HEAD,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
    STEP,
    STRANGER,
    TOP,
    a_grant_that_was,
    a_staff,
    act,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    events,
    grant,
    letters,
    open_grants,
    parts,
    pay,
    person_id,
    play,
    refused,
    release,
    steps,
    sums,
    told,
)
from tests.receipt_words import in_words

ASKED_ON, CONFIRMED_ON = date(2011, 2, 24), date(2011, 2, 25)
ROLE = table_of(GrantRole)


@on_both
def test_early_release_is_refused_on_both_databases(engine: Engine) -> None:
    a_grant_that_was(engine, "sent")
    says = "its condition is not approved: final-report-approval"
    with refused(engine, ReleaseRefused, says):
        release(engine, date(2011, 1, 19), OWNER)


@on_both
def test_release_takes_two_people(engine: Engine) -> None:
    a_grant_that_was(engine, "funder approved")
    assert release(engine, ASKED_ON, OWNER) is GateReason.REQUESTED
    part = parts(engine)[1]
    assert (part.status, part.requested_by_id, part.confirmed_by_id) == (
        "releasable",
        person_id(engine, OWNER),
        None,
    )
    says = "the person who asked for the release cannot confirm it; a second person must"
    with refused(engine, ReleaseRefused, says):
        release(engine, CONFIRMED_ON, OWNER)
    assert release(engine, CONFIRMED_ON, CONTROLLER) is GateReason.CONFIRMED
    part = parts(engine)[1]
    assert (part.status, part.released_on) == ("released", CONFIRMED_ON)
    assert part.confirmed_by_id == person_id(engine, CONTROLLER)
    assert told(engine, "confirm_release", "released") == [
        ("claim-balance", "confirm-2-2-first", OWNER),
        ("claim-balance", "confirm-2-2-second", CONTROLLER),
        ("claim-balance", "released-2-2", OWNER),
    ]
    # Each a letter of its own, apart from the day's tasks.
    assert [kind for _, on, kind in letters(engine) if on >= ASKED_ON] == ["money", "money", "money"]
    assert events(engine, "release_requested", "instalment_released")[-2:] == [
        "release_requested",
        "instalment_released",
    ]


@pytest.mark.parametrize(
    ("reaches", "act", "error", "says"),
    [
        ("asked", lambda e: release(e, CONFIRMED_ON, STRANGER), ReleaseRefused, "holds no role in the grant"),
        ("asked", lambda e: release(e, CONFIRMED_ON, "x@example.org"), UnknownPerson, "x@example.org"),
        (
            "asked",
            lambda e: release(e, CONFIRMED_ON, OWNER, 3),
            UnknownInstalment,
            "3 in REF-1; it has: 1, 2",
        ),
        (
            "funder approved",
            lambda e: release(e, date(2011, 2, 23), OWNER),
            BadInput,
            "before what it stands on",
        ),
        ("sent", lambda e: claim(e, ASKED_ON, 2), InstalmentNotReady, "it waits for final-report-approval"),
        ("released", lambda e: pay(e, CONFIRMED_ON, 2), InstalmentNotReady, "is released, not claimed"),
        ("decided", lambda e: claim(e, ASKED_ON, 1, STRANGER), NotAllowed, "has no part in REF-1"),
        ("first claimed", lambda e: pay(e, ASKED_ON, 1, STRANGER), NotAllowed, "has no part in REF-1"),
    ],
)
def test_act_out_of_order_changes_nothing(
    sqlite: Engine, reaches: str, act: Callable[[Engine], object], error: type[Exception], says: str
) -> None:
    a_grant_that_was(sqlite, reaches)
    with refused(sqlite, error, says):
        act(sqlite)


@on_both
def test_claim_and_payment_settle_their_steps(engine: Engine) -> None:
    a_grant_that_was(engine, "last paid")
    last = parts(engine)[1]
    assert (last.status, last.claimed_on, last.paid_on) == ("paid", date(2011, 3, 1), date(2011, 3, 22))
    found = steps(engine)
    assert (found["claim-balance"].status, found["claim-balance"].done_on) == ("done", date(2011, 3, 1))
    assert (found["payment-balance"].status, found["payment-balance"].done_on) == ("done", date(2011, 3, 22))
    assert (found["close"].status, found["close"].due_on) == ("open", date(2011, 4, 5))


# Who is asked, and who may.


def test_second_person_asked_is_never_the_first(engine: Engine) -> None:
    a_grant_that_was(engine, "funder approved")
    release(engine, ASKED_ON, CONTROLLER)
    assert told(engine, "confirm_release")[-1][2] == MANAGER


def test_second_person_who_is_away_is_replaced_by_a_role(engine: Engine) -> None:
    away = {"absences": [{"first": ASKED_ON, "last": date(2011, 3, 4)}], "deputy": DEPUTY}
    open_grants(engine, people=a_staff(controller=away))
    play(engine, "asked")
    # The deputy holds no role by that: the next with one is asked.
    assert told(engine, "confirm_release")[-1][2] == MANAGER
    with refused(engine, ReleaseRefused, "holds no role in the grant that the journal knows"):
        release(engine, CONFIRMED_ON, DEPUTY)
    # An assignment gives it.
    bring_in(engine, CONFIRMED_ON, grants=[an_entry(roles={"controller": DEPUTY})])
    assert release(engine, CONFIRMED_ON, DEPUTY) is GateReason.CONFIRMED


def test_stand_in_who_asked_is_not_asked_to_confirm(engine: Engine) -> None:
    away = {"absences": [{"first": ASKED_ON, "last": date(2011, 3, 4)}], "deputy": OWNER}
    open_grants(engine, people=a_staff(controller=away))
    play(engine, "asked")
    assert told(engine, "confirm_release")[-1][2] == MANAGER


def test_grant_without_a_controller_asks_who_else_has_a_role(engine: Engine) -> None:
    open_grants(engine, an_entry(roles={"coordinator": OWNER, "committee": SECRETARY}))
    play(engine, "asked")
    assert told(engine, "confirm_release")[-1][2] == SECRETARY
    with refused(engine, ReleaseRefused, "holds no role"):
        release(engine, CONFIRMED_ON, MANAGER)
    assert release(engine, CONFIRMED_ON, SECRETARY) is GateReason.CONFIRMED


# Who may.


def test_release_that_nobody_else_may_confirm_is_not_asked_for(sqlite: Engine) -> None:
    open_grants(sqlite, an_entry(roles={"coordinator": OWNER, "committee": SECRETARY}))
    play(sqlite, "sent")
    answer(sqlite, "final-report-approval", ASKED_ON, SECRETARY, AnswerKind.APPROVED)
    with refused(sqlite, ReleaseRefused, "nobody else with a role in the grant may be the second"):
        release(sqlite, ASKED_ON, OWNER)


def test_who_is_named_by_somebody_asks_and_never_confirms(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "funder approved")
    assert act(sqlite, Release("REF-1", 2), ASKED_ON, OWNER) is GateReason.REQUESTED
    with refused(sqlite, ReleaseRefused, "the second person signs in to the portal"):
        act(sqlite, Release("REF-1", 2), CONFIRMED_ON, CONTROLLER)


def test_sign_in_of_long_ago_confirms_nothing(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "asked")
    of_old = SignedIn(CONTROLLER, at(CONFIRMED_ON, 9), hours=12)
    late = Clock(CONFIRMED_ON, at(CONFIRMED_ON, 21))
    with refused(sqlite, ReleaseRefused, "sign in to confirm it"):
        perform(sqlite, Release("REF-1", 2), of_old, late)


def test_who_has_left_confirms_nothing(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    with transaction(engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == CONTROLLER).values(departed_on=ASKED_ON))
    with refused(engine, ReleaseRefused, "holds no role .* or has left"):
        release(engine, CONFIRMED_ON, CONTROLLER)


@pytest.mark.parametrize("forged", ["role", "owner", "deputy"])
def test_right_that_no_event_tells_of_confirms_nothing(engine: Engine, forged: str) -> None:
    """Each is one statement of somebody who may write rows; the front door does not take it for a right."""
    a_grant_that_was(engine, "asked")
    stranger, controller = person_id(engine, STRANGER), person_id(engine, CONTROLLER)
    statement = {
        "role": update(ROLE).where(ROLE.c.role == "controller").values(person_id=stranger),
        "owner": update(STEP).where(STEP.c.key == "claim-balance").values(owner_id=stranger),
        "deputy": update(PERSON).where(PERSON.c.id == controller).values(deputy_id=stranger),
    }[forged]
    with transaction(engine) as connection:
        connection.execute(statement)
    with refused(engine, ReleaseRefused, "holds no role in the grant that the journal knows"):
        release(engine, CONFIRMED_ON, STRANGER)


@pytest.mark.parametrize("by", [STRANGER, DEPUTY])
def test_funders_approval_that_lets_money_go_takes_a_role(engine: Engine, by: str) -> None:
    a_grant_that_was(engine, "sent")
    with transaction(engine) as connection:
        of_step = STEP.c.key == "final-report-approval"
        forged = {"owner_id": person_id(engine, by), "with_funder": False}  # whose it is says the programme
        connection.execute(update(STEP).where(of_step).values(forged))
    with refused(engine, NotAllowed, "final-report-approval lets money go: .* holds no role"):
        answer(engine, "final-report-approval", ASKED_ON, by, AnswerKind.APPROVED)
    # That the funder sent it back lets nothing go.
    answer(engine, "final-report-approval", ASKED_ON, by, AnswerKind.RETURNED, note="Visa kostnaderna.")


# Declined.


def test_second_person_says_no_with_a_reason(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    act(engine, DeclineRelease("REF-1", 2, "Beslutet gäller ett annat år."), CONFIRMED_ON, CONTROLLER)
    part = parts(engine)[1]
    assert (part.status, part.requested_by_id, part.requested_on) == ("releasable", None, None)
    assert [who for _, _, who in told(engine, "release_declined")] == [OWNER, MANAGER]
    assert events(engine, "release_declined") == ["release_declined"]
    # It takes two again, and the second is asked again.
    assert release(engine, CONFIRMED_ON, OWNER) is GateReason.REQUESTED
    assert [who for _, _, who in told(engine, "confirm_release")] == [OWNER, CONTROLLER, CONTROLLER]
    assert release(engine, CONFIRMED_ON, CONTROLLER) is GateReason.CONFIRMED
    with refused(engine, ReleaseRefused, "is released: there is nothing to decline"):
        act(engine, DeclineRelease("REF-1", 2, "Igen."), CONFIRMED_ON, CONTROLLER)


@pytest.mark.parametrize(("by", "hears"), [(CONTROLLER, [OWNER]), (OWNER, [])])
def test_first_person_says_no_to_who_recorded_the_approval(sqlite: Engine, by: str, hears: list[str]) -> None:
    a_grant_that_was(sqlite, "funder approved")
    act(sqlite, DeclineRelease("REF-1", 2, "Beslutet gäller ett annat år."), CONFIRMED_ON, by)
    assert [who for _, _, who in told(sqlite, "release_declined")] == hears
    part = parts(sqlite)[1]
    assert (part.status, part.requested_by_id) == ("releasable", None)
    assert release(sqlite, CONFIRMED_ON, OWNER) is GateReason.REQUESTED


@pytest.mark.parametrize(
    ("by", "why", "error", "says"),
    [
        (OWNER, "Fel år.", ReleaseRefused, "the person who asked for the release cannot decline it"),
        (STRANGER, "Fel år.", ReleaseRefused, "holds no role"),
        (CONTROLLER, " ", BadInput, "say what is not right"),
        (CONTROLLER, "Gäller 811218-9876", BadInput, "holds a personal identity number"),
    ],
)
def test_decline_that_cannot_be_changes_nothing(
    sqlite: Engine, by: str, why: str, error: type[Exception], says: str
) -> None:
    a_grant_that_was(sqlite, "asked")
    with refused(sqlite, error, says):
        act(sqlite, DeclineRelease("REF-1", 2, why), CONFIRMED_ON, by)


def test_stand_in_of_nobody_has_no_part(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "asked")
    bring_in(sqlite, people=[{"email": CONTROLLER, "name": "C", "deputy": STRANGER}])
    with refused(sqlite, ReleaseRefused, "holds no role"):
        release(sqlite, CONFIRMED_ON, STRANGER)


# What one person could try alone.


@on_both
def test_request_falls_when_the_sum_changes(engine: Engine) -> None:
    """The second person would else confirm a sum that the first never saw."""
    a_grant_that_was(engine, "asked")
    decide(engine, DecisionKind.SUPPLEMENT, ASKED_ON, amount_minor=90_000_000)
    assert (sums(engine)[1], parts(engine)[1].requested_by_id) == (("releasable", 100_000_000), None)
    assert told(engine, "confirm_release")[-1] == ("claim-balance", "confirm-2-3-first", OWNER)
    assert release(engine, CONFIRMED_ON, CONTROLLER) is GateReason.REQUESTED
    assert release(engine, CONFIRMED_ON, MANAGER) is GateReason.CONFIRMED


def test_request_stands_when_the_sum_does_not_change(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "asked")
    decide(sqlite, DecisionKind.AMENDMENT, ASKED_ON, purpose="Ett annat syfte.")
    assert release(sqlite, CONFIRMED_ON, CONTROLLER) is GateReason.CONFIRMED


@pytest.mark.parametrize("reaches", ["funder approved", "asked"])
def test_file_does_not_release_what_runs_here(sqlite: Engine, reaches: str) -> None:
    a_grant_that_was(sqlite, reaches)
    part = {"requested_by": OWNER, "confirmed_by": CONTROLLER, "claimed_on": CONFIRMED_ON}
    entry = an_entry(instalments={2: part})
    says = "instalment 2: the grant runs here already: two people release it"
    with refused(sqlite, ImportInvalid, says):
        bring_in(sqlite, CONFIRMED_ON, grants=[entry])


# Two at the same moment.


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do the acts in threads that start together; return what each gave, or its GrantError."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except GrantError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@on_both
def test_two_people_who_confirm_at_once_release_once(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    came = at_once(
        *(lambda by=by: release(engine, CONFIRMED_ON, by) for by in (CONTROLLER, MANAGER, HEAD, TOP))
    )
    assert [one for one in came if one is GateReason.CONFIRMED] == [GateReason.CONFIRMED]
    others = [one for one in came if one is not GateReason.CONFIRMED]
    assert all(isinstance(one, ReleaseRefused) and "released already" in str(one) for one in others)
    assert events(engine, "instalment_released") == ["instalment_released"] * 2  # the first part and this one
    assert sums(engine)[1] == ("released", 10_000_000)


@on_both
def test_two_people_who_ask_at_once_are_the_two(engine: Engine) -> None:
    a_grant_that_was(engine, "funder approved")
    came = at_once(*(lambda by=by: release(engine, ASKED_ON, by) for by in (MANAGER, CONTROLLER)))
    assert sorted(came) == [GateReason.CONFIRMED, GateReason.REQUESTED]
    part = parts(engine)[1]
    assert {part.requested_by_id, part.confirmed_by_id} == {
        person_id(engine, MANAGER),
        person_id(engine, CONTROLLER),
    }


@on_both
def test_one_person_who_clicks_twice_at_once_is_one_person(engine: Engine) -> None:
    a_grant_that_was(engine, "funder approved")
    came = at_once(*(lambda: release(engine, ASKED_ON, OWNER) for _ in range(2)))
    assert [one for one in came if not isinstance(one, ReleaseRefused)] == [GateReason.REQUESTED]
    assert sums(engine)[1] == ("releasable", 10_000_000)


@on_both
def test_withdrawal_and_release_at_once_never_leave_money_out_unseen(engine: Engine) -> None:
    a_grant_that_was(engine, "asked")
    note = "Fel beslut."
    at_once(
        lambda: release(engine, CONFIRMED_ON, CONTROLLER),
        lambda: answer(engine, "final-report-approval", CONFIRMED_ON, OWNER, AnswerKind.WITHDRAWN, note=note),
    )
    status = sums(engine)[1][0]
    recovers = "recovery-2" in steps(engine)
    assert (status, recovers) in {("released", True), ("withheld", False)}


@on_both
def test_payment_that_two_people_book_at_once_is_booked_once(engine: Engine) -> None:
    a_grant_that_was(engine, "first claimed")
    came = at_once(*(lambda by=by: pay(engine, date(2009, 12, 11), 1, by) for by in (OWNER, CONTROLLER)))
    assert sum(isinstance(one, InstalmentNotReady) for one in came) == 1
    assert events(engine, "instalment_paid") == ["instalment_paid"]


@pytest.mark.parametrize(
    ("over", "came_minor", "then"),
    [
        (OverClaim.LESS, 7_200_000, []),
        (OverClaim.KEEP, 10_000_000, []),
        (OverClaim.REPAY, 10_000_000, ["unspent-2"]),
    ],
)
def test_what_was_chosen_of_an_over_claim_is_done_and_journaled(
    engine: Engine, over: OverClaim, came_minor: int, then: list[str]
) -> None:
    a_grant_that_was(engine, "released")
    claim(engine, CONFIRMED_ON, 2, over=over, note="En tjänst var vakant.")
    assert events(engine, "over_claim_settled") == ["over_claim_settled"]
    pay(engine, date(2011, 3, 22), 2)
    assert [key for key in steps(engine) if key.startswith("unspent")] == then
    last = parts(engine)[1]
    why = "En tjänst var vakant." if over is OverClaim.LESS else None
    assert (last.status, last.paid_minor, last.no_more_why) == ("paid", came_minor, why)
    assert steps(engine)["payment-balance"].status == "done"


def test_repayment_of_what_is_not_spent_waits_for_the_payment_and_says_why(engine: Engine) -> None:
    a_grant_that_was(engine, "released")
    claim(engine, CONFIRMED_ON, 2, over=OverClaim.REPAY, note="En tjänst var vakant.")
    assert "unspent-2" not in steps(engine)
    pay(engine, date(2011, 3, 22), 2)
    step = steps(engine)["unspent-2"]
    assert (step.kind, step.repays_minor, step.opens_on) == ("repayment", 2_800_000, date(2011, 3, 22))
    assert "rekvirerades med mer än vad som är använt" in in_words(step.receipt, "sv").rule
    answer(engine, "unspent-2", date(2011, 3, 25), OWNER)
    assert steps(engine)["unspent-2"].status == "done"


def test_paper_of_a_claim_is_old_once_its_own_sum_is_another(engine: Engine) -> None:
    def changed() -> dict[str, object]:
        with reading(engine) as connection:
            return {of: at for (_, of), at in money_changed(connection, [id_of(grant(engine))]).items()}

    a_grant_that_was(engine, "first paid")
    before = changed()
    decide(engine, DecisionKind.AMENDMENT, date(2010, 3, 1), total_minor=45_000_000)
    assert {of for of, at in changed().items() if at != before.get(of)} == {"claim:2"}


def test_what_did_not_come_is_not_repaid(engine: Engine) -> None:
    a_grant_that_was(engine, "released")
    claim(engine, CONFIRMED_ON, 2, over=OverClaim.REPAY, note="En tjänst var vakant.")
    pay(engine, date(2011, 3, 22), 2, amount_minor=9_000_000, no_more_why="Länsstyrelsens beslut.")
    assert steps(engine)["unspent-2"].repays_minor == 1_800_000


def a_grant_whose_last_part_is_lowered_to_nought(engine: Engine) -> None:
    """The funder lowers the award to what it has released, before the final report is approved."""
    a_grant_that_was(engine, "sent")
    decide(engine, DecisionKind.AMENDMENT, date(2011, 1, 20), total_minor=40_000_000)
    answer(engine, "final-report-approval", ASKED_ON, OWNER, AnswerKind.APPROVED)


def test_part_of_nought_is_neither_claimed_nor_paid(engine: Engine) -> None:
    a_grant_whose_last_part_is_lowered_to_nought(engine)
    assert sums(engine) == [("paid", 40_000_000), ("planned", 0)]
    found = steps(engine)
    assert [(found[key].status, found[key].done_on) for key in ("claim-balance", "payment-balance")] == [
        ("skipped", ASKED_ON),
        ("skipped", ASKED_ON),
    ]
    assert in_words(found["claim-balance"].receipt).arithmetic == (
        "nothing to claim or pay: the sum of instalment 2 is 0"
    )
    assert in_words(found["claim-balance"].receipt, "sv").arithmetic == (
        "det finns inget att rekvirera eller betala ut: summan av del 2 är 0"
    )
    assert (found["close"].status, found["close"].due_on) == ("open", date(2011, 3, 10))
    assert told(engine, "confirm_release") == []
    assert events(engine, "step_skipped") == ["step_skipped"] * 2
    says = "instalment 2 of REF-1: its sum is 0, so there is nothing to release"
    with refused(engine, ReleaseRefused, says):
        release(engine, ASKED_ON, OWNER)
    says = "instalment 2 of REF-1 is planned, not released"
    with refused(engine, InstalmentNotReady, says):
        claim(engine, ASKED_ON, 2)
    answer(engine, "close", CONFIRMED_ON)
    assert grant(engine).status == "closed"


def test_part_of_nought_that_gets_a_sum_is_claimed_after_all(engine: Engine) -> None:
    a_grant_whose_last_part_is_lowered_to_nought(engine)
    decide(engine, DecisionKind.SUPPLEMENT, CONFIRMED_ON, amount_minor=5_000_000)
    assert sums(engine) == [("paid", 40_000_000), ("releasable", 5_000_000)]
    found = steps(engine)
    # What counted from the days on which they were let go waits for them again.
    assert [
        (found[key].status, found[key].due_on) for key in ("claim-balance", "payment-balance", "close")
    ] == [
        ("open", date(2011, 3, 10)),
        ("waiting", None),
        ("waiting", None),
    ]
    assert told(engine, "confirm_release")[-1][2] == OWNER


def test_each_refusal_of_a_money_rule_has_its_message() -> None:
    decisions: list[ReleaseDecision | DeclineDecision | ClaimDecision | PaymentDecision] = [
        *(one for one in map(ReleaseDecision, GateReason) if not one.accepted),
        *(one for one in map(DeclineDecision, DeclineReason) if not one.allowed),
        *(one for one in map(ClaimDecision, ClaimReason) if not one.allowed),
        *(one for one in map(PaymentDecision, PaymentReason) if not one.allowed),
    ]
    assert {find_money_message(decision) for decision in decisions} <= set(Paying)

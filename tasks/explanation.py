"""Explain a step: why this date, who was told, and why there is a letter today or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, or_
from sqlmodel import Session, col, select

from models.errors import UnknownReference
from models.grant import Grant
from models.letter import DeliveryAttempt, Letter, Notice
from models.people import Person
from models.rules.ladder import (
    Line,
    NoticeDecision,
    Reason,
    RungFacts,
    StepFacts,
    Told,
    decide_notice,
    decide_recipients,
    rung_day,
)
from models.rules.planner import calendar_of
from models.step import Step
from models.vocabulary import SETTLED, AttemptOutcome, LetterKind, LetterStatus
from tasks.database import reading
from tasks.grant_at_work import GrantAtWork, load_grant, step_named
from tasks.people_lookup import load_people
from tasks.programme_versions import load_ladders

REASONS = {
    Reason.RUNG_REACHED: "today is the day of the rung '{rung}'",
    Reason.CAUGHT_UP: "the day of the rung '{rung}' went by without a round, so it is told now",
    Reason.NOT_REACHED: "the first rung is not reached yet",
    Reason.ALREADY_TOLD: "everyone due to be told so far has been told",
    Reason.ONE_A_DAY: "an escalation was told today; the next one waits a working day",
    Reason.NO_DUE_DATE: "it has no due date yet",
    Reason.LADDER_ENDED: "every rung of the ladder has been told",
    Reason.LETTER_GONE: "the letter of that day has left; it goes with the next working day's",
    Reason.NOT_A_WORKING_DAY: "offices are closed on the day",
}


# Where a letter is, where the word of its state says too little.
STATES = {
    "captured": "kept in the mailbox",
    "handing_over": "being handed over",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation as sentences, and as data for another program."""

    sentences: tuple[str, ...]
    data: dict[str, Any]


def explain_step(engine: Engine, reference: str, step_key: str, on: date) -> Explanation:
    """Return why the step is due when it is, what was told, and what a round on the day would do."""
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(f"'{reference}'; 'grants status' lists the ones there are")
        work = load_grant(session, grant, on)
        step = step_named(work, step_key)
        told = _notices(session, step)
        sentences = [*_about_date(work, step), *_about_status(work, step), *_about_told(told)]
        decision, who = _decide(work, step, told, on)
        sentences += _about_today(work, step, decision, who, on)
        data = {
            "reference": reference,
            "step": step.key,
            "status": str(step.status),
            "due_on": step.due_on.isoformat() if step.due_on else None,
            "receipt": step.receipt,
            "on": on.isoformat(),
            "reason": str(decision.reason) if decision else "settled",
            "rung": decision.rung.key if decision and decision.rung else None,
            "tell": [person.email for person in who],
            "told": [
                {
                    "on": notice.told_on.isoformat(),
                    "rung": notice.rung,
                    "person": person.email,
                    "letter": status,
                }
                for notice, person, status in told
            ],
        }
        return Explanation(tuple(sentences), data)


Toldrow = tuple[Notice, Person, str]


def _notices(session: Session, step: Step) -> list[Toldrow]:
    rows = session.exec(
        select(Notice, Person, Letter.status)
        .join(Person, col(Person.id) == col(Notice.person_id))
        .join(Letter, col(Letter.id) == col(Notice.letter_id))
        .where(Notice.step_id == step.id)
        .order_by(col(Notice.told_on), col(Notice.id))
    ).all()
    letters = [notice.letter_id for notice, _, _ in rows]
    captured = set(
        session.exec(
            select(DeliveryAttempt.letter_id).where(
                col(DeliveryAttempt.letter_id).in_(letters),
                DeliveryAttempt.outcome == AttemptOutcome.CAPTURED,
            )
        )
    )
    return [
        (notice, person, str(AttemptOutcome.CAPTURED if notice.letter_id in captured else status))
        for notice, person, status in rows
    ]


def _about_date(work: GrantAtWork, step: Step) -> list[str]:
    receipt = step.receipt
    title = f"{step.key} of {work.grant.reference}"
    if step.due_on is None:
        return [
            f"{title} has no due date yet: it {receipt.get('arithmetic', 'waits')} ({receipt.get('rule')})."
        ]
    said = [f"{title} is due on {step.due_on:%A} {step.due_on.isoformat()}."]
    said.append(f"Rule: {receipt['rule']}. Counted: {receipt['arithmetic']}.")
    if receipt.get("source"):
        said.append(f"Source: {receipt['source']}.")
    said += [f"Note: {warning}." for warning in receipt.get("warnings", ())]
    return said


def _about_status(work: GrantAtWork, step: Step) -> list[str]:
    owner = work.session.get(Person, step.owner_id) if step.owner_id else None
    if step.status in SETTLED:
        by = work.session.get(Person, step.done_by_id) if step.done_by_id else None
        who = f" by {by.name} <{by.email}>" if by else ""
        since = f" since {step.done_on}" if step.done_on else ""
        return [f"It is {step.status}{who}{since}."]
    said = []
    if owner is not None:
        since = f" since {step.owner_since_on}" if step.owner_since_on else ""
        said.append(f"It is {step.status}, with {owner.name} <{owner.email}>{since}.")
    else:
        said.append(f"It is {step.status}, and nobody holds it: give the grant a {step.owner_role}.")
    waits = [need.key for need in work.needs_of(step) if need.status not in SETTLED]
    if waits:
        said.append(f"It waits for {', '.join(waits)}.")
    return said


def _about_told(told: list[Toldrow]) -> list[str]:
    if not told:
        return ["Nobody has been told about it yet."]
    return [
        f"{notice.told_on}: {person.email} was told ({notice.rung}, {notice.kind});"
        f" the letter is {STATES.get(status, status)}."
        for notice, person, status in told
    ]


def _decide(
    work: GrantAtWork, step: Step, told: list[Toldrow], on: date
) -> tuple[NoticeDecision | None, list[Person]]:
    if step.status in SETTLED:
        return None, []
    connection = work.session.connection()
    ladder = load_ladders(connection, work.grant.programme_id)[step.ladder]
    said = [
        Told(notice.position, notice.person_id, notice.told_on, notice.instead_of_id)
        for notice, _, _ in told
        if notice.due_on == step.due_on and notice.told_on <= on
    ]
    facts = StepFacts(step.due_on, step.opens_on)
    decision = decide_notice(facts, ladder, said, on, calendar_of(work.programme))
    if decision.rung is None or step.owner_id is None:
        return decision, []
    people = load_people(connection, [step.owner_id, *work.roles.values()], on)
    line = Line(step.owner_id, work.roles, people)
    reached = decide_recipients(decision.rung, ladder, said, line, on)
    if _letter_has_left(work, [one.person_id for one in reached], on):
        return NoticeDecision(Reason.LETTER_GONE, None, calendar_of(work.programme).add(on, 1)), []
    found = [work.session.get(Person, one.person_id) for one in reached]
    return decision, [person for person in found if person is not None]


def _letter_has_left(work: GrantAtWork, people: list[int], on: date) -> bool:
    """Return whether the day's letter to one of the people takes nothing more: then the step waits for the next."""
    same_day = select(Letter.id).where(
        col(Letter.person_id).in_(people),
        Letter.letter_on == on,
        Letter.kind == LetterKind.TASKS,
        or_(col(Letter.status) != LetterStatus.QUEUED, col(Letter.attempts) > 0),
    )
    return work.session.exec(same_day).first() is not None


def _about_today(
    work: GrantAtWork, step: Step, decision: NoticeDecision | None, who: list[Person], on: date
) -> list[str]:
    if decision is None:
        return [f"No letter on {on}: there is nothing left to do."]
    rung: RungFacts | None = decision.rung
    reason = REASONS[decision.reason].format(rung=rung.key if rung else "")
    if rung is not None:
        names = ", ".join(f"{person.name} <{person.email}>" for person in who) or "nobody who can be reached"
        return [f"A round on {on} tells {names}: {reason}."]
    said = [f"A round on {on} sends no letter: {reason}."]
    if decision.next_action_on is not None and step.due_on is not None:
        calendar = calendar_of(work.programme)
        ladder = load_ladders(work.session.connection(), work.grant.programme_id)[step.ladder]
        facts = StepFacts(step.due_on, step.opens_on)
        later = [one.key for one in ladder if rung_day(one, facts, calendar) >= decision.next_action_on]
        following = f" ({later[0]})" if later else ""
        said.append(f"It is looked at again on {decision.next_action_on}{following}.")
    return said

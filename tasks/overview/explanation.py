"""Explain a step: why this date, who was told, and why there is a letter today or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, or_
from sqlmodel import Session, col, select

from models.errors import UnknownReference
from models.facts.receipt import read_receipt
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import (
    Line,
    NoticeDecision,
    Reason,
    Told,
    decide_notice,
    decide_recipients,
)
from models.tables.grant import Grant
from models.tables.letter import DeliveryAttempt, Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED, AttemptOutcome, LetterKind, LetterStatus
from tasks.commands.at_work.grant import GrantAtWork, ladder_facts, load_grant, step_named
from tasks.outbox.facts.stakes import stakes_of
from tasks.overview.date_explanation import explain_date
from tasks.overview.explaining_words import (
    RoundFact,
    ToldFact,
    explain_round,
    explain_status,
    explain_told,
)
from tasks.store.database import reading
from tasks.store.people import load_people
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import plain_spaces, speaker


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation as sentences, and as data for another program."""

    sentences: tuple[str, ...]
    data: dict[str, Any]


def explain_step(
    engine: Engine, reference: str, step_key: str, on: date, language: str = "en"
) -> Explanation:
    """Return why the step is due when it is, what was told, and what a round on the day would do.

    Raises UnknownReference for a grant that is not there, UnknownStep for a step.
    """
    say = speaker(language)
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, on)
        step = step_named(work, step_key)
        told = _notices(session, step)
        words = ReceiptWords(language, work.programme, on, days_as_iso=True)
        decision, who = _decide(work, step, told, on)
        stakes = [plain_spaces(one) for one in stakes_of(connection, say, step, on)]
        sentences = [
            *explain_date(say, work, step, on),
            *explain_status(say, work, step, on),
            *(say.gettext("At stake: %(what)s", what=what) for what in stakes),
            *explain_told(say, [_told_fact(one) for one in told], on),
            *explain_round(say, _round_fact(work, step, told, decision, who), on),
        ]
        data = {
            "reference": reference,
            "step": step.key,
            "status": str(step.status),
            "due_on": step.due_on.isoformat() if step.due_on else None,
            "receipt": step.receipt | words.as_json(read_receipt(step.receipt), step.template_key),
            "stakes": stakes,
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
        .outerjoin(Letter, col(Letter.id) == col(Notice.letter_id))
        .where(Notice.step_id == step.id)
        .order_by(col(Notice.told_on), col(Notice.id))
    ).all()
    letters = [notice.letter_id for notice, _, _ in rows if notice.letter_id is not None]
    captured = set(
        session.exec(
            select(DeliveryAttempt.letter_id).where(
                col(DeliveryAttempt.letter_id).in_(letters),
                DeliveryAttempt.outcome == AttemptOutcome.CAPTURED,
            )
        )
    )
    # One that came with an imported grant has no letter here.
    return [
        (
            notice,
            person,
            str(AttemptOutcome.CAPTURED if notice.letter_id in captured else status or "imported"),
        )
        for notice, person, status in rows
    ]


def _told_fact(row: Toldrow) -> ToldFact:
    notice, person, status = row
    return ToldFact(notice.told_on, person.name, person.email, notice.kind, notice.rung, status)


def _decide(
    work: GrantAtWork, step: Step, told: list[Toldrow], on: date
) -> tuple[NoticeDecision | None, list[Person]]:
    if step.status in SETTLED:
        return None, []
    connection = work.session.connection()
    ladder = work.shared.ladders(work.grant.programme_id)[step.ladder]
    said = _said(step, told, on)
    facts = ladder_facts(work, step)
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


def _said(step: Step, told: list[Toldrow], on: date) -> list[Told]:
    return [
        Told(
            notice.position,
            notice.person_id,
            notice.told_on,
            notice.instead_of_id,
            notice.failed_at is not None,
        )
        for notice, _, _ in told
        if notice.due_on == step.due_on and notice.told_on <= on
    ]


def _round_fact(
    work: GrantAtWork,
    step: Step,
    told: list[Toldrow],
    decision: NoticeDecision | None,
    who: list[Person],
) -> RoundFact:
    names = tuple(f"{person.name} <{person.email}>" for person in who)
    if decision is None:
        return RoundFact(None, None, names)
    later = None
    if decision.rung is None and decision.next_action_on is not None and step.due_on is not None:
        ladder = work.shared.ladders(work.grant.programme_id)[step.ladder]
        facts, calendar = ladder_facts(work, step), calendar_of(work.programme)
        look_on = decision.next_action_on
        then = decide_notice(facts, ladder, _said(step, told, look_on), look_on, calendar)
        later = then.rung.key if then.rung else None
    rung = decision.rung.key if decision.rung else None
    return RoundFact(decision.reason, rung, names, decision.next_action_on, later)

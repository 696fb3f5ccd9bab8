"""Explain a step: why it has this date, who was told, and why there is a letter today or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Engine
from sqlmodel import Session, select

from models.errors import UnknownReference
from models.facts.letter import has_passed
from models.facts.receipt import read_receipt
from models.programme.plan import RungRule
from models.reading.reference import as_argument
from models.rules.dates.calendar import WorkCalendar, offices_in
from models.rules.dates.extension import lapses_after
from models.rules.dates.plan import calendar_of
from models.rules.money.risk import Loss, find_losses
from models.rules.notices.ladder import (
    Reason,
    StepPeople,
    Telling,
    ToldNotice,
    decide_notice,
    decide_telling,
    wait_for_next_letter,
)
from models.rules.notices.quiet_days import find_day_to_tell, is_silent
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.letter import Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import load_grant
from tasks.commands.at_work.lookup import step_named
from tasks.grant.notices import load_history
from tasks.people.letters import find_told
from tasks.settings import DEFAULT_COUNTRY
from tasks.store.database import reading
from tasks.store.people import load_people
from tasks.words.receipts import ReceiptWords, RoundFact, StepExplained
from tasks.words.translator import Translator, plain_spaces, translator
from tasks.words.vocabulary import word_step_title


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation as sentences, and as data for another program."""

    sentences: tuple[str, ...]
    data: dict[str, Any]


def explain_step(
    engine: Engine,
    reference: str,
    step_key: str,
    on: date,
    language: str = "en",
    country: str = DEFAULT_COUNTRY,
) -> Explanation:
    """Return why the step is due on its day, what people were told, and what a round on the day would do.

    No round is done on a day off of the office's `country`, whatever the programme's calendar says.
    Raises UnknownReference for an unknown grant, UnknownStep for an unknown step.
    """
    say = translator(language)
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, on)
        step = step_named(work, step_key)
        history = load_history(session, step)
        telling, who = _decide(work, step, on, offices_in(country))
        explained = StepExplained(
            title=_called(say, work, step),
            reference=reference,
            argument=as_argument(reference),
            row=step,
            has_passed=has_passed(step.due_on, on),
            receipt=read_receipt(step.receipt),
            done_by=_name(work.record.batch.person(step.done_by_id) if step.done_by_id else None),
            owner=_name(work.record.batch.person(step.owner_id) if step.owner_id else None),
            waits_for=tuple(
                _called(say, work, need) for need in work.needs_of(step) if need.status not in SETTLED
            ),
            told=tuple(history),
            round=_round_fact(work, step, telling, tuple(map(_name, who)), on),
            currency=work.grant.currency,
            losses=step_losses(work, step),
            lapses_after=step_lapses_after(work, step),
        )
        sentences = ReceiptWords(language, work.programme, on).explain(explained)
        words = ReceiptWords(language, work.programme, on, days_as_iso=True)
        data = {
            "reference": reference,
            "step": step.key,
            "status": str(step.status),
            "due_on": step.due_on.isoformat() if step.due_on else None,
            "receipt": step.receipt | words.as_json(explained.receipt, step.template_key),
            **terms_json(work, step, work.needs_of(step)),
            **_telling_json(on, telling, who),
            "told": [_told_json(notice, person, status) for notice, person, status in history],
        }
        return Explanation(tuple(map(plain_spaces, sentences)), data)


def _telling_json(on: date, telling: Telling | None, who: Sequence[Person]) -> dict[str, JsonValue]:
    """Return what a round on the day does, and whom it tells."""
    return {
        "on": on.isoformat(),
        "reason": str(telling.reason) if telling else "settled",
        "rung": telling.rung.key if telling and telling.rung else None,
        "tell": [person.email for person in who],
    }


def _told_json(notice: Notice, person: Person, status: str | None) -> dict[str, JsonValue]:
    """Return a notice that was sent to somebody, and the status of its letter."""
    return {
        "on": notice.told_on.isoformat(),
        "rung": notice.rung,
        "person": person.email,
        "letter": status,
    }


def step_losses(work: GrantAtWork, step: Step) -> tuple[Loss, ...]:
    """Return what being late with a step costs, each part from its day on; nothing for a settled one."""
    rule = work.record.rule_of(step)
    if rule is None or step.due_on is None or step.status in SETTLED:
        return ()
    return find_losses(rule.late, step.due_on, work.grant.award_minor)


def step_lapses_after(work: GrantAtWork, step: Step) -> date | None:
    """Return the day after which a step's money lapses; None for a settled step, or if it never does."""
    rule = work.record.rule_of(step)
    lapses = rule is not None and rule.lapses and step.status not in SETTLED
    return lapses_after(step.due_on, step.receipt.get("source"), lapses=lapses)


def terms_json(work: GrantAtWork, step: Step, needs: Iterable[Step]) -> dict[str, JsonValue]:
    """Return the keys of those of a step's `needs` that it still waits for, and what being late costs."""
    last_on = step_lapses_after(work, step)
    return {
        "waits_for": [need.key for need in needs if need.status not in SETTLED],
        "late": [
            {"from_on": loss.from_on.isoformat(), "share": loss.share, "amount_minor": loss.amount_minor}
            for loss in step_losses(work, step)
        ],
        "lapses_after": last_on.isoformat() if last_on else None,
    }


def _called(say: Translator, work: GrantAtWork, step: Step) -> str:
    """Return the step's title and period with its key, which commands use to name it."""
    return f"{word_step_title(say, work.record.rule_of(step), step.kind, step.period)} ({step.key})"


def _name(person: Person | None) -> str:
    return f"{person.name} <{person.email}>" if person else ""


def _decide(
    work: GrantAtWork, step: Step, on: date, offices: WorkCalendar
) -> tuple[Telling | None, list[Person]]:
    """Return what a round on the day does, with the people whom it tells; None for a settled step."""
    if step.status in SETTLED:
        return None, []
    connection = work.session.connection()
    calendar = calendar_of(work.programme)
    line = None
    if step.owner_id is not None:
        people = load_people(connection, [step.owner_id, *work.roles.values()], on)
        line = StepPeople(step.owner_id, work.roles, people)
    telling = decide_telling(
        work.record.ladder_facts(step),
        _ladder(work, step),
        told=_said(work, step, on),
        line=line,
        today=on,
        calendar=calendar,
    )
    if telling.rung is not None and is_silent(on, offices):
        return Telling(Reason.NOT_A_WORKING_DAY, None, find_day_to_tell(on, offices)), []
    if find_told(connection, [person.person_id for person in telling.reached], on, lock=False):
        return wait_for_next_letter(on, calendar), []
    told_people = [work.record.batch.person(person.person_id) for person in telling.reached]
    return telling, [person for person in told_people if person is not None]


def _ladder(work: GrantAtWork, step: Step) -> Sequence[RungRule]:
    return work.programme.ladders[step.ladder]


def _said(work: GrantAtWork, step: Step, on: date) -> list[ToldNotice]:
    return [
        notice
        for notice in work.record.batch.told.get((id_of(step), step.due_on), ())
        if notice.told_on <= on
    ]


def _round_fact(
    work: GrantAtWork, step: Step, telling: Telling | None, names: tuple[str, ...], on: date
) -> RoundFact:
    """Return what a round does, as facts for its words, with the next rung when it looks again."""
    if telling is None:
        return RoundFact(on, None, None, names)
    later = None
    look_on = telling.next_action_on
    if telling.rung is None and look_on is not None and step.due_on is not None:
        told = _said(work, step, look_on)
        calendar = calendar_of(work.programme)
        then = decide_notice(work.record.ladder_facts(step), _ladder(work, step), told, look_on, calendar)
        later = then.rung.key if then.rung else None
    rung = telling.rung.key if telling.rung else None
    return RoundFact(on=on, reason=telling.reason, rung=rung, tells=names, next_on=look_on, next_rung=later)

"""Carry out what a form asks for, through the same commands as everywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select

from deployments.portal.answer.fields import NEEDED_DATE, NO_MORE, OTHER_DATE, TO_COME, Field
from deployments.portal.answer.values import answers_of, read_day, read_sum
from models.errors import BadInput
from models.tables.columns import table_of
from models.tables.person import Person
from models.vocabulary import AnswerKind, DecisionKind
from tasks.commands.files.file_store import Vault
from tasks.grants.acts.corrections import give_dates
from tasks.grants.acts.decision_checks import DecisionInput
from tasks.grants.acts.decisions import record_decision
from tasks.grants.acts.given_answers import AnswerInput
from tasks.grants.acts.money import claim_instalment, record_payment, release_instalment
from tasks.grants.acts.payments import Rest
from tasks.grants.acts.step_acts import answer_step
from tasks.store.database import reading

_PERSON = table_of(Person)


@dataclass(frozen=True, slots=True)
class Posted:
    """An answer that has been checked: to which grant, step or instalment, by whom, and with what in its fields."""

    act: str
    reference: str
    step_key: str
    step_version: int
    instalment: int | None
    first_of_two: bool
    shown_minor: int
    shown_account: str
    report_version: int
    currency: str
    by_email: str
    fields: Sequence[Field]

    def value(self, name: str) -> str:
        """Return what stands in a field; empty when there is no such field."""
        return next((field.value for field in self.fields if field.name == name), "")


def carry_out(engine: Engine, vault: Vault, posted: Posted, today: date, now: datetime) -> None:
    """Do what was posted; GrantError (refused, or input that a rule does not take) when it is not accepted."""
    if posted.act == "decide":
        decision = _decision(posted)
        record_decision(engine, posted.reference, decision, by_email=posted.by_email, today=today, now=now)
    elif posted.act == "date":
        _give_dates(engine, posted, today, now)
    elif posted.act in ("claim", "paid", "release"):
        _move_money(engine, posted, today, now)
    else:
        answer = _answer(engine, posted)
        answer_step(
            engine,
            posted.reference,
            posted.step_key,
            answer,
            by_email=posted.by_email,
            today=today,
            now=now,
            vault=vault,
        )


_KINDS = {
    "done": AnswerKind.DONE,
    "nothing": AnswerKind.NOTHING,
    "not_yet": AnswerKind.NOT_YET,
    "not_me": AnswerKind.NOT_ME,
    "not_needed": AnswerKind.NOT_NEEDED,
    "approve": AnswerKind.APPROVED,
    "return": AnswerKind.RETURNED,
}
# The field of each that asks for the paper's day.
_PAPER_DAYS = {
    "done": "done_on",
    "nothing": "done_on",
    "not_needed": "decided_on",
    "approve": "approved_on",
    "return": "returned_on",
}


def _answer(engine: Engine, posted: Posted) -> AnswerInput:
    return AnswerInput(
        kind=_KINDS[posted.act],
        data=answers_of(posted.fields),
        note=posted.value("note"),
        expected_on=read_day(posted.value("expected_on")),
        colleague=_email(engine, posted.value("colleague")),
        step_version=posted.step_version,
        paper_on=read_day(posted.value(_PAPER_DAYS.get(posted.act, ""))),
        report_version=posted.report_version if posted.act == "approve" else None,
    )


def _email(engine: Engine, person_id: str) -> str | None:
    """Return the address of a person chosen from the form's list; None when nobody was."""
    if not person_id:
        return None
    with reading(engine) as connection:
        found = connection.execute(select(_PERSON.c.email).where(_PERSON.c.id == int(person_id))).scalar()
    return str(found)


def _decision(posted: Posted) -> DecisionInput:
    kind = DecisionKind(posted.value("kind"))
    decided_on = read_day(posted.value("decided_on"))
    if decided_on is None:
        raise BadInput("the decision has no date")
    award = kind is DecisionKind.AWARD
    return DecisionInput(
        kind=kind,
        decided_on=decided_on,
        amount_minor=read_sum(posted.value("amount"), posted.currency) if award else None,
        purpose=posted.value("purpose"),
        conditions=posted.value("conditions"),
        dates=_dates(posted) if award else {},
        source=posted.value("source"),
    )


def _dates(posted: Posted) -> dict[str, date]:
    given = {
        field.name.removeprefix(mark): read_day(field.value)
        for mark in (NEEDED_DATE, OTHER_DATE)
        for field in posted.fields
        if field.name.startswith(mark)
    }
    return {name: day for name, day in given.items() if day is not None}


def _give_dates(engine: Engine, posted: Posted, today: date, now: datetime) -> None:
    """Record the dates that a decision did not say, as a letter of the day given says them."""
    said_on = read_day(posted.value("decided_on"))
    if said_on is None:
        raise BadInput("the letter has no date")
    letter = DecisionInput(
        DecisionKind.AMENDMENT, said_on, dates=_dates(posted), source=posted.value("source")
    )
    give_dates(engine, posted.reference, letter, by_email=posted.by_email, today=today, now=now)


def _amount(posted: Posted) -> int | None:
    """Return the sum that was typed, in minor units; None where its field is empty or not there."""
    typed = posted.value("amount")
    return read_sum(typed, posted.currency) if typed else None


def _rest(posted: Posted) -> Rest:
    """Return what was said of what a payment leaves; nothing where all of it came."""
    said, note = posted.value("rest"), posted.value("note")
    if said == NO_MORE:
        return Rest(no_more_why=note)
    return Rest(read_day(posted.value("expected_on")), note=note) if said == TO_COME else Rest()


def _move_money(engine: Engine, posted: Posted, today: date, now: datetime) -> None:
    number = posted.instalment
    if number is None:
        raise BadInput(f"{posted.step_key} is about no instalment")
    by, reference = posted.by_email, posted.reference
    if posted.act == "claim":
        claim_instalment(
            engine,
            reference,
            number,
            by_email=by,
            today=today,
            now=now,
            amount_minor=_amount(posted),
            claimed_on=read_day(posted.value("claimed_on")),
        )
    elif posted.act == "paid":
        record_payment(
            engine,
            reference,
            number,
            by_email=by,
            today=today,
            now=now,
            amount_minor=_amount(posted),
            rest=_rest(posted),
            paid_on=read_day(posted.value("paid_on")),
        )
    else:
        # Whoever was shown "you are the first" must not become the second because another was quicker.
        release_instalment(
            engine,
            reference,
            number,
            by_email=by,
            today=today,
            now=now,
            first_only=posted.first_of_two,
            shown_minor=posted.shown_minor,
            shown_account=posted.shown_account,
        )

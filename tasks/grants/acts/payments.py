"""Book what comes for an instalment, all at once or in several turns, and what is said of what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.rules.money.payment import missing_minor
from models.tables.money import Instalment, Payment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import AnswerKind, GrantStatus, InstalmentStatus, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.grants.acts.given_answers import AnswerInput, record_answer


@dataclass(frozen=True, slots=True)
class Rest:
    """What is said of what a payment leaves: by when it is expected, or why no more comes.

    Where nothing is said it is waited for. `note` goes with the day: what the funder said.
    """

    expected_on: date | None = None
    no_more_why: str | None = None
    note: str = ""


def book_payment(
    work: GrantAtWork, instalment: Instalment, paid_on: date, amount_minor: int, by_id: int | None
) -> None:
    """Add a payment to those that came before it."""
    paid = (instalment.paid_minor or 0) + amount_minor
    if paid == instalment.amount_minor:
        instalment.no_more_why = None  # it came after all
    instalment.paid_minor, instalment.paid_on, instalment.status = paid, paid_on, InstalmentStatus.PAID
    values = {"instalment_id": instalment.id, "paid_on": paid_on, "amount_minor": amount_minor}
    work.add(Payment, [values | {"by_id": by_id}])


def leave_rest(
    work: GrantAtWork, instalment: Instalment, step: Step | None, rest: Rest, person: Person, now: datetime
) -> None:
    """Write down what is said of what is missing: a day that is expected, on the open step, or why no more comes."""
    if rest.no_more_why is not None:
        instalment.no_more_why = rest.no_more_why.strip()
        lost = missing_minor(instalment)
        work.happened(
            "rest_lost",
            step,
            person.id,
            instalment=instalment.number,
            missing_minor=lost,
            reason=instalment.no_more_why,
        )
    elif rest.expected_on is not None and step is not None:
        instalment.no_more_why = None
        _open_again(work, step, person)
        said = AnswerInput(AnswerKind.NOT_YET, note=rest.note, expected_on=rest.expected_on)
        record_answer(work, step, said, {}, person, now)


def _open_again(work: GrantAtWork, step: Step, person: Person) -> None:
    """Let a payment that was said to be over be waited for again."""
    if step.status is not StepStatus.DONE or work.grant.status not in (GrantStatus.OPEN, GrantStatus.CLOSED):
        return
    step.status, step.done_on, step.done_by_id = StepStatus.WAITING, None, None
    work.happened("step_reopened", step, person.id)
    if work.grant.status is GrantStatus.CLOSED:
        work.grant.status, work.grant.closed_on = GrantStatus.OPEN, None
        work.happened("grant_reopened", person_id=person.id)

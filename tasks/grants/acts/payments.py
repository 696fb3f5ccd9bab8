"""Book what comes for an instalment, all at once or in several turns, and what is said of what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.errors import BadInput
from models.reading.personal_number import refuse_personal_numbers
from models.rules.dates.thresholds import sum_text
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

    @property
    def said(self) -> bool:
        """Whether anything is said."""
        return self.expected_on is not None or self.no_more_why is not None


def missing_minor(instalment: Instalment) -> int:
    """Return what has not come of the instalment, in minor units."""
    return (instalment.amount_minor or 0) - (instalment.paid_minor or 0)


def is_over(instalment: Instalment) -> bool:
    """Return whether nothing is waited for any more: all of it came, or no more comes."""
    return missing_minor(instalment) == 0 or instalment.no_more_why is not None


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


def check_rest(work: GrantAtWork, step: Step | None, left_minor: int, rest: Rest) -> None:
    """Raise BadInput where what is said of the rest cannot be; `left_minor` is what is missing after the payment."""
    if not rest.said:
        return
    refuse_personal_numbers(note=rest.note, reason=rest.no_more_why)
    if rest.expected_on is not None and rest.no_more_why is not None:
        raise BadInput("the rest is still to come, or no more comes: say one of them")
    if not left_minor:
        raise BadInput("all of the instalment has come, so that no rest is left to say anything of")
    if rest.no_more_why is not None and not rest.no_more_why.strip():
        raise BadInput("say why no more comes")
    if rest.expected_on is not None and rest.expected_on < work.today:
        raise BadInput(f"{rest.expected_on} has passed; say when the rest is expected")
    if rest.expected_on is not None and step is None:
        raise BadInput("the programme has no step for this payment, so that no day can be kept for its rest")


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


def refuse_payment(work: GrantAtWork, came: int, missing: int, *, again: bool) -> None:
    """Raise BadInput for a payment that is none, or more than what is missing."""
    said, most = (sum_text(minor, work.grant.currency) for minor in (came, missing))
    if came > missing:
        raise BadInput(f"the payment ({said}) is more than what is missing of the instalment ({most})")
    if again:
        raise BadInput(f"{said} is no payment: {most} of the instalment is missing")
    raise BadInput(f"{said} is no payment: say when it is expected ('grants answer'), or why no more comes")

"""Say where a grant, a step or an instalment stands."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from models.vocabulary import StepStatus
from tasks.overview.standing import InstalmentStanding
from tasks.words.names import step_status_name, word_instalment_status
from tasks.words.steps import word_came
from tasks.words.translator import Speaker, capitalised


class StandingStep(Protocol):
    """A step, as far as where it stands is to be said."""

    @property
    def status(self) -> str:
        """How far it has come."""

    @property
    def opens_on(self) -> date | None:
        """From when it can be done."""


def word_step_status(say: Speaker, step: StandingStep, today: date) -> str:
    """Return where a step stands; one that nothing keeps but its own day says when it opens."""
    if step.opens_on is not None and opens_later(step, today):
        return say.gettext("Opens on %(day)s", day=say.short_date(step.opens_on, today))
    return step_status_name(say, step.status)


def opens_later(step: StandingStep, today: date) -> bool:
    """Return whether nothing keeps a step from being done but the day from which it can be."""
    return step.status == StepStatus.OPEN and step.opens_on is not None and step.opens_on > today


def word_part(say: Speaker, part: InstalmentStanding) -> str:
    """Return an instalment's sum and how far it has come; where less came than that, how much."""
    status = word_instalment_status(say, part.status).lower()
    if part.amount_minor is None:
        return say.gettext("Part %(number)s: %(status)s", number=part.number, status=status)
    if came := word_came(
        say,
        part.amount_minor,
        part.paid_minor,
        part.currency,
        no_more=part.no_more_why is not None,
        expected=say.dated(part.expected_on) if part.expected_on else "",
    ):
        return capitalised(came)
    money = say.money(part.amount_minor, part.currency)
    return say.gettext("%(money)s: %(status)s", money=money, status=status)

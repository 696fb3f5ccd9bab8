"""The forms that record the funder's decision, and the days that it left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self

from deployments.portal.answer.fields import NEEDED_DATE, OTHER_DATE, UNSAID, Field
from deployments.portal.answer.form import Act, Form
from deployments.portal.answer.forms.step import about_step
from deployments.portal.answer.step_facts import StepFacts
from deployments.portal.tasks.missing_dates import wanted_by
from models.commands.decisions import Decide, DecisionInput, GiveDates
from models.errors import BadInput
from models.rules.watch.concerns import dates_within
from models.vocabulary import DecisionKind
from tasks.words.translator import Speaker, capitalised


@dataclass(frozen=True, slots=True)
class DecisionForm(Form):
    """The funder's decision has come: money, or a refusal."""

    act: ClassVar[Act] = Act.DECIDE

    def command(self) -> Decide:
        """Return the decision; BadInput for one without a day."""
        kind, decided_on = DecisionKind(self.value("kind")), self.day("decided_on")
        if decided_on is None:
            raise BadInput("the decision has no date")
        award = kind is DecisionKind.AWARD
        decision = DecisionInput(
            kind=kind,
            decided_on=decided_on,
            amount_minor=self.amount() if award else None,
            purpose=self.value("purpose"),
            conditions=self.value("conditions"),
            dates=_dates(self) if award else {},
            source=self.value("source"),
        )
        return Decide(self.grant, decision)

    def check(self, say: Speaker) -> Self:
        """Ask of an award for its sum and for the dates that the programme counts from, unless it leaves them out."""
        if self.value("kind") != DecisionKind.AWARD:
            return self
        errors = {} if self.value("amount") else {"amount": say.gettext("This must be filled in.")}
        undated = [
            field.name for field in self.fields if field.name.startswith(NEEDED_DATE) and not field.value
        ]
        if undated and self.value("undated") != UNSAID:
            unsaid = say.gettext(
                "What counts from the day is not watched before it is known. Fill it in, or choose below that the"
                " decision does not say it."
            )
            errors |= dict.fromkeys(undated, unsaid)
            errors["undated"] = say.gettext("Choose this only when the decision does not say the day.")
        return self.with_errors(errors)

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form; the days are those that the programme takes from a decision."""
        kinds = (
            ("", say.gettext("Choose")),
            (str(DecisionKind.AWARD), say.gettext("Money is granted")),
            (str(DecisionKind.REFUSAL), say.gettext("The application is refused")),
        )
        only_award, currency = say.gettext("Only when money is granted."), facts.row.currency
        granted = say.gettext("The sum granted (%(currency)s)", currency=currency)
        dates = [
            replace(
                _date_field(say, facts, name, needed=named.required),
                required=False,
                hint=_counts(say, facts, name)
                if named.required
                else say.gettext("Only if the decision says it."),
                depends=named.required,
            )
            for name, named in facts.programme.dates.items()
            if named.given_by == "decision"
        ]
        return cls(
            **about_step(facts),
            label=say.gettext("It has come"),
            button=say.gettext("Record the decision"),
            fields=(
                Field("kind", say.gettext("What the funder decided"), "choice", options=kinds),
                Field("decided_on", say.gettext("The day of the decision"), "date", latest=today),
                Field("amount", granted, "money", False, "", only_award, currency=currency, depends=True),
                *dates,
                _undated(say),
                Field("purpose", say.gettext("What the money is for"), "text", required=False),
                Field("conditions", say.gettext("On what conditions"), "text", required=False),
                Field("source", say.gettext("The decision's number or name"), "line", required=False),
            ),
        )


@dataclass(frozen=True, slots=True)
class DatesForm(Form):
    """The days that a step waits for are known, and a letter says them."""

    act: ClassVar[Act] = Act.DATE

    def command(self) -> GiveDates:
        """Return the letter; BadInput for one without a day."""
        said_on = self.day("decided_on")
        if said_on is None:
            raise BadInput("the letter has no date")
        letter = DecisionInput(
            DecisionKind.AMENDMENT, said_on, dates=_dates(self), source=self.value("source")
        )
        return GiveDates(self.grant, letter)

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        hint = say.gettext("The decision's own day, if it stands there and was only left out here.")
        label = say.gettext("The day of the letter that says it")
        return cls(
            **about_step(facts),
            label=say.gettext("The day is known"),
            button=say.gettext("Record the day"),
            fields=(
                *(_date_field(say, facts, name, needed=True) for name in facts.dates),
                Field("decided_on", label, "date", hint=hint, latest=today),
                Field("source", say.gettext("The letter's number or name"), "line", required=False),
            ),
        )


def _dates(form: Form) -> dict[str, date]:
    """Return the named days that are filled in."""
    given = {
        field.name.removeprefix(mark): form.day(field.name)
        for mark in (NEEDED_DATE, OTHER_DATE)
        for field in form.fields
        if field.name.startswith(mark)
    }
    return {name: day for name, day in given.items() if day is not None}


def _date_field(say: Speaker, facts: StepFacts, name: str, *, needed: bool) -> Field:
    """Return the field of a named date; one within the grant's time is not before the grant begins."""
    begins_on = facts.row.period_start_on if name in dates_within(facts.programme) else None
    label = capitalised(facts.date_title(name, say))
    return Field(f"{NEEDED_DATE if needed else OTHER_DATE}{name}", label, "date", begins_on=begins_on)


def _counts(say: Speaker, facts: StepFacts, name: str) -> str:
    """Return what counts from a date that an award should say."""
    counted = [one for one in facts.programme.steps if name in wanted_by(facts.programme, one.key)]
    if not counted:
        return say.gettext("Only when money is granted.")
    titles = say.listed([one.title.en if say.language == "en" else one.title.sv for one in counted])
    return say.gettext("Only when money is granted. What counts from it: %(steps)s.", steps=titles)


def _undated(say: Speaker) -> Field:
    """Return the field that says of a decision that it leaves a day unsaid; asked only when one is left empty."""
    later = say.gettext("It does not say every day; that comes later")
    options = (("", say.gettext("Choose")), (UNSAID, later))
    label = say.gettext("When the decision does not say a day")
    return Field("undated", label, "choice", False, options=options, spare=True)

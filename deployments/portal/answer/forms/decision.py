"""The forms that record the funder's decision and the days that it left out, and the choice of a step's forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Self

from deployments.portal.answer.fields import NEEDED_DATE, OTHER_DATE, UNSAID, Field
from deployments.portal.answer.form import Act, Form, StepFacts, why_not_done
from deployments.portal.answer.forms.money import ClaimForm, PaymentForm
from deployments.portal.answer.forms.step import (
    ApproveForm,
    DoneForm,
    NothingForm,
    NotMeForm,
    NotNeededForm,
    NotYetForm,
    ReturnForm,
    about_step,
)
from deployments.portal.tasks.missing_dates import wanted_by
from deployments.portal.web.state import message
from models.commands.decisions import Decide, DecisionInput, GiveDates
from models.errors import BadInput
from models.rules.watch.concerns import dates_within
from models.vocabulary import DecisionKind, StepKind
from tasks.commands.messages import Refusal
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class DecisionForm(Form):
    """The funder's decision has come: money, or a refusal."""

    act: ClassVar[Act] = Act.DECIDE

    def command(self) -> Decide:
        """Return the decision; BadInput for one without a day."""
        kind, decided_on = DecisionKind(self.value("kind")), self.day("decided_on")
        if decided_on is None:
            raise BadInput(Refusal.NO_DECISION_DAY())
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

    def check(self) -> Self:
        """Ask of an award for its sum and for the dates that the programme counts from, unless it leaves them out."""
        if self.value("kind") != DecisionKind.AWARD:
            return self
        errors = {} if self.value("amount") else {"amount": message("missing")}
        undated = [
            field.name for field in self.fields if field.name.startswith(NEEDED_DATE) and not field.value
        ]
        if undated and self.value("undated") != UNSAID:
            errors |= dict.fromkeys(undated, message("day_unsaid"))
            errors["undated"] = message("only_unsaid")
        return self.with_errors(errors)

    @classmethod
    def of(cls, say: Translator, facts: StepFacts, today: date) -> Self:
        """Return the form; the days are those that the programme takes from a decision."""
        kinds = (("", ""), (str(DecisionKind.AWARD), ""), (str(DecisionKind.REFUSAL), ""))
        dates = [
            replace(
                _date_field(say, facts, name, needed=named.required),
                required=False,
                counts=_counted(say, facts, name) if named.required else (),
                depends=named.required,
            )
            for name, named in facts.programme.dates.items()
            if named.given_by == "decision"
        ]
        return cls(
            **about_step(facts),
            fields=(
                Field("kind", "choice", options=kinds),
                Field("decided_on", "date", latest=today),
                Field("amount", "money", False, currency=facts.row.currency, depends=True),
                *dates,
                # Asked only when a day is left empty.
                Field("undated", "choice", False, options=(("", ""), (UNSAID, "")), spare=True),
                Field("purpose", "text", required=False),
                Field("conditions", "text", required=False),
                Field("source", "line", required=False),
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
            raise BadInput(Refusal.NO_LETTER_DAY())
        letter = DecisionInput(
            DecisionKind.AMENDMENT, said_on, dates=_dates(self), source=self.value("source")
        )
        return GiveDates(self.grant, letter)

    @classmethod
    def of(cls, say: Translator, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        return cls(
            **about_step(facts),
            fields=(
                *(_date_field(say, facts, name, needed=True) for name in facts.dates),
                Field("decided_on", "date", latest=today),
                Field("source", "line", required=False),
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


def _date_field(say: Translator, facts: StepFacts, name: str, *, needed: bool) -> Field:
    """Return the field of a named date; one within the grant's time is not before the grant begins."""
    begins_on = facts.row.period_start_on if name in dates_within(facts.programme) else None
    title = capitalised(facts.date_title(name, say.language))
    return Field(f"{NEEDED_DATE if needed else OTHER_DATE}{name}", "date", title=title, begins_on=begins_on)


def _counted(say: Translator, facts: StepFacts, name: str) -> tuple[str, ...]:
    """Return the steps that count from a date that an award should say."""
    counted = (one for one in facts.programme.steps if name in wanted_by(facts.programme, one.key))
    return tuple(one.title.in_language(say.language) for one in counted)


def forms_of(say: Translator, facts: StepFacts, today: date) -> Iterator[Form]:
    """Yield the forms that an unsettled step takes."""
    if facts.dates:
        yield DatesForm.of(say, facts, today)
    if not why_not_done(facts, today):
        yield from _doing(say, facts, today)
    if facts.rule is not None and facts.rule.optional:
        yield NotNeededForm.of(facts, today)
    yield NotYetForm.of(facts, today)
    yield NotMeForm.of(facts)


def _doing(say: Translator, facts: StepFacts, today: date) -> Iterator[Form]:
    kind, rule = facts.row.step_kind, facts.rule
    if kind == StepKind.APPROVAL:
        yield ApproveForm.of(facts, today)
        yield ReturnForm.of(facts, today)
    elif kind == StepKind.CLAIM:
        yield ClaimForm.of(facts, today)
    elif kind == StepKind.PAYMENT:
        yield PaymentForm.of(facts, today)
    elif kind == StepKind.FUNDER and rule is not None and rule.settled_by_decision:
        yield DecisionForm.of(say, facts, today)
    else:
        yield DoneForm.of(say, facts, today)
        if rule is not None and rule.each and rule.questions:
            yield NothingForm.of(facts, today)

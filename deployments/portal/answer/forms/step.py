"""The forms by which a step is answered: done, nothing to report, not needed, not yet, not me; approved, returned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

from deployments.portal.answer.fields import Field, question_fields
from deployments.portal.answer.form import Act, Form, StepFacts
from deployments.portal.answer.values import answers_of
from deployments.portal.web.posted_form import FormFor, file_field
from models.commands.steps import Answer, Approve, NothingToReport, NotMe, NotNeeded, NotYet, Return
from models.programme.question import Question
from models.rules.dates.plan import calendar_of
from models.rules.notices.promise import last_promise
from models.rules.steps.sent_reports import goes_to_funder
from models.vocabulary import Phase, StepKind
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class StepForm(Form):
    """A form about a step, as it was shown."""

    def said(self) -> dict[str, Any]:
        """Return what every answer to a step says."""
        return {
            "grant": self.grant,
            "step": self.step,
            "note": self.value("note"),
            "version": self.about.state,
        }


def about_step(facts: StepFacts) -> dict[str, Any]:
    """Return what every form about a step begins with."""
    row = facts.row
    return {
        "about": FormFor("step", row.step_id, row.version),
        "grant": row.reference,
        "step": row.key,
        "currency": row.currency,
        "kind": row.step_kind,
        "with_funder": row.with_funder,
        "instalment": facts.part.number if facts.part is not None else 0,
    }


@dataclass(frozen=True, slots=True)
class DoneForm(StepForm):
    """It is done, with answers and files; it can be kept and sent later."""

    act: ClassVar[Act] = Act.DONE
    checked: ClassVar[bool] = True
    keeps: ClassVar[bool] = True

    def command(self) -> Answer:
        """Return the answer."""
        return Answer(**self.said(), paper_on=self.day("done_on"), data=answers_of(self.fields))

    @classmethod
    def of(cls, say: Translator, facts: StepFacts, today: date) -> Self:
        """Return the form with the step's questions and documents."""
        questions = facts.rule.questions if facts.rule else ()
        fields = [field for question in questions for field in _question_fields(say, facts, question)]
        # Asked for only where a file is not what was approved.
        why = Field("note", "text", required=False, spare=True)
        sends = facts.rule is not None and facts.rule.phase is Phase.FINAL_REPORT
        return cls(
            **about_step(facts),
            fields=(
                *fields,
                *_done_on(facts, today),
                *_document_fields(say, facts),
                Field("files", "file", required=False),
                *([why] if sends else []),
            ),
            questions=questions,
        )


@dataclass(frozen=True, slots=True)
class NothingForm(StepForm):
    """The period had nothing to report."""

    act: ClassVar[Act] = Act.NOTHING

    def command(self) -> NothingToReport:
        """Return the answer."""
        return NothingToReport(**self.said(), paper_on=self.day("done_on"))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form; to the funder it is a report too, which left on a day."""
        return cls(
            **about_step(facts), fields=(*_done_on(facts, today), Field("note", "text", required=False))
        )


@dataclass(frozen=True, slots=True)
class NotNeededForm(StepForm):
    """The step has no use."""

    act: ClassVar[Act] = Act.NOT_NEEDED

    def command(self) -> NotNeeded:
        """Return the answer."""
        return NotNeeded(**self.said(), paper_on=self.day("decided_on"))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        decided_on = Field("decided_on", "date", required=False, latest=today)
        return cls(**about_step(facts), fields=(decided_on, Field("note", "text")))


@dataclass(frozen=True, slots=True)
class NotYetForm(StepForm):
    """It is not done yet; up to the day `until` a promise is waited for, None where reminders go on."""

    until: date | None = None
    act: ClassVar[Act] = Act.NOT_YET

    def command(self) -> NotYet:
        """Return the answer."""
        return NotYet(**self.said(), expected_on=self.day("expected_on"))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        fields = (Field("expected_on", "date", earliest=today), Field("note", "text"))
        days, calendar = facts.programme.promise_working_days, calendar_of(facts.programme)
        return cls(**about_step(facts), fields=fields, until=last_promise(facts.step, days, calendar))


@dataclass(frozen=True, slots=True)
class NotMeForm(StepForm):
    """Somebody else is to do it."""

    act: ClassVar[Act] = Act.NOT_ME

    def command(self) -> NotMe:
        """Return the answer."""
        chosen = self.value("colleague")
        return NotMe(**self.said(), colleague=int(chosen) if chosen else None)

    @classmethod
    def of(cls, facts: StepFacts) -> Self:
        """Return the form, with the colleagues who may be chosen."""
        options = (("", ""), *((str(number), name) for number, name in facts.colleagues))
        return cls(**about_step(facts), fields=(Field("colleague", "choice", False, options=options),))


def _question_fields(say: Translator, facts: StepFacts, question: Question) -> list[Field]:
    whole, *parts = question_fields(say, question, facts.known, facts.row.currency)
    return [replace(whole, awaited=facts.awaits(question)), *parts]


def _document_fields(say: Translator, facts: StepFacts) -> Iterator[Field]:
    """Yield a field for each document that the step asks for; what an earlier answer brought need not come again."""
    for one in facts.rule.documents if facts.rule else ():
        title, brought = capitalised(one.title.in_language(say.language)), facts.brought.get(one.key, "")
        yield Field(file_field(one.key), "file", not brought, title=title, brought=brought)


def _done_on(facts: StepFacts, today: date) -> Iterator[Field]:
    """Yield the day on which what is done left or came; what is handed in on the page itself is today's."""
    sent = facts.rule is not None and goes_to_funder(facts.rule, facts.programme)
    if sent or facts.row.with_funder or facts.row.step_kind == StepKind.REPAYMENT:
        yield Field("done_on", "date", latest=today)


@dataclass(frozen=True, slots=True)
class ApproveForm(StepForm):
    """The report is approved."""

    act: ClassVar[Act] = Act.APPROVE
    checked: ClassVar[bool] = True

    def command(self) -> Approve:
        """Return the answer: who approves has seen one version, and another made meanwhile is not approved by it."""
        day, version = self.day("approved_on"), self.about.version
        return Approve(**self.said(), paper_on=day, report_version=version)

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        begun = about_step(facts)
        return cls(
            **begun | {"about": replace(begun["about"], version=facts.report_version)},
            fields=(*_answered_on(facts, "approved_on", today), Field("note", "text", required=False)),
        )


@dataclass(frozen=True, slots=True)
class ReturnForm(StepForm):
    """The report must be corrected."""

    act: ClassVar[Act] = Act.RETURN

    def command(self) -> Return:
        """Return the answer."""
        return Return(**self.said(), paper_on=self.day("returned_on"))

    @classmethod
    def of(cls, facts: StepFacts, today: date) -> Self:
        """Return the form; a body here sends it back on the page, also between two meetings."""
        days = _answered_on(facts, "returned_on", today) if facts.row.with_funder else ()
        return cls(**about_step(facts), fields=(*days, Field("note", "text")))


def _answered_on(facts: StepFacts, name: str, today: date) -> Iterator[Field]:
    """Yield the day of the paper that an approval or a return stands on; one given on the page is today's."""
    if facts.row.with_funder or (facts.rule is not None and facts.rule.body is not None):
        yield Field(name, "date", earliest=facts.reported_on, latest=today, since="report")

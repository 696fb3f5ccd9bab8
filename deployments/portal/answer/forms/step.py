"""The forms by which a step is answered: done, nothing to report, not needed, not yet, not me."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

from deployments.portal.answer.fields import Field, question_fields
from deployments.portal.answer.form import Act, Form
from deployments.portal.answer.step_facts import StepFacts
from deployments.portal.answer.values import answers_of
from deployments.portal.web.nonce import FormFor
from deployments.portal.web.posted_form import file_field
from models.commands.steps import Answer, NothingToReport, NotMe, NotNeeded, NotYet
from models.programme.question import Question
from models.rules.steps.sent_reports import goes_to_funder
from models.vocabulary import Phase, StepKind
from tasks.words.translator import Speaker, capitalised


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
        "instalment": facts.part.number if facts.part is not None else 0,
    }


@dataclass(frozen=True, slots=True)
class DoneForm(StepForm):
    """It is done, with answers and files; it can be kept and sent later."""

    act: ClassVar[Act] = Act.DONE
    keeps: ClassVar[bool] = True

    def command(self) -> Answer:
        """Return the answer."""
        return Answer(**self.said(), paper_on=self.day("done_on"), data=answers_of(self.fields))

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form with the step's questions and documents."""
        questions = facts.rule.questions if facts.rule else ()
        fields = [field for question in questions for field in _question_fields(say, facts, question)]
        days, documents = [*_done_on(say, facts, today)], [*_document_fields(say, facts)]
        hint = "" if fields or days or documents else say.gettext("There is nothing to fill in.")
        files = Field(
            "files",
            say.gettext("Other files") if documents else say.gettext("Files"),
            "file",
            required=False,
            hint=say.gettext("Word, Excel, PDF, pictures or CSV, at most 20 MB each."),
        )
        # Asked for only where a file is not what was approved.
        why = Field("note", say.gettext("What the file is"), "text", required=False, spare=True)
        sends = facts.rule is not None and facts.rule.phase is Phase.FINAL_REPORT
        known = ((field, facts.known.get(field.name.removeprefix("q-"))) for field in fields)
        return cls(
            **about_step(facts),
            label=say.gettext("Done"),
            button=say.gettext("It is done"),
            fields=(*fields, *days, *documents, files, *([why] if sends else [])),
            hint=hint,
            questions=questions,
            origins=tuple(f"{field.label}: {one.origin}" for field, one in known if one and one.origin),
        )


@dataclass(frozen=True, slots=True)
class NothingForm(StepForm):
    """The period had nothing to report."""

    act: ClassVar[Act] = Act.NOTHING

    def command(self) -> NothingToReport:
        """Return the answer."""
        return NothingToReport(**self.said(), paper_on=self.day("done_on"))

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form; to the funder it is a report too, which left on a day."""
        note = Field("note", say.gettext("A note, if you wish"), "text", required=False)
        return cls(
            **about_step(facts),
            label=say.gettext("Nothing to report"),
            button=say.gettext("There is nothing to report"),
            fields=(*_done_on(say, facts, today), note),
            hint=say.gettext("The period had nothing that should be reported. It counts as done."),
        )


@dataclass(frozen=True, slots=True)
class NotNeededForm(StepForm):
    """The step has no use."""

    act: ClassVar[Act] = Act.NOT_NEEDED

    def command(self) -> NotNeeded:
        """Return the answer."""
        return NotNeeded(**self.said(), paper_on=self.day("decided_on"))

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        label, paper = (
            say.gettext("The day on which that was decided"),
            say.gettext("If there is a paper of it."),
        )
        source = say.gettext("Name the decision or the letter, too, with its number, if there is one.")
        return cls(
            **about_step(facts),
            label=say.gettext("Not needed"),
            button=say.gettext("It is not needed"),
            fields=(
                Field("decided_on", label, "date", required=False, hint=paper, latest=today),
                Field("note", say.gettext("Why it is not needed"), "text", hint=source),
            ),
            hint=say.gettext("For when there is nothing that it is about, such as a year without activity."),
        )


@dataclass(frozen=True, slots=True)
class NotYetForm(StepForm):
    """It is not done yet."""

    act: ClassVar[Act] = Act.NOT_YET

    def command(self) -> NotYet:
        """Return the answer."""
        return NotYet(**self.said(), expected_on=self.day("expected_on"))

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, today: date) -> Self:
        """Return the form."""
        return cls(
            **about_step(facts),
            label=say.gettext("Not yet"),
            button=say.gettext("Send the answer"),
            fields=(
                Field("expected_on", say.gettext("When it will be done"), "date", earliest=today),
                Field("note", say.gettext("Why"), "text"),
            ),
            hint=say.gettext("The due date stays. Your manager is told at once if you expect to be late."),
        )


@dataclass(frozen=True, slots=True)
class NotMeForm(StepForm):
    """Somebody else is to do it."""

    act: ClassVar[Act] = Act.NOT_ME

    def command(self) -> NotMe:
        """Return the answer."""
        chosen = self.value("colleague")
        return NotMe(**self.said(), colleague=int(chosen) if chosen else None)

    @classmethod
    def of(cls, say: Speaker, facts: StepFacts, *, mine: bool) -> Self:
        """Return the form; `mine` says that the reader has the step."""
        others = ((str(number), name) for number, name in facts.colleagues)
        options = (("", say.gettext("Someone else")), *others)
        return cls(
            **about_step(facts),
            label=say.gettext("Not me") if mine else say.gettext("Give it to someone"),
            button=say.gettext("Hand it over"),
            fields=(Field("colleague", say.gettext("Who should have it"), "choice", False, options=options),),
            hint=say.gettext(
                "The person you choose gets an email about it. Choose “someone else”, and the manager decides who."
            ),
        )


def _question_fields(say: Speaker, facts: StepFacts, question: Question) -> list[Field]:
    whole, *parts = question_fields(say, question, facts.known, facts.row.currency)
    if facts.awaits(question):
        hint = say.gettext("It is collected automatically, and has not come yet. Fill it in if you know it.")
        whole = replace(whole, hint=hint)
    return [whole, *parts]


def _document_fields(say: Speaker, facts: StepFacts) -> Iterator[Field]:
    """Yield a field for each document that the step asks for; what an earlier answer brought need not come again."""
    for one in facts.rule.documents if facts.rule else ():
        label = capitalised(one.title.en if say.language == "en" else one.title.sv)
        brought = facts.brought.get(one.key, "")
        hint = say.gettext("It is here already: %(name)s.", name=brought) if brought else ""
        yield Field(file_field(one.key), label, "file", one.required and not brought, hint=hint)


def _done_on(say: Speaker, facts: StepFacts, today: date) -> Iterator[Field]:
    """Yield the day on which what is done left or came; what is handed in on the page itself is today's."""
    if facts.row.with_funder:
        label = say.gettext("The day on which it came")
    elif facts.row.step_kind == StepKind.REPAYMENT:
        label = say.gettext("The day on which the money was paid back")
    elif facts.rule is not None and goes_to_funder(facts.rule, facts.programme):
        label = say.gettext("The day on which it was sent")
    else:
        return
    yield Field("done_on", label, "date", latest=today)
